"""The commands that README.md shows can be typed as they stand.

Every indented line of the page but those that set up or test the project is run
by a shell, in order, in a folder that has links to ours; each must end with 0.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from run import Result

NEEDS = {"verify": "z3", "svg": "dot"}  # a word of the command, the program it wants


def commands(page):
    """The indented lines, `\\` at an end joined to the next; (line number, command)."""
    lines, k = page.split("\n"), 0
    while k < len(lines):
        at, text = k + 1, lines[k]
        while text.startswith("    ") and text.endswith("\\"):
            k += 1
            text += "\n" + lines[k]
        k += 1
        if text.startswith("    ") and not re.search(r"\bninja\b|\bapt(-get)?\b", text):
            yield at, text.strip()


def readme(root, out):
    """README.md's commands."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("corpus", "rules", "docs"):
            os.symlink(root / name, os.path.join(folder, name))
        os.symlink(out, os.path.join(folder, "out"))
        for at, command in commands((root / "README.md").read_text()):
            name, begin = f"README.md:{at}", time.time()
            lack = [p for word, p in NEEDS.items() if word in command and not shutil.which(p)]
            if lack:
                results.append(Result(name, "skip", f"no {lack[0]}"))
                continue
            p = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True,
                               env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"), stdin=subprocess.DEVNULL)
            results.append(Result(name, "fail" if p.returncode else "pass",
                                  f"{command}\n{(p.stdout + p.stderr)[-600:]}" if p.returncode else "",
                                  time.time() - begin))
    if len(results) < 8:
        results.append(Result("README.md", "fail", f"only {len(results)} commands were found"))
    return results

