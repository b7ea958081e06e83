/*
 * A row of the table alerts as the alert object: its body, closed by the life of today.
 */
#ifndef SEKISHO_ALERT_ALERT_ROW_H
#define SEKISHO_ALERT_ALERT_ROW_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "alert/alerts_db.h"
#include "base/json.h"

/** What a SELECT from ALERTS_WITH_TEXT gives first, for alert_row_json(). */
#define ALERT_ROW_COLUMNS                                                                                              \
	ALERT_BODY ", first_seen, last_seen, count, state, incident, pcap, sha256, who, reason, until, evidence_open"

/** Writes the object into the emptied @j. @change: as in struct alert_life. @return false where memory is short. */
bool alert_row_json(sqlite3_stmt *s, const char *change, struct json *j);

/* Alerts one after the other by their number, real ones and those of drills. */
struct alert_fetch {
	sqlite3_stmt *of[2];
};

/** @return an SQLite code; alert_fetch_end() in any case. */
int alert_fetch_begin(struct alert_fetch *f, sqlite3 *db);
/** Writes alert @no as it stands into the emptied @j. @return an SQLite code; SQLITE_OK also where it is gone: @j is
 * empty then. */
int alert_fetch(struct alert_fetch *f, int64_t no, bool of_drill, struct json *j);
void alert_fetch_end(struct alert_fetch *f);

#endif
