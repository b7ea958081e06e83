"""Hostile names from the wire (hostile.py) are text in every output: reports, lists, sheets, drawings, the terminal, syslog, Redis, metrics, the console."""
import csv, html.parser, io, json, os, pty, re, select, subprocess, tarfile, time, xml.etree.ElementTree as xml
import hostile
from consoles import Console
from rig import BUILD, Redis, main, scenes, wait_for, writing_end
from syslog_peers import Rsyslog
from test_metrics import samples, told

# C0 but for the end of a line and the tab, DEL, C1, ends of lines of Unicode, and what turns the writing
CONTROL = re.compile('[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]')
# our own on a terminal: the colour of a level, and the end of it; a bar of progress
OURS = re.compile(r'\x1b\[(?:0|[0-9]{1,2}(?:;[0-9]{1,2}){0,2})m')
PROGRESS = re.compile(r'\r(?:\[[^\]]*\] +\d+% [^\r\x1b]*)?\x1b\[K')
# how a spreadsheet knows what it would calculate; a number is one
FORMULA = re.compile(r'[=+\-@\t\r\n＝＋－＠]')
NUMBER = re.compile(r'-?[0-9]+(\.[0-9]+)?$')
DAY = ['--day', '2026-04-01']
KINDS = ('daily', 'handover', 'monthly', 'jnsa', 'register', 'meti')
LANGUAGES = ('ja', 'en')
# what a page may be made of
PAGE = {'html', 'head', 'meta', 'title', 'style', 'body', 'h1', 'h2', 'h3', 'h4', 'p', 'div', 'span', 'a', 'b', 'ul', 'ol', 'li', 'dl', 'dt', 'dd', 'table', 'caption', 'thead', 'tbody', 'tr', 'th', 'td', 'code',
        'details', 'summary', 'figure', 'figcaption', 'section', 'header', 'footer', 'main', 'hr', 'sup', 'br', 'strong', 'nav', 'small', 'time'}
DRAWING = {'svg', 'g', 'rect', 'text', 'tspan', 'title', 'desc', 'path', 'line', 'polyline', 'polygon', 'circle', 'ellipse', 'defs', 'marker', 'style', 'pattern', 'a', 'symbol', 'use'}


def held(what, found):
    assert not found, '%s: %s' % (what, found[:5])


def no_control(what, text, also=''):
    held(what, [(text[max(0, m.start() - 60):m.end() + 30], hex(ord(m.group()))) for m in CONTROL.finditer(text) if m.group() not in also])


class Page(html.parser.HTMLParser):
    """what of a page is no text"""
    def __init__(self, scripts=()):
        super().__init__()
        self.wrong, self.said, self.inside = [], [], []

    def handle_starttag(self, tag, attributes):
        self.inside.append(tag)
        if tag not in PAGE and tag not in DRAWING:
            self.wrong.append(('element', tag))
        for name, value in attributes:
            if name.startswith('on') or not re.fullmatch(r'[a-z][a-z0-9:_-]*', name):
                self.wrong.append(('attribute', tag, name))
            if name in ('href', 'src', 'xlink:href', 'action') and not re.fullmatch(r'#[A-Za-z0-9_.-]+', value or ''):
                self.wrong.append(('address', value))
            if name == 'style' and re.search(r'url|expression|@', value or ''):
                self.wrong.append(('style', value))

    def handle_endtag(self, tag):
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_comment(self, data):
        self.wrong.append(('comment', data))

    def handle_data(self, data):
        if self.inside and self.inside[-1] in ('style', 'script'):
            if 'hq' in data or self.inside[-1] == 'script':
                self.wrong.append(('inside', self.inside[-1], data[:200]))
        else:
            self.said.append(data)


def hold_page(what, text):
    no_control(what, text)
    page = Page()
    page.feed(text)
    page.close()
    held(what, page.wrong)
    return ''.join(page.said)


