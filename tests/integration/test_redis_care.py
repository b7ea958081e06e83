"""What could lose alerts in a Redis that takes them, how long entries stay, and the rights of the documented user."""
import concurrent.futures, json, re, time
from redis_peers import STREAM, Flow, Server, SubRig
from rig import TOP, RedisError, main, scenes, wait_for

PAGES = [TOP / 'docs' / 'delivery-redis.md', TOP / 'docs' / 'delivery-redis.ja.md']
NOT_LACKED = {'xrange', 'select', 'info', 'role', 'cluster|slots', 'asking'}  # for what this Redis is not


def notes(rig, state):
    return [n for s in json.loads(rig.sekisho('health', '--state', state, '--json').stdout)['sinks'] for n in s.get('notes', [])]


def test_eviction_and_no_persistence_are_told_once(rig):
    redis = Server(rig, '--maxmemory', '200mb', '--maxmemory-policy', 'allkeys-lru')
    redis.client()('CONFIG', 'SET', 'appendonly', 'no')
    flow = Flow(rig, 'redis:\n  url: %s\n' % redis.url)
    flow.alerts(10)
    wait_for('the notes', lambda: (flow.state / 'health.json').exists() and notes(rig, flow.state) == ['may_evict', 'forgets'])
    redis.client()('CLIENT', 'KILL', 'TYPE', 'normal')
    flow.wait_told('back, ')
    time.sleep(1.5)
    told = '\n'.join(flow.told())
    assert told.count('allkeys-') == told.count('appendonly yes') == 1, told
    assert 'appendonly yes' in rig.sekisho('health', '--state', flow.state).stdout
    assert 'ディスクに保存しません' in rig.sekisho('health', '--state', flow.state, '--lang', 'ja').stdout
    flow.check(redis.entries)


def test_eviction_is_seen_without_the_right_to_config(rig):
    redis = Server(rig, '--maxmemory', '200mb', '--maxmemory-policy', 'allkeys-lru')
    redis.client()('ACL', 'SETUSER', 'sensor', 'on', '>word', '~*', '&*', '+@all', '-config')
    redis.client()('ACL', 'SETUSER', 'blind', 'on', '>word', '~*', '&*', '+@all', '-config', '-info')
    for user, lines in (('sensor', 1), ('blind', 0)):
        config = rig.config('redis:\n  url: %s\n  user: %s\n  password: word\n' % (redis.url, user), name=user + '.yaml')
        told = rig.sekisho('replay', '--config', config, '--state', rig.dir / user, *scenes()).stderr
        redis.client()('DEL', STREAM)
        assert told.count('allkeys-') == lines and 'NOPERM' not in told, told


def test_an_evictor_of_what_expires_is_none(rig):
    redis = Server(rig, '--maxmemory', '200mb', '--maxmemory-policy', 'volatile-lru')
    config = rig.config('redis:\n  url: %s\n' % redis.url)
    told = rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', *scenes()).stderr
    assert 'redis:' not in told and len(redis.entries()) > 8, told


def test_a_group_that_the_trimming_overtakes(rig):
    redis = Server(rig, '--stream-node-max-entries', '10')
    ask = redis.client()
    ask('XGROUP', 'CREATE', STREAM, 'siem', '0', 'MKSTREAM')
    flow = Flow(rig, 'redis:\n  url: %s\n  maxlen: 100\n' % redis.url)
    flow.alerts(50)
    wait_for('the alerts', lambda: len(redis.entries()) >= 50)
    read = ask('XREADGROUP', 'GROUP', 'siem', 'one', 'COUNT', '20', 'STREAMS', STREAM, '>')[0][1]
    flow.alerts(50)
    time.sleep(2)
    assert not flow.told(), flow.told()   # slow, but all is still there
    for _ in range(4):
        flow.alerts(50)
    flow.wait_told('loses alerts', 40)

    def raised():
        flow.alerts(1)
        return [a for a in rig.alerts(flow.state) if a['sekisho']['rule_id'] == 'SKS-SH-03']
    alert = wait_for('the alert', raised, 30)[0]
    assert 'siem' in alert['sekisho']['title_en'] and '取りこぼしている' in alert['sekisho']['title_ja'], alert['sekisho']['title_ja']
    wait_for('the note', lambda: 'reader_loses' in notes(rig, flow.state))
    while ask('XREADGROUP', 'GROUP', 'siem', 'one', 'COUNT', '500', 'STREAMS', STREAM, '>'):
        pass
    wait_for('the note to go', lambda: 'reader_loses' not in notes(rig, flow.state), 40)
    flow.pipe.close()
    assert flow.process.wait(60) == 0 and len(read) == 20


