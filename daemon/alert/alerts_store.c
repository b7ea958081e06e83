#include "alert/alerts_store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "alert/alerts_db.h"
#include "base/digits.h"
#include "base/sqlite_care.h"

/* Rows that one transaction deletes at most: it must stay short. */
enum {
	TRIM_CHUNK = 2000,
	LEAST_KEPT = 256, /* so many stay, however large */
};

int alerts_lock(const char *state_dir, struct complaint *c)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/alerts.lock", state_dir) >= (int)sizeof(path)) {
		complain(c, state_dir, 0, 0, "this path is too long");
		return -ENAMETOOLONG;
	}
	(void)sqlite_care_create(path); /* root makes it for the daemon's account */
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0640);
	if (fd < 0) {
		int err = -errno;
		complain(c, path, 0, 0, "%s. Check that the directory is there and is yours", strerror(-err));
		return err;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		complain(c, state_dir, 0, 0,
			 "another sekisho writes into this state directory. Stop it first, or use another directory");
		close(fd);
		return -EBUSY;
	}
	return fd;
}

#define FIND                                                                                                           \
	"SELECT no, alert_id, level, count, first_seen, last_seen, session, counted_to, state, told, incident FROM "   \
	"alerts"

static int prepare_all(struct alerts_store *s)
{
	const struct {
		sqlite3_stmt **at;
		const char *sql;
	} all[] = {
	    {&s->find, FIND " WHERE digest = ?1 ORDER BY no DESC LIMIT 1"},
	    {&s->find_row, FIND " WHERE digest = ?1 AND no = ?2"},
	    {&s->raise,
	     "INSERT OR FAIL INTO alerts(no, alert_id, rule_id, digest, level, count, first_seen, last_seen, session,"
	     " counted_to, src_zone, dest_zone, body, evidence_open, state, told, stage)"
	     " SELECT c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, '', 1, c12, c13, c14 FROM bulk"},
	    {&s->put_bodies, "INSERT OR FAIL INTO bodies(no, text, seq) SELECT c0, c1, c2 FROM bulk WHERE true"
			     " ON CONFLICT(no) DO UPDATE SET text = excluded.text, seq = excluded.seq"},
	    {&s->put_body, "INSERT INTO bodies(no, text, seq) VALUES(?1, ?2, ?3) ON CONFLICT(no) DO UPDATE SET"
			   " text = excluded.text, seq = excluded.seq"},
	    /* the row of the outbox that begins with the text gets it as its own */
	    {&s->whole, "UPDATE outbox SET body = 0, json = (SELECT text FROM bodies WHERE no = ?1) || json"
			" WHERE seq = (SELECT seq FROM bodies WHERE no = ?1) AND body = ?1"},
	    {&s->set_body, "UPDATE alerts SET level = ?2, src_zone = ?3, dest_zone = ?4, evidence_open = 1 WHERE "
			   "no = ?1"},
	    {&s->set_count,
	     "UPDATE alerts SET count = ?2, last_seen = ?3, session = ?4, counted_to = ?5, state = ?6, told = ?7 WHERE "
	     "no = ?1"},
	    {&s->set_mute, "UPDATE mutes SET applied = ?2, last_applied = ?3 WHERE no = ?1"},
	    {&s->oldest, "SELECT no, digest FROM alerts ORDER BY last_seen LIMIT ?1"},
	    {&s->drop, "DELETE FROM alerts WHERE no = ?1"},
	    {&s->drop_body, "DELETE FROM bodies WHERE no = ?1"},
	    {&s->used, "SELECT (page_count - freelist_count) * page_size"
		       " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"},
	    /* looked for many times a second, mostly in vain: preparing it would cost thirty times as much as running
	     */
	    {&s->next_request,
	     "SELECT no, verb, target, rule, src, dest, zone, until, reason, who, login, via, key, title"
	     " FROM requests WHERE result = 0 ORDER BY no LIMIT 1"},
	    {&s->put_asset_no, "INSERT OR REPLACE INTO meta VALUES('asset_no', ?1)"},
	    {&s->begin, "BEGIN IMMEDIATE"},
	    {&s->commit, "COMMIT"},
	    {&s->rollback, "ROLLBACK"},
	};
	int code = SQLITE_OK;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && code == SQLITE_OK; i++)
		code = alerts_db_prepare(s->db, all[i].sql, all[i].at);
	return code;
}

