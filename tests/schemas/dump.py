#!/usr/bin/env python3
"""dump.py STATE: writes STATE/ledger.db and STATE/alerts.db as ledger-N.sql and alerts-N.sql beside this file, N being their schema."""
import pathlib, sqlite3, sys

HERE = pathlib.Path(__file__).resolve().parent


def dump(database, name):
    with sqlite3.connect('file:%s?mode=ro' % database, uri=True) as db:
        number = lambda pragma: db.execute('PRAGMA ' + pragma).fetchone()[0]
        version, application = number('user_version'), number('application_id')
        # pragmas are no part of a dump, and the numbers of AUTOINCREMENT are set when all rows are there
        lines = [line for line in db.iterdump() if 'sqlite_sequence' not in line]
        if db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone()[0]:
            lines += ['DELETE FROM sqlite_sequence;']
            lines += ["INSERT INTO sqlite_sequence VALUES('%s',%d);" % row for row in db.execute('SELECT name, seq FROM sqlite_sequence ORDER BY name')]
    path = HERE / ('%s-%d.sql' % (name, version))
    path.write_text('PRAGMA application_id=%d;\nPRAGMA user_version=%d;\n%s\n' % (application, version, '\n'.join(lines)), encoding='utf-8')
    print(path.name)


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for name in ('ledger', 'alerts'):
        dump(pathlib.Path(sys.argv[1]) / (name + '.db'), name)
