#!/usr/bin/env python3
"""goals.py --result FILE [--growth FILE] [--pairs FILE] [--json FILE] [--strict]: which of the goals of speed are met, and by how much the others are missed

FILEs are what the benchmark kit (result-*.json, growth-*.json) and speed.py (pairs) wrote. Each goal is a ratio of two medians of one run, or peak memory.
Where a tool is absent or a run failed the goal is unknown. Exit status 0; with --strict 1 where a goal is missed or unknown.
"""
import argparse, json, statistics, sys

SEKISHO, DECODE = 'sekisho replay', 'sekisho decode'
SURICATA, NDPI, TOUCH, LOG = 'suricata alert+flow rules', 'ndpiReader', 'touch (libpcap)', 'suricata log norules'
#           profile          / Suricata / ndpiReader / touch  MiB
REPLAY = {'modbus-poll':   (0.08, 0.85, 3.1, 40),
          'ot-mix':        (0.17, 0.46, 4.0, 80),
          'smb-http-bulk': (0.21, 0.83, 1.6, 40),
          'many-hosts':    (0.18, 0.28, 8.4, 90)}
GROWTH = {'many-hosts': 3.6, 'modbus-poll': 1.02}
RULES = {'modbus-poll': 1.10, 'ot-mix': 1.15}


def median(runs, key):
    """of @runs, or None where there is none or one of them failed"""
    if not runs or any(r.get('status') for r in runs):
        return None
    return statistics.median(r[key] for r in runs)


def over(a, b):
    return a / b if a is not None and b else None


def goal(name, value, limit, most=True, unit=''):
    """one row; `off` is by which share of the limit it is missed"""
    met = None if value is None else value <= limit if most else value >= limit
    off = None if met is None or met else value / limit - 1 if most else limit / value - 1
    return dict(goal=name, value=value, limit=limit, most=most, unit=unit, met=met, off=off)


def of_result(result):
    for profile, (suricata, ndpi, touch, mib) in REPLAY.items():
        if profile not in result['results']:
            continue
        tools = result['results'][profile]['tools']
        ours = median(tools.get(SEKISHO), 'cpu')
        for peer, limit in ((SURICATA, suricata), (NDPI, ndpi), (TOUCH, touch)):
            yield goal('%s: replay / %s, CPU' % (profile, peer), over(ours, median(tools.get(peer), 'cpu')), limit)
        rss = median(tools.get(SEKISHO), 'rss')
        yield goal('%s: peak memory' % profile, rss and rss / 1024, mib, unit='MiB')
        if profile == 'modbus-poll':
            yield goal('%s: %s / decode, CPU' % (profile, LOG), over(median(tools.get(LOG), 'cpu'), median(tools.get(DECODE), 'cpu')), 5, most=False)


def of_growth(growth):
    for profile, limit in GROWTH.items():
        rows = growth['results'].get(profile, {}).get(SEKISHO) or []
        peak = {r['scale']: r['rss'] for r in rows if not r.get('status')}
        yield goal('%s: peak memory at scale 4 / scale 1' % profile, over(peak.get(4), peak.get(1)), limit)


def of_pairs(pairs):
    for profile, row in pairs.items():
        if profile.startswith('ot-mix'):
            yield goal('%s: one worker on one core / two on two, wall' % profile, over(median(row.get('core'), 'wall'), median(row.get('two'), 'wall')), 1.7, most=False)
        limit = next((v for k, v in RULES.items() if profile.startswith(k)), None)
        if limit:
            yield goal('%s: all rules / none, CPU' % profile, over(median(row.get('one'), 'cpu'), median(row.get('none'), 'cpu')), limit)


def show(rows, out=sys.stdout):
    print('%-62s %10s %10s  %s' % ('', 'measured', 'goal', ''), file=out)
    for r in rows:
        said = 'unknown' if r['met'] is None else 'met' if r['met'] else 'missed by %.0f %%' % (100 * r['off'])
        value = '-' if r['value'] is None else '%.3f' % r['value'] if r['value'] < 10 else '%.1f' % r['value']
        print('%-62s %10s %10s  %s' % (r['goal'], value, '%s %g' % ('<=' if r['most'] else '>=', r['limit']), said), file=out)
    n = [sum(r['met'] is x for r in rows) for x in (True, False, None)]
    print('%d met, %d missed, %d unknown' % tuple(n), file=out)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--result')
    p.add_argument('--growth')
    p.add_argument('--pairs')
    p.add_argument('--json')
    p.add_argument('--strict', action='store_true')
    a = p.parse_args()
    rows = [r for path, read in ((a.result, of_result), (a.growth, of_growth), (a.pairs, of_pairs)) if path for r in read(json.load(open(path)))]
    if not rows:
        sys.exit('goals.py: nothing to weigh: give --result, --growth or --pairs with at least one of the profiles')
    show(rows)
    if a.json:
        json.dump(rows, open(a.json, 'w'), indent=1)
    return 1 if a.strict and not all(r['met'] for r in rows) else 0


if __name__ == '__main__':
    sys.exit(main())
