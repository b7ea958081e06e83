"""sekisho console by HTTP: who is answered, what every answer has, pages, live alerts, what comes from the wire, and who may change something."""
import http.client, json, os, pathlib, re, sqlite3, threading, time
from consoles import EVIL, Console, evil_capture, factory, free_port
from rig import BUILD, CAPTURES, main, scenes, wait_for

POLICY = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self'", "frame-ancestors 'none'")
class Follower(threading.Thread):
    """what the console sends as it comes: (when, name, id, data)"""

    def __init__(self, console, after=None, last=None):
        super().__init__(daemon=True)
        self.events, self.connection = [], console.connection()
        self.connection.request('GET', '/api/live' + ('?after=%d' % after if after is not None else ''), headers={'Last-Event-ID': str(last)} if last is not None else {})
        self.answer = self.connection.getresponse()
        self.connection.sock and self.connection.sock.settimeout(30)
        self.start()

    def run(self):
        event = {}
        try:
            for line in self.answer:
                name, _, value = line.decode().rstrip('\n').partition(': ')
                if not name and event.get('data'):
                    self.events.append((time.time(), event['event'], int(event['id']), json.loads(event['data'])))
                event = {**event, name: value} if name else {}
        except (OSError, ValueError, http.client.HTTPException):
            pass


def test_a_limit_is_told_only_where_it_was_reached(rig):
    state = factory(rig)
    console = Console(rig, state)
    of_one = '/api/alerts?limit=0&asset=' + console.json('/api/assets?q=10.20.1.11')['rows'][0]['asset_id']
    assert console.json(of_one)['looked_at'] == 0
    with sqlite3.connect(state / 'alerts.db') as db:   # as if fifty thousand others had come meanwhile
        db.execute('UPDATE alerts SET no = no + 50000 WHERE no = (SELECT max(no) FROM alerts)')
    assert console.json(of_one)['looked_at'] == 50000
    assert console.json('/api/alerts?limit=0')['looked_at'] == 0


def test_what_every_answer_has(rig):
    console = Console(rig, factory(rig), '--lang', 'ja')
    for path, kind in (('/', 'text/html'), ('/console.css', 'text/css'), ('/console.js', 'text/javascript'), ('/api/about', 'application/json'), ('/api/map', 'image/svg+xml'),
                       ('/api/nothing', 'application/json'), ('/api/assets/A999999', 'application/json'), ('/../etc/passwd', 'application/json')):
        r = console.ask(path)
        for part in POLICY:
            assert part in r.getheader('Content-Security-Policy'), (path, part)
        assert 'unsafe' not in r.getheader('Content-Security-Policy')
        assert r.getheader('X-Content-Type-Options') == 'nosniff' and r.getheader('X-Frame-Options') == 'DENY' and r.getheader('Cache-Control') == 'no-store', r.getheaders()
        assert r.getheader('Content-Type').startswith(kind), (path, r.getheader('Content-Type'))
        assert not r.getheader('Access-Control-Allow-Origin')
    assert console.ask('/api/nothing').status == 404 and 'ありません' in console.ask('/api/nothing').text
    assert 'no device' in console.ask('/api/assets/A999999?lang=en').text
    page = console.ask('/').text + ''.join(console.ask(p).text for p in re.findall(r'(?:src|href)="(/[^"]+)"', console.ask('/').text))
    assert not re.search(r'https?://(?!www\.w3\.org/2000/svg)', page), 'something from elsewhere'
    assert not re.search(r'innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|\sstyle=', ''.join(p.read_text() for p in (CAPTURES.parents[1] / 'console').glob('*.[jh]*')))
    console.end()


