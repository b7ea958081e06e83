#!/usr/bin/env python3
"""outage.py [stopped] [frozen] [reset] [slow]: Redis is away while alerts go on; what arrives in the end, and does the capture feel it?

In a network namespace of its own (root), paced.py plays a plant into one end of a veth pair. Two sekishod listen at the other end at the same time: one has a
Redis that is well, the other one that is, for `--seconds`,

  stopped   killed (kill -9), and started again from its append-only file
  frozen    stopped with SIGSTOP, and let go on with SIGCONT
  reset     at the end of a road on which every connection is reset after a random number of bytes
  slow      at the end of a road that carries 16 kB a second

Traffic begins before the outage and ends after it. When all is delivered, each alert that was raised must be in the ailing stream once, in the order in which
it was raised, neither sekishod may have lost a frame, and both must have seen as many frames a second as the other (5 %). Exit status 1 where not.
"""
import argparse, datetime, json, os, pathlib, signal, socket, subprocess, sys, time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'integration')]
import paced  # noqa: E402
from redis_peers import Proxy, Server  # noqa: E402
from rig import BUILD, RedisError, Rig, wait_for  # noqa: E402

KINDS = ('stopped', 'frozen', 'reset', 'slow')
LEAD = 5           # seconds of traffic before the outage, and after it
WINDOW = 10        # seconds over which frames a second are compared
SLOW = 32          # bytes each 2 ms
CUT = 200, 60000   # a connection lives for so many bytes
SENSOR_TEXT = '''
sensor: { name: %s, site: bench }
state: %s
capture: { interfaces: [mirror0] }
zones:
  - { id: plant, name: { ja: 工場, en: plant }, purdue: L1, prefixes: [10.0.0.0/8] }
conduits:
  - { from: plant, to: plant, protocol: modbus, class: any, reason: all that the bench plays }
redis: { url: "redis://127.0.0.1:%d" }
'''


def own_network(arguments):
    """begins this script again in a network namespace of its own, which goes with it; lays the wire there"""
    if os.environ.get('SEKISHO_BENCH_NETWORK') != str(os.getpid()):
        os.execvpe('unshare', ['unshare', '--net', 'sh', '-c', 'SEKISHO_BENCH_NETWORK=$$ exec "$@"', 'sh', sys.executable, *arguments], os.environ)
    for words in ('lo up', 'add mirror0 type veth peer name plant'):
        subprocess.run(['ip', 'link', *(['set'] if words == 'lo up' else []), *words.split()], check=True)
    for end in ('mirror0', 'plant'):
        pathlib.Path('/proc/sys/net/ipv6/conf/%s/disable_ipv6' % end).write_text('1')
        subprocess.run(['ip', 'link', 'set', end, 'up'], check=True)


def arrived_at_mirror():
    """frames that the capture interface received"""
    for line in pathlib.Path('/proc/net/dev').read_text().splitlines():
        if line.strip().startswith('mirror0:'):
            return int(line.split(':')[1].split()[1])


