"""What the packaged unit leaves the daemon is enough for names and captures; what it forbids is said with what to do, in both languages."""
import pathlib, re, signal, socket, sys
from rig import BUILD, TOP, RedisClient, main, scenes, wait_for
from test_live import Wire

HERE = pathlib.Path(__file__).resolve().parent
NAME, ADDRESS, PORT = 'siem.plant.example', '127.0.0.5', 5514
AS_THE_UNIT = [sys.executable, HERE / 'as_the_unit.py']


def name_servers():
    found = re.findall(r'^nameserver\s+([0-9a-fA-F.:]+)\s*$', pathlib.Path('/etc/resolv.conf').read_text(), re.M) if pathlib.Path('/etc/resolv.conf').exists() else []
    return found or ['127.0.0.1']


def loopback(wire, addresses=()):
    wire.ip('link', 'set', 'lo', 'up')
    for address in addresses:
        if not address.startswith('127.'):
            wire.ip('addr', 'add', address, 'dev', 'lo')


def start(rig, wire, config, *more, lang='en'):
    return wire.start('env', 'LC_ALL=C.UTF-8', *more, *AS_THE_UNIT, BUILD / 'sekishod', '--config', config, '--lang', lang)


def log(rig):
    return (rig.dir / 'nsenter.log').read_text()


def test_names_are_found_and_frames_captured(rig):
    """no NETLINK, as in the unit: libpcap and getaddrinfo() do without it"""
    wire = Wire(rig)
    loopback(wire, name_servers())
    wire.start(sys.executable, HERE / 'receivers.py', rig.dir, NAME, ADDRESS, PORT, *name_servers())
    wire.start('redis-server', '--bind', ADDRESS, '--port', 6390, '--unixsocket', rig.dir / 'redis.sock', '--save', '', '--dir', rig.dir)
    wait_for('the receivers', lambda: (rig.dir / 'ready').exists() and (rig.dir / 'redis.sock').exists())
    config = rig.config('state: %s\ncapture: { interfaces: [mirror0] }\nredis: { url: "redis://%s:6390" }\nsyslog:\n  - { transport: udp, address: "%s:%d" }\n  - { transport: tcp, address: "%s:%d" }\n'
                        % (rig.dir / 's', NAME, NAME, PORT, NAME, PORT))
    process = start(rig, wire, config)
    wait_for('sekishod', lambda: process.poll() is not None or 'watching mirror0' in log(rig))
    assert process.poll() is None, log(rig)
    wire.replay(scenes()[:3])
    wait_for('alerts in Redis', lambda: RedisClient(rig.dir / 'redis.sock')('XLEN', 'sekisho:{factory-1}:alerts') > 0)
    for kind in ('udp', 'tcp'):
        wait_for('alerts by ' + kind, lambda: (rig.dir / kind).exists() and b'SKS-' in (rig.dir / kind).read_bytes())
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0, log(rig)


BARRED = '127.0.0.9'   # as IPAddressDeny= does: datagrams are refused with EPERM, segments vanish


def barred(rig, *more, lang='en'):
    """what is logged where nothing leaves for the receivers, and nobody reaches the metrics"""
    wire = Wire(rig)
    loopback(wire)
    wire.run('nft', 'add table inet t; add chain inet t out { type filter hook output priority 0; }; add rule inet t out ip daddr %s drop; add rule inet t out tcp dport 9469 drop' % BARRED)
    config = rig.config('state: %s\ncapture: { interfaces: [mirror0] }\nmetrics: { listen: "127.0.0.1:9469" }\nredis: { url: "redis://%s:6390" }\n'
                        'syslog:\n  - { transport: udp, address: "%s:514" }\n  - { transport: tcp, address: "%s:601" }\n  - { transport: tcp, address: "nowhere.example:601" }\n'
                        % (rig.dir / 's', BARRED, BARRED, BARRED))
    process = start(rig, wire, config, *more, lang=lang)
    wait_for('sekishod', lambda: process.poll() is not None or (rig.dir / 's' / 'health.json').exists())
    wire.replay(scenes()[:3])
    hints = lambda: [line for line in log(rig).splitlines() if 'IPAddressAllow=' in line]
    told = 5 if more else 2   # without a service manager: what was refused, and the metrics that were tried out
    wait_for('%d hints' % told, lambda: len(hints()) >= told, 40)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0, log(rig)
    return hints()


def test_a_forbidden_receiver_is_told_with_what_to_do(rig):
    lines = barred(rig, 'INVOCATION_ID=0123456789abcdef')
    for one in ('127.0.0.9:6390', '127.0.0.9:514', '127.0.0.9:601', 'nowhere.example:601', '127.0.0.1:9469'):
        assert len([line for line in lines if one in line and 'systemctl edit sekishod' in line]) == 1, (one, lines)


def test_and_in_japanese(rig):
    lines = barred(rig, 'INVOCATION_ID=0123456789abcdef', lang='ja')
    assert all('systemctl edit sekishod で [Service] の下に' in line for line in lines), lines
    assert any('メトリクス' in line for line in lines), lines


def test_without_a_service_manager_silence_is_just_silence(rig):
    lines = barred(rig)
    assert len(lines) == 2 and all('514' in line or '9469' in line for line in lines), lines


if __name__ == '__main__':
    main(globals())
