#!/usr/bin/env python3
"""Writes input.pcap of each golden capture of SMB and DCE/RPC anew: tests/golden/smb/make.py

Everything is made up and always the same. A scene is a list of steps: ('>', message) of the client, ('<', message) of the server, each a segment of a
TCP connection (a list of messages: one segment), ('!>', ...) one that the mirror port lost. Only the standard library is needed.
"""
import hashlib, os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pdus import *  # noqa: E402,F403

S = 0x40000000001
FID = lambda n: struct.pack('<QQ', n, 0x50 + n)
SVCCTL, NDR64, EPM, ATSVC = ('367abb81-9844-35f1-ad32-98f038001003', '71710533-beba-4937-8319-b5dbef9ccc36', 'e1af8308-5d1f-11c9-91a4-08002b14a0fa', '1ff70682-0a51-30e8-076d-740be8cee98b')
PE = b'MZ\x90\0' + bytes(60) + b'PE\0\0'
ALL = b'\xff' * 16


def pair(command, request, response, mid, tid=0, status=0, sid=S, flags=0):
    return [('>', nbss(smb2(command, request, mid, tid=tid, sid=sid, flags=flags))), ('<', nbss(smb2(command, response, mid, status, RESPONSE | flags, tid, sid)))]


def logon(authenticate, flags=0):
    return (pair(1, setup(neg_init(NTLM, ntlm_negotiate())), setup_done(neg_resp(ntlm_challenge('PLANT', 'FILES1', 'PLANT', 'files1.plant.example'))), 1, status=MORE_PROCESSING) +
            pair(1, setup(neg_resp(authenticate)), setup_done(flags=flags), 2))


def compound(*messages):
    """(command, body, mid, flags...) with their offsets to the next"""
    out = ''
    for i, m in enumerate(messages):
        one = smb2(*m[0], **m[1])
        pad = -size(one) % 8 if i + 1 < len(messages) else 0
        following = size(one) + pad if i + 1 < len(messages) else 0
        out += smb2(*m[0], **dict(m[1], following=following)) + b('padding', bytes(pad))
    return nbss(out)


SMB3 = (
    [('>', nbss(smb2(0, negotiate([0x0202, 0x0210, 0x0300, 0x0302, 0x0311], [(1, struct.pack('<HHH', 1, 0, 1)), (2, struct.pack('<HHHH', 3, 2, 1, 4)), (3, struct.pack('<HHIHH', 2, 0, 0, 1, 3)), (5, u('files1'))]), 0, sid=0))),
     ('<', nbss(smb2(0, negotiated(0x0311, contexts=[(1, struct.pack('<HHH', 1, 0, 1)), (2, struct.pack('<HH', 1, 2)), (3, struct.pack('<HHIH', 1, 0, 0, 1))], security=3), 0, 0, RESPONSE, sid=0)))] +
    logon(ntlm_authenticate('PLANT', '保全', 'HMI-07')) +
    pair(3, tree('\\\\files1\\engineering'), tree_done(1), 3, 5) +
    pair(5, create('lines\\line3.gx3', disposition=5, access=0x12019f), created(FID(1), action=2), 4, 5) +
    pair(9, write(FID(1), b'PK\x03\x04' + bytes(40)), written(44), 5, 5, flags=SIGNED) +
    pair(8, read(FID(1), 44), data(b'PK\x03\x04' + bytes(40)), 6, 5) +
    pair(16, query(FID(1), 1, 5), info_done(), 7, 5) +
    pair(17, set_info(FID(1), 1, 10, rename_info('lines\\line3.old')), f('size', '<H', 2), 8, 5) +
    pair(6, close(FID(1)), closed(44), 9, 5) +
    pair(5, create('setup.exe', disposition=2, access=0x12019f, options=0x1040), created(FID(2), action=2), 10, 5) +
    pair(9, write(FID(2), PE), written(len(PE)), 11, 5) +
    pair(17, set_info(FID(2), 1, 13, b'\x01'), f('size', '<H', 2), 12, 5) +
    pair(6, close(FID(2)), error(), 13, 5, status=0xc0000022) +
    pair(5, create('', access=0x81, options=0x21), created(FID(3), attributes=0x10), 14, 5) +
    pair(14, find(FID(3), '*.gx3'), info_done(), 15, 5) +
    [('>', nbss(smb2(15, f('size', '<HH', 32, 0) + f('room', '<I', 4096) + b('file id', FID(3)) + f('filter', '<II', 0x17, 0), 16, tid=5))),
     ('<', nbss(smb2(15, error(), 16, PENDING, RESPONSE | ASYNC, async_id=77))),
     ('<', nbss(smb2(15, error(), 16, 0xc0000120, RESPONSE | ASYNC, async_id=77)))] +
    [('>', compound(((5, create('a.ps1', disposition=3, access=0x12019f), 17), {'tid': 5}), ((9, write(ALL, b'Get-Process'), 18), {'tid': 0xffffffff, 'sid': 0xffffffffffffffff, 'flags': RELATED}),
                    ((6, close(ALL), 19), {'tid': 0xffffffff, 'sid': 0xffffffffffffffff, 'flags': RELATED}))),
     ('<', compound(((5, created(FID(4), action=2), 17, 0, RESPONSE), {'tid': 5}), ((9, written(11), 18, 0, RESPONSE | RELATED), {'tid': 5}), ((6, closed(11), 19, 0, RESPONSE | RELATED), {'tid': 5})))] +
    pair(4, f('size', '<HH', 4, 0), f('size', '<HH', 4, 0), 20, 5) +
    pair(2, f('size', '<HH', 4, 0), f('size', '<HH', 4, 0), 21))

