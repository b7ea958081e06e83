"""The life of an alert: commands beside a running daemon and without one, commands by Redis, what the sinks hear of it."""
import fcntl, json, os, sqlite3, struct, time
from rig import BUILD, CAPTURES, Redis, RedisError, force_listen_only, main, wait_for, writing_end

STREAM = 'sekisho:{factory-1}:commands'


def filler(at):
    """frames of nothing, later than a request waits for its answer: what reads a FIFO by blocks has read what came before"""
    frame = b'\x02' * 12 + struct.pack('>H', 0x88b5) + bytes(1400)
    return b''.join(struct.pack('<IIII', int(at) + i, 0, len(frame), len(frame)) + frame for i in range(200))


class Daemon:
    """sekishod on a FIFO: it goes on until close()"""

    def __init__(self, rig, text='', frames=1):
        self.rig, self.state, self.port = rig, rig.dir / 's', 40000
        self.fifo = rig.dir / 'capture.fifo'
        os.mkfifo(self.fifo)
        config = rig.config('state: %s\ncapture: { files: [%s] }\n%s' % (self.state, self.fifo, text))
        self.process = rig.start(BUILD / 'sekishod', '--config', config)
        self.pipe = writing_end(self.fifo, self.process)
        self.config = config
        self.pipe.write(force_listen_only(rig.dir / 'first.pcap', frames).read_bytes() + filler(1775001800))
        self.pipe.flush()
        wait_for('the alerts', lambda: self.state.exists() and (self.state / 'alerts.db').exists() and self.listed() or None)

    def listed(self):
        r = self.rig.sekisho('alerts', '--state', self.state, '--json', status=None)
        return [json.loads(line) for line in r.stdout.splitlines()] if r.returncode == 0 else []

    def again(self, frames=1, start=1775003000.0):
        """the same masters do it again, on a new connection"""
        self.port += 1
        self.pipe.write(force_listen_only(self.rig.dir / 'again.pcap', frames, start=start, port=self.port).read_bytes()[24:] + filler(start + 90))
        self.pipe.flush()

    def close(self):
        self.pipe.close()
        self.process.wait(30)
        assert self.process.returncode == 0, self.process.returncode


def id_of(alert):
    return alert['sekisho']['alert_id']


def find(alerts, rule='SKS-MB-05'):
    return next(a for a in alerts if a['sekisho']['rule_id'] == rule)


def rows(state, rig):
    lines = rig.sekisho('tail', '--state', state, '--last', '1000', '--once', '--json').stdout.splitlines()
    return [json.loads(line)['sekisho'] for line in lines]


def test_commands_beside_a_running_daemon(rig):
    d = Daemon(rig)
    alert = id_of(find(wait_for('the alert', lambda: [a for a in d.listed() if a['sekisho']['rule_id'] == 'SKS-MB-05'])))
    where = ['--state', d.state, '--reason', 'planned', '--by', 'sato']
    rig.sekisho('alert', 'ack', alert, *where)
    assert find(d.listed())['sekisho']['state'] == 'acknowledged'
    rig.sekisho('alert', 'ack', alert, *where, status=1)
    rig.sekisho('alert', 'close', alert, *where)
    d.again()
    wait_for('it is open again', lambda: find(d.listed())['sekisho']['state'] == 'open')
    d.close()
    changes = [r['change'] for r in rows(d.state, rig) if r['alert_id'] == alert]
    assert changes == ['new', 'ack', 'close', 'reopen'], changes
    # a person who watches reads who did what, and why, not the alert once more
    for lang, words in (('en', (': acknowledged by sato', ': closed by sato')), ('ja', ('確認中にしました（sato）', '対応済みにしました（sato）'))):
        text = rig.sekisho('tail', '--state', d.state, '--last', '1000', '--once', '--lang', lang).stdout
        assert all(text.count(w) == 1 for w in words) and text.count(' - planned') == 2, text
        assert text.count('10.1.0.0 -> 10.2.0.0') == 2, 'found, and found again: %s' % text
    # and without a daemon
    rig.sekisho('alert', 'mute', alert, '--until', '8h', *where)
    assert find(rig.alerts(d.state))['sekisho']['state'] == 'muted'
    audit = [json.loads(line) for line in rig.sekisho('audit', 'list', '--state', d.state, '--object', 'alert', '--json').stdout.splitlines()]
    assert [r['verb'] for r in audit] == ['alert.ack', 'alert.close', 'alert.mute'], audit
    assert all(r['who'] == 'sato' and r['reason'] == 'planned' for r in audit)
    rig.sekisho('audit', 'verify', '--state', d.state)


