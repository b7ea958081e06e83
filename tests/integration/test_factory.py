"""The factory's scenes raise exactly the alerts that their README lists; the same capture gives the same alerts and assets."""
import collections, csv, io, json, os, subprocess
from rig import BUILD, CAPTURES, main, scenes, triple

LAPTOP = '04:d4:c4:66:6e:01'


def expected(folder=CAPTURES):
    """scene -> {(rule, src, dest)}"""
    table = collections.defaultdict(set)
    with open(folder / 'expected_alerts.tsv', encoding='utf-8', newline='') as f:
        for row in csv.DictReader(f, delimiter='\t'):
            if row['rule'] != '-':
                table[row['scene']].add((row['rule'], row['src'].strip('-'), row['dest'].strip('-')))
    return table


def seen(alerts):
    """an alert about a device names no second end; a device that has no address yet is named by its MAC"""
    out = set()
    for a in alerts:
        rule, src, dest = triple(a)
        if rule == 'SKS-LA-01':
            dest = ''
            if a['ether']['src_mac'] == LAPTOP:
                src = '10.20.1.200'
        out.add((rule, src, dest))
    return out


def test_each_scene_raises_its_alerts_and_no_others(rig):
    config, want = rig.config(), expected()
    for scene in scenes():
        state = rig.dir / scene.stem
        rig.sekisho('replay', '--config', config, '--state', state, scene)
        got = seen(rig.alerts(state))
        assert got == want[scene.stem], '%s: expected %s, got %s' % (scene.stem, sorted(want[scene.stem]), sorted(got))


def test_each_lookalike_raises_its_alerts_and_no_others(rig):
    folder = CAPTURES / 'lookalikes'
    config, want, found = rig.config(), expected(folder), {}
    assert set(want) == {scene.stem for scene in scenes(folder)} == {path.stem for path in folder.glob('*.pcap')}
    for scene in scenes(folder):
        state = rig.dir / scene.stem
        rig.sekisho('replay', '--no-sinks', '--config', config, '--state', state, scene)
        found[scene.stem] = rig.alerts(state)
        got = [triple(a) for a in found[scene.stem]]
        assert sorted(got) == sorted(want[scene.stem]), '%s: expected %s, got %s' % (scene.stem, sorted(want[scene.stem]), sorted(got))
    spoofed = found['arp-spoofing'][0]
    assert (spoofed['ether']['src_mac'], spoofed['ether']['dest_mac']) == ('00:00:0a:10:01:30', '00:1b:d4:00:01:01'), spoofed
    assert 'admin:admin' not in str(found['default-password'])


def test_all_scenes_in_one_morning(rig):
    rig.sekisho('replay', '--config', rig.config(), '--state', rig.dir / 's', *scenes())
    want = set().union(*expected().values())
    alerts = rig.alerts(rig.dir / 's')
    got = seen(alerts)
    assert got == want, 'missing %s, too many %s' % (sorted(want - got), sorted(got - want))
    stop = next(a for a in alerts if a['sekisho']['rule_id'] == 'SKS-MB-05')
    assert stop['timestamp'].startswith('2026-04-01T00:25:'), 'an unanswered request bears its own time, not %s' % stop['timestamp']


