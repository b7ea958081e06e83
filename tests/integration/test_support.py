"""sekisho support: one file for who helps from afar, in which nothing that was planted is found again."""
import json, os, pathlib, re, tarfile
import frames
from rig import BUILD, CAPTURES, main, scenes

NODE = os.uname().nodename
NODE = NODE if len(NODE) > 2 else 'box'   # shorter ones are not worth a mark
PARTS = {'README.txt', 'system.txt', 'interfaces.txt', 'config.yaml', 'health.json', 'tables.txt', 'files.txt', 'rules.txt', 'log.txt'}
CONFIG = '''state: %s
sensor: { name: planted-sensor, site: 植木工場 }
zones:
  - { id: planted-zone, name: { ja: 植木ゾーン, en: Planted zone }, purdue: L1, prefixes: [10.66.0.0/16], vlans: [101] }
conduits:
  - { from: planted-zone, to: planted-zone, protocol: modbus, class: [read], sources: [10.66.1.77], owner: 植木太郎, reason: planted reason }
redis: { url: "redis://planteduser:plantedsecret@10.66.9.9:6380/0", user: planteduser2, password: plantedsecret2, maxlen: 4321 }
syslog: [{ name: planted-log, transport: udp, address: "10.66.9.10:514", format: rfc3164 }]
eve: { path: %s/planted-eve.json }
impact: { contacts: ["植木花子 090-1234-5678"] }
rules: { lists: { default_users: [planteduser3] }, thresholds: { SKS-MB-14: { refusals: 7, zones: { planted-zone: { refusals: 11 } } } }, disable: [SKS-MB-05] }
evidence: { level: info }
'''
LOG = NODE + ''' sekishod: 1
redis: lost 10.66.9.9:6380 (planted-sensor refused planteduser), alerts wait in the outbox
ledger: Planted PLC 7 (02:66:00:00:00:07, 10.66.1.77) is new
ledger: 0266.0000.0007 02-66-00-00-00-07 [fe80::66:ff:fe00:7]:502 2001:db8::66
redis: AUTH plantedsecret2 failed. PLANTED plc 7 says so
capture: eth1 is back, 12 of 100 frames at 07:18:23
'''
HIDDEN = ['planted', '植木', '10.66.', '02:66', '02-66', '0266.', 'fe80::66', '2001:db8', '4f70656e', 'OpenSesame', '090-1234', 'PLC 7']


def bundle(rig, *arguments, **kwargs):
    path = rig.dir / ('bundle%d.tar.gz' % len(list(rig.dir.glob('bundle*'))))
    rig.sekisho('support', '--output', path, *arguments, **kwargs)
    assert path.stat().st_mode & 0o777 == 0o600, oct(path.stat().st_mode)
    with tarfile.open(path) as tar:
        members = tar.getmembers()
        assert all(m.isreg() and m.uid == 0 and not m.uname for m in members)
        return {pathlib.PurePath(m.name).name: tar.extractfile(m).read().decode('utf-8') for m in members}


