"""Harmless look-alikes of what no recorded scene shows: frames made by hand, never sent, each raising the rule that it imitates.

The factory's devices play the parts; its configuration and register are loaded. Floods are as small as their thresholds allow.
"""
import base64, socket, struct
import frames
from rig import main, triple

PLC1 = frames.Host('10.20.1.11', '00:80:f4:10:01:11', 101)
PLC2 = frames.Host('10.20.1.12', '58:52:8a:10:01:12', 101)
GATEWAY = frames.Host('10.20.1.20', '00:90:e8:10:01:20', 101)
EDGE = frames.Host('10.20.1.30', '00:00:0a:10:01:30', 101)
LEG = '00:1b:d4:00:01:01'
ALL = 'ff:ff:ff:ff:ff:ff'
LAPTOP = frames.Host('10.20.1.200', '04:d4:c4:66:6e:01', 101)
RELAY = frames.Host('10.20.1.40', 'f8:b1:56:35:00:10', 101)


def raised(rig, timed, state='s'):
    """{(rule, src, dest)} of a capture"""
    path = frames.write(rig.dir / 'made.pcap', timed)
    rig.sekisho('replay', '--no-sinks', '--config', rig.config(), '--state', rig.dir / state, path)
    return rig.alerts(rig.dir / state)


def rules(alerts):
    return {triple(a)[0] for a in alerts}


def spaced(talk, step=0.05):
    return [(i * step, f) for i, f in enumerate(talk)]


def modbus(client, server, pdus, unit=0, port=50200, answers=None):
    talk = frames.Talk(client, server, port, 502)
    for i, pdu in enumerate(pdus):
        no = unit[i] if isinstance(unit, list) else unit
        for send, text in ((talk.ask, pdu), (talk.answer, (answers or [None] * len(pdus))[i])):
            if text:
                raw = bytes.fromhex(text)
                send(struct.pack('>HHHB', i + 1, 0, len(raw) + 1, no) + raw)
    return talk.end()


def test_umas_start_and_program(rig):
    """MB-09, MB-10: START; initialise, a block, end of a program that is written"""
    talk = modbus(LAPTOP, PLC1, ['5a0140ff00', '5a01300001', '5a01310001' + '0000' + '0400' + 'deadbeef', '5a01320001'], answers=['5a01fe'] * 4)
    assert rules(raised(rig, spaced(talk))) >= {'SKS-MB-09', 'SKS-MB-10'}


def test_unit_sweep(rig):
    """MB-16: twelve stations behind the gateway are asked in turn"""
    talk = modbus(LAPTOP, GATEWAY, ['0300000001'] * 12, unit=list(range(1, 13)), answers=['830b'] * 12)
    assert 'SKS-MB-16' in rules(raised(rig, spaced(talk)))


def test_not_modbus_on_its_port(rig):
    """MB-18: six messages whose protocol id is none"""
    talk = frames.Talk(LAPTOP, PLC1, 50201, 502)
    for i in range(6):
        talk.ask(struct.pack('>HHHB', i, 7, 6, 1) + b'\3\0\0\0\1')
    assert 'SKS-MB-18' in rules(raised(rig, spaced(talk.end())))


def http(client, server, request, answer, port=50300):
    talk = frames.Talk(client, server, port, 80)
    for send, data in ((talk.ask, request), (talk.answer, answer)):
        for at in range(0, len(data), 1400):
            send(data[at:at + 1400])
    return spaced(talk.end(), 0.001)


