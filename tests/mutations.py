#!/usr/bin/env python3
"""Holds what `decode` says of damaged and re-wrapped captures against what it says of the originals.

usage: mutations.py SEKISHO [-m NAME,...] [-p PROTOCOL,...] [-e N] [-v] CAPTURE|FOLDER...

Each capture is put through every mutation of mutate.py (or those named). Where the mutation leaves the conversations whole (SAME), the
records of the protocols (all that read whole messages; -p: only these) and their counters have to be the same, but for time, place and
wrapping. Where it loses something (LESS), no message may be counted that the original has not. -e N: of the mutations only every N-th, the next capture beginning with the next one. Prints one line a disagreement, then
`N passed, N failed`. Needs nothing but python3.
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

import mutate

KINDS = ('modbus', 'opcua', 'smb', 'dcerpc', 'http', 'slmp', 'fins', 's7comm', 'enip')
STATS = ('modbus', 'opcua', 'smb1', 'smb2', 'http', 'dcerpc', 'slmp', 'fins', 'fins_udp', 's7comm', 'enip')
# Where and when, not what.
PLACE = ('timestamp', 'pcap_filename', 'pcap_cnt', 'flow_id', 'vlan', 'tunnel', 'ether', 'app_proto_by')
TIMES = ('rtt_us', 'waited_us')

# What no reader can tell: where a capture that begins inside of a message has its first one, if not at the start of a segment; which
# of two datagrams came first.
EXCEPT = {'http/midstream/input.pcap': ('split-small', 'merge'), 'smb/datagrams/input.pcap': ('swap',),
          'ot/fins_udp/input.pcap': ('swap',), 'ot/slmp_udp/input.pcap': ('swap',)}


def decode(sekisho, path):
    run = subprocess.run([sekisho, 'decode', path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    if run.returncode:
        raise RuntimeError('exit status %d: %s' % (run.returncode, run.stderr.decode('utf-8', 'replace')[:300]))
    return [json.loads(line) for line in run.stdout.splitlines() if line.strip()]


def bare(value):
    if isinstance(value, dict):
        return {k: bare(v) for k, v in value.items() if k not in TIMES}
    return [bare(v) for v in value] if isinstance(value, list) else value


def said(events, kinds):
    """(records with their number, counters)"""
    records, counters = collections.Counter(), {}
    for e in events:
        kind = e['event_type']
        if kind in kinds:
            records[json.dumps(bare({k: v for k, v in e.items() if k not in PLACE}), sort_keys=True)] += 1
        elif kind == 'stats':
            counters = {k: v for k, v in e['stats'].items() if k in STATS}
    return records, counters


def leaves(value, at=''):
    """the set of 'path=value' of a record"""
    if isinstance(value, dict):
        return {leaf for k, v in value.items() for leaf in leaves(v, at + '.' + k)}
    return {'%s=%s' % (at[1:], json.dumps(value, ensure_ascii=False))}


def numbers(value, at=''):
    """path -> number of a tree of counters; what says how full our tables were is no message"""
    if isinstance(value, dict):
        return {k: v for key, sub in value.items() if key != 'evicted' for k, v in numbers(sub, at + '.' + key).items()}
    if isinstance(value, list):
        return {k: v for i, sub in enumerate(value) for k, v in numbers(sub, '%s[%d]' % (at, i)).items()}
    return {at[1:]: value}


def differences(before, after, exact):
    (old, counted), (new, count) = before, after
    a, b = numbers(counted), numbers(count)
    for key in sorted(set(a) | set(b)):
        x, y = a.get(key, 0), b.get(key, 0)
        if x != y if exact else y > x:
            yield '%s was %s, is %s' % (key, x, y)
    if exact:
        gone, come = list((old - new).elements()), list((new - old).elements())
        for record in gone:
            was = leaves(json.loads(record))
            like = min(come, default=None, key=lambda r: len(was ^ leaves(json.loads(r))))
            if like:
                come.remove(like)
                now = leaves(json.loads(like))
                yield 'a record changed: %s -> %s' % (sorted(was - now), sorted(now - was))
            else:
                yield 'a record is gone: %s' % record[:600]
        for record in come:
            yield 'a record more: %s' % record[:600]


def captures(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in sorted(os.walk(path)):
                yield from (os.path.join(folder, n) for n in sorted(names) if '.pcap' in n)
        else:
            yield path


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('sekisho'), a.add_argument('paths', nargs='+')
    a.add_argument('-m', default=''), a.add_argument('-p', default=''), a.add_argument('-e', type=int, default=1), a.add_argument('-v', action='store_true')
    o = a.parse_args()
    names = o.m.split(',') if o.m else [n for n in list(mutate.SAME) + list(mutate.LESS) if n != 'as-it-is']
    kinds = o.p.split(',') if o.p else KINDS
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        changed = os.path.join(folder, 'x.pcap')
        for number, path in enumerate(captures(o.paths)):
            try:
                link, packets = mutate.read(path)
                mutate.write(changed, link, packets)
                before = said(decode(o.sekisho, changed), kinds)
            except (SystemExit, RuntimeError) as e:
                print('%s: %s' % (path, e))
                failed += 1
                continue
            for how in names[number % o.e::o.e]:
                if any(path.endswith(end) and how in hows for end, hows in EXCEPT.items()):
                    continue
                found = []
                try:
                    mutate.write(changed, *mutate.mutate(how, link, packets))
                    found = list(differences(before, said(decode(o.sekisho, changed), kinds), how.split(':')[0] in mutate.SAME))
                except SystemExit as e:  # no Ethernet below: nothing to wrap
                    if o.v:
                        print('%s: skipped: %s' % (path, e))
                    continue
                except (RuntimeError, subprocess.TimeoutExpired) as e:
                    found = [str(e)]
                passed, failed = passed + (not found), failed + bool(found)
                for line in found[:None if o.v else 2]:
                    print('%s %s: %s' % (path, how, line if o.v else line[:200]))
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