def test_readers_leave_the_daemon_its_databases(rig):
    """with a sink, the daemon has each database open more than once; whoever reads beside it and ends takes nothing away"""
    redis = Redis(rig)
    d = Daemon(rig, 'redis:\n  url: %s\n' % redis.url, frames=3)
    alerts = wait_for('three alerts', lambda: len([a for a in d.listed() if a['sekisho']['rule_id'] == 'SKS-MB-05']) == 3 and
                      [id_of(a) for a in d.listed() if a['sekisho']['rule_id'] == 'SKS-MB-05'])
    wait_for('the stream', lambda: len(redis.stream()) >= 3)
    for i, alert in enumerate(alerts):
        rig.sekisho('alerts', '--state', d.state)
        rig.sekisho('assets', '--state', d.state)
        rig.sekisho('alert', 'ack', alert, '--state', d.state, '--reason', 'planned', '--by', 'sato')
        assert sorted(a['sekisho']['state'] for a in d.listed()).count('acknowledged') == i + 1
        rig.sekisho('audit', 'list', '--state', d.state)
    open_files = [os.readlink('/proc/%d/fd/%s' % (d.process.pid, f)) for f in os.listdir('/proc/%d/fd' % d.process.pid)]
    assert len([f for f in open_files if f.endswith('alerts.db-wal')]) >= 2, open_files
    assert not [f for f in open_files if '(deleted)' in f], open_files
    d.again(3)
    wait_for('three again', lambda: len([a for a in d.listed() if a['sekisho']['count'] == 2]) == 3)
    d.close()
    assert len([a for a in rig.alerts(d.state) if a['sekisho']['count'] == 2]) == 3, 'what was written stays'


def test_a_mute_shows_how_often_it_applied(rig):
    d = Daemon(rig)
    common = ['--state', d.state, '--config', d.config, '--reason', 'drill']
    rig.sekisho('alert', 'mute', '--rule', 'SKS-MB-05', '--dest', '10.2.0.0/16', '--until', '2099-12-31', *common)
    before = len(rows(d.state, rig))
    for n in range(3):
        d.again(start=1775003000.0 + 2000 * n)
    wait_for('three', lambda: find(d.listed())['sekisho']['count'] == 4)
    health = d.state / 'health.json'
    told = wait_for('health', lambda: [h for h in [json.loads(health.read_text())] if h['findings_muted'] == 3] if health.exists() else None, 40)
    assert told[0]['mutes'] == 1, told
    d.close()
    mutes = [json.loads(line) for line in rig.sekisho('alert', 'mutes', '--state', d.state, '--json').stdout.splitlines()]
    assert [(m['rule'], m['dest'], m['applied']) for m in mutes] == [('SKS-MB-05', '10.2.0.0/16', 3)], mutes
    assert mutes[0]['last_applied'].startswith('2026-04-01T'), mutes
    assert not [r for r in rows(d.state, rig)[before:] if r['rule_id'] == 'SKS-MB-05']
    assert 'SKS-MB-05' in rig.sekisho('alert', 'mutes', '--state', d.state).stdout
    for wrong, said in ((['--rule', 'SKS-MB-55'], 'no rule'), (['--zone', 'nowhere'], 'no zone'), (['--src', 'A999999'], 'no asset'),
                        (['--src', 'plc'], 'no asset'), (['--rule', 'SKS-MB-05', '--until', 'tomorrow'], 'no time')):
        r = rig.sekisho('alert', 'mute', '--until', '8h', *common, *wrong, status=2 if '--until' in wrong else 1)
        assert said in r.stderr, r.stderr
    rig.sekisho('alert', 'unmute', '1', '--state', d.state, '--reason', 'over')
    assert not rig.sekisho('alert', 'mutes', '--state', d.state, '--json').stdout
    assert len(rig.sekisho('alert', 'mutes', '--state', d.state, '--json', '--all').stdout.splitlines()) == 1
    rig.sekisho('alert', 'unmute', '1', '--state', d.state, '--reason', 'over', status=1)


def trail(rig, state):
    return [json.loads(line)['verb'] for line in rig.sekisho('audit', 'list', '--state', state, '--json').stdout.splitlines()]


