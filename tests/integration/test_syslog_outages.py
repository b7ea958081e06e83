"""A flow of alerts through outages of a syslog receiver, over TCP, TLS and RELP: each alert comes, at least once, in order. SEKISHO_LONG=1: minutes instead of seconds."""
import os, signal, time
from certificates import Certificates
from redis_peers import Proxy
from rig import main
from syslog_peers import Rsyslog, SyslogFlow

LONG = bool(os.environ.get('SEKISHO_LONG'))


def ways(rig):
    certificates = Certificates(rig)
    return [(Rsyslog(rig, 'tcp'), 'transport: tcp'), (Rsyslog(rig, 'tls', certificates), 'transport: tls, tls: { ca: ca.pem }'), (Rsyslog(rig, 'relp'), 'transport: relp')]


def flow_to(rig, roads):
    return SyslogFlow(rig, 'syslog:\n' + ''.join('  - { address: "%s", %s }\n' % road for road in roads))


def test_frozen_for_a_while(rig):
    peers = ways(rig)
    flow = flow_to(rig, [(p.address, text) for p, text in peers])
    flow.run(1)
    for p, _ in peers:
        p.process.send_signal(signal.SIGSTOP)
    flow.run(600 if LONG else 5)
    for p, _ in peers:
        p.process.send_signal(signal.SIGCONT)
    flow.run(1)
    again = flow.check(*(p for p, _ in peers))
    lost = [line for line in flow.told() if 'lost' in line]
    assert len(lost) == (len(peers) if LONG else 0), flow.told()
    assert not any(again.values()), again  # the connection was never broken


def test_stopped_and_started_again(rig):
    """killed in the middle, with a second's alerts that its kernel had acknowledged and it had not read: they are lost with it, and sent again; the next time too"""
    peers = ways(rig)
    flow = flow_to(rig, [(p.address, text) for p, text in peers])
    flow.run(1)
    for times in (1, 2):
        for p, _ in peers:
            p.process.send_signal(signal.SIGSTOP)
        flow.run(1)
        for p, _ in peers:
            p.kill()
        if times == 1:
            flow.run(600 if LONG else 4)
        for p, _ in peers:
            p.start()
        if times == 1:  # a connection that works, for longer than what comes again
            end = time.monotonic() + 60
            while sum('back' in line for line in flow.told()) < len(peers):
                assert time.monotonic() < end, flow.told()
                flow.run(1, rate=20)
            flow.run(5, rate=20)
    flow.run(1)
    flow.check(*(p for p, _ in peers))
    lost = [line for line in flow.told() if 'lost' in line]
    assert len(lost) == 2 * len(peers), flow.told()  # one line each


def test_connections_reset_at_random_bytes(rig):
    peers = ways(rig)
    roads = [Proxy(p.port) for p, _ in peers]
    for road in roads:
        road.cut_within = 3000, 60000
    flow = flow_to(rig, [('127.0.0.1:%d' % road.port, text) for road, (_, text) in zip(roads, peers)])
    cuts, end = (100 if LONG else 10), time.monotonic() + (600 if LONG else 60)
    while min(road.cuts for road in roads) < cuts and time.monotonic() < end:
        flow.run(0.5)
    assert min(road.cuts for road in roads) >= cuts, [road.cuts for road in roads]
    arrived = {p.kind: len(set(flow.told_of(p.lines()))) for p, _ in peers}
    assert min(arrived.values()) > 4 * cuts, (arrived, flow.sent)  # they come through such a road, too
    assert len(flow.told()) <= 3 * len(peers), flow.told()  # not a line for each
    for road in roads:
        road.cut_within = None
    flow.check(*(p for p, _ in peers), seconds=120)
    for road in roads:
        road.close()


def test_a_slow_link(rig):
    peers = ways(rig)
    roads = [Proxy(p.port) for p, _ in peers]
    for road in roads:
        road.slow = 700
    flow = flow_to(rig, [('127.0.0.1:%d' % road.port, text) for road, (_, text) in zip(roads, peers)])
    flow.run(600 if LONG else 4, rate=100 if LONG else 200)
    flow.check(*(p for p, _ in peers), seconds=300 if LONG else 90)
    for road in roads:
        road.close()


if __name__ == '__main__':
    main(globals())
