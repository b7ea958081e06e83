#!/usr/bin/env python3
"""check_factory.py SEKISHO [--config FILE] [--state DIR]

Replays the bundled factory (tests/captures) with the program SEKISHO and holds the alerts against expected_alerts.tsv. For a package: do
the installed programs, with what was installed around them, do their main job? Needs nothing but the program.

--config  another configuration than the factory's; then alerts are counted, and there must be some
--state   where the ledger goes, and stays
"""
import argparse, csv, json, pathlib, subprocess, sys, tempfile

CAPTURES = pathlib.Path(__file__).resolve().parent.parent / 'tests' / 'captures'
LAPTOP = '04:d4:c4:66:6e:01'   # has no address yet when it is seen first


def expected():
    with open(CAPTURES / 'expected_alerts.tsv', encoding='utf-8', newline='') as f:
        return {(row['rule'], row['src'].strip('-'), row['dest'].strip('-'))
                for row in csv.DictReader(f, delimiter='\t') if row['rule'] != '-'}


def told(alert):
    rule, src, dest = alert['sekisho']['rule_id'], alert.get('src_ip', ''), alert.get('dest_ip', '')
    if rule == 'SKS-LA-01':
        return rule, '10.20.1.200' if alert['ether']['src_mac'] == LAPTOP else src, ''
    return rule, src, dest


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument('sekisho')
    ap.add_argument('--config')
    ap.add_argument('--state')
    args = ap.parse_args()
    scenes = [CAPTURES / line.strip() for line in (CAPTURES / 'scenes.txt').read_text().splitlines() if line.strip() and line[0] != '#']
    with tempfile.TemporaryDirectory(prefix='sekisho-factory-') as room:
        state = args.state or room + '/state'
        run = lambda *words: subprocess.run([args.sekisho, *map(str, words)], check=True, capture_output=True, text=True).stdout
        try:
            run('replay', '--config', args.config or CAPTURES / 'factory.yaml', '--state', state, '--no-sinks', *scenes)
            alerts = [json.loads(line) for line in run('alerts', '--state', state, '--json').splitlines()]
            assets = run('assets', '--state', state, '--json').splitlines()
        except subprocess.CalledProcessError as e:
            sys.exit('check_factory.py: %s ended with %d: %s' % (' '.join(e.cmd[:2]), e.returncode, e.stderr.strip()))
    if not alerts or not assets:
        sys.exit('check_factory.py: %d devices, %d alerts of a factory that has both' % (len(assets), len(alerts)))
    if not args.config:
        got, want = {told(a) for a in alerts}, expected()
        if got != want:
            sys.exit('check_factory.py: missing %s, beyond them %s' % (sorted(want - got), sorted(got - want)))
    print('the bundled factory: %d devices, %d alerts' % (len(assets), len(alerts)))


if __name__ == '__main__':
    main()
