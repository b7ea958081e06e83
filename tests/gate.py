"""gate.py SEKISHO CORPUS: alerts are the same with the gate on and off, to the byte, on every capture of CORPUS, with tests/corpus.yaml and with the factory's
configuration. Skipped where there is no corpus.

Nearly a thousand starts: what is kept is read without one, and leaks are looked for where fewer programs run.
"""
import contextlib, os, pathlib, sqlite3, subprocess, sys, tempfile

sekisho, corpus = sys.argv[1], pathlib.Path(sys.argv[2])
tests = pathlib.Path(__file__).resolve().parent
captures = sorted(p for p in corpus.rglob('*') if p.suffix in ('.pcap', '.pcapng', '.cap')) if corpus.is_dir() else []
if not captures:
    print('no captures in %s: skipped' % corpus)
    sys.exit(77)


quiet = dict(os.environ, ASAN_OPTIONS=os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0')
KEPT = ('select alert_id, rule_id, level, state, count, first_seen, last_seen, src_zone, dest_zone, body, incident, stage'
        ' from alerts order by first_seen, alert_id')


def alerts(config, capture, *gate):
    with tempfile.TemporaryDirectory(prefix='sekisho-gate-') as state:
        subprocess.run([sekisho, 'replay', '--config', config, '--no-sinks', '--state', state, *gate, capture], check=True, env=quiet,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        with contextlib.closing(sqlite3.connect(os.path.join(state, 'alerts.db'))) as db:
            return db.execute(KEPT).fetchall()


bad = told = 0
for config in (tests / 'corpus.yaml', tests / 'captures' / 'factory.yaml'):
    for capture in captures:
        on, off = alerts(config, capture), alerts(config, capture, '--no-gate')
        told += len(on)
        if on != off:
            bad += 1
            print('%s with %s: %d alerts with the gate, %d without' % (capture.name, config.name, len(on), len(off)))
print('%d captures, %d alerts, %d captures differ' % (len(captures), told, bad))
sys.exit(1 if bad or not told else 0)