PIPES = (
    pair(0, negotiate([0x0202, 0x0210]), negotiated(0x0210), 0, sid=0) +
    pair(1, setup(neg_init(NTLM, ntlm_negotiate())), setup_done(neg_resp(ntlm_challenge('FILES1', 'FILES1', 'FILES1', 'files1'))), 1, status=MORE_PROCESSING) +
    pair(1, setup(neg_resp(ntlm_authenticate('', '', 'HMI-07', lm=1, nt=0))), setup_done(flags=2), 2) +
    pair(3, tree('\\\\files1\\IPC$'), tree_done(2), 3, 7) +
    pair(5, create('svcctl', access=0x12019f), created(FID(1)), 4, 7) +
    pair(9, write(FID(1), bind((SVCCTL, 2), (SVCCTL, 2))), written(116), 5, 7) +
    pair(8, read(FID(1), 1024), data(bind_ack()), 6, 7) +
    pair(11, ioctl(FID(1), 0x11c017, call(15)), ioctl_done(FID(1), 0x11c017, result()), 7, 7) +
    pair(11, ioctl(FID(1), 0x11c017, call(12, number=3)), ioctl_done(FID(1), 0x11c017, fault(5, 3)), 8, 7) +
    pair(11, ioctl(ALL, 0x140204, bytes(24)), ioctl_done(ALL, 0x140204, bytes(24)), 9, 7) +
    pair(6, close(FID(1)), closed(), 10, 7))

KERBEROS = (
    pair(0, negotiate([0x0300], security=2), negotiated(0x0300), 0, sid=0) +
    pair(1, setup(neg_init(KRB5, ap_req('PLANT.EXAMPLE', 'cifs', 'files1.plant.example'))), setup_done(), 1) +
    pair(9, write(FID(9), b'7z\xbc\xaf\x27\x1c' + bytes(30), offset=0), written(36), 2, 5) +
    [('>', nbss(b('transform', b'\xfdSMB') + b('signature, nonce', bytes(32)) + f('size', '<IHH', 96, 0, 1) + f('session', '<Q', S) + b('secret', bytes(96)))),
     ('>', nbss(b('compressed', b'\xfcSMB') + f('original', '<I', 4096) + f('algorithm, flags', '<HH', 1, 0) + f('offset', '<I', 0) + b('content', bytes(64)))),
     ('>', nbss(b('compressed', b'\xfcSMB') + f('original', '<I', 0xffffffff) + f('algorithm, flags', '<HH', 1, 0) + f('offset', '<I', 0x10) + b('content', bytes(64)))),
     ('>', nbss(smb2(8, read(FID(9), 64), 5, tid=5)))])


def trans(command, setup_words, parameters=b'', content='', name=b'', timeout=0, mid=0, tid=0, uid=0, total=None):
    content = content if isinstance(content, str) else b('data', content)
    head = 32 + 1 + 2 * (14 + len(setup_words)) + 2
    lead = 1 if command == 0x25 or not name else 0
    at = head + lead + len(name)
    pad = -at % 4
    at += pad
    words = (f('total', '<HH', len(parameters), total or size(content)) + f('max', '<HHBB', 0, 1024, 0, 0) + f('flags', '<H', 0) + f('timeout', '<I', timeout) + f('reserved', '<H', 0) +
             f('parameters', '<HH', len(parameters), at) + f('data', '<HH', size(content), at + len(parameters)) + f('setups', '<BB', len(setup_words), 0) +
             ''.join(f('setup', '<H', s) for s in setup_words))
    return smb1(command, block(words, b('pad', bytes(lead)) + b('name', name) + b('pad', bytes(pad)) + b('parameters', parameters) + content), mid, tid=tid, uid=uid)


