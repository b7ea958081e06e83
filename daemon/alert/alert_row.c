#include "alert/alert_row.h"

#include <string.h>

#include "alert/alert_json.h"
#include "alert/alerts_db.h"
#include "alert/drills.h"

bool alert_row_json(sqlite3_stmt *s, const char *change, struct json *j)
{
	const char *state = alerts_db_text(s, 4);
	struct alert_life life = {.first_seen_ns = sqlite3_column_int64(s, 1),
				  .last_seen_ns = sqlite3_column_int64(s, 2),
				  .count = (uint64_t)sqlite3_column_int64(s, 3),
				  .state = state,
				  .change = change,
				  .incident = alerts_db_text(s, 5),
				  .pcap = alerts_db_text(s, 6),
				  .sha256 = alerts_db_text(s, 7),
				  .who = alerts_db_text(s, 8),
				  .reason = alerts_db_text(s, 9),
				  .until_ns = strcmp(state, "muted") == 0 ? sqlite3_column_int64(s, 10) : 0,
				  .evidence_open = sqlite3_column_int(s, 11) != 0};

	json_reset(j);
	json_put(j, alerts_db_text(s, 0), (size_t)sqlite3_column_bytes(s, 0));
	alert_json_life(j, &life);
	return !j->overflow;
}

int alert_fetch_begin(struct alert_fetch *f, sqlite3 *db)
{
	static const char *const sql[] = {"SELECT " ALERT_ROW_COLUMNS " FROM " ALERTS_WITH_TEXT " WHERE a.no = ?1",
					  "SELECT " DRILL_ROW_COLUMNS " FROM drill_alerts WHERE no = ?1"};
	int code = SQLITE_OK;

	*f = (struct alert_fetch){{NULL, NULL}};
	for (int i = 0; i < 2 && code == SQLITE_OK; i++)
		code = alerts_db_prepare(db, sql[i], &f->of[i]);
	return code;
}

int alert_fetch(struct alert_fetch *f, int64_t no, bool of_drill, struct json *j)
{
	sqlite3_stmt *s = f->of[of_drill];

	json_reset(j);
	sqlite3_bind_int64(s, 1, no);
	int code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		code = alert_row_json(s, NULL, j) ? SQLITE_OK : SQLITE_NOMEM;
	sqlite3_reset(s);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

void alert_fetch_end(struct alert_fetch *f)
{
	for (int i = 0; i < 2; i++)
		sqlite3_finalize(f->of[i]);
}
