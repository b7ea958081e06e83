"""What the integration tests share: a directory of their own, the programs under test, real servers that end with the test.

A test is a Python file whose functions named test_* take a Rig; main(globals()) runs them and ends like `N passed, N failed`.
SEKISHO_BUILD names the build directory with `sekisho` and `sekishod`.
"""
import contextlib, ipaddress, json, os, pathlib, shutil, signal, socket, sqlite3, struct, subprocess, sys, tempfile, time, traceback

TOP = pathlib.Path(__file__).resolve().parents[2]
CAPTURES = TOP / 'tests' / 'captures'
BUILD = pathlib.Path(os.environ.get('SEKISHO_BUILD', TOP / 'build' / 'tests'))


def scenes(folder=CAPTURES):
    """the recordings in the order of their packet time"""
    return [folder / line for line in (folder / 'scenes.txt').read_text().split('\n') if line and not line.startswith('#')]


def is_sanitized():
    """are the programs built with AddressSanitizer, which takes more memory and time?"""
    return b'__asan_init' in (BUILD / 'sekishod').read_bytes()


def wait_for(what, condition, seconds=20.0):
    """polls until condition() is true; its value"""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError('waited %g s for %s' % (seconds, what))


def whole_lines(path):
    """the lines of a file, without one that its writer has not come to the end of"""
    return path.read_text(encoding='utf-8', errors='replace').split('\n')[:-1]


def writing_end(fifo, process, seconds=20.0):
    """opens a FIFO once `process` reads from it; complains where it ends instead"""
    def opened():
        assert process.poll() is None, '%s has ended with %s' % (process.args[0], process.returncode)
        with contextlib.suppress(OSError):  # nobody reads yet
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    pipe = wait_for('%s to open %s' % (process.args[0], fifo), opened, seconds)
    os.set_blocking(pipe, True)
    return open(pipe, 'wb')


def own_mounts():
    """the beginning of a command that has its mounts to itself; in a chroot, whose / is no mount, what it mounts it must take away itself"""
    plain = ['unshare', '--mount']
    return plain if subprocess.run([*plain, 'true'], stderr=subprocess.DEVNULL).returncode == 0 else [*plain, '--propagation', 'unchanged']


class RedisError(Exception):
    pass


class RedisClient:
    """enough of RESP2 for a test"""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(str(path))
        self.file = self.socket.makefile('rb')

    def __call__(self, *words):
        out = b'*%d\r\n' % len(words)
        for word in words:
            raw = word if isinstance(word, bytes) else str(word).encode()
            out += b'$%d\r\n%s\r\n' % (len(raw), raw)
        self.socket.sendall(out)
        return self.reply()

    def reply(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError('redis closed the connection')
        kind, rest = line[:1], line[1:-2]
        if kind == b'+':
            return rest.decode()
        if kind == b'-':
            raise RedisError(rest.decode())
        if kind == b':':
            return int(rest)
        if kind == b'$':
            if int(rest) < 0:
                return None
            data = self.file.read(int(rest) + 2)[:-2]
            return data.decode('utf-8', 'surrogateescape')
        if kind == b'*':
            return None if int(rest) < 0 else [self.reply() for _ in range(int(rest))]
        raise RedisError('unknown reply %r' % line)


class Redis:
    """a redis-server on a Unix socket in the rig's directory"""

    def __init__(self, rig, *options):
        self.rig, self.options = rig, options
        self.dir = rig.dir / 'redis'
        self.dir.mkdir(exist_ok=True)
        self.path = rig.dir / 'redis.sock'
        self.process = None
        self.start()

    @property
    def url(self):
        return 'unix://%s' % self.path

    def start(self):
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
        self.process = self.rig.start('redis-server', '--port', '0', '--unixsocket', self.path, '--dir', self.dir, '--save', '',
                                      '--appendonly', 'yes', '--appendfsync', 'everysec', '--loglevel', 'warning', *self.options)

        def ready():
            try:
                return RedisClient(self.path)('PING') == 'PONG'
            except RedisError as e:
                return 'NOAUTH' in str(e)
            except OSError:
                return False
        wait_for('redis-server', ready)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def client(self):
        return RedisClient(self.path)

    def stream(self, sensor='factory-1'):
        """[(id, {field: value})] of the alerts"""
        entries = self.client()('XRANGE', 'sekisho:{%s}:alerts' % sensor, '-', '+')
        return [(i, dict(zip(f[::2], f[1::2]))) for i, f in entries]


class Rig:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='sekisho-test-'))
        self.processes = []

    def start(self, *command, **kwargs):
        log = open(self.dir / ('%s.log' % pathlib.Path(str(command[0])).name), 'ab')
        process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=kwargs.pop('stdout', log),
                                   stderr=kwargs.pop('stderr', log), **kwargs)
        self.processes.append(process)
        return process

    def run(self, *command, status=0, seconds=120, stdin=subprocess.DEVNULL, env=None):
        """runs to the end; complains where the exit status is another"""
        r = subprocess.run([str(c) for c in command], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds,
                           env=dict(os.environ, LC_ALL='C.UTF-8', **(env or {})))
        r.stdout, r.stderr = r.stdout.decode('utf-8', 'replace'), r.stderr.decode('utf-8', 'replace')
        if status is not None and r.returncode != status:
            raise AssertionError('%s: exit status %d, expected %d\n%s%s' % (' '.join(map(str, command)), r.returncode, status,
                                                                        r.stdout[-2000:], r.stderr[-2000:]))
        return r

    def sekisho(self, *arguments, **kwargs):
        return self.run(BUILD / 'sekisho', *arguments, **kwargs)

    def config(self, text='', name='sekisho.yaml', base=CAPTURES / 'factory.yaml'):
        """the factory's configuration (or none) with more appended; the register beside it"""
        shutil.copy(CAPTURES / 'register.csv', self.dir)
        path = self.dir / name
        path.write_text((base.read_text() if base else '') + '\n' + text)
        path.chmod(0o640)   # it may hold a password
        return path

    def plan(self, state):
        """planned work around the factory's recordings, which begin at 00:00 UTC on 1 April 2026 and last half an hour: a visit to cell-a, a holiday, what comes
        again every week, a shutdown in May, and one that was cancelled"""
        state.mkdir(exist_ok=True)
        local = lambda hours: time.strftime('%Y-%m-%dT%H:%M:%S', time.localtime(1775001600 + hours * 3600))
        for kind, title, since, until, *more in (('maintenance', 'PLC定期点検', 0, 3, '--zone', 'cell-a', '--config', self.config(), '--who', '東海制御 佐藤'),
                                                 ('holiday', '創立記念日', -2, 14), ('shutdown', '日曜の休転', 96, 105, '--every', 'week', '--until', '2026-12-31'),
                                                 ('maintenance', 'やめた点検', 24 * 400, 24 * 400 + 1)):
            self.sekisho('work', 'add', kind, title, '--from', local(since), '--to', local(until), *more, '--by', '山田', '--state', state)
        self.sekisho('work', 'cancel', '4', '--reason', '延期', '--by', '山田', '--state', state)

    def planned(self, state, since_ns, until_ns, kind=''):
        """times of planned work, their hours, alerts meanwhile and those kept back, by the tables alone; weeks of a zone without summer time"""
        week = 7 * 86400 * 10**9
        with sqlite3.connect('file:%s/ledger.db?mode=ro' % state, uri=True) as db:
            works = db.execute("SELECT no, from_ns, to_ns, every, until_ns FROM work WHERE kind LIKE '%s%%'" % kind).fetchall()
            met = db.execute('SELECT work_no, from_ns, first_ns, last_ns, muted FROM work_alert').fetchall()
        times = [(no, a + k * week, b + k * week) for no, a, b, every, until in works for k in range(60 if every == 'week' else 1) if not until or a + k * week < until]
        times = [t for t in times if t[1] < until_ns and t[2] > since_ns]
        hours = sum(min(b, until_ns) - max(a, since_ns) for _, a, b in times) / 3.6e12
        mine = [m for m in met if (m[0], m[1]) in {t[:2] for t in times} and m[2] < until_ns and m[3] >= since_ns]
        return len(times), round(hours, 1), len(mine), sum(m[4] for m in mine)

    def alerts(self, state):
        return [json.loads(line) for line in self.sekisho('alerts', '--state', state, '--json').stdout.splitlines()]

    def assets(self, state):
        return [json.loads(line) for line in self.sekisho('assets', '--state', state, '--json').stdout.splitlines()]

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signal.SIGCONT)
                    process.kill()
                process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def triple(alert):
    """rule, source, destination: what a scene's table of alerts names"""
    return alert['sekisho']['rule_id'], alert.get('src_ip', ''), alert.get('dest_ip', '')


