"""Planned work: what it keeps from being told and what not, at packet time; entered while the daemon runs; recorded; a calendar of many lines."""
import csv, io, json, os, sqlite3, struct, time
from rig import BUILD, CAPTURES, main, scenes, wait_for, writing_end

DAY = '2026-04-01'
# of the factory's alerts those that a visit to cell-a explains
EXPLAINED = {'SKS-LA-01', 'SKS-MB-01', 'SKS-MB-09'}


def local(clock):
    """packet time 09:00 in Japan is 00:00 UTC: the recordings begin then, whatever zone this test runs in"""
    return time.strftime('%Y-%m-%dT%H:%M:%S', time.localtime(1775001600 + round((clock - 9) * 3600)))


def work(rig, *words, status=0, state=None, lang='ja'):
    return rig.sekisho('work', *words, '--state', state or rig.dir / 's', '--lang', lang, status=status)


def add(rig, kind='maintenance', title='定期点検', since=9, until=12, *more):
    return work(rig, 'add', kind, title, '--from', local(since), '--to', local(until), *more, '--by', '山田')


def replay(rig):
    rig.sekisho('replay', '--config', rig.config(), '--no-sinks', '--state', rig.dir / 's', *scenes())
    return [a['sekisho'] for a in rig.alerts(rig.dir / 's')]


def plan(rig):
    """the ledger of the factory, so that zones and devices are known, and the alerts of the days before away"""
    (rig.dir / 's').mkdir(exist_ok=True)


def asked(rig, sql, name='ledger'):
    with sqlite3.connect('file:%s/%s.db?mode=ro' % (rig.dir / 's', name), uri=True) as db:
        return db.execute(sql).fetchall()


def shown(rig, no):
    return json.loads(work(rig, 'show', no, '--json').stdout)


def muted(alerts):
    return {a['rule_id'] for a in alerts if a['state'] == 'muted'}


def test_a_visit_explains_what_belongs_to_it_and_nothing_else(rig):
    plan(rig)
    at = add(rig, 'maintenance', '定期点検', 9, 12, '--zone', 'cell-a', '--config', rig.config(), '--who', '東海制御 佐藤', '--note', '依頼 123')
    assert '#1' in at.stdout and '定期点検' in at.stdout, at.stdout
    alerts = replay(rig)
    assert muted(alerts) == EXPLAINED and len(alerts) == 15, alerts
    for a in alerts:
        if a['state'] == 'muted':
            assert a['reason'] == 'planned work #1 定期点検' and a['by'] == '山田', a
    told = {json.loads(row[0])['sekisho']['rule_id'] for row in asked(rig, 'SELECT json FROM told', 'alerts')}
    assert not told & EXPLAINED and {'SKS-MB-05', 'SKS-PO-05', 'SKS-PO-01'} <= told, told
    # what was met, by the alerts themselves: those with an end in the zone
    mine = [a for a in alerts if 'cell-a' in (a.get('src', {}).get('zone'), a.get('dest', {}).get('zone'))]
    got = shown(rig, 1)
    assert {m['alert_id'] for m in got['met']} == {a['alert_id'] for a in mine} and got['alerts'] == len(mine) == 11
    assert {m['rule_id'] for m in got['met'] if m['muted']} == EXPLAINED and got['alerts_muted'] == 3
    assert 'LAPTOP-7Q2K' in {d['name'] for d in got['new_devices']} and {v['src'] for v in got['visits']} == {'A000020'}
    assert got['who'] == '東海制御 佐藤' and got['state'] == 'past'
    alert = next(a['alert_id'] for a in alerts if a['rule_id'] == 'SKS-MB-09')
    assert '予定 #1 定期点検' in rig.sekisho('alert', 'show', alert, '--state', rig.dir / 's', '--lang', 'ja').stdout
    people = work(rig, 'show', '1').stdout
    assert '東海制御 佐藤' in people and 'LAPTOP-7Q2K' in people and '抑止' in people, people
    health = json.loads((rig.dir / 's' / 'health.json').read_text())
    assert health['planned_work'] == 1 and health['findings_planned'] >= 3, health
    for option, n in (('--count', 1), ('--alerts', 11), ('--muted', 3), ('--hours', 3)):
        assert float(work(rig, 'list', option).stdout) == n, option
        assert float(work(rig, 'list', option, '--since', local(9), '--until', local(10)).stdout) == (1 if option == '--hours' else n), option
        assert float(work(rig, 'list', option, '--since', local(12), '--until', local(13)).stdout) == 0, option


