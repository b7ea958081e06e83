"""A day of a plant in a minute (SEKISHO_LONG=1: in ten), through a FIFO into the whole daemon: with reloads, Redis away, rotated files and steps of the clock in between.

Held afterwards: memory flat, no descriptor left over, every frame counted, and the counters of the stages agree with each other.
The day ends a little later where a reload is slow: at each mark one set of rules is loaded.
"""
import collections, contextlib, itertools, json, os, pathlib, re, signal, struct, time
import frames, sums
from rig import BUILD, Redis, is_sanitized, main, wait_for, writing_end

DAY = 24 * 3600
LASTS = 600 if os.environ.get('SEKISHO_LONG') else 60   # seconds of ours
START = 1775001600
HMI = frames.Host('10.20.3.10', '00:26:55:20:03:10', 103)
OFFICE = frames.Host('10.20.4.52', '3c:52:82:20:04:52', 103)
LEG = '00:1b:d4:00:01:03'
PLCS = [frames.Host('10.20.1.%d' % (11 + i), LEG, 103) for i in range(8)]
ASK, ANSWER = bytes.fromhex('00010000000601030000000a'), bytes.fromhex('000100000017010314' + '00' * 20)


class Polling:
    """one connection that is asked once a second all day long: two frames, made once and given their numbers each time"""

    def __init__(self, plc, port):
        self.seq, self.records = [1000, 5000], []
        for src, dest, sport, dport, data in ((HMI, plc, port, 502, ASK), (plc, HMI, 502, port, ANSWER)):
            frame = frames.tcp(src, dest, sport, dport, frames.ACK | frames.PSH, payload=data)
            self.records.append(bytearray(struct.pack('<IIII', 0, 0, len(frame), len(frame)) + frame))

    def second(self, at, micro):
        for who, data in ((0, ASK), (1, ANSWER)):
            r = self.records[who]
            struct.pack_into('<II', r, 0, at, micro + who * 900)
            struct.pack_into('>II', r, 16 + 18 + 20 + 4, self.seq[who] & 0xffffffff, self.seq[1 - who] & 0xffffffff)  # behind VLAN tag, IPv4 and ports
            self.seq[who] += len(data)
        return b''.join(self.records)


def record(at, frame):
    return struct.pack('<IIII', int(at), int(at % 1 * 1e6), len(frame), len(frame)) + frame


def visit(at, number):
    """a short conversation of another client each minute: flows come and go; one an hour writes, which nobody may from there"""
    talk = frames.Talk(HMI if number % 60 else OFFICE, PLCS[number % 8], 20000 + number % 40000, 502)
    pdu = bytes.fromhex('0601f4%04x' % (number & 0xffff)) if number % 60 == 0 else bytes.fromhex('0300640002')
    for send, body in ((talk.ask, pdu), (talk.answer, pdu if number % 60 == 0 else bytes.fromhex('030400010002'))):
        send((number & 0xffff).to_bytes(2, 'big') + b'\0\0' + (len(body) + 1).to_bytes(2, 'big') + b'\1' + body)
    return [record(at + i * 0.01, f) for i, f in enumerate(talk.end())]


def minutes():
    """(minute of the day, bytes, frames), on and on"""
    polls = [Polling(plc, 50000 + i) for i, plc in enumerate(PLCS)]
    for minute in itertools.count():
        # the sensor that feeds us had its clock set: an hour on, then ten minutes back
        step = 3000 if minute >= 900 else 3600 if minute >= 600 else 0
        out = visit(START + step + minute * 60, minute)
        n = len(out)
        for second in range(60):
            at = START + step + minute * 60 + second
            for i, p in enumerate(polls):
                out.append(p.second(at, 1000 + i * 5000))
            n += 2 * len(polls)
        yield minute, b''.join(out), n


def descriptors(process):
    """what is open, without numbers; what is open for a moment now and then is left out"""
    names = []
    for p in pathlib.Path('/proc/%d/fd' % process.pid).iterdir():
        with contextlib.suppress(FileNotFoundError):
            names.append(re.sub(r':\[\d+\]', '', os.readlink(p)))
    return sorted(n for n in names if not n.startswith('/proc/') and not n.endswith('health.json.new'))


