#!/usr/bin/env python3
"""seeds.py TARGET OUT CAPTURES...: writes seeds for one fuzz target, made of the frames of captures, into the folder OUT.

CAPTURES are files (pcap, pcapng) or folders of them. What a target's input looks like is told at the head of its
fuzz_TARGET.c. The same captures give the same seeds; a target that reads no packets (rules) gets none.
"""
import hashlib
import pathlib
import struct
import sys

SEED_MAX = 6000      # bytes of one seed: mutation works best on short ones
PER_CAPTURE = 40     # seeds of one capture
FRAMES_READ = 3000   # of one capture
LINKTYPES = {1: 0, 113: 1, 276: 2, 0: 3, 12: 4, 101: 4, 239: 5}  # the order of linktypes[] in fuzz_decode.c


def pcap(data):
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xffff
    at = 24
    while at + 16 <= len(data):
        sec, part, n, wire = struct.unpack_from(order + "IIII", data, at)
        yield link, sec, part % 1000000, data[at + 16:at + 16 + n], wire
        at += 16 + n


def pcapng(data):
    order, links, at = "<", [], 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            links = []
        kind, size = struct.unpack_from(order + "II", data, at)
        if size < 12:
            return
        if kind == 1:
            links.append(struct.unpack_from(order + "H", data, at + 8)[0])
        elif kind == 6:
            iface, hi, lo, n, wire = struct.unpack_from(order + "IIIII", data, at + 8)
            us = hi << 32 | lo
            yield links[iface], us // 1000000 & 0xffffffff, us % 1000000, data[at + 28:at + 28 + n], wire
        elif kind == 3:
            wire = struct.unpack_from(order + "I", data, at + 8)[0]
            yield links[0], 0, 0, data[at + 12:at + size - 4][:wire], wire
        at += size


def frames(path):
    data = path.read_bytes()
    read = pcapng if data[:4] == b"\x0a\x0d\x0d\x0a" else pcap
    for n, frame in enumerate(read(data)):
        if n >= FRAMES_READ:
            return
        yield frame


def payloads(link, frame):
    """(kind, key of the conversation, source port, destination port, bytes) of what a dissector would be given."""
    if link == 1:
        at, ether = 14, int.from_bytes(frame[12:14], "big")
        while ether in (0x8100, 0x88a8, 0x9100) and at + 4 <= len(frame):
            ether, at = int.from_bytes(frame[at + 2:at + 4], "big"), at + 4
        if ether <= 1500:
            return "llc", frame[:12], 0, 0, frame[at:]
    elif link in (12, 101):
        at, ether = 0, 0x86dd if frame[:1] and frame[0] >> 4 == 6 else 0x0800
    else:
        return None
    if ether == 0x0800 and len(frame) > at + 20 and frame[at + 6] & 0x3f == 0 and frame[at + 7] == 0:
        total = int.from_bytes(frame[at + 2:at + 4], "big")
        proto, ends, body = frame[at + 9], frame[at + 12:at + 20], frame[at + (frame[at] & 15) * 4:at + total]
    elif ether == 0x86dd and len(frame) > at + 40:
        proto, ends, body = frame[at + 6], frame[at + 8:at + 40], frame[at + 40:]
    else:
        return f"ether{ether:04x}", frame[:12], 0, 0, frame[at:]
    if proto == 6 and len(body) >= 20:
        a, b = struct.unpack_from(">HH", body)
        return "tcp", ends, a, b, body[(body[12] >> 4) * 4:]
    if proto == 17 and len(body) >= 8:
        a, b = struct.unpack_from(">HH", body)
        return "udp", ends, a, b, body[8:]
    return None


def conversations(path):
    """Lists of (from the client, bytes), one for each TCP conversation; and every datagram or frame as a list of one."""
    flows, single = {}, []
    for link, _, _, frame, _ in frames(path):
        p = payloads(link, frame)
        if not p or not p[4]:
            continue
        kind, ends, a, b, body = p
        if kind != "tcp":
            single.append((kind, a, b, body))
            continue
        half = len(ends) // 2
        one, two = (ends[:half], a), (ends[half:], b)
        flow = flows.setdefault(frozenset((one, two)), {"client": one if a >= b else two, "port": min(a, b), "runs": []})
        flow["runs"].append((0 if one == flow["client"] else 1, body))
    return [(f["port"], f["runs"]) for f in flows.values()], single


def windows(runs, step):
    """A conversation as seeds of SEED_MAX at most."""
    out = b""
    for dir_, body in runs:
        piece = step(dir_, body[:SEED_MAX])
        if out and len(out) + len(piece) > SEED_MAX:
            yield out
            out = b""
        out += piece
    if out:
        yield out


def steps(size, head):
    def step(dir_, body):
        most = (1 << 8 * size) - 1
        return b"".join(head(dir_) + len(body[i:i + most]).to_bytes(size, "little") + body[i:i + most]
                        for i in range(0, len(body), most))
    return step


def plain(dir_):
    return bytes([dir_])


def flows_of(folder, size, first=b""):
    def make(path):
        if path.parts[-2] != folder and path.parts[-3] != folder:
            return
        for _, runs in conversations(path)[0]:
            for w in windows(runs, steps(size, plain)):
                yield first + w
    return make


def http(path):
    if path.parts[-2] not in ("http", "tunnels") and path.parts[-3] != "http":
        return
    flows, single = conversations(path)
    for _, runs in flows:
        for w in windows(runs, steps(1, plain)):
            yield b"\0" + w
    for kind, a, b, body in single:
        if kind == "udp" and 1900 in (a, b):
            yield b"\1" + steps(1, plain)(0, body)


