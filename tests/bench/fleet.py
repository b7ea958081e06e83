#!/usr/bin/env python3
"""fleet.py [--build DIR] [--sensors N] [--assets N] [--alerts N] [--times N]: how long `sekisho fleet` takes over a simulated fleet

Starts a redis-server of its own on a Unix socket, lets one real sensor write into it (sekisho replay over tests/captures), and makes N sensors after it: the
same keys with their own names, devices and alerts. A tenth of the devices is seen by the next sensor too, and a tenth of the alerts; every twentieth sensor
is silent. Then each command runs, prints what it took (the median of --times runs, and the most memory), and is held to what was put in.
"""
import argparse, json, os, pathlib, statistics, subprocess, sys, time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / 'tests' / 'integration'))
sys.dont_write_bytecode = True

SITES = 10


class Pipe:
    """many commands with few round trips"""

    def __init__(self, client):
        self.client, self.buffer, self.sent = client, [], 0

    def __call__(self, *words):
        raw = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.buffer.append(b'*%d\r\n' % len(raw) + b''.join(b'$%d\r\n%s\r\n' % (len(w), w) for w in raw))
        if len(self.buffer) >= 500:
            self.flush()

    def flush(self):
        n, data = len(self.buffer), b''.join(self.buffer)
        self.buffer = []
        self.client.socket.sendall(data)
        for _ in range(n):
            self.client.reply()


def address(i):
    return '10.%d.%d.%d' % (i >> 16 & 255, i >> 8 & 255, i & 255)


def pairs(flat):
    return dict(zip(flat[::2], flat[1::2]))


def template(rig, redis):
    """what one real sensor writes: its status, its devices, its alerts"""
    from rig import scenes
    rig.sekisho('replay', '--config', rig.config('redis:\n  url: %s\n' % redis.url), '--state', rig.dir / 'real', *scenes())
    ask = redis.client()
    key = 'sekisho:{factory-1}:'
    assets = [pairs(ask('HGETALL', key + 'asset:' + i)) for i in sorted(ask('SMEMBERS', key + 'assets'))]
    assets = [a for a in assets if a['mac'] != '[]']
    alerts = [(f, json.loads(f['json'])) for _, f in redis.stream()]
    status = pairs(ask('HGETALL', key + 'status'))
    ask('FLUSHALL')
    return status, assets, alerts


def device(asset, no):
    """one of these with another MAC and IP address"""
    mac = '%s:%02x:%02x:%02x' % (json.loads(asset['mac'])[0][:8], no >> 16 & 255, no >> 8 & 255, no & 255)
    fields = dict(asset, mac=json.dumps([mac]), ip=json.dumps([address(no)]), name='%s-%d' % (asset['name'][:20], no))
    fields.pop('strong_keys', None)
    return fields


