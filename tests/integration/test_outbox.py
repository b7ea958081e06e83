"""The outbox as people meet it: what waits for whom, telling a receiver again, one that is away for too long, a damaged file, a full disk."""
import json, os, random, signal, subprocess, time
from redis_peers import Flow
from rig import BUILD, PCAP_HEADER, Redis, force_listen_only, main, own_mounts, scenes, wait_for, writing_end

LONG = bool(os.environ.get('SEKISHO_LONG'))


def outbox(rig, state):
    return json.loads(rig.sekisho('outbox', '--json', '--state', state).stdout)


def seqs(eve):
    return [json.loads(line)['sekisho']['alert_id'] for line in eve.read_text().splitlines()]


def test_what_waits_and_for_whom(rig):
    redis = Redis(rig)
    redis.kill()
    state = rig.dir / 's'
    config = rig.config('redis:\n  url: %s\neve:\n  path: eve.json\n' % redis.url)
    rig.sekisho('replay', '--drain', '1', '--config', config, '--state', state, *scenes(), status=3)
    found = outbox(rig, state)
    waits = {s['name'].split(':')[0]: s for s in found['sinks']}
    assert waits['redis']['waiting'] == found['rows'] > 8 and 'waits_since' in waits['redis'], found
    assert waits['eve']['waiting'] == 0 and waits['eve']['active'], found
    for lang, word in (('en', 'in use'), ('ja', '使用中')):
        text = rig.sekisho('outbox', '--state', state, '--lang', lang).stdout
        assert text.count(word) == 2 and str(found['rows']) in text, text
    # who is configured no more holds nothing up
    rig.sekisho('replay', '--config', rig.config('eve:\n  path: eve.json\n', name='eve.yaml'), '--state', state, scenes()[0])
    active = {s['name'].split(':')[0]: s['active'] for s in outbox(rig, state)['sinks']}
    assert active == {'redis': False, 'eve': True}, active


def test_a_receiver_is_told_again(rig):
    """from an entry, an alert and a time; by the daemon while it runs"""
    state, eve, fifo = rig.dir / 's', rig.dir / 'eve.json', rig.dir / 'capture.fifo'
    os.mkfifo(fifo)
    config = rig.config('state: %s\neve:\n  path: eve.json\n' % state)
    rig.sekisho('replay', '--config', config, '--state', state, *scenes())
    told = seqs(eve)
    name = outbox(rig, state)['sinks'][0]['name']
    again = ['outbox', 'replay', name, '--state', state, '--by', '山田', '--reason', 'x', '--from']
    live = rig.config('state: %s\ncapture: { files: [%s] }\neve:\n  path: eve.json\n' % (state, fifo), name='live.yaml')
    process = rig.start(BUILD / 'sekishod', '--config', live)
    with writing_end(fifo, process) as pipe:
        pipe.write(PCAP_HEADER)
        pipe.flush()
        for start, left in (('3', len(told) - 2), (told[-1], len(told) - told.index(told[-1])), ('2020-01-01', len(told)), ('1h', len(told))):
            before = len(seqs(eve))
            assert str(left) in rig.sekisho(*again, start).stdout
            wait_for('the alerts again', lambda: len(seqs(eve)) == before + left)
            assert seqs(eve)[before:] == told[len(told) - left:], start
    assert process.wait(30) == 0
    for start, status in (('nonsense', 2), ('99999999', 1), ('2099-01-01', 1), ('0' * 25 + 'A', 1)):
        rig.sekisho(*again, start, status=status)
    rig.sekisho('outbox', 'replay', 'nobody', '--from', '1', '--reason', 'x', '--state', state, status=1)
    rig.sekisho('outbox', 'replay', name, '--from', '1', '--state', state, status=2)  # for no reason


def test_one_that_is_away_for_too_long_loses_the_oldest_or_the_least(rig):
    """and an alert says so"""
    capture = force_listen_only(rig.dir / 'many.pcap', 6000)
    for drop in ('oldest', 'least'):
        redis = Redis(rig)
        redis.kill()
        state = rig.dir / drop
        config = rig.config('outbox: { rows: 1000, drop_first: %s }\nredis:\n  url: %s\n' % (drop, redis.url), name='%s.yaml' % drop)
        r = rig.sekisho('replay', '--drain', '0', '--config', config, '--state', state, capture, status=3)
        assert 'sekisho outbox' in r.stderr, r.stderr
        found = outbox(rig, state)
        assert found['rows'] <= 2000 + 2048, found
        if drop == 'oldest':
            assert found['last_seq'] - found['first_seq'] + 1 == found['rows'], found
        lost = [a['sekisho'] for a in rig.alerts(state) if a['sekisho']['rule_id'] == 'SKS-SH-03']
        assert any('never took' in a['title_en'] and '受け取らないまま' in a['title_ja'] for a in lost), [a['title_en'] for a in lost]
        redis.start()
        rig.sekisho('replay', '--config', config, '--state', state, scenes()[0])
        ids = [tuple(map(int, i.split('-'))) for i, _ in redis.stream()]
        assert ids == sorted(set(ids)) and len(ids) >= found['rows'], (len(ids), found)
        redis.kill()


