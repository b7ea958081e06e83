"""What Redis says no to, each provoked on a real redis-server in the middle of a flow of alerts: one line when it begins, one when it ends, and nothing is lost."""
import concurrent.futures, contextlib, json, shutil, time
from redis_peers import STREAM, Flow, Server, SubRig
from rig import RedisError, main, wait_for

USER = 'on >word ~sekisho:* &sekisho:* +@all'


class Case:
    """Redis with one trouble. `tells`: what begins each line of the log, in order."""
    options, text, user = (), '', None

    def __init__(self, rig):
        self.redis = Server(rig, *self.options)

    def set(self, *pairs):
        self.redis.client()('CONFIG', 'SET', *pairs)


class Oom(Case):
    tells = ['refuses (OOM']

    def provoke(self):
        self.set('maxmemory', '1')

    def heal(self):
        self.set('maxmemory', '0')


class ReadOnly(Case):
    tells = ['refuses (READONLY']

    def provoke(self):
        self.redis.client()('REPLICAOF', '127.0.0.1', '1')

    def heal(self):
        self.redis.client()('REPLICAOF', 'NO', 'ONE')


class MasterDown(ReadOnly):
    options = ('--replica-serve-stale-data', 'no')
    tells = ['refuses (READONLY', 'refuses (MASTERDOWN']  # writing is refused first, then, on the new connection, reading


class NoReplicas(Case):
    tells = ['refuses (NOREPLICAS']

    def provoke(self):
        self.set('min-replicas-to-write', '1')

    def heal(self):
        self.set('min-replicas-to-write', '0')


class Misconf(Case):
    """a snapshot that cannot be written: a folder has its name"""
    options = ('--save', '3600 100000')
    tells = ['refuses (MISCONF']

    def provoke(self):
        (self.redis.dir / 'dump.rdb').mkdir()
        self.redis.client()('BGSAVE')
        wait_for('the failure', lambda: 'rdb_last_bgsave_status:err' in self.redis.client()('INFO', 'persistence'))

    def heal(self):
        (self.redis.dir / 'dump.rdb').rmdir()
        self.redis.client()('BGSAVE')


class NoAuth(Case):
    tells = ['lost 127.0.0.1', 'refuses (NOAUTH']

    def provoke(self):
        self.keep = self.redis.client()
        self.keep('CONFIG', 'SET', 'requirepass', 'word')
        self.keep('CLIENT', 'KILL', 'TYPE', 'normal')

    def heal(self):
        self.keep('CONFIG', 'SET', 'requirepass', '')


class WrongPass(Case):
    text = '  password: word\n'
    options = ('--requirepass', 'word')
    tells = ['lost 127.0.0.1', 'refuses (WRONGPASS']

    def __init__(self, rig):
        super().__init__(rig)
        self.keep = self.redis.client()
        self.keep('AUTH', 'word')
        self.redis.client = lambda: self.keep

    def provoke(self):
        self.keep('CONFIG', 'SET', 'requirepass', 'other')
        self.keep('CLIENT', 'KILL', 'TYPE', 'normal')

    def heal(self):
        self.keep('CONFIG', 'SET', 'requirepass', '')
        self.keep('ACL', 'SETUSER', 'default', 'resetpass', '>word')


class NoPerm(Case):
    text = '  user: sensor\n  password: word\n'
    tells = ['refuses (NOPERM']

    def __init__(self, rig):
        super().__init__(rig)
        self.redis.client()('ACL', 'SETUSER', 'sensor', *USER.split())

    def provoke(self):
        self.redis.client()('ACL', 'SETUSER', 'sensor', '-xadd')

    def heal(self):
        self.redis.client()('ACL', 'SETUSER', 'sensor', '+xadd')


class WrongType(Case):
    tells = ['refuses (WRONGTYPE']

    def provoke(self):
        ask = self.redis.client()
        ask('MULTI')
        ask('RENAME', STREAM, 'aside')
        ask('SET', STREAM, 'in the way')
        ask('EXEC')

    def heal(self):
        self.redis.client()('RENAME', 'aside', STREAM)


class Busy(Case):
    """a script that does not end"""
    options = ('--lua-time-limit', '50')
    tells = ['refuses (BUSY']

    def provoke(self):
        ask = self.redis.client()
        ask.socket.sendall(b'*3\r\n$4\r\nEVAL\r\n$17\r\nwhile true do end\r\n$1\r\n0\r\n')
        self.script = ask

        def is_busy():
            with contextlib.suppress(RedisError):
                return not self.redis.client()('PING')
            return True
        wait_for('the script', is_busy)

    def heal(self):
        self.redis.client()('SCRIPT', 'KILL')