def trans_done(command, content='', mid=0, tid=0, uid=0, status=0):
    content = content if isinstance(content, str) else b('data', content)
    words = f('total', '<HH', 0, size(content)) + f('reserved', '<H', 0) + f('parameters', '<HHH', 0, 0, 0) + f('data', '<HHH', size(content), 55, 0) + f('setups', '<BB', 0, 0)
    return smb1(command, block(words, content), mid, status, True, tid, uid)


def one(command, request, response, mid, tid=1, uid=2, status=0, nt=True):
    return [('>', nbss(smb1(command, request, mid, tid=tid, uid=uid))), ('<', nbss(smb1(command, response, mid, status, True, tid, uid, nt=nt)))]


def setup1(os_words, account, proof=(24, 24)):
    secrets = b'\x44' * proof[0] + b'\x55' * proof[1]
    words = andx() + f('buffer, mpx, vc, key', '<HHHI', 16644, 2, 1, 0) + f('OEM password', '<H', proof[0]) + f('UTF-16 password', '<H', proof[1]) + f('reserved, capabilities', '<II', 0, 0xd4)
    pad = b'\0' if (32 + 1 + 26 + 2 + len(secrets)) % 2 else b''
    return block(words, b('passwords', secrets) + b('pad', pad) + b('texts', b''.join(text(t) for t in account + os_words)))


def nt_negotiated(mode=3):
    words = (f('dialect', '<H', 1) + f('mode', '<B', mode) + f('mpx, vcs', '<HH', 50, 1) + f('buffer, raw, key', '<III', 16644, 65536, 0) + f('capabilities', '<I', 0x3fd) + f('time', '<Q', NOW) +
             f('zone', '<H', 0xfde4) + f('challenge', '<B', 8))
    return block(words, b('challenge', bytes(range(8))) + b('domain, server', text('PLANT') + text('NC-05')))


def nt_create(name, disposition=1, access=0x20089, options=0x40):
    words = (andx() + f('reserved', '<B', 0) + f('name length', '<H', len(u(name))) + f('flags, root', '<II', 0x16, 0) + f('access', '<I', access) + f('size', '<Q', 0) + f('attributes, share', '<II', 0x80, 3) +
             f('disposition', '<I', disposition) + f('options', '<I', options) + f('impersonation, flags', '<IB', 2, 3))
    return block(words, b('pad', b'\0') + b(name, u(name)))


def nt_created(fid, length=0):
    return block(andx() + f('oplock', '<B', 0) + f('fid', '<H', fid) + f('action', '<I', 1) + f('times', '<QQQQ', NOW, NOW, NOW, NOW) + f('attributes', '<I', 0x80) + f('allocated', '<Q', 0) + f('length', '<Q', length) +
                 f('type, state, directory', '<HHB', 0, 7, 0))


def write1(fid, content):
    content = content if isinstance(content, str) else b('data', content)
    return block(andx() + f('fid', '<H', fid) + f('offset', '<I', 0) + f('timeout', '<I', 0) + f('mode, remaining', '<HH', 0, 0) + f('length', '<HH', 0, size(content)) + f('data at', '<H', 64) + f('offset high', '<I', 0),
                 b('pad', b'\0') + content)


