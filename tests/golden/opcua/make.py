#!/usr/bin/env python3
"""make.py: writes the made-up captures of this folder (NAME/input.pcap). Needs scapy. Afterwards tests/golden.sh --accept.

The encoders follow OPC 10000-6, chapter 5; each scene says what it shows.
"""
import pathlib, struct
from scapy.all import Ether, IP, TCP, Raw, wrpcap

HERE = pathlib.Path(__file__).parent
NONE = 'http://opcfoundation.org/UA/SecurityPolicy#None'
GOOD, EPOCH = 0, 116444736000000000
T0 = EPOCH + 17672256 * 10 ** 9   # 2026-01-01


def u8(v): return struct.pack('<B', v)
def u16(v): return struct.pack('<H', v)
def u32(v): return struct.pack('<I', v)
def i64(v): return struct.pack('<q', v)
def f64(v): return struct.pack('<d', v)
def string(v): return u32(0xffffffff) if v is None else u32(len(v)) + (v.encode() if isinstance(v, str) else v)
def array(items): return u32(len(items)) + b''.join(items)
def num(i, ns=0): return b'\2' + u16(ns) + u32(i) if ns > 255 or i > 65535 else b'\1' + u8(ns) + u16(i)
def name(s, ns=1): return b'\3' + u16(ns) + string(s)
def guid(b, ns=1): return b'\4' + u16(ns) + b
def opaque(b, ns=1): return b'\5' + u16(ns) + string(b)
def expanded(uri, s, server=1): return b'\xc3' + u16(0) + string(s) + string(uri) + u32(server)
def qname(s, ns=0): return u16(ns) + string(s)
def text(s): return b'\3' + string('en') + string(s)
def ext(i, body): return num(i) + b'\1' + string(body)
NO_EXT, NULL_ID, NO_DIAG = b'\0\0\0', b'\0\0', array([])


def variant(t, body): return u8(t) + body
def variants(t, items, dims=None):
    return u8(t | 0x80 | (0x40 if dims else 0)) + array(items) + (array([u32(d) for d in dims]) if dims else b'')


def value(v=None, status=None, source=None):
    mask = (1 if v else 0) | (2 if status is not None else 0) | (4 if source else 0) | 8
    return u8(mask) + (v or b'') + (u32(status) if status is not None else b'') + (i64(source) if source else b'') + i64(T0)


def diag(symbol, txt, info, inner):
    return u8(0x01 | 0x04 | 0x10 | 0x20 | 0x40) + u32(symbol) + u32(txt) + string(info) + u32(inner) + u8(0)


def app(uri, product, label, kind, urls): return string(uri) + string(product) + text(label) + u32(kind) + string(None) + string(None) + array([string(u) for u in urls])
def req_head(token=NULL_ID): return token + i64(T0) + u32(1) + u32(0) + string(None) + u32(5000) + NO_EXT
def rsp_head(status=GOOD, diagnostic=b'\0', strings=()): return i64(T0) + u32(1) + u32(status) + diagnostic + array([string(s) for s in strings]) + NO_EXT