def hold_drawing(what, text):
    no_control(what, text)
    root = xml.fromstring(text)
    held(what, [e.tag for e in root.iter() if e.tag.rpartition('}')[2] not in DRAWING])
    held(what, [(e.tag, k, v) for e in root.iter() for k, v in e.attrib.items() if k.startswith('on') or (k.endswith('href') and not v.startswith('#'))])
    return ''.join(root.itertext())


def hold_sheet(what, raw, encoding='utf-8-sig'):
    text = raw.decode(encoding)
    no_control(what, text.replace('\r\n', '\n'))
    rows = list(csv.reader(io.StringIO(text, newline='')))
    held(what, [cell for row in rows for cell in row if FORMULA.match(cell) and not NUMBER.match(cell)])
    return '\n'.join('\t'.join(row) for row in rows)


def hold_lines_of_json(what, text):
    no_control(what, text)
    for line in text.splitlines():
        json.loads(line)
    return text


def hold_terminal(what, text):
    no_control(what, OURS.sub('', PROGRESS.sub('', text.replace('\r\n', '\n'))))
    return text


def on_terminal(rig, *words, lang='ja', seconds=60):
    """what a command writes to a terminal, output and complaints"""
    ours, theirs = pty.openpty()
    env = dict(os.environ, LC_ALL='ja_JP.UTF-8' if lang == 'ja' else 'C.UTF-8', TERM='xterm-256color', TZ='Asia/Tokyo')
    p = subprocess.Popen([str(w) for w in (BUILD / 'sekisho', *words, '--lang', lang)], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=env, cwd=rig.dir)
    os.close(theirs)
    out, end = b'', time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            if select.select([ours], [], [], 1)[0]:
                data = os.read(ours, 65536)
                if not data:
                    break
                out += data
    except OSError:   # the terminal is closed when the command ends
        pass
    os.close(ours)
    p.kill() if time.monotonic() >= end else None
    status = p.wait()
    assert status in (0, 1, 2, 3), (words, status, out[-500:])
    return out.decode()


class Plant:
    """the factory with the hostile devices in its office, told to every kind of receiver"""
    def __init__(self, rig):
        self.rig, self.state = rig, rig.dir / 'data'
        self.redis = Redis(rig)
        self.ways = [('cef', 'rfc5424'), ('leef', 'rfc5424'), ('eve', 'rfc5424'), ('ecs', 'rfc5424'), ('cef', 'rfc3164')]
        self.peers = []
        for i, _ in enumerate(self.ways):
            os.makedirs(rig.dir / str(i))
            self.peers.append(Rsyslog(Corner(rig, i), 'tcp'))
        sinks = 'redis:\n  url: %s\neve:\n  path: eve.json\nsyslog:\n' % self.redis.url
        sinks += ''.join('  - { transport: tcp, address: "%s", payload: %s, format: %s, max_bytes: 60000 }\n' % (p.address, payload, form) for p, (payload, form) in zip(self.peers, self.ways))
        self.config = rig.config(sinks)
        self.capture = hostile.capture(rig.dir / 'hostile.pcap')
        self.summary = rig.sekisho('replay', '--config', self.config, '--state', self.state, '--drain', '60', *scenes(), self.capture)
        self.alerts = rig.alerts(self.state)
        self.assets = rig.assets(self.state)

    def of(self, name):
        """the device that says this text"""
        ip = hostile.device(list(hostile.TEXTS).index(name)).ip
        return next(a for a in self.assets if ip in a['ip'])


class Corner:
    """a rig's folder of its own"""
    def __init__(self, rig, i):
        self.dir, self.start = rig.dir / str(i), rig.start


def words_of(text):
    """which of the texts are in it"""
    return set(re.findall(r'hq\d+', text))


