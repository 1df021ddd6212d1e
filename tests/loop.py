"""The loop: rules compiled and loaded as wb starts, and kept. A suite of suites.py."""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import tempfile

from run import Result

FILE = "corpus/sort.wasm"


class Runs:
    """wb stats --json with a cache of its own; what each rule did."""

    def __init__(self, root, wb, cache):
        self.root, self.exe, self.cache = root, wb, cache

    def run(self, *args, **more):
        env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0", **more)
        env.pop("CC", None)
        return subprocess.run([str(self.exe), "stats", FILE, "--json", "--cache-dir", self.cache] + list(args),
                              cwd=self.root, env=env, capture_output=True)

    def doc(self, *args):
        p = self.run(*args)
        return json.loads(p.stdout) if p.returncode == 0 else {"inputs": [{"rules": {}, "total": {}}], "said": p.stderr}


def rules(doc):
    return doc["inputs"][0]["rules"]


def total(doc):
    return doc["inputs"][0]["total"]


def beside(runs, plain, check):
    doc = runs.doc("--rules", "tests/loop/beside.rules")
    check("a loaded rule fires", rules(doc).get("loaded-add-add", [0, 0])[1] == 65, doc)
    check("in the order of the files, behind those built in", rules(doc)["loaded-add-add"][4] == 0, rules(doc))
    check("of the same name: it counts", rules(doc)["add-zero"] == rules(plain)["add-zero"], rules(doc))
    off = runs.doc("--rules", "tests/loop/beside.rules", "--disable-rule=add-add-const")
    check("without the one built in it is the one that subsumes",
          rules(off)["loaded-add-add"] == rules(plain)["add-add-const"], rules(off))
    check("then the code is the same", total(off) == total(plain), total(off))
    only = runs.doc("--rules", "tests/loop/beside.rules", "--only-rules=loaded-*")
    check("--only-rules names loaded rules", [r for r in rules(only) if rules(only)[r][1]] == ["loaded-add-add"],
          rules(only))


def alone(runs, check):
    doc = runs.doc("--rules", "tests/loop/alone.rules", "--no-builtin-rules")
    check("in place of those built in", sorted(rules(doc)) == ["brif-eq-zero", "sub-const"], rules(doc))
    check("they fire", all(rules(doc)[r][4] for r in rules(doc)), rules(doc))


def whole(root, runs, plain, check):
    """All files of rules/mid/ loaded make what the same files built in make."""
    files = [a for f in sorted((root / "rules/mid").glob("*.rules")) for a in ("--rules", str(f))]
    doc = runs.doc("--no-builtin-rules", *files)
    check("the whole set", rules(doc) == rules(plain) and total(doc) == total(plain), doc.get("said"))


def lowering(runs, plain, check):
    """The built-in lowering loaded makes what it makes built in."""
    doc = runs.doc("--rules", "rules/x64/lower.rules")
    check("the whole lowering", total(doc) == total(plain), doc.get("said"))


def cached(runs, check):
    first = runs.run("--rules", "tests/loop/beside.rules")
    again = runs.run("--rules", "tests/loop/beside.rules", PATH="/nowhere")
    check("the second run calls no compiler", again.returncode == 0 and again.stdout == first.stdout, again.stderr)
    left = sorted(p.suffix for p in pathlib.Path(runs.cache).iterdir())
    check("nothing but libraries and what was said is left", set(left) == {".so", ".said"}, left)
    said = [runs.run("--rules", "tests/loop/warned.rules", PATH=path) for path in (os.environ["PATH"], "/nowhere", "/nowhere")]
    check("a warning is told each time, in the same bytes",
          said[0].stderr.count(b"warning[W-ALLOW]") == 1 and all(p.stderr == said[0].stderr for p in said), said)
    before = {p.name for p in pathlib.Path(runs.cache).glob("*.so")}
    off = runs.run("--rules", "tests/loop/warned.rules", "--disable-rule=add-add-sub")
    check("nothing of a rule that is off, and no library is made for that",
          off.returncode == 0 and not off.stderr and {p.name for p in pathlib.Path(runs.cache).glob("*.so")} == before, off)


def edited(root, runs, check):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "edit.rules"
        seen = []
        for k in (-9, 2):
            path.write_text(f"rule edited: (iadd.T (iadd x (iconst j)) (iconst k)) if k >s {k}\n"
                            "  allow(E-INSTANCE) \"counted\" => subsume (iadd x (iconst j + k))\n")
            seen.append(rules(runs.doc("--rules", str(path)))["edited"][1])
        check("an edit is seen", seen[0] != seen[1] and all(seen), seen)


def parallel(root, wb, check):
    with tempfile.TemporaryDirectory() as cache, concurrent.futures.ThreadPoolExecutor(4) as pool:
        runs = Runs(root, wb, os.path.join(cache, "a", "b"))
        said = list(pool.map(lambda _: runs.run("--rules", "tests/loop/alone.rules"), range(4)))
        check("runs side by side", all(p.returncode == 0 and p.stdout == said[0].stdout for p in said),
              [p.stderr for p in said])
        check("and one library", sorted(f[-3:] for f in os.listdir(runs.cache)) == [".so", "aid"], os.listdir(runs.cache))


def installed(root, out, check):
    with tempfile.TemporaryDirectory() as prefix:
        subprocess.run(["sh", "workbench/loop/install.sh", ".", str(out), prefix, "cc"], cwd=root, check=True)
        moved = pathlib.Path(prefix) / "moved"
        moved.mkdir()
        for part in ("bin", "share", "include"):
            os.rename(os.path.join(prefix, part), moved / part)
        runs = Runs(root, moved / "bin" / "wb", os.path.join(prefix, "cache"))
        doc = runs.doc("--rules", "tests/loop/beside.rules")
        check("installed, and moved", rules(doc).get("loaded-add-add", [0, 0])[1] == 65, doc)
        # Wrong, so the code is another.
        check("lowering, too", total(runs.doc("--rules", "tests/loop/lowering.rules")) not in ({}, total(runs.doc())), "")


def loop(root, out):
    results = []

    def check(name, good, said=""):
        results.append(Result("loop: " + name, "pass" if good else "fail", "" if good else str(said)[:1500]))
    with tempfile.TemporaryDirectory() as cache:
        runs = Runs(root, out / "wb", cache)
        plain = runs.doc()
        beside(runs, plain, check)
        alone(runs, check)
        whole(root, runs, plain, check)
        lowering(runs, plain, check)
        cached(runs, check)
        edited(root, runs, check)
    parallel(root, out / "wb", check)
    installed(root, out, check)
    return results
