"""A drill from its start to its end: real daemon, Redis and rsyslogd; marked everywhere, counted nowhere, and who reacted when is kept."""
import contextlib, json, os, re, signal, time
from rig import BUILD, Redis, main, wait_for, writing_end
from syslog_peers import Rsyslog
from test_alert_life import Daemon
from test_eve import validator, wrong
from test_report_monthly import hold

REPORTS = ('daily', 'monthly', 'jnsa', 'handover', 'meti')
# figures that speak of drills or of what people did, or that change by themselves with the clock
OF_DRILLS = re.compile(r'drill|deeds|2-5\.|watched|monitored|audit|records|last_|until|report\.')


def receivers(redis, peer):
    """every payload; one of them takes only what is critical, another only one rule"""
    at = 'transport: tcp, address: "%s"' % peer.address
    return ('redis:\n  url: %s\nsyslog:\n  - { name: cef, %s }\n  - { name: leef, %s, payload: leef, level: critical }\n  - { name: ecs, %s, payload: ecs, rules: [SKS-MB-*] }\n'
            '  - { name: eve, %s, payload: eve, max_bytes: 60000 }\n' % (redis.url, at, at, at, at))


def drill(rig, d, *words, status=0):
    return rig.sekisho('drill', *words, '--state', d.state, status=status)


def shown(rig, d, *words):
    return json.loads(drill(rig, d, 'show', *words, '--json').stdout)


def entries(redis, which='drill'):
    return [f for _, f in redis.stream() if which in f]


def figures(rig, d, kind):
    told = json.loads(rig.sekisho('report', kind, '--state', d.state, '--format', 'json').stdout)
    return {k: v['value'] for k, v in told['figures'].items() if not OF_DRILLS.search(k)}


def settled(ask):
    """what it answers once the ledger, which is written every other second, has all of the capture"""
    def twice():
        first = ask()
        time.sleep(2.5)
        return first == ask() and first
    return wait_for('the ledger', twice, seconds=60)


def trail(rig, d):
    lines = rig.sekisho('audit', 'list', '--state', d.state, '--json').stdout.splitlines()
    return [r for r in map(json.loads, lines) if r['verb'].startswith(('drill.', 'alert.'))]


