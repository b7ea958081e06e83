#!/usr/bin/env python3
"""Writes input.pcap and README of each golden capture of the light OT protocols anew: tests/golden/ot/make.py

Addresses, ports, times and sequence numbers are made up and always the same; so are the files. A script is the one of
tests/unit/dissect_harness.h: '> bytes of the client < bytes of the server', each a segment or a datagram, [labels] for
people. scripts.py holds them. Only the standard library is needed.
"""
import os
import re
import struct

from scripts import CAPTURES

CLIENT, SERVER = ('020000000010', '10.10.1.10', 49152), ('020000000020', '10.10.1.20')
TCP, UDP = 6, 17


def checksum(data):
    total = sum(struct.unpack('!%dH' % ((len(data) + 1) // 2), data + b'\0' * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip(text):
    return bytes(int(part) for part in text.split('.'))


class Capture:
    def __init__(self, path, proto, port):
        self.file = open(path, 'wb')
        self.file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        self.us = 1763771640 * 1000000
        self.number = 0
        self.proto = proto
        self.ends = (CLIENT, SERVER + (port,))
        self.seq = [1000, 2000]

    def packet(self, side, head, data):
        src, dest = self.ends[side], self.ends[1 - side]
        at = 16 if self.proto == TCP else 6
        self.number += 1
        pseudo = ip(src[1]) + ip(dest[1]) + struct.pack('!BBH', 0, self.proto, len(head) + len(data))
        head = head[:at] + struct.pack('!H', checksum(pseudo + head + data)) + head[at + 2:]
        outer = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(head) + len(data), self.number, 0x4000, 64, self.proto, 0)
        outer += ip(src[1]) + ip(dest[1])
        outer = outer[:10] + struct.pack('!H', checksum(outer)) + outer[12:]
        frame = bytes.fromhex(dest[0] + src[0]) + b'\x08\x00' + outer + head + data
        frame += b'\0' * (60 - len(frame))
        self.file.write(struct.pack('<IIII', self.us // 1000000, self.us % 1000000, len(frame), len(frame)) + frame)
        self.us += 1500

    def segment(self, side, flags, data=b''):
        ports = self.ends[side][2], self.ends[1 - side][2]
        ack = self.seq[1 - side] if flags != 0x02 else 0
        self.packet(side, struct.pack('!HHIIBBHHH', *ports, self.seq[side], ack, 0x50, flags, 8192, 0, 0), data)
        self.seq[side] += len(data) + (1 if flags & 0x03 else 0)

    def datagram(self, side, data):
        ports = self.ends[side][2], self.ends[1 - side][2]
        self.packet(side, struct.pack('!HHHH', *ports, 8 + len(data), 0), data)


def main():
    top = os.path.dirname(os.path.abspath(__file__))
    for name, (proto, port, proves, script) in CAPTURES.items():
        os.makedirs(os.path.join(top, name), exist_ok=True)
        with open(os.path.join(top, name, 'README'), 'w', encoding='utf-8') as f:
            f.write('Made by ../make.py from PDUs written by hand.\n\nProves: %s\n' % proves)
        c = Capture(os.path.join(top, name, 'input.pcap'), proto, port)
        if proto == TCP:
            for side, flags in ((0, 0x02), (1, 0x12), (0, 0x10)):
                c.segment(side, flags)
        for mark, text in re.findall(r'([<>])([^<>]*)', script):
            side, data = {'>': 0, '<': 1}[mark], bytes.fromhex(re.sub(r'\[[^\]]*\]|\s', '', text))
            if proto == TCP:
                c.segment(side, 0x18, data)
            else:
                c.datagram(side, data)
        if proto == TCP:
            for side, flags in ((0, 0x11), (1, 0x11), (0, 0x10)):
                c.segment(side, flags)
        c.file.close()


if __name__ == '__main__':
    main()
