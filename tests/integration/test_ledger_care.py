"""The ledger outlives whatever happens to those who write it: commands killed at any moment, damage on the disk."""
import csv, fcntl, io, json, os, random, re, shutil, signal, sqlite3, subprocess, time
import frames
from rig import BUILD, CAPTURES, PCAP_HEADER, listen_only_records, main, scenes, wait_for, writing_end

KILLS = 200


def addresses(rig, state):
    """every MAC and current address with the rows that hold it, and the number of rows"""
    assets = rig.assets(state)
    held = {}
    for a in assets:
        for address in a['mac'] + a['ip']:
            held.setdefault(address, []).append(a['asset_id'])
    return assets, held


def quickest(rig, *commands):
    """seconds of the quickest: one that had to wait for the machine would make every kill come too late"""
    took = []
    for command in commands:
        began = time.monotonic()
        rig.sekisho(*command)
        took.append(time.monotonic() - began)
    return min(took)


class Killer:
    """kills commands somewhere on their way; how long that is follows what the machine needs at the moment, so that some die and some come to their end"""

    def __init__(self, dice):
        self.dice, self.died, self.times = dice, 0, 1.2

    def __call__(self, command, seconds):
        """@return its exit status, negative where it died; seconds: of a command of its kind that has the machine for itself"""
        p = subprocess.Popen([str(BUILD / 'sekisho'), *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.dice.random() * seconds * self.times)
        p.send_signal(signal.SIGKILL)
        died = p.wait() == -signal.SIGKILL
        self.died += died
        self.times = min(50, self.times * 1.03) if died else max(0.3, self.times / 1.06)
        return p.returncode


def kept(state, promised, phases=None):
    """what a command said was done, by its exit status, stands in the trail: reason -> [(verb, words of object and details...)]. A row that
    sets the phase to what it was does not name it: `phases` has those at the beginning"""
    rows, phases = {}, dict(phases or {})
    with sqlite3.connect('file:%s/ledger.db?mode=ro' % state, uri=True) as db:
        for reason, verb, thing, details in db.execute('SELECT reason, verb, object, details FROM audit ORDER BY no'):
            if verb == 'asset.phase':
                d = json.loads(details)
                phases[d['name']] = d.get('phase', d).get('to') or phases[d['name']]
                details += phases[d['name']]
            rows.setdefault(reason, []).append((verb, thing + ' ' + details))
    assert promised, 'no command came to its end'
    for reason, deeds in promised.items():
        for verb, *words in deeds:
            assert any(v == verb and all(w in text for w in words) for v, text in rows.get(reason, [])), (reason, verb, words, rows.get(reason))


def test_commands_killed_at_any_moment_leave_a_consistent_ledger(rig):
    """200 commands die by kill -9 after random times; what they asked for is done or not, never half"""
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', *scenes())
    before, held_before = addresses(rig, state)
    assert all(len(rows) == 1 for rows in held_before.values()), held_before
    ids = [a['asset_id'] for a in before if a['mac']]
    by_id = {a['asset_id']: a for a in before}
    dice = random.Random(20260401)
    words = ['--reason', 'r', '--by', 't', '--state', state]
    whole = quickest(rig, *3 * [['asset', 'merge', ids[0], ids[1], *words], ['asset', 'undo', ids[0], *words]])
    kill, promised = Killer(dice), {}
    for n in range(KILLS):
        a, b = dice.sample(ids, 2)
        command = dice.choice((['merge', a, b], ['merge', a, b], ['undo', a], ['split', a, (by_id[a]['mac'] + by_id[a]['ip'])[0]]))
        if kill(['asset', *command, '--reason', 'kill %d' % n, '--by', 't', '--state', state], whole) == 0:
            promised['kill %d' % n] = [('asset.' + command[0], a)]
        if n % 20 == 19:
            rig.sekisho('db', 'verify', '--state', state)
    assert kill.died > KILLS / 4, 'the commands were too quick to be killed: %d of %d' % (kill.died, KILLS)
    kept(state, promised)
    # what still waits is done by the next who writes
    rig.sekisho('asset', 'merge', ids[0], ids[0], '--reason', 'r', '--by', 't', '--state', state, status=1)
    rig.sekisho('db', 'verify', '--state', state)
    after, held = addresses(rig, state)
    assert set(held) == set(held_before), set(held) ^ set(held_before)
    assert all(len(rows) == 1 for rows in held.values()), {k: v for k, v in held.items() if len(v) > 1}
    with sqlite3.connect('file:%s/ledger.db?mode=ro' % state, uri=True) as db:
        states = dict(db.execute('SELECT state, count(*) FROM request GROUP BY state'))
        done = states.get('done', 0)
        audited = db.execute("SELECT count(*) FROM audit WHERE verb IN ('asset.merge', 'asset.split', 'asset.undo')").fetchone()[0]
        dangling = db.execute('SELECT count(*) FROM asset a WHERE merged_into IS NOT NULL AND NOT EXISTS'
                              ' (SELECT 1 FROM asset b WHERE b.no = a.merged_into)').fetchone()[0]
        orphans = db.execute('SELECT count(*) FROM link WHERE (src_no <> 0 AND NOT EXISTS (SELECT 1 FROM asset a WHERE a.no = src_no))'
                             ' OR (dest_no <> 0 AND NOT EXISTS (SELECT 1 FROM asset a WHERE a.no = dest_no))').fetchone()[0]
    assert states.get('waiting', 0) == 0, states
    assert done > 2 and audited == done, 'each deed has one row in the audit trail: %s, %d' % (states, audited)
    assert dangling == 0 and orphans == 0, (dangling, orphans)


def rows_of(rig, state):
    text = rig.sekisho('register', 'export', '--encoding', 'utf-8', '--header', 'en', '--all', '-', '--state', state).stdout
    return list(csv.DictReader(io.StringIO(text)))


def audited(state, verb):
    """(object, details) of the deeds of this kind, oldest first"""
    with sqlite3.connect('file:%s/ledger.db?mode=ro' % state, uri=True) as db:
        return db.execute('SELECT object, details FROM audit WHERE verb = ? ORDER BY no', (verb,)).fetchall()


def test_commands_of_the_papers_killed_at_any_moment(rig):
    """200 commands on register, papers, impact and audit trail die; a file is taken over whole or not at all, and what holds now is what
    the trail says last"""
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', *scenes())
    with open(CAPTURES / 'register.csv', encoding='utf-8', newline='') as f:
        rows = list(csv.DictReader(f))
    names = [row['name'] for row in rows]
    for mark in 'AB':
        with open(rig.dir / (mark + '.csv'), 'w', encoding='utf-8', newline='') as f:
            out = csv.DictWriter(f, list(rows[0]) + ['notes'])
            out.writeheader()
            # many rows, so that there is a middle to be killed in
            for row in rows + [dict(name='spare %d' % i, mac='', ip='', phase='config') for i in range(300)]:
                out.writerow(dict(row, notes=mark))
    person = ['--by', 't', '--state', str(state)]

    def seconds(*command):
        began = time.monotonic()
        rig.sekisho(*command, '--reason', 'whole')
        return time.monotonic() - began
    whole = seconds('register', 'import', rig.dir / 'A.csv', *person)
    short = seconds('asset', 'set', names[0], 'vendor=V999', *person)
    laptop = next(a for a in rig.assets(state) if '04:d4:c4:66:6e:01' in a['mac'])['asset_id']

    def set_last():
        """row -> the vendor that the trail says was set last"""
        return {thing: json.loads(details)['vendor']['to'] for thing, details in audited(state, 'asset.set')}
    dice = random.Random(20260402)
    kill, promised = Killer(dice), {}
    for n in range(3 * KILLS):
        # how many of the killed commands come through is luck: a few must
        if n >= KILLS and n % 20 == 0 and len(set(set_last().values())) > 2:
            break
        name = dice.choice(names)
        reason = 'kill %d' % n
        why = [*person, '--reason', reason]
        mark, phase, impact = dice.choice('AB'), dice.choice(('dispose', 'operate')), dice.choice(('low', 'mid', 'high'))
        # the command, how long it takes, and what of it must stand in the trail where it ended with 0
        command, most, deed = dice.choice((
            (['register', 'import', rig.dir / (mark + '.csv'), *why], whole, ('register.import', mark + '.csv')),
            (['register', 'check', rig.dir / 'A.csv', '--state', str(state)], whole, None),
            (['register', 'export', rig.dir / 'out.csv', '--state', str(state)], whole, None),
            (['register', 'approve', laptop, '--name', 'laptop', *why], short, ('register.approve', 'laptop')),
            (['asset', 'set', name, 'vendor=V%03d' % n, *why], 2 * short, ('asset.set', 'V%03d' % n)),
            (['asset', 'set', name, 'vendor=V%03d' % n, *why], short, ('asset.set', 'V%03d' % n)),
            (['asset', 'phase', name, phase, *why], short, ('asset.phase', phase)),
            (['impact', 'set', 'storage', 'production', impact, *why], short, ('impact.set', impact)),
            (['audit', 'list', '--state', str(state)], short, None),
            (['audit', 'verify', '--state', str(state)], short, None)))
        if kill(command, most) == 0 and deed:
            promised[reason] = [deed]
        if n % 20 == 19:
            rig.sekisho('db', 'verify', '--state', state)
            rig.sekisho('audit', 'verify', '--state', state)
            marks = {row['notes'] for row in rows_of(rig, state) if row['name'] in names or row['name'].startswith('spare')}
            assert len(marks) == 1, 'a file was taken over in part: %s' % marks
    assert kill.died > KILLS / 4, 'the commands were too quick to be killed: %d of %d' % (kill.died, KILLS)
    kept(state, promised, {row['name']: row['phase'] for row in rows})
    # what each row's papers say is what the trail says last
    now = rows_of(rig, state)
    vendors = set_last()
    for row in now:
        if row['vendor']:
            assert row['vendor'] in vendors.values(), 'without a row in the trail: %s' % row['vendor']
    assert len(set(vendors.values())) > 2 and set(vendors.values()) == {row['vendor'] for row in now if row['vendor']}, vendors
    with sqlite3.connect('file:%s/ledger.db?mode=ro' % state, uri=True) as db:
        cells = db.execute("SELECT impact FROM impact_cell WHERE usage = 'storage' AND use_case = 'production'").fetchall()
        orphans = db.execute('SELECT count(*) FROM paper_cell c WHERE NOT EXISTS (SELECT 1 FROM paper p WHERE p.uid = c.uid)').fetchone()[0]
        approved = db.execute("SELECT count(*) FROM paper_cell WHERE field = 'name' AND value = 'laptop'").fetchone()[0]
    told = audited(state, 'impact.set')
    assert bool(cells) == bool(told) and (not cells or cells[0][0] in told[-1][1]), (cells, told[-1:])
    assert orphans == 0 and approved <= 1 and approved <= len(audited(state, 'register.approve')), (orphans, approved)


def test_commands_on_alerts_and_baseline_killed_at_any_moment(rig):
    """200 of learn, ack, close, mute, unmute, reopen and backup die: an alert's state is one that the trail tells of, what is learnt has its row"""
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', *scenes())
    ids = [a['sekisho']['alert_id'] for a in rig.alerts(state)]
    person = ['--reason', 'kill', '--by', 't', '--state', str(state)]
    whole = quickest(rig, *3 * [['alert', 'ack', ids[0], *person], ['alert', 'reopen', ids[0], *person]])

    def deeds(command):
        if 'learn' in command[:2]:
            return [('baseline.learn', command[2]), ('alert.learn', command[2])]
        return [('alert.' + command[1], 'unknown' if command[2] == '--zone' else command[2])]
    dice = random.Random(20260403)
    kill, promised = Killer(dice), {}
    for n in range(KILLS):
        alert = dice.choice(ids)
        copy = rig.dir / ('copy%d' % n)
        person[1] = 'kill %d' % n
        command = dice.choice((['learn', '--alert', alert, *person], ['alert', 'learn', alert, *person], ['alert', 'ack', alert, *person],
                               ['alert', 'close', alert, *person], ['alert', 'reopen', alert, *person], ['alert', 'reopen', alert, *person],
                               ['alert', 'mute', alert, '--until', '8h', *person], ['alert', 'mute', '--zone', 'unknown', '--until', '8h', *person],
                               ['alert', 'unmute', str(1 + dice.randrange(20)), *person], ['db', 'backup', copy, '--state', str(state)]))
        if kill(command, whole) == 0 and command[0] != 'db':
            promised[person[1]] = deeds(command)
        if copy.exists():   # a backup that has its name is whole
            for name in ('ledger.db', 'alerts.db'):
                with sqlite3.connect('file:%s?mode=ro' % (copy / name), uri=True) as db:
                    assert db.execute('PRAGMA integrity_check').fetchone()[0] == 'ok'
        if n % 20 == 19:
            rig.sekisho('db', 'verify', '--state', state)
            rig.sekisho('audit', 'verify', '--state', state)
    assert kill.died > KILLS / 4, 'the commands were too quick to be killed: %d of %d' % (kill.died, KILLS)
    kept(state, promised)
    # what still waits is done by the next who writes
    rig.sekisho('alert', 'unmute', '999999', *person, status=1)
    with sqlite3.connect('file:%s/alerts.db?mode=ro' % state, uri=True) as db:
        assert db.execute('PRAGMA integrity_check').fetchone()[0] == 'ok'
        assert db.execute('SELECT count(*) FROM requests WHERE result = 0').fetchone()[0] == 0
        states = dict(db.execute('SELECT alert_id, state FROM alerts'))
        muted = {row[0] for row in db.execute("SELECT alert_id FROM mutes WHERE ended = 0 AND alert_id <> ''")}
        last = {}
        for row in db.execute('SELECT json FROM told ORDER BY seq'):
            o = json.loads(row[0])['sekisho']
            if 'alert_id' in o:
                last[o['alert_id']] = o['state']
    told = {}
    with sqlite3.connect('file:%s/ledger.db?mode=ro' % state, uri=True) as db:
        for verb, thing in db.execute("SELECT verb, object FROM audit WHERE verb LIKE 'alert.%' ORDER BY no"):
            told.setdefault(thing, []).append(verb.split('.')[1])
        learnt = db.execute('SELECT count(*) FROM baseline WHERE by_person').fetchone()[0]
        approved = db.execute("SELECT count(*) FROM audit WHERE verb = 'baseline.learn'").fetchone()[0]
    word = {'ack': 'acknowledged', 'close': 'closed', 'mute': 'muted', 'reopen': 'open', 'learn': 'learnt'}
    for alert, verbs in told.items():
        if alert.startswith('alert:'):
            # the trail is written first: its last row may be one that the kill kept from the alert, the one before then stands
            assert states[alert[6:]] in [word[v] for v in verbs[-2:]] + (['open'] if len(verbs) == 1 else []), (alert, verbs, states[alert[6:]])
    assert {a for a, s in states.items() if s != 'open'} <= {a[6:] for a in told if a.startswith('alert:')}
    assert muted == {a for a, s in states.items() if s == 'muted'}, muted
    assert {a: states[a] for a in last} == last, 'the last that the sinks are told is the state'
    assert learnt > 0 and approved > 0, (learnt, approved)


def test_replay_killed_and_continued(rig):
    state = rig.dir / 's'
    config = rig.config()
    dice = random.Random(7)
    for _ in range(10):
        p = subprocess.Popen([str(BUILD / 'sekisho'), 'replay', '--config', str(config), '--state', str(state), '--no-sinks', *map(str, scenes())],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.random() * 0.3)
        p.kill()
        p.wait()
        if (state / 'ledger.db').exists():
            r = rig.sekisho('db', 'verify', '--state', state, status=None)
            assert r.returncode == 0 or 'schema' in r.stderr or 'no ledger' in r.stderr, r.stderr


def damage(state):
    """random bytes in the middle of the tables"""
    path = state / 'ledger.db'
    with sqlite3.connect(path) as db:
        db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    with open(path, 'r+b') as f:
        f.seek(4096)
        f.write(random.Random(1).randbytes(20 * 4096))
    return path.read_bytes()


def test_a_damaged_ledger_is_reported_by_commands_and_left_alone(rig):
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', scenes()[0])
    bytes_before = damage(state)
    for command in (['db', 'verify'], ['assets'], ['asset', 'show', 'A000001'], ['asset', 'undo', 'A000001', '--reason', 'x']):
        r = rig.sekisho(*command, '--state', state, status=1)
        assert 'ledger.db' in r.stderr and 'damaged' in r.stderr, r.stderr
    rig.sekisho('db', 'backup', rig.dir / 'copy', '--state', state, status=1)
    assert not (rig.dir / 'copy.db').exists() and not (rig.dir / 'copy.db.part').exists()
    assert (state / 'ledger.db').read_bytes() == bytes_before


def test_the_daemon_sets_it_aside_and_goes_on(rig):
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', scenes()[0])
    bytes_before = damage(state)
    config = rig.config('state: %s\ncapture: { files: [%s] }\n' % (state, scenes()[0]))
    r = rig.run(BUILD / 'sekishod', '--config', config)
    aside = list(state.glob('ledger.db.damaged-*[0-9]'))
    assert len(aside) == 1 and aside[0].read_bytes() == bytes_before, aside
    assert 'damaged' in r.stderr and str(aside[0]) in r.stderr, r.stderr
    assert len(rig.assets(state)) > 10
    health = json.loads((state / 'health.json').read_text())
    assert health['ledger_damaged'] == str(aside[0]), health


def cell(rig, k, start):
    """a master and a PLC that nobody saw before; the PLC is told to keep silent"""
    master, plc = frames.Host('10.1.%d.1' % k, '00:80:f4:%02x:00:01' % k), frames.Host('10.1.%d.200' % k, '00:1b:d4:%02x:00:99' % k)
    talk = frames.Talk(master, plc, 40000, 502)
    talk.ask(bytes.fromhex('000100000006010800040000'))
    later = frames.arp(master.mac, 1, master.ip, '00:00:00:00:00:00', plc.ip)
    return frames.write(rig.dir / ('cell%d.pcap' % k), [(1 + i * 0.01, f) for i, f in enumerate(talk.frames)] + [(300, later)], start)


def test_a_lost_ledger_gives_no_number_again(rig):
    """else alerts of other devices would vanish under what was said of the former ones"""
    for how in ('damaged', 'removed', 'removed, and of a version that kept no number', 'all lost'):
        state = rig.dir / ('s-' + how.split(',')[0] + str(len(how)))

        def watch(k, start):
            config = rig.config('state: %s\ncapture: { files: [%s] }\n' % (state, cell(rig, k, start)), base=None)
            rig.run(BUILD / 'sekishod', '--config', config)
            return {a['sekisho']['alert_id']: a for a in rig.alerts(state) if a['sekisho']['rule_id'] == 'SKS-MB-05'}
        first = watch(3, 1775001600)
        numbers = {a['asset_id'] for a in rig.assets(state)}
        assert len(first) == 1 and min(numbers) == 'A000001', (first, numbers)
        rig.sekisho('alert', 'ack', *first, '--reason', 'known', '--by', 't', '--state', state)
        if how == 'damaged':
            damage(state)
        else:
            for file in state.glob('*.db*' if how == 'all lost' else 'ledger.db*'):
                file.unlink()
        if 'version' in how:
            with sqlite3.connect(state / 'alerts.db') as db:
                assert db.execute("DELETE FROM meta WHERE key = 'asset_no'").rowcount == 1
        then = watch(7, 1775101600)
        new = {a['asset_id'] for a in rig.assets(state)}
        if how == 'all lost':
            assert len(then) == 1 and min(new) == 'A000001', (then, new)
            continue
        assert not new & numbers, (how, new, numbers)
        assert len(then) == 2 and {a['dest_ip'] for a in then.values()} == {'10.1.3.200', '10.1.7.200'}, (how, then)
        assert next(a for i, a in then.items() if i not in first)['sekisho']['state'] == 'open', (how, then)
        assert next(a for i, a in then.items() if i in first)['sekisho']['count'] == 1, (how, then)


def test_a_state_that_is_removed_while_in_use_ends_the_daemon(rig):
    """for the service manager to start it into one that stays"""
    for what in ('alerts.db', 'ledger.db', '.', 'replaced'):
        state, fifo = rig.dir / ('s' + what), rig.dir / ('fifo' + what)
        os.mkfifo(fifo)
        config = rig.config('state: %s\ncapture: { files: [%s] }\n' % (state, fifo), base=None)
        log = rig.dir / 'sekishod.log'
        process = rig.start(BUILD / 'sekishod', '--config', config)
        with writing_end(fifo, process) as pipe:
            pipe.write(PCAP_HEADER + listen_only_records(20, 1775001600))
            pipe.flush()
            wait_for('the daemon', (state / 'health.json').exists)
            if what == '.':
                shutil.rmtree(state)
            elif what == 'replaced':
                shutil.copy(state / 'ledger.db', state / 'other')
                (state / 'other').rename(state / 'ledger.db')
            else:
                for file in state.glob(what + '*'):
                    file.unlink()
            wait_for('the error', lambda: '%s/' % state in log.read_text() and 'removed or replaced' in log.read_text(), 30)
        assert process.wait(30) == 3, process.returncode
        assert log.read_text().count('removed or replaced') == 1, log.read_text()
        if what == '.':
            assert not state.exists()
        else:
            said = rig.sekisho('health', '--state', state, '--lang', 'en', status=1).stdout
            assert 'removed or replaced while the daemon ran' in said, said
            assert '削除または置き換え' in rig.sekisho('health', '--state', state, '--lang', 'ja', status=1).stdout
        log.unlink()


def known(rig, state):
    """all that a sensor knows, as its commands say it"""
    return {what: rig.sekisho(*what.split(), '--json', '--state', state).stdout for what in ('assets', 'links', 'alerts', 'incidents', 'outbox')}


def backed_up(rig, state, copy):
    said = rig.sekisho('db', 'backup', copy, '--state', state).stdout
    assert sorted(p.name for p in copy.iterdir()) == ['alerts.db', 'ledger.db'], list(copy.iterdir())
    assert 'configuration' in said, said
    return said


def test_backups_to_one_place_at_once(rig):
    """one of them is made, and the others leave it alone and say why"""
    state = rig.dir / 's'
    rig.sekisho('replay', '--no-sinks', '--state', state, scenes()[0])
    for n in range(5):
        copy = rig.dir / ('copy%d' % n)
        each = [subprocess.Popen([BUILD / 'sekisho', 'db', 'backup', copy, '--state', state, '--lang', 'en'], stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
        ends = [(p.communicate(timeout=60)[1].decode(), p.returncode) for p in each]
        assert [status for _, status in ends].count(0) == 1, ends
        for said, status in ends:
            assert status == 0 or 'another command is writing a copy there' in said or 'is there already' in said, (said, status)
        rig.sekisho('db', 'verify', '--state', copy)
        assert not (rig.dir / ('copy%d.part' % n)).exists()


def test_a_backup_is_all_that_a_sensor_knows(rig):
    """on another machine: devices, links, alerts with what people did, and what waits for whom"""
    state, copy, other = rig.dir / 's', rig.dir / 'copy', rig.dir / 'other'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', *scenes())
    alert = rig.alerts(state)[0]['sekisho']['alert_id']
    rig.sekisho('alert', 'ack', alert, '--state', state, '--reason', 'seen', '--by', 'tanaka')
    (state / 'evidence').mkdir(exist_ok=True)
    (state / 'evidence' / 'x.pcapng').write_bytes(bytes(3 << 20))
    before = known(rig, state)
    assert 'evidence' in backed_up(rig, state, copy)
    r = rig.sekisho('db', 'backup', copy, '--state', state, status=1)
    assert 'already' in r.stderr, r.stderr
    other.mkdir()
    r = rig.sekisho('db', 'restore', copy, '--state', other, status=2)
    assert '--reason' in r.stderr, r.stderr
    rig.sekisho('db', 'restore', copy, '--state', other, '--reason', 'new box', '--by', 'sato')
    assert known(rig, other) == before
    rig.sekisho('db', 'verify', '--state', other)
    with sqlite3.connect('file:%s/ledger.db?mode=ro' % other, uri=True) as db:
        assert db.execute("SELECT who, reason FROM audit WHERE verb = 'db.restore'").fetchall() == [('sato', 'new box')]
    # and it goes on from there
    rig.sekisho('replay', '--config', rig.config(), '--state', other, '--no-sinks', *scenes())
    assert len(rig.alerts(other)) == len(before['alerts'].splitlines())


def test_what_was_there_is_kept_when_a_copy_is_put_back(rig):
    state, copy = rig.dir / 's', rig.dir / 'copy'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', scenes()[1])
    backed_up(rig, state, copy)
    before = known(rig, state)
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', *scenes()[2:])
    after = known(rig, state)
    assert after['alerts'] != before['alerts']
    said = rig.sekisho('db', 'restore', copy, '--state', state, '--reason', 'x').stdout
    assert known(rig, state) == before
    aside = rig.dir / 'aside'
    aside.mkdir()
    for name in ('ledger.db', 'alerts.db'):
        kept, = state.glob(name + '.before-restore-*[0-9]')
        assert str(kept) in said, said
        kept.rename(aside / name)
    assert known(rig, aside) == after


def test_nothing_is_touched_by_a_copy_that_is_no_good(rig):
    """a damaged one, one of a newer version, and any while somebody writes"""
    state, copy = rig.dir / 's', rig.dir / 'copy'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', *scenes())
    backed_up(rig, state, copy)
    before = {p.name: p.read_bytes() for p in state.iterdir() if p.is_file()}

    def refused(word, status=1):
        r = rig.sekisho('db', 'restore', copy, '--state', state, '--reason', 'x', status=status)
        assert word in r.stderr, r.stderr
        assert {p.name: p.read_bytes() for p in state.iterdir() if p.is_file()} == before and not (state / 'restoring').exists()

    sound = (copy / 'alerts.db').read_bytes()
    (copy / 'alerts.db').write_bytes(sound[:len(sound) // 2])
    refused('no whole copy')
    (copy / 'alerts.db').write_bytes(sound)
    for name in ('ledger.db', 'alerts.db'):
        with sqlite3.connect(copy / name) as db:
            version = db.execute('PRAGMA user_version').fetchone()[0]
            db.execute('PRAGMA user_version = 999')
        refused('newer', 3)
        with sqlite3.connect(copy / name) as db:
            db.execute('PRAGMA user_version = %d' % version)
    with open(state / 'alerts.lock', 'a') as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        refused('Stop it first', 3)
    rig.sekisho('db', 'restore', copy, '--state', state, '--reason', 'x')


def test_root_puts_a_copy_back_for_the_account_of_the_daemon(rig):
    if os.getuid() != 0:
        return
    state, copy, other = rig.dir / 's', rig.dir / 'copy', rig.dir / 'other'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', scenes()[1])
    backed_up(rig, state, copy)
    other.mkdir()
    os.chown(other, 65534, 65534)
    rig.sekisho('db', 'restore', copy, '--state', other, '--reason', 'x')
    assert {(p.name, p.stat().st_uid) for p in other.iterdir()} == {(n, 65534) for n in ('ledger.db', 'alerts.db', 'alerts.lock')}


def test_two_do_not_write_one_ledger(rig):
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', scenes()[0])
    holder = os.open(state, os.O_RDONLY)
    import fcntl
    fcntl.flock(holder, fcntl.LOCK_EX)
    r = rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', scenes()[0], status=None)
    assert r.returncode == 3 and 'another process' in r.stderr, (r.returncode, r.stderr)
    os.close(holder)


def waits(rig, state, file):
    """how often a replay without sinks waits for the disk with @file; whether that was the last thing"""
    trace = rig.dir / 'trace'
    rig.run('env', 'ASAN_OPTIONS=%s:detect_leaks=0' % os.environ.get('ASAN_OPTIONS', ''), 'strace', '-f', '-qq', '-y', '-e', 'signal=none', '-e', 'trace=pwrite64,fdatasync,fsync',
            '-o', trace, BUILD / 'sekisho', 'replay', '--config', rig.config(), '--state', state, '--no-sinks', *scenes())
    calls = re.findall(r'(pwrite64|fdatasync|fsync)\(\d+<[^>]*/%s(-wal|-journal|)>' % re.escape(file), trace.read_text(errors='replace'))
    of_file = [call for call, what in calls if not what]
    return sum(call != 'pwrite64' for call in of_file), of_file[-1] != 'pwrite64'


def test_a_fresh_replay_waits_for_the_disk_at_its_end(rig):
    """what nobody could lose is put on the disk once; what was there before, with every commit"""
    assert waits(rig, rig.dir / 'alerts', 'alerts.db') == (1, True)
    assert waits(rig, rig.dir / 'ledger', 'ledger.db') == (4, True)     # three times while the register is imported, as a command would
    times, at_last = waits(rig, rig.dir / 'ledger', 'ledger.db')
    assert times > 3 and at_last, times


if __name__ == '__main__':
    main(globals())
