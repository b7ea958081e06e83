"""TLS to Redis where hiredis has it, the complaint where it has not, and stunnel's way, as documented, in both cases."""
import contextlib, re, socket, subprocess, threading
from certificates import Certificates
from redis_peers import Flow, Server, TcpClient, free_port
from rig import TOP, main, scenes, wait_for

BUILT_IN = subprocess.run(['pkg-config', '--exists', 'hiredis_ssl']).returncode == 0
PAGES = [TOP / 'docs' / 'delivery-redis.md', TOP / 'docs' / 'delivery-redis.ja.md']


class TlsServer(Server):
    """on its TLS port alone"""

    def __init__(self, rig, certificates, name='IP:127.0.0.1,DNS:localhost', clients='no', **kwargs):
        self.context = certificates.context()
        cert, key = certificates.sign('redis', name)
        if clients == 'yes':
            certificates.sign('tester', 'DNS:tester')
            self.context.load_cert_chain(certificates.dir / 'tester.pem', certificates.dir / 'tester.key')
        self.context.check_hostname = '127.0.0.1' in name
        port = free_port()
        super().__init__(rig, '--port', '0', '--tls-port', port, '--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', certificates.dir / 'ca.pem',
                         '--tls-auth-clients', clients, port=port, **kwargs)

    def client(self):
        return TcpClient(self.port, context=self.context)


def try_it(rig, redis, text, state, status=0, drain='20', host='127.0.0.1'):
    config = rig.config('redis:\n  url: rediss://%s:%d\n%s' % (host, redis.port, text), name='%s.yaml' % state)
    return rig.sekisho('replay', '--drain', drain, '--config', config, '--state', rig.dir / state, *scenes(), status=status)


def built_in(test):
    return test if BUILT_IN else None


def test_without_tls_the_way_around_is_named(rig):
    """where hiredis has no TLS; and where it has, a file that is none"""
    config = rig.config('redis:\n  url: rediss://127.0.0.1:1\n  tls: { ca: nothing.pem }\n')
    r = rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', *scenes(), status=1)
    said = ('redis.tls.ca', 'nothing.pem') if BUILT_IN else ('has no TLS', 'stunnel', 'delivery-redis.md')
    assert all(s in r.stderr for s in said), r.stderr


def test_tail_says_nothing_in_plain_text(rig):
    """whoever listens there gets neither the password nor a question: at most the first message of a handshake (RFC 8446, 5.1: 22)"""
    heard = []
    with socket.create_server(('127.0.0.1', 0)) as listener:
        def listen():
            with listener.accept()[0] as near:
                near.settimeout(3)
                with contextlib.suppress(OSError):
                    heard.append(near.recv(4096))
        if BUILT_IN:
            threading.Thread(target=listen, daemon=True).start()
        r = rig.sekisho('tail', '--once', '--redis', 'rediss://:word@127.0.0.1:%d' % listener.getsockname()[1], status=3 if BUILT_IN else 1)
        if BUILT_IN:
            assert heard and heard[0][:1] == b'\x16' and b'word' not in heard[0], heard
        else:
            assert 'has no TLS' in r.stderr and 'delivery-redis.md' in r.stderr, r.stderr
            listener.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                raise AssertionError('connected: %s' % listener.accept()[0].recv(100))


@built_in
def test_certificates_are_checked(rig):
    made = Certificates(rig)
    redis = TlsServer(rig, made)
    tls = '  tls: { ca: ca.pem }\n'
    try_it(rig, redis, tls, 'by-address')
    n = len(redis.entries())
    assert n > 8
    tail = ['tail', '--once', '--json', '--last', '100', '--config', rig.dir / 'by-address.yaml']
    assert len(rig.sekisho(*tail).stdout.splitlines()) == n
    r = rig.sekisho('tail', '--once', '--redis', redis.url.replace('redis:', 'rediss:'), '--sensor', 'factory-1', status=3)
    assert 'certificate' in r.stderr, r.stderr
    for state, text, said in (('stranger', '', 'certificate'), ('other-name', '  tls: { ca: ca.pem, server_name: other.example }\n', 'mismatch')):
        r = try_it(rig, redis, text, state, status=3, drain='2')
        assert r.stderr.count('refuses (TLS') == 1 and said in r.stderr and len(redis.entries()) == n, r.stderr
    redis.client()('FLUSHALL')
    try_it(rig, redis, tls, 'by-name', host='localhost')
    redis.client()('FLUSHALL')
    try_it(rig, redis, '  tls: { verify: no }\n', 'any')
    assert len(redis.entries()) == n


