"""What --check, a start and a reload take: the same; and what a reload refuses changes nothing."""
import signal
from certificates import Certificates
from rig import BUILD, main, wait_for
from test_bad_input import one_error
from test_live import daemon, with_wire


def registered(rig):
    return rig.sekisho('register', 'export', rig.dir / 'out.csv', '--state', rig.dir / 's') and (rig.dir / 'out.csv').read_text()


def reload(rig, process, text):
    """with another configuration; what the log says of it"""
    said = lambda: [l for l in (rig.dir / 'nsenter.log').read_text().splitlines() if l.startswith(('config: not reloaded', 'config: reloaded'))]
    before = len(said())
    (rig.dir / 'sekisho.yaml').write_text(text)
    process.send_signal(signal.SIGHUP)
    wait_for('the reload', lambda: len(said()) > before)
    return said()[-1]


@with_wire
def test_a_register_that_is_refused_refuses_the_whole(rig, wire):
    """it names a zone that is no more: a start would refuse it as well"""
    process, config = daemon(rig, wire, ''), rig.dir / 'sekisho.yaml'
    good, before = config.read_text(), registered(rig)
    told = reload(rig, process, good.replace('cell-a', 'cell-q'))
    assert 'not reloaded' in told and 'register.csv' in told and 'cell-a' in told, told
    wait_for('the alert', lambda: any(a.get('health', {}).get('what') == 'reload' for a in rig.alerts(rig.dir / 's')))
    assert 'cell-a' in rig.run(BUILD / 'sekishod', '--config', config, '--check', status=1).stderr
    assert registered(rig) == before
    assert 'config: reloaded' in reload(rig, process, good)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


@with_wire
def test_what_a_start_refuses_a_reload_refuses(rig, wire):
    process = daemon(rig, wire, '')
    good = (rig.dir / 'sekisho.yaml').read_text()
    assert 'capture: { interfaces: [mirror0]' in good, good
    for text, part in (('', 'is empty'), ('\ufeff', 'is empty'), ('# all is commented out\n', 'is empty'),
                       (good[:good.index('capture:')], 'nothing to capture'),
                       (good.replace('[mirror0]', '[mirror0], filter: "tcp prt 502"'), 'tcp prt 502'),
                       (good.replace('[mirror0]', '[mirror0, mirror0]'), 'mirror0'),
                       (good.replace('[mirror0]', '[mirror0], files: [nowhere.pcap]'), 'nowhere.pcap'),
                       (good + 'eve: { path: nowhere/eve.json }\n', 'nowhere')):
        told = reload(rig, process, text)
        assert 'not reloaded' in told and part in told, (part, told)
    # keys and certificates are read within the sandbox; names cannot be looked up there
    certificates = Certificates(rig)
    certificates.sign('sensor', 'DNS:factory-1')[1].chmod(0o600)
    tls = 'tls: { ca: ca.pem, cert: sensor.pem, key: sensor.key }'
    receivers = 'syslog: [{ transport: tls, address: "127.0.0.1:1", %s }]\n' % tls
    assert 'config: reloaded' in reload(rig, process, good + receivers)
    assert 'config: reloaded' in reload(rig, process, good.replace('[mirror0]', '[mirror0], filter: "tcp port 502 or host nobody.invalid"'))
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_check_refuses_what_a_start_refuses(rig):
    for text, *parts in (('capture: { interfaces: [lo], filter: "tcp prt 502" }\n', 'tcp prt 502'),
                         ('capture: { interfaces: [{ name: lo, filter: "tcp prt 502" }] }\n', 'tcp prt 502'),
                         ('capture: { interfaces: [lo, { name: lo, filter: arp }] }\n', ':2:37:', '"lo"'),
                         ('capture: { interfaces: [lo] }\nstate: ""\n', ':3:8:', 'folder'),
                         ('capture: { files: [nowhere.pcap] }\n', 'nowhere.pcap')):
        config = rig.config(text, base=None)
        for how in ([], ['--check']):
            one_error(rig, rig.run(BUILD / 'sekishod', '--config', config, *how, status=None, seconds=20), *parts)
    for text in ('', '\ufeff', '# nothing\n'):
        config = rig.config(text, base=None)
        config.write_text(text)
        for how in ([], ['--check']):
            one_error(rig, rig.run(BUILD / 'sekishod', '--config', config, *how, status=1), str(config), 'is empty')
    # a filter of what only some interfaces deliver; what is for captures from files only
    for text in ('capture: { interfaces: [any], filter: "inbound and (vlan or tcp port 502)" }\n', 'capture: { interfaces: [lo, any], filter: "ether host 00:80:f4:10:01:11" }\n'):
        rig.run(BUILD / 'sekishod', '--config', rig.config(text, base=None), '--check')
    for lang, words in (('en', 'would not start'), ('ja', '起動しません')):
        r = rig.run(BUILD / 'sekishod', '--config', rig.config(), '--check', '--lang', lang)
        assert words in r.stderr, r.stderr


if __name__ == '__main__':
    main(globals())
