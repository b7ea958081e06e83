"""Data connections of FTP belong to their session: what a conduit says of it holds for them, whoever opens them, and only for what the two ends agreed on."""
import itertools, json, struct

from frames import ACK, PSH, Host, Talk, write
from rig import main

ZONES = """
sensor: { name: s }
zones:
  - { id: eng, name: { ja: 技術, en: Engineering }, purdue: %s, prefixes: [10.20.3.0/24, "fd00:3::/64"] }
  - { id: cell, name: { ja: セル, en: Cell }, purdue: L1, prefixes: [10.20.1.0/24, "fd00:1::/64"] }
conduits:
  - { from: cell, to: cell, protocol: any, class: any, owner: x, reason: y }
"""
LINE = '  - { from: eng, to: cell, protocol: ftp, class: any, owner: x, reason: NC programs }\n'
PC = Host('10.20.3.30', '02:00:00:00:03:30'), Host('fd00:3::30', '02:00:00:00:03:30')
CNC = Host('10.20.1.40', '02:00:00:00:01:40'), Host('fd00:1::40', '02:00:00:00:01:40')
THIRD = Host('10.20.1.99', '02:00:00:00:01:99')


def commas(ip, port):
    return ','.join(ip.split('.') + [str(port >> 8), str(port & 255)])


class Session:
    """a control connection and the data connections that are agreed on it, in the order of time"""

    def __init__(self, v6=False, sport=50000, at=0.0):
        self.pc, self.cnc = PC[v6], CNC[v6]
        self.v6, self.at, self.out = v6, at, []
        self.talk = Talk(self.pc, self.cnc, sport, 21)
        self.told = 0
        self.ephemeral = itertools.count(sport + 100)
        self.listening = itertools.count(sport + 2000)
        self.flush()
        self.say('<220 CNC ready', '>USER op', '<331 ?', '>PASS not-to-be-seen', '<230 ok')

    def flush(self):
        for frame in self.talk.frames[self.told:]:
            self.add(frame)
        self.told = len(self.talk.frames)

    def add(self, *frames):
        for frame in frames:
            self.out.append((self.at, frame))
            self.at += 0.002

    def say(self, *lines):
        for line in lines:
            (self.talk.ask if line[0] == '>' else self.talk.answer)(line[1:].encode() + b'\r\n')
        self.flush()

    def carry(self, opener, listener, sport, port, upload=False, sender=None, payload=b'%\nO0001(PART)\nG90G54\n' * 20):
        t = Talk(opener, listener, sport, port)
        who = sender if sender is not None else int((listener is self.pc) != upload)
        for _ in range(3):
            t.add(who, ACK | PSH, payload)
        self.add(*t.end())

    def passive(self, upload=False, wrong=None):
        port = next(self.listening)
        if self.v6:
            self.say('>EPSV', '<229 Entering Extended Passive Mode (|||%d|)' % port)
        else:
            self.say('>PASV', '<227 Entering Passive Mode (%s).' % commas(wrong or self.cnc.ip, port))
        self.say('>STOR O0001' if upload else '>RETR O0001', '<150 ok')
        self.carry(self.pc, self.cnc, next(self.ephemeral), port, upload, sender=0 if upload else 1)
        self.say('<226 done')

    def active(self, upload=False):
        port = next(self.ephemeral)
        if self.v6:
            self.say('>EPRT |2|%s|%d|' % (self.pc.ip, port))
        else:
            self.say('>PORT ' + commas(self.pc.ip, port))
        self.say('<200 ok', '>STOR O0001' if upload else '>RETR O0001', '<150 ok')
        self.carry(self.cnc, self.pc, 20, port, upload, sender=1 if upload else 0)
        self.say('<226 done')

    def end(self):
        self.say('>QUIT', '<221 bye')
        self.talk.end()
        self.flush()
        return self.out


def all_kinds():
    out, at = [], 0.0
    for n, v6 in enumerate((False, True)):
        s = Session(v6, 50000 + n * 5000, at)
        for upload in (False, True):
            s.passive(upload)
            s.active(upload)
        out += s.end()
        at = s.at + 1
    return out


def replay(rig, capture, config, *options):
    state = rig.dir / 'state'
    rig.run('rm', '-rf', state)
    rig.sekisho('replay', '--no-sinks', '--config', config, '--state', state, *options, capture)
    return [a for a in rig.alerts(state)], [json.loads(r) for r in rig.sekisho('links', '--state', state, '--json').stdout.splitlines()]