def test_without_an_entry_or_at_another_time_everything_is_told(rig):
    plan(rig)
    add(rig, 'maintenance', '早すぎる', 8, 9, '--zone', 'cell-a', '--config', rig.config())
    add(rig, 'maintenance', '別のゾーン', 9, 12, '--zone', 'idmz', '--config', rig.config())
    add(rig, 'holiday', '創立記念日', 0, 24)
    alerts = replay(rig)
    assert muted(alerts) == set()
    assert [r[0] for r in asked(rig, 'SELECT count(*) FROM work_alert WHERE work_no = 1')] == [0]
    holiday = shown(rig, 3)
    assert holiday['alerts'] == len(alerts) == 15 and holiday['alerts_muted'] == 0, holiday


def test_nobody_said_where_so_critical_ones_are_told(rig):
    plan(rig)
    add(rig)
    assert muted(replay(rig)) == {'SKS-LA-01'}, 'writes to and stops of controllers are critical here'


def test_what_comes_again_and_what_a_rule_narrows(rig):
    plan(rig)
    week = 7 * 24
    add(rig, 'maintenance', '毎週の点検', 9 - 2 * week, 10 - 2 * week, '--every', 'week', '--zone', 'cell-a', '--rule', 'SKS-MB-09', '--config', rig.config())
    assert muted(replay(rig)) == {'SKS-MB-09'}
    got = shown(rig, 1)
    at = [t for t in got['times'] if t['alerts_muted']]
    assert len(at) == 1 and at[0]['from'].startswith('2026-04-01T00:00') and at[0]['alerts'] == 11, at
    assert len(got['times']) > 3 and {t['alerts'] for t in got['times']} == {0, 11}


def test_only_what_passes_between_two_zones(rig):
    plan(rig)
    add(rig, 'maintenance', '保守回線', 9, 12, '--conduit', 'cell-a:scada', '--config', rig.config())
    alerts = replay(rig)
    assert muted(alerts) == {'SKS-MB-09'}, 'the stop came from scada; the laptop is in the cell'
    between = [a for a in alerts if {a.get('src', {}).get('zone'), a.get('dest', {}).get('zone')} == {'cell-a', 'scada'}]
    assert shown(rig, 1)['alerts'] == len(between) > 1, between
    assert {d['zone'] for d in shown(rig, 1)['new_devices']} == {'cell-a', 'scada'}


def later(capture, seconds):
    """the records of a classic capture, so much later, without its header"""
    raw, at, out = capture.read_bytes(), 24, b''
    while at < len(raw):
        s, us, kept, length = struct.unpack_from('<IIII', raw, at)
        out += struct.pack('<IIII', s + seconds, us, kept, length) + raw[at + 16:at + 16 + kept]
        at += 16 + kept
    return out


def test_a_running_daemon_takes_it_over_at_once(rig):
    state, fifo = rig.dir / 's', rig.dir / 'capture.fifo'
    os.mkfifo(fifo)
    config = rig.config('state: %s\ncapture: { files: [%s] }\n' % (state, fifo))
    process = rig.start(BUILD / 'sekishod', '--config', config)
    listed = lambda: rig.sekisho('alerts', '--state', state, '--json', status=None).stdout.splitlines()   # nothing as long as there is no database
    of = lambda rule: [a for a in (json.loads(line)['sekisho'] for line in listed()) if a['rule_id'] == rule]
    health = lambda: json.loads((state / 'health.json').read_text()) if (state / 'health.json').exists() else {}
    stop = CAPTURES / 'plc-stop.pcap'
    with writing_end(fifo, process) as pipe:
        pipe.write((CAPTURES / 'unknown-laptop.pcap').read_bytes())
        pipe.flush()
        wait_for('the laptop', lambda: [a['state'] for a in of('SKS-LA-01')] == ['open'], 30)
        assert add(rig, 'maintenance', '停止試験', 9, 12, '--zone', 'cell-a', '--config', config).returncode == 0
        wait_for('the entry', lambda: health().get('planned_work') == 1, 30)
        pipe.write(later(stop, 0))
        pipe.flush()
        wait_for('the stop', lambda: [a['state'] for a in of('SKS-MB-09')] == ['muted'], 30)
        assert [a['state'] for a in of('SKS-LA-01')] == ['open'], 'what was told before stays'
        wait_for('what was met', lambda: asked(rig, "SELECT count(*) FROM work_alert WHERE rule = 'SKS-MB-09' AND muted") == [(1,)], 30)
        work(rig, 'end', '1', '--at', local(10), '--by', '山田')
        time.sleep(3)   # a dozen looks of the daemon
        pipe.write(later(stop, 3600))
        pipe.flush()
        wait_for('the second stop', lambda: [a['state'] for a in of('SKS-MB-09')] == ['open'], 30)
    assert process.wait(60) == 0
    frames = health()['frames']
    assert frames == sum(count(c) for c in (CAPTURES / 'unknown-laptop.pcap', stop, stop)), frames
    verbs = [json.loads(line)['verb'] for line in rig.sekisho('audit', 'list', '--state', state, '--json').stdout.splitlines()]
    assert verbs.count('work.add') == verbs.count('work.end') == 1, verbs
    assert shown(rig, 1)['to'].startswith('2026-04-01T01:00'), 'it was over early'


