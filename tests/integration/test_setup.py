"""sekisho setup: the first configuration, asked for or said by options; and what it says of a port that is, or is not, a mirror port."""
import os, pty, re, select, subprocess, time
import frames
from rig import BUILD, TOP, main, scenes
from test_live import with_wire

OPTIONS = ['--interface', 'mirror0', '--site', 'Works "A"', '--sensor', 'line-7', '--zones', 'fa', '--redis', 'unix:///run/redis/redis.sock',
           '--syslog', 'tcp:siem.example:514', '--listen', '0', '--lang', 'en']


def test_by_options(rig):
    """what is written is what the daemon takes, and nobody else may read it"""
    out = rig.dir / 'sekisho.yaml'
    r = rig.sekisho('setup', *OPTIONS, '--state', rig.dir / 's', '--output', out)
    assert str(out) in r.stdout and '--check' in r.stdout, r.stdout
    assert 'IPAddressAllow=' in r.stdout, 'the unit lets it reach no receiver, and nobody says so: %s' % r.stdout
    text = out.read_text()
    for part in ('"line-7"', r'"Works \"A\""', '["mirror0"]', 'unix:///run/redis/redis.sock', '"siem.example:514"', 'fa.control'):
        assert part in text, part
    assert out.stat().st_mode & 0o007 == 0
    checked = rig.run(BUILD / 'sekishod', '--config', out, '--check', '--lang', 'en').stdout
    assert re.search(r'\b8 zones\b', checked), checked


def test_what_is_there_is_kept(rig):
    out = rig.dir / 'sekisho.yaml'
    out.write_text('# mine\n')
    r = rig.sekisho('setup', *OPTIONS, '--output', out, status=1)
    assert '--force' in r.stderr and out.read_text() == '# mine\n', r.stderr
    rig.sekisho('setup', *OPTIONS, '--output', out, '--force')
    assert 'line-7' in out.read_text() and (rig.dir / 'sekisho.yaml.before').read_text() == '# mine\n'


def test_wrong_answers_write_nothing(rig):
    for option, value, *parts in (('--redis', 'http://h', 'redis'), ('--syslog', 'siem', 'udp:HOST:PORT'), ('--zones', 'no/such/file', 'purdue')):
        out = rig.dir / 'sekisho.yaml'
        words = [value if before == option else word for before, word in zip([''] + OPTIONS, OPTIONS)]
        r = rig.sekisho('setup', *words, '--output', out, status=None)
        assert r.returncode in (1, 3), (option, r.returncode, r.stderr)
        assert all(p in r.stderr for p in parts), (option, r.stderr)
        assert not list(rig.dir.glob('sekisho.yaml*')), (option, list(rig.dir.iterdir()))


def test_nobody_to_ask(rig):
    r = rig.sekisho('setup', '--site', 'x', '--output', rig.dir / 'c.yaml', '--lang', 'en', status=2)
    assert '--interface' in r.stderr, r.stderr


def test_asked_on_a_terminal(rig):
    """in Japanese; an empty line takes what stands in brackets"""
    leader, follower = pty.openpty()
    out = rig.dir / 'c.yaml'
    process = subprocess.Popen([str(BUILD / 'sekisho'), 'setup', '--output', str(out), '--listen', '0', '--lang', 'ja'], stdin=follower, stdout=follower,
                               stderr=follower, env={**os.environ, 'LC_ALL': 'C.UTF-8'})
    os.close(follower)
    said = ''
    try:
        for question, answer in (('インターフェース', 'eth7'), ('拠点名', '本社工場'), ('センサーの名前', ''), ('ゾーン', 'purdue'), ('Redis', ''), ('syslog', '')):
            end = time.monotonic() + 10
            while question not in said and time.monotonic() < end:
                if select.select([leader], [], [], 0.2)[0]:
                    said += os.read(leader, 4096).decode(errors='replace')
            assert question in said, said
            said = ''
            os.write(leader, answer.encode() + b'\n')
        assert process.wait(10) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(leader)
    text = out.read_text()
    assert '"eth7"' in text and '"本社工場"' in text and '"line-1"' in text and 'redis:' not in text and 'syslog:' not in text and 'purdue: L1' in text, text


def looked_at(rig, wire, feed, seconds=4):
    """what is said of mirror0 while feed() sends to the other end"""
    process = wire.start(BUILD / 'sekisho', 'setup', '--check-port', 'mirror0', '--listen', str(seconds), '--lang', 'en')
    time.sleep(1.5)
    feed()
    status = process.wait(60)
    return status, (rig.dir / 'nsenter.log').read_text()


@with_wire
def test_a_port_of_both_directions(rig, wire):
    status, said = looked_at(rig, wire, lambda: wire.replay(scenes()[:2]))
    assert status == 0 and 'both directions are seen' in said and 'modbus' in said and 'TROUBLE' not in said, said
    assert wire.sent_by_mirror() == 0


@with_wire
def test_a_port_of_one_direction(rig, wire):
    half = rig.dir / 'half.pcap'
    rig.run('tcpdump', '-r', scenes()[0], '-w', half, 'tcp dst port 502 or (vlan and tcp dst port 502)')
    status, said = looked_at(rig, wire, lambda: wire.replay([half]))
    assert status == 1 and 'one direction only' in said and 'TROUBLE' in said, said


@with_wire
def test_a_silent_port_and_one_that_is_no_mirror(rig, wire):
    status, said = looked_at(rig, wire, lambda: None, 2)
    assert status == 1 and 'not one frame' in said, said
    arp = rig.dir / 'arp.pcap'
    who = b'\xff' * 6 + b'\x02\0\0\0\0\x01' + b'\x08\x06' + b'\0\x01\x08\0\x06\x04\0\x01' + b'\x02\0\0\0\0\x01' + bytes([10, 0, 0, 1]) + b'\0' * 6 + bytes([10, 0, 0, 2]) + b'\0' * 18
    frames.write(arp, [(i / 100, who) for i in range(60)])
    (rig.dir / 'nsenter.log').write_text('')
    status, said = looked_at(rig, wire, lambda: wire.replay([arp]))
    assert status == 1 and 'ordinary port' in said, said


def test_what_the_quick_start_says_at_its_end_works(rig):
    """in another folder than the quick start's, with nothing of it left: up to where the daemon would begin"""
    text = (TOP / 'packaging' / 'quickstart.sh').read_text()
    said = re.search(r"<<TXT\n(.*?)^TXT$", text, re.M | re.S).group(1).replace('$top', str(TOP)).replace('$build_dir', str(BUILD)).replace('$state', str(rig.dir / 'gone'))
    lines = [line.strip().replace('sudo ', '') for line in said.split('\n') if line.strip()]
    before = lines[:next(i for i, line in enumerate(lines) if '--check' in line) + 1]
    assert len(before) > 1 and any(line.startswith(str(BUILD / 'sekishod') + ' --config my-plant.yaml') and '--check' not in line for line in lines), lines
    r = rig.run('bash', '-ec', 'cd "$0" && %s' % '\n'.join(line.split(' && ')[0] for line in before), rig.dir)
    assert 'configuration is good' in r.stdout, (r.stdout, r.stderr)


def test_a_capture_instead_of_a_port(rig):
    r = rig.sekisho('setup', '--check-port', scenes()[0], '--lang', 'ja')
    assert '両方向' in r.stdout, r.stdout
    r = rig.sekisho('setup', '--check-port', rig.dir / 'none.pcap', '--lang', 'en', status=None)
    assert r.returncode != 0 and 'none.pcap' in r.stderr, r.stderr


main(globals())
