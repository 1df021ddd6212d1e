#!/usr/bin/env python3
"""Compile and run time against Wasmtime, program by program, in the same minutes.

    tests/bench/peers.py [--out DIR] [--rounds N] [--write docs/FILE.md] [WORD ...]

Over the scalar Sightglass and shootout programs of the shared material. Each round
alternates the two; medians; one thread each. Wasmtime comes as its Python wheel,
installed into OUT/peers when it is not there. The last lines are the geometric
means that the bars are about: compile -O0, compile -O1, execution at -O1.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

PEER = r'''
import importlib.metadata, json, os, sys, tempfile, time
import wasmtime as w
path, rounds = sys.argv[1], int(sys.argv[2])
c = w.Config(); c.strategy = "cranelift"; c.parallel_compilation = False
c.cranelift_opt_level = "speed"
engine = w.Engine(c); data = open(path, "rb").read(); compiles = []; runs = []
for _ in range(rounds):
    t = time.perf_counter_ns(); module = w.Module(engine, data)
    compiles.append(time.perf_counter_ns() - t)
for _ in range(rounds):
    linker, store, marks = w.Linker(engine), w.Store(engine), {}
    linker.define_wasi()
    for name in ("start", "end"):
        linker.define_func("bench", name, w.FuncType([], []),
                           lambda n=name: marks.__setitem__(n, time.perf_counter_ns()))
    wasi = w.WasiConfig(); wasi.argv = ["benchmark.wasm"]
    for guest in (".", "/"): wasi.preopen_dir(os.path.dirname(path) or ".", guest)
    null = tempfile.NamedTemporaryFile()
    wasi.stdout_file = null.name; wasi.stderr_file = null.name
    store.set_wasi(wasi); t = time.perf_counter_ns()
    try: linker.instantiate(store, module).exports(store)["_start"](store)
    except w.ExitTrap: pass
    end = time.perf_counter_ns()
    runs.append(marks.get("end", end) - marks.get("start", t))
symbols = 0
import struct
elf = bytes(module.serialize()); off, = struct.unpack_from("<Q", elf, 0x28)
size, count = struct.unpack_from("<HH", elf, 0x3A)
for i in range(count):
    _, kind, _, _, at, n = struct.unpack_from("<IIQQQQ", elf, off + i * size)
    if kind == 2: symbols = sum(s[5] for s in struct.iter_unpack("<IBBHQQ", elf[at:at+n]) if s[1] & 15 == 2)
print(json.dumps({"compile": compiles, "run": runs, "code": symbols, "version": importlib.metadata.version("wasmtime")}))
'''


def shared():
    path = pathlib.Path(os.environ.get("RW_SHARED") or ROOT.parent / "shared")
    if not path.is_dir():
        sys.exit("no shared material: set RW_SHARED to its folder")
    return path


def programs(base, words):
    for path in sorted((base / "wasm" / "sightglass").rglob("*.wasm")):
        name = path.parent.name if path.stem == "benchmark" else path.stem
        if "simd" in name or name == "meshoptimizer":
            continue
        if not words or any(w in name for w in words):
            yield name, path


def peer_python(out):
    python = out / "peers" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(out / "peers")], check=True)
        subprocess.run([str(out / "peers" / "bin" / "pip"), "install", "-q", "wasmtime"], check=True)
    return python


def run_json(command, cwd=None):
    p = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=cwd)
    if p.returncode:
        raise RuntimeError(f"{command}: {p.stderr[-400:]}")
    return json.loads(p.stdout.strip().splitlines()[-1])


def ours_run(out, path, level):
    p = subprocess.run([str(out / "wb"), "run", f"-O{level}", "--timings", "--dir", ".",
                        "--dir", ".::/", path.name], capture_output=True, text=True, cwd=path.parent)
    for line in p.stderr.splitlines():
        if line.startswith("bench: "):
            return int(line.split()[1])
    raise RuntimeError(f"{path}: status {p.returncode}: {p.stderr[-300:]}")


def measure(out, python, path, rounds):
    row = {"wt_compile": [], "wt_run": [], "c0": [], "c1": [], "r0": [], "r1": []}
    for _ in range(rounds):
        peer = run_json([python, "-c", PEER, path, 2])
        row["wt_compile"].append(min(peer["compile"]))
        row["wt_run"].append(min(peer["run"]))
        for level in (0, 1):
            ours = run_json([out / "tests" / "bench_compile", path, level, 2], cwd=ROOT)
            row[f"c{level}"].append(min(ours["ns"]))
            row[f"code{level}"] = ours["code_bytes"]
            row[f"r{level}"].append(min(ours_run(out, path, level) for _ in range(2)))
        row["wt_code"], row["version"] = peer["code"], peer["version"]
    return {k: statistics.median(v) if isinstance(v, list) else v for k, v in row.items()}


def geomean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("words", nargs="*")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "out")
    parser.add_argument("--rounds", type=int, default=5)
    o = parser.parse_args()
    o.out = o.out.resolve()
    base, python = shared(), peer_python(o.out)
    print("| program | Wasmtime compile ms | -O0 | -O1 | Wasmtime run ms | -O0 | -O1 | code bytes -O0 | -O1 |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    ratios, version = {"c0": [], "c1": [], "r0": [], "r1": [], "b0": [], "b1": []}, "?"
    for name, path in programs(base, o.words):
        try:
            m = measure(o.out, python, path, o.rounds)
        except RuntimeError as e:
            print(f"| {name} | failed: {e} |")
            continue
        version = m["version"]
        one = {"c0": m["c0"] / m["wt_compile"], "c1": m["c1"] / m["wt_compile"],
               "b0": m["code0"] / m["wt_code"], "b1": m["code1"] / m["wt_code"]}
        if m["wt_run"] > 50000:  # noop and such say nothing about code
            one |= {"r0": m["r0"] / m["wt_run"], "r1": m["r1"] / m["wt_run"]}
        for k, v in one.items():
            ratios[k].append(v)
        print(f"| {name} | {m['wt_compile']/1e6:.1f} | {one['c0']:.3f} | {one['c1']:.3f} | {m['wt_run']/1e6:.2f} "
              f"| {one.get('r0', float('nan')):.2f} | {one.get('r1', float('nan')):.2f} "
              f"| {one['b0']:.2f} | {one['b1']:.2f} |", flush=True)
    g = {k: geomean(v) if v else float("nan") for k, v in ratios.items()}
    print(f"| geometric mean | | {g['c0']:.3f} | {g['c1']:.3f} | | {g['r0']:.2f} | {g['r1']:.2f} "
          f"| {g['b0']:.2f} | {g['b1']:.2f} |")
    print(f"\nWasmtime {version}, {len(ratios['c0'])} programs, median of {o.rounds}, one thread.")


if __name__ == "__main__":
    main()
