"""Learning beside an alert that comes again and again: of its devices nothing is learnt, of the others all, and the sensor tells of it."""
import frames
from rig import main, triple

CONFIG = """
sensor: { name: k }
zones:
  - { id: cell, purdue: L1, prefixes: [10.1.1.0/24] }
  - { id: scada, purdue: L3, prefixes: [10.1.3.0/24] }
conduits:
  - { from: scada, to: cell, protocol: modbus, class: [read, write], owner: a, reason: HMI }
baseline: { learn_until: "2026-04-01 13:00" }
"""
DAY = 86400
HMI, SCADA, STRANGER = (frames.Host('10.1.3.%d' % n, '00:26:55:01:03:%02x' % n) for n in (5, 6, 66))
PLC, GATEWAY = (frames.Host('10.1.1.%d' % n, '00:80:f4:01:01:%02x' % n) for n in (11, 20))


def modbus(at, client, server, port, units, writes=0, answer='030400010002'):
    """each unit is read, the first one written"""
    talk = frames.Talk(client, server, port, 502)
    for n, (unit, pdu, reply) in enumerate([(u, '0300000002', answer) for u in units] + [(units[0], '0600050001', '0600050001')] * writes):
        for send, text in ((talk.ask, pdu), (talk.answer, reply)):
            body = bytes([unit]) + bytes.fromhex(text)
            send(n.to_bytes(2, 'big') + b'\0\0' + len(body).to_bytes(2, 'big') + body)
    return [(at + i * 0.05, f) for i, f in enumerate(talk.end())]


def morning(at, minutes, port):
    """the HMI polls a gateway that reaches none of its twelve units, which is SKS-MB-16 until it is known; beside it the SCADA server writes to a PLC"""
    wire = []
    for n, minute in enumerate(range(0, minutes, 6)):
        wire += modbus(at + 60 * minute, HMI, GATEWAY, port + n, range(1, 13), answer='830b') + modbus(at + 60 * minute + 30, SCADA, PLC, port + n, [1], 1)
    return wire


def play(rig, state, name, wire):
    path = frames.write(rig.dir / name, sorted(wire, key=lambda w: w[0]))
    rig.sekisho('replay', '--no-sinks', '--config', rig.config(CONFIG, base=None), '--state', state, path)


def rules(rig, state, source):
    return {triple(a)[0] for a in rig.alerts(state) if a['src_ip'] == source.ip}


def test_of_the_others_is_learnt(rig):
    state = rig.dir / 's'
    play(rig, state, 'learning.pcap', morning(0, 180, 40000))
    assert 'SKS-MB-16' in rules(rig, state, HMI)
    assert 'Learning was interrupted' in rig.sekisho('health', '--state', state, '--lang', 'en').stdout
    play(rig, state, 'after.pcap', morning(2 * DAY, 1, 50000) + modbus(2 * DAY + 50, STRANGER, PLC, 50100, [1], 1))
    assert rules(rig, state, STRANGER) == {'SKS-MB-02', 'SKS-MB-19'}, rules(rig, state, STRANGER)
    assert not rules(rig, state, SCADA), rules(rig, state, SCADA)
    assert 'SKS-MB-02' in rules(rig, state, HMI)  # of whom nothing could be learnt
    said = rig.sekisho('health', '--state', state, '--lang', 'en').stdout
    assert 'The baseline is thin' in said, said
    assert '学習が足りません' in rig.sekisho('health', '--state', state, '--lang', 'ja').stdout


def test_what_is_muted_keeps_nobody_from_learning(rig):
    state = rig.dir / 's'
    play(rig, state, 'first.pcap', morning(0, 30, 40000))
    alert = next(a['sekisho']['alert_id'] for a in rig.alerts(state) if triple(a)[0] == 'SKS-MB-16')
    rig.sekisho('alert', 'mute', alert, '--until', '2099-12-31', '--state', state, '--by', 'yamada', '--reason', 'a gateway')
    play(rig, state, 'second.pcap', morning(3600, 120, 41000))
    play(rig, state, 'after.pcap', morning(2 * DAY, 1, 50000))
    assert rules(rig, state, HMI) == {'SKS-MB-16'}, rules(rig, state, HMI)


def test_nothing_learnt_is_not_no_baseline(rig):
    """only the two of the alert were there; one who comes afterwards is new, and the sensor does not call itself well"""
    state = rig.dir / 's'
    wire = [w for n in range(30) for w in modbus(360 * n, HMI, GATEWAY, 40000 + n, range(1, 13), answer='830b')]
    play(rig, state, 'learning.pcap', wire)
    play(rig, state, 'after.pcap', modbus(2 * DAY, STRANGER, PLC, 50100, [1], 1))
    assert 'SKS-MB-02' in rules(rig, state, STRANGER), rules(rig, state, STRANGER)
    said = rig.sekisho('health', '--state', state, '--lang', 'en', status=1).stdout
    assert 'nothing was learnt' in said and 'NOT well' in said, said
    # who saw nothing of the period has none: all would be new for no other reason
    fresh = rig.dir / 'fresh'
    play(rig, fresh, 'after.pcap', modbus(2 * DAY, STRANGER, PLC, 50100, [1], 1))
    assert not rules(rig, fresh, STRANGER)
    assert 'there is no baseline' in rig.sekisho('health', '--state', fresh, '--lang', 'en').stdout


if __name__ == '__main__':
    main(globals())
