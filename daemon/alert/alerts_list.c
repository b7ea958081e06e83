#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alert_json.h"
#include "alert/alert_row.h"
#include "alert/alerts_db.h"
#include "alert/outbox.h"

/* Sorted without their texts. */
static const char query[] = "SELECT " ALERT_ROW_COLUMNS " FROM (SELECT no FROM alerts"
			    " WHERE level >= ?1 AND (?2 IS NULL OR substr(rule_id, 1, length(?2)) = ?2)"
			    " AND (?3 IS NULL OR src_zone = ?3 OR dest_zone = ?3) AND (?4 IS NULL OR state = ?4)"
			    " AND (?5 IS NULL OR alert_id = ?5) AND (?6 IS NULL OR incident = ?6)"
			    " ORDER BY first_seen, alert_id LIMIT -1) o CROSS JOIN alerts a ON a.no = o.no"
			    " LEFT JOIN bodies b ON b.no = a.no";

static void bind_text_or_null(sqlite3_stmt *s, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, at);
}

int alerts_each(const char *state_dir, const struct alerts_filter *f, void (*row)(void *ctx, const char *json),
		void *ctx, struct complaint *c)
{
	static const struct alerts_filter all = {.least_level = LEVEL_INFO};
	sqlite3 *db;
	sqlite3_stmt *s = NULL;
	struct json j;
	int err = alerts_db_open(&db, state_dir, ALERTS_DB_READ, c);

	if (err)
		return err;
	f = f ? f : &all;
	json_init(&j, 2 * ALERT_JSON_MAX);
	int code = sqlite3_prepare_v2(db, query, -1, &s, NULL);
	if (code == SQLITE_OK) {
		sqlite3_bind_int(s, 1, (int)f->least_level);
		bind_text_or_null(s, 2, f->rule);
		bind_text_or_null(s, 3, f->zone);
		bind_text_or_null(s, 4, f->state);
		bind_text_or_null(s, 5, f->alert_id);
		bind_text_or_null(s, 6, f->incident);
		while ((code = sqlite3_step(s)) == SQLITE_ROW) {
			if (!alert_row_json(s, NULL, &j)) {
				code = SQLITE_NOMEM;
				break;
			}
			row(ctx, json_cstr(&j));
		}
	}
	if (code != SQLITE_DONE) {
		complain(c, state_dir, 0, 0, "alerts.db cannot be read: %s", sqlite3_errmsg(db));
		err = alerts_db_errno(code);
	}
	sqlite3_finalize(s);
	sqlite3_close(db);
	json_deinit(&j);
	return err;
}
