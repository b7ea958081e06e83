#include "alert/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alerts_db.h"

struct outbox {
	sqlite3 *db;
	sqlite3_stmt *read, *ms_of, *first, *last, *position, *set_position;
	char *text; /* the rows of the last outbox_read() */
	size_t size;
};

int outbox_open(struct outbox **out, const char *state_dir, struct complaint *c)
{
	struct outbox *o = calloc(1, sizeof(*o));

	*out = NULL;
	if (!o)
		return -ENOMEM;
	int err = alerts_db_open(&o->db, state_dir, ALERTS_DB_DELIVER, c);
	if (err) {
		free(o);
		return err;
	}
	const struct {
		sqlite3_stmt **at;
		const char *sql;
	} all[] = {
	    {&o->read, "SELECT seq, ms, json FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT ?2"},
	    {&o->ms_of, "SELECT ms FROM outbox WHERE seq = ?1"},
	    {&o->first, "SELECT min(seq) FROM outbox"},
	    {&o->last, "SELECT max(seq) FROM outbox"},
	    {&o->position, "SELECT seq FROM sinks WHERE name = ?1"},
	    {&o->set_position,
	     "INSERT INTO sinks(name, seq) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET seq = excluded.seq"},
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		int code = alerts_db_prepare(o->db, all[i].sql, all[i].at);
		if (code != SQLITE_OK) {
			complain(c, state_dir, 0, 0, "alerts.db cannot be read: %s", sqlite3_errmsg(o->db));
			outbox_close(o);
			return alerts_db_errno(code);
		}
	}
	*out = o;
	return 0;
}

void outbox_close(struct outbox *o)
{
	if (!o)
		return;
	sqlite3_finalize(o->read);
	sqlite3_finalize(o->ms_of);
	sqlite3_finalize(o->first);
	sqlite3_finalize(o->last);
	sqlite3_finalize(o->position);
	sqlite3_finalize(o->set_position);
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

int outbox_seek_id(struct outbox *o, uint64_t ms, uint64_t seq, uint64_t *after_seq)
{
	int64_t first, last, row_ms;
	int found = number(o->first, &first);

	*after_seq = 0;
	if (found <= 0)
		return found;
	found = number(o->last, &last);
	if (found <= 0)
		return found;
	/* (ms, seq) rises with seq and seq has no holes: the first row above the id is found by halving */
	int64_t low = first, high = last + 1;
	while (low < high) {
		int64_t mid = low + (high - low) / 2;
		sqlite3_bind_int64(o->ms_of, 1, mid);
		found = number(o->ms_of, &row_ms);
		if (found < 0)
			return found;
		bool above = found && ((uint64_t)row_ms > ms || ((uint64_t)row_ms == ms && (uint64_t)mid > seq));
		if (above)
			high = mid;
		else
			low = mid + 1;
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

uint64_t outbox_last_seq(struct outbox *o)
{
	int64_t last = 0;

	(void)number(o->last, &last);
	return (uint64_t)last;
}
