#!/usr/bin/env python3
"""corpus_count.py CAPTURES TSV PAGE [FILE...]: counts the devices of each capture a second time, by tshark (or sharkd, which is its dissection) alone, and prints where tests/corpus_assets.tsv
says another number. Those must be exactly the captures that PAGE (docs/identity.md) names where it speaks of this program; else the exit status is 1. Where there is no
folder CAPTURES it is 77. Nothing of sekisho is asked. The rules, in the order in which they are applied to each frame:

 1. A sender's card is eth.src. It says nothing (and the frame counts by its address alone) where it is zero, has the group bit, is the receiver's too, or stands
    around a tunnel (GRE, IP in IP, MPLS, ERSPAN): the innermost Ethernet header counts.
 2. A card that sends is a device. An address counts where it stands beside no card, or where it did not start at this link: its time to live is 1 to 16 below
    what senders begin with (32, 64, 128, 255), and no frame of the same address at this card had a full one.
 3. Public, loopback, reserved and group addresses are no devices of the plant.
 4. Cards that name one chassis (LLDP chassis MAC, PROFINET chassis MAC) are one device.
"""
import collections, ipaddress, json, pathlib, re, shutil, subprocess, sys

FIELDS = 'frame.protocols ip.proto eth.src eth.dst ip.src ip.ttl ipv6.src ipv6.hlim arp.src.proto_ipv4 lldp.chassis.id.mac lldp.profinet.cm_mac_add'.split()
# as tshark and as sharkd say it
GRE = ('47', 'Generic Routing Encapsulation', 'Generic Routing Encapsulation (47)')
FULL = (32, 64, 128, 255)


class Reader:
    """tshark's dissection, by sharkd, which is of the same sources: one start reads all captures; tshark itself where that is missing"""
    def __init__(self):
        self.sharkd = subprocess.Popen(['sharkd', '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) if shutil.which('sharkd') else None
        if self.sharkd:
            self.ask('setconf', name='nameres.mac_name', value='FALSE')   # newer ones would name the cards' makers

    def ask(self, method, **params):
        self.sharkd.stdin.write(json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': method, 'params': params}) + '\n')
        self.sharkd.stdin.flush()
        line = self.sharkd.stdout.readline()
        answer = json.loads(line) if line else {}
        if 'result' not in answer:
            sys.exit('sharkd: %s %s: %s' % (method, params, line))
        return answer['result']

    def close(self):
        if self.sharkd:
            self.sharkd.communicate()

    def rows(self, capture):
        if not self.sharkd:
            return tshark(capture)
        self.ask('load', file=str(capture))
        frames = self.ask('frames', **{'column%d' % i: field + ':0' for i, field in enumerate(FIELDS)})
        return [dict(zip(FIELDS, frame['c'])) for frame in frames]


def tshark(capture):
    command = ['tshark', '-r', str(capture), '-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=,']
    done = subprocess.run(command + [a for f in FIELDS for a in ('-e', f)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    # a capture may end in the middle of a frame: what stands before is read
    if done.returncode != 0 and 'cut short in the middle of a packet' not in done.stderr:
        sys.exit('%s: tshark ended with %d\n%s' % (capture, done.returncode, done.stderr))
    return [dict(zip(FIELDS, line.split('\t'))) for line in done.stdout.splitlines()]


def is_device(address):
    a = ipaddress.ip_address(address)
    return not (a.is_global or a.is_multicast or a.is_loopback or a.is_unspecified or (a.is_reserved and a.version == 4)) and address != '255.255.255.255'


def hops(ttl):
    if ttl in (30, 60) or ttl < 30:
        return 0
    return next(f for f in FULL if ttl <= f) - ttl


def count(capture):
    cards, near, far, same = set(), collections.defaultdict(set), collections.defaultdict(set), {}
    for r in reader.rows(capture):
        layers = r['frame.protocols'].split(':')
        if r['ip.proto'] in GRE and layers[-1] == 'data':
            continue  # a piece of a tunnel's packet
        macs, dests = r['eth.src'].split(','), r['eth.dst'].split(',')
        last_eth = len(layers) - 1 - layers[::-1].index('eth') if 'eth' in layers else -1
        tunnelled = any(x in layers[last_eth + 1:] for x in ('gre', 'mpls')) or layers[last_eth + 1:].count('ip') > 1 and 'icmp' not in layers
        card = macs[-1]
        if tunnelled or not card or card == dests[-1] or card == '00:00:00:00:00:00' or int(card[:2], 16) & 1:
            card = ''
        if card:
            cards.add(card)
        inner = -2 if layers[last_eth + 1:].count('ip') > 1 and layers[-1] != 'data' and 'icmp' in layers else -1
        for layer, address, ttl in (('ip', r['ip.src'], r['ip.ttl']), ('ipv6', r['ipv6.src'], r['ipv6.hlim'])):
            # below MPLS newer tsharks (4.4) give the fields of IPv4 and do not name the layer
            named = layers[last_eth + 1:] + (['ip'] if 'mpls' in layers[last_eth + 1:] else [])
            if not address or layer not in named:
                continue
            addresses, ttls = address.split(','), ttl.split(',')
            at = inner if layer == 'ip' and len(addresses) > 1 else -1
            if not is_device(addresses[at]):
                continue
            (far if hops(int(ttls[at])) in range(1, 17) and not addresses[at].startswith('fe80') else near)[addresses[at]].add(card)
        for other in filter(None, (r['lldp.chassis.id.mac'] + ',' + r['lldp.profinet.cm_mac_add']).split(',')):
            if card and other != card:
                same[card] = other
                cards.add(other)
    devices = set(cards)
    for card, other in same.items():
        devices.discard(card)
    for address in set(near) | set(far):
        beside = near[address] - {''}
        if not beside:
            devices.add(address)
    return len(devices)


def excepted(page):
    """the captures named in the paragraph on this program"""
    own = [p for p in page.read_text(encoding='utf-8').split('\n\n') if p.startswith('`tests/corpus_count.py`')]
    return set(re.findall(r'`([^`]+/[^`]+\.p?cap(?:ng)?)`', ''.join(own)))


captures, tsv, page = map(pathlib.Path, sys.argv[1:4])
if not captures.is_dir():
    sys.exit(77)
differ, named, n, reader = set(), excepted(page), 0, Reader()
for line in tsv.read_text().splitlines()[1:]:
    name, devices = line.split('\t')[:2]
    if sys.argv[4:] and name not in sys.argv[4:]:
        named.discard(name)
        continue
    n += 1
    found = count(captures / name)
    if found != int(devices):
        differ.add(name)
        print('%s: %s by hand, %d by tshark%s' % (name, devices, found, '' if name in named else ', which %s DOES NOT SAY' % page))
reader.close()
for name in sorted(named - differ):
    print('%s: the same number, and %s SAYS ANOTHER' % (name, page))
print('%d captures, %d differ, %d not as the page says' % (n, len(differ), len(differ ^ named)))
sys.exit(1 if differ ^ named or not n else 0)