def count(capture):
    raw, at, n = capture.read_bytes(), 24, 0
    while at < len(raw):
        at += 16 + struct.unpack_from('<IIII', raw, at)[2]
        n += 1
    return n


def test_a_calendar_of_many_lines(rig):
    plan(rig)
    lines = ['種別,件名,開始,終了,繰り返し,最終日,担当,備考,色', '休日,年末年始,2026-12-29,2027-01-03,,,,,赤', '停止,日曜の休転,2026-04-05T08:00,2026-04-05T17:00,毎週,2027-03-31,,"a, b",',
             "保守,'=点検,2026-12-01T09:00,3h,,,東海制御,,"]
    sheet = rig.dir / '予定.csv'
    sheet.write_bytes('\r\n'.join(lines).encode('cp932'))
    out = work(rig, 'import', sheet, '--by', '山田').stdout
    assert out.count('予定 #') == 3, out
    rows = [json.loads(line) for line in work(rig, 'list', '--json').stdout.splitlines()]
    got = {r['title']: r for r in rows}
    assert set(got) == {'年末年始', '日曜の休転', '=点検'} and got['日曜の休転']['every'] == 'week' and got['日曜の休転']['note'] == 'a, b'
    assert [json.loads(line)['details']['file'] for line in rig.sekisho('audit', 'list', '--state', rig.dir / 's', '--json').stdout.splitlines()] == [str(sheet)] * 3
    span = lambda r: [time.mktime(time.strptime(r[k][:19], '%Y-%m-%dT%H:%M:%S')) for k in ('from', 'to')]
    assert span(got['年末年始'])[1] - span(got['年末年始'])[0] == 6 * 86400, 'whole days, both ends'
    assert float(work(rig, 'list', '--kind', '停止', '--since', '2026-05-01', '--until', '2026-05-31', '--count').stdout) == 5
    assert float(work(rig, 'list', '--kind', 'shutdown', '--since', '2026-05-01', '--until', '2026-05-31', '--hours').stdout) == 45
    back = list(csv.reader(io.StringIO(work(rig, 'list', '--csv', '--encoding', 'utf-8').stdout)))
    assert back[0][:3] == ['no', 'kind', 'title'] and "'=点検" in [row[2] for row in back], back
    # all of a file, or nothing
    for line, said in (('保守,x,2026-13-01,3h', '開始'), ('保守,x,2026-12-01T10:00,2026-12-01T09:00', '開始より前'), ('休み,x,2026-12-01,3h', '種別'), ('保守,,2026-12-01,3h', '件名')):
        sheet.write_text('種別,件名,開始,終了\n保守,よい行,2026-12-01,3h\n%s\n' % line)
        r = work(rig, 'import', sheet, status=1)
        assert said in r.stderr and ':3' in r.stderr, r.stderr
    # days as a spreadsheet gives them back, and with one digit: from their beginning to their end
    sheet.write_text('種別,件名,開始,終了\n休日,表計算,2026/12/29,2027/1/3\n保守,時刻,2026/12/6 8:00,2026/12/6 17:00\n休日,一桁,2026-12-6,2026-12-7\n')
    work(rig, 'import', sheet)
    got = {r['title']: [time.strftime('%m-%d %H:%M', time.localtime(t)) for t in span(r)] for r in map(json.loads, work(rig, 'list', '--json').stdout.splitlines())}
    assert (got['表計算'], got['時刻'], got['一桁']) == (['12-29 00:00', '01-04 00:00'], ['12-06 08:00', '12-06 17:00'], ['12-06 00:00', '12-08 00:00']), got
    for day in ('2026-11-31', '2026/02/29'):
        assert day in work(rig, 'add', 'holiday', 'x', '--day', day, status=1).stderr
    sheet.write_text('種別,件名,開始\n')
    assert '終了' in work(rig, 'import', sheet, status=1).stderr
    assert len(work(rig, 'list', '--json').stdout.splitlines()) == 6


def test_a_year_of_many_daily_entries_is_counted_whole(rig):
    plan(rig)
    sheet = rig.dir / 'daily.csv'
    sheet.write_text('\n'.join(['kind,title,from,to,every'] + ['shutdown,night %d,2025-12-01T01:00,4h,day' % i for i in range(60)]))
    work(rig, 'import', sheet)
    year = ('--since', '2026-01-01', '--until', '2026-12-31')
    assert int(work(rig, 'list', *year, '--count').stdout) == 60 * 365
    assert float(work(rig, 'list', *year, '--hours').stdout) == 60 * 365 * 4


