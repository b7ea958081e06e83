/*
 * Counting: how many records, distinct values, ranges, or steps of a sequence have come together for one key within a
 * window of packet time.
 *
 * A tally holds one entry a key in a table (TALLY_BYTES of them), and what an entry keeps of distinct values in a pool,
 * as much as it has of them (TALLY_VALUE_BYTES together). Keys whose window is over make room for new ones; where
 * either is full all the same it forgets, of the keys that were quiet longest, the one that is furthest from its
 * threshold; what is forgotten is counted. Nothing else than packet time moves a window, so the same capture counts the
 * same in every run; a record that is a little older than its predecessor is put where it belongs.
 *
 * What is told is told once: an entry knows how much of what it counted has already been part of a finding.
 *
 * Lifetime: that of the rule set; tally_inherit() carries the entries over a reload. Used by the analyst alone.
 */
#ifndef SEKISHO_RULES_TALLY_H
#define SEKISHO_RULES_TALLY_H

#include <stdbool.h>

#include "base/pool.h"
#include "base/table.h"
#include "engine/operand.h"
#include "engine/threshold.h"
#include "event/finding.h"

enum {
	TALLY_BYTES = 1 << 19,       /* of the entries of one tally, about */
	TALLY_VALUE_BYTES = 1 << 19, /* of the values of all its entries */
	TALLY_KEYS_LEAST = 64,
	TALLY_KEYS_MOST = 8192,
	TALLY_EXACT_MAX = 64, /* up to this threshold every single time is kept; above it, a 64th of the window counts
				 as one moment */
	TALLY_DISTINCT_MAX = 4096,
	TALLY_STEPS_MAX = 8,
	TALLY_NAMES_MAX = 4, /* names that make one distinct value */
};

/** The names whose values are a key. */
struct tally_by {
	const struct operand *by;
	size_t n;
};

struct tally {
	enum counted_kind kind;
	struct threshold at_least, within; /* of a rate: within is one bucket */
	int64_t lasting_ns;                /* rate: so long without a bucket below the threshold */
	const char *of_name;
	const struct operand *of; /* sum, rate: what is added; distinct: the value; ranges: first and number */
	size_t n_of;
	size_t n_steps;
	uint32_t step_at_least[TALLY_STEPS_MAX];
	uint64_t identity; /* of its definition: equal ones may inherit */

	int64_t window_ns; /* one of its windows, and what people call it */
	char window[24];
	bool steady;       /* distinct, ranges: what is counted is the same for all records of a fact */
	uint8_t turn_bits; /* packet time without so many bits is another one after some part of the window */
	uint32_t slots;    /* of one entry, at most */
	struct table entries;
	struct pool **values; /* borrowed: what the pieces of its entries' values are from */
	size_t value_bytes;   /* of its pieces */
	uint64_t forgotten;   /* keys given up while their window was still open */
};

/**
 * Makes room for the entries.
 * @values  where the pool is to be found that values are kept in, of which each tally may take TALLY_VALUE_BYTES
 * @return  0, or -ENOMEM
 */
int tally_init(struct tally *t, struct pool **values);

/** The pieces in the pool are left to whoever frees it. */
void tally_deinit(struct tally *t);

/* Two independent hashes of the key's bytes: keys of any length cost the same. */
struct tally_key {
	uint64_t a, b;
};

/** What is known already of a record that is counted; all zero: nothing. */
struct tally_hint {
	struct tally_key key;
	uint64_t low, high; /* has_value: of the only value that a fact's records have, as the entry keeps it */
	uint32_t entry;     /* the number of the key's entry in its table, most likely */
	uint16_t value;     /* where the entry keeps the value, most likely */
	bool has_key, has_value;
};

/**
 * Counts @ev for its key.
 *
 * @step   of a sequence
 * @hint   NULL, or what an earlier call left there for a record with the same key
 * @fresh  how many occurrences are to be told that were not told before, and since when
 * @return is the threshold reached? Then @out is filled; what it borrows is good until the next call.
 */
bool tally_take(struct tally *t, const struct tally_by *by, unsigned step, const struct event *ev,
		struct tally_hint *hint, struct counted *out, uint64_t *fresh, int64_t *fresh_since_ns);

/** Asks the cache for the entry that @hint names; or, once that has come, for where it keeps the value. */
void tally_fetch(const struct tally *t, const struct tally_hint *hint);
void tally_fetch_value(const struct tally *t, const struct tally_hint *hint);

/** Forgets what was counted for the key of @ev: the row is broken. */
void tally_reset(struct tally *t, const struct tally_by *by, const struct event *ev);

/** Forgets everything. */
void tally_forget(struct tally *t);

/** Would @t take over what @from has counted? */
bool tally_may_inherit(const struct tally *t, const struct tally *from);

/** Takes over the entries of @from, which has those of @t afterwards. The pools must change hands as well. */
void tally_inherit(struct tally *t, struct tally *from);

/** Most bytes that it takes. */
uint64_t tally_ceiling_bytes(const struct tally *t);

#endif
