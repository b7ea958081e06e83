"""The sensor's own state as alerts (SKS-SH-01 to SKS-SH-03): by what captures show, by a daemon in trouble, live; and the loss that every alert carries."""
import json, os, signal, subprocess
import frames
from rig import BUILD, CAPTURES, main, own_mounts, scenes, wait_for, writing_end
from test_alert_life import Daemon
from test_evidence import modbus
from test_live import daemon, with_wire

HMI, PLC = frames.Host('10.3.0.1', '02:30:00:00:00:01'), frames.Host('10.3.0.2', '02:30:00:00:00:02')


def replay(rig, timed, text=''):
    path = frames.write(rig.dir / 'made.pcap', sorted(timed, key=lambda x: x[0]))
    rig.sekisho('replay', '--no-sinks', '--config', rig.config(text), '--state', rig.dir / 's', path)
    return rig.alerts(rig.dir / 's')


def health(alerts):
    """{(rule, what, subject without its folder)}"""
    return {(a['sekisho']['rule_id'], a['health']['what'], a['health']['subject'].split('/')[-1]) for a in alerts if 'health' in a}


def chatter(vlan, begin, end, a_second):
    one = frames.Host('10.9.%d.1' % vlan, '02:09:%02x:00:00:01' % vlan, vlan)
    other = frames.Host('10.9.%d.2' % vlan, '02:09:%02x:00:00:02' % vlan, vlan)
    return [(begin + i / a_second, frames.ipv4(one, other, 17, b'\x27\x10\x27\x11\0\x0c\0\0' + i.to_bytes(4, 'big'))) for i in range((end - begin) * a_second)]


def test_a_vlan_is_gone_and_then_all_is_silent(rig):
    got = health(replay(rig, chatter(101, 0, 900, 2) + chatter(102, 0, 1800, 2) + chatter(102, 4000, 4001, 2)))
    assert got == {('SKS-SH-01', 'vlan_gone', 'VLAN 101'), ('SKS-SH-01', 'blind', 'made.pcap')}, got


def test_nothing_is_said_of_two_that_go_on(rig):
    got = health(replay(rig, chatter(101, 0, 1800, 2) + chatter(102, 0, 1800, 2)))
    assert not got, got


def polls(times, lose=(), end=False):
    """the HMI asks at each of the times; of the numbers in @lose the answer is acknowledged and was never seen"""
    talk, timed = frames.Talk(HMI, PLC, 50000, 502), []
    timed = [(times[0] - 0.1, f) for f in talk.frames]
    for i, t in enumerate(times):
        del talk.frames[:]
        talk.ask(modbus(b'\3\0\0\0\2', i & 0xffff)).answer(modbus(b'\3\4\0\1\0\2', i & 0xffff))
        timed += [(t + 0.001 * n, f) for n, f in enumerate(talk.frames) if not (n == 1 and i in lose)]
    del talk.frames[:]
    if end:
        timed.append((times[-1] + 1, talk.ask(modbus(b'\x08\0\4\0\0')).frames[0]))
    return timed


def loss_of(alerts):
    return next(a for a in alerts if a['sekisho']['rule_id'] == 'SKS-MB-05')['sekisho']['evidence']['loss_pct_5m']


def test_each_alert_says_what_was_lost_in_its_five_minutes(rig):
    """2 of 100 answers are missing: about one frame in a hundred"""
    times = [i * 0.5 for i in range(400)]
    got = loss_of(replay(rig, polls(times, {i for i in range(400) if i % 50 == 25}, end=True)))
    assert 0.8 < got < 1.2, got


def test_what_was_lost_long_ago_does_not_count(rig):
    times = [i * 0.5 for i in range(2400)]
    got = loss_of(replay(rig, polls(times, set(range(100, 200)), end=True)))
    assert got == 0, got


def test_a_mirror_that_loses_frames(rig):
    times = [i * 0.05 for i in range(8000)]
    got = health(replay(rig, polls(times, {i for i in range(8000) if i % 20 == 10})))
    assert got == {('SKS-SH-02', 'unseen', 'made.pcap')}, got


