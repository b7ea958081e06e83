"""Evidence: the packets of an alert as a file that its hash fits, the same bytes each time, within its limits."""
import collections, hashlib, json, os, pathlib, re, signal
import frames as made
from rig import BUILD, CAPTURES, force_listen_only, main, own_mounts, scenes, wait_for
from test_live import daemon, with_wire

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


def test_without_payload_of_fragments(rig):
    """a request that comes as IP fragments is read whole: what its frames have of it is payload, in whatever order they come"""
    def pieces(frame, at):
        head, body = frame[:34], frame[34:int.from_bytes(frame[16:18], 'big') + 14]
        for start in range(0, len(body), at):
            field = (0x2000 if start + at < len(body) else 0) | start // 8
            yield made.ipv4(ONE, OTHER, 6, body[start:start + at], fragment=field, ident=int.from_bytes(head[18:20], 'big'))

    def more_or_less_than_headers_in(name, order):
        talk = made.Talk(ONE, OTHER, 50000, 502)
        # told to keep silent, and a write of registers behind it; the marker lies in the last two fragments
        talk.ask(modbus(b'\x08\0\4\0\0') + modbus(b'\x10\0\0\0\x20\x40' + b'SECRET' * 10 + b'SECR', 2))
        sent = talk.frames[:3] + order(list(pieces(talk.frames[3], 40)))
        state, alerts = replay(rig, name, KEEP % ', redact: yes', made.write(rig.dir / (name + '.pcap'), [(i / 100, f) for i, f in enumerate(sent)]))
        told = [a for a in alerts.values() if a['sekisho']['rule_id'] == 'SKS-MB-05']
        assert len(told) == 1, alerts
        path = state / told[0]['sekisho']['evidence']['pcap']
        assert len(frames(rig, path)) == len(sent), 'each frame stays, with its headers'
        return b'SECR' in path.read_bytes() or not all(34 <= c <= 54 for *_, c, _ in frames(rig, path))
    assert not more_or_less_than_headers_in('in-order', list)
    assert not more_or_less_than_headers_in('backwards', lambda f: f[::-1])


def test_what_was_left_half_written_goes(rig):
    """a daemon that was killed leaves what it was writing; what somebody else put there stays"""
    room = rig.dir / 's' / 'evidence'
    room.mkdir(parents=True)
    (room / 'x.pcapng.new').write_bytes(bytes(5000))
    (room / 'notes.txt').write_text('mine')
    replay(rig, 's', KEEP % '', CAPTURES / 'plc-stop.pcap')
    assert not (room / 'x.pcapng.new').exists() and (room / 'notes.txt').exists()
    assert list(room.glob('*.pcapng'))


