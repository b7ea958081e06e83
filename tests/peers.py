#!/usr/bin/env python3
"""peers.py SEKISHO PEERS.tsv CAPTURES: do docs/peers.tsv and the decoders agree, and is every number of the others told of?

PEERS.tsv lists what Zeek and Suricata expect of captures in their own tests, beside tshark. Each of its rows that tshark does not confirm
("yes" in the last column) must be told of in docs/peers.tsv, and each number that docs/peers.tsv gives as ours must be what `decode` says.
"""
import csv, json, pathlib, re, subprocess, sys

TELLS = pathlib.Path(__file__).resolve().parent.parent / 'docs' / 'peers.tsv'


def lookup(record, path):
    """the value at a dotted path, None where there is none"""
    for key in path.split('.'):
        if not isinstance(record, dict) or key not in record:
            return None
        record = record[key]
    return record


def text(value):
    return {True: 'true', False: 'false'}.get(value, str(value)) if isinstance(value, bool) else str(value)


def count(question, records):
    """the answer to one question of docs/peers.tsv, which tells how they are asked"""
    if question.startswith('stats.'):
        return lookup([r for r in records if r['event_type'] == 'stats'][-1], 'stats.' + question[len('stats.'):])
    distinct = re.match(r'distinct (\S+) ', question)
    wanted = re.findall(r'([\w.]+)(!=|=|!|)("[^"]*"|\S*)', question[distinct.end():] if distinct else question)
    chosen = []
    for record in records:
        fits = True
        for key, how, value in wanted:
            found = lookup(record, key)
            same = found is not None and text(found) == value.strip('"')
            fits = fits and {'=': same, '!=': not same, '!': found is None, '': found is not None}[how]
        if fits:
            chosen.append(record)
    return len({text(lookup(r, distinct[1])) for r in chosen if lookup(r, distinct[1]) is not None}) if distinct else len(chosen)


def main():
    sekisho, expected, captures = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    lines = [line for line in TELLS.read_text(encoding='utf-8').splitlines() if not line.startswith('#')]
    told = [line.split('\t') for line in lines[1:]]
    wrong, asked, decoded = [], 0, {}
    for row in told:
        if len(row) != 5 or not all(row):
            wrong.append('docs/peers.tsv: not five cells: %s' % row)
            continue
        if row[0] not in decoded:
            run = subprocess.run([sekisho, 'decode', captures / row[0]], capture_output=True, text=True)
            decoded[row[0]] = [json.loads(line) for line in run.stdout.splitlines()]
        for part in row[3].split('; '):
            question, _, number = part.rpartition(' = ')
            answer = count(question, decoded[row[0]])
            asked += 1
            if str(answer) != number:
                wrong.append('%s: %s is %s, docs/peers.tsv says %s' % (row[0], question, answer, number))
    with expected.open(encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file, delimiter='\t', quoting=csv.QUOTE_NONE))
    told = [row for row in told if len(row) == 5]
    for row in rows:
        if row['agree'] != 'yes' and not any(row['file'] == t[0] and re.search(t[1], row['item']) for t in told):
            wrong.append('docs/peers.tsv does not tell of %s: %s' % (row['file'], row['item'][:100]))
    for t in told:
        if not any(row['file'] == t[0] and re.search(t[1], row['item']) for row in rows):
            wrong.append('docs/peers.tsv tells of %s: %s, which nobody expects' % (t[0], t[1]))
    print('\n'.join(wrong + ['%d rows, %d questions, %d wrong' % (len(told), asked, len(wrong))]))
    return 1 if wrong or not asked else 0


if __name__ == '__main__':
    sys.exit(main())
