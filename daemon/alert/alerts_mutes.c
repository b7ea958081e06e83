/* Mutes listed, with how often each applied. */
#include <errno.h>

#include "alert/alerts_db.h"
#include "alert/outbox.h"
#include "base/when.h"

enum { MUTE_JSON_MAX = 16384 };

static void put_time(struct json *j, const char *key, int64_t ns)
{
	char at[WHEN_TEXT_MAX];

	json_key(j, key);
	if (ns)
		json_str(j, when_format(ns, at));
	else
		json_null_value(j);
}

static void put_row(struct json *j, sqlite3_stmt *s)
{
	static const char *const texts[] = {"alert_id", "rule", "src", "dest", "zone", "reason", "by"};

	json_reset(j);
	json_object_begin(j);
	json_kv_u64(j, "no", (uint64_t)sqlite3_column_int64(s, 0));
	for (int i = 0; i < 7; i++) {
		const char *text = (const char *)sqlite3_column_text(s, 1 + i);
		json_key(j, texts[i]);
		if (text && *text)
			json_text(j, span_str(text));
		else
			json_null_value(j);
	}
	put_time(j, "at", sqlite3_column_int64(s, 8));
	put_time(j, "until", sqlite3_column_int64(s, 9));
	json_kv_u64(j, "applied", (uint64_t)sqlite3_column_int64(s, 10));
	put_time(j, "last_applied", sqlite3_column_int64(s, 11));
	put_time(j, "ended", sqlite3_column_int64(s, 12));
	json_object_end(j);
}

int alerts_each_mute(const char *state_dir, bool ended, void (*row)(void *ctx, const char *json), void *ctx,
		     struct complaint *c)
{
	static const char query[] = "SELECT no, alert_id, rule, src, dest, zone, reason, who, at, until, applied, "
				    "last_applied, ended FROM mutes WHERE ?1 OR ended = 0 ORDER BY no";
	sqlite3 *db;
	sqlite3_stmt *s = NULL;
	struct json j;
	int err = alerts_db_open(&db, state_dir, ALERTS_DB_READ, c);

	if (err)
		return err;
	json_init(&j, MUTE_JSON_MAX);
	int code = sqlite3_prepare_v2(db, query, -1, &s, NULL);
	if (code == SQLITE_OK) {
		sqlite3_bind_int(s, 1, ended);
		while ((code = sqlite3_step(s)) == SQLITE_ROW) {
			put_row(&j, s);
			row(ctx, json_cstr(&j));
		}
	}
	if (code != SQLITE_DONE)
		err = alerts_db_unread(state_dir, code, sqlite3_errmsg(db), c);
	sqlite3_finalize(s);
	sqlite3_close(db);
	json_deinit(&j);
	return err;
}
