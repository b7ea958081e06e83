"""syslog-ng, which cannot be installed beside rsyslog: its packages are unpacked by tests/run.sh below build/peers."""
import os, pathlib, shutil, socket
from rig import TOP, wait_for

UNPACKED = TOP / 'build' / 'peers' / 'syslog-ng'


def program():
    """(command, environment), or None where it cannot be had"""
    if shutil.which('syslog-ng'):
        return ['syslog-ng'], {}
    binary = UNPACKED / 'usr' / 'sbin' / 'syslog-ng'
    if not binary.exists():
        return None
    modules = next(p for p in sorted((UNPACKED / 'usr' / 'lib' / 'syslog-ng').iterdir()) if p.is_dir())
    libraries = sorted({str(p.parent) for p in (UNPACKED / 'usr' / 'lib').rglob('*.so*')} | {str(p.parent) for p in (UNPACKED / 'lib').rglob('*.so*')})
    return [str(binary), '--module-path=%s' % modules], {'LD_LIBRARY_PATH': ':'.join(libraries)}


def start(rig, conf, port):
    command, env = program()
    process = rig.start(*command, '--foreground', '--no-caps', '--cfgfile=%s' % conf, '--persist-file=%s' % (rig.dir / 'ng.persist'), '--pidfile=%s' % (rig.dir / 'ng.pid'),
                        '--control=%s' % (rig.dir / 'ng.ctl'), env=dict(os.environ, **env))

    def listens():
        assert process.poll() is None, 'syslog-ng has ended'
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return True
        except OSError:
            return False
    wait_for('syslog-ng', listens)
    return process
