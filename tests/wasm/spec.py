#!/usr/bin/env python3
"""Judges decoder, validator and translator by the specification's scripts.

    spec.py BINARY [-t]

BINARY is the built validate_main. Every module of every assert_malformed
(binary) and assert_invalid of the tiers wasm1, wasm2 and wasm2-simd must be
refused, and every other module of these tiers accepted. The scripts lie in
$RW_SHARED/spec, or in ../shared/spec beside the repository; without them this
says so and passes.
"""
import json
import os
import subprocess
import sys

TIERS = ('wasm1', 'wasm2', 'wasm2-simd')
REFUSED = ('assert_malformed', 'assert_invalid')


def spec_dir():
    root = os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))
    shared = os.environ.get('RW_SHARED') or os.path.join(root, '..', 'shared')
    return os.path.join(shared, 'spec')


def modules(spec):
    """Yields (path, refused, text) of each binary module of the tiers."""
    with open(os.path.join(spec, 'tiers.tsv')) as rows:
        tier = dict(row.split()[:2] for row in rows if not row.startswith('#'))
    for name in sorted(n for n in tier if tier[n] in TIERS):
        with open(os.path.join(spec, name, name + '.json')) as script:
            commands = json.load(script)['commands']
        for c in commands:
            if 'filename' in c and c.get('module_type', 'binary') == 'binary':
                yield (os.path.join(spec, name, c['filename']),
                       c['type'] in REFUSED, c.get('text', ''))


def run(binary, options, paths):
    """Returns {path: message} of what the binary printed."""
    out = {}
    for k in range(0, len(paths), 500):
        r = subprocess.run([binary] + options + paths[k:k + 500],
                           stdout=subprocess.PIPE, text=True)
        if r.returncode not in (0, 1):
            sys.exit(f'{binary} ended with {r.returncode}')
        for line in r.stdout.splitlines():
            path, _, message = line.partition(': ')
            out[path] = message
    return out


def main():
    spec = spec_dir()
    if not os.path.isdir(spec):
        print('SKIP: no specification scripts in', spec)
        return 0
    todo = list(modules(spec))
    out = run(sys.argv[1], sys.argv[2:], sorted({m[0] for m in todo}))
    bad, texts = [], 0
    for path, refused, text in todo:
        message = out.get(path, 'no answer')
        if (message == 'ok') == refused:
            bad.append(f'{path}: {message}, expected '
                       f'{"refusal: " + text if refused else "ok"}')
        texts += refused and text in message
    refusals = sum(m[1] for m in todo)
    for line in bad:
        print(line)
    print(f'{len(todo) - refusals} valid and {refusals} refused modules, '
          f'{texts} with the script\'s words; {len(bad)} wrong')
    if '--words' in os.environ.get('SPEC_PY', ''):
        for path, refused, text in todo:
            if refused and text not in out.get(path, ''):
                print(f'{path}: {out.get(path)} -- {text}')
    return 1 if bad else 0


sys.exit(main())
