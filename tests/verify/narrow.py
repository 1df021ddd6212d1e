#!/usr/bin/env python3
"""A solver that gives up on numbers of 32 bits (or what is given) and more; z3
for the others."""
import re
import subprocess
import sys

if "--version" in sys.argv:
    print(subprocess.run(["z3", "--version"], capture_output=True, text=True).stdout.strip(), "(narrow)")
    sys.exit(0)
z3 = subprocess.Popen(["z3", "-in"], stdin=subprocess.PIPE, text=True, bufsize=1)
most = int(sys.argv[1]) if len(sys.argv) > 1 else 32
wide = False
for line in sys.stdin:
    if line.startswith("(reset)"):
        wide = False
    wide = wide or any(int(bits) >= most for bits in re.findall(r"^\(declare-const \|.*\| \(_ BitVec (\d+)\)", line))
    if wide and line.startswith("(check-sat"):
        print("unknown", flush=True)
    else:
        z3.stdin.write(line)
        z3.stdin.flush()
