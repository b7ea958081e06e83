"""Many sensors in one Redis or one Cluster, read as one."""
import csv, io, json, random, re, sys, time
from certificates import Certificates
from redis_peers import Server, TcpClient, free_port
from test_redis_tls import TlsServer, built_in
from rig import BUILD, CAPTURES, TOP, Redis, RedisError, main, scenes, wait_for

PAGES = [TOP / 'docs' / name for name in ('delivery-fleet.md', 'delivery-fleet.ja.md')]
PLC_STOP, OFFICE, LAPTOP = (CAPTURES / ('%s.pcap' % name) for name in ('plc-stop', 'office-to-plc', 'unknown-laptop'))


def sensor(rig, name, redis, captures, site='見本工場', change=lambda text: text):
    """a sensor of this name has seen these captures"""
    config = rig.config(redis, name='%s.yaml' % name)
    text = config.read_text().replace('name: factory-1', 'name: %s' % name).replace('site: 見本工場', 'site: "%s"' % site)
    config.write_text(change(text))
    rig.sekisho('replay', '--config', config, '--state', rig.dir / name, *captures)


def fleet(rig, url, what, *more, status=0):
    """the JSON lines, and what was said besides"""
    r = rig.sekisho('fleet', what, '--json', '--redis', url, *more, status=status)
    return [json.loads(line) for line in r.stdout.splitlines()], r.stderr


def silence(ask, name):
    """its heartbeat runs out"""
    ask('PEXPIRE', 'sekisho:{%s}:status' % name, '1')
    wait_for('%s to be silent' % name, lambda: not ask('EXISTS', 'sekisho:{%s}:status' % name))


def plant(rig):
    """line-1 and line-2 at one site, the second with other names and zones; line-3 at another site; all saw the PLC being stopped"""
    redis = Redis(rig)
    text = 'redis:\n  url: %s\n' % redis.url
    sensor(rig, 'line-1', text, scenes())
    (rig.dir / 'other.csv').write_bytes((CAPTURES / 'register.csv').read_bytes().replace(b'cell-a', b'press'))
    sensor(rig, 'line-2', text, [PLC_STOP, OFFICE], change=lambda t: t.replace('cell-a', 'press').replace('register.csv', 'other.csv'))
    sensor(rig, 'line-3', text, [PLC_STOP], site='第2工場')
    return redis


def test_sensors_and_who_is_silent(rig):
    redis = plant(rig)
    ask = redis.client()
    rows, said = fleet(rig, redis.url, 'sensors')
    assert [r['sensor'] for r in rows] == ['line-1', 'line-2', 'line-3'] and said == '', (rows, said)
    one = rows[0]
    assert (one['heartbeat'], one['silent'], one['site']) == ('alive', False, '見本工場') and 0 <= one['heartbeat_age_s'] < 60, one
    assert one['frames'] > rows[1]['frames'] > 0 and one['kernel_dropped'] == one['queue_dropped'] == 0 and one['loss_pct_5m'] == 0, one
    assert one['stream_entries'] == len(redis.stream('line-1')) and one['assets'] == len(rig.assets(rig.dir / 'line-1'))
    assert one['alerts'] == len(rig.alerts(rig.dir / 'line-1')) and abs(one['clock_behind_s']) < 10
    silence(ask, 'line-2')
    ask('XADD', 'sekisho:{line-9}:alerts', '*', 'json', '{}')
    rows, said = fleet(rig, redis.url, 'sensors', status=1)
    assert [(r['sensor'], r['heartbeat'], r['silent']) for r in rows] == [
        ('line-1', 'alive', False), ('line-2', 'silent', True), ('line-3', 'alive', False), ('line-9', 'unseen', True)], rows
    assert rows[1]['site'] == '見本工場' and rows[1]['version'] == one['version'] and 0 < rows[1]['heartbeat_age_s'] < 600, rows[1]
    assert rows[3]['heartbeat_age_s'] is None and rows[3]['frames'] is None and rows[3]['stream_entries'] == 1, rows[3]
    assert '2 of 4 sensors are silent: line-2, line-9' in said, said
    table = rig.sekisho('fleet', 'sensors', '--redis', redis.url, '--lang', 'ja', status=1)
    assert '応答なし（' in table.stdout and '一度もなし' in table.stdout and '4 台中 2 台' in table.stderr, table.stdout + table.stderr
    alone, _ = fleet(rig, redis.url, 'sensors', '--sensor', 'line-1')
    assert [r['sensor'] for r in alone] == ['line-1']
    assert [r['sensor'] for r in fleet(rig, redis.url, 'sensors', '--site', '第2工場')[0]] == ['line-3']


