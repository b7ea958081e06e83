"""The messages of the golden captures of DNS (RFC 1035). A step is ('>', message) of the client, ('<', message) of the server, ('s', seconds) of silence."""
import struct

TCP, UDP = 6, 17
A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, OPT, RRSIG, AXFR = 1, 2, 5, 6, 12, 15, 16, 28, 33, 41, 46, 252
RESPONSE, AUTHORITATIVE, TRUNCATED, RECURSE, RECURSES = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080
NOTIFY, UPDATE = 4 << 11, 5 << 11
NXDOMAIN, BADVERS = 3, 16


def name(*labels):
    return b''.join(bytes([len(n)]) + n for n in (label if isinstance(label, bytes) else label.encode() for label in labels)) + b'\0'


def dotted(text):
    return name(*text.split('.')) if text else b'\0'


def to(at):
    return struct.pack('!H', 0xc000 | at)


Q = to(12)  # the name asked for


def question(text, kind=A, of=1):
    return (text if isinstance(text, bytes) else dotted(text)) + struct.pack('!HH', kind, of)


def record(who, kind, data, ttl=300, of=1):
    return who + struct.pack('!HHIH', kind, of, ttl, len(data)) + data


def message(number, flags, questions=(), answers=(), authorities=(), additional=()):
    parts = (questions, answers, authorities, additional)
    return struct.pack('!HH4H', number, flags, *map(len, parts)) + b''.join(b''.join(p) for p in parts)


def ask(number, text, kind=A, flags=RECURSE, **more):
    return message(number, flags, [question(text, kind)], **more)


def answer(number, text, kind, answers, flags=RESPONSE | RECURSE | RECURSES, **more):
    return message(number, flags, [question(text, kind)], answers, **more)


def over_tcp(*messages):
    return b''.join(struct.pack('!H', len(m)) + m for m in messages)


EDNS = record(b'\0', OPT, b'', ttl=0, of=1232)

RESOLVER = [
    ('>', ask(0x1001, 'update.VENDOR.example', additional=[EDNS])), ('>', ask(0x1002, 'update.VENDOR.example', AAAA)),
    ('<', answer(0x1002, 'update.VENDOR.example', AAAA, [record(Q, AAAA, bytes.fromhex('20010db8000000000000000000000007'))])),
    ('<', answer(0x1001, 'update.VENDOR.example', A, [record(Q, CNAME, name('edge')), record(dotted('edge'), A, bytes([198, 51, 100, 7]))],
                 additional=[EDNS])),
    # asked in mixed letters, answered in small ones
    ('>', ask(0x1003, 'Plant-PC7.Factory.Example')), ('<', answer(0x1003, 'plant-pc7.factory.example', A, [], RESPONSE | AUTHORITATIVE | NXDOMAIN,
                                                               authorities=[record(to(22), SOA, dotted('ns1') + dotted('admin') + struct.pack('!5I', 1, 2, 3, 4, 5))])),
    ('>', ask(0x1004, '7.10.10.10.in-addr.arpa', PTR)), ('<', answer(0x1004, '7.10.10.10.in-addr.arpa', PTR, [record(Q, PTR, dotted('hmi7.factory.example'))])),
    ('>', ask(0x1005, 'factory.example', MX)), ('<', answer(0x1005, 'factory.example', MX, [record(Q, MX, b'\0\x0a' + name('mail') [:-1] + Q)])),
    ('>', ask(0x1006, 'factory.example', TXT)), ('<', answer(0x1006, 'factory.example', TXT, [record(Q, TXT, b'\x06v=spf1\x05 -all')])),
    ('>', ask(0x1007, '_ldap._tcp.factory.example', SRV)), ('<', answer(0x1007, '_ldap._tcp.factory.example', SRV, [record(Q, SRV, struct.pack('!HHH', 0, 100, 389) + dotted('dc1'))])),
    ('>', ask(0x1008, '', NS)), ('<', answer(0x1008, '', NS, [record(Q, NS, dotted('a.root-servers.net')), record(Q, RRSIG, bytes(30))])),
    ('>', ask(0x1009, 'factory.example', SOA)), ('<', answer(0x1009, 'factory.example', SOA, [record(Q, SOA, dotted('ns1.factory.example') + dotted('admin') + bytes(20))])),
    ('>', ask(0x100a, 'big.example', TXT)), ('<', answer(0x100a, 'big.example', TXT, [], RESPONSE | TRUNCATED | RECURSE | RECURSES)),
    ('>', message(0x100b, RECURSE, [question('version.bind', TXT, 3)])), ('<', message(0x100b, RESPONSE | 5, [question('version.bind', TXT, 3)])),
    ('>', ask(0x100c, 'edns.example', additional=[record(b'\0', OPT, b'', ttl=1 << 16, of=1232)])),
    ('<', answer(0x100c, 'edns.example', A, [], RESPONSE, additional=[record(b'\0', OPT, b'', ttl=1 << 24, of=1232)]))]

