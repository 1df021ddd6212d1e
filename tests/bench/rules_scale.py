#!/usr/bin/env python3
"""Rule sets of 1,000 and 10,000 rules: how long check and generation take, what gcc says.

The rules are made from templates that are true whatever numbers go in: gathered constants,
masks that miss what a shift leaves, operations on a selection of two constants, comparisons
that a mask decides. Most have literals, a sixth has guards. Every set is
lawful: `rulec check` has nothing to say about it.

    rules_scale.py [--out out] [--rounds N]  prints the table of docs/measured.md
    rules_scale.py --rules N                 writes N rules to stdout

tests/scale.py asserts what does not depend on the machine.
"""
import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
X64 = ["rules/x64/inst.rules", "rules/x64/lower.rules"]

GATHER = {
    "iadd": lambda a, b: a + b, "imul": lambda a, b: a * b, "band": lambda a, b: a & b,
    "bor": lambda a, b: a | b, "bxor": lambda a, b: a ^ b, "umin": min, "umax": max,
}
FOLD = dict(GATHER, isub=lambda a, b: a - b, umulhi=lambda a, b: 0)
# What makes the ops that no program comes with.
MAKERS = {
    "make-ineg": "(isub.T 0 x) => subsume (ineg x)",
    "make-bnot": "(isub.T -1 x) => subsume (bnot x)",
    "make-umin": "(select.T (icmp.ult.T x y) x y) => (umin.T x y)",
    "make-umax": "(select.T (icmp.ugt.T x y) x y) => (umax.T x y)",
    "make-umulhi": "(ireduce (ushr.i64 (imul (uextend x) (uextend y)) 32)) => (umulhi.i32 x y)",
}
CODES = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "ult": lambda a, b: a < b,
    "ule": lambda a, b: a <= b, "ugt": lambda a, b: a > b, "uge": lambda a, b: a >= b,
}


# The width of a type, or one less: those are for bits(T).
WIDTHS = re.compile(r"[ (]-?(31|32|63|64)[ )]")


