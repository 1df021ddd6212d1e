#!/usr/bin/env python3
"""From an edited rule file to what it does: milliseconds of each step.

    tests/bench/loop.py [--out DIR] [--rounds N] [FILE.rules ...]

Each round edits a copy of the file (so nothing is cached) and runs a corpus
program with it. FILEs default to one rule, and the smallest and largest of
rules/mid/. Medians; cpu is processor time of all. The bar is about a second from
edit to result.
"""
import argparse
import pathlib
import re
import resource
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = "corpus/sort.wasm"
STEPS = ("rulec", "cc", "load", "run", "all", "cpu")


def cpu():
    """Processor time of all that has run so far: what a busy machine does not stretch."""
    r = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (r.ru_utime + r.ru_stime) * 1e3


def once(out, text, folder, k):
    path = pathlib.Path(folder) / "edited.rules"
    path.write_text(text + f"\n; edit {time.time_ns()} {k}\n")
    used, begin = cpu(), time.perf_counter()
    p = subprocess.run([str(out / "wb"), "run", "--timings", "--cache-dir", folder, "--rules", str(path), PROGRAM],
                       cwd=ROOT, capture_output=True, text=True, check=True)
    total = (time.perf_counter() - begin) * 1e3
    rulec, cc, load = map(float, re.search(r"rules: rulec (\S+) ms, cc (\S+) ms, load (\S+) ms", p.stderr).groups())
    return rulec, cc, load, total - rulec - cc - load, total, cpu() - used


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--out", default="out", type=pathlib.Path)
    parser.add_argument("--rounds", default=5, type=int)
    options = parser.parse_args()
    ours = sorted((ROOT / "rules/mid").glob("*.rules"), key=lambda f: f.stat().st_size)
    texts = [(str(f), f.read_text()) for f in options.files] or \
        [("one rule", "rule edited: (iadd.T (isub x y) (iadd y z)) => subsume (iadd x z)\n")] + \
        [(str(f.relative_to(ROOT)), f.read_text()) for f in (ours[0], ours[-1])]
    print(f"{'ms, median of ' + str(options.rounds):28}" + "".join(f"{s:>8}" for s in STEPS))
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts:
            rounds = [once(options.out.resolve(), text, folder, k) for k in range(options.rounds)]
            medians = [statistics.median(r[k] for r in rounds) for k in range(len(STEPS))]
            worst = max(worst, medians[STEPS.index("all")])
            print(f"{name:28}" + "".join(f"{m:8.1f}" for m in medians))
    print(f"edit to result: {worst / 1e3:.2f} s at most{'' if worst < 1500 else ' OVER about one second'}")


if __name__ == "__main__":
    main()