def test_a_clock_that_is_wrong_is_told(rig):
    redis = Redis(rig)
    sensor(rig, 'line-1', 'redis:\n  url: %s\n' % redis.url, [PLC_STOP])
    redis.client()('HSET', 'sekisho:{line-1}:status', 'written', '2001-02-03T04:05:06.000000+0000')
    rows, said = fleet(rig, redis.url, 'sensors')
    assert rows[0]['heartbeat_age_s'] < 60 and rows[0]['clock_behind_s'] > 1e8 and 'behind' in said, (rows, said)


def test_assets_are_one_where_they_are_the_same(rig):
    redis = plant(rig)
    rows, said = fleet(rig, redis.url, 'assets')
    states = [rig.assets(rig.dir / name) for name in ('line-1', 'line-2', 'line-3')]
    # nothing is lost and nothing is there twice
    assert sorted((s['sensor'], s['asset_id']) for r in rows for s in r['sensors']) == sorted(
        ('line-%d' % (i + 1), a['asset_id']) for i, state in enumerate(states) for a in state)
    macs = [m for r in rows for m in r['mac']]
    assert len(macs) == len(set(macs)) and len(rows) == len(states[0]), (len(rows), len(states[0]))
    plc = next(r for r in rows if '00:80:f4:10:01:11' in r['mac'])
    assert [(s['sensor'], s['site']) for s in plc['sensors']] == [('line-1', '見本工場'), ('line-2', '見本工場'), ('line-3', '第2工場')], plc
    assert plc['same_by'] == ['mac'] and plc['ip'] == ['10.20.1.11'] and plc['registered'] is True, plc
    assert plc['differs']['zone'] == [{'value': 'cell-a', 'sensors': ['line-1', 'line-3']}, {'value': 'press', 'sensors': ['line-2']}], plc['differs']
    assert plc['first_seen'] == min(a['first_seen'] for s in states for a in s if '10.20.1.11' in a['ip'])
    laptop = next(r for r in rows if '10.20.1.200' in r['ip'])
    assert [s['sensor'] for s in laptop['sensors']] == ['line-1'] and laptop['differs'] == {} and laptop['same_by'] == [], laptop
    assert [r['name'] for r in fleet(rig, redis.url, 'assets', '--differing')[0]] == [r['name'] for r in rows if r['differs']]
    press, _ = fleet(rig, redis.url, 'assets', '--zone', 'press')
    assert press and all('line-2' in [s['sensor'] for s in r['sensors']] for r in press) and len(press) < len(rows)
    assert {s['sensor'] for r in fleet(rig, redis.url, 'assets', '--site', '第2工場')[0] for s in r['sensors']} == {'line-3'}
    sheet = rig.sekisho('fleet', 'assets', '--csv', '--encoding', 'utf-8', '--redis', redis.url).stdout
    lines = list(csv.DictReader(io.StringIO(sheet)))
    of_plc = next(line for line in lines if line['ip'] == '10.20.1.11')
    assert len(lines) == len(rows) and of_plc['sensors'] == 'line-1 line-2 line-3' and 'press' in of_plc['differs'], of_plc
    table = rig.sekisho('fleet', 'assets', '--redis', redis.url, '--lang', 'ja').stdout
    assert '加工PLC-1' in table and 'line-1, line-2, line-3' in table and 'zone: cell-a / press' in table, table