def test_a_damaged_file_is_set_aside_and_what_it_holds_arrives(rig):
    state, eve = rig.dir / 's', rig.dir / 'eve.json'
    redis = Redis(rig)
    redis.kill()
    rig.sekisho('replay', '--drain', '0', '--config', rig.config('redis:\n  url: %s\n' % redis.url), '--state', state, force_listen_only(rig.dir / 'x.pcap', 2000), status=3)
    with open(state / 'alerts.db', 'r+b') as f:
        f.truncate(os.path.getsize(state / 'alerts.db') * 9 // 10)
    redis.start()
    config = rig.config('state: %s\ncapture: { files: [%s] }\nredis:\n  url: %s\n' % (state, scenes()[0], redis.url), name='daemon.yaml')
    r = rig.run(BUILD / 'sekishod', '--config', config)
    aside = list(state.glob('alerts.db.damaged-*[0-9]'))
    assert len(aside) == 1 and str(aside[0]) in r.stderr and not (state / 'alerts.salvage').exists(), r.stderr
    assert json.loads((state / 'health.json').read_text())['alerts_damaged'] == str(aside[0])
    assert len(redis.stream()) == outbox(rig, state)['rows'] > 1000


def test_a_full_disk_holds_nothing_back_for_good(rig):
    """the state directory is a small file system that fills up in the middle; what was found meanwhile is told when there is room again"""
    state, redis = rig.dir / 'flow-state', Redis(rig)
    state.mkdir()
    flow = Flow(rig, 'redis:\n  url: %s\n' % redis.url, before=[*own_mounts(), 'sh', '-ec', 'mount -t tmpfs -o size=24m none "$0"; exec "$@"', state])
    inside = ['nsenter', '--target', flow.process.pid, '--mount', '--root']

    def heard(words):
        return any(words in p.read_text(errors='replace') for p in rig.dir.glob('*.log'))
    flow.alerts(100)
    wait_for('the first', lambda: Flow.new(redis.stream()) == 100)
    rig.run(*inside, 'sh', '-c', 'head -c 40000000 /dev/zero > "$0/other" 2>/dev/null || :', state)
    for _ in range(20):
        flow.alerts(100)
    wait_for('the complaint', lambda: heard('the disk is full'))
    assert Flow.new(redis.stream()) < flow.sent and flow.process.poll() is None
    rig.run(*inside, 'rm', state / 'other')
    wait_for('what was found meanwhile', lambda: Flow.new(redis.stream()) == flow.sent, 60)
    flow.close()
    subprocess.run(['umount', state], stderr=subprocess.DEVNULL)   # seen from here in a chroot only
    ids = [int(f['seq']) for _, f in redis.stream()]
    assert ids == list(range(1, len(ids) + 1)), 'gaps or repetitions'


def test_killed_at_any_moment_everything_committed_arrives(rig):
    """kill -9 of the daemon: what the outbox held then is in the stream in the end; SEKISHO_LONG=1: 500 times"""
    redis, state = Redis(rig), rig.dir / 's'
    capture = force_listen_only(rig.dir / 'many.pcap', 100000 if LONG else 6000)
    config = rig.config('state: %s\ncapture: { files: [%s] }\nredis:\n  url: %s\n' % (state, capture, redis.url))
    dice, committed, killed = random.Random(7), {}, 0
    for _ in range(500 if LONG else 12):
        process = rig.start(BUILD / 'sekishod', '--config', config)
        time.sleep(dice.uniform(0.05, 0.9))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
        if (state / 'alerts.db').exists():
            committed = {a['sekisho']['alert_id'] for a in rig.alerts(state)}
    rig.run(BUILD / 'sekishod', '--config', config, seconds=600)
    told = [f for _, f in redis.stream()]
    numbers = [int(f['seq']) for f in told]
    assert killed > (400 if LONG else 6), killed
    assert committed <= {f['id'] for f in told}, len(committed)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), 'gaps or repetitions'


if __name__ == '__main__':
    main(globals())
