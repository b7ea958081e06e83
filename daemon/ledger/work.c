#include "ledger/work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/when.h"
#include "ledger/audit.h"
#include "ledger/store.h"

enum { DETAILS_MAX = 16384, OBJECT_MAX = 32 };

#define COLUMNS                                                                                                        \
	"no, kind, every, from_ns, to_ns, until_ns, title, rule, zone, src, dest, device, at_ns, cancelled_ns, who, "  \
	"note, by"

/* ---- reading */

static void copy_text(char *to, size_t size, sqlite3_stmt *st, int column)
{
	snprintf(to, size, "%s", store_text(st, column));
}

static bool read_texts(struct work *w, sqlite3_stmt *st)
{
	w->who = strdup(store_text(st, 14));
	w->note = strdup(store_text(st, 15));
	w->by = strdup(store_text(st, 16));
	return w->who && w->note && w->by;
}

/* Words of a later version hold for the mildest: a single time that mutes nothing. */
static void read_row(struct work *w, sqlite3_stmt *st)
{
	int kind = work_kind_parse(store_text(st, 1)), every = work_every_parse(store_text(st, 2));

	*w = (struct work){.no = sqlite3_column_int64(st, 0),
			   .kind = kind < 0 ? WORK_HOLIDAY : (enum work_kind)kind,
			   .every = every < 0 ? WORK_ONCE : (enum work_every)every,
			   .first = {sqlite3_column_int64(st, 3), sqlite3_column_int64(st, 4)},
			   .until_ns = sqlite3_column_int64(st, 5),
			   .at_ns = sqlite3_column_int64(st, 12),
			   .cancelled_ns = sqlite3_column_int64(st, 13)};
	copy_text(w->title, sizeof(w->title), st, 6);
	copy_text(w->rule, sizeof(w->rule), st, 7);
	copy_text(w->zone, sizeof(w->zone), st, 8);
	copy_text(w->src, sizeof(w->src), st, 9);
	copy_text(w->dest, sizeof(w->dest), st, 10);
	copy_text(w->device, sizeof(w->device), st, 11);
}

static int load_works(sqlite3 *db, bool texts, struct calendar *c)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, "SELECT " COLUMNS " FROM work ORDER BY no LIMIT ?1", -1, &st, NULL);

	c->works = calloc(WORKS_MAX, sizeof(*c->works));
	if (!c->works)
		rc = SQLITE_NOMEM;
	if (rc == SQLITE_OK)
		sqlite3_bind_int(st, 1, WORKS_MAX);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct work *w = &c->works[c->n++];
		read_row(w, st);
		rc = !texts || read_texts(w, st) ? SQLITE_OK : SQLITE_NOMEM;
	}
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		return rc;
	struct work *as_many = realloc(c->works, (c->n ? c->n : 1) * sizeof(*c->works));
	c->works = as_many ? as_many : c->works;
	return SQLITE_OK;
}

static int by_no(const void *key, const void *w)
{
	int64_t a = *(const int64_t *)key, b = ((const struct work *)w)->no;

	return a < b ? -1 : a > b;
}

static int load_cuts(sqlite3 *db, struct calendar *c)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, "SELECT work_no, from_ns, ended_ns FROM work_cut ORDER BY work_no, from_ns", -1,
				    &st, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t no = sqlite3_column_int64(st, 0);
		struct work *w = c->n ? bsearch(&no, c->works, c->n, sizeof(*w), by_no) : NULL;
		rc = SQLITE_OK;
		if (!w || w->n_cuts == WORK_CUTS_MAX)
			continue;
		if (!w->cuts)
			w->cuts = calloc(WORK_CUTS_MAX, sizeof(*w->cuts));
		if (w->cuts)
			w->cuts[w->n_cuts++] =
			    (struct work_cut){sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2)};
		else
			rc = SQLITE_NOMEM;
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int work_load(sqlite3 *db, bool texts, struct calendar *out)
{
	*out = (struct calendar){0};
	int rc = load_works(db, texts, out);
	if (rc == SQLITE_OK)
		rc = load_cuts(db, out);
	if (rc != SQLITE_OK)
		calendar_free(out);
	return rc;
}

int work_read(const char *state_dir, struct calendar *out, struct complaint *c)
{
	sqlite3 *db;
	int err = store_open(&db, state_dir, STORE_READ, c);

	*out = (struct calendar){0};
	if (err)
		return err == -ENOENT ? 0 : err;
	int rc = work_load(db, true, out);
	if (rc != SQLITE_OK)
		err = store_complain(db, state_dir, rc, c);
	sqlite3_close(db);
	return err;
}

/* ---- one statement with numbers and texts */

struct value {
	const char *text; /* NULL: a number */
	int64_t n;
};

#define T(x) ((struct value){.text = (x) ? (x) : ""})
#define N(x) ((struct value){.n = (x)})

