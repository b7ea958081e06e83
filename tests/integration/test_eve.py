"""The EVE file: each line is what configs/schema/eve.json says, the common part is what Suricata's schema says, and a rotation loses nothing."""
import contextlib, copy, json, os, signal
import frames
from jsonschema import Draft7Validator
from rig import BUILD, CAPTURES, PCAP_HEADER, TOP, listen_only_records, main, scenes, wait_for, writing_end
from test_incidents import new_master, scan, stop

SCHEMA = json.loads((TOP / 'configs' / 'schema' / 'eve.json').read_text())
PERSON = ['--by', '山田', '--reason', '確認した']

# Facts of Suricata's etc/schema.json (version 8) of what an alert has in common with it: names and types; both objects and the root take no others, the
# metadata takes any list. Held here, since the file itself is not ours to keep.
INTEGER, TEXT = int, str
SURICATA = {'timestamp': TEXT, 'event_type': TEXT, 'host': TEXT, 'in_iface': TEXT, 'pcap_filename': TEXT, 'pcap_cnt': INTEGER, 'flow_id': INTEGER,
            'community_id': TEXT, 'src_ip': TEXT, 'src_port': INTEGER, 'dest_ip': TEXT, 'dest_port': INTEGER, 'proto': TEXT, 'app_proto': TEXT,
            'vlan': [INTEGER], 'ether': {'src_mac': TEXT, 'dest_mac': TEXT},
            'alert': {'action': TEXT, 'category': TEXT, 'gid': INTEGER, 'metadata': None, 'rev': INTEGER, 'severity': INTEGER, 'signature': TEXT,
                      'signature_id': INTEGER}}
OURS_BESIDE = {'app_proto_by', 'complete', 'record_truncated', 'tunnel', 'sekisho', 'drill'}


def validator():
    Draft7Validator.check_schema(SCHEMA)
    return Draft7Validator(SCHEMA)


def wrong(v, line):
    return ['%s: %s' % ('/'.join(map(str, e.absolute_path)), e.message[-300:]) for e in v.iter_errors(line)]


def check(lines):
    v = validator()
    for line in lines:
        assert not wrong(v, line), (wrong(v, line), line)


def read(path):
    return [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]


def made(rig, captures, more='', name='s'):
    """what the file has after these captures"""
    path = rig.dir / ('%s.json' % name)
    config = rig.config('eve:\n  path: %s\n%s' % (path, more), name='%s.yaml' % name)
    rig.sekisho('replay', '--config', config, '--state', rig.dir / name, *captures, seconds=300)
    return read(path), config, path


def everything(rig):
    captures = [*scenes(), *scenes(CAPTURES / 'lookalikes'), *sorted((TOP / 'tests' / 'golden').rglob('*.pcap')), *sorted((TOP / 'tests' / 'golden').rglob('*.pcapng'))]
    return made(rig, captures, 'evidence: { level: low, before_s: 2, after_s: 1 }\n')[0]


def test_every_line_of_all_captures(rig):
    lines = everything(rig)
    check(lines)
    seen = {key for line in lines for key in line}
    # a test that sees little shows little
    assert len(lines) > 50 and seen >= {'modbus', 'opcua', 'smb', 'http', 'flow', 'asset', 'anomaly', 'discovery', 'vlan', 'ether', 'complete'}, seen
    assert {line['sekisho']['change'] for line in lines} >= {'new', 'update', 'evidence'}
    assert any('pcap' in line['sekisho']['evidence'] for line in lines) and any('counted' in line['sekisho']['evidence'] for line in lines)


def test_every_line_of_an_alert_s_life_and_of_incidents(rig):
    state = rig.dir / 's'
    lines, config, path = made(rig, [frames.write(rig.dir / 'a.pcap', scan(0) + new_master(300) + stop(900))], 'incidents: { tell: yes }\n')
    incident = next(line['sekisho']['alert_id'] for line in lines if line['event_type'] == 'incident')
    ids = [line['sekisho']['alert_id'] for line in lines if line['event_type'] == 'alert']
    for command in (['alert', 'ack', ids[0]], ['alert', 'close', ids[0]], ['alert', 'reopen', ids[0]], ['alert', 'mute', ids[1], '--until', '2099-01-01'],
                    ['incidents', 'close', incident, '--config', config]):
        rig.sekisho(*command, '--state', state, *PERSON)
    rig.sekisho('replay', '--config', config, '--state', state, CAPTURES / 'normal.pcap')
    lines = read(path)
    check(lines)
    told = {(line['event_type'], line['sekisho']['change']) for line in lines}
    assert told >= {('alert', c) for c in ('new', 'ack', 'close', 'reopen', 'mute')} | {('incident', 'new'), ('incident', 'close')}, told
    assert any('muted_until' in line['sekisho'] for line in lines) and any(line['sekisho'].get('incident') == incident for line in lines)


def test_indicators_and_the_sensor_s_own_alerts(rig):
    path = rig.dir / 'i.json'
    for name in ('indicators.csv', 'indicators.yaml'):
        (rig.dir / name).write_bytes((CAPTURES / name).read_bytes())
    text = (CAPTURES / 'indicators.yaml').read_text()
    config = rig.config(text + '\neve:\n  path: %s\n' % path, base=None if 'sensor:' in text else CAPTURES / 'factory.yaml')
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', *scenes())
    lines = read(path)
    check(lines)
    assert any('indicator' in line['sekisho'].get('evidence', {}) for line in lines), 'none was found'


