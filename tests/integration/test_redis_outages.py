"""A flow of alerts through outages of Redis of each kind: in the end each alert is in the stream once, in order. SEKISHO_LONG=1: ten kills, and minutes instead of seconds."""
import os, signal, time
from redis_peers import Flow, Proxy, Server
from rig import main, wait_for

LONG = bool(os.environ.get('SEKISHO_LONG'))


def test_frozen_for_a_while(rig):
    redis = Server(rig)
    flow = Flow(rig, 'redis:\n  url: %s\n  command_ms: 500\n  connect_ms: 500\n' % redis.url)
    flow.run(1)
    redis.process.send_signal(signal.SIGSTOP)
    flow.run(60 if LONG else 4)
    redis.process.send_signal(signal.SIGCONT)
    flow.run(1)
    flow.check(redis.entries)
    assert len(flow.told()) == 2, flow.told()


def test_connections_reset_at_random_bytes(rig):
    redis = Server(rig)
    road = Proxy(redis.port)
    road.cut_within = 200, 60000
    flow = Flow(rig, 'redis:\n  url: redis://127.0.0.1:%d\n' % road.port)
    end = time.monotonic() + (300 if LONG else 30)
    while road.cuts < (100 if LONG else 8) and time.monotonic() < end:
        flow.run(0.5)
    assert road.cuts >= (100 if LONG else 8), road.cuts
    road.cut_within = None
    flow.check(redis.entries)
    lost = [line for line in flow.told() if 'lost' in line]
    assert len(lost) == 4 and 'again and again' in lost[3], flow.told()  # and no more, however often
    road.close()


def test_a_slow_link(rig):
    """some bytes at a time: answers come in pieces, and the flow is faster than the road for a while"""
    redis = Server(rig)
    road = Proxy(redis.port)
    road.slow = 700
    flow = Flow(rig, 'redis:\n  url: redis://127.0.0.1:%d\n' % road.port)
    flow.run(60 if LONG else 4, rate=200)
    before = len(redis.entries())
    assert 0 < before, 'nothing comes through'
    flow.check(redis.entries, 120 if LONG else 45)
    road.close()


def test_kill_9_under_load_with_fsync_each_second(rig):
    """what Redis had acknowledged and then lost is sent again"""
    redis = Server(rig)
    flow = Flow(rig, 'redis:\n  url: %s\n' % redis.url)
    for kill in range(10 if LONG else 2):
        flow.run(1 + kill % 3 * 0.4, rate=300)
        redis.kill()
        # what was not on the disk yet is gone with the machine: the end of the file is cut, as a power cut does
        log = max((redis.dir / 'appendonlydir').glob('*.incr.aof'))
        os.truncate(log, max(0, log.stat().st_size - 5000 * kill))
        flow.run(0.3)
        redis.start()
        wait_for('the next entries', lambda: len(redis.entries()) > 0)
    flow.check(redis.entries)


if __name__ == '__main__':
    main(globals())
