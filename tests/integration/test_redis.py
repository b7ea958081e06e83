"""Redis: what is committed arrives in the stream once, in order, whatever dies on the way."""
import json, os, random, signal, subprocess, time
from rig import BUILD, Redis, RedisError, force_listen_only, main, scenes, wait_for

MANY = 10000


def stream_config(rig, redis):
    return rig.config('redis:\n  url: %s\n' % redis.url)


def check_stream(rig, redis, state, sensor='factory-1'):
    """the stream holds each outbox entry once, in order; every alert of the store is in it"""
    entries = redis.stream(sensor)
    ids = [tuple(map(int, i.split('-'))) for i, _ in entries]
    assert ids == sorted(set(ids)), 'ids do not rise'
    seqs = [int(f['seq']) for _, f in entries]
    assert seqs == list(range(1, len(seqs) + 1)), 'gaps or repetitions: %s' % [s for s, t in zip(seqs, range(1, len(seqs) + 1)) if s != t][:5]
    assert [s for _, s in ids] == seqs
    told = {f['id'] for _, f in entries}
    stored = {a['sekisho']['alert_id'] for a in rig.alerts(state)}
    assert told == stored, '%d told, %d stored' % (len(told), len(stored))
    return entries


def test_alerts_assets_zones_and_status(rig):
    redis = Redis(rig)
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', stream_config(rig, redis), '--state', state, *scenes())
    entries = check_stream(rig, redis, state)
    fields = entries[0][1]
    assert set(fields) >= {'v', 'id', 'seq', 'ts', 'sev', 'rule', 'state', 'src', 'dst', 'zone', 'sensor', 'json'}, fields
    assert json.loads(fields['json'])['event_type'] == 'alert'
    ask = redis.client()
    assets = rig.assets(state)
    held, known = set(ask('SMEMBERS', 'sekisho:{factory-1}:assets')), {a['asset_id'] for a in assets}
    assert held == known, 'only in Redis %s, only in the ledger %s' % (sorted(held - known), sorted(known - held))
    plc = next(a for a in assets if '10.20.1.11' in a['ip'])
    assert plc['asset_id'] in ask('SMEMBERS', 'sekisho:{factory-1}:zone:cell-a')
    assert plc['asset_id'] in ask('SMEMBERS', 'sekisho:{factory-1}:level:1')
    hash_ = ask('HGETALL', 'sekisho:{factory-1}:asset:%s' % plc['asset_id'])
    assert dict(zip(hash_[::2], hash_[1::2]))['zone'] == 'cell-a', hash_
    assert 0 < ask('TTL', 'sekisho:{factory-1}:status') <= 60
    kept = ask('HGETALL', 'sekisho:{factory-1}:sensor')
    kept = dict(zip(kept[::2], kept[1::2]))
    assert ask('TTL', 'sekisho:{factory-1}:sensor') == -1 and kept['sensor'] == 'factory-1' and kept['site'] == '見本工場', kept


def test_tail_shows_what_the_stream_holds(rig):
    redis = Redis(rig)
    rig.sekisho('replay', '--config', stream_config(rig, redis), '--state', rig.dir / 's', *scenes())
    url = ['--redis', redis.url, '--sensor', 'factory-1']
    lines = rig.sekisho('tail', *url, '--last', '100', '--once', '--json').stdout.splitlines()
    assert len(lines) == len(redis.stream()) and all(json.loads(line) for line in lines)
    local = rig.sekisho('tail', '--state', rig.dir / 's', '--last', '100', '--once', '--json').stdout.splitlines()
    assert local == lines
    text = rig.sekisho('tail', *url, '--last', '100', '--once', '--lang', 'ja').stdout
    assert 'SKS-MB-05' in text and '緊急' in text and '\x1b' not in text, text
    assert '\x1b[1;37;41mcritical\x1b[0m' in rig.sekisho('tail', *url, '--once', '--color', 'always').stdout
    high = rig.sekisho('tail', *url, '--last', '100', '--once', '--level', 'critical', '--json').stdout.splitlines()
    assert 0 < len(high) < len(lines)
    for where in (url, ['--state', rig.dir / 's']):  # as many as are asked for, of those that fit, however far back they are
        for n in (0, 1, 3, len(high), len(high) + 1):
            for asked in (['--level', 'critical'], ['--rule', 'SKS-MB-05']):
                fit = rig.sekisho('tail', *where, '--last', '100', '--once', *asked, '--json').stdout.splitlines()
                assert rig.sekisho('tail', *where, '--last', str(n), '--once', *asked, '--json').stdout.splitlines() == fit[len(fit) - min(n, len(fit)):], (where, n, asked)


def test_redis_down_at_the_start_loses_nothing(rig):
    redis = Redis(rig)
    redis.kill()
    config, state = stream_config(rig, redis), rig.dir / 's'
    r = rig.sekisho('replay', '--drain', '1', '--config', config, '--state', state, *scenes(), status=3)
    assert 'waiting' in r.stderr, r.stderr
    redis.start()
    rig.sekisho('replay', '--config', config, '--state', state, scenes()[0])
    assert len(check_stream(rig, redis, state)) > 0


