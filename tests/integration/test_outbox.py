"""The outbox as people meet it: what waits for whom, telling a receiver again, one that is away for too long, a damaged file, a full disk."""
import contextlib, json, os, random, signal, sqlite3, struct, subprocess, sys, time
from redis_peers import Flow
from rig import BUILD, PCAP_HEADER, TOP, Redis, force_listen_only, main, own_mounts, scenes, wait_for, whole_lines, writing_end
sys.path.append(str(TOP / 'tests' / 'bench'))
import paced  # noqa: E402

LONG = bool(os.environ.get('SEKISHO_LONG'))


def outbox(rig, state):
    return json.loads(rig.sekisho('outbox', '--json', '--state', state).stdout)


def seqs(eve):
    return [json.loads(line)['sekisho']['alert_id'] for line in whole_lines(eve)]


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


def test_who_reads_a_damaged_file_is_told_so_at_once(rig):
    """what, where and what to do, in either language, with the exit status of other input that is wrong; none shows half of it or waits for another"""
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config('eve:\n  path: eve.json\n'), '--state', state, *scenes())
    pages = {}
    with contextlib.closing(sqlite3.connect(state / 'alerts.db')) as db:
        db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        size = db.execute('PRAGMA page_size').fetchone()[0]
        pages = dict(db.execute("SELECT name, rootpage FROM sqlite_master WHERE type = 'table'"))
    whole = (state / 'alerts.db').read_bytes()
    for table, commands in (('outbox', (['tail', '--once'], ['tail'], ['outbox'], ['outbox', '--json'])), ('bodies', (['tail', '--once'], ['tail'], ['alerts'])),
                            ('alerts', (['alerts'], ['report', 'daily'])), ('incidents', (['incidents'],)), ('mutes', (['alert', 'mutes'],))):
        at = (pages[table] - 1) * size
        (state / 'alerts.db').write_bytes(whole[:at] + b'Z' * size + whole[at + size:])
        for command in commands:
            for lang, words in ('en', 'is damaged (database disk image is malformed). Restore a backup'), ('ja', 'バックアップから戻してください'):
                begun = time.monotonic()
                r = rig.sekisho(*command, '--state', state, '--lang', lang, status=1, seconds=8)
                assert 'alerts.db: ' in r.stderr and words in r.stderr and time.monotonic() - begun < 4, (table, command, r.stderr)
                assert r.stdout == '', (table, command, r.stdout)


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


class Committed:
    """what the outbox has, read without a change to the file"""

    def __init__(self, db):
        self.db, self.ids, self.pairs = db, [], []

    def look(self):
        """@return how many rows are new; complains where one that was there is gone"""
        if not self.db.exists():
            return 0
        with contextlib.closing(sqlite3.connect('file:%s?mode=ro' % self.db, uri=True)) as outbox:
            known = len(self.ids)
            assert outbox.execute('SELECT count(*), max(seq) FROM outbox WHERE seq <= ?', [known]).fetchone() == (known, known or None), known
            more = outbox.execute('SELECT json FROM told WHERE seq > ? ORDER BY seq', [known]).fetchall()
        for alert in (json.loads(text) for text, in more):
            self.ids.append(alert['sekisho']['alert_id'])
            if alert['sekisho']['rule_id'] == 'SKS-MB-06' and alert['sekisho']['change'] == 'new':
                self.pairs.append((alert['src_ip'], alert['dest_ip']))
        return len(more)


def test_killed_at_any_moment_everything_committed_arrives(rig):
    """kill -9 of the daemon while alerts come in: what the outbox held then is in the stream in the end; SEKISHO_LONG=1: 500 times"""
    redis, state, fifo = Redis(rig), rig.dir / 's', rig.dir / 'capture.fifo'
    os.mkfifo(fifo)
    config = rig.config('sensor: { name: factory-1 }\nstate: %s\ncapture: { files: [%s] }\nredis: { url: "%s", maxlen: 1000000 }\n' % (state, fifo, redis.url), base=None)
    dice, committed, sent, moved, rounds = random.Random(7), Committed(state / 'alerts.db'), 0, 0, 500 if LONG else 12
    many = paced.side(1000 * rounds)

    def more():
        nonlocal sent
        # frames of nothing fill the batches in which a file is read
        for raw in [raw for i in range(sent, sent + 20) for raw in paced.restart(i, many)] + 400 * [b'\x02' * 12 + b'\x88\xb5' + bytes(46)]:
            at = 1775001600 + sent * 0.0025
            pipe.write(struct.pack('<IIII', int(at), int(at % 1 * 1e6), len(raw), len(raw)) + raw)
        pipe.flush()
        sent += 20

    for n in range(rounds + 1):
        process = rig.start(BUILD / 'sekishod', '--config', config)
        pipe = writing_end(fifo, process)
        pipe.write(PCAP_HEADER)
        before, began = sent, time.monotonic()
        more()
        # every other time some moment after the first commit, which comes as late as this machine is slow; else any moment at all
        if n % 2 == 0:
            wait_for('the first commit', lambda: time.sleep(0.05) or more() or committed.look())
            took, moved = time.monotonic() - began, moved + (n < rounds)
        end = time.monotonic() + dice.uniform(0, took)
        while time.monotonic() < end:
            time.sleep(0.05)
            more()
        if n < rounds:
            process.send_signal(signal.SIGKILL)
            process.wait()
            moved += committed.look() > 0 and n % 2
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
    assert process.wait(60) == 0
    committed.look()
    told = [f for _, f in redis.stream()]
    print('%d kills, %d of them with new rows since the last; %d alerts played, %d rows committed, %d told' % (rounds, moved, sent, len(committed.ids), len(told)))
    assert [int(f['seq']) for f in told] == list(range(1, len(told) + 1)), 'gaps or repetitions'
    assert [f['id'] for f in told] == committed.ids, 'what arrived is not what was committed'
    assert moved >= rounds // 2, moved
    # nobody is taken for a device that had been seen just before a kill
    numbers = [paced.number_of(*pair, many) for pair in committed.pairs]
    assert len(set(numbers)) == len(numbers) and set(range(before, sent)) <= set(numbers), 'of %d to %d there are %d' % (before, sent, sum(n >= before for n in numbers))


if __name__ == '__main__':
    main(globals())
