/*
 * Planned work as lists and reports have it: a row for each time that an entry takes place, with what was met of alerts
 * meanwhile.
 */
#ifndef SEKISHO_APP_WORK_TIMES_H
#define SEKISHO_APP_WORK_TIMES_H

#include <sqlite3.h>

#include "app/words.h"
#include "event/work.h"

enum work_state { WORK_PAST, WORK_NOW, WORK_COMING, WORK_CANCELLED, WORK_STATES };

/** "past", "now", "coming", "cancelled". */
const char *work_state_name(enum work_state state);
/** @return the state, or -1. */
int work_state_parse(const char *text);

struct work_row {
	const struct work *work;
	struct work_time time;
	enum work_state state;
};

struct work_filter {
	int kind, state;        /* -1: any */
	int64_t from_ns, to_ns; /* times that fall into these; to_ns 0: of each entry the one that counts now */
	int64_t now_ns;
};

struct work_rows {
	struct work_row *rows; /* by the time; to be freed */
	size_t n;
};

enum {
	WORK_ROWS_MAX = 400000
}; /* of a list: a year of as many entries as there are, each of them daily; more are left out */

/** The time of @w that counts at @now_ns: the one that holds, else the next, else the last. */
struct work_row work_row_now(const struct work *w, int64_t now_ns);

/** @return false: no memory. */
bool work_rows_of(const struct calendar *c, const struct work_filter *f, struct work_rows *out);

/** Of all rows, what lies within the filter's time. */
int64_t work_rows_ns(const struct work_rows *rows, const struct work_filter *f);

/** Alerts met, and those kept from being told, during this time of an entry and within the filter's; of all its times
 * where @f is of no time, or NULL. Alerts that were met in several times count once for each. */
struct work_alerts {
	int64_t all, muted;
};
struct work_alerts work_alerts_of(sqlite3 *ledger_db, const struct work_row *row, const struct work_filter *f);

/** "保守", "maintenance" ... of the language in use. */
const char *work_kind_word(enum work_kind kind);
const char *work_state_word(enum work_state state);
/** "毎週", "weekly"; "" for once. */
const char *work_every_word(enum work_every every);
/** What it concerns, in one line: "zone=cell-a rule=SKS-MB-10"; the word for the whole plant. @return @buf. */
const char *work_scope_text(const struct work *w, char *buf, size_t size);
/** The same for people: "zone Machining cell A, rule SKS-MB-10". @return @buf. */
const char *work_scope_words(const struct work *w, char *buf, size_t size);

#endif
