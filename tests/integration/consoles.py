"""Consoles for tests, and a plant to show in them."""
import http.client, json, signal, socket, struct
import frames
from redis_peers import free_port
from rig import BUILD, scenes, wait_for

EVIL = '<img src=x onerror=alert(1)>\u202egpj.exe'


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost', timeout=10)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


class Console:
    def __init__(self, rig, state, *options, listen=None):
        self.port = free_port()
        self.listen = listen or '127.0.0.1:%d' % self.port
        self.process = rig.start(BUILD / 'sekisho', 'console', '--state', state, '--listen', self.listen, *options)
        wait_for('the console', self.answers)

    @property
    def url(self):
        return 'http://%s/' % self.listen

    def connection(self):
        return Unix(self.listen[5:]) if self.listen.startswith('unix:') else http.client.HTTPConnection('127.0.0.1', self.port, timeout=20)

    def answers(self):
        assert self.process.poll() is None, 'the console has ended'
        try:
            return self.ask('/api/about').status == 200
        except OSError:
            return False

    def ask(self, path, method='GET', body=None, headers={}):
        c = self.connection()
        c.request(method, path, body, headers)
        r = c.getresponse()
        r.text = r.read().decode()
        c.close()
        return r

    def json(self, path):
        r = self.ask(path)
        assert r.status == 200, (path, r.status, r.text)
        return json.loads(r.text)

    def post(self, path, body, **headers):
        return self.ask(path, 'POST', json.dumps(body), {'Content-Type': 'application/json', **{k.replace('_', '-'): v for k, v in headers.items()}})

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0


def factory(rig, captures=None):
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config(), '--no-sinks', '--state', state, *(captures or scenes()))
    return state


def dhcp_request(mac, name):
    """a client that calls itself so"""
    options = b'\x63\x82\x53\x63' + b'\x35\x01\x03' + b'\x0c' + bytes([len(name)]) + name + b'\x32\x04\x0a\x14\x04\x63\xff'
    bootp = struct.pack('>BBBBIHH', 1, 1, 6, 0, 7, 0, 0) + bytes(16) + frames.mac(mac) + bytes(10 + 64 + 128) + options
    udp = struct.pack('>HHHH', 68, 67, 8 + len(bootp), 0) + bootp
    return frames.ipv4(frames.Host('0.0.0.0', mac), frames.Host('255.255.255.255', 'ff:ff:ff:ff:ff:ff'), 17, udp)


def evil_capture(rig):
    """a device whose name is markup, an escape of a terminal, and a turn of the writing"""
    return frames.write(rig.dir / 'evil.pcap', [(0, dhcp_request('04:d4:c4:66:6e:99', '</title><script>alert(2)</script>\x1b[31m\u202ex'.encode()))])
