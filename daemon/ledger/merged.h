/*
 * Devices that turned out to be another one and never had a row: they wait for the next batch, which writes them among
 * all others (ledger_bulk.h), instead of being written one by one in the middle of an event. Whoever reads such rows
 * out of the database writes them first.
 */
#ifndef SEKISHO_LEDGER_MERGED_H
#define SEKISHO_LEDGER_MERGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/asset.h"

enum { MERGED_MAX = 1024 };

struct ledger;
struct due;

struct merged {
	struct asset asset; /* no entry of a table any more */
	uint64_t into;
};

/** Those that wait: to be written (fresh), or for what was written to be committed. */
struct merged_list {
	struct merged *of; /* room for MERGED_MAX, made with the first */
	size_t n;
};

/** Takes @from over, its lists too; its entry is dead afterwards, but for the table. @return false where it is to be
 * written at once: it has a row, or there is no room, or some are on disk alone and may be asked for there. */
bool merged_take(struct ledger *l, const struct asset *from, uint64_t into);

/** Puts those that are not written into @due, which has room for MERGED_MAX. @return how many. */
size_t merged_due(struct ledger *l, struct due *due);

/** Writes them now, for who looks for them in the database. */
void merged_write(struct ledger *l);

/** What was written has been committed: they go. */
void merged_forget(struct ledger *l);

/** It was taken back: they are to be written again. */
void merged_again(struct ledger *l);

/** Zones are about to go: writes them, and whatever is to be written again has no place then. */
void merged_without_places(struct ledger *l);

uint64_t merged_ceiling_bytes(void);

#endif
