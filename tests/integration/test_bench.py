"""The benches of delivery in a short form: seconds of outage of each kind instead of minutes, and no limit of time.

What they show at full length, and how, is in docs/delivery.md.
"""
import sys
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


if __name__ == '__main__':
    main(globals())
