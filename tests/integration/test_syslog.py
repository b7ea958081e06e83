"""syslog: real receivers take what we send, over each transport, in each header and payload, through TLS, and only what was asked for."""
import json, os, re, shutil, signal, socket, ssl, threading
from certificates import Certificates
from redis_peers import free_port
from rig import BUILD, main, scenes, wait_for
from syslog_peers import Rsyslog, SyslogFlow

CEF = re.compile(r'CEF:0\|[^|]*\|sekisho\|[^|]*\|(SKS-[A-Z]+-?\d*)\|((?:[^|\\]|\\.)*)\|(\d+)\|(.*)')


def replay(rig, text, state='s', status=0, drain='20', captures=None):
    config = rig.config('syslog:\n%s' % text, name='%s.yaml' % state)
    return rig.sekisho('replay', '--drain', drain, '--config', config, '--state', rig.dir / state, *(captures or scenes()), status=status)


def rules_of(alerts):
    return sorted({a['sekisho']['rule_id'] for a in alerts})


def test_cef_over_udp_and_json_over_tcp(rig):
    udp, tcp = Rsyslog(rig, 'udp'), Rsyslog(rig, 'tcp')
    replay(rig, '  - { transport: udp, address: "%s" }\n  - { transport: tcp, address: "%s", payload: eve, max_bytes: 60000 }\n' % (udp.address, tcp.address))
    alerts = rig.alerts(rig.dir / 's')
    udp.wait_lines(len(alerts))
    found = [CEF.search(line['msg']) for line in udp.parsed()]
    assert all(found), [line for line, m in zip(udp.parsed(), found) if not m][:2]
    assert sorted({m.group(1) for m in found}) == rules_of(alerts)
    assert all(line['app'] == 'sekisho' and line['host'] == 'factory-1' for line in udp.parsed()), udp.parsed()[0]
    assert all(0 <= int(m.group(3)) <= 10 for m in found)
    tcp.wait_lines(len(alerts))
    objects = [json.loads(line['msg'].lstrip('\ufeff')) for line in tcp.parsed()]
    assert rules_of(objects) == rules_of(alerts)
    assert all(line['sd'].startswith('[sekisho@32473 ') for line in tcp.parsed()), tcp.parsed()[0]


def test_every_payload_over_every_transport(rig):
    """the same alerts, whichever way they go"""
    certificates = Certificates(rig)
    certificates.sign('sensor', 'DNS:factory-1')
    ways = [(Rsyslog(rig, 'tls', certificates), 'tls', 'leef', 'tls: { ca: ca.pem }'), (Rsyslog(rig, 'relp'), 'relp', 'ecs', 'max_bytes: 60000'),
            (Rsyslog(rig, 'relp-tls', certificates), 'relp', 'eve', 'max_bytes: 60000, tls: { ca: ca.pem, cert: sensor.pem, key: sensor.key }'), (Rsyslog(rig, 'unix'), 'unix', 'cef', 'bom: no')]
    replay(rig, ''.join('  - { transport: %s, address: "%s", payload: %s, %s }\n' % (t, peer.address, p, more) for peer, t, p, more in ways))
    ids = sorted(a['sekisho']['alert_id'] for a in rig.alerts(rig.dir / 's'))
    for peer, transport, payload, _ in ways:
        peer.wait_lines(len(ids))
        texts = [line['msg'].strip().lstrip('\ufeff') for line in peer.parsed()]
        if payload == 'ecs':
            got = [json.loads(t)['event']['id'] for t in texts]
        elif payload == 'eve':
            got = [json.loads(t)['sekisho']['alert_id'] for t in texts]
        else:
            got = [re.search(r'(?:sekishoId|externalId)=([0-9A-Z]+)', t).group(1) for t in texts]
        assert sorted(set(got)) == ids, '%s over %s: %d of %d' % (payload, transport, len(set(got)), len(ids))


def test_the_old_header(rig):
    """RFC 3164: what an old server makes of it; its time is the site's"""
    peer = Rsyslog(rig, 'udp')
    replay(rig, '  - { transport: udp, address: "%s", format: rfc3164 }\n' % peer.address, captures=scenes()[:2])
    alerts = rig.alerts(rig.dir / 's')
    peer.wait_lines(len(alerts))
    lines = peer.parsed()
    assert {(p['facility'], p['app'], p['host']) for p in lines} == {('local0', 'sekisho', 'factory-1')}, lines[0]
    assert all(CEF.search(p['msg']) and '\ufeff' not in p['msg'] for p in lines), lines[0]
    assert all(re.match(r'<\d+>[A-Z][a-z][a-z] [ \d]\d \d\d:\d\d:\d\d factory-1 sekisho\[\d+\]: CEF:0\|', line) for line in peer.lines()), peer.lines()[0]
    assert all(len(line.encode()) <= 1024 for line in peer.lines())