def rules(alerts, prefix='SKS-'):
    return sorted((a['sekisho']['rule_id'], a['src_ip'], a['dest_ip'], a.get('app_proto')) for a in alerts if a['sekisho']['rule_id'].startswith(prefix))


def of_clear_text(alerts):
    """what is said of FTP whatever it carries: by which rules"""
    return sorted({a['sekisho']['rule_id'] for a in alerts} - {'SKS-LA-07', 'SKS-HT-02'})


def test_a_line_for_ftp_holds_for_its_data(rig):
    capture = write(rig.dir / 'ftp.pcap', all_kinds())
    alerts, links = replay(rig, capture, rig.config(ZONES % 'L3' + LINE, base=None))
    assert of_clear_text(alerts) == [], rules(alerts)
    assert sorted((k['src']['name'], k['dest']['name'], k['protocol'], k['port'], k['conduit']) for k in links) == \
        [('10.20.3.30', '10.20.1.40', 'ftp', 21, 'allowed'), ('10.20.3.30', '10.20.1.40', 'ftp-data', 0, 'allowed')], links


def test_without_a_line_the_session_is_told_once(rig):
    capture = write(rig.dir / 'ftp.pcap', all_kinds())
    alerts, _ = replay(rig, capture, rig.config(ZONES % 'L3', base=None))
    assert of_clear_text(alerts) == ['SKS-PO-04'], rules(alerts)
    assert rules(alerts, 'SKS-PO') == [('SKS-PO-04', '10.20.3.30', '10.20.1.40', 'ftp')], rules(alerts)


def test_who_asks_is_the_client_whoever_opens(rig):
    """a file that a machine sends to the office is not the machine's doing"""
    capture = write(rig.dir / 'ftp.pcap', all_kinds())
    alerts, _ = replay(rig, capture, rig.config(ZONES % 'L4' + LINE, base=None))
    assert rules(alerts, 'SKS-PO') == [('SKS-PO-05', '10.20.3.30', '10.20.1.40', 'ftp')], rules(alerts)
    assert [a['sekisho']['level'] for a in alerts if a['sekisho']['rule_id'] == 'SKS-PO-05'] == ['low'], alerts


def test_the_lines_that_are_drafted_are_for_the_session(rig):
    capture = write(rig.dir / 'ftp.pcap', all_kinds())
    for line, protocols in ('', {'ftp'}), (LINE, set()):
        config = rig.config(ZONES % 'L3' + line, base=None)
        found = [json.loads(r) for r in rig.sekisho('policy', 'test', '--config', config, '--json', capture).stdout.splitlines()]
        assert {r['protocol'] for r in found if r['verdict'] == 'denied'} == protocols, found
        assert {(r['protocol'], r['port']) for r in found} == {('ftp', 21), ('ftp-data', 0)}, found
        drafted = rig.dir / 'draft'
        rig.run('rm', '-rf', drafted)
        rig.sekisho('learn', '--config', config, '--output', drafted, capture)
        text = (drafted / 'draft.yaml').read_text()
        assert 'ftp-data' not in text and ('protocol: ftp,' in text) == bool(protocols), text


def test_who_offers_ftp_offers_its_data(rig):
    (rig.dir / 'ftp.csv').write_text('name,ip,kind,services\ncnc,10.20.1.40,cnc,ftp\n')
    capture = write(rig.dir / 'ftp.pcap', all_kinds())
    config = rig.config(ZONES % 'L3' + LINE + 'register: ftp.csv\n', base=None)
    assert rules(replay(rig, capture, config)[0], 'SKS-LA-07') == [('SKS-LA-07', '10.20.3.30', '10.20.1.40', 'ftp')]


def one(rig, name, make, config_line=LINE):
    s = Session()
    s.passive()
    s.active()
    make(s)
    capture = write(rig.dir / (name + '.pcap'), s.end())
    return rules(replay(rig, capture, rig.config(ZONES % 'L3' + config_line, base=None))[0], 'SKS-PO')


