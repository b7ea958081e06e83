#!/usr/bin/env python3
"""Damages or re-wraps a capture, always in the same way: mutate.py [--seed N] HOW IN OUT

IN is pcap or pcapng (of one link type), OUT is written as pcap with nanoseconds. HOW is one of those below; NAME:N takes a number.
With --list: prints the names, those first that leave every conversation whole (SAME), then those that lose something of it (LESS).
Only the standard library is needed.
"""
import argparse
import random
import struct
import sys

ETHERNET, NULL, RAW, LOOP, SLL, IPV4, IPV6 = 1, 0, 101, 108, 113, 228, 229
TAGS = (0x8100, 0x88a8, 0x9100)
OUTER = bytes.fromhex('02000000fe0202000000fe01')  # the MAC addresses of a mirror and its collector


class Packet:
    """one record: time in ns, the bytes kept, and how many there were on the wire"""

    def __init__(self, ns, data, wire=None):
        self.ns, self.data, self.wire = ns, data, len(data) if wire is None else wire

    def with_data(self, data):
        """the same moment, other bytes; what the capture had cut off stays cut off"""
        return Packet(self.ns, data, len(data) + self.wire - len(self.data))

    def whole(self):
        return self.wire == len(self.data)


# ---- files

def read(path):
    """(link type, packets) of a pcap or a pcapng"""
    with open(path, 'rb') as f:
        raw = f.read()
    if raw[:4] == b'\x0a\x0d\x0d\x0a':
        return read_ng(raw)
    kinds = {b'\xd4\xc3\xb2\xa1': ('<', 1000), b'\xa1\xb2\xc3\xd4': ('>', 1000), b'\x4d\x3c\xb2\xa1': ('<', 1), b'\xa1\xb2\x3c\x4d': ('>', 1)}
    if raw[:4] not in kinds:
        raise SystemExit('mutate.py: %s: neither pcap nor pcapng' % path)
    order, unit = kinds[raw[:4]]
    link, at, packets = struct.unpack_from(order + 'I', raw, 20)[0] & 0x0fffffff, 24, []
    while at + 16 <= len(raw):
        s, frac, kept, wire = struct.unpack_from(order + 'IIII', raw, at)
        packets.append(Packet(s * 10**9 + frac * unit, raw[at + 16:at + 16 + kept], wire))
        at += 16 + kept
    return link, packets


def read_ng(raw):
    order, links, packets, at = '<', [], [], 0
    while at + 12 <= len(raw):
        if raw[at:at + 4] == b'\x0a\x0d\x0d\x0a':
            order, links = ('<' if raw[at + 8:at + 12] == b'\x4d\x3c\x2b\x1a' else '>'), []
        kind, size = struct.unpack_from(order + 'II', raw, at)
        body = raw[at + 8:at + size - 4]
        if kind == 1:
            link, unit, opt = struct.unpack_from(order + 'H', body)[0], 1000, 8
            while opt + 4 <= len(body):
                code, length = struct.unpack_from(order + 'HH', body, opt)
                if code == 9:
                    power = body[opt + 4]
                    unit = 10**9 / (2**(power & 127) if power & 128 else 10**power)
                if code == 0:
                    break
                opt += 4 + (length + 3) // 4 * 4
            links.append((link, unit))
        elif kind == 6:
            iface, high, low, kept, wire = struct.unpack_from(order + 'IIIII', body)
            packets.append(Packet(int((high << 32 | low) * links[iface][1]), body[20:20 + kept], wire))
        elif kind == 3:
            wire = struct.unpack_from(order + 'I', body)[0]
            packets.append(Packet(0, body[4:4 + wire], wire))
        at += max(size, 12)
    kinds = {link for link, _ in links}
    if len(kinds) > 1:
        raise SystemExit('mutate.py: more than one link type in one capture')
    return (kinds or {ETHERNET}).pop(), packets


