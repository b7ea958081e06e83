"""sekisho report monthly and jnsa: every number is the one that a query written here gives, and the one of the command beside it."""
import collections, csv, io, json, os, re, shlex, signal, sqlite3, statistics, subprocess, time
from rig import BUILD, CAPTURES, main, scenes, wait_for, writing_end

APRIL = ['--month', '2026-04']
SINCE = ['--since', '2026-04-01']       # until now, when the people of this test act
LEVELS = ['critical', 'high', 'medium', 'low', 'info']
# figures whose commands give the parts, not the sum
PARTS = {'not_monitored', 'audit'}


def factory(rig, config=''):
    state = rig.dir / 'data'
    rig.sekisho('replay', '--config', rig.config(config), '--no-sinks', '--state', state, *scenes())
    return state


def worked_on(rig, config=''):
    """the factory after people have done something about it"""
    state = factory(rig, config)
    me = ['--by', '山田', '--reason', '確認', '--state', state]
    ids = [a['sekisho']['alert_id'] for a in rig.alerts(state)]
    with sqlite3.connect(state / 'alerts.db') as db:    # as if they had begun 2, 90 minutes, 3 days ago
        for alert, minutes in zip(ids, (2, 90, 3 * 24 * 60)):
            at = time.time_ns() - minutes * 60 * 10**9
            db.execute('UPDATE alerts SET first_seen = ?, last_seen = ? WHERE alert_id = ?', (at, at, alert))
    db.close()
    for alert in ids[:4]:
        rig.sekisho('alert', 'ack', alert, *me)
    for alert in ids[1:3]:
        rig.sekisho('alert', 'close', alert, *me)
    rig.sekisho('alert', 'mute', '--rule', 'SKS-SM-01', '--until', '30d', *me)
    return state


def report(rig, state, kind, *options, lang='ja'):
    return json.loads(rig.sekisho('report', kind, *(options or APRIL), '--state', state, '--format', 'json', '--lang', lang).stdout)


class Asked:
    """both databases, asked independently of the program"""

    def __init__(self, state, a='2026-04-01', b='2026-05-01'):
        self.db = sqlite3.connect('file:%s/ledger.db?mode=ro' % state, uri=True)
        self.db.execute("ATTACH 'file:%s/alerts.db?mode=ro' AS o" % state)
        ns = lambda day: int(time.mktime(time.strptime(day, '%Y-%m-%d'))) * 10**9
        self.t = {'a': ns(a), 'b': ns(b) if b else time.time_ns()}

    def all(self, sql):
        return self.db.execute(sql, {k: v for k, v in self.t.items() if ':' + k in sql}).fetchall()

    def one(self, sql):
        return self.all(sql)[0][0] or 0


def hold(figures):
    """runs the command beside each figure"""
    env = {**os.environ, 'PATH': '%s:%s' % (BUILD, os.environ['PATH'])}
    held = 0
    for name, figure in figures.items():
        assert figure['how'], 'no command beside %s' % name
        r = subprocess.run(shlex.split(figure['how']), capture_output=True, text=True, env=env, timeout=60)
        assert r.returncode == 0, (name, figure['how'], r.stderr)
        if name in PARTS or name.endswith('.worst'):
            continue
        assert float(r.stdout.strip() or 0) == float(figure['value']), (name, figure, r.stdout)
        held += 1
    return held


def entries_of(rig, state):
    """alerts by entry, from the tags that stand in each alert itself"""
    found = collections.defaultdict(list)
    for alert in rig.alerts(state):
        for n in alert['sekisho'].get('jnsa', []):
            found[int(n)].append((LEVELS.index(alert['sekisho']['level']), alert['sekisho']['state'], alert['sekisho']['rule_id']))
    return found


