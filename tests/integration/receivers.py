#!/usr/bin/env python3
"""receivers.py DIR NAME ADDRESS PORT NAMESERVER...: answers every question for NAME with ADDRESS, at port 53 of each NAMESERVER, and puts what arrives
at ADDRESS:PORT into DIR/udp and DIR/tcp; DIR/ready is there once all of them listen"""
import pathlib, selectors, socket, struct, sys

folder, name, address, port = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
all_of_them = selectors.DefaultSelector()


def answer(question):
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode())
        at += 1 + question[at]
    kind, = struct.unpack('>H', question[at + 1:at + 3])
    known = '.'.join(labels) == name
    records = b'\xc0\x0c' + struct.pack('>HHIH', 1, 1, 60, 4) + socket.inet_aton(address) if known and kind == 1 else b''
    return question[:2] + struct.pack('>HHHHH', 0x8180 if known else 0x8183, 1, 1 if records else 0, 0, 0) + question[12:at + 5] + records


def bound(kind, where):
    s = socket.socket(socket.AF_INET6 if ':' in where[0] else socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(where)
    return s


def keep(kind, data):
    with open(folder / kind, 'ab') as f:
        f.write(data)


for server in sys.argv[5:]:
    all_of_them.register(bound(socket.SOCK_DGRAM, (server, 53)), selectors.EVENT_READ, 'name')
all_of_them.register(bound(socket.SOCK_DGRAM, (address, port)), selectors.EVENT_READ, 'udp')
listening = bound(socket.SOCK_STREAM, (address, port))
listening.listen()
all_of_them.register(listening, selectors.EVENT_READ, 'listen')
(folder / 'ready').touch()
while True:
    for key, _ in all_of_them.select():
        s = key.fileobj
        if key.data == 'listen':
            all_of_them.register(s.accept()[0], selectors.EVENT_READ, 'tcp')
        elif key.data == 'name':
            question, peer = s.recvfrom(1500)
            s.sendto(answer(question), peer)
        else:
            data = s.recv(65536)
            if data or key.data == 'udp':
                keep(key.data, data)
            else:
                all_of_them.unregister(s)
