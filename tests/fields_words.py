#!/usr/bin/env python3
"""fields_words.py SEKISHO: does `decode --fields` say the same in both languages?

Each description and each kind of field has a line in rules/text/fields.ja.tsv, and each line belongs to one; whoever changes an English
description gives it its Japanese. Names, keys and sources are the same in both.
"""
import json, pathlib, re, subprocess, sys

TOP = pathlib.Path(__file__).resolve().parent.parent
LINES = TOP / 'rules' / 'text' / 'fields.ja.tsv'
JAPANESE = re.compile('[\u3041-\u30ff\u4e00-\u9fff]')
SAME = {'mac', 'ip'}   # kinds that need no other word


def printed(sekisho, *options):
    return subprocess.run([sekisho, 'decode', '--fields', *options], check=True, stdout=subprocess.PIPE, timeout=60).stdout.decode('utf-8').splitlines()


def rows(sekisho, language):
    """[(name and alias, kind, key, source, meaning)]"""
    return [tuple(c.strip() for c in line.strip('|').split(' | ', 4)) for line in printed(sekisho, '--lang', language) if line.startswith('| `')]


def main():
    sekisho = sys.argv[1]
    en, ja = rows(sekisho, 'en'), rows(sekisho, 'ja')
    wanted = {json.loads(line)['meaning'] for line in printed(sekisho, '--json')} | {row[1].replace(', several', '') for row in en}
    lines = [line.split('\t') for line in LINES.read_text(encoding='utf-8').splitlines()]
    wrong = ['%r: not English, tab, Japanese' % line for line in lines if len(line) != 2 or not (JAPANESE.search(line[1]) or line[0] in SAME)]
    there = [line[0] for line in lines]
    wrong += ['no Japanese: %s' % text for text in sorted(wanted - set(there))] + ['nobody says: %s' % text for text in sorted(set(there) - wanted)]
    wrong += ['twice: %s' % text for text in sorted({t for t in there if there.count(t) > 1})]
    for a, b in zip(en, ja):
        if (a[0], a[2] != '', a[3]) != (b[0], b[2] != '', b[3]) or not JAPANESE.search(b[4]):
            wrong.append('%s here, %s there' % (a, b))
    if len(en) != len(ja) or len(en) < 500:
        wrong.append('%d fields in English, %d in Japanese' % (len(en), len(ja)))
    print('\n'.join(wrong) + '\nDescriptions stand in rules/text/fields.ja.tsv: English, tab, Japanese' if wrong else '%d fields in both languages' % len(en))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
