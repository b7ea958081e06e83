"""As the unit starts it: an account of its own with CAP_NET_RAW and nothing else, and what it tells the service manager; and the unit itself."""
import ctypes, os, pathlib, re, select, shutil, signal, socket, time
from rig import Absent, BUILD, TOP, main, wait_for

ACCOUNT = 65534   # nobody: no right but the one that is given


class Manager:
    """the service manager's end of NOTIFY_SOCKET"""

    def __init__(self, rig):
        self.path = rig.dir / 'notify'
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.path.chmod(0o777)
        self.said = []

    def hear(self, seconds=0.0):
        while select.select([self.socket], [], [], seconds)[0]:
            self.said.append(dict(line.split('=', 1) for line in self.socket.recv(65536).decode().splitlines()))
            seconds = 0.0

    def wait(self, what, key, after=0, seconds=20.0):
        def told():
            self.hear(0.05)
            return next((i + 1 for i, words in enumerate(self.said) if i >= after and key in words), 0)
        return wait_for(what, told, seconds)


def start(rig, manager, text='', environment=()):
    """sekishod on the loopback interface of a network namespace that it has to itself"""
    rig.dir.chmod(0o755)
    state = rig.dir / 'state'
    state.mkdir(exist_ok=True)
    os.chown(state, ACCOUNT, ACCOUNT)
    config = rig.config('state: %s\ncapture: { interfaces: [lo] }\n%s' % (state, text))
    config.chmod(0o640)
    os.chown(config, 0, ACCOUNT)
    return config, rig.start('unshare', '--net', 'setpriv', '--reuid=%d' % ACCOUNT, '--regid=%d' % ACCOUNT, '--clear-groups', '--no-new-privs',
                             '--inh-caps=-all,+net_raw', '--ambient-caps=-all,+net_raw', '--bounding-set=-all,+net_raw',
                             'env', 'NOTIFY_SOCKET=%s' % manager.path, *environment, BUILD / 'sekishod', '--config', config)


def test_ready_watchdog_reload_and_end_are_told(rig):
    manager = Manager(rig)
    config, daemon = start(rig, manager)
    ready = manager.wait('READY=1', 'READY')
    beat = manager.wait('WATCHDOG=1', 'WATCHDOG', ready)
    before = time.clock_gettime(time.CLOCK_MONOTONIC)
    daemon.send_signal(signal.SIGHUP)
    reloading = manager.wait('RELOADING=1', 'RELOADING', beat)
    # systemd takes the end of a reload for that of the newest signal only by this time
    assert int(manager.said[reloading - 1]['MONOTONIC_USEC']) >= before * 1e6
    again = manager.wait('READY=1 after the reload', 'READY', reloading)
    assert manager.said[again - 1]['STATUS'] == 'watching'
    config.write_text(config.read_text() + '\nno_such_key: 1\n')
    daemon.send_signal(signal.SIGHUP)
    again = manager.wait('READY=1 after the refused reload', 'READY', again)
    assert 'refused' in manager.said[again - 1]['STATUS'], manager.said[again - 1]
    daemon.send_signal(signal.SIGTERM)
    manager.wait('STOPPING=1', 'STOPPING', again)
    assert daemon.wait(20) == 0


class StoppedThread:
    """one thread of another process stands still (PTRACE_SEIZE, PTRACE_INTERRUPT) and goes on afterwards (PTRACE_DETACH)"""

    def __init__(self, tid):
        self.tid = tid

    def ask(self, request):
        ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        ptrace.argtypes, ptrace.restype = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p], ctypes.c_long
        assert ptrace(request, self.tid, None, None) == 0, os.strerror(ctypes.get_errno())

    def __enter__(self):
        self.ask(0x4206)
        self.ask(0x4207)
        os.waitpid(self.tid, 0x40000000)   # __WALL

    def __exit__(self, *_):
        self.ask(17)


