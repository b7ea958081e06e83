"""The machine's clock: set while the daemon runs, and given up by its time server. Alerts tell it, and none is lost or out of order for it."""
import json, os, pathlib, struct, time
from redis_peers import STREAM, Flow, Server
from rig import BUILD, PCAP_HEADER, Redis, listen_only_records, main, wait_for, writing_end

SHIM = BUILD / 'tests' / 'integration' / 'libother_clock.so'


class Clock:
    def __init__(self, path):
        self.path, self.ahead = path, [0, 0, 0]
        self.write()

    def write(self):
        with open(self.path, 'r+b' if self.path.exists() else 'wb') as f:   # the same file: it is mapped
            f.write(struct.pack('<3q', *self.ahead))

    def set(self, by_s):
        self.ahead[0] += by_s * 10**9
        self.write()

    def pass_by(self, s):
        self.ahead[1] += s * 10**9
        self.write()

    def keep(self, kept):
        self.ahead[2] = 0 if kept else 1
        self.write()


def watched(rig):
    """the daemon on a FIFO with a clock of ours; (clock, process, pipe)"""
    clock, fifo = Clock(rig.dir / 'clock'), rig.dir / 'in.pcap'
    os.mkfifo(fifo)
    redis = Redis(rig)
    config = rig.config('sensor: { name: factory-1 }\nstate: %s\ncapture: { files: [%s] }\nredis: { url: "%s" }\n' % (rig.dir / 's', fifo, redis.url), base=None)
    env = dict(os.environ, LD_PRELOAD=str(SHIM), SEKISHO_TEST_CLOCK=str(clock.path))
    env['ASAN_OPTIONS'] = env.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0'
    process = rig.start(BUILD / 'sekishod', '--config', config, env=env)
    pipe = writing_end(fifo, process)
    pipe.write(PCAP_HEADER)
    pipe.flush()
    wait_for('the daemon', (rig.dir / 's' / 'health.json').exists)
    return clock, process, pipe, redis


def health(rig):
    return json.loads((rig.dir / 's' / 'health.json').read_text())


def told(rig, words):
    return [a for a in rig.alerts(rig.dir / 's') if a['sekisho']['rule_id'] == 'SKS-SH-03' and words in a['sekisho']['title_en']]


def test_the_clock_is_set(rig):
    """an hour on, then two back: two steps of one alert; what is raised before, between and after reaches Redis once and in order"""
    clock, process, pipe, redis = watched(rig)
    for i, by_s in enumerate((0, 3600, -7200)):
        clock.set(by_s)
        pipe.write(listen_only_records(20, 1775001600.0 + i, first=20 * i))
        pipe.flush()
        if by_s:
            wait_for('step %d' % i, lambda: sum(a['sekisho']['count'] for a in told(rig, 'clock was set')) >= i)
    assert len(told(rig, 'clock was set')) == 1 and not told(rig, 'time server'), told(rig, '')
    pipe.close()
    assert process.wait(60) == 0
    now = health(rig)
    entries = wait_for('Redis to have all', lambda: (lambda e: e if len(e) >= now['alerts_told'] else None)(redis.stream()))
    ids = [tuple(int(n) for n in i.split('-')) for i, _ in entries]
    assert ids == sorted(set(ids)) and len(ids) == now['alerts_told'], (len(ids), now['alerts_told'])
    assert sum(f['rule'] == 'SKS-MB-05' for _, f in entries) == 60, len(entries)


def test_the_time_server_is_gone(rig):
    """told after ten minutes, not at once; in health and metrics too; over when it is heard again"""
    clock, process, pipe, _ = watched(rig)
    assert health(rig)['clock_kept'] is True
    clock.keep(False)
    wait_for('the state', lambda: health(rig)['clock_kept'] is False)
    assert 'clock_lost_s' not in health(rig) and not told(rig, '')
    clock.pass_by(660)
    wait_for('the alert', lambda: told(rig, 'no time server'))
    assert not told(rig, 'clock was set'), 'time that passes is no step'
    assert wait_for('health', lambda: health(rig).get('clock_lost_s', 0)) >= 600
    said = rig.run('env', 'LD_PRELOAD=%s' % SHIM, 'SEKISHO_TEST_CLOCK=%s' % clock.path, 'ASAN_OPTIONS=verify_asan_link_order=0',
                   BUILD / 'sekisho', '--lang', 'ja', 'health', '--state', rig.dir / 's', status=None).stdout
    assert '時刻サーバー' in said, said
    clock.keep(True)
    wait_for('the end', lambda: 'clock_lost_s' not in health(rig))


def test_never_kept_is_no_news(rig):
    """a plant without a time server; and a system that does not say"""
    clock, process, pipe, _ = watched(rig)
    clock.ahead[2] = -1
    clock.write()
    wait_for('unknown', lambda: 'clock_kept' not in health(rig) or pathlib.Path('/run/systemd/timesync/synchronized').exists())
    clock.pass_by(4000)
    time.sleep(3)
    assert not told(rig, ''), told(rig, '')


def test_age_is_time_that_has_passed(rig):
    """a clock that jumps a month ahead makes nothing in Redis old"""
    clock, redis = Clock(rig.dir / 'clock'), Server(rig, '--stream-node-max-entries', '1')
    flow = Flow(rig, 'redis:\n  url: %s\n  keep_hours: 48\n' % redis.url,
                before=('env', 'LD_PRELOAD=%s' % SHIM, 'SEKISHO_TEST_CLOCK=%s' % clock.path, 'ASAN_OPTIONS=%s:verify_asan_link_order=0' % os.environ.get('ASAN_OPTIONS', '')))
    flow.alerts(100)
    wait_for('the alerts', lambda: len(redis.entries()) == 100)

    def looked(times):
        return 'cmdstat_xtrim:calls=%d,' % times in redis.client()('INFO', 'commandstats')
    wait_for('a look at their age', lambda: looked(1))
    clock.set(30 * 86400)
    clock.pass_by(61)
    wait_for('another one', lambda: looked(2))
    assert len(redis.entries()) == 100


main(globals())
