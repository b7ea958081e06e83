"""Live: the daemon on a veth pair in a namespace of its own. Nothing is ever sent; down and up again is survived; reload keeps flows."""
import calendar, json, os, pathlib, re, signal, time
from rig import BUILD, Redis, main, scenes, triple, wait_for


class Wire:
    """a network namespace with a veth pair: what is replayed into `plant` arrives at `mirror0`

    The namespace belongs to a sleeping process and goes with it: no mount is needed, so this works inside a chroot too.
    """

    def __init__(self, rig):
        self.rig = rig
        self.holder = rig.start('unshare', '--net', 'sleep', '600')
        own = os.readlink('/proc/self/ns/net')
        wait_for('the namespace', lambda: os.readlink('/proc/%d/ns/net' % self.holder.pid) != own)
        self.enter = ['nsenter', '--net=/proc/%d/ns/net' % self.holder.pid]
        self.run('ip', 'link', 'add', 'mirror0', 'type', 'veth', 'peer', 'name', 'plant')
        for side in ('mirror0', 'plant'):
            self.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/%s/disable_ipv6' % side)
            self.run('ip', 'link', 'set', side, 'mtu', '9000', 'up')

    def run(self, *command, **kwargs):
        return self.rig.run(*self.enter, *command, **kwargs)

    def ip(self, *words):
        return self.run('ip', *words)

    def start(self, *command):
        # nsenter becomes the command, so its process id is the command's
        return self.rig.start(*self.enter, *command)

    def replay(self, captures):
        for capture in captures:
            plain = capture
            if capture.suffix == '.pcapng' or 'office-to-plc' in capture.name:   # tcpreplay wants the plainest of formats
                plain = self.rig.dir / (capture.stem + '-plain.pcap')
                self.rig.run('tcpdump', '-r', capture, '-w', plain)
            self.run('tcpreplay', '--quiet', '--intf1=plant', '--pps=4000', plain)

    def sent_by_mirror(self):
        return json.loads(self.ip('-j', '-s', 'link', 'show', 'mirror0').stdout)[0]['stats64']['tx']['packets']


def with_wire(test):
    def run(rig):
        test(rig, Wire(rig))
    run.__name__ = test.__name__
    return run


def daemon(rig, wire, text, capture='interfaces: [mirror0]'):
    config = rig.config('state: %s\ncapture: { %s }\n%s' % (rig.dir / 's', capture, text))
    watching = lambda: sum(log.read_text().count('watching mirror0') for log in rig.dir.glob('nsenter.log'))
    before = watching()   # of a daemon that was started before this one
    process = wire.start(BUILD / 'sekishod', '--config', config)
    wait_for('sekishod', lambda: process.poll() is not None or watching() > before)
    assert process.poll() is None, (rig.dir / 'nsenter.log').read_text()
    return process


def frames(rig):
    health = rig.sekisho('health', '--state', rig.dir / 's', '--json', status=None)
    return json.loads(health.stdout)['frames'] if health.returncode == 0 else 0


def alerts_of(rig):
    # live, packets may be told apart by other times, so the sets are compared, not the order
    return {triple(a) for a in rig.alerts(rig.dir / 's')}


@with_wire
def test_the_factory_live(rig, wire):
    redis = Redis(rig)
    process = daemon(rig, wire, 'redis:\n  url: %s\n' % redis.url)
    wire.replay(scenes())
    rig.sekisho('replay', '--no-sinks', '--config', rig.config(name='offline.yaml'), '--state', rig.dir / 'offline', *scenes())
    want = {triple(a) for a in rig.alerts(rig.dir / 'offline')}
    wait_for('%d alerts in the stream' % len(want), lambda: {triple(json.loads(f['json'])) for _, f in redis.stream()} >= want, 30)
    status = pathlib.Path('/proc/%d/status' % process.pid).read_text()
    for line in ('CapEff:\t0000000000000000', 'CapPrm:\t0000000000000000', 'NoNewPrivs:\t1'):
        assert line in status, 'after the capture is open: %s expected' % line
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    got = alerts_of(rig)
    assert got == want, 'missing %s, too many %s' % (sorted(want - got), sorted(got - want))
    assert wire.sent_by_mirror() == 0, 'the capture interface sent %d frames' % wire.sent_by_mirror()