def test_what_was_not_agreed_on_is_told(rig):
    def bounce(s):
        s.say('>PORT ' + commas(THIRD.ip, 40000), '<200 ok', '>RETR O0001', '<150 ok')
        s.carry(s.pc, THIRD, 41000, 40000)

    def own_port_elsewhere(s):
        s.say('>PORT ' + commas('10.20.1.99', 40000), '<200 ok', '>RETR O0001', '<150 ok')
        s.carry(s.cnc, s.pc, 20, 40000)

    def well_known(s):
        s.say('>PORT ' + commas(s.pc.ip, 502), '<200 ok', '>RETR O0001', '<150 ok')
        s.carry(s.cnc, s.pc, 20, 502)

    def another_port(s):
        s.say('>PASV', '<227 Entering Passive Mode (%s)' % commas(s.cnc.ip, 52500))
        s.carry(s.pc, s.cnc, 50900, 52501)

    def twice(s):
        s.say('>PASV', '<227 Entering Passive Mode (%s)' % commas(s.cnc.ip, 52500))
        s.carry(s.pc, s.cnc, 50900, 52500)
        s.carry(s.pc, s.cnc, 50901, 52500)

    def too_late(s):
        s.say('>PASV', '<227 Entering Passive Mode (%s)' % commas(s.cnc.ip, 52500))
        s.at += 70
        s.carry(s.pc, s.cnc, 50900, 52500)

    def the_other_way(s):
        s.say('>PASV', '<227 Entering Passive Mode (%s)' % commas(s.cnc.ip, 52500))
        s.carry(s.cnc, s.pc, 50900, 52500)

    def within_tls(s):
        s.say('>AUTH TLS', '<234 ok')
        s.passive()

    for f, told in (bounce, ('10.20.3.30', '10.20.1.99')), (own_port_elsewhere, ('10.20.1.40', '10.20.3.30')), (well_known, ('10.20.1.40', '10.20.3.30')), \
            (another_port, ('10.20.3.30', '10.20.1.40')), (twice, ('10.20.3.30', '10.20.1.40')), (too_late, ('10.20.3.30', '10.20.1.40')), \
            (the_other_way, ('10.20.1.40', '10.20.3.30')), (within_tls, ('10.20.3.30', '10.20.1.40')):
        found = one(rig, f.__name__, f)
        assert [r[1:3] for r in found if r[0] == 'SKS-PO-04'] == [told], (f.__name__, found)


def test_an_address_that_is_translated(rig):
    assert one(rig, 'translated', lambda s: s.passive(wrong='192.168.250.40')) == []


def test_what_speaks_something_else_is_that(rig):
    def modbus(s):
        s.say('>PASV', '<227 Entering Passive Mode (%s)' % commas(s.cnc.ip, 52500))
        t = Talk(s.pc, s.cnc, 50900, 52500)
        for i in range(4):
            t.ask(struct.pack('>HHHBBHH', i, 0, 6, 1, 6, 7, 1)).answer(struct.pack('>HHHBBHH', i, 0, 6, 1, 6, 7, 1))
        s.add(*t.end())
    assert ('SKS-PO-04', '10.20.3.30', '10.20.1.40', 'modbus') in one(rig, 'modbus', modbus), one(rig, 'modbus', modbus)


def test_a_thousand_files(rig):
    """one conversation in the ledger, no scan, no flood; the same alerts with any number of workers and without the gate"""
    out, at = [], 0.0
    for n in range(4):
        s = Session(n == 3, 20000 + n * 10000, at)
        for i in range(250):
            (s.passive if i % 2 else s.active)(i % 3 == 0)
        out += s.end()
        at = s.at - 5   # they overlap
    capture = write(rig.dir / 'many.pcap', sorted(out, key=lambda x: x[0]))
    for text in ZONES % 'L3' + LINE, ZONES % 'L3':
        config = rig.config(text, base=None)
        alerts, links = replay(rig, capture, config)
        assert len(links) == 2, links
        assert of_clear_text(alerts) == ([] if LINE in text else ['SKS-PO-04']), rules(alerts)
        want = sorted(json.dumps(a, sort_keys=True) for a in alerts)
        for options in (('--workers', 2), ('--workers', 4), ('--no-gate',), ('--workers', 4, '--no-gate')):
            got = sorted(json.dumps(a, sort_keys=True) for a in replay(rig, capture, config, *options)[0])
            assert got == want, (options, set(got) ^ set(want))


main(globals())
