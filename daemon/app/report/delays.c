#include "app/report/delays.h"

#include <stdlib.h>

#include "base/when.h"

#define IN_TIME "at_ns >= ?1 AND at_ns < ?2"

/* Both databases are asked, which SQLite's own command does with ATTACH. */
const char *delays_how(struct report *r, const char *verb, int level, const char *what)
{
	const char *of_level = level < 0 ? "" : doc_format(&r->doc, " AND a.level = %d", level);
	const char *sql = doc_format(
	    &r->doc,
	    "ATTACH '%s/alerts.db' AS o; WITH f AS (SELECT substr(object, 7) AS id, min(at_ns) AS t FROM audit WHERE "
	    "verb = '%s' AND " IN_TIME " GROUP BY object), d AS (SELECT (f.t - a.first_seen) / 60000000000 AS n, a.level AS level FROM f "
	    "JOIN o.alerts a ON a.alert_id = f.id WHERE a.first_seen <= f.t%s) %s",
	    r->state_dir, verb, of_level, what);

	return report_how_sql(r, IN_LEDGER, sql);
}

const char *delays_median_how(struct report *r, const char *verb, int level)
{
	return delays_how(r, verb, level,
			  "SELECT n FROM d ORDER BY n LIMIT 1 OFFSET (SELECT (count(*) - 1) / 2 FROM d)");
}

static bool add(struct delays *d, int64_t minutes)
{
	if (d->n == d->room) {
		size_t room = d->room ? 2 * d->room : 64;
		int64_t *list = reallocarray(d->minutes, room, sizeof(*list));
		if (!list)
			return false;
		d->minutes = list;
		d->room = room;
	}
	d->minutes[d->n++] = minutes;
	return true;
}

/* @find: the beginning of an alert by its id. */
static void take(struct report *r, struct delays *out, sqlite3_stmt *find, const char *alert_id, int64_t at_ns)
{
	sqlite3_bind_text(find, 1, alert_id, -1, SQLITE_TRANSIENT);
	if (sqlite3_step(find) == SQLITE_ROW && sqlite3_column_int64(find, 0) <= at_ns &&
	    !add(out, (at_ns - sqlite3_column_int64(find, 0)) / (60 * NS_PER_S)))
		r->doc.short_of_memory = true;
	sqlite3_reset(find);
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

struct delays delays_read(struct report *r, const char *verb, int level)
{
	struct delays d = {0};
	sqlite3_stmt *find = NULL;
	const char *sql = doc_format(
	    &r->doc,
	    "SELECT substr(object, 7), min(at_ns) FROM audit WHERE verb = '%s' AND " IN_TIME " GROUP BY object", verb);
	const char *first = doc_format(
	    &r->doc, "SELECT first_seen FROM alerts WHERE alert_id = ?1 AND (%d < 0 OR level = %d)", level, level);
	sqlite3_stmt *s = report_query(r, IN_LEDGER, sql);

	if (r->db[IN_ALERTS])
		sqlite3_prepare_v2(r->db[IN_ALERTS], first, -1, &find, NULL);
	while (report_step(r, s)) {
		if (find)
			take(r, &d, find, report_text(s, 0), sqlite3_column_int64(s, 1));
	}
	sqlite3_finalize(find);
	if (d.n > 0)
		qsort(d.minutes, d.n, sizeof(d.minutes[0]), by_size);
	return d;
}

int64_t delays_median(const struct delays *d)
{
	return d->n > 0 ? d->minutes[(d->n - 1) / 2] : 0;
}

size_t delays_within(const struct delays *d, int64_t minutes)
{
	size_t n = 0;

	while (n < d->n && d->minutes[n] < minutes)
		n++;
	return n;
}
