"""What a thread of the daemon may not do, tried from within: open a file, write elsewhere, connect, look into another process, signal it, start a program."""
import json, os, pathlib, re, signal
from rig import BUILD, Redis, is_sanitized, main, scenes, wait_for
from test_live import daemon, frames, with_wire

# of what the probe tries, what each kind of thread is let do
MAY = {'capture': set(), 'worker': set(), 'analyst': {'open'}, 'sink': {'open', 'connect'}, 'main': {'open'}}
TRIED = {'open', 'write-elsewhere', 'connect', 'ptrace', 'kill', 'fork', 'exec'}


def probes(text):
    """kind of thread: the results of each of them"""
    out = {}
    for kind, what, result in re.findall(r'^probe: (\S+) (\S+) (\S+)$', text, re.M):
        out.setdefault(kind, {}).setdefault(what, set()).add(result)
    return out


def hold_against(found, kinds):
    for kind in kinds:
        assert kind in found, 'no %s thread has shut itself in: %s' % (kind, sorted(found))
        assert set(found[kind]) == TRIED, (kind, found[kind])
        for what, results in found[kind].items():
            allowed = what in MAY[kind]
            assert results == {'done'} if allowed else results <= {'EPERM', 'EACCES'}, '%s: %s: %s' % (kind, what, results)


def has_landlock():
    import ctypes
    return ctypes.CDLL(None, use_errno=True).syscall(444, None, 0, 1) >= 1


def test_each_thread_is_shut_in(rig):
    """captures from files, two workers each, alerts to Redis and to a file"""
    redis = Redis(rig)
    (rig.dir / 'eve').mkdir()
    config = rig.config('state: %s\ncapture: { files: [%s, %s], workers: 2 }\nredis: { url: "%s" }\neve: { path: %s }\n'
                        % (rig.dir / 's', scenes()[0], scenes()[1], redis.url, rig.dir / 'eve' / 'eve.json'))
    r = rig.run('env', 'SEKISHO_SANDBOX_PROBE=%s' % rig.dir, BUILD / 'sekishod', '--config', config)
    found = probes(r.stderr)
    hold_against(found, ['capture', 'worker', 'analyst', 'sink'] + ([] if is_sanitized() else ['main']))
    if has_landlock():
        assert not list(rig.dir.glob('probe-*')), 'a file was written outside of the folders of the daemon'
    assert (rig.dir / 'eve' / 'eve.json').stat().st_size > 0, 'the sink may not write its own file'
    assert rig.alerts(rig.dir / 's'), 'the analyst may not write its own files'


def test_a_command_is_not_shut_in(rig):
    """what a person starts works with what the person may do"""
    r = rig.run('env', 'SEKISHO_SANDBOX_PROBE=%s' % rig.dir, BUILD / 'sekisho', 'replay', '--no-sinks', '--state', rig.dir / 's', scenes()[0])
    assert 'probe:' not in r.stderr, r.stderr


@with_wire
def test_live_and_nothing_is_sent(rig, wire):
    """in every mode: one worker or two, with a filter, promiscuous, reloaded, sinks away; the interface sends nothing"""
    for workers, rest in ((1, ''), (2, ''), (1, ', filter: "tcp"')):
        process = daemon(rig, wire, 'redis: { url: "unix://%s/nobody.sock" }\n' % rig.dir, 'interfaces: [mirror0], workers: %d%s' % (workers, rest))
        wire.replay(scenes()[:2])
        wait_for('frames', lambda: frames(rig))
        process.send_signal(signal.SIGHUP)
        wait_for('the reload', lambda: (rig.dir / 'nsenter.log').read_text().count('config: reloaded') > 0)
        # seccomp's mode 2 is a filter; each thread but the sanitizers' own has it
        modes = {t.name: re.search(r'Seccomp:\t(\d)', (t / 'status').read_text()).group(1) for t in pathlib.Path('/proc/%d/task' % process.pid).iterdir()}
        assert is_sanitized() or set(modes.values()) == {'2'}, modes
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        log = (rig.dir / 'nsenter.log').read_text()
        assert 'not filtered' not in log, log
        said = json.loads(rig.sekisho('health', '--state', rig.dir / 's', '--json').stdout)['sandbox']
        assert said == {'seccomp': True, 'landlock': has_landlock()}, said
    assert wire.sent_by_mirror() == 0, 'the capture interface sent %d frames' % wire.sent_by_mirror()


main(globals())
