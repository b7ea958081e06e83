#!/usr/bin/env python3
"""One row a device on the captures of the corpus: tests/corpus_assets.tsv has what a person counts from the frames. Only where the corpus is (../shared)."""
import pathlib, subprocess, sys, tempfile

from rig import BUILD

TOP = pathlib.Path(__file__).resolve().parents[2]
CAPTURES = TOP.parent / 'shared' / 'corpus' / 'captures'

if not CAPTURES.is_dir():
    sys.exit(77)
bad = n = 0
for line in (TOP / 'tests' / 'corpus_assets.tsv').read_text().splitlines()[1:]:
    name, devices, how = line.split('\t')
    with tempfile.TemporaryDirectory() as state:
        subprocess.run([BUILD / 'sekisho', 'replay', '--no-sinks', '--config', TOP / 'tests' / 'corpus.yaml', '--state', state, CAPTURES / name], check=True, stdout=subprocess.DEVNULL)
        rows = subprocess.run([BUILD / 'sekisho', 'assets', '--json', '--state', state], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    n += 1
    if len(rows) != int(devices):
        bad += 1
        print('not ok  %s: a person counts %s (%s), the ledger has %d' % (name, devices, how, len(rows)))
        print(''.join('        %s\n' % r[:200] for r in rows[:8]), end='')
print('%d captures, %d differ' % (n, bad))
sys.exit(1 if bad or n < 50 else 0)
