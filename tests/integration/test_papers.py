"""Papers against the wire, through the whole daemon and the shipped rules: who was disposed of, who may not be there yet,
what may not be lowered, and what is lifted."""
import csv, ipaddress, re, shutil, sqlite3, struct
from rig import CAPTURES, TOP, main

GOLDEN = TOP / 'tests' / 'golden'
EDGE, EDGE_IP = '00:00:0a:10:01:30', '10.20.1.30'  # the factory's OPC UA server
LEVELS = ['info', 'low', 'medium', 'high', 'critical']
DAY = 86400


# ---- captures made from the recorded ones

def raw(mac):
    return bytes.fromhex(mac.replace(':', ''))


def internet_sum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def readdressed(frame, macs, ips):
    """the Ethernet frame with other addresses and the checksums that belong to them; None where it holds no TCP over IPv4"""
    f = bytearray(frame)
    for at in (0, 6):
        f[at:at + 6] = macs.get(bytes(f[at:at + 6]), f[at:at + 6])
    at = 14 + 4 * (f[12:14] == b'\x81\x00')
    if f[at - 2:at] != b'\x08\x00' or f[at + 9] != 6:
        return None
    for where in (at + 12, at + 16):
        f[where:where + 4] = ips.get(bytes(f[where:where + 4]), f[where:where + 4])
    length = struct.unpack_from('>H', f, at + 2)[0]
    tcp, end = at + 4 * (f[at] & 15), at + length
    struct.pack_into('>H', f, at + 10, 0)
    struct.pack_into('>H', f, at + 10, internet_sum(bytes(f[at:tcp])))
    struct.pack_into('>H', f, tcp + 16, 0)
    pseudo = bytes(f[at + 12:at + 20]) + struct.pack('>HH', 6, end - tcp)
    struct.pack_into('>H', f, tcp + 16, internet_sum(pseudo + bytes(f[tcp:end])))
    return bytes(f)


def moved(out, capture, of, mac, ip, days):
    """the conversations of the device @of (MAC, address) as if another card at another address had held them @days later"""
    data = capture.read_bytes()
    assert data[:4] == b'\xd4\xc3\xb2\xa1', capture
    old_ip, at, frames = ipaddress.ip_address(of[1]).packed, 24, 0
    with open(out, 'wb') as f:
        f.write(data[:24])
        while at < len(data):
            seconds, part, caplen, length = struct.unpack_from('<IIII', data, at)
            frame, at = data[at + 16:at + 16 + caplen], at + 16 + caplen
            if raw(of[0]) not in frame[:12] or old_ip not in frame[26:42]:
                continue
            frame = readdressed(frame, {raw(of[0]): raw(mac)}, {old_ip: ipaddress.ip_address(ip).packed})
            if frame:
                f.write(struct.pack('<IIII', seconds + days * DAY, part, caplen, length) + frame)
                frames += 1
    assert frames > 10, '%d frames of %s in %s' % (frames, of, capture)
    return out


def from_the_internet(out):
    """a host of the internet opens a conversation with PLC-1 and is answered"""
    plc, router = raw('00:80:f4:10:01:11'), raw('00:1b:d4:00:01:01')
    there, here = ipaddress.ip_address('93.184.215.14').packed, ipaddress.ip_address('10.20.1.11').packed
    steps = [(1, 2, b''), (0, 0x12, b''), (1, 0x10, b''), (1, 0x18, b'hello'), (0, 0x18, b'yes?'), (1, 0x11, b''), (0, 0x11, b''), (1, 0x10, b'')]
    seq = {1: 1000, 0: 9000}
    with open(out, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, (inbound, flags, payload) in enumerate(steps):
            src, dest, macs = (there, here, plc + router) if inbound else (here, there, router + plc)
            ports = (40000, 8080) if inbound else (8080, 40000)
            ack = seq[1 - inbound] if flags & 0x10 else 0
            tcp = struct.pack('>HHIIBBHHH', *ports, seq[inbound], ack, 0x50, flags, 8192, 0, 0) + payload
            ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(tcp), i, 0, 60, 6, 0, src, dest) + tcp
            frame = readdressed(macs + b'\x81\x00\x00\x65\x08\x00' + ip, {}, {})
            f.write(struct.pack('<IIII', 1775001600 + i, 0, len(frame), len(frame)) + frame)
            seq[inbound] += len(payload) + bool(flags & 3)
    return out


# ---- the plant