int alerts_store_open(struct alerts_store *s, const char *state_dir, enum sqlite_company company, struct complaint *c)
{
	*s = (struct alerts_store){.lock_fd = -1, .alone = company != SQLITE_SHARED};
	s->lock_fd = alerts_lock(state_dir, c);
	int err = s->lock_fd < 0 ? s->lock_fd : 0;
	if (!err)
		err = alerts_db_open_in(&s->db, state_dir, company, c);
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
		code = bulk_register(s->db, &s->bulk);
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
	s->last_no = alerts_db_number(s->db,
				      "SELECT max(ifnull((SELECT max(no) FROM alerts), 0),"
				      " ifnull((SELECT max(no) FROM drill_alerts), 0))",
				      0);
	s->alert_rows = (uint64_t)alerts_db_number(s->db, "SELECT count(*) FROM alerts", 0);
	s->asset_no = s->asset_no_stored =
	    (uint64_t)alerts_db_number(s->db, "SELECT value FROM meta WHERE key = 'asset_no'", 0);
	return 0;
}

void alerts_store_close(struct alerts_store *s)
{
	sqlite3_stmt *all[] = {s->find,         s->find_row,  s->raise,    s->put_bodies, s->put_body, s->set_body,
			       s->whole,        s->set_count, s->set_mute, s->oldest,     s->drop,     s->drop_body,
			       s->next_request, s->begin,     s->commit,   s->rollback,   s->used,     s->put_asset_no};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sqlite3_finalize(all[i]);
	outbox_store_close(&s->outbox);
	if (s->alone && s->db)
		sqlite_care_share(s->db);
	sqlite3_close(s->db);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	*s = (struct alerts_store){.lock_fd = -1};
}

void alerts_store_index(struct alerts_store *s)
{
	/* without it they are still found, only not soon */
	(void)sqlite3_exec(s->db, "CREATE INDEX IF NOT EXISTS alerts_by_digest ON alerts(digest)", NULL, NULL, NULL);
}

/* What @find gives, of @g's digest. */
static int find(const struct alerts_store *s, sqlite3_stmt *find, struct group *g)
{
	sqlite3_bind_blob(find, 1, g->digest, sizeof(g->digest), SQLITE_STATIC);
	int code = sqlite3_step(find), found = 0;

	if (code == SQLITE_ROW) {
		const unsigned char *id = sqlite3_column_text(find, 1);
		snprintf(g->alert_id, sizeof(g->alert_id), "%s", id ? (const char *)id : "");
		g->no = sqlite3_column_int64(find, 0);
		g->level = (enum alert_level)sqlite3_column_int(find, 2);
		g->count = (uint64_t)sqlite3_column_int64(find, 3);
		g->told_digits = (uint8_t)digits_of(g->count);
		g->first_seen_ns = sqlite3_column_int64(find, 4);
		g->last_seen_ns = sqlite3_column_int64(find, 5);
		/* a group that this session has already counted and then forgotten keeps what it had when the store was
		 * opened */
		bool this_session = sqlite3_column_int64(find, 6) == s->session;
		g->counted_to_ns = this_session ? sqlite3_column_int64(find, 7) : g->last_seen_ns;
		g->state = alert_state_parse((const char *)sqlite3_column_text(find, 8));
		g->told = sqlite3_column_int(find, 9) != 0;
		g->told_ns = g->last_seen_ns;
		const unsigned char *incident = sqlite3_column_text(find, 10);
		snprintf(g->incident, sizeof(g->incident), "%s", incident ? (const char *)incident : "");
		g->stored = true;
		found = 1;
	}
	sqlite3_reset(find);
	sqlite3_clear_bindings(find);
	return code == SQLITE_ROW || code == SQLITE_DONE ? found : alerts_db_errno(code);
}

int alerts_store_find(struct alerts_store *s, struct group *g)
{
	return find(s, s->find, g);
}

int alerts_store_find_row(struct alerts_store *s, int64_t no, struct group *g)
{
	sqlite3_bind_int64(s->find_row, 2, no);
	return find(s, s->find_row, g);
}

int alerts_store_begin(struct alerts_store *s, int64_t now_ms)
{
	s->before = (struct alerts_store_counts){s->outbox.n, s->alert_rows};
	outbox_store_now(&s->outbox, now_ms);
	outbox_store_now(&s->outbox, __atomic_load_n(&s->behind_ms, __ATOMIC_RELAXED));
	return alerts_db_run(s->begin);
}

static int put_body(struct alerts_store *s, const struct group *g, const struct pending_text *text, uint32_t body_len,
		    bool told)
{
	sqlite3_bind_int64(s->put_body, 1, g->no);
	sqlite3_bind_text(s->put_body, 2, text->json, (int)body_len, SQLITE_STATIC);
	sqlite3_bind_int64(s->put_body, 3, told ? (sqlite3_int64)s->outbox.n.last_seq + 1 : 0);
	return alerts_db_run(s->put_body);
}

/* ---- new alerts */

