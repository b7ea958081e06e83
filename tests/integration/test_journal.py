"""Log lines in the journal: with fields where stderr is the journal, from every thread; as plain lines elsewhere, and as lines with a priority where the journal does not answer."""
import json, os, re, signal, socket, subprocess
from rig import BUILD, CAPTURES, TOP, main, wait_for, writing_end


class Journal:
    """where journald would listen; stderr is a pipe that says it is the journal's"""

    def __init__(self, rig):
        self.path = rig.dir / 'journal.sock'
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.settimeout(20)
        self.read, self.stderr = os.pipe()
        st = os.fstat(self.stderr)
        self.env = {'SEKISHO_JOURNAL_SOCKET': str(self.path), 'JOURNAL_STREAM': '%d:%d' % (st.st_dev, st.st_ino)}

    def next(self):
        entry = self.socket.recv(65536).decode()
        assert entry.endswith('\n')
        return dict(line.split('=', 1) for line in entry[:-1].split('\n'))


def start(rig, journal, text='', lang='C.UTF-8', **env):
    fifo = rig.dir / 'capture.fifo'
    os.mkfifo(fifo)
    config = rig.config('state: %s\ncapture: { files: [%s] }\n%s' % (rig.dir / 's', fifo, text))
    process = rig.start(BUILD / 'sekishod', '--config', config, stderr=journal.stderr, env=dict(os.environ, **journal.env, LC_ALL=lang, **env))
    return process, writing_end(fifo, process), config


def kinds():
    return {begins: i for begins, i in re.findall(r'LOG_KIND\("([^"]+)", "([0-9a-f]{32})"\)', (TOP / 'daemon/base/log_kinds.def').read_text())}


def test_each_kind_is_said_somewhere(rig):
    phrases = re.findall(r'^PHRASE\("((?:[^"\\]|\\.)*)"', (TOP / 'daemon/base/phrases.def').read_text(), re.M)
    assert len(kinds()) > 10
    for begins in kinds():
        assert [p for p in phrases if p.startswith(begins)], 'no line begins so any more: ' + begins


def test_fields(rig):
    journal = Journal(rig)
    process, pipe, config = start(rig, journal, 'redis: { url: "unix://%s/nobody.sock" }\n' % rig.dir)   # the sink's thread complains
    with pipe:
        pipe.write((CAPTURES / 'plc-stop.pcap').read_bytes())
        pipe.flush()
        entries = []
        while not {'sekishod', 'redis'} <= {e.get('SEKISHO_COMPONENT') for e in entries}:
            entries.append(journal.next())
        config.write_text(config.read_text() + 'zonnes: []\n')
        process.send_signal(signal.SIGHUP)
        while entries[-1].get('SEKISHO_COMPONENT') != 'config':
            entries.append(journal.next())
    process.wait(30)
    find = lambda c: next(e for e in entries if e.get('SEKISHO_COMPONENT') == c)
    ids = kinds()
    assert find('sekishod')['PRIORITY'] == '5' and find('sekishod')['MESSAGE'].startswith('sekishod: watching ') and find('sekishod')['MESSAGE_ID'] == ids['sekishod: watching ']
    assert find('redis')['PRIORITY'] == '4' and find('redis')['MESSAGE_ID'] == ids['eve: cannot write '] == ids['redis: lost ']
    assert find('config')['PRIORITY'] == '3' and find('config')['MESSAGE_ID'] == ids['config: not reloaded, ']
    for e in entries:
        assert e['SYSLOG_IDENTIFIER'] == 'sekishod' and set(e) <= {'PRIORITY', 'SYSLOG_FACILITY', 'SYSLOG_IDENTIFIER', 'SEKISHO_COMPONENT', 'MESSAGE_ID', 'MESSAGE'}, e
    os.set_blocking(journal.read, False)
    try:
        assert not os.read(journal.read, 4096), 'said twice'
    except BlockingIOError:
        pass


def test_fields_do_not_depend_on_the_language(rig):
    journal = Journal(rig)
    process, pipe, _ = start(rig, journal, lang='ja_JP.UTF-8')
    with pipe:
        pipe.write((CAPTURES / 'plc-stop.pcap').read_bytes())
        pipe.flush()
        entry = journal.next()
        while entry.get('SEKISHO_COMPONENT') != 'sekishod':
            entry = journal.next()
        assert entry['MESSAGE_ID'] == kinds()['sekishod: watching '] and '監視' in entry['MESSAGE'], entry
    assert process.wait(30) == 0


def test_a_thread_that_captures_speaks_too(rig):
    """it may open no socket, and needs none: a capture that breaks off"""
    journal = Journal(rig)
    whole = (CAPTURES / 'plc-stop.pcap').read_bytes()
    process, pipe, _ = start(rig, journal)
    with pipe:
        pipe.write(whole[:-5])
    entry = journal.next()
    while entry.get('SEKISHO_COMPONENT') != 'capture':
        entry = journal.next()
    assert entry['PRIORITY'] == '4', entry
    assert process.wait(30) == 0


def test_without_the_journal(rig):
    """stderr that is no journal gets lines; one that is, while nobody listens, lines with their priority"""
    config = rig.config('state: %s\ncapture: { files: [%s] }\n' % (rig.dir / 's', CAPTURES / 'plc-stop.pcap'))
    journal = Journal(rig)
    plain = rig.run(BUILD / 'sekishod', '--config', config, env={'SEKISHO_JOURNAL_SOCKET': str(journal.path)})
    assert plain.stderr.startswith('sekishod: watching '), plain.stderr
    journal.socket.close()
    process = rig.start(BUILD / 'sekishod', '--config', config, stderr=journal.stderr, env=dict(os.environ, LC_ALL='C.UTF-8', **journal.env))
    assert process.wait(60) == 0
    assert os.read(journal.read, 4096).startswith(b'<5>sekishod: watching ')


if __name__ == '__main__':
    main(globals())
