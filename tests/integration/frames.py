"""Frames made by hand, and captures of them: what no real client sends, or not as often as a threshold wants. Harmless look-alikes, never sent anywhere."""
import ipaddress, socket, struct

SYN, ACK, PSH, FIN, RST = 2, 16, 8, 1, 4


def mac(text):
    return bytes.fromhex(text.replace(':', ''))


def ethernet(src, dest, kind, payload, vlan=None):
    tag = struct.pack('>HH', 0x8100, vlan) if vlan else b''
    return (mac(dest) + mac(src) + tag + struct.pack('>H', kind) + payload).ljust(60, b'\0')


def arp(src, operation, sender_ip, target_mac, target_ip, dest='ff:ff:ff:ff:ff:ff', vlan=None, sender=None):
    body = struct.pack('>HHBBH', 1, 0x0800, 6, 4, operation) + mac(sender or src) + socket.inet_aton(sender_ip) + mac(target_mac) + socket.inet_aton(target_ip)
    return ethernet(src, dest, 0x0806, body, vlan)


class Host:
    def __init__(self, ip, mac_text, vlan=None):
        self.ip, self.mac, self.vlan, self.ident = ip, mac_text, vlan, 1


def ipv4(src, dest, protocol, payload, fragment=0, ident=None):
    src.ident = (src.ident + 1) & 0xffff
    head = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), src.ident if ident is None else ident, fragment, 64, protocol, 0,
                       socket.inet_aton(src.ip), socket.inet_aton(dest.ip))
    total = sum(struct.unpack('>10H', head))
    total = (total & 0xffff) + (total >> 16)
    total = ~((total & 0xffff) + (total >> 16)) & 0xffff
    return ethernet(src.mac, dest.mac, 0x0800, head[:10] + struct.pack('>H', total) + head[12:] + payload, src.vlan)


def ipv6(src, dest, protocol, payload):
    head = struct.pack('>IHBB', 6 << 28, len(payload), protocol, 64) + socket.inet_pton(socket.AF_INET6, src.ip) + socket.inet_pton(socket.AF_INET6, dest.ip)
    return ethernet(src.mac, dest.mac, 0x86dd, head + payload, src.vlan)


def tcp(src, dest, sport, dport, flags, seq=1000, ack=0, payload=b''):
    return (ipv6 if ':' in src.ip else ipv4)(src, dest, 6, struct.pack('>HHIIBBHHH', sport, dport, seq & 0xffffffff, ack & 0xffffffff, 0x50, flags, 8192, 0, 0) + payload)


class Talk:
    """a TCP conversation, frame by frame"""

    def __init__(self, client, server, sport, dport):
        self.ends, self.ports, self.seq, self.frames = (client, server), (sport, dport), [1000, 5000], []
        self.add(0, SYN)
        self.add(1, SYN | ACK)
        self.add(0, ACK)

    def add(self, who, flags, payload=b''):
        a, b = (0, 1) if who == 0 else (1, 0)
        self.frames.append(tcp(self.ends[a], self.ends[b], self.ports[a], self.ports[b], flags, self.seq[a], self.seq[b] if flags & ACK else 0, payload))
        self.seq[a] += len(payload) + (1 if flags & (SYN | FIN) else 0)

    def ask(self, payload):
        self.add(0, ACK | PSH, payload)
        return self

    def answer(self, payload):
        self.add(1, ACK | PSH, payload)
        return self

    def end(self):
        self.add(0, FIN | ACK)
        self.add(1, FIN | ACK)
        self.add(0, ACK)
        return self.frames


def address(text, add=0):
    return str(ipaddress.ip_address(text) + add)


def write(path, timed, start=1775001600.0):
    """timed: [(seconds after the start, frame)]"""
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for t, frame in timed:
            at = start + t
            f.write(struct.pack('<IIII', int(at), int(at % 1 * 1e6), len(frame), len(frame)) + frame)
    return path
