#!/usr/bin/env python3
"""Writes input.pcap of each golden capture of Modbus anew, from the PDUs below: tests/golden/modbus/make.py

Addresses, ports, times and sequence numbers are made up and always the same; so are the files. A script is the one of
tests/unit/dissect_harness.h: '> bytes of the client < bytes of the server', each a segment, [labels] for people, '|' a new segment
of the same side; '!' before a side: that segment was sent, and the mirror port lost it; '~61': so many seconds pass. Only the standard library is needed.
"""
import os
import re
import struct

CLIENT, SERVER = ('020000000010', '10.10.1.10', 49152), ('0080f4000020', '10.10.1.20', 502)

CAPTURES = {
    'write_single': """
        > [tid]0001 0000 0006 [unit]01 [fc]05 [addr]0005 [on]FF00     < 0001 0000 0006 01 05 0005 FF00
        > 0002 0000 0006 01 [fc]05 0005 [off]0000                     < 0002 0000 0006 01 05 0005 0000
        > 0003 0000 0006 01 [fc]06 [addr]006B [value]02A1             < 0003 0000 0006 01 06 006B 02A1
        > 0004 0000 0008 01 [fc]16 [addr]0004 [and]00F2 [or]0025      < 0004 0000 0008 01 16 0004 00F2 0025
        > 0005 0000 0006 01 [fc]05 0005 [neither]1234                 < 0005 0000 0003 01 85 [value]03""",
    'exceptions': """
        > 0001 0000 0006 01 03 9C40 0001    < 0001 0000 0003 01 [fc]83 [address]02
        > 0002 0000 0006 01 03 0000 0000    < 0002 0000 0003 01 83 [value]03
        > 0003 0000 0002 01 [fc]63          < 0003 0000 0003 01 E3 [function]01
        > 0004 0000 0006 07 06 0001 0001    < 0004 0000 0003 07 86 [gateway]0B
        > 0005 0000 0002 01 [zero]00        < 0005 0000 0003 01 80 01
        > 0006 0000 0003 01 [exception bit in a request]83 02
        > 0007 0000 0006 01 01 0000 0001    < 0007 0000 0004 01 81 06 [a byte too many]00""",
    'diagnostics': """
        > 0001 0000 0006 01 08 [query data]0000 A537   < 0001 0000 0006 01 08 0000 A537
        > 0002 0000 0006 01 08 [restart]0001 FF00      < 0002 0000 0006 01 08 0001 FF00
        > 0003 0000 0006 01 08 [clear]000A 0000        < 0003 0000 0006 01 08 000A 0000
        > 0004 0000 0006 01 08 [message count]000B 0000 < 0004 0000 0006 01 08 000B 0102
        > 0005 0000 0002 01 [status]07                 < 0005 0000 0003 01 07 6D
        > 0006 0000 0002 01 [counter]0B                < 0006 0000 0006 01 0B FFFF 0108
        > 0007 0000 0002 01 [log]0C                    < 0007 0000 000B 01 0C 08 0000 0108 0121 2000
        > 0008 0000 0002 01 [server id]11              < 0008 0000 000C 01 11 09 42 FF 504C432D313130
        > 0009 0000 0006 01 08 [force listen only, never answered]0004 0000""",
    'device_id': """
        > 0001 0000 0005 01 2B 0E [basic]01 00
        < 0001 0000 001E 01 2B 0E 01 [conformity]02 [more]FF [next]03 [n]03 00 04 41434D45 01 07 504C432D313130 02 05 56312E3233
        > 0002 0000 0005 01 2B 0E [regular]02 [from]03
        < 0002 0000 0019 01 2B 0E 02 02 00 00 02 04 07 4D6178204E6574 06 06 4C696E652033
        > 0003 0000 0005 01 2B 0E [one]04 80           < 0003 0000 0003 01 AB 02
        > 0005 0000 0005 01 2B 0E 02 03
        < 0005 0000 0014 01 2B 0E 02 02 00 00 02 03 04 61636D65 05 04 54313130
        > 0004 0000 0005 01 2B [CANopen]0D 0102        < 0004 0000 0004 01 2B 0D AA""",
    'umas': """
        > 0001 0000 0005 00 5A [session]00 [init]01 00          < 0001 0000 0006 00 5A 00 [ok]FE FD00
        > 0002 0000 0004 00 5A 00 [read id]02                   < 0002 0000 0008 00 5A 00 FE 1234 5678
        > 0003 0000 0008 00 5A 00 [reserve]10 44455631          < 0003 0000 0005 00 5A 00 FE [session]8B
        > 0004 0000 0006 00 5A 8B [stop]41 FF00                 < 0004 0000 0004 00 5A 8B FE
        > 0005 0000 0006 00 5A 8B [write begins]30 0001         < 0005 0000 0006 00 5A 8B FE 00F4
        > 0006 0000 000C 00 5A 8B [block]31 0001 0400 01020304  < 0006 0000 0004 00 5A 8B FE
        > 0007 0000 0006 00 5A 8B [write ends]32 0001           < 0007 0000 0004 00 5A 8B FE
        > 0008 0000 0006 00 5A 8B [start]40 FF00                < 0008 0000 0006 00 5A 8B [error]FD 8300
        > 0009 0000 0004 00 5A 8B [release]11                   < 0009 0000 0004 00 5A 8B FE""",
    'file_records': """
        > 0001 0000 0011 01 14 0E 06 [file]0004 [record]0001 [length]0002 06 0003 0009 0002
        < 0001 0000 000F 01 14 0C 05 06 0DFE 0020 05 06 33CD 0040
        > 0002 0000 0010 01 15 0D 06 0004 0007 0003 06AF 04BE 100D    < 0002 0000 0010 01 15 0D 06 0004 0007 0003 06AF 04BE 100D
        > 0003 0000 0004 01 18 [fifo]04DE                             < 0003 0000 000A 01 18 0006 0002 01B8 1284
        > 0004 0000 0011 01 17 [read]0003 0002 [write]000E 0003 06 00FF 00FE 00FD  < 0004 0000 0007 01 17 04 00FE 0ACD
        > 0005 0000 000A 01 14 07 [type]05 0004 0001 0002             < 0005 0000 0003 01 94 03""",
    'pipelined': """
        > 0001 0000 0006 01 03 0000 0002 0002 0000 0006 01 01 0000 000A 0003 0000 0006 02 04 0010 0001
        < 0003 0000 0005 02 04 02 00C8 0001 0000 0007 01 03 04 000A
        | 000B 0002 0000 0005 01 01 02 55
        | 01
        > 0004 0000 0006 01 03 0000 00
        | 01 0005 0000 0006 01 03 0010 0001
        < 0004 0000 0005 01 03 02 0001
        > 0006 [protocol id]0010 0006 01 03 0000 0001
        > 0007 0000 0006 01 03 0020 0001
        < 0007 0000 0005 01 03 02 0007""",
    'one_sided': """
        < 0001 0000 0007 01 03 04 000A 000B
        < 0002 0000 000C 01 15 09 06 [file]0004 [record]0007 [length]0001 06AF
        < 0003 0000 0006 01 10 0001 0002
        < 0004 0000 0008 01 11 05 [name as id]52545531 [run]FF
        < 0005 0000 0004 01 01 01 05
        < 0006 0000 0003 01 83 02""",
    'gap': """
        > 0001 0000 0006 01 03 0000 0001    < 0001 0000 0005 01 03 02 0007
        > 0002 0000 0006 01 03 0000 0002    !< 0002 0000 0007 01 03 04 0007 0008
        !> 0003 0000 0006 01 06 0001 0003   < 0003 0000 0006 01 06 0001 0003
        > 0004 0000 0006 01 03 0000 0001    < 0004 0000 0005 01 03 02 0009
        > 0005 0000 0006 01 03 0000 0001    < 0005 0000 0005 01 03 02 000A
        > 0006 0000 0006 01 03 0000 0001    < 0006 0000 0005 01 03 02 000B""",
    'unanswered': """
        > 0001 0000 0006 01 03 0000 0001    < 0001 0000 0005 01 03 02 0007
        > 0002 0000 0006 01 03 0000 0002    ~2
        > 0003 0000 0006 01 03 0000 0003    ~2
        > 0004 0000 0006 01 03 0000 0004    < 0004 0000 000B 01 03 08 0001 0002 0003 0004
        > 0005 0000 0006 01 03 0000 0005    ~61
        > 0006 0000 0006 01 03 0000 0006    ~2
        > [too late to be missed]0007 0000 0006 01 03 0000 0007""",
    'strangers': """
        > 0001 0000 [length]8804 05 0708 0910
        > 0002 [protocol id]0010 0006 0A 01 0001 0003
        > [something else]4C4F47494E207061747465726E0A      < 4F4B0A
        > 0003 0000 [length]0001 0A""",
    'zero': """
        > 0001 0000 0003 01 [zero]00 01""",
    'rtu': """
        > [unit]01 [fc]03 [addr]0000 [qty]0002 [crc]C40B   < 01 03 04 000A 0014 [crc]DA3E
        > 01 06 0001 0003 [crc]980B                        < 01 06 0001 0003 980B
        > 01 03 0000 000A [crc]C5CD                        < 01 83 02 [crc]C0F1""",
}


