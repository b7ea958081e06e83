/*
 * New assets that must outlive a crash before their rows are written (born.c).
 */
#ifndef SEKISHO_LEDGER_BORN_H
#define SEKISHO_LEDGER_BORN_H

#include "ledger/ledger_state.h"

/** One row of the table attribute. @at: where it was said. */
struct attr_row {
	const char *attr, *value, *source;
	uint8_t confidence;
	bool current;
	int64_t first_ns, last_ns;
	const char *prev; /* or NULL */
	struct seen_at at;
};

/** The @i-th of what is known of @a; a MAC or address stands in @text. @return false: there are not so many. */
bool ledger_attr(const struct ledger *l, const struct asset *a, unsigned i, struct attr_row *r,
		 char text[static IP_TEXT_MAX]);

/** Calls @fn with all that is known of @a, row by row. @return whether each call returned true. */
bool ledger_each_attr(struct ledger *l, const struct asset *a, bool (*fn)(void *ctx, const struct attr_row *r),
		      void *ctx);

/* Values of columns that stand for more than one thing. */
const char *ledger_observed_zone(const struct ledger *l, const struct asset *a);
unsigned ledger_router_word(const struct asset *a);
unsigned ledger_by_ip_word(const struct asset *a);

/** Puts what has no rows and presses down as `born`; it is news from then on. Inside a transaction. */
bool born_write(struct ledger *l);

/** All assets have rows, with this transaction. */
bool born_forget(struct ledger *l);

/** Makes rows of what was born and got none, because nobody came to it. @return an SQLite code. */
int born_recover(sqlite3 *db);

#endif
