"""Real syslog receivers for the tests, each with a file of what it took: rsyslogd and, where it can be had, syslog-ng."""
import json, pathlib, re, socket
from redis_peers import Flow, free_port
from rig import wait_for, whole_lines

RSYSLOG = '''
global(workDirectory="%(dir)s" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off"%(global)s)
template(name="whole" type="string" string="%%rawmsg%%\\n")
template(name="parsed" type="list" option.jsonf="on") { property(outname="facility" name="syslogfacility-text" format="jsonf") property(outname="severity" name="syslogseverity-text" format="jsonf") property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf") property(outname="host" name="hostname" format="jsonf") property(outname="app" name="app-name" format="jsonf") property(outname="pid" name="procid" format="jsonf") property(outname="msgid" name="msgid" format="jsonf") property(outname="sd" name="structured-data" format="jsonf") property(outname="msg" name="msg" format="jsonf") }
ruleset(name="alerts") { action(type="omfile" file="%(dir)s/whole.txt" template="whole") action(type="omfile" file="%(dir)s/parsed.txt" template="parsed") }
%(input)s
'''


def start_rsyslog(rig, conf, port):
    process = rig.start('/usr/sbin/rsyslogd', '-n', '-f', conf, '-i', pathlib.Path(conf).with_suffix('.pid'))

    def listens():
        assert process.poll() is None, 'rsyslogd has ended'
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return True
        except OSError:
            return False
    wait_for('rsyslogd', listens)
    return process


class Rsyslog:
    """rsyslogd with one input. @kind: udp, tcp, tls, relp, relp-tls, unix"""

    def __init__(self, rig, kind, certificates=None, client='anon'):
        self.rig, self.kind = rig, kind
        self.dir = rig.dir / ('rsyslog-%s' % kind)
        self.dir.mkdir()
        self.port = free_port()
        files = ''
        if kind.endswith('tls'):
            cert, key = certificates.sign('loghost', 'IP:127.0.0.1,DNS:localhost')
            ca = certificates.dir / 'ca.pem'
            files = ' defaultNetstreamDriverCAFile="%s" defaultNetstreamDriverCertFile="%s" defaultNetstreamDriverKeyFile="%s"' % (ca, cert, key)
        self.path = self.dir / 'log.sock'
        inputs = {
            'udp': 'module(load="imudp") input(type="imudp" address="127.0.0.1" port="%d" ruleset="alerts")' % self.port,
            'tcp': 'module(load="imtcp") input(type="imtcp" address="127.0.0.1" port="%d" ruleset="alerts")' % self.port,
            'tls': 'module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="%s") input(type="imtcp" address="127.0.0.1" port="%d" ruleset="alerts")'
                   % (client, self.port),
            'relp': 'module(load="imrelp") input(type="imrelp" address="127.0.0.1" port="%d" ruleset="alerts" maxDataSize="64k")' % self.port,
            'unix': 'module(load="imuxsock" sysSock.use="off") input(type="imuxsock" socket="%s" ruleset="alerts" rateLimit.interval="0")' % self.path,
        }
        if kind == 'relp-tls':
            inputs[kind] = ('module(load="imrelp" tls.tlslib="openssl") input(type="imrelp" address="127.0.0.1" port="%d" ruleset="alerts" maxDataSize="64k" tls="on" tls.cacert="%s" '
                            'tls.mycert="%s" tls.myprivkey="%s" tls.authmode="certvalid")' % (self.port, ca, cert, key))
        self.conf = self.dir / 'rsyslog.conf'
        self.conf.write_text(RSYSLOG % {'dir': self.dir, 'global': files, 'input': inputs[kind]})
        self.start()

    @property
    def address(self):
        return str(self.path) if self.kind == 'unix' else '127.0.0.1:%d' % self.port

    def start(self):
        if self.kind in ('udp', 'unix'):
            self.process = self.rig.start('/usr/sbin/rsyslogd', '-n', '-f', self.conf, '-i', self.dir / 'rsyslog.pid')
            wait_for('rsyslogd', self.takes_datagrams)
        else:
            self.process = start_rsyslog(self.rig, self.conf, self.port)

    def takes_datagrams(self):
        assert self.process.poll() is None, 'rsyslogd has ended'
        if self.kind == 'unix':
            return self.path.exists()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            try:
                s.bind(('127.0.0.1', self.port))
                return False
            except OSError:
                return True

    def stop(self):
        """as an administrator does it"""
        self.process.terminate()
        self.process.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def lines(self):
        path = self.dir / 'whole.txt'
        return [line for line in whole_lines(path) if line] if path.exists() else []

    def parsed(self):
        """what rsyslogd understood: facility, severity, time, host, app, pid, msgid, sd, msg"""
        return [json.loads(line) for line in whole_lines(self.dir / 'parsed.txt')]

    def wait_lines(self, n, seconds=20):
        lines = wait_for('%d lines over %s' % (n, self.kind), lambda: len(self.lines()) >= n and self.lines(), seconds)
        wait_for('as many taken apart', lambda: len(self.parsed()) >= len(lines), seconds)
        return lines


NEW = re.compile(r' id="([^"]*)" rule="SKS-MB-05" .* seq="(\d+)" count="1" state="open"\]')


class SyslogFlow(Flow):
    """alerts for a receiver: in the end each has come, at least once, and where one came twice it says so by its id"""

    def __init__(self, rig, text, **kwargs):
        super().__init__(rig, text, about='syslog: ', **kwargs)

    @staticmethod
    def told_of(lines):
        """[(seq, id)] of our alerts, as they came"""
        return [(int(m.group(2)), m.group(1)) for m in map(NEW.search, lines) if m]

    def check(self, *peers, seconds=40):
        """ends the flow; @return how many came again, for each peer"""
        for peer in peers:
            def arrived():
                return len(set(self.told_of(peer.lines()))) >= self.sent
            try:
                wait_for('all alerts', arrived, seconds)
            except AssertionError:
                raise AssertionError('%s: %d of %d alerts arrived\n%s' % (peer.kind, len(set(self.told_of(peer.lines()))), self.sent, '\n'.join(self.told())))
        self.close()
        again = {}
        for peer in peers:
            got = self.told_of(peer.lines())
            first = list(dict.fromkeys(got))  # in the order of their first coming
            assert len(first) == self.sent and len({i for _, i in got}) == self.sent, '%s: %d of %d alerts' % (peer.kind, len(first), self.sent)
            assert first == sorted(first), '%s: not in order' % peer.kind
            again[peer.kind] = len(got) - self.sent
        print('        %d alerts to each; came again: %s' % (self.sent, again), flush=True)
        return again
