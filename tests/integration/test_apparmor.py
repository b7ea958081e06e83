"""The AppArmor profile allows every file and socket that the daemon asks for, and nothing of the kind that it must not have; where the kernel has
AppArmor, the daemon does its work under the profile in force."""
import os, pathlib, re, shutil, signal, socket, subprocess, sys
from certificates import Certificates
from profile import HOME, Profile, asked
from rig import BUILD, TOP, Redis, main, scenes, wait_for
from test_live import Wire
from test_unit import ADDRESS, HERE, NAME, PORT, loopback, name_servers

PROFILE = TOP / 'packaging' / 'apparmor' / 'usr.sbin.sekishod'
# strace is no part of the daemon, and these are where the test's own files stand for those of an installed one
CALLS = 'openat,unlink,unlinkat,rename,link,mkdir,rmdir,chmod,chown,truncate,mknod,flock,fcntl,mmap,socket,connect,bind,sendmsg,sendto'


def places(rig):
    """where it runs here -> where it would be installed"""
    return [(BUILD / 'sekishod', '/usr/sbin/sekishod'), (rig.dir / 'etc', '/etc/sekisho'), (rig.dir / 'state', '/var/lib/sekisho'), (rig.dir / 'log', '/var/log/sekisho'),
            (rig.dir / 'run', '/run/sekisho'), (rig.dir / 'redis.sock', '/run/redis/redis-server.sock'), (TOP / 'rules', '/usr/share/sekisho/rules'),
            (TOP / 'configs', '/usr/share/sekisho/configs'), (BUILD / 'mhd.so', '/usr/lib/x86_64-linux-gnu/sekisho/mhd.so')]


def installed(rig, path):
    for here, there in places(rig):
        for one in {str(here), os.path.realpath(here)}:
            if path == one or path.startswith(one + '/'):
                return there + path[len(one):]
    return path


def held_against(rig, profile, traces, at):
    files, sockets, seen = set(), set(), set()
    for trace in traces:
        f, s = asked(trace.read_text(errors='replace'), str(at))
        files |= f
        sockets |= s
    missing = []
    for path, perms in sorted(files):
        lacks = profile.lacks(installed(rig, path), perms)
        seen.add(installed(rig, path))
        if lacks:
            missing.append('%s %s' % (installed(rig, path), lacks))
    missing += ['network %s %s' % s for s in sorted(sockets) if not profile.lets_talk(*s)]
    assert not missing, 'the profile lacks:\n  ' + '\n  '.join(missing)
    return seen, sockets


def strace(rig, name):
    # the sanitizer's search for leaks traces, too, and only one can
    return ['env', 'ASAN_OPTIONS=%s:detect_leaks=0' % os.environ.get('ASAN_OPTIONS', ''), 'strace', '-f', '-qq', '-y', '-s', '4096', '-e', 'signal=none', '-e', 'trace=' + CALLS, '-o', rig.dir / name]


def plant(rig, redis, certificates):
    for folder in ('etc', 'state', 'log', 'run'):
        (rig.dir / folder).mkdir(exist_ok=True)
    text = '''state: {0}/state
capture: {{ interfaces: [mirror0], workers: 2 }}
redis: {{ url: "{1}" }}
syslog:
  - {{ transport: udp, address: "{2}:{3}" }}
  - {{ transport: tcp, address: "{2}:{3}" }}
  - {{ transport: tls, address: "{2}:{3}", tls: {{ ca: {4} }} }}
eve: {{ path: {0}/log/eve.json }}
evidence: {{ level: low }}
metrics: {{ listen: "unix:{0}/run/metrics.sock" }}
'''.format(rig.dir, redis.url, NAME, PORT, rig.dir / 'etc' / 'ca.pem')
    (certificates.dir / 'ca.pem').rename(rig.dir / 'etc' / 'ca.pem')
    config = rig.config(text)
    for file in (config, rig.dir / 'register.csv'):
        file.rename(rig.dir / 'etc' / file.name)
    return rig.dir / 'etc' / 'sekisho.yaml'