def test_the_ledger_holds_the_devices_of_the_factory(rig):
    """one row a device: those of the register, and the laptop"""
    rig.sekisho('replay', '--config', rig.config(), '--state', rig.dir / 's', *scenes())
    assets = rig.assets(rig.dir / 's')
    with open(CAPTURES / 'register.csv', encoding='utf-8', newline='') as f:
        registered = {mac.strip().lower() for row in csv.DictReader(f) for mac in row['mac'].replace(';', ' ').split()}
    macs = [mac for a in assets for mac in a['mac']]
    assert len(macs) == len(set(macs)), 'a MAC stands in two rows'
    strangers = [a for a in assets if a['registered'] is False and a['mac']]
    assert [a['mac'] for a in strangers] == [[LAPTOP]], strangers
    unknown = set(macs) - registered - {LAPTOP}
    assert not unknown, unknown
    laptop = strangers[0]
    assert 'dhcp_client' in laptop['roles'] and 'modbus_client' in laptop['roles'], laptop['roles']
    switch = next(a for a in assets if '00:1b:d4:00:01:01' in a['mac'])
    assert 'dhcp_server' in switch['roles'] and 'dhcp_client' not in switch['roles'], switch['roles']
    plc = next(a for a in assets if '00:80:f4:10:01:11' in a['mac'])
    assert plc['ip'] == ['10.20.1.11'] and plc['purdue'] == 'L1' and plc['zone'] == 'cell-a' and plc['fa_zone'] == 'fa.control', plc
    assert len(assets) == 14 + 1 + 3, 'the devices of the register, the laptop, three on the serial line: %d' % len(assets)
    assert 'modbus' in plc['protocols'] and 'Schneider' in plc['vendor'] or 'Telemecanique' in plc['vendor'].title(), plc


def test_two_replays_say_the_same(rig):
    out = []
    for state in (rig.dir / 'a', rig.dir / 'b'):
        rig.sekisho('replay', '--config', rig.config(), '--state', state, *scenes())
        out.append([rig.sekisho(what, '--state', state, '--json').stdout for what in ('alerts', 'incidents', 'assets', 'links')])
    assert out[0] == out[1]
    assert all(len(text) > 0 for text in out[0])


def test_a_second_replay_into_the_same_state_adds_nothing(rig):
    out = []
    for _ in range(2):
        rig.sekisho('replay', '--config', rig.config(), '--state', rig.dir / 's', *scenes())
        out.append(rig.sekisho('alerts', '--state', rig.dir / 's', '--json').stdout)
    assert out[0] == out[1], out


def test_alerts_are_the_same_with_the_gate_on_and_off(rig):
    out = []
    for gate in ([], ['--no-gate']):
        state = rig.dir / ('gate%d' % len(gate))
        summary = rig.sekisho('replay', '--json', '--config', rig.config(), '--state', state, *gate, *scenes()).stdout
        out.append((rig.alerts(state), json.loads(summary)))
    (on, with_gate), (off, without) = out
    assert with_gate['held'] > 0 and without['held'] == 0, (with_gate, without)
    assert with_gate['records'] == without['records']
    assert on == off, [(a, b) for a, b in zip(on, off) if a != b][:1]


def test_the_daemon_reading_files_says_what_a_replay_says(rig):
    """the daemon hashes with a seed of its own: nothing may be lost by that"""
    for scene in scenes():
        text = 'state: %s\ncapture: { files: [%s] }\n' % (rig.dir / ('daemon-' + scene.stem), scene)
        daemon = rig.start(BUILD / 'sekishod', '--config', rig.config(text, name='daemon.yaml'))
        assert daemon.wait(60) == 0, (rig.dir / 'sekishod.log').read_text()
        rig.sekisho('replay', '--no-sinks', '--config', rig.config(), '--state', rig.dir / scene.stem, scene)
        want, got = ({triple(a) for a in rig.alerts(rig.dir / state)} for state in (scene.stem, 'daemon-' + scene.stem))
        assert got == want, '%s: a replay says %s, the daemon %s' % (scene.stem, sorted(want), sorted(got))


