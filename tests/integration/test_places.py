"""Zones and conduits as their commands show them: policy test, learn, map."""
import html, json, re, xml.etree.ElementTree as tree
from rig import CAPTURES, main, scenes

SVG = '{http://www.w3.org/2000/svg}'


def rows(rig, config, *captures):
    out = rig.sekisho('policy', 'test', '--config', config, '--json', *captures).stdout
    return [json.loads(line) for line in out.splitlines()]


def test_policy_test_says_which_line_and_which_would(rig):
    found = rows(rig, rig.config(), CAPTURES / 'office-to-plc.pcap')
    denied = [r for r in found if r['verdict'] == 'denied']
    assert [(r['src']['ip'], r['dest']['ip'], r['protocol'], r['class'], r['why']) for r in denied] == \
        [('10.20.4.52', '10.20.1.11', 'modbus', 'read', 'no_line')], denied
    allowed = [r for r in found if r['verdict'] == 'allowed' and r['src']['zone'] != r['dest']['zone']]
    lines = (CAPTURES / 'factory.yaml').read_text().split('\n')
    assert allowed and all('from: %s, to: %s' % (r['src']['zone'], r['dest']['zone']) in lines[r['file_line'] - 1] for r in allowed), allowed
    # pasted, the line allows it
    config = rig.config()
    text = config.read_text().replace('conduits:\n', 'conduits:\n  %s\n' % denied[0]['would_allow'], 1)
    config.write_text(text)
    assert not [r for r in rows(rig, config, CAPTURES / 'office-to-plc.pcap') if r['verdict'] == 'denied']


def test_policy_test_names_an_expired_line(rig):
    config = rig.config()
    config.write_text(config.read_text().replace('reason: approved maintenance visit', 'reason: visit, expires: 2026-03-31'))
    denied = [r for r in rows(rig, config, CAPTURES / 'maintenance.pcapng') if r['verdict'] == 'denied']
    assert denied and {(r['why'], r['near_line']) for r in denied} == {('expired', 8)}, denied
    table = rig.sekisho('policy', 'test', '--config', config, '--lang', 'ja', CAPTURES / 'maintenance.pcapng').stdout
    assert '許可8番' in table and '期限切れ' in table, table


NODES = """
sensor: { name: s }
zones:
  - { id: a, name: { ja: a, en: a }, purdue: L3, prefixes: [192.0.2.10/32] }
  - { id: b, name: { ja: b, en: b }, purdue: L1, prefixes: [192.0.2.20/32] }
conduits:
  - { from: a, to: b, protocol: opcua, class: any, nodes: ["ns=2;s=Recipe"], owner: x, reason: y }
"""


def test_policy_test_names_nodes_that_a_line_does_not(rig):
    config = rig.config(NODES, base=None)
    found = rows(rig, config, CAPTURES.parent / 'golden' / 'opcua' / 'values' / 'input.pcap')
    assert {(r['class'], r['why'], r['near_line']) for r in found if r['verdict'] == 'denied'} == {('write', 'node', 1), ('admin', 'node', 1)}, found


def test_check_tells_of_an_expired_line_and_accepts_it(rig):
    from rig import BUILD
    config = rig.config()
    config.write_text(config.read_text().replace('reason: approved maintenance visit', 'reason: visit, expires: 2026-03-31'))
    r = rig.run(BUILD / 'sekishod', '--config', config, '--check', '--lang', 'ja')
    line = next(i for i, text in enumerate(config.read_text().split('\n'), 1) if 'expires:' in text)
    assert 'sekisho.yaml:%d:' % line in r.stderr and '許可8番は期限切れ' in r.stderr, r.stderr