def smb(path):
    if path.parts[-2] != "smb" and path.parts[-3] != "smb":
        return
    flows, single = conversations(path)
    for port, runs in flows:
        for w in windows(runs, steps(2, plain)):
            yield (b"\0" if port in (139, 445) else b"\1") + w
    for kind, a, b, body in single:
        if kind == "udp" and 138 in (a, b):
            yield b"\2" + steps(2, plain)(0, body)
        elif kind == "llc":
            yield b"\3" + steps(2, plain)(0, body[3:])


def ot(path):
    for port, runs in conversations(path)[0]:
        kind = {5007: 0, 9600: 1, 102: 3, 44818: 4}.get(port)
        if kind is None and path.parts[-3] != "ot" and path.parts[-2] != "ot":
            continue
        for w in windows(runs, steps(1, plain)):
            yield bytes([kind or 0]) + w
    for kind, a, b, body in conversations(path)[1]:
        which = {5006: 0, 9600: 2, 44818: 4}.get(min(a, b)) if kind == "udp" else None
        if which is not None:
            yield bytes([which]) + steps(1, lambda d: b"\6")(0, body)


def dns(path):
    flows, single = conversations(path)
    for port, runs in flows:
        if port == 53:
            for w in windows(runs, steps(2, plain)):
                yield b"\1" + w
    for kind, a, b, body in single:
        if kind == "udp" and 53 in (a, b):
            yield b"\0" + steps(2, plain)(int(a == 53), body)


def announce(path):
    flows, single = conversations(path)
    for port, runs in flows:
        if port == 22 or port in (443, 8443, 465, 636, 853, 993, 995, 8883):
            for w in windows(runs[:6], lambda d, b: struct.pack(">H", d << 15 | len(b)) + b):
                yield (b"\x0a" if port == 22 else b"\x0b") + w
    ports = {5353: 2, 5355: 3, 137: 4, 138: 4, 1900: 5, 161: 6, 162: 6, 47808: 7, 44818: 8, 546: 9, 547: 9}
    for kind, a, b, body in single:
        if kind == "ether8892":
            yield b"\1" + body
        elif kind == "llc" and body[3:6] == b"\x00\x00\x0c":
            yield b"\0" + body[8:]
        elif kind == "udp" and (a in ports or b in ports):
            which = ports.get(b, ports.get(a))
            yield bytes([which]) + body
            yield bytes([which | 0x80]) + body


def discovery(path):
    for kind, a, b, body in conversations(path)[1]:
        if kind == "ether0806":
            yield b"\0" + body
        elif kind == "udp" and {a, b} & {67, 68}:
            yield b"\1" + body
        elif kind == "ether88cc":
            yield b"\2" + body


def decode(path):
    kinds = set()
    group = []
    for link, _, _, frame, _ in frames(path):
        shape = (link, len(frame) // 64, frame[12:26])
        if link not in LINKTYPES or shape in kinds:
            continue
        kinds.add(shape)
        yield bytes([LINKTYPES[link], 0]) + frame
        group.append(frame)
        if len(group) == 4:  # cut into four equal shares, each of them one frame and what fills it up
            share = max(map(len, group))
            yield bytes([LINKTYPES[link], 3]) + b"".join(f.ljust(share, b"\0") for f in group)
            group = []


def worker(path):
    out, options = b"", 0
    for link, sec, us, frame, wire in frames(path):
        head = struct.pack("<IIII", sec, us, len(frame), wire)
        if out and len(out) + len(head) + len(frame) > SEED_MAX * 2:
            yield out
            out, options = b"", options + 8
        if not out:
            out = bytes([0x30 | options % 64]) + struct.pack("<3xHHIII", 2, 4, 0, 0, 65535) + struct.pack("<I", link)
        out += head + frame
    if out:
        yield out


def x509(path):
    """Certificates stand in messages as | 30 82 length u16 |, whole or up to the end of a segment."""
    for _, runs in conversations(path)[0]:
        for dir_ in (0, 1):
            stream = b"".join(body for d, body in runs if d == dir_)[:1 << 18]
            at = stream.find(b"\x30\x82")
            while at >= 0 and at + 4 <= len(stream):
                length = int.from_bytes(stream[at + 2:at + 4], "big")
                if stream[at + 4:at + 6] == b"\x30\x82" and 200 < length < SEED_MAX:
                    yield stream[at:at + 4 + length]
                at = stream.find(b"\x30\x82", at + 2)


TARGETS = {"modbus": flows_of("modbus", 1), "opcua": flows_of("opcua", 2), "http": http, "smb": smb, "ot": ot, "dns": dns,
           "announce": announce, "discovery": discovery, "decode": decode, "worker": worker, "x509": x509}


def spread(all_, most):
    """The first ones, and others from all over the capture."""
    if len(all_) <= most:
        return all_
    return all_[:most // 2] + [all_[i * len(all_) // most] for i in range(most // 2, most)]


def main():
    if len(sys.argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    target, out = sys.argv[1], pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for name in map(pathlib.Path, sys.argv[3:]):
        files += sorted(f for f in name.rglob("*.pcap*") if f.is_file()) if name.is_dir() else [name]
    written = set()
    for f in files:
        for seed in spread(list(TARGETS.get(target, lambda path: ())(f.resolve())), PER_CAPTURE):
            written.add(hashlib.sha256(seed).hexdigest()[:16])
            (out / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    print(f"{len(written)} seeds for {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
