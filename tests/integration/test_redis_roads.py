"""Where the Redis is: Sentinel with a failover, a Cluster with a failover and a slot on its way, TLS; in the middle of a flow of alerts."""
import time
from redis_peers import STREAM, Flow, Server, TcpClient, entries_of, free_port
from rig import RedisError, main, wait_for


def tail(rig, flow):
    """lines that a person sees who has the configuration alone"""
    return len(rig.sekisho('tail', '--once', '--json', '--last', '100000', '--config', flow.config).stdout.splitlines())


# ---- Sentinel

class Watched:
    """a master, a replica, three Sentinels"""

    def __init__(self, rig, *options):
        self.servers = [Server(rig, *options)]
        self.servers.append(Server(rig, '--replicaof', '127.0.0.1', self.servers[0].port, *options))
        self.sentinels = [Server(rig, 'sentinel monitor plant 127.0.0.1 %d 2' % self.servers[0].port, 'sentinel down-after-milliseconds plant 500',
                                 'sentinel failover-timeout plant 3000', sentinel=True) for _ in range(3)]
        wait_for('the Sentinels to know each other', lambda: all(self.knows(s) for s in self.sentinels), 30)

    def knows(self, sentinel):
        flat = sentinel.client()('SENTINEL', 'MASTER', 'plant')
        of = dict(zip(flat[::2], flat[1::2]))
        return of['num-other-sentinels'] == '2' and of['num-slaves'] == '1' and of['flags'] == 'master'

    def config(self, first=0):
        addresses = ', '.join('"127.0.0.1:%d"' % s.port for s in self.sentinels[first:] + self.sentinels[:first])
        return 'redis:\n  sentinel: { master: plant, addresses: [%s] }\n' % addresses

    def master(self):
        for s in self.sentinels:
            try:
                return int(s.client()('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'plant')[1])
            except OSError:
                continue

    def entries(self):
        return entries_of(TcpClient(self.master()))


def test_sentinel_a_master_that_dies(rig):
    plant = Watched(rig)
    flow = Flow(rig, plant.config())
    flow.run(2)
    wait_for('the first entries', lambda: len(plant.entries()) > 50)
    plant.servers[0].kill()
    flow.run(3)
    wait_for('the failover', lambda: plant.master() == plant.servers[1].port, 20)
    flow.run(1)
    flow.check(plant.entries)
    assert tail(rig, flow) == len(plant.entries())
    assert any('back, 127.0.0.1:%d' % plant.servers[1].port in line for line in flow.told()), flow.told()


def test_sentinel_a_failover_by_hand_and_a_dead_sentinel(rig):
    """the old master lives on as a replica: READONLY; the first Sentinel of the list is dead"""
    plant = Watched(rig)
    plant.sentinels[0].kill()
    flow = Flow(rig, plant.config())
    flow.run(2)
    plant.sentinels[1].client()('SENTINEL', 'FAILOVER', 'plant')
    flow.run(3)
    wait_for('the failover', lambda: plant.master() == plant.servers[1].port, 20)
    flow.run(1)
    flow.check(plant.entries)


def test_sentinel_that_does_not_know_the_name(rig):
    plant = Watched(rig)
    flow = Flow(rig, plant.config().replace('master: plant', 'master: palnt'))
    flow.alerts(10)
    flow.wait_told('no master named palnt')
    time.sleep(2)
    assert len(flow.told()) == 1, flow.told()
    flow.pipe.close()
    assert flow.process.wait(30) == 0


# ---- Cluster

class Cluster:
    """three masters, each with a replica"""

    def __init__(self, rig, *options):
        ports = []
        while len(ports) < 6:
            port = free_port(55000)
            if port not in ports:
                ports.append(port)
        options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1500', '--cluster-replica-validity-factor', '0', *options]
        self.nodes = [Server(rig, *options, port=p) for p in ports]
        rig.run('redis-cli', '--cluster', 'create', *['127.0.0.1:%d' % p for p in ports], '--cluster-replicas', '1', '--cluster-yes', seconds=60)
        wait_for('the cluster', lambda: all('cluster_state:ok' in n.client()('CLUSTER', 'INFO') for n in self.nodes), 30)
        self.slot = self.nodes[0].client()('CLUSTER', 'KEYSLOT', STREAM)
        wait_for('the replicas', lambda: all(len(r) > 3 for r in self.ranges()), 30)

    def ranges(self):
        for node in self.nodes:
            try:
                return node.client()('CLUSTER', 'SLOTS')
            except (OSError, RedisError):
                continue

    def owner(self):
        """port of the master of our slot"""
        return next(r[2][1] for r in self.ranges() if r[0] <= self.slot <= r[1])

    def node(self, port):
        return next(n for n in self.nodes if n.port == port)

    def others(self):
        """masters without our slot"""
        return sorted({r[2][1] for r in self.ranges()} - {self.owner()})

    def ids(self):
        return {n.port: n.client()('CLUSTER', 'MYID') for n in self.nodes if n.process.poll() is None}

    def entries(self):
        return entries_of(TcpClient(self.owner()))

    def config(self, more=''):
        """the first node named is one that has not our slot"""
        one, two = self.others()[:2]
        return 'redis:\n  cluster: yes\n  url: redis://127.0.0.1:%d\n  nodes: ["127.0.0.1:%d"]\n%s' % (one, two, more)

    def migrate(self, to, pause=lambda: None):
        """our slot goes to another master, key by key (cluster-spec, "Live reconfiguration")"""
        source, target, ids = self.node(self.owner()).client(), self.node(to).client(), self.ids()
        target('CLUSTER', 'SETSLOT', self.slot, 'IMPORTING', ids[self.owner()])
        source('CLUSTER', 'SETSLOT', self.slot, 'MIGRATING', ids[to])
        pause()
        # the stream goes first, the others after a while
        source('MIGRATE', '127.0.0.1', to, STREAM, '0', '5000')
        pause()
        while True:
            keys = source('CLUSTER', 'GETKEYSINSLOT', self.slot, '100')
            if not keys:
                break
            source('MIGRATE', '127.0.0.1', to, '', '0', '5000', 'KEYS', *keys)
        pause()
        for ask in [target, source] + [self.node(p).client() for p in self.others() if p != to]:
            ask('CLUSTER', 'SETSLOT', self.slot, 'NODE', ids[to])


def test_cluster_a_slot_that_moves_and_a_master_that_dies(rig):
    plant = Cluster(rig)
    flow = Flow(rig, plant.config())
    flow.run(2)
    wait_for('the first entries', lambda: len(plant.entries()) > 50)
    plant.migrate(plant.others()[0], lambda: flow.run(1))
    flow.run(1)
    plant.node(plant.owner()).kill()
    flow.run(4)
    flow.check(plant.entries, 30)
    assert tail(rig, flow) == len(plant.entries())
    told = '\n'.join(flow.told())
    assert told.count('keys of this sensor are at') == 1 and told.count('refuses') <= 2, told


def test_cluster_commands_assets_and_list(rig):
    """all that is not an alert, on a node to which only MOVED led"""
    plant = Cluster(rig)
    flow = Flow(rig, plant.config('  list: yes\n  channel: yes\n'))
    flow.alerts(20)
    wait_for('the alerts', lambda: len(plant.entries()) >= 20)
    ask = TcpClient(plant.owner())
    alert = plant.entries()[0][1]['id']
    ask('XADD', 'sekisho:{factory-1}:commands', '*', 'command', 'ack', 'id', alert, 'by', 'me', 'reason', 'seen')
    wait_for('the answer', lambda: ask('XLEN', 'sekisho:{factory-1}:commands:results') == 1)
    known = {a['asset_id'] for a in rig.assets(flow.state)}
    assert len(known) >= 20, known
    wait_for('the assets', lambda: set(ask('SMEMBERS', 'sekisho:{factory-1}:assets')) == known)
    assert ask('LLEN', STREAM + ':list') >= 20 and 0 < ask('TTL', 'sekisho:{factory-1}:status') <= 60
    # with a list that has not come over yet, the batch has to wait: nothing may get lost by it
    plant.migrate(plant.others()[0], lambda: flow.run(1))
    flow.check(plant.entries, 30)


def test_cluster_whose_nodes_do_not_say_their_address(rig):
    plant = Cluster(rig, '--cluster-preferred-endpoint-type', 'unknown-endpoint')
    flow = Flow(rig, 'redis:\n  cluster: yes\n  url: redis://127.0.0.1:%d\n' % plant.others()[0])
    flow.alerts(20)
    flow.check(plant.entries)


if __name__ == '__main__':
    main(globals())