def test_an_address_alone_is_one_within_a_site(rig):
    """a sensor behind a router sees no MAC address; at another site, or at none, the same address is another device"""
    redis = Redis(rig)
    text = 'redis:\n  url: %s\n' % redis.url
    sensor(rig, 'line-1', text, [PLC_STOP])
    ask = redis.client()
    for name, site in (('far-1', '見本工場'), ('far-2', '第2工場'), ('far-3', ''), ('far-4', '')):
        ask('HSET', 'sekisho:{%s}:status' % name, 'site', site, 'version', '1', 'frames', '1')
        ask('SADD', 'sekisho:{%s}:assets' % name, 'A000001')
        ask('HSET', 'sekisho:{%s}:asset:A000001' % name, 'asset_id', 'A000001', 'ip', '["10.20.1.11"]', 'mac', '[]')
    rows, said = fleet(rig, redis.url, 'assets')
    of = [[s['sensor'] for s in r['sensors']] for r in rows if '10.20.1.11' in r['ip']]
    assert sorted(of) == [['far-1', 'line-1'], ['far-2'], ['far-3'], ['far-4']], of
    assert '2 sensors name no site' in said, said


def test_alerts_are_one_where_they_are_the_same(rig):
    redis = plant(rig)
    rows, said = fleet(rig, redis.url, 'alerts')
    stored = {name: rig.alerts(rig.dir / name) for name in ('line-1', 'line-2', 'line-3')}
    assert sorted((s['sensor'], s['alert_id']) for r in rows for s in r['sensors']) == sorted(
        (name, a['sekisho']['alert_id']) for name, alerts in stored.items() for a in alerts)
    stop = [r for r in rows if r['rule_id'] == 'SKS-MB-09']
    assert sorted(tuple(sorted(s['sensor'] for s in r['sensors'])) for r in stop) == [('line-1', 'line-2'), ('line-3',)], stop
    assert all(r['count'] == max(s['count'] for s in r['sensors']) for r in rows)
    assert len(rows) == len(stored['line-1']) + len(stored['line-3']), (len(rows), {k: len(v) for k, v in stored.items()})
    assert [r['last_seen'] for r in rows] == sorted((r['last_seen'] for r in rows), reverse=True)
    for r in rows:
        assert r['alert']['event_type'] == 'alert' and r['alert']['sekisho']['alert_id'] in [s['alert_id'] for s in r['sensors']]
    critical, _ = fleet(rig, redis.url, 'alerts', '--level', 'critical')
    assert 0 < len(critical) < len(rows) and all(r['level'] == 'critical' for r in critical)
    assert {r['rule_id'] for r in fleet(rig, redis.url, 'alerts', '--rule', 'SKS-PO')[0]} == {'SKS-PO-01', 'SKS-PO-03', 'SKS-PO-04', 'SKS-PO-05'}
    few, said = fleet(rig, redis.url, 'alerts', '--limit', '3')
    assert len(few) == 3 and 'more than 3' in said, said
    assert fleet(rig, redis.url, 'alerts', '--since', '1h')[0] == rows
    table = rig.sekisho('fleet', 'alerts', '--redis', redis.url, '--lang', 'ja').stdout
    assert re.search(r'緊急.*SKS-MB-09.*line-[12], line-[12] .*未対応', table), table
    lines = list(csv.DictReader(io.StringIO(rig.sekisho('fleet', 'alerts', '--csv', '--encoding', 'utf-8', '--redis', redis.url).stdout)))
    assert len(lines) == len(rows) and set(next(r for r in lines if ', ' in r['sensors'])['alert_ids'].split()) <= {
        a['sekisho']['alert_id'] for alerts in stored.values() for a in alerts}
    # what a person did at one sensor stands beside what nobody did at the other
    acked = next(s for r in stop for s in r['sensors'] if s['sensor'] == 'line-2')
    rig.sekisho('alert', 'ack', acked['alert_id'], '--reason', 'seen', '--by', 'somebody', '--state', rig.dir / 'line-2')
    rig.sekisho('replay', '--config', rig.dir / 'line-2.yaml', '--state', rig.dir / 'line-2', CAPTURES / 'normal.pcap')
    again, _ = fleet(rig, redis.url, 'alerts', '--rule', 'SKS-MB-09')
    assert {(s['sensor'], s['state']) for r in again for s in r['sensors']} == {
        ('line-1', 'open'), ('line-2', 'acknowledged'), ('line-3', 'open')}, again


