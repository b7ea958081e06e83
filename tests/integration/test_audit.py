"""Whatever a person changes stands in the audit trail: every command is either known to change nothing, or is held to its row."""
import json, os, pwd, re, shutil, sqlite3
from rig import BUILD, CAPTURES, Redis, main, scenes

# command -> its subcommands that change something a person decides. A command that is new must be put into one of the two lists.
CHANGING = {'register': ['import', 'approve'], 'asset': ['phase', 'set', 'confirm', 'merge', 'split', 'undo'], 'impact': ['set'], 'learn': ['--alert'],
            'alert': ['ack', 'close', 'mute', 'reopen', 'learn', 'unmute'], 'incidents': ['close', 'reopen'], 'policy': ['confirm'], 'outbox': ['replay'], 'db': ['restore'],
            'work': ['add', 'import', 'end', 'cancel']}
READING = {'register': ['check', 'export', 'columns'], 'asset': ['show'], 'impact': ['show'], 'db': ['backup', 'verify'], 'audit': ['list', 'verify'],
           # what these write is seen on the wire, drafted for a person, or a first configuration
           'decode': [], 'replay': [], 'assets': [], 'alerts': [], 'links': [], 'tail': [], 'rules': ['check', 'list', 'show', 'test'], 'policy': ['test'],
           'map': [], 'health': [], 'support': [], 'config': [], 'setup': [], 'report': [], 'alert': ['mutes', 'show'],
           'drill': ['list', 'show', 'scenarios'], 'incidents': ['show'], 'outbox': [], 'fleet': ['sensors', 'assets', 'alerts'], 'work': ['list', 'show', 'rules']}
# what only a daemon carries out: test_drill.py holds each to its row
BY_A_DAEMON = {'drill': ['start', 'end']}


def trail(rig, state):
    return [json.loads(line) for line in rig.sekisho('audit', 'list', '--state', state, '--json').stdout.splitlines()]


def plant(rig):
    """a ledger with alerts, without the register imported again at each start"""
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config('eve:\n  path: eve.json\n'), '--state', state, *scenes())
    return state