def cpu_seconds(pid):
    words = pathlib.Path('/proc/%d/stat' % pid).read_text().rsplit(') ', 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf('SC_CLK_TCK')


class Peer:
    """a monitor at the mirror port, and its own Redis, straight or at the end of a road"""

    def __init__(self, rig, name, kind):
        self.rig, self.name, self.marks = rig, name, []
        self.redis = Server(rig, name='redis-%s' % name)
        self.road = Proxy(self.redis.port) if kind in ('reset', 'slow') else None
        self.port = self.road.port if self.road else self.redis.port

    def mark(self, since):
        """takes down its figures, with the time that they are of; what is of no time after @since is left"""
        at, frames = self.count()
        if at > since:
            self.marks.append((at, frames, cpu_seconds(self.process.pid)))

    def outage(self, kind):
        if kind == 'stopped':
            self.redis.kill()
        elif kind == 'frozen':
            self.redis.process.send_signal(signal.SIGSTOP)
        elif kind == 'reset':
            self.road.cut_within = CUT
        elif kind == 'slow':
            self.road.slow = SLOW

    def heal(self, kind):
        if kind == 'stopped':
            self.redis.start()
        elif kind == 'frozen':
            self.redis.process.send_signal(signal.SIGCONT)
        else:
            self.road.cut_within = self.road.slow = None

    def rates(self):
        """frames a second, window by window"""
        out, last = [], None
        for mark in self.marks:
            if last is None:
                last = mark
            elif mark[0] - last[0] >= WINDOW:
                out.append((mark[1] - last[1]) / (mark[0] - last[0]))
                last = mark
        return out

    def cpu(self):
        return self.marks[-1][2] - self.marks[0][2]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, '%s ended with %s' % (self.name, self.process.returncode)


class Sekisho(Peer):
    def __init__(self, rig, name, kind):
        super().__init__(rig, name, kind)
        self.state, self.log = rig.dir / name, rig.dir / ('%s.log' % name)
        config = rig.dir / ('%s.yaml' % name)
        config.write_text(SENSOR_TEXT % (name, self.state, self.port))
        self.process = rig.start(BUILD / 'sekishod', '--config', config, stdout=open(self.log, 'ab'), stderr=subprocess.STDOUT)
        wait_for(name, lambda: self.process.poll() is not None or 'watching mirror0' in self.log.read_text())
        assert self.process.poll() is None, self.log.read_text()
        wait_for('the health of %s' % name, lambda: (self.state / 'health.json').exists())

    def health(self):
        return json.loads((self.state / 'health.json').read_text())

    def count(self):
        """(when, frames until then), as it says itself"""
        health = self.health()
        return datetime.datetime.strptime(health['written'], '%Y-%m-%dT%H:%M:%S.%f%z').timestamp(), health['frames']

    def dropped(self):
        health = self.health()
        return health['kernel_dropped'] + health['queue_dropped']

    def waiting(self):
        found = json.loads(self.rig.sekisho('outbox', '--json', '--state', self.state).stdout)
        return found['sinks'][0]['waiting']

    def entries(self):
        """(id, fields) of the stream, from the first to the last"""
        ask, after = self.redis.client(), '-'
        while True:
            some = ask('XRANGE', 'sekisho:{%s}:alerts' % self.name, after, '+', 'COUNT', '2000')
            if not some:
                return
            for i, f in some:
                yield i, dict(zip(f[::2], f[1::2]))
            after = '(' + some[-1][0]

    def told(self):
        return [line[line.index('redis: '):] for line in self.log.read_text(errors='replace').splitlines() if 'redis: ' in line]


def read_stream(peer, alerts):
    """what the stream holds, against what was played: what is wrong with it, and (of ours, all entries)"""
    n, wrong, last, seq, ours, everything = paced.side(alerts), [], (0, 0), 0, [], 0
    for i, f in peer.entries():
        at = tuple(map(int, i.split('-')))
        if at <= last or int(f['seq']) != seq + 1:
            wrong.append('entry %s (%s) after %d-%d (%d)' % (i, f['seq'], *last, seq))
        last, seq, everything = at, int(f['seq']), everything + 1
        if f['rule'] == 'SKS-MB-06' and f['change'] == 'new':
            ours.append(paced.number_of(f['src'], f['dst'], n))
    if ours != list(range(alerts)):
        missing, twice = set(range(alerts)) - set(ours), len(ours) - len(set(ours))
        wrong.append('%d of %d, %d missing, %d twice, order %s' % (len(set(ours)), alerts, len(missing), twice, 'kept' if ours == sorted(ours) else 'lost'))
    return wrong, len(ours), everything


def play(rig, options, seconds, peers, during):
    """plays the plant and calls during(seconds since the beginning); @return what the sender says of itself"""
    before = arrived_at_mirror()
    sender = rig.start(sys.executable, HERE / 'paced.py', '--interface', 'plant', '--rate', options.rate, '--background', options.background,
                       '--seconds', seconds, '--report', rig.dir)
    wait_for('the first frame', lambda: arrived_at_mirror() > before)
    began, since = time.monotonic(), time.time() + 1
    while sender.poll() is None:
        now = time.monotonic() - began
        for peer in peers:
            peer.mark(since)
        during(now)
        time.sleep(1 - (time.monotonic() - began) % 1)
    assert sender.returncode == 0, 'the sender ended with %s' % sender.returncode
    sent = json.loads((rig.dir / 'sent.json').read_text())
    assert arrived_at_mirror() - before == sent['frames'], 'the wire lost frames by itself'
    return sent


def run(rig, kind, options, more=()):
    """one outage. @more: makers of other peers that suffer the same. @return (figures, what is wrong, the peers)"""
    well, ailing = Sekisho(rig, 'well', kind), Sekisho(rig, 'ailing', kind)  # side by side: what disturbs the machine disturbs both
    others = [make(rig, kind) for make in more]
    peers, sick = [well, ailing, *others], [ailing, *others]
    state = {'ill': None, 'healed': None, 'caught_up': None}

    def during(now):
        if state['ill'] is None and now >= LEAD:
            state['ill'] = now
            for peer in sick:
                peer.outage(kind)
        elif state['ill'] is not None and state['healed'] is None and now - state['ill'] >= options.seconds:
            heal(now)
        elif state['healed'] is not None and state['caught_up'] is None:
            look()

    def look():
        if ailing.waiting() <= options.rate:  # of a second
            state['caught_up'] = time.monotonic() - state['at']

    def heal(now):
        state['healed'], state['waited'] = now, ailing.waiting()
        state['at'] = time.monotonic()
        for peer in sick:
            peer.heal(kind)

    sent = play(rig, options, options.seconds + 2 * LEAD, peers, during)
    wait_for('%s to be taken note of' % sent['frames'], lambda: all(p.count()[1] >= sent['frames'] for p in (well, ailing)), 10 + options.seconds / 4)
    wait_for('the outbox of the ailing one to be empty', lambda: (state['caught_up'] is not None or look() or state['caught_up'] is not None)
             and ailing.health()['alerts'] >= sent['alerts'] and ailing.waiting() == 0, 120 + options.seconds)
    for peer in others:
        peer.settle()
    dropped = {p.name: p.dropped() for p in peers}
    for peer in peers:
        peer.end()
    wrong, ours, everything = read_stream(ailing, sent['alerts'])
    wrong += ['well: ' + w for w in read_stream(well, sent['alerts'])[0]]
    wrong += ['%s dropped %d frames' % (p.name, dropped[p.name]) for p in (well, ailing) if dropped[p.name]]
    ratios = [b / a for a, b in zip(well.rates(), ailing.rates()) if a]
    whole = ailing.count()[1] / well.count()[1]
    if not ratios or not all(0.95 <= r <= 1.05 for r in [*ratios, whole]):
        wrong.append('frames a second beside the undisturbed one: %s' % ' '.join('%.3f' % r for r in ratios))
    figures = {'kind': kind, 'outage_s': round(state['healed'] - state['ill'], 1), 'alerts': sent['alerts'], 'in_stream': ours, 'entries': everything,
               'waited': state['waited'], 'caught_up_after_s': round(state['caught_up'], 1), 'frames': sent['frames'],
               'frames_per_s': round(sent['frames'] / sent['seconds']), 'dropped': dropped, 'frames_ratio': round(whole, 4),
               'window_ratio': [round(min(ratios, default=0), 4), round(max(ratios, default=0), 4)],
               'cpu_s': {p.name: round(p.cpu(), 1) for p in peers}, 'resets': ailing.road.cuts if ailing.road else 0, 'log_lines': len(ailing.told())}
    return figures, wrong, peers


def options_of(text, kinds=KINDS, seconds=600):
    options = argparse.ArgumentParser(description=text.split('\n')[0])
    if kinds:
        options.add_argument('kinds', nargs='*', choices=[*kinds, []], help='of outage; all of them without any')
    options.add_argument('--seconds', type=float, default=seconds, help='of outage, or of traffic where there is none (%d)' % seconds)
    options.add_argument('--rate', type=float, default=100, help='alerts a second (100)')
    options.add_argument('--background', type=float, default=5000, help='other frames a second (5000)')
    return options


def show(figures, wrong):
    print('%(kind)s: %(in_stream)d of %(alerts)d alerts, %(entries)d entries; away %(outage_s).0f s, %(waited)d waited, caught up %(caught_up_after_s).1f s '
          'after it was back' % figures)
    print('  %(frames)d frames (%(frames_per_s)d/s), dropped %(dropped)s, ailing/well %(frames_ratio).4f, in windows %(window_ratio)s, CPU s %(cpu_s)s' % figures)
    for line in wrong:
        print('  WRONG: ' + line)
    print(json.dumps(figures), flush=True)


def main():
    options = options_of(__doc__).parse_args()
    own_network(sys.argv)
    bad = 0
    for kind in options.kinds or KINDS:
        rig = Rig()
        try:
            figures, wrong, _ = run(rig, kind, options)
            show(figures, wrong)
            bad += bool(wrong)
        finally:
            rig.close()
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