def test_learn_drafts_what_allows_everything_seen(rig):
    normal = CAPTURES / 'normal.pcap'
    # eight functions in a minute are a sweep where no register says that it is an HMI
    config = rig.config('rules: { disable: [SKS-MB-14] }', base=None)
    rig.sekisho('learn', '--config', config, '--output', rig.dir / 'a', normal)
    draft = rig.dir / 'a' / 'draft.yaml'
    rig.sekisho('learn', '--config', config, '--output', rig.dir / 'b', normal)
    for name in ('draft.yaml', 'register.csv'):
        assert (rig.dir / 'a' / name).read_bytes() == (rig.dir / 'b' / name).read_bytes(), name
    found = rows(rig, draft, normal)
    assert len(found) > 10 and not [r for r in found if r['verdict'] == 'denied'], found
    # the office's way to a PLC was not in it
    assert [r for r in rows(rig, draft, CAPTURES / 'office-to-plc.pcap') if r['verdict'] == 'denied']
    text = draft.read_text()
    assert re.search(r'# hmi-1 -> .*seen \d+ times?, ', text) and 'level suggested because' in text
    assert (rig.dir / 'a' / 'register.csv').read_bytes().startswith(b'\xef\xbb\xbf')
    assert '00:80:f4:10:01:11' in (rig.dir / 'a' / 'register.csv').read_text()


def test_learn_takes_nothing_from_near_a_high_alert(rig):
    rig.sekisho('learn', '--output', rig.dir / 'a', CAPTURES / 'plc-stop.pcap')
    text = (rig.dir / 'a' / 'draft.yaml').read_text()
    assert 'SKS-MB-09' in text and 'SKS-MB-05' in text
    assert not re.search(r'^  - \{ from', text, re.M), text
    assert re.search(r'^  # - \{ from: net-10-20-3, to: net-10-20-1, protocol: modbus', text, re.M), text


def test_learn_keeps_its_hands_off(rig):
    rig.sekisho('learn', '--output', rig.dir / 'a', CAPTURES / 'normal.pcap')
    before = (rig.dir / 'a' / 'draft.yaml').read_bytes()
    r = rig.sekisho('learn', '--output', rig.dir / 'a', CAPTURES / 'maintenance.pcapng', status=1)
    assert 'draft.yaml' in r.stderr and (rig.dir / 'a' / 'draft.yaml').read_bytes() == before
    # what the configuration has is not drafted again
    rig.sekisho('learn', '--config', rig.config(), '--output', rig.dir / 'b', CAPTURES / 'normal.pcap')
    text = (rig.dir / 'b' / 'draft.yaml').read_text()
    assert 'conduits: nothing to add' in text and 'zones: nothing to add' in text, text


LEARNING = """
baseline: { learn_until: "2026-04-01 09:04" }
"""
NEWS = """
- id: SKS-TEST-01
  on: modbus
  when: baseline == new
  level: medium
  group_by: [src.asset, dest.asset]
  title: { en: "news", ja: "新" }
"""


def test_a_person_teaches_what_an_alert_is_about(rig):
    """learnt on a quiet morning; the office is new to it; a person says that it is normal, and then it is"""
    (rig.dir / 'rules').mkdir()
    (rig.dir / 'rules' / 'news.yaml').write_text(NEWS)
    config = rig.config(LEARNING + 'rules: { packs: [rules] }\n')
    normal, office = CAPTURES / 'normal.pcap', CAPTURES / 'office-to-plc.pcap'
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', config, '--state', state, '--no-sinks', normal)
    assert {a['sekisho']['rule_id'] for a in rig.alerts(state)} <= {'SKS-SM-01'}
    rig.sekisho('replay', '--config', config, '--state', state, '--no-sinks', office)
    alerts = [a for a in rig.alerts(state) if a['src_ip'] == '10.20.4.52' and a['dest_ip'] == '10.20.1.11']
    assert len(alerts) == 1, alerts
    alert_id = alerts[0]['sekisho']['alert_id']
    assert rig.sekisho('learn', '--state', state, '--alert', alert_id, status=2).stderr
    assert 'alert' in rig.sekisho('learn', '--state', state, '--alert', 'nosuch', '--reason', 'x', status=1).stderr
    said = rig.sekisho('learn', '--state', state, '--alert', alert_id, '--by', '山田', '--reason', '実績収集のため').stdout
    assert 'from: office, to: cell-a, protocol: modbus, class: read' in said, said
    trail = [json.loads(line) for line in rig.sekisho('audit', 'list', '--state', state, '--json').stdout.splitlines()]
    assert [(e['who'], e['verb'], e['reason'], e['object']) for e in trail if e['verb'].startswith('baseline')] == \
        [('山田', 'baseline.learn', '実績収集のため', 'alert:' + alert_id)], trail
    # the same again, later: what was approved is silent, and only that
    rig.sekisho('replay', '--config', config, '--state', state, '--no-sinks', office)
    again = [a for a in rig.alerts(state) if a['sekisho']['alert_id'] == alert_id]
    assert again[0]['sekisho']['count'] < 2 * alerts[0]['sekisho']['count'], (alerts[0]['sekisho']['count'], again[0]['sekisho']['count'])


