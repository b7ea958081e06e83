/*
 * STATE_DIR/alerts.db: opening it, its schema, and how SQLite's errors are told.
 *
 *   alerts   one row an alert: what identifies it, its life as columns
 *   bodies   its text (alert_json.h); that of alerts from before there was this table stands in alerts.body
 *   outbox   one row for each thing to be told, by seq; (ms, seq) rises strictly. The row by which an alert is told
 *            first goes on where its text in `bodies` ends; the view `told` has rows with their whole text
 *   sinks    how far each sink has delivered, whether it is configured, and where somebody sends it
 *   meta     'session': how often the store was opened for writing; 'outbox_bytes': of its JSON
 *   mutes, requests, incidents, incident_steps   what people did and ask for (mutes.h, requests.h), what belongs
 *            together (incidents.h)
 *   drills, drill_alerts, drill_sinks   practice and the alerts it raised, apart from those that are real (drills.h)
 *
 * A store of an older version is brought up in one transaction, with a copy beside it of what it was
 * (alerts.db.schema-N).
 *
 * WAL, so that sinks and commands read while the daemon writes. The writer syncs every commit (what a sink may hear of
 * is on disk); positions do not need that: one that is lost makes a sink look twice, not wrong.
 */
#ifndef SEKISHO_ALERT_ALERTS_DB_H
#define SEKISHO_ALERT_ALERTS_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/sqlite_company.h"

/** Alerts with their texts: a FROM, and the text in it. */
#define ALERTS_WITH_TEXT "alerts a LEFT JOIN bodies b ON b.no = a.no"
#define ALERT_BODY       "ifnull(b.text, a.body)"

enum alerts_db_use {
	ALERTS_DB_WRITE,   /* the daemon: creates what is not there */
	ALERTS_DB_DELIVER, /* sinks: read, keep positions */
	ALERTS_DB_READ,
};

/**
 * @return 0; -ENOENT where there is none and @use does not create one; -EINVAL where the file is something else,
 * -ENOTSUP where it is of a newer version, or of an older one and not @use ALERTS_DB_WRITE (it is left alone); -EIO,
 * -ENOSPC, -EACCES. @c is filled on every error.
 */
int alerts_db_open(sqlite3 **out, const char *state_dir, enum alerts_db_use use, struct complaint *c)
    __attribute__((warn_unused_result));

/** ALERTS_DB_WRITE in other company than SQLITE_SHARED. */
int alerts_db_open_in(sqlite3 **out, const char *state_dir, enum sqlite_company company, struct complaint *c)
    __attribute__((warn_unused_result));

/** Are there alerts that a newer version wrote? @c says so. */
bool alerts_db_is_newer(const char *state_dir, struct complaint *c);

/** Prepares a statement that is kept. @return an SQLite code. */
int alerts_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out);

/** The text of a column, "" where there is none. Borrowed until the next step. */
const char *alerts_db_text(sqlite3_stmt *s, int column);

/** Runs a statement that gives no rows and resets it. @return an SQLite code, SQLITE_OK when done. */
int alerts_db_run(sqlite3_stmt *s);

/** The number that @sql gives, or @otherwise where it gives none. */
int64_t alerts_db_number(sqlite3 *db, const char *sql, int64_t otherwise);

/** -ENOSPC, -EACCES, -ENOMEM, -EINVAL (damaged) or -EIO for an SQLite code; 0 for SQLITE_OK. */
int alerts_db_errno(int code);

/** Says that the alerts cannot be read, for @code, in SQLite's words @why; of a damaged file, what to do. @return the
 * code's alerts_db_errno(). */
int alerts_db_unread(const char *state_dir, int code, const char *why, struct complaint *c);

#endif