def learning(wire, *words):
    """sekisho learn on the interface, once it listens: its packet socket is bound (Iface) and running (R) for all protocols"""
    process = wire.start(BUILD / 'sekisho', 'learn', *words, 'mirror0')

    def listens():
        sockets = [line.split() for line in wire.run('cat', '/proc/net/packet').stdout.splitlines()[1:]]
        return any(s[3] == '0003' and s[4] != '0' and s[5] == '1' for s in sockets)
    wait_for('sekisho learn to listen', lambda: process.poll() is not None or listens())
    return process


@with_wire
def test_learning_for_a_time(rig, wire):
    """what is drafted from an interface in the time given is what is drafted from the capture; then it ends by itself, and by Ctrl-C without a time"""
    scene = next(c for c in scenes() if c.stem == 'normal')
    rig.sekisho('learn', '--output', rig.dir / 'offline', scene)
    began = time.monotonic()
    process = learning(wire, '--for', '10s', '--output', rig.dir / 'live')
    wire.replay([scene])
    assert process.poll() is None, 'over before its time, or before the traffic: %s' % (rig.dir / 'nsenter.log').read_text()
    assert process.wait(60) == 0 and time.monotonic() - began >= 10
    endless = learning(wire, '--output', rig.dir / 'endless')
    wire.replay([scene])
    time.sleep(1)
    endless.send_signal(signal.SIGINT)
    assert endless.wait(30) == 0
    for name in 'draft.yaml', 'register.csv':
        offline, live, endless = (re.sub(r'\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+\+\d{4})?', 'TIME', (rig.dir / d / name).read_text()) for d in ('offline', 'live', 'endless'))
        assert live == offline and endless == offline, '%s\n%s\n%s' % (offline, live, endless)
    assert wire.sent_by_mirror() == 0


@with_wire
def test_nothing_to_learn_from(rig, wire):
    r = wire.run(BUILD / 'sekisho', 'learn', '--for', '1s', '--output', rig.dir / 'd', '--lang', 'en', 'mirror0', status=1)
    assert 'mirror0' in r.stderr and 'not one frame' in r.stderr, r.stderr
    assert not list((rig.dir / 'd').iterdir()), 'drafts of nothing'


@with_wire
def test_silence_passes_without_frames(rig, wire):
    """Force Listen Only is never answered, and nothing follows it: the alert must come all the same, with the request's time"""
    process = daemon(rig, wire, '')
    wire.replay([c for c in scenes() if c.stem == 'plc-stop'])
    began = time.time()
    alert = wait_for('SKS-MB-05', lambda: next((a for a in rig.alerts(rig.dir / 's') if a['sekisho']['rule_id'] == 'SKS-MB-05'), None), 15)
    seen = calendar.timegm(time.strptime(alert['sekisho']['first_seen'][:19], '%Y-%m-%dT%H:%M:%S'))
    assert abs(seen - began) < 5, (alert['sekisho']['first_seen'], began)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


@with_wire
def test_down_and_up_again(rig, wire):
    process = daemon(rig, wire, '')
    wire.replay(scenes()[:1])
    before = wait_for('frames', lambda: frames(rig))
    wire.ip('link', 'set', 'mirror0', 'down')
    time.sleep(1.5)
    assert process.poll() is None, 'the daemon ended with its interface'
    wire.ip('link', 'set', 'mirror0', 'up')
    time.sleep(1.5)
    wire.replay(scenes()[1:3])
    wait_for('more frames after the interface came back', lambda: frames(rig) > before, 30)
    assert wire.sent_by_mirror() == 0
    log = (rig.dir / 'nsenter.log').read_text()
    assert log.count('mirror0') <= 4, 'one line for down, one for up: %s' % log
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def fresh_pair(wire):
    wire.ip('link', 'add', 'mirror0', 'type', 'veth', 'peer', 'name', 'plant')
    for side in 'plant', 'mirror0':
        wire.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/%s/disable_ipv6' % side)
        wire.ip('link', 'set', side, 'mtu', '9000', 'up')