ODD = [
    # a dot and a backslash within a label, bytes that are no text, a name of another script as it is encoded, and as it is not
    ('>', ask(0x2001, name('evil.example', 'a\\b', 'example'))), ('>', ask(0x2002, name(b'\xff\x00\x07', 'example'))),
    ('>', ask(0x2003, 'xn--wgv71a119e.example')), ('>', ask(0x2004, '日本語.example')),
    # two questions
    ('>', message(0x2005, RECURSE, [question('one.example'), question('two.vendor.example', AAAA)])),
    # asked again under the same number; answered twice
    ('>', ask(0x2006, 'again.example')), ('s', 1), ('>', ask(0x2006, 'again.example')),
    ('<', answer(0x2006, 'again.example', A, [record(Q, A, bytes([192, 0, 2, 1]))])), ('<', answer(0x2006, 'again.example', A, [record(Q, A, bytes([192, 0, 2, 1]))])),
    # the number used for something else while the first waits; an answer to what nobody asked
    ('>', ask(0x2007, 'first.example')), ('>', ask(0x2007, 'second.example')),
    ('<', answer(0x2007, 'second.example', A, [record(Q, A, bytes([192, 0, 2, 2]))])), ('<', answer(0x2007, 'third.example', A, [record(Q, A, bytes([192, 0, 2, 3]))])),
    # an answer without its question
    ('>', ask(0x2008, 'refused.example')), ('<', message(0x2008, RESPONSE | 1)),
    # a change of the zone, and its neighbour is told
    ('>', message(0x2009, UPDATE, [question('factory.example', SOA)], authorities=[record(dotted('hmi7'), A, b'', 0, 255), record(dotted('hmi7'), A, bytes([10, 10, 10, 7]))])),
    ('<', message(0x2009, UPDATE | RESPONSE, [question('factory.example', SOA)])),
    ('>', message(0x200a, NOTIFY | AUTHORITATIVE, [question('factory.example', SOA)])), ('<', message(0x200a, NOTIFY | RESPONSE | AUTHORITATIVE, [question('factory.example', SOA)])),
    # names that lead to themselves, are too long, or end nowhere; an answer that is not there; half a head
    ('>', message(0x2010, RECURSE, [to(12) + struct.pack('!HH', 1, 1)])), ('>', ask(0x2011, name('a' * 63, 'b' * 63, 'c' * 63, 'd' * 62))),
    ('>', message(0x2012, RECURSE, [b'\x40' + bytes(64)])), ('<', answer(0x2013, 'x.example', A, [record(to(0x40), A, bytes(4))])[:-3]),
    ('<', answer(0x2014, 'loop.example', CNAME, [record(Q, CNAME, to(42))])), ('>', b'\x20\x15\x01\x00\x00'),
    # the longest name there is
    ('>', ask(0x2016, name('a' * 63, 'b' * 63, 'c' * 63, 'd' * 61))),
    ('<', answer(0x2016, name('a' * 63, 'b' * 63, 'c' * 63, 'd' * 61), A, [record(Q, A, bytes([192, 0, 2, n])) for n in range(30)]))]