SMB1 = (
    [('>', nbss(b('called', nbname('NC-05', 0x20)) + b('calling', nbname('HMI-07', 0)), 0x81)), ('<', nbss('', 0x82))] +
    one(0x72, block('', b('dialects', b'\x02LANMAN2.1\0\x02NT LM 0.12\0')), nt_negotiated(), 1, 0, 0) +
    one(0x73, setup1(['Windows 2000 2195', 'Windows 2000 5.0'], ['operator', 'PLANT']), block(andx() + f('action', '<H', 1), b('texts', b'\0' + text('Windows 5.1') + text('Windows 2000 LAN Manager'))), 2, 0, 2) +
    one(0x75, block(andx() + f('flags, password', '<HH', 8, 1), b('path', b'\0' + text('\\\\NC-05\\PROG')) + b('service', b'?????\0')), block(andx() + f('support', '<H', 1), b('service', b'A:\0' + text('NTFS'))), 3) +
    one(0xa2, nt_create('\\O1234.MPF', 5, 0x2019f), nt_created(0x4001), 4) +
    one(0x2f, write1(0x4001, b'%1234\nG90\n'), block(andx() + f('count', '<HHHH', 10, 0, 0, 0)), 5) +
    one(0x2e, block(andx() + f('fid', '<H', 0x4001) + f('offset', '<I', 0) + f('max', '<HHIH', 64, 64, 0, 0) + f('offset high', '<I', 0)),
        block(andx() + f('available', '<HHH', 0, 0, 0) + f('length', '<H', 10) + f('data at', '<H', 60) + f('rest', '<HIIH', 0, 0, 0, 0), b('pad', b'\0') + b('data', b'%1234\nG90\n')), 6) +
    one(0x04, block(f('fid', '<HI', 0x4001, 0)), block(), 7) +
    one(0x07, block(f('search', '<H', 6), b('old', b'\x04' + text('\\O1234.MPF')) + b('new', b'\x04\0' + text('\\O1234.BAK'))), block(), 8) +
    [('>', nbss(trans(0x32, [1], struct.pack('<HHHHI', 0x16, 100, 6, 0x104, 0) + text('\\*.MPF'), name=b'\0', mid=9, tid=1, uid=2))), ('<', nbss(trans_done(0x32, bytes(8), 9, 1, 2)))] +
    [('>', nbss(trans(0x32, [6], struct.pack('<HI', 1013, 0) + text('\\O1234.BAK'), content=b'\x01', name=b'\0', mid=10, tid=1, uid=2))), ('<', nbss(trans_done(0x32, b'', 10, 1, 2)))] +
    one(0x10, block('', b('path', b'\x04' + text('\\OLD'))), block(), 11, status=0x00030001, nt=False) +
    one(0x2b, block(f('echoes', '<H', 1), b('data', b'ping')), block(f('number', '<H', 1), b('data', b'ping')), 12) +
    one(0x74, block(andx()), block(andx()), 13))

PROBES = (
    one(0x72, block('', b('dialects', b'\x02LANMAN2.1\0\x02NT LM 0.12\0')), nt_negotiated(mode=15), 64, 0, 0) +
    one(0x73, setup1(['Unix', 'Samba'], ['', ''], proof=(1, 0)), block(andx() + f('action', '<H', 0), b('texts', b'\0' + text('Windows 7 Professional 7601') + text('Windows 7 Professional 6.1'))), 64, 0, 2) +
    one(0x75, block(andx() + f('flags, password', '<HH', 8, 1), b('path', b'\0' + text('\\\\192.168.0.9\\IPC$')) + b('service', b'?????\0')), block(andx() + f('support', '<H', 1), b('service', b'IPC\0')), 64) +
    [('>', nbss(trans(0x25, [0x23, 0], name=text('\\PIPE\\'), mid=65, tid=1, uid=2))), ('<', nbss(smb1(0x25, block(), 65, 0xc0000205, True, 1, 2)))] +
    [('>', nbss(trans(0x32, [14], bytes(12), name=b'\0', timeout=0x00edbf77, mid=65, tid=1, uid=2))), ('<', nbss(smb1(0x32, block(), 81, 0xc0000002, True, 1, 2)))] +
    [('>', nbss(smb1(0xa0, block(f('max setup', '<BH', 1, 0) + f('total', '<II', 30, 66512) + f('max', '<II', 30, 0) + f('parameters', '<II', 30, 75) + f('data', '<II', 0, 104) + f('setups', '<B', 1) + f('function', '<H', 5) + f('setup', '<H', 0),
                                 b('pad', bytes(31))), 66, tid=1, uid=2))),
     ('<', nbss(smb1(0xa0, block(), 66, 0, True, 1, 2))),
     ('>', nbss(smb1(0x33, block(f('total', '<HH', 0, 4096) + f('parameters', '<HHH', 0, 0, 0) + f('data', '<HHHH', 16, 53, 0, 0), b('data', bytes(16))), 66, tid=1, uid=2)))] +
    [('>', nbss(smb1(0x25, f('words', '<B', 20) + b('too few', bytes(8)), 67, tid=1, uid=2)))])

# Bytes that no pattern is seen in, the same each time.
NOISE = b''.join(hashlib.sha256(bytes([n])).digest() for n in range(64))

