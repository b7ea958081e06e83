"""Messages of SMB, NTLMSSP and DCE/RPC put together field by field. Each function gives labelled hexadecimal digits as tests/unit/dissect_harness.h reads
them: '[label]bytes'. Only what the scenes of make.py need."""
import re
import struct
import uuid


def raw(text):
    return bytes.fromhex(re.sub(r'\[[^\]]*\]|\s', '', text))


def size(text):
    return len(raw(text))


def f(label, fmt, *values):
    return '[%s]%s ' % (label, struct.pack(fmt, *values).hex())


def b(label, data):
    return '[%s]%s ' % (label.replace(']', ''), data.hex()) if data else ''


def u(text):
    return text.encode('utf-16-le')


def guid(text):
    return uuid.UUID(text).bytes_le


def filetime(seconds):
    return (seconds + 11644473600) * 10000000


NOW = filetime(1763771640)


def nbss(message, kind=0):
    return f('nbss', '>I', kind << 24 | size(message)) + message


def nbname(name, suffix):
    plain = name.ljust(15).encode() + bytes([suffix])
    return b'\x20' + b''.join(bytes([0x41 + (c >> 4), 0x41 + (c & 15)]) for c in plain) + b'\0'


# ---- NTLMSSP, SPNEGO, Kerberos

def ntlm_negotiate(version=True):
    return b'NTLMSSP\0' + struct.pack('<II', 1, 0xe2088297 if version else 0xe0088297) + bytes(16) + (struct.pack('<BBHI', 10, 0, 17763, 0x0f000000) if version else b'')


def ntlm_challenge(target, name, domain, dns):
    av = lambda i, t: struct.pack('<HH', i, len(u(t))) + u(t)
    info = av(2, domain) + av(1, name) + av(3, dns) + struct.pack('<HH', 0, 0)
    target, at = u(target), 56
    return (b'NTLMSSP\0' + struct.pack('<IHHI', 2, len(target), len(target), at) + struct.pack('<I', 0xe28a8215) + bytes(range(8)) + bytes(8) +
            struct.pack('<HHI', len(info), len(info), at + len(target)) + struct.pack('<BBHI', 10, 0, 20348, 0x0f000000) + target + info)


def ntlm_authenticate(domain, user, host, lm=24, nt=60, ess=False):
    parts = [u(domain), u(user), u(host), (b'\x11' * 8 + bytes(16) if ess else b'\x22' * lm), b'\x33' * nt]
    at, fields = 72, []
    for p in parts:
        fields.append(struct.pack('<HHI', len(p), len(p), at))
        at += len(p)
    d, us, h, l, n = fields
    return b'NTLMSSP\0' + struct.pack('<I', 3) + l + n + d + us + h + struct.pack('<HHI', 0, 0, at) + struct.pack('<I', 0xe2888215) + struct.pack('<BBHI', 10, 0, 17763, 0x0f000000) + b''.join(parts)


def der(tag, body):
    n = len(body)
    return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else b'\x82' + struct.pack('>H', n)) + body


SPNEGO, NTLM, KRB5 = (bytes.fromhex(x) for x in ('2b0601050502', '2b06010401823702020a', '2a864886f712010202'))


def neg_init(mechanism, token):
    return der(0x60, der(6, SPNEGO) + der(0xa0, der(0x30, der(0xa0, der(0x30, der(6, mechanism))) + der(0xa2, der(4, token)))))


def neg_resp(token):
    return der(0xa1, der(0x30, der(0xa0, b'\x0a\x01\x01') + der(0xa1, der(6, NTLM)) + der(0xa2, der(4, token))))


def ap_req(realm, *names):
    text = lambda t: der(0x1b, t.encode())
    sname = der(0x30, der(0xa0, b'\x02\x01\x02') + der(0xa1, der(0x30, b''.join(text(n) for n in names))))
    ticket = der(0x61, der(0x30, der(0xa0, b'\x02\x01\x05') + der(0xa1, text(realm)) + der(0xa2, sname) + der(0xa3, der(0x30, b'\x02\x01\x17'))))
    req = der(0x6e, der(0x30, der(0xa0, b'\x02\x01\x05') + der(0xa1, b'\x02\x01\x0e') + der(0xa2, b'\x03\x05\0\0\0\0\0') + der(0xa3, ticket)))
    return der(0x60, der(6, KRB5) + b'\x01\0' + req)


# ---- DCE/RPC

def rpc(kind, body, call=1, auth=b'', flags=3):
    trailer = struct.pack('<BBBBI', 10, 5, 0, 0, 0) + auth if auth else b''
    return (f('rpc version', '<BB', 5, 0) + f('type', '<B', kind) + f('flags', '<B', flags) + b('little endian', b'\x10\0\0\0') +
            f('fragment', '<H', 16 + size(body) + len(trailer)) + f('auth', '<H', len(auth)) + f('call', '<I', call) + body + b('security', trailer))


NDR = guid('8a885d04-1ceb-11c9-9fe8-08002b104860') + struct.pack('<I', 2)