def with_papers(rig, name, **columns):
    """the factory's configuration with these columns in the papers of 加工PLC-1"""
    lines = (CAPTURES / 'register.csv').read_text().splitlines()
    out = [','.join([lines[0]] + list(columns))]
    out += [','.join([line] + [v if line.startswith('加工PLC-1,') else '' for v in columns.values()]) for line in lines[1:]]
    (rig.dir / (name + '.csv')).write_text('\n'.join(out) + '\n')
    config = rig.config('rules: { packs: [%s] }' % (CAPTURES.parents[1] / 'rules' / 'packs'), name=name + '.yaml')
    config.write_text(config.read_text().replace('register: register.csv', 'register: %s.csv' % name))
    return config


def test_remote_maintenance_keeps_to_the_papers_of_the_device(rig):
    """the visit of Wednesday 1 April 2026, 09:20 in Tokyo, which a conduit allows"""
    visit = CAPTURES / 'maintenance.pcapng'
    for n, (columns, kept) in enumerate((({'remote': 'yes', 'remote_window': 'Wed 09:20-10:00'}, True), ({'remote': 'yes', 'remote_window': 'Wed 09:00-09:20'}, False),
                                         ({'remote': 'yes', 'remote_window': '2026-04-01 09:00-12:00'}, True), ({'remote': 'yes', 'remote_window': 'Tue 22:00-09:20'}, False),
                                         ({'remote': 'yes', 'remote_window': 'Tue 22:00-09:21'}, True), ({'remote': 'no'}, False), ({'remote': 'yes'}, True))):
        config = with_papers(rig, 'papers%d' % n, **columns)
        found = [r for r in rows(rig, config, visit) if r['src']['ip'] == '10.20.9.10' and r['protocol'] == 'modbus']
        denied = {r['dest']['ip'] for r in found if r['verdict'] == 'denied'}
        assert denied == (set() if kept else {'10.20.1.11'}), (columns, found)
        assert kept or all(r['why'] == 'maintenance' and 'would_allow' not in r and r['near_line'] == 8 for r in found if r['verdict'] == 'denied'), found
        state = rig.dir / ('s%d' % n)
        rig.sekisho('replay', '--config', config, '--state', state, '--no-sinks', visit)
        alerts = [a for a in rig.alerts(state) if a['sekisho']['rule_id'] in ('SKS-PO-08', 'SKS-PO-04')]
        assert [(a['sekisho']['rule_id'], a['dest_ip']) for a in alerts] == ([] if kept else [('SKS-PO-08', '10.20.1.11')]), (columns, alerts)
        assert kept or '台帳の保守時間帯の外' in alerts[0]['sekisho']['title_ja'] and 'register' in alerts[0]['sekisho']['title_en']
    text = rig.sekisho('policy', 'test', '--config', config.parent / 'papers5.yaml', '--lang', 'ja', visit).stdout
    assert '台帳の遠隔保守の許可・時間帯の外' in text and 'conduits:' not in text, text


