"""A ledger that cannot be read or written: said with who may and what to do, in both languages, with exit status 3, and nothing is touched."""
import contextlib, http.client, os, pathlib, socket, sqlite3, subprocess, time
from consoles import free_port
from rig import BUILD, Absent, force_listen_only, main, scenes, wait_for, whole_lines

# every command that lists or shows what the state directory holds
LOOKING = (['assets'], ['assets', '--json'], ['assets', '--csv'], ['links'], ['links', '--json'], ['alerts'], ['alerts', '--json'], ['map'], ['health'],
           ['asset', 'show', 'A000001'], ['audit', 'list'], ['audit', 'verify'], ['register', 'export', '-'], ['impact', 'show'], ['db', 'verify'],
           ['db', 'backup', 'copy'], ['alert', 'mutes'], ['incidents'])
PERSON = ['--reason', 'x', '--by', 't']
CHANGING = (['asset', 'merge', 'A000001', 'A000002', *PERSON], ['asset', 'set', 'A000001', 'vendor=X', *PERSON], ['impact', 'set', 'storage', 'production', 'high', *PERSON],
            ['register', 'approve', 'A000001', '--name', 'x', *PERSON], ['alert', 'mute', '--zone', 'unknown', '--until', '8h', *PERSON])
NOBODY = 65534


def commands(rig, which):
    known = rig.sekisho('--help', '--lang', 'en').stdout
    return [c for c in which if '\n  %s ' % c[0] in known]


def plant(rig):
    state = rig.dir / 's'
    config = rig.config('state: %s\ncapture: { files: [%s] }\n' % (state, scenes()[0]))
    rig.run(BUILD / 'sekishod', '--config', config)
    os.chmod(rig.dir, 0o755)
    return state


def lend(state):
    """its group may read from now on"""
    os.chmod(state, 0o750)
    for p in [state, *state.iterdir()]:
        os.chown(p, 0, NOBODY)


def lent(rig):
    state = plant(rig)
    lend(state)
    return state


def as_stranger(command, state, lang='en'):
    """by an account that does not own the ledger"""
    other = {'user': NOBODY, 'group': NOBODY, 'extra_groups': []} if os.getuid() == 0 else {}
    r = subprocess.run([str(BUILD / 'sekisho'), *map(str, command), '--state', str(state), '--lang', lang], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, cwd=state.parent, env={'LC_ALL': 'C.UTF-8', 'PATH': os.environ['PATH'], 'ASAN_OPTIONS': 'detect_leaks=0'}, **other)
    return r.returncode, r.stderr.decode()


def contents(state):
    return {p.name: p.read_bytes() for p in state.iterdir() if p.is_file() and not p.name.endswith('-shm')}


def test_a_state_directory_of_another_user(rig):
    """the directory bars the way: it is named, with its owner"""
    state = plant(rig)
    os.chmod(state, 0o700 if os.getuid() == 0 else 0)
    for command in commands(rig, LOOKING) + commands(rig, CHANGING):
        status, said = as_stranger(command, state)
        assert status == 3 and 'no permission' in said and 'sudo' in said and str(state) in said, (command, status, said)
        assert 'no ledger yet' not in said and 'no alerts' not in said, (command, said)
        status, said = as_stranger(command, state, 'ja')
        assert status == 3 and '権限がありません' in said and 'sudo' in said, (command, status, said)
    os.chmod(state, 0o755)


def test_files_of_another_user(rig):
    """the files bar the way: who may read them is said, the group as well where it may"""
    state = plant(rig)
    os.chmod(state, 0o755)
    for mode, part in ((0o600, 'Only '), (0o640, 'group ')):
        if os.getuid() != 0 and mode == 0o640:
            continue
        for p in state.iterdir():
            os.chmod(p, mode if os.getuid() == 0 else 0)
        before = contents(state) if os.getuid() == 0 else None
        for command in commands(rig, LOOKING):
            status, said = as_stranger(command, state)
            assert status == 3 and 'no permission' in said and part in said, (command, status, said)
        for command in commands(rig, CHANGING):
            status, said = as_stranger(command, state)
            assert status == 3 and 'no permission' in said, (command, status, said)
        assert before is None or contents(state) == before


def journal(database, mode):
    """what stands beside a database from now on"""
    with contextlib.closing(sqlite3.connect(database)) as db:
        assert db.execute('PRAGMA journal_mode = %s' % mode).fetchone() == (mode.lower(),)


def as_reader(*command):
    """what begins a command of somebody who is in the group of the state directory and may write nothing there"""
    return ['setpriv', '--reuid=%d' % NOBODY, '--regid=%d' % NOBODY, '--clear-groups', *command]