class Maker:
    """Draws rules; `body` is what follows the name, and stands once."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.seen = set()

    def pick(self, *xs):
        return self.r.choice(xs)

    def small(self):
        return self.r.randrange(2, 4000)

    def gathered(self):  # (f (f x K) J)
        f = self.pick(*GATHER)
        k, j = self.small(), self.small()
        left = f"({f}.T ({f} x {k}) {j})"
        return left, left + f" => subsume ({f} x {GATHER[f](k, j)})"

    def selected(self):  # (f (select c K J) L)
        f = self.pick(*FOLD)
        k, j, m = (self.small() for _ in range(3))
        if k == j:
            return None
        left = f"({f}.T (select c {k} {j}) {m})"
        return left, left + f" => (select.T c {FOLD[f](k, m)} {FOLD[f](j, m)})"

    def compared(self):  # (icmp.C (select c K J) L), both answers the same or not
        c = self.pick(*CODES)
        k, j, m = (self.small() for _ in range(3))
        a, b = CODES[c](k, m), CODES[c](j, m)
        left = f"(icmp.{c}.T (select {'_' if a == b else 'c'} {k} {j}) {m})"
        right = str(int(a)) if a == b else f"(icmp.{'ne' if a else 'eq'}.i32 c 0)"
        return left, left + f" => subsume {right}"

    def masked(self):  # what a mask leaves is never above it
        c, m = self.pick("ugt", "uge"), self.small()
        k = m + self.r.randrange(1, 3000)
        left = f"(icmp.{c}.T (band _ {m}) {k})"
        return left, left + " => subsume 0"

    def shifted(self):  # low bits of a shift left are gone
        s = self.r.randrange(12, 31)
        m = self.small()
        left = f"(band.T (ishl _ {s}) {m})"
        return left, left + " => subsume 0"

    def dropped(self):  # a shifted value does not reach under the mask
        f, s, m = self.pick("bor", "bxor", "iadd"), self.r.randrange(12, 31), self.small()
        left = f"(band.T ({f} (ishl _ {s}) y) {m})"
        return left, left + f" => subsume (band y {m})"

    def rotated(self):  # two rotates are one
        a, b = self.pick("rotl", "rotr"), self.r.randrange(1, 31)
        c = self.r.randrange(1, 31)
        if b + c >= 31:
            return None
        left = f"({a}.T ({a} x {b}) {c})"
        return left, left + f" => subsume ({a} x {b + c})"

    def inverted(self):  # -(x * K), ~(x ^ K) and the like
        k, j = self.small(), self.small()
        return self.pick(
            (f"ineg-imul {k}", f"(ineg.T (imul x {k})) => subsume (imul x {-k})"),
            (f"bnot-bxor {k}", f"(bnot.T (bxor x {k})) => subsume (bxor x {~k})"),
            (f"bnot-isub {k}", f"(bnot.T (isub {k} x)) => subsume (iadd x {~k})"),
            (f"isub-iadd {k} {j}", f"(isub.T {k} (iadd x {j})) => subsume (isub {k - j} x)"),
            (f"isub-isub {k} {j}", f"(isub.T {k} (isub {j} x)) => subsume (iadd x {k - j})"))

    def extended(self):  # comparisons of what was widened
        c, k = self.pick("eq", "ne", "ult", "ule", "ugt", "uge"), self.small()
        left = f"(icmp.{c}.i64 (uextend x) {k})"
        return left, left + f" => subsume (icmp.{c}.i32 x {k})"

    def widened(self):  # the low half of an operation with a constant
        f, k = self.pick("iadd", "imul", "band", "bor", "bxor"), self.small()
        e = self.pick("uextend", "sextend")
        left = f"(ireduce ({f}.i64 ({e} x) {k}))"
        return left, left + f" => subsume ({f}.i32 x {k})"

    def guarded_mask(self):  # constants with a guard: bits that cannot meet
        s, m = self.r.randrange(12, 31), self.small()
        f = self.pick("bor", "bxor", "iadd")
        left = f"(band.T ({f} (ishl _ (iconst k)) (band x {m})) (iconst j))"
        return left, (f"(band.T ({f} (ishl _ (iconst k)) (band x {m})) (iconst j))\n"
                      f"  if (k %u bits(T)) == {s} && j <u {m} => subsume (band x (iconst j & {m}))")

    def guarded_compare(self):
        c, s = self.pick("ugt", "uge"), self.r.randrange(1, 31)
        m = self.small()
        left = f"guarded {c} {s} {m}"
        return left, (f"(icmp.{c}.T (ushr (band _ {m}) (iconst n)) (iconst k))\n"
                      f"  if (n %u bits(T)) == {s} && k >u {m} => subsume 0")

    def rules(self, n):
        kinds = [self.gathered, self.selected, self.compared, self.masked, self.shifted, self.dropped,
                 self.rotated, self.inverted, self.extended, self.widened, self.guarded_mask,
                 self.guarded_compare]
        out = [f"rule {name}: {body}\n" for name, body in MAKERS.items()]
        while len(out) < n:
            made = kinds[len(out) % len(kinds)]()
            if not made or made[0] in self.seen:
                made = self.selected()
            if not made or made[0] in self.seen or WIDTHS.search(made[1]):
                continue
            self.seen.add(made[0])
            out.append(f"rule scale-{len(out)}: {made[1]}\n")
        return "".join(out)
def seconds(args, rounds, env=None):
    """Processor time of a command, the least of some rounds; it must succeed in silence."""
    least = None
    for _ in range(rounds):
        p = subprocess.Popen(args, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        said = p.stdout.read()
        _, status, used = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        if p.returncode or said:
            sys.exit(f"{' '.join(args)}: {p.returncode}\n{said.decode()[:2000]}")
        least = min(used.ru_utime + used.ru_stime, least or 1e9)
    return least


def functions(text):
    """(lines, name) of the functions of a C file as rulec writes it."""
    found, name, start = [], None, 0
    for k, line in enumerate(text.splitlines()):
        if re.match(r"[A-Za-z].*\) \{$", line) or (name is None and line.endswith(") {") and not line.startswith(" ")):
            name, start = line, k
        elif line == "}" and name:
            found.append((k - start + 1, re.sub(r"\(.*", "", name).split()[-1]))
            name = None
    return found


def row(rulec, n, rounds, compile_it):
    with tempfile.TemporaryDirectory() as d:
        rules = Path(d, "scale.rules")
        rules.write_text(Maker(1).rules(n))
        check = seconds([rulec, "check", "rules/ops.rules", str(rules)], rounds)
        build = seconds([rulec, "build", "-o", d, "rules/ops.rules", str(rules)] + X64, rounds)
        mid = Path(d, "mid.c")
        text = mid.read_text()
        longest = max(functions(text))
        gcc = "-"
        if compile_it:
            env = dict(os.environ, CCACHE_DISABLE="1")
            gcc = "%.1f" % seconds(["gcc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-I.", "-I" + d, "-c", str(mid), "-o",
                                    str(Path(d, "mid.o"))], 1, env)
        print(f"| {n:,} | {check:.3f} | {build:.3f} | {text.count(chr(10)):,} | {longest[0]} | {gcc} |", flush=True)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--out", default="out")
    a.add_argument("--rounds", type=int, default=5)
    a.add_argument("--rules", type=int)
    o = a.parse_args()
    if o.rules is not None:
        sys.stdout.write(Maker(1).rules(o.rules))
        return
    print("| rules | check s | build s | lines of mid.c | longest function | gcc -O2 s |")
    print("|---:|---:|---:|---:|---:|---:|")
    rulec = str(Path(o.out, "rulec").resolve())
    row(rulec, 1000, o.rounds, True)
    row(rulec, 10000, o.rounds, False)


if __name__ == "__main__":
    main()
