"""Several workers: the same alerts as with one, whatever the traffic: the recordings, tunnels and fragments, more conversations than anybody waits for. Only their order may differ."""
import json, os, pathlib, random, signal, socket, struct

from frames import ACK, FIN, PSH, RST, SYN, Host, Talk, arp, ethernet, ipv4, tcp
from rig import Absent, BUILD, CAPTURES, PCAP_HEADER, TOP, main, scenes, triple, wait_for
from test_live import alerts_of, daemon, frames, with_wire

CORPUS = TOP.parent / 'shared' / 'corpus' / 'captures'
WORKERS = 2, 4
# of a device, what may depend on what a gate held back: each worker has its own
UNTOLD = 'events', 'evidence'


def replayed(rig, workers, captures, config, *options):
    state = rig.dir / ('s%d' % workers)
    rig.run('rm', '-rf', state)
    rig.sekisho('replay', '--no-sinks', '--config', config, '--state', state, '--workers', workers, *options, *captures)
    assets = [{k: v for k, v in a.items() if k not in UNTOLD} for a in rig.assets(state)]
    by_text = lambda rows: sorted(json.dumps(r, sort_keys=True, ensure_ascii=False) for r in rows)
    return by_text(rig.alerts(state)), by_text(assets)


def the_same(rig, captures, config, *options, least=1):
    """@return the alerts"""
    want = replayed(rig, 1, captures, config, *options)
    for workers in WORKERS:
        got = replayed(rig, workers, captures, config, *options)
        for what, one, several in zip(('alerts', 'assets'), want, got):
            gone, new = sorted(set(one) - set(several)), sorted(set(several) - set(one))
            assert one == several, '%s with %d workers: %d gone, %d new\n- %s\n+ %s' % (what, workers, len(gone), len(new), '\n- '.join(gone[:3]), '\n+ '.join(new[:3]))
    assert len(want[0]) >= least, 'only %d alerts: nothing was compared' % len(want[0])
    return [json.loads(a) for a in want[0]]


def capture_of(path, timed):
    """@timed: [(seconds, frame)]"""
    path.write_bytes(PCAP_HEADER + b''.join(struct.pack('<IIII', int(t), int(round(t % 1 * 1e6)), len(f), len(f)) + f for t, f in timed))
    return path


def test_the_recordings(rig):
    config = rig.config()
    the_same(rig, scenes(), config, least=8)
    the_same(rig, scenes(), config, '--no-gate', least=8)


def test_evidence_has_the_same_bytes(rig):
    config = rig.config('evidence: { level: low, ring_mb: 1 }\n')
    the_same(rig, scenes(), config)
    files = [{f.name: f.read_bytes() for f in (rig.dir / ('s%d' % n) / 'evidence').iterdir()} for n in (1, *WORKERS)]
    assert files[0] and files[0] == files[1] == files[2], [sorted(f) for f in files]


def modbus(unit, function, body, transaction=1):
    return struct.pack('>HHHBB', transaction, 0, len(body) + 2, unit, function) + body


def gre(inner):
    return struct.pack('>HH', 0, 0x0800) + inner