/* Rows of @pending on their way into one of the tables. */
struct raising {
	struct alerts_store *store;
	const struct pending *pending;
	const struct pending_row *row, *end;
	uint64_t seq;    /* of the outbox, the last before the row at hand */
	uint64_t raised; /* rows of alerts made */
};

/* Those with a text are new alerts. */
static const struct pending_row *next_raised(struct raising *r)
{
	while (r->row < r->end && r->row->body_len == 0)
		r->seq += !r->row++->silent;
	return r->row < r->end ? r->row++ : NULL;
}

static bool next_alert(struct bulk *b)
{
	struct raising *r = b->ctx;
	const struct pending_row *row = next_raised(r);

	if (!row)
		return false;
	const struct group *g = row->group;
	struct pending_text text = pending_text(r->pending, row);
	bulk_number(b, 0, g->no);
	bulk_text_n(b, 1, g->alert_id, ALERT_ID_CHARS);
	bulk_text_n(b, 2, text.rule_id, (int)row->rule_len);
	bulk_bytes(b, 3, g->digest, sizeof(g->digest));
	bulk_number(b, 4, g->level);
	bulk_number(b, 5, (int64_t)g->count);
	bulk_number(b, 6, g->first_seen_ns);
	bulk_number(b, 7, g->last_seen_ns);
	bulk_number(b, 8, r->store->session);
	bulk_number(b, 9, g->counted_to_ns);
	bulk_text_n(b, 10, text.src_zone, (int)row->src_len);
	bulk_text_n(b, 11, text.dest_zone, (int)row->dest_len);
	bulk_text(b, 12, alert_state_name(g->state));
	bulk_number(b, 13, g->told);
	bulk_number(b, 14, g->stage);
	r->raised++;
	return true;
}

static bool next_body(struct bulk *b)
{
	struct raising *r = b->ctx;
	const struct pending_row *row = next_raised(r);

	if (!row)
		return false;
	r->seq += !row->silent;
	bulk_number(b, 0, row->group->no);
	bulk_text_n(b, 1, pending_text(r->pending, row).json, (int)row->body_len);
	bulk_number(b, 2, row->silent ? 0 : (int64_t)r->seq);
	return true;
}

static bool next_told(struct bulk *b)
{
	struct raising *r = b->ctx;

	while (r->row < r->end && r->row->silent)
		r->row++;
	if (r->row == r->end)
		return false;
	const struct pending_row *row = r->row++;
	outbox_store_tell_cells(&r->store->outbox, b, row->group->level, row->body_len ? row->group->no : 0,
				row->body_len, pending_text(r->pending, row).json, row->json_len);
	return true;
}

int alerts_store_put(struct alerts_store *s, const struct pending *p, size_t first, size_t n)
{
	const struct {
		sqlite3_stmt *into;
		bool (*next)(struct bulk *b);
	} tables[] = {{s->raise, next_alert}, {s->outbox.tell_many, next_told}, {s->put_bodies, next_body}};
	/* texts last: they take the most room, so a file that lost its end lost the newest of them, and not all that is
	 * told */
	uint64_t seq = s->outbox.n.last_seq;
	int code = SQLITE_OK;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && code == SQLITE_OK; i++) {
		struct raising r = {
		    .store = s, .pending = p, .row = &p->rows[first], .end = &p->rows[first + n], .seq = seq};
		s->bulk.next = tables[i].next;
		s->bulk.ctx = &r;
		code = alerts_db_run(tables[i].into);
		s->alert_rows += r.raised;
	}
	return code;
}

/* ---- changes */

/* The text of alert @no is about to be another, or to go. */
static int part_from_outbox(struct alerts_store *s, int64_t no)
{
	sqlite3_bind_int64(s->whole, 1, no);
	return alerts_db_run(s->whole);
}

int alerts_store_set_body(struct alerts_store *s, const struct group *g, const struct pending_text *text,
			  uint32_t body_len, bool told)
{
	sqlite3_stmt *q = s->set_body;
	int code = part_from_outbox(s, g->no);

	if (code == SQLITE_OK)
		code = put_body(s, g, text, body_len, told);
	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_int64(q, 1, g->no);
	sqlite3_bind_int(q, 2, (int)g->level);
	sqlite3_bind_text(q, 3, text->src_zone, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 4, text->dest_zone, -1, SQLITE_STATIC);
	return alerts_db_run(q);
}

