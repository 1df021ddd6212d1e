#!/usr/bin/env python3
"""Each pass beside its budget: cycles and callgrind instructions per wasm instruction.

    tests/bench/passes.py [--out DIR] [--callgrind] [FILE ...]

Budgets are ARCHITECTURE.md's ("Built for speed"), in cycles per wasm instruction.
Files default to the corpus and, where there, bz2, regex, rust-json of the shared
material. A row over twice its budget ends in `OVER`.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUDGET = {0: {"translate": 90, "egraph": 15, "lower": 45, "ra": 60, "emit": 50, "all": 260},
          1: {"translate": 110, "egraph": 340, "lower": 90, "ra": 310, "emit": 120, "all": 1000}}


def files(given):
    if given:
        return [pathlib.Path(f).resolve() for f in given]
    found = sorted((ROOT / "corpus").glob("*.wasm"))
    base = pathlib.Path(os.environ.get("RW_SHARED") or ROOT.parent / "shared")
    for name in ("bz2", "regex", "rust-json", "pulldown-cmark"):
        path = base / "wasm" / "sightglass" / name / "benchmark.wasm"
        if path.exists():
            found.append(path)
    return found


def cycles(out, path, level):
    p = subprocess.run([str(out / "tests" / "bench_compile"), str(path), str(level), "5"],
                       capture_output=True, text=True, cwd=ROOT, check=True)
    return json.loads(p.stdout)


def callgrind(out, path, level):
    """Instructions of each pass, inclusive, in one compile."""
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "cg")
        subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={data}", "-q",
                        str(out / "tests" / "bench_compile"), str(path), str(level), "1"],
                       capture_output=True, cwd=ROOT, check=True, env=dict(os.environ, RW_NO_CYCLES="1"))
        text = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", data],
                              capture_output=True, text=True).stdout
    found = {}
    for line in text.splitlines():
        m = re.match(r"\s*([\d,]+)\s.*:run_(translate|egraph|lower|ra|emit)\b", line)
        if m:
            found[m[2]] = int(m[1].replace(",", ""))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "out")
    parser.add_argument("--callgrind", action="store_true")
    o = parser.parse_args()
    for level in (0, 1):
        sums, instr, insts, ns = {}, {}, 0, 0
        for path in files(o.files):
            row = cycles(o.out.resolve(), path, level)
            insts += row["wasm_insts"]
            ns += min(row["ns"])
            for k, v in row["cycles"].items():
                sums[k] = sums.get(k, 0) + v
            if o.callgrind:
                for k, v in callgrind(o.out.resolve(), path, level).items():
                    instr[k] = instr.get(k, 0) + v
        sums["all"] = sum(sums.values())
        instr["all"] = sum(instr.values())
        print(f"-O{level}: {insts} wasm instructions, {ns/1e6:.1f} ms "
              f"({insts/ns*1000:.1f} million a second)")
        print(f"  {'pass':<12}{'budget':>8}{'cycles':>9}{'callgrind':>11}   per wasm instruction")
        for k, budget in BUDGET[level].items():
            got = sums.get(k, 0) / insts
            said = f"{instr[k]/insts:11.0f}" if instr.get(k) else f"{'-':>11}"
            over = "   OVER" if got > 2 * budget else ""
            print(f"  {k:<12}{budget:>8}{got:>9.0f}{said}{over}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
