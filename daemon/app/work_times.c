#include "app/work_times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/scope_words.h"
#include "base/when.h"

#define YEAR_NS (366 * 86400 * NS_PER_S)

static const char *const states[WORK_STATES] = {"past", "now", "coming", "cancelled"};

const char *work_state_name(enum work_state state)
{
	return states[state];
}

int work_state_parse(const char *text)
{
	for (int i = 0; i < WORK_STATES; i++) {
		if (strcmp(states[i], text) == 0)
			return i;
	}
	return -1;
}

static enum work_state state_of(const struct work *w, const struct work_time *t, int64_t now_ns)
{
	if (w->cancelled_ns && w->cancelled_ns <= t->from_ns)
		return WORK_CANCELLED;
	return now_ns >= t->to_ns ? WORK_PAST : now_ns >= t->from_ns ? WORK_NOW : WORK_COMING;
}

/* The last time of all, where none is to come. One that never took place is as it was planned. */
static struct work_time last_of(const struct work *w, int64_t now_ns)
{
	int64_t end_ns = w->until_ns && w->until_ns < now_ns ? w->until_ns : now_ns;
	struct work_time t, last = w->first;

	for (bool more = work_from(w, end_ns - 2 * YEAR_NS, &t); more; more = work_next(w, t.from_ns + 1, &t))
		last = t;
	return last;
}

struct work_row work_row_now(const struct work *w, int64_t now_ns)
{
	struct work_row row = {.work = w};

	if (!work_from(w, now_ns, &row.time))
		row.time = last_of(w, now_ns);
	row.state = state_of(w, &row.time, now_ns);
	return row;
}

static bool fits(const struct work_filter *f, const struct work_row *row)
{
	return (f->kind < 0 || row->work->kind == (enum work_kind)f->kind) &&
	       (f->state < 0 || row->state == (enum work_state)f->state);
}

static bool add(struct work_rows *out, const struct work_filter *f, const struct work_row *row, size_t *room)
{
	if (!fits(f, row) || out->n == WORK_ROWS_MAX)
		return true;
	if (out->n == *room) {
		size_t more = *room ? 2 * *room : 64;
		struct work_row *rows = reallocarray(out->rows, more, sizeof(*rows));
		if (!rows)
			return false;
		out->rows = rows;
		*room = more;
	}
	out->rows[out->n++] = *row;
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct work_row *x = a, *y = b;

	if (x->time.from_ns != y->time.from_ns)
		return x->time.from_ns < y->time.from_ns ? -1 : 1;
	return x->work->no < y->work->no ? -1 : x->work->no > y->work->no;
}

bool work_rows_of(const struct calendar *c, const struct work_filter *f, struct work_rows *out)
{
	size_t room = 0;
	bool ok = true;

	*out = (struct work_rows){0};
	for (size_t i = 0; i < c->n && ok; i++) {
		const struct work *w = &c->works[i];
		struct work_row row = {.work = w};
		if (!f->to_ns) {
			row = work_row_now(w, f->now_ns);
			ok = add(out, f, &row, &room);
			continue;
		}
		bool more = work_from(w, f->from_ns, &row.time);
		for (; more && ok && row.time.from_ns < f->to_ns && out->n < WORK_ROWS_MAX;
		     more = work_next(w, row.time.from_ns + 1, &row.time)) {
			row.state = state_of(w, &row.time, f->now_ns);
			ok = add(out, f, &row, &room);
		}
	}
	if (out->n > 0)
		qsort(out->rows, out->n, sizeof(out->rows[0]), by_time);
	if (!ok)
		free(out->rows);
	return ok;
}

int64_t work_rows_ns(const struct work_rows *rows, const struct work_filter *f)
{
	int64_t sum_ns = 0;

	for (size_t i = 0; i < rows->n; i++) {
		struct work_time t = rows->rows[i].time;
		if (f->to_ns) {
			t.from_ns = t.from_ns > f->from_ns ? t.from_ns : f->from_ns;
			t.to_ns = t.to_ns < f->to_ns ? t.to_ns : f->to_ns;
		}
		sum_ns += t.to_ns > t.from_ns ? t.to_ns - t.from_ns : 0;
	}
	return sum_ns;
}

struct work_alerts work_alerts_of(sqlite3 *ledger_db, const struct work_row *row, const struct work_filter *f)
{
	static const char all[] = "SELECT count(*), ifnull(sum(muted), 0) FROM work_alert WHERE work_no = ?1",
			  of_time[] = "SELECT count(*), ifnull(sum(muted), 0) FROM work_alert WHERE work_no = ?1 AND "
				      "from_ns = ?2 AND last_ns >= ?3 AND first_ns < ?4";
	bool whole = !f || !f->to_ns;
	struct work_alerts n = {0};
	sqlite3_stmt *st = NULL;

	if (ledger_db && sqlite3_prepare_v2(ledger_db, whole ? all : of_time, -1, &st, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(st, 1, row->work->no);
		if (!whole) {
			sqlite3_bind_int64(st, 2, row->time.from_ns);
			sqlite3_bind_int64(st, 3, f->from_ns);
			sqlite3_bind_int64(st, 4, f->to_ns);
		}
		if (sqlite3_step(st) == SQLITE_ROW)
			n = (struct work_alerts){sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1)};
	}
	sqlite3_finalize(st);
	return n;
}

/* ---- words */

const char *work_kind_word(enum work_kind kind)
{
	static const enum word words[WORK_KINDS] = {W_WORK_MAINTENANCE, W_WORK_SHUTDOWN, W_WORK_HOLIDAY};

	return say(words[kind]);
}

const char *work_state_word(enum work_state state)
{
	static const enum word words[WORK_STATES] = {W_WORK_STATE_PAST, W_WORK_STATE_NOW, W_WORK_STATE_COMING,
						     W_WORK_STATE_CANCELLED};

	return say(words[state]);
}

const char *work_every_word(enum work_every every)
{
	static const enum word words[WORK_EVERYS] = {
	    [WORK_DAILY] = W_WORK_DAILY, [WORK_WEEKLY] = W_WORK_WEEKLY, [WORK_YEARLY] = W_WORK_YEARLY};

	return every == WORK_ONCE ? "" : say(words[every]);
}

const char *work_scope_text(const struct work *w, char *buf, size_t size)
{
	const struct {
		const char *key, *text;
	} parts[] = {{"zone", w->zone}, {"device", w->device}, {"src", w->src}, {"dest", w->dest}, {"rule", w->rule}};
	size_t len = 0;

	snprintf(buf, size, "%s", work_is_everywhere(w) ? say(W_WORK_EVERYWHERE) : "");
	len = strlen(buf);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && len < size; i++) {
		if (parts[i].text[0])
			len += (size_t)snprintf(buf + len, size - len, "%s%s=%s", len ? " " : "", parts[i].key,
						parts[i].text);
	}
	return buf;
}

const char *work_scope_words(const struct work *w, char *buf, size_t size)
{
	snprintf(buf, size, "%s", work_is_everywhere(w) ? say(W_WORK_EVERYWHERE) : "");
	scope_words_add_zone(buf, size, w->zone);
	scope_words_add(buf, size, W_SCOPE_DEVICE, w->device);
	scope_words_add(buf, size, W_COL_FROM, w->src);
	scope_words_add(buf, size, W_COL_TO, w->dest);
	scope_words_add(buf, size, W_COL_RULE, w->rule);
	return buf;
}
