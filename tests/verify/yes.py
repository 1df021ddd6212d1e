#!/usr/bin/env python3
"""A solver that calls everything unsat: what it is asked is proved, if one believes it."""
import sys

if "--version" in sys.argv:
    print("yes 1")
    sys.exit(0)
for line in sys.stdin:
    if line.startswith("(check-sat"):
        print("unsat")
    elif line.startswith('(echo "'):
        print(line[7:-3], flush=True)
