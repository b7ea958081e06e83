#include "alert/alerts_store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "alert/alerts_db.h"

/* Rows that one transaction deletes at most: it must stay short. */
enum { TRIM_CHUNK = 2000 };

static int take_lock(struct alerts_store *s, const char *state_dir, struct complaint *c)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/alerts.lock", state_dir) >= (int)sizeof(path)) {
		complain(c, state_dir, 0, 0, "this path is too long");
		return -ENAMETOOLONG;
	}
	s->lock_fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0640);
	if (s->lock_fd < 0) {
		int err = -errno;
		complain(c, path, 0, 0, "%s. Check that the directory is there and is yours", strerror(-err));
		return err;
	}
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		complain(c, state_dir, 0, 0,
			 "another sekisho writes into this state directory. Stop it first, or use another directory");
		return -EBUSY;
	}
	return 0;
}

static int prepare_all(struct alerts_store *s)
{
	const struct {
		sqlite3_stmt **at;
		const char *sql;
	} all[] = {
	    {&s->find, "SELECT no, alert_id, level, count, first_seen, last_seen, session, counted_to, state, told, "
		       "incident FROM alerts"
		       " WHERE digest = ?1 ORDER BY no DESC LIMIT 1"},
	    {&s->insert,
	     "INSERT INTO alerts(no, alert_id, rule_id, digest, level, count, first_seen, last_seen, session, "
	     "counted_to,"
	     " src_zone, dest_zone, body, evidence_open, state, told, stage) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
	     "?9, ?10, "
	     "?11, "
	     "?12, ?13, 1, ?14, ?15, ?16)"},
	    {&s->set_body,
	     "UPDATE alerts SET level = ?2, src_zone = ?3, dest_zone = ?4, body = ?5, evidence_open = 1 WHERE "
	     "no = ?1"},
	    {&s->set_count,
	     "UPDATE alerts SET count = ?2, last_seen = ?3, session = ?4, counted_to = ?5, state = ?6, told = ?7 WHERE "
	     "no = ?1"},
	    {&s->set_mute, "UPDATE mutes SET applied = ?2, last_applied = ?3 WHERE no = ?1"},
	    {&s->trim_alerts, "DELETE FROM alerts WHERE no IN (SELECT no FROM alerts ORDER BY last_seen LIMIT ?1)"},
	    {&s->begin, "BEGIN IMMEDIATE"},
	    {&s->commit, "COMMIT"},
	    {&s->rollback, "ROLLBACK"},
	};
	int code = SQLITE_OK;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && code == SQLITE_OK; i++)
		code = alerts_db_prepare(s->db, all[i].sql, all[i].at);
	return code;
}

