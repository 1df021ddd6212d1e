"""Test suites that are more than one file: corpus, spec scripts, programs.

What needs the shared material (RW_SHARED, else ../shared beside the checkout)
says that it was skipped, and why. RW_LONG=1 runs everything; without it the
programs that take long are left out (and said to be).
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from loop import loop
sys.path.insert(0, str(pathlib.Path(__file__).parent / "desk"))
import desk
from pictures import pictures
from readme import readme
from run import Result
from scale import scale
from schema import Validator
from tour import tour

MODES = {"interp": ["--interp"], "O0": ["-O0"], "O1": ["-O1"], "O2": ["-O2"]}
COMPILED = ["O0", "O1", "O2"]
LONG = os.environ.get("RW_LONG") == "1"


def shared(root):
    path = pathlib.Path(os.environ.get("RW_SHARED") or root.parent / "shared")
    return path if path.is_dir() else None


def no_shared(name):
    return [Result(name, "skip", "no shared material (set RW_SHARED to its folder)")]


def wb(out, args, cwd=None, limit=900):
    begin = time.time()
    env = dict(os.environ, NO_COLOR="1", ASAN_OPTIONS="detect_leaks=0")
    try:
        p = subprocess.run([str(out / "wb")] + args, cwd=cwd, env=env, timeout=limit,
                           stdin=subprocess.DEVNULL, capture_output=True)
        return p.returncode, p.stdout, p.stderr, time.time() - begin
    except subprocess.TimeoutExpired as e:
        return "timeout", e.stdout or b"", e.stderr or b"", time.time() - begin


def judge(name, answer, want_stdout=None, want_status=0):
    status, stdout, stderr, seconds = answer
    said = stderr.decode("utf-8", "replace")[-600:]
    if status != want_status:
        return Result(name, "fail", f"status {status}, not {want_status}\n{said}", seconds)
    if want_stdout is not None and stdout != want_stdout:
        return Result(name, "fail", f"stdout differs ({len(stdout)} bytes, not {len(want_stdout)})\n"
                      + stdout[:300].decode("utf-8", "replace"), seconds)
    return Result(name, "pass", "", seconds)


# --- corpus -----------------------------------------------------------------------

def corpus(mode):
    def run(root, out):
        results = []
        for wasm in sorted((root / "corpus").glob("*.wasm")):
            expected = wasm.with_suffix(".expected").read_bytes()
            answer = wb(out, ["run", "--check"] + MODES[mode] + [str(wasm)])
            results.append(judge(f"corpus {wasm.stem} {mode}", answer, expected))
        return results
    return run


# --- joins beyond all limits: locals in memory -------------------------------------------

def large_joins(n, loops):
    """A module whose f(x) is x + n, or x + 2n with loops: n joins at which n locals differ."""
    def leb(k):
        return bytes([k & 127 | 128]) + leb(k >> 7) if k > 127 else bytes([k])

    def sized(data):
        return leb(len(data)) + data
    get, add = (lambda k: b"\x20" + leb(k)), b"\x6a"
    set_to = lambda v: b"".join(v(k) + b"\x21" + leb(1 + k) for k in range(n))
    if loops:  # n loops in each other, each twice, over locals that the innermost counts
        body = b"\x03\x40" * n + set_to(lambda k: get(1 + k) + b"\x41\x01" + add)
        body += b"".join(get(1 + k) + b"\x41\x02\x48\x0d\x00\x0b" for k in range(n))
    else:      # n blocks, left from one place
        body = b"\x02\x40" * n + set_to(lambda k: b"\x41\x01")
        body += b"".join(b"\x41\x00\x0d" + leb(k) for k in range(n)) + b"\x0b" * n
    body += get(0) + b"".join(get(1 + k) + add for k in range(n)) + b"\x0b"
    code = b"\x01" + leb(n) + b"\x7f" + body
    sections = (1, b"\x01\x60\x01\x7f\x01\x7f"), (3, b"\x01\x00"), (7, b"\x01\x01f\x00\x00"), (10, b"\x01" + sized(code))
    return b"\0asm\1\0\0\0" + b"".join(bytes([k]) + sized(s) for k, s in sections)


def in_memory(mode):
    def run(root, out):
        results = []
        for name in ("interp",) if mode == "interp" else ("sort", "interp", "lisp", "scalars"):
            wasm = root / "corpus" / f"{name}.wasm"
            answer = wb(out, ["run", "--check", "--join-limit=1"] + MODES[mode] + [str(wasm)])
            results.append(judge(f"in memory {name} {mode}", answer, wasm.with_suffix(".expected").read_bytes()))
        with tempfile.TemporaryDirectory() as top:
            for loops in (False, True):
                path = pathlib.Path(top) / "large.wasm"
                path.write_bytes(large_joins(3000, loops))
                answer = wb(out, ["run", "--check"] + MODES[mode] + ["--invoke", "f", str(path), "5"])
                want = b"6005\n" if loops else b"3005\n"
                results.append(judge(f"large joins {'in loops ' if loops else ''}{mode}", answer, want))
        return results
    return run


# --- spec scripts -------------------------------------------------------------------

def tiers(spec):
    rows = (line.split("\t") for line in (spec / "tiers.tsv").read_text().splitlines()
            if line and not line.startswith("#"))
    return {row[0]: row[1] for row in rows}


def spec(mode):
    name = f"spec {mode}"

    def run(root, out):
        base = shared(root)
        if not base:
            return no_shared(name)
        scripts = [n for n, t in tiers(base / "spec").items() if t in ("wasm1", "wasm2")]
        results = []
        for n in scripts:
            path = base / "spec" / n / f"{n}.json"
            answer = wb(out, ["wast", "--check"] + MODES[mode] + [str(path)])
            results.append(judge(f"{name} {n}", answer))
        return results
    return run


def meanings(root, out):
    """Every op with a meaning, at each of its types, runs in a spec script (as
    translated or optimized) or in a row of tests/rulec/fold.c. What ran where
    goes to OUT/ops-run.tsv."""
    base = shared(root)
    if not base:
        return no_shared("meanings")
    text = (pathlib.Path(out) / "gen/interp.c").read_text()
    ops = re.findall(r"^    \[OP_(\w+)\] = interp_", text, re.M)
    ran = {}
    for n, tier in tiers(base / "spec").items():
        for level in ("-O0", "-O2") if tier in ("wasm1", "wasm2") else ():
            path = base / "spec" / n / f"{n}.json"
            _, stdout, _, _ = wb(out, ["wast", "--interp", level, "--ops-run", "--quiet", str(path)])
            for line in stdout.decode().splitlines():
                if re.fullmatch(r"\S+ \d+", line):
                    ran.setdefault(line.split()[0].replace(".", "_"), []).append(n)
    rows = subprocess.run([str(pathlib.Path(out) / "tests/rulec_fold"), "--ops"], capture_output=True)
    for op in rows.stdout.decode().split():
        ran.setdefault(op.replace(".", "_"), []).append("tests/rulec/fold.c")
    # union is the e-graph's: no program has one
    missing = [op for op in ops if op not in ran and not op.startswith("union_")]
    lines = [f"{op}\t{' '.join(dict.fromkeys(ran.get(op, [])))}\n" for op in ops]
    (pathlib.Path(out) / "ops-run.tsv").write_text("".join(lines))
    detail = f"never run: {' '.join(missing)}" if missing else ""
    return [Result("meanings", "fail" if missing or not ops else "pass", detail)]


def validation(root, out):
    """Every module of the three tiers is accepted or refused as the scripts say."""
    base = shared(root)
    if not base:
        return no_shared("spec validation")
    results = []
    for n, tier in tiers(base / "spec").items():
        if tier not in ("wasm1", "wasm2", "wasm2-simd"):
            continue
        folder = base / "spec" / n
        want = {}
        for c in json.loads((folder / f"{n}.json").read_text())["commands"]:
            file = c.get("binary_filename") or c.get("filename", "")
            if file.endswith(".wasm"):
                want[str(folder / file)] = c["type"] not in ("assert_malformed", "assert_invalid")
        if not want:
            continue
        status, stdout, stderr, seconds = wb(out, ["validate"] + list(want))
        got = {}
        for line in stdout.decode("utf-8", "replace").splitlines():
            path, _, rest = line.partition(": ")
            got[path] = rest == "valid"
        wrong = [f"{os.path.basename(p)}: {'refused' if ok else 'accepted'}"
                 for p, ok in want.items() if got.get(p) is not ok]
        results.append(Result(f"validation {n}", "fail" if wrong else "pass", "\n".join(wrong[:10]),
                              seconds))
    return results


def translation(root, out):
    """The same, and every accepted body built and its IR verified."""
    base = shared(root)
    if not base:
        return no_shared("spec translation")
    p = subprocess.run([sys.executable, str(root / "tests/wasm/spec.py"),
                        str(out / "tests/wasm_validate_main"), "-t"],
                       env=dict(os.environ, RW_SHARED=str(base)), capture_output=True, text=True)
    return [Result("spec translation", "fail" if p.returncode else "pass",
                   p.stdout[-3000:] + p.stderr[-1000:] if p.returncode else "")]


# --- programs -----------------------------------------------------------------------

def reference(base):
    lines = (base / "wasm" / "reference.tsv").read_text().splitlines()
    head = lines[1].split("\t")
    return [dict(zip(head, line.split("\t"))) for line in lines[2:]]


def sightglass(mode):
    name = f"sightglass {mode}"

    def run(root, out):
        base = shared(root)
        if not base:
            return no_shared(name)
        results = []
        for row in reference(base):
            path = base / "wasm" / row["file"]
            simd = "simd" in row["file"] or "meshoptimizer" in row["file"]
            if not row["file"].startswith("sightglass/") or simd:
                continue
            expected = next(path.parent.glob(f"{path.stem}.stdout.expected"), None)
            if expected is None:
                expected = next(iter(path.parent.glob("*.stdout.expected")), None) \
                    if path.stem == "benchmark" else None
            answer = wb(out, ["run", "--check"] + MODES[mode] + ["--dir", ".", "--dir", ".::/", str(path)],
                        cwd=path.parent)
            title = f"{name} {path.parent.name if path.stem == 'benchmark' else path.stem}"
            r = judge(title, answer, expected.read_bytes() if expected else None)
            results.append(r)
        return results
    return run


def libsodium(mode):
    name = f"libsodium {mode}"

    def run(root, out):
        base = shared(root)
        if not base:
            return no_shared(name)
        results, left = [], []
        for row in reference(base):
            if not row["file"].startswith("libsodium/") or not row["run_ms"].replace(".", "").isdigit():
                continue
            ms = float(row["run_ms"])
            if ms > 20000:
                continue
            path = base / "wasm" / row["file"]
            if ms > 1000 and not LONG:
                left.append(path.stem)
                continue
            answer = wb(out, ["run", "--check"] + MODES[mode] + ["--dir", ".", str(path)], cwd=path.parent)
            results.append(judge(f"{name} {path.stem}", answer))
        if left:
            results.append(Result(f"{name} long programs", "skip",
                                  f"{len(left)} that run over a second (RW_LONG=1 runs them)"))
        return results
    return run


# --- memory -----------------------------------------------------------------------------

def memory(root, out):
    """Compiling any shared module takes at most 64 MiB beside its bytes and its code."""
    base = shared(root)
    if not base:
        return no_shared("memory")
    if "RW_ASAN" in (out / "build.ninja").read_text() if (out / "build.ninja").exists() else False:
        return [Result("memory", "skip", "sanitizers have a memory of their own")]
    results = []
    for level in ("0", "1", "2"):
        worst, which = 0, ""
        for row in reference(base):
            path = base / "wasm" / row["file"]
            with open(os.devnull, "wb") as null:
                p = subprocess.Popen([str(out / "tests" / "bench_compile"), str(path), level, "1"],
                                     stdout=subprocess.PIPE, stderr=null)
                said = p.stdout.read()
                _, status, usage = os.wait4(p.pid, 0)
            if status:
                if "simd" not in row["file"] and "meshoptimizer" not in row["file"]:
                    results.append(Result(f"memory O{level} {row['file']}", "fail", f"status {status}"))
                continue
            used = usage.ru_maxrss * 1024 - path.stat().st_size - json.loads(said)["code_bytes"]
            if used > worst:
                worst, which = used, row["file"]
        state = "pass" if 0 < worst <= 64 << 20 else "fail"
        results.append(Result(f"memory O{level}", state, f"at most {worst >> 10} KiB ({which})"))
    return results


# --- WASI ------------------------------------------------------------------------------

def wasi(mode):
    """tests/wasi/guest/world.c in a folder with every kind of way out."""
    def run(root, out):
        want = (root / "tests" / "wasi" / "world.expected").read_bytes()
        with tempfile.TemporaryDirectory() as top:
            box = pathlib.Path(top) / "box"
            (box / "sub").mkdir(parents=True)
            (box / "data.txt").write_text("hello\n")
            secret = pathlib.Path(top) / "secret.txt"
            secret.write_text("secret\n")
            for name, to in (("out", "../secret.txt"), ("abs", str(secret)), ("up", ".."), ("inside", "data.txt"),
                             ("loop", "loop"), ("deep", "sub/../../secret.txt")):
                (box / name).symlink_to(to)
            answer = wb(out, ["run", "--check"] + MODES[mode] + ["--dir", f"{box}::.", "--env", "GREETING=hi",
                              str(root / "tests" / "wasi" / "world.wasm"), "a", "b c"])
            result = judge(f"wasi world {mode}", answer, want, 7)
            kept = secret.exists() and sorted(p.name for p in pathlib.Path(top).iterdir()) == ["box", "secret.txt"]
            if result.state == "pass" and not kept:
                result = Result(result.name, "fail", "the guest changed something outside its folder")
            return [result]
    return run


# --- what is generated and checked in -------------------------------------------------

def same_bytes(root, out):
    """Stats are the same bytes for any number of threads, twice; docs are current."""
    files = [str(p.relative_to(root)) for p in sorted((root / "corpus").glob("*.wasm"))]
    runs = [wb(out, ["stats", "--json", f"-j{j}"] + files, cwd=root) for j in (1, 4, 1)]
    results = [judge("stats --json", runs[0])]
    for r, name in ((runs[1], "stats -j4 as -j1"), (runs[2], "stats twice")):
        results.append(judge(name, r, runs[0][1]))
    doc = json.loads(runs[0][1])
    wrong = [] if doc["schema"] == "wb.stats/1" else ["schema"]
    for i in doc["inputs"]:
        for key, total in i["total"].items():
            if key != "functions" and total != sum(f["counters"].get(key, 0) for f in i["functions"]):
                wrong.append(f"{i['path']}: {key} is not the sum of its functions")
            if key != "functions" and key not in doc["counters"]:
                wrong.append(f"{key} is not in the registry")
    results.append(Result("stats add up", "fail" if wrong else "pass", "\n".join(wrong[:9])))
    results.append(judge("docs/counters.md", wb(out, ["counters"]), (root / "docs" / "counters.md").read_bytes()))
    return results


def baseline(root, out):
    """The corpus compiles as corpus/baseline.json says. Arenas of a sanitized build are padded."""
    files = [str(p.relative_to(root)) for p in sorted((root / "corpus").glob("*.wasm"))]
    status, stdout, stderr, seconds = wb(out, ["stats"] + files + ["--diff", "corpus/baseline.json"], cwd=root)
    said = stdout.decode("utf-8", "replace")
    last = re.search(r"^(\d+) of (\d+) counters did not move$", said, re.M)
    padded = 2 if "-DRW_ASAN" in (out.parent / "build.ninja" if out.name == "out" else out / "build.ninja").read_text() else 0
    good = status == 0 and last and int(last[1]) + padded >= int(last[2]) > 50
    return [Result("corpus baseline", "pass" if good else "fail", "" if good else said[:2000] + stderr.decode()[:500], seconds)]


def changed_rules(root, out):
    """A run with a rule left out shows it in the difference; another base is refused."""
    with tempfile.TemporaryDirectory() as folder:
        base = os.path.join(folder, "base.json")
        file = "corpus/sort.wasm"
        made = wb(out, ["stats", file, "--diff", base, "--update-baseline"], cwd=root)
        same = wb(out, ["stats", file, "--diff", base], cwd=root)
        rules = wb(out, ["stats", file, "--disable-rule=*", "--diff", base], cwd=root)
        pathlib.Path(base + ".bad").write_text('{"schema": "wb.stats/0"}')
        other = wb(out, ["stats", file, "--diff", base + ".bad"], cwd=root)
        broken = wb(out, ["stats", file, "--diff", file], cwd=root)
        results = [judge("baseline written", made), judge("other schema refused", other, b"", 3),
                   judge("no JSON refused", broken, b"", 3)]
        seen = all(w in rules[1] for w in (b"egraph.rules_applied", b"Worse", b"disable-rule=*", b"more or less often"))
        results.append(Result("rules left out are seen", "pass" if seen else "fail", rules[1].decode()[:2000]))
        moved = b"did not move" in same[1] and b"Worse" not in same[1] and b"Better" not in same[1]
        results.append(Result("nothing moved", "pass" if moved and same[0] == 0 else "fail", same[1].decode()))
        return results


# Each makes a document wrong in one way, and what the schema says then.
SPOILED = [
    ("number as text", lambda d: d["total"].update(functions="1"), "$.total.functions: '1' is no integer"),
    ("unknown key", lambda d: d.update(time=3), "$: time is not foreseen"),
    ("missing key", lambda d: d.pop("flags"), "$: no flags"),
    ("zero written", lambda d: d["inputs"][1]["total"].update({"emit.insts": 0}),
     "$.inputs[1].total.emit.insts: 0 is less than 1"),
    ("half a rule", lambda d: d["inputs"][1]["rules"].update(half=[1, 2]),
     "$.inputs[1].rules.half: 2 items, fewer than 6"),
    ("short hash", lambda d: d["inputs"][1]["functions"][0].update(hash="12"), "hash: '12' does not match"),
    ("failed but counted", lambda d: d["inputs"][0].update(bytes=3), "$.inputs[0]: bytes is not foreseen"),
]


def schema(root, out):
    """`wb stats --json` is what wb.stats.schema.json says, also when an input fails."""
    valid = Validator(json.loads((root / "workbench/stats/wb.stats.schema.json").read_text()))
    files = [str(p.relative_to(root)) for p in sorted((root / "corpus").glob("*.wasm"))]
    results = []
    for name, args, status in (("corpus", files, 0), ("-O0", ["-O0", "docs/tour.wasm"], 0),
                               ("failed input", ["corpus/absent.wasm", "docs/tour.wasm"], 4)):
        answer = wb(out, ["stats", "--json"] + args, cwd=root)
        said = list(valid.errors(json.loads(answer[1])))
        result = judge(f"schema {name}", answer, None, status)
        results.append(Result(result.name, "fail", "\n".join(said[:9])) if said else result)
    text = answer[1]
    for name, spoil, want in SPOILED:
        doc = json.loads(text)
        spoil(doc)
        said = list(valid.errors(doc))
        found = any(want in line for line in said)
        results.append(Result(f"schema refuses {name}", "pass" if found else "fail", "" if found else str(said)))
    return results


def signals(root, out):
    """A signal that is not the guest's is a bug of ours: told, with the command, and status 70."""
    results = []
    for args in (["run", "tests/cli/spin.wasm"], ["run", "--interp", "tests/cli/spin.wasm"]):
        name = "signal " + " ".join(args[:-1])
        p = subprocess.Popen([str(out / "wb")] + args, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(1)  # until it runs
        p.send_signal(signal.SIGBUS)
        try:
            said = p.communicate(timeout=20)[1].decode("utf-8", "replace")
        finally:
            p.kill()
        good = p.returncode == 70 and "Bus error" in said and "to repeat:" in said and args[-1] in said
        results.append(Result(name, "pass" if good else "fail", "" if good else f"status {p.returncode}\n{said}"))
    return results


# --- random modules against a peer ---------------------------------------------------

def differ(root, out):
    p = subprocess.run([sys.executable, str(root / "tests/differ/differ.py"), "--out", str(out), "--count", "45"],
                       cwd=root, capture_output=True, text=True, timeout=600)
    said = (p.stdout + p.stderr).strip()
    if p.returncode == 77:
        return [Result("differ", "skip", said.removeprefix("skipped: "))]
    return [Result("differ", "fail" if p.returncode else "pass", said[-900:])]


# --- rules that are wrong -----------------------------------------------------------

def rulec_says(command, path, root, out):
    env = dict(os.environ, NO_COLOR="1", LC_ALL="C", PATH=f"{out}{os.pathsep}{os.environ['PATH']}", RW_OUT=str(out))
    p = subprocess.run(command.replace("%", str(path.relative_to(root))), shell=True, cwd=root,
                       env=env, timeout=60, stdin=subprocess.DEVNULL, capture_output=True)
    return p.returncode, (p.stdout + p.stderr).decode("utf-8", "replace")


def wrong_rules(root, out):
    """tests/rulec/bad: NAME.rules is refused as NAME.rules.out says (a golden test); its
    repaired form NAME.ok.rules passes the same command without a word. Every code that
    rulec knows is there, and at least 90 pairs are."""
    results, codes, pairs = [], set(), 0
    for bad in sorted((root / "tests/rulec/bad").glob("*.rules")):
        if bad.name.endswith(".ok.rules"):
            continue
        command = re.search(r"run:\s*(.*)", bad.read_text().splitlines()[0])
        good, said = bad.with_suffix(".ok.rules"), bad.with_suffix(".rules.out")
        found = set(re.findall(r"(?:error|warning)\[([EW]-[A-Z-]+)\]", said.read_text() if said.exists() else ""))
        codes |= found
        pairs += 1
        name = f"wrong rules {bad.stem} repaired"
        if not command or not good.exists() or not found:
            results.append(Result(name, "fail", "no run line, no repaired form, or no code in what it must say"))
            continue
        status, text = rulec_says(command.group(1), good, root, out)
        results.append(Result(name, "fail" if status or text else "pass", f"status {status}\n{text}"))
    known = set(re.findall(r"^([EW]-[A-Z-]+) ", rulec_says("rulec explain", root, root, out)[1], re.M))
    missing = sorted(known - codes - {"E-BOUNDED"})  # which only the solver finds
    results.append(Result("wrong rules, every code", "fail" if missing or not known else "pass", " ".join(missing)))
    results.append(Result(f"wrong rules, {pairs} pairs", "fail" if pairs < 90 else "pass", "wanted 90"))
    return results


def check_json(root, out):
    """`rulec check --json` is what rulec/check.schema.json says, for good and bad rules."""
    valid = Validator(json.loads((root / "rulec/check.schema.json").read_text()))
    results = []
    for path in ["tests/rulec/types.rules", "tests/rulec/ops.rules"]:
        status, text = rulec_says("rulec check --json rules/ops.rules %", root / path, root, out)
        doc = json.loads(text)
        said = list(valid.errors(doc))
        if doc["errors"] != sum(d["severity"] == "error" for d in doc["diagnostics"]) or status != (doc["errors"] > 0):
            said.append("errors miscounted")
        results.append(Result(f"check --json {path}", "fail" if said else "pass", "\n".join(said[:5])))
    doc["diagnostics"] = [{"code": "E_TYPE"}]
    results.append(Result("check schema refuses", "pass" if list(valid.errors(doc)) else "fail"))
    return results


def rule_examples(root, out):
    """Examples beside our rules pass, scaffolds of all of them do, and something fires each rule."""
    rules = sorted(str(p.relative_to(root)) for p in (root / "rules/mid").glob("*.rules"))
    with tempfile.TemporaryDirectory() as folder:
        copies = [os.path.join(folder, os.path.basename(r)) for r in rules]
        for a, b in zip(rules, copies):
            pathlib.Path(b).write_bytes((root / a).read_bytes())

        def run(*args):
            begin = time.time()
            p = subprocess.run([str(out / "rulec")] + list(args), cwd=root, capture_output=True,
                               stdin=subprocess.DEVNULL)
            return p.returncode, p.stdout, p.stderr, time.time() - begin
        stats = os.path.join(folder, "stats.json")
        wasm = [str(p.relative_to(root)) for p in sorted((root / "corpus").glob("*.wasm"))]
        poor = os.path.join(folder, "poor.json")
        without = ["--no-popcnt", "--no-lzcnt", "--no-bmi1", "--no-bmi2", "--no-sse41"]
        pathlib.Path(stats).write_bytes(wb(out, ["stats", "--json"] + wasm, cwd=root)[1])
        pathlib.Path(poor).write_bytes(wb(out, ["stats", "--json"] + without + wasm, cwd=root)[1])
        lower = ["rules/x64/inst.rules", "rules/x64/lower.rules"]
        x64 = [lower[0], os.path.join(folder, "lower.rules")]
        pathlib.Path(x64[1]).write_bytes((root / "rules/x64/lower.rules").read_bytes())
        withs = [x for f in ("rules/ops.rules", x64[0]) for x in ("--with", f)]
        return [judge("examples and coverage",
                      run("test", "rules/ops.rules", *rules, *lower, "--coverage", stats, "--coverage", poor)),
                judge("scaffold of lowering", run("scaffold", "*", "--write", *withs, x64[1])),
                judge("examples of that", run("test", *withs, x64[1])),
                judge("scaffold", run("scaffold", "*", "--write", "rules/ops.rules", *copies)),
                judge("examples of scaffold", run("test", "rules/ops.rules", *copies))]


def show_programs(root, out, programs, built=None):
    """Each runs as its head says, and gives something else where the rule is on: loaded, or in the folder
    `built` a wb that has it. Without the rule it makes no difference how it runs."""
    results = []
    for path in programs:
        heads = [x.split()[3:] for x in open(root / path) if x.startswith(";   wb run")]
        runs = [["run", "--cache-dir", str(out / "rules-cache")] + [path if w == "FILE" else w for w in h] for h in heads]
        loaded = any(w.startswith("--rules") for w in runs[1])  # else it is built in, and so are the rules named
        without = [w for w in runs[1] if not loaded or not w.startswith(("--rules", "--only-rules")) and w not in ("--no-builtin-rules", "--subsume-all")]
        before, plain = wb(out, runs[0], root), wb(out, without, root)
        after = wb(built, without, root) if built else wb(out, runs[1], root)
        good = before[:2] == plain[:2] != after[:2] and {before[0], after[0]} <= {0, 134}
        results.append(Result(f"verify {pathlib.Path(path).stem}{' built' if built else ''}", "pass" if good else "fail",
                              "" if good else f"{runs}\n{before[:3]}\n{plain[:3]}\n{after[:3]}"))
    return results


def verify_programs(root, out):
    """Each refutation's program gives something else once its rule is on, whether the solver or the evaluator
    found it; `--json` is what rulec/verify.schema.json says."""
    return (refuted_programs(root, out, "tests/verify/programs.rules", "--rule 'wrong-*'")
            + refuted_programs(root, out, "tests/verify/values.rules", "--rule 'v-*' --solver tests/verify/no-idea.sh"))


def refuted_programs(root, out, rules, options):
    folder = out / "refuted-programs"
    status, text = rulec_says(f"rulec verify --json --timeout 30 -o {folder} {options} rules/ops.rules "
                              "rules/x64/inst.rules %", root / rules, root, out)
    doc = json.loads(text)
    valid = Validator(json.loads((root / "rulec/verify.schema.json").read_text()))
    said = list(valid.errors(doc))
    programs = [c["program"] for c in doc["claims"] if c["kind"] not in ("fires", "guard")]
    if status != 1 or None in programs or len(programs) != doc["counts"]["refuted"]:
        said.append(f"status {status}, programs {programs}")
    return ([Result(f"verify --json {rules}", "fail" if said else "pass", "\n".join(said[:5]))]
            + show_programs(root, out, filter(None, programs)))


def plant(text, wrong):
    """The rules of one file in place of those of the same name in another."""
    rule = re.compile(r"^lower ([\w-]+):.*\n(?: .*\n)*", re.M)
    names = []
    for m in rule.finditer(wrong):
        names.append(m.group(1))
        old = next(x for x in rule.finditer(text) if x.group(1) == m.group(1))
        text = text[:old.start()] + m.group(0) + text[old.end():]
    return names, text


def build_planted(root, out, folder, ops, inst, lower, parts):
    """A wb with these rules: parts of what rulec writes made anew, compiled and linked. Its folder; null if ninja
    does not know how to link wb from here."""
    wb_path = os.path.relpath(out / "wb", root)
    try:
        p = subprocess.run(["ninja", "-t", "commands", wb_path], cwd=root, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    made = p.stdout.strip().split("\n")[-1]
    old = {part: os.path.relpath(out / f"obj/gen_{part}.o", root) for part in parts}
    if p.returncode or not set(old.values()) <= set(made.split()) or f"-o {wb_path} " not in made:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([str(out / "rulec"), "build", "-o", str(folder), str(ops), str(inst), str(lower)],
                   cwd=root, check=True)
    compile_it = [made.split()[0], "-std=c11", "-D_GNU_SOURCE", "-O0", "-I.", f"-I{out / 'gen'}"]
    if "-fsanitize=address,undefined" in made:
        compile_it.insert(1, "-fsanitize=address,undefined")
    made = made.replace(f"-o {wb_path} ", f"-o {folder / 'wb'} ")
    for part in parts:
        new = str(folder / f"{part}.o")
        subprocess.run(compile_it + ["-c", str(folder / f"{part}.c"), "-o", new], cwd=root, check=True)
        made = made.replace(old[part], new)
    subprocess.run(made, cwd=root, check=True, shell=True)
    return folder


def verify_built(root, out):
    """What cannot be loaded: a symmetry, facts and sequences made wrong have programs that show it in a wb built with
    them."""
    folder = out / "refuted-built"
    folder.mkdir(exist_ok=True)

    def wrong(path, *changes):
        text = (root / path).read_text()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        (folder / os.path.basename(path)).write_text(text)
        return folder / os.path.basename(path)
    ops = wrong("rules/ops.rules", ("(x: T, n: T) -> T      front pure cost 3\n  = x << (n %u bits(T)) | x >>u",
                                    "(x: T, n: T) -> T  front pure sym (rotl n x) cost 3\n  = x << (n %u bits(T)) | x >>u"),
                ("fact umin = clz(umax(x))", "fact umin = clz(umax(x)) + 1"),
                ("fact zeros = zeros(x) | zeros(y)  fact ones = ones(x) & ones(y)\n  fact umax",
                 "fact zeros = zeros(x) | ~zeros(y)  fact ones = ones(x) & ones(y)\n  fact umax"))
    inst = wrong("rules/x64/inst.rules", ("{ d = (x64.setcc8.p f d)", "{ d = (x64.setcc8.np f d)"),
                 ("{ jcc p f done\n  jcc ne f done", "{ jcc e f done\n  jcc ne f done"))
    lower = root / "rules/x64/lower.rules"
    globs = "--rule rotl --rule clz --rule band --rule x64.set_une --rule x64.select_oeq"
    status, said = rulec_says(f"rulec verify --json --timeout 30 -o {folder} {globs} {ops} {inst} %", lower, root, out)
    claims = [c for c in json.loads(said)["claims"] if c["verdict"] == "refuted"]
    kinds = sorted((c["kind"], c["name"]) for c in claims)
    want = [(k, n) for k, n, times in (("fact", "band", 2), ("fact", "clz", 2), ("seq", "x64.select_oeq", 2), ("seq", "x64.set_une", 1),
                                       ("sym", "rotl", 2)) for _ in range(times)]
    programs = [c["program"] for c in claims]
    good = status == 1 and kinds == want and None not in programs
    results = [Result("verify built in", "pass" if good else "fail", f"status {status}\n{kinds}\n{programs}")]
    built = build_planted(root, out, folder / "built", ops, inst, lower, ["known", "encode", "lower"])
    return results + (show_programs(root, out, filter(None, programs), built) if built
                      else [Result("verify built in, built", "skip", "no ninja, or no build of it here")])


def verify_lowering(root, out):
    """Lowering rules made wrong are refuted, and machine code shows it: loaded, as each program's head says,
    and built into a wb of its own."""
    folder = out / "refuted-lowering"
    folder.mkdir(exist_ok=True)
    planted = folder / "lower.rules"
    names, text = plant((root / "rules/x64/lower.rules").read_text(),
                        (root / "tests/verify/wrong-lower.rules").read_text())
    planted.write_text(text)
    cache = folder / "verify.cache"  # what is right is known, and stays known
    shutil.copy(root / "rules/verify.cache", cache)
    globs = " ".join(f"--rule {n}" for n in names)
    status, said = rulec_says(f"rulec verify --json --changed --cache={cache} --timeout 30 -o {folder} {globs} "
                              "rules/ops.rules rules/x64/inst.rules %",
                              planted, root, out)
    claims = [c for c in json.loads(said)["claims"] if c["kind"] == "lower"]
    wrong = [c for c in claims if c["verdict"] == "refuted"]
    shown = {c["name"] for c in wrong if c["program"]}
    good = status == 1 and shown == set(names)
    results = [Result("verify lowering", "pass" if good else "fail", "" if good else
                      f"status {status}, shown {sorted(shown)} of {names}"
                      + "".join(f"\n{c['name']} {c['at']}: {c['no_program']}" for c in wrong if c["no_program"]))]
    first = {c["name"]: c["program"] for c in reversed(wrong) if c["program"]}
    results += show_programs(root, out, first.values())
    built = build_planted(root, out, folder / "built", "rules/ops.rules", "rules/x64/inst.rules", planted, ["lower"])
    return results + (show_programs(root, out, first.values(), built) if built
                      else [Result("verify lowering built", "skip", "no ninja, or no build of it here")])


def verified(root, out):
    """Our rules, against the verdicts kept in the repository; what these lack is proved now."""
    if not shutil.which("z3"):
        return [Result("verify", "skip", "no z3")]
    begin = time.time()
    files = sorted(str(f.relative_to(root)) for f in (root / "rules").glob("*/*.rules"))
    cache = out / "verify.cache"
    shutil.copy(root / "rules/verify.cache", cache)
    p = subprocess.run([str(out / "rulec"), "verify", "--changed", f"--cache={cache}", "-j2", "rules/ops.rules"]
                       + files, cwd=root, capture_output=True, text=True)
    return [Result("verify", "fail" if p.returncode or p.stderr else "pass", p.stdout[-3000:] + p.stderr, time.time() - begin)]


SUITES = [("wrong rules", wrong_rules), ("check json", check_json)]
def verify_yes(root, out):
    """With a solver that calls everything unsat the evaluator has the last word on our rules: it contradicts
    none, and has something to say of all but eight claims (docs/verify.md)."""
    files = sorted(str(f.relative_to(root)) for f in (root / "rules").glob("*/*.rules"))
    _, text = rulec_says("rulec verify --json --solver tests/verify/yes.py rules/ops.rules " + " ".join(files) + " 2>/dev/null",
                         root, root, out)
    claims = [c for c in json.loads(text)["claims"] if c["kind"] not in ("fires", "guard")]
    bad = [f"{c['kind']} {c['name']} {c['at']}: {c['how']}" for c in claims if c["verdict"] != "proved"]
    silent = [f"{c['kind']} {c['name']} {c['at']}: not evaluated" for c in claims if not c["evaluated"]]
    return [Result("verify yes", "fail" if bad or len(silent) > 8 else "pass", "\n".join(bad + silent))]


def verify_floats(root, out):
    """The formulas that stand for floats, those that a solver settles at once: `ninja
    verify-floats` does all."""
    if not shutil.which("z3"):
        return [Result("verify floats", "skip", "no z3")]
    begin = time.time()
    quick = ["isnan", "eq", "lt", "le", "min", "max", "fits_s", "fits_u", "promote"]
    p = subprocess.run([str(out / "rulec"), "verify", "--floats", "--timeout=30", "rules/ops.rules"]
                       + [f"--rule=fp.{name}" for name in quick], cwd=root, capture_output=True, text=True)
    bad = p.returncode or not p.stdout.startswith("43 claims: 43 proved")
    return [Result("verify floats", "fail" if bad else "pass", p.stdout[-3000:] + p.stderr, time.time() - begin)]


SUITES += [("verify floats", verify_floats), ("verify yes", verify_yes), ("verify programs", verify_programs), ("verify lowering", verify_lowering), ("verify built", verify_built), ("verify rules", verified)]
SUITES += [("stats bytes", same_bytes), ("stats diff", changed_rules), ("stats baseline", baseline), ("stats schema", schema), ("signals", signals), ("differ", differ),
          ("memory", memory)]
SUITES += [("wasi " + m, wasi(m)) for m in MODES]
SUITES += [("corpus " + m, corpus(m)) for m in MODES]
SUITES += [("in memory " + m, in_memory(m)) for m in MODES]
SUITES += [("loop", loop), ("rule examples", rule_examples)]
SUITES += desk.SUITES
SUITES += [("rules scale", scale)]
SUITES += [("pictures", pictures), ("tests/tour", tour), ("tests/readme", readme)]
SUITES += [("meanings", meanings), ("spec validation", validation), ("spec translation", translation)]
SUITES += [("spec " + m, spec(m)) for m in MODES]
SUITES += [("sightglass " + m, sightglass(m)) for m in COMPILED]
SUITES += [("libsodium " + m, libsodium(m)) for m in COMPILED]