def register(rig, **of_all):
    """the factory's register with these columns set in every row"""
    with open(CAPTURES / 'register.csv', encoding='utf-8', newline='') as f:
        rows = [dict(row, **of_all) for row in csv.DictReader(f)]
    return rows


def with_register(rig, rows, text='', name='papers'):
    """a configuration whose register has these rows; @return its path"""
    path = rig.config(text, name=name + '.yaml')
    path.write_text(path.read_text().replace('register: register.csv', 'register: %s.csv' % name))
    columns = sorted({c for row in rows for c in row})
    with open(rig.dir / (name + '.csv'), 'w', encoding='utf-8', newline='') as f:
        out = csv.DictWriter(f, columns)
        out.writeheader()
        out.writerows(rows)
    return path


def without(rig, word):
    """a copy of the shipped rules in which no rule has `floor:` (or `raise:`)"""
    folder = rig.dir / ('no-' + word)
    if not folder.exists():
        shutil.copytree(TOP / 'rules' / 'packs', folder)
        for pack in folder.glob('*.yaml'):
            pack.write_text(re.sub(r'(?m)^  %s: .*\n' % word, '', pack.read_text()))
    return folder


def unregistered_config(rig, text='', name='bare'):
    """the factory's configuration that imports no register: what stands in the ledger stays"""
    path = rig.config(text, name=name + '.yaml')
    path.write_text(path.read_text().replace('register: register.csv', ''))
    return path


def of_rule(rig, state, rule):
    return [a for a in rig.alerts(state) if a['sekisho']['rule_id'] == rule]


def replay(rig, config, state, *captures):
    rig.sekisho('replay', '--config', config, '--state', state, '--no-sinks', *captures)


def dispose(rig, state, target, *columns):
    if columns:
        rig.sekisho('asset', 'set', target, *columns, '--state', state, '--reason', '廃棄の記録', '--by', '山田')
    for phase in ('dispose', 'gone'):
        rig.sekisho('asset', 'phase', target, phase, '--state', state, '--reason', '更新のため', '--by', '山田')


# ---- LC-01

def disposed_edge(rig, mac, ip, *columns, of=(EDGE, EDGE_IP)):
    """the alerts after the edge gateway was disposed of and its OPC UA server spoke again a month later from @mac and @ip"""
    state = rig.dir / ('s' + mac[-2:])
    replay(rig, rig.config(), state, CAPTURES / 'normal.pcap')
    dispose(rig, state, 'エッジゲートウェイ', *columns)
    back = moved(rig.dir / 'back.pcap', CAPTURES / 'normal.pcap', of, mac, ip, 30)
    replay(rig, unregistered_config(rig), state, back)
    return of_rule(rig, state, 'SKS-LC-01')


def test_a_disposed_certificate_on_a_new_card(rig):
    """the key that matched is named, the strongest first; the card of long ago is no second piece of evidence"""
    alerts = disposed_edge(rig, '00:00:0a:99:99:99', '10.20.1.77')
    assert len(alerts) == 1, alerts
    a = alerts[0]
    assert a['ether']['src_mac'] == '00:00:0a:99:99:99', a['ether']
    assert a['asset']['what'] == 'opcua_cert_sha256' and a['asset']['matched'][0] == 'opcua_cert_sha256', a['asset']
    assert 'mac' not in a['asset']['matched'] and a['asset']['keys'] == 1, a['asset']
    assert re.fullmatch('[0-9a-f]{64}', a['asset']['observed']), a['asset']
    assert a['sekisho']['sev']['base'] == 70, 'one kind of key makes it high: %s' % a['sekisho']['sev']
    assert a['src_ip'] == '10.20.1.77', a['src_ip']
    assert 'OPC UA証明書' in a['sekisho']['title_ja'] and 'エッジゲートウェイ' in a['sekisho']['title_ja'], a['sekisho']['title_ja']
    assert 'OPC UA certificate' in a['sekisho']['title_en'] and 'OPC UA application' in a['sekisho']['action_en'], a['sekisho']['action_en']


def test_card_and_certificate_together_are_critical(rig):
    alerts = {a['asset']['what']: a for a in disposed_edge(rig, EDGE, '10.20.1.77')}
    assert set(alerts) == {'mac', 'opcua_cert_sha256'}, set(alerts)
    a = alerts['opcua_cert_sha256']
    assert a['asset']['matched'] == ['opcua_cert_sha256', 'opcua_app_uri', 'mac'] and a['asset']['keys'] == 2, a['asset']
    assert alerts['mac']['sekisho']['sev']['base'] == 70 and a['sekisho']['sev']['base'] == 92, 'nobody verified the erasure'