class Flow:
    """One TCP connection; every call is a segment, a millisecond after the one before."""
    def __init__(self, port=4840, client='192.0.2.10', server='192.0.2.20'):
        self.packets, self.now, self.channel = [], 1790000000.0, 7
        self.ends = [(client, 50000, '02:00:00:00:00:0a', 1000), (server, port, '02:00:00:00:00:14', 5000)]
        self.seq, self.number, self.request = [1000, 5000], [0, 0], 0
        self.send(0, b'', 'S'), self.send(1, b'', 'SA'), self.send(0, b'', 'A')

    def send(self, who, data, flags='PA'):
        a, b = self.ends[who], self.ends[1 - who]
        p = Ether(src=a[2], dst=b[2]) / IP(src=a[0], dst=b[0], id=len(self.packets) + 1) / TCP(
            sport=a[1], dport=b[1], seq=self.seq[who], ack=self.seq[1 - who] if flags != 'S' else 0, flags=flags)
        p = p / Raw(data) if data else p
        self.now += 0.001
        p.time = self.now
        self.packets.append(p)
        self.seq[who] += len(data) + (1 if 'S' in flags or 'F' in flags else 0)

    def write(self, folder):
        (HERE / folder).mkdir(exist_ok=True)
        wrpcap(str(HERE / folder / 'input.pcap'), self.packets)

    def hello(self, who, tag, body): self.send(who, tag + b'F' + u32(8 + len(body)) + body)

    def hands(self, client=0, receive=65536, message=0, chunks=0):
        limits = u32(0) + u32(receive) + u32(receive) + u32(message) + u32(chunks)
        self.hello(client, b'HEL', limits + string('opc.tcp://plc:4840/'))
        self.hello(1 - client, b'ACK', limits)

    def number_of(self, who):
        self.number[who] += 1
        return u32(self.number[who])

    def open(self, client=0, policy=NONE, cert=None, thumb=None):
        def opn(who, body):
            body = u32(self.channel) + string(policy) + string(cert) + string(thumb) + self.number_of(who) + u32(1) + body
            self.send(who, b'OPNF' + u32(8 + len(body)) + body)
        opn(client, num(446) + req_head() + u32(0) + u32(0) + u32(1) + string(None) + u32(3600000))
        opn(1 - client, num(449) + rsp_head() + u32(0) + u32(self.channel) + u32(3) + i64(T0) + u32(3600000) + string(None))
        self.request = 1

    def chunk(self, who, flag, request, body, tag=b'MSG'):
        body = u32(self.channel) + u32(3) + self.number_of(who) + u32(request) + body
        self.send(who, tag + flag + u32(8 + len(body)) + body)

    def ask(self, service, body, client=0):
        self.request += 1
        self.chunk(client, b'F', self.request, num(service) + req_head(self.token) + body)

    def answer(self, service, body, client=0, head=None): self.chunk(1 - client, b'F', self.request, num(service) + (head or rsp_head()) + body)

    def call(self, service, req, rsp, response=None):
        self.ask(service, req)
        self.answer(response or service + 3, rsp)

    token = NULL_ID

    def session(self, identity):
        server = app('urn:plc', 'urn:product', 'PLC', 0, ['opc.tcp://plc:4840/'])
        token_policy = string('p') + u32(1) + string(None) + string(None) + string(None)
        endpoint = (string('opc.tcp://plc:4840/') + server + string(b'no certificate') + u32(1) + string(NONE) + array([token_policy]) +
                    string('http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary') + u8(0))
        self.call(428, string('opc.tcp://plc:4840/') + array([]) + array([]), array([endpoint]))
        self.call(461, app('urn:hmi', 'urn:hmi:product', 'HMI', 1, ['opc.tcp://hmi:4841/']) + string(None) + string('opc.tcp://plc:4840/') +
                  string('line 3') + string(b'n' * 32) + string(b'no certificate either') + f64(60000) + u32(0),
                  name('session-1') + guid(bytes(range(16))) + f64(30000) + string(b'n' * 32) + string(b'no certificate') + array([endpoint]) +
                  array([]) + string(None) + string(None) + u32(0))
        self.token = guid(bytes(range(16)))
        self.call(467, string(None) + string(None) + array([]) + array([]) + identity + string(None) + string(None), string(None) + NO_DIAG + NO_DIAG)


def started(identity=None):
    f = Flow()
    f.hands(), f.open()
    f.session(identity or ext(321, string('anonymous')))
    return f


def all_values():
    """one value of each built-in type, alone and in lists"""
    g = bytes(range(16))
    scalars = [(1, u8(1)), (2, b'\xfe'), (3, u8(200)), (4, struct.pack('<h', -300)), (5, u16(60000)), (6, struct.pack('<i', -70000)), (7, u32(4000000000)),
               (8, i64(-2 ** 60)), (8, i64(-5)), (9, struct.pack('<Q', 2 ** 63)), (9, struct.pack('<Q', 5)), (10, struct.pack('<f', 1.5)), (11, f64(-2.25)),
               (12, string('text "quoted"')), (12, string(None)), (13, i64(T0)), (14, g), (15, string(bytes(range(80)))), (16, string('<a/>')),
               (17, b'\0\x55'), (17, num(85)), (17, num(70000, 300)), (17, name('s')), (17, guid(g)), (17, opaque(b'opaque')), (18, expanded('urn:ns', 'far')),
               (19, u32(0x80340000)), (19, u32(0x8fff0000)), (20, qname('q', 3)), (21, text('locale')), (22, ext(886, f64(0) + f64(100))),
               (23, value(variant(6, u32(9)))), (25, diag(0, 1, 'inner text', 0x80020000)), (30, string(b'\1\2'))]
    out = [value(variant(t, b), source=T0) for t, b in scalars]
    out += [value(variants(6, [u32(i) for i in range(20)])), value(variants(6, [u32(i) for i in range(6)], [2, 3])), value(variants(1, [u8(1), u8(0)])),
            value(variants(12, [string('a'), string('b')])), value(variants(24, [variant(6, u32(1)), variant(12, string('mixed')), variants(6, [u32(1)])])),
            value(b'\0'), value(None, 0x80350000), value(variant(11, f64(7)), 0x40900480)]
    return out


