#!/usr/bin/env python3
"""Writes input.pcap and README of each golden capture of DNS, and the seeds of its fuzz target, anew: tests/golden/dns/make.py

The messages stand in scripts.py; how they become packets is that of tests/golden/ot. Only the standard library is needed.
"""
import importlib.util
import os
import struct

from scripts import CAPTURES

TOP = os.path.dirname(os.path.abspath(__file__))
SEEDS = os.path.join(TOP, '..', '..', 'fuzz', 'corpus', 'dns')
UDP = 17


def packets():
    at = os.path.join(TOP, '..', 'ot', 'make.py')
    spec = importlib.util.spec_from_file_location('packets', at)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def seed(proto, steps):
    """| 1 over TCP, else 0 | then of each step: | what u8: 0 the client, 1 the server | length u16 | bytes |"""
    out = bytes([proto != UDP])
    for mark, data in steps:
        out += struct.pack('<BH', mark == '<', len(data)) + data
    return out


def main():
    import sys
    # ot/make.py has a scripts.py of its own
    mine = sys.modules.pop('scripts')
    sys.path.insert(0, os.path.join(TOP, '..', 'ot'))
    make = packets()
    sys.path.pop(0)
    sys.modules['scripts'] = mine
    for name, (proto, ports, proves, steps) in CAPTURES.items():
        os.makedirs(os.path.join(TOP, name), exist_ok=True)
        with open(os.path.join(TOP, name, 'README'), 'w', encoding='utf-8') as f:
            f.write('Made by ../make.py from messages written by hand.\n\nProves: %s\n' % proves)
        c = make.Capture(os.path.join(TOP, name, 'input.pcap'), proto, ports[1])
        c.ends = (c.ends[0][:2] + ports[:1], c.ends[1])
        if proto != UDP:
            for side, flags in ((0, 0x02), (1, 0x12), (0, 0x10)):
                c.segment(side, flags)
        for mark, data in steps:
            if mark == 's':  # silence
                c.us += data * 1000000
            elif proto == UDP:
                c.datagram(mark == '<', data)
            else:
                c.segment(mark == '<', 0x18, data)
        if proto != UDP:
            for side, flags in ((0, 0x11), (1, 0x11), (0, 0x10)):
                c.segment(side, flags)
        c.file.close()
        os.makedirs(SEEDS, exist_ok=True)
        with open(os.path.join(SEEDS, name + '.bin'), 'wb') as f:
            f.write(seed(proto, [s for s in steps if s[0] != 's']))


if __name__ == '__main__':
    main()
