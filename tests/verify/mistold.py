#!/usr/bin/env python3
"""z3, which is told a meaning wrongly: of each script the first word is replaced by the second."""
import subprocess
import sys

if "--version" in sys.argv:
    print(subprocess.run(["z3", "--version"], capture_output=True, text=True).stdout.strip(), "(mistold)")
    sys.exit(0)
z3 = subprocess.Popen(["z3", "-in"], stdin=subprocess.PIPE, text=True, bufsize=1)
for line in sys.stdin:
    z3.stdin.write(line.replace(sys.argv[1], sys.argv[2]))
    z3.stdin.flush()
