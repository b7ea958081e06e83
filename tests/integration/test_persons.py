"""What people decide beside a running daemon: merge, split, undo, papers. It reaches the daemon's memory at once, and no later batch undoes it."""
import json, signal, sqlite3, time
from rig import BUILD, CAPTURES, main, scenes, wait_for
from test_live import daemon, with_wire

PLC, HMI, HISTORIAN, LAPTOP = '10.20.1.11', '10.20.3.10', '10.20.3.20', '04:d4:c4:66:6e:01'
PERSON = ['--reason', '現物を確認した', '--by', '山田']
SCENES = ['normal.pcap', 'unknown-laptop.pcap']


def play(rig, wire):
    """the plant goes on; back when the daemon has written what it saw"""
    began = time.time_ns()
    wire.replay([CAPTURES / name for name in SCENES])

    def written():
        with sqlite3.connect('file:%s/ledger.db?mode=ro' % (rig.dir / 's'), uri=True) as db:
            return db.execute('SELECT max(last_ns) > ? FROM link', (began,)).fetchone()[0]
    wait_for('a batch', written)
    time.sleep(2.5)   # and the one after it


def holders(rig):
    """address -> ids of the rows that hold it"""
    held = {}
    for a in rig.assets(rig.dir / 's'):
        for address in a['mac'] + a['ip']:
            held.setdefault(address, set()).add(a['asset_id'])
    return held


def row_of(rig, address):
    rows = holders(rig).get(address, set())
    assert len(rows) == 1, (address, rows)
    return rows.pop()


def ask(rig, *command):
    """the command, beside the daemon"""
    r = rig.sekisho('asset', *command, '--state', rig.dir / 's', *PERSON)
    return r.stdout


def links_of(rig, asset):
    out = rig.sekisho('links', '--json', '--state', rig.dir / 's').stdout
    return [k for k in map(json.loads, out.splitlines()) if asset in (k['src']['asset_id'], k['dest']['asset_id'])]


def own_memory(rig):
    """the daemon holds the ledger alone: a command that wrote to it behind its back would be refused"""
    r = rig.sekisho('replay', '--config', rig.dir / 'sekisho.yaml', '--state', rig.dir / 's', '--no-sinks', scenes()[0], status=3)
    assert 'another process' in r.stderr, r.stderr


@with_wire
def test_merge_split_and_undo_beside_the_daemon(rig, wire):
    state = rig.dir / 's'
    process = daemon(rig, wire, '')
    play(rig, wire)
    own_memory(rig)
    a, b = row_of(rig, HISTORIAN), row_of(rig, HMI)
    assert a != b

    # joined: the row is gone when the command is back, and stays gone while both go on sending
    ask(rig, 'merge', a, b)
    assert row_of(rig, HMI) == a and row_of(rig, HISTORIAN) == a
    play(rig, wire)
    assert row_of(rig, HMI) == a and row_of(rig, HISTORIAN) == a
    assert {HISTORIAN, HMI} <= {k[end]['ip'] for k in links_of(rig, a) for end in ('src', 'dest') if k[end]['asset_id'] == a}
    assert links_of(rig, b) == []
    shown = rig.sekisho('asset', 'show', a, '--state', state).stdout
    assert b in shown and '山田' in shown and '現物を確認した' in shown, shown

    # taken back: both rows, with their own conversations, and what joined them by rule does not join them again
    ask(rig, 'undo', a)
    assert row_of(rig, HMI) == b and row_of(rig, HISTORIAN) == a
    play(rig, wire)
    assert row_of(rig, HMI) == b and row_of(rig, HISTORIAN) == a
    assert links_of(rig, b) and HMI not in {k[end]['ip'] for k in links_of(rig, a) for end in ('src', 'dest') if k[end]['asset_id'] == a}

    # parted: the address goes with its conversations, though it stands beside the old MAC in every frame
    plc = row_of(rig, PLC)
    ask(rig, 'split', plc, PLC)
    new = row_of(rig, PLC)
    assert new != plc
    play(rig, wire)
    assert row_of(rig, PLC) == new and links_of(rig, new)
    ask(rig, 'undo', plc)
    assert row_of(rig, PLC) == plc
    play(rig, wire)
    assert row_of(rig, PLC) == plc

    # the next start knows it too
    ask(rig, 'merge', a, b)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process = daemon(rig, wire, '')
    play(rig, wire)
    assert row_of(rig, HMI) == a and row_of(rig, HISTORIAN) == a
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert row_of(rig, HMI) == a and row_of(rig, HISTORIAN) == a
    rig.sekisho('db', 'verify', '--state', state)
    rig.sekisho('audit', 'verify', '--state', state)


@with_wire
def test_a_decision_is_taken_up_sooner_than_a_batch_is_written(rig, wire):
    """a request waits for a look at the database, a quarter of a second; a batch comes every two seconds"""
    daemon(rig, wire, '')
    play(rig, wire)
    a, b = row_of(rig, HISTORIAN), row_of(rig, HMI)
    took = []
    for n in range(8):
        time.sleep(0.37)   # anywhere between two batches
        began = time.monotonic()
        ask(rig, *(['merge', a, b] if n % 2 == 0 else ['undo', a]))
        took.append(time.monotonic() - began)
    assert sorted(took)[len(took) // 2] < 1, took


@with_wire
def test_papers_reach_the_daemon_s_memory(rig, wire):
    """what a person writes beside the daemon stands in the next alert: the laptop that was taken up, the use of the controller that is stopped"""
    state = rig.dir / 's'
    daemon(rig, wire, '')
    play(rig, wire)
    laptop, plc = row_of(rig, LAPTOP), row_of(rig, PLC)

    def ends(rule):
        return [end for x in rig.alerts(state) if x['sekisho']['rule_id'] == rule for end in (x['sekisho']['src'], x['sekisho'].get('dest', {}))]
    assert [end['registered'] for end in ends('SKS-LA-01') if end.get('asset_id') == laptop] == [False]
    rig.sekisho('register', 'approve', laptop, '--name', '点検用PC', '--state', state, *PERSON)
    rig.sekisho('asset', 'set', plc, 'usage=storage', 'use_case=poc', '--state', state, *PERSON)
    assert [x['name'] for x in rig.assets(state) if x['asset_id'] == laptop] == ['点検用PC']
    assert not ends('SKS-MB-09')
    wire.replay([CAPTURES / 'plc-stop.pcap'])
    stopped = wait_for('the alert', lambda: [end for end in ends('SKS-MB-09') if end.get('asset_id') == plc])
    assert (stopped[0]['usage'], stopped[0]['use_case']) == ('storage', 'poc'), stopped


if __name__ == '__main__':
    main(globals())