def test_entries_leave_by_age(rig):
    redis = Server(rig, '--stream-node-max-entries', '1')
    redis.client()('XADD', STREAM, '1-1', 'very', 'old')
    config = rig.config('redis:\n  url: %s\n  keep_hours: 1\n' % redis.url)
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', *scenes())
    ids = [i for i, _ in redis.entries()]
    assert '1-1' not in ids and len(ids) > 8, ids


def test_what_a_group_has_not_read_does_not_leave_by_age(rig):
    redis = Server(rig, '--stream-node-max-entries', '1')
    ask = redis.client()
    for i in range(1, 21):
        ask('XADD', STREAM, '%d-1' % i, 'very', 'old')
    ask('XGROUP', 'CREATE', STREAM, 'siem', '0')
    ask('XREADGROUP', 'GROUP', 'siem', 'one', 'COUNT', '10', 'STREAMS', STREAM, '>')
    config = rig.config('redis:\n  url: %s\n  keep_hours: 1\n' % redis.url)
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', *scenes())
    ids = [i for i, _ in redis.entries()]
    assert ids[:11] == ['%d-1' % i for i in range(10, 21)] and len(ids) > 19, ids


def sink_of(flow):
    return json.loads((flow.state / 'health.json').read_text())['sinks'][0]


def test_a_stream_that_ends_later_than_the_clock(rig):
    """of another state directory, say: what comes from now on is numbered behind it, and arrives"""
    redis = Server(rig)
    end = int((time.time() + 30 * 86400) * 1000)
    redis.client()('XADD', STREAM, '%d-7' % end, 'v', '1')
    flow = Flow(rig, 'redis:\n  url: %s\n' % redis.url)
    flow.alerts(0)
    flow.wait_told('numbered from there on')
    for _ in range(10):
        flow.alerts(5)
        time.sleep(0.2)
    wait_for('the alerts', lambda: len(redis.entries()) == 51)
    assert all(int(i.split('-')[0]) > end for i, _ in redis.entries()[1:]) and len(flow.told()) == 1, flow.told()
    flow.check(lambda: redis.entries()[1:])


def test_two_sensors_of_one_name(rig):
    """what one of them pushes out is told and counted, and never as delivered"""
    redis = Server(rig)
    flows = [Flow(rig, 'redis:\n  url: %s\n' % redis.url, name=n) for n in 'ab']
    flows[1].sent = 100000
    for _ in range(5):   # that both tell something at the same time is up to the machine
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda flow: flow.run(6, 50), flows))
        raised = [flows[0].sent, flows[1].sent - 100000]

        def settled():
            sinks = [sink_of(f) for f in flows]
            return all(s['after_seq'] >= n and s['waiting'] == 0 for s, n in zip(sinks, raised)) and sinks
        sinks = wait_for('all offered', settled, 40)
        there = Flow.new(redis.entries())
        if there < sum(raised):
            break
    assert sum(s.get('refused', 0) for s in sinks) == sum(raised) - there > 0, (there, raised, sinks)
    for flow, s, n in zip(flows, sinks, raised):
        assert s['delivered'] + s.get('refused', 0) == n, s
        if s.get('refused'):
            r = rig.sekisho('health', '--state', flow.state, status=1)
            assert 'does another sensor have the same name' in r.stdout.lower(), r.stdout
            assert '同じ名前のセンサー' in rig.sekisho('health', '--state', flow.state, '--lang', 'ja', status=1).stdout
        assert sum('Does another sensor' in line for line in flow.told()) <= 2, flow.told()
    for flow in flows:
        flow.close()


def acl_of(page):
    line = re.search(r'^ACL SETUSER .*', page.read_text(), re.M).group(0)
    return line.replace('line-1', 'factory-1').replace('PASSWORD', 'word').split()


def go_with(rig, redis, user, line, name):
    """all features with the rights of this line; what the log says"""
    ask = redis.client()
    ask('ACL', 'SETUSER', user, *line)
    sensor = 'sensor-%s' % re.sub('[^a-z]', '', name)
    ask('ACL', 'SETUSER', user, 'resetkeys', '~sekisho:{%s}:*' % sensor, 'resetchannels', '&sekisho:{%s}:*' % sensor)
    stream = 'sekisho:{%s}:alerts' % sensor
    ask('XGROUP', 'CREATE', stream, 'siem', '0', 'MKSTREAM')
    ask('XADD', 'sekisho:{%s}:commands' % sensor, '*', 'nothing', 'known')
    text = 'redis:\n  url: %s/0\n  user: %s\n  password: word\n  list: yes\n  channel: yes\n  keep_hours: 1\n' % (redis.url, user)
    config = rig.config(text, name='%s.yaml' % sensor)
    config.write_text(config.read_text().replace('name: factory-1', 'name: %s' % sensor))
    r = rig.sekisho('replay', '--drain', '4', '--config', config, '--state', rig.dir / sensor, *scenes(), status=None)
    return r, lambda *words: ask(*[w.replace('SENSOR', sensor) for w in words])