def test_a_mirror_that_shows_frames_twice(rig):
    """counted where they are left out"""
    once = polls([i * 0.05 for i in range(8000)])
    got = health(replay(rig, once + [(t + 0.0001, f) for t, f in once[::8]], 'capture: { suppress_duplicates: yes }'))
    assert got == {('SKS-SH-02', 'duplicates', 'made.pcap')}, got


def test_a_mirror_of_one_direction(rig):
    """of seventy conversations only what the client says"""
    timed = []
    for i in range(70):
        talk = frames.Talk(HMI, PLC, 40000 + i, 502)
        talk.ask(modbus(b'\3\0\0\0\2')).ask(modbus(b'\3\0\0\0\2', 2)).end()
        timed += [(i * 6 + 0.01 * n, f) for n, f in enumerate(talk.frames) if f[6:12] == frames.mac(HMI.mac)]
    got = health(replay(rig, timed))
    assert got == {('SKS-SH-01', 'one_sided', 'made.pcap')}, got


def test_a_configuration_that_was_refused(rig):
    d = Daemon(rig)
    with open(d.config, 'a') as f:
        f.write('zonnes: []\n')
    d.process.send_signal(signal.SIGHUP)
    wait_for('the alert', lambda: ('SKS-SH-03', 'reload', d.config.name) in health(d.listed()))
    titles = next(a['sekisho'] for a in d.listed() if a['sekisho']['rule_id'] == 'SKS-SH-03')
    assert 'configuration was not taken' in titles['title_en'] and '設定を読み込めない' in titles['title_ja'], titles
    d.close()


def test_a_disk_that_is_nearly_full(rig):
    """the state directory is a file system of 32 MiB that the daemon alone sees"""
    state, fifo = rig.dir / 's', rig.dir / 'capture.fifo'
    state.mkdir()
    os.mkfifo(fifo)
    config = rig.config('state: %s\ncapture: { files: [%s] }\n' % (state, fifo))
    process = rig.start(*own_mounts(), 'sh', '-ec', 'mount -t tmpfs -o size=32m none "$0"; head -c 31000000 /dev/zero > "$0/other"; exec "$@"', state,
                        BUILD / 'sekishod', '--config', config)
    with writing_end(fifo, process) as pipe:
        pipe.write((CAPTURES / 'plc-stop.pcap').read_bytes())
        pipe.flush()

        def listed():
            r = rig.run('nsenter', '--target', process.pid, '--mount', '--root', BUILD / 'sekisho', 'alerts', '--state', state, '--json', status=None)
            return [json.loads(line) for line in r.stdout.splitlines()] if r.returncode == 0 else []
        wait_for('the alert', lambda: ('SKS-SH-03', 'disk', 's') in health(listed()), 30)
    assert process.wait(30) == 0
    subprocess.run(['umount', state], stderr=subprocess.DEVNULL)   # seen from here in a chroot only


@with_wire
def test_frames_that_the_kernel_drops(rig, wire):
    """the daemon is held for a moment while more comes than its ring takes"""
    many = frames.write(rig.dir / 'many.pcap', chatter(101, 0, 60, 1000))
    process = daemon(rig, wire, '', 'interfaces: [mirror0], ring_mb: 1')
    wire.replay([c for c in scenes() if c.stem == 'office-to-plc'])
    process.send_signal(signal.SIGSTOP)
    wire.run('tcpreplay', '--quiet', '--intf1=plant', '--topspeed', many)
    process.send_signal(signal.SIGCONT)
    wire.replay([c for c in scenes() if c.stem == 'office-to-plc'])
    state = rig.dir / 's'
    wait_for('the alert', lambda: ('SKS-SH-02', 'loss', 'capture') in health(rig.alerts(state)), 40)
    # what is found from now on says so
    wire.replay([c for c in scenes() if c.stem == 'plc-stop'])
    stop = wait_for('an alert', lambda: [a for a in rig.alerts(state) if a['sekisho']['rule_id'] == 'SKS-MB-05'], 30)[0]
    assert stop['sekisho']['evidence']['loss_pct_5m'] > 1, stop['sekisho']['evidence']
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


if __name__ == '__main__':
    main(globals())
