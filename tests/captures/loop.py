#!/usr/bin/env python3
"""loop.py OUT DAYS EVERY_MINUTES CAPTURE [EXTRA...]: a classic pcap of CAPTURE repeated with moving time, from its own beginning on, for DAYS days.

Each EXTRA is `AT_MINUTES:FILE`, another classic pcap that is put in so many minutes after the beginning. Only times change: what is said stays the same,
also what is random in it (ports, keys, transaction numbers). Micro- and nanoseconds, either byte order; Ethernet.
"""
import heapq, struct, sys


def read(path):
    """[(time in ns, header's lengths and frame)]"""
    with open(path, 'rb') as f:
        data = f.read()
    for order in '<>':
        magic = struct.unpack_from(order + 'I', data)[0]
        if magic in (0xa1b2c3d4, 0xa1b23c4d):
            break
    else:
        raise SystemExit('%s is no classic pcap' % path)
    unit, at, frames = 1000 if magic == 0xa1b2c3d4 else 1, 24, []
    while at + 16 <= len(data):
        seconds, part, kept, length = struct.unpack_from(order + 'IIII', data, at)
        frames.append((seconds * 10**9 + part * unit, struct.pack('<II', kept, length) + data[at + 16:at + 16 + kept]))
        at += 16 + kept
    return frames


def moved(frames, begin_ns):
    return ((t - frames[0][0] + begin_ns, rest) for t, rest in frames)


def loop(out, days, every_minutes, capture, extras=()):
    """extras: [(minutes after the beginning, path)]; how many rounds"""
    frames = read(capture)
    begin, step, rounds = frames[0][0], every_minutes * 60 * 10**9, int(days * 24 * 60 // every_minutes)
    parts = [moved(frames, begin + i * step) for i in range(rounds)]
    parts += [moved(read(path), begin + int(minutes * 60 * 10**9)) for minutes, path in extras]
    with open(out, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))
        for t, rest in heapq.merge(*parts, key=lambda x: x[0]):
            f.write(struct.pack('<II', t // 10**9, t % 10**9) + rest)
    return rounds


if __name__ == '__main__':
    if len(sys.argv) < 5:
        raise SystemExit(__doc__)
    loop(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4],
         [(float(m), p) for m, p in (a.split(':', 1) for a in sys.argv[5:])])
