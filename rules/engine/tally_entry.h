/*
 * Inside of a tally: its entries, one shape a kind of counting. Included by tally*.c alone.
 */
#ifndef SEKISHO_RULES_TALLY_ENTRY_H
#define SEKISHO_RULES_TALLY_ENTRY_H

#include "engine/tally.h"

/* What all entries begin with. */
struct tally_entry {
	struct tally_key key;
	int64_t newest_ns; /* latest packet time seen */
	uint64_t fresh;    /* counted, not told */
	uint64_t run;      /* told since the threshold was reached and as long as it held; 0: it does not hold */
	int64_t run_since_ns;
};

/* count and sum up to TALLY_EXACT_MAX: the latest times, ascending */
struct times_entry {
	struct tally_entry e;
	uint32_t used;
	int64_t times[];
};

/* count and sum above: TALLY_EXACT_MAX moments, a ring by their number */
struct moment {
	uint64_t count;
	int64_t first_ns;
};
struct moments_entry {
	struct tally_entry e;
	int64_t newest_no; /* of the moment that newest_ns is in */
	uint64_t total;
	struct moment moments[TALLY_EXACT_MAX];
};

struct rate_entry {
	struct tally_entry e;
	int64_t bucket_no;
	uint64_t in_bucket;
	uint64_t full; /* buckets before this one that reached the threshold without a gap */
	int64_t full_since_ns;
};

struct value_slot {
	uint64_t low;             /* a hash of the value; of a range: its lower end */
	int64_t came_ns, last_ns; /* in the window since then, without a pause; seen last */
};
struct range_slot {
	struct value_slot s;
	uint64_t high;
};
/* A piece of the pool holds the slots, and behind them the texts of the first COUNTED_SHOWN, one after the other; what
 * the numbers do not count is not written. */
struct values_entry {
	struct tally_entry e;
	uint16_t used, room;              /* slots */
	uint32_t bytes;                   /* of the piece */
	uint8_t shown_len[COUNTED_SHOWN]; /* of the first slots; 0 of those not used */
	uint8_t *piece;                   /* NULL where there is no room yet */
};

static inline uint32_t values_slots_bytes(const struct tally *t, uint32_t slots)
{
	return slots * (uint32_t)(t->kind == COUNTED_RANGES ? sizeof(struct range_slot) : sizeof(struct value_slot));
}

static inline struct value_slot *values_slot(const struct tally *t, const struct values_entry *e, uint32_t i)
{
	return (struct value_slot *)(void *)(e->piece + values_slots_bytes(t, i));
}

/* The text of slot @i, or with as many as there are: where the texts end. */
static inline char *values_shown(const struct tally *t, const struct values_entry *e, uint32_t i)
{
	char *at = (char *)e->piece + values_slots_bytes(t, e->room);

	for (uint32_t k = 0; k < i; k++)
		at += e->shown_len[k];
	return at;
}

/* Gives back what @e keeps. */
void values_drop(struct tally *t, struct values_entry *e);

/* Makes room: forgets the least worth of the keys that were quiet longest, but not @keep. @return false where there is
 * no other. */
bool tally_forget_one(struct tally *t, const void *keep, int64_t now_ns);

struct steps_entry {
	struct tally_entry e;
	uint32_t step; /* the one waited for */
	uint64_t n;    /* of it, so far */
	int64_t first_ns;
};

/* What came of counting one record. */
struct tally_result {
	bool reached;
	uint64_t fresh;
	int64_t fresh_since_ns;
};

/* Takes one record of weight @n at @ts_ns. */
struct tally_result times_take(struct times_entry *e, uint32_t slots, uint64_t at_least, int64_t within_ns,
			       int64_t ts_ns, uint64_t n);
struct tally_result moments_take(struct moments_entry *e, uint64_t at_least, int64_t within_ns, int64_t ts_ns,
				 uint64_t n);
struct tally_result rate_take(struct rate_entry *e, uint64_t at_least, int64_t per_ns, int64_t lasting_ns,
			      int64_t ts_ns, uint64_t n);
/* @hint: what was left there for a record of the same fact, or nothing; where its value was put is left there. */
struct tally_result values_take(struct tally *t, struct values_entry *e, uint64_t at_least, int64_t within_ns,
				const struct event *ev, struct tally_hint *hint);
/* Does the value of @hint stand in its window? Then it is put down at @ts_ns, and nothing comes of it. */
bool values_again(const struct tally *t, struct values_entry *e, int64_t ts_ns, const struct tally_hint *hint);
struct tally_result steps_take(const struct tally *t, struct steps_entry *e, unsigned step, int64_t within_ns,
			       int64_t ts_ns, uint64_t n);

/** The threshold has been reached (again): tells what is fresh, of at most @most that are in the window since
 * @since_ns. */
static inline struct tally_result tally_tell(struct tally_entry *e, uint64_t most, int64_t since_ns, int64_t ts_ns)
{
	struct tally_result r = {.reached = true, .fresh = e->fresh, .fresh_since_ns = ts_ns};

	if (e->run == 0) {
		r.fresh = e->fresh < most ? e->fresh : most;
		r.fresh_since_ns = since_ns;
		e->run_since_ns = since_ns;
	}
	e->run += r.fresh;
	e->fresh = 0;
	return r;
}

#endif