static int run(sqlite3 *db, const char *sql, const struct value *values, int n)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	for (int i = 0; rc == SQLITE_OK && i < n; i++) {
		if (values[i].text)
			store_bind_text(st, i + 1, values[i].text);
		else
			rc = sqlite3_bind_int64(st, i + 1, values[i].n);
	}
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		rc = rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
	}
	sqlite3_finalize(st);
	return rc;
}

/* ---- the audit trail */

static void put_time(struct json *j, const char *key, int64_t ns)
{
	char at[WHEN_TEXT_MAX];

	if (ns)
		json_kv_str(j, key, when_format(ns, at));
}

static void put_text(struct json *j, const char *key, const char *text)
{
	if (text && text[0])
		json_kv_text(j, key, span_str(text));
}

static void put_details(struct json *j, const struct work *w, const char *import)
{
	json_reset(j);
	json_object_begin(j);
	json_kv_str(j, "kind", work_kind_name(w->kind));
	json_kv_text(j, "title", span_str(w->title));
	put_time(j, "from", w->first.from_ns);
	put_time(j, "to", w->first.to_ns);
	json_kv_str(j, "every", work_every_name(w->every));
	put_time(j, "until", w->until_ns);
	put_text(j, "rule", w->rule);
	put_text(j, "zone", w->zone);
	put_text(j, "src", w->src);
	put_text(j, "dest", w->dest);
	put_text(j, "device", w->device);
	put_text(j, "who", w->who);
	put_text(j, "note", w->note);
	put_text(j, "file", import);
	json_object_end(j);
}

static int put_audit(sqlite3 *db, const char *verb, int64_t no, const struct person *by, const char *details)
{
	char object[OBJECT_MAX];

	snprintf(object, sizeof(object), "work:%lld", (long long)no);
	return audit_append(db, &(struct audit_entry){.who = by->who,
						      .login = by->login,
						      .verb = verb,
						      .object = object,
						      .reason = by->reason,
						      .details = details});
}

/* ---- entering */

#define OVER                                                                                                           \
	"((every = 'once' AND to_ns <= ?1) OR (until_ns > 0 AND max(until_ns, to_ns) <= ?1) OR (cancelled_ns > 0 AND " \
	"cancelled_ns <= ?1))"
#define OVER_SINCE "CASE WHEN cancelled_ns > 0 THEN cancelled_ns ELSE max(to_ns, until_ns) END"

/* Makes room for @n entries: those go that have been over for longest. @return an SQLite code; SQLITE_FULL where too
 * few are over. */
static int make_room(sqlite3 *db, size_t n)
{
	static const char *const drops[] = {
	    "DELETE FROM work WHERE no IN (SELECT no FROM work WHERE " OVER " ORDER BY " OVER_SINCE ", no LIMIT ?2)",
	    "DELETE FROM work_cut WHERE ?1 AND ?2 AND work_no NOT IN (SELECT no FROM work)"};
	int rc = SQLITE_OK;
	int64_t rows = store_number(db, "SELECT count(*) FROM work", &rc), excess = rows + (int64_t)n - WORKS_MAX;
	const struct value values[] = {N(when_now_ns()), N(excess)};

	if (rc != SQLITE_OK || excess <= 0)
		return rc;
	rc = run(db, drops[0], values, 2);
	int gone = sqlite3_changes(db);
	if (rc == SQLITE_OK)
		rc = run(db, drops[1], values, 2);
	if (rc == SQLITE_OK)
		rc = store_set_meta(db, "work_removed", store_meta(db, "work_removed") + gone);
	return rc == SQLITE_OK && gone < excess ? SQLITE_FULL : rc;
}

static int put_row(sqlite3 *db, struct work *w, const struct person *by)
{
	const struct value values[] = {T(work_kind_name(w->kind)),
				       T(w->title),
				       N(w->first.from_ns),
				       N(w->first.to_ns),
				       T(work_every_name(w->every)),
				       N(w->until_ns),
				       T(w->rule),
				       T(w->zone),
				       T(w->src),
				       T(w->dest),
				       T(w->device),
				       T(w->who),
				       T(w->note),
				       T(by->who),
				       N(when_now_ns())};
	int rc =
	    run(db,
		"INSERT INTO work(kind, title, from_ns, to_ns, every, until_ns, rule, zone, src, dest, device, who, "
		"note, by, at_ns) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
		values, 15);

	w->no = sqlite3_last_insert_rowid(db);
	return rc;
}

int work_add(const char *state_dir, struct work *works, size_t n, const char *import, const struct person *by,
	     struct complaint *c)
{
	struct json j;
	sqlite3 *db;
	int err = store_open(&db, state_dir, STORE_WRITE, c);

	if (err)
		return err;
	json_init(&j, DETAILS_MAX);
	int rc = audit_begin(db);
	if (rc == SQLITE_OK)
		rc = make_room(db, n);
	bool full = rc == SQLITE_FULL;
	for (size_t i = 0; i < n && rc == SQLITE_OK; i++) {
		rc = put_row(db, &works[i], by);
		put_details(&j, &works[i], import);
		if (rc == SQLITE_OK)
			rc = put_audit(db, "work.add", works[i].no, by, json_cstr(&j));
	}
	json_deinit(&j);
	err = store_settle(db, state_dir, rc, c);
	if (full) {
		complain(c, "work", 0, 0,
			 "there are %d entries already that are not over. Cancel some first: sekisho work list",
			 WORKS_MAX);
		return -EINVAL;
	}
	return err;
}