class Loading(Case):
    """a restart that takes a while"""
    options = ('--enable-debug-command', 'yes')
    tells = ['lost 127.0.0.1', 'refuses (LOADING']

    def provoke(self):
        ask = self.redis.client()
        ask('DEBUG', 'POPULATE', '20000')
        ask('BGREWRITEAOF')
        wait_for('the new file', lambda: 'aof_rewrite_in_progress:0' in ask('INFO', 'persistence') and 'aof_last_bgrewrite_status:ok' in ask('INFO', 'persistence'))
        self.redis.kill()
        self.redis.options += ['--key-load-delay', '250', '--loading-process-events-interval-bytes', '1024']
        self.redis.answers = lambda: True
        self.redis.start()

    def heal(self):
        """it does by itself"""


class Clients(Case):
    """no room for one more"""
    tells = ['lost 127.0.0.1', 'refuses (ERR max number of clients']

    def provoke(self):
        self.keep = self.redis.client()
        self.keep('CONFIG', 'SET', 'maxclients', '1')
        self.keep('CLIENT', 'KILL', 'TYPE', 'normal')

    def heal(self):
        self.keep('CONFIG', 'SET', 'maxclients', '100')


class Gone(Case):
    tells = ['lost 127.0.0.1']

    def provoke(self):
        self.redis.kill()

    def heal(self):
        self.redis.start()


class Frozen(Case):
    tells = ['lost 127.0.0.1']
    text = '  command_ms: 300\n'

    def provoke(self):
        self.redis.process.send_signal(19)

    def heal(self):
        self.redis.process.send_signal(18)


def go_through(rig, kind):
    sub = SubRig(rig, kind.__name__)
    try:
        case = kind(sub)
        flow = Flow(sub, 'redis:\n  url: %s\n%s' % (case.redis.url, case.text))
        flow.alerts(30)
        wait_for('the first alerts', lambda: len(case.redis.entries()) >= 30)
        case.provoke()
        flow.alerts(30)
        flow.wait_told(case.tells[-1])
        time.sleep(2.5)  # it is tried again, and nothing is said
        case.heal()
        flow.alerts(30)
        flow.check(case.redis.entries)
        told = flow.told()
        wanted = case.tells + ['back, ']
        assert len(told) == len(wanted) and all(w in t for w, t in zip(wanted, told)), '%s: %s' % (kind.__name__, '\n'.join(told))
    finally:
        sub.close()


def test_each_trouble_is_one_line_and_loses_nothing(rig):
    kinds = [WrongPass, NoPerm, WrongType, Loading, Oom, ReadOnly, MasterDown, NoReplicas, Misconf, NoAuth, Busy, Clients, Gone, Frozen]
    with concurrent.futures.ThreadPoolExecutor(7) as pool:
        for done in [pool.submit(go_through, rig, k) for k in kinds]:
            done.result()


def test_a_list_that_is_refused_does_not_stop_the_stream(rig):
    """by its type, when the transaction is carried out; by the user's rights, when it is put together"""
    redis = Server(rig)
    ask = redis.client()
    ask('ACL', 'SETUSER', 'sensor', *USER.split())
    ask('SET', STREAM + ':list', 'in the way')
    flow = Flow(rig, 'redis:\n  url: %s\n  user: sensor\n  password: word\n  list: yes\n  channel: yes\n' % redis.url)
    flow.alerts(30)
    wait_for('the alerts', lambda: len(redis.entries()) >= 30)
    ask('ACL', 'SETUSER', 'sensor', '-publish')
    for _ in range(5):
        flow.alerts(20)
        time.sleep(0.3)
    flow.check(redis.entries)
    told = flow.told()
    assert len(told) == 2 and 'the list' in told[0] and 'WRONGTYPE' in told[0] and 'the channel' in told[1] and 'NOPERM' in told[1], told
    assert 'another program uses this key' in told[0] and 'ACL line' in told[1], told


def notes_of(flow):
    return set(json.loads((flow.state / 'health.json').read_text())['sinks'][0].get('notes', []))


def test_what_is_refused_beside_the_stream_stands_in_health(rig):
    """for as long as it is so: whoever reads the list gets nothing"""
    redis = Server(rig)
    ask = redis.client()
    in_the_way = [STREAM + ':list', 'sekisho:{factory-1}:assets', 'sekisho:{factory-1}:commands']
    for key in in_the_way:
        ask('SET', key, 'in the way')
    flow = Flow(rig, 'redis:\n  url: %s\n  list: yes\n' % redis.url)
    flow.alerts(5)
    wait_for('the notes', lambda: (flow.state / 'health.json').exists() and {'list_refused', 'keys_refused', 'commands_refused'} <= notes_of(flow))
    assert 'who reads it gets no alerts' in rig.sekisho('health', '--state', flow.state, status=1).stdout
    assert 'リストの読み手に警報が届きません' in rig.sekisho('health', '--state', flow.state, '--lang', 'ja', status=1).stdout
    told = flow.told()
    assert len(told) == 3 and all('another program uses this key' in line for line in told), told
    for key in in_the_way:
        ask('DEL', key)

    def well():
        flow.alerts(1)
        return not notes_of(flow) & {'list_refused', 'keys_refused', 'commands_refused'}
    wait_for('the notes to go', well, 60)
    flow.check(redis.entries)


if __name__ == '__main__':
    main(globals())
