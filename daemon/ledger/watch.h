/*
 * When this sensor watched, and how much of it came: a row an hour in ledger.db, so that a report can say for what time
 * it speaks. What lies between two rows was not watched: the daemon did not run, or the machine slept.
 */
#ifndef SEKISHO_LEDGER_WATCH_H
#define SEKISHO_LEDGER_WATCH_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum { WATCH_ROWS_MAX = 200000 }; /* more than twenty years; then the oldest go */

/* How far the sensor is. */
struct watched {
	int64_t first_ns;      /* time of the first packet, 0: none yet */
	int64_t at_ns;         /* the wall clock, or the time of packets in a replay */
	uint64_t frames, lost; /* since the start */
	bool live;             /* a step of the clock of more than a minute, or back, is no watching */
	bool last;             /* it ends here */
};

struct watch {
	int64_t no;            /* of the row; 0: not written yet */
	int64_t from_ns;       /* where it begins */
	int64_t hour;          /* that it is of */
	uint64_t frames, lost; /* all there were when it began */
	int64_t written_ns;    /* how far it reaches as it was written last */
	uint64_t removed;      /* rows beyond WATCH_ROWS_MAX, since the start */
	struct watched now;
};

/** Goes on to @now; a row that ends is written. */
void watch_note(struct watch *w, sqlite3 *db, const struct watched *now);

/** Is there something to write? A row that only grew waits for a minute. */
bool watch_is_due(const struct watch *w);

/** Writes the row. @return an SQLite code. */
int watch_write(struct watch *w, sqlite3 *db);

#endif
