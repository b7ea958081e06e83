/*
 * The writer's side of the outbox: rows put down, and retention.
 *
 * A row goes when every sink has it and there are more, or more bytes, or older ones than is to be kept. One that some
 * sink lacks stays whatever its age, until there is twice as much as is to be kept: then the oldest of them go, or the
 * least important, as the site chose; that is an alert lost to a sink, and is counted.
 */
#ifndef SEKISHO_ALERT_OUTBOX_STORE_H
#define SEKISHO_ALERT_OUTBOX_STORE_H

#include <sqlite3.h>
#include <stddef.h>

#include "alert/outbox.h"
#include "base/bulk.h"

/* What a transaction changes and a failed one gives back. seq has no holes at the end; retention may leave some behind.
 */
struct outbox_counts {
	uint64_t last_seq, rows, bytes;
	uint64_t bytes_kept; /* as the table `meta` has them */
	int64_t last_ms;
};

struct outbox_store {
	sqlite3 *db;
	sqlite3_stmt *tell, *tell_many, *keep_bytes, *delivered, *oldest, *least, *drop;
	struct outbox_counts n;
	bool by_level; /* there is an index for the least important */
};

/** What retention took out. */
struct outbox_trimmed {
	uint64_t told;   /* rows that every sink had */
	uint64_t untold; /* rows that some sink had not: lost to it */
};

/** @db is borrowed. @return an SQLite code. */
int outbox_store_open(struct outbox_store *o, sqlite3 *db);
void outbox_store_close(struct outbox_store *o);

/** The wall clock of the rows that follow, ms; never falls. */
void outbox_store_now(struct outbox_store *o, int64_t now_ms);

/** What a row of the outbox takes, as its limit counts: its whole text. */
#define OUTBOX_ROW_BYTES "CASE WHEN bytes > 0 THEN bytes ELSE length(CAST(json AS BLOB)) END"

/** Inside a transaction. @return an SQLite code. */
int outbox_store_tell(struct outbox_store *o, enum alert_level level, const char *json, size_t len);

/** The same where the first @body_len bytes of the text are what `bodies` has of alert @no (alerts_db.h). */
int outbox_store_tell_body(struct outbox_store *o, enum alert_level level, int64_t no, size_t body_len,
			   const char *json, size_t len);

/**
 * The same for many rows at once, by bulk_run() of @o->tell_many with a next() that calls this for each: fills the
 * cells of one of them. It counts as told: of a statement that failed the counts are given back with its transaction.
 */
void outbox_store_tell_cells(struct outbox_store *o, struct bulk *b, enum alert_level level, int64_t no,
			     size_t body_len, const char *json, size_t len);

/** Deletes a little of what is beyond the limits, inside a transaction. @t is added to. @return an SQLite code. */
int outbox_store_trim(struct outbox_store *o, const struct outbox_limits *limits, struct outbox_trimmed *t);

/** Before the transaction is committed. @return an SQLite code. */
int outbox_store_settle(struct outbox_store *o);

#endif
