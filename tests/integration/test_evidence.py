"""Evidence: the packets of an alert as a file that its hash fits, the same bytes each time, within its limits."""
import hashlib, json, os, subprocess
from rig import CAPTURES, force_listen_only, main

KEEP = 'evidence: { level: high, before_s: 2, after_s: 1%s }'


def replay(rig, name, text, *captures):
    state = rig.dir / name
    rig.sekisho('replay', '--config', rig.config(text), '--state', state, '--no-sinks', *captures)
    return state, {a['sekisho']['alert_id']: a for a in rig.alerts(state)}


def frames(rig, path):
    """[(seconds, source, destination, bytes captured)] as tshark reads them: it stands for all other readers"""
    out = rig.run('tshark', '-r', path, '-T', 'fields', '-e', 'frame.time_epoch', '-e', 'ip.src', '-e', 'ip.dst', '-e', 'frame.cap_len', '-e', 'frame.len').stdout
    rows = [line.split('\t') for line in out.splitlines()]
    return [(float(t), s, d, int(c), int(n)) for t, s, d, c, n in rows]


def test_the_conversation_around_the_alert(rig):
    state, alerts = replay(rig, 's', KEEP % '', CAPTURES / 'plc-stop.pcap')
    high = {i: a for i, a in alerts.items() if a['sekisho']['level'] in ('high', 'critical')}
    assert high and all('pcap' in a['sekisho']['evidence'] for a in high.values()), alerts
    assert not [i for i, a in alerts.items() if i not in high and 'pcap' in a['sekisho']['evidence']]
    for i, a in high.items():
        e = a['sekisho']['evidence']
        path = state / e['pcap']
        assert e['pcap'] == 'evidence/%s.pcapng' % i and path.stat().st_mode & 0o777 == 0o640
        assert hashlib.sha256(path.read_bytes()).hexdigest() == e['sha256']
        seen = frames(rig, path)
        ends = {a['src_ip'], a['dest_ip']}
        assert seen and all({s, d} == ends for _, s, d, _, _ in seen), seen
        assert len({s for _, s, _, _, _ in seen}) == 2, 'one direction only'
        assert all(c == n for *_, c, n in seen)
    told = rig.sekisho('tail', '--state', state, '--last', '100', '--once', '--json').stdout.splitlines()
    assert {json.loads(t)['sekisho']['alert_id'] for t in told if json.loads(t)['sekisho']['change'] == 'evidence'} == set(high)


def test_the_same_bytes_each_time(rig):
    capture = force_listen_only(rig.dir / 'many.pcap', 40, step=0.5)
    first, second = [replay(rig, name, KEEP % ', ring_mb: 1', capture)[0] for name in ('a', 'b')]
    names = sorted(os.listdir(first / 'evidence'))
    assert len(names) == 40 and names == sorted(os.listdir(second / 'evidence'))
    for name in names:
        assert (first / 'evidence' / name).read_bytes() == (second / 'evidence' / name).read_bytes()


def test_without_payload(rig):
    state, alerts = replay(rig, 's', KEEP % ', redact: yes', CAPTURES / 'plc-stop.pcap')
    files = [state / a['sekisho']['evidence']['pcap'] for a in alerts.values() if 'pcap' in a['sekisho']['evidence']]
    assert files
    for path in files:
        assert any(c < n for *_, c, n in frames(rig, path))
        assert not rig.run('tshark', '-r', path, '-Y', 'modbus.func_code').stdout


def test_limits(rig):
    capture = force_listen_only(rig.dir / 'many.pcap', 40, step=0.5)
    assert len(os.listdir(replay(rig, 'minute', KEEP % ', per_minute: 7', capture)[0] / 'evidence')) == 7
    assert not (replay(rig, 'off', '', capture)[0] / 'evidence').exists()


main(globals())