def test_what_cannot_be_asked_is_not_learnt_either(rig):
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', CAPTURES / 'office-to-plc.pcap')
    alert = id_of(next(a for a in rig.alerts(state) if a.get('src_ip') == '10.20.4.52' and a.get('app_proto') == 'modbus'))
    before = trail(rig, state)
    for wrong in (['--reason', 'x' * 600], ['--reason', 'x', '--by', 'y' * 200]):
        r = rig.sekisho('alert', 'learn', alert, '--state', state, *wrong, status=1)
        assert 'too long' in r.stderr and not r.stdout, (r.stdout, r.stderr)
    assert trail(rig, state) == before
    # a daemon that has the alerts and does not answer: what was done is told, and what was not
    with open(state / 'alerts.lock') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for lang, words in (('en', ('the baseline has learnt it', 'keeps its state')), ('ja', ('学習しましたが', '状態は変えていません'))):
            r = rig.sekisho('--lang', lang, 'alert', 'learn', alert, '--state', state, '--reason', 'x', status=3)
            assert all(w in r.stderr for w in words) and 'nothing was done' not in r.stderr, r.stderr
    assert [a['sekisho']['state'] for a in rig.alerts(state) if id_of(a) == alert] == ['open']
    assert trail(rig, state) == before + ['baseline.learn'] * 2
    rig.sekisho('alert', 'learn', alert, '--state', state, '--reason', 'x')
    assert [a['sekisho']['state'] for a in rig.alerts(state) if id_of(a) == alert] == ['learnt']


def test_a_store_that_cannot_be_written_is_said_at_once(rig):
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', force_listen_only(rig.dir / 'x.pcap', 1))
    alert = id_of(find(rig.alerts(state)))
    with sqlite3.connect(state / 'alerts.db') as db:
        db.execute("CREATE TRIGGER no BEFORE UPDATE OF state ON alerts BEGIN SELECT RAISE(ABORT, 'no'); END")
    for lang, words in (('en', 'cannot be written'), ('ja', '書けない')):
        r = rig.sekisho('--lang', lang, 'alert', 'ack', alert, '--state', state, '--reason', 'x', status=3)
        assert words in r.stderr and 'daemon that has these' not in r.stderr, r.stderr
    with sqlite3.connect(state / 'alerts.db') as db:
        assert db.execute('SELECT count(*) FROM requests').fetchone() == (0,), 'taken back'


def test_what_steers_a_terminal_is_shown_as_nothing(rig):
    """rows of a stream or a store that somebody else may have written to"""
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', force_listen_only(rig.dir / 'x.pcap', 1))
    with sqlite3.connect(state / 'alerts.db') as db:
        seq, = db.execute('SELECT max(seq) FROM outbox').fetchone()
        for i, change in enumerate(('new', 'ack', 'evidence'), 1):
            said = {'change': change, 'by': 'x', 'alert_id': 'a\x1b[2J', 'rule_id': 'r\x1b[31m', 'last_seen': 't\x1b[5m', 'evidence': {'pcap': 'p'}}
            db.execute('INSERT INTO outbox(seq, ms, json) VALUES(?, 9999999999999, ?)', (seq + i, json.dumps({'event_type': 'alert', 'sekisho': said})))
    for lang in ('en', 'ja'):
        out = rig.sekisho('tail', '--state', state, '--last', '3', '--once', '--lang', lang).stdout
        assert '\x1b' not in out and out.count('a?[2J') == 3 and out.count('r?[31m') == 2 and 't?[5m' in out, repr(out)


def test_a_disabled_rule_says_nothing(rig):
    capture = force_listen_only(rig.dir / 'x.pcap', 3)
    for text, expected in (('', 3), ('rules: { disable: [SKS-MB-05] }', 0)):
        state = rig.dir / ('s%d' % expected)
        rig.sekisho('replay', '--config', rig.config(text), '--state', state, '--no-sinks', capture)
        assert len([a for a in rig.alerts(state) if a['sekisho']['rule_id'] == 'SKS-MB-05']) == expected


