"""A fortnight of the factory's quiet morning: nothing is said after learning, and what is put into it is found."""
import json, sys
import frames
from rig import CAPTURES, main, triple

sys.path.insert(0, str(CAPTURES))
import loop  # noqa: E402

DAYS, EVERY_MINUTES = 14, 120
LEARNT = '2026-04-04'  # the morning is 2026-04-01
CONFIG = 'baseline: { learn_from: "2026-03-31", learn_until: "%s" }\n' % LEARNT
TAGS = 'modbus_tags: tags.csv\n'
TAG_FILE = 'tag,server,unit,table,address,type,words,min,max,step\nspindle speed,10.20.1.11,,,100,,,0,3000,\n'

HMI = frames.Host('10.20.3.10', '00:26:55:20:03:10', 103)
HISTORIAN = frames.Host('10.20.3.20', 'd4:ae:52:20:03:20', 103)
EWS = frames.Host('10.20.3.30', '34:64:a9:20:03:30', 103)
LEG = '00:1b:d4:00:01:03'  # the router's, through which the cell is reached


def cell(last):
    return frames.Host('10.20.1.%d' % last, LEG, 103)


def after(state, rig):
    """alerts that began after learning"""
    return [a for a in rig.alerts(state) if a['sekisho']['first_seen'] > LEARNT + 'T']


def play(rig, name, extras=(), more=''):
    path = rig.dir / (name + '.pcap')
    rounds = loop.loop(path, DAYS, EVERY_MINUTES, CAPTURES / 'normal.pcap', extras)
    assert rounds == DAYS * 24 * 60 // EVERY_MINUTES
    state = rig.dir / name
    summary = rig.sekisho('replay', '--json', '--no-sinks', '--config', rig.config(CONFIG + more), '--state', state, path, seconds=300).stdout
    path.unlink()
    return state, json.loads(summary)


def modbus(client, server, port, requests):
    """requests: [(PDU asked, PDU answered)] in hexadecimal"""
    talk = frames.Talk(client, server, port, 502)
    for i, (ask, answer) in enumerate(requests):
        for send, text in ((talk.ask, ask), (talk.answer, answer)):
            pdu = bytes.fromhex(text)
            send((i + 1).to_bytes(2, 'big') + b'\0\0' + (len(pdu) + 1).to_bytes(2, 'big') + b'\1' + pdu)
    return [(i * 0.01, f) for i, f in enumerate(talk.end())]


def visit(rig):
    path = rig.dir / 'maintenance.pcap'
    rig.run('tcpdump', '-r', CAPTURES / 'maintenance.pcapng', '-w', path)
    return path


def test_nothing_is_said_after_learning(rig):
    """an announced visit, made once while the sensor learnt, is nothing new when it comes again"""
    path = visit(rig)
    state, summary = play(rig, 'quiet', [(1440 + 30, path), (8 * 1440 + 30, path)])
    assert summary['frames'] > 60000, summary
    said = after(state, rig)
    assert not said, [(triple(a), a['sekisho']['title_en'], a['sekisho']['first_seen']) for a in said]
    # two hours without a frame are this network's way: the sensor is never blind
    assert {triple(a)[0] for a in rig.alerts(state)} == {'SKS-SM-01'}


def test_a_visit_that_was_planned_later_is_told_as_new_and_no_more(rig):
    state, _ = play(rig, 'visit', [(8 * 1440 + 30, visit(rig))])
    said = {triple(a)[:2] for a in after(state, rig)}
    assert said == {('SKS-MB-02', '10.20.9.10'), ('SKS-MB-19', '10.20.9.10')}, said  # it writes where the HMI does


def test_a_scan_is_found(rig):
    scan = [(i * 0.5, frames.tcp(EWS, cell(100 + i), 40000 + i, 502, frames.SYN)) for i in range(60)]
    state, _ = play(rig, 'scan', [(9 * 1440 + 30, frames.write(rig.dir / 'scan-only.pcap', scan))])
    found = {triple(a)[:2] for a in after(state, rig)}
    assert ('SKS-LA-03', EWS.ip) in found, found


def test_a_new_master_is_found(rig):
    """a registered device that has never spoken to the controller writes to it"""
    wire = modbus(HISTORIAN, cell(11), 50111, [('0300000002', '030400010002'), ('060064' + '05dc', '060064' + '05dc')])
    state, _ = play(rig, 'master', [(9 * 1440 + 30, frames.write(rig.dir / 'master-only.pcap', wire))])
    found = {triple(a) for a in after(state, rig)}
    assert {r for r, s, d in found if s == HISTORIAN.ip and d == '10.20.1.11'} >= {'SKS-MB-01', 'SKS-MB-02', 'SKS-PO-04'}, found


def test_a_changed_set_point_is_found(rig):
    """the HMI writes the value that it always writes, then one beyond what the plant declares"""
    (rig.dir / 'tags.csv').write_text(TAG_FILE)
    wire = modbus(HMI, cell(11), 50112, [('060064' + '05dc', '060064' + '05dc'), ('060064' + '270f', '060064' + '270f')])
    state, _ = play(rig, 'setpoint', [(9 * 1440 + 30, frames.write(rig.dir / 'setpoint-only.pcap', wire))], TAGS)
    found = {triple(a) for a in after(state, rig)}
    assert found == {('SKS-MB-04', HMI.ip, '10.20.1.11')}, found


if __name__ == '__main__':
    main(globals())