def test_an_alert_is_shown_whole_in_both_languages(rig):
    rig.sekisho('replay', '--no-sinks', '--config', rig.config(), '--state', rig.dir / 's', CAPTURES / 'plc-stop.pcap')
    alert = next(a['sekisho'] for a in rig.alerts(rig.dir / 's') if a['sekisho']['rule_id'] == 'SKS-MB-09')
    for language, words in (('en', 'how the level came about'), ('ja', 'レベルの根拠')):
        told = rig.sekisho('--lang', language, 'alert', 'show', alert['alert_id'], '--state', rig.dir / 's').stdout
        line = ''.join(told.split())
        for text in (alert['title_' + language], alert['action_' + language], alert['sev']['reason_' + language], words, *alert['attack_ics']):
            assert ''.join(text.split()) in line, '%s is not told:\n%s' % (text, told)
        assert '()' not in told and alert['alert_id'] in rig.sekisho('--lang', language, 'alerts', '--state', rig.dir / 's').stdout
    unknown = rig.sekisho('alert', 'show', alert['alert_id'][:-1] + '!', '--state', rig.dir / 's', status=1)
    assert 'there is no alert' in unknown.stderr, unknown.stderr


def test_a_device_and_the_rules_are_shown_in_japanese(rig):
    """tokens are for programs: what a person reads has words"""
    rig.sekisho('replay', '--no-sinks', '--config', rig.config(), '--state', rig.dir / 's', *scenes())
    laptop = next(a for a in rig.assets(rig.dir / 's') if LAPTOP in a['mac'])
    show = lambda *words: rig.sekisho('asset', 'show', laptop['asset_id'], '--state', rig.dir / 's', *words).stdout
    told = show('--lang', 'ja')
    for word in ('Modbusクライアント', 'DHCPクライアント', '未登録（シャドーIT）', 'MACアドレス', 'ホスト名', '動作', '利用'):
        assert word in told, (word, told)
    for token in ('modbus_client', 'unregistered', '  mac ', '  does ', '  uses ', ' traffic '):
        assert token not in told, (token, told)
    assert 'Modbus client' in show('--lang', 'en') and json.loads(show('--json', '--lang', 'ja'))['roles'] == laptop['roles']
    rules = rig.sekisho('rules', 'list', '--lang', 'ja').stdout.splitlines()
    assert rules[0].split() == ['ルール', 'レベル', '対象', '記録', '内容'] and not {line.split()[1] for line in rules} & {'info', 'low', 'medium', 'high', 'critical', 'off'}, rules[:3]
    assert {line.split()[1] for line in rig.sekisho('rules', 'list', '--lang', 'en').stdout.splitlines()[1:]} <= {'info', 'low', 'medium', 'high', 'critical', 'off'}


def test_a_sheet_of_devices_is_for_programs_or_for_people(rig):
    """with keys, tokens and times as JSON has them; with --words as people read them, in any encoding, and nothing is lost of what has no word"""
    config = rig.config('')
    config.write_text(config.read_text().replace('fa: fa.oa', 'fa: wlan'))
    rig.sekisho('replay', '--no-sinks', '--config', config, '--state', rig.dir / 's', *scenes())
    def sheet(*words, encoding='utf-8', env=None):
        raw = subprocess.run([str(BUILD / 'sekisho'), 'assets', '--csv', '--encoding', encoding, '--state', str(rig.dir / 's'), *words], stdout=subprocess.PIPE, check=True,
                             env=dict(os.environ, LC_ALL='C.UTF-8', **(env or {}))).stdout
        return list(csv.DictReader(io.StringIO(raw.decode(encoding), newline='')))
    plain = sheet('--lang', 'ja')
    assert plain == sheet('--lang', 'en') and [r['asset_id'] for r in plain] == [a['asset_id'] for a in rig.assets(rig.dir / 's')]
    plc = next(r for r in plain if r['name'] == '加工PLC-1')
    assert (plc['zone'], plc['registered'], plc['roles'], plc['phase']) == ('cell-a', 'true', 'modbus_server', 'operate') and plc['first_seen'].endswith('+0000'), plc
    for lang, encoding, want in (('ja', 'cp932', {'名称': '加工PLC-1', 'ゾーン': '加工セルA', '工場ゾーン': '制御ゾーン', '登録': '済', '役割': 'Modbusサーバー', 'フェーズ': '運用チェック', '種別': 'PLC'}),
                                 ('en', 'utf-8', {'name': '加工PLC-1', 'zone': 'Machining cell A', 'factory zone': 'Control zone', 'registered': 'yes', 'role': 'Modbus server', 'phase': 'Operation check'})):
        told = sheet('--words', '--lang', lang, encoding=encoding, env={'TZ': 'JST-9'})
        assert len(told) == len(plain) and len(told[0]) == len(plain[0]), told[0]
        row = next(r for r in told if list(r.values())[1] == '加工PLC-1')
        assert {k: row[k] for k in want} == want, row
        assert list(row.values())[-2] == '2026-04-01 09:00:00', row
        office = next(list(b.values()) for a, b in zip(plain, told) if a['zone'] == 'office')
        assert office[6] in ('事務所', 'Office') and office[7] in ('無線LAN', 'Wireless LAN'), office
    assert '--csv' in rig.sekisho('assets', '--words', '--state', rig.dir / 's', status=2).stderr
    rig.sekisho('links', '--words', '--state', rig.dir / 's', status=2)


