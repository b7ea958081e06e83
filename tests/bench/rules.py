#!/usr/bin/env python3
"""rules.py --sekisho PATH [--runs N] [--rules A,B] [--most RATIO] [--no-gate] CAPTURE...

What a thousand rules cost beside eighty. Both sets are made of the shipped rules, over and over, each copy with an id and an exception of its own. The first
copies work as shipped; the exception of further ones always holds, so that they are asked and raise nothing: more alerts are no matter of the rules
(--firing: let them raise). `sekisho replay` plays the captures with either set in turn; the processor time of the whole run counts, loading included. Only the
ratio means something; exit status 1 where it is more than --most (2).
"""
import argparse, pathlib, re, resource, shutil, statistics, subprocess, sys, tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]


def blocks():
    """the shipped rules as text: (id, lines below the id)"""
    for pack in sorted((TOP / 'rules' / 'packs').glob('*.yaml')):
        for block in re.split(r'(?m)^(?=- )', pack.read_text())[1:]:
            head = re.match(r'- id: (\S+)\n', block)
            body = re.sub(r'(?m)^  tests:\n(?:(?:    .*|\s*|#.*)\n)*', '', block)
            yield (head.group(1), body[head.end():].rstrip() + '\n') if head else (None, block)


def write_set(folder, n, firing=False):
    """@n rules made of the shipped ones, and their lists; the configuration that uses them"""
    packs = folder / 'packs'
    packs.mkdir(parents=True)
    all_blocks = list(blocks())
    rules = [b for b in all_blocks if b[0]]
    out = [text for name, text in all_blocks if not name]
    for i in range(n):
        name, body = rules[i % len(rules)]
        quiet = i >= len(rules) and not firing
        own = '  unless: %sdest_port == %d\n' % ('func_class >= none or ' if quiet else '', 60000 + i % 5000)
        if re.search(r'(?m)^  unless:', body):
            own = ''
            if quiet:
                body = re.sub(r'(?ms)^  unless:.*?(?=^  \w)', '', body)
                own = '  unless: func_class >= none or dest_port == %d\n' % (60000 + i % 5000)
        title = '' if re.search(r'(?m)^  title:', body) else '  title: { en: "%d {src.name}", ja: "%d {src.name}" }\n' % (i, i)
        out.append('- id: BENCH-%04d\n%s%s%s' % (i, body, own, title))
    (packs / 'bench.yaml').write_text('\n'.join(out))
    (folder / 'sekisho.yaml').write_text('rules: { packs: [packs] }\n')
    return folder / 'sekisho.yaml'


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--sekisho', required=True)
    p.add_argument('--runs', type=int, default=5)
    p.add_argument('--rules', default='80,1000')
    p.add_argument('--most', type=float, default=2.0)
    p.add_argument('--firing', action='store_true')
    p.add_argument('--no-gate', action='store_true')
    p.add_argument('captures', nargs='+')
    o = p.parse_args()
    counts = [int(n) for n in o.rules.split(',')]
    with tempfile.TemporaryDirectory() as where:
        where = pathlib.Path(where)
        configs = [write_set(where / str(n), n, o.firing) for n in counts]
        times = [[] for _ in counts]
        for _ in range(o.runs):
            for i, config in enumerate(configs):
                state = where / 'state'
                shutil.rmtree(state, ignore_errors=True)
                times[i].append(cpu_seconds([o.sekisho, 'replay', '--no-sinks', '--config', str(config), '--state', str(state),
                                             *(['--no-gate'] if o.no_gate else []), *o.captures]))
    middle = [statistics.median(t) for t in times]
    for n, t, all_times in zip(counts, middle, times):
        print('%5d rules: %.3f s of processor time (%.3f to %.3f)' % (n, t, min(all_times), max(all_times)))
    ratio = middle[-1] / middle[0]
    print('ratio %.2f, at most %.2f' % (ratio, o.most))
    return 1 if ratio > o.most else 0


sys.exit(main())