def reads():
    """Read: every built-in type, arrays and matrices, statuses; what the server is; index range; values with a secret's name"""
    f = started()
    values = all_values()
    f.call(631, f64(0) + u32(3) + array([name('v%d' % i) + u32(13) + string('0:1' if i == 0 else None) + qname(None) for i in range(len(values))]),
           array(values) + NO_DIAG)
    build = string('urn:product') + string('Factory') + string('PLC') + string('1.2.3') + string('77') + i64(T0)
    f.call(631, f64(0) + u32(3) + array([num(2256) + u32(13) + string(None) + qname(None)]), array([value(variant(22, ext(864, i64(T0) + i64(T0) + u32(0) + build +
           u32(0) + text(''))))]) + NO_DIAG)
    parts = [(2261, 12, string('PLC')), (2262, 12, string('urn:product')), (2263, 12, string('Factory')), (2264, 12, string('1.2.4')), (2265, 12, string('78')),
             (2266, 13, i64(T0))]
    f.call(631, f64(0) + u32(3) + array([num(i) + u32(13) + string(None) + qname(None) for i, _, _ in parts]), array([value(variant(t, b)) for _, t, b in parts]) + NO_DIAG)
    f.call(673, array([name('Cell.SetPoint') + u32(13) + string('1') + value(variant(11, f64(12.5))),
                       name('Users.admin.Password') + u32(13) + string(None) + value(variant(12, string('never shown')))]), array([u32(0), u32(0x803b0000)]) + NO_DIAG)
    raw = ext(649, b'\0' + i64(T0) + i64(T0 + 36000000000) + u32(100) + b'\0')
    f.call(664, raw + u32(0) + b'\0' + array([name('Cell.Speed') + string('1') + qname(None) + string(None)]),
           array([u32(0) + string(b'cp') + ext(658, array([value(variant(11, f64(i))) for i in range(3)]))]) + NO_DIAG)
    for service, body in ((646, u32(5) + i64(T0) + i64(T0) + array([]) + array([])), (652, i64(T0) + i64(T0) + f64(1000) + array([]) + b'\0' * 5), (655, array([]) + b'\0'),
                          (649, b'\1' + i64(T0) + i64(T0) + u32(0) + b'\0')):
        f.call(664, ext(service, body) + u32(0) + b'\0' + array([]), array([]) + NO_DIAG)
    for service, body in ((682, u32(1) + array([value(variant(11, f64(1)))])), (11300, u32(1) + array([])), (685, u32(1) + array([]) + array([]) + array([])),
                          (688, b'\0' + i64(T0) + i64(T0 + 10)), (691, array([i64(T0)])), (694, array([string(b'id')]))):
        f.call(700, array([ext(service, name('Cell.Speed') + body)]), array([u32(0) + array([u32(0)]) + array([b'\0'])]) + NO_DIAG)
    f.write('values')