def steps(rig, state):
    """(command, verb, object): each with what its row must say"""
    assets = rig.assets(state)
    laptop = next(a for a in assets if '04:d4:c4:66:6e:01' in a['mac'])['asset_id']
    plc, hmi = (next(a for a in assets if ip in a['ip'])['asset_id'] for ip in ('10.20.1.11', '10.20.3.10'))
    alerts = [a['sekisho'] for a in rig.alerts(state)]
    alert = next(a for a in alerts if a['rule_id'] == 'SKS-PO-04')['alert_id']
    others = [a['alert_id'] for a in alerts if a['state'] == 'open' and a['alert_id'] != alert]
    writing = next(a['alert_id'] for a in alerts if a['rule_id'] == 'SKS-MB-01' and a['alert_id'] != alert)
    incident = json.loads(rig.sekisho('incidents', '--json', '--state', state).stdout.splitlines()[0])['sekisho']['alert_id']
    of = 'alert:' + others[0]
    receiver = json.loads(rig.sekisho('outbox', '--json', '--state', state).stdout)['sinks'][0]['name']
    sheet = rig.dir / 'sheet.csv'
    sheet.write_bytes((CAPTURES / 'register.csv').read_bytes().replace('設備保全'.encode(), '保全課'.encode()))
    copy = rig.dir / 'copy'
    rig.sekisho('db', 'backup', copy, '--state', state)
    calendar = rig.dir / 'calendar.csv'
    calendar.write_text('kind,title,from,to\nholiday,x,2026-12-29,2027-01-03\n')
    return [
        (['db', 'restore', copy], 'db.restore', 'state'),
        (['register', 'import', sheet], 'register.import', 'register'),
        (['register', 'approve', laptop, '--name', '来客PC'], 'register.approve', None),
        (['asset', 'phase', '加工PLC-2', 'dispose'], 'asset.phase', None),
        (['asset', 'set', '加工PLC-2', 'vendor=ABC'], 'asset.set', None),
        (['asset', 'confirm', laptop], 'asset.confirm', None),
        (['policy', 'confirm', '--config', rig.config(name='confirmed.yaml')], 'policy.confirm', 'policy'),
        (['incidents', 'close', incident], 'incident.close', 'incident:' + incident),
        (['incidents', 'reopen', incident], 'incident.reopen', 'incident:' + incident),
        (['learn', '--alert', alert], 'baseline.learn', 'alert:' + alert),
        (['asset', 'merge', plc, hmi], 'asset.merge', 'asset:' + plc),
        (['asset', 'undo', plc], 'asset.undo', None),
        (['asset', 'split', plc, '10.20.1.11'], 'asset.split', 'asset:' + plc),
        (['work', 'add', 'maintenance', '点検', '--to', '8h'], 'work.add', 'work:1'),
        (['work', 'end', '1'], 'work.end', 'work:1'),
        (['work', 'import', calendar], 'work.add', 'work:2'),
        (['work', 'cancel', '2'], 'work.cancel', 'work:2'),
        (['impact', 'set', 'storage', 'production', 'high'], 'impact.set', None),
        (['alert', 'ack', others[0]], 'alert.ack', of),
        (['alert', 'close', others[0]], 'alert.close', of),
        (['alert', 'reopen', others[0]], 'alert.reopen', of),
        (['alert', 'mute', others[0], '--until', '8h'], 'alert.mute', of),
        (['alert', 'mute', '--zone', 'unknown', '--until', '8h'], 'alert.mute', 'mute'),
        (['alert', 'unmute', '2'], 'alert.unmute', 'mute:2'),
        (['outbox', 'replay', receiver, '--from', '1'], 'outbox.replay', 'sink:' + receiver),
        (['alert', 'learn', writing], 'alert.learn', 'alert:' + writing),
    ]


def test_each_change_by_a_person_has_its_row(rig):
    state = plant(rig)
    done = set()
    for command, verb, thing in steps(rig, state):
        before = trail(rig, state)
        rig.sekisho(*command, '--state', state, '--by', '山田', '--reason', '監査の試験')
        new = trail(rig, state)[len(before):]
        assert new, '%s left no row' % ' '.join(map(str, command))
        assert verb in {e['verb'] for e in new}, (verb, new)
        for e in new:
            assert (e['who'], e['reason']) == ('山田', '監査の試験') and e['login'], e
        if thing:
            assert thing in {e['object'] for e in new if e['verb'] == verb}, (thing, new)
        done.add((command[0], command[1]))
        rig.sekisho('audit', 'verify', '--state', state)
    assert done == {(c, s) for c, subs in CHANGING.items() for s in subs}, done


def test_a_register_that_the_configuration_names_is_imported_by_who_started_it(rig):
    """the account, or the one that used sudo; never the program"""
    for state, env, who in (('a', {'SUDO_USER': ''}, pwd.getpwuid(os.getuid()).pw_name), ('b', {'SUDO_USER': 'nobody'}, 'nobody')):
        if env['SUDO_USER'] and os.getuid() != 0:
            continue
        rig.run(BUILD / 'sekishod', '--config', rig.config('state: %s\ncapture: { files: [%s] }\n' % (rig.dir / state, scenes()[0])), env=env)
        rows = [e for e in trail(rig, rig.dir / state) if e['verb'] == 'register.import']
        assert [(e['who'], e['login']) for e in rows] == [(who, who)], rows
        assert rows[0]['reason'], rows


