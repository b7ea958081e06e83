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
