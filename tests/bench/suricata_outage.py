#!/usr/bin/env python3
"""suricata_outage.py --root DIR [stopped] [frozen] [reset] [slow]: the outages of outage.py with Suricata beside sekishod, on the same packets.

Two more peers listen at the mirror port, each with a Redis of its own that suffers the same at the same time: Suricata as its example configuration has it
(`redis`: LPUSH into a list, waiting for each answer) and with `async: true`. Both write the same EVE alerts to a file as well: that is what they raised; what
the list holds in the end is what was delivered. Their one rule looks for what paced.py plays: `modbus: function 8, subfunction 1`.

DIR is / where Suricata is installed, or a chroot that has it (it starts `chroot DIR suricata`). Ends with the table of docs/delivery.md.
"""
import json, pathlib, shutil, signal, subprocess, sys, tempfile, time

import outage
from rig import Rig, wait_for

SID = 1000001
RULE = 'alert modbus any any -> any any (msg:"restart communications"; modbus: function 8, subfunction 1; sid:%d; rev:1;)\n' % SID
CONFIG = '''%%YAML 1.1
---
vars:
  address-groups: { HOME_NET: "any", EXTERNAL_NET: "any" }
  port-groups: { MODBUS_PORTS: 502 }
default-log-dir: {dir}
stats: { enabled: yes, interval: 1 }
outputs:
  - eve-log:
      enabled: yes
      filetype: regular
      filename: eve.json
      types: [ alert ]
  - eve-log:
      enabled: yes
      filetype: redis
      redis:
        server: 127.0.0.1
        port: {port}
        mode: list
        key: suricata
{more}
      types: [ alert ]
  - eve-log:
      enabled: yes
      filetype: regular
      filename: stats.json
      types: [ stats: { totals: yes, threads: no } ]
logging:
  default-log-level: notice
  outputs:
    - file: { enabled: yes, level: info, filename: suricata.log }
af-packet:
  - interface: mirror0
    threads: 1
    cluster-id: {cluster}
    cluster-type: cluster_flow
    defrag: yes
    use-mmap: yes
    tpacket-v3: yes
    ring-size: 32768
app-layer:
  protocols:
    modbus: { enabled: yes, detection-ports: { dp: 502 } }
unix-command: { enabled: no }
default-rule-path: {dir}
rule-files: [ bench.rules ]
'''.replace('%%', '%')


class Suricata(outage.Peer):
    made = 0

    def __init__(self, rig, name, kind, root, more):
        super().__init__(rig, name, kind)
        Suricata.made += 1
        inside = tempfile.mkdtemp(prefix='bench-', dir=root / 'tmp')
        self.dir = pathlib.Path(inside)
        seen = '/' + str(self.dir.relative_to(root))
        text = CONFIG
        for key, value in {'dir': seen, 'port': self.port, 'more': more, 'cluster': 90 + Suricata.made}.items():
            text = text.replace('{%s}' % key, str(value))
        (self.dir / 'bench.yaml').write_text(text)
        (self.dir / 'bench.rules').write_text(RULE)
        chroot = [] if root == pathlib.Path('/') else ['chroot', root]
        self.process = rig.start(*chroot, 'suricata', '-c', seen + '/bench.yaml', '--af-packet=mirror0', '-l', seen, '--pidfile', seen + '/pid')
        log = self.dir / 'suricata.log'
        wait_for(name, lambda: self.process.poll() is not None or (log.exists() and 'Engine started' in log.read_text()), 60)
        assert self.process.poll() is None, log.read_text() if log.exists() else (rig.dir / 'chroot.log').read_text()
        wait_for('the figures of %s' % name, self.stats, 60)

    def stats(self):
        """the last whole line of its figures; None: none yet"""
        path = self.dir / 'stats.json'
        if not path.exists():
            return None
        with open(path, 'rb') as f:
            f.seek(max(0, path.stat().st_size - 65536))
            lines = f.read().split(b'\n')[:-1]
        return json.loads(lines[-1]) if lines else None

    def count(self):
        stats = self.stats()
        return time.time(), stats['stats']['capture']['kernel_packets']

    def dropped(self):
        return self.stats()['stats']['capture']['kernel_drops']

    def raised(self):
        path = self.dir / 'eve.json'
        return path.read_bytes().count(b'"signature_id":%d,' % SID) if path.exists() else 0

    def settle(self):
        """waits until nothing more is raised or delivered for five seconds, and remembers what is in the list then"""
        last, since = None, time.monotonic()
        while time.monotonic() - since < 5:
            now = self.raised(), self.redis.client()('LLEN', 'suricata')
            if now != last:
                last, since = now, time.monotonic()
            time.sleep(0.5)
        self.raised_in_the_end, self.delivered = last
        ask, n, pairs = self.redis.client(), 2000, []
        for at in range(0, self.delivered, n):
            pairs += [(a['src_ip'], a['dest_ip']) for a in map(json.loads, ask('LRANGE', 'suricata', at, at + n - 1))]
        self.different = len(set(pairs))

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def version(root):
    chroot = [] if root == pathlib.Path('/') else ['chroot', str(root)]
    info = subprocess.run([*chroot, 'suricata', '--build-info'], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert 'hiredis support:                         yes' in info, 'this Suricata has no Redis'
    return info.split('version ')[1].split()[0]


def main():
    text = outage.options_of(__doc__)
    text.add_argument('--root', type=pathlib.Path, default=pathlib.Path('/'), help='where Suricata is installed (/)')
    options = text.parse_args()
    outage.own_network(sys.argv)
    print('Suricata %s' % version(options.root), flush=True)
    rows, bad = [], 0
    for kind in options.kinds or outage.KINDS:
        rig = Rig()
        peers = []
        try:
            makers = [lambda r, k: peers.append(Suricata(r, 'suricata', k, options.root, '')) or peers[-1],
                      lambda r, k: peers.append(Suricata(r, 'suricata-async', k, options.root, '        async: true')) or peers[-1]]
            figures, wrong, _ = outage.run(rig, kind, options, makers)
            for p in peers:
                figures[p.name] = {'raised': p.raised_in_the_end, 'delivered': p.delivered, 'different': p.different, 'dropped': figures['dropped'][p.name]}
            outage.show(figures, wrong)
            bad += bool(wrong)
            rows.append((kind, figures))
        finally:
            rig.close()
            for p in peers:
                shutil.rmtree(p.dir, ignore_errors=True)
    print('| outage | played | sekishod: raised, delivered | Suricata: raised, delivered, frames dropped | Suricata, `async`: raised, delivered, frames dropped |')
    print('|---|---|---|---|---|')
    for kind, f in rows:
        print('| %s | %d | %d, %d | %s |' % (kind, f['alerts'], f['alerts'], f['in_stream'], ' | '.join(
            '%(raised)d, %(delivered)d, %(dropped)d' % f[name] for name in ('suricata', 'suricata-async'))))
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
