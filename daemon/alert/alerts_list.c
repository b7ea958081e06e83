#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alert_json.h"
#include "alert/alert_row.h"
#include "alert/alerts_db.h"
#include "alert/outbox.h"

/* Which alerts a filter wants. ?11: an enum alerts_drills. */
#define WANTED                                                                                                         \
	" WHERE level >= ?1 AND (?2 IS NULL OR substr(rule_id, 1, length(?2)) = ?2)"                                   \
	" AND (?3 IS NULL OR src_zone = ?3 OR dest_zone = ?3) AND (?4 IS NULL OR state = ?4)"                          \
	" AND (?5 IS NULL OR alert_id = ?5) AND (?6 IS NULL OR incident = ?6) AND (?7 = 0 OR level < ?7)"              \
	" AND (?8 = 0 OR (CASE WHEN ?10 THEN last_seen ELSE first_seen END) >= ?8) AND (?9 = 0 OR first_seen < ?9)"

#define REAL      " FROM alerts" WANTED " AND ?11 <> 2"
#define OF_DRILLS " FROM drill_alerts" WANTED " AND ?11 <> 1"

/* Sorted without their texts. */
static const char query[] = "SELECT no, 0, first_seen, alert_id" REAL
			    " UNION ALL SELECT no, 1, first_seen, alert_id" OF_DRILLS " ORDER BY first_seen, alert_id";
static const char count_query[] = "SELECT (SELECT count(*)" REAL ") + (SELECT count(*)" OF_DRILLS ")";

static void bind_text_or_null(sqlite3_stmt *s, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, at);
}

static void bind_filter(sqlite3_stmt *s, const struct alerts_filter *f)
{
	sqlite3_bind_int(s, 1, (int)f->least_level);
	bind_text_or_null(s, 2, f->rule);
	bind_text_or_null(s, 3, f->zone);
	bind_text_or_null(s, 4, f->state);
	bind_text_or_null(s, 5, f->alert_id);
	bind_text_or_null(s, 6, f->incident);
	sqlite3_bind_int(s, 7, (int)f->below_level);
	sqlite3_bind_int64(s, 8, f->from_ns);
	sqlite3_bind_int64(s, 9, f->to_ns);
	sqlite3_bind_int(s, 10, f->active);
	sqlite3_bind_int(s, 11, f->drills);
}

int alerts_each(const char *state_dir, const struct alerts_filter *f, void (*row)(void *ctx, const char *json),
		void *ctx, struct complaint *c)
{
	static const struct alerts_filter all = {.least_level = LEVEL_INFO};
	sqlite3 *db;
	sqlite3_stmt *s = NULL;
	struct alert_fetch fetch = {{NULL, NULL}};
	struct json j;
	int err = alerts_db_open(&db, state_dir, ALERTS_DB_READ, c);

	if (err)
		return err;
	f = f ? f : &all;
	json_init(&j, 2 * ALERT_JSON_MAX);
	int code = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL); /* one moment for all of it */
	if (code == SQLITE_OK)
		code = alert_fetch_begin(&fetch, db);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(db, query, -1, &s, NULL);
	if (code == SQLITE_OK)
		bind_filter(s, f);
	while (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
		code = alert_fetch(&fetch, sqlite3_column_int64(s, 0), sqlite3_column_int(s, 1) != 0, &j);
		if (code == SQLITE_OK)
			row(ctx, json_cstr(&j));
	}
	if (code != SQLITE_DONE)
		err = alerts_db_unread(state_dir, code, sqlite3_errmsg(db), c);
	alert_fetch_end(&fetch);
	sqlite3_finalize(s);
	sqlite3_close(db);
	json_deinit(&j);
	return err;
}

int alerts_number(const char *state_dir, const struct alerts_filter *f, uint64_t *n, struct complaint *c)
{
	sqlite3 *db;
	sqlite3_stmt *s = NULL;
	int err = alerts_db_open(&db, state_dir, ALERTS_DB_READ, c);

	if (err)
		return err;
	int code = sqlite3_prepare_v2(db, count_query, -1, &s, NULL);
	if (code == SQLITE_OK) {
		bind_filter(s, f);
		code = sqlite3_step(s);
		*n = code == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(s, 0) : 0;
	}
	if (code != SQLITE_ROW)
		err = alerts_db_unread(state_dir, code, sqlite3_errmsg(db), c);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return err;
}
