/*
 * The gate: what was said before is counted, not said again.
 *
 * A bounded table of facts already told: (conversation, kind of record, values of its KEY fields). A fact not seen
 * before passes at once. A known one costs a look-up and a counter; what was held back passes as one event with its
 * count at most every GATE_REPORT_NS of packet time, when the fact is evicted, and at gate_flush(). Nothing is lost:
 * the counts of what passes add up to what came in. Kinds of record that some rule needs one by one pass whole; which
 * these are is known when the rules have compiled.
 *
 * One per worker, on the packet's side of the road.
 */
#ifndef SEKISHO_EVENT_GATE_H
#define SEKISHO_EVENT_GATE_H

#include "event/event.h"

#define GATE_REPORT_NS (INT64_C(10) * 1000000000)

struct gate;

/**
 * @cap      most facts kept
 * @next     gets what passes
 * @return   NULL when memory is short
 */
struct gate *gate_new(uint32_t cap, struct event_sink next);
void gate_free(struct gate *g);

/** Every record of these kinds (NULL-terminated, borrowed) passes, one by one, from now on. NULL: none. */
void gate_pass_whole(struct gate *g, const struct field_table *const *tables);

/** @on false: every record of every kind passes. */
void gate_enable(struct gate *g, bool on);

/** An event_sink.take; ctx is the gate. */
void gate_take(void *gate, struct event *ev);

/** Looks at a few facts and reports what they held back for too long. Call once per batch of packets with packet time.
 */
void gate_tick(struct gate *g, int64_t now_ns);

/** Reports everything held back: at the end of a capture. In the order in which it was first held back. */
void gate_flush(struct gate *g);

struct gate_counters {
	uint64_t in, passed, held, evicted;
	uint32_t facts, cap;
};
struct gate_counters gate_count(const struct gate *g);

/** Memory ceiling of a gate of @cap facts. */
uint64_t gate_ceiling_bytes(uint32_t cap);

#endif
