#!/usr/bin/env python3
"""phrases.py SOURCE_ROOT [--missing]

Every complaint and log line of the program has its Japanese in daemon/base/phrases.def, and takes the same values there; what the
console and the reports speak of has one Japanese name.

xgettext (package gettext) reads the C sources. A text without a row, a row that nobody says, and a row whose two sides take
other values are errors. --missing prints a row to fill in for each text that has none.
"""
import os, pathlib, re, subprocess, sys

# One thing has one Japanese name; these were its others, in the console and the reports.
RETIRED = {'型式': '型番', '製造番号': 'シリアル番号', '管理部署': '申請部門', '侵入口': '脅威の入口', '確認済み': '確認中', '完了した警報': '対応済みにした警報', '目標内に完了': '目標内に対応済み',
           '重要度': 'レベル', '重大度': 'レベル', '重要・緊急': '高・緊急', '不許可': '許可なし'}
NAMED = ['daemon/app/words*.def', 'daemon/app/config_keys.def', 'daemon/alert/*.def', 'console/words.js', 'daemon/app/report/words*.def', 'docs/console.ja.md', 'docs/reports*.ja.md', 'docs/drills.ja.md']
SPEAKERS = ['complain:5', 'yaml_complain:4', 'rule_file_complain:5', 'expr_fail:3', 'scene_complain:3', 'log_error:1', 'log_warning:1', 'log_notice:1', 'log_info:1', 'phrase:1', 'PHRASE_LATER:1', 'sheet_error:4', 'refuse:3']
CONVERSION = re.compile(r'%(?:(\d+)\$)?[-+ #0]*(\*|\d+)?(?:\.(\*|\d+))?(<PRI\w+>|(?:hh|h|ll|l|z|j|t)?[a-zA-Z%])')


def extract(files, keywords):
    """the texts of the calls, as (msgid, msgid_plural) in C source form"""
    command = ['xgettext', '-L', 'C', '--from-code=UTF-8', '-k', '--omit-header', '--no-location', '--no-wrap', '-o', '-']
    out = subprocess.run(command + ['-k' + k for k in keywords] + [str(f) for f in files], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         env=dict(os.environ, LC_ALL='C.UTF-8')).stdout.decode('utf-8')
    for entry in out.split('\n\n'):
        sides = ['', '']
        at = None
        for line in entry.splitlines():
            word = re.match(r'(msgid_plural|msgid|msgstr\S*) ', line)
            if word:
                at = {'msgid': 0, 'msgid_plural': 1}.get(word.group(1))
            if at is not None and not line.startswith('#'):
                sides[at] += line[line.index('"') + 1:line.rindex('"')]
        if sides[0]:
            yield tuple(sides)


def values(text):
    """the values that a format takes, in the order in which they are handed over; None: mixed ways of naming them"""
    found = [m for m in CONVERSION.finditer(text) if m.group(4) != '%']
    if not any(m.group(1) for m in found):
        return [(('*' if '*' in m.group(2, 3) else '') + m.group(4)) for m in found]
    by_place = {int(m.group(1)): m.group(4) for m in found if m.group(1)}
    return [by_place[k] for k in sorted(by_place)] if len(by_place) == max(by_place) and all(m.group(1) for m in found) else None


def main():
    root = pathlib.Path(sys.argv[1])
    sources = sorted(p for d in ('daemon', 'rules') for p in (root / d).rglob('*.c'))
    said = [en for en, _ in extract(sources, SPEAKERS) if re.search('[A-Za-z]', CONVERSION.sub('', en))]
    rows = dict(extract([root / 'daemon/base/phrases.def'], ['PHRASE:1,2']))
    missing = [t for t in said if t not in rows]
    if '--missing' in sys.argv:
        for text in missing:
            print('PHRASE("%s",\n       "")' % text)
        return 0
    faults = ['no Japanese for "%s"' % t for t in missing]
    faults += ['nobody says "%s" any more' % t for t in rows if t not in said]
    faults += ['other values in Japanese for "%s"' % t for t, ja in rows.items() if values(t) != values(ja)]
    faults = ['daemon/base/phrases.def: ' + f for f in faults]
    # what a name holds must not steer a terminal
    faults += ['%s:%d: says something with names in it without command_tell()' % (p.relative_to(root), i) for p in sources if p.parent.name == 'app' and p.name != 'sekishod.c'
               for i, line in enumerate(p.read_text().splitlines(), 1) if re.search(r'(?<![a-z_])(printf\(|fprintf\((stderr|stdout), )say\(', line)]
    faults += ['%s:%d: %s is called %s' % (p.relative_to(root), i, old, new) for glob in NAMED for p in sorted(root.glob(glob))
               for i, line in enumerate(p.read_text().splitlines(), 1) for old, new in RETIRED.items() if old in line]
    for fault in faults:
        print(fault)
    print('%d texts, %d faults' % (len(said), len(faults)))
    return 1 if faults or not said else 0


sys.exit(main())
