"""sekisho report: each figure is what the command beside it gives; forms, languages, what is refused."""
import csv, io, json, os, re, shlex, subprocess
from rig import BUILD, main, scenes

DAY = ['--day', '2026-04-01']
# figures whose commands give the parts, not the sum
PARTS = {'not_monitored', 'monitored', 'audit'}


def factory(rig):
    state = rig.dir / 'data'
    rig.sekisho('replay', '--config', rig.config(), '--no-sinks', '--state', state, *scenes())
    return state


def report(rig, state, kind, *options, lang='ja'):
    r = rig.sekisho('report', kind, *(options or DAY), '--state', state, '--format', 'json', '--lang', lang)
    return json.loads(r.stdout)


def hold(rig, figures):
    """runs the command beside each figure"""
    env = {**os.environ, 'PATH': '%s:%s' % (BUILD, os.environ['PATH'])}
    held = 0
    for name, figure in figures.items():
        assert figure['how'], 'no command beside %s' % name
        r = subprocess.run(shlex.split(figure['how']), capture_output=True, text=True, env=env, timeout=60)
        assert r.returncode == 0, (name, figure['how'], r.stderr)
        if name in PARTS:
            continue
        assert float(r.stdout.strip() or 0) == float(figure['value']), (name, figure, r.stdout)
        held += 1
    return held


def test_figures_of_the_daily_page_are_those_of_the_commands(rig):
    state = factory(rig)
    daily = report(rig, state, 'daily')
    figures = daily['figures']
    assert hold(rig, figures) >= 6
    assert figures['needs_action']['value'] == 12 and figures['critical_open']['value'] == 6, figures
    assert figures['new_devices']['value'] == 18 and figures['maintenance_visits']['value'] == 1, figures
    assert [row[0] for row in daily['tables']['actions']['rows']][:6] == ['緊急'] * 6
    assert {row[0] for row in daily['tables']['visits']['rows']} == {'保守用ノートPC'}
    unregistered = [row for row in daily['tables']['new_devices']['rows'] if row[5] == '未登録']
    assert [row[1] for row in unregistered] == ['LAPTOP-7Q2K'], daily['tables']['new_devices']


def test_the_register_has_who_is_unregistered_first_and_the_diagram(rig):
    state = factory(rig)
    register = report(rig, state, 'register')
    figures, rows = register['figures'], register['tables']['assets']['rows']
    assert hold(rig, figures) == 7
    assert (figures['devices']['value'], figures['unregistered']['value'], figures['papers']['value']) == (18, 1, 14), figures
    assert rows[0][0] == '未登録' and rows[0][2] == 'LAPTOP-7Q2K' and len(rows) == 18
    assert figures['overdue']['value'] == 0
    rig.sekisho('asset', 'set', '加工PLC-1', 'support_until=2026-03-31', '--state', state, '--by', '山田', '--reason', 'x')
    late = report(rig, state, 'register')
    assert late['figures']['overdue']['value'] == 1 and late['tables']['overdue']['rows'] == [['加工PLC-1', 'サポート期限', '2026-03-31']]
    html = rig.sekisho('report', 'register', *DAY, '--state', state).stdout
    assert '@page{size:A3 landscape}' in html and html.count('<svg') == 1 and 'LAPTOP-7Q2K' in html[html.index('<svg'):]


def test_the_handover_says_what_changed_and_who_did_what(rig):
    state = factory(rig)
    alert = rig.alerts(state)[0]['sekisho']['alert_id']
    before = report(rig, state, 'handover')
    assert hold(rig, before['figures']) >= 7 and before['figures']['alerts_begun']['value'] == 15
    assert sum(row[3] for row in before['tables']['alerts']['rows']) == 15 and before['tables']['alerts']['rows'][0][2]
    rig.sekisho('alert', 'ack', alert, '--reason', '現場で確認', '--by', '山田', '--state', state)
    now = report(rig, state, 'handover', '--since', '1d')
    assert [row[1:3] + row[4:] for row in now['tables']['deeds']['rows']][-1] == ['山田', 'alert.ack', '現場で確認'], now['tables']['deeds']
    hold(rig, now['figures'])


