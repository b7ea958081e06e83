"""A day of a plant in a minute (SEKISHO_LONG=1: in ten), through a FIFO into the whole daemon: with reloads, Redis away, rotated files and steps of the clock in between.

Held afterwards: memory flat, no descriptor left over, every frame counted, and the counters of the stages agree with each other.
"""
import json, os, pathlib, signal, struct, time
import frames
from rig import BUILD, Redis, main, wait_for, writing_end

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


def day():
    """(packet time of the day, bytes, frames) of each minute"""
    polls = [Polling(plc, 50000 + i) for i, plc in enumerate(PLCS)]
    step = 0
    for minute in range(DAY // 60):
        # the sensor that feeds us had its clock set: an hour on, then ten minutes back
        step = 3600 if minute >= 600 else step
        step = 3000 if minute >= 900 else step
        out = visit(START + step + minute * 60, minute)
        n = len(out)
        for second in range(60):
            at = START + step + minute * 60 + second
            for i, p in enumerate(polls):
                out.append(p.second(at, 1000 + i * 5000))
            n += 2 * len(polls)
        yield minute * 60, b''.join(out), n


def resident(process):
    """bytes of the process's own that are in memory; what the allocator has given back is not"""
    fields = dict(line.split(':', 1) for line in pathlib.Path('/proc/%d/smaps_rollup' % process.pid).read_text().splitlines()[1:])
    return int(fields['Anonymous'].split()[0]) * 1024


def descriptors(process):
    return sorted(os.readlink(p) for p in pathlib.Path('/proc/%d/fd' % process.pid).iterdir())


def is_sanitized():
    return b'__asan_init' in (BUILD / 'sekishod').read_bytes()


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
        self.sent, self.marks, self.reloads = 0, {}, 0

    def text(self, ring_s):
        return 'state: %s\ncapture: { files: [%s] }\nredis: { url: "%s" }\neve: { path: %s }\nlog: { level: %s }\n' % (
            self.rig.dir / 's', self.fifo, self.redis.url, self.rig.dir / 'eve' / 'eve.json', 'notice' if ring_s % 120 else 'info')

    def trouble(self, minute):
        """what an unlucky day brings"""
        if minute % 97 == 50:
            self.config = self.rig.config(self.text(60 + minute % 2 * 60))
            self.process.send_signal(signal.SIGHUP)
            self.reloads += 1
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
            self.process.send_signal(signal.SIGHUP)
            self.reloads += 1

    def pass_by(self):
        began = time.monotonic()
        for at, chunk, n in day():
            self.pipe.write(chunk)
            self.sent += n
            self.trouble(at // 60)
            if at // 60 in (360, 720, 1080):
                self.pipe.flush()
                time.sleep(2.5)   # what was fed is judged and counted
                self.marks[at // 60] = resident(self.process), len(descriptors(self.process))
            ahead = began + LASTS * at / DAY - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            assert self.process.poll() is None, 'the daemon ended at minute %d' % (at // 60)
        self.pipe.flush()
        time.sleep(3)
        self.marks[DAY // 60] = resident(self.process), len(descriptors(self.process))


def hold_memory(day):
    (early, _), (late, _) = day.marks[360], day.marks[1440]
    print('        memory: %s' % {m: '%.1f MiB' % (v / 2**20) for m, (v, _) in day.marks.items()})
    assert is_sanitized() or late <= early * 1.02, 'memory grew by %.1f %% from the sixth hour to the end: %s' % (100 * (late / early - 1), day.marks)


def hold_sums(day, health, alerts):
    """what one stage says it gave, the next says it got"""
    stats = health['stats'][0]
    assert health['frames'] == day.sent == stats['capture']['packets'], (health['frames'], day.sent, stats['capture'])
    assert health['kernel_dropped'] == health['queue_dropped'] == 0
    flow = stats['flow']
    assert flow['created'] >= DAY // 60 + len(PLCS) and flow['active'] == 0 and flow['evicted'] == sum(flow['evicted_by_worth'].values()) == 0, flow
    modbus = stats['modbus']
    asked = DAY * len(PLCS) + DAY // 60
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
    wait_for('Redis to have all', lambda: json.loads(rig.sekisho('health', '--state', rig.dir / 's', '--json', status=None).stdout)['alerts_told'] <= len(day.redis.stream()), 60)
    before = descriptors(day.process)
    day.pipe.close()
    assert day.process.wait(60) == 0, (rig.dir / 'sekishod.log').read_text()[-2000:]
    health = json.loads(rig.sekisho('health', '--state', rig.dir / 's', '--json', status=None).stdout)
    hold_memory(day)
    open_then = {n for _, n in day.marks.values()}
    assert max(open_then) - min(open_then) <= 2, 'descriptors: %s; at the end %s' % (day.marks, before)
    log = (rig.dir / 'sekishod.log').read_text()
    assert log.count('config: reloaded') == day.reloads, (log.count('config: reloaded'), day.reloads, log[-3000:])
    hold_sums(day, health, rig.alerts(rig.dir / 's'))
    hold_delivery(day, health['alerts_told'])


main(globals())