def test_kill_9_of_the_sensor_in_the_middle_of_10000_alerts(rig):
    redis = Redis(rig)
    capture = force_listen_only(rig.dir / 'many.pcap', MANY)
    state = rig.dir / 's'
    config = rig.config('state: %s\ncapture: { files: [%s] }\nredis:\n  url: %s\n' % (state, capture, redis.url))
    commands = ([BUILD / 'sekishod', '--config', config],
                [BUILD / 'sekisho', 'replay', '--config', config, '--state', state, capture])
    rounds, killed = 0, 0
    random.seed(1)
    while True:
        rounds += 1
        p = rig.start(*commands[rounds % 2])
        if rounds <= 6:
            # somewhere between the first entry in the stream and the end
            before = len(redis.stream())
            wait_for('the next entries', lambda: len(redis.stream()) > before or p.poll() is not None, 60)
            time.sleep(random.uniform(0, 0.3))
            if p.poll() is None:
                p.send_signal(signal.SIGKILL)
                killed += 1
            p.wait()
        else:
            assert p.wait(120) == 0
            break
        if len(redis.stream()) >= MANY and p.returncode == 0:
            break
    entries = check_stream(rig, redis, state)
    assert len(entries) == MANY, '%d entries after %d kills' % (len(entries), killed)
    assert killed >= 2, 'killed only %d times' % killed


def test_kill_9_of_redis_in_the_middle_of_10000_alerts(rig):
    redis = Redis(rig)
    capture = force_listen_only(rig.dir / 'many.pcap', MANY)
    config, state = stream_config(rig, redis), rig.dir / 's'
    p = rig.start(BUILD / 'sekisho', 'replay', '--drain', '60', '--config', config, '--state', state, capture)
    for n in (1, 2):
        wait_for('entries', lambda: len(redis.stream()) > 500 * n or p.poll() is not None, 60)
        redis.kill()
        time.sleep(0.3)
        redis.start()
    assert p.wait(120) == 0
    assert len(check_stream(rig, redis, state)) == MANY


def test_a_frozen_redis_delays_nobody_else(rig):
    """while Redis takes nothing, the EVE file gets every row, as many as where there is no Redis"""
    alone, eve = rig.dir / 'alone.json', rig.dir / 'eve.json'
    rig.sekisho('replay', '--config', rig.config('eve:\n  path: %s\n' % alone, name='alone.yaml'), '--state', rig.dir / 'alone', *scenes())
    rows = len(alone.read_text().splitlines())
    assert rows > 8, rows
    redis = Redis(rig)
    config = rig.config('redis:\n  url: %s\neve:\n  path: %s\n' % (redis.url, eve))
    redis.process.send_signal(signal.SIGSTOP)
    state = rig.dir / 's'
    p = rig.start(BUILD / 'sekisho', 'replay', '--drain', '60', '--config', config, '--state', state, *scenes())
    wait_for('%d lines in the EVE file' % rows, lambda: eve.exists() and eve.read_bytes().count(b'\n') >= rows, 50)
    assert p.poll() is None, 'ended, though Redis has taken nothing'
    assert eve.read_bytes().count(b'\n') == rows
    redis.process.send_signal(signal.SIGCONT)
    assert p.wait(90) == 0
    assert len(check_stream(rig, redis, state)) == rows == eve.read_bytes().count(b'\n')


def test_a_key_of_another_type_is_one_log_line_and_loses_nothing(rig):
    redis = Redis(rig)
    redis.client()('SET', 'sekisho:{factory-1}:alerts', 'in the way')
    config, state = stream_config(rig, redis), rig.dir / 's'
    r = rig.sekisho('replay', '--drain', '2', '--config', config, '--state', state, *scenes(), status=3)
    assert r.stderr.count('WRONGTYPE') == 1, r.stderr
    redis.client()('DEL', 'sekisho:{factory-1}:alerts')
    rig.sekisho('replay', '--config', config, '--state', state, scenes()[0])
    check_stream(rig, redis, state)


def test_a_user_without_a_password(rig):
    """is that user all the same, not the default one"""
    redis = Redis(rig)
    redis.client()('ACL', 'SETUSER', 'open', 'on', 'nopass', '~sekisho:*', '&*', '+@all', '-xadd')
    config = rig.config('redis:\n  url: %s\n  user: open\n' % redis.url)
    r = rig.sekisho('replay', '--drain', '1', '--config', config, '--state', rig.dir / 's', *scenes()[:2], status=3)
    assert 'NOPERM' in r.stderr and not redis.client()('EXISTS', 'sekisho:{factory-1}:alerts'), r.stderr


def test_password_and_database(rig):
    redis = Redis(rig, '--requirepass', 'hidden-word')
    config = rig.config('redis:\n  url: %s?db=3\n  password: hidden-word\n' % redis.url)
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', *scenes())
    ask = redis.client()
    ask('AUTH', 'hidden-word')
    ask('SELECT', '3')
    assert ask('XLEN', 'sekisho:{factory-1}:alerts') >= 8
    wrong = rig.config('redis:\n  url: %s\n  password: wrong-word\n' % redis.url, name='wrong.yaml')
    r = rig.sekisho('replay', '--drain', '1', '--config', wrong, '--state', rig.dir / 't', *scenes(), status=3)
    assert 'wrong-word' not in r.stderr + r.stdout and 'redis' in r.stderr, r.stderr


if __name__ == '__main__':
    main(globals())