def drawn(svg):
    root = tree.fromstring(svg)
    return [''.join(t.itertext()) for t in root.iter(SVG + 'text')], [p for p in root.iter(SVG + 'path')], [r for r in root.iter(SVG + 'rect')]


def test_the_map_shows_levels_devices_and_crossings(rig):
    rig.sekisho('replay', '--config', rig.config(), '--state', rig.dir / 's', '--no-sinks', *scenes())
    svg = rig.sekisho('map', '--state', rig.dir / 's', '--lang', 'ja').stdout
    texts, paths, rects = drawn(svg)
    for wanted in ('L1', '基本制御層', 'L3.5', '産業用DMZ', '加工セルA', '加工PLC-1', 'LAPTOP-7Q2K', 'インターネット', '93.184.215.14'):
        assert wanted in texts, (wanted, texts)
    dashed = [r for r in rects if r.get('stroke') == '#d84315' and float(r.get('width')) > 40]
    assert len(dashed) == 1, 'one device is not in the register'
    lines = [p for p in paths if p.get('marker-end')]
    assert len([p for p in lines if p.get('marker-end') == 'url(#denied)']) == 3
    assert len([p for p in lines if p.get('marker-end') == 'url(#crosses)']) == 13, len(lines)
    texts, _, _ = drawn(rig.sekisho('map', '--state', rig.dir / 's', '--model', 'fa').stdout)
    assert 'Machining cell A' in texts and 'L1' not in texts, texts
    assert rig.sekisho('map', '--state', rig.dir / 's').stdout == rig.sekisho('map', '--state', rig.dir / 's').stdout


def test_a_level_may_have_a_name_of_the_site_s_own(rig):
    config = rig.config('level_names: { L1: { ja: 現場機器, en: Shop floor } }\ntime_zone: "+09:00"')
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', '--no-sinks', CAPTURES / 'normal.pcap')
    assert '現場機器' in drawn(rig.sekisho('map', '--state', rig.dir / 's', '--lang', 'ja').stdout)[0]
    r = rig.sekisho('replay', '--config', rig.config('level_names: { L9: x }'), '--state', rig.dir / 't', CAPTURES / 'normal.pcap', status=1)
    assert re.search(r'sekisho.yaml:\d+:\d+: .*L9', r.stderr), r.stderr


def test_the_map_lets_nobody_write_markup(rig):
    """a host calls itself <b>&"; the sheet stays well-formed and says so"""
    import sqlite3
    rig.sekisho('replay', '--config', rig.config(), '--state', rig.dir / 's', '--no-sinks', CAPTURES / 'unknown-laptop.pcap')
    db = sqlite3.connect(rig.dir / 's' / 'ledger.db')
    db.execute("UPDATE attribute SET value = '<b>&\"x\x1b' WHERE value = 'LAPTOP-7Q2K'")
    db.commit()
    db.close()
    texts, _, _ = drawn(rig.sekisho('map', '--state', rig.dir / 's').stdout)
    assert '<b>&"x?' in texts, texts
    dot = rig.sekisho('map', '--state', rig.dir / 's', '--format', 'dot').stdout
    assert '<b>&\\"x?' in dot, dot


