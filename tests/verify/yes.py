#!/usr/bin/env python3
"""A solver that calls everything unsat: what it is asked is proved, if one believes it.
With a number it gives up on what has inputs of so many bits, or more."""
import re
import sys

if "--version" in sys.argv:
    print("yes 1")
    sys.exit(0)
most, wide = int(sys.argv[1]) if len(sys.argv) > 1 else 1 << 30, False
for line in sys.stdin:
    if line.startswith("(reset)"):
        wide = False
    elif line.startswith("(declare-const |"):
        wide = wide or any(int(bits) >= most for bits in re.findall(r"BitVec (\d+)", line))
    elif line.startswith("(check-sat"):
        print("unknown" if wide else "unsat")
    elif line.startswith('(echo "'):
        print(line[7:-3], flush=True)
