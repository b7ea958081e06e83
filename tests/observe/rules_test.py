#!/usr/bin/env python3
"""rules_test.py: each alert rule of configs/prometheus fires where it should, and not where all is well (promtool test rules; 77 without it)."""
import json, pathlib, re, shutil, subprocess, sys, tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
RULES = TOP / 'configs' / 'prometheus' / 'sekisho-alerts.yml'
SELF = '{job="sekisho", instance="box"}'
ETH = '{job="sekisho", instance="box", interface="eth1"}'
SINK = '{job="sekisho", instance="box", sink="redis"}'
TABLE = '{job="sekisho", instance="box", table="flows"}'
# all is well: what each metric says, minute by minute
WELL = {'up' + SELF: '1x60', 'sekisho_healthy' + SELF: '1x60', 'sekisho_last_frame_age_seconds' + ETH: '0x60', 'sekisho_kernel_dropped_frames_total' + ETH: '5x60',
        'sekisho_frames_total' + ETH: '0+60000x60', 'sekisho_queue_dropped_records_total' + ETH: '0x60', 'sekisho_unseen_ratio' + SELF: '0.001x60',
        'sekisho_outbox_dropped_alerts_total' + SELF: '0x60', 'sekisho_sink_away_seconds' + SINK: '0x60', 'sekisho_sink_queue_entries' + SINK: '3x60',
        'sekisho_database_failing' + SELF: '0x60', 'sekisho_state_free_bytes' + SELF: '5e9x60', 'sekisho_state_size_bytes' + SELF: '1e10x60',
        'sekisho_table_evictions_total' + TABLE: '7x60', 'process_resident_memory_bytes' + SELF: '1e8x60', 'sekisho_memory_ceiling_bytes' + SELF: '4e8x60',
        'process_start_time_seconds' + SELF: '1.7e9x60'}
# rule: what is different then
ILL = {'SekishoDown': {'up' + SELF: '0x60'}, 'SekishoNotWell': {'sekisho_healthy' + SELF: '0x60'}, 'SekishoBlind': {'sekisho_last_frame_age_seconds' + ETH: '0+60x60'},
       'SekishoLosesFrames': {'sekisho_kernel_dropped_frames_total' + ETH: '0+600x60'}, 'SekishoQueueDrops': {'sekisho_queue_dropped_records_total' + ETH: '0+1x60'},
       'SekishoMirrorLoses': {'sekisho_unseen_ratio' + SELF: '0.02x60'}, 'SekishoAlertsDropped': {'sekisho_outbox_dropped_alerts_total' + SELF: '0+1x60'},
       'SekishoSinkAway': {'sekisho_sink_away_seconds' + SINK: '0+60x60'}, 'SekishoSinkBehind': {'sekisho_sink_queue_entries' + SINK: '2000x60'},
       'SekishoDatabaseFailing': {'sekisho_database_failing' + SELF: '1x60'}, 'SekishoDiskNearlyFull': {'sekisho_state_free_bytes' + SELF: '5e8x60'},
       'SekishoTableFull': {'sekisho_table_evictions_total' + TABLE: '7+1x60'}, 'SekishoMemoryNearCeiling': {'process_resident_memory_bytes' + SELF: '5e8x60'},
       'SekishoRestarts': {'process_start_time_seconds' + SELF: '1.7e9+600x60'}}


def promtool(*arguments):
    return subprocess.run(['promtool', *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=120)


def case(series, firing):
    """promql_expr_test counts what fires, so that words may change without this test"""
    wanted = [{'labels': '{alertname="%s"}' % name, 'value': 1} for name in sorted(firing)]
    return {'interval': '1m', 'input_series': [{'series': k, 'values': v} for k, v in series.items()],
            'promql_expr_test': [{'expr': 'count by (alertname) (ALERTS{alertstate="firing"})', 'eval_time': '50m', 'exp_samples': wanted}]}


def main():
    text = RULES.read_text(encoding='utf-8')
    names = re.findall(r'- alert: (\w+)', text)
    wrong = ['%s: no test' % n for n in names if n not in ILL] + ['%s: no rule' % n for n in ILL if n not in names]
    for line in re.findall(r'^ +(?:summary|description): .*', text, re.M):   # both languages, side by side
        key = line.split(':')[0].strip()
        wrong += ['%s without %s_ja' % (line, key)] if text.count(key + ': ') != text.count(key + '_ja: ') else []
    if not shutil.which('promtool'):
        print('\n'.join(wrong + ['no promtool here (Debian package prometheus): whether the rules fire is not checked']))
        return 1 if wrong else 77
    checked = promtool('check', 'rules', RULES)
    wrong += [checked.stdout] if checked.returncode else []
    with tempfile.TemporaryDirectory() as d:
        path = pathlib.Path(d) / 'test.json'
        path.write_text(json.dumps({'rule_files': [str(RULES)], 'evaluation_interval': '1m',
                                    'tests': [case(WELL, set())] + [case({**WELL, **ill}, {name}) for name, ill in ILL.items()]}))
        tested = promtool('test', 'rules', path)
        wrong += [tested.stdout] if tested.returncode else []
    print('\n'.join(wrong) if wrong else '%d rules, each fires for its own reason alone' % len(names))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