def test_people_read_the_names_of_zones_and_machines_their_ids(rig):
    """as alert titles call them, in either language: lists, cards, mutes, planned work and every report; JSON, CSV and filters have the id"""
    state, config = rig.dir / 's', rig.config('\ntime_zone: "+09:00"')
    rig.sekisho('replay', '--config', config, '--state', state, '--no-sinks', *scenes())
    rig.sekisho('alert', 'mute', '--rule', 'SKS-SM-01', '--zone', 'idmz', '--until', '2099-04-01', '--reason', 'x', '--state', state, '--config', config)
    for i, (option, value) in enumerate((('--zone', 'idmz'), ('--conduit', 'maint:cell-a'))):
        rig.sekisho('work', 'add', 'maintenance', 'w%d' % i, '--from', '2026-04-01T0%d:00' % i, '--to', '2026-04-01T05:00', option, value, '--by', 'x', '--state', state, '--config', config)
    denied = next(a['sekisho']['alert_id'] for a in rig.alerts(state) if a['sekisho']['rule_id'] == 'SKS-PO-04')
    ids = {'cell-a', 'scada', 'idmz', 'office', 'maint'}
    for lang, cell, office, dmz, both in (('en', 'Machining cell A', 'Office', 'Industrial DMZ', 'Remote maintenance -> Machining cell A'),
                                          ('ja', '加工セルA', '事務所', '産業用DMZ', 'リモート保守 -> 加工セルA')):
        say = lambda *words: rig.sekisho(*words, '--state', state, '--lang', lang).stdout
        assert '\ncell-a %s (8)\n' % cell in '\n' + say('assets', '--by', 'zone')
        links = say('links')
        assert cell in links and office in links and not ids & set(links.split()), links
        assert '%s (L4) -> %s (L1)' % (office, cell) in say('alert', 'show', denied)
        assert '%s (cell-a)\n' % cell in say('asset', 'show', 'A000008')
        assert dmz in say('alert', 'mutes') and 'idmz' not in say('alert', 'mutes')
        assert dmz in say('work', 'list') and both in say('work', 'list') and not ids & set(re.split('[ =>]+', say('work', 'list')))
        came = say('work', 'show', '1')
        assert came.count(dmz) > 1 and not ids & set(came.split()), came
        for report, words in ('daily', {cell}), ('handover', {cell, office}), ('monthly', {cell, office, dmz, both}), ('register', {cell, office}), ('meti', {cell, office}):
            made = {f: say('report', report, '--since', '2026-04-01', '--until', '2026-04-02', '--format', f) for f in ('text', 'html', 'json', 'csv')}
            for f in 'text', 'html':
                assert all(w in html.unescape(made[f]) for w in words), (lang, report, f)
            cells = [str(c) for t in json.loads(made['json'])['tables'].values() for row in t['rows'] for c in row]
            assert ids & set(cells) and not {cell, dmz} & set(cells) - ({cell, dmz} if report == 'meti' else set()), (lang, report)
            assert 'cell-a' in made['csv'], (lang, report)
            if report != 'meti': # which lists the zones, each with its id and its name
                text = re.sub(r'(?m)^ .*(sekisho |sqlite3 ).*', '', made['text'])
                assert not {'cell-a', 'idmz', 'scada'} & set(re.split(r'[\s=>]+', text)), (lang, report)
        error = rig.sekisho('assets', '--zone', 'cell-b', '--state', state, '--lang', lang, status=1).stderr
        assert 'cell-a (%s)' % cell in error and 'unknown (' in error, error
    assert [json.loads(x)['zone'] for x in rig.sekisho('work', 'list', '--json', '--state', state).stdout.splitlines()] == ['idmz', 'maint>cell-a']
    assert all(a['zone'] in ids for a in rig.assets(state))
    assert ',cell-a,' in rig.sekisho('assets', '--csv', '--state', state).stdout


def test_a_zone_without_a_name_in_one_language_has_the_other_one(rig):
    """and one without any has its id; what no zone claims has words"""
    config = rig.config("""
zones:
  - { id: a, name: { ja: 甲 }, purdue: L1, prefixes: [10.20.1.0/24] }
  - { id: b, purdue: L3, prefixes: [10.20.3.0/24] }
""", base=None)
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', '--no-sinks', CAPTURES / 'normal.pcap')
    for lang, nowhere in ('en', 'outside all zones'), ('ja', 'ゾーン外'):
        heads = re.findall(r'(?m)^(\S.*) \(\d+\)$', rig.sekisho('assets', '--by', 'zone', '--state', rig.dir / 's', '--lang', lang).stdout)
        assert heads == ['a 甲', 'b', 'unknown ' + nowhere], heads


main(globals())