def test_each_remedy_of_a_rule_stands_with_its_case(rig):
    """SKS-SH-03 has one for each thing that can go wrong: a line each, that begins as its title would say it; what is part of a sentence stays in it"""
    for lang, label, disk, room, other in (('en', 'first:', 'little room on the disk', 'Make room', 'the configuration was not taken: The former configuration'),
                                           ('ja', 'まず確認:', 'ディスクの空きが少ない', 'センサーのデータ', '設定を読み込めない: 以前の設定で動き続けています')):
        show = lambda rule: rig.sekisho('rules', 'show', rule, '--lang', lang).stdout
        told = show('SKS-SH-03')
        lines = [x[4:] for x in told.split('\n') if x.startswith('  - ')]
        assert len(lines) == 9 and all(': ' in x for x in lines), told
        assert any(x.startswith('%s: %s' % (disk, room)) for x in lines) and any(x.startswith(other) for x in lines), told
        assert label + '\n  - ' in told and '\n\n' not in told and ' \n' not in told, told
        assert '  - ' not in show('SKS-LA-02') and '  - ' not in show('SKS-PO-09')
        # a rule of the plant's own: text before and behind, a case without a name, one remedy for two
        own = rig.dir / 'own.yaml'
        own.write_text("""- { id: SKS-PLANT-01, on: health, when: health.what == disk, level: high,
    title: { en: "{health.what|disk=full|other}", ja: "{health.what|disk=full|other}" },
    action: { en: "Look. {health.what|disk=Sweep it.|clock=Set it.|sink=Sweep it.|Wait.} Then go.", ja: "Look. {health.what|disk=Sweep it.|clock=Set it.|sink=Sweep it.|Wait.} Then go." },
    tests: [{ name: a, expect: high, events: [{ health.what: disk }] }, { name: b, expect: none, events: [{ health.what: clock }] }] }
""")
        told = rig.sekisho('rules', 'show', 'SKS-PLANT-01', '--lang', lang, '--config', rig.config('rules: { packs: [own.yaml] }')).stdout
        assert '%s Look.\n  - full' % label + (' / ' if lang == 'en' else '／') + 'sink: Sweep it.\n  - clock: Set it.\n  - other: Wait.\n  Then go.\n' in told, told


def test_decode_is_deterministic_and_whole(rig):
    out = [rig.sekisho('decode', *scenes()).stdout for _ in range(2)]
    assert out[0] == out[1]
    records = [json.loads(line) for line in out[0].splitlines()]
    kinds = collections.Counter(r['event_type'] for r in records)
    assert kinds['stats'] == len(scenes()) and kinds['modbus'] > 50 and kinds['discovery'] > 10, kinds
    assert records[-1]['event_type'] == 'stats'


if __name__ == '__main__':
    main(globals())
