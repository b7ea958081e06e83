#!/usr/bin/env python3
"""docs.py [--write] BUILD: do the commands of the quick start and of the operator's guide still say what the pages show?

Each page is worked through in a directory of its own in which tests/ and configs/ are those of the source. A block ```yaml NAME (or csv) is a file that is
written there; a block ```console has commands behind "$ " (continued behind "> "), each with what it prints. Other blocks are not run. The two languages of a
page have the same files and commands, and a command that says something in one says it in the other. --write puts what is printed now into the pages: read the diff.
"""
import os, pathlib, re, subprocess, sys, tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
PAGES = ('quickstart', 'guide')
LANGUAGES = {'en': ('.md', 'C'), 'ja': ('.ja.md', 'ja_JP.UTF-8')}
FENCED = re.compile(r'^```(\w+)?(?: (\S+))?\n(.*?)^```$', re.M | re.S)
# how much a gate held back follows its tuning, and is no promise of a page
TUNED = re.compile(r'\(\d+ judged, \d+ counted by the gate\)|（判定 \d+、ゲートで計数 \d+）')
LEAST = {'quickstart': 6, 'guide': 15}   # commands


def steps(block):
    """commands of a block, each with the lines that follow it"""
    found = []
    for line in block.splitlines():
        if line.startswith('$ '):
            found.append([line[2:], []])
        elif line.startswith('> ') and found and not found[-1][1]:
            found[-1][0] += '\n' + line[2:]
        elif found:
            found[-1][1].append(line)
    return found


class Reader:
    def __init__(self, build, language):
        self.build, self.locale = build, LANGUAGES[language][1]
        self.dir = tempfile.TemporaryDirectory(prefix='sekisho-docs-')
        self.at = pathlib.Path(self.dir.name)
        for folder in ('tests', 'configs'):
            (self.at / folder).symlink_to(TOP / folder)

    def run(self, command):
        keep = {k: v for k, v in os.environ.items() if not k.startswith('LC_') and k != 'LANGUAGE'}
        # the clock of the plant; what is shown must not depend on where the test runs
        environment = {**keep, 'LANG': self.locale, 'TZ': 'JST-9', 'PATH': '%s:%s' % (self.build, os.environ['PATH'])}
        r = subprocess.run(['bash', '-c', 'set -o pipefail\n' + command], cwd=self.at, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        return [line.rstrip() for line in r.stdout.decode('utf-8', 'replace').splitlines()], r.returncode


def work_through(page, language, build, write):
    path = TOP / 'docs' / (page + LANGUAGES[language][0])
    text = path.read_text(encoding='utf-8')
    reader, wrong, shape = Reader(build, language), [], []

    def block(m):
        kind, name, body = m.groups()
        if kind in ('yaml', 'csv') and name:
            (reader.at / name).write_text(body, encoding='utf-8')
            shape.append(('file', name, re.sub(r'\s*#.*', '', body)))
        if kind != 'console':
            return m.group(0)
        out = []
        for command, shown in steps(body):
            said, status = reader.run(command)
            # words are as many as a language needs; that something is said, and a bare number, depend on none
            shape.append(('command', command, said if ''.join(said).isdigit() else 'words' if said else 'nothing'))
            if status not in (0, 1, 141):   # 141: head had seen enough
                wrong.append('%s: %s: ends with status %d: %s' % (path.name, command, status, ' '.join(said[-1:])))
            if [TUNED.sub('', line) for line in said] != [TUNED.sub('', line) for line in shown] and not write:
                at = next((i for i, (a, b) in enumerate(zip(said, shown)) if a != b), min(len(said), len(shown)))
                wrong.append('%s: %s: line %d: the page has\n  %s\nwhere it says now\n  %s' % (
                    path.name, command, at + 1, *(part[at] if at < len(part) else '(nothing)' for part in (shown, said))))
            out += ['$ ' + command.replace('\n', '\n> ')] + said
        return '```console\n%s\n```' % '\n'.join(out)

    fresh = FENCED.sub(block, text)
    if write and fresh != text:
        path.write_text(fresh, encoding='utf-8')
    if sum(1 for s in shape if s[0] == 'command') < LEAST[page]:
        wrong.append('%s: only %d commands were found' % (path.name, len(shape)))
    return wrong, shape


def entries_wrong(page, build):
    """rules that the table of JNSA's ways into a plant names without being tagged so"""
    rows = re.findall(r'^\| (\d+) \|.*\| ([A-Z]{2}-\d\d(?:, [A-Z]{2}-\d\d)*) \|$', page.read_text(encoding='utf-8'), re.M)
    wrong = [] if [int(n) for n, _ in rows] == list(range(1, 14)) else ['%s: not all of the 13 ways into a plant' % page.name]
    for n, rules in rows:
        for rule in rules.split(', '):
            said = subprocess.run([build / 'sekisho', 'rules', 'show', '--lang', 'en', 'SKS-' + rule], stdout=subprocess.PIPE, universal_newlines=True, timeout=60).stdout
            if n not in re.findall(r'\d+', ''.join(re.findall(r'^  JNSA(.*)', said, re.M))):
                wrong.append('%s: way %s: SKS-%s is not tagged so' % (page.name, n, rule))
    return wrong


def main():
    write = '--write' in sys.argv
    build = pathlib.Path([a for a in sys.argv[1:] if a != '--write'][0]).resolve()
    wrong, count = [], 0
    for page in PAGES:
        shapes = []
        for language in LANGUAGES:
            more, shape = work_through(page, language, build, write)
            wrong += more
            shapes.append(shape)
            count += len(shape)
        wrong += ['%s: the languages differ: %s here, %s there' % (page, a, b) for a, b in zip(*shapes) if a != b][:1]
        if len(shapes[0]) != len(shapes[1]):
            wrong.append('%s: %d files and commands in English, %d in Japanese' % (page, *map(len, shapes)))
    for ending, _ in LANGUAGES.values():
        wrong += entries_wrong(TOP / 'docs' / ('guide' + ending), build)
    if wrong:
        print('\n'.join(wrong) + '\nIf that is meant: tests/docs.py --write BUILD, and read the diff')
    else:
        print('%d files and commands, as the pages show them' % count)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
