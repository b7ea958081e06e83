"""syslog: a real rsyslogd takes what we send, over UDP and TCP, as CEF and as JSON."""
import json, re, socket
from rig import Rig, main, scenes, wait_for


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Rsyslog:
    def __init__(self, rig):
        self.udp, self.tcp = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
        self.lines = {p: rig.dir / ('%s.txt' % p) for p in ('udp', 'tcp')}
        conf = rig.dir / 'rsyslog.conf'
        conf.write_text('''
global(workDirectory="%(dir)s" maxMessageSize="64k")
module(load="imudp") module(load="imtcp")
template(name="whole" type="list") { property(name="msg") constant(value=" ~ ") property(name="structured-data") constant(value=" ~ ") property(name="msgid") constant(value=" ~ ") property(name="app-name") constant(value=" ~ ") property(name="hostname") constant(value="\\n") }
ruleset(name="udp") { action(type="omfile" file="%(dir)s/udp.txt" template="whole") }
ruleset(name="tcp") { action(type="omfile" file="%(dir)s/tcp.txt" template="whole") }
input(type="imudp" address="127.0.0.1" port="%(udp)d" ruleset="udp")
input(type="imtcp" address="127.0.0.1" port="%(tcp)d" ruleset="tcp")
''' % {'dir': rig.dir, 'udp': self.udp, 'tcp': self.tcp})
        rig.start('/usr/sbin/rsyslogd', '-n', '-f', conf, '-i', rig.dir / 'rsyslog.pid')

        def listens():
            try:
                socket.create_connection(('127.0.0.1', self.tcp), 1).close()
                return True
            except OSError:
                return False
        wait_for('rsyslogd', listens)

    def read(self, transport, n):
        path = self.lines[transport]
        return wait_for('%d lines over %s' % (n, transport),
                        lambda: path.exists() and path.read_text().count('\n') >= n and path.read_text().splitlines())


CEF = re.compile(r'CEF:0\|[^|]*\|sekisho\|[^|]*\|(SKS-[A-Z]+-\d+)\|((?:[^|\\]|\\.)*)\|(\d+)\|(.*)')


def test_cef_over_udp_and_json_over_tcp(rig):
    server = Rsyslog(rig)
    config = rig.config('syslog:\n  - { transport: udp, address: "127.0.0.1:%d" }\n  - { transport: tcp, address: "127.0.0.1:%d", payload: eve, max_bytes: 60000 }\n'
                        % (server.udp, server.tcp))
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', *scenes())
    alerts = rig.alerts(rig.dir / 's')
    rules = sorted({a['sekisho']['rule_id'] for a in alerts})
    cef = server.read('udp', len(alerts))
    found = [CEF.search(line) for line in cef]
    assert all(found), [line for line, m in zip(cef, found) if not m][:2]
    assert sorted({m.group(1) for m in found}) == rules
    assert all(' ~ sekisho ~ factory-1' in line for line in cef), cef[0]
    assert all(0 <= int(m.group(3)) <= 10 for m in found)
    over_tcp = server.read('tcp', len(alerts))
    objects = [json.loads(line.split(' ~ ')[0].strip().lstrip('\ufeff')) for line in over_tcp]
    assert sorted({o['sekisho']['rule_id'] for o in objects}) == rules
    assert all(' ~ [sekisho@32473 ' in line for line in over_tcp), over_tcp[0]


def test_a_receiver_that_comes_late_gets_everything(rig):
    port = free_port(socket.SOCK_STREAM)
    config = rig.config('syslog:\n  - { transport: tcp, address: "127.0.0.1:%d" }\n' % port)
    state = rig.dir / 's'
    r = rig.sekisho('replay', '--drain', '1', '--config', config, '--state', state, *scenes(), status=3)
    assert 'waiting' in r.stderr, r.stderr
    server = Rsyslog(rig)
    config = rig.config('syslog:\n  - { transport: tcp, address: "127.0.0.1:%d" }\n' % port)
    config.write_text(config.read_text().replace(':%d' % port, ':%d' % server.tcp))
    rig.sekisho('replay', '--config', config, '--state', state, scenes()[0])
    alerts = rig.alerts(state)
    assert len(server.read('tcp', len(alerts))) >= len(alerts)


if __name__ == '__main__':
    main(globals())
