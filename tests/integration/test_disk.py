"""Each kind of data keeps to its share of the disk: what is oldest goes, what must stay stays, and it is said."""
import json
import sums
from rig import force_listen_only, main


def replay(rig, state, text, path):
    rig.sekisho('replay', '--config', rig.config('rules: { disable: [SKS-MB-15] }\n' + text, base=None), '--state', state, '--no-sinks', path)
    return json.loads((state / 'health.json').read_text())


def test_the_list_of_alerts(rig):
    """1,500 alerts where 1,000 have room: the newest are there, and their outbox, and who asks is told in both languages"""
    state = rig.dir / 's'
    health = replay(rig, state, 'alerts: { rows: 1000 }', force_listen_only(rig.dir / 'in.pcap', 1500, step=0.01))
    raised = health['alerts']
    assert raised >= 1500, raised
    rows = rig.alerts(state)
    first = {a['src_ip'] for a in rows if a['sekisho']['rule_id'] == 'SKS-MB-05'}
    assert len(rows) + health['alerts_removed'] == raised and 1000 <= len(rows) <= 1010, (len(rows), health['alerts_removed'], raised)
    assert '10.1.5.219' in first and '10.1.0.0' not in first, (len(first), sorted(first)[:3])
    assert health['outbox_rows'] == health['alerts_told'], 'the outbox keeps to limits of its own'
    sums.hold(health, fresh=True)
    told = [a for a in rows if a['sekisho']['rule_id'] == 'SKS-SH-03']
    assert len(told) == 1 and 'alerts.db' in told[0]['sekisho']['title_en'] and 'ディスク' in told[0]['sekisho']['title_ja'], told
    for lang, words in (('en', 'alerts left the full list'), ('ja', '警報の一覧が上限に達し')):
        said = rig.sekisho('--lang', lang, 'health', '--state', state, status=None).stdout
        assert words in said and str(health['alerts_removed']) in said.replace(',', ''), said


def test_devices_of_the_ledger(rig):
    """1,500 addresses where 1,000 have room: who came later is not taken in, and that is a fault that an alert tells"""
    state = rig.dir / 's'
    health = replay(rig, state, 'ledger: { devices: 1000 }', force_listen_only(rig.dir / 'in.pcap', 1500, step=0.01))
    rows = rig.assets(state)
    assert len(rows) == 1000 and health['sightings_refused'] > 0, (len(rows), health['sightings_refused'])
    told = [a for a in rig.alerts(state) if a['sekisho']['rule_id'] == 'SKS-SH-03']
    assert len(told) == 1 and 'ledger.devices' in told[0]['sekisho']['title_en'], told
    for lang, words in (('en', 'as many devices as it may keep'), ('ja', '台帳の機器が上限に達し')):
        said = rig.sekisho('--lang', lang, 'health', '--state', state, status=None).stdout
        assert words in said and str(health['sightings_refused']) in said.replace(',', ''), said


def test_where_there_is_room_nothing_goes(rig):
    health = replay(rig, rig.dir / 's', '', force_listen_only(rig.dir / 'in.pcap', 1500, step=0.01))
    assert health['alerts_removed'] == health['conversations_removed'] == health['outbox_removed'] == health['sightings_refused'] == 0, health
    assert len(rig.alerts(rig.dir / 's')) == health['alerts'], health['alerts']


main(globals())
