#!/usr/bin/env python3
"""register_page.py: do docs/register.md and docs/register.ja.md name every column of the register, in its order, and have the same sections?"""
import pathlib, re, sys

TOP = pathlib.Path(__file__).resolve().parent.parent


def main():
    columns = re.findall(r'^FIELD\(\w+,\s*"([^"]+)",\s*"([^"]+)"', (TOP / 'daemon/ledger/register_fields.def').read_text(encoding='utf-8'), re.M)
    wrong, shapes = [], []
    for page in ('docs/register.md', 'docs/register.ja.md'):
        text = (TOP / page).read_text(encoding='utf-8')
        last = text.split('\n## ')[-1]
        named = re.findall(r'^\| `(\w+)` \| ([^|]+) \| [^|\s]', last, re.M)
        wrong += ['%s: column %s (%s) is missing, has no words, or stands elsewhere' % (page, *c) for c, n in zip(columns, named + [None] * len(columns)) if c != n][:3]
        shapes.append([(len(re.findall(r'^- ', s, re.M)), len(re.findall(r'^\|', s, re.M)), re.findall(r'^    (sekisho \w+ \w+)', s, re.M), sorted(set(re.findall(r'SKS-LC-\d\d', s))))
                       for s in text.split('\n## ')])
    if shapes[0] != shapes[1]:
        wrong.append('the two pages differ in their points, tables, commands or rules: %s' % [(a, b) for a, b in zip(*shapes) if a != b])
    print('\n'.join(wrong) if wrong else '%d columns, in both languages' % len(columns))
    return 1 if wrong or not columns else 0


sys.exit(main())
