"""Pictures of real functions: every dot parses, every svg is well-formed and
names no tool, version or day, and twice the same command gives the same bytes.
"""
import os
import re
import shutil
import subprocess
import time
import xml.dom.minidom

from run import Result

KINDS = ["cfg", "dom", "egraph", "ranges"]
PROGRAMS = ["sort", "json", "vm"]
FUNCTIONS = ["5", "8", "11"]
TOLD = re.compile(rb"<!--|graphviz|generated|20\d\d-\d\d", re.I)


def dump(out, args):
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")  # fontconfig's caches
    return subprocess.run([str(out / "wb"), "dump"] + args, stdin=subprocess.DEVNULL, env=env,
                          capture_output=True, timeout=300)


def one(out, wasm, function, kind, form):
    name = f"picture {wasm.stem} {function} {kind} {form}"
    begin = time.time()
    args = [str(wasm), "-F", function, f"--emit={kind}", f"--format={form}", "--limit=60"]
    first, second = dump(out, args), dump(out, args)
    said, wrong = first.stdout, ""
    if first.returncode != 0:
        wrong = first.stderr.decode("utf-8", "replace")
    elif second.stdout != said:
        wrong = "a second run gave other bytes"
    elif form == "svg" and TOLD.search(said):
        wrong = f"holds {TOLD.search(said).group()!r}"
    elif form == "svg":
        try:
            xml.dom.minidom.parseString(said)
        except Exception as e:
            wrong = f"no well-formed XML: {e}"
    elif shutil.which("dot"):
        p = subprocess.run(["dot", "-Tcanon"], input=said, capture_output=True)
        wrong = p.stderr.decode("utf-8", "replace")
    return Result(name, "fail" if wrong else "pass", wrong, time.time() - begin)


def pictures(root, out):
    results = []
    for program in PROGRAMS:
        for function in FUNCTIONS:
            for kind in KINDS:
                for form in ["dot", "svg"]:
                    results.append(one(out, root / "corpus" / f"{program}.wasm", function,
                                       kind, form))
    if not shutil.which("dot"):
        results.append(Result("pictures through dot", "skip", "no dot program (graphviz)"))
    return results