def each_object(value, path=()):
    """(path, object) of all objects within"""
    if isinstance(value, dict):
        yield path, value
        for key, member in value.items():
            yield from each_object(member, path + (key,))
    elif isinstance(value, list):
        for i, member in enumerate(value):
            yield from each_object(member, path + (i,))


def test_an_unknown_key_anywhere_is_found(rig):
    v, places = validator(), set()
    lines, _, _ = made(rig, [frames.write(rig.dir / 'a.pcap', scan(0) + new_master(300) + stop(900)), *scenes(), *scenes(CAPTURES / 'lookalikes')], 'incidents: { tell: yes }\n')
    for line in lines:
        for path, _ in each_object(line):
            name = tuple(p for p in path if isinstance(p, str))
            if (line['event_type'], name) in places:
                continue
            places.add((line['event_type'], name))
            other = copy.deepcopy(line)
            at = other
            for p in path:
                at = at[p]
            at['news'] = 1
            assert wrong(v, other), 'a key more in %s is not seen' % '.'.join(name)
    assert len(places) > 30 and {('alert', ()), ('alert', ('alert', 'metadata')), ('alert', ('sekisho', 'src')), ('incident', ('sekisho', 'timeline'))} <= places, places
    for key in ('timestamp', 'alert', 'sekisho', 'event_type', 'host'):
        other = next(line for line in lines if line['event_type'] == 'alert').copy()
        del other[key]
        assert wrong(v, other), '%s may lack' % key


def fits(value, of):
    if of is None:
        return all(isinstance(v, list) and v and all(isinstance(t, str) for t in v) for v in value.values())
    if isinstance(of, dict):
        return isinstance(value, dict) and all(k in of and fits(m, of[k]) for k, m in value.items())
    if isinstance(of, list):
        return isinstance(value, list) and value and all(fits(m, of[0]) for m in value)
    return isinstance(value, of) and not isinstance(value, bool)


def test_the_common_part_is_suricata_s(rig):
    """what is not of its schema is ours: in `sekisho`, in the record that raised the alert, or one of the few named keys"""
    records = {name for name, of in SCHEMA['definitions']['alert']['properties'].items() if of.get('$ref', '').startswith('#/definitions/record_')}
    for line in everything(rig):
        common = {k: m for k, m in line.items() if k in SURICATA}
        assert fits(common, SURICATA), common
        assert {'timestamp', 'event_type', 'alert'} <= set(common)
        assert set(line) - set(common) <= OURS_BESIDE | records, set(line) - set(common)
    # and the schema lets nothing else through
    alert = SCHEMA['definitions']['alert']
    assert set(alert['properties']) == set(SURICATA) | OURS_BESIDE | records and alert['additionalProperties'] is False
    assert set(SCHEMA['definitions']['eve_alert']['properties']) == set(SURICATA['alert'])


def position(process, path):
    """how far the process has written into this file since it opened it; None where it has it open no more"""
    for fd in os.listdir('/proc/%d/fd' % process.pid):
        with contextlib.suppress(OSError):  # closed meanwhile
            if os.readlink('/proc/%d/fd/%s' % (process.pid, fd)) == str(path):
                with open('/proc/%d/fdinfo/%s' % (process.pid, fd)) as f:
                    return int(f.readline().split()[1])


def test_a_rotation_with_sighup(rig):
    """the signal opens the file anew; after a move each alert stands in one of the files, whole and once"""
    path, fifo = rig.dir / 'eve.json', rig.dir / 'f.fifo'
    os.mkfifo(fifo)
    config = rig.config('state: %s\ncapture: { files: [%s] }\neve:\n  path: %s\n' % (rig.dir / 's', fifo, path))
    process = rig.start(BUILD / 'sekishod', '--config', config)
    pipe, at = writing_end(fifo, process), 1775001600
    pipe.write(PCAP_HEADER)
    files, sent = [path], 0

    def lines():
        return [line for f in files if f.exists() for line in read(f)]
    for turn in range(4):
        nothing = b'\x02' * 12 + b'\x88\xb5' + bytes(46)
        later = b''.join((at + 20 + i).to_bytes(4, 'little') + bytes(4) + len(nothing).to_bytes(4, 'little') * 2 + nothing for i in range(100))
        pipe.write(listen_only_records(20, at, first=sent) + later)
        pipe.flush()
        sent, at = sent + 20, at + 200
        wait_for('%d alerts' % sent, lambda: len([x for x in lines() if x['sekisho']['rule_id'] == 'SKS-MB-05']) >= sent, 30)
        if turn == 0:  # the signal alone: nothing has moved
            assert position(process, path) > 0
            process.send_signal(signal.SIGHUP)
            wait_for('the file to be opened anew', lambda: position(process, path) == 0, 20)
        elif turn < 3:
            moved = rig.dir / ('eve.json.%d' % turn)
            path.rename(moved)
            files.insert(-1, moved)
            process.send_signal(signal.SIGHUP)
            wait_for('the new file', path.exists, 20)
    pipe.close()
    assert process.wait(60) == 0
    told = lines()
    check(told)
    ids = [line['sekisho']['alert_id'] for line in told if line['sekisho']['change'] == 'new']
    stored = [a['sekisho']['alert_id'] for a in rig.alerts(rig.dir / 's')]
    assert sorted(ids) == sorted(stored) and len(ids) == len(set(ids)), (len(ids), len(stored))
    assert all(f.stat().st_size > 0 for f in files) and len(files) == 3


if __name__ == '__main__':
    main(globals())