def test_what_is_learnt_of_an_alert_is_its_state_and_is_told(rig):
    """by either command: baseline, state, audit trail, and the transition that goes to the sinks"""
    state = plant(rig)
    ids = [a['sekisho']['alert_id'] for a in rig.alerts(state) if a['sekisho']['rule_id'] in ('SKS-PO-04', 'SKS-MB-01')]
    for command, alert in ((['learn', '--alert', ids[0]], ids[0]), (['alert', 'learn', ids[-1]], ids[-1])):
        before = trail(rig, state)
        rig.sekisho(*command, '--state', state, '--by', '山田', '--reason', '定期の転送')
        new = [(e['verb'], e['object'], e['who']) for e in trail(rig, state)[len(before):]]
        assert new == [('baseline.learn', 'alert:' + alert, '山田'), ('alert.learn', 'alert:' + alert, '山田')], new
        assert [a['sekisho']['state'] for a in rig.alerts(state) if a['sekisho']['alert_id'] == alert] == ['learnt']
        with sqlite3.connect('file:%s/alerts.db?mode=ro' % state, uri=True) as db:
            told = [json.loads(row[0]) for row in db.execute('SELECT json FROM told ORDER BY seq')]
        last = [a['sekisho'] for a in told if a['sekisho']['alert_id'] == alert][-1]
        assert last['state'] == 'learnt', last
        r = rig.sekisho(*command, '--state', state, '--by', '山田', '--reason', 'x', status=1)
        assert alert in r.stderr, r.stderr
        assert len(trail(rig, state)) == len(before) + 2


def test_a_phase_that_a_device_has_already(rig):
    state, why = plant(rig), ['--reason', '更新', '--by', '山田', '--state']
    rig.sekisho('asset', 'phase', '加工PLC-2', 'dispose', *why, state)
    before = trail(rig, state)
    for lang, told in (('en', 'in that phase already'), ('ja', '既にそのフェーズ')):
        r = rig.sekisho('asset', 'phase', '加工PLC-2', 'dispose', *why, state, '--lang', lang, status=1)
        assert told in r.stderr and not r.stdout, (r.stdout, r.stderr)
    assert trail(rig, state) == before
    rig.sekisho('asset', 'phase', '加工PLC-2', 'gone', *why, state)


def everything(rig, state):
    """what people and the wire left: the trail, the ledger, the papers, the alerts"""
    return {'trail': trail(rig, state), 'alert mutes': rig.sekisho('alert', 'mutes', '--all', '--json', '--state', state).stdout,
            'register': rig.sekisho('register', 'export', '--all', '-', '--state', state).stdout,
            **{what: rig.sekisho(what, '--json', '--state', state).stdout for what in ('assets', 'links', 'alerts', 'incidents')}}


def readers(rig, state):
    """each command of READING as it is called on a ledger or beside one"""
    config, capture, register = rig.config(), scenes()[0], CAPTURES / 'register.csv'
    alert = rig.alerts(state)[0]['sekisho']['alert_id']
    incident = json.loads(rig.sekisho('incidents', '--json', '--state', state).stdout.splitlines()[0])['sekisho']['alert_id']
    rule = rig.dir / 'rule.yaml'
    rule.write_text('- id: SKS-PLANT-01\n  on: modbus\n  when: modbus.access_type == "write"\n  level: low\n  title: { ja: "書き込み", en: "written" }\n')
    at, redis = ['--state', state], Redis(rig)
    return [['fleet', what, '--redis', redis.url] for what in ('sensors', 'assets', 'alerts')] + [
            ['register', 'check', register, *at], ['register', 'import', '--dry-run', register, *at], ['register', 'export', '-', *at], ['register', 'columns'],
            ['asset', 'show', 'A000001', *at], ['impact', 'show', *at], ['db', 'verify', *at], ['db', 'backup', rig.dir / 'copied', *at], ['audit', 'verify', *at],
            ['audit', 'list', *at], ['assets', *at], ['alerts', *at], ['links', *at], ['map', *at], ['incidents', *at], ['incidents', 'show', incident, *at],
            ['alert', 'show', alert, *at], ['alert', 'mutes', *at], ['health', *at], ['support', '--output', rig.dir / 'support.tar.gz', *at], ['tail', '--once', *at], ['outbox', *at], ['decode', capture],
            ['drill', 'list', *at], ['drill', 'show', *at], ['drill', 'scenarios'], ['report', 'daily', *at], ['report', 'monthly', *at], ['report', 'jnsa', *at], ['report', 'register', *at], ['report', 'handover', *at],
            ['setup', '--interface', 'mirror0', '--site', 'x', '--zones', 'fa', '--listen', '0', '--output', rig.dir / 'site.yaml', *at],
            ['replay', '--config', config, '--no-sinks', '--state', rig.dir / 'other', capture], ['policy', 'test', '--config', config, capture],
            ['work', 'list', *at], ['work', 'show', '1', *at], ['work', 'rules'],
            ['rules', 'check', rule], ['rules', 'list'], ['rules', 'show', 'SKS-MB-05'], ['rules', 'test', rule, capture], ['config', 'keys']]