def services():
    """the other services: browsing, nodes, references, methods, subscriptions, discovery"""
    f = started(ext(324, string('p') + string('operator') + string('never shown') + string(None)))
    reference = num(35) + b'\1' + name('Cell') + qname('Cell', 1) + text('Cell') + u32(1) + num(58)
    f.call(527, NULL_ID + i64(0) + u32(0) + u32(100) + array([num(85) + u32(0) + num(33) + b'\1' + u32(0) + u32(63)]),
           array([u32(0) + string(b'more') + array([reference])]) + NO_DIAG)
    f.call(533, b'\0' + array([string(b'more')]), array([u32(0) + string(None) + array([])]) + NO_DIAG)
    f.call(554, array([num(84) + array([num(35) + b'\0\1' + qname('Objects'), num(35) + b'\0\1' + qname('Cell', 1)])]), array([u32(0) + array([name('Cell') + u32(0xffffffff)])]) + NO_DIAG)
    f.call(560, array([name('Cell.Speed')]), array([num(5, 1)]))
    f.call(566, array([num(5, 1)]), b'')
    f.call(488, array([num(85) + num(35) + name('New') + qname('New', 1) + u32(1) + NO_EXT + num(58)]), array([u32(0) + name('New')]) + NO_DIAG)
    f.call(494, array([name('New') + num(35) + b'\1' + string(None) + name('Cell') + u32(1)]), array([u32(0)]) + NO_DIAG)
    f.call(506, array([name('New') + num(35) + b'\1' + name('Cell') + b'\1']), array([u32(0)]) + NO_DIAG)
    f.call(500, array([name('New') + b'\1']), array([u32(0x80340000)]) + NO_DIAG)
    arguments = [variant(7, u32(7)), variant(1, u8(1)), variant(12, string('recipe')), variants(6, [u32(i) for i in range(20)]), variants(12, [string('a')]),
                 variants(1, [u8(1), u8(0)]), variants(6, [u32(i) for i in range(4)], [2, 2]), variant(22, ext(884, f64(0) + f64(1)))]
    f.call(712, array([name('Cell') + name('Cell.Start') + array(arguments), num(24290) + num(24304) + array([variant(12, string('new')), variant(12, string('never shown'))]),
                       num(14443) + num(15215) + array([variant(12, string('group'))])]),
           array([u32(0) + array([u32(0)]) + array([diag(0, 0, 'x', 0)]) + array(arguments), u32(0x801f0000) + array([]) + array([]) + array([]),
                  u32(0) + array([]) + array([]) + array([variant(15, string('never shown'))])]) + NO_DIAG)
    f.call(787, f64(100) + u32(60) + u32(10) + u32(1000) + b'\1' + u8(5), u32(42) + f64(200) + u32(60) + u32(10))
    f.call(793, u32(42) + f64(50) + u32(60) + u32(10) + u32(0) + u8(6), f64(100) + u32(60) + u32(10))
    f.call(751, u32(42) + u32(2) + array([name('Cell.Speed') + u32(13) + string(None) + qname(None) + u32(2) + u32(9) + f64(100) + NO_EXT + u32(1) + b'\1']),
           array([u32(0) + u32(77) + f64(250) + u32(1) + NO_EXT]) + NO_DIAG)
    f.call(763, u32(42) + u32(2) + array([u32(77) + u32(9) + f64(500) + NO_EXT + u32(2) + b'\1']), array([u32(0) + f64(500) + u32(2) + NO_EXT]) + NO_DIAG)
    f.call(769, u32(42) + u32(1) + array([u32(77)]), array([u32(0)]) + NO_DIAG)
    f.call(799, b'\1' + array([u32(42)]), array([u32(0)]) + NO_DIAG)
    arguments = arguments[:7] + [variant(22, ext(884, b''))]
    changes = array([u32(9) + value(v, 0x40900000 if i == 0 else None, T0) for i, v in enumerate(arguments)]) + NO_DIAG
    events = array([u32(10) + array([variant(12, string('event'))])])
    note = u32(1) + i64(T0) + array([ext(811, changes), ext(916, events), ext(820, u32(0x800a0000) + b'\0')])
    f.call(826, array([u32(42) + u32(1)]), u32(42) + array([u32(1)]) + b'\0' + note + array([]) + NO_DIAG)
    f.call(832, u32(42) + u32(1), note)
    f.call(781, u32(42) + array([u32(77)]), array([u32(0)]) + NO_DIAG)
    f.call(847, array([u32(42)]), array([u32(0)]) + NO_DIAG)
    f.call(422, string('opc.tcp://plc:4840/') + array([]) + array([]), array([app('urn:plc', 'urn:product', 'PLC', 0, ['opc.tcp://plc:4840/'])]))
    f.call(12208, u32(0) + u32(0) + array([]), i64(T0) + array([u32(1) + string('PLC') + string('opc.tcp://plc:4840/') + array([string('DA'), string('HD')])]), 12209)
    f.call(437, string('urn:plc') + string('urn:product') + array([text('PLC')]) + u32(0) + string(None) + array([string('opc.tcp://plc:4840/')]) + string(None) + b'\1', b'')
    f.call(473, b'\1', b'')
    f.request += 1
    f.chunk(0, b'F', f.request, num(452) + req_head(f.token), b'CLO')
    f.write('services')


