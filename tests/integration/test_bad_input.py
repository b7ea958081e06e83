"""Bad input: one clear error naming file, line and remedy, exit status 1, nothing half-applied."""
import os, pathlib, re, shutil, signal, sqlite3, struct, subprocess
from certificates import Certificates
from rig import Absent, BUILD, CAPTURES, TOP, main, scenes


def one_error(rig, r, *parts):
    lines = r.stderr.strip().splitlines()
    assert len(lines) == 1, r.stderr
    for part in parts:
        assert part in lines[0], 'expected "%s" in "%s"' % (part, lines[0])


def test_a_good_configuration_is_checked_and_its_ceiling_printed(rig):
    out = rig.run(BUILD / 'sekishod', '--config', rig.config(), '--check').stdout
    assert '5 zones' in out and 'MiB' in out, out
    sample = rig.run(BUILD / 'sekishod', '--config', CAPTURES.parent.parent / 'configs' / 'sekisho.yaml', '--check').stdout
    assert '3 zones' in sample, sample


def test_indicators_that_no_rule_asks_for(rig):
    (rig.dir / 'ioc.csv').write_text('type,value\nja4,t13d1516h2_8daaf6152771_b186095e22b6\nurl,http://h/x\nurl,http://h/y\nip,192.0.2.1\ndomain,evil.example\n')
    config = rig.config('rules: { indicators: [ioc.csv] }\n', base=None)
    for language, *lines in (('en', '2 indicators are of the type url,', 'nothing to capture is named'),
                             ('ja', '2 件は種類が url で', '受信するものがない')):
        told = rig.run(BUILD / 'sekishod', '--config', config, '--check', '--lang', language).stderr.splitlines()
        assert len(told) == len(lines) and all(a in b for a, b in zip(lines, told)), told


def test_an_unknown_key_names_file_line_and_the_nearest(rig):
    config = rig.config('senser: { name: x }\n')
    line = config.read_text().splitlines().index('senser: { name: x }') + 1
    for command in ([BUILD / 'sekisho', 'replay', '--state', rig.dir / 's', '--config', config, scenes()[0]],
                    [BUILD / 'sekishod', '--config', config, '--check'],
                    [BUILD / 'sekishod', '--config', config]):
        one_error(rig, rig.run(*command, status=1), '%s:%d:1:' % (config, line), '"senser"', '"sensor"')
    assert not (rig.dir / 's').exists()


def test_who_misses_a_configuration_says_its_own_name(rig):
    for command, name in (([BUILD / 'sekisho', 'policy', 'test', scenes()[0]], 'sekisho: '), ([BUILD / 'sekisho', 'policy', 'confirm', '--reason', 'x'], 'sekisho: '),
                          ([BUILD / 'sekishod'], 'sekishod: ')):
        for language in ('en', 'ja'):
            one_error(rig, rig.run(*command, '--lang', language, status=2), name, '--config FILE')
            assert rig.run(*command, '--lang', language, status=2).stderr.startswith(name)


def test_wrong_values(rig):
    for text, *parts in (
            ('capture: { snaplen: big }\n', ':2:21:', 'whole number'),
            ('capture: { interfaces: [{ nam: eth1 }] }\n', '"nam"', '"name"'),
            ('log: { level: loud }\n', '"loud"', 'notice'),
            ('syslog: [{ transport: udp }]\n', 'address'),
            ('redis: { list: maybe }\n', 'yes or no'),
            ('sensor: [1\n', 'not valid YAML'),
            ('model: xx\n', 'pa')):
        config = rig.config(text, base=None)
        one_error(rig, rig.run(BUILD / 'sekishod', '--config', config, '--check', status=1), str(config), *parts)