def verdict(rig, lang='en'):
    return rig.sekisho('health', '--state', rig.dir / 's', '--lang', lang, status=None).stdout


@with_wire
def test_a_link_that_is_lost_is_told_at_once(rig, wire):
    process = daemon(rig, wire, '')
    wait_for('a verdict', lambda: 'mirror0: no frame has arrived yet' in verdict(rig))
    assert 'フレームはまだ1つも' in verdict(rig, 'ja')
    wire.ip('link', 'set', 'mirror0', 'down')
    wait_for('it is down', lambda: re.search(r'FAULT\s+mirror0: .* is down or has no link', verdict(rig), re.I), 15)
    assert 'mirror0: インターフェースが停止しているか' in verdict(rig, 'ja')
    wire.ip('link', 'set', 'mirror0', 'up')
    wait_for('it is up', lambda: 'mirror0: no frame has arrived yet' in verdict(rig), 15)
    wire.ip('link', 'delete', 'mirror0')
    wait_for('it is gone', lambda: 'mirror0: there is no such interface any more' in verdict(rig), 15)
    assert 'mirror0: このインターフェースがなくなりました' in verdict(rig, 'ja')
    assert json.loads(rig.sekisho('health', '--state', rig.dir / 's', '--json', status=None).stdout)['captures'][0]['link'] == 'gone'
    fresh_pair(wire)
    wait_for('it is back', lambda: 'mirror0: no frame has arrived yet' in verdict(rig), 15)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


@with_wire
def test_renamed_and_watched_on(rig, wire):
    """said once; frames come all the while, and the link's state is that of its new name"""
    process = daemon(rig, wire, '')
    wire.replay(scenes()[:1])
    wait_for('frames', lambda: frames(rig))
    for words in (('down',), ('name', 'mir1'), ('up',)):
        wire.ip('link', 'set', 'mir1' if words == ('up',) else 'mirror0', *words)
    log = rig.dir / 'nsenter.log'
    wait_for('its new name', lambda: 'mirror0 is named mir1 now' in log.read_text(), 15)
    before = frames(rig)
    for scene in scenes()[1:4]:
        wire.replay([scene])
        time.sleep(1.2)
    wait_for('more frames', lambda: frames(rig) > before, 30)
    time.sleep(3)
    said = [l for l in log.read_text().splitlines() if 'mirror0' in l and l.startswith('capture:')]
    assert len(said) <= 3 and sum('is named' in l for l in said) == 1, said
    wait_for('health', lambda: 'mirror0: frames arrive' in verdict(rig), 15)
    wire.ip('link', 'set', 'mir1', 'down')
    wait_for('it is down', lambda: 'mirror0: the interface is down' in verdict(rig), 15)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


@with_wire
def test_taken_away_and_back(rig, wire):
    """an adapter that is pulled out and put in again has another number; no right is left to open it, and none is needed"""
    process = daemon(rig, wire, '')
    wire.replay(scenes()[:1])
    wait_for('frames', lambda: frames(rig))
    wire.ip('link', 'delete', 'mirror0')
    log = rig.dir / 'nsenter.log'
    wait_for('a line that it is gone', lambda: 'lost mirror0' in log.read_text(), 10)
    fresh_pair(wire)
    wait_for('a line that it is back', lambda: 'mirror0 is back' in log.read_text(), 10)
    assert 'CapEff:\t0000000000000000' in pathlib.Path('/proc/%d/status' % process.pid).read_text()
    before = frames(rig)
    wire.replay(scenes()[1:3])
    wait_for('frames of the new one', lambda: frames(rig) > before, 30)
    assert wire.sent_by_mirror() == 0
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


