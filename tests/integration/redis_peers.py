"""Redis as plants have it: on TCP, with TLS, watched by Sentinel, as a Cluster; a flow of alerts into it, and a road in between that breaks."""
import os, random, select, socket, struct, subprocess, threading, time
from rig import BUILD, Rig, RedisClient, RedisError, PCAP_HEADER, listen_only_records, wait_for, writing_end

SENSOR = 'factory-1'
STREAM = 'sekisho:{factory-1}:alerts'


def free_port(most=65535):
    """a TCP port of 127.0.0.1 that nobody has (and, for a Cluster, whose bus port exists)"""
    while True:
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            if s.getsockname()[1] <= most:
                return s.getsockname()[1]


class TcpClient(RedisClient):
    def __init__(self, port, password=None, context=None):
        plain = socket.create_connection(('127.0.0.1', port), 10)
        self.socket = context.wrap_socket(plain, server_hostname='127.0.0.1') if context else plain
        self.file = self.socket.makefile('rb')
        if password:
            self('AUTH', password)


def entries_of(ask, stream=STREAM):
    """[(id, {field: value})]"""
    return [(i, dict(zip(f[::2], f[1::2]))) for i, f in ask('XRANGE', stream, '-', '+')]


class Server:
    """a redis-server on a TCP port of the loopback, in a directory of its own"""

    def __init__(self, rig, *options, port=None, name=None, sentinel=False):
        self.rig, self.port, self.options, self.sentinel = rig, port or free_port(), [str(o) for o in options], sentinel
        self.dir = rig.dir / (name or 'redis-%d' % self.port)
        self.dir.mkdir(exist_ok=True)
        self.process = None
        self.start()

    @property
    def url(self):
        return 'redis://127.0.0.1:%d' % self.port

    def start(self):
        common = ['--bind', '127.0.0.1', '--dir', self.dir, '--loglevel', 'warning']
        if self.sentinel:
            config = self.dir / 'sentinel.conf'
            config.write_text('port %d\n%s\n' % (self.port, '\n'.join(self.options)))
            self.process = self.rig.start('redis-server', config, '--sentinel', *common)
        else:
            self.process = self.rig.start('redis-server', '--port', self.port, '--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec',
                                          *common, *self.options)
        wait_for('redis-server on %d' % self.port, self.answers)

    def answers(self):
        try:
            return self.client()('PING') == 'PONG'
        except RedisError as e:
            return 'NOAUTH' in str(e)
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def client(self):
        return TcpClient(self.port)

    def entries(self):
        return entries_of(self.client())


class Flow:
    """sekishod on a FIFO: each alert that goes into it is another master's. @before: begins its command"""

    def __init__(self, rig, text, name='flow', before=(), about='redis: '):
        self.rig, self.sent, self.about = rig, 0, about
        self.state, self.fifo, self.log = rig.dir / ('%s-state' % name), rig.dir / ('%s.fifo' % name), rig.dir / 'sekishod.log'
        os.mkfifo(self.fifo)
        self.config = rig.config('state: %s\ncapture: { files: [%s] }\n%s' % (self.state, self.fifo, text), name='%s.yaml' % name)
        self.process = rig.start(*before, BUILD / 'sekishod', '--config', self.config)
        self.pipe = writing_end(self.fifo, self.process)
        self.pipe.write(PCAP_HEADER)
        self.at = 1775001600

    def alerts(self, n):
        """n more alerts, and frames of nothing later than a request waits for its answer: each frame lets the worker look at a few of all flows only, and a
        FIFO has no clock but its frames"""
        nothing, count = b'\x02' * 12 + struct.pack('>H', 0x88b5) + bytes(46), 4 * n + 8 + self.sent
        later = b''.join(struct.pack('<IIII', self.at + 20 + i * 100 // count, 0, len(nothing), len(nothing)) + nothing for i in range(count))
        self.pipe.write(listen_only_records(n, self.at, first=self.sent) + later)
        self.pipe.flush()
        self.sent += n
        self.at += 140

    def run(self, seconds, rate=100):
        """alerts at a steady rate"""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.alerts(rate // 10)
            time.sleep(0.1)

    def told(self):
        """the lines of the log about the receiver, without their time"""
        return [line[line.index(self.about):] for line in self.log.read_text(errors='replace').splitlines() if self.about in line]

    def wait_told(self, words, seconds=20):
        wait_for('"%s" in the log' % words, lambda: any(words in line for line in self.told()), seconds)

    def close(self):
        self.pipe.close()
        assert self.process.wait(60) == 0, self.process.returncode

    @staticmethod
    def new(entries):
        """how many of ours are told for the first time"""
        return sum(f['rule'] == 'SKS-MB-05' and f['change'] == 'new' for _, f in entries)

    def check(self, entries, seconds=40):
        """after a while every alert is there once, in order; then the daemon ends well"""
        def arrived():
            try:
                return self.new(entries()) >= self.sent
            except (OSError, RedisError):
                return False
        try:
            wait_for('all %d alerts' % self.sent, arrived, seconds)
        except AssertionError:
            stored = self.rig.alerts(self.state)
            raise AssertionError('%d of %d alerts arrived, %d are stored\n%s' % (len(entries()), self.sent, len(stored), '\n'.join(self.told())))
        self.close()
        got = entries()
        ids = [tuple(map(int, i.split('-'))) for i, _ in got]
        assert ids == sorted(set(ids)), 'ids do not rise'
        assert [int(f['seq']) for _, f in got] == list(range(1, len(got) + 1)), 'gaps or repetitions'
        told, stored = {f['id'] for _, f in got}, {a['sekisho']['alert_id'] for a in self.rig.alerts(self.state)}
        sent = self.new(got)  # a sensor may have more to say of what it sees
        assert told == stored and sent == self.sent, '%d told, %d stored, %d of %d sent' % (len(told), len(stored), sent, self.sent)


class Proxy:
    """a road to a port of the loopback: whole, cut after so many bytes of both directions, or slow, all connections sharing 500 times `slow` bytes a second"""

    def __init__(self, port):
        self.to, self.listener = port, socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.cut_within, self.slow, self.cuts, self.ended = None, None, 0, False
        self.dice, self.lane = random.Random(5), threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.ended:
            try:
                near = self.listener.accept()[0]
            except OSError:
                continue
            try:
                far = socket.create_connection(('127.0.0.1', self.to), 5)
            except OSError:
                near.close()
                continue
            threading.Thread(target=self.carry, args=(near, far), daemon=True).start()

    def carry(self, near, far):
        left = None
        try:
            while not self.ended:
                for s in select.select([near, far], [], [], 0.2)[0]:
                    data = s.recv(65536 if self.slow is None else self.slow)
                    if not self.cut_within:
                        left = None
                    elif left is None:
                        left = self.dice.randrange(*self.cut_within)
                    if not data:
                        return
                    if left is not None and len(data) >= left:
                        # a reset, not an end: what is on the way in either direction is lost
                        (far if s is near else near).sendall(data[:left])
                        self.cuts += 1
                        for end in (near, far):
                            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                        return
                    left = left - len(data) if left is not None else None
                    if self.slow is not None:
                        with self.lane:
                            time.sleep(0.002)
                    (far if s is near else near).sendall(data)
        except OSError:
            pass
        finally:
            near.close()
            far.close()

    def close(self):
        self.ended = True
        self.listener.close()


class SubRig(Rig):
    """a directory within another test's, so that several go on at once"""

    def __init__(self, rig, name):
        self.dir, self.processes = rig.dir / name, []
        self.dir.mkdir()
