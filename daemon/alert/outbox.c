#include "alert/outbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alerts_db.h"

struct outbox {
	sqlite3 *db;
	sqlite3_stmt *read, *row_from, *last, *waiting, *position, *set_position, *want, *wanted, *take_wanted;
	char *text; /* the rows of the last outbox_read() */
	size_t size;
};

static int open_for(enum alerts_db_use use, struct outbox **out, const char *state_dir, struct complaint *c)
{
	struct outbox *o = calloc(1, sizeof(*o));

	*out = NULL;
	if (!o)
		return -ENOMEM;
	int err = alerts_db_open(&o->db, state_dir, use, c);
	if (err) {
		free(o);
		return err;
	}
	const struct {
		sqlite3_stmt **at;
		const char *sql;
	} all[] = {
	    {&o->read, "SELECT seq, ms, json FROM told WHERE seq > ?1 ORDER BY seq LIMIT ?2"},
	    {&o->row_from, "SELECT seq, ms FROM outbox WHERE seq >= ?1 ORDER BY seq LIMIT 1"},
	    {&o->last, "SELECT max(seq) FROM outbox"},
	    {&o->waiting, "SELECT count(*) FROM outbox WHERE seq > ?1"},
	    {&o->position, "SELECT seq FROM sinks WHERE name = ?1"},
	    {&o->set_position, "INSERT INTO sinks(name, seq) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET seq = "
			       "excluded.seq, active = 1"},
	    {&o->want, "UPDATE sinks SET wanted = ?2 WHERE name = ?1 AND active"},
	    {&o->wanted, "SELECT wanted FROM sinks WHERE name = ?1"},
	    {&o->take_wanted, "UPDATE sinks SET seq = wanted, wanted = NULL WHERE name = ?1"},
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		int code = alerts_db_prepare(o->db, all[i].sql, all[i].at);
		if (code != SQLITE_OK) {
			err = alerts_db_unread(state_dir, code, sqlite3_errmsg(o->db), c);
			outbox_close(o);
			return err;
		}
	}
	*out = o;
	return 0;
}

int outbox_open(struct outbox **out, const char *state_dir, struct complaint *c)
{
	return open_for(ALERTS_DB_DELIVER, out, state_dir, c);
}

int outbox_open_to_read(struct outbox **out, const char *state_dir, struct complaint *c)
{
	return open_for(ALERTS_DB_READ, out, state_dir, c);
}

void outbox_close(struct outbox *o)
{
	if (!o)
		return;
	sqlite3_stmt *all[] = {o->read,         o->row_from, o->last,   o->waiting,    o->position,
			       o->set_position, o->want,     o->wanted, o->take_wanted};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sqlite3_finalize(all[i]);
	sqlite3_close(o->db);
	free(o->text);
	free(o);
}

/* Copies a row's text behind the others; *used is an offset since the buffer may move. */
static bool keep_text(struct outbox *o, size_t *used, const void *json, size_t len)
{
	if (*used + len + 1 > o->size) {
		size_t size = o->size ? o->size : 65536;
		while (size < *used + len + 1)
			size *= 2;
		char *text = realloc(o->text, size);
		if (!text)
			return false;
		o->text = text;
		o->size = size;
	}
	memcpy(o->text + *used, json, len);
	o->text[*used + len] = '\0';
	*used += len + 1;
	return true;
}

int outbox_read(struct outbox *o, uint64_t after_seq, struct outbox_row *rows, int max)
{
	int n = 0, code;
	size_t used = 0;

	sqlite3_bind_int64(o->read, 1, (sqlite3_int64)after_seq);
	sqlite3_bind_int(o->read, 2, max);
	while ((code = sqlite3_step(o->read)) == SQLITE_ROW && n < max) {
		const void *json = sqlite3_column_text(o->read, 2);
		size_t len = (size_t)sqlite3_column_bytes(o->read, 2);
		if (!json || !keep_text(o, &used, json, len)) {
			code = SQLITE_NOMEM;
			break;
		}
		rows[n++] = (struct outbox_row){
		    .seq = (uint64_t)sqlite3_column_int64(o->read, 0),
		    .ms = sqlite3_column_int64(o->read, 1),
		    .len = len,
		};
	}
	/* the read transaction ends here: a statement left open would keep the WAL from being checkpointed */
	sqlite3_reset(o->read);
	if (code != SQLITE_DONE && code != SQLITE_ROW && n == 0)
		return alerts_db_errno(code);
	used = 0;
	for (int i = 0; i < n; i++) {
		rows[i].json = o->text + used;
		used += rows[i].len + 1;
	}
	return n;
}

/* The one number that @s gives, or 0. @return 1, 0 where there is no row or it is NULL, or -errno. */
static int number(sqlite3_stmt *s, int64_t *value)
{
	int code = sqlite3_step(s), found = 0;

	*value = 0;
	if (code == SQLITE_ROW && sqlite3_column_type(s, 0) != SQLITE_NULL) {
		*value = sqlite3_column_int64(s, 0);
		found = 1;
	}
	sqlite3_reset(s);
	return code == SQLITE_ROW || code == SQLITE_DONE ? found : alerts_db_errno(code);
}

