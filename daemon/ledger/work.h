/*
 * Planned work in ledger.db (event/work.h): what people enter, end and cancel, each with its row of the audit trail in
 * the same transaction; and what was met of alerts meanwhile.
 *
 * Commands write beside a running daemon, which looks several times a second and takes the entries over at once
 * (ledger_calendar_age()). An entry is never changed: one that turned out to be different is cancelled and entered
 * anew, so that what was planned can be read later.
 */
#ifndef SEKISHO_LEDGER_WORK_H
#define SEKISHO_LEDGER_WORK_H

#include <sqlite3.h>

#include "base/log.h"
#include "event/work.h"
#include "ledger/register_write.h"

enum { WORK_WHO_MAX = 128, WORK_NOTE_MAX = 512 };

/** All entries, by number. @texts: with who, note and by. @return an SQLite code. */
int work_load(sqlite3 *db, bool texts, struct calendar *out);

/** The same for who has no database open. @return 0, also where there is no ledger yet; -errno with @c filled. */
int work_read(const char *state_dir, struct calendar *out, struct complaint *c);

/** Enters @n of them (who and note, or NULL), all or none; their numbers are filled in. @import: as what the audit
 * trail names the file, or NULL. @return 0; -errno with @c filled. */
int work_add(const char *state_dir, struct work *works, size_t n, const char *import, const struct person *by,
	     struct complaint *c);

/** The time that holds at @at_ns is over then. @return 0; -EINVAL with @c: no such entry, or none of its times holds.
 */
int work_end(const char *state_dir, int64_t no, int64_t at_ns, const struct person *by, struct complaint *c);

/** No time begins after @at_ns, and one that holds is over then. @return 0; -EINVAL with @c: no such entry, it is
 * cancelled already, or all of it is past. */
int work_cancel(const char *state_dir, int64_t no, int64_t at_ns, const struct person *by, struct complaint *c);

/** An alert that was found while an entry held. */
struct work_met {
	int64_t work_no, from_ns; /* and when that time of it began */
	char alert_id[32], rule[WORK_TEXT_MAX];
	int level;
	bool muted; /* kept from being told */
	uint64_t count;
	int64_t first_ns, last_ns;
};

enum {
	WORK_MET_MAX = 200000, /* rows of them; then the oldest go */
	WORK_MET_WAIT = 256,   /* wait for the next batch */
};

struct work_log {
	struct work_met wait[WORK_MET_WAIT];
	size_t n;
	int64_t rows;     /* about so many are kept; -1: nobody has counted yet */
	uint64_t removed; /* rows, since the start */
};

/** Notes it. @return false where there is no room: work_log_write() first. */
bool work_log_note(struct work_log *log, const struct work_met *m);
/** Inside a transaction; the caller empties the log when that is committed. @return an SQLite code. */
int work_log_write(struct work_log *log, sqlite3 *db);

#endif