def test_what_is_refused_changes_nothing(rig):
    plan(rig)
    add(rig, 'maintenance', 'x', 9, 12)
    before = rig.sekisho('audit', 'list', '--state', rig.dir / 's', '--json').stdout
    for words, status, said in ((['add', 'party', 'x', '--day', DAY], 1, 'party'), (['add', 'maintenance', 'x'], 2, '--to'), (['add', 'maintenance', 'x', '--day', DAY, '--to', '8h'], 2, '--day'),
                                (['add', 'maintenance', 'x', '--to', 'soon'], 1, 'soon'), (['add', 'maintenance', 'x', '--to', '8h', '--zone', 'nowhere'], 1, 'nowhere'),
                                (['add', 'maintenance', 'x', '--to', '8h', '--conduit', 'unknown:nowhere'], 1, 'nowhere'), (['add', 'maintenance', 'x', '--to', '8h', '--conduit', 'unknown'], 1, 'maint:cell-a'),
                                (['add', 'maintenance', 'x', '--to', '8h', '--conduit', 'unknown:internet', '--zone', 'unknown'], 1, 'not both'), (['add', 'maintenance', 'x', '--to', '8h', '--device', 'A000099'], 1, 'A000099'), (['add', 'maintenance', 'x', '--to', '8h', '--device', 'PLC'], 1, 'PLC'),
                                (['add', 'maintenance', 'x', '--to', '8h', '--rule', 'SKS-PO-05'], 1, 'SKS-PO-05'), (['add', 'holiday', 'x', '--to', '8h', '--rule', 'SKS-MB-01'], 1, 'SKS-MB-01'),
                                (['add', 'shutdown', 'x', '--to', '8d', '--every', 'week'], 1, '7'), (['add', 'shutdown', 'x', '--to', '8h', '--every', 'hour'], 2, 'hour'),
                                (['add', 'maintenance', 'x' * 200, '--to', '8h'], 1, '119'), (['end', '1'], 1, 'work show'), (['end', '7'], 1, 'work list'), (['cancel', '1'], 2, '--reason'),
                                (['cancel', '1', '--reason', 'y'], 1, 'past'), (['show', '9'], 1, '9'), (['list', '--in', 'never'], 2, 'never'), (['list', '--kind', 'party'], 2, 'party'), ([], 2, 'usage'),
                                (['paint'], 2, 'usage')):
        r = work(rig, *words, status=status, lang='en')
        assert said in r.stderr, (words, r.stderr)
    assert rig.sekisho('audit', 'list', '--state', rig.dir / 's', '--json').stdout == before
    assert work(rig, 'list', '--count').stdout == '1\n'


def test_what_a_title_holds_steers_nothing(rig):
    plan(rig)
    for evil in ('\x1b[31m', 'x\u202e', 'a\nb'):
        for words in ((evil,), ('x', '--who', evil), ('x', '--note', evil)):
            assert 'cannot be shown' in work(rig, 'add', 'maintenance', *words, '--to', '8h', status=1, lang='en').stderr, words
    add(rig, 'maintenance', '=1+1<script>', 9, 12, '--who', '=cmd|x')
    replay(rig)
    rows = list(csv.reader(io.StringIO(work(rig, 'list', '--csv', '--encoding', 'utf-8').stdout)))
    assert rows[1][2] == "'=1+1<script>" and rows[1][12] == "'=cmd|x", rows


def test_the_rules_of_each_kind_are_there(rig):
    known = {line.split()[0] for line in rig.sekisho('rules', 'list').stdout.splitlines() if line.startswith('SKS-')}
    rows = [json.loads(line) for line in rig.sekisho('work', 'rules', '--json').stdout.splitlines()]
    assert rows and known and {r['rule'] for r in rows} <= known, {r['rule'] for r in rows} - known
    assert len({(r['kind'], r['rule']) for r in rows}) == len(rows) and not [r for r in rows if r['kind'] == 'holiday']
    never = {'SKS-PO-01', 'SKS-PO-04', 'SKS-PO-05', 'SKS-PO-07', 'SKS-SM-03', 'SKS-SM-10', 'SKS-LA-04', 'SKS-LA-05', 'SKS-MB-04'}
    assert not never & {r['rule'] for r in rows}
    page = (CAPTURES.parent.parent / 'docs' / 'work.md').read_text()
    for r in rows:
        assert r['rule'] in page, '%s is not in docs/work.md' % r['rule']


main(globals())
