"""The shipped recipes of configs/siem: rsyslog and syslog-ng run as they are, but for places and ports; the others are held against what sekisho writes."""
import json, re, tomllib, xml.etree.ElementTree
import syslog_ng
from certificates import Certificates
from redis_peers import free_port
from rig import TOP, Redis, main, scenes, wait_for, whole_lines
from syslog_peers import start_rsyslog

SIEM = TOP / 'configs' / 'siem'
URGENT = ('critical', 'high')


def recipe(rig, name, places):
    """the shipped file with @places changed, and the sensor's lines that stand in its head"""
    text = (SIEM / name).read_text()
    head = [line[4:] for line in text.splitlines() if re.match(r'#   (syslog:|  - )', line)]
    assert len(head) == 2, head
    for place, here in places.items():
        assert place in text, '%s is not in %s' % (place, name)
        text = text.replace(place, str(here))
    conf = rig.dir / name
    conf.write_text(text)
    return conf, '\n'.join(head) + '\n'


def replay(rig, sensor, address, host):
    assert host in sensor, sensor
    (rig.dir / 'c').mkdir(exist_ok=True)
    config = rig.config(sensor.replace(host, address))
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', *scenes())
    return rig.alerts(rig.dir / 's')


def certificates_at(rig):
    c = Certificates(rig)
    c.sign('loghost', 'IP:127.0.0.1')
    c.sign('sensor', 'DNS:factory-1')
    return c


def check_files(rig, alerts):
    want = {a['sekisho']['alert_id'] for a in alerts}
    urgent = {a['sekisho']['alert_id'] for a in alerts if a['sekisho']['level'] in URGENT}
    assert 0 < len(urgent) < len(want)

    def ids(name):
        path = rig.dir / name
        return {json.loads(line)['sekisho']['alert_id'] for line in whole_lines(path)} if path.exists() else set()
    wait_for('all alerts', lambda: ids('alerts.json') == want)
    wait_for('the urgent ones', lambda: ids('urgent.json') == urgent)


def test_rsyslog(rig):
    certificates_at(rig)
    port = free_port()
    conf, sensor = recipe(rig, 'rsyslog.conf', {'/var/log/sekisho/': '%s/' % rig.dir, '/etc/rsyslog-tls/': '%s/' % rig.dir, 'port="2514"': 'port="%d"' % port})
    start_rsyslog(rig, conf, port)
    check_files(rig, replay(rig, sensor, '127.0.0.1:%d' % port, 'loghost:2514'))


def test_sentinel_forwarder(rig):
    port = free_port()
    conf, sensor = recipe(rig, 'sentinel-rsyslog.conf', {'port="514"': 'port="%d" address="127.0.0.1"' % port})
    # in place of the agent's rules
    conf.write_text('global(workDirectory="%s")\n' % rig.dir + conf.read_text() + 'local0.* action(type="omfile" file="%s/cef.txt")\n' % rig.dir)
    start_rsyslog(rig, conf, port)
    alerts = replay(rig, sensor, '127.0.0.1:%d' % port, 'forwarder:514')
    cef = rig.dir / 'cef.txt'

    def ids():
        return set(re.findall(r'sekisho\[\d+\]: CEF:0\|sekisho\|.*?externalId=(\w+)', cef.read_text())) if cef.exists() else set()
    wait_for('all alerts', lambda: ids() == {a['sekisho']['alert_id'] for a in alerts})


def syslog_ng_recipe(rig):
    certificates_at(rig)
    port = free_port()
    conf, sensor = recipe(rig, 'syslog-ng.conf', {'/var/log/sekisho/': '%s/' % rig.dir, '/etc/syslog-ng-tls/': '%s/' % rig.dir, 'port(6514)': 'ip("127.0.0.1") port(%d)' % port})
    syslog_ng.start(rig, conf, port)
    check_files(rig, replay(rig, sensor, '127.0.0.1:%d' % port, 'loghost:6514'))


test_syslog_ng = syslog_ng_recipe if syslog_ng.program() else None


def test_the_others_name_what_there_is(rig):
    """keys of Redis, and members of the alerts"""
    redis = Redis(rig)
    config = rig.config('redis: { url: %s, list: yes }\neve: { path: eve.json }\nsensor: { name: line-1 }\n' % redis.url, base=None)
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', *scenes())
    keys = redis.client()('KEYS', '*')
    lines = [json.loads(line) for line in (rig.dir / 'eve.json').read_text().splitlines()]

    def has(path):
        def at(o, names):
            return not names or (isinstance(o, dict) and names[0] in o and at(o[names[0]], names[1:]))
        return any(at(line, path.split('.')) for line in lines)
    logstash, vector = (SIEM / 'logstash.conf').read_text(), tomllib.loads((SIEM / 'vector.toml').read_text())
    assert re.search(r'key => "([^"]*)"', logstash).group(1) in keys and vector['sources']['sekisho_list']['key'] in keys, keys
    paths = set(re.findall(r'"(?:\[?)([a-z_]+(?:\]\[[a-z_]+)*)\]?" => "\[', logstash))
    paths = {p.replace('][', '.') for p in paths} | {'timestamp', 'sekisho.level'}
    paths |= set(re.findall(r'from: ([\w.]+)', (SIEM / 'filebeat.yml').read_text())) | set(re.findall(r'= ([\w.]+) AS ', (SIEM / 'splunk' / 'props.conf').read_text()))
    rules = xml.etree.ElementTree.parse(SIEM / 'wazuh' / 'local_rules.xml')
    paths |= {f.get('name') for f in rules.iter('field')} | set(re.findall(r'\$\(([\w.]+)\)', (SIEM / 'wazuh' / 'local_rules.xml').read_text()))
    assert len(paths) >= 6, paths
    assert not [p for p in paths if not has(p)], [p for p in paths if not has(p)]
    levels = {re.sub(r'\W', '', f.text) for f in rules.iter('field') if f.get('name') == 'sekisho.level'}
    assert levels == {'low', 'medium', 'high', 'critical'}, levels
    xml.etree.ElementTree.parse(SIEM / 'wazuh' / 'ossec.conf')


def test_the_pages_list_every_recipe(rig):
    for page in ('README.md', 'README.ja.md'):
        text = (SIEM / page).read_text()
        named = set(re.findall(r'\]\(([a-z-]+(?:\.\w+|/))\)', text))
        there = {p.name + ('/' if p.is_dir() else '') for p in SIEM.iterdir() if p.suffix != '.md'}
        assert named == there, named ^ there


if __name__ == '__main__':
    main(globals())
