#!/usr/bin/env python3
"""Rule sets of 1,000 and 10,000 rules: how long check and generation take, what gcc says.

The rules are made from templates that are true whatever numbers go in: gathered constants,
masks that miss what a shift leaves, operations on a selection of two constants, comparisons
that a mask decides. Most have literals, a third has constants with guards. Every set is
lawful: `rulec check` has nothing to say about it.

    rules_scale.py --out out              prints the table of docs/measured.md
    rules_scale.py --out out --test       asserts what does not depend on the machine
    rules_scale.py --rules N              writes the rules to stdout
"""
import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GATHER = {
    "iadd": lambda a, b: a + b, "imul": lambda a, b: a * b, "band": lambda a, b: a & b,
    "bor": lambda a, b: a | b, "bxor": lambda a, b: a ^ b, "umin": min, "umax": max,
}
FOLD = dict(GATHER, isub=lambda a, b: a - b, umulhi=lambda a, b: 0)
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

    def guarded_shift(self):
        f, m, s = self.pick("ishl", "ushr"), self.small(), self.r.randrange(1, 31)
        left = f"guarded-shift {f} {m} {s}"
        g = "<<" if f == "ishl" else ">>u"
        return left, (f"({f}.T (band x {m}) (iconst n))\n"
                      f"  if (n %u bits(T)) == {s} => subsume (band ({f} x (iconst n)) (iconst {m} {g} {s}))")

    def rules(self, n):
        kinds = [self.gathered, self.selected, self.compared, self.masked, self.shifted, self.dropped,
                 self.rotated, self.inverted, self.extended, self.widened, self.guarded_mask,
                 self.guarded_compare]
        out = []
        while len(out) < n:
            made = kinds[len(out) % len(kinds)]()
            if not made or made[0] in self.seen:
                made = self.selected()
            if not made or made[0] in self.seen or WIDTHS.search(made[1]):
                continue
            self.seen.add(made[0])
            out.append(f"rule scale-{len(out)}: {made[1]}\n")
        return "".join(out)
if __name__ == "__main__":
    sys.stdout.write(Maker(1).rules(int(sys.argv[1])))