def planted(rig):
    """a state directory in which a device, a person, a password and a payload of ours are known"""
    hmi, plc = frames.Host('10.66.1.77', '02:66:00:00:00:07'), frames.Host('10.66.1.78', '02:66:00:00:00:08')
    talk = frames.Talk(hmi, plc, 50000, 80)
    talk.ask(b'GET /OpenSesame HTTP/1.1\r\nHost: planted-host\r\nAuthorization: Basic cGxhbnRlZA==\r\n\r\n').answer(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nOpenSesame')
    talk.end()
    capture = frames.write(rig.dir / 'planted.pcap', [(1700000000 + i * 0.01, f) for i, f in enumerate(talk.frames)])
    config = rig.config(CONFIG % (rig.dir / 's', rig.dir), base=None)
    rig.sekisho('replay', '--no-sinks', '--config', config, '--state', rig.dir / 's', capture)
    register = rig.dir / 'planted.csv'
    register.write_text('name,mac,ip,kind\nPlanted PLC 7,02:66:00:00:00:07,10.66.1.77,plc\n')
    rig.sekisho('register', 'import', '--state', rig.dir / 's', '--config', config, '--by', '植木太郎', '--reason', 'test', register, status=None)
    log = rig.dir / 'sekisho.log'
    log.write_text(LOG)
    return config, log


def test_nothing_planted_is_found(rig):
    config, log = planted(rig)
    assert 'Planted PLC 7' in rig.sekisho('assets', '--config', config, '--json').stdout, 'nothing was planted'
    got = bundle(rig, '--config', config, '--log', log)
    assert set(got) == PARTS, set(got)
    for name, text in got.items():
        for word in HIDDEN + [n for n in [os.uname().nodename] if len(n) > 2]:
            assert word.lower() not in text.lower(), '%s holds "%s": %s' % (name, word, [l for l in text.splitlines() if word.lower() in l.lower()])
    # and yet it is of use
    c = got['config.yaml']
    assert str(rig.dir) not in ''.join(got.values()), 'a path is told'
    for line in ('maxlen: 4321', 'password: (secret)', 'url: (secret)', 'refusals: 7', 'protocol: modbus', 'purdue: L1', 'transport: udp', 'SKS-MB-05', 'contacts: (secret, 1 entries)'):
        assert line in c, (line, c)
    sensor = re.search(r'name: (#[0-9a-f]{10})', c).group(1)
    assert 'lost #' in got['log.txt'] and ':6380 (%s refused' % sensor in got['log.txt'], got['log.txt']
    assert 'capture: eth1 is back, 12 of 100 frames at 07:18:23' in got['log.txt'], 'what is harmless is masked: ' + got['log.txt']
    health = json.loads(got['health.json'])
    assert health['frames'] > 0 and health['sensor'] == sensor and health['stats'][0]['http']['requests'] == 1
    assert re.search(r'^ledger.db: schema [1-9]\d*, pages [1-9]', got['tables.txt'], re.M) and re.search(r'^  asset +\d+$', got['tables.txt'], re.M), got['tables.txt']
    assert re.search(r'ledger\.db$', got['files.txt'], re.M)
    assert re.search(r'^SKS-MB-05 +\w+ +off$', got['rules.txt'], re.M) and re.search(r'^SKS-MB-09 +\w+ +on$', got['rules.txt'], re.M), got['rules.txt']
    assert 'kernel: Linux' in got['system.txt'] and 'MemTotal' in got['system.txt'] and re.search(r'processors: \d+', got['system.txt'])
    assert re.search(r'^lo\n +operstate', got['interfaces.txt'], re.M), got['interfaces.txt']


def test_marks_are_of_this_box(rig):
    """the same in the next bundle, others with another salt, and the salt is for nobody else"""
    config, log = planted(rig)
    one, two = bundle(rig, '--config', config, '--log', log), bundle(rig, '--config', config, '--log', log)
    assert one['config.yaml'] == two['config.yaml'] and one['log.txt'] == two['log.txt']
    salt = rig.dir / 's' / 'support.salt'
    assert salt.stat().st_mode & 0o777 == 0o600 and salt.stat().st_size == 32
    assert salt.read_bytes().hex() not in ''.join(one.values())
    salt.unlink()
    three = bundle(rig, '--config', config, '--log', log)
    assert three['config.yaml'] != one['config.yaml']


def test_a_configuration_that_does_not_load(rig):
    config, log = planted(rig)
    config.write_text(config.read_text() + 'zonnes: planted\n')
    got = bundle(rig, '--config', config, '--state', rig.dir / 's', '--log', log)
    assert str(rig.dir) not in ''.join(got.values()), got['config.yaml']
    assert 'it does not load' in got['config.yaml'] and 'password: (secret)' in got['config.yaml'], got['config.yaml']
    assert 'does not load' in got['rules.txt']
    for name, text in got.items():
        assert 'planted' not in text, (name, text)
    config.write_text('redis: { password: plantedsecret2\n')
    got = bundle(rig, '--config', config, '--state', rig.dir / 's', '--log', log)
    assert not any('plantedsecret2' in text for text in got.values()), got['config.yaml']


def test_nothing_is_there(rig):
    """no daemon, no state, no configuration, no journal: still a bundle, since that is when it is needed"""
    (rig.dir / 'empty').mkdir()
    got = bundle(rig, '--state', rig.dir / 'empty')
    assert set(got) == PARTS and got['system.txt'], got
    again = rig.sekisho('support', '--state', rig.dir / 'empty', '--output', rig.dir / 'bundle0.tar.gz', status=3)
    assert 'bundle0' in again.stderr, again.stderr
    assert not list(rig.dir.glob('nowhere*'))
    rig.sekisho('support', '--state', rig.dir / 'empty', '--output', rig.dir / 'nowhere' / 'x.tar.gz', status=3)


if __name__ == '__main__':
    main(globals())
