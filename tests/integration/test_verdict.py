"""sekisho health in words: what is well, what is not and what to do first, of a health.json for each way of not being well."""
import datetime, json
from rig import main, scenes

WELL = {'captures': [{'name': 'eth1', 'live': True, 'frames': 5, 'silent_s': 1}], 'stopped': False, 'loss_pct_5m': 0, 'unseen_pct_5m': 0.2, 'database_failing': False,
        'state_free_bytes': 5e9, 'state_size_bytes': 1e10, 'sandbox': {'seccomp': True, 'landlock': True}, 'sinks': [{'name': 'redis', 'connected': True, 'delivered': 7, 'waiting': 0, 'away_s': 0}]}
SINK = WELL['sinks'][0]
ETH = WELL['captures'][0]
# what differs: exit status, a word of the English, one of the Japanese
CASES = [
    ({}, 0, 'The sensor is well', 'センサーは正常'),
    ({'captures': [{**ETH, 'silent_s': 130}]}, 1, 'eth1: no frame for 130 seconds', 'eth1: 130 秒間'),
    ({'captures': [{**ETH, 'link': 'up'}]}, 0, 'eth1: frames arrive, 5 so far', 'これまで 5 個'),
    ({'captures': [{**ETH, 'link': 'down'}]}, 1, 'eth1: the interface is down or has no link', 'eth1: インターフェースが停止しているか'),
    ({'captures': [{**ETH, 'link': 'gone', 'silent_s': 130}]}, 1, 'eth1: there is no such interface any more', 'eth1: このインターフェースがなくなりました'),
    ({'captures': [{**ETH, 'link': 'up', 'frames': 0}]}, 0, 'eth1: no frame has arrived yet', 'eth1: フレームはまだ1つも'),
    ({'state_lost': 'alerts.db'}, 1, 'alerts.db was removed or replaced', 'alerts.db が削除または置き換え'),
    ({'captures': [{**ETH, 'live': False, 'silent_s': 130}]}, 0, 'eth1: frames arrive', 'eth1: フレームが届いて'),
    ({'loss_pct_5m': 2.5, 'kernel_dropped': 44, 'queue_dropped': 3}, 1, 'lost 2.50 % of the last 5 minutes (since the start: 44 frames', '2.50 % をこのセンサーで取りこぼし'),
    ({'loss_pct_5m': 0.5}, 0, 'note   This sensor lost 0.50 %', '注意 直近5分間の 0.50 %'),
    ({'unseen_pct_5m': 3}, 1, '3.00 % of the last 5 minutes never reached', 'センサーには届いていません'),
    ({'database_failing': True}, 1, 'cannot be written', '保存できません'),
    ({'state_free_bytes': 5e8}, 1, '5 % of the disk', '空きは 5 %'),
    ({'ledger_damaged': '/x/ledger.db.damaged-1'}, 0, 'set aside as /x/ledger.db.damaged-1', '/x/ledger.db.damaged-1 に退避'),
    ({'sinks': [{**SINK, 'connected': False, 'away_s': 90, 'waiting': 12}]}, 1, 'redis: not reached for 90 seconds. 12 alerts wait', 'redis: 90 秒間'),
    ({'sinks': [{**SINK, 'connected': False, 'away_s': 9, 'waiting': 12}]}, 0, 'note   redis: not reached', '注意 redis: 9 秒間'),
    ({'sinks': [{**SINK, 'waiting': 5000}]}, 1, 'redis: reached, and 5000 alerts behind', '警報 5000 件が遅れて'),
    ({'sinks': []}, 0, 'No receiver is configured', '送り先が設定されていません'),
    ({'outbox_dropped': 8}, 0, '8 alerts left the full outbox', '8 件の警報が'),
    ({'tables': [{'name': 'assets', 'evicted': 9}]}, 0, 'Table assets has been full: 9', '表 assets があふれ'),
    ({'baseline_state': 1, 'baseline_facts': 7}, 0, 'is being learnt: 7 facts', 'これまでに 7 件'),
    ({'baseline_state': 1, 'baseline_learning_s': 7200, 'baseline_interrupted_s': 3600}, 0, 'note   Learning was interrupted by high or critical alerts for 60 of 120 minutes', '注意 学習した 120 分間のうち 60 分は'),
    ({'baseline_state': 2, 'baseline_facts': 7, 'baseline_learning_s': 7200, 'baseline_interrupted_s': 60}, 0, 'well   The baseline holds 7 facts', '正常 いつもの通信を 7 件'),
    ({'baseline_state': 2, 'baseline_facts': 7, 'baseline_learning_s': 7200, 'baseline_interrupted_s': 3600}, 0, 'note   The baseline is thin: high or critical alerts interrupted learning for 60 of 120', '注意 学習が足りません'),
    ({'baseline_state': 2, 'baseline_facts': 0, 'baseline_learning_s': 7200, 'baseline_interrupted_s': 7200}, 1, 'nothing was learnt (interrupted by high or critical alerts for 120 of 120', '学習期間 120 分のうち 120 分は'),
    ({'baseline_state': 3, 'baseline_facts': 0}, 0, 'note   Learning ended before', '注意 この台帳が何も見ないうちに'),
    ({'sandbox': {'seccomp': True, 'landlock': False}}, 0, 'lacks landlock', 'landlock がなく'),
    ({'stopped': True}, 1, 'sekishod was stopped at', '停止されています'),
    ({'written': '2026-01-02T03:04:05.000000+0000'}, 1, 'no sign of life since 2026-01-02', '2026-01-02 '),
    ({'captures': [{**ETH, 'name': 'eth\x1b[31m1\n', 'silent_s': 130}]}, 1, 'eth?[31m1?: no frame', 'eth?[31m1?: 130'),
]


def test_each_way_of_not_being_well(rig):
    state = rig.dir / 's'
    rig.sekisho('replay', '--no-sinks', '--state', state, scenes()[0])
    base = json.loads((state / 'health.json').read_text())
    assert 'sekisho replay' in rig.sekisho('health', '--state', state, '--lang', 'en').stdout
    for change, status, english, japanese in CASES:
        now = datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%f+0000')
        made = {**base, 'written': now, 'outbox_dropped': 0, **WELL, **change}
        (state / 'health.json').write_text(json.dumps(made))
        for lang, words, first in (('en', english, 'do first: '), ('ja', japanese, 'まず: ')):
            said = rig.sekisho('health', '--state', state, '--lang', lang, status=status).stdout
            assert words in said, (change, said)
            lines = said.splitlines()
            assert status == 0 or (lines[1].startswith(('FAULT ', '異常 ')) and first in lines[2]), said
            assert ('NOT well' in said or '異常があります' in said) == (status == 1), said
        # for programs it is as it was: the file, and no judgement
        assert json.loads(rig.sekisho('health', '--state', state, '--json').stdout) == made


def test_counters(rig):
    state = rig.dir / 's'
    rig.sekisho('replay', '--no-sinks', '--state', state, scenes()[0])
    lines = dict(line.split(None, 1) for line in rig.sekisho('health', '--state', state, '--counters').stdout.splitlines() if ' ' in line.strip())
    assert int(lines['frames']) > 0 and int(lines['alerts']) >= 0, lines


if __name__ == '__main__':
    main(globals())