# ---- floors: each rule finds what it finds, while the papers of all devices say that it hardly matters

LOW = dict(use_case='poc', impact='low', impact_reason='test')
EASY = 'impact: { low: 10 }\n'


def everything_low(rig, rows=None, text=''):
    return with_register(rig, rows or register(rig, **LOW), EASY + text, 'low')


def scene_lc01(rig, text):
    state = rig.dir / 'lc01'
    shutil.rmtree(state, ignore_errors=True)
    replay(rig, everything_low(rig), state, CAPTURES / 'normal.pcap')
    dispose(rig, state, 'エッジゲートウェイ')
    replay(rig, unregistered_config(rig, EASY + text), state, moved(rig.dir / 'back.pcap', CAPTURES / 'normal.pcap', (EDGE, EDGE_IP), EDGE, EDGE_IP, 30))
    return state


def scene(rows_of, capture, zones=''):
    def play(rig, text):
        state = rig.dir / 'floor'
        shutil.rmtree(state, ignore_errors=True)
        replay(rig, everything_low(rig, rows_of(rig), text), state, capture(rig))
        return state
    return play


def usual(rig):
    return register(rig, **LOW)


def under_review(rig):
    return register(rig, **dict(LOW, phase='review.risk'))


def smb_hosts(rig):
    return usual(rig) + [dict(LOW, name=n, mac='', ip=ip, kind='サーバ', zone='', owner_dept='x', usage='storage', phase='operate')
                         for n, ip in (('smb-a', '10.10.1.10'), ('smb-b', '10.10.1.20'))]


PROBES = scene(smb_hosts, lambda rig: GOLDEN / 'smb' / 'probes' / 'input.pcap')
STOP = scene(usual, lambda rig: CAPTURES / 'plc-stop.pcap')
NORMAL = scene(usual, lambda rig: CAPTURES / 'normal.pcap')

FLOORS = [
    # rule, scene, the level that the alert keeps
    ('SKS-LC-01', scene_lc01, 'critical'),
    ('SKS-LC-03', NORMAL, 'high'),
    ('SKS-LC-04', scene(under_review, lambda rig: CAPTURES / 'normal.pcap'), 'high'),
    ('SKS-SM-02', PROBES, 'critical'),
    ('SKS-SM-03', PROBES, 'critical'),
    ('SKS-SM-04', PROBES, 'critical'),
    ('SKS-SM-05', PROBES, 'high'),
    ('SKS-MB-05', STOP, 'critical'),
    ('SKS-MB-09', STOP, 'critical'),
    ('SKS-PO-01', scene(usual, lambda rig: from_the_internet(rig.dir / 'in.pcap')), 'critical'),
]


def worst(alerts):
    return max(alerts, key=lambda a: LEVELS.index(a['sekisho']['level']))['sekisho']


def test_floors_hold_and_are_what_holds(rig):
    """with the shipped rules the level stays; with `floor:` taken out of the same rules it does not"""
    bare = 'rules: { packs: [%s] }\n' % without(rig, 'floor')
    for rule, play, level in FLOORS:
        kept = of_rule(rig, play(rig, ''), rule)
        assert kept, '%s: no alert' % rule
        w = worst(kept)
        assert w['level'] == level, '%s: %s %s' % (rule, w['level'], w['sev'])
        assert w['sev']['floor'] is True and 'この検知は下げない' in w['sev']['reason_ja'], (rule, w['sev'])
        lowered = worst(of_rule(rig, play(rig, bare), rule))
        assert LEVELS.index(lowered['level']) < LEVELS.index(level), '%s is not lowered without its floor: %s' % (rule, lowered['sev'])


def test_every_floor_of_the_shipped_rules_is_in_the_table(rig):
    found = set()
    for pack in (TOP / 'rules' / 'packs').glob('*.yaml'):
        for rule in re.split(r'(?m)^- id: ', pack.read_text())[1:]:
            if re.search(r'(?m)^  floor: ', rule):
                found.add(rule.split()[0])
    assert found == {rule for rule, _, _ in FLOORS}, found ^ {rule for rule, _, _ in FLOORS}