/* ---- ending and cancelling */

/* The entry @no of what was read, or NULL with @c. */
static struct work *find(const struct calendar *all, int64_t no, struct complaint *c)
{
	struct work *w = all->n ? bsearch(&no, all->works, all->n, sizeof(*w), by_no) : NULL;

	if (!w)
		complain(c, "work", 0, 0, "there is no entry of this number. sekisho work list shows them");
	return w;
}

/* The time @t of @w is over at @at_ns. */
static int cut(sqlite3 *db, const struct work *w, const struct work_time *t, int64_t at_ns)
{
	const struct value values[] = {N(w->no), N(t->from_ns), N(at_ns)}, kept[] = {N(w->no), N(WORK_CUTS_MAX)};
	int rc = run(db, "INSERT OR REPLACE INTO work_cut(work_no, from_ns, ended_ns) VALUES(?1, ?2, ?3)", values, 3);

	return rc == SQLITE_OK
		   ? run(db,
			 "DELETE FROM work_cut WHERE work_no = ?1 AND from_ns IN (SELECT from_ns FROM work_cut WHERE "
			 "work_no = ?1 ORDER BY from_ns DESC LIMIT -1 OFFSET ?2)",
			 kept, 2)
		   : rc;
}

static int put_end(sqlite3 *db, const struct work *w, const struct work_time *t, int64_t at_ns, const char *verb,
		   const struct person *by)
{
	struct json j;

	json_init(&j, DETAILS_MAX);
	json_object_begin(&j);
	json_kv_text(&j, "title", span_str(w->title));
	if (t)
		put_time(&j, "from", t->from_ns);
	put_time(&j, "ended", at_ns);
	json_object_end(&j);
	int rc = t ? cut(db, w, t, at_ns) : SQLITE_OK;
	if (rc == SQLITE_OK)
		rc = put_audit(db, verb, w->no, by, json_cstr(&j));
	json_deinit(&j);
	return rc;
}

static int put_cancel(sqlite3 *db, const struct work *w, int64_t at_ns, const struct person *by)
{
	const struct value values[] = {N(w->no), N(at_ns)};
	struct work_time now;
	bool holds = work_at(w, at_ns, &now);
	int rc = run(db,
		     "UPDATE work SET cancelled_ns = ?2, until_ns = CASE WHEN until_ns > 0 THEN min(until_ns, ?2) ELSE "
		     "?2 END WHERE no = ?1",
		     values, 2);

	return rc == SQLITE_OK ? put_end(db, w, holds ? &now : NULL, at_ns, "work.cancel", by) : rc;
}

/* Can it be ended, or cancelled? Else @c says why not. */
static bool may_end(const struct work *w, int64_t at_ns, bool cancels, struct complaint *c)
{
	struct work_time t;

	if (w->cancelled_ns) {
		complain(c, "work", 0, 0, "it is cancelled already");
		return false;
	}
	bool may = cancels ? work_from(w, at_ns, &t) : work_at(w, at_ns, &t);
	if (!may && cancels)
		complain(c, "work", 0, 0, "all of it is past: there is nothing to cancel");
	else if (!may)
		complain(c, "work", 0, 0, "it does not go on at this time. sekisho work show tells when it does");
	return may;
}

static int end(const char *state_dir, int64_t no, int64_t at_ns, const struct person *by, bool cancels,
	       struct complaint *c)
{
	struct calendar all = {0};
	struct work_time now;
	sqlite3 *db;
	int err = store_open(&db, state_dir, STORE_READ, c); /* where there is no ledger, none is made */

	sqlite3_close(db);
	if (!err)
		err = store_open(&db, state_dir, STORE_WRITE, c);
	if (err)
		return err;
	int rc = audit_begin(db);
	if (rc == SQLITE_OK)
		rc = work_load(db, false, &all);
	const struct work *w = rc == SQLITE_OK ? find(&all, no, c) : NULL;
	bool refused = rc == SQLITE_OK && (!w || !may_end(w, at_ns, cancels, c));
	if (w && !refused)
		rc = cancels ? put_cancel(db, w, at_ns, by)
			     : put_end(db, w, work_at(w, at_ns, &now) ? &now : NULL, at_ns, "work.end", by);
	calendar_free(&all);
	if (!refused)
		return store_settle(db, state_dir, rc, c);
	store_exec(db, "ROLLBACK");
	sqlite3_close(db);
	return -EINVAL;
}

int work_end(const char *state_dir, int64_t no, int64_t at_ns, const struct person *by, struct complaint *c)
{
	return end(state_dir, no, at_ns, by, false, c);
}

int work_cancel(const char *state_dir, int64_t no, int64_t at_ns, const struct person *by, struct complaint *c)
{
	return end(state_dir, no, at_ns, by, true, c);
}
