#!/usr/bin/env python3
"""paced.py --interface IF [--rate 100] [--background 5000] [--seconds 60] [--report DIR]: a plant's wire, frame by frame at a steady pace.

`rate` times a second a master of its own opens a Modbus connection to a PLC, has it restart its communications (function 8, subfunction 1), is answered,
and ends the connection: seven frames that raise one alert. In between, `background` frames a second of masters that poll their PLCs, and raise none.
Checksums, sequence numbers and handshakes are right, so that every monitor can follow. DIR gets sent.json, and sent.f64: when, by the wall clock, the answer of
each alert was given to the kernel.
"""
import argparse, array, ctypes, gc, json, math, pathlib, socket, struct, sys, time

SYN, ACK, PSH, FIN = 2, 16, 8, 1
POLLERS = 20


def checksum(data):
    total = sum(struct.unpack('>%dH' % ((len(data) + 1) // 2), data + b'\0' * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def side(alerts):
    """how many masters and how many PLCs give each alert a pair of its own"""
    return max(2, math.isqrt(alerts - 1) + 1)


def pair(i, n):
    """(master, PLC) of alert i, each of n"""
    return i % n, (i // n + i) % n


def number_of(src, dest, n):
    """the alert between these two addresses; None: of ours none"""
    a, b = ([int(x) for x in ip.split('.')] for ip in (src, dest))
    if a[:2] != [10, 1] or b[:2] != [10, 2]:
        return None
    master, plc = a[2] << 8 | a[3], b[2] << 8 | b[3]
    return (plc - master) % n * n + master


class End:
    def __init__(self, net, host, port):
        self.ip, self.port = bytes([10, net, host >> 8, host & 0xff]), port
        self.mac, self.seq, self.ident = b'\x02\x10' + self.ip, 1000, 0


def frame(src, dest, flags, payload=b''):
    src.ident = (src.ident + 1) & 0xffff
    head = struct.pack('>HHIIBBHHH', src.port, dest.port, src.seq, dest.seq if flags & ACK else 0, 0x50, flags, 8192, 0, 0)
    check = checksum(src.ip + dest.ip + struct.pack('>HH', 6, len(head) + len(payload)) + head + payload)
    ip = struct.pack('>BBHHHBBH', 0x45, 0, 40 + len(payload), src.ident, 0, 64, 6, 0) + src.ip + dest.ip
    src.seq = (src.seq + len(payload) + (1 if flags & (SYN | FIN) else 0)) & 0xffffffff
    return (dest.mac + src.mac + b'\x08\x00' + ip[:10] + struct.pack('>H', checksum(ip)) + ip[12:] + head[:16] + struct.pack('>H', check) + head[18:]
            + payload).ljust(60, b'\0')


def mbap(transaction, pdu):
    return struct.pack('>HHHB', transaction & 0xffff, 0, 1 + len(pdu), 1) + pdu


def restart(i, n):
    """the seven frames of alert i; the fifth is the answer"""
    master, plc = pair(i, n)
    a, b = End(1, master, 20000 + i % 40000), End(2, plc, 502)
    words = mbap(i, struct.pack('>BHH', 8, 1, 0))
    return [frame(a, b, SYN), frame(b, a, SYN | ACK), frame(a, b, ACK), frame(a, b, PSH | ACK, words), frame(b, a, PSH | ACK, words),
            frame(a, b, FIN | ACK), frame(b, a, FIN | ACK)]


class Poller:
    """one master reads ten registers of one PLC, for ever"""

    def __init__(self, k):
        self.ends, self.turn, self.transaction = (End(3, k, 30000 + k), End(4, k, 502)), 0, 0

    def hello(self):
        a, b = self.ends
        return [frame(a, b, SYN), frame(b, a, SYN | ACK), frame(a, b, ACK)]

    def next(self):
        a, b = self.ends
        self.turn ^= 1
        if self.turn:
            self.transaction += 1
            return frame(a, b, PSH | ACK, mbap(self.transaction, b'\x03\x00\x64\x00\x0a'))
        return frame(b, a, PSH | ACK, mbap(self.transaction, b'\x03\x14' + struct.pack('>10H', *range(10))))


def send(interface, rate, background, seconds, stop=lambda: False):
    """@return (frames sent, when the answer of each alert went out)"""
    ctypes.CDLL(None).prctl(29, 1, 0, 0, 0)  # PR_SET_TIMERSLACK: sleep as long as asked
    gc.disable()
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))
    total = round(rate * seconds)
    n, times, sent = side(total), array.array('d'), 0
    pollers = [Poller(k) for k in range(POLLERS)]
    for poller in pollers:
        for raw in poller.hello():
            wire.send(raw)
            sent += 1
    polled, began = 0, time.monotonic()
    while len(times) < total and not stop():
        now = time.monotonic() - began
        if len(times) <= now * rate:
            for step, raw in enumerate(restart(len(times), n)):
                if step == 4:
                    times.append(time.time())
                wire.send(raw)
            sent += 7
        # no more at a time than keeps the next alert on time
        for _ in range(min(50, int(now * background) - polled)):
            wire.send(pollers[polled // 2 % POLLERS].next())
            polled, sent = polled + 1, sent + 1
        late = time.monotonic() - began
        if len(times) > late * rate and polled >= int(late * background):
            time.sleep(min(0.002, max(0.0, len(times) / rate - late)))
    return sent, times, time.monotonic() - began


def main():
    options = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    options.add_argument('--interface', required=True)
    options.add_argument('--rate', type=float, default=100)
    options.add_argument('--background', type=float, default=5000)
    options.add_argument('--seconds', type=float, default=60)
    options.add_argument('--report', type=pathlib.Path)
    a = options.parse_args()
    sent, times, took = send(a.interface, a.rate, a.background, a.seconds)
    if a.report:
        (a.report / 'sent.f64').write_bytes(times.tobytes())
        (a.report / 'sent.json').write_text(json.dumps({'frames': sent, 'alerts': len(times), 'seconds': took}))
    print('%d frames, %d alerts in %.1f s' % (sent, len(times), took))
    return 0


if __name__ == '__main__':
    sys.exit(main())
