/*
 * What devices gained and lost waits here for the next batch, which writes it with the rows it belongs to: many at once
 * (ledger_bulk.h), and no transaction is begun in the middle of an event. Whoever reads or shortens a history in the
 * database writes it first.
 */
#ifndef SEKISHO_LEDGER_CHANGES_H
#define SEKISHO_LEDGER_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/asset.h"

enum {
	CHANGES_WAIT_MAX = 1024,
	CHANGES_TEXT_BYTES = CHANGES_WAIT_MAX * 64, /* of their values; addresses, most of them */
};

struct ledger;

/** What an asset had before and has now; "" where there was, or is, none. */
struct change {
	const char *attr; /* outlives the ledger */
	const char *value, *prev;
	struct note note;
};

struct waiting_change {
	uint64_t asset_no;
	int64_t at_ns;
	const char *attr;
	uint32_t value, prev; /* where they begin among the texts */
	struct seen_at seen;
	uint16_t source;
	uint8_t confidence;
};

/** Those that wait: to be written (from @put on), or for what was written to be committed. */
struct change_list {
	struct waiting_change *of; /* room for CHANGES_WAIT_MAX, made with the first */
	char *texts;
	uint32_t n, put, text_bytes;
};

/** Adds it to the asset's history, of which the last 500 rows are kept. What finds no room has others written; without
 * memory it is lost, and counted as an error of writing. */
void changes_note(struct ledger *l, struct asset *a, const struct change *ch);

/** Writes what is not written. @return false: it could not be; counted. */
bool changes_write(struct ledger *l);

/** What was written has been committed: it goes. */
void changes_forget(struct ledger *l);

/** It was taken back: what is here still is to be written again. */
void changes_again(struct ledger *l);

void changes_deinit(struct ledger *l);
uint64_t changes_ceiling_bytes(void);

#endif
