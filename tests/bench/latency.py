#!/usr/bin/env python3
"""latency.py: how long from the frame that raises an alert to its entry in Redis?

In a network namespace of its own (root), paced.py plays a plant into one end of a veth pair and writes down when, by the wall clock, it gave each frame that
raises an alert to the kernel. A sekishod with the defaults listens at the other end. A reader that blocks in XREAD writes down when it saw each entry. Exit
status 1 where the median is above `--median`, or the 99th percentile above `--p99`; where an alert is missing, too.
"""
import array, json, sys, threading, time

import outage
import paced
from rig import Rig, wait_for


class Reader(threading.Thread):
    """sees entries as they arrive"""

    def __init__(self, peer, alerts):
        super().__init__(daemon=True)
        self.ask, self.stream, self.n, self.seen, self.ended = peer.redis.client(), 'sekisho:{%s}:alerts' % peer.name, paced.side(alerts), {}, False
        self.start()

    def run(self):
        after = '0'
        while not self.ended:
            reply = self.ask('XREAD', 'COUNT', '1000', 'BLOCK', '500', 'STREAMS', self.stream, after)
            at = time.time()
            for after, f in reply[0][1] if reply else ():
                fields = dict(zip(f[::2], f[1::2]))
                if fields['rule'] == 'SKS-MB-06' and fields['change'] == 'new':
                    self.seen[paced.number_of(fields['src'], fields['dst'], self.n)] = at


def share(values, part):
    return values[min(len(values) - 1, int(part * len(values)))]


def main():
    options = outage.options_of(__doc__, kinds=(), seconds=60)
    options.add_argument('--median', type=float, default=250, help='ms (250)')
    options.add_argument('--p99', type=float, default=500, help='ms (500)')
    options = options.parse_args()
    outage.own_network(sys.argv)
    rig = Rig()
    try:
        peer = outage.Sekisho(rig, 'sensor', None)
        alerts = round(options.rate * options.seconds)
        reader = Reader(peer, alerts)
        outage.play(rig, options, options.seconds, [peer], lambda now: None)
        sent = array.array('d', (rig.dir / 'sent.f64').read_bytes())
        wait_for('all %d entries' % alerts, lambda: len(reader.seen) >= alerts, 30)
        reader.ended = True
        reader.join()
        took = sorted(1000 * (reader.seen[i] - at) for i, at in enumerate(sent))
        figures = {'alerts': alerts, 'frames_per_s': json.loads((rig.dir / 'sent.json').read_text())['frames'] / options.seconds, 'dropped': peer.dropped(),
                   'median_ms': share(took, 0.5), 'p90_ms': share(took, 0.9), 'p99_ms': share(took, 0.99), 'most_ms': took[-1], 'least_ms': took[0]}
        peer.end()
    finally:
        rig.close()
    print('%(alerts)d alerts beside %(frames_per_s).0f frames/s: median %(median_ms).0f ms, 90 %% %(p90_ms).0f ms, 99 %% %(p99_ms).0f ms, '
          'least %(least_ms).0f ms, most %(most_ms).0f ms, %(dropped)d frames dropped' % figures)
    return 0 if figures['median_ms'] <= options.median and figures['p99_ms'] <= options.p99 else 1


if __name__ == '__main__':
    sys.exit(main())
