#!/usr/bin/env python3
"""Random modules, us against Wasmtime or V8: same results, same memory, same traps.

    tests/differ/differ.py [--out DIR] [--count N] [--seed S] [--peer wasmtime|v8] [--keep DIR]

A peer runs the calls of each module (modules.py; idioms.py puts the left sides of
our rules into them); what it says becomes a script in the
form of the specification's, which `wb wast` runs interpreted, at -O0, -O1 and -O2.
V8 has one word for two traps of conversions: either is right there. Exit status 0: all
agree; 1: something differs (the module and the script are kept); 77: no peer here.
Wasmtime is looked for where `ninja bench` puts it, V8 is `node`.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import idioms
import modules

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEVELS = (["--interp"], ["-O0"], ["-O1"], ["-O2"])

WASMTIME = r'''
import json, sys, wasmtime as w
engine = w.Engine()
for line in sys.stdin:
    path, calls = json.loads(line)
    store = w.Store(engine)
    instance = w.Instance(store, w.Module.from_file(engine, path), [])
    out = []
    for name, args in calls:
        f = instance.exports(store)[name]
        try:
            got = f(store, *args)
            got = [] if got is None else got if isinstance(got, list) else [got]
            out.append(["returns", got])
        except w.Trap as t:
            out.append(["traps", t.trap_code.name])
    print(json.dumps(out), flush=True)
'''

V8 = r'''
const fs = require("fs"), readline = require("readline");
const view = new DataView(new ArrayBuffer(8));
function value([t, bits]) {
  const n = BigInt(bits);
  if (t === "i32") return Number(BigInt.asIntN(32, n));
  if (t === "i64") return BigInt.asIntN(64, n);
  view.setBigUint64(0, BigInt.asUintN(64, n));
  return t === "f32" ? view.getFloat32(4) : view.getFloat64(0);
}
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [path, calls] = JSON.parse(line);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(path)), {});
  const out = calls.map(([name, args]) => {
    try {
      let got = instance.exports[name](...args.map(value));
      got = got === undefined ? [] : Array.isArray(got) ? got : [got];
      return ["returns", got.map(String)];
    } catch (e) {
      if (!(e instanceof WebAssembly.RuntimeError)) throw e;
      return ["traps", e.message];
    }
  });
  console.log(JSON.stringify(out));
});
'''

# What peers say -> what scripts say; "" is either of a conversion's two.
TRAPS = {"INTEGER_DIVISION_BY_ZERO": "integer divide by zero", "INTEGER_OVERFLOW": "integer overflow",
         "MEMORY_OUT_OF_BOUNDS": "out of bounds memory access", "UNREACHABLE": "unreachable",
         "BAD_CONVERSION_TO_INTEGER": "invalid conversion to integer", "TABLE_OUT_OF_BOUNDS": "undefined element",
         "INDIRECT_CALL_TO_NULL": "uninitialized element", "BAD_SIGNATURE": "indirect call type mismatch",
         "divide by zero": "integer divide by zero", "remainder by zero": "integer divide by zero",
         "divide result unrepresentable": "integer overflow", "float unrepresentable in integer range": "",
         "memory access out of bounds": "out of bounds memory access", "unreachable": "unreachable",
         "table index is out of bounds": "undefined element", "null function or function signature mismatch": "",
         "null function or function signature mismatch (RuntimeError)": ""}


def find_peer(out, want):
    """(name, command, environment) of a peer, or None."""
    for python in (sys.executable, str(out / "peers" / "bin" / "python")):
        env = dict(os.environ, PYTHONPATH=str(out / "peers"))
        if want in (None, "wasmtime") and shutil.which(python) and subprocess.run(
                [python, "-c", "import wasmtime"], env=env, capture_output=True).returncode == 0:
            return "wasmtime", [python, "-c", WASMTIME], env
    if want in (None, "v8") and shutil.which("node"):
        return "v8", ["node", "-e", V8], None
    return None


def argument(peer, t, bits):
    """A value as the peer takes it."""
    name = modules.NAMES[t]
    if peer == "v8":
        return [name, str(bits)]
    if name in ("i32", "i64"):
        return modules.signed(bits, int(name[1:]))
    import struct
    return struct.unpack("<f", struct.pack("<I", bits))[0] if name == "f32" else struct.unpack("<d", struct.pack("<Q", bits))[0]


def script(wasm, calls, said):
    commands = [{"type": "module", "line": 1, "filename": wasm.name}]
    for k, ((name, args, results), (how, what)) in enumerate(zip(calls, said)):
        action = {"type": "invoke", "field": name,
                  "args": [{"type": modules.NAMES[t], "value": str(bits)} for t, bits in args]}
        command = {"line": k + 2, "action": action}
        if how == "returns":
            bits = [int(v) & ((1 << (32 if t == modules.I32 else 64)) - 1) for v, t in zip(what, results)]
            command |= {"type": "assert_return",
                        "expected": [{"type": modules.NAMES[t], "value": str(b)} for b, t in zip(bits, results)]}
        elif what not in TRAPS:
            raise SystemExit(f"differ: the peer says {what!r}, which no one told me about")
        else:
            command |= {"type": "assert_trap", "text": TRAPS[what]}
        commands.append(command)
    return {"source_filename": "differ", "commands": commands}


def compare(o, peer, process, seed, folder, tally):
    bytes_, calls = modules.make(seed, o.idioms, idioms.emit)
    wasm = folder / f"{seed}.wasm"
    wasm.write_bytes(bytes_)
    asked = [[name, [argument(peer, t, b) for t, b in args]] for name, args, _ in calls]
    process.stdin.write(json.dumps([str(wasm), asked]) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"differ: {peer} ended at seed {seed}")
    said = json.loads(line)
    for (_, _, _), (how, _) in zip(calls, said):
        tally[how] = tally.get(how, 0) + 1
    path = folder / f"{seed}.json"
    path.write_text(json.dumps(script(wasm, calls, said)))
    bad = []
    for level in LEVELS:
        run = subprocess.run([str(o.out / "wb"), "wast", *level, *o.wb, "--quiet", str(path)],
                             capture_output=True, text=True)
        if run.returncode:
            bad.append(f"{' '.join(level)}: {(run.stdout + run.stderr).strip()[:600]}")
    if bad:
        print(f"seed {seed} differs from {peer}:", *bad, sep="\n  ")
        if o.keep:
            o.keep.mkdir(parents=True, exist_ok=True)
            shutil.copy(wasm, o.keep)
            shutil.copy(path, o.keep)
    wasm.unlink()
    path.unlink()
    return not bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "out")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peer", choices=("wasmtime", "v8"))
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--wb", action="append", default=[], help="an option for wb")
    o = parser.parse_args()
    o.out = o.out.resolve()
    found = find_peer(o.out, o.peer)
    if not found:
        print("skipped: neither the wasmtime wheel nor node is here")
        return 77
    peer, command, env = found
    o.idioms = idioms.read(o.out)
    tally, bad = {}, 0
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        for seed in range(o.seed, o.seed + o.count):
            bad += not compare(o, peer, process, seed, pathlib.Path(folder), tally)
        process.stdin.close()
    print(f"{o.count} modules against {peer}: {bad} differ; "
          f"{tally.get('returns', 0)} calls return, {tally.get('traps', 0)} trap")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