def test_only_names_of_this_machine_are_answered(rig):
    console = Console(rig, factory(rig, scenes()[:1]))
    for host in ('localhost', '127.0.0.1:1', 'LOCALHOST:8080', '[::1]:9480'):
        assert console.ask('/api/about', headers={'Host': host}).status == 200, host
    for host in ('evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:9480', '', '[::2]', '10.0.0.1', 'localhost@evil'):
        assert console.ask('/api/about', headers={'Host': host}).status == 421, host
    r = rig.sekisho('console', '--state', rig.dir / 's', '--listen', '0.0.0.0:%d' % free_port(), '--lang', 'en', status=3)
    assert '--allow-remote' in r.stderr, r.stderr
    r = rig.sekisho('console', '--state', rig.dir / 's', '--listen', 'nowhere', '--lang', 'en', status=1)
    assert 'no address' in r.stderr, r.stderr
    port = free_port()
    remote = rig.start(BUILD / 'sekisho', 'console', '--state', rig.dir / 's', '--listen', '0.0.0.0:%d' % port, '--allow-remote', '--host', 'sensor.plant', '--lang', 'en')
    wait_for('the warning', lambda: 'can be reached from other machines' in (rig.dir / 'sekisho.log').read_text())
    c = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
    c.request('GET', '/api/about', headers={'Host': 'sensor.plant:%d' % port})
    assert c.getresponse().status == 200
    remote.terminate()


def test_a_socket_is_for_its_owner_and_group(rig):
    path = rig.dir / 'console.sock'
    console = Console(rig, factory(rig, scenes()[:1]), listen='unix:%s' % path)
    assert path.stat().st_mode & 0o777 == 0o660
    assert console.json('/api/assets')['total'] > 5
    console.end()
    assert not path.exists()


def test_lists_come_in_pages_and_are_what_the_commands_say(rig):
    state = factory(rig)
    console = Console(rig, state)
    assets = {a['asset_id']: a for a in rig.assets(state)}
    got = [a for offset in range(0, 30, 7) for a in console.json('/api/assets?limit=7&offset=%d' % offset)['rows']]
    assert [a['asset_id'] for a in got] == sorted(assets), got
    for a in got:
        whole = assets[a['asset_id']]
        assert (a['name'], a['ip'], a['zone'], a['registered']) == (whole['name'], ' '.join(whole['ip']), whole['zone'], {True: 'yes', False: 'no'}[whole['registered']])
    for query, wanted in (('q=plc', lambda a: 'plc' in json.dumps(a, ensure_ascii=False).lower()), ('zone=office', lambda a: a['zone'] == 'office'), ('purdue=L1', lambda a: a['purdue'] == 'L1'),
                          ('registered=no', lambda a: not a['registered']), ('q=10.20.1.3%20omron', lambda a: 'OMRON' in a['vendor']), ('silent=1', lambda a: False)):
        page = console.json('/api/assets?' + query)
        found = {a['asset_id'] for a in page['rows']}
        assert found == {a['asset_id'] for a in assets.values() if wanted(a)} or query == 'q=plc' and found, (query, found)
        assert page['total'] == len(found) and page['all'] == len(assets), page
    assert len(console.json('/api/assets?limit=100000')['rows']) == len(assets) and console.json('/api/assets?limit=100000')['limit'] == 200
    alerts = rig.alerts(state)
    page = console.json('/api/alerts?limit=4&offset=3')
    assert page['total'] == len(alerts) and len(page['rows']) == 4
    everything = console.json('/api/alerts?limit=200')['rows']
    assert {a['sekisho']['alert_id']: a for a in everything} == {a['sekisho']['alert_id']: a for a in alerts}
    assert page['rows'] == everything[3:7]
    critical = console.json('/api/alerts?level=critical')['rows']
    assert critical and {a['sekisho']['alert_id'] for a in critical} == {a['sekisho']['alert_id'] for a in alerts if a['sekisho']['level'] == 'critical'}
    plc = next(a['asset_id'] for a in assets.values() if '10.20.1.12' in a['ip'])
    assert {a['sekisho']['alert_id'] for a in console.json('/api/alerts?asset=' + plc)['rows']} == {a['sekisho']['alert_id'] for a in alerts if plc in (a['sekisho']['src'].get('asset_id'), a['sekisho']['dest'].get('asset_id'))}
    card, shown = console.json('/api/assets/' + plc), json.loads(rig.sekisho('asset', 'show', plc, '--state', state, '--json').stdout)
    assert {k: card[k] for k in shown} == shown
    health = console.json('/api/health?lang=ja')
    assert all(line['text'] in rig.sekisho('health', '--state', state, '--lang', 'ja').stdout for line in health['lines']), health
    assert 'data-asset="%s"' % plc in console.ask('/api/map').text


