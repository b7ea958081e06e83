#!/usr/bin/env python3
"""stages.py --sekisho PATH [--config FILE] [--decode] [--time] [--json FILE] [--top N] CAPTURE: where the instructions go, or the time, stage by stage

valgrind's callgrind counts the instructions of `sekisho replay` (or decode) on the capture and on an empty one. What the empty one costs is the row
"start-up"; the rest is told by stage, per packet. A function belongs to the stage of its source file; what it calls in the C library is its own.
PATH must have debugging information and no LTO:  meson setup build/prof --buildtype=debugoptimized -Dtests=false && ninja -C build/prof
Take a small capture (the kit's scale 0.1): callgrind is fifty times slower. Instructions are not nanoseconds: what misses the cache costs more than its share.

--time has perf take samples of the processor time instead, of a capture at full length; what the C library and the kernel do is their callers'.
"""
import argparse, bisect, collections, json, os, pathlib, re, shutil, struct, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
# the first that matches the object or the source file; None: part of whoever calls it
STAGES = [(re.compile(pattern), stage) for pattern, stage in (
    (r'libpcap|net/capture|meter', 'libpcap, reading'),
    (r'libndpi|libgcrypt|net/(ndpi|identify|guess)', 'identify (nDPI)'),
    (r'libsqlite3|base/sqlite_care', 'SQLite'),
    (r'libyaml|base/yamldoc', 'configuration'),
    (r'net/(decode|defrag|doubled|duplicate|hosts|packet)', 'decode'),
    (r'net/(tcp|order|stream|feed|conn|datagram)', 'tcp, reassembly'),
    (r'daemon/net/', 'flow, worker'),
    (r'dissectors/([a-z]+)/', r'dissector \1'),
    (r'event/gate', 'gate'),
    (r'event/event_(json|body|lines)|event/community|base/json\.c|libcrypto', 'JSON'),
    (r'base/ring|app/(lane|source|merge|loss|lookout)|event/', 'records, road'),
    (r'daemon/ledger/', 'ledger'),
    (r'rules/engine/', 'rules'),
    (r'daemon/alert/|app/alert_|app/evidence', 'alerts'),
    (r'daemon/app/', 'app, analyst'),
)]


def stage_of(obj, file):
    for where in (obj, file):
        for pattern, stage in STAGES:
            m = pattern.search(where)
            if m:
                return m.expand(stage)
    return None


class Profile:
    """self costs by stage; a callgrind file is read once, top to bottom"""

    def __init__(self, path):
        self.stages, self.functions, self.total = collections.Counter(), collections.Counter(), 0
        names = {}
        obj = file = inlined = fn = callee_obj = callee_file = ''
        stage, called = None, False

        def name(kind, text):
            """(3) name, or (3) for one that was named before"""
            m = re.match(r'\((\d+)\)(?: (.*))?', text)
            if not m:
                return text
            if m[2] is not None:
                names[kind, m[1]] = m[2]
            return names.get((kind, m[1]), '')

        for line in open(path, errors='replace'):
            c = line[0]
            if c.isdigit() or c in '+-*':
                cost = int(line.split()[1])
                if called:                                              # inclusive cost of a call that was made here
                    called = False
                    if stage and stage_of(callee_obj, callee_file) is None:
                        self.add(stage, fn, cost)
                    callee_obj, callee_file = obj, file                 # of the next one, where nothing else is said
                else:
                    self.total += cost
                    here = stage_of(obj, inlined) or stage
                    if here:
                        self.add(here, fn, cost)
                continue
            key, _, value = line.rstrip('\n').partition('=')
            if key == 'ob':
                obj = name('ob', value)
            elif key == 'fl':
                file = inlined = name('fl', value)
            elif key in ('fi', 'fe'):
                inlined = name('fl', value)
            elif key == 'fn':
                fn, inlined = name('fn', value), file
                stage = stage_of(obj, file)
                callee_obj, callee_file = obj, file
            elif key == 'cob':
                callee_obj = name('ob', value)
            elif key in ('cfi', 'cfl'):
                callee_file = name('fl', value)
            elif key == 'cfn':
                name('fn', value)
            elif key == 'calls':
                called = True
        self.stages['other'] = max(0, self.total - sum(self.stages.values()))

    def add(self, stage, fn, cost):
        self.stages[stage] += cost
        self.functions[stage, fn] += cost


def run_under(tool, a, capture, tmp):
    """into a state of its own, as each start makes its databases"""
    state = tmp / 'state'
    shutil.rmtree(state, ignore_errors=True)
    what = ['decode', '--output', '/dev/null'] if a.decode else ['replay', '--config', a.config, '--no-sinks', '--state', state]
    r = subprocess.run([*tool, a.sekisho, *what, capture], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors='replace')
    if r.returncode:
        sys.exit('stages.py: the run failed\n' + r.stderr[-600:])