def test_many_at_once_are_held_within_the_ceiling(rig):
    """more alerts than files may grow at one time, each over before the next begins: all are written, the same each time"""
    timed = []
    for i in range(300):
        client = made.Host('10.3.2.%d' % i if i < 250 else '10.3.3.%d' % (i - 249), '02:30:00:00:%02x:%02x' % (2 + i // 250, i % 250))
        # all have connected before: then each alert is the next record but one, and many come in one round of the analyst
        asked = stop_asked([0, 0.5], client, 50000 + i)
        timed += [(i / 1000, f) for _, f in asked[:3]] + [(100 + 1.5 * i + t, f) for t, f in asked[3:]]
    capture = made.write(rig.dir / 'many.pcap', sorted(timed, key=lambda x: x[0]))
    text = 'evidence: { level: high, before_s: 0, after_s: 1, per_minute: 1000, file_mb: 1 }'
    first, second = [replay(rig, name, text, capture)[0] for name in ('a', 'b')]
    names = sorted(os.listdir(first / 'evidence'))
    assert len(names) == 300
    sizes = collections.Counter((first / 'evidence' / n).stat().st_size for n in names)
    assert len(sizes) == 1, 'what came after the alert belongs to each: %s' % sizes
    assert all((first / 'evidence' / n).read_bytes() == (second / 'evidence' / n).read_bytes() for n in names)

    def ceiling(text):
        out = rig.run(BUILD / 'sekishod', '--check', '--config', rig.config(text)).stdout
        return int(re.search(r'(\d+) MiB', out).group(1))
    off, small, large = ceiling(''), ceiling(KEEP % ', ring_mb: 1, file_mb: 1'), ceiling(KEEP % ', ring_mb: 1, file_mb: 101')
    assert large - small >= 32 * 100 and small - off >= 32, 'the files that are held in memory count'


def test_limits(rig):
    capture = force_listen_only(rig.dir / 'many.pcap', 40, step=0.5)
    assert len(os.listdir(replay(rig, 'minute', KEEP % ', per_minute: 7', capture)[0] / 'evidence')) == 7
    assert not (replay(rig, 'off', '', capture)[0] / 'evidence').exists()


ONE, OTHER = made.Host('10.3.0.1', '02:30:00:00:00:01'), made.Host('10.3.0.2', '02:30:00:00:00:02')


def modbus(pdu, number=1):
    return number.to_bytes(2, 'big') + b'\0\0' + (len(pdu) + 1).to_bytes(2, 'big') + b'\1' + pdu


def stop_asked(times, client=ONE, port=50000, values=0):
    """a controller is asked at each of the times, at 0 it is told to keep silent; [(time, frame)]"""
    talk = made.Talk(client, OTHER, port, 502)
    timed = [(min(times) - 0.1, f) for f in talk.frames]
    for t in sorted(times):
        del talk.frames[:]
        if t == 0:
            talk.ask(modbus(b'\x08\0\4\0\0'))
        else:
            talk.ask(modbus(b'\3\0\0\0\x7d')).answer(modbus(b'\3\xfa' + bytes(250)))
        timed += [(t, f) for f in talk.frames]
    return timed


def test_the_seconds_before_and_after(rig):
    """of a conversation that goes on all the time; the alert is of second 0"""
    path = made.write(rig.dir / 'x.pcap', [(100 + t, f) for t, f in stop_asked([t for t in range(-30, 31)])])
    state, alerts = replay(rig, 's', 'evidence: { level: high, before_s: 10, after_s: 5 }', path)
    told = [a for a in alerts.values() if a['sekisho']['rule_id'] == 'SKS-MB-05']
    assert len(told) == 1, alerts
    seen = sorted({round(t - 1775001600 - 100) for t, *_ in frames(rig, state / told[0]['sekisho']['evidence']['pcap'])})
    assert seen == list(range(-10, 6)), seen


def test_the_oldest_go_when_the_room_is_used(rig):
    """fifteen files of a good hundred KB in one MiB"""
    timed = []
    for i in range(15):
        client = made.Host('10.3.1.%d' % (i + 1), '02:30:00:00:01:%02x' % i)
        timed += [(100 + 10 * i + t, f) for t, f in stop_asked([-0.01 * n for n in range(300)], client, 50000 + i)]
    path = made.write(rig.dir / 'x.pcap', sorted(timed, key=lambda x: x[0]))
    # those of before count too, also where they are more than are noted by name
    (rig.dir / 's' / 'evidence').mkdir(parents=True)
    for i in range(200):
        (rig.dir / 's' / 'evidence' / ('00000000-%03d.pcapng' % i)).write_bytes(bytes(4096))
    state, alerts = replay(rig, 's', 'evidence: { level: high, before_s: 5, after_s: 1, disk_mb: 1 }', path)
    named = {a['sekisho']['evidence']['pcap']: a for a in alerts.values() if 'pcap' in a['sekisho']['evidence'] and a['sekisho']['rule_id'] == 'SKS-MB-05'}
    assert len(named) == 15, 'each alert names its file, also when it is gone'
    left = sorted(p.name for p in (state / 'evidence').iterdir())
    assert sum((state / 'evidence' / n).stat().st_size for n in left) <= 1 << 20
    assert 5 <= len(left) < 15, left
    first = {n: a['sekisho']['first_seen'] for n, a in named.items()}
    newest = sorted(first, key=first.get)[-len(left):]
    assert left == sorted(n.split('/')[1] for n in newest), (left, newest)
    for name in left:
        a = named['evidence/' + name]
        assert hashlib.sha256((state / 'evidence' / name).read_bytes()).hexdigest() == a['sekisho']['evidence']['sha256']


def test_a_full_disk_costs_evidence_but_no_alert(rig):
    state, room = rig.dir / 's', rig.dir / 's' / 'evidence'
    config = rig.config('evidence: { level: high, before_s: 2, after_s: 1 }')
    capture = force_listen_only(rig.dir / 'many.pcap', 20, step=0.5)
    room.mkdir(parents=True)
    # 20 files of a block each do not fit; the mount is seen by this replay alone
    rig.run(*own_mounts(), 'sh', '-ec', 'mount -t tmpfs -o size=32k none "$1"; trap "umount $1" EXIT; shift; "$@"; ls "$0" > "$0.list"', str(room), room,
            BUILD / 'sekisho', 'replay', '--no-sinks', '--config', config, '--state', state, capture)
    left = (rig.dir / 's' / 'evidence.list').read_text().split()
    assert 0 < len(left) < 20 and all(n.endswith('.pcapng') for n in left), 'what was begun is taken away again: %s' % left
    alerts = rig.alerts(state)
    assert len([a for a in alerts if a['sekisho']['rule_id'] == 'SKS-MB-05']) == 20
    assert sorted(a['sekisho']['evidence']['pcap'] for a in alerts if 'pcap' in a['sekisho']['evidence']) == sorted('evidence/' + n for n in left)
    risk = [a for a in alerts if a['sekisho']['rule_id'] == 'SKS-SH-03']
    assert [a['health']['what'] for a in risk] == ['evidence'] and '保存できない' in risk[0]['sekisho']['title_ja'], risk


def test_a_folder_that_cannot_be_used_is_said_before_anything_is_read(rig):
    state = rig.dir / 's'
    state.mkdir()
    (state / 'evidence').write_text('')
    r = rig.sekisho('replay', '--no-sinks', '--config', rig.config(KEEP % ''), '--state', state, CAPTURES / 'plc-stop.pcap', status=3)
    assert '/evidence' in r.stderr and 'evidence.level: off' in r.stderr, r.stderr


@with_wire
def test_live_without_privileges_and_without_further_frames(rig, wire):
    """the files come although nothing follows the alert; what was written is counted"""
    process = daemon(rig, wire, 'evidence: { level: high, before_s: 10, after_s: 1 }\n')
    wire.replay([c for c in scenes() if c.stem == 'plc-stop'])
    state = rig.dir / 's'

    def told():
        high = [a for a in rig.alerts(state) if a['sekisho']['level'] in ('high', 'critical') and a.get('src_ip')]
        return len(high) >= 2 and all('sha256' in a['sekisho']['evidence'] for a in high) and high
    status = pathlib.Path('/proc/%d/status' % process.pid).read_text()
    assert 'CapEff:\t0000000000000000' in status and 'CapPrm:\t0000000000000000' in status
    high = wait_for('evidence of each alert', told, 30)
    for a in high:
        path = state / a['sekisho']['evidence']['pcap']
        assert hashlib.sha256(path.read_bytes()).hexdigest() == a['sekisho']['evidence']['sha256'] and frames(rig, path)
    health = wait_for('the count', lambda: [h for h in [json.loads((state / 'health.json').read_text())] if h['evidence_written'] >= len(high)], 30)[0]
    assert health['evidence_failed'] == 0, health
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


if __name__ == '__main__':
    main(globals())
