/*
 * Looking ahead: what judging a record will read is asked of memory while those before it are being judged.
 *
 * A record needs some ten places of tables that are larger than the cache, and each is known only when the one before
 * has come. Who takes records off a road shows the coming ones to ledger_look_ahead(), each as often as there are
 * others before it: every time it goes one step further. Nothing is changed, and nothing depends on it.
 */
#ifndef SEKISHO_LEDGER_AHEAD_H
#define SEKISHO_LEDGER_AHEAD_H

#include "event/event.h"

struct ledger;

enum { LEDGER_STEPS = 5 };

/** A coming record; {.ev = ...} at first. What it points to may be gone by the next step, but not its memory. */
struct ledger_ahead {
	const struct event *ev;
	const void *asset[2]; /* of its ends, NULL: not known */
	const void *flow;
	uint64_t flow_id; /* from step 1 on; set before where the record will be given another by then */
	uint64_t link_hash;
	unsigned step;
};

/** The next of LEDGER_STEPS steps. */
void ledger_look_ahead(const struct ledger *l, struct ledger_ahead *a);

#endif
