#include "alert/drills.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alerts_db.h"
#include "base/when.h"
#include "event/finding.h"

enum { DRILL_JSON_MAX = 1 << 20 };

int64_t drill_no_parse(const char *text)
{
	char *end;

	if (*text == 'D' || *text == 'd')
		text++;
	if (*text < '0' || *text > '9')
		return 0;
	errno = 0;
	long long no = strtoll(text, &end, 10);
	return *end || errno ? 0 : no;
}

static void put_time(struct json *j, const char *key, int64_t ns)
{
	char at[WHEN_TEXT_MAX];

	json_key(j, key);
	if (ns)
		json_str(j, when_format(ns, at));
	else
		json_null_value(j);
}

static void put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (*text)
		json_text(j, span_str(text));
	else
		json_null_value(j);
}

/* From the alert to what came of it, seconds. */
static void put_delay(struct json *j, const char *key, int64_t from_ns, int64_t to_ns)
{
	json_key(j, key);
	if (to_ns)
		json_f64(j, (double)((to_ns - from_ns) / (NS_PER_S / 10)) / 10);
	else
		json_null_value(j);
}

/* A target. */
static void put_minutes(struct json *j, const char *key, int64_t minutes)
{
	json_key(j, key);
	if (minutes)
		json_i64(j, minutes);
	else
		json_null_value(j);
}