int alerts_store_tell(struct alerts_store *s, const struct group *g, const struct pending_text *text, uint32_t body_len,
		      uint32_t json_len)
{
	return outbox_store_tell_body(&s->outbox, g->level, body_len ? g->no : 0, body_len, text->json, json_len);
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

/* Which numbers of assets are given stands with the alerts that may name them: the ledger may be lost, or an older one
 * be put back. */
static int put_asset_no(struct alerts_store *s)
{
	if (s->asset_no <= s->asset_no_stored)
		return SQLITE_OK;
	sqlite3_bind_int64(s->put_asset_no, 1, (sqlite3_int64)s->asset_no);
	return alerts_db_run(s->put_asset_no);
}

int alerts_store_end(struct alerts_store *s, bool ok)
{
	int code = ok ? outbox_store_settle(&s->outbox) : SQLITE_ABORT;

	if (code == SQLITE_OK)
		code = put_asset_no(s);
	if (code == SQLITE_OK)
		code = alerts_db_run(s->commit);
	if (code == SQLITE_OK)
		s->asset_no_stored = s->asset_no;
	if (code != SQLITE_OK) {
		s->outbox.n = s->before.outbox;
		s->alert_rows = s->before.alert_rows;
		/* some errors have rolled back by themselves */
		if (!sqlite3_get_autocommit(s->db))
			(void)alerts_db_run(s->rollback);
	}
	return code;
}

static int drop(struct alerts_store *s, int64_t no)
{
	sqlite3_stmt *const all[] = {s->whole, s->drop_body, s->drop};
	int code = SQLITE_OK;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && code == SQLITE_OK; i++) {
		sqlite3_bind_int64(all[i], 1, no);
		code = alerts_db_run(all[i]);
	}
	return code;
}

/* What alerts take of alerts.db, by its pages that are in use. The outbox has limits of its own. @return an SQLite
 * code. */
static int read_used(struct alerts_store *s, uint64_t *bytes)
{
	int code = sqlite3_step(s->used);
	uint64_t used = code == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(s->used, 0) : 0;

	sqlite3_reset(s->used);
	*bytes = used > s->outbox.n.bytes ? used - s->outbox.n.bytes : 0;
	return code == SQLITE_ROW ? SQLITE_OK : code;
}

int alerts_store_over(struct alerts_store *s, const struct alerts_kept *most, uint64_t *over)
{
	uint64_t used, over_rows = s->alert_rows > most->rows ? s->alert_rows - most->rows : 0;
	int code = read_used(s, &used);

	if (code == SQLITE_OK && used > most->bytes && s->alert_rows > LEAST_KEPT) {
		double share = (double)(used - most->bytes) / (double)used;
		uint64_t too_large = (uint64_t)((double)s->alert_rows * share) + 1;
		over_rows = over_rows > too_large ? over_rows : too_large;
	}
	*over = over_rows < TRIM_CHUNK ? over_rows : TRIM_CHUNK;
	return code;
}

int alerts_store_trim(struct alerts_store *s, const struct alerts_kept *most, uint64_t *gone,
		      void (*goes)(void *ctx, int64_t no, const uint8_t *digest), void *ctx)
{
	int64_t nos[TRIM_CHUNK];
	uint64_t over;
	int n = 0, code = alerts_store_over(s, most, &over);

	if (code != SQLITE_OK || over == 0)
		return code;
	if (!s->by_last)
		code = sqlite3_exec(s->db, "CREATE INDEX IF NOT EXISTS alerts_by_last ON alerts(last_seen)", NULL, NULL,
				    NULL);
	if (code != SQLITE_OK)
		return code;
	s->by_last = true;
	sqlite3_bind_int64(s->oldest, 1, (sqlite3_int64)over);
	while ((code = sqlite3_step(s->oldest)) == SQLITE_ROW && n < TRIM_CHUNK) {
		nos[n] = sqlite3_column_int64(s->oldest, 0);
		if (sqlite3_column_bytes(s->oldest, 1) == GROUP_DIGEST_BYTES)
			goes(ctx, nos[n], sqlite3_column_blob(s->oldest, 1));
		n++;
	}
	sqlite3_reset(s->oldest);
	code = code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
	for (int i = 0; i < n && code == SQLITE_OK; i++)
		code = drop(s, nos[i]);
	if (code == SQLITE_OK) {
		s->alert_rows -= (uint64_t)n;
		*gone += (uint64_t)n;
	}
	return code;
}

int alerts_backup(const char *state_dir, const char *file, struct complaint *c)
{
	char words[256];
	sqlite3 *db = NULL;
	int err = alerts_db_open(&db, state_dir, ALERTS_DB_READ, c);

	if (err)
		return err;
	err = sqlite_care_copy(db, file, words, sizeof(words));
	sqlite3_close(db);
	if (err)
		complain(c, file, 0, 0, "the copy could not be made: %s", words);
	return err;
}

int alerts_bring_up(const char *state_dir, struct complaint *c)
{
	sqlite3 *db = NULL;
	int err = alerts_db_open(&db, state_dir, ALERTS_DB_WRITE, c);

	if (!err)
		sqlite3_close(db);
	return err;
}