def test_planned_work_of_today_tomorrow_and_the_week(rig):
    rig.plan(rig.dir / 'data')
    state = factory(rig)
    daily = report(rig, state, 'daily')
    hold(rig, daily['figures'])
    assert [row[3:4] + row[7:] for row in daily['tables']['planned']['rows']] == [['創立記念日', 15, 0], ['PLC定期点検', 11, 3]]
    listed = subprocess.run(shlex.split(daily['tables']['planned']['how']) + ['--json'], capture_output=True, text=True, env={**os.environ, 'PATH': '%s:%s' % (BUILD, os.environ['PATH'])})
    assert [json.loads(line)['title'] for line in listed.stdout.splitlines()] == ['創立記念日', 'PLC定期点検'], listed
    before = report(rig, state, 'daily', '--day', '2026-03-31')    # the eve
    assert len(before['tables']['planned']['rows']) == 2, before['tables']
    after = report(rig, state, 'daily', '--day', '2026-04-03')
    assert 'planned' not in after['tables']
    handover = report(rig, state, 'handover')
    hold(rig, handover['figures'])
    assert [row[3] for row in handover['tables']['planned_week']['rows']] == ['日曜の休転'] and handover['figures']['planned_week']['value'] == 1
    assert report(rig, state, 'handover', '--since', '1d')['figures']['planning']['value'] == 5   # four entries, one of them cancelled


def test_the_seal_is_the_head_of_the_audit_trail(rig):
    state = factory(rig)
    seal = report(rig, state, 'daily')['figures']['audit']
    assert seal['value'] in rig.sekisho('audit', 'verify', '--state', state).stdout
    rig.sekisho('alert', 'ack', rig.alerts(state)[0]['sekisho']['alert_id'], '--reason', 'x', '--by', '山田', '--state', state)
    rig.sekisho(*shlex.split(seal['how'])[1:])  # the row noted is still there
    assert report(rig, state, 'daily')['figures']['audit']['value'] != seal['value']


def test_another_time_is_another_report(rig):
    state = factory(rig)
    before = report(rig, state, 'daily', '--day', '2026-03-31')
    assert before['figures']['new_devices']['value'] == 0 and before['figures']['crossings']['value'] == 0
    assert any('観測したパケットはありません' in s for s in before['sentences']), before['sentences']
    assert report(rig, state, 'daily', '--fiscal-year', '2026')['figures']['new_devices']['value'] == 18


def test_each_form_and_language(rig):
    state = factory(rig)
    for lang, words in (('ja', ('セキュリティ日報', '令和8年4月1日')), ('en', ('Daily report', '2026-04-01'))):
        at = [*DAY, '--state', state, '--lang', lang, '--era']
        html = rig.sekisho('report', 'daily', *at).stdout
        assert html.startswith('<!DOCTYPE html>\n<html lang="%s">' % lang) and '@page{size:A4' in html
        assert not re.search(r'(src|href)=|https?://|<script', html), 'not self-contained'
        text = rig.sekisho('report', 'daily', '--format', 'text', *at).stdout
        for word in words:
            assert word in html and word in text, (lang, word)
        out = rig.dir / ('daily-%s.csv' % lang)
        rig.sekisho('report', 'daily', '--format', 'csv', '--encoding', 'cp932', '--output', out, *at)
        rows = list(csv.reader(io.StringIO(out.read_bytes().decode('cp932'))))
        assert ['needs_action', '12'] in [[r[0], r[2]] for r in rows if len(r) == 5], rows
    assert rig.sekisho('report', 'daily', '--format', 'csv', *DAY, '--state', state).stdout.startswith('\ufeff')


def test_what_is_refused_leaves_no_file(rig):
    state = factory(rig)
    out = rig.dir / 'out.html'
    for words, status, says in ((['weekly'], 2, 'weekly'), ([], 2, 'usage'), (['daily', '--day', '2026-02-30'], 1, '2026-02-30'), (['daily', '--format', 'pdf'], 2, 'pdf'),
                                (['daily', '--day', '2026-04-01', '--month', '2026-04'], 1, '--month'), (['daily', '--until', '2026-04-01'], 1, '--since')):
        r = rig.sekisho('report', *words, '--state', state, '--output', out, '--lang', 'en', status=status)
        assert says in r.stderr, (words, r.stderr)
    r = rig.sekisho('report', 'daily', '--state', rig.dir / 'none', '--output', out, '--lang', 'en', status=None)
    assert r.returncode in (1, 3) and 'none' in r.stderr, r.stderr
    r = rig.sekisho('report', 'daily', '--state', state, '--output', rig.dir / 'no' / 'where.html', '--lang', 'en', status=None)
    assert r.returncode != 0 and 'where.html' in r.stderr, r.stderr
    assert not list(rig.dir.glob('out.html*'))


main(globals())
