"""Left sides of rewrite rules as recipes for wasm: what rules look for, programs should hold.

read(out) asks `rulec dump` for every rule at its types and gives {result type: [pattern]}
of those whose ops wasm can say. emit(f, pattern, depth) writes one into a function under
construction (modules.Function): a variable is one local wherever it stands, `_` anything,
a constant's name one number, so guards hold now and then.
"""
import pathlib
import re
import subprocess

import modules
from modules import F32, F64, I32, I64, NAMES

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TYPES = {v: k for k, v in NAMES.items()}
INT_CODES = {c: k for k, c in enumerate(("eq", "ne", "slt", "ult", "sgt", "ugt", "sle", "ule", "sge", "uge"))}
FLOAT_CODES = {c: k for k, c in enumerate(("eq", "ne", "lt", "gt", "le", "ge"))}
BINARY = {"iadd": (0x6A, 0x7C), "isub": (0x6B, 0x7D), "imul": (0x6C, 0x7E), "band": (0x71, 0x83),
          "bor": (0x72, 0x84), "bxor": (0x73, 0x85), "ishl": (0x74, 0x86), "sshr": (0x75, 0x87),
          "ushr": (0x76, 0x88), "rotl": (0x77, 0x89), "rotr": (0x78, 0x8A), "sdiv": (0x6D, 0x7F),
          "udiv": (0x6E, 0x80), "srem": (0x6F, 0x81), "urem": (0x70, 0x82)}
FLOAT_BINARY = {"fadd": (0x92, 0xA0), "fsub": (0x93, 0xA1), "fmul": (0x94, 0xA2), "fdiv": (0x95, 0xA3),
                "fmin": (0x96, 0xA4), "fmax": (0x97, 0xA5)}
UNARY = {"clz": (0x67, 0x79), "ctz": (0x68, 0x7A), "popcnt": (0x69, 0x7B), "sext8": (0xC0, 0xC2), "sext16": (0xC1, 0xC3)}
FLOAT_UNARY = {"fabs": (0x8B, 0x99), "fneg": (0x8C, 0x9A), "fceil": (0x8D, 0x9B), "ffloor": (0x8E, 0x9C),
               "ftrunc": (0x8F, 0x9D), "fnearest": (0x90, 0x9E), "fsqrt": (0x91, 0x9F)}
CASTS = {"uextend": (0xAD, I32, I64), "sextend": (0xAC, I32, I64), "ireduce": (0xA7, I64, I32),
         "sext32": (0xC4, I64, I64), "fpromote": (0xBB, F32, F64), "fdemote": (0xB6, F64, F32),
         "from_s.f32.i32": (0xB2, I32, F32), "from_u.f32.i32": (0xB3, I32, F32), "from_s.f32.i64": (0xB4, I64, F32),
         "from_u.f32.i64": (0xB5, I64, F32), "from_s.f64.i32": (0xB7, I32, F64), "from_u.f64.i32": (0xB8, I32, F64),
         "from_s.f64.i64": (0xB9, I64, F64), "from_u.f64.i64": (0xBA, I64, F64)}
CHOICES = {"smin": 0x48, "umin": 0x49, "smax": 0x4A, "umax": 0x4B}  # i32 compare; i64 is 9 further

TOKEN = re.compile(r"\s*(\(|\)|[^\s()@]+@(?=\()|[^\s()]+)")


def parse(text):
    """Nested lists of an s-expression; `b@(` is only its term."""
    stack = [[]]
    for token in TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        elif not token.endswith("@"):
            stack[-1].append(token)
    return stack[0][0]


def types_of(head):
    """(operand types, result type) of an op of the dump, or None."""
    name, *rest = head.split(".")
    t = TYPES.get(rest[-1]) if rest else None
    if name in BINARY or name in FLOAT_BINARY or name in CHOICES:
        return (t, t), t
    if name in ("icmp", "fcmp"):
        return (t, t), I32
    if name == "select" and t:
        return (I32, t, t), t
    if name in UNARY or name in FLOAT_UNARY or name in ("bnot", "ineg"):
        return (t,), t
    if head in CASTS:
        return (CASTS[head][1],), CASTS[head][2]
    if name in ("iconst", "fconst"):
        return (None,), t
    return None


def sayable(p):
    if isinstance(p, str):
        return "@" not in p
    if p[0].split(".")[0] in ("sdiv", "udiv", "srem", "urem"):  # may trap, and hide the rest
        return False
    known = types_of(p[0])
    return known is not None and None not in known[:1] and all(sayable(k) for k in p[1:])


def read(out):
    files = ["rules/ops.rules"] + sorted(str(f.relative_to(ROOT)) for f in (ROOT / "rules/mid").glob("*.rules"))
    text = subprocess.run([str(out / "rulec"), "dump", *files], cwd=ROOT, capture_output=True, text=True).stdout
    found = {}
    for line in text.splitlines():
        left = re.split(r" (?:=>|if|let) ", line.split(": ", 1)[-1], maxsplit=1)[0]
        if not left.startswith("("):
            continue
        pattern = parse(left)
        if sayable(pattern):
            found.setdefault(types_of(pattern[0])[1], []).append(pattern)
    return found


def by_width(pair, t):
    return pair[t in (I64, F64)]


def leaf(f, p, t, bound, depth):
    literal = re.fullmatch(r"(-?(?:0x)?[0-9a-f]+):\w+", p)
    if literal:
        f.emit(modules.const(t, int(literal[1], 0) & ((1 << 64) - 1)))
    elif p == "_":
        f.expr(t, depth)
    elif (p, t) in bound:
        f.emit(bound[p, t])
    else:
        mine = f.a_local(t)
        bound[p, t] = b"\x20" + modules.leb(f.r.choice(mine)) if mine else f.constant(t)
        f.emit(bound[p, t])


def emit_op(f, head):
    name, *rest = head.split(".")
    t = TYPES.get(rest[-1]) if rest else None
    for table in (BINARY, FLOAT_BINARY, UNARY, FLOAT_UNARY):
        if name in table:
            return f.emit(by_width(table[name], t))
    if name == "icmp":
        return f.emit((0x46 if t == I32 else 0x51) + INT_CODES[rest[0]])
    if name == "fcmp":
        return f.emit((0x5B if t == F32 else 0x61) + FLOAT_CODES[rest[0]])
    if name == "bnot":
        return f.emit(modules.const(t, (1 << 64) - 1), by_width(BINARY["bxor"], t))
    f.emit(CASTS[head][0])


def emit(f, p, t, bound, depth):
    if isinstance(p, str):
        return leaf(f, p, t, bound, depth)
    name = p[0].split(".")[0]
    if name in ("iconst", "fconst"):
        return f.emit(bound.setdefault((p[1], "k", t), f.constant(t)))
    operands = list(zip(p[1:], types_of(p[0])[0]))
    if name == "select":
        operands = operands[1:] + operands[:1]
    if name == "ineg":
        f.emit(modules.const(t, 0))
    for _ in range(2 if name in CHOICES else 1):
        for kid, of in operands:
            emit(f, kid, of, bound, depth - 1)
    if name == "ineg":
        f.emit(by_width(BINARY["isub"], t))
    elif name in CHOICES:
        f.emit(CHOICES[name] + (0 if t == I32 else 11), 0x1B)
    elif name == "select":
        f.emit(0x1B)
    else:
        emit_op(f, p[0])