def test_reports(rig):
    plant = Plant(rig)
    for lang in LANGUAGES:
        for kind in KINDS:
            said = {}
            for form in ('html', 'text', 'csv', 'json'):
                what = 'report %s %s %s' % (kind, form, lang)
                raw = subprocess.run([str(w) for w in (BUILD / 'sekisho', 'report', kind, *DAY, '--state', plant.state, '--format', form, '--lang', lang)], capture_output=True, check=True, timeout=120).stdout
                hold = {'html': hold_page, 'text': hold_terminal, 'json': hold_lines_of_json}
                said[form] = hold_sheet(what, raw) if form == 'csv' else hold[form](what, raw.decode())
            old = subprocess.run([str(w) for w in (BUILD / 'sekisho', 'report', kind, *DAY, '--state', plant.state, '--format', 'csv', '--encoding', 'cp932', '--lang', lang)], capture_output=True, check=True, timeout=120).stdout
            hold_sheet('report %s cp932' % kind, old, 'cp932')
            hold_terminal('report %s on a terminal' % kind, on_terminal(rig, 'report', kind, *DAY, '--state', plant.state, '--format', 'text', lang=lang))
            if kind in ('daily', 'handover', 'register'):
                for form, text in said.items():
                    assert len(words_of(text)) > (15 if kind == 'register' else 3), 'report %s %s shows only %s' % (kind, form, sorted(words_of(text)))


def test_lists_on_a_terminal_and_elsewhere(rig):
    plant = Plant(rig)
    at = ('--state', plant.state)
    alert, asset = plant.alerts[-1]['sekisho']['alert_id'], plant.of('script')['asset_id']
    commands = [('alerts',), ('assets',), ('assets', '--by', 'level'), ('assets', '--by', 'zone'), ('assets', '--by', 'fa'), ('assets', '--unregistered'), ('assets', '--contradicting'), ('links',),
                ('tail', '--once', '-n', '500'), ('tail', '--once', '-n', '500', '--color', 'always'), ('incidents',), ('health',), ('audit', 'list'), ('outbox',), ('impact', 'show'), ('alert', 'mutes'),
                ('alert', 'show', alert), ('db', 'verify')]
    commands += [('asset', 'show', plant.of(name)['asset_id']) for name in hostile.TEXTS]
    commands += [('alert', 'show', a['sekisho']['alert_id']) for a in plant.alerts if a['sekisho']['rule_id'].startswith(('SKS-SM', 'SKS-HT', 'SKS-UA'))][:60]
    incidents = [json.loads(line)['sekisho']['alert_id'] for line in rig.sekisho('incidents', '--json', *at).stdout.splitlines()]
    commands += [('incidents', 'show', i) for i in incidents]
    said = ''
    for words in commands:
        for lang in LANGUAGES:
            said += hold_terminal(' '.join(words), on_terminal(rig, *words, *at, lang=lang))
    assert len(words_of(said)) == len(hostile.TEXTS), set('hq%d' % i for i in range(1, 27)) - words_of(said)
    for words in commands:
        if words[0] not in ('impact', 'db', 'audit'):
            hold_lines_of_json(' '.join(words) + ' --json', rig.sekisho(*words, '--json', *at, status=None).stdout)
    for words in (('assets', '--csv'), ('register', 'export', '-'), ('register', 'export', '--all', '-')):
        hold_sheet(' '.join(words), rig.run(BUILD / 'sekisho', *words, *at).stdout.encode())


def test_drawings(rig):
    plant = Plant(rig)
    for model in ('pa', 'fa'):
        for lang in LANGUAGES:
            text = hold_drawing('map', rig.sekisho('map', '--model', model, '--state', plant.state, '--lang', lang).stdout)
            assert len(words_of(text)) > 20, sorted(words_of(text))
            dot = rig.sekisho('map', '--format', 'dot', '--model', model, '--state', plant.state, '--lang', lang).stdout
            no_control('dot', dot)
            graph = rig.dir / 'map.dot'
            graph.write_text(dot)
            r = subprocess.run(['dot', '-Tsvg', graph], capture_output=True, timeout=300)
            assert r.returncode == 0, r.stderr.decode()[-500:]
            root = xml.fromstring(r.stdout)
            held('dot', [v for e in root.iter() for k, v in e.attrib.items() if k.endswith('href') or k.startswith('on')])