# A document becomes noise and gets another ending; a note is left. Beside it what is everyday: an archive, a picture, a new text.
SPOILT = (
    pair(3, tree('\\\\files1\\recipes'), tree_done(1), 1, 5) +
    pair(5, create('line 3\\soup.docx', disposition=1, access=0x12019f), created(FID(1)), 2, 5) +
    pair(9, write(FID(1), NOISE[:1100]), written(1100), 3, 5) +
    pair(17, set_info(FID(1), 1, 10, rename_info('line 3\\soup.docx.LOCKBIT')), f('size', '<H', 2), 4, 5) +
    pair(5, create('line 3\\HOW_TO_RECOVER_FILES.txt', disposition=5, access=0x12019f), created(FID(2), 2), 5, 5) +
    pair(5, create('stew.xlsx.locked', disposition=2, access=0x12019f), created(FID(3), 2), 6, 5) +
    pair(9, write(FID(3), NOISE[:1100]), written(1100), 7, 5) +
    pair(5, create('line 4\\report.docx', disposition=5, access=0x12019f), created(FID(4), 3), 8, 5) +
    pair(9, write(FID(4), b'PK\x03\x04' + NOISE[:1100]), written(1104), 9, 5) +
    pair(5, create('line 4\\values.csv', disposition=5, access=0x12019f), created(FID(5), 3), 10, 5) +
    pair(9, write(FID(5), b'12.7;soup;ok\r\n' * 80), written(1120), 11, 5) +
    pair(9, write(FID(5), NOISE[:300]), written(300), 12, 5))

REFUSED = [('>', nbss(b('called', nbname('NC-09', 0x20)) + b('calling', nbname('HMI-07', 0)), 0x81)), ('<', nbss(f('not present', '<B', 0x82), 0x83))]


def floor(*parts):
    return b''.join(struct.pack('<H', len(p)) + p for p in parts)


def tower(interface, port):
    floors = [floor(b'\x0d' + guid(interface) + struct.pack('<H', 2), struct.pack('<H', 0)), floor(b'\x0d' + NDR, struct.pack('<H', 0)), floor(b'\x0b', b'\0\0'), floor(b'\x07', struct.pack('>H', port)), floor(b'\x09', bytes(4))]
    return struct.pack('<H', len(floors)) + b''.join(floors)


def map_request(t):
    return struct.pack('<III', 0, 2, len(t)) + struct.pack('<I', len(t)) + t + bytes(-len(t) % 4) + bytes(20) + struct.pack('<I', 4)


def map_response(t):
    return bytes(20) + struct.pack('<IIIII', 1, 4, 0, 1, 3) + struct.pack('<II', len(t), len(t)) + t + bytes(-len(t) % 4) + struct.pack('<I', 0)


DCERPC = [('>', bind((EPM, 3))), ('<', bind_ack(port='135')),
          ('>', call(3, map_request(tower(SVCCTL, 0)))), ('<', result(map_response(tower(SVCCTL, 49669)))),
          ('>', bind((SVCCTL, 2), (ATSVC, 1), call=3, auth=ntlm_negotiate(), kind=14)), ('<', bind_ack(3, '135', ntlm_challenge('PLANT', 'FILES1', 'PLANT', 'files1'))),
          ('>', rpc(16, f('pad', '<I', 0), 3, ntlm_authenticate('PLANT', 'engineer', 'HMI-07', nt=24, ess=True))),
          ('>', call(19, number=4)), ('<', fault(0x1c010003, 4))]

BROWSE = b'\x01\0' + struct.pack('<I', 720000) + b'HMI-07'.ljust(16, b'\0') + bytes([6, 1]) + struct.pack('<I', 0x00011003) + bytes([15, 1, 0x55, 0xaa]) + b'line 3\0'


def mailslot():
    name = b'\\MAILSLOT\\BROWSE\0'
    at = 32 + 1 + 34 + 2 + len(name)
    words = (f('total', '<HH', 0, len(BROWSE)) + f('max', '<HHBB', 0, 0, 0, 0) + f('flags', '<H', 0) + f('timeout', '<I', 1000) + f('reserved', '<H', 0) + f('parameters', '<HH', 0, 0) +
             f('data', '<HH', len(BROWSE), at) + f('setups', '<BB', 3, 0) + f('write, priority, class', '<HHH', 1, 1, 2))
    return smb1(0x25, block(words, b('name', name) + b('announcement', BROWSE)), 0, unicode=False, nt=False, pid=0)