def checksum(data):
    total = sum(struct.unpack('!%dH' % ((len(data) + 1) // 2), data + b'\0' * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip(text):
    return bytes(int(part) for part in text.split('.'))


class Capture:
    def __init__(self, path):
        self.file = open(path, 'wb')
        self.file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        self.us = 1763771640 * 1000000
        self.number = 0
        self.seq = [1000, 2000]   # client, server

    def segment(self, side, flags, data=b'', lost=False):
        src, dest = (CLIENT, SERVER) if side == 0 else (SERVER, CLIENT)
        self.number += 1
        tcp = struct.pack('!HHIIBBHHH', src[2], dest[2], self.seq[side], self.seq[1 - side] if flags != 0x02 else 0, 0x50, flags, 8192, 0, 0)
        pseudo = ip(src[1]) + ip(dest[1]) + struct.pack('!BBH', 0, 6, len(tcp) + len(data))
        tcp = tcp[:16] + struct.pack('!H', checksum(pseudo + tcp + data)) + tcp[18:] + data
        head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(tcp), self.number, 0x4000, 64, 6, 0) + ip(src[1]) + ip(dest[1])
        head = head[:10] + struct.pack('!H', checksum(head)) + head[12:]
        frame = bytes.fromhex(dest[0] + src[0]) + b'\x08\x00' + head + tcp
        frame += b'\0' * (60 - len(frame))
        if not lost:
            self.file.write(struct.pack('<IIII', self.us // 1000000, self.us % 1000000, len(frame), len(frame)) + frame)
        self.us += 1500
        self.seq[side] += len(data) + (1 if flags & 0x03 else 0)


def main():
    top = os.path.dirname(os.path.abspath(__file__))
    for name, script in CAPTURES.items():
        os.makedirs(os.path.join(top, name), exist_ok=True)
        c = Capture(os.path.join(top, name, 'input.pcap'))
        c.segment(0, 0x02)
        c.segment(1, 0x12)
        c.segment(0, 0x10)
        side = 0
        for lost, mark, text in re.findall(r'(!?)([<>|~])([^<>|!~]*)', script):
            if mark == '~':
                c.us += int(text) * 1000000
                continue
            side = {'>': 0, '<': 1, '|': side}[mark]
            c.segment(side, 0x18, bytes.fromhex(re.sub(r'\[[^\]]*\]|\s', '', text)), bool(lost))
        c.segment(0, 0x11)
        c.segment(1, 0x11)
        c.segment(0, 0x10)
        c.file.close()


if __name__ == '__main__':
    main()
