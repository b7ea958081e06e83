#!/usr/bin/env python3
"""ledger.py --build DIR [--assets N] [--conversations N] [--state DIR]

What a full ledger costs: every device is declared in a register, ledger_fill (ninja -C DIR tests/bench/ledger_fill) fills a ledger through the daemon's own door, then
every listing is run on it. Printed are the most memory while filling and the ceiling that the daemon promises, against 256 MiB, and the processor time in user mode of each
listing. Its yardstick is measured in the same run: the bare rows of all conversations, read by Python's SQLite. Exit status 1 where memory is more, where a listing takes
more than RATIO_MAX yardsticks, or where one does not list what is there. Whether each listing took less than a second is said at the end, but as that depends on the machine, it is no
verdict. --state: an already filled one.
"""
import argparse, os, pathlib, resource, sqlite3, subprocess, sys, tempfile, time

LISTINGS = ['assets', 'assets --json', 'assets --csv', 'assets --by zone', 'assets --zone zone-003', 'assets --registered', 'assets --unregistered', 'assets --silent 3',
            'assets --contradicting', 'links', 'links --json', 'links --zone zone-003', 'links --protocol modbus']
MOST_MIB, RATIO_MAX, A_SECOND = 256, 1.5, 1.0
RUNS = 3        # the quickest counts
PATIENCE = 1800 # seconds: an end to what hangs, no measure


def register(path, devices):
    """Papers of every device that ledger_fill makes: some cells are wrong, as in life."""
    with open(path, 'w', newline='') as f:
        f.write('name,mac,ip,kind,maker,model,serial,owner_dept,usage,use_case,phase\r\n')
        for i in range(devices):
            zone = i // 250
            f.write('加工設備-%05d,00:80:f4:%02x:%02x:%02x,%s.%d.%d,plc,Schneider Electric,M340-%d,SN%08d,製造%d課,control,production,%s\r\n'
                    % (i, i >> 16, i >> 8 & 255, i & 255, '10.%d' % (zone // 200) if i % 10 else '172.16', zone % 200, i % 250 + 1, i % 40, i, i % 30 + 1,
                       'operate' if i % 20 else 'review.risk'))


def user_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=PATIENCE)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, done.stdout.count(b'\n')


def yardstick(state):
    db = sqlite3.connect('file:%s?mode=ro' % (state / 'ledger.db'), uri=True)
    begin = time.process_time()
    n = sum(1 for _ in db.execute('SELECT * FROM link'))
    return time.process_time() - begin, n


def quickest(measure, *what):
    return min(measure(*what) for _ in range(RUNS))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--build', required=True, type=pathlib.Path)
    p.add_argument('--assets', type=int, default=50000)
    p.add_argument('--conversations', type=int, default=500000)
    p.add_argument('--state', type=pathlib.Path)
    o = p.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as where:
        state = o.state or pathlib.Path(where)
        if not o.state:
            register(state / 'register.csv', o.assets)
            subprocess.run([o.build / 'sekisho', 'register', 'import', '--state', state, '--by', 'bench', '--reason', 'bench', state / 'register.csv'], check=True,
                           stdout=subprocess.DEVNULL, timeout=PATIENCE)
            out = subprocess.run([o.build / 'tests/bench/ledger_fill', state, str(o.assets), str(o.conversations)], stdout=subprocess.PIPE, text=True, check=True, timeout=PATIENCE).stdout
            figures = dict(line.split() for line in out.splitlines())
            print(out, end='')
            if int(figures['assets']) != o.assets or int(figures['conversations']) != o.conversations or figures['write_errors'] != '0':
                print('it does not hold what was put in')
                bad = 1
            bad |= float(figures['peak_mib']) > MOST_MIB or float(figures['ceiling_mib']) > MOST_MIB
        yard, n = quickest(yardstick, state)
        print('%-26s %6.2f s %8d rows' % ('(bare rows, in Python)', yard, n))
        longer = []
        for listing in LISTINGS:
            seconds, lines = quickest(user_seconds, [o.build / 'sekisho', *listing.split(), '--state', state])
            slow = seconds > RATIO_MAX * yard
            print('%-26s %6.2f s %8d lines %5.2f times the bare rows%s' % (listing, seconds, lines, seconds / yard, ': SLOW' if slow else ''), flush=True)
            bad |= slow
            if lines != {'assets --json': lines if o.state else o.assets, 'links --json': n}.get(listing, lines):
                print('that is not all that is there')
                bad = 1
            longer += [listing] * (seconds > A_SECOND)
        print('a second is enough for any listing here' if not longer else 'more than a second here: %s' % ', '.join(longer))
    return bad


os.environ['LC_ALL'] = 'C.UTF-8'
sys.exit(main())