STREAMS = {'smb3': (445, SMB3), 'pipes': (445, PIPES), 'kerberos': (445, KERBEROS), 'smb1': (139, SMB1), 'probes': (445, PROBES), 'refused': (139, REFUSED), 'dcerpc': (135, DCERPC), 'spoilt': (445, SPOILT)}


def checksum(content):
    total = sum(struct.unpack('!%dH' % ((len(content) + 1) // 2), content + b'\0' * (len(content) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


CLIENT, SERVER = ('020000000010', '10.10.1.10'), ('020000000020', '10.10.1.20')


def ip(dotted):
    return bytes(int(part) for part in dotted.split('.'))


class Capture:
    def __init__(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.file = open(path, 'wb')
        self.file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        self.us, self.number, self.seq = 1763771640 * 1000000, 0, [1000, 2000]

    def frame(self, content, lost=False):
        content += b'\0' * (60 - len(content))
        if not lost:
            self.file.write(struct.pack('<IIII', self.us // 1000000, self.us % 1000000, len(content), len(content)) + content)
        self.us += 1500

    def packet(self, src, dest, proto, content, lost=False):
        self.number += 1
        head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(content), self.number, 0x4000, 64, proto, 0) + ip(src[1]) + ip(dest[1])
        head = head[:10] + struct.pack('!H', checksum(head)) + head[12:]
        self.frame(bytes.fromhex(dest[0] + src[0]) + b'\x08\0' + head + content, lost)

    def segment(self, side, port, flags, content=b'', lost=False):
        src, dest = (CLIENT, SERVER) if side == 0 else (SERVER, CLIENT)
        ports = (49152, port) if side == 0 else (port, 49152)
        tcp = struct.pack('!HHIIBBHHH', *ports, self.seq[side], self.seq[1 - side] if flags != 2 else 0, 0x50, flags, 8192, 0, 0)
        pseudo = ip(src[1]) + ip(dest[1]) + struct.pack('!BBH', 0, 6, len(tcp) + len(content))
        tcp = tcp[:16] + struct.pack('!H', checksum(pseudo + tcp + content)) + tcp[18:] + content
        self.packet(src, dest, 6, tcp, lost)
        self.seq[side] += len(content) + (1 if flags & 3 else 0)


def main():
    top = os.path.dirname(os.path.abspath(__file__))
    for name, (port, steps) in STREAMS.items():
        c = Capture(os.path.join(top, name, 'input.pcap'))
        for side, flags in ((0, 2), (1, 0x12), (0, 0x10)):
            c.segment(side, port, flags)
        for mark, message in steps:
            c.segment(0 if mark[-1] == '>' else 1, port, 0x18, raw(message), mark[0] == '!')
        for side, flags in ((0, 0x11), (1, 0x11), (0, 0x10)):
            c.segment(side, port, flags)
        c.file.close()
    c = Capture(os.path.join(top, 'datagrams', 'input.pcap'))
    names = nbname('HMI-07', 0x20) + nbname('PLANT', 0x1d)
    message = raw(mailslot())
    datagram = struct.pack('!BBH', 0x11, 2, 1) + ip(CLIENT[1]) + struct.pack('!HHH', 138, len(names) + len(message), 0) + names + message
    torn = datagram.replace(nbname('PLANT', 0x1d)[1:3], b'\xfb\x7f', 1)
    for content in (datagram, torn):
        c.packet(CLIENT, ('ffffffffffff', '10.10.1.255'), 17, struct.pack('!HHHH', 138, 138, 8 + len(content), 0) + content)
    frame = lambda control, command, ends, content: b'\xf0\xf0' + control + struct.pack('<HHBBHHHBB', 14, 0xefff, command, 0, 0, 1, 2, *ends) + content
    ask = raw(smb1(0x2b, block(f('echoes', '<H', 1), b('data', b'hello')), 5, unicode=False, nt=False))
    answer = raw(smb1(0x2b, block(f('number', '<H', 1), b('data', b'hello')), 5, response=True, unicode=False, nt=False))
    for src, dest, content in ((CLIENT, SERVER, frame(b'\0\0', 0x15, (3, 4), ask[:20])), (CLIENT, SERVER, frame(b'\2\0', 0x16, (3, 4), ask[20:])), (SERVER, CLIENT, frame(b'\0\4', 0x16, (4, 3), answer))):
        c.frame(bytes.fromhex(dest[0] + src[0]) + struct.pack('!H', len(content)) + content)
    c.file.close()


if __name__ == '__main__':
    main()
