"""Rule sets far larger than ours: silent checks, no long function, and the functions that a
long matcher is cut into find the same rules."""
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "bench"))
import rules_scale  # noqa: E402
from run import Result  # noqa: E402

FUNCTION_LINES = 2000


def leb(n):
    out = bytearray()
    while True:
        byte = n & 127
        n >>= 7
        if (n == 0 and not byte & 64) or (n == -1 and byte & 64):
            return bytes(out + bytearray([byte]))
        out.append(byte | 128)


def section(number, body):
    return bytes([number]) + leb_u(len(body)) + body


def leb_u(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytearray([n]))


def module(pairs):
    """A function for each pair: (x ^ k) ^ j of its parameter."""
    bodies = b""
    for k, j in pairs:
        code = b"\0" + b"\x20\0" + b"\x41" + leb(k) + b"\x73" + b"\x41" + leb(j) + b"\x73\x0b"
        bodies += leb_u(len(code)) + code
    n = leb_u(len(pairs))
    return (b"\0asm\1\0\0\0" + section(1, b"\1\x60\1\x7f\1\x7f") + section(3, n + b"\0" * len(pairs))
            + section(7, n + b"".join(bytes([len(f"f{i}")]) + f"f{i}".encode() + b"\0" + leb_u(i)
                                      for i in range(len(pairs)))) + section(10, n + bodies))


def sizes(root, out, n):
    rulec = str(out / "rulec")
    with tempfile.TemporaryDirectory() as d:
        rules = Path(d, "scale.rules")
        rules.write_text(rules_scale.Maker(1).rules(n))
        for args in (["check"], ["build", "-o", d]):
            p = subprocess.run([rulec] + args + ["rules/ops.rules", str(rules)] + (rules_scale.X64 if args[1:] else []),
                               cwd=root, capture_output=True, stdin=subprocess.DEVNULL)
            said = (p.stdout + p.stderr).decode("utf-8", "replace")
            yield Result(f"{n} rules: {args[0]} is silent", "fail" if p.returncode or said else "pass", said[:1500])
        long = [f for c in Path(d).glob("*.c") for f in rules_scale.functions(c.read_text()) if f[0] >= FUNCTION_LINES]
        count = len(rules_scale.functions(Path(d, "mid.c").read_text()))
        yield Result(f"{n} rules: functions under {FUNCTION_LINES} lines", "fail" if long or count < n else "pass",
                     f"{long} of {count}")


def dispatch(root, out):
    """600 constants below one op: its matcher is a function for each range of them."""
    r = random.Random(7)
    pairs = [(r.randrange(1, 1 << 20), j) for j in r.sample(range(-(1 << 20), 1 << 20), 600)]
    with tempfile.TemporaryDirectory() as d:
        rules, wasm = Path(d, "xor.rules"), Path(d, "xor.wasm")
        rules.write_text("".join(f"rule x{i}: (bxor.i32 (bxor x {k}) {j}) => subsume (bxor x {k ^ j})\n"
                                 for i, (k, j) in enumerate(pairs)))
        some = sorted(r.sample(range(600), 60))
        wasm.write_bytes(module([pairs[i] for i in some]))
        p = subprocess.run([str(out / "wb"), "dump", str(wasm), "--rules", str(rules), "--no-builtin-rules",
                            "--cache-dir", d, "--emit=egraph"], cwd=root, capture_output=True,
                           stdin=subprocess.DEVNULL)
    text = (p.stdout + p.stderr).decode("utf-8", "replace")
    fired = sorted(int(n) for n in re.findall(r"\d+ x(\d+) \(", text))
    yield Result("600 constants of one op", "pass" if fired == some and not p.returncode else "fail",
                 f"wanted {some}\ngot {fired}\n{text[:1500]}")


def scale(root, out):
    return [*sizes(root, out, 1000), *sizes(root, out, 10000), *dispatch(root, out)]
