/*
 * Many new rows at once (ledger_bulk.c).
 */
#ifndef SEKISHO_LEDGER_LEDGER_BULK_H
#define SEKISHO_LEDGER_LEDGER_BULK_H

#include "ledger/ledger_state.h"

/** A row that is to be written. */
struct due {
	uint64_t no; /* the database's */
	void *row;
	uint64_t into; /* of a device that waits to be told of as merged (merged.h): which one it is, else 0 */
};

/** Writes all of @due, whose marks go by it, in the order of their numbers: so the pages of the database are gone
 * through once, instead of to and fro. @all: also what only was seen again.
 * @return false where a row could not be written, which is counted: what is left presses. (ledger_write.c)
 */
bool ledger_put_assets(struct ledger *l, struct due *due, size_t n, bool all);
/** The same for conversations. */
bool ledger_put_links(struct ledger *l, struct due *due, size_t n);

/** Writes the conversations that have news: their rows are looked for by their keys from now on. */
void ledger_put_news_of_links(struct ledger *l);

/** Writes those of @due, assets, of which there never was a row; *n: the others, which stand first then.
 * @all: as in a batch that writes what was seen again. */
bool ledger_bulk_assets(struct ledger *l, struct due *due, size_t *n, bool all);

/** The same for conversations. */
bool ledger_bulk_links(struct ledger *l, struct due *due, size_t *n);

/** All of @a's rows are as it is now. */
void ledger_has_rows(struct asset *a, bool all);
void ledger_link_has_row(struct link *k);

#endif
