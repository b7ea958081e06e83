#!/usr/bin/env python3
"""The console in a browser: both languages, light, dark, at 200 % and narrow, by keyboard alone, live, the map, what comes from the wire, and writing."""
import json, sqlite3
import browser
import hostile
from consoles import EVIL, Console, evil_capture, factory
from redis_peers import Flow
from rig import BUILD, main, scenes, wait_for


def in_form(name):
    def test(rig):
        console = Console(rig, factory(rig))
        browser.run(rig, 'console.mjs', name, url=console.url)
    test.__name__ = 'test_everybody_can_use_each_page_' + name
    return test


for form in ('light_ja', 'light_en', 'dark_ja', 'dark_en', 'zoomed_ja', 'zoomed_en', 'narrow_ja'):
    globals()['test_form_' + form] = in_form(form)


def test_alerts_are_in_the_order_that_the_page_says(rig):
    browser.run(rig, 'console.mjs', 'order', url=Console(rig, factory(rig)).url)


def test_filters(rig):
    browser.run(rig, 'console.mjs', 'filter', url=Console(rig, factory(rig)).url)


def test_an_alert_of_a_replay_is_in_the_page_within_two_seconds(rig):
    *before, last = scenes()
    config = rig.config('eve:\n  path: eve.json\n')
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', config, '--state', state, *before)
    console = Console(rig, state)
    seq = console.json('/api/alerts?limit=0')['seq']
    seen = browser.run(rig, 'console.mjs', 'live', url=console.url, expected=1, replay=json.dumps([str(w) for w in (BUILD / 'sekisho', 'replay', '--config', config, '--state', state, last)]))['seen']
    in_time(state, seq, seen)


def in_time(state, seq, seen):
    """what was told of after @seq stood in the page within two seconds"""
    with sqlite3.connect('file:%s/alerts.db?mode=ro' % state, uri=True) as db:
        told = {json.loads(t)['sekisho']['alert_id']: ms for ms, t in db.execute('SELECT ms, json FROM told WHERE seq > ? ORDER BY seq DESC', (seq,))}
    assert told and set(seen) & set(told), (seen, told)
    assert all(seen[i] - told[i] < 2000 for i in told if i in seen), (seen, told)


def test_an_alert_of_the_running_daemon_is_in_the_page_within_two_seconds(rig):
    """from the packet on, through the daemon; the page was open before"""
    flow, more = Flow(rig, ''), rig.dir / 'more'
    flow.alerts(1)
    console = Console(rig, flow.state)
    seq = wait_for('the first alert', lambda: console.json('/api/alerts?limit=0')['seq'])
    pipe = flow.pipe
    with open(more, 'wb') as flow.pipe:
        flow.alerts(3)
    got = browser.run(rig, 'console.mjs', 'live', url=console.url, expected=3, replay=json.dumps(['sh', '-c', 'exec cat "$1" >"$2"', 'sh', str(more), str(flow.fifo)]))
    flow.pipe = pipe
    flow.close()
    in_time(flow.state, seq, got['seen'])
    assert all(at - got['began'] < 2000 for at in got['seen'].values()), got


def test_a_click_on_the_map_opens_the_card(rig):
    browser.run(rig, 'console.mjs', 'map', url=Console(rig, factory(rig)).url, device='加工PLC-1')


def test_a_card_says_of_each_conversation_whether_it_is_allowed(rig):
    assert browser.run(rig, 'console.mjs', 'card', url=Console(rig, factory(rig)).url, device='加工PLC-1') > 2


def test_what_is_not_there_is_said(rig):
    browser.run(rig, 'console.mjs', 'missing', url=Console(rig, factory(rig)).url)


def test_by_keyboard_alone(rig):
    browser.run(rig, 'console.mjs', 'keyboard', url=Console(rig, factory(rig)).url)


def test_what_comes_from_the_wire_is_text(rig):
    state = rig.dir / 's'
    config = rig.config()
    register = rig.dir / 'register.csv'
    register.write_text(register.read_text().replace('加工PLC-2', EVIL))
    rig.sekisho('replay', '--config', config, '--no-sinks', '--state', state, *scenes(), evil_capture(rig))
    browser.run(rig, 'console.mjs', 'wire', url=Console(rig, state).url)


def test_hostile_names_are_text(rig):
    state = factory(rig, [*scenes(), hostile.capture(rig.dir / 'hostile.pcap')])
    ids = [a['asset_id'] for a in rig.assets(state) if set(a['ip']) & {hostile.device(i).ip for i in range(len(hostile.TEXTS))}]
    assert len(ids) == len(hostile.TEXTS)
    assert browser.run(rig, 'console.mjs', 'hostile', seconds=300, url=Console(rig, state).url, assets=','.join(ids)) == len(ids)


def test_acknowledged_and_muted_in_the_page(rig):
    state = factory(rig)
    alert = rig.alerts(state)[0]['sekisho']['alert_id']
    token = rig.dir / 'token'
    token.write_text('0123456789abcdef0123456789abcdef\n')
    token.chmod(0o600)
    console = Console(rig, state, '--write', '--token-file', token)
    browser.run(rig, 'console.mjs', 'write', url=console.url, token=token.read_text().strip(), alert=alert)
    rows = [json.loads(line) for line in rig.sekisho('audit', 'list', '--json', '--state', state).stdout.splitlines()]
    assert [(e['verb'], e['who'], e['reason']) for e in rows if e['verb'].startswith('alert.')] == [(v, '山田 太郎', '点検中') for v in ('alert.ack', 'alert.mute')], rows


main(globals())