def test_a_thread_that_stands_still_starves_the_watchdog(rig):
    manager = Manager(rig)
    _, daemon = start(rig, manager, environment=('WATCHDOG_USEC=4000000',))
    ready = manager.wait('READY=1', 'READY')
    beat = manager.wait('WATCHDOG=1', 'WATCHDOG', ready)
    threads = sorted(int(t.name) for t in pathlib.Path('/proc/%d/task' % daemon.pid).iterdir())
    assert len(threads) >= 3, threads   # this one, the analyst, the capture
    log = rig.dir / 'unshare.log'
    with StoppedThread(threads[-1]):
        wait_for('the log to tell it', lambda: 'has not moved for 2 s' in log.read_text())
        manager.hear()
        silent = len(manager.said)
        time.sleep(2.5)
        manager.hear()
        assert not any('WATCHDOG' in words for words in manager.said[silent:]), manager.said[silent:]
    manager.wait('WATCHDOG=1 again', 'WATCHDOG', silent)
    assert 'all threads move again' in log.read_text()


def test_it_can_be_stopped_while_nobody_writes_into_its_fifo(rig):
    for i, sig in enumerate((signal.SIGTERM, signal.SIGINT)):
        os.mkfifo(rig.dir / ('fifo%d' % i))
        daemon = rig.start(BUILD / 'sekishod', '--config', rig.config('state: %s\ncapture: { files: [fifo%d] }\n' % (rig.dir / 's', i)))
        waits = pathlib.Path('/proc/%d/wchan' % daemon.pid)
        wait_for('it to wait', lambda: waits.read_text() == 'wait_for_partner' or time.sleep(3) is None, 30)
        assert daemon.poll() is None
        daemon.send_signal(sig)
        assert daemon.wait(10) == 0, daemon.returncode


def test_no_capability_is_left(rig):
    manager = Manager(rig)
    _, daemon = start(rig, manager)
    manager.wait('READY=1', 'READY')
    for task in pathlib.Path('/proc/%d/task' % daemon.pid).iterdir():
        held = dict(re.findall(r'^(Cap(?:Inh|Prm|Eff|Amb)|NoNewPrivs):\s*(\w+)$', (task / 'status').read_text(), re.M))
        assert held.pop('NoNewPrivs') == '1'
        assert not any(int(v, 16) for v in held.values()), (task, held)


def test_the_unit_is_understood_by_systemd(rig):
    if not shutil.which('systemd-analyze'):
        raise Absent('systemd-analyze is not installed')
    unit = rig.dir / 'sekishod.service'
    # programs and pages are not installed here
    text = (BUILD / 'packaging' / 'sekishod.service').read_text()
    unit.write_text(re.sub(r'^Documentation=.*$', '', re.sub(r'^ExecStart=\S+', 'ExecStart=/bin/true', text, flags=re.M), flags=re.M))
    r = rig.run('systemd-analyze', 'verify', '--man=no', unit, status=None)
    told = [line for line in (r.stdout + r.stderr).splitlines() if 'sekishod.service' in line]
    assert r.returncode == 0 and not told, told


def test_the_units_memory_holds_the_ceiling_of_the_shipped_configuration(rig):
    unit = (BUILD / 'packaging' / 'sekishod.service').read_text()
    high, most = (int(re.search(r'^%s=(\d+)M$' % key, unit, re.M).group(1)) for key in ('MemoryHigh', 'MemoryMax'))
    r = rig.run(BUILD / 'sekishod', '--config', TOP / 'configs' / 'sekisho.yaml', '--check')
    ceiling = int(re.search(r'(\d+) MiB', r.stdout).group(1))
    assert ceiling * 1.2 <= high < most, (ceiling, high, most)


def test_exposure(rig):
    """what systemd itself thinks of the unit: 0 is closed, 10 is open"""
    if not shutil.which('systemd-analyze'):
        raise Absent('systemd-analyze is not installed')
    unit = next(p for p in (BUILD / 'packaging' / 'sekishod.service', ) if p.exists())
    r = rig.run('systemd-analyze', 'security', '--offline=yes', '--no-pager', unit, status=None)
    figure = re.search(r'Overall exposure level for sekishod.service: ([0-9.]+)', r.stdout)
    assert figure, r.stdout + r.stderr
    print('        exposure %s' % figure.group(1))
    assert float(figure.group(1)) <= 1.5, '\n'.join(line for line in r.stdout.splitlines() if '\u2713' not in line)


main(globals())