def test_the_group_reads_what_it_may_not_write(rig):
    """also of a daemon that was stopped: no log stands beside its databases, and the reader cannot make one. What is kept belongs to whom the directory belongs to"""
    if os.getuid() != 0:
        raise Absent('needs two accounts')
    state = plant(rig).rename(rig.dir / 'plant 100%25 #1?x=y')
    os.chmod(state, 0o750)
    for p in [state, *state.iterdir()]:
        os.chown(p, 1, NOBODY)
    alert = rig.alerts(state)[0]['sekisho']['alert_id']
    rig.sekisho('support', '--config', rig.dir / 'sekisho.yaml', '--state', state, '--output', rig.dir / 'support.tar.gz')
    assert {(p.stat().st_uid, p.stat().st_gid) for p in state.iterdir()} == {(1, NOBODY)}, [(p.name, p.stat().st_uid) for p in state.iterdir()]
    os.chmod(rig.dir, 0o777)   # for the copy
    for command in commands(rig, LOOKING) + [['tail', '--once'], ['outbox'], ['alert', 'show', alert], ['report', 'daily'], ['drill', 'list'], ['work', 'list']]:
        r = rig.run(*as_reader('env', '-C', rig.dir, BUILD / 'sekisho'), *command, '--state', state, '--lang', 'en', status=1 if command == ['health'] else 0)
        assert r.stdout or command in (['alert', 'mutes'], ['drill', 'list'], ['work', 'list']), (command, r.stderr)


def test_a_console_that_may_read_nothing_does_not_listen(rig):
    """it says so as the commands do; of a sensor that has seen nothing yet it comes up (test_console.py)"""
    if os.getuid() != 0:
        raise Absent('needs two accounts')
    os.chmod(rig.dir, 0o755)
    state = plant(rig)
    for mode, of in ((0o700, [state]), (0o600, list(state.glob('*.db*')))):
        for p in [state, *state.iterdir()]:
            os.chmod(p, 0o755 if p == state else 0o644)
        for p in of:
            os.chmod(p, mode)
        for lang in ('en', 'ja'):
            told = rig.run(*as_reader(BUILD / 'sekisho', 'assets', '--state', state, '--lang', lang), status=3).stderr
            r = rig.run(*as_reader(BUILD / 'sekisho', 'console', '--state', state, '--listen', 'unix:/tmp/sekisho-%d.sock' % os.getpid(), '--lang', lang), status=3, seconds=20)
            assert r.stderr == told and not r.stdout, (told, r.stderr, r.stdout)


def test_who_follows_sees_what_comes_later(rig):
    """of a sensor that starts only then, with another database behind the same name"""
    if os.getuid() != 0:
        raise Absent('needs two accounts')
    state = plant(rig)
    rig.sekisho('db', 'backup', rig.dir / 'copy', '--state', state)
    lend(state)
    with open(rig.dir / 'tail.txt', 'wb') as out:
        tail = rig.start(*as_reader(BUILD / 'sekisho', 'tail', '--last', '1', '--json', '--state', state), stdout=out)
    said = lambda: whole_lines(rig.dir / 'tail.txt')
    wait_for('the last one of before', lambda: len(said()) == 1)
    rig.sekisho('db', 'restore', rig.dir / 'copy', '--reason', 'x', '--state', state)
    for p in state.iterdir():
        os.chown(p, 0, NOBODY)
    later = force_listen_only(rig.dir / 'later.pcap', 3, start=1775088000.0)
    rig.sekisho('replay', '--no-sinks', '--config', rig.dir / 'sekisho.yaml', '--state', state, later)
    wait_for('those that came later', lambda: sum('SKS-MB-05' in line for line in said()) == 3)
    assert tail.poll() is None


def test_who_follows_outlives_the_end_of_a_replay(rig):
    """which had the database to itself, with no log beside it, and leaves it as the daemon wants it: with one. Who looked in between cannot read it on as it was opened"""
    if os.getuid() != 0:
        raise Absent('needs two accounts')
    state = lent(rig)
    database = state / 'alerts.db'
    journal(database, 'TRUNCATE')
    with open(rig.dir / 'tail.txt', 'wb') as out:
        tail = rig.start(*as_reader(BUILD / 'sekisho', 'tail', '--last', '1', '--json', '--state', state), stdout=out)
    said = lambda: whole_lines(rig.dir / 'tail.txt')
    wait_for('the last one of before', lambda: len(said()) == 1)
    journal(database, 'WAL')
    time.sleep(0.5)   # it looks five times a second
    later = force_listen_only(rig.dir / 'later.pcap', 3, start=1775088000.0)
    rig.sekisho('replay', '--no-sinks', '--config', rig.dir / 'sekisho.yaml', '--state', state, later)
    wait_for('those that came later', lambda: sum('SKS-MB-05' in line for line in said()) == 3)
    assert tail.poll() is None