@with_wire
def test_not_up_at_the_start(rig, wire):
    """a port that comes up after the daemon: watched from then on, with its filter, and nothing of the interface that was borrowed meanwhile"""
    wire.ip('link', 'set', 'lo', 'up')
    wire.ip('link', 'set', 'mirror0', 'down')
    process = daemon(rig, wire, '', 'interfaces: [mirror0], filter: "tcp port 502"')
    log = rig.dir / 'nsenter.log'
    wait_for('a line that it is down', lambda: 'lost mirror0 (it is down)' in log.read_text(), 10)
    wire.run('python3', '-c', "import socket; assert socket.socket().connect_ex(('127.0.0.1', 502)) != 0")
    wire.ip('link', 'set', 'mirror0', 'up')
    wait_for('a line that it is back', lambda: 'mirror0 is back' in log.read_text(), 10)
    wire.replay(scenes()[:1])
    wait_for('frames', lambda: frames(rig))
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    stats = json.loads(rig.sekisho('health', '--state', rig.dir / 's', '--json').stdout)['stats']
    assert stats[0]['modbus']['requests'] > 0 and stats[0]['hosts']['ipv4'] > 0, stats
    links = [json.loads(line) for line in rig.sekisho('links', '--json', '--state', rig.dir / 's').stdout.splitlines()]
    assert links and not any('127.0.0.1' in json.dumps(k) for k in links), 'of the loopback interface: %s' % links
    assert all(k['port'] == 502 for k in links), 'the filter lets others through: %s' % links[:3]
    assert wire.sent_by_mirror() == 0


@with_wire
def test_several_interfaces_each_with_its_filter(rig, wire):
    process = daemon(rig, wire, '', 'interfaces: [mirror0, { name: plant, filter: arp }], snaplen: 1600, ring_mb: 8, filter: "vlan and tcp port 502"')
    wire.replay(scenes()[:1])
    wait_for('frames', lambda: frames(rig))
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    stats = json.loads(rig.sekisho('health', '--state', rig.dir / 's', '--json').stdout)['stats']
    # the wire brings 502 to one side; the other side sees what leaves it, of which only ARP passes its filter
    assert len(stats) == 2 and stats[0]['modbus']['requests'] > 10, stats
    assert stats[0]['hosts']['ipv4'] > 0 and stats[1]['hosts']['ipv4'] == 0 and stats[1]['modbus']['requests'] == 0, stats
    assert wire.sent_by_mirror() == 0


@with_wire
def test_reload_takes_a_good_configuration_and_refuses_a_bad_one(rig, wire):
    process = daemon(rig, wire, '')
    config = rig.dir / 'sekisho.yaml'
    good = config.read_text()
    log = lambda: (rig.dir / 'nsenter.log').read_text()
    config.write_text(good + 'zonnes: []\n')
    process.send_signal(signal.SIGHUP)
    wait_for('the refusal', lambda: 'not reloaded' in log() and '"zonnes"' in log())
    # what needs another start is named, as long as it is otherwise than what runs; how it is written is no matter
    for reload, (text, told) in enumerate(((good + 'redis: { url: "unix:///nobody.sock" }\nsyslog: [{ address: "127.0.0.1:1" }]\nrules: {}\n', 1),
                                           (good + '# the same\nsyslog:\n  - address: 127.0.0.1:1\nredis:\n  url: unix:///nobody.sock\n', 2),
                                           (good + 'rules: { disable: [SKS-MB-05] }\n', 2)), 1):
        config.write_text(text)
        process.send_signal(signal.SIGHUP)
        wait_for('the reload', lambda: log().count('config: reloaded') == reload)
        assert log().count('config: other values of redis, syslog hold from the next start on') == log().count('next start') == told, log()
    wire.replay(scenes())
    wait_for('alerts', lambda: {a['sekisho']['rule_id'] for a in rig.alerts(rig.dir / 's')} >= {'SKS-MB-09', 'SKS-MB-17'}, 30)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert 'SKS-MB-05' not in {a['sekisho']['rule_id'] for a in rig.alerts(rig.dir / 's')}


if __name__ == '__main__':
    main(globals())