def test_who_is_told(rig):
    """syslog in each form, Redis, the EVE file, the fleet, what waits for whom"""
    plant = Plant(rig)
    n = len(plant.alerts)
    for peer, (payload, form) in zip(plant.peers, plant.ways):
        peer.wait_lines(n)
        what = 'syslog %s %s' % (payload, form)
        raw = (peer.dir / 'whole.txt').read_bytes().decode()
        no_control(what, raw, also='\ufeff')   # RFC 5424 begins its text so
        lines = raw.splitlines()
        assert all(re.match(r'<\d+>', line) for line in lines), 'a line that is no message: %r' % [line for line in lines if not re.match(r'<\d+>', line)][0]
        assert len(words_of(raw)) > 15, (what, words_of(raw))
        heads = [line['msg'].strip().lstrip('\ufeff') for line in peer.parsed()]
        assert all(line['host'] == 'factory-1' and line['app'] == 'sekisho' for line in peer.parsed()), what
        if payload in ('eve', 'ecs'):
            for text in heads:
                json.loads(text)
        else:
            # what stands in a field ends neither the field nor the head
            head = {'cef': r'CEF:0\|[^|]*\|sekisho\|[^|]*\|SKS-[A-Z]+-?\d*\|(?:[^|\\]|\\[|\\])*\|\d+\|', 'leef': r'LEEF:2\.0\|[^|]*\|sekisho\|[^|]*\|SKS-[A-Z]+-?\d*\|'}[payload]
            held(what, [text[:300] for text in heads if not re.match(head, text)])
    entries = plant.redis.stream()
    for _, fields in entries:
        for value in fields.values():
            no_control('redis', value)
        json.loads(fields['json'])
    for key in plant.redis.client()('KEYS', '*'):
        kind = plant.redis.client()('TYPE', key)
        if kind == 'hash':
            for value in plant.redis.client()('HGETALL', key):
                no_control('redis %s' % key, value)
    hold_lines_of_json('eve', (rig.dir / 'eve.json').read_text())
    held('what replay says', [c for c in CONTROL.findall(plant.summary.stdout + plant.summary.stderr)])
    for what in (('fleet', 'sensors'), ('fleet', 'assets'), ('fleet', 'alerts', '-n', '1000')):
        for lang in LANGUAGES:
            hold_terminal(' '.join(what), on_terminal(rig, *what, '--redis', plant.redis.url, lang=lang))
        hold_lines_of_json(' '.join(what), rig.sekisho(*what, '--redis', plant.redis.url, '--json', status=None).stdout)
        hold_sheet(' '.join(what), rig.sekisho(*what, '--redis', plant.redis.url, '--csv', status=None).stdout.encode())
    hold_terminal('tail of redis', on_terminal(rig, 'tail', '--once', '-n', '500', '--redis', plant.redis.url, '--sensor', 'factory-1', '--color', 'always'))


