"""Do the counters agree with each other: one worker and several, with the gate and without; and does each frame stand in one conversation?"""
import json, struct
import sums
from rig import PCAP_HEADER, listen_only_records, main, scenes


def frames_in(path):
    """records of a little-endian pcap"""
    data, at, n = path.read_bytes(), 24, 0
    while at < len(data):
        at += 16 + struct.unpack_from('<I', data, at + 8)[0]
        n += 1
    return n


def is_pcap(path):
    return path.read_bytes()[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1')


def replay(rig, name, text, captures):
    state = rig.dir / name
    rig.sekisho('replay', '--config', rig.config(text, name + '.yaml'), '--state', state, '--no-sinks', *captures)
    return json.loads((state / 'health.json').read_text()), rig.alerts(state)


def test_replays(rig):
    captures = [p for p in scenes() if is_pcap(p)]
    assert len(captures) >= 5, captures
    expected = sum(frames_in(p) for p in captures)
    raised = {}
    for name, text in (('one', ''), ('three', 'capture: { workers: 3 }'), ('ungated', 'gate: { enabled: no }'), ('ungated-three', 'gate: { enabled: no }\ncapture: { workers: 3 }')):
        health, alerts = replay(rig, name, text, captures)
        sums.hold(health, fresh=True)
        assert health['frames'] == expected, (name, health['frames'], expected)
        assert health['alerts'] == len(alerts) > 0, (name, health['alerts'], len(alerts))
        assert (health['held_by_gate'] == 0) == name.startswith('ungated'), (name, health['held_by_gate'])
        # how many records there are depends on the workers (each tells of the hosts that it meets), not on the gate
        raised.setdefault(name.replace('ungated-', '').replace('ungated', 'one'), []).append((health['records'], health['alerts_by_level']))
    assert raised['one'][0] == raised['one'][1] and raised['three'][0] == raised['three'][1], raised
    assert raised['one'][0][1] == raised['three'][0][1], raised


def test_flows_hold_all_frames(rig):
    """each frame that carries IP is in the count of one conversation"""
    path = rig.dir / 'polls.pcap'
    path.write_bytes(PCAP_HEADER + listen_only_records(500, 1775001600.0))
    lines = [json.loads(line) for line in rig.sekisho('decode', path).stdout.splitlines()]
    flows = [e['flow'] for e in lines if e['event_type'] == 'flow']
    stats = [e['stats'] for e in lines if e['event_type'] == 'stats'][-1]
    assert sum(f['pkts_toserver'] + f['pkts_toclient'] for f in flows) == stats['capture']['packets'] == 500
    assert len(flows) == stats['flow']['created'] and stats['flow']['active'] == 0, (len(flows), stats['flow'])


main(globals())