def test_commands_by_redis(rig):
    redis = Redis(rig)
    d = Daemon(rig, 'redis:\n  url: %s\n' % redis.url, frames=2)
    ask = redis.client()
    alerts = wait_for('two alerts', lambda: len([a for a in d.listed() if a['sekisho']['rule_id'] == 'SKS-MB-05']) == 2 and
                      [id_of(a) for a in d.listed() if a['sekisho']['rule_id'] == 'SKS-MB-05'])
    common = ['by', '鈴木', 'reason', 'drill']
    good = ask('XADD', STREAM, '*', 'command', 'ack', 'id', alerts[0], *common)
    until = ask('XADD', STREAM, '*', 'command', 'mute', 'id', alerts[1], 'until', '8h', *common)
    unknown = ask('XADD', STREAM, '*', 'command', 'close', 'id', 'nothing', *common)
    malformed = [ask('XADD', STREAM, '*', *words) for words in (
        ['command', 'explode', 'id', alerts[0], *common], ['command', 'ack', 'id', alerts[0]], ['command', 'ack', *common],
        ['command', 'mute', 'id', alerts[0], *common], ['command', 'ack', 'id', alerts[0], 'by', 'x', 'reason', 'y' * 5000],
        ['command', 'ack', 'id', alerts[0], 'by', b'\xff\xfe', 'reason', 'x'],
        ['command', 'ack', 'id', alerts[0], 'by', '\x1b[2Jx', 'reason', 'x'], ['command', 'ack', 'id', alerts[0], 'by', 'x', 'reason', 'a\u202eb'], ['a', 'b'], ['x', 'y'] * 40)]

    def results():
        try:
            return {dict(zip(f[::2], f[1::2]))['entry']: dict(zip(f[::2], f[1::2]))['result'] for _, f in ask('XRANGE', STREAM + ':results', '-', '+')}
        except RedisError:
            return {}
    wait_for('the answers', lambda: len(results()) == 3 + len(malformed))
    assert results() == {good: 'done', until: 'done', unknown: 'no_such_alert', **{m: 'malformed' for m in malformed}}, results()
    assert ask('XPENDING', STREAM, 'sekisho')[0] == 0
    states = {id_of(a): a['sekisho']['state'] for a in d.listed()}
    assert (states[alerts[0]], states[alerts[1]]) == ('acknowledged', 'muted'), states
    wait_for('the stream', lambda: {f['change'] for _, f in redis.stream()} >= {'ack', 'mute'})
    entry = [json.loads(f['json'])['sekisho'] for _, f in redis.stream() if f['change'] == 'ack']
    assert [(e['alert_id'], e['state'], e['by'], e['reason']) for e in entry] == [(alerts[0], 'acknowledged', '鈴木', 'drill')]
    # what was put down while Redis and daemon were apart is done once
    redis.kill()
    redis.start()
    ask = redis.client()
    late = ask('XADD', STREAM, '*', 'command', 'reopen', 'id', alerts[0], *common)
    wait_for('the answer', lambda: results().get(late) == 'done', seconds=60)
    assert [f['change'] for _, f in redis.stream() if f['id'] == alerts[0]].count('reopen') == 1
    health = wait_for('health', lambda: [s for s in json.loads((d.state / 'health.json').read_text())['sinks'] if s.get('commands_malformed') == len(malformed)])
    assert health[0]['commands'] >= 3, health
    d.close()
    by = [json.loads(line) for line in rig.sekisho('audit', 'list', '--state', d.state, '--object', 'alert', '--json').stdout.splitlines()]
    assert [(r['verb'], r['login'], r['who']) for r in by] == [('alert.ack', 'redis', '鈴木'), ('alert.mute', 'redis', '鈴木'), ('alert.reopen', 'redis', '鈴木')], by


def test_an_answer_that_cannot_be_noted_is_told_once(rig):
    """the note of it waits for the disk; the stream of answers does not fill meanwhile"""
    redis = Redis(rig)
    d = Daemon(rig, 'redis:\n  url: %s\n' % redis.url)
    ask = redis.client()
    with sqlite3.connect(d.state / 'alerts.db') as db:
        db.execute("CREATE TRIGGER no BEFORE UPDATE OF reported ON requests BEGIN SELECT RAISE(ABORT, 'no'); END")
    entries = [ask('XADD', STREAM, '*', 'command', 'ack', 'id', 'nothing%d' % i, 'by', 'x', 'reason', 'y') for i in range(2)]

    def answered():
        return [dict(zip(f[::2], f[1::2]))['entry'] for _, f in ask('XRANGE', STREAM + ':results', '-', '+')] if ask('EXISTS', STREAM + ':results') else []
    wait_for('the first answer', answered)
    time.sleep(2.5)   # beats come every second
    assert answered() == entries[:1]
    with sqlite3.connect(d.state / 'alerts.db') as db:
        db.execute('DROP TRIGGER no')
    wait_for('the second one', lambda: len(answered()) > 1)
    assert answered() == entries
    d.close()


def test_a_user_who_may_not_read_commands_still_gets_alerts(rig):
    redis = Redis(rig)
    redis.client()('ACL', 'SETUSER', 'sensor', 'on', '>secret', '~sekisho:*', '&sekisho:*', '+@all', '-xgroup', '-xreadgroup')
    state = rig.dir / 's'
    r = rig.sekisho('replay', '--config', rig.config('redis:\n  url: %s\n  user: sensor\n  password: secret\n' % redis.url), '--state', state,
                    force_listen_only(rig.dir / 'x.pcap', 5))
    assert len(redis.stream()) >= 5, r.stderr


if __name__ == '__main__':
    main(globals())