@built_in
def test_a_certificate_for_another_name(rig):
    made = Certificates(rig)
    redis = TlsServer(rig, made, name='DNS:redis.example.jp')
    r = try_it(rig, redis, '  tls: { ca: ca.pem }\n', 'address', status=3, drain='2')
    assert 'mismatch' in r.stderr, r.stderr
    try_it(rig, redis, '  tls: { ca: ca.pem, server_name: redis.example.jp }\n', 'named')
    assert len(redis.entries()) > 8


@built_in
def test_a_redis_that_wants_to_know_who_we_are(rig):
    made = Certificates(rig)
    redis = TlsServer(rig, made, clients='yes')
    r = try_it(rig, redis, '  tls: { ca: ca.pem }\n', 'nobody', status=3, drain='2')
    assert 'redis:' in r.stderr and not redis.client()('EXISTS', 'sekisho:{factory-1}:alerts'), r.stderr
    made.sign('sensor', 'DNS:sensor')
    try_it(rig, redis, '  tls: { ca: ca.pem, cert: sensor.pem, key: sensor.key }\n', 'known')
    assert len(redis.entries()) > 8
    r = try_it(rig, redis, '  tls: { ca: ca.pem, cert: sensor.pem, key: ca.key }\n', 'wrong-key', status=1)
    assert 'redis.tls.key' in r.stderr, r.stderr


@built_in
def test_a_flow_over_tls_through_a_restart(rig):
    made = Certificates(rig)
    redis = TlsServer(rig, made)
    flow = Flow(rig, 'redis:\n  url: rediss://127.0.0.1:%d\n  tls: { ca: ca.pem }\n' % redis.port)
    flow.run(2)
    redis.kill()
    flow.run(1)
    redis.start()
    flow.run(1)
    flow.check(redis.entries)
    assert len(flow.told()) == 2, flow.told()


def test_the_documented_stunnel(rig):
    """each page's lines, with our own files and ports: alerts arrive, and nothing does where the name is another's"""
    made = Certificates(rig)
    redis = TlsServer(rig, made, name='IP:127.0.0.1,DNS:localhost')
    recipes = [re.search(r'^```\n(\[redis\]\n.*?)```', page.read_text(), re.M | re.S).group(1) for page in PAGES]
    assert recipes[0] == recipes[1], 'the pages differ'

    def tunnel(name, check):
        port, config = free_port(), rig.dir / ('%s.conf' % name)
        text = recipes[0].replace('127.0.0.1:6390', '127.0.0.1:%d' % port).replace('connect = redis.example.jp:6380', 'connect = 127.0.0.1:%d' % redis.port)
        config.write_text('foreground = yes\npid =\n' + text.replace('redis.example.jp', check).replace('/etc/sekisho/plant-ca.pem', str(rig.dir / 'ca.pem')))
        rig.start('stunnel', config)

        def listens():
            try:
                return TcpClient(port)
            except OSError:
                return None
        wait_for('stunnel', listens)
        return rig.config('redis:\n  url: redis://127.0.0.1:%d\n' % port, name='%s.yaml' % name)

    r = rig.sekisho('replay', '--drain', '2', '--config', tunnel('other', 'other.example'), '--state', rig.dir / 't', *scenes(), status=3)
    assert 'redis:' in r.stderr and not redis.client()('EXISTS', 'sekisho:{factory-1}:alerts'), r.stderr
    rig.sekisho('replay', '--config', tunnel('right', 'localhost'), '--state', rig.dir / 's', *scenes())
    assert len(redis.entries()) > 8


if __name__ == '__main__':
    main(globals())