def trouble():
    """faults with diagnostics, aborted messages, broken limits, requests without an answer, an error that ends the connection"""
    f = started(ext(327, string('p') + string(b'no certificate')))
    f.ask(631, f64(0) + u32(3) + array([num(2258) + u32(13) + string(None) + qname(None)]))
    f.chunk(1, b'F', f.request, num(397) + rsp_head(0x80340000, diag(0, 1, 'look at the node', 0x80040000), ['BadNode', 'the node is not known']))
    f.request += 1
    f.chunk(0, b'C', f.request, num(631) + req_head(f.token) + f64(0))
    f.chunk(0, b'A', f.request, u32(0x80b80000) + string('too large'))
    f.ask(631, f64(0) + u32(3) + array([num(2258) + u32(13) + string(None) + qname(None)]))
    f.chunk(1, b'C', f.request, num(634))
    f.chunk(1, b'A', f.request, u32(0x80b90000) + string('response too large'))
    f.ask(673, array([name('Long') + u32(13) + string(None) + value(variant(12, string('x' * 9000)))]))
    f.answer(676, array([u32(0)]) + NO_DIAG)
    f.ask(631, f64(0) + u32(3) + array([name('File') + u32(13) + string(None) + qname(None)]))
    body = num(634) + rsp_head() + array([value(variant(12, string('first'))), value(variant(15, string(b'\0' * 70000)))]) + NO_DIAG
    for at in range(0, len(body), 30000):
        f.chunk(1, b'C' if at + 30000 < len(body) else b'F', f.request, body[at:at + 30000])
    f.call(567 - 1, array([name('x' * 2000)]), b'')
    f.ask(712, array([name('File') + name('File.Write') + array([variant(7, u32(1)), variant(15, string(b'\0' * 9000))])]))
    f.answer(715, array([u32(0) + array([]) + array([]) + array([])]) + NO_DIAG)
    values = array([value(variant(11, f64(i))) for i in range(480)])
    f.call(700, array([ext(682, name('Cell.Speed') + u32(1) + values), ext(691, name('Cell.Load') + array([i64(T0)]))]), array([u32(0) + array([]) + array([])] * 2) + NO_DIAG)
    f.call(664, ext(655, array([i64(T0 + i) for i in range(1030)]) + b'\0') + u32(0) + b'\0' + array([name('Cell.Speed') + string(None) + qname(None) + string(None)]),
           array([u32(0) + string(None) + ext(658, array([]))]) + NO_DIAG)
    f.ask(712, array([name('Cell') + name('Cell.Stop') + array([])]))
    f.hello(1, b'ERR', u32(0x80810000) + string('the server shuts down'))
    f.write('trouble')


def limits():
    """chunks and messages larger than HEL and ACK allow, too many chunks, a chunk type and a message type that do not exist"""
    f = Flow(port=49000)
    f.hands(receive=8192, message=1000, chunks=2), f.open()
    body = num(631) + req_head() + f64(0) + u32(3) + array([name('x' * 400) + u32(13) + string(None) + qname(None) for _ in range(4)])
    f.request += 1
    f.chunk(0, b'F', f.request, body)
    f.request += 1
    for part in (body[:100], body[100:200], body[200:]):
        f.chunk(0, b'F' if part == body[200:] else b'C', f.request, part)
    f.request += 1
    short = num(631) + req_head() + f64(0) + u32(3) + array([num(2258) + u32(13) + string(None) + qname(None)])
    for flag, part in ((b'C', short[:20]), (b'C', short[20:40]), (b'F', short[40:])):
        f.chunk(0, flag, f.request, part)
    f.request += 1
    f.chunk(0, b'X', f.request, num(631) + req_head())
    f.send(0, b'PWN?' + u32(12) + b'junk')
    f.ask(673, array([name('x') + u32(13) + string(None) + value(variant(12, string('y' * 9000)))]))
    f.write('limits')


def reverse():
    """the server opens the connection (RHE), and the requests come from its other end"""
    f = Flow(port=4844)
    f.hello(0, b'RHE', string('urn:plc') + string('opc.tcp://plc:4840/'))
    f.hands(client=1), f.open(client=1)
    f.ask(631, f64(0) + u32(3) + array([num(2258) + u32(13) + string(None) + qname(None)]), client=1)
    f.answer(634, array([value(variant(13, i64(T0)))]) + NO_DIAG, client=1)
    f.write('reverse')


def certificates():
    """OPN with a certificate that is none; a token that is issued by somebody else"""
    f = Flow()
    f.hands(), f.open(cert=b'no certificate', thumb=bytes(range(20)))
    f.session(ext(940, string('p') + string(b'never shown') + string('http://www.w3.org/2001/04/xmlenc#rsa-oaep')))
    f.write('odd_certificates')


for scene in (reads, services, trouble, limits, reverse, certificates):
    scene()
