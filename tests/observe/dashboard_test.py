#!/usr/bin/env python3
"""dashboard_test.py: the Grafana dashboard has the shape that Grafana takes (JSON schema), its panels do not lie on each other, its queries are
PromQL (promtool; 77 without it), and what they and the alert rules ask for stands in the table of counters."""
import json, pathlib, re, shutil, subprocess, sys, tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
OTHER = {'up', 'sekisho_healthy', 'sekisho_build_info'}   # not of the table


def asked(text):
    """the metrics that queries name"""
    return set(re.findall(r'\b(?:sekisho|process)_[a-z_]+|\bup\b', text))


def queries():
    board = json.loads((TOP / 'configs' / 'grafana' / 'sekisho.json').read_text(encoding='utf-8'))
    return [t['expr'] for p in board['panels'] for t in p['targets']] + re.findall(r'label_values\((\w+)', json.dumps(board))


def rule_expressions():
    text = (TOP / 'configs' / 'prometheus' / 'sekisho-alerts.yml').read_text(encoding='utf-8')
    return [e for e in re.findall(r'expr: (?:>-\n)?((?:.|\n)*?)\n +(?:for|labels):', text)]


def overlaps(panels):
    taken = {}
    for p in panels:
        g = p['gridPos']
        for cell in ((x, y) for x in range(g['x'], g['x'] + g['w']) for y in range(g['y'], g['y'] + g['h'])):
            if cell in taken or cell[0] > 23:
                yield '%s lies on %s' % (p['title'], taken.get(cell, 'the edge'))
                break
            taken[cell] = p['title']


def not_promql():
    """what promtool says of the queries"""
    plain = [q.replace('$__rate_interval', '5m').replace('$instance', '.*') for q in queries()]
    rules = {'groups': [{'name': 'dashboard', 'rules': [{'record': 'panel:q%d' % i, 'expr': q} for i, q in enumerate(plain)]}]}
    with tempfile.NamedTemporaryFile('w', suffix='.yml') as f:
        f.write(json.dumps(rules))
        f.flush()
        r = subprocess.run(['promtool', 'check', 'rules', f.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=60)
    return [r.stdout] if r.returncode else []


def main():
    try:
        import jsonschema
    except ImportError:
        print('no python3-jsonschema here')
        return 77
    board = json.loads((TOP / 'configs' / 'grafana' / 'sekisho.json').read_text(encoding='utf-8'))
    schema = json.loads((HERE / 'dashboard.schema.json').read_text())
    wrong = ['%s: %s' % ('/'.join(map(str, e.absolute_path)), e.message) for e in jsonschema.Draft7Validator(schema).iter_errors(board)]
    wrong += list(overlaps(board['panels']))
    ids = [p['id'] for p in board['panels']]
    wrong += ['an id twice'] if len(ids) != len(set(ids)) else []
    table = set(re.findall(r'"((?:sekisho|process)_[a-z_]+)"', (TOP / 'daemon' / 'app' / 'counters.def').read_text()))
    wrong += ['no metric %s' % m for m in asked(' '.join(queries() + rule_expressions())) if m not in table | OTHER]
    if not shutil.which('promtool'):
        print('\n'.join(wrong + ['no promtool here (Debian package prometheus): whether the queries are PromQL is not checked']))
        return 1 if wrong else 77
    wrong += not_promql()
    print('\n'.join(wrong) if wrong else '%d panels, %d queries' % (len(board['panels']), len(queries())))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
