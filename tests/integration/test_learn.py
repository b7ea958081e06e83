#!/usr/bin/env python3
"""What was learnt is quiet: drafts, taken into use as they are, raise nothing on the traffic that they were drafted from; and a person confirms them, with an audit row."""
import json, re, subprocess, time

import frames
from rig import BUILD, CAPTURES, main

CORPUS = CAPTURES.parents[2] / 'shared' / 'corpus' / 'captures'
# with several zones, with strangers, with broadcasts over two subnets; none of them an attack
RECORDED = ['modbus/plant_mixed_mb2.pcap', 'l2/netbios.pcapng', 'ot/enip_cip_example.pcap', 'modbus/polling_2257.pcap', 'it/mqtt.pcapng']
# LA-07 tells of what is out of date, learnt or not
PAPERS = re.compile(r'SKS-(LA-0[1-6]|PO-0\d|LC-\d\d)')


def taken_into_use(rig, name, capture):
    rig.sekisho('learn', '--output', rig.dir / name, capture)
    config = rig.dir / name / 'sekisho.yaml'
    config.write_text('sensor: { name: x }\nregister: register.csv\n' + (rig.dir / name / 'draft.yaml').read_text())
    return config


def test_what_was_learnt_is_quiet(rig):
    captures = [CAPTURES / 'normal.pcap'] + [CORPUS / f for f in RECORDED if CORPUS.is_dir()]
    for n, capture in enumerate(captures):
        config = taken_into_use(rig, 'draft%d' % n, capture)
        rig.sekisho('register', 'check', '--config', config, rig.dir / ('draft%d' % n) / 'register.csv', '--state', rig.dir / ('r%d' % n))
        rig.sekisho('replay', '--config', config, '--state', rig.dir / ('s%d' % n), '--no-sinks', capture)
        found = [(a['sekisho']['rule_id'], a.get('src_ip'), a.get('dest_ip')) for a in rig.alerts(rig.dir / ('s%d' % n)) if PAPERS.match(a['sekisho']['rule_id']) and a['sekisho']['level'] not in ('low', 'info')]  # those are findings about the design
        assert not found, (capture.name, found)
    # and only what was seen: the office that reads the PLC was not
    rig.sekisho('replay', '--config', rig.dir / 'draft0' / 'sekisho.yaml', '--state', rig.dir / 'other', '--no-sinks', CAPTURES / 'office-to-plc.pcap')
    assert 'SKS-PO-04' in {a['sekisho']['rule_id'] for a in rig.alerts(rig.dir / 'other')}


def test_without_zones_the_quiet_morning_is_learnt(rig):
    """what is raised only because no conduit is there yet is no trouble; a stopped PLC is"""
    rig.sekisho('learn', '--output', rig.dir / 'a', CAPTURES / 'normal.pcap')
    text = (rig.dir / 'a' / 'draft.yaml').read_text()
    assert re.search(r'^  - \{ from: net-10-20-3, to: net-10-20-1, protocol: modbus', text, re.M) and 'first seen near' not in text, text
    rig.sekisho('learn', '--output', rig.dir / 'b', CAPTURES / 'plc-stop.pcap')
    text = (rig.dir / 'b' / 'draft.yaml').read_text()
    assert 'SKS-MB-09' in text and not re.search(r'^  - \{ from', text, re.M), text


def test_a_person_confirms_a_policy(rig):
    config = taken_into_use(rig, 'draft', CAPTURES / 'normal.pcap')
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', config, '--state', state, '--no-sinks', CAPTURES / 'normal.pcap')
    asked = ('policy', 'confirm', '--config', config, '--state', state)
    assert rig.sekisho(*asked, status=2).stderr
    r = rig.sekisho(*asked, '--reason', '初回の棚卸し', '--lang', 'ja', status=1)
    lines = config.read_text().split('\n')
    at = int(re.search(r'sekisho\.yaml:(\d+)', r.stderr).group(1))
    assert 'owner: "?"' in lines[at - 1] and 'owner と reason' in r.stderr, (r.stderr, lines[at - 1])
    config.write_text(config.read_text().replace('owner: "?", reason: "?"', 'owner: 生産技術, reason: 監視'))
    said = rig.sekisho(*asked, '--reason', '初回の棚卸し', '--by', '山田').stdout
    sha256 = subprocess.run(['sha256sum', config], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[0]
    assert sha256 in said, said
    entries = [json.loads(line) for line in rig.sekisho('audit', 'list', '--state', state, '--json').stdout.splitlines()]
    found = [e for e in entries if e['verb'] == 'policy.confirm']
    assert len(found) == 1 and (found[0]['who'], found[0]['reason']) == ('山田', '初回の棚卸し'), entries
    assert found[0]['details']['sha256'] == sha256 and found[0]['details']['conduits'] > 3, found
    rig.sekisho('audit', 'verify', '--state', state)


def test_a_person_confirms_what_is_suggested(rig):
    (rig.dir / 'bare.yaml').write_text('sensor: { name: x }\n')
    state = rig.dir / 's'

    def plc():
        return next(a for a in rig.assets(state) if '10.20.1.11' in a['ip'])
    rig.sekisho('replay', '--config', rig.dir / 'bare.yaml', '--state', state, '--no-sinks', CAPTURES / 'normal.pcap')
    before = plc()
    assert before['role_suggested'] == 'plc' and before['purdue_suggested'] == 'L1', before
    assert 'register approve' in rig.sekisho('asset', 'confirm', '--state', state, before['asset_id'], status=1).stderr
    rig.sekisho('register', 'approve', '--state', state, before['asset_id'], '--name', '加工PLC-1', '--reason', '棚卸し')
    assert plc()['role_suggested'] == 'plc', 'taken up, but nobody has said what it is'
    rig.sekisho('asset', 'confirm', '--state', state, before['asset_id'], '--by', '佐藤')
    after = plc()
    assert after['kind'] == 'plc' and 'role_suggested' not in after and after['registered'] is True, after
    assert 'purdue_suggested' not in after, after
    entries = [json.loads(line) for line in rig.sekisho('audit', 'list', '--state', state, '--json').stdout.splitlines()]
    found = [e for e in entries if e['verb'] == 'asset.confirm']
    assert len(found) == 1 and found[0]['who'] == '佐藤' and 'modbus' in found[0]['reason'], entries
    # once confirmed nothing is suggested any more, and of who is not there nothing can be
    assert before['asset_id'] in rig.sekisho('asset', 'confirm', '--state', state, before['asset_id'], status=1).stderr
    assert rig.sekisho('asset', 'confirm', '--state', state, 'A000999', status=1).stderr
    assert rig.sekisho('asset', 'confirm', '--state', state, status=2).stderr


main(globals())
