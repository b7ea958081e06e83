"""The benches of delivery in a short form: seconds of outage of each kind instead of minutes, and no limit of time.

What they show at full length, and how, is in docs/delivery.md.
"""
import json, sys
from rig import TOP, main

BENCH = TOP / 'tests' / 'bench'


def outage(kind):
    def test(rig):
        r = rig.run(sys.executable, BENCH / 'outage.py', kind, '--seconds', '10', '--background', '1000', seconds=200, status=None)
        assert r.returncode == 0 and '2000 of 2000 alerts' in r.stdout, r.stdout + r.stderr
    return test


test_redis_is_stopped, test_redis_is_frozen, test_connections_are_reset, test_the_link_is_slow = map(outage, ('stopped', 'frozen', 'reset', 'slow'))


def test_each_alert_is_timed_on_its_way(rig):
    r = rig.run(sys.executable, BENCH / 'latency.py', '--seconds', '4', '--background', '500', '--median', '60000', '--p99', '60000')
    assert '400 alerts' in r.stdout and ' 0 frames dropped' in r.stdout, r.stdout


def test_goals_of_speed_are_weighed(rig):
    """no measuring: made figures, of which one meets its goal, one misses it and one is of a run that failed"""
    def runs(cpu, rss=1024, status=0):
        return [dict(cpu=c, wall=c, rss=rss, status=status) for c in (9 * cpu, cpu, cpu / 9)]   # the median counts

    result = rig.dir / 'result.json'
    result.write_text(json.dumps(dict(results={'modbus-poll': dict(tools={
        'touch (libpcap)': runs(0.1), 'ndpiReader': runs(0.4, status=1), 'suricata alert+flow rules': runs(4), 'suricata log norules': [],
        'sekisho replay': runs(0.62, rss=41 * 1024), 'sekisho decode': runs(0.7)})})))
    pairs = rig.dir / 'pairs.json'
    pairs.write_text(json.dumps({'ot-mix-x1': dict(one=runs(1.7), core=runs(1.7), two=runs(1.0), none=runs(1.7))}))
    r = rig.run(sys.executable, BENCH / 'goals.py', '--result', result, '--pairs', pairs, '--json', rig.dir / 'goals.json')
    goals = {g['goal']: g for g in json.loads((rig.dir / 'goals.json').read_text())}
    assert [goals['modbus-poll: ' + name]['met'] for name in (
        'replay / suricata alert+flow rules, CPU', 'replay / ndpiReader, CPU', 'replay / touch (libpcap), CPU', 'peak memory',
        'suricata log norules / decode, CPU')] == [False, None, False, False, None], r.stdout
    assert abs(goals['modbus-poll: replay / touch (libpcap), CPU']['off'] - 1) < 0.01
    assert 'missed by 100 %' in r.stdout and '2 met, 3 missed, 2 unknown' in r.stdout, r.stdout
    rig.run(sys.executable, BENCH / 'goals.py', '--strict', '--result', result, status=1)


if __name__ == '__main__':
    main(globals())