def test_drafts_and_what_is_made_of_them(rig):
    """what a person confirms, and gets back: drafts, conduits that may be missing, papers, the audit trail"""
    plant = Plant(rig)
    draft = rig.dir / 'draft'
    no_control('learn', OURS.sub('', on_terminal(rig, 'learn', '--output', draft, *scenes(), plant.capture).replace('\r\n', '\n')))
    no_control('draft.yaml', (draft / 'draft.yaml').read_text())
    hold_sheet('register.csv', (draft / 'register.csv').read_bytes())
    assert len(words_of((draft / 'register.csv').read_text())) > 15
    at = ('--state', plant.state)
    hold_terminal('register import', on_terminal(rig, 'register', 'import', draft / 'register.csv', '--reason', 'hq', *at))
    hold_terminal('register check', on_terminal(rig, 'register', 'check', draft / 'register.csv', *at))
    sheet = rig.dir / 'sheet.csv'
    for name in ('title_of_window', 'c1', 'right_to_left', 'not_utf8'):
        text = hostile.TEXTS[name]
        sheet.write_bytes(b'name,kind,zone,ip,%s\n%s,%s,%s,%s,x\n' % ((text,) * 5))
        hold_terminal('register check ' + name, on_terminal(rig, 'register', 'check', sheet, *at))
        sheet.write_bytes(b'kind,title,from,to\n%s,%s,%s,%s\n' % ((text,) * 4))
        hold_terminal('work import ' + name, on_terminal(rig, 'work', 'import', sheet, *at))
        (rig.dir / 'odd.yaml').write_bytes(b'sensor: { name: x }\nzones: [{ id: "%s", purdue: "%s", prefixes: ["%s"] }]\n' % ((text,) * 3))
        hold_terminal('policy test ' + name, on_terminal(rig, 'policy', 'test', '--config', rig.dir / 'odd.yaml', plant.capture))
    for words in (('assets',), ('audit', 'list'), ('assets', '--contradicting'), ('asset', 'show', plant.of('handler')['asset_id'])):
        hold_terminal(' '.join(words), on_terminal(rig, *words, *at))
    for name in ('script', 'title_of_window', 'link', 'right_to_left'):
        text = hostile.TEXTS[name].decode()
        device, by = plant.of(name)['asset_id'], ('--reason', text, '--by', text)
        for words in (('register', 'approve', device, '--name', text, '--owner-dept', text), ('asset', 'set', device, 'notes=' + text), ('asset', 'phase', device, 'dispose'), ('asset', 'confirm', device),
                      ('impact', 'set', 'storage', 'production', 'high'), ('asset', 'merge', device, plant.of('sum')['asset_id']), ('asset', 'undo', device), ('policy', 'confirm', '--config', plant.config)):
            hold_terminal(' '.join(map(str, words)), on_terminal(rig, *words, *by, *at))
        for words in (('asset', 'show', text), ('alert', 'show', text), ('asset', 'set', text, 'notes=x', '--reason', 'x'), ('assets', '--zone', text), ('alerts', '--level', text), ('audit', 'list', '--object', text), ('nothing' + text,), ('map', '--model', text),
                      ('report', text), ('register', 'import', text), ('tail', '--redis', text, '--once')):
            hold_terminal(' '.join(words), on_terminal(rig, *words, *at))
        hold_terminal('work add', on_terminal(rig, 'work', 'add', 'maintenance', text, '--from', '2026-04-01T08:00', '--to', '2026-04-01T20:00', '--who', text, '--note', text, '--by', text, *at))
    said = ''
    for lang in LANGUAGES:
        for words in (('audit', 'list'), ('work', 'list'), ('work', 'show', '1'), ('alerts',)):
            said += hold_terminal(' '.join(words), on_terminal(rig, *words, *at, lang=lang))
        for kind in KINDS:
            hold_page(kind, rig.sekisho('report', kind, *DAY, *at, '--lang', lang).stdout)
    assert {'hq1', 'hq6', 'hq10', 'hq15'} <= words_of(said), words_of(said)
    assert 'hq1' in rig.sekisho('work', 'list', *at).stdout
    for words in (('work', 'list'), ('work', 'show', '1')):
        hold_lines_of_json(' '.join(words), rig.sekisho(*words, '--json', *at).stdout)
    hold_sheet('work list', rig.sekisho('work', 'list', '--csv', *at).stdout.encode())
    for words in (('register', 'export', '-'), ('register', 'export', '--all', '-')):
        raw = rig.run(BUILD / 'sekisho', *words, *at).stdout.encode()
        held(' '.join(words), [c for row in csv.reader(io.StringIO(raw.decode('utf-8-sig'), newline='')) for c in row if FORMULA.match(c) and not NUMBER.match(c)])
    hold_terminal('policy test', on_terminal(rig, 'policy', 'test', '--config', plant.config, '--all', plant.capture))
    hold_lines_of_json('policy test', rig.sekisho('policy', 'test', '--config', plant.config, '--all', '--json', plant.capture, status=None).stdout)
    hold_lines_of_json('decode', rig.sekisho('decode', plant.capture).stdout)
    out = rig.dir / 'support.tar.gz'
    hold_terminal('support', on_terminal(rig, 'support', '--config', plant.config, *at, '--output', out))
    for name, text in contents(out):
        no_control('support: ' + name, text)
        held('support: ' + name, words_of(text))