def test_receivers_are_checked(rig):
    """what the daemon would refuse at its start; nothing is opened or made"""
    for text, *parts in (
            ('eve: { path: nowhere/eve.json }\n', 'nowhere/eve.json', 'directory'),
            ('redis: { url: "http://h" }\n', 'redis'),
            ('syslog: [{ transport: tls, address: "h:1", tls: { ca: none.pem } }]\n', 'syslog.tls.ca', 'none.pem'),
            ('syslog: [{ transport: unix, address: "log" }]\n', 'absolute path')):
        config = rig.config(text, base=None)
        one_error(rig, rig.run(BUILD / 'sekishod', '--config', config, '--check', status=1), *parts)
    config = rig.config('eve: { path: eve.json }\nredis: { url: "redis://192.0.2.1" }\nsyslog: [{ transport: tcp, address: "192.0.2.1:1" }]\n', base=None)
    assert 'can be read' not in rig.run(BUILD / 'sekishod', '--config', config, '--check').stderr
    assert not (rig.dir / 'eve.json').exists()


def test_secrets_that_everybody_may_read(rig):
    for text, file, what in (('redis: { url: "redis://192.0.2.1", password: x }\n', 'sekisho.yaml', 'a password'),
                             ('redis: { url: "redis://u:x@192.0.2.1" }\n', 'sekisho.yaml', 'a password')):
        config = rig.config(text, base=None)
        config.chmod(0o644)
        for how in ([], ['--check']):
            r = rig.run(BUILD / 'sekishod', '--config', config, *how, status=1)
            assert re.search(r'%s can be read by every user of this machine, and holds %s\b' % (file, what), r.stderr), text
        config.chmod(0o640)
        assert 'can be read' not in rig.run(BUILD / 'sekishod', '--config', config, '--check').stderr
    certificates = Certificates(rig)
    cert, key = certificates.sign('sensor', 'DNS:factory-1')
    config = rig.config('syslog: [{ transport: tls, address: "h:1", tls: { ca: ca.pem, cert: sensor.pem, key: sensor.key } }]\n', base=None)
    key.chmod(0o644)
    assert re.search(r'sensor.key can be read .* a private key', rig.run(BUILD / 'sekishod', '--config', config, '--check', status=1).stderr)
    key.chmod(0o600)
    assert 'can be read' not in rig.run(BUILD / 'sekishod', '--config', config, '--check').stderr


def test_overlapping_zones_name_both(rig):
    config = rig.config('''zones:
  - { id: a, name: A, purdue: L1, prefixes: [10.0.0.0/8] }
  - { id: b, name: B, purdue: L2, prefixes: [10.1.0.0/16] }
''', base=None)
    one_error(rig, rig.run(BUILD / 'sekishod', '--config', config, '--check', status=1), '%s:4:' % config, '10.1.0.0/16', '10.0.0.0/8', 'a')