def test_pages_of_long_streams(rig):
    """more entries than a page; a row whose other sensor told of it long before is found"""
    redis = Redis(rig)
    ask = redis.client()
    begin = 1775001600000

    def told(name, ms, i, first, last, change='new'):
        def when(s):
            return time.strftime('%Y-%m-%dT%H:%M:%S.000000+0000', time.gmtime(begin / 1000 + s))
        alert = {'event_type': 'alert', 'src_ip': '10.0.0.1', 'dest_ip': '10.0.%d.%d' % divmod(i, 250), 'sekisho': {
            'alert_id': '%s%025d' % (name[-1], i), 'rule_id': 'SKS-MB-05', 'level': 'high', 'state': 'open', 'count': i + 1, 'object': {},
            'first_seen': when(first), 'last_seen': when(last), 'sensor': {'id': name, 'site': 'plant'}, 'change': change}}
        ask('XADD', 'sekisho:{%s}:alerts' % name, '%d-%d' % (begin + ms, i + 1), 'rule', 'SKS-MB-05', 'json', json.dumps(alert))
    told('line-1', 1000, 0, 1, 1)
    for i in range(1, 2000):
        told('line-2', 1000 + i * 1000, i, i, i)
    told('line-1', 3000000, 2000, 3000, 3000)
    told('line-2', 3000001, 2000, 3000, 3000)
    told('line-2', 4000000, 3000, 1, 3990)
    # the newest of line-2 began when line-1 told of its own; between them lie 2000 others
    ask('XADD', 'sekisho:{line-1}:alerts', '%d-1' % (begin + 3500000), 'json', 'no JSON')
    rows, said = fleet(rig, redis.url, 'alerts', '--limit', '2', status=0)
    assert [[s['sensor'] for s in r['sensors']] for r in rows] == [['line-2'], ['line-2', 'line-1']], rows
    assert 'more than 2' in said and '1 entries' in said, said
    rows, _ = fleet(rig, redis.url, 'alerts', '--limit', '5000')
    assert len(rows) == 2002 and sum(len(r['sensors']) for r in rows) == 2003, len(rows)
    rows, _ = fleet(rig, redis.url, 'alerts', '--since', '2026-04-01T00:50:00Z')  # 3000 s: both of the time, to the millisecond, and one later
    assert [len(r['sensors']) for r in rows] == [1, 2], rows
    assert len(fleet(rig, redis.url, 'alerts', '--since', '2026-04-01T00:50:01Z')[0]) == 1
    # the same alert, told long before by line-1, joins the newest row of line-2
    told('line-2', 5000000, 0, 1, 4990)
    rows, said = fleet(rig, redis.url, 'alerts', '--limit', '1')
    assert [s['sensor'] for s in rows[0]['sensors']] == ['line-2', 'line-1'] and rows[0]['count'] == 1, rows


