"""On a root file system that cannot be written: the daemon needs its state directory and nothing else, through start, reload and end."""
import json, os, signal, time
from rig import BUILD, PCAP_HEADER, Redis, listen_only_records, main, own_mounts, wait_for, writing_end

# the tree again, read-only, with the state directory as the one place to write to; and the proof that it is so
ENTER = '''
mount --rbind / "$0"
mount -o remount,bind,ro "$0"
mount --bind "$1" "$0$1"
for d in / /etc /var /usr "$2"; do ! touch "$0$d/x" 2>/dev/null || { echo "$d can be written"; exit 9; }; done
root=$0; shift 2
exec chroot "$root" "$@"
'''


def test_the_daemon(rig):
    """the alerts of a FIFO, with a reload in between, arrive as on any other system; the log complains of nothing"""
    state, root, fifo, redis = rig.dir / 'state', rig.dir / 'root', rig.dir / 'in.pcap', Redis(rig)
    state.mkdir()
    root.mkdir()
    os.mkfifo(fifo)
    config = rig.config('sensor: { name: factory-1 }\nstate: %s\ncapture: { files: [%s] }\nevidence: { level: high }\neve: { path: %s }\nredis: { url: "%s" }\n'
                        % (state, fifo, state / 'eve.json', redis.url), base=None)
    daemon = rig.start(*own_mounts(), 'sh', '-ec', ENTER, root, state, rig.dir, BUILD / 'sekishod', '--config', config)
    pipe = writing_end(fifo, daemon)
    pipe.write(PCAP_HEADER)
    log = rig.dir / 'unshare.log'
    fed = 0

    def feed():
        nonlocal fed
        pipe.write(listen_only_records(50, 1775001600.0 + 60 * fed, first=50 * fed))
        pipe.flush()
        fed += 1

    def answered():
        feed()   # lanes take a configuration over between frames
        time.sleep(0.2)
        return 'config: reloaded' in log.read_text()
    feed()
    feed()   # requests are given time for an answer: what judges the first is the time of the second
    wait_for('the first alerts', lambda: len(redis.stream()) >= 50)
    daemon.send_signal(signal.SIGHUP)
    wait_for('the reload', answered)
    pipe.close()
    assert daemon.wait(60) == 0, log.read_text()[-2000:]
    said = log.read_text()
    for word in ('annot', 'ead-only', 'ailed', 'error', 'can be written'):
        assert word not in said, said
    health = json.loads((state / 'health.json').read_text())
    assert health['commit_errors'] == health['ledger_write_errors'] == health['evidence_failed'] == 0 < health['evidence_written'], health
    assert len(rig.alerts(state)) == health['alerts'] >= 50 * fed and (state / 'eve.json').stat().st_size > 0


if os.geteuid() != 0 or os.system('unshare --mount true 2>/dev/null') != 0:
    test_the_daemon = None   # needs mounts of its own


main(globals())