def bind(*interfaces, call=1, auth=b'', kind=11):
    body = f('max', '<HHI', 4280, 4280, 0) + f('contexts', '<BBH', len(interfaces), 0, 0)
    for i, (text, major) in enumerate(interfaces):
        body += f('context', '<HBB', i, 1, 0) + b('interface', guid(text)) + f('version', '<I', major) + b('transfer syntax', NDR)
    return rpc(kind, body, call, auth)


def bind_ack(call=1, port='\\PIPE\\svcctl', auth=b''):
    name = port.encode() + b'\0'
    body = f('max', '<HHI', 4280, 4280, 0x53f0) + f('port', '<H', len(name)) + b('name', name + bytes((2 - len(name)) % 4)) + f('results', '<BBHHH', 1, 0, 0, 0, 0) + b('syntax', NDR)
    return rpc(12, body, call, auth)


def call(opnum, stub=bytes(8), context=0, number=2, object_uuid=None, auth=b''):
    body = f('hint', '<I', len(stub)) + f('context', '<H', context) + f('opnum', '<H', opnum)
    if object_uuid:
        body += b('object', guid(object_uuid))
    return rpc(0, body + b('stub', stub), number, auth, 0x83 if object_uuid else 3)


def result(stub=bytes(8), number=2):
    return rpc(2, f('hint', '<I', len(stub)) + f('context', '<HBB', 0, 0, 0) + b('stub', stub), number)


def fault(status, number=2):
    return rpc(3, f('hint', '<I', 0) + f('context', '<HBB', 0, 0, 0) + f('status', '<II', status, 0), number)


# ---- SMB 2

def smb2(command, body, mid, status=0, flags=0, tid=0, sid=0x40000000001, following=0, async_id=None):
    where = struct.pack('<Q', async_id) if async_id else struct.pack('<II', 0xfeff, tid)
    return (b('SMB2', b'\xfeSMB') + f('size', '<H', 64) + f('charge', '<H', 1) + f('status', '<I', status) + f('command', '<H', command) + f('credits', '<H', 1) +
            f('flags', '<I', flags) + f('next', '<I', following) + f('message id', '<Q', mid) + b('tree', where) + f('session', '<Q', sid) + b('signature', bytes(16)) + body)


RESPONSE, ASYNC, RELATED, SIGNED = 1, 2, 4, 8
MORE_PROCESSING, PENDING = 0xc0000016, 0x103


def ctx(kind, data, last=False):
    return struct.pack('<HHI', kind, len(data), 0) + data + (b'' if last else bytes(-len(data) % 8))


def negotiate(dialects, contexts=None, security=1, client='10000000-0000-0000-0000-000000000010'):
    head = 64 + 36 + 2 * len(dialects)
    pad = -head % 8
    body = (f('size', '<H', 36) + f('dialects', '<H', len(dialects)) + f('security', '<HH', security, 0) + f('capabilities', '<I', 0x7f) + b('client GUID', guid(client)) +
            f('contexts', '<IHH', head + pad if contexts else 0, len(contexts or []), 0) + ''.join(f('dialect', '<H', d) for d in dialects))
    if contexts:
        body += b('padding', bytes(pad)) + ''.join(b('context', ctx(k, d, i + 1 == len(contexts))) for i, (k, d) in enumerate(contexts))
    return body


def negotiated(dialect, blob=b'', contexts=None, security=1, server='20000000-0000-0000-0000-000000000020'):
    at = 64 + 64
    pad = -(at + len(blob)) % 8
    body = (f('size', '<H', 65) + f('security', '<H', security) + f('dialect', '<H', dialect) + f('contexts', '<H', len(contexts or [])) + b('server GUID', guid(server)) +
            f('capabilities', '<I', 0x2f) + f('max', '<III', 8 << 20, 8 << 20, 8 << 20) + f('time', '<Q', NOW) + f('start', '<Q', NOW - 36000000000) + f('blob', '<HH', at, len(blob)) +
            f('contexts at', '<I', at + len(blob) + pad if contexts else 0) + b('security blob', blob))
    if contexts:
        body += b('padding', bytes(pad)) + ''.join(b('context', ctx(k, d, i + 1 == len(contexts))) for i, (k, d) in enumerate(contexts))
    return body


def setup(blob):
    return f('size', '<H', 25) + f('flags, security', '<BB', 0, 1) + f('capabilities', '<II', 1, 0) + f('blob', '<HH', 88, len(blob)) + f('previous', '<Q', 0) + b('security blob', blob)


def setup_done(blob=b'', flags=0):
    return f('size', '<H', 9) + f('session flags', '<H', flags) + f('blob', '<HH', 72, len(blob)) + b('security blob', blob)


def tree(path):
    return f('size', '<HH', 9, 0) + f('path', '<HH', 72, len(u(path))) + b(path, u(path))


def tree_done(kind):
    return f('size', '<H', 16) + f('share type', '<BB', kind, 0) + f('flags', '<III', 0, 0, 0x1f01ff)


