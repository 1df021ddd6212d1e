#!/usr/bin/env python3
"""What docs/tour.md shows is what the programs say.

    tests/tour.py [--out DIR] [--accept]

Each fenced block whose first line begins with `$ ` is a command, run in a copy
of docs/ with the built programs on the path; the lines below it must be what it
printed, stderr behind stdout, and then its status if that is not 0. A file that a command writes and that docs/ has
too must have the same bytes. --accept writes what came out into the page and
the files.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from run import Result  # noqa: E402

FENCE = "```"


def blocks(lines):
    """(index of the command's line, index of the closing fence) of each block."""
    start = None
    for k, line in enumerate(lines):
        if not line.startswith(FENCE):
            continue
        if start is None:
            start = k + 1
        else:
            if lines[start].startswith("$ "):
                yield start, k
            start = None


def run(command, folder, out):
    env = dict(os.environ, NO_COLOR="1", LC_ALL="C", ASAN_OPTIONS="detect_leaks=0",
               PATH=f"{out}{os.pathsep}{os.environ['PATH']}")
    p = subprocess.run(command, shell=True, cwd=folder, env=env, timeout=120,
                       stdin=subprocess.DEVNULL, capture_output=True)
    lines = (p.stdout + p.stderr).decode("utf-8", "replace").splitlines()
    return lines + ([f"(status {p.returncode})"] if p.returncode else [])


def walk(root, out):
    """The page as it should be, what differs, and the files that were written."""
    lines = (root / "docs" / "tour.md").read_text().splitlines()
    page, wrong, written, copied = [], [], {}, 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "docs"
        folder.mkdir()
        (folder.parent / "rules").symlink_to(root / "rules")
        before = {}
        for path in (root / "docs").glob("tour.*"):
            shutil.copy(path, folder)
            before[path.name] = path.read_bytes()
        for start, end in blocks(lines):
            got = run(lines[start][2:], folder, out)
            page += lines[copied:start + 1] + got
            copied = end
            if got != lines[start + 1:end]:
                wrong.append(f"line {start + 1}: {lines[start]}\n" + "\n".join(
                    [f"  - {x}" for x in lines[start + 1:end] if x not in got][:8]
                    + [f"  + {x}" for x in got if x not in lines[start + 1:end]][:8]))
        page += lines[copied:]
        for path in folder.iterdir():
            kept = root / "docs" / path.name
            if path.name not in before and kept.exists():
                written[path.name] = path.read_bytes()
                if kept.read_bytes() != written[path.name]:
                    wrong.append(f"docs/{path.name} is not what the tour's command writes")
    return page, wrong, written


def accept(root, page, written):
    (root / "docs" / "tour.md").write_text("\n".join(page) + "\n")
    for name, data in written.items():
        (root / "docs" / name).write_bytes(data)


def tour(root, out):
    page, wrong, written = walk(root, out)
    count = sum(1 for _ in blocks(page))
    if wrong and os.environ.get("RW_ACCEPT"):
        accept(root, page, written)
        return [Result("tests/tour", "pass", "accepted", count=count)]
    if wrong:
        return [Result("tests/tour", "fail", "\n".join(wrong))]
    return [Result("tests/tour", "pass", "", count=count)] if count else \
        [Result("tests/tour", "fail", "docs/tour.md shows nothing")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="out", type=pathlib.Path)
    parser.add_argument("--accept", action="store_true")
    options = parser.parse_args()
    page, wrong, written = walk(ROOT, options.out.resolve())
    print("\n".join(wrong) or "the tour is true")
    if options.accept:
        accept(ROOT, page, written)
    return 1 if wrong and not options.accept else 0


if __name__ == "__main__":
    sys.exit(main())