def a_plant(rng, hosts=120, seconds=90):
    """Masters that poll, write and are refused, somebody who looks for others, broadcasts, ping, a mirror's tunnel whose datagrams come in fragments, in one capture."""
    masters = [Host('10.9.0.%d' % (i + 1), '02:09:00:00:00:%02x' % (i + 1)) for i in range(6)]
    plcs = [Host('10.9.1.%d' % (i + 1), '02:09:00:00:01:%02x' % (i + 1)) for i in range(hosts)]
    out, t0 = [], 1775001600.0

    def talk(client, server, sport, port, at, exchanges, ends):
        t = Talk(client, server, sport, port)
        for ask, answer in exchanges:
            t.ask(ask)
            if answer is not None:
                t.answer(answer)
        if ends:
            t.add(0, ACK | FIN)
            t.add(1, ACK | FIN)
            t.add(0, ACK)
        for f in t.frames:
            out.append((t0 + at, f))
            at += rng.uniform(0.001, 0.4)

    for i, plc in enumerate(plcs):
        read = modbus(1, 3, struct.pack('>HH', i, 2)), modbus(1, 3, b'\x04\0\1\0\2')
        write = modbus(1, 6, struct.pack('>HH', i, 7)), modbus(1, 6, struct.pack('>HH', i, 7))
        refused = modbus(1, 5, struct.pack('>HH', i, 0xff00)), modbus(1, 0x85, b'\x02')
        silent = modbus(1, 3, struct.pack('>HH', 9, 9)), None
        kinds = [read, read, rng.choice([write, refused, silent]), read]
        talk(masters[i % 6], plc, 20000 + i, 502, rng.uniform(0, seconds / 2), kinds * rng.randint(1, 3), rng.random() < 0.5)
        out.append((t0 + rng.uniform(0, seconds), arp(plc.mac, 1, plc.ip, '00:00:00:00:00:00', masters[i % 6].ip)))
        out.append((t0 + rng.uniform(0, seconds), ipv4(masters[0], plc, 1, struct.pack('>BBHHH', 8, 0, 0, 1, i))))
    stranger = Host('10.9.0.77', '02:09:00:00:00:77')
    for i, plc in enumerate(plcs):   # looks for Modbus everywhere; most refuse
        out.append((t0 + 20 + i * 0.21, tcp(stranger, plc, 40000 + i, 502, SYN)))
        if i % 3:
            out.append((t0 + 20 + i * 0.21 + 0.001, tcp(plc, stranger, 502, 40000 + i, RST | ACK, 0, 1001)))
    # a storm of one card, to everybody
    for i in range(2500):
        out.append((t0 + 30 + i / 2000, ethernet('02:09:00:00:09:09', 'ff:ff:ff:ff:ff:ff', 0x88b5, struct.pack('>I', i))))
    # within a tunnel: a stop of a controller, each datagram in two fragments, from two switches
    a, b = Host('10.8.0.1', '02:08:00:00:00:01'), Host('10.8.1.%d' % rng.randint(1, 200), '02:08:00:00:00:02')
    t = Talk(a, b, 33333, 502)
    t.ask(modbus(1, 8, struct.pack('>HH', 4, 0))).ask(modbus(1, 6, b'\0\1\0\1') + b'').answer(modbus(1, 6, b'\0\1\0\1'))
    switches = [(Host('192.0.2.%d' % n, '02:0a:00:00:00:%02x' % n), Host('192.0.2.9', '02:0a:00:00:00:09')) for n in (1, 2)]
    for i, f in enumerate(t.frames):
        src, dest = switches[i % 2]
        whole = gre(f[14:14 + struct.unpack('>H', f[16:18])[0]])
        out.append((t0 + 40 + i * 0.05, ipv4(src, dest, 47, whole[:48], 0x2000, 1000 + i)))
        out.append((t0 + 40 + i * 0.05 + 0.0001, ipv4(src, dest, 47, whole[48:], 48 // 8, 1000 + i)))
    return sorted(out, key=lambda x: x[0])


def test_a_plant(rig):
    capture = capture_of(rig.dir / 'plant.pcap', a_plant(random.Random(4)))
    alerts = the_same(rig, [capture], rig.config(base=None), least=5)
    rules = {a['sekisho']['rule_id'] for a in alerts}
    assert any(a['src_ip'] == '10.8.0.1' for a in alerts if 'src_ip' in a), 'what is within the tunnel was not understood: %s' % rules
    assert 'SKS-LA-03' in rules, rules


def test_one_capture_after_the_other(rig):
    """clocks that go back between two files, flows that go on"""
    timed = a_plant(random.Random(5), hosts=40)
    half = len(timed) // 2
    first, second = capture_of(rig.dir / 'a.pcap', timed[:half]), capture_of(rig.dir / 'b.pcap', [(t - 3600, f) for t, f in timed[half:]])
    the_same(rig, [first, second, first], rig.config(base=None), least=3)


def test_of_the_corpus(rig):
    if not CORPUS.is_dir():
        raise Absent('no corpus here')
    config = rig.config(base=TOP / 'tests' / 'corpus.yaml')
    names = '''modbus/plant_mixed_mb2.pcap modbus/modbus-and-non-modbus-p502.pcap smb/smb_eternalblue.pcap ot/umas.pcap'''.split()
    some = [CORPUS / n for n in names if (CORPUS / n).exists()]
    for folder in 'tunnels', 'opcua', 'http', 'smb', 'l2', 'it':
        some += sorted((CORPUS / folder).glob('*.pcap*'), key=lambda f: f.stat().st_size)[-3:]
    compared = 0
    for capture in some:
        compared += len(the_same(rig, [capture], config, least=0))
    assert compared > 20, compared


def test_wrong_numbers_are_refused(rig):
    for number in '0', '17', 'x':
        r = rig.sekisho('replay', '--state', rig.dir / 's', '--workers', number, scenes()[0], status=2)
        assert '--workers' in r.stderr, r.stderr


def test_the_ceiling_counts_all_of_them(rig):
    def ceiling(n):
        r = rig.run(BUILD / 'sekishod', '--check', '--config', rig.config('capture: { interfaces: [eth1], workers: %d }\n' % n))
        return int(r.stdout.split()[-2])
    one, two, four = map(ceiling, (1, 2, 4))
    assert one < two < four < 4 * one, (one, two, four)


@with_wire
def test_live(rig, wire):
    process = daemon(rig, wire, '', 'interfaces: [mirror0], workers: 2')
    wire.replay(scenes())
    rig.sekisho('replay', '--no-sinks', '--config', rig.config(name='offline.yaml'), '--state', rig.dir / 'offline', *scenes())
    want = {triple(a) for a in rig.alerts(rig.dir / 'offline')}
    wait_for('%d alerts' % len(want), lambda: alerts_of(rig) >= want, 30)
    health = wait_for('both workers', lambda: [s['capture']['packets'] for s in json.loads(rig.sekisho('health', '--state', rig.dir / 's', '--json').stdout)['stats']], 20)
    assert len(health) == 2, health
    (rig.dir / 'sekisho.yaml').write_text((rig.dir / 'sekisho.yaml').read_text() + 'rules: { disable: [SKS-MB-05] }\n')
    process.send_signal(signal.SIGHUP)
    wait_for('the reload', lambda: 'config: reloaded' in (rig.dir / 'nsenter.log').read_text())
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    got = alerts_of(rig)
    assert got == want, 'missing %s, too many %s' % (sorted(want - got), sorted(got - want))
    stats = json.loads(rig.sekisho('health', '--state', rig.dir / 's', '--json').stdout)
    assert all(s['capture']['packets'] > 0 for s in stats['stats']) and stats['kernel_dropped'] == stats['queue_dropped'] == 0, stats
    assert wire.sent_by_mirror() == 0


if __name__ == '__main__':
    main(globals())