def test_what_others_wrote_steers_no_terminal(rig):
    redis = Redis(rig)
    ask = redis.client()
    evil = 'x\x1b[31m\u202ey\x07'
    ask('HSET', 'sekisho:{%s}:status' % evil, 'site', evil, 'version', evil, 'frames', '1')
    ask('SADD', 'sekisho:{%s}:assets' % evil, 'A1')
    ask('HSET', 'sekisho:{%s}:asset:A1' % evil, 'name', evil, 'zone', evil, 'ip', json.dumps([evil]), 'mac', '[]', 'vendor', evil, 'roles', json.dumps([evil]))
    when = '2026-04-01T00:00:00.000000+0000'
    alert = {'event_type': 'alert', evil: evil, 'src_ip': evil, 'sekisho': {
        'alert_id': 'x\x1b'.ljust(26, '0'), 'rule_id': evil, 'level': 'high', 'title_en': evil, 'title_ja': evil, 'first_seen': when, 'last_seen': when}}
    for no, text in enumerate((json.dumps(alert), json.dumps(dict(alert, deep=json.loads('[' * 60 + ']' * 60))))):
        ask('XADD', 'sekisho:{%s}:alerts' % evil, '%d-1' % (no + 1), 'json', text.replace('00000', '%05d' % no, 1))
    for what in ('sensors', 'assets', 'alerts'):
        for form in ([], ['--json'], ['--csv']):
            r = rig.sekisho('fleet', what, *form, '--redis', redis.url, status=None)
            assert r.returncode == 0 and 'x' in r.stdout, (what, form, r.stdout, r.stderr)
            for bad in ('\x1b', '\u202e', '\x07'):
                assert bad not in r.stdout + r.stderr, (what, form, r.stdout + r.stderr)


class Many:
    """many commands with few round trips"""

    def __init__(self, client):
        self.client, self.waiting = client, []

    def __call__(self, *words):
        raw = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.waiting.append(b'*%d\r\n' % len(raw) + b''.join(b'$%d\r\n%s\r\n' % (len(w), w) for w in raw))
        if len(self.waiting) >= 500:
            self.flush()

    def flush(self):
        self.client.socket.sendall(b''.join(self.waiting))
        for _ in self.waiting:
            self.client.reply()
        self.waiting = []


