#!/usr/bin/env python3
"""Writes input.pcap of each golden capture of logons in clear anew: tests/golden/login/make.py

The messages stand below; how they become packets is that of tests/golden/smb. Only the standard library is needed.
"""
import os
import sys

TOP = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(TOP, '..', 'smb'))
import make  # noqa: E402

FTP = [
    ('<', b'220-Welcome\r\n'), ('<', b'220 GP4000 FTP server ready.\r\n'),
    ('>', b'USER engineer\r\n'), ('<', b'331 Password required.\r\n'), ('>', b'PASS not-to-be-seen\r\n'), ('<', b'530 Login incorrect.\r\n'),
    ('>', b'USER admin\r\n'), ('<', b'331 Password required.\r\n'), ('>', b'PASS admin\r\n'), ('<', b'230-Welcome\r\n230 Logged in.\r\n'),
    ('>', b'USER guest\r\n'), ('<', b'230 No password needed.\r\n'),
    ('>', b'USER late\r\n'), ('>', b'PASS not-to-be-seen\r\n'), ('>', b'QUIT\r\n')]

# What the client types comes back from the server, but for the password.
TELNET = [
    ('<', b'\xff\xfd\x18\xff\xfd\x1f'), ('>', b'\xff\xfb\x18\xff\xfc\x1f'), ('<', b'\xff\xfa\x18\x01\xff\xf0'), ('>', b'\xff\xfa\x18\x00VT100\xff\xf0'),
    ('<', b'\r\nEDS-408A  Managed Switch\r\n\r\nlogin: ')]
for letter in b'opx\x7ferator':
    TELNET += [('>', bytes([letter])), ('<', bytes([letter]))]
TELNET += [('>', b'\r\0'), ('<', b'\r\nPassword: '), ('>', b'not-to-'), ('>', b'be-seen\r\0'), ('<', b'\r\nLogin incorrect\r\nlogin: '),
           ('>', b'admin\r\n'), ('<', b'admin\r\nPassword: '), ('>', b'admin\r\n'),
           ('<', b'\r\nLast login: Sat Nov 22 from 10.10.1.10\r\n# '), ('>', b'reboot\r\n'), ('<', b'reboot\r\n')]

# Picked up midway: the password of somebody who was not seen.
MIDWAY = [('>', b'PASS not-to-be-seen\r\n'), ('<', b'230 Logged in.\r\n'), ('>', b'AUTH TLS\r\n'), ('<', b'234 Proceed.\r\n'),
          ('>', b'\x16\x03\x01\x00\x05hello')]

for name, port, steps in (('ftp', 21, FTP), ('telnet', 23, TELNET), ('midway', 21, MIDWAY)):
    c = make.Capture(os.path.join(TOP, name, 'input.pcap'))
    for side, flags in ((0, 2), (1, 0x12), (0, 0x10)):
        c.segment(side, port, flags)
    for mark, message in steps:
        c.segment(0 if mark == '>' else 1, port, 0x18, message)
    for side, flags in ((0, 0x11), (1, 0x11), (0, 0x10)):
        c.segment(side, port, flags)
    c.file.close()


class Plant(make.Capture):
    """several conversations in one capture"""

    def __init__(self, path):
        super().__init__(path)
        self.seqs = {}

    def say(self, src, dest, sport, dport, flags, content=b''):
        mine, yours = (src, sport, dest, dport), (dest, dport, src, sport)
        seq = self.seqs.setdefault(mine, 1000)
        tcp = make.struct.pack('!HHIIBBHHH', sport, dport, seq, self.seqs.get(yours, 0), 0x50, flags, 8192, 0, 0)
        pseudo = make.ip(src[1]) + make.ip(dest[1]) + make.struct.pack('!BBH', 0, 6, len(tcp) + len(content))
        tcp = tcp[:16] + make.struct.pack('!H', make.checksum(pseudo + tcp + content)) + tcp[18:] + content
        self.packet(src, dest, 6, tcp)
        self.seqs[mine] = seq + len(content) + (1 if flags & 3 else 0)

    def open(self, *ends):
        back = ends[1], ends[0], ends[3], ends[2]
        for way, flags in ((ends, 2), (back, 0x12), (ends, 0x10)):
            self.say(*way, flags)
        return ends, back

    def close(self, ends, back):
        for way, flags in ((ends, 0x11), (back, 0x11), (ends, 0x10)):
            self.say(*way, flags)

    def carry(self, opener, listener, sport, dport, down=True):
        """a file from the server to the client, or up"""
        ways = self.open(opener, listener, sport, dport)
        self.say(*ways[(opener is PC) == down], 0x18, b'%\nO0001 (PART)\nG90 G54 G00 X0 Y0\n' * 20)
        self.close(*ways)


PC, CNC, OTHER = make.CLIENT, make.SERVER, ('020000000030', '10.10.1.30')
c = Plant(os.path.join(TOP, 'ftp_data', 'input.pcap'))
control = c.open(PC, CNC, 49152, 21)


def lines(*said):
    for line in said:
        c.say(*control[line[0] == '<'], 0x18, line[1:].encode() + b'\r\n')


lines('<220 CNC', '>USER op', '<331 ?', '>PASS not-to-be-seen', '<230 ok')
lines('>PASV', '<227 Entering Passive Mode (10,10,1,20,195,80).', '>RETR O0001', '<150 ok')
c.carry(PC, CNC, 49153, 50000)
lines('<226 done', '>PORT 10,10,1,10,192,2', '<200 ok', '>STOR O0001', '<150 ok')
c.carry(CNC, PC, 20, 49154, down=False)
lines('<226 done', '>EPSV', '<229 Entering Extended Passive Mode (|||50001|)', '>STOR O0002', '<150 ok')
c.carry(PC, CNC, 49155, 50001, down=False)
lines('<226 done', '>EPRT |1|10.10.1.10|49156|', '<200 ok', '>RETR O0002', '<150 ok')
c.carry(CNC, PC, 20, 49156)
# Agreed on, and refused when it comes.
lines('<226 done', '>PORT 10,10,1,10,192,5', '<200 ok', '>LIST', '<150 ok')
c.say(CNC, PC, 20, 49157, 2)
c.say(PC, CNC, 49157, 20, 0x14)
# A bounce; one more at a port that was used; one at a port that nobody spoke of.
lines('<425 no', '>PORT 10,10,1,30,192,6', '<200 ok', '>RETR O0001', '<150 ok')
c.carry(CNC, OTHER, 20, 49158)
c.carry(PC, CNC, 49159, 50000)
c.carry(PC, CNC, 49160, 50002)
lines('>QUIT', '<221 bye')
c.close(*control)
c.file.close()