def test_commands_that_only_read_leave_the_trail_and_the_ledger_alone(rig):
    state = plant(rig)
    rig.sekisho('work', 'add', 'maintenance', '点検', '--to', '8h', '--state', state)
    before = everything(rig, state)
    assert all(before[what] for what in before if what != 'alert mutes'), {what: len(of) for what, of in before.items()}
    done = set()
    for command in readers(rig, state):
        rig.sekisho(*command)
        after = everything(rig, state)
        assert after == before, (command, [what for what in before if after[what] != before[what]])
        done |= {(command[0],), tuple(command[:2])}
    wanted = {(c, s) for c, subs in READING.items() for s in subs} | {(c,) for c, subs in READING.items() if not subs}
    assert wanted <= done, 'of READING, and not run: %s' % sorted(wanted - done)


def test_what_is_refused_leaves_no_row(rig):
    state = plant(rig)
    before = trail(rig, state)
    bad = rig.dir / 'bad.csv'
    bad.write_text('name,mac\nx,no address\n')
    for command in (['register', 'import', bad], ['asset', 'phase', '加工PLC-1', 'gone'], ['asset', 'set', '加工PLC-1', 'usage=nonsense'],
                    ['asset', 'merge', 'A000001', 'A999999'], ['impact', 'set', 'storage', 'production', 'huge'], ['learn', '--alert', 'nosuch'], ['outbox', 'replay', 'nosuch', '--from', '1']):
        r = rig.sekisho(*command, '--state', state, '--reason', 'x', '--by', '山田', status=None)
        assert r.returncode in (1, 2) and r.stderr, (command, r.returncode)
    assert trail(rig, state) == before


def test_every_command_is_in_a_list(rig):
    """whoever adds a command decides whether it changes something; subcommands are read from the usage lines"""
    listed = {}
    for line in rig.sekisho('--help', '--lang', 'en').stdout.splitlines():
        m = re.match(r'  ([a-z]+) +[a-z]', line)
        if m:
            listed[m.group(1)] = set()
    assert set(listed) >= set(CHANGING) | set(READING), 'not in --help: %s' % sorted((set(CHANGING) | set(READING)) - set(listed))
    known = set(CHANGING) | set(READING) | {'console'}  # which runs until it is ended: test_console.py holds both
    assert set(listed) <= known, 'put these into CHANGING or READING: %s' % sorted(set(listed) - known)
    for command in ('register', 'drill', 'asset', 'impact', 'db', 'audit', 'rules', 'policy', 'alert', 'incidents', 'outbox', 'fleet', 'work'):
        usage = rig.sekisho(command, '--help', '--lang', 'en').stdout
        found = set(re.findall(r'sekisho %s\s+([a-z]+)' % command, usage)) | {w for m in re.findall(r'sekisho %s\s+([a-z]+(?:\|[a-z]+)+)' % command, usage) for w in m.split('|')}
        assert found and found <= set(CHANGING.get(command, [])) | set(READING.get(command, [])) | set(BY_A_DAEMON.get(command, [])), (command, found)


main(globals())