def test_a_drill_from_start_to_end(rig):
    redis, peer = Redis(rig), Rsyslog(rig, 'tcp')
    d = Daemon(rig, receivers(redis, peer) + 'targets: { acknowledge_minutes: { medium: 7 } }\n')
    before = settled(lambda: {kind: figures(rig, d, kind) for kind in REPORTS})
    assert all(before.values()), before
    assets, real = rig.sekisho('assets', '--state', d.state, '--json').stdout, len(rig.alerts(d.state))
    r = rig.sekisho('drill', 'start', 'eicar', '--title', '秋の訓練', '--note', '第2ラインだけ', '--by', '山田', '--config', d.config)
    assert r.stdout.startswith('D1:'), r.stdout
    # a second one at once is refused
    r = drill(rig, d, 'start', status=1)
    assert 'End it first' in r.stderr, r.stderr

    # it has come to Redis, marked
    first = wait_for('the first alert in Redis', lambda: entries(redis))[0]
    alert = json.loads(first['json'])
    s = alert['sekisho']
    assert first['drill'] == s['drill'] == alert['drill']['id'] == 'D1' and first['rule'] == 'SKS-DR-02', first
    assert s['title_ja'].startswith('【訓練】') and s['title_en'].startswith('[DRILL] ') and '秋の訓練' in s['title_ja']
    assert alert['alert']['signature'].startswith('[DRILL]') and alert['drill']['note'] == '第2ラインだけ'

    # and to syslog in each form, past the filters: it tests the way to everybody
    def lines():
        got = [p['msg'].strip().lstrip('\ufeff') for p in peer.parsed() if 'SKS-DR-02' in p['msg']]
        return len(got) >= 4 and got
    got = wait_for('four lines', lambda: (peer.dir / 'parsed.txt').exists() and lines())
    cef, leef = (next(t for t in got if t.startswith(w)) for w in ('CEF:0', 'LEEF:'))
    both = [json.loads(t) for t in got if t.startswith('{')]
    ecs, eve = next(t for t in both if 'ecs' in t), next(t for t in both if 'ecs' not in t)
    assert ' sekishoDrill=D1' in cef and '|[DRILL] ' in cef and '【訓練】' in cef, cef
    assert 'sekishoDrill=D1' in leef and '【訓練】' in leef, leef
    assert ecs['sekisho']['drill'] == 'D1' and ecs['tags'] == ['drill'] and ecs['message'].startswith('【訓練】'), ecs
    assert eve['sekisho']['drill'] == 'D1' and not wrong(validator(), eve), wrong(validator(), eve)
    assert any('drill="D1"' in p['sd'] for p in peer.parsed()), peer.parsed()[0]

    # the person who looks sees it, marked; who counts does not
    listed = [a for a in rig.alerts(d.state) if 'drill' in a['sekisho']]
    assert [a['sekisho']['alert_id'] for a in listed] == [s['alert_id']]
    table = rig.sekisho('alerts', '--state', d.state, '--lang', 'ja').stdout
    assert '【訓練】' in table
    assert '【訓練】' in rig.sekisho('tail', '--state', d.state, '--once', '--last', '50', '--lang', 'ja').stdout
    assert '[DRILL]' in rig.sekisho('alert', 'show', s['alert_id'], '--state', d.state).stdout
    count = lambda *words: int(rig.sekisho('alerts', '--count', *words, '--state', d.state).stdout)
    assert (count(), count('--drills', 'no'), count('--drills', 'only')) == (real, real, 1)
    assert len(rig.sekisho('alerts', '--drills', 'no', '--json', '--state', d.state).stdout.splitlines()) == real

    # a person reacts, as to a real one
    rig.sekisho('alert', 'ack', s['alert_id'], '--by', '佐藤', '--reason', '現場へ行く', '--state', d.state)
    for verb in (['mute', '--until', '1h'], ['reopen'], ['learn']):
        r = rig.sekisho('alert', verb[0], s['alert_id'], *verb[1:], '--reason', 'x', '--state', d.state, status=1)
        assert 'alert of a drill' in r.stderr, r.stderr
    wait_for('the acknowledgement in Redis', lambda: [f for f in entries(redis) if f['change'] == 'ack'])
    # the second step comes when it is due
    wait_for('the second alert', lambda: [f for f in entries(redis) if f['rule'] == 'SKS-DR-03'], seconds=40)
    rig.sekisho('alert', 'close', s['alert_id'], '--by', '鈴木', '--reason', '持ち帰らせた', '--state', d.state)

    # under way: who did what, and which receivers had it
    one = wait_for('the receivers', lambda: (x := shown(rig, d)) and all(o['delivered'] and o['at'] for a in x['alerts'] for o in a['outputs']) and x)
    assert (one['drill'], one['state'], one['title']) == ('D1', 'under_way', '秋の訓練')
    assert len(one['alerts']) == 2 and len(one['alerts'][0]['outputs']) == 5, one
    a, b = one['alerts']
    assert (a['acked_by'], a['closed_by'], b['acked_by'], b['closed']) == ('佐藤', '鈴木', None, None)
    assert (a['ack_minutes'], a['close_minutes'], b['ack_minutes']) == (7, 2880, 5)
    assert 0 <= a['acked_seconds'] <= a['closed_seconds'] < 120
    r = drill(rig, d, 'show', 'D1', '--lang', 'ja').stdout
    assert '佐藤' in r and '鈴木' in r and '（目標内: 7 分）' in r and '進行中' in r and 'redis' in r, r
    assert '訓練が進行中です' in rig.sekisho('report', 'daily', '--state', d.state, '--format', 'text', '--lang', 'ja').stdout
    daily = json.loads(rig.sekisho('report', 'daily', '--state', d.state, '--format', 'json', '--lang', 'ja').stdout)
    assert daily['figures']['drills_under_way']['value'] == 1, daily['figures'].keys()

    # the end wants a word, and closes the rest; nobody has reacted to that
    assert 'went well' in drill(rig, d, 'end', status=2).stderr
    drill(rig, d, 'end', '--note', '連絡は届いた。内線表が古い', '--by', '山田')
    one = shown(rig, d, 'D1')
    assert (one['state'], one['ended_by'], one['remark']) == ('ended', '山田', '連絡は届いた。内線表が古い')
    assert one['alerts'][1]['state'] == 'closed' and one['alerts'][1]['closed'] is None
    r = rig.sekisho('alert', 'ack', b['alert_id'], '--reason', 'x', '--state', d.state, status=1)
    assert 'has ended' in r.stderr, r.stderr
    assert '誰もせず' in drill(rig, d, 'show', '--lang', 'ja').stdout
    assert 'eicar' in drill(rig, d, 'list').stdout

    # the trail, METI 2-5, and all that counts is as it was
    assert [(r['verb'], r['object'], r['who']) for r in trail(rig, d)] == [
        ('drill.start', 'drill:D1', '山田'), ('drill.ack', 'alert:' + s['alert_id'], '佐藤'), ('drill.close', 'alert:' + s['alert_id'], '鈴木'), ('drill.end', 'drill:D1', '山田')]
    meti = json.loads(rig.sekisho('report', 'meti', '--state', d.state, '--format', 'json', '--lang', 'ja').stdout)
    assert meti['figures']['2-5.drill_rows']['value'] == 4 and meti['figures']['2-5.drill_persons']['value'] == 3
    told = meti['tables']['2-5.drill_reactions']['rows']
    assert len(told) == 2 and '佐藤' in told[0][3] and '鈴木' in told[0][4], told
    monthly = json.loads(rig.sekisho('report', 'monthly', '--state', d.state, '--format', 'json', '--lang', 'ja').stdout)
    assert (monthly['figures']['drills']['value'], monthly['figures']['drill_alerts']['value'], monthly['figures']['drill_acked_in_time']['value']) == (1, 2, 1)
    assert hold({k: v for report in (meti, monthly, daily) for k, v in report['figures'].items() if 'drill' in k and k != 'drills_under_way'}) >= 7
    for kind in REPORTS:
        now = figures(rig, d, kind)
        assert now == before[kind], (kind, set(now.items()) ^ set(before[kind].items()))
    assert rig.sekisho('assets', '--state', d.state, '--json').stdout == assets
    assert rig.sekisho('incidents', '--state', d.state, '--json').stdout.count('D1') == 0
    r = rig.sekisho('fleet', 'alerts', '--redis', redis.url, '--json')
    assert 'SKS-DR' not in r.stdout and 'of drills are left out' in r.stderr, r.stderr
    d.close()


