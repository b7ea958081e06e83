#include "alert/requests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alerts_db.h"
#include "base/when.h"

struct requests {
	sqlite3 *db;
	sqlite3_stmt *add, *result, *withdraw, *next, *reported;
};

static const char *const verbs[REQUEST_VERBS] = {"ack",    "close", "mute", "reopen", "learn",
						 "unmute", "start", "end",  "expire"};

const char *request_verb_name(enum request_verb verb)
{
	return verb < REQUEST_VERBS ? verbs[verb] : "";
}

int request_verb_parse(const char *name)
{
	for (int i = 0; i < REQUEST_OF_ALERTS; i++) {
		if (strcmp(verbs[i], name) == 0)
			return i;
	}
	return -1;
}

const char *request_result_name(enum request_result result)
{
	static const char *const names[REQUEST_RESULTS] = {
	    "waits",          "done",          "no_such_alert",    "already_so", "is_over",   "no_mute",
	    "too_many_mutes", "in_the_past",   "audit_failed",     "failed",     "no_daemon", "drill_under_way",
	    "no_such_drill",  "drill_is_over", "no_such_scenario", "is_a_drill"};

	return result < REQUEST_RESULTS ? names[result] : "";
}

int requests_open(struct requests **out, const char *state_dir, struct complaint *c)
{
	struct requests *q = calloc(1, sizeof(*q));

	*out = NULL;
	if (!q)
		return -ENOMEM;
	int err = alerts_db_open(&q->db, state_dir, ALERTS_DB_DELIVER, c);
	if (err) {
		free(q);
		return err;
	}
	const struct {
		sqlite3_stmt **at;
		const char *sql;
	} all[] = {
	    {&q->add,
	     "INSERT INTO requests(at, verb, target, rule, src, dest, zone, until, reason, who, login, via, key, title)"
	     " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, nullif(?13, ''), ?14)"},
	    {&q->result, "SELECT result FROM requests WHERE no = ?1"},
	    {&q->withdraw, "DELETE FROM requests WHERE no = ?1 AND result = 0"},
	    {&q->next, "SELECT no, verb, target, key, result FROM requests WHERE result > 0 AND key IS NOT NULL AND "
		       "reported = 0 ORDER BY no LIMIT 1"},
	    {&q->reported, "UPDATE requests SET reported = 1 WHERE no = ?1"},
	};
	int code = sqlite3_exec(q->db, "PRAGMA synchronous=FULL", NULL, NULL, NULL);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && code == SQLITE_OK; i++)
		code = alerts_db_prepare(q->db, all[i].sql, all[i].at);
	if (code != SQLITE_OK) {
		err = alerts_db_unread(state_dir, code, sqlite3_errmsg(q->db), c);
		requests_close(q);
		return err;
	}
	*out = q;
	return 0;
}

void requests_close(struct requests *q)
{
	if (!q)
		return;
	sqlite3_finalize(q->add);
	sqlite3_finalize(q->result);
	sqlite3_finalize(q->withdraw);
	sqlite3_finalize(q->next);
	sqlite3_finalize(q->reported);
	sqlite3_close(q->db);
	free(q);
}

int requests_add(struct requests *q, struct request *r)
{
	const char *const texts[] = {r->rule, r->src, r->dest, r->zone};
	sqlite3_stmt *s = q->add;

	sqlite3_bind_int64(s, 1, when_now_ns());
	sqlite3_bind_int(s, 2, (int)r->verb);
	sqlite3_bind_text(s, 3, r->target, -1, SQLITE_STATIC);
	for (int i = 0; i < 4; i++)
		sqlite3_bind_text(s, 4 + i, texts[i], -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 8, r->until_ns);
	sqlite3_bind_text(s, 9, r->reason, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 10, r->who, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 11, r->login, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 12, r->via, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 13, r->key, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 14, r->title, -1, SQLITE_STATIC);
	int code = alerts_db_run(s);
	r->no = sqlite3_last_insert_rowid(q->db);
	if ((code & 0xff) == SQLITE_CONSTRAINT)
		return -EEXIST;
	return alerts_db_errno(code);
}

enum request_result requests_result(struct requests *q, int64_t no)
{
	enum request_result result = REQUEST_WAITS;

	sqlite3_bind_int64(q->result, 1, no);
	if (sqlite3_step(q->result) == SQLITE_ROW)
		result = (enum request_result)sqlite3_column_int(q->result, 0);
	sqlite3_reset(q->result);
	return result;
}

bool requests_withdraw(struct requests *q, int64_t no)
{
	sqlite3_bind_int64(q->withdraw, 1, no);
	return alerts_db_run(q->withdraw) == SQLITE_OK && sqlite3_changes(q->db) > 0;
}

bool requests_next_answer(struct requests *q, struct request *r, enum request_result *result)
{
	bool found = sqlite3_step(q->next) == SQLITE_ROW;

	if (found) {
		*r = (struct request){.no = sqlite3_column_int64(q->next, 0),
				      .verb = (enum request_verb)sqlite3_column_int(q->next, 1)};
		snprintf(r->target, sizeof(r->target), "%s", (const char *)sqlite3_column_text(q->next, 2));
		snprintf(r->key, sizeof(r->key), "%s", (const char *)sqlite3_column_text(q->next, 3));
		*result = (enum request_result)sqlite3_column_int(q->next, 4);
	}
	sqlite3_reset(q->next);
	return found;
}

int requests_reported(struct requests *q, int64_t no)
{
	sqlite3_bind_int64(q->reported, 1, no);
	return alerts_db_errno(alerts_db_run(q->reported));
}
