#!/usr/bin/env python3
"""ledger.py --build DIR [--assets N] [--conversations N] [--state DIR]

What a full ledger costs: every device is declared in a register, ledger_fill (ninja -C DIR tests/bench/ledger_fill) fills a ledger through the daemon's own door, then
every listing is run on it. Printed are the most memory while filling and the ceiling that the daemon promises, against 256 MiB, and the processor time in user mode of each
listing, against a second. Exit status 1 where one of them is more. A busy machine makes processor time longer too: `sqlite3`-like reading of the bare rows is timed
beside it as a yardstick. --state: an already filled one.
"""
import argparse, os, pathlib, resource, sqlite3, subprocess, sys, tempfile, time

LISTINGS = ['assets', 'assets --json', 'assets --csv', 'assets --by zone', 'assets --zone zone-003', 'assets --registered', 'assets --unregistered', 'assets --silent 3',
            'assets --contradicting', 'links', 'links --json', 'links --zone zone-003', 'links --protocol modbus']
MOST_MIB, MOST_S = 256, 1.0


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
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, done.stdout.count(b'\n')


def yardstick(state):
    db = sqlite3.connect('file:%s?mode=ro' % (state / 'ledger.db'), uri=True)
    begin = time.process_time()
    n = sum(1 for _ in db.execute('SELECT * FROM link'))
    return time.process_time() - begin, n


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
                           stdout=subprocess.DEVNULL)
            out = subprocess.run([o.build / 'tests/bench/ledger_fill', state, str(o.assets), str(o.conversations)], stdout=subprocess.PIPE, text=True, check=True).stdout
            figures = dict(line.split() for line in out.splitlines())
            print(out, end='')
            if int(figures['assets']) != o.assets or int(figures['conversations']) != o.conversations or figures['write_errors'] != '0':
                print('it does not hold what was put in')
                bad = 1
            bad |= float(figures['peak_mib']) > MOST_MIB or float(figures['ceiling_mib']) > MOST_MIB
        seconds, n = yardstick(state)
        print('%-26s %6.2f s %8d rows' % ('(bare rows, in Python)', seconds, n))
        for listing in LISTINGS:
            seconds, lines = user_seconds([o.build / 'sekisho', *listing.split(), '--state', state])
            print('%-26s %6.2f s %8d lines' % (listing, seconds, lines))
            bad |= seconds > MOST_S
    return bad


os.environ['LC_ALL'] = 'C.UTF-8'
sys.exit(main())
