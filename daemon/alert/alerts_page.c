#include "alert/alerts_page.h"

#include <stdio.h>

#include "alert/alert_json.h"
#include "alert/alert_row.h"
#include "alert/alerts_db.h"

#define WANTED                                                                                                         \
	" WHERE a.level >= ?1 AND (?2 IS NULL OR a.state = ?2) AND (?3 IS NULL OR a.src_zone = ?3 OR a.dest_zone = "   \
	"?3)"                                                                                                          \
	" AND (?4 IS NULL OR substr(a.rule_id, 1, length(?4)) = ?4)"
#define OLDER "SELECT EXISTS (SELECT 1 FROM alerts WHERE no <= (SELECT max(no) FROM alerts) - 50000)"
_Static_assert(ALERTS_PAGE_LOOKS_AT == 50000, "as in OLDER");
#define WITH_ID " AND a.alert_id = ?9"
/* The text of a body is no JSON until it is closed; what it says of its ends is written by us alone. */
#define WITH_ASSET                                                                                                     \
	" AND a.no > (SELECT ifnull(max(no), 0) FROM alerts) - ?7"                                                     \
	" AND instr(" ALERT_BODY ", '\"asset_id\":\"' || ?8 || '\"') > 0"

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, at);
}

/* The tables under @what: alerts, and those of drills, which take part in no device. */
static int prepare(sqlite3 *db, const char *what, const char *end, const struct alerts_page *p, sqlite3_stmt **out)
{
	const char *with_id = p->alert_id ? WITH_ID : "";
	char sql[2560];

	snprintf(sql, sizeof(sql),
		 "SELECT %s, 0 FROM %s" WANTED "%s%s UNION ALL SELECT %s, 1 FROM drill_alerts a" WANTED "%s%s%s", what,
		 p->asset_id ? ALERTS_WITH_TEXT : "alerts a", with_id, p->asset_id ? WITH_ASSET : "", what, with_id,
		 p->asset_id ? " AND 0" : "", end);
	int code = sqlite3_prepare_v2(db, sql, -1, out, NULL);
	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_int(*out, 1, (int)p->least_level);
	bind_text(*out, 2, p->state);
	bind_text(*out, 3, p->zone);
	bind_text(*out, 4, p->rule);
	sqlite3_bind_int64(*out, 5, p->limit); /* where there is none it is out of range, and left */
	sqlite3_bind_int64(*out, 6, (sqlite3_int64)p->offset);
	sqlite3_bind_int(*out, 7, ALERTS_PAGE_LOOKS_AT);
	bind_text(*out, 8, p->asset_id);
	bind_text(*out, 9, p->alert_id);
	return SQLITE_OK;
}

static int count(sqlite3 *db, const struct alerts_page *p, struct alerts_paged *out)
{
	sqlite3_stmt *s = NULL;
	int code = prepare(db, "count(*)", "", p, &s);

	while (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
		out->total += (uint64_t)sqlite3_column_int64(s, 0);
		code = SQLITE_OK;
	}
	sqlite3_finalize(s);
	out->older = p->asset_id && alerts_db_number(db, OLDER, 0) != 0;
	out->last_seq = (uint64_t)alerts_db_number(db, "SELECT max(seq) FROM outbox", 0);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int rows(sqlite3 *db, const struct alerts_page *p, void (*row)(void *ctx, const char *json), void *ctx)
{
	struct alert_fetch fetch;
	sqlite3_stmt *s = NULL;
	struct json j;
	int code = alert_fetch_begin(&fetch, db);

	json_init(&j, 2 * ALERT_JSON_MAX);
	if (code == SQLITE_OK)
		code = prepare(db, "a.no", " ORDER BY 1 DESC LIMIT ?5 OFFSET ?6", p, &s);
	while (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
		code = alert_fetch(&fetch, sqlite3_column_int64(s, 0), sqlite3_column_int(s, 1) != 0, &j);
		if (code == SQLITE_OK)
			row(ctx, json_cstr(&j));
	}
	json_deinit(&j);
	sqlite3_finalize(s);
	alert_fetch_end(&fetch);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

int alerts_page(const char *state_dir, const struct alerts_page *p, struct alerts_paged *out,
		void (*row)(void *ctx, const char *json), void *ctx, struct complaint *c)
{
	sqlite3 *db;
	int err = alerts_db_open(&db, state_dir, ALERTS_DB_READ, c);

	*out = (struct alerts_paged){0};
	if (err)
		return err;
	int code = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL); /* one moment for all of it */
	if (code == SQLITE_OK)
		code = count(db, p, out);
	if (code == SQLITE_OK)
		code = rows(db, p, row, ctx);
	if (code != SQLITE_OK)
		err = alerts_db_unread(state_dir, code, sqlite3_errmsg(db), c);
	sqlite3_close(db);
	return err;
}
