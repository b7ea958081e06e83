"""Databases of former versions are brought up at the start, with a copy taken first; those of a later one are refused and left alone."""
import filecmp, itertools, os, shutil, sqlite3, sys
from rig import BUILD, Absent, CAPTURES, TOP, main

sys.path.insert(0, str(TOP / 'tests' / 'schemas'))
import states


def version(path):
    with sqlite3.connect('file:%s?mode=ro' % path, uri=True) as db:
        return db.execute('PRAGMA user_version').fetchone()[0]


def set_version(path, n):
    with sqlite3.connect(path) as db:
        db.execute('PRAGMA user_version = %d' % n)
    db.close()


def content(path):
    with sqlite3.connect('file:%s?mode=ro' % path, uri=True) as db:
        return list(db.iterdump())


WHERE_NEEDED = {'alerts_by_digest', 'alerts_by_last', 'outbox_by_level'}   # indexes that are made by who needs them


def schema(path):
    """what each table, index, trigger and view is made of: the parts between commas, in any order, as ALTER TABLE puts new ones last"""
    with sqlite3.connect('file:%s?mode=ro' % path, uri=True) as db:
        made = db.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {(kind, name): sorted(part.strip(' )') for part in ' '.join(sql.split()).replace('( ', '(').split(',')) for kind, name, sql in made
            if name not in WHERE_NEEDED}


def run(rig, state, *options, status=0):
    """one scene more, through the code that the daemon runs; without the register, which would be imported anew"""
    config = rig.config()
    config.write_text(config.read_text().replace('register: register.csv', ''))
    return rig.sekisho('replay', '--config', config, '--state', state, '--no-sinks', *options, CAPTURES / 'malformed.pcap', status=status)


def test_every_former_schema_is_brought_up_and_nothing_is_lost(rig):
    newest = rig.dir / 'new'
    run(rig, newest)
    ledgers, alerts = states.versions('ledger'), states.versions('alerts')
    assert len(ledgers) >= 4 and len(alerts) >= 3
    # each at least once
    for ledger, alert in zip(ledgers, itertools.chain(alerts, itertools.repeat(alerts[-1]))):
        state = rig.dir / ('%d-%d' % (ledger, alert))
        states.make(ledger, alert, state)
        had, was = states.census(state), {name: content(state / name) for name in ('ledger.db', 'alerts.db')}
        told = run(rig, state).stderr
        for name, former in (('ledger.db', ledger), ('alerts.db', alert)):
            assert version(state / name) == version(newest / name), name
            made, fresh = schema(state / name), schema(newest / name)
            assert made == fresh, (name, former, [(k, made.get(k), fresh.get(k)) for k in made.keys() | fresh.keys() if made.get(k) != fresh.get(k)])
            copy = state / ('%s.schema-%d' % (name, former))
            assert version(copy) == former and content(copy) == was[name], copy
            assert copy.stat().st_mode & 0o777 == 0o640
            assert 'from schema %d to' % former in told and str(copy) in told, told
        gone = states.missing(had, states.census(state))
        assert not gone, (ledger, alert, gone[:5])
        rig.sekisho('db', 'verify', '--state', state)
        rig.sekisho('audit', 'verify', '--state', state)
        assert len(rig.alerts(state)) >= len(had['alerts'])
        # a second start has nothing to do
        assert 'schema' not in run(rig, state).stderr
        assert len(list(state.glob('*.schema-*'))) == 2


def test_one_copy_stays(rig):
    state = rig.dir / 's'
    states.make(states.versions('ledger')[0], states.versions('alerts')[0], state)
    for name in ('ledger.db.schema-0', 'alerts.db.schema-0'):
        (state / name).write_text('of long ago')
    run(rig, state)
    assert sorted(p.name for p in state.glob('*.schema-*')) == ['alerts.db.schema-1', 'ledger.db.schema-1']