def a_day(rig, wire, config, *before):
    """started, fed, reloaded, rotated, asked for metrics, stopped"""
    loopback(wire, name_servers())
    wire.start(sys.executable, HERE / 'receivers.py', rig.dir, NAME, ADDRESS, PORT, *name_servers())
    wait_for('the receivers', (rig.dir / 'ready').exists)
    process = wire.start('env', 'LC_ALL=ja_JP.UTF-8', 'NOTIFY_SOCKET=/run/systemd/notify', 'WATCHDOG_USEC=60000000', *before, BUILD / 'sekishod', '--config', config, '--lang', 'en')
    said = lambda: (rig.dir / 'nsenter.log').read_text()
    wait_for('sekishod', lambda: process.poll() is not None or 'watching mirror0' in said(), 60)
    assert process.poll() is None, said()
    pid = int(subprocess.run(['pgrep', '-P', str(process.pid), 'sekishod'], stdout=subprocess.PIPE).stdout or process.pid)
    wire.replay(scenes()[:4])
    wait_for('evidence', lambda: list((rig.dir / 'state' / 'evidence').glob('*.pcapng')), 60)
    wait_for('alerts by udp', lambda: (rig.dir / 'udp').exists(), 60)
    os.kill(pid, signal.SIGHUP)
    wait_for('the reload', lambda: 'config: reloaded' in said(), 60)
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(str(rig.dir / 'run' / 'metrics.sock'))
        asking.sendall(b'GET /metrics HTTP/1.0\r\n\r\n')
        assert b'200 OK' in asking.recv(4096)
    os.kill(pid, signal.SIGTERM)
    assert process.wait(90) == 0, said()


def test_the_profile_allows_what_the_daemon_asks_for(rig):
    redis, wire = Redis(rig), Wire(rig)
    config = plant(rig, redis, Certificates(rig))
    a_day(rig, wire, config, *strace(rig, 'day.trace'))
    rig.run(*strace(rig, 'check.trace'), BUILD / 'sekishod', '--config', config, '--check')
    seen, sockets = held_against(rig, Profile(PROFILE), [rig.dir / 'day.trace', rig.dir / 'check.trace'], pathlib.Path.cwd())
    # the traces hold what matters
    for path in ('/etc/sekisho/sekisho.yaml', '/var/lib/sekisho/ledger.db', '/var/lib/sekisho/alerts.db', '/var/log/sekisho/eve.json', '/run/sekisho/metrics.sock',
                 '/run/redis/redis-server.sock', '/etc/resolv.conf', '/run/systemd/notify'):
        assert path in seen, (path, sorted(seen))
    assert any('/evidence/' in path for path in seen) and any(path.startswith('/tmp/sekisho-check-') for path in seen), sorted(seen)
    assert {('packet', 'raw'), ('unix', 'stream'), ('inet', 'stream'), ('inet', 'dgram')} <= sockets, sockets


def test_the_profile_allows_no_more_than_it_should(rig):
    """in force; no shell, no other program, none of the system's secrets or of what others write"""
    profile, text = Profile(PROFILE), PROFILE.read_text()
    assert 'complain' not in re.search(r'^profile .*\{$', text, re.M).group(0), 'it only complains'
    for path in ('/etc/shadow', '/root/.ssh/id_ed25519', '/home/tanaka/x', '/var/lib/other/x', '/proc/1/mem'):
        assert profile.lacks(path, 'rw') == 'rw' or (path.startswith('/proc') and 'w' in profile.lacks(path, 'rw')), path
    for path in ('/etc/sekisho/sekisho.yaml', '/usr/share/sekisho/rules/packs/modbus.yaml', '/usr/sbin/sekishod', '/etc/passwd'):
        assert profile.lacks(path, 'w') == 'w', path
    for path in ('/bin/sh', '/usr/bin/python3', '/var/lib/sekisho/x', '/tmp/sekisho-check-abcdef/x'):
        assert profile.lacks(path, 'x') == 'x' and not any(regex.fullmatch(path) and perms & set('xuUpPcCi') for regex, perms in profile.files), path
    assert not profile.lets_talk('inet', 'raw') and not profile.lets_talk('bluetooth', 'raw')
    if shutil.which('apparmor_parser'):
        rig.run('apparmor_parser', '--skip-kernel-load', '--skip-cache', '--base', HOME, PROFILE)


def test_under_the_profile_where_the_kernel_has_it(rig):
    if not pathlib.Path('/sys/kernel/security/apparmor/profiles').exists() or not shutil.which('aa-exec') or os.getuid() != 0:
        print('  skipped: this kernel has no AppArmor, or apparmor is not installed')
        return
    redis, wire = Redis(rig), Wire(rig)
    config = plant(rig, redis, Certificates(rig))
    text = PROFILE.read_text().replace('profile sekishod /usr/sbin/sekishod', 'profile sekishod-under-test')
    for here, there in sorted(places(rig), key=lambda p: -len(p[1])):
        text = text.replace(' %s' % there, ' %s' % os.path.realpath(here))
    loaded = rig.dir / 'profile'
    loaded.write_text(text)
    rig.run('apparmor_parser', '--replace', '--skip-cache', loaded)
    try:
        a_day(rig, wire, config, 'aa-exec', '--profile=sekishod-under-test', '--')
    finally:
        rig.run('apparmor_parser', '--remove', loaded)


main(globals())