class Day:
    def __init__(self, rig):
        self.rig, self.redis = rig, Redis(rig)
        self.fifo = rig.dir / 'day.pcap'
        os.mkfifo(self.fifo)
        (rig.dir / 'eve').mkdir()
        self.config = rig.config(self.text(60))
        self.process = rig.start(BUILD / 'sekishod', '--config', self.config)
        self.pipe = writing_end(self.fifo, self.process)
        self.pipe.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        self.sent, self.minutes, self.marks, self.open, self.reloads, self.wants_reload = 0, 0, {}, {}, 0, False

    def text(self, ring_s):
        return 'state: %s\ncapture: { files: [%s] }\nredis: { url: "%s" }\neve: { path: %s }\nlog: { level: %s }\n' % (
            self.rig.dir / 's', self.fifo, self.redis.url, self.rig.dir / 'eve' / 'eve.json', 'notice' if ring_s % 120 else 'info')

    def trouble(self, minute):
        """what an unlucky day brings"""
        if minute >= DAY // 60:
            return
        if minute % 97 == 50:
            self.config = self.rig.config(self.text(60 + minute % 2 * 60))
            self.wants_reload = True
        if minute in (200, 800, 1200):
            self.redis.process.send_signal(signal.SIGSTOP)
        if minute in (260, 860):
            self.redis.process.send_signal(signal.SIGCONT)
        if minute == 1260:
            self.redis.process.send_signal(signal.SIGCONT)
            self.redis.kill()
        if minute == 1300:
            self.redis.start()
        if minute in (300, 1000):
            (self.rig.dir / 'eve' / 'eve.json').rename(self.rig.dir / 'eve' / ('eve.%d' % minute))
            self.wants_reload = True

    def log(self):
        return (self.rig.dir / 'sekishod.log').read_text()

    def is_reloaded(self):
        return self.log().count('config: reloaded') == self.reloads

    def reload_if_wanted(self):
        """two signals before the first is answered would be one"""
        if self.wants_reload and self.is_reloaded():
            self.process.send_signal(signal.SIGHUP)
            self.wants_reload = False
            self.reloads += 1

    def rested(self):
        """what the daemon says of itself when it has nothing to do and reaches everybody"""
        self.pipe.flush()
        file, since = self.rig.dir / 's' / 'health.json', time.time() + 2.5   # what was fed is judged and counted

        def told():
            health = json.loads(file.read_text()) if file.stat().st_mtime > since else None
            return health and all(s['connected'] for s in health['sinks']) and health
        return wait_for('a health file of a daemon at rest', told, 90)

    def mark(self, minute):
        health = self.rested()
        self.marks[minute] = {k: health[k] for k in ('heap_bytes', 'memory_bytes')}
        self.open[minute] = descriptors(self.process)

    def pass_by(self):
        began, due = time.monotonic(), [360, 720, 1080, DAY // 60]
        for minute, chunk, n in minutes():
            if minute >= due[0] and not self.wants_reload and self.is_reloaded():   # two sets of rules are loaded meanwhile
                self.mark(due.pop(0))
                if not due:
                    return
            assert minute < DAY // 60 + 600, 'a reload is not answered: %s' % self.log()[-2000:]
            self.pipe.write(chunk)
            self.sent += n
            self.minutes += 1
            self.trouble(minute)
            self.reload_if_wanted()
            ahead = began + LASTS * minute * 60 / DAY - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            assert self.process.poll() is None, 'the daemon ended at minute %d' % minute


def hold_memory(day):
    """what is allocated, as malloc (or the sanitizer) counts it; and what of it is resident, which a sanitizer inflates"""
    print('        memory, MiB: %s' % {m: {k: round(v / 2**20, 2) for k, v in now.items()} for m, now in day.marks.items()})
    early, late = day.marks[360], day.marks[DAY // 60]
    for what in ('heap_bytes',) if is_sanitized() else ('heap_bytes', 'memory_bytes'):
        assert late[what] <= early[what] * 1.02, '%s grew by %.1f %% from the sixth hour to the end' % (what, 100 * (late[what] / early[what] - 1))


def hold_descriptors(day):
    first = day.open[360]
    for minute, names in day.open.items():
        assert names == first, 'at minute %d there are %s, and are no more %s' % (
            minute, list((collections.Counter(names) - collections.Counter(first)).elements()), list((collections.Counter(first) - collections.Counter(names)).elements()))


def hold_sums(day, health, alerts):
    """what one stage says it gave, the next says it got"""
    sums.hold(health, fresh=True)
    stats = health['stats'][0]
    assert health['frames'] == day.sent == stats['capture']['packets'], (health['frames'], day.sent, stats['capture'])
    assert health['kernel_dropped'] == health['queue_dropped'] == 0
    flow = stats['flow']
    assert flow['created'] >= day.minutes + len(PLCS) and flow['active'] == 0 and flow['evicted'] == 0, flow
    modbus = stats['modbus']
    asked = day.minutes * 60 * len(PLCS) + day.minutes
    assert modbus['requests'] == modbus['responses'] == asked, (modbus, asked)
    assert stats['tcp']['gaps'] == stats['tcp']['retransmissions'] == 0 and stats['capture']['duplicates'] == 0, stats['tcp']
    # each record is judged now or is in the count of one that is
    assert health['records'] >= asked and health['judged'] < health['records'] / 5, (health['records'], health['judged'])
    assert health['alerts'] == len(alerts) and health['alerts'] > 0, (health['alerts'], len(alerts))
    assert health['alerts_told'] == health['outbox_rows'], (health['alerts_told'], health['outbox_rows'])
    assert health['outbox_dropped'] == health['commit_errors'] == health['ledger_write_errors'] == health['facts_evicted'] == 0, health
    links = [json.loads(line) for line in day.rig.sekisho('links', '--json', '--state', day.rig.dir / 's').stdout.splitlines()]
    polled = {k['dest']['ip']: k for k in links if k['protocol'] == 'modbus' and k['src']['ip'] == HMI.ip}
    assert len(polled) == len(PLCS), sorted(polled)
    told = sum(k['count'] for k in links if k['protocol'] == 'modbus')
    assert told >= asked, 'conversations count %d of %d transactions' % (told, asked)


def hold_delivery(day, told):
    """each alert once in the stream, in order, and each in the file or one of its former ones"""
    entries = day.redis.stream()
    numbers = [int(f['seq']) for _, f in entries]
    assert len(entries) == told, (len(entries), told)
    assert numbers == sorted(set(numbers)), 'twice, or out of order'
    lines = sum(1 for p in (day.rig.dir / 'eve').iterdir() for line in p.read_text().splitlines() if '"event_type":"alert"' in line)
    assert lines == told, (lines, told)


def test_a_day(rig):
    day = Day(rig)
    day.pass_by()
    day.pipe.close()
    assert day.process.wait(60) == 0, day.log()[-2000:]
    hold_memory(day)
    hold_descriptors(day)
    assert day.is_reloaded(), (day.reloads, day.log()[-3000:])
    health = json.loads(rig.sekisho('health', '--state', rig.dir / 's', '--json', status=None).stdout)
    hold_sums(day, health, rig.alerts(rig.dir / 's'))
    hold_delivery(day, health['alerts_told'])


main(globals())
