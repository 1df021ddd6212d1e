#!/usr/bin/env python3
"""Compile time against size: generated functions of 1,000 to 1,000,000 instructions.

    tests/bench/growth.py [--out DIR] [--most N] [--callgrind] [SHAPE ...]

Shapes: line (straight-line arithmetic over many locals), memory (loads and stores),
nest (blocks in blocks), loops (loops in loops, side by side), ifs (a ladder of ifs that
assign locals), table (one br_table with as many targets as fit), locals (50,000 locals,
set and read), calls. Prints ns and arena bytes per wasm instruction; the last column is
how much the cost of one instruction grew from 10,000 on, beside log n's growth. With
--callgrind the cost is in instructions executed, which caches and neighbours do not change.
"""
import argparse
import json
import math
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def leb(n):
    out = bytearray()
    while True:
        byte = n & 127
        n >>= 7
        out.append(byte | (128 if n else 0))
        if not n:
            return bytes(out)


def sleb(n):
    out = bytearray()
    while True:
        byte = n & 127
        n >>= 7
        last = n == 0 and not byte & 64 or n == -1 and byte & 64
        out.append(byte | (0 if last else 128))
        if last:
            return bytes(out)


def section(number, data):
    return bytes([number]) + leb(len(data)) + data


def vector(items):
    return leb(len(items)) + b"".join(items)


def module(body, nlocals):
    """One function of type i32 -> i32 with nlocals more i32, and a memory."""
    code = vector([leb(nlocals) + b"\x7f"]) + body + b"\x0b"
    return (b"\0asm\x01\0\0\0" + section(1, vector([b"\x60\x01\x7f\x01\x7f"]))
            + section(3, vector([b"\0"])) + section(5, vector([b"\0\x01"]))
            + section(7, vector([b"\x01f\0\0"])) + section(10, vector([leb(len(code)) + code])))


def get(k):
    return b"\x20" + leb(k)


def put(k):
    return b"\x21" + leb(k)


OPS = [b"\x6a", b"\x6b", b"\x6c", b"\x71", b"\x72", b"\x73", b"\x74", b"\x76"]


def line(n, r):
    out = [get(r.randrange(17)) + get(r.randrange(17)) + r.choice(OPS) + put(r.randrange(17))
           for _ in range(n // 4)]
    return b"".join(out) + get(0), 16


def memory(n, r):
    out = [get(r.randrange(9)) + b"\x28\x02" + leb(r.randrange(64) * 4) + put(r.randrange(9))
           + get(r.randrange(9)) + get(r.randrange(9)) + b"\x36\x02" + leb(r.randrange(64) * 4)
           for _ in range(n // 6)]
    return b"".join(out) + get(0), 8


def nest(n, r):
    depth = min(n // 5, 200000)
    return (b"\x02\x40" * depth + b"".join(get(r.randrange(9)) + b"\x0d" + leb(r.randrange(depth - k))
            + b"\x41" + sleb(k) + put(r.randrange(9)) + b"\x0b" for k in range(depth)) + get(0)), 8


def loops(n, r):
    one = b"".join([b"\x03\x40", get(1), get(2), b"\x6a", put(1), b"\x03\x40", get(2), b"\x41\x01\x6b", b"\x22\x02",
                    b"\x0d\x00\x0b", get(3), b"\x41\x01\x6b\x22\x03\x0d\x00\x0b"])
    return one * (n // 16) + get(1), 8


def ifs(n, r):
    out = [get(r.randrange(17)) + b"\x04\x40" + get(r.randrange(17)) + b"\x41" + sleb(r.randrange(100)) + b"\x6a"
           + put(r.randrange(17)) + b"\x05" + get(r.randrange(17)) + put(r.randrange(17)) + b"\x0b"
           for _ in range(n // 10)]
    return b"".join(out) + get(0), 16


def table(n, r):
    width = max(2, min(10000, n // 4))
    depth = width
    targets = [leb(r.randrange(depth)) for _ in range(width)]
    body = b"\x02\x40" * depth + get(0) + b"\x0e" + vector(targets) + leb(0)
    body += b"".join(b"\x0b" + get(1) + b"\x41" + sleb(k) + b"\x6a" + put(1) for k in range(depth))
    return body + get(1), 8


def locals_(n, r):
    count = min(49000, n)
    out = [get(r.randrange(count)) + get(r.randrange(count)) + b"\x6a" + put(r.randrange(count))
           + (b"\x03\x40" + get(r.randrange(count)) + b"\x41\x01\x6b" + b"\x22" + leb(k % count) + b"\x0d\x00\x0b"
              if k % 64 == 0 else b"") for k in range(n // 4)]
    return b"".join(out) + get(0), count


def calls(n, r):
    out = [get(r.randrange(9)) + b"\x10\x00" + get(r.randrange(9)) + b"\x6a" + put(r.randrange(9))
           for _ in range(n // 5)]
    return b"".join(out) + get(0), 8


SHAPES = {"line": line, "memory": memory, "nest": nest, "loops": loops, "ifs": ifs, "table": table,
          "locals": locals_, "calls": calls}


def measure(out, path, level, callgrind):
    """Wasm instructions, cost of one (ns or instructions), arena bytes of one."""
    command = [str(out / "tests" / "bench_compile"), path, level, "1" if callgrind else "3"]
    if callgrind:
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"] + command
    p = subprocess.run(command, capture_output=True, text=True, timeout=1200,
                       env=dict(os.environ, RW_NO_CYCLES="1"))
    if p.returncode:
        raise RuntimeError(p.stderr.strip()[-200:])
    row = json.loads(p.stdout)
    cost = min(row["ns"])
    if callgrind:
        cost = int(re.search(r"Collected : (\d+)", p.stderr)[1])
    return row["wasm_insts"], cost / row["wasm_insts"], row["arena_bytes"] / row["wasm_insts"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shapes", nargs="*")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "out")
    parser.add_argument("--most", type=int, default=1000000)
    parser.add_argument("--levels", default="01")
    parser.add_argument("--callgrind", action="store_true")
    o = parser.parse_args()
    worst, unit = 0, "instr" if o.callgrind else "ns"
    for name in o.shapes or SHAPES:
        for level in o.levels:
            costs, size = [], 1000
            while size <= o.most:
                body, nlocals = SHAPES[name](size, random.Random(size))
                with tempfile.NamedTemporaryFile(suffix=".wasm") as f:
                    f.write(module(body, nlocals))
                    f.flush()
                    try:
                        costs.append(measure(o.out.resolve(), f.name, level, o.callgrind))
                    except RuntimeError as e:
                        print(f"{name} -O{level} {size}: FAILED: {e}")
                        worst = 99
                        break
                size *= 10
            text = "  ".join(f"{n}: {ns:.0f} {unit} {b:.0f} B" for n, ns, b in costs)
            if len(costs) > 2:  # from 10,000 on: below, fixed costs rule
                grew = costs[-1][1] / costs[1][1]
                logs = math.log(costs[-1][0]) / math.log(costs[1][0])
                worst = max(worst, grew / logs)
                text += f"  grew {grew:.2f} (log n: {logs:.2f})"
            print(f"{name:<7} -O{level}  {text}", flush=True)
    print(f"worst growth of the cost of an instruction against log n: {worst:.2f}")


if __name__ == "__main__":
    main()
