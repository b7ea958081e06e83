"""Do the counters of health.json agree with each other? Of a daemon (or a replay) that has stopped."""


def total(health, *path):
    return sum(sum(v.values()) if isinstance(v, dict) else v for v in (reach(s, path) for s in health['stats']))


def reach(value, path):
    for key in path:
        value = value[key]
    return value


def hold(health, fresh=False):
    """fresh: the state directory began with it, so that what is kept is what was told"""
    def same(what, a, b):
        assert a == b, '%s: %s and %s' % (what, a, b)

    for key in ('frames', 'bytes', 'kernel_dropped', 'queue_dropped'):
        if 'captures' in health:
            same(key + ' of all captures', health[key], sum(c[key] for c in health['captures']))
    same('frames of all lanes', health['frames'], total(health, 'capture', 'packets'))
    same('bytes of all lanes', health['bytes'], total(health, 'capture', 'bytes'))
    same('flows given up', total(health, 'flow', 'evicted'), total(health, 'flow', 'evicted_by_worth'))
    same('holes', health['unseen_gaps'], total(health, 'tcp', 'gaps'))

    # a record is judged itself, or held and in the count of one that is
    same('records', health['records'], health['judged'] - health['held_reports'] + health['held_by_gate'])
    same('what was judged', health['judged'], health['taken'] + health['queue_dropped'])
    assert health['held_reports'] <= health['held_by_gate'], (health['held_reports'], health['held_by_gate'])

    same('alerts', health['alerts'], sum(health['alerts_by_level'].values()))
    assert health['alerts'] <= health['alerts_told'] or health['findings_muted'], (health['alerts'], health['alerts_told'])
    if fresh:
        same('the outbox', health['alerts_told'], health['outbox_rows'] + health['outbox_removed'] + health['outbox_dropped'])
        for sink in health.get('sinks', ()):
            same('what %s got and lacks' % sink['name'], health['alerts_told'], sink['after_seq'] + sink['waiting'])
            # more where a receiver had lost what it acknowledged
            assert sink['delivered'] + sink.get('filtered', 0) >= sink['after_seq'], sink

    tables = {t['name']: t for t in health['tables']}
    for t in tables.values():
        assert t.get('entries', 0) <= t.get('capacity', float('inf')), t
    for name, entries, evicted in (('assets', 'assets', 'assets_evicted'), ('facts', None, 'facts_evicted'),
                                   ('alert_groups', 'alert_groups', 'alert_groups_evicted'), ('counted_keys', 'counted_keys', 'counted_keys_forgotten')):
        same(name + ' given up', tables[name]['evicted'], health[evicted])
        same(name, tables[name]['entries'], health[entries] if entries else tables[name]['entries'])
