#!/usr/bin/env python3
"""One row a device on every capture of the corpus: tests/corpus_assets.tsv has what a person counts from the frames (and tests/corpus_count.py counts again,
by tshark alone). Only where the corpus is (../shared)."""
import pathlib, subprocess, sys, tempfile

from rig import BUILD

TOP = pathlib.Path(__file__).resolve().parents[2]
CAPTURES = TOP.parent / 'shared' / 'corpus' / 'captures'

if not CAPTURES.is_dir():
    sys.exit(77)
bad = n = known = 0
listed = set()
for line in (TOP / 'tests' / 'corpus_assets.tsv').read_text().splitlines()[1:]:
    name, devices, how, ours, why = (line.split('\t') + ['', ''])[:5]
    listed.add(name)
    if ours and (ours == devices or not why):
        sys.exit('%s: no known difference without a difference and a reason' % name)
    with tempfile.TemporaryDirectory() as state:
        subprocess.run([BUILD / 'sekisho', 'replay', '--no-sinks', '--config', TOP / 'tests' / 'corpus.yaml', '--state', state, CAPTURES / name], check=True, stdout=subprocess.DEVNULL, timeout=120)
        rows = subprocess.run([BUILD / 'sekisho', 'assets', '--json', '--state', state], check=True, stdout=subprocess.PIPE, text=True, timeout=120).stdout.splitlines()
    n += 1
    known += ours != ''
    if len(rows) != int(ours or devices):
        bad += 1
        print('not ok  %s: a person counts %s (%s), the ledger has %d' % (name, devices, how, len(rows)))
        print(''.join('        %s\n' % r[:200] for r in rows[:8]), end='')
missing = sorted({str(f.relative_to(CAPTURES)) for f in CAPTURES.rglob('*') if f.is_file()} - listed)
for name in missing:
    print('not ok  %s: nobody has counted it' % name)
print('%d captures, %d differ, %d differ as the list says' % (n, bad, known))
sys.exit(1 if bad or missing or known > 6 else 0)