def test_a_broken_rule_names_line_column_and_the_nearest_name(rig):
    pack = rig.dir / 'rules'
    pack.mkdir()
    (pack / 'mine.yaml').write_text('''id: SKS-PLANT-01
on: modbus
when: modbus.unitid == 3
level: high
title: { en: "x", ja: "x" }
''')
    r = rig.sekisho('rules', 'check', pack, status=1)
    one_error(rig, r, '%s:3:7:' % (pack / 'mine.yaml'), '"modbus.unitid"', '"modbus.unit_id"')
    config = rig.config('rules: { packs: [rules] }\n')
    one_error(rig, rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', scenes()[0], status=1), 'mine.yaml:3:7:')
    assert not (rig.dir / 's').exists()


def test_a_register_with_a_bad_mac_changes_nothing(rig):
    state = rig.dir / 's'
    config = rig.config()
    good = rig.sekisho('register', 'import', '--config', config, '--state', state, CAPTURES / 'register.csv').stdout
    devices = len((CAPTURES / 'register.csv').read_text().splitlines()) - 1
    assert 'registered: %d\n' % devices in good, good
    before = rig.sekisho('assets', '--state', state, '--json').stdout
    bad = rig.dir / 'bad.csv'
    rows = (CAPTURES / 'register.csv').read_text().splitlines()
    bad.write_text('\n'.join(rows[:3] + [rows[3].replace(rows[3].split(',')[1], '00:11:22:33:44')] + rows[4:]) + '\n')
    r = rig.sekisho('register', 'import', '--config', config, '--state', state, bad, status=1)
    error, summary = r.stderr.strip().splitlines()
    assert error.startswith('%s:4:' % bad) and '00:11:22:33:44' in error, r.stderr
    assert 'Nothing was changed' in summary, r.stderr
    assert rig.sekisho('assets', '--state', state, '--json').stdout == before


def test_what_is_no_capture(rig):
    junk = rig.dir / 'junk.pcap'
    junk.write_bytes(b'this is a text and no capture\n' * 10)
    one_error(rig, rig.sekisho('decode', junk, status=1), str(junk), 'capture')
    one_error(rig, rig.sekisho('replay', '--state', rig.dir / 's', scenes()[0], junk, status=1), str(junk))
    one_error(rig, rig.sekisho('decode', rig.dir / 'absent.pcap', status=1), 'absent.pcap')
    one_error(rig, rig.run(BUILD / 'sekishod', '--config', rig.dir / 'absent.yaml', status=1), 'absent.yaml')


def test_a_capture_that_was_cut_is_read_to_its_last_whole_packet(rig):
    whole = (CAPTURES / 'normal.pcap').read_bytes()
    cut = rig.dir / 'cut.pcap'
    cut.write_bytes(whole[:-5])
    a = rig.sekisho('decode', CAPTURES / 'normal.pcap')
    b = rig.sekisho('decode', cut)
    assert b.stdout.count('\n') >= a.stdout.count('\n') - 3
    one_error(rig, b, str(cut), 'truncated')
    assert not a.stderr
    one_error(rig, rig.sekisho('rules', 'test', cut), str(cut), 'truncated')
    one_error(rig, rig.sekisho('setup', '--check-port', cut, status=None), str(cut), 'truncated')


def test_standard_input_and_several_captures(rig):
    with open(CAPTURES / 'normal.pcap', 'rb') as f:
        piped = rig.sekisho('decode', '-', stdin=f).stdout
    direct = rig.sekisho('decode', CAPTURES / 'normal.pcap').stdout
    assert len(piped.splitlines()) == len(direct.splitlines()) > 10


def test_wrong_usage(rig):
    for arguments in ([], ['decode'], ['nonsense'], ['replay', scenes()[0]], ['assets', '--by', 'colour'], ['tail', '--last', 'x'],
                      ['rules'], ['register'], ['decode', '--no-such-option'], ['--lang', 'fr', 'assets']):
        rig.sekisho(*arguments, status=2)
    rig.run(BUILD / 'sekishod', status=2)


def test_every_command_has_help_in_both_languages(rig):
    for command in ('decode', 'replay', 'assets', 'alerts', 'links', 'tail', 'rules', 'register', 'health', 'config'):
        en = rig.sekisho(command, '--help', '--lang', 'en').stdout
        ja = rig.sekisho(command, '--help', '--lang', 'ja').stdout
        assert en.startswith('usage: sekisho') and ja.startswith('使い方: sekisho'), command
    assert rig.run(BUILD / 'sekishod', '--help', '--lang', 'ja').stdout.startswith('使い方')


def test_a_missing_interface_is_one_error_with_status_3(rig):
    config = rig.config('state: %s\ncapture: { interfaces: [nosuchif0] }\n' % (rig.dir / 's'))
    one_error(rig, rig.run(BUILD / 'sekishod', '--config', config, status=3), 'nosuchif0')


def test_rules_of_ones_own_in_place_of_the_shipped_ones_are_told(rig):
    own = rig.dir / 'own'
    own.mkdir()
    (own / 'plant.yaml').write_text('- { id: SKS-PLANT-01, on: modbus, when: modbus.unit_id == 9, level: low, title: { en: a, ja: b } }\n')
    for packs, rules, told in (([own], '1 rules', True), ([TOP / 'rules' / 'packs', own], '81 rules', False), ([TOP / 'rules' / '..' / 'rules' / 'packs'], '80 rules', False)):
        config = rig.config('rules: { packs: [%s] }\n' % ', '.join(map(str, packs)), base=None)
        r = rig.run(BUILD / 'sekishod', '--config', config, '--check')
        assert rules in r.stdout and ('name %s as well' % (TOP / 'rules' / 'packs') in r.stderr) == told, (r.stdout, r.stderr)
    rig.config('rules: { packs: [own] }\n', base=None)   # seen from the configuration's folder
    assert '同梱のルール' in rig.run(BUILD / 'sekishod', '--config', config, '--check', '--lang', 'ja').stderr


def test_a_missing_capability_is_one_error_with_status_3(rig):
    if os.geteuid() != 0 or not shutil.which('setpriv'):
        raise Absent('needs root and setpriv')
    config = rig.config('state: %s\ncapture: { interfaces: [lo] }\n' % (rig.dir / 's'))
    r = rig.run('setpriv', '--bounding-set=-all', '--inh-caps=-all', BUILD / 'sekishod', '--config', config, status=3)
    one_error(rig, r, 'lo', 'CAP_NET_RAW')


def test_no_state_directory_is_said_plainly(rig):
    r = rig.sekisho('assets', '--state', rig.dir / 'absent', status=1)
    one_error(rig, r, 'absent')


def test_a_disk_that_is_full_is_told(rig):
    """a list that is cut off must not end as one that is whole"""
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', *scenes())
    alert, at = rig.alerts(state)[0]['sekisho']['alert_id'], ['--state', state]
    for command in (['assets', *at], ['assets', '--csv', *at], ['assets', '--count', *at], ['links', '--json', *at], ['alerts', *at], ['alerts', '--json', *at], ['alert', 'show', alert, *at],
                    ['audit', 'list', *at], ['rules', 'list'], ['health', '--json', *at], ['map', *at], ['register', 'export', '-', *at], ['decode', scenes()[0]], ['--help'], ['--version']):
        for lang, words in (('en', 'standard output: cannot be written'), ('ja', '標準出力: ')):
            with open('/dev/full', 'wb') as full:
                r = subprocess.run([BUILD / 'sekisho', *map(str, command), '--lang', lang], stdout=full, stderr=subprocess.PIPE, timeout=60)
            said = r.stderr.decode()
            assert r.returncode == 3 and said.strip(), (command, r.returncode, said)
            assert command[0] in ('map', 'register', 'decode') or words in said, (command, said)
    # who reads no further ends it as ever
    reading, writing = os.pipe()
    process = subprocess.Popen([BUILD / 'sekisho', 'rules', 'list'], stdout=writing, stderr=subprocess.PIPE)
    os.close(reading)
    os.close(writing)
    assert process.communicate(timeout=60)[1] == b'' and process.returncode == -signal.SIGPIPE, process.returncode


def test_lists_refuse_what_is_not_theirs(rig):
    """a filter that does nothing looks like one that found everything, one that is misspelt like one that found nothing"""
    state = rig.dir / 's'
    config = rig.config()
    rig.sekisho('replay', '--config', config, '--state', state, '--no-sinks', *scenes())
    at = ['--state', state]
    for list_, *words in (('links', '--since', '2027-01-01'), ('links', '--level', 'high'), ('links', '--csv'), ('alerts', '--unregistered'), ('alerts', '--silent', '30'), ('alerts', '--csv'),
                          ('alerts', '--by', 'zone'), ('alerts', '--protocol', 'modbus'), ('assets', '--level', 'critical'), ('assets', '--protocol', 'modbus'), ('assets', '--in', 'open'), ('assets', '--active')):
        for lang, told in (('en', 'is not for `sekisho %s`' % list_), ('ja', '`sekisho %s` では使えません' % list_)):
            r = rig.sekisho(list_, *words, '--count', *at, '--lang', lang, status=2)
            one_error(rig, r, words[0], told)
            assert not r.stdout
    for words in (['assets', 'extra', *at], ['alerts', '--in', 'open', 'extra', *at], ['links', 'extra', *at], ['health', 'extra', *at], ['rules', 'list', 'extra']):
        one_error(rig, rig.sekisho(*words, status=2), '"extra"', 'sekisho %s --help' % words[0])
    for list_ in ('assets', 'links', 'alerts'):
        one_error(rig, rig.sekisho(list_, '--zone', 'typo', '--count', *at, status=1), '"typo"', 'cell-a', 'internet')
        for zone in ('cell-a', 'internet', 'unknown'):
            rig.sekisho(list_, '--zone', zone, '--count', *at)
        # a zone that the site has renamed since stands in what was kept
        with sqlite3.connect(state / 'ledger.db') as db:
            db.execute("UPDATE zone SET id = 'cell-x' WHERE id = 'cell-a'")
        db.close()
        if list_ == 'alerts':
            assert int(rig.sekisho(list_, '--zone', 'cell-a', '--count', *at).stdout) > 0
        rig.sekisho(list_, '--zone', 'cell-a', '--count', '--config', config, *at)
        with sqlite3.connect(state / 'ledger.db') as db:
            db.execute("UPDATE zone SET id = 'cell-a' WHERE id = 'cell-x'")
        db.close()
    assert int(rig.sekisho('alerts', '--rule', 'SKS-PO', '--count', *at).stdout) > 0
    assert rig.sekisho('alerts', '--rule', 'SKS-MB-20', '--count', *at).stderr == ''   # there are such rules, and no such alert
    one_error(rig, rig.sekisho('alerts', '--rule', 'SKS-ZZ', '--count', '--config', config, *at, status=1), '"SKS-ZZ"', 'rules list')
    # it may be a rule of the site's own, which only its configuration knows
    one_error(rig, rig.sekisho('alerts', '--rule', 'SKS-ZZ', '--count', *at), '"SKS-ZZ"', '--config')
    rig.sekisho('alerts', '--zone', 'typo', '--state', rig.dir / 'none', status=1)


def test_wrong_options_say_what_is_right(rig):
    for words, *told in ((['alerts', '--level', 'hihg'], 'hihg', 'critical'), (['alerts', '--in', 'opne'], 'acknowledged'), (['incidents', '--in', 'opne'], 'open, closed'), (['alerts', '--since', 'x'], '7d'),
                         (['assets', '--by', 'x'], 'level, zone, fa'), (['assets', '--purdue', 'L9'], 'L3.5'), (['assets', '--silent', 'x'], '36500'), (['map', '--format', 'x'], 'svg'),
                         (['report', 'daily', '--format', 'x'], 'html'), (['learn', '--for', 'x'], '10m'), (['work', 'list', '--in', 'x'], 'coming'),
                         (['alerts', '--bogus'], '--bogus', 'sekisho alerts --help'), (['alerts', '--bogus=1'], '--bogus', 'sekisho alerts --help'), (['fleet', 'alerts', '-x'], '-x', 'sekisho fleet --help'),
                         (['alerts', '--zone'], '--zone', 'sekisho alerts --help'), (['alerts', '-s'], '-s', 'sekisho alerts --help'), (['alerts', '--json=1'], '--json'), (['alerts', '--e'], '--e')):
        for lang in ('en', 'ja'):
            r = rig.sekisho(*words, '--lang', lang, status=2)
            one_error(rig, r, *told)
            assert ('オプション' in r.stderr or '値' in r.stderr) == (lang == 'ja'), r.stderr
    one_error(rig, rig.sekisho('assets', '--lang', status=2), '--lang', 'ja')
    assert 'Write' not in rig.sekisho('tail', '--redis', 'http://x', '--lang', 'ja', status=1).stderr
    state = rig.dir / 's'
    rig.sekisho('replay', '--config', rig.config(), '--state', state, '--no-sinks', scenes()[0])
    why = ['--until', '8h', '--reason', 'x', '--state', state]
    for rule, near in (('SKS-XX-99', ''), ('SKS-MB01', 'SKS-MB-01'), ('SKS-MB-9', 'SKS-MB-09')):
        said = rig.sekisho('alert', 'mute', '--rule', rule, *why, status=1).stderr
        assert near in said and ('mean' in said) == bool(near), said
    for command in (['decode'], ['replay', '--state', rig.dir / 'other']):
        one_error(rig, rig.sekisho(*command, rig.dir, status=1), str(rig.dir), 'capture file')


if __name__ == '__main__':
    main(globals())