def fill(redis, args, status, assets, alerts):
    """@return distinct devices, alerts and silent sensors"""
    put = Pipe(redis.client())
    now_ms = int(time.time() * 1000)
    devices, matters = set(), set()
    per_site = args.sensors // SITES + 1
    for s in range(args.sensors):
        name, site = 'line-%03d' % s, 'plant %d' % (s // per_site)
        key = 'sekisho:{%s}:' % name
        mine = dict(status, sensor=name, site=site, written=time.strftime('%Y-%m-%dT%H:%M:%S.000000+0000', time.gmtime()))
        if s % 20 != 19:
            put('HSET', key + 'status', *[w for kv in mine.items() for w in kv])
            put('EXPIRE', key + 'status', '600')
            put('PEXPIRE', key + 'status', '59000')
        put('HSET', key + 'sensor', *[w for kv in mine.items() for w in kv])
        # the last tenth are the first of the next sensor of the site
        for i in range(args.assets):
            no = (s * args.assets + i if i < args.assets * 9 // 10 or (s + 1) % per_site == 0 or s + 1 == args.sensors
                  else (s + 1) * args.assets + i - args.assets * 9 // 10)
            devices.add(no)
            put('HSET', key + 'asset:A%06d' % (i + 1), *[w for kv in device(assets[no % len(assets)], no).items() for w in kv], 'asset_id', 'A%06d' % (i + 1))
            put('SADD', key + 'assets', 'A%06d' % (i + 1))
        for i in range(args.alerts):
            shared = i % 10 == 9 and (s + 1) % per_site and s + 1 < args.sensors or i % 10 == 0 and s % per_site and i + 9 < args.alerts
            no = ((s - (i % 10 == 0)) * args.alerts + i // 10 * 10 + 9 if shared else s * args.alerts + i)
            matters.add(no)
            fields, alert = alerts[no % len(alerts)]
            when = time.strftime('%Y-%m-%dT%H:%M:%S.000000+0000', time.gmtime(now_ms // 1000 - 86400 + 86400 * (i // 10) // (args.alerts // 10 + 1)))
            alert = dict(alert, src_ip=address(no), dest_ip=address(no + 1), host=name)
            alert['sekisho'] = dict(alert['sekisho'], alert_id='%026d' % (s * args.alerts + i), first_seen=when, last_seen=when,
                                    sensor=dict(alert['sekisho']['sensor'], id=name, site=site))
            ms = now_ms - 86400000 + 86400000 * i // args.alerts
            put('XADD', key + 'alerts', '%d-%d' % (ms, i + 1), *[w for k, v in fields.items() if k != 'json' for w in (k, v)],
                'json', json.dumps(alert, ensure_ascii=False, separators=(',', ':')))
    put.flush()
    return len(devices), len(matters), args.sensors // 20


def refresh(redis, args):
    """heartbeats go on"""
    ask = redis.client()
    for s in range(args.sensors):
        ask('PEXPIRE', 'sekisho:{line-%03d}:status' % s, '59000')


def run(args, redis, what, *more):
    """seconds, MiB, lines, exit status"""
    began = time.monotonic()
    p = subprocess.Popen([args.build / 'sekisho', 'fleet', what, '--json', '--redis', redis.url, *more], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    lines = sum(1 for _ in p.stdout)
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - began, usage.ru_maxrss / 1024, lines, p.returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', type=pathlib.Path, default=TOP / 'build' / 'plain')
    for name, default in (('sensors', 200), ('assets', 300), ('alerts', 200), ('times', 3)):
        parser.add_argument('--' + name, type=int, default=default)
    args = parser.parse_args()
    args.build = args.build.resolve()
    os.environ['SEKISHO_BUILD'] = str(args.build)
    from rig import Redis, Rig
    rig = Rig()
    try:
        redis = Redis(rig, '--appendonly', 'no')
        devices, matters, silent = fill(redis, args, *template(rig, redis))
        print('%d sensors (%d silent), %d device records of %d devices, %d alerts of %d matters, %d MiB in Redis' % (
            args.sensors, silent, args.sensors * args.assets, devices, args.sensors * args.alerts, matters,
            int(dict(line.split(':') for line in redis.client()('INFO', 'memory').splitlines() if ':' in line)['used_memory']) >> 20))
        print('%-32s %8s %8s %8s' % ('', 's', 'MiB', 'rows'))
        wrong = []
        for what, more, rows, status in (('sensors', [], args.sensors, 1 if silent else 0), ('assets', [], devices, 0), ('alerts', [], min(100, matters), 0),
                                         ('alerts', ['--limit', '100000'], matters, 0)):
            refresh(redis, args)
            took = [run(args, redis, what, *more) for _ in range(args.times)]
            print('%-32s %8.2f %8.0f %8d' % (' '.join(['fleet', what, *more]), statistics.median(t[0] for t in took), max(t[1] for t in took), took[0][2]))
            wrong += ['fleet %s: %d rows and exit status %d, not %d and %d' % (what, t[2], t[3], rows, status) for t in took if (t[2], t[3]) != (rows, status)]
        print('\n'.join(wrong), end='\n' if wrong else '')
    finally:
        rig.close()
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()