def test_a_receiver_that_comes_late_gets_everything(rig):
    port = free_port()
    r = replay(rig, '  - { transport: tcp, address: "127.0.0.1:%d" }\n' % port, drain='1', status=3)
    assert 'waiting' in r.stderr, r.stderr
    peer = Rsyslog(rig, 'tcp')
    replay(rig, '  - { transport: tcp, address: "%s" }\n' % peer.address, captures=scenes()[:1])
    alerts = rig.alerts(rig.dir / 's')
    assert len(peer.wait_lines(len(alerts))) >= len(alerts)


def test_whoever_is_not_the_receiver_gets_nothing(rig):
    """a certificate of another authority, or of another name; unless somebody wrote that it does not matter"""
    certificates = Certificates(rig)
    peer = Rsyslog(rig, 'tls', certificates)
    other = rig.dir / 'other'
    other.mkdir()
    strangers = type('', (), {'dir': other})()
    Certificates(strangers)
    for n, (tls, why) in enumerate([('ca: other/ca.pem', 'verif|self-signed|issuer'), ('ca: ca.pem, server_name: elsewhere.example', 'ostname mismatch'), ('', 'verif|self-signed|issuer')]):
        r = replay(rig, '  - { transport: tls, address: "%s", tls: { %s } }\n' % (peer.address, tls), state='no%d' % n, status=3, drain='1', captures=scenes()[:1])
        assert re.search(r'syslog: lost .*TLS .*(%s)' % why, r.stderr), r.stderr
    assert peer.lines() == [], peer.lines()[:1]
    replay(rig, '  - { transport: tls, address: "%s", tls: { ca: other/ca.pem, verify: no } }\n' % peer.address, captures=scenes()[:1])
    peer.wait_lines(1)


def test_a_receiver_that_wants_to_know_who_we_are(rig):
    certificates = Certificates(rig)
    peer = Rsyslog(rig, 'tls', certificates, client='x509/certvalid')
    certificates.sign('sensor', 'DNS:factory-1')
    r = replay(rig, '  - { transport: tls, address: "%s", tls: { ca: ca.pem } }\n' % peer.address, state='no', status=3, drain='2', captures=scenes()[:1])
    assert 'syslog: lost' in r.stderr and 'TLS' in r.stderr, r.stderr
    assert peer.lines() == []
    replay(rig, '  - { transport: tls, address: "%s", tls: { ca: ca.pem, cert: sensor.pem, key: sensor.key } }\n' % peer.address, captures=scenes()[:1])
    assert len(peer.wait_lines(1)) >= 1


class WhoComes(threading.Thread):
    """a receiver over TLS that asks for a certificate, and keeps whose it was"""

    def __init__(self, certificates):
        super().__init__(daemon=True)
        cert, key = certificates.sign('asker', 'IP:127.0.0.1')
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert, key)
        self.context.load_verify_locations(certificates.dir / 'ca.pem')
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.listener, self.came, self.connection = socket.create_server(('127.0.0.1', 0)), [], None
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            plain, _ = self.listener.accept()
            try:
                self.connection = self.context.wrap_socket(plain, server_side=True)
                self.came.append(dict(p[0] for p in self.connection.getpeercert()['subject'])['commonName'])
                while self.connection.recv(65536):
                    pass
            except OSError:
                pass


def test_a_renewed_certificate_is_taken_up(rig):
    """by SIGHUP, for the next connection; one that cannot be used leaves the former, and refuses the reload"""
    certificates = Certificates(rig)
    peer = WhoComes(certificates)

    def give(name):
        cert, key = certificates.sign(name, 'DNS:' + name)
        shutil.copy(cert, rig.dir / 'sensor.pem')
        shutil.copy(key, rig.dir / 'sensor.key')
        os.chmod(rig.dir / 'sensor.key', 0o600)

    def reload_and_come_again(what):
        n, before = len(peer.came), flow.log.read_text().count(what)
        flow.process.send_signal(signal.SIGHUP)

        def reloaded():
            flow.alerts(1)  # the daemon looks between frames
            return flow.log.read_text().count(what) > before
        wait_for('the reload', reloaded)
        peer.connection.shutdown(socket.SHUT_RDWR)
        flow.alerts(1)
        wait_for('it again', lambda: len(peer.came) > n)
        return peer.came[-1]
    give('first')
    flow = SyslogFlow(rig, 'syslog:\n  - { transport: tls, address: "127.0.0.1:%d", tls: { ca: ca.pem, cert: sensor.pem, key: sensor.key } }\n' % peer.port)
    flow.alerts(1)
    wait_for('the first', lambda: peer.came == ['first'])
    give('second')
    assert reload_and_come_again('config: reloaded') == 'second'
    (rig.dir / 'sensor.key').write_text('no key')
    assert reload_and_come_again('config: not reloaded') == 'second' and 'former certificates stay' in flow.log.read_text(), flow.log.read_text()
    flow.close()


