"""What the register declares of a device weighs in the rules: maintenance windows, services, how OPC UA is protected."""
import csv
from rig import CAPTURES, main, triple

PLC_1, EDGE = '10.20.1.11', '10.20.1.30'


def judged(rig, name, captures, **declared):
    """replays with cells of the register added: {ip: {column: value}}; {(rule, src, dest): level}"""
    config, state = rig.config(), rig.dir / name
    with open(CAPTURES / 'register.csv', encoding='utf-8', newline='') as f:
        rows = list(csv.DictReader(f))
    columns = list(rows[0]) + ['remote_window', 'services', 'enc']
    with open(rig.dir / 'register.csv', 'w', encoding='utf-8', newline='') as f:
        out = csv.DictWriter(f, columns, restval='')
        out.writeheader()
        for row in rows:
            out.writerow({**row, **declared.get(row['ip'].replace('.', '_'), {})})
    rig.sekisho('replay', '--config', config, '--state', state, '--no-sinks', *[CAPTURES / c for c in captures])
    return {triple(a): a['sekisho']['level'] for a in rig.alerts(state)}


def test_a_stop_within_the_maintenance_window_is_planned(rig):
    """the stop was recorded on Wednesday 1 April 2026 at 09:25 by the plant's clock"""
    stop = ('SKS-MB-09', '10.20.3.30', PLC_1)
    for n, (window, level) in enumerate([('', 'critical'), ('2026-04-01 09:00-10:00', 'low'), ('2026-04-01', 'low'), ('水 09:00-10:00', 'low'),
                                         ('mon-fri 08:00-17:00; 2026-05-01', 'low'), ('2026-04-01 10:00-11:00', 'critical'),
                                         ('2026-04-02', 'critical'), ('thu 09:00-10:00', 'critical')]):
        said = judged(rig, 'w%d' % n, ['plc-stop.pcap'], **{PLC_1.replace('.', '_'): {'remote_window': window}})
        assert said[stop] == level, (window, said)


def test_services_that_are_not_declared(rig):
    edge = {EDGE.replace('.', '_'): {'services': 'opcua/4840'}}
    plc = {PLC_1.replace('.', '_'): {'services': 'opcua'}}
    assert not [k for k in judged(rig, 'as-declared', ['normal.pcap'], **edge) if k[0] == 'SKS-LA-07' and k[2] == EDGE]
    said = judged(rig, 'other', ['normal.pcap'], **plc)
    assert {said[k] for k in said if k[0] == 'SKS-LA-07' and k[2] == PLC_1} == {'low'}, said


def test_opc_ua_weaker_than_declared(rig):
    """the historian's session can be read in the recording"""
    less = ('SKS-UA-03', '10.20.3.20', EDGE)
    assert less in judged(rig, 'encrypted', ['normal.pcap'], **{EDGE.replace('.', '_'): {'enc': 'opcua_signenc'}})
    for n, enc in enumerate(('', 'none')):
        assert less not in judged(rig, 'not%d' % n, ['normal.pcap'], **{EDGE.replace('.', '_'): {'enc': enc}})


if __name__ == '__main__':
    main(globals())
