#!/usr/bin/env python3
"""Runs the tests: golden pairs, test programs, and the suites of suites.py.

    tests/run.py [--out DIR] [--accept] [--list] [-j N] [WORD ...]

A golden pair is a file whose first line holds `run: COMMAND` after a comment
sign, with % for the file, and FILE.out beside it: stdout, then what stderr
said, then the exit status. `wb` and `rulec` in a command are the built ones.
WORDs keep the tests whose name contains one of them. --accept writes what came
out as the new expectation. A test program (out/tests/*) passes with exit 0; 77
means skipped, its last line says why. The last line printed is the count.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
HEAD = re.compile(r"^[;#/%\s]*run:\s*(.*)$")


class Result:
    def __init__(self, name, state, detail="", seconds=0.0, count=1):
        self.name, self.state, self.detail = name, state, detail
        self.seconds, self.count = seconds, count


def shell(command, out, limit=300):
    env = dict(os.environ, NO_COLOR="1", LC_ALL="C",
               PATH=f"{out}{os.pathsep}{os.environ['PATH']}",
               ASAN_OPTIONS="detect_leaks=0", RW_OUT=str(out))
    try:
        p = subprocess.run(command, shell=True, cwd=ROOT, env=env, timeout=limit,
                           stdin=subprocess.DEVNULL, capture_output=True)
        return p.returncode, p.stdout, p.stderr
    except subprocess.TimeoutExpired as e:
        return "timeout", e.stdout or b"", e.stderr or b""


def goldens():
    for path in sorted((ROOT / "tests").rglob("*")):
        if not path.is_file() or path.suffix in (".out", ".py", ".c", ".h"):
            continue
        with open(path, "rb") as f:
            first = f.readline().decode("utf-8", "replace")
        m = HEAD.match(first)
        if m:
            yield path, m.group(1)


def run_golden(path, command, out, accept):
    name = str(path.relative_to(ROOT))
    begin = time.time()
    status, stdout, stderr = shell(command.replace("%", name), out)
    got = stdout
    if stderr:
        got += b"--- stderr\n" + stderr
    if status != 0:
        got += f"--- status {status}\n".encode()
    expected = pathlib.Path(str(path) + ".out")
    seconds = time.time() - begin
    if expected.exists() and expected.read_bytes() == got:
        return Result(name, "pass", "", seconds)
    if accept:
        expected.write_bytes(got)
        return Result(name, "pass", "accepted", seconds)
    import difflib
    want = expected.read_text("utf-8", "replace") if expected.exists() else ""
    lines = difflib.unified_diff(want.splitlines(), got.decode("utf-8", "replace").splitlines(),
                                 "expected", "got", lineterm="")
    return Result(name, "fail", "\n".join(list(lines)[:40]), seconds)


def run_program(path, out):
    begin = time.time()
    status, stdout, stderr = shell(str(path), out, 600)
    text = (stdout + stderr).decode("utf-8", "replace")
    last = text.strip().splitlines()[-1] if text.strip() else ""
    state = "pass" if status == 0 else "skip" if status == 77 else "fail"
    detail = "" if state == "pass" else last if state == "skip" else text[-3000:]
    return Result("program " + path.name, state, detail, time.time() - begin)


def jobs(options):
    out = options.out
    for path, command in goldens():
        yield str(path.relative_to(ROOT)), lambda p=path, c=command: [run_golden(p, c, out, options.accept)]
    folder = out / "tests"
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.is_file() and os.access(path, os.X_OK):
            yield "program " + path.name, lambda p=path: [run_program(p, out)]
    try:
        import suites
    except ImportError:
        return
    for name, function in suites.SUITES:
        yield name, lambda f=function: f(ROOT, out)


def guarded(name, function):
    """A test that raises has failed; the others go on."""
    try:
        return function()
    except Exception:
        return [Result(name, "fail", traceback.format_exc(limit=-4))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("words", nargs="*")
    parser.add_argument("--out", default="out", type=pathlib.Path)
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("-j", type=int, default=os.cpu_count())
    options = parser.parse_args()
    options.out = options.out.resolve()
    if not (options.out / "wb").exists():
        parser.error(f"no wb in {options.out}: build it first")
    if options.accept:
        os.environ["RW_ACCEPT"] = "1"  # for suites that can
    chosen = [(n, f) for n, f in jobs(options)
              if not options.words or any(w in n for w in options.words)]
    if options.list:
        print("\n".join(n for n, _ in chosen))
        return 0
    results = []
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        futures = [pool.submit(guarded, n, f) for n, f in chosen]
        for future in futures:
            for r in future.result():
                results.append(r)
                if r.state == "fail":
                    print(f"FAIL {r.name}\n{r.detail}", flush=True)
                elif r.state == "skip":
                    print(f"skip {r.name}: {r.detail}", flush=True)
                elif r.detail:
                    print(f"ok   {r.name}: {r.detail}", flush=True)
    count = {s: sum(r.count for r in results if r.state == s) for s in ("pass", "fail", "skip")}
    slow = sorted(results, key=lambda r: -r.seconds)[:5]
    print("slowest: " + ", ".join(f"{r.name} {r.seconds:.1f} s" for r in slow))
    if count["skip"]:
        print(f"{count['skip']} skipped, reasons above")
    print(f"{count['pass']} passed, {count['fail']} failed")
    return 1 if count["fail"] or not count["pass"] else 0


if __name__ == "__main__":
    sys.exit(main())
