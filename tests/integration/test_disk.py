"""Each kind of data keeps to its share of the disk: what is oldest goes, what must stay stays, and it is said."""
import contextlib, json, os, subprocess
import sums
from rig import BUILD, PCAP_HEADER, Absent, force_listen_only, listen_only_records, main, own_mounts, scenes, wait_for, writing_end


def replay(rig, state, text, path):
    rig.sekisho('replay', '--config', rig.config('rules: { disable: [SKS-MB-15] }\n' + text, base=None), '--state', state, '--no-sinks', path)
    return json.loads((state / 'health.json').read_text())


def test_the_list_of_alerts(rig):
    """1,500 alerts where 1,000 have room: the newest are there, and their outbox, and who asks is told in both languages"""
    state = rig.dir / 's'
    health = replay(rig, state, 'alerts: { rows: 1000 }', force_listen_only(rig.dir / 'in.pcap', 1500, step=0.01))
    raised = health['alerts']
    assert raised >= 1500, raised
    rows = rig.alerts(state)
    first = {a['src_ip'] for a in rows if a['sekisho']['rule_id'] == 'SKS-MB-05'}
    assert len(rows) + health['alerts_removed'] == raised and 1000 <= len(rows) <= 1010, (len(rows), health['alerts_removed'], raised)
    assert '10.1.5.219' in first and '10.1.0.0' not in first, (len(first), sorted(first)[:3])
    assert health['outbox_rows'] == health['alerts_told'], 'the outbox keeps to limits of its own'
    sums.hold(health, fresh=True)
    told = [a for a in rows if a['sekisho']['rule_id'] == 'SKS-SH-03']
    assert len(told) == 1 and 'alerts.db' in told[0]['sekisho']['title_en'] and 'ディスク' in told[0]['sekisho']['title_ja'], told
    for lang, words in (('en', 'alerts left the full list'), ('ja', '警報の一覧が上限に達し')):
        said = rig.sekisho('--lang', lang, 'health', '--state', state, status=None).stdout
        assert words in said and str(health['alerts_removed']) in said.replace(',', ''), said


def test_devices_of_the_ledger(rig):
    """1,500 addresses where 1,000 have room: who came later is not taken in, and that is a fault that an alert tells"""
    state = rig.dir / 's'
    health = replay(rig, state, 'ledger: { devices: 1000 }', force_listen_only(rig.dir / 'in.pcap', 1500, step=0.01))
    rows = rig.assets(state)
    assert len(rows) == 1000 and health['sightings_refused'] > 0, (len(rows), health['sightings_refused'])
    told = [a for a in rig.alerts(state) if a['sekisho']['rule_id'] == 'SKS-SH-03']
    assert len(told) == 1 and 'ledger.devices' in told[0]['sekisho']['title_en'], told
    for lang, words in (('en', 'as many devices as it may keep'), ('ja', '台帳の機器が上限に達し')):
        said = rig.sekisho('--lang', lang, 'health', '--state', state, status=None).stdout
        assert words in said and str(health['sightings_refused']) in said.replace(',', ''), said


def test_a_full_disk_is_called_so(rig):
    """in the daemon's log, and to whom wants to change something; with room again all goes on"""
    if os.getuid() != 0 or os.system('unshare --mount true 2>/dev/null') != 0:
        raise Absent('needs mounts of its own')
    state, fifo = rig.dir / 's', rig.dir / 'in.pcap'
    state.mkdir()
    os.mkfifo(fifo)
    config = rig.config('state: %s\ncapture: { files: [%s] }\n' % (state, fifo), base=None)
    process = rig.start(*own_mounts(), 'sh', '-ec', 'mount -t tmpfs -o size=8m none "$0"; exec "$@"', state, BUILD / 'sekishod', '--config', config)
    pipe = writing_end(fifo, process)
    seen = '/proc/%d/root%s' % (process.pid, state)
    inside = lambda *words, **how: rig.run('nsenter', '--target', process.pid, '--mount', '--root', BUILD / 'sekisho', *words, '--state', state, **how)
    change = 'impact', 'set', 'storage', 'production', 'high', '--reason', 'x', '--by', 't'
    log = lambda: (rig.dir / 'unshare.log').read_text()
    fed = 0

    def feed(header=b''):
        nonlocal fed
        pipe.write(header + listen_only_records(200, 1775001600.0 + 60 * fed, first=200 * fed))
        pipe.flush()
        fed += 1
    feed(PCAP_HEADER)
    wait_for('the ledger', lambda: inside('assets', '--count', status=None).stdout.strip() not in ('', '0'))
    with open(seen + '/other', 'wb', buffering=0) as other, contextlib.suppress(OSError):
        while True:
            other.write(bytes(4096))
    for lang, words in ('en', 'the disk is full, so nothing was written. Make room'), ('ja', 'ディスクがいっぱいのため、何も書き込んでいません'):
        r = inside(*change, '--lang', lang, status=3)
        assert words in r.stderr, r.stderr
    feed()
    wait_for('a line', lambda: 'ledger.db cannot be written' in log())
    assert 'ledger.db cannot be written (database or disk is full)' in log(), log()
    os.unlink(seen + '/other')
    wait_for('the ledger again', lambda: 'ledger.db is written again' in log())
    inside(*change)
    pipe.close()
    assert process.wait(60) == 0, log()
    subprocess.run(['umount', state], stderr=subprocess.DEVNULL)   # seen from here in a chroot only


def test_a_start_on_a_full_disk_is_called_so(rig):
    """the log and health say why the daemon is gone, not only that it is"""
    state = rig.dir / 's'
    state.mkdir()
    config = rig.config('state: %s\ncapture: { files: [%s] }\n' % (state, scenes()[1]))
    script = '''mount -t tmpfs -o size=8m none "$0"
"$1"d --config "$2" || exit
dd if=/dev/zero of="$0/other" bs=4k 2>/dev/null || true
for lang in en ja; do LANG=C.UTF-8 SEKISHO_LANG=$lang "$1"d --config "$2" --lang $lang || echo ended with $?; "$1" health --state "$0" --lang $lang || echo ended with $?; done
umount "$0"'''
    r = rig.run(*own_mounts(), 'sh', '-c', script, state, BUILD / 'sekisho', config)
    assert 'the disk is full, so nothing was written. Make room' in r.stderr, r.stderr
    assert '0 % of the disk' in r.stdout and '空きは 0 %' in r.stdout, r.stdout


def test_where_there_is_room_nothing_goes(rig):
    health = replay(rig, rig.dir / 's', '', force_listen_only(rig.dir / 'in.pcap', 1500, step=0.01))
    assert health['alerts_removed'] == health['conversations_removed'] == health['outbox_removed'] == health['sightings_refused'] == 0, health
    assert len(rig.alerts(rig.dir / 's')) == health['alerts'], health['alerts']


main(globals())
