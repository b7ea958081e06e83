/*
 * The gate: what was said before is counted, not said again.
 *
 * A bounded table of facts already told: (conversation, kind of record, values of its KEY fields). A fact that is new,
 * or was told GATE_REPORT_NS of packet time ago or earlier, passes at once. In between it costs a look-up and a
 * counter; what was held back passes as one event with its count when that time is over, when the fact is evicted, and
 * at gate_flush(). What goes on being said is told so once; from there on every GATE_STEADY_NS, and at most two
 * GATE_REPORT_NS after it ends. Nothing is lost: the counts of what passes add up to what came in. Records that some
 * rule needs one by one pass whole: all of a kind, or those that a function of the rules picks. Which these are is
 * known when the rules have compiled.
 *
 * Where some rule counts distinct values within a window, the window is the same with the gate and without: what is new
 * passes at once, and a value that is held back is told again while it still stands there. What goes on is told again
 * GATE_STEADY_LATEST_NS after it was told at the latest; kinds whose windows may be shorter than that are told more
 * often, after GATE_BRIEF_LATEST_NS at the latest. In windows shorter still, rules want each record.
 *
 * Of records by which it may turn out who a device is, or that two are one (identities, identifying), what was never
 * told before lets all pass that is held back of its two ends and of the addresses named in it: what happened earlier
 * belongs to the devices as they were known then. What is said of them next is news again.
 *
 * What passes as a fact carries its number (event.fact): whoever comes next may know by it what he found out about the
 * same fact before. Each gate gives a number once, a higher one than to those before; a fact that was forgotten and
 * returns gets another one.
 *
 * What is not told again for a minute and a quarter is forgotten: it would pass as news anyway, and most facts are told
 * once.
 *
 * What a dissector tells under a short name (emit_end_as()) is found by it the next time, without its record: where the
 * fact is held back anyway, and none of its records can be picked. The names are a cache: who is not found builds his
 * record. What comes again under a name is counted beside it, in one line of memory, and added to what is held back of
 * the fact before that is told, and before the name gives way to another.
 *
 * One per worker, on the packet's side of the road.
 */
#ifndef SEKISHO_EVENT_GATE_H
#define SEKISHO_EVENT_GATE_H

#include "event/event.h"

#define GATE_REPORT_NS (INT64_C(10) * 1000000000)
#define GATE_STEADY_NS (INT64_C(30) * 1000000000) /* what is polled for years need not be counted up more often */

/* Held back just before it is due, and looked at a GATE_REPORT_NS later; where it was found to go on, once more. A
 * second for who looks only now and then. */
#define GATE_BRIEF_LATEST_NS  (2 * GATE_REPORT_NS + INT64_C(1000000000))
#define GATE_STEADY_LATEST_NS (GATE_STEADY_NS + 2 * GATE_REPORT_NS)

struct gate;

/**
 * @cap      most facts kept
 * @next     gets what passes
 * @return   NULL when memory is short
 */
struct gate *gate_new(uint32_t cap, struct event_sink next);
void gate_free(struct gate *g);

/** Which of several gates it is, below 65536: their facts have different numbers. 0 unless told. */
void gate_set_no(struct gate *g, uint32_t no);

/** What of the records must pass in which way. Borrowed, as are the NULL-terminated lists; each may be NULL. */
struct gate_wants {
	const struct field_table *const *whole;      /* every record of these kinds passes, one by one */
	const struct field_table *const *brief;      /* these are told every GATE_REPORT_NS, even where they go on */
	const struct field_table *const *identities; /* before news of these kinds nothing of its ends is held back */
	const struct field_def *const *identifying;  /* ... of other kinds, where it has one of these fields */
	bool (*picks)(const void *ctx, const struct event *ev); /* a record that it picks passes */
	const void *ctx;
	/* may a record be picked that says the same as @ev in all that makes a fact, @same_fields: and has the same
	 * fields? NULL: each may */
	bool (*may_pick)(const void *ctx, const struct event *ev, bool same_fields);
};

/** Is a kind to be brief whose values are counted within @window_ns (0: they are not)? */
static inline bool gate_must_be_brief(int64_t window_ns)
{
	return window_ns > 0 && window_ns <= GATE_STEADY_LATEST_NS;
}

/** From now on. */
void gate_want(struct gate *g, const struct gate_wants *wants);

/** @on false: every record of every kind passes. */
void gate_enable(struct gate *g, bool on);

/** An event_sink.take; ctx is the gate. */
void gate_take(void *gate, struct event *ev);

/** An event_again: counts exactly as gate_take() would have counted the record, or does nothing. */
bool gate_again(void *gate, const struct field_table *table, uint64_t alias, const struct origin *at);

/** An event_coming: asks the cache for what gate_again() will look at. */
void gate_coming(void *gate, uint64_t flow_id, uint64_t alias);

/** Reports what was held back for too long, who has waited longest first. Call now and then with packet time. */
void gate_tick(struct gate *g, int64_t now_ns);

/** Reports everything held back: at the end of a capture. In the order in which it was first held back. */
void gate_flush(struct gate *g);

struct gate_counters {
	uint64_t in, passed, held, evicted;
	uint64_t forgotten; /* told too long ago to make a difference: no loss */
	uint64_t reports;   /* of what passed: tells how many were held. in == passed - reports + held */
	uint32_t facts, cap;
};
struct gate_counters gate_count(const struct gate *g);

/** Memory ceiling of a gate of @cap facts. */
uint64_t gate_ceiling_bytes(uint32_t cap);

#endif