def listen_only_records(count, start, step=0.001, port=40000, first=0):
    """the records of a capture of `count` PLCs told to keep silent, each by another master: `count` alerts of SKS-MB-05"""
    out = []
    for i in range(first, first + count):
        payload = struct.pack('>HHHBBHH', i & 0xffff, 0, 6, 1, 8, 4, 0)
        src, dest = int(ipaddress.ip_address('10.1.0.0')) + i, int(ipaddress.ip_address('10.2.0.0')) + i
        tcp = struct.pack('>HHIIBBHHH', port, 502, 1000, 1000, 0x50, 0x18, 8192, 0, 0) + payload
        ip = struct.pack('>BBHHHBBHII', 0x45, 0, 20 + len(tcp), i & 0xffff, 0, 64, 6, 0, src, dest) + tcp
        frame = struct.pack('>6s6sH', b'\x02\x20' + dest.to_bytes(4, 'big'), b'\x02\x10' + src.to_bytes(4, 'big'), 0x0800) + ip
        t = start + (i - first) * step
        out.append(struct.pack('<IIII', int(t), int(t % 1 * 1e6), len(frame), len(frame)) + frame)
    return b''.join(out)


PCAP_HEADER = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)


def force_listen_only(path, count, start=1775001600.0, step=0.001, port=40000):
    path.write_bytes(PCAP_HEADER + listen_only_records(count, start, step, port))
    return path


class Absent(Exception):
    """raised by a test that cannot be had on this machine, with the reason"""


def main(names):
    """runs the tests among @names; one that is None, or that says Absent, cannot be had on this machine, and does not count. Exit status 77: none could"""
    wanted = sys.argv[1:]
    passed = failed = asked = 0
    for name, test in list(names.items()):
        if not name.startswith('test_') or (wanted and name not in wanted):
            continue
        asked += 1
        if test is None:
            print('absent  %s' % name, flush=True)
            continue
        rig = Rig()
        began = time.monotonic()
        try:
            test(rig)
            passed += 1
            print('ok      %s (%.1f s)' % (name, time.monotonic() - began), flush=True)
        except Absent as e:
            print('absent  %s: %s' % (name, e), flush=True)
        except Exception:
            failed += 1
            print('FAILED  %s\n%s' % (name, traceback.format_exc()), flush=True)
            for log in sorted(rig.dir.glob('*.log')):
                print('--- %s\n%s' % (log.name, log.read_text(errors='replace')[-1500:]))
        finally:
            rig.close()
    print('%d passed, %d failed' % (passed, failed))
    sys.exit(1 if failed or not asked else 0 if passed else 77)
