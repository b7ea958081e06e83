"""noise.py SEKISHO ALERTS.tsv CAPTURES NOISE.md: what fires above low on captures in which nothing must fire is what NOISE.md lists and justifies.

A capture is benign where the table demands no alert of it. A row of NOISE.md is `| rule | level | captures | why |`.
"""
import collections, csv, json, pathlib, subprocess, sys, tempfile

sekisho, table, captures, page = sys.argv[1:]
config = pathlib.Path(__file__).with_name('corpus.yaml')
files = collections.OrderedDict()
with open(table, encoding='utf-8', newline='') as f:
    for row in csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE):
        files.setdefault(row['file'], set()).add(row['verdict'])
fired = collections.defaultdict(set)
for name in (n for n, verdicts in files.items() if 'must' not in verdicts):
    with tempfile.TemporaryDirectory(prefix='sekisho-noise-') as state:
        subprocess.run([sekisho, 'replay', '--config', config, '--no-sinks', '--state', state, pathlib.Path(captures) / name], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        out = subprocess.run([sekisho, 'alerts', '--state', state, '--json'], check=True, stdout=subprocess.PIPE, timeout=60).stdout
    for line in out.splitlines():
        alert = json.loads(line)['sekisho']
        if alert['level'] not in ('low', 'info'):
            fired[alert['rule_id']].add((name, alert['level']))
listed = {}
for line in pathlib.Path(page).read_text(encoding='utf-8').splitlines():
    cells = [c.strip() for c in line.strip('|').split('|')]
    if line.startswith('| SKS-'):
        listed[cells[0]] = cells[2]
bad = 0
for rule, where in sorted(fired.items()):
    for name, level in sorted(where):
        said = pathlib.Path(name).name in listed.get(rule, '')
        bad += not said
        print('%s %s on %s: %s' % (rule, level, name, 'listed' if said else 'NOT LISTED in %s' % page))
for rule in sorted(set(listed) - set(fired)):
    print('%s is listed in %s and does not fire' % (rule, page))
    bad += 1
print('%d benign captures, %d alerts above low, %d not as listed' % (sum('must' not in v for v in files.values()), sum(map(len, fired.values())), bad))
sys.exit(1 if bad else 0)