/* The first row whose seq is @seq or more. @return 1, 0 where there is none, or -errno. */
static int row_from(struct outbox *o, int64_t seq, int64_t *row_seq, int64_t *row_ms)
{
	sqlite3_bind_int64(o->row_from, 1, seq);
	int code = sqlite3_step(o->row_from);
	if (code == SQLITE_ROW) {
		*row_seq = sqlite3_column_int64(o->row_from, 0);
		*row_ms = sqlite3_column_int64(o->row_from, 1);
	}
	sqlite3_reset(o->row_from);
	return code == SQLITE_ROW ? 1 : code == SQLITE_DONE ? 0 : alerts_db_errno(code);
}

int outbox_seek_id(struct outbox *o, uint64_t ms, uint64_t seq, uint64_t *after_seq)
{
	int64_t low, last, row_seq, row_ms;
	int found = row_from(o, 0, &low, &row_ms);

	*after_seq = 0;
	if (found <= 0)
		return found;
	found = number(o->last, &last);
	if (found <= 0)
		return found;
	/* (ms, seq) rises with seq: the first row above the id is found by halving */
	int64_t high = last + 1;
	while (low < high) {
		int64_t mid = low + (high - low) / 2;
		found = row_from(o, mid, &row_seq, &row_ms);
		if (found < 0)
			return found;
		if (!found || (uint64_t)row_ms > ms || ((uint64_t)row_ms == ms && (uint64_t)row_seq > seq))
			high = mid;
		else
			low = row_seq + 1;
	}
	*after_seq = (uint64_t)(low - 1);
	return 0;
}

uint64_t outbox_position(struct outbox *o, const char *sink)
{
	int64_t seq = 0;

	sqlite3_bind_text(o->position, 1, sink, -1, SQLITE_STATIC);
	(void)number(o->position, &seq);
	sqlite3_clear_bindings(o->position);
	return (uint64_t)seq;
}

int outbox_set_position(struct outbox *o, const char *sink, uint64_t seq)
{
	sqlite3_bind_text(o->set_position, 1, sink, -1, SQLITE_STATIC);
	sqlite3_bind_int64(o->set_position, 2, (sqlite3_int64)seq);
	int code = alerts_db_run(o->set_position);
	sqlite3_clear_bindings(o->set_position);
	return alerts_db_errno(code);
}

int outbox_last(struct outbox *o, uint64_t *seq)
{
	int64_t last = 0;
	int found = number(o->last, &last);

	*seq = (uint64_t)last;
	return found < 0 ? found : 0;
}

uint64_t outbox_last_seq(struct outbox *o)
{
	uint64_t last;

	(void)outbox_last(o, &last);
	return last;
}

int outbox_unread(const char *state_dir, int err, struct complaint *c)
{
	int code = err == -EINVAL ? SQLITE_CORRUPT : SQLITE_IOERR;

	(void)alerts_db_unread(state_dir, code, err == -EINVAL ? sqlite3_errstr(code) : strerror(-err), c);
	return err;
}

uint64_t outbox_waiting(struct outbox *o, uint64_t after_seq)
{
	int64_t n = 0;

	sqlite3_bind_int64(o->waiting, 1, (sqlite3_int64)after_seq);
	(void)number(o->waiting, &n);
	return (uint64_t)n;
}

/* Receivers that are configured no more whose positions stay; the furthest, since numbers are not given again. */
#define FORMER_SINKS "64"

int outbox_set_sinks(struct outbox *o, const char *const *names, size_t n)
{
	int code = sqlite3_exec(o->db, "BEGIN IMMEDIATE; UPDATE sinks SET active = 0", NULL, NULL, NULL);

	for (size_t i = 0; i < n && code == SQLITE_OK; i++) {
		if (outbox_set_position(o, names[i], outbox_position(o, names[i])) < 0)
			code = SQLITE_ERROR;
	}
	if (code == SQLITE_OK)
		code = sqlite3_exec(o->db,
				    "DELETE FROM sinks WHERE name IN (SELECT name FROM sinks WHERE NOT active"
				    " ORDER BY seq DESC LIMIT -1 OFFSET " FORMER_SINKS "); COMMIT",
				    NULL, NULL, NULL);
	if (code != SQLITE_OK && !sqlite3_get_autocommit(o->db))
		(void)sqlite3_exec(o->db, "ROLLBACK", NULL, NULL, NULL);
	return alerts_db_errno(code);
}

