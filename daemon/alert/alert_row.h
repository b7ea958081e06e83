/*
 * A row of the table alerts as the alert object: its body, closed by the life of today.
 */
#ifndef SEKISHO_ALERT_ALERT_ROW_H
#define SEKISHO_ALERT_ALERT_ROW_H

#include <sqlite3.h>

#include "alert/alerts_db.h"
#include "base/json.h"

/** What a SELECT from ALERTS_WITH_TEXT gives first, for alert_row_json(). */
#define ALERT_ROW_COLUMNS                                                                                              \
	ALERT_BODY ", first_seen, last_seen, count, state, incident, pcap, sha256, who, reason, until, evidence_open"

/** Writes the object into the emptied @j. @change: as in struct alert_life. @return false where memory is short. */
bool alert_row_json(sqlite3_stmt *s, const char *change, struct json *j);

#endif