int alerts_store_open(struct alerts_store *s, const char *state_dir, struct complaint *c)
{
	*s = (struct alerts_store){.lock_fd = -1};
	int err = take_lock(s, state_dir, c);
	if (!err)
		err = alerts_db_open(&s->db, state_dir, ALERTS_DB_WRITE, c);
	if (err) {
		alerts_store_close(s);
		return err;
	}
	int code = sqlite3_exec(s->db, "UPDATE meta SET value = value + 1 WHERE key = 'session'", NULL, NULL, NULL);
	if (code == SQLITE_OK) /* what wakes alerts looks for them */
		code =
		    sqlite3_exec(s->db, "CREATE INDEX IF NOT EXISTS alerts_muted ON alerts(no) WHERE state = 'muted'",
				 NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = prepare_all(s);
	if (code == SQLITE_OK)
		code = outbox_store_open(&s->outbox, s->db);
	if (code != SQLITE_OK) {
		complain(c, state_dir, 0, 0, "alerts.db cannot be written: %s", sqlite3_errmsg(s->db));
		alerts_store_close(s);
		return alerts_db_errno(code);
	}
	s->session = alerts_db_number(s->db, "SELECT value FROM meta WHERE key = 'session'", 1);
	s->last_no = alerts_db_number(s->db, "SELECT max(no) FROM alerts", 0);
	s->alert_rows = (uint64_t)alerts_db_number(s->db, "SELECT count(*) FROM alerts", 0);
	return 0;
}

void alerts_store_close(struct alerts_store *s)
{
	sqlite3_stmt *all[] = {s->find,        s->insert, s->set_body, s->set_count, s->set_mute,
			       s->trim_alerts, s->begin,  s->commit,   s->rollback};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sqlite3_finalize(all[i]);
	outbox_store_close(&s->outbox);
	sqlite3_close(s->db);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	*s = (struct alerts_store){.lock_fd = -1};
}

int alerts_store_find(struct alerts_store *s, struct group *g)
{
	sqlite3_bind_blob(s->find, 1, g->digest, sizeof(g->digest), SQLITE_STATIC);
	int code = sqlite3_step(s->find), found = 0;

	if (code == SQLITE_ROW) {
		const unsigned char *id = sqlite3_column_text(s->find, 1);
		snprintf(g->alert_id, sizeof(g->alert_id), "%s", id ? (const char *)id : "");
		g->no = sqlite3_column_int64(s->find, 0);
		g->level = (enum alert_level)sqlite3_column_int(s->find, 2);
		g->count = (uint64_t)sqlite3_column_int64(s->find, 3);
		g->tell_at = group_next_tell(g->count);
		g->first_seen_ns = sqlite3_column_int64(s->find, 4);
		g->last_seen_ns = sqlite3_column_int64(s->find, 5);
		/* a group that this session has already counted and then forgotten keeps what it had when the store was
		 * opened */
		bool this_session = sqlite3_column_int64(s->find, 6) == s->session;
		g->counted_to_ns = this_session ? sqlite3_column_int64(s->find, 7) : g->last_seen_ns;
		g->state = alert_state_parse((const char *)sqlite3_column_text(s->find, 8));
		g->told = sqlite3_column_int(s->find, 9) != 0;
		g->told_ns = g->last_seen_ns;
		const unsigned char *incident = sqlite3_column_text(s->find, 10);
		snprintf(g->incident, sizeof(g->incident), "%s", incident ? (const char *)incident : "");
		g->stored = true;
		found = 1;
	}
	sqlite3_reset(s->find);
	sqlite3_clear_bindings(s->find);
	return code == SQLITE_ROW || code == SQLITE_DONE ? found : alerts_db_errno(code);
}

int alerts_store_begin(struct alerts_store *s, int64_t now_ms)
{
	s->before = (struct alerts_store_counts){s->outbox.n, s->alert_rows};
	outbox_store_now(&s->outbox, now_ms);
	return alerts_db_run(s->begin);
}

int alerts_store_insert(struct alerts_store *s, const struct group *g, const struct pending_text *text,
			uint32_t body_len)
{
	sqlite3_stmt *q = s->insert;

	sqlite3_bind_int64(q, 1, g->no);
	sqlite3_bind_text(q, 2, g->alert_id, ALERT_ID_CHARS, SQLITE_STATIC);
	sqlite3_bind_text(q, 3, text->rule_id, -1, SQLITE_STATIC);
	sqlite3_bind_blob(q, 4, g->digest, sizeof(g->digest), SQLITE_STATIC);
	sqlite3_bind_int(q, 5, (int)g->level);
	sqlite3_bind_int64(q, 6, (sqlite3_int64)g->count);
	sqlite3_bind_int64(q, 7, g->first_seen_ns);
	sqlite3_bind_int64(q, 8, g->last_seen_ns);
	sqlite3_bind_int64(q, 9, s->session);
	sqlite3_bind_int64(q, 10, g->counted_to_ns);
	sqlite3_bind_text(q, 11, text->src_zone, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 12, text->dest_zone, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 13, text->json, (int)body_len, SQLITE_STATIC);
	sqlite3_bind_text(q, 14, alert_state_name(g->state), -1, SQLITE_STATIC);
	sqlite3_bind_int(q, 15, g->told);
	sqlite3_bind_int(q, 16, (int)g->stage);
	int code = alerts_db_run(q);
	if (code == SQLITE_OK)
		s->alert_rows++;
	return code;
}

int alerts_store_set_body(struct alerts_store *s, const struct group *g, const struct pending_text *text,
			  uint32_t body_len)
{
	sqlite3_stmt *q = s->set_body;

	sqlite3_bind_int64(q, 1, g->no);
	sqlite3_bind_int(q, 2, (int)g->level);
	sqlite3_bind_text(q, 3, text->src_zone, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 4, text->dest_zone, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 5, text->json, (int)body_len, SQLITE_STATIC);
	return alerts_db_run(q);
}

int alerts_store_set_count(struct alerts_store *s, const struct group *g)
{
	sqlite3_stmt *q = s->set_count;

	sqlite3_bind_int64(q, 1, g->no);
	sqlite3_bind_int64(q, 2, (sqlite3_int64)g->count);
	sqlite3_bind_int64(q, 3, g->last_seen_ns);
	sqlite3_bind_int64(q, 4, s->session);
	sqlite3_bind_int64(q, 5, g->counted_to_ns);
	sqlite3_bind_text(q, 6, alert_state_name(g->state), -1, SQLITE_STATIC);
	sqlite3_bind_int(q, 7, g->told);
	return alerts_db_run(q);
}

int alerts_store_end(struct alerts_store *s, bool ok)
{
	int code = ok ? outbox_store_settle(&s->outbox) : SQLITE_ABORT;

	if (code == SQLITE_OK)
		code = alerts_db_run(s->commit);
	if (code != SQLITE_OK) {
		s->outbox.n = s->before.outbox;
		s->alert_rows = s->before.alert_rows;
		/* some errors have rolled back by themselves */
		if (!sqlite3_get_autocommit(s->db))
			(void)alerts_db_run(s->rollback);
	}
	return code;
}

int alerts_store_trim(struct alerts_store *s, uint64_t most, uint64_t *gone)
{
	if (s->alert_rows <= most)
		return SQLITE_OK;
	uint64_t over = s->alert_rows - most;
	sqlite3_bind_int64(s->trim_alerts, 1, (sqlite3_int64)(over < TRIM_CHUNK ? over : TRIM_CHUNK));
	int code = alerts_db_run(s->trim_alerts);
	if (code == SQLITE_OK) {
		uint64_t n = (uint64_t)sqlite3_changes(s->db);
		s->alert_rows -= n;
		*gone += n;
	}
	return code;
}
