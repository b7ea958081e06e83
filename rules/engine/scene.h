/*
 * Events written down in YAML, as a rule's tests have them:
 *
 *     events:
 *       - { src: { zone: office, level: L4 }, dest: { zone: cell-1 }, conduit: denied, modbus.function_raw: 6 }
 *       - { at: 30s, on: flow, src_ip: 10.0.0.9, times: 5, every: 2s }
 *       - { modbus.unit_id: 1, each: { modbus.unit_id: 1..12 } }
 *
 * The keys are the names of the rule language; a list is several values. What is not said has a default: two known
 * devices with addresses 10.0.0.1 and 10.0.0.2, TCP, no zones, no register. An event stands 100 ms after the one before
 * it; `at` is counted from the beginning.
 *
 * Lifetime: loading and testing, off the packet path.
 */
#ifndef SEKISHO_RULES_SCENE_H
#define SEKISHO_RULES_SCENE_H

#include "base/arena.h"
#include "engine/rule_file.h"
#include "event/event.h"

struct scene {
	const struct rule_file *file;
	const struct field_registry *fields;
	const char *on;                /* kind of record where an event does not say */
	const struct yaml_node *given; /* keys that every event begins with, or NULL */
	struct event_sink out;         /* gets each event in turn; borrowed for the call */
};

/** Plays @events, a list. @return 0; -EINVAL with @c filled; -ENOMEM. */
__attribute__((warn_unused_result)) int scene_play(const struct scene *s, const struct yaml_node *events,
						   struct complaint *c);

/** 2026-01-05 00:00 UTC, a Monday: when scenes begin. */
#define SCENE_BEGINS_NS (INT64_C(1767571200) * 1000000000)

#endif