def test_an_alert_of_a_replay_is_there_within_two_seconds(rig):
    *before, last = scenes()
    config = rig.config('eve:\n  path: eve.json\n')
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', config, '--state', state, *before)
    console = Console(rig, state)
    seq = console.json('/api/alerts?limit=0')['seq']
    follower = Follower(console, after=seq)
    rig.sekisho('replay', '--config', config, '--state', state, last)
    with sqlite3.connect('file:%s/alerts.db?mode=ro' % state, uri=True) as db:
        told = [(s, ms / 1000, json.loads(t)) for s, ms, t in db.execute('SELECT seq, ms, json FROM told WHERE seq > ? ORDER BY seq', (seq,))]
    assert told
    wait_for('the alerts', lambda: len(follower.events) >= len(told), 5)
    assert [(i, a) for _, _, i, a in follower.events] == [(s, a) for s, _, a in told]
    assert max(at - put for (at, *_), (_, put, _) in zip(follower.events, told)) < 2, 'too late'
    again = Follower(console, last=told[0][0])  # who comes back says what he has had
    wait_for('the rest', lambda: len(again.events) == len(told) - 1, 5)
    assert [e[2] for e in again.events] == [s for s, *_ in told[1:]]
    crowd = [Follower(console) for _ in range(14)]
    assert {f.answer.status for f in crowd} == {200}
    assert console.ask('/api/live').status == 503, 'more follow than may'
    assert console.json('/api/about')['version'], 'who follows keeps others from being answered'
    console.end()


def test_what_comes_from_the_wire_is_text(rig):
    config = rig.config()
    register = rig.dir / 'register.csv'
    register.write_text(register.read_text().replace('加工PLC-2', EVIL))
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', config, '--no-sinks', '--state', state, *scenes(), evil_capture(rig))
    console = Console(rig, state)
    names = [a['name'] for a in console.json('/api/assets?limit=200')['rows']]
    assert EVIL in names, names
    assert any('<script>alert(2)' in n for n in names), names
    evil = [a['asset_id'] for a in console.json('/api/assets?limit=200')['rows'] if '<' in a['name']]
    assert any('<img src=x onerror' in a['sekisho']['title_ja'] for a in console.json('/api/alerts')['rows'])
    for path in ['/api/assets?limit=200', '/api/alerts', *('/api/assets/' + i for i in evil)]:
        r = console.ask(path)
        assert r.getheader('Content-Type').startswith('application/json')
        assert not re.search('[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', r.text), 'controls as they are in ' + path
    drawn = console.ask('/api/map').text
    assert '<script' not in drawn and '<img' not in drawn and '\u202e' not in drawn and '&lt;img' in drawn


def test_nothing_is_changed_without_write_and_token(rig):
    state = factory(rig)
    alert = rig.alerts(state)[0]['sekisho']['alert_id']
    path, body = '/api/alerts/%s/ack' % alert, {'who': '山田 太郎', 'reason': '点検中 <b>'}
    console = Console(rig, state)
    assert console.post(path, body, X_Sekisho_Token='x').status == 405
    assert not console.json('/api/about')['write']
    console.end()
    token = rig.dir / 'token'
    token.write_text('0123456789abcdef0123456789abcdef\n')
    token.chmod(0o644)
    r = rig.sekisho('console', '--state', state, '--write', '--token-file', token, '--lang', 'en', status=1)
    assert 'chmod' in r.stderr, r.stderr
    assert rig.sekisho('console', '--state', state, '--write', status=2).stderr
    token.chmod(0o600)
    console = Console(rig, state, '--write', '--token-file', token)
    good = {'X_Sekisho_Token': token.read_text().strip()}
    for status, b, headers in ((403, body, {}), (403, body, {'X_Sekisho_Token': 'wrong'}), (403, body, {**good, 'Origin': 'http://evil.example'}), (403, body, {**good, 'Sec_Fetch_Site': 'cross-site'}),
                               (415, body, {**good, 'Content_Type': 'text/plain'}), (421, body, {**good, 'Host': 'evil.example'}), (400, {'who': '山田'}, good), (400, {'who': ' ', 'reason': 'x'}, good),
                               (400, {'who': 'x' * 200, 'reason': 'x'}, good), (400, [1], good), (413, {**body, 'more': 'x' * 5000}, good)):
        r = console.post(path, b, **headers)
        assert r.status == status, (status, r.status, r.text, headers)
    for bad in ('/api/alerts/%s/close' % alert, '/api/alerts/none/ack', '/api/alerts/%s' % alert, '/api/alerts/' + 'x' * 100 + '/ack'):
        assert console.post(bad, body, **good).status == 404, bad
    assert console.post('/api/alerts/%s/mute' % alert, body, **good).status == 400
    assert {a['sekisho']['state'] for a in rig.alerts(state)} == {'open'}
    r = console.post(path, body, Origin='http://127.0.0.1:%d' % console.port, Sec_Fetch_Site='same-origin', **good)
    assert r.status == 200, r.text
    assert console.post(path, body, **good).status == 409
    rows = [json.loads(line) for line in rig.sekisho('audit', 'list', '--json', '--state', state).stdout.splitlines()]
    assert [(e['verb'], e['object'], e['who'], e['reason']) for e in rows if e['verb'].startswith('alert.')] == [('alert.ack', 'alert:' + alert, '山田 太郎', '点検中 <b>')], rows
    assert rows[-1]['login'], rows[-1]
    assert next(a for a in rig.alerts(state) if a['sekisho']['alert_id'] == alert)['sekisho']['state'] == 'acknowledged'
    r = console.post('/api/alerts/%s/mute' % alert, {**body, 'until': '8h'}, **good)
    assert r.status == 200 and '"muted"' in rig.sekisho('alert', 'show', alert, '--json', '--state', state).stdout, r.text
    rig.sekisho('audit', 'verify', '--state', state)


