"""gate.py SEKISHO CORPUS: alerts are the same with the gate on and off, to the byte, on every capture of CORPUS, with tests/corpus.yaml and with the factory's
configuration. Skipped where there is no corpus.
"""
import pathlib, subprocess, sys, tempfile

sekisho, corpus = sys.argv[1], pathlib.Path(sys.argv[2])
tests = pathlib.Path(__file__).resolve().parent
captures = sorted(p for p in corpus.rglob('*') if p.suffix in ('.pcap', '.pcapng', '.cap')) if corpus.is_dir() else []
if not captures:
    print('no captures in %s: skipped' % corpus)
    sys.exit(77)


def alerts(config, capture, *gate):
    with tempfile.TemporaryDirectory(prefix='sekisho-gate-') as state:
        subprocess.run([sekisho, 'replay', '--config', config, '--no-sinks', '--state', state, *gate, capture], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        return subprocess.run([sekisho, 'alerts', '--state', state, '--json'], check=True, stdout=subprocess.PIPE, timeout=60).stdout.splitlines()


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