def count(a, capture, tmp):
    out = tmp / 'callgrind.out'
    run_under(['valgrind', '--tool=callgrind', '--compress-pos=no', '--callgrind-out-file=%s' % out], a, capture, tmp)
    return Profile(out)


def functions_of(binary):
    """[address], [(name, source file)] of its functions, by their addresses"""
    rows = []
    for line in subprocess.run(['nm', '-l', binary], capture_output=True, text=True, check=True).stdout.splitlines():
        m = re.match(r'([0-9a-f]+) [tTwW] (\S+)(?:\t(.*):\d+)?$', line)
        if m:
            rows.append((int(m[1], 16), (m[2], m[3] or '')))
    rows.sort()
    return [r[0] for r in rows], [r[1] for r in rows]


class Samples:
    """processor time by stage and by thread, in nanoseconds"""

    HZ = 1500

    def __init__(self, a, capture, tmp):
        out = tmp / 'perf.data'
        run_under(['perf', 'record', '-F', str(self.HZ), '--call-graph', 'dwarf,8192', '-m', '32M', '-q', '-o', out], a, capture, tmp)
        self.stages, self.functions, self.threads = collections.Counter(), collections.Counter(), collections.Counter()
        self.starts, self.named = functions_of(a.sekisho)
        script = subprocess.Popen(['perf', 'script', '-i', out, '-F', 'tid,ip,sym,dso'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  errors='replace')
        sample, ours = [], os.path.realpath(a.sekisho)
        for line in script.stdout:
            if line.strip():
                sample.append(line)
            elif sample:
                self.take(sample, ours)
                sample = []
        if script.wait():
            sys.exit('stages.py: perf cannot read what it has written')
        self.total = sum(self.stages.values())

    def take(self, sample, ours):
        """the stage of the innermost function that has one"""
        stage = leaf = None
        for line in sample[1:]:
            m = re.match(r'\s*([0-9a-f]+) (.*) \((.*)\)$', line)
            if not m:
                continue
            fn, file = m[2].split('.')[0], ''
            if m[3] == ours:                                            # its address is the program's own
                fn, file = self.named[max(0, bisect.bisect_right(self.starts, int(m[1], 16)) - 1)]
            leaf = leaf or fn
            stage = stage_of('' if m[3] == ours else m[3], file)
            if stage:
                break
        ns = 10 ** 9 / self.HZ
        self.stages[stage or 'other'] += ns
        self.functions[stage or 'other', leaf] += ns
        self.threads[sample[0].split()[0]] += ns


def packets_of(capture):
    """of a classic capture file, in either order of bytes"""
    n = 0
    with open(capture, 'rb') as f:
        order = {b'\xd4\xc3\xb2\xa1': '<', b'\x4d\x3c\xb2\xa1': '<'}.get(f.read(24)[:4], '>')
        while len(head := f.read(16)) == 16:
            f.seek(struct.unpack(order + 'I', head[8:12])[0], os.SEEK_CUR)
            n += 1
    return n


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--sekisho', required=True)
    p.add_argument('--config', default=HERE / 'bench.yaml')
    p.add_argument('--decode', action='store_true', help='of `sekisho decode` instead')
    p.add_argument('--time', action='store_true', help='of the processor, by perf')
    p.add_argument('--json')
    p.add_argument('--top', type=int, default=0, help='that many functions of each stage, too')
    p.add_argument('capture')
    a = p.parse_args()
    tool, unit = ('perf', 'ns') if a.time else ('valgrind', 'instructions')
    if not shutil.which(tool):
        sys.exit('stages.py: %s is not installed' % tool)
    tmp = pathlib.Path(tempfile.mkdtemp(prefix='stages-'))
    try:
        empty = tmp / 'empty.pcap'
        empty.write_bytes(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        start, whole = (Samples(a, c, tmp) if a.time else count(a, c, tmp) for c in (empty, a.capture))
    finally:
        shutil.rmtree(tmp, ignore_errors=True)
    n = packets_of(a.capture)
    rows = {s: max(0, c - start.stages[s]) for s, c in whole.stages.items()}
    rows['start-up'] = start.total
    print('%s: %d packets, %.0f %s a packet' % (pathlib.Path(a.capture).name, n, whole.total / n, unit))
    if a.time:
        print('  threads: ' + ', '.join('%.0f %%' % (100 * ns / whole.total) for _, ns in whole.threads.most_common()))
    for stage, cost in sorted(rows.items(), key=lambda r: -r[1]):
        print('  %-20s %9.1f a packet  %5.1f %%' % (stage, cost / n, 100 * cost / whole.total))
        of_it = [(c - start.functions[k], k[1]) for k, c in whole.functions.items() if k[0] == stage]
        for c, fn in sorted(of_it, reverse=True)[:a.top]:
            print('      %-36s %9.1f' % (fn, c / n))
    if a.json:
        json.dump(dict(packets=n, total=whole.total, stages=rows), open(a.json, 'w'), indent=1)


if __name__ == '__main__':
    main()
