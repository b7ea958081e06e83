#!/usr/bin/env python3
"""synflood.py BUILD [--flows N] [--answered PERCENT] [--memory MIB] [--touch PROGRAM]: five million connections that nobody goes on with, and a
PLC that is polled meanwhile. Says whether a poll was lost, peak memory, CPU a packet - with --touch as a multiple of that program's on the
same stream. The state (conversations of a flood are rows of the ledger) goes to the folder of temporary files."""
import argparse, json, os, pathlib, subprocess, sys, tempfile

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument('build', type=pathlib.Path)
parser.add_argument('--flows', type=int, default=5000000)
parser.add_argument('--answered', type=int, default=0)
parser.add_argument('--memory', type=int, default=512)
parser.add_argument('--touch')
options = parser.parse_args()


def through(*command):
    """CPU seconds and peak MiB of what reads the flood, and what the flood says"""
    flood = subprocess.Popen([options.build / 'tests/bench/synflood', str(options.flows), str(options.answered)], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    reader = subprocess.Popen(command, stdin=flood.stdout, stdout=subprocess.DEVNULL)
    flood.stdout.close()
    _, status, usage = os.wait4(reader.pid, 0)
    reader.returncode = os.waitstatus_to_exitcode(status)
    if reader.returncode:
        sys.exit('%s ended with %s' % (command[0], reader.returncode))
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, int(flood.stderr.read())


with tempfile.TemporaryDirectory() as folder:
    config, state = pathlib.Path(folder, 'flood.yaml'), pathlib.Path(folder, 'state')
    config.write_text('sensor: { name: flood }\nmemory: %dMiB\n' % options.memory)
    cpu, peak, polls = through(options.build / 'sekisho', 'replay', '--config', config, '--no-sinks', '--state', state, '-')
    stats = json.loads((state / 'health.json').read_text())['stats'][0]
packets = stats['capture']['packets']
lost = polls - stats['modbus']['responses']
print('%d flows, %d polls, %d lost; evicted: %s' % (options.flows, polls, lost, stats['flow']['evicted_by_worth']))
print('peak %.0f MiB of %d; CPU %.0f ns a packet' % (peak, options.memory, cpu / packets * 1e9))
if options.touch:
    floor = through(options.touch, '-')[0]
    print('%.1f x %s (%.0f ns a packet)' % (cpu / floor, os.path.basename(options.touch), floor / packets * 1e9))
sys.exit(bool(lost) or peak > options.memory)