def test_without_a_copy_nothing_is_changed(rig):
    for name in ('ledger.db', 'alerts.db'):
        state = rig.dir / name
        states.make(1, 1, state)
        was = content(state / name)
        (state / (name + '.schema-1.part')).mkdir()
        r = run(rig, state, status=3)
        assert 'has schema 1, and' in r.stderr and 'left as it is' in r.stderr and '.schema-1' in r.stderr, r.stderr
        r = run(rig, state, '--lang', 'ja', status=3)
        assert '元のまま' in r.stderr, r.stderr
        assert version(state / name) == 1 and content(state / name) == was
        (state / (name + '.schema-1.part')).rmdir()
        run(rig, state)


def test_readers_say_what_to_do_with_an_older_one(rig):
    state = rig.dir / 's'
    states.make(1, 1, state)
    for command in ('assets', 'alerts'):
        r = rig.sekisho(command, '--state', state, status=3)
        assert 'Start the daemon once' in r.stderr, r.stderr
    assert version(state / 'ledger.db') == version(state / 'alerts.db') == 1


def test_a_newer_one_is_refused_and_left_alone(rig):
    for name, command in (('ledger.db', 'assets'), ('alerts.db', 'alerts')):
        state = rig.dir / ('newer-' + name)
        run(rig, state)
        set_version(state / name, 999)
        before = rig.dir / 'before.db'
        shutil.copy(state / name, before)
        for r in (run(rig, state, status=3), rig.sekisho(command, '--state', state, status=3)):
            assert 'newer version of sekisho (schema 999' in r.stderr and 'Update this program' in r.stderr, r.stderr
        assert filecmp.cmp(state / name, before, shallow=False)


def test_who_checks_the_configuration_hears_of_a_newer_one(rig):
    """the daemon would not start: after a return to an older version, say. One that it would bring up, or that is not there, is no matter"""
    state = rig.dir / 's'
    check = lambda lang, status: rig.run(BUILD / 'sekishod', '--config', rig.config('state: %s\n' % state), '--check', '--lang', lang, status=status)
    check('en', 0)
    states.make(1, 1, state)
    check('en', 0)
    assert version(state / 'ledger.db') == version(state / 'alerts.db') == 1
    shutil.rmtree(state)
    run(rig, state)
    check('en', 0)
    for name in 'ledger.db', 'alerts.db':
        is_version = version(state / name)
        set_version(state / name, 999)
        before = (state / name).read_bytes()
        for lang, good, words, note in (('en', 'configuration is good', 'newer version of sekisho (schema 999', 'sekisho db restore'), ('ja', '設定に誤りなし', '新しい版', '起動しません')):
            r = check(lang, 3)
            assert good in r.stdout and name + ': ' in r.stderr and words in r.stderr and note in r.stderr and str(state) in r.stderr, (r.stdout, r.stderr)
        assert (state / name).read_bytes() == before, name
        set_version(state / name, is_version)


def test_a_database_of_another_program_is_left_alone(rig):
    for name, why in (('ledger.db', 'is no ledger database'), ('alerts.db', 'is a database of another program')):
        state = rig.dir / ('other-' + name)
        state.mkdir()
        with sqlite3.connect(state / name) as db:
            db.execute('CREATE TABLE theirs(a)')
        db.close()
        before = (state / name).read_bytes()
        for sinks in (['--no-sinks'], []):
            r = rig.sekisho('replay', '--config', rig.config(), '--state', state, *sinks, CAPTURES / 'malformed.pcap', status=1)
            assert why in r.stderr and 'ove it away' in r.stderr, r.stderr
            assert (state / name).read_bytes() == before


def test_what_root_makes_first_is_the_daemons(rig):
    """a register imported with sudo before the daemon has ever run: the file belongs to whom the directory belongs to"""
    if os.geteuid() != 0:
        raise Absent('only root can make files of others')
    state = rig.dir / 's'
    state.mkdir()
    os.chown(state, 65534, 65534)
    rig.sekisho('register', 'import', '--state', state, CAPTURES / 'register.csv')
    run(rig, state)
    for path in state.glob('*.db*'):
        assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534), path


main(globals())
