"""/metrics and /healthz: what they say is what health.json says, promtool accepts it, nobody else may ask, and nobody can hold the daemon up by asking."""
import contextlib, http.client, json, os, pathlib, re, shutil, socket, subprocess, sys, time
from consoles import Unix, free_port
from rig import BUILD, CAPTURES, TOP, Redis, main, own_mounts, scenes, wait_for, writing_end
from test_alert_life import Daemon

PORT_KEYS = 'metrics: { listen: "%s" }\n'


def ask(where, url='/metrics', method='GET', body=None):
    """(status, headers, text)"""
    connection = http.client.HTTPConnection('127.0.0.1', where, timeout=10) if isinstance(where, int) else Unix(where)
    with contextlib.closing(connection):
        connection.request(method, url, body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode('utf-8')


def told(where):
    """/metrics once the daemon has told of itself"""
    def answer():
        with contextlib.suppress(OSError):   # it is not there yet
            status, _, text = ask(where)
            return text if status == 200 else None
    return wait_for('the first metrics', answer)


def samples(text):
    """{(metric, ((label, value), ...)): value}"""
    out = {}
    for line in text.splitlines():
        if line.startswith('#'):
            continue
        name, labels, value = re.fullmatch(r'([a-z_]+)(?:\{(.*)\})? (\S+)', line).groups()
        pairs = tuple((k, re.sub(r'\\(.)', lambda m: {'n': '\n'}.get(m.group(1), m.group(1)), v)) for k, v in re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', labels or ''))
        assert (name, pairs) not in out, 'told twice: ' + line
        out[name, pairs] = float(value)
    return out


def total(found, metric):
    return sum(v for (name, _), v in found.items() if name == metric)


def rows():
    """[(path, metric)] of the table"""
    text = (TOP / 'daemon' / 'app' / 'counters.def').read_text()
    return re.findall(r'^(?:COUNT|REAL)\("([^"]+)", [^,]+, "([^"]*)"', text, re.M) + re.findall(r'^PART\("([^"]+)", "([^"]*)"', text, re.M)


def numbers(node, path=''):
    """the paths of all numbers and truths"""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from numbers(value, path + '.' + key if path else key)
    elif isinstance(node, list):
        for value in node:
            yield from numbers(value, path + '[]')
    elif isinstance(node, (int, float)):
        yield path


def fits(row, path):
    pattern = re.escape(row).replace(r'\*\*', '.+').replace(r'\*', '[^.]+')
    return re.fullmatch(pattern, path)


def factory(rig, listen, more='', workers=1, first=None):
    """the daemon on all scenes (and on @first), which goes on because of a FIFO that says nothing"""
    fifo = rig.dir / 'more.fifo'
    os.mkfifo(fifo)
    files = ', '.join("'%s'" % s for s in ([first] if first else []) + scenes())
    config = rig.config('state: %s\ncapture: { files: [%s, "%s"], workers: %d }\n%s%s' % (rig.dir / 's', files, fifo, workers, PORT_KEYS % listen, more))
    process = rig.start(BUILD / 'sekishod', '--config', config)
    return process, writing_end(fifo, process)


def test_the_figures_are_those_of_health(rig):
    redis = Redis(rig)
    port = free_port()
    (rig.dir / 'eve').mkdir()
    process, pipe = factory(rig, '127.0.0.1:%d' % port, 'redis: { url: "%s" }\neve: { path: %s }\n' % (redis.url, rig.dir / 'eve' / 'eve.json'))
    health = rig.dir / 's' / 'health.json'
    with pipe:
        pipe.write(scenes()[0].read_bytes()[:24])
        pipe.flush()
        for _ in range(30):   # both of one moment: the file is written just before
            found = samples(told(port))
            state = json.loads(health.read_text())
            if state['alerts'] > 10 and all(s['delivered'] for s in state['sinks']) and found.get(('process_cpu_seconds_total', ())) == state['cpu_s']:
                break
            time.sleep(1)
        else:
            raise AssertionError('never of one moment: %s' % state)
        assert total(found, 'sekisho_frames_total') == state['frames'] > 0
        assert total(found, 'sekisho_bytes_total') == state['bytes'] > 0
        assert total(found, 'sekisho_alerts_total') == state['alerts'] > 0
        assert {dict(k)['level'] for (name, k), _ in found.items() if name == 'sekisho_alerts_total'} == {'info', 'low', 'medium', 'high', 'critical'}
        assert found['sekisho_table_entries', (('table', 'assets'),)] == state['assets'] > 0
        assert found['sekisho_table_capacity', (('table', 'assets'),)] >= 2048
        for loss in 'sekisho_kernel_dropped_frames_total', 'sekisho_queue_dropped_records_total', 'sekisho_unseen_gaps_total', 'sekisho_outbox_dropped_alerts_total':
            assert any(name == loss for name, _ in found), loss
        assert found['sekisho_sink_connected', (('sink', 'redis'),)] == 1
        assert found['sekisho_sink_queue_entries', (('sink', 'redis'),)] == 0
        requests = sum(s['modbus']['requests'] for s in state['stats'])
        assert found['sekisho_dissector_events_total', (('dissector', 'modbus'), ('event', 'requests'))] == requests > 0
        assert found['sekisho_build_info', tuple((k, state[k]) for k in ('version', 'sensor', 'site'))] == 1
        assert found['sekisho_healthy', ()] == 1
        # every number there is has a row, and every row with a metric that is there is told
        left = {p for p in numbers(state) if not any(fits(row, p) for row, _ in rows())}
        assert not left, 'without a row in counters.def: %s' % left
        names = {name for name, _ in found}
        for row, metric in rows():
            if metric and any(fits(row, p) for p in numbers(state)):
                assert metric in names, (row, metric)
        # what dashboard and alert rules ask for is really there
        sys.path.insert(0, str(TOP / 'tests' / 'observe'))
        import dashboard_test
        missing = dashboard_test.asked(' '.join(dashboard_test.queries() + dashboard_test.rule_expressions())) - names - {'up'}
        live = {'sekisho_last_frame_age_seconds'}   # of interfaces
        assert missing <= live, missing
        status, headers, text = ask(port, '/healthz')
        assert status == 200 and text.startswith('ok\nnote') or text.startswith('ok\nwell'), (status, text)
        assert ask(port)[1]['Content-Type'] == 'text/plain; version=0.0.4; charset=utf-8'
        assert ask(port, method='HEAD')[0] == 200 and ask(port, method='HEAD')[2] == ''
        assert ask(port, '/etc/passwd')[0] == 404
        assert ask(port, method='POST', body='x' * 100000)[0] == 405
        assert ask(port, '/metrics/../health.json')[0] == 404
    assert process.wait(60) == 0


def test_workers_add_up(rig):
    path = rig.dir / 'metrics.sock'
    process, pipe = factory(rig, 'unix:%s' % path, workers=2)
    with pipe:
        pipe.write(scenes()[0].read_bytes()[:24])
        pipe.flush()
        health = rig.dir / 's' / 'health.json'
        wait_for('alerts', lambda: health.exists() and json.loads(health.read_text())['alerts'] > 10, 40)

        def same():
            found, state = samples(told(path)), json.loads(health.read_text())
            return found if total(found, 'sekisho_frames_total') == state['frames'] and found.get(('process_cpu_seconds_total', ())) == state['cpu_s'] else None
        found = wait_for('figures of one moment', same)
        requests = sum(s['modbus']['requests'] for s in json.loads(health.read_text())['stats'])
        assert found['sekisho_dissector_events_total', (('dissector', 'modbus'), ('event', 'requests'))] == requests > 0
    assert process.wait(60) == 0
    assert not path.exists(), 'the socket is left behind'


def test_labels_are_escaped(rig):
    odd = rig.dir / 'a "quoted" \\ name.pcap'
    shutil.copy(CAPTURES / 'plc-stop.pcap', odd)
    path, fifo = rig.dir / 'metrics.sock', rig.dir / 'more.fifo'
    os.mkfifo(fifo)
    config = rig.config("state: %s\ncapture: { files: ['%s', '%s'] }\nsensor: { site: '%s' }\n%s" % (rig.dir / 's', odd, fifo, '第一工場' * 40, PORT_KEYS % ('unix:%s' % path)), base=None)
    process = rig.start(BUILD / 'sekishod', '--config', config)
    with writing_end(fifo, process) as pipe:
        pipe.write(scenes()[0].read_bytes()[:24])
        pipe.flush()
        text = told(path)
        names = [dict(k)['interface'] for (name, k), _ in samples(text).items() if name == 'sekisho_frames_total']
        assert str(odd)[:120] in names, names
    assert process.wait(30) == 0


def promtool_accepts_them(rig):
    """receivers, workers, and a label that has to be escaped"""
    odd, path = rig.dir / 'a "quoted" \\ name.pcap', rig.dir / 'metrics.sock'
    shutil.copy(CAPTURES / 'plc-stop.pcap', odd)
    (rig.dir / 'eve').mkdir()
    process, pipe = factory(rig, 'unix:%s' % path, "redis: { url: '%s' }\neve: { path: %s }\n" % (Redis(rig).url, rig.dir / 'eve' / 'eve.json'), workers=2, first=odd)
    with pipe:
        pipe.write(scenes()[0].read_bytes()[:24])
        pipe.flush()
        wait_for('alerts', lambda: total(samples(told(path)), 'sekisho_alerts_total') > 10, 40)
        text = told(path)
        assert 'quoted' in text and 'sink="redis"' in text
        r = subprocess.run(['promtool', 'check', 'metrics'], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        assert r.returncode == 0 and not r.stdout.strip(), r.stdout.decode()
    assert process.wait(60) == 0


test_promtool_accepts_them = promtool_accepts_them if shutil.which('promtool') else None   # Debian package prometheus


def test_who_may_ask_at_the_socket(rig):
    d = Daemon(rig, PORT_KEYS % ('unix:%s' % (rig.dir / 'metrics.sock')))
    path = rig.dir / 'metrics.sock'
    assert path.stat().st_mode & 0o777 == 0o660, oct(path.stat().st_mode)
    assert ask(path, '/healthz')[0] in (200, 503)
    # whoever gets past the file's mode is asked for: one in the socket's group may, another may not
    rig.dir.chmod(0o755)
    path.chmod(0o666)
    code = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(sys.argv[1]); s.sendall(b'GET /healthz HTTP/1.0\\r\\n\\r\\n'); print(len(s.recv(64)))"
    def length(*options):
        r = rig.run('setpriv', '--reuid', '65534', *options, '/usr/bin/python3', '-c', code, path, status=None)
        return int(r.stdout) if r.returncode == 0 else -1
    assert length('--regid', '65534', '--clear-groups') <= 0, 'a stranger was answered'
    assert length('--regid', str(path.stat().st_gid), '--clear-groups') > 0, 'the group was not answered'
    assert length('--regid', '65534', '--groups', '65534,%d' % path.stat().st_gid) > 0, 'a member of the group was not answered'
    # a second daemon does not take the place of the first
    other = rig.config('state: %s\ncapture: { files: ["%s"] }\n%s' % (rig.dir / 's2', CAPTURES / 'plc-stop.pcap', PORT_KEYS % ('unix:%s' % path)), name='other.yaml')
    r = rig.run(BUILD / 'sekishod', '--config', other, status=None)
    assert r.returncode != 0 and 'metrics' in r.stderr, r.stderr
    d.process.kill()
    d.process.wait()
    assert path.exists()
    d.pipe.close()
    assert rig.run(BUILD / 'sekishod', '--config', other).returncode == 0, 'what a killed one left behind is in the way'


def test_only_this_machine(rig):
    for listen in ('0.0.0.0:9469', '192.0.2.1:9469', '[::]:9469', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:99999', 'unix:metrics.sock', 'here:80', ':9469', '127.0.0.1:80x'):
        config = rig.config(PORT_KEYS % listen, base=None)
        for lang, words in (('en', ('elsewhere', 'address to listen')), ('ja', ('外から', '待ち受ける'))):
            r = rig.run(BUILD / 'sekishod', '--config', config, '--check', '--lang', lang, status=1)
            assert any(w in r.stderr for w in words) and re.search(r'sekisho.yaml:2:\d+: ', r.stderr), (listen, r.stderr)
    for listen in ('127.0.0.1:9469', '127.8.0.1:9469', 'localhost:9469', '[::1]:9469', 'unix:/run/sekisho/metrics.sock'):
        rig.run(BUILD / 'sekishod', '--config', rig.config(PORT_KEYS % listen, base=None), '--check')


def test_off_by_default(rig):
    d = Daemon(rig)
    sockets = [os.readlink(f) for f in pathlib.Path('/proc/%d/fd' % d.process.pid).iterdir()]
    inodes = {s[8:-1] for s in sockets if s.startswith('socket:[')}
    listening = [line.split() for line in pathlib.Path('/proc/net/tcp').read_text().splitlines()[1:] + pathlib.Path('/proc/net/unix').read_text().splitlines()[1:]]
    assert not [row for row in listening if inodes & set(row)], listening
    d.close()


def test_many_who_ask_and_say_nothing(rig):
    """connections that stay open take the few places there are, for a few seconds; then others are answered again"""
    port = free_port()
    d = Daemon(rig, PORT_KEYS % ('127.0.0.1:%d' % port))
    told(port)
    descriptors = lambda: len(list(pathlib.Path('/proc/%d/fd' % d.process.pid).iterdir()))
    before = descriptors()
    idle = [socket.create_connection(('127.0.0.1', port)) for _ in range(64)]
    time.sleep(1)
    assert before < descriptors() <= before + 16, '%d connections' % (descriptors() - before)
    d.again()   # the daemon itself goes on

    def answered():
        with contextlib.suppress(OSError, http.client.HTTPException):
            return ask(port)[0] == 200
    wait_for('an answer once the silent ones have been sent off', answered, 30)
    for s in idle:
        s.close()
    with socket.create_connection(('127.0.0.1', port)) as s, contextlib.suppress(OSError):
        s.settimeout(10)
        s.sendall(b'GET /metrics HTTP/1.1\r\nX-Long: ' + b'x' * 200000)
        assert b' 200 ' not in s.recv(64)
    assert ask(port)[0] == 200
    d.close()


def test_not_well(rig):
    """the disk of the state directory is nearly full: 503, and why; sekisho health says the same"""
    state, fifo, path = rig.dir / 's', rig.dir / 'capture.fifo', rig.dir / 'metrics.sock'
    state.mkdir()
    os.mkfifo(fifo)
    config = rig.config('state: %s\ncapture: { files: [%s] }\n%s' % (state, fifo, PORT_KEYS % ('unix:%s' % path)))
    process = rig.start(*own_mounts(), 'sh', '-ec', 'mount -t tmpfs -o size=32m none "$0"; head -c 31000000 /dev/zero > "$0/other"; exec "$@"', state, BUILD / 'sekishod', '--config', config)
    with writing_end(fifo, process) as pipe:
        pipe.write((CAPTURES / 'plc-stop.pcap').read_bytes())
        pipe.flush()
        text = told(path)
        assert samples(text)['sekisho_healthy', ()] == 0
        status, _, text = ask(path, '/healthz')
        assert status == 503 and text.startswith('fault\nfault disk: '), (status, text)
        r = rig.run('nsenter', '--target', process.pid, '--mount', '--root', BUILD / 'sekisho', 'health', '--state', state, status=1)
        assert 'FAULT' in r.stdout and 'do first' in r.stdout, r.stdout
    process.wait(30)
    subprocess.run(['umount', state], stderr=subprocess.DEVNULL)


def test_the_thread_that_answers_may_do_nothing_else(rig):
    path = rig.dir / 'metrics.sock'
    config = rig.config('state: %s\ncapture: { files: [%s] }\n%s' % (rig.dir / 's', CAPTURES / 'plc-stop.pcap', PORT_KEYS % ('unix:%s' % path)))
    r = rig.run('env', 'SEKISHO_SANDBOX_PROBE=%s' % rig.dir, BUILD / 'sekishod', '--config', config)
    tried = dict(re.findall(r'^probe: server (\S+) (\S+)$', r.stderr, re.M))
    assert set(tried) == {'open', 'write-elsewhere', 'connect', 'ptrace', 'kill', 'fork', 'exec'} and set(tried.values()) <= {'EPERM', 'EACCES'}, tried


if __name__ == '__main__':
    main(globals())