def test_default_password(rig):
    """HT-01: admin:admin, and the device lets it in"""
    word = base64.b64encode(b'admin:admin').decode()
    alerts = raised(rig, http(LAPTOP, PLC1, ('GET / HTTP/1.1\r\nHost: plc\r\nAuthorization: Basic %s\r\n\r\n' % word).encode(),
                              b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
    assert 'SKS-HT-01' in rules(alerts)
    assert word not in str(alerts), 'the password is in an alert'


def test_firmware_upload(rig):
    """HT-03: 70 KB to a page for firmware"""
    body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="fw.bin"\r\n\r\n' + b'\x27\x05\x19\x56' + b'\0' * 70000 + b'\r\n--x--\r\n'
    head = 'POST /firmware/upload HTTP/1.1\r\nHost: plc\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n' % len(body)
    assert 'SKS-HT-03' in rules(raised(rig, http(LAPTOP, PLC1, head.encode() + body, b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')))


def test_program_downloaded(rig):
    """HT-04: what begins like a Windows program, to a controller"""
    body = b'MZ\x90\0' + b'\0' * 200
    answer = b'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n' % len(body) + body
    assert 'SKS-HT-04' in rules(raised(rig, http(PLC2, RELAY, b'GET /tool.exe HTTP/1.1\r\nHost: relay\r\n\r\n', answer)))


def test_opcua_transport_abuse(rig):
    """UA-13: after a greeting, messages of a kind that does not exist"""
    url = b'opc.tcp://10.20.1.30:4840'
    hello = b'HELF' + struct.pack('<IIIIII', 32 + len(url), 0, 65536, 65536, 0, 0) + struct.pack('<I', len(url)) + url
    talk = frames.Talk(LAPTOP, EDGE, 50400, 4840).ask(hello).answer(b'ACKF' + struct.pack('<IIIIII', 28, 0, 65536, 65536, 0, 0))
    for _ in range(3):
        talk.ask(b'ZZZF' + struct.pack('<I', 16) + b'\0' * 8)
    assert 'SKS-UA-13' in rules(raised(rig, spaced(talk.end())))


def test_smb_fan_out(rig):
    """SM-13: 445 of twenty-five hosts"""
    timed = [(i * 0.2, frames.tcp(LAPTOP, frames.Host('10.20.1.%d' % (60 + i), LEG), 41000 + i, 445, frames.SYN)) for i in range(25)]
    assert 'SKS-SM-13' in rules(raised(rig, timed))


def test_arp_spoofing(rig):
    """LA-02: the laptop says twice a second that the gateway's address is its own; an address that is handed over once is none"""
    def says(src, ip, to=PLC1):
        return frames.arp(src, 2, ip, to.mac, to.ip, to.mac, 101)
    timed = [(0, frames.arp(PLC1.mac, 1, PLC1.ip, '00:00:00:00:00:00', '10.20.1.1', vlan=101)), (0.1, says(LEG, '10.20.1.1'))]
    timed += [(20 + i * 0.5, says(LAPTOP.mac, '10.20.1.1')) for i in range(6)]
    found = [a for a in raised(rig, timed) if a['sekisho']['rule_id'] == 'SKS-LA-02']
    assert found and found[0]['ether']['src_mac'] == LAPTOP.mac and found[0]['ether']['dest_mac'] == LEG, found


def test_an_address_handed_over_is_no_spoofing(rig):
    timed = [(0, frames.arp(PLC2.mac, 1, '10.20.1.77', '00:00:00:00:00:00', '10.20.1.77', vlan=101))]
    timed += [(600 + i * 2, frames.arp(PLC1.mac, 1, '10.20.1.77', '00:00:00:00:00:00', '10.20.1.77', vlan=101)) for i in range(2)]
    assert 'SKS-LA-02' not in rules(raised(rig, timed))


def udp(src, dest, sport, dport, payload):
    """@dest may be a multicast address: the frame goes to its group"""
    ip = dest if isinstance(dest, str) else dest.ip
    group = '01:00:5e:' + ':'.join('%02x' % b for b in (int(ip.split('.')[1]) & 127, int(ip.split('.')[2]), int(ip.split('.')[3])))
    there = frames.Host(ip, group, src.vlan) if isinstance(dest, str) else dest
    return frames.ipv4(src, there, 17, struct.pack('>HHHH', sport, dport, 8 + len(payload), 0) + payload)


def names(protocol, asker, answerers):
    """{name: who answers with the own address}, asked for and answered as by LLMNR (224.0.0.252:5355) or mDNS (224.0.0.251:5353)"""
    frames_, group, port = [], '224.0.0.251' if protocol == 'mdns' else '224.0.0.252', 5353 if protocol == 'mdns' else 5355
    for i, (name, who) in enumerate(answerers):
        wire = b''.join(bytes([len(part)]) + part.encode() for part in ([name, 'local'] if protocol == 'mdns' else [name])) + b'\0'
        ask = struct.pack('>6H', 0x4a31 + i, 0, 1, 0, 0, 0) + wire + struct.pack('>HH', 1, 1)
        address = struct.pack('>HHIH', 1, 1, 30, 4) + socket.inet_aton(who.ip)
        sport = 5353 if protocol == 'mdns' else 50300 + i
        frames_.append(udp(asker, group, sport, port, ask))
        if protocol == 'mdns':
            frames_.append(udp(who, group, 5353, 5353, struct.pack('>6H', 0, 0x8400, 0, 1, 0, 0) + wire + address))
        else:
            frames_.append(udp(who, asker, 5355, sport, struct.pack('>6H', 0x4a31 + i, 0x8000, 1, 1, 0, 0) + wire + struct.pack('>HH', 1, 1) + wire + address))
    return spaced(frames_, 0.5)


WANTED = 'wpad', 'files', 'printer', 'server1', 'relay', 'dc01'


def test_names_of_others(rig):
    """PO-09: the laptop answers to whatever name is asked for, by LLMNR and by mDNS"""
    for protocol in 'llmnr', 'mdns':
        found = [a for a in raised(rig, names(protocol, RELAY, [(n, LAPTOP) for n in WANTED]), protocol) if a['sekisho']['rule_id'] == 'SKS-PO-09']
        assert len(found) == 1 and found[0]['discovery']['detail']['name_ip'] == LAPTOP.ip, (protocol, found)


def test_the_name_of_a_registered_device(rig):
    """PO-09: PLC-2 answers to its name; then the laptop, which is in no register, does"""
    for protocol in 'llmnr', 'mdns':
        found = [a for a in raised(rig, names(protocol, RELAY, [('press-2', PLC2), ('press-2', PLC2), ('press-2', LAPTOP)]), protocol) if a['sekisho']['rule_id'] == 'SKS-PO-09']
        assert len(found) == 1 and found[0]['discovery']['detail']['name_ip'] == LAPTOP.ip, (protocol, found)


def test_names_of_their_own(rig):
    """six hosts, each answering to its own name, and the laptop too"""
    hosts = [frames.Host('10.20.1.%d' % (60 + i), '00:80:f4:10:01:%02x' % (60 + i), 101) for i in range(6)] + [LAPTOP]
    for protocol in 'llmnr', 'mdns':
        assert 'SKS-PO-09' not in rules(raised(rig, names(protocol, RELAY, [('host-%d' % i, h) for i, h in enumerate(hosts)] + [('press-2', PLC2)]), protocol))


def test_mirai(rig):
    """LA-04: SYNs whose sequence number is the address; with others it is none"""
    def syn(i, add):
        to = frames.Host('10.20.1.%d' % (60 + i), LEG)
        return frames.tcp(LAPTOP, to, 42000 + i, 23, frames.SYN, struct.unpack('>I', socket.inet_aton(to.ip))[0] + add)
    assert 'SKS-LA-04' in rules(raised(rig, [(i * 0.1, syn(i, 0)) for i in range(3)]))


def test_a_damaged_frame_is_no_outbreak(rig):
    """LA-04: a SYN with its destination as its number is one; one byte that stands over address, ports and number is not"""
    bot = frames.tcp(LAPTOP, frames.Host('10.20.1.60', LEG), 42000, 23, frames.SYN, struct.unpack('>I', socket.inet_aton('10.20.1.60'))[0])
    assert [a['sekisho']['level'] for a in raised(rig, [(0, bot)], 'bot') if a['sekisho']['rule_id'] == 'SKS-LA-04'] == ['critical']
    whole = frames.tcp(LAPTOP, frames.Host('10.20.1.60', LEG), 42000, 23, frames.SYN, 0x12345678)
    damaged = [whole[:begin] + bytes([fill]) * (end - begin) + whole[end:] for fill in (0, 0x0a, 0x5a, 0xff) for begin in (30, 34) for end in (46, 47)]
    assert 'SKS-LA-04' not in rules(raised(rig, [(i * 0.1, frame) for i, frame in enumerate(damaged)], 'damaged'))


def test_a_telnet_client_is_no_bot(rig):
    timed = [(i * 0.1, frames.tcp(LAPTOP, PLC1, 42000 + i, 23, frames.SYN, 0x12345678 + i)) for i in range(3)]
    assert 'SKS-LA-04' not in rules(raised(rig, timed))


def flood(kind, frame_of, per_second, seconds):
    return [(i / per_second, frame_of(i)) for i in range(per_second * seconds)]


def test_broadcast_storm_and_loop(rig):
    """LA-06: a device asks for everybody; the same frame comes again and again, which has words of its own"""
    storm = flood('storm', lambda i: frames.arp(LAPTOP.mac, 1, LAPTOP.ip, '00:00:00:00:00:00', '10.20.%d.%d' % (i // 250 % 250, i % 250 + 1), vlan=101), 1050, 13)
    alerts = [a['sekisho'] for a in raised(rig, storm) if a['sekisho']['rule_id'] == 'SKS-LA-06']
    assert len(alerts) == 1 and 'storm' in alerts[0]['title_en'].lower(), alerts


def test_loop(rig):
    one = frames.arp(PLC1.mac, 1, PLC1.ip, '00:00:00:00:00:00', PLC2.ip, vlan=101)
    alerts = [a['sekisho'] for a in raised(rig, flood('loop', lambda i: one, 1050, 13)) if a['sekisho']['rule_id'] == 'SKS-LA-06']
    assert len(alerts) == 1 and 'ループ配線の疑い' in alerts[0]['title_ja'], alerts


def test_many_broadcasts_are_no_storm(rig):
    calm = flood('calm', lambda i: frames.arp(PLC1.mac, 1, PLC1.ip, '00:00:00:00:00:00', PLC2.ip, vlan=101), 500, 13)
    assert 'SKS-LA-06' not in rules(raised(rig, calm))


def test_flood_of_pings(rig):
    """LA-06: by ICMP"""
    pings = flood('ping', lambda i: frames.ipv4(LAPTOP, PLC1, 1, struct.pack('>BBHHH', 8, 0, 0, 1, i & 0xffff) + b'x' * 8), 550, 13)
    alerts = [a for a in raised(rig, pings) if a['sekisho']['rule_id'] == 'SKS-LA-06']
    assert [triple(a)[1:] for a in alerts] == [(LAPTOP.ip, PLC1.ip)], alerts


def test_flood_of_connections(rig):
    """LA-06: 3,200 SYNs in half a minute; the last frame lets the half-open ones run out"""
    timed = [(i * 0.01, frames.tcp(LAPTOP, PLC1, 1024 + i, 502, frames.SYN)) for i in range(3200)]
    timed.append((120, frames.arp(PLC1.mac, 1, PLC1.ip, '00:00:00:00:00:00', PLC2.ip, vlan=101)))
    assert ('SKS-LA-06', LAPTOP.ip, PLC1.ip) in {triple(a) for a in raised(rig, timed)}


if __name__ == '__main__':
    main(globals())