def test_every_number_of_the_month_is_that_of_a_query(rig):
    state = factory(rig)
    month, ask = report(rig, state, 'monthly'), Asked(state)
    got = {k: v['value'] for k, v in month['figures'].items()}
    seen = 'FROM o.alerts WHERE last_seen >= :a AND first_seen < :b'
    want = {'alerts_%s' % level: ask.one('SELECT count(*) %s AND level = %d' % (seen, 4 - i)) for i, level in enumerate(LEVELS)}
    want['alerts_new'] = ask.one('SELECT count(*) FROM o.alerts WHERE first_seen >= :a AND first_seen < :b')
    want['problem_list'] = ask.one('SELECT count(*) FROM asset WHERE merged_into IS NULL')
    want['problem_strangers'] = len([a for a in rig.assets(state) if a['registered'] is False])
    want['problem_patches'] = ask.one("SELECT count(*) %s AND rule_id IN ('SKS-SM-01', 'SKS-LA-07')" % seen)
    want['problem_whole'] = ask.one('SELECT count(DISTINCT a.zone) FROM asset a JOIN zone z ON z.id = a.zone WHERE a.merged_into IS NULL')
    want['new_devices'] = ask.one('SELECT count(*) FROM asset WHERE merged_into IS NULL AND first_ns >= :a AND first_ns < :b')
    want['gone_devices'] = ask.one('SELECT count(*) FROM asset WHERE merged_into IS NULL AND last_ns < :a')
    want['incidents'] = ask.one('SELECT count(*) FROM o.incidents WHERE first_seen < :b AND last_seen >= :a')
    want['waiting'] = ask.one("SELECT count(*) FROM o.alerts WHERE state = 'open' AND level IN (3, 4)")
    want['drills'] = ask.one('SELECT count(*) FROM o.drills WHERE started >= :a AND started < :b')
    want |= dict.fromkeys(('planned_times', 'planned_hours', 'planned_alerts', 'planned_muted', 'holiday_alerts'), 0)
    want['mutes'] = want['ack_alerts'] = want['close_alerts'] = 0
    want['frames'] = ask.one('SELECT sum(frames) FROM watch')
    want['loss_percent'] = 100 * ask.one('SELECT sum(lost) FROM watch') / want['frames']
    pairs = crossings(ask)
    want['crossings'] = sum(sum(v[:3]) for v in pairs.values())
    want['denied'] = want['problem_segments'] = sum(v[1] for v in pairs.values())
    for name, value in want.items():
        assert got.pop(name) == value, (name, month['figures'][name], value)
    watched = ask.one('SELECT sum(to_ns - from_ns) FROM watch')
    assert got.pop('problem_traffic') == round(100 * watched / (ask.t['b'] - ask.t['a']), 2)
    assert set(got) <= PARTS, got      # no number that was not asked for here
    assert want['alerts_critical'] == 6 and want['new_devices'] == 18 and want['denied'] == 2, want
    assert hold(month['figures']) >= 19
    # the tables
    rules = ask.all("SELECT rule_id, count(*), sum(count), sum(state = 'open') %s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10" % seen)
    assert [tuple(row[:4]) for row in month['tables']['rules']['rows']] == rules
    assert {(r[0], r[1]): list(r[2:5]) for r in month['tables']['matrix']['rows']} == pairs
    assert [row[1] for row in month['tables']['levels']['rows']] == [want['alerts_%s' % level] for level in LEVELS]
    assert month['tables']['new_devices']['rows'][0][1] == 'LAPTOP-7Q2K', 'the one that nobody registered comes first'
    assert [row[1] for row in month['tables']['incidents']['rows']] != ['A000019'], 'a name, not a number'


def crossings(ask):
    """{(zone, zone): [allowed, not allowed, not judged]}, put together by hand"""
    assets = {no: (zone, router) for no, zone, router in ask.all('SELECT no, zone, router FROM asset')}
    pairs = collections.defaultdict(lambda: [0, 0, 0])
    for src, dest, verdict in ask.all('SELECT src_no, dest_no, verdict FROM link WHERE last_ns >= :a AND first_ns < :b'):
        ends = [assets.get(no, ('', 0)) if no else ('（外部）', 0) for no in (src, dest)]
        if ends[0][0] != ends[1][0] and (verdict == 2 or not ends[0][1] and not ends[1][1]):
            pairs[tuple(zone or '（ゾーンなし）' for zone, _ in ends)][(verdict + 2) % 3] += 1
    return dict(pairs)


def test_the_thirteen_entries_are_those_of_the_alerts_themselves(rig):
    state = factory(rig)
    found = entries_of(rig, state)
    for rows in (report(rig, state, 'monthly')['tables']['entries']['rows'], report(rig, state, 'jnsa')['tables']['entries']['rows']):
        assert [row[0] for row in rows] == list(range(1, 14))
        for row in rows:
            mine = found[row[0]]
            assert row[2] == len(mine) and row[3] == sum(s == 'open' for _, s, _ in mine), (row, mine)
            assert (row[4] == '-') == (not mine)
        assert '観測手段なし' in rows[0][5] and '電波は観測手段なし' in rows[8][5] and not any('観測手段なし' in rows[i][5] for i in (1, 6, 9))
    jnsa = report(rig, state, 'jnsa')
    for n in range(1, 14):
        value = lambda name: jnsa['figures']['%d.%s' % (n, name)]['value']
        assert value('alerts') == len(found[n]) and value('critical') == sum(level < 2 for level, _, _ in found[n]), n
        assert ('%d.worst' % n in jnsa['figures']) == bool(found[n])
    assert len(found[7]) > len(found[8]) > 0 and not found[1]
    assert hold(jnsa['figures']) >= 39
    assert any('推定' in s for s in jnsa['sentences'])