def test_a_drill_waits_for_a_receiver_that_is_away(rig):
    """however many other alerts come meanwhile, and the outbox lets go of: what is said to be delivered has come"""
    redis = Redis(rig)
    d = Daemon(rig, 'redis:\n  url: %s\noutbox: { rows: 1000 }\n' % redis.url)
    wait_for('the first alerts', redis.stream)
    redis.kill()
    drill(rig, d, 'start', '--by', '山田')
    wait_for('the alert', lambda: shown(rig, d)['alerts'])
    d.again(4000)
    wait_for('what is let go of', lambda: 'the outbox is full' in (rig.dir / 'sekishod.log').read_text(), 60)
    assert not shown(rig, d)['alerts'][0]['outputs'][0]['delivered']
    redis.start()
    wait_for('the delivery', lambda: shown(rig, d)['alerts'][0]['outputs'][0]['delivered'], 60)
    assert len(entries(redis)) == 1, 'said to be delivered, and is not there'
    d.close()


def test_a_drill_outlives_the_daemon(rig):
    d = Daemon(rig)
    drill(rig, d, 'start', 'plcwrite', '--by', '山田')
    wait_for('the first alert', lambda: shown(rig, d)['alerts'])
    os.kill(d.process.pid, signal.SIGKILL)
    d.process.wait(30)
    # without a daemon none can be started, but what runs can be ended and looked at
    r = drill(rig, d, 'start', status=3)
    assert 'systemctl start sekishod' in r.stderr, r.stderr
    assert shown(rig, d)['state'] == 'under_way' and len(shown(rig, d)['alerts']) == 1
    with contextlib.suppress(BrokenPipeError):
        d.pipe.close()
    process = rig.start(BUILD / 'sekishod', '--config', d.config)
    pipe = writing_end(d.fifo, process)
    pipe.write((rig.dir / 'first.pcap').read_bytes())
    pipe.flush()
    wait_for('the second alert', lambda: len(shown(rig, d)['alerts']) == 2, seconds=40)
    assert [a['rule_id'] for a in shown(rig, d)['alerts']] == ['SKS-DR-05', 'SKS-DR-06']
    pipe.close()
    process.wait(30)
    assert process.returncode == 0
    drill(rig, d, 'end', '--note', 'よし')
    assert shown(rig, d)['state'] == 'ended'


def test_what_is_asked_wrongly(rig):
    d = Daemon(rig)
    for words, status, told in ((['start', 'earthquake'], 1, 'no scenario "earthquake"'), (['end', '--note', 'x'], 1, 'no drill is under way'), (['end', 'D9', '--note', 'x'], 1, 'no drill "D9"'),
                                (['show', 'D9'], 1, 'no drill "D9"'), (['show', 'x'], 1, 'no drill "x"'), (['start', '--until', '3d'], 2, '24 hours'), (['start', '--until', '2020-01-01'], 1, 'in the past'),
                                (['begin'], 2, 'usage:'), ([], 2, 'usage:'), (['start', '--title', 'x' * 200], 1, '--title')):
        r = drill(rig, d, *words, status=status)
        assert told in r.stderr, (words, r.stderr)
    assert drill(rig, d, 'list', '--json').stdout == ''
    assert len(drill(rig, d, 'scenarios', '--json').stdout.splitlines()) >= 5
    d.close()


if __name__ == '__main__':
    main(globals())