int outbox_want(struct outbox *o, const char *sink, uint64_t after_seq)
{
	sqlite3_bind_text(o->want, 1, sink, -1, SQLITE_STATIC);
	sqlite3_bind_int64(o->want, 2, (sqlite3_int64)after_seq);
	int code = alerts_db_run(o->want);
	sqlite3_clear_bindings(o->want);
	return code == SQLITE_OK && sqlite3_changes(o->db) == 0 ? -ENOENT : alerts_db_errno(code);
}

int outbox_sinks(struct outbox *o, struct outbox_sink *sinks, int max)
{
	sqlite3_stmt *s = NULL;
	int n = 0,
	    code = sqlite3_prepare_v2(o->db,
				      "SELECT name, seq, active, (SELECT count(*) FROM outbox WHERE seq > s.seq),"
				      " (SELECT ms FROM outbox WHERE seq > s.seq ORDER BY seq LIMIT 1)"
				      " FROM sinks s ORDER BY active DESC, name",
				      -1, &s, NULL);

	while (code == SQLITE_OK && n < max && (code = sqlite3_step(s)) == SQLITE_ROW) {
		sinks[n] = (struct outbox_sink){.after_seq = (uint64_t)sqlite3_column_int64(s, 1),
						.active = sqlite3_column_int(s, 2) != 0,
						.waiting = (uint64_t)sqlite3_column_int64(s, 3),
						.waits_since_ms = sqlite3_column_int64(s, 4)};
		snprintf(sinks[n].name, sizeof(sinks[n].name), "%s", (const char *)sqlite3_column_text(s, 0));
		n++;
		code = SQLITE_OK;
	}
	sqlite3_finalize(s);
	return code == SQLITE_OK || code == SQLITE_DONE ? n : alerts_db_errno(code);
}

/* The number that @sql gives, into *@value. @return an SQLite code. */
static int extent_number(struct outbox *o, const char *sql, int64_t *value)
{
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(o->db, sql, -1, &s, NULL);

	if (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW)
		*value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return code == SQLITE_ROW ? SQLITE_OK : code;
}

int outbox_extent(struct outbox *o, struct outbox_extent *e)
{
	int64_t first = 0, rows = 0;
	int code = extent_number(o, "SELECT min(seq) FROM outbox", &first);

	*e = (struct outbox_extent){0};
	if (code == SQLITE_OK)
		code = extent_number(o, "SELECT count(*) FROM outbox", &rows);
	if (code != SQLITE_OK || rows == 0)
		return alerts_db_errno(code);
	*e = (struct outbox_extent){
	    .first_seq = (uint64_t)first, .last_seq = outbox_last_seq(o), .rows = (uint64_t)rows};
	e->bytes = (uint64_t)alerts_db_number(o->db, "SELECT value FROM meta WHERE key = 'outbox_bytes'", 0);
	e->first_ms = alerts_db_number(o->db, "SELECT ms FROM outbox ORDER BY seq LIMIT 1", 0);
	e->last_ms = alerts_db_number(o->db, "SELECT ms FROM outbox ORDER BY seq DESC LIMIT 1", 0);
	return 0;
}

int outbox_seek_time(struct outbox *o, int64_t ms, uint64_t *after_seq)
{
	int64_t seq, row_ms;
	int err = ms > 0 ? outbox_seek_id(o, (uint64_t)ms - 1, UINT64_MAX, after_seq) : 0;

	if (err < 0)
		return err;
	if (ms <= 0)
		*after_seq = 0;
	int found = row_from(o, (int64_t)*after_seq + 1, &seq, &row_ms);
	return found > 0 ? 0 : found < 0 ? found : -ENOENT;
}

int outbox_seek_alert(struct outbox *o, const char *alert_id, uint64_t *after_seq)
{
	sqlite3_stmt *s = NULL;
	int64_t seq = 0;
	int code = sqlite3_prepare_v2(
	    o->db, "SELECT min(seq) FROM told WHERE instr(json, '\"alert_id\":\"' || ?1 || '\"') > 0", -1, &s, NULL);

	if (code != SQLITE_OK)
		return alerts_db_errno(code);
	sqlite3_bind_text(s, 1, alert_id, -1, SQLITE_STATIC);
	int found = number(s, &seq);
	sqlite3_finalize(s);
	if (found > 0)
		*after_seq = (uint64_t)seq - 1;
	return found > 0 ? 0 : found < 0 ? found : -ENOENT;
}

bool outbox_take_wanted(struct outbox *o, const char *sink, uint64_t *after_seq)
{
	int64_t seq = 0;

	sqlite3_bind_text(o->wanted, 1, sink, -1, SQLITE_STATIC);
	int found = number(o->wanted, &seq);
	sqlite3_clear_bindings(o->wanted);
	if (found <= 0)
		return false;
	sqlite3_bind_text(o->take_wanted, 1, sink, -1, SQLITE_STATIC);
	int code = alerts_db_run(o->take_wanted);
	sqlite3_clear_bindings(o->take_wanted);
	*after_seq = (uint64_t)seq;
	return code == SQLITE_OK;
}
