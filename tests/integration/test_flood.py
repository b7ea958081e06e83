"""A flood of connections that nobody goes on with: no poll of the PLC is lost, memory stays below what is allowed, and it is told.

SEKISHO_FLOOD_FLOWS: how many connections, 60,000 unless it says otherwise (tests/bench/synflood.py: five millions).
"""
import json, os, subprocess, tempfile
from rig import BUILD, is_sanitized, main, triple

FLOWS = int(os.environ.get('SEKISHO_FLOOD_FLOWS', '60000'))
MIB = 224
CONFIG = 'sensor: { name: flood }\nmemory: %dMiB\n' % MIB
# what is far too small for the flood, and the least that the configuration allows
TIGHT = CONFIG + 'flows: { max: 1024, half_open: 1024 }\ngate: { facts: 1024 }\n'


def replay(rig, name, config, answered):
    """how many polls there were, the state directory, peak memory in MiB, CPU seconds"""
    path, state = rig.dir / (name + '.yaml'), rig.dir / name
    path.write_text(config)
    with tempfile.TemporaryFile() as polls:
        flood = subprocess.Popen([BUILD / 'tests/bench/synflood', str(FLOWS), str(answered)], stdout=subprocess.PIPE, stderr=polls)
        daemon = subprocess.Popen([BUILD / 'sekisho', 'replay', '--config', path, '--no-sinks', '--state', state, '-'],
                                  stdin=flood.stdout, stdout=subprocess.DEVNULL)
        flood.stdout.close()
        _, status, usage = os.wait4(daemon.pid, 0)
        daemon.returncode = os.waitstatus_to_exitcode(status)
        assert daemon.returncode == 0 and flood.wait() == 0
        polls.seek(0)
        return int(polls.read()), state, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def look(rig, name, config, answered):
    polls, state, peak, _ = replay(rig, name, config, answered)
    health = json.loads((state / 'health.json').read_text())
    stats = health['stats'][0]
    told = [a for a in rig.alerts(state) if triple(a)[0] == 'SKS-SH-03']
    links = [json.loads(line) for line in rig.sekisho('links', '--json', '--state', state).stdout.splitlines()]
    return polls, stats, told, links, peak


def nothing_lost(polls, stats, links):
    links = [l for l in links if l['protocol'] == 'modbus']
    assert stats['modbus']['requests'] == stats['modbus']['responses'] == polls, (polls, stats['modbus'])
    assert stats['tcp']['gaps'] == 0 and stats['flow']['dropped_for_memory'] == 0, stats
    assert stats['flow']['evicted_by_worth'] == {**stats['flow']['evicted_by_worth'], 'idle': 0, 'it': 0, 'ot': 0}, stats['flow']
    assert len(links) == 1 and links[0]['count'] == polls, (polls, links)


def tried_and_kept(stats, links):
    """What a full table pushed out never was a conversation; what was tried and had its time is one, as a scan's are."""
    most = FLOWS + 1 - stats['flow']['evicted_by_worth']['half_open']
    assert most - FLOWS // 500 <= len(links) <= most, (most, len(links))  # a few of the flood's addresses are the same


def test_no_poll_is_lost(rig):
    polls, stats, _, links, peak = look(rig, 'flood', CONFIG, 0)
    assert polls > FLOWS // 200
    nothing_lost(polls, stats, links)
    assert stats['flow']['created'] == FLOWS + 1, stats['flow']
    tried_and_kept(stats, links)
    assert is_sanitized() or peak <= MIB, '%.0f MiB' % peak


def test_a_full_table_is_told_and_takes_nobody_elses_place(rig):
    polls, stats, told, links, peak = look(rig, 'tight', TIGHT, 30)
    nothing_lost(polls, stats, links)
    assert stats['flow']['evicted_by_worth']['half_open'] > FLOWS - 2048, stats['flow']
    tried_and_kept(stats, links)
    subjects = {a['health']['subject'] for a in told}
    assert 'half-open connections' in subjects, (subjects, told)
    assert is_sanitized() or peak <= MIB, '%.0f MiB' % peak


if __name__ == '__main__':
    main(globals())
