/*
 * What a report is made from: one snapshot of the ledger and one of the alerts, the time that it is of, and the
 * document that it becomes. Each kind of report is a function in a file of its own; it asks for figures by SQL, and
 * names beside each the command by which a reader gets the same number.
 */
#ifndef SEKISHO_APP_REPORT_REPORT_H
#define SEKISHO_APP_REPORT_REPORT_H

#include <sqlite3.h>

#include "app/report/doc.h"
#include "app/report/period.h"
#include "app/targets.h"
#include "base/log.h"

enum report_db { IN_LEDGER, IN_ALERTS };

struct report {
	struct doc doc;
	struct period period;
	const char *state_dir;
	const char *where;           /* "--state DIR" or "--config FILE", as the commands take it; "" */
	char site[256], sensor[256]; /* "" where nobody said */
	sqlite3 *db[2];              /* IN_ALERTS: NULL where there are none yet */
	bool japanese;
	int64_t now_ns;
	struct targets targets;
	const char *device; /* report_device()'s */
	int err;            /* the first failure, -errno, with @c: nothing may be written then */
	struct complaint *c;
	void (*progress)(unsigned percent, const char *what); /* or NULL */
};

/** Opens both snapshots. @where, @period: borrowed or copied as they are. @return 0; -errno with @c filled. */
int report_open(struct report *r, const char *kind, const char *state_dir, struct complaint *c);
void report_close(struct report *r);

/* In SQL, ?1 is the beginning of the time and ?2 its end, nanoseconds; both may be left unused. */

/** The number that a query gives; 0 where it gives none. */
double report_number(struct report *r, enum report_db db, const char *sql);

/** A query to be stepped by report_step() until that is false; NULL where the alerts do not exist yet or it failed. */
sqlite3_stmt *report_query(struct report *r, enum report_db db, const char *sql);
bool report_step(struct report *r, sqlite3_stmt *s); /* the last call, false, also frees it; NULL: false */
/** Text of a column, "" for none; borrowed until the next step. */
const char *report_text(sqlite3_stmt *s, int column);

/** "sekisho COMMAND --state DIR", with the time of the report where @dated. Kept as long as the report. */
const char *report_how(struct report *r, const char *command, bool dated);

/** The same figure by SQLite's own command, where sekisho has none: "sqlite3 -readonly DIR/ledger.db "SELECT ..."". */
const char *report_how_sql(struct report *r, enum report_db db, const char *sql);

/* Points in time in the words of the report's language; kept as long as the report. */
const char *report_time(struct report *r, int64_t ns);
const char *report_short_time(struct report *r, int64_t ns); /* without the year where it is the report's */
/** "3 h 20 min", "3時間20分". */
const char *report_span(struct report *r, int64_t ns);

/** The part of the time that this sensor watched: @seen_ns of it, up to now; frames, and those known to be lost. */
struct coverage {
	int64_t whole_ns, seen_ns;
	double frames, lost;
	unsigned gaps;
};
struct coverage report_coverage(struct report *r);
/** Percent of the frames. */
double coverage_loss(const struct coverage *k);

/* Parts that several reports have. */
void report_put_title(struct report *r, const char *title);
/** Figures: for what part of the time this speaks, and how much was lost. */
void report_put_watched(struct report *r, const struct coverage *k);
/** The end of each report: what a mirror port cannot see; the audit trail's rows and the hash of the last, which a
 * report that was changed afterwards does not fit. */
void report_put_end(struct report *r);
/** The name of a device, else its number. Kept as long as the report. */
const char *report_device(struct report *r, int64_t asset_no);

/** What a person reads of one alert, in the report's language. */
struct alert_texts {
	char title[512], action[2048], from[128], to[128];
};
/** Empty where it is gone meanwhile. */
void report_alert_texts(struct report *r, const char *alert_id, struct alert_texts *out);

void report_daily(struct report *r);
void report_meti(struct report *r);
void report_monthly(struct report *r);
void report_jnsa(struct report *r);
void report_register(struct report *r);
void report_handover(struct report *r);

#endif