/* An output that took it while nobody looked has it at a time that nobody knows. */
static int put_outputs(struct json *j, sqlite3 *db, int64_t drill, int64_t n, int64_t seq, int64_t at_ns)
{
	static const char sql[] = "SELECT s.name, ifnull(x.at, 0), x.at IS NOT NULL OR s.seq >= ?3 FROM sinks s"
				  " LEFT JOIN drill_sinks x ON x.drill = ?1 AND x.n = ?2 AND x.sink = s.name WHERE "
				  "s.active OR x.at IS NOT NULL"
				  " UNION ALL SELECT x.sink, x.at, 1 FROM drill_sinks x WHERE x.drill = ?1 AND x.n = ?2"
				  " AND x.sink NOT IN (SELECT name FROM sinks) ORDER BY 1";
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	json_key(j, "outputs");
	json_array_begin(j);
	if (code == SQLITE_OK) {
		sqlite3_bind_int64(s, 1, drill);
		sqlite3_bind_int64(s, 2, n);
		sqlite3_bind_int64(s, 3, seq);
	}
	while (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
		json_object_begin(j);
		json_kv_text(j, "name", span_str(alerts_db_text(s, 0)));
		json_kv_bool(j, "delivered", sqlite3_column_int(s, 2) != 0);
		put_time(j, "at", sqlite3_column_int64(s, 1));
		put_delay(j, "seconds", at_ns, sqlite3_column_int64(s, 1));
		json_object_end(j);
		code = SQLITE_OK;
	}
	json_array_end(j);
	sqlite3_finalize(s);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int put_alert(struct json *j, sqlite3 *db, int64_t drill, sqlite3_stmt *s)
{
	int64_t n = sqlite3_column_int64(s, 0), at = sqlite3_column_int64(s, 7), acked = sqlite3_column_int64(s, 8),
		closed = sqlite3_column_int64(s, 10);
	unsigned level = (unsigned)sqlite3_column_int(s, 3);

	json_object_begin(j);
	json_kv_u64(j, "n", (uint64_t)n);
	put_text(j, "alert_id", alerts_db_text(s, 1));
	put_text(j, "rule_id", alerts_db_text(s, 2));
	json_kv_str(j, "level", alert_level_name(level < LEVEL_COUNT ? (enum alert_level)level : LEVEL_INFO));
	put_text(j, "state", alerts_db_text(s, 4));
	put_text(j, "title_ja", alerts_db_text(s, 5));
	put_text(j, "title_en", alerts_db_text(s, 6));
	put_time(j, "at", at);
	put_time(j, "acked", acked);
	put_text(j, "acked_by", alerts_db_text(s, 9));
	put_delay(j, "acked_seconds", at, acked);
	put_time(j, "closed", closed);
	put_text(j, "closed_by", alerts_db_text(s, 11));
	put_delay(j, "closed_seconds", at, closed);
	put_minutes(j, "ack_minutes", sqlite3_column_int64(s, 13));
	put_minutes(j, "close_minutes", sqlite3_column_int64(s, 14));
	int code = put_outputs(j, db, drill, n, sqlite3_column_int64(s, 12), at);
	json_object_end(j);
	return code;
}

static int put_alerts(struct json *j, sqlite3 *db, int64_t drill)
{
	static const char sql[] =
	    "SELECT n, alert_id, rule_id, level, state, json_extract(body || '}}}', '$.sekisho.title_ja'),"
	    " json_extract(body || '}}}', '$.sekisho.title_en'), first_seen, acked, acked_by, closed, closed_by, seq,"
	    " ack_minutes, close_minutes"
	    " FROM drill_alerts WHERE drill = ?1 ORDER BY n";
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	json_key(j, "alerts");
	json_array_begin(j);
	if (code == SQLITE_OK)
		sqlite3_bind_int64(s, 1, drill);
	while (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW)
		code = put_alert(j, db, drill, s);
	json_array_end(j);
	sqlite3_finalize(s);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int put_drill(struct json *j, sqlite3 *db, sqlite3_stmt *s)
{
	char id[32];
	int64_t ended = sqlite3_column_int64(s, 8);

	json_reset(j);
	snprintf(id, sizeof(id), "D%lld", (long long)sqlite3_column_int64(s, 0));
	json_object_begin(j);
	json_kv_str(j, "drill", id);
	put_text(j, "scenario", alerts_db_text(s, 1));
	json_kv_u64(j, "version", (uint64_t)sqlite3_column_int64(s, 2));
	put_text(j, "title", alerts_db_text(s, 3));
	put_text(j, "note", alerts_db_text(s, 4));
	put_text(j, "by", alerts_db_text(s, 5));
	put_time(j, "started", sqlite3_column_int64(s, 6));
	put_time(j, "until", sqlite3_column_int64(s, 7));
	json_kv_str(j, "state", ended ? "ended" : "under_way");
	put_time(j, "ended", ended);
	put_text(j, "ended_by", alerts_db_text(s, 9));
	put_text(j, "remark", alerts_db_text(s, 10));
	int code = put_alerts(j, db, sqlite3_column_int64(s, 0));
	json_object_end(j);
	return code == SQLITE_OK && j->overflow ? SQLITE_NOMEM : code;
}

int drills_each(const char *state_dir, const struct drills_filter *f, void (*row)(void *ctx, const char *json),
		void *ctx, struct complaint *c)
{
	static const char sql[] =
	    "SELECT no, scenario, version, title, note, who, started, until, ended, ended_by, remark"
	    " FROM drills WHERE (?1 = 0 OR no = ?1) AND (NOT ?2 OR ended = 0) ORDER BY no DESC";
	sqlite3_stmt *s = NULL;
	sqlite3 *db;
	struct json j;
	int err = alerts_db_open(&db, state_dir, ALERTS_DB_READ, c);

	if (err)
		return err;
	json_init(&j, DRILL_JSON_MAX);
	int code = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
	if (code == SQLITE_OK) {
		sqlite3_bind_int64(s, 1, f->no);
		sqlite3_bind_int(s, 2, f->under_way);
	}
	while (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
		code = put_drill(&j, db, s);
		if (code == SQLITE_OK)
			row(ctx, json_cstr(&j));
	}
	if (code != SQLITE_DONE)
		err = alerts_db_unread(state_dir, code, sqlite3_errmsg(db), c);
	sqlite3_finalize(s);
	sqlite3_close(db);
	json_deinit(&j);
	return err;
}