def create(name, disposition=1, access=0x120089, options=0x40):
    return (f('size', '<H', 57) + f('oplock', '<BB', 0, 0) + f('impersonation', '<IQQ', 2, 0, 0) + f('access', '<I', access) + f('attributes, share', '<II', 0x80, 7) +
            f('disposition', '<I', disposition) + f('options', '<I', options) + f('name', '<HHII', 120, len(u(name)), 0, 0) + (b(name, u(name)) or b('none', b'\0')))


def created(fid, action=1, length=0, attributes=0x80):
    return (f('size', '<HBB', 89, 0, 0) + f('action', '<I', action) + f('times', '<QQQQ', NOW - 600000000, NOW - 50000000, NOW - 60000000, NOW - 70000000) + f('allocated', '<Q', 4096) + f('length', '<Q', length) +
            f('attributes', '<II', attributes, 0) + b('file id', fid) + f('contexts', '<II', 0, 0))


def close(fid):
    return f('size', '<HHI', 24, 1, 0) + b('file id', fid)


def closed(length=0):
    return f('size', '<HHI', 60, 1, 0) + f('times', '<QQQQ', NOW - 600000000, NOW, NOW, NOW) + f('allocated', '<Q', 4096) + f('length', '<Q', length) + f('attributes', '<I', 0x80)


def read(fid, length, offset=0):
    return f('size', '<HBB', 49, 0x50, 0) + f('length', '<I', length) + f('offset', '<Q', offset) + b('file id', fid) + f('rest', '<IIIHHB', 1, 0, 0, 0, 0, 0)


def data(content):
    content = content if isinstance(content, str) else b('data', content)
    return f('size', '<HBB', 17, 80, 0) + f('length', '<III', size(content), 0, 0) + content


def write(fid, content, offset=0):
    content = content if isinstance(content, str) else b('data', content)
    return f('size', '<HH', 49, 112) + f('length', '<I', size(content)) + f('offset', '<Q', offset) + b('file id', fid) + f('rest', '<IIHHI', 0, 0, 0, 0, 0) + content


def written(length):
    return f('size', '<HH', 17, 0) + f('count', '<IIHH', length, 0, 0, 0)


def ioctl(fid, code, content):
    content = content if isinstance(content, str) else b('data', content)
    return f('size', '<HH', 57, 0) + f('code', '<I', code) + b('file id', fid) + f('input', '<II', 120, size(content)) + f('room', '<IIII', 0, 0, 0, 4280) + f('flags', '<II', 1, 0) + content


def ioctl_done(fid, code, content):
    content = content if isinstance(content, str) else b('data', content)
    return f('size', '<HH', 49, 0) + f('code', '<I', code) + b('file id', fid) + f('input', '<II', 112, 0) + f('output', '<II', 112, size(content)) + f('flags', '<II', 0, 0) + content


def find(fid, pattern):
    return f('size', '<H', 33) + f('class, flags', '<BBI', 37, 0, 0) + b('file id', fid) + f('name', '<HHI', 96, len(u(pattern)), 65536) + b(pattern, u(pattern))


def query(fid, kind, klass):
    return f('size', '<H', 41) + f('type, class', '<BB', kind, klass) + f('output', '<I', 4096) + f('input', '<HHI', 0, 0, 0) + f('more', '<II', 0, 0) + b('file id', fid)


def info_done(content=bytes(24)):
    return f('size', '<HHI', 9, 72, len(content)) + b('info', content)


def set_info(fid, kind, klass, content):
    return f('size', '<H', 33) + f('type, class', '<BB', kind, klass) + f('length', '<I', len(content)) + f('offset', '<HHI', 96, 0, 0) + b('file id', fid) + b('info', content)


def rename_info(name):
    return struct.pack('<Q', 0) + struct.pack('<QI', 0, len(u(name))) + u(name)


def error():
    return f('size', '<HHIB', 9, 0, 0, 0)


# ---- SMB 1

def smb1(command, blocks, mid, status=0, response=False, tid=0, uid=0, pid=0xfeff, unicode=True, nt=True):
    flags2 = 0x0001 | (0x8000 if unicode else 0) | (0x4000 if nt else 0)
    return (b('SMB1', b'\xffSMB') + f('command', '<B', command) + f('status', '<I', status) + f('flags', '<B', 0x98 if response else 0x18) + f('flags2', '<H', flags2) + f('pid high', '<H', 0) +
            b('signature', bytes(10)) + f('tid', '<H', tid) + f('pid', '<H', pid) + f('uid', '<H', uid) + f('mid', '<H', mid) + blocks)


def block(words='', content=''):
    return f('words', '<B', size(words) // 2) + words + f('bytes', '<H', size(content)) + content


def andx(command=0xff, at=0):
    return f('andx', '<BBH', command, 0, at)


def text(s, unicode=True):
    return (u(s) if unicode else s.encode()) + (b'\0\0' if unicode else b'\0')