def test_its_threads_may_read_and_answer_and_no_more(rig):
    state = factory(rig, scenes()[:1])
    if os.geteuid() == 0:  # another owner: root goes on as him
        for path in (rig.dir, state, *state.iterdir()):
            os.chown(path, 65534, 65534)
    os.environ['SEKISHO_SANDBOX_PROBE'] = str(rig.dir)
    try:
        console = Console(rig, state)
    finally:
        del os.environ['SEKISHO_SANDBOX_PROBE']
    tasks = pathlib.Path('/proc/%d/task' % console.process.pid)
    wait_for('its threads', lambda: len(list(tasks.iterdir())) >= 6)   # it answers before the last of them has begun
    status = [dict(line.split(':\t') for line in (task / 'status').read_text().splitlines() if ':\t' in line) for task in tasks.iterdir()]
    assert {s['CapEff'].strip('0') for s in status} == {''} and {s['NoNewPrivs'] for s in status} == {'1'}
    assert {s['Uid'].split()[0] for s in status} == {'65534' if os.geteuid() == 0 else str(os.geteuid())}
    assert [s['Seccomp'] for s in status].count('2') >= 2, 'threads are not filtered'  # the rest shut themselves in when somebody comes
    log = (rig.dir / 'sekisho.log').read_text()
    for what in ('connect EPERM', 'ptrace EPERM', 'kill EPERM', 'fork EPERM', 'exec EPERM', 'open done'):
        assert 'probe: console ' + what in log, log
    assert 'probe: console write-elsewhere done' not in log or 'no Landlock' in log, log


def test_who_only_looks_leaves_nothing(rig):
    state = factory(rig)
    everything = lambda: [rig.sekisho(*words, '--state', state).stdout for words in (['audit', 'list', '--json'], ['register', 'export', '-'], ['assets', '--json'], ['links', '--json'], ['alerts', '--json'])]
    before = everything()
    console = Console(rig, state)
    for path in ('/', '/api/about', '/api/alerts', '/api/assets?q=x', '/api/assets/A000001', '/api/map?model=fa', '/api/health'):
        assert console.ask(path).status == 200, path
    console.end()
    assert everything() == before


def test_a_state_that_is_not_there_and_one_that_comes_later(rig):
    r = rig.sekisho('console', '--state', rig.dir / 'none', '--lang', 'en', status=1)
    assert 'state directory' in r.stderr, r.stderr
    state = rig.dir / 's'
    state.mkdir()
    console = Console(rig, state)
    assert console.json('/api/alerts')['total'] == 0
    assert console.ask('/api/assets').status == 404 and console.ask('/api/health').status == 404
    follower = Follower(console, after=0)
    factory(rig)
    wait_for('what came', lambda: follower.events, 8)
    assert console.json('/api/assets')['total'] == len(rig.assets(state))


main(globals())