def test_who_follows_says_why_it_ends(rig):
    """where alerts.db has not been readable for ten seconds"""
    state = plant(rig)
    journal(state / 'alerts.db', 'TRUNCATE')
    with open(rig.dir / 'tail.txt', 'wb') as out, open(rig.dir / 'why.txt', 'wb') as why:
        tail = rig.start(BUILD / 'sekisho', 'tail', '--last', '1', '--lang', 'en', '--state', state, stdout=out, stderr=why)
    wait_for('the last one of before', lambda: whole_lines(rig.dir / 'tail.txt'))
    with open(state / 'alerts.db', 'r+b') as database:
        database.write(b'?' * os.fstat(database.fileno()).st_size)
    assert tail.wait(60) == 1
    assert 'alerts.db: is damaged' in (rig.dir / 'why.txt').read_text()


def test_a_console_that_was_there_first(rig):
    """of somebody who may only read, begun while the sensor stands: it sends what the sensor finds when it runs again"""
    if os.getuid() != 0:
        raise Absent('needs two accounts')
    state = lent(rig)
    port = free_port()
    rig.start(*as_reader(BUILD / 'sekisho', 'console', '--state', state, '--listen', '127.0.0.1:%d' % port))
    live = http.client.HTTPConnection('127.0.0.1', port, timeout=30)
    wait_for('the console', lambda: not socket.socket().connect_ex(('127.0.0.1', port)))
    live.request('GET', '/api/live')
    answer = live.getresponse()
    time.sleep(1)   # it has looked
    later = force_listen_only(rig.dir / 'later.pcap', 3, start=1775088000.0)
    rig.run(BUILD / 'sekishod', '--config', rig.config('state: %s\ncapture: { files: [%s] }\n' % (state, later)))
    got, end = 0, time.monotonic() + 30
    while got < 3:   # there are beats in between
        assert time.monotonic() < end, 'nothing came'
        got += b'SKS-MB-05' in answer.readline()


def test_the_databases_are_not_readable_by_all(rig):
    state = plant(rig)
    assert all(p.stat().st_mode & 0o007 == 0 for p in state.glob('*.db*')), [(p.name, oct(p.stat().st_mode)) for p in state.iterdir()]


def test_a_directory_in_its_place(rig):
    state = rig.dir / 's'
    (state / 'ledger.db').mkdir(parents=True)
    for command in (['assets'], ['links'], ['map'], ['asset', 'show', 'A000001'], ['impact', 'set', 'storage', 'production', 'high', *PERSON]):
        r = rig.sekisho(*command, '--state', state, '--lang', 'en', status=3)
        assert 'ledger.db' in r.stderr and 'is no file' in r.stderr, r.stderr
    r = rig.run(BUILD / 'sekishod', '--config', rig.config('state: %s\ncapture: { files: [%s] }\n' % (state, scenes()[0])), status=3)
    assert 'ledger.db' in r.stderr, r.stderr
    assert (state / 'ledger.db').is_dir() and not list((state / 'ledger.db').iterdir())


def test_a_schema_of_another_version(rig):
    """a newer one is nobody's to touch; an older one is brought up by who writes, and readers say so until then"""
    state = plant(rig)
    with sqlite3.connect(state / 'ledger.db') as db:
        ours = db.execute('PRAGMA user_version').fetchone()[0]
        db.execute('PRAGMA user_version = %d' % (ours + 1))
    db.close()
    before = contents(state)
    for command in (['assets'], ['links', '--json'], ['map'], ['audit', 'list'], ['asset', 'merge', 'A000001', 'A000002', *PERSON],
                    ['impact', 'set', 'storage', 'production', 'high', *PERSON]):
        r = rig.sekisho(*command, '--state', state, '--lang', 'en', status=3)
        assert 'newer version' in r.stderr and 'Update' in r.stderr, r.stderr
    r = rig.run(BUILD / 'sekishod', '--config', rig.dir / 'sekisho.yaml', status=3)
    assert 'newer version' in r.stderr, r.stderr
    assert contents(state)['ledger.db'] == before['ledger.db'] and not list(state.glob('*damaged*'))
    with sqlite3.connect(state / 'ledger.db') as db:
        db.execute('PRAGMA user_version = %d' % (ours - 1))
    db.close()
    r = rig.sekisho('assets', '--state', state, '--lang', 'en', status=3)
    assert 'Start the daemon once' in r.stderr, r.stderr


def test_a_locked_ledger(rig):
    """another program holds it alone: said after a while, and not waited for without end"""
    state = plant(rig)
    db = sqlite3.connect(state / 'ledger.db', isolation_level=None)
    db.execute('PRAGMA locking_mode = EXCLUSIVE')
    db.execute('BEGIN EXCLUSIVE')
    db.execute("INSERT OR REPLACE INTO meta VALUES('test', 1)")
    for command in (['assets'], ['impact', 'set', 'storage', 'production', 'high', *PERSON]):
        r = rig.sekisho(*command, '--state', state, '--lang', 'en', status=3)
        assert 'locked' in r.stderr and 'ledger.db' in r.stderr, r.stderr
    db.execute('ROLLBACK')
    db.close()
    rig.sekisho('assets', '--state', state)


main(globals())