def test_a_trial_device_in_production_cannot_be_lowered_below_high(rig):
    """neither by its own papers, nor by the matrix, nor by the weights"""
    rows = [dict(r, use_case='poc', impact='low', impact_reason='x') if r['mac'] == EDGE else r for r in register(rig)]
    state = rig.dir / 's'
    config = with_register(rig, rows, EASY, 'poc')
    replay(rig, config, state, CAPTURES / 'office-to-plc.pcap')
    for usage in ('control', 'analytics', 'storage'):
        rig.sekisho('impact', 'set', usage, 'poc', 'low', '--state', state, '--reason', 'x', '--by', '山田')
    replay(rig, config, state, CAPTURES / 'normal.pcap')
    alerts = of_rule(rig, state, 'SKS-LC-03')
    assert [(a['sekisho']['level'], a['sekisho']['src']['use_case'], a['sekisho']['sev']['impact_level']) for a in alerts] == [('high', 'poc', 'low')], alerts


# ---- raises

def logger_writes(rig, text=''):
    """the HMI, which writes set points, is registered for storage only; later its driver goes mad"""
    rows = [dict(r, usage='storage') if r['name'] == '監視HMI-1' else r for r in register(rig)]
    return with_register(rig, rows, text, 'logger')


def malformed_alert(rig, state):
    return max(of_rule(rig, state, 'SKS-MB-17'), key=lambda a: a['sekisho']['last_seen'])['sekisho']


def test_a_logger_that_writes_counts_as_control_until_reviewed(rig):
    state = rig.dir / 's'
    config = logger_writes(rig)
    replay(rig, config, state, CAPTURES / 'normal.pcap')
    told = of_rule(rig, state, 'SKS-LC-06')
    assert len(told) == 1 and told[0]['sekisho']['src']['usage'] == 'control', told
    assert told[0]['sekisho']['sev']['impact_level'] == 'high', 'the alert itself is weighed so: %s' % told[0]['sekisho']['sev']
    replay(rig, config, state, CAPTURES / 'malformed.pcap')
    sev = malformed_alert(rig, state)['sev']
    assert malformed_alert(rig, state)['src']['usage'] == 'control' and '検知により用途を引き上げ' in sev['reason_ja'], sev
    assert [a['usage_raised'] for a in rig.assets(state) if 'usage_raised' in a] == ['control']
    # a person has reviewed it: it stays a logger
    rig.sekisho('asset', 'set', '監視HMI-1', 'usage=storage', '--state', state, '--reason', '審査済', '--by', '山田')
    assert not [a for a in rig.assets(state) if 'usage_raised' in a]


def test_without_raise_nothing_is_lifted(rig):
    state = rig.dir / 's'
    replay(rig, logger_writes(rig, 'rules: { packs: [%s] }\n' % without(rig, 'raise')), state, CAPTURES / 'normal.pcap')
    told = of_rule(rig, state, 'SKS-LC-06')
    assert len(told) == 1 and told[0]['sekisho']['src']['usage'] == 'storage', told
    assert not [a for a in rig.assets(state) if 'usage_raised' in a]


OWN_RULE = """
- id: SKS-PLANT-01
  on: modbus
  when: modbus.function_raw == 16
  level: low
  raise: control
  group_by: [src.asset]
  title: { en: "{src.name} writes recipes", ja: "{src.name} がレシピを書き込みました" }
"""


def test_a_rule_of_the_plant_s_own_raises_too(rig):
    """SKS-LC-06 is switched off, so that only the plant's rule can be the reason"""
    folder = rig.dir / 'own'
    folder.mkdir()
    (folder / 'own.yaml').write_text(OWN_RULE)
    text = 'rules: { packs: [%s, %s], disable: [SKS-LC-06] }\n' % (TOP / 'rules' / 'packs', folder)
    state = rig.dir / 's'
    config = logger_writes(rig, text)
    replay(rig, config, state, CAPTURES / 'normal.pcap', CAPTURES / 'malformed.pcap')
    own = of_rule(rig, state, 'SKS-PLANT-01')
    assert own and all(a['sekisho']['src']['usage'] == 'control' for a in own), own
    assert malformed_alert(rig, state)['src']['usage'] == 'control'
    # another start of the daemon still knows
    replay(rig, unregistered_config(rig, text), state, CAPTURES / 'malformed.pcap')
    assert malformed_alert(rig, state)['src']['usage'] == 'control'
    with sqlite3.connect('file:%s/ledger.db?mode=ro' % state, uri=True) as db:
        assert db.execute('SELECT usage FROM usage_raise').fetchall() == [('control',)]


main(globals())
