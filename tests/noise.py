"""noise.py SEKISHO ALERTS.tsv CAPTURES NOISE.md [KEPT]: what fires above low on captures in which nothing must fire is what NOISE.md lists and justifies.

A capture is benign where the table demands no alert of it. A row of NOISE.md is `| rule | level | capture, capture | why |`: each of its captures fires at that
level, and no other does. In the folder KEPT, at the path of a capture, is what `sekisho alerts --json` said after a replay of it: it is not asked again.
"""
import collections, csv, json, pathlib, subprocess, sys, tempfile

sekisho, table, captures, page = sys.argv[1:5]
kept = sys.argv[5] if sys.argv[5:] else None
config = pathlib.Path(__file__).with_name('corpus.yaml')
files = collections.OrderedDict()
with open(table, encoding='utf-8', newline='') as f:
    for row in csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE):
        files.setdefault(row['file'], set()).add(row['verdict'])
fired = set()


def said(capture):
    if kept:
        return pathlib.Path(kept + str(capture)).read_bytes()
    with tempfile.TemporaryDirectory(prefix='sekisho-noise-') as state:
        subprocess.run([sekisho, 'replay', '--config', config, '--no-sinks', '--state', state, capture], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        return subprocess.run([sekisho, 'alerts', '--state', state, '--json'], check=True, stdout=subprocess.PIPE, timeout=60).stdout


for name in (n for n, verdicts in files.items() if 'must' not in verdicts):
    out = said(pathlib.Path(captures) / name)
    for line in out.splitlines():
        alert = json.loads(line)['sekisho']
        if alert['level'] not in ('low', 'info'):
            fired.add((alert['rule_id'], alert['level'], pathlib.Path(name).name))
listed = set()
for line in pathlib.Path(page).read_text(encoding='utf-8').splitlines():
    cells = [c.strip() for c in line.strip('|').split('|')]
    if line.startswith('| SKS-'):
        listed |= {(cells[0], cells[1], capture.strip()) for capture in cells[2].split(',')}
for one in sorted(fired | listed):
    print('%s %s on %s: %s' % (*one, 'listed' if one in fired & listed else 'NOT LISTED in %s' % page if one in fired else 'is listed in %s and DOES NOT FIRE' % page))
bad = len(fired ^ listed)
print('%d benign captures, %d alerts above low, %d not as listed' % (sum('must' not in v for v in files.values()), len(fired), bad))
sys.exit(1 if bad or not fired else 0)
