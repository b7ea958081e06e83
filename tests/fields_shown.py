#!/usr/bin/env python3
"""fields_shown.py FIELDS.md GOLDEN [JSONL...]: is every field of the reference shown by some golden file, or in one of the further files?

Fields that nothing can show stand in GOLDEN/not_shown.txt: `field: why`, a line each. They are printed. A line there that is no longer true
is an error too.
"""
import json, pathlib, re, sys


def paths(value, path, seen):
    """collects the dotted path of every key below value, lists passed through"""
    if isinstance(value, dict):
        for key, below in value.items():
            paths(below, path + '.' + key if path else key, seen)
    elif isinstance(value, list):
        seen.add(path)
        for below in value:
            paths(below, path, seen)
    else:
        seen.add(path)


def main():
    reference, golden, *further = map(pathlib.Path, sys.argv[1:])
    fields = re.findall(r'^\| `([^`]+)`', reference.read_text(encoding='utf-8'), re.M)
    seen = set()
    for file in sorted(golden.glob('*/*/expect.jsonl')) + further:
        for line in file.read_text(encoding='utf-8').splitlines():
            paths(json.loads(line), '', seen)
    excused = {}
    listed = golden / 'not_shown.txt'
    for line in listed.read_text(encoding='utf-8').splitlines() if listed.exists() else []:
        if line.strip() and not line.startswith('#'):
            field, _, why = line.partition(': ')
            excused[field] = why
    missing = [f for f in fields if f not in seen and f not in excused]
    stale = [f for f in excused if f in seen or f not in fields or not excused[f]]
    for field in missing:
        print('no golden file shows %s' % field)
    for field in stale:
        print('not_shown.txt excuses %s, which is shown, unknown, or not explained' % field)
    for field, why in excused.items():
        print('not shown: %s: %s' % (field, why))
    print('%d of %d fields are shown, %d are excused' % (len([f for f in fields if f in seen]), len(fields), len(excused)))
    return 1 if missing or stale or not fields else 0


if __name__ == '__main__':
    sys.exit(main())
