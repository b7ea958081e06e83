#!/usr/bin/env python3
"""decoders.py [--write]: are docs/decoders*.md what docs/decoders.tsv says, and does that name every field of rules/FIELDS.md?

docs/decoders.tsv tells of each field of the reference what tshark, Zeek with ICSNPP and Suricata call it, or that they have nothing of the
kind. A field without its row, a row without its field, a cell left empty and, where tshark 4.0 is installed, a name that tshark does not
know are errors. --write makes the tables anew: they stand between `<!-- fields NAME -->`, `<!-- totals -->` or `<!-- peers -->` (made of
docs/peers.tsv) and `<!-- end -->`.

Exit status: 0 all agree, 1 something does not.
"""
import pathlib, re, shutil, subprocess, sys

DOCS = pathlib.Path(__file__).resolve().parent
TOOLS = ('tshark', 'Zeek + ICSNPP', 'Suricata')
TSHARK = 'TShark (Wireshark) 4.0.'
BLOCK = re.compile(r'(<!-- (totals|peers|fields (\w+)) -->\n).*?(<!-- end -->\n)', re.S)


def reference():
    """the names of all fields in order, and of those the lists of objects, which have no value of their own"""
    fields, lists = {}, set()
    for line in (DOCS.parent / 'rules' / 'FIELDS.md').read_text(encoding='utf-8').splitlines():
        row = re.match(r'\| `([^`]+)` \| ([^|]*) \|', line)
        if row:
            fields[row[1]] = True
            if row[2] == 'object list':
                lists.add(row[1])
    return list(fields), lists


def rows(errors):
    """field -> its names elsewhere, one a tool"""
    found = {}
    for number, line in enumerate((DOCS / 'decoders.tsv').read_text(encoding='utf-8').splitlines(), 1):
        if line.startswith('#') or line.startswith('field\t'):
            continue
        cells = line.split('\t')
        if len(cells) != 1 + len(TOOLS) or not all(cell == '-' or re.match(r'[\w(]', cell) for cell in cells):
            errors.append('docs/decoders.tsv:%d: not a field and %d cells with names or -: %s' % (number, len(TOOLS), line))
        elif cells[0] in found:
            errors.append('docs/decoders.tsv:%d: %s has a row already' % (number, cells[0]))
        else:
            found[cells[0]] = [[] if cell == '-' else cell.split(', ') for cell in cells[1:]]
    return found


def unknown_to_tshark(table):
    """complaints about names that `tshark -G fields` does not print; none where there is no tshark 4.0"""
    if not shutil.which('tshark') or not subprocess.run(['tshark', '--version'], capture_output=True, text=True).stdout.startswith(TSHARK):
        print('tshark 4.0 is not here: its names were not looked up')
        return []
    listing = subprocess.run(['tshark', '-G', 'fields'], capture_output=True, text=True, errors='replace').stdout
    known = {line.split('\t')[2] for line in listing.splitlines() if line.startswith('F\t')}
    return ['docs/decoders.tsv: %s: tshark has no field %s' % (field, name) for field, names in table.items() for name in names[0] if name not in known]


def field_table(section, fields, lists, table):
    """the markdown table of one section of the reference"""
    lines = ['| field | %s |' % ' | '.join(TOOLS), '|---' * (1 + len(TOOLS)) + '|']
    for field in fields:
        if field.startswith(section + '.'):
            names = table.get(field, [[]] * len(TOOLS))
            cells = ['' if field in lists else ', '.join('`%s`' % name for name in tool) or '-' for tool in names]
            lines.append('| `%s` | %s |' % (field, ' | '.join(cells)))
    return '\n'.join(lines) + '\n'


def totals(fields, lists, table):
    """the markdown table of how many fields of each section the others have"""
    lines = ['| fields of | sekisho | %s |' % ' | '.join(TOOLS), '|---' * (2 + len(TOOLS)) + '|']
    sections = list(dict.fromkeys(field.split('.')[0] for field in fields))
    for section in sections + ['']:
        mine = [field for field in fields if field not in lists and field.startswith(section + '.' if section else '')]
        counts = [sum(1 for field in mine if table.get(field, [[]] * len(TOOLS))[tool]) for tool in range(len(TOOLS))]
        lines.append('| %s | %d | %s |' % ('`%s`' % section if section else 'all', len(mine), ' | '.join(map(str, counts))))
    return '\n'.join(lines) + '\n'


def peers():
    """the markdown table of how our numbers relate to those of others"""
    lines = ['| capture | they count | we count | how it relates |', '|---|---|---|---|']
    before = ''
    for line in (DOCS / 'peers.tsv').read_text(encoding='utf-8').splitlines():
        if line.startswith('#') or line.startswith('capture\t'):
            continue
        capture, _, theirs, ours, why = line.split('\t')
        asked = [part.rpartition(' = ') for part in ours.split('; ')]
        lines.append('| %s | %s | %s | %s |' % (capture if capture != before else '', theirs,
                                               '; '.join('`%s` = %s' % (question, number) for question, _, number in asked), why))
        before = capture
    return '\n'.join(lines) + '\n'


def main():
    if sys.argv[1:] not in ([], ['--write']):
        print(__doc__.split('\n')[0], file=sys.stderr)
        return 2
    errors = []
    fields, lists = reference()
    table = rows(errors)
    for field in fields:
        if field not in lists and field not in table:
            errors.append('docs/decoders.tsv has no row for %s: add it with its names in tshark, Zeek and Suricata (or -), tabs between, '
                          'then run docs/decoders.py --write' % field)
    for field in table:
        if field not in fields or field in lists:
            errors.append('docs/decoders.tsv has a row for %s, which is no field with a value' % field)
    errors += unknown_to_tshark(table)
    shown = set()
    for page in sorted(DOCS.glob('decoders*.md')):
        old = page.read_text(encoding='utf-8')
        shown |= {block[2] for block in BLOCK.findall(old)}
        made = {'totals': lambda _: totals(fields, lists, table), 'peers': lambda _: peers()}
        new = BLOCK.sub(lambda block: block[1] + made.get(block[2], lambda b: field_table(b[3], fields, lists, table))(block) + block[4], old)
        if new != old and sys.argv[1:]:
            page.write_text(new, encoding='utf-8')
        elif new != old:
            errors.append('docs/%s is not what docs/decoders.tsv and docs/peers.tsv say: run docs/decoders.py --write' % page.name)
    for section in {field.split('.')[0] for field in fields} - shown:
        errors.append('no page has a table for %s: put <!-- fields %s --> and <!-- end --> into docs/decoders*.md' % (section, section))
    print('\n'.join(errors + ['%d fields, %d of them lists; %d rows' % (len(fields), len(lists), len(table))]))
    return 1 if errors or not fields else 0


if __name__ == '__main__':
    sys.exit(main())