def test_the_documented_rights_are_enough(rig):
    redis = Server(rig, '--maxmemory', '200mb', '--maxmemory-policy', 'allkeys-lru')
    lines = [acl_of(page)[3:] for page in PAGES]
    assert lines[0] == lines[1], 'the pages differ'
    r, ask = go_with(rig, redis, 'whole', lines[0], 'whole')
    assert r.returncode == 0 and 'NOPERM' not in r.stderr and 'allkeys-' in r.stderr, r.stderr
    n = ask('XLEN', 'sekisho:{SENSOR}:alerts')
    assert n > 8 and ask('LLEN', 'sekisho:{SENSOR}:alerts:list') == n
    assert ask('SCARD', 'sekisho:{SENSOR}:assets') > 5 and ask('TTL', 'sekisho:{SENSOR}:status') > 0
    assert ask('XLEN', 'sekisho:{SENSOR}:commands:results') == 1 and ask('XPENDING', 'sekisho:{SENSOR}:commands', 'sekisho')[0] == 0
    denied = [e for e in ask('ACL', 'LOG') if 'whole' in e and 'config|get' not in e]   # for that it has INFO
    assert not denied, denied


def test_the_documented_rights_reach_nothing_else(rig):
    """somebody has taken a sensor over, and goes with its user to the keys of another one and to Redis itself"""
    redis = Server(rig)
    admin, taken = redis.client(), redis.client()
    admin('ACL', 'SETUSER', 'taken', *acl_of(PAGES[0])[3:])
    theirs = 'sekisho:{line-2}:'
    admin('XADD', theirs + 'alerts', '1-1', 'json', '{}')
    admin('XGROUP', 'CREATE', theirs + 'alerts', 'siem', '0')
    admin('CONFIG', 'SET', 'requirepass', 'of the server')
    taken('AUTH', 'taken', 'word')
    assert taken('XADD', 'sekisho:{factory-1}:alerts', '1-1', 'json', '{}') == '1-1', 'not even its own'
    for words in (('XADD', theirs + 'alerts', '*', 'json', '{}'), ('DEL', theirs + 'alerts'), ('XTRIM', theirs + 'alerts', 'MAXLEN', '0'),
                  ('XADD', theirs + 'commands', '*', 'command', 'close'), ('HSET', theirs + 'status', 'state', 'well'), ('PUBLISH', theirs + 'alerts:live', '{}'),
                  ('XREADGROUP', 'GROUP', 'siem', 'x', 'STREAMS', theirs + 'alerts', '>'), ('XRANGE', theirs + 'alerts', '-', '+'), ('CONFIG', 'GET', 'requirepass'),
                  ('CONFIG', 'SET', 'dir', '/'), ('EVAL', 'return 1', '0'), ('KEYS', '*'), ('ACL', 'LIST'), ('FLUSHALL',), ('SHUTDOWN',), ('REPLICAOF', 'NO', 'ONE')):
        try:
            said = taken(*words)
        except RedisError as e:
            assert 'NOPERM' in str(e), (words, str(e))
        else:
            raise AssertionError('%s: %s' % (' '.join(words), said))


def test_each_right_that_is_lacked_is_named(rig):
    redis = Server(rig)
    line = acl_of(PAGES[0])[3:]
    commands = [w[1:] for w in line if w.startswith('+') and w[1:] not in NOT_LACKED]
    assert len(commands) > 15, commands

    def lacks(command):
        r, ask = go_with(SubRig(rig, command), redis, 'lacks-' + command, [w for w in line if w != '+' + command], command)
        n = ask('XLEN', 'sekisho:{SENSOR}:alerts')
        named = command in r.stderr and 'NOPERM' in r.stderr or command == 'xtrim' and '+xtrim' in r.stderr
        # without these there is no stream; whatever else is lacked does not stop it
        streams = n == 0 and r.returncode == 3 if command in ('multi', 'exec', 'xadd', 'xinfo') else n > 8 and r.returncode == 0
        return [] if named and streams else ['%s: %d entries, exit status %d, %s' % (command, n, r.returncode, r.stderr)]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        wrong = [w for ws in pool.map(lacks, commands) for w in ws]
    assert not wrong, '\n'.join(wrong)


if __name__ == '__main__':
    main(globals())
