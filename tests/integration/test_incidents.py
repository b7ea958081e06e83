"""Incidents through the whole program: a scan, a new master, a stop - over a restart, to a sink, by command; and what is none."""
import json, sqlite3
import frames
from rig import main

PLC = frames.Host('10.20.1.11', '00:80:f4:10:01:11', 101)
HISTORIAN = frames.Host('10.20.3.20', '00:1b:d4:00:01:01', 101)  # seen behind the router's leg in the cell


def plc(last):
    return frames.Host('10.20.1.%d' % last, '00:80:f4:10:01:%02x' % last, 101)


def modbus(port, pdus):
    talk = frames.Talk(HISTORIAN, PLC, port, 502)
    for i, (ask, answer) in enumerate(pdus):
        for send, text in ((talk.ask, ask), (talk.answer, answer)):
            pdu = bytes.fromhex(text)
            send((i + 1).to_bytes(2, 'big') + b'\0\0' + (len(pdu) + 1).to_bytes(2, 'big') + b'\1' + pdu)
    return [f for f in talk.end()]


def scan(at):
    return [(at + i * 0.5, frames.tcp(HISTORIAN, plc(100 + i), 40000 + i, 502, frames.SYN)) for i in range(60)]


def new_master(at):
    return [(at + i * 0.01, f) for i, f in enumerate(modbus(50111, [('0300000002', '030400010002'), ('0600640' + '5dc', '0600640' + '5dc')]))]


def stop(at):
    return [(at + i * 0.01, f) for i, f in enumerate(modbus(50112, [('5a0041ff00', '5a00fe')]))]


def incidents(rig, state, *more):
    return [json.loads(line) for line in rig.sekisho('incidents', '--json', '--state', state, *more).stdout.splitlines()]


def replay(rig, name, timed):
    rig.sekisho('replay', '--config', rig.config(), '--state', rig.dir / 's', frames.write(rig.dir / (name + '.pcap'), timed))


def stages(incident):
    return [step['stage'] for step in incident['sekisho']['timeline']]


def test_a_scan_a_new_master_a_stop(rig):
    """each by a run of its own: what was found before a restart counts"""
    state = rig.dir / 's'
    replay(rig, 'scan', scan(0))
    assert incidents(rig, state) == []
    replay(rig, 'master', new_master(300))
    one, = incidents(rig, state)
    said = one['sekisho']
    assert said['state'] == 'open' and 'discovery' in stages(one) and said['stage'] == 'control', said
    before = said['count']
    replay(rig, 'stop', stop(900))
    one, = incidents(rig, state)
    said = one['sekisho']
    rules = {step['rule_id'] for step in said['timeline']}
    assert {'SKS-LA-03', 'SKS-MB-01', 'SKS-MB-09'} <= rules and said['count'] > before, rules
    assert said['level'] == 'critical' and said['src']['name'], said
    times = [step['at'] for step in said['timeline']]
    assert times == sorted(times) and said['first_seen'] == times[0]
    # what a person reads, in both languages
    for language, words in (('en', ('looked around', 'acted on process')), ('ja', ('探索', '設備操作'))):
        shown = rig.sekisho('--lang', language, 'incidents', 'show', said['alert_id'], '--state', state).stdout
        assert all(w in shown for w in words) and 'SKS-MB-09' in shown, shown
    # its alerts name it
    named = [a for a in rig.alerts(state) if a['sekisho'].get('incident') == said['alert_id']]
    assert len(named) == said['count'], (len(named), said['count'])


def test_it_is_closed_with_a_reason_that_the_audit_trail_has(rig):
    state = rig.dir / 's'
    replay(rig, 'all', scan(0) + new_master(300))
    one, = incidents(rig, state)
    id_ = one['sekisho']['alert_id']
    bad = rig.sekisho('incidents', 'close', id_, '--state', state, status=2)
    assert '--reason' in bad.stderr
    rig.sekisho('incidents', '--state', state, '--by', '佐藤', 'close', id_, '--reason', '業者の作業だった')
    one, = incidents(rig, state, '--in', 'closed')
    assert one['sekisho']['by'] == '佐藤' and incidents(rig, state, '--in', 'open') == []
    with sqlite3.connect(state / 'alerts.db') as db:
        db.execute("UPDATE incidents SET who = ?", ('佐\x1b[2J藤',))
    assert '佐?[2J藤: 業者の作業だった' in rig.sekisho('incidents', 'show', id_, '--state', state).stdout
    trail = [json.loads(line) for line in rig.sekisho('audit', 'list', '--state', state, '--json').stdout.splitlines()]
    assert [t for t in trail if t['verb'] == 'incident.close'], trail
    rig.sekisho('incidents', 'show', 'NONE', '--state', state, status=1)


def test_what_its_sinks_hear(rig):
    """an EVE file holds alerts and the incident that they are, in the order of their happening"""
    eve = rig.dir / 'eve.json'
    config = rig.config('eve: { path: "%s" }\n' % eve)
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 'quiet', frames.write(rig.dir / 'x.pcap', scan(0) + new_master(300)))
    told = [json.loads(line) for line in eve.read_text().splitlines()]
    assert {t['event_type'] for t in told} == {'alert'}, 'nobody asked for incidents'
    assert [t for t in told if t['sekisho'].get('incident')], 'the alerts of an incident name it'
    eve.unlink()
    config = rig.config('incidents: { tell: yes }\neve: { path: "%s" }\n' % eve)
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', frames.write(rig.dir / 'x.pcap', scan(0) + new_master(300)))
    told = [json.loads(line) for line in eve.read_text().splitlines()]
    kinds = [t['event_type'] for t in told]
    assert 'incident' in kinds and kinds.index('alert') < kinds.index('incident'), kinds
    first = told[kinds.index('incident')]
    assert first['sekisho']['change'] == 'new' and first['host'] and first['sekisho']['timeline'], first
    known = {t['sekisho']['alert_id'] for t in told if t['event_type'] == 'alert'}
    assert {s['alert_id'] for s in first['sekisho']['timeline']} <= known


def test_one_stage_again_and_again_is_none(rig):
    replay(rig, 'scans', scan(0) + scan(600) + scan(1200))
    assert rig.alerts(rig.dir / 's') and incidents(rig, rig.dir / 's') == []


if __name__ == '__main__':
    main(globals())