def write(path, link, packets):
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 262144, link))
        for p in packets:
            f.write(struct.pack('<IIII', p.ns // 10**9, p.ns % 10**9, len(p.data), p.wire) + p.data)


# ---- headers

def words(data):
    """the ones' complement sum of RFC 1071"""
    data += b'\0' * (len(data) & 1)
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def ethernet(link, p):
    """the packet as an Ethernet frame, whatever it came in"""
    d = p.data
    if link == ETHERNET:
        return p
    if link == SLL:
        head, body = OUTER[:6] + d[6:12] + d[14:16], d[16:]
    else:
        body = d[4:] if link in (NULL, LOOP) else d
        head = OUTER + (b'\x86\xdd' if body[:1] and body[0] >> 4 == 6 else b'\x08\x00')
    out = Packet(p.ns, head + body)
    out.wire += p.wire - len(d)
    return out


def l3(d):
    """(where the EtherType stands, where its body starts, EtherType) of an Ethernet frame, behind its tags"""
    at = 12
    while len(d) >= at + 2 and struct.unpack_from('>H', d, at)[0] in TAGS:
        at += 4
    return (at, at + 2, struct.unpack_from('>H', d, at)[0]) if len(d) >= at + 2 else (at, at, 0)


class Segment:
    """a TCP segment in an unfragmented IP packet in an Ethernet frame: its parts, to be put together again"""

    def __init__(self, p):
        d = p.data
        _, at, kind = l3(d)
        if kind == 0x0800 and len(d) >= at + 20 and d[at + 9] == 6 and not struct.unpack_from('>H', d, at + 6)[0] & 0x3fff:
            size, end = (d[at] & 15) * 4, at + struct.unpack_from('>H', d, at + 2)[0]
            self.hosts = d[at + 12:at + 16], d[at + 16:at + 20]
        elif kind == 0x86dd and len(d) >= at + 40 and d[at + 6] == 6:
            size, end = 40, at + 40 + struct.unpack_from('>H', d, at + 4)[0]
            self.hosts = d[at + 8:at + 24], d[at + 24:at + 40]
        else:
            raise ValueError('no TCP')
        tcp = at + size
        if end > len(d) or end < tcp + 20 or (d[tcp + 12] >> 4) < 5 or tcp + (d[tcp + 12] >> 4) * 4 > end:
            raise ValueError('cut short')
        head = tcp + (d[tcp + 12] >> 4) * 4
        self.p, self.v6, self.link, self.ip, self.head, self.body = p, kind == 0x86dd, d[:at], d[at:tcp], d[tcp:head], d[head:end]
        sport, dport, self.seq, self.ack = struct.unpack_from('>HHII', self.head)
        self.flags = self.head[13]
        self.key = self.hosts[0], sport, self.hosts[1], dport

    def back(self):
        return self.key[2:] + self.key[:2]

    def built(self, seq=None, body=None, flags=None, ack=None, ns=None):
        body = self.body if body is None else body
        head = bytearray(self.head)
        struct.pack_into('>II', head, 4, (self.seq if seq is None else seq) & 0xffffffff, (self.ack if ack is None else ack) & 0xffffffff)
        head[13] = self.flags if flags is None else flags
        head[16:18] = b'\0\0'
        pseudo = b''.join(self.hosts) + struct.pack('>II', len(head) + len(body), 6)
        struct.pack_into('>H', head, 16, ~words(pseudo + bytes(head) + body) & 0xffff)
        return Packet(self.p.ns if ns is None else ns, self.link + resized(self.ip, self.v6, len(head) + len(body)) + bytes(head) + body)


def resized(ip, v6, length):
    """the IP header for that many bytes behind it"""
    ip = bytearray(ip)
    if v6:
        struct.pack_into('>H', ip, 4, length)
    else:
        struct.pack_into('>HHHBBH', ip, 2, len(ip) + length, *struct.unpack_from('>HHBB', ip, 4), 0)
        struct.pack_into('>H', ip, 10, ~words(bytes(ip)) & 0xffff)
    return bytes(ip)


def segment(p):
    try:
        return Segment(p)
    except (ValueError, IndexError, struct.error):
        return None


# ---- the mutations: each takes (packets as Ethernet frames, number, random) and gives packets

def double(packets, n, rnd):
    """a mirror port that copies both ways through a switch: each TCP segment twice"""
    return [q for p in packets for q in ((p, Packet(p.ns + 2000, p.data, p.wire)) if segment(p) else (p,))]


def swap(packets, n, rnd):
    """every N-th packet changes places with its successor; the times stay where they were"""
    out = list(packets)
    for i in range(n - 1, len(out) - 1, n):
        a, b = out[i], out[i + 1]
        out[i], out[i + 1] = Packet(a.ns, b.data, b.wire), Packet(b.ns, a.data, a.wire)
    return out


def tagged(tags):
    def wrap(packets, n, rnd):
        return [p.with_data(p.data[:12] + tags + p.data[12:]) for p in packets]
    wrap.__doc__ = '%d VLAN tag%s put in' % (len(tags) // 4, 's' * (len(tags) > 4))
    return wrap


def replaced(kind, before):
    """wraps IP packets only; before(EtherType, body) gives what stands between"""
    def wrap(packets, n, rnd):
        out = []
        for p in packets:
            at, body, ether = l3(p.data)
            left = p.wire - body
            out.append(p.with_data(p.data[:at] + kind + before(ether, left) + p.data[body:]) if ether in (0x0800, 0x86dd) else p)
        return out
    wrap.__doc__ = 'IP packets under EtherType %s' % kind.hex()
    return wrap


def tunnel(proto, before, whole_frame):
    """puts frames, or the IP packets in them, behind an outer Ethernet and IPv4 header"""
    def wrap(packets, n, rnd):
        out = []
        for i, p in enumerate(packets):
            _, body, ether = l3(p.data)
            if not whole_frame and ether not in (0x0800, 0x86dd):
                out.append(p)
                continue
            start = 0 if whole_frame else body
            inner, wire = p.data[start:], p.wire - start
            head = before(i, ether, wire)
            ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 0, i & 0xffff, 0, 64, proto(ether), 0, bytes((10, 99, 0, 1)), bytes((10, 99, 0, 2)))
            if len(ip) + len(head) + wire > 0xffff:
                out.append(p)
                continue
            out.append(p.with_data(OUTER + b'\x08\x00' + resized(ip, False, len(head) + wire) + head + inner))
        return out
    wrap.__doc__ = 'tunnelled between two hosts of their own'
    return wrap


def fragment(packets, n, rnd, backwards=False):
    """IP packets in fragments of N bytes"""
    out, ident = [], 0
    for p in packets:
        _, at, kind = l3(p.data)
        d = p.data
        if kind == 0x0800 and p.whole() and len(d) > at + 20 and not struct.unpack_from('>H', d, at + 6)[0] & 0x3fff:
            size, end = (d[at] & 15) * 4, at + struct.unpack_from('>H', d, at + 2)[0]
            head, next_kind = d[at:at + size], d[at + 9]
        elif kind == 0x86dd and p.whole() and len(d) > at + 40 and d[at + 6] in (6, 17):
            size, end = 40, at + 40 + struct.unpack_from('>H', d, at + 4)[0]
            head, next_kind = d[at:at + 40], d[at + 6]
        else:
            out.append(p)
            continue
        body = d[at + size:end]
        if len(body) <= n or end > len(d):
            out.append(p)
            continue
        ident += 1
        pieces = []
        for off in range(0, len(body), n):
            piece, more = body[off:off + n], off + n < len(body)
            if kind == 0x0800:
                ip = bytearray(head)
                struct.pack_into('>HH', ip, 4, ident & 0xffff, off // 8 | (0x2000 if more else 0))
                new = resized(ip, False, len(piece)) + piece
            else:
                ip = bytearray(head)
                ip[6] = 44
                new = resized(ip, True, len(piece) + 8) + struct.pack('>BBHI', next_kind, 0, off | more, ident) + piece
            pieces.append(Packet(p.ns, d[:at] + new))
        out += pieces[::-1] if backwards else pieces
    return out


def fragment_back(packets, n, rnd):
    """the same, the last fragment first"""
    return fragment(packets, n, rnd, True)


def split(packets, n, rnd):
    """TCP segments cut into pieces of 1 to N bytes"""
    out = []
    for p in packets:
        s = segment(p)
        if not s or len(s.body) < 2 or s.flags & 2:
            out.append(p)
            continue
        at = 0
        while at < len(s.body):
            size = rnd.randint(1, n)
            last = at + size >= len(s.body)
            out.append(s.built(seq=s.seq + at, body=s.body[at:at + size], flags=s.flags if last else s.flags & ~0x09))
            at += size
    return out


def merge(packets, n, rnd):
    """neighbouring segments of one direction that follow each other become one of up to N bytes"""
    out, held = [], None
    for p in packets:
        s = segment(p)
        joins = (held and s and s.key == held.key and s.body and not s.flags & 6 and not held.flags & 7 and
                 s.seq == (held.seq + len(held.body)) & 0xffffffff and len(held.body) + len(s.body) <= n)
        if joins:
            body = held.body + s.body
            s.seq, s.body, held = held.seq, body, s
            continue
        if held:
            out.append(held.built())
        held = s if s and s.body and p.whole() else None
        if not held:
            out.append(p)
    return out + ([held.built()] if held else [])


def wrap(packets, n, rnd):
    """sequence numbers moved so that each direction passes 2^32 half-way"""
    first, most = {}, {}
    for s in filter(None, map(segment, packets)):
        first.setdefault(s.key, s.seq)
        past = (s.seq + len(s.body) - first[s.key]) & 0xffffffff
        if past < 1 << 31:
            most[s.key] = max(most.get(s.key, 0), past)
    move = {k: (1 << 32) - first[k] - most.get(k, 0) // 2 for k in first}
    out = []
    for p in packets:
        s = segment(p)
        if s:
            s.head = without_sack(s.head)
        out.append(s.built(seq=s.seq + move[s.key], ack=s.ack + move.get(s.back(), 0) if s.flags & 0x10 else s.ack) if s else p)
    return out


def without_sack(head):
    """the TCP header with the SACK option blanked, whose numbers would otherwise have to move too"""
    head, at = bytearray(head), 20
    while at < len(head) and head[at]:
        size = 1 if head[at] == 1 or at + 1 >= len(head) else max(2, head[at + 1])
        if head[at] == 5:
            head[at:at + size] = b'\1' * len(head[at:at + size])
        at += size
    return bytes(head)


def same_time(packets, n, rnd):
    """all packets at one moment"""
    return [Packet(packets[0].ns, p.data, p.wire) for p in packets]


def back_in_time(packets, n, rnd):
    """every N-th packet is stamped a second too early"""
    return [Packet(p.ns - 10**9 if i % n == n - 1 and p.ns >= 10**9 else p.ns, p.data, p.wire) for i, p in enumerate(packets)]


def drop(packets, n, rnd):
    """one in N packets is lost, which is up to chance"""
    return [p for p in packets if rnd.randrange(n)]


def snap(packets, n, rnd):
    """the capture keeps N bytes of each packet"""
    return [Packet(p.ns, p.data[:n], p.wire) for p in packets]


def midstream(packets, n, rnd):
    """the capture starts after one N-th of the packets"""
    return packets[len(packets) // n:]


def side(first):
    def keep(packets, n, rnd):
        opener, out = set(), []
        for p in packets:
            s = segment(p)
            if s and s.key not in opener and s.back() not in opener:
                opener.add(s.back() if s.flags & 0x12 == 0x12 else s.key)
            if not s or (s.key in opener) == first:
                out.append(p)
        return out
    keep.__doc__ = 'only the segments from the side that %s' % ('opened' if first else 'answers')
    return keep


def gre(i, ether, wire):
    return struct.pack('>HH', 0, ether)


SAME = {
    'as-it-is': (lambda packets, n, rnd: packets, 0),
    'double': (double, 0),
    'swap': (swap, 3),
    'vlan': (tagged(bytes.fromhex('81000064')), 0),
    'qinq': (tagged(bytes.fromhex('88a8006481000065')), 0),
    'mpls': (replaced(b'\x88\x47', lambda ether, left: struct.pack('>II', 16 << 12 | 64, 17 << 12 | 0x100 | 64)), 0),
    'pppoe': (replaced(b'\x88\x64', lambda ether, left: struct.pack('>HHHH', 0x1100, 7, left + 2, 0x21 if ether == 0x0800 else 0x57)), 0),
    'gre': (tunnel(lambda ether: 47, gre, False), 0),
    'gretap': (tunnel(lambda ether: 47, lambda i, ether, wire: struct.pack('>HH', 0, 0x6558), True), 0),
    'ipip': (tunnel(lambda ether: 4 if ether == 0x0800 else 41, lambda i, ether, wire: b'', False), 0),
    'vxlan': (tunnel(lambda ether: 17, lambda i, ether, wire: struct.pack('>HHHHII', 49152 + i % 1000, 4789, 16 + wire, 0, 0x08000000, 5000 << 8), True), 0),
    'geneve': (tunnel(lambda ether: 17, lambda i, ether, wire: struct.pack('>HHHHHHI', 49152 + i % 1000, 6081, 16 + wire, 0, 0, 0x6558, 5000 << 8), True), 0),
    'erspan': (tunnel(lambda ether: 47, lambda i, ether, wire: struct.pack('>HHIHHI', 0x1000, 0x88be, i, 0x1064, 1, 0), True), 0),
    'fragment': (fragment, 256),
    'fragment-back': (fragment_back, 256),
    'split': (split, 300),
    'split-small': (split, 7),
    'merge': (merge, 30000),
    'wrap': (wrap, 0),
    'same-time': (same_time, 0),
    'back-in-time': (back_in_time, 5),
}
LESS = {
    'drop': (drop, 20),
    'snap': (snap, 200),
    'midstream': (midstream, 2),
    'client-only': (side(True), 0),
    'server-only': (side(False), 0),
}
KEEP_LINK = ('as-it-is', 'swap', 'same-time', 'back-in-time', 'drop', 'snap', 'midstream')


def mutate(how, link, packets, seed=1):
    """(link type, packets) as HOW makes them; HOW is a name or NAME:N"""
    name, _, number = how.partition(':')
    if name not in SAME and name not in LESS:
        raise SystemExit('mutate.py: no mutation %r; --list names them' % name)
    does, usual = SAME.get(name) or LESS[name]
    if name not in KEEP_LINK:
        link, packets = (ETHERNET, [ethernet(link, p) for p in packets]) if link in (ETHERNET, NULL, RAW, LOOP, SLL, IPV4, IPV6) else (link, packets)
        if link != ETHERNET:
            raise SystemExit('mutate.py: %s needs Ethernet or IP, not link type %d' % (name, link))
    return link, does(packets, int(number) if number else usual, random.Random(seed)) if packets else []


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('--list', action='store_true')
    a.add_argument('--seed', type=int, default=1)
    a.add_argument('how', nargs='?')
    a.add_argument('input', nargs='?')
    a.add_argument('output', nargs='?')
    o = a.parse_args()
    if o.list:
        for kind, table in (('SAME', SAME), ('LESS', LESS)):
            for name, (does, usual) in table.items():
                print('%s  %-14s %s' % (kind, name + (':%d' % usual if usual else ''), (does.__doc__ or '').split('\n')[0]))
        return 0
    if not o.output:
        a.error('HOW, IN and OUT are needed')
    write(o.output, *mutate(o.how, *read(o.input), seed=o.seed))
    return 0


if __name__ == '__main__':
    sys.exit(main())