def contents(path):
    with tarfile.open(path) as t:
        for m in t:
            if m.isfile():
                yield m.name, t.extractfile(m).read().decode()


def test_the_console(rig):
    plant = Plant(rig)
    console = Console(rig, plant.state)
    paths = ['/api/about', '/api/health', '/api/alerts?limit=500', '/api/assets?limit=500', '/api/assets?q=%3Cscript']
    paths += ['/api/assets/' + plant.of(name)['asset_id'] for name in hostile.TEXTS]
    for path in paths:
        r = console.ask(path)
        assert r.status == 200, (path, r.status)
        assert r.getheader('Content-Type').startswith('application/json') and r.getheader('X-Content-Type-Options') == 'nosniff', (path, r.headers)
        hold_lines_of_json(path, r.text)
    for query in ('', '?model=fa', '?model=pa&lang=en'):
        r = console.ask('/api/map' + query)
        assert r.status == 200 and r.getheader('Content-Type').startswith('image/svg+xml'), (r.status, r.headers)
        hold_drawing('/api/map' + query, r.text)
    for hostile_path in ('/api/assets/%3Cscript%3E', '/api/nothing%0d%0aX:1', '/%1b%5b2J', '/api/alerts?level=%3Cimg%3E', '/api/map?model=%22%3E%3Cx'):
        r = console.ask(hostile_path)
        assert r.status >= 400 or '<img' not in r.text, hostile_path
        assert 'html' not in r.getheader('Content-Type'), (hostile_path, r.headers)
        no_control(hostile_path, r.text)


def test_the_daemon_of_itself(rig):
    """its log, a message a line; health and metrics"""
    state, fifo, at = rig.dir / 'd', rig.dir / 'capture.fifo', rig.dir / 'metrics.sock'
    os.mkfifo(fifo)
    config = rig.config('state: %s\ncapture: { files: [%s] }\nmetrics: { listen: "unix:%s" }\n' % (state, fifo, at))
    process = rig.start(BUILD / 'sekishod', '--config', config)
    with writing_end(fifo, process) as pipe:
        pipe.write(hostile.capture(rig.dir / 'hostile.pcap').read_bytes())
        pipe.flush()
        metrics = told(at)
        no_control('metrics', metrics)
        assert samples(metrics) and not words_of(metrics)
        for lang in LANGUAGES:
            hold_terminal('health', on_terminal(rig, 'health', '--state', state, lang=lang))
        at, said = ('--state', state), ''
        wait_for('its alerts', lambda: len(rig.alerts(state)) > 300)
        for text in (hostile.TEXTS['title_of_window'].decode(), hostile.TEXTS['handler'].decode()):
            hold_terminal('drill start', on_terminal(rig, 'drill', 'start', '--title', text, '--note', text, '--by', text, *at))
        for words in (('drill', 'list'), ('drill', 'show'), ('alerts',)):
            for lang in LANGUAGES:
                said += hold_terminal(' '.join(words), on_terminal(rig, *words, *at, lang=lang))
            hold_lines_of_json(' '.join(words), rig.sekisho(*words, '--json', *at).stdout)
        assert '<img src=x' in said, said[-2000:]
    process.wait(30)
    log = (rig.dir / 'sekishod.log').read_text()
    no_control('log', log)
    assert 'cannot' not in log, log
    held('log', [line for line in log.splitlines() if not re.match(r'(<\d>|[\w:.+-]+ )?[a-z_-]+: ', line)])
    hold_lines_of_json('health.json', (state / 'health.json').read_text().replace('\n', ''))


main(globals())
