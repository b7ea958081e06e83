#!/usr/bin/env python3
"""states.py make LEDGER ALERTS STATE    makes a state directory with databases of those schemas
states.py oldest STATE               the same with the oldest ones
states.py census STATE               what is in a state directory whatever its schema is, as JSON
states.py holds CENSUS STATE         is all that CENSUS names still there? Exit status 1 names what is not
"""
import json, pathlib, re, sqlite3, sys

HERE = pathlib.Path(__file__).resolve().parent


def versions(name):
    return sorted(int(re.search(r'-(\d+)\.sql$', p.name).group(1)) for p in HERE.glob(name + '-*.sql'))


def make(ledger, alerts, state):
    state = pathlib.Path(state)
    state.mkdir(exist_ok=True)
    for name, version in (('ledger', ledger), ('alerts', alerts)):
        path = state / (name + '.db')
        assert not path.exists(), path
        db = sqlite3.connect(path)
        db.execute('PRAGMA journal_mode=WAL')   # as the programs have always had it
        db.executescript((HERE / ('%s-%d.sql' % (name, int(version)))).read_text(encoding='utf-8'))
        db.close()
        path.chmod(0o640)


def rows(db, sql):
    return sorted([list(map(str, row)) for row in db.execute(sql)])


def census(state):
    """what a person would miss: each list holds rows of texts"""
    state, out = pathlib.Path(state), {}
    db = sqlite3.connect('file:%s?mode=ro' % (state / 'ledger.db'), uri=True)
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    out['ledger_schema'] = db.execute('PRAGMA user_version').fetchone()[0]
    out['assets'] = rows(db, 'SELECT no, first_ns, vendor FROM asset')
    out['attributes'] = rows(db, 'SELECT asset_no, attr, value, source FROM attribute')
    out['links'] = rows(db, 'SELECT src_ip, dest_ip, protocol, ip_proto, port FROM link')
    if 'register' in tables:
        out['papers'] = rows(db, ' UNION ALL '.join("SELECT row, '%s', %s FROM register WHERE %s <> ''" % (c, c, c) for c in
                                                    'name mac ip kind zone owner_dept usage use_case phase'.split()))
    else:
        out['papers'] = rows(db, "SELECT uid, field, value FROM paper_cell WHERE value <> ''")
    for table, columns in (('audit', 'no, who, verb, object, hash'), ('decision', 'no, verb, who, from_no, to_no'),
                           ('change', 'no, asset_no, attr, value, prev')):
        out[table] = rows(db, 'SELECT %s FROM %s' % (columns, table)) if table in tables else []
    db.close()
    db = sqlite3.connect('file:%s?mode=ro' % (state / 'alerts.db'), uri=True)
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    out['alerts_schema'] = db.execute('PRAGMA user_version').fetchone()[0]
    out['alerts'] = rows(db, 'SELECT no, alert_id, rule_id, level, state, first_seen FROM alerts')
    out['told'] = rows(db, 'SELECT seq, ms, json FROM ' + ('told' if 'told' in tables else 'outbox'))
    db.close()
    return out


def missing(before, after):
    """rows of the census @before that @after lacks"""
    return [(name, row) for name, had in before.items() if isinstance(had, list) for row in had if row not in after[name]]


if __name__ == '__main__':
    match sys.argv[1:]:
        case ['make', ledger, alerts, state]:
            make(ledger, alerts, state)
        case ['oldest', state]:
            make(versions('ledger')[0], versions('alerts')[0], state)
        case ['census', state]:
            json.dump(census(state), sys.stdout)
        case ['holds', before, state]:
            had = json.loads(pathlib.Path(before).read_text())
            gone = missing(had, census(state))
            for name, row in gone:
                print('gone from %s: %s' % (name, row))
            print('note: ' + ', '.join('%d %s' % (len(v), k) for k, v in had.items() if isinstance(v, list)))
            sys.exit(1 if gone else 0)
        case _:
            sys.exit(__doc__)