def test_what_does_not_fit_is_told(rig):
    redis = Redis(rig)
    put = Many(redis.client())
    for i in range(4200):
        put('HSET', 'sekisho:{s%04d}:status' % i, 'site', 'plant', 'frames', '1')
    put.flush()
    rows, said = fleet(rig, redis.url, 'sensors', status=3)
    assert len(rows) == 4096 and 'more than 4096 sensors' in said, (len(rows), said)
    redis.client()('FLUSHALL')
    # the newest row has gone on since long before: other sensors' word of it is looked for, but not without end
    alert = {'event_type': 'alert', 'src_ip': '10.0.0.1', 'sekisho': {'rule_id': 'SKS-MB-05', 'level': 'high', 'first_seen': '2026-04-01T00:00:00.000000+0000'}}
    for i in range(21000):
        last = '2026-04-01T%02d:%02d:%02d.000000+0000' % (i // 3600, i // 60 % 60, i % 60)
        said = dict(alert['sekisho'], alert_id='%026d' % i, last_seen=last, first_seen=last if i < 20999 else alert['sekisho']['first_seen'])
        put('XADD', 'sekisho:{line-1}:alerts', '%d-1' % (1775001600000 + i * 1000), 'json', json.dumps(dict(alert, dest_ip='10.0.%d.%d' % divmod(i, 250), sekisho=said)))
    put.flush()
    rows, said = fleet(rig, redis.url, 'alerts', '--limit', '1')
    assert len(rows) == 1 and 'long before may be missing' in said and 'more than 1 alerts' in said, (rows, said)
    assert len(fleet(rig, redis.url, 'alerts', '--limit', '100000')[0]) == 21000


def test_garbage_is_borne(rig):
    """any bytes in any key: rows or none, nothing that breaks"""
    redis, dice = Redis(rig), random.Random(7)
    sensor(rig, 'line-1', 'redis:\n  url: %s\n' % redis.url, scenes())
    ask, put = redis.client(), Many(redis.client())
    entries = [f['json'].encode() for _, f in redis.stream('line-1')]
    hashes = [ask('HGETALL', 'sekisho:{line-1}:asset:%s' % i) for i in ask('SMEMBERS', 'sekisho:{line-1}:assets')]

    def damaged(raw):
        raw = bytearray(raw)
        for _ in range(dice.randrange(1, 4)):
            at = dice.randrange(len(raw) + 1)
            raw[at:at + dice.randrange(4)] = bytes(dice.randrange(256) for _ in range(dice.randrange(4)))
        return bytes(raw)
    for s in range(30):
        key = b'sekisho:{' + damaged(b'line-%d' % s).replace(b'}', b'') + b'}:'
        put('HSET', key + b'status', *[damaged(w) for w in (b'site', b'plant', b'frames', b'12', b'written', b'2026-04-01T00:00:00.000000+0000', b'loss_pct_5m', b'1e3')])
        for i, flat in enumerate(hashes):
            put('SADD', key + b'assets', b'A%d' % i)
            fields = [w.encode('utf-8', 'surrogateescape') for w in flat]
            put('HSET', key + b'asset:A%d' % i, *[w if n % 2 == 0 or dice.random() < 0.5 else damaged(w) for n, w in enumerate(fields)])
        for n in range(40):
            put('XADD', key + b'alerts', '*', 'json', damaged(dice.choice(entries)))
    for wrong_type in ('alerts', 'assets', 'status', 'sensor'):
        put('SET', 'sekisho:{of-another-type}:' + wrong_type, 'x')
    put.flush()
    for what in ('sensors', 'assets', 'alerts'):
        for form in ([], ['--json'], ['--csv', '--encoding', 'cp932']):
            r = rig.run(BUILD / 'sekisho', 'fleet', what, *form, '--redis', redis.url, status=None)
            assert r.returncode in (1, 3) or what != 'sensors', (what, r.returncode, r.stderr[-800:])
            assert r.returncode in (0, 1, 3) and len(r.stdout) > 500 and 'WRONGTYPE' in r.stderr, (what, form, r.returncode, r.stderr[-1500:])
            if '--json' in form:
                assert all(json.loads(line) for line in r.stdout.splitlines())


@built_in
def test_over_tls(rig):
    certificates = Certificates(rig)
    redis = TlsServer(rig, certificates)
    text = 'redis:\n  url: rediss://127.0.0.1:%d\n  tls: { ca: %s }\n' % (redis.port, certificates.dir / 'ca.pem')
    sensor(rig, 'line-1', text, [PLC_STOP])
    config = rig.dir / 'reader.yaml'
    config.write_text(text)
    for what in ('sensors', 'assets', 'alerts'):
        assert rig.sekisho('fleet', what, '--json', '--config', config).stdout.count('line-1') > 0
    r = rig.sekisho('fleet', 'sensors', '--redis', 'rediss://127.0.0.1:%d' % redis.port, status=3)  # signed by nobody whom the system knows
    assert 'cannot be read' in r.stderr and not r.stdout, r.stderr


def test_wrong_usage(rig):
    for arguments in ([], ['devices'], ['assets'], ['alerts', '--zone', 'z', '--redis', 'redis://127.0.0.1'], ['sensors', '--limit', '3', '--redis', 'redis://127.0.0.1'],
                      ['alerts', '--limit', '0', '--redis', 'redis://127.0.0.1'], ['alerts', '--since', 'soon', '--redis', 'redis://127.0.0.1'],
                      ['alerts', '--level', 'loud', '--redis', 'redis://127.0.0.1'], ['assets', '--encoding', 'ebcdic', '--redis', 'redis://127.0.0.1'],
                      ['assets', 'more', '--redis', 'redis://127.0.0.1']):
        r = rig.sekisho('fleet', *arguments, status=2)
        assert r.stderr and not r.stdout, (arguments, r.stdout)
    r = rig.sekisho('fleet', 'sensors', '--redis', 'redis://127.0.0.1:%d' % free_port(), status=3)
    assert 'cannot be read' in r.stderr and not r.stdout, r.stderr
    assert 'unix://' not in rig.sekisho('fleet', 'sensors', '--redis', 'htp://x', status=1).stdout
    empty = Redis(rig)
    assert rig.sekisho('fleet', 'sensors', '--redis', empty.url).stdout == 'nothing to show\n'


def acl_of(page):
    return re.search(r'^ACL SETUSER .*', page.read_text(), re.M).group(0).replace('PASSWORD', 'word').split()[3:]


def test_the_documented_rights_are_enough_and_needed(rig):
    redis = Server(rig)
    for name in ('line-1', 'line-2'):
        sensor(rig, name, 'redis:\n  url: %s/1\n' % redis.url, [PLC_STOP])
    ask = redis.client()
    assert acl_of(PAGES[0]) == acl_of(PAGES[1]), 'the pages differ'

    def read(line, status):
        ask('ACL', 'SETUSER', 'fleet', 'reset', *line)
        return [rig.sekisho('fleet', what, '--config', config, status=status).stderr for what in ('sensors', 'assets', 'alerts')]
    config = rig.dir / 'reader.yaml'
    config.write_text('redis:\n  url: %s/1\n  user: fleet\n  password: word\n' % redis.url)
    assert read(acl_of(PAGES[0]), 0) == ['', '', ''], 'something is said'
    assert not ask('ACL', 'LOG'), ask('ACL', 'LOG')
    for word in ('HSET', 'DEL', 'XADD'):
        with_user = redis.client()
        with_user('AUTH', 'fleet', 'word')
        try:
            with_user(word, 'sekisho:{line-1}:alerts', '*', 'a', 'b')
            raise AssertionError('a reader may %s' % word)
        except RedisError as e:
            assert 'NOPERM' in str(e), e
    for right, what in (('scan', 'sensors'), ('hmget', 'sensors'), ('pttl', 'sensors'), ('xlen', 'sensors'), ('scard', 'sensors'), ('sscan', 'assets'),
                        ('xrevrange', 'alerts'), ('select', 'sensors')):
        ask('ACL', 'SETUSER', 'fleet', 'reset', *[w for w in acl_of(PAGES[0]) if w != '+' + right])
        r = rig.sekisho('fleet', what, '--config', config, status=3)
        assert 'NOPERM' in r.stderr and right in r.stderr.lower(), (right, r.stderr)
    ask('ACL', 'SETUSER', 'fleet', 'reset', *[w for w in acl_of(PAGES[0]) if w != '+cluster|slots'])
    assert 'belongs to a Cluster' in rig.sekisho('fleet', 'sensors', '--config', config).stderr


class Masters:
    """a Cluster of three masters; the name of a sensor for each"""

    def __init__(self, rig):
        ports = set()
        while len(ports) < 3:
            ports.add(free_port(55000))
        self.nodes = [Server(rig, '--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--cluster-require-full-coverage', 'no', port=p) for p in ports]
        rig.run('redis-cli', '--cluster', 'create', *['127.0.0.1:%d' % p for p in ports], '--cluster-replicas', '0', '--cluster-yes', seconds=60)
        wait_for('the cluster', lambda: all('cluster_state:ok' in n.client()('CLUSTER', 'INFO') for n in self.nodes), 30)
        self.sensors = {}
        for i in range(100):
            self.sensors.setdefault(self.owner('line-%d' % i), 'line-%d' % i)

    def slot(self, name):
        return self.nodes[0].client()('CLUSTER', 'KEYSLOT', 'sekisho:{%s}:alerts' % name)

    def owner(self, name):
        slot = self.slot(name)
        return next(r[2][1] for r in self.nodes[0].client()('CLUSTER', 'SLOTS') if r[0] <= slot <= r[1])

    def client(self, name):
        return TcpClient(self.owner(name))


def test_a_cluster_of_three_masters(rig):
    cluster = Masters(rig)
    ports, sensors = sorted(cluster.sensors), [cluster.sensors[p] for p in sorted(cluster.sensors)]
    assert len(ports) == 3, cluster.sensors
    text = 'redis:\n  url: redis://127.0.0.1:%d\n  cluster: yes\n' % ports[0]
    for name in sensors:
        sensor(rig, name, text, [PLC_STOP])
    config = rig.dir / 'reader.yaml'
    config.write_text(text)
    everyone = sorted(sensors)
    for port in ports:  # whichever is named, and though nobody says that it is a Cluster
        rows, said = fleet(rig, 'redis://127.0.0.1:%d' % port, 'sensors')
        assert [r['sensor'] for r in rows] == everyone and said == '' and all(r['heartbeat'] == 'alive' for r in rows), (rows, said)
    assets, _ = fleet(rig, 'redis://127.0.0.1:%d' % ports[1], 'assets')
    alerts = [json.loads(line) for line in rig.sekisho('fleet', 'alerts', '--json', '--config', config).stdout.splitlines()]
    for rows in (assets, alerts):
        assert rows and all(sorted(s['sensor'] for s in r['sensors']) == everyone for r in rows), rows
    # one silent, whose slot is on its way to another master: half of its keys are there already
    mover, source, to = sensors[0], cluster.client(sensors[0]), ports[1]
    silence(source, mover)
    ids = {n.port: n.client()('CLUSTER', 'MYID') for n in cluster.nodes}
    slot, target = cluster.slot(mover), TcpClient(to)
    target('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[ports[0]])
    source('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[to])
    keys = source('CLUSTER', 'GETKEYSINSLOT', slot, '1000')
    for rest in ('alerts', 'assets', 'sensor'):
        keys.remove('sekisho:{%s}:%s' % (mover, rest))
        source('MIGRATE', '127.0.0.1', to, 'sekisho:{%s}:%s' % (mover, rest), '0', '5000')
    for key in keys[::2]:
        source('MIGRATE', '127.0.0.1', to, key, '0', '5000')
    rows, said = fleet(rig, 'redis://127.0.0.1:%d' % ports[2], 'sensors', status=1)
    assert [(r['sensor'], r['silent']) for r in rows] == [(name, name == mover) for name in everyone], rows
    for what, before in (('assets', assets), ('alerts', alerts)):
        rows, said = fleet(rig, 'redis://127.0.0.1:%d' % ports[2], what)
        assert {json.dumps(sorted(s['sensor'] for s in r['sensors'])) for r in rows} == {json.dumps(everyone)} and len(rows) == len(before), (what, rows, said)
    # a master that is down: what is left is shown, and it is said that something lacks
    next(n for n in cluster.nodes if n.port == ports[2]).kill()
    r = rig.sekisho('fleet', 'sensors', '--json', '--redis', 'redis://127.0.0.1:%d' % ports[0], status=3)
    assert sorted(json.loads(line)['sensor'] for line in r.stdout.splitlines()) == sorted(sensors[:2]), r.stdout
    assert '127.0.0.1:%d cannot be read' % ports[2] in r.stderr, r.stderr


def test_by_sentinel(rig):
    master = Server(rig)
    sentinel = Server(rig, 'sentinel monitor plant 127.0.0.1 %d 1' % master.port, sentinel=True)
    text = 'redis:\n  sentinel: { master: plant, addresses: ["127.0.0.1:%d"] }\n' % sentinel.port
    sensor(rig, 'line-1', text, [PLC_STOP])
    config = rig.dir / 'reader.yaml'
    config.write_text(text)
    rows = rig.sekisho('fleet', 'sensors', '--json', '--config', config).stdout.splitlines()
    assert [json.loads(r)['sensor'] for r in rows] == ['line-1'], rows


def test_the_bench_in_a_small_form(rig):
    r = rig.run(sys.executable, TOP / 'tests' / 'bench' / 'fleet.py', '--build', BUILD, '--sensors', '20', '--assets', '30', '--alerts', '40', seconds=300)
    assert re.search(r'20 sensors', r.stdout) and re.search(r'fleet alerts +\d', r.stdout), r.stdout


if __name__ == '__main__':
    main(globals())
