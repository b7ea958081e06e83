#!/usr/bin/env python3
"""live.py --build DIR CAPTURE...: sekishod at the end of a veth pair while tcpreplay sends each capture as fast as it can, with one worker and with two.

For each run one line: rate, frames the kernel dropped before us and frames lost on the way to the analyst, processor time a packet, alerts. It fails where a frame is missing, or
where alerts are missing that `sekisho replay` raises from the same capture (by rule and addresses: live, times are others, so those that count in a window of time may differ: --windows
says which rules to leave out). Needs root, ip, tcpreplay; the interfaces are in namespaces of their own, which end with this program.
"""
import argparse, json, os, pathlib, re, shutil, signal, subprocess, sys, tempfile, time

p = argparse.ArgumentParser()
p.add_argument('--build', default='build/release')
p.add_argument('--workers', default='1,2')
p.add_argument('--pps', type=int, default=0, help='0: as fast as tcpreplay can')
p.add_argument('--runs', type=int, default=1)
p.add_argument('--floor', help='a program that only reads, as COMMAND IF RING_MIB: its processor time is printed beside ours')
p.add_argument('--windows', default='', help='rules that are not compared, comma-separated')
p.add_argument('captures', nargs='+')
a = p.parse_args()
build = pathlib.Path(a.build).resolve()
if os.geteuid() != 0 or not all(map(shutil.which, ('ip', 'tcpreplay', 'nsenter', 'unshare'))):
    sys.exit('live.py: needs root, ip, tcpreplay, unshare')
shm = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None


def triples(state):
    out = subprocess.run([build / 'sekisho', 'alerts', '--json', '--state', state], check=True, stdout=subprocess.PIPE, text=True).stdout
    alerts = [json.loads(line) for line in out.splitlines()]
    return {(x['sekisho']['rule_id'], x.get('src_ip', ''), x.get('dest_ip', '')) for x in alerts if x['sekisho']['rule_id'] not in a.windows.split(',')}


def cpu_s(pid):
    fields = pathlib.Path('/proc/%d/stat' % pid).read_text().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


class Wire:
    def __enter__(self):
        self.holder = subprocess.Popen(['unshare', '--net', 'sleep', '3600'])
        own = os.readlink('/proc/self/ns/net')
        while os.readlink('/proc/%d/ns/net' % self.holder.pid) == own:
            time.sleep(0.02)
        self.enter = ['nsenter', '--net=/proc/%d/ns/net' % self.holder.pid]
        for command in ('ip link add mirror0 type veth peer name plant', 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1',
                        'ip link set mirror0 up promisc on arp off mtu 9000', 'ip link set plant up arp off mtu 9000'):
            subprocess.run([*self.enter, *command.split()], check=command.startswith('ip'), stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self.holder.kill()
        self.holder.wait()

    def send(self, capture):
        """@return frames sent and frames a second"""
        how = ['--pps=%d' % a.pps] if a.pps else ['--topspeed']
        out = subprocess.run([*self.enter, 'tcpreplay', '-q', '-K', *how, '-i', 'plant', capture], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=600).stdout
        return int(re.search(r'Actual: (\d+)', out).group(1)), float(re.search(r'([\d.]+) pps', out).group(1))


def floor(wire, capture):
    reader = subprocess.Popen([*wire.enter, *a.floor.split()], stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    before = cpu_s(reader.pid)
    sent, pps = wire.send(capture)
    time.sleep(0.5)
    used = cpu_s(reader.pid) - before
    reader.send_signal(signal.SIGINT)
    said = reader.communicate(timeout=30)[0].strip().replace('\n', ' ')
    print('%-22s reader    %7.0f kpps  %6.0f ns a packet   %s' % (pathlib.Path(capture).stem, pps / 1000, used / sent * 1e9, said), flush=True)


def run(wire, capture, workers, want, folder):
    state, config = folder / 'state', folder / 'live.yaml'
    shutil.rmtree(state, ignore_errors=True)
    config.write_text('state: %s\ncapture: { interfaces: [mirror0], workers: %d }\n' % (state, workers))
    log = open(folder / 'log', 'w+')
    daemon = subprocess.Popen([*wire.enter, build / 'sekishod', '--config', config], stderr=log, stdout=log)
    while 'watching' not in (folder / 'log').read_text():
        if daemon.poll() is not None:
            sys.exit('live.py: sekishod has ended:\n%s' % (folder / 'log').read_text())
        time.sleep(0.05)
    time.sleep(1)
    before = cpu_s(daemon.pid)
    sent, pps = wire.send(capture)
    time.sleep(3)
    used = cpu_s(daemon.pid) - before
    daemon.send_signal(signal.SIGTERM)
    if daemon.wait(120) != 0:
        sys.exit('live.py: sekishod ended badly:\n%s' % (folder / 'log').read_text())
    health = json.loads((state / 'health.json').read_text())
    missing = sorted(want - triples(state))
    lost = sent - health['frames']
    print('%-22s %d worker%s %7.0f kpps  %6.0f ns a packet   dropped %d, lost on the way %d, missing %d of %d frames   %d of %d alerts missing'
          % (pathlib.Path(capture).stem, workers, 's'[:workers != 1] + ' ' * (workers == 1), pps / 1000, used / sent * 1e9, health['kernel_dropped'], health['queue_dropped'], lost, sent, len(missing), len(want)), flush=True)
    for m in missing[:5]:
        print('    missing: %s %s %s' % m)
    return health['kernel_dropped'] + health['queue_dropped'] + max(lost, 0) + len(missing)


bad = 0
with tempfile.TemporaryDirectory(dir=shm) as folder, Wire() as wire:
    folder = pathlib.Path(folder)
    for capture in a.captures:
        config = folder / 'offline.yaml'
        config.write_text('state: %s\n' % folder)
        subprocess.run([build / 'sekisho', 'replay', '--no-sinks', '--config', config, '--state', folder / 'offline', capture], check=True, stdout=subprocess.DEVNULL)
        want = triples(folder / 'offline')
        shutil.rmtree(folder / 'offline')
        for _ in range(a.runs):
            if a.floor:
                floor(wire, capture)
            for workers in map(int, a.workers.split(',')):
                bad += run(wire, capture, workers, want, folder)
print('%d wrong' % bad)
sys.exit(bad > 0)
