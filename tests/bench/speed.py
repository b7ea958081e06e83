#!/usr/bin/env python3
"""speed.py --sekisho PATH [--runs N] [--json FILE] CAPTURE...: two workers beside one, and all shipped rules beside none

`sekisho replay` plays each capture with bench.yaml, with one processor only, with two workers, and without rules, in turn, each into a fresh state; processor time,
wall time and peak memory are those of the whole run. Medians; only their ratios mean anything.

One worker is two threads. How much two workers on two processors are faster is said beside one on one processor; one on two stands there, too.
"""
import argparse, json, os, pathlib, re, shutil, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
#        name    configuration, processors, what the table calls it
WAYS = {'one': ('one', 2, 'one worker, all rules'),
        'core': ('one', 1, 'the same, one processor'),
        'two': ('two', 2, 'two workers'),
        'none': ('none', 2, 'no rules')}


def configs(folder):
    """{name: configuration file}: bench.yaml and its two variants, in @folder"""
    text = (HERE / 'bench.yaml').read_text()
    none = folder / 'no-rules'
    none.mkdir()
    variants = {'one': text,
                'two': re.sub(r'(?m)^  workers: 1\b', '  workers: 2', text),
                'none': text + '\nrules:\n  packs: [%s]\n' % none}
    if variants['two'] == text:
        sys.exit('speed.py: bench.yaml has no line "workers: 1" to change')
    for name, body in variants.items():
        (folder / (name + '.yaml')).write_text(body)
    return {name: folder / (name + '.yaml') for name in variants}


def run(command, processors):
    """one run on @processors: wall, cpu, rss in KiB, status"""
    began = time.monotonic()
    p = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=lambda: os.sched_setaffinity(0, processors))
    said = p.stderr.read()
    _, status, used = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        print('failed: %s\n%s' % (' '.join(map(str, command)), said[-400:]), file=sys.stderr)
    return dict(wall=time.monotonic() - began, cpu=used.ru_utime + used.ru_stime, rss=used.ru_maxrss, status=p.returncode)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--sekisho', required=True)
    p.add_argument('--runs', type=int, default=3)
    p.add_argument('--json')
    p.add_argument('captures', nargs='+')
    a = p.parse_args()
    tmp = pathlib.Path(tempfile.mkdtemp(prefix='speed-', dir='/dev/shm' if os.access('/dev/shm', os.W_OK) else None))
    found = {}
    here = sorted(os.sched_getaffinity(0))
    try:
        made = configs(tmp)
        for capture in filter(os.path.exists, a.captures):
            rows = found[pathlib.Path(capture).stem] = {name: [] for name in WAYS}
            for _ in range(a.runs):
                for name, (config, processors, _) in WAYS.items():
                    shutil.rmtree(tmp / 'state', ignore_errors=True)
                    rows[name].append(run([a.sekisho, 'replay', '--config', made[config], '--no-sinks', '--state', tmp / 'state', capture], here[:processors]))
            print('%-24s %9s %9s %9s' % (pathlib.Path(capture).stem, 'wall s', 'CPU s', 'MiB'))
            for name, runs in rows.items():
                print('  %-22s %9.3f %9.3f %9.1f' % (WAYS[name][2],
                                                      *(statistics.median(r[k] for r in runs) for k in ('wall', 'cpu')), statistics.median(r['rss'] for r in runs) / 1024))
    finally:
        shutil.rmtree(tmp, ignore_errors=True)
    if not found:
        sys.exit('speed.py: none of the captures is there')
    if a.json:
        json.dump(found, open(a.json, 'w'), indent=1)


if __name__ == '__main__':
    main()