def test_filters(rig):
    """two destinations at one address, each with its own part"""
    peer = Rsyslog(rig, 'tcp')
    replay(rig, '  - { transport: tcp, address: "%(a)s", payload: eve, max_bytes: 60000, level: high }\n'
           '  - { name: writes, transport: tcp, address: "%(a)s", payload: leef, rules: [SKS-MB-*] }\n' % {'a': peer.address})
    alerts = rig.alerts(rig.dir / 's')
    wanted = sorted(a['sekisho']['alert_id'] for a in alerts if a['sekisho']['level'] in ('high', 'critical'))
    modbus = sorted(a['sekisho']['alert_id'] for a in alerts if a['sekisho']['rule_id'].startswith('SKS-MB-'))
    assert 0 < len(wanted) < len(alerts) and 0 < len(modbus) < len(alerts)
    peer.wait_lines(len(wanted) + len(modbus))
    texts = [p['msg'].strip().lstrip('\ufeff') for p in peer.parsed()]
    eve = {json.loads(t)['sekisho']['alert_id'] for t in texts if t.startswith('{')}
    leef = {re.search(r'sekishoId=([0-9A-Z]+)', t).group(1) for t in texts if t.startswith('LEEF')}
    assert sorted(eve) == wanted and sorted(leef) == modbus


def test_a_zone(rig):
    peer = Rsyslog(rig, 'tcp')
    zone = 'office'
    replay(rig, '  - { transport: tcp, address: "%s", payload: eve, max_bytes: 60000, zones: [%s] }\n' % (peer.address, zone))
    alerts = rig.alerts(rig.dir / 's')
    here = {a['sekisho']['alert_id'] for a in alerts if zone in (a['sekisho']['src'].get('zone'), a['sekisho']['dest'].get('zone'))}
    assert 0 < len(here) < len(alerts), len(here)
    peer.wait_lines(len(here))
    assert {json.loads(p['msg'].strip().lstrip('\ufeff'))['sekisho']['alert_id'] for p in peer.parsed()} == here


MISTAKES = [
    ('{ transport: tcp, address: "h:1", zones: [ofice] }', 'Did you mean "office"'),
    ('{ transport: tcp, address: "h:1", rules: [SKS-XX-01] }', 'no rule is called "SKS-XX-01"'),
    ('{ transport: tcp, address: "h:1", level: severe }', 'none of: info low medium high critical'),
    ('{ transport: tcp, address: "h:1", tls: { ca: x.pem } }', 'only the transports tls and relp have TLS'),
    ('{ transport: tls, address: "h:1", tls: { ca: x.pem } }', 'syslog.tls.ca'),
    ('{ transport: tls, address: "h:1", tls: { key: x.pem } }', 'a key is of no use without its certificate'),
    ('{ transport: tls, address: "h:1", tls: { cas: x.pem } }', 'cas'),
    ('{ transport: tcp, address: "h:1" }\n  - { transport: tcp, address: "h:1", payload: eve }', 'Give each a name'),
    ('{ transport: tcp, address: "h:1", max_bytes: 100 }', '480'),
]


def test_the_same_place_twice(rig):
    """also where one of them leaves the usual port out; and all that lag behind are named in the end"""
    for a, b, status in (('127.0.0.1', '127.0.0.1:514', 1), ('127.0.0.1:514', '127.0.0.1', 1), ('127.0.0.1', '127.0.0.1:515', 0)):
        config = rig.config('syslog:\n  - { transport: udp, address: "%s" }\n  - { transport: udp, address: "%s" }\n' % (a, b))
        r = rig.run(BUILD / 'sekishod', '--check', '--config', config, status=status)
        assert status == 0 or 'same transport and address' in r.stderr, r.stderr
    ports = free_port(), free_port()
    r = replay(rig, ''.join('  - { transport: tcp, address: "127.0.0.1:%d" }\n' % p for p in ports), status=3, drain='1', captures=scenes()[:2])
    assert all('127.0.0.1:%d' % p in r.stderr.splitlines()[-1] for p in ports), r.stderr


def test_mistakes_are_named(rig):
    for n, (text, words) in enumerate(MISTAKES):
        r = replay(rig, '  - %s\n' % text, state='m%d' % n, status=1, captures=scenes()[:1])
        assert words in r.stderr, '%s: %s' % (text, r.stderr)


if __name__ == '__main__':
    main(globals())