def test_how_soon_people_reacted(rig):
    state = worked_on(rig)
    month, ask = report(rig, state, 'monthly', *SINCE), Asked(state, b=None)
    got = {k: v['value'] for k, v in month['figures'].items()}
    for verb, name, target in (('alert.ack', 'ack', 5), ('alert.close', 'close', 48 * 60)):
        spans, by_level = [], collections.defaultdict(list)
        for object_, at in ask.all("SELECT object, min(at_ns) FROM audit WHERE verb = '%s' GROUP BY 1" % verb):
            first, level = ask.all("SELECT first_seen, level FROM o.alerts WHERE alert_id = '%s'" % object_.split(':')[1])[0]
            spans.append((at - first) // (60 * 10**9))
            by_level[level].append(spans[-1])
        assert got['%s_alerts' % name] == len(spans) and got['%s_median' % name] == statistics.median_low(spans), (name, spans, got)
        assert got['%s_longest' % name] == max(spans) and got['%s_within' % name] == sum(s < target for s in spans)
        for row, level in zip(month['tables']['%s_by_level' % name]['rows'], (4, 3, 2, 1, 0)):
            mine = by_level[level]
            assert row[1] == len(mine), (row, mine)
            assert row[4] == {5: '5分', 48 * 60: '48時間00分'}[target] and row[5] == ('%.0f%%' % (100 * sum(s < target for s in mine) / len(mine)) if mine else '-'), (row, mine)
    assert got['ack_within'] == 1 and got['close_within'] == 1 and got['ack_alerts'] == 4, got
    assert got['mutes'] == 1 and month['tables']['mutes']['rows'][0][0] == 'SKS-SM-01'
    assert any('再生' in s for s in month['sentences']), 'packet time and the clock of people are told apart'
    hold({k: v for k, v in month['figures'].items() if k != 'problem_traffic'})   # which is of the time up to now


def test_the_targets_are_those_of_the_configuration(rig):
    state = worked_on(rig, 'targets:\n  acknowledge_minutes: { critical: 1, high: 1, medium: 1, low: 90 }\n  close_minutes: { critical: 60, high: 60, medium: 0, low: 80 }\n')
    month, ask = report(rig, state, 'monthly', *SINCE), Asked(state, b=None)
    targets = {'ack': (5, 90, 1, 1, 1), 'close': (48 * 60, 80, 0, 60, 60)}   # 90 minutes and some seconds are too late
    for verb, name in (('alert.ack', 'ack'), ('alert.close', 'close')):
        done = ask.all("SELECT a.level, (f.t - a.first_seen) / 60e9 FROM (SELECT substr(object, 7) AS id, min(at_ns) AS t FROM audit"
                       " WHERE verb = '%s' GROUP BY 1) f JOIN o.alerts a ON a.alert_id = f.id" % verb)
        in_time = sum(not targets[name][level] or minutes <= targets[name][level] for level, minutes in done)
        assert month['figures']['%s_within' % name]['value'] == in_time, (name, done)
    rows = month['tables']['close_by_level']['rows']
    assert [row[4] for row in rows] == ['1時間00分', '1時間00分', 'なし', '1時間20分', '48時間00分'] and rows[2][5] == '-', rows
    assert [month['figures'][n]['value'] for n in ('ack_within', 'close_within', 'close_alerts')] == [1, 0, 2]
    hold({k: v for k, v in month['figures'].items() if k.endswith('_within')})
    for text, said in (('targets: { acknowledge_minutes: { high: soon } }', 'expected a whole number from 0 to 525600'), ('targets: { close_minutes: { hihg: 5 } }', 'high')):
        r = rig.sekisho('replay', '--config', rig.config(text, name='bad.yaml'), '--no-sinks', '--state', rig.dir / 'bad', *scenes(), status=None)
        assert r.returncode != 0 and said in r.stderr, r.stderr


def test_a_reload_takes_other_targets(rig):
    """the report is given the state directory alone: the daemon leaves its targets there"""
    state, fifo = rig.dir / 'live', rig.dir / 'capture.fifo'
    os.mkfifo(fifo)
    config = rig.config('state: %s\ncapture: { files: [%s] }\n' % (state, fifo))
    process = rig.start(BUILD / 'sekishod', '--config', config)

    def targets():
        r = rig.sekisho('report', 'monthly', '--state', state, '--format', 'json', '--lang', 'en', status=None)
        return r.returncode == 0 and [row[4] for row in json.loads(r.stdout)['tables']['close_by_level']['rows']]
    with writing_end(fifo, process) as pipe:
        pipe.write((CAPTURES / 'plc-stop.pcap').read_bytes())
        pipe.flush()
        wait_for('the defaults', lambda: targets() == ['48 h 00 min'] * 5, 30)
        config.write_text(config.read_text() + 'targets: { close_minutes: { critical: 240, info: 0 } }\n')
        process.send_signal(signal.SIGHUP)
        wait_for('the others', lambda: targets() == ['4 h 00 min'] + ['48 h 00 min'] * 3 + ['none'], 30)
    assert process.wait(60) == 0


def test_planned_work_of_the_month(rig):
    rig.plan(rig.dir / 'data')
    state = factory(rig)
    for words, a, b in ((APRIL, '2026-04-01', '2026-05-01'), (['--month', '2026-05'], '2026-05-01', '2026-06-01'), (['--day', '2026-04-01'], '2026-04-01', '2026-04-02')):
        month, t = report(rig, state, 'monthly', *words), Asked(state, a, b).t
        value = lambda name: month['figures'][name]['value']
        want = rig.planned(state, t['a'], t['b'])
        assert tuple(value('planned_' + name) for name in ('times', 'hours', 'alerts', 'muted')) == want, (words, want, month['figures'])
        assert value('holiday_alerts') == rig.planned(state, t['a'], t['b'], 'holiday')[2]
        hold({k: v for k, v in month['figures'].items() if k.startswith('planned') or k == 'holiday_alerts'})
        assert len(month['tables'].get('planned', {'rows': []})['rows']) == want[0]
    april = report(rig, state, 'monthly')
    assert april['figures']['planned_muted']['value'] == 3 and april['figures']['holiday_alerts']['value'] == 15
    assert [row[2:6] for row in april['tables']['planned']['rows'][:2]] == [['休日', '創立記念日', '工場全体', ''], ['保守', 'PLC定期点検', 'zone=cell-a', '東海制御 佐藤']]


def test_a_fiscal_year_by_its_months(rig):
    state = factory(rig)
    rows = report(rig, state, 'monthly', '--fiscal-year', '2026')['tables']['months']['rows']
    assert rows[0][0] == '2026-04' and len(rows) <= 12
    assert rows[0][1:6] == [6, 5, 1, 3, 18], rows[0]
    assert all(row[1:8] == [0] * 7 for row in rows[1:]), rows
    assert 'months' not in report(rig, state, 'monthly')['tables']


def test_devices_that_are_seen_no_more(rig):
    state = factory(rig)
    may = report(rig, state, 'monthly', '--month', '2026-05')
    assert may['figures']['gone_devices']['value'] == 18 and may['figures']['new_devices']['value'] == 0
    assert len(may['tables']['gone_devices']['rows']) == 12
    assert any('観測したパケットはありません' in s for s in may['sentences'])


def test_each_form_and_language(rig):
    state = factory(rig)
    for kind, titles in (('monthly', ('セキュリティ月報', 'Monthly report')), ('jnsa', ('13の「脅威の入口」', 'Thirteen entries'))):
        for lang, title in zip(('ja', 'en'), titles):
            at = [kind, *APRIL, '--state', state, '--lang', lang]
            html = rig.sekisho('report', *at).stdout
            assert title in html and not re.search(r'(src|href)=|https?://|<script', html)
            text = rig.sekisho('report', *at, '--format', 'text').stdout
            assert title in text
            if lang == 'en':   # names of devices are the site's own
                assert 'ネットワーク' not in text and '警報' not in text
            rows = list(csv.reader(io.StringIO(rig.sekisho('report', *at, '--format', 'csv', '--encoding', 'utf-8').stdout)))
            assert len(rows) > 20


if __name__ == '__main__':
    main(globals())