ZONE = [record(dotted('host%d.factory.example' % n), A, bytes([10, 10, 10, n]), 3600) for n in range(200)]
FIRST, SECOND = ask(0x3001, 'one.example', flags=RECURSE), ask(0x3002, 'two.example', flags=RECURSE)
STREAM = [
    # two at once, answered in the other order, in pieces
    ('>', over_tcp(FIRST, SECOND)),
    ('<', over_tcp(answer(0x3002, 'two.example', A, [record(Q, A, bytes([192, 0, 2, 2]))]))[:1]),
    ('<', over_tcp(answer(0x3002, 'two.example', A, [record(Q, A, bytes([192, 0, 2, 2]))]))[1:30]),
    ('<', over_tcp(answer(0x3002, 'two.example', A, [record(Q, A, bytes([192, 0, 2, 2]))]))[30:] + over_tcp(answer(0x3001, 'one.example', A, [record(Q, A, bytes([192, 0, 2, 1]))]))),
    # a zone in three messages, of which one is longer than what is read of it
    ('>', over_tcp(ask(0x3003, 'factory.example', AXFR, 0))),
    ('<', over_tcp(answer(0x3003, 'factory.example', AXFR, ZONE, RESPONSE | AUTHORITATIVE))), ('<', over_tcp(message(0x3003, RESPONSE | AUTHORITATIVE, answers=ZONE[:5]))),
    ('<', over_tcp(answer(0x3003, 'factory.example', AXFR, ZONE[:2], RESPONSE | AUTHORITATIVE))),
    ('>', over_tcp(ask(0x3004, 'late.example')))]

# Resolvers that ask one another from the port on which they answer.
NEIGHBOURS = [
    ('>', ask(0x4001, 'here.example', flags=0)), ('<', answer(0x4001, 'here.example', A, [record(Q, A, bytes([192, 0, 2, 1]))], RESPONSE | AUTHORITATIVE)),
    ('<', ask(0x4002, 'there.example', flags=0)), ('>', answer(0x4002, 'there.example', A, [record(Q, A, bytes([192, 0, 2, 2]))], RESPONSE | AUTHORITATIVE)),
    ('<', ask(0x4003, 'nobody.example', flags=0))]

# A resolver that is not there.
NOBODY = [('>', ask(0x5001, 'update.vendor.example')), ('s', 5), ('>', ask(0x5001, 'update.vendor.example')), ('s', 70), ('>', ask(0x5002, 'update.vendor.example', AAAA))]

# On port 53 but nothing of the kind: a tunnel's own messages, and a line of text.
STRANGERS = [('>', b'\x38' + bytes(range(41))), ('<', b'\x40' + bytes(range(53))), ('>', b'GET / HTTP/1.0\r\n\r\n'), ('<', bytes(40))]

CAPTURES = {
    'resolver': (UDP, (49152, 53), 'one record a query with its answer: types, codes, EDNS, letters in another case.', RESOLVER),
    'odd': (UDP, (49152, 53), 'names that are escaped, numbers used again, updates; what does not hold together is an anomaly.', ODD),
    'tcp': (TCP, (49152, 53), 'pipelined and split messages over TCP, a zone transfer as one record, a query without its answer.', STREAM),
    'other_port': (TCP, (49152, 5335), 'over TCP on another port where both sides fit.', STREAM[:4]),
    'neighbours': (UDP, (53, 53), 'who asks stands in front, though both sides have port 53.', NEIGHBOURS),
    'nobody': (UDP, (49152, 53), 'who is never answered is told after a minute, and his flow was only tried.', NOBODY),
    'strangers': (UDP, (49152, 53), 'what is not DNS is none because of its port.', STRANGERS)}
