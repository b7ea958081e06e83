/*
 * What came of a fact the last time it was judged.
 *
 * What a plant's traffic repeats, the gate reports again and again under the fact's number (event.fact). As long as
 * nothing has changed that conditions read beside the fact itself - who stands at its ends, what conduits and baseline
 * say - the same of them hold, so they are not asked again; and where they count, they count for the same key.
 *
 * A cache, nothing else: who is not found is judged from the beginning. RECALL_FACTS places in sets of RECALL_WAYS; the
 * newcomer takes the place of the one of its set that was asked for longest ago.
 *
 * Lifetime: that of the rule set. Used by the analyst alone.
 */
#ifndef SEKISHO_RULES_RECALL_H
#define SEKISHO_RULES_RECALL_H

#include "engine/tally.h"
#include "event/event.h"

enum {
	RECALL_FACTS = 8192,
	RECALL_WAYS = 4,
	RECALL_WATCHES = 4, /* of one fact; one of which more come true is judged each time */
	RECALL_GATES = 64,  /* whose newest fact is known */
};

struct recall;

/* A condition that is to be looked at. */
struct recalled_watch {
	uint16_t no;            /* among those of the record's kind */
	bool held;              /* it holds; else it is to be asked: what it reads changes with time */
	struct tally_hint hint; /* where it counts */
};

struct recalled {
	uint64_t state;
	uint32_t n;
	struct recalled_watch watches[RECALL_WATCHES]; /* in the order of the rules: of most facts one line has all */
};

struct recall_counters {
	uint64_t found, replaced;
};

/** @return NULL when memory is short. */
struct recall *recall_new(void);
void recall_free(struct recall *r);

/** Forgets everything. */
void recall_forget(struct recall *r);

/**
 * What came of @ev's fact, or NULL where it is not known (any more) or something has changed since. @state: what has to
 * be handed to recall_note() then; 0 where it is not worth it, because the fact was never told before.
 */
struct recalled *recall_find(struct recall *r, const struct event *ev, uint64_t *state);

/** Keeps what came of @ev, with @state of recall_find(): @what's conditions. */
void recall_note(struct recall *r, const struct event *ev, uint64_t state, const struct recalled *what);

/** Asks the cache for the place where it stands what is known of @fact. */
void recall_fetch(const struct recall *r, uint64_t fact);

/** What is known of @fact, not looked at itself, or NULL: to ask the cache for it. */
const struct recalled *recall_guess(const struct recall *r, uint64_t fact);

struct recall_counters recall_count(const struct recall *r);

/** Most bytes that one takes. */
uint64_t recall_ceiling_bytes(void);

#endif
