#include "app/report/planned.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/when.h"
#include "ledger/work.h"

enum { COMMAND_MAX = 160 };

static struct work_filter filter_of(const struct report *r, const struct period *p, int kind)
{
	return (struct work_filter){
	    .kind = kind, .state = -1, .from_ns = p->from_ns, .to_ns = p->to_ns, .now_ns = r->now_ns};
}

/* @return false: there is nothing, or it could not be read, which r->err says. */
static bool read_times(struct report *r, const struct work_filter *f, struct calendar *all, struct work_rows *rows)
{
	*all = (struct calendar){0};
	if (r->err)
		return false;
	int rc = work_load(r->db[IN_LEDGER], true, all);
	if (rc != SQLITE_OK) {
		complain(r->c, r->state_dir, 0, 0, "%s cannot be read: %s", "ledger.db",
			 sqlite3_errmsg(r->db[IN_LEDGER]));
		r->err = -EIO;
		return false;
	}
	if (work_rows_of(all, f, rows))
		return true;
	r->doc.short_of_memory = true;
	calendar_free(all);
	return false;
}

struct planned_sum report_planned(struct report *r, const struct period *p, int kind)
{
	const struct work_filter f = filter_of(r, p, kind);
	struct planned_sum sum = {0};
	struct calendar all;
	struct work_rows rows;

	if (!read_times(r, &f, &all, &rows))
		return sum;
	for (size_t i = 0; i < rows.n; i++) {
		struct work_alerts n = work_alerts_of(r->db[IN_LEDGER], &rows.rows[i], &f);
		sum.alerts += (double)n.all;
		sum.muted += (double)n.muted;
	}
	sum.times = (double)rows.n;
	sum.hours =
	    round((double)work_rows_ns(&rows, &f) / (double)NS_PER_S / 360.0) / 10.0; /* as the command rounds */
	free(rows.rows);
	calendar_free(&all);
	return sum;
}

static const char *list_of(struct report *r, const struct period *p, int kind, const char *what)
{
	char options[PERIOD_OPTIONS_MAX];

	return doc_format(&r->doc, "work list%s%s %s%s%s", kind < 0 ? "" : " --kind ",
			  kind < 0 ? "" : work_kind_name((enum work_kind)kind),
			  period_options(p, options, sizeof(options)), what[0] ? " " : "", what);
}

const char *report_planned_how(struct report *r, const struct period *p, int kind, const char *what)
{
	return report_how(r, list_of(r, p, kind, what), false);
}

static void put_row(struct report *r, const struct work_row *row, const struct work_filter *f)
{
	struct work_alerts n = work_alerts_of(r->db[IN_LEDGER], row, f);
	struct doc *d = &r->doc;
	char scope[512], words[512];

	doc_cell(d, report_short_time(r, row->time.from_ns));
	doc_cell(d, report_short_time(r, row->time.to_ns));
	doc_cell(d, work_kind_word(row->work->kind));
	doc_cell(d, row->work->title);
	doc_cell_id(d, work_scope_words(row->work, words, sizeof(words)),
		    work_scope_text(row->work, scope, sizeof(scope)), TONE_PLAIN);
	doc_cell(d, row->work->who);
	doc_cell_tone(d, work_state_word(row->state), row->state == WORK_NOW ? TONE_NOTICE : TONE_PLAIN);
	doc_cell_number(d, (double)n.all);
	doc_cell_number(d, (double)n.muted);
}

void report_put_planned(struct report *r, const struct period *p, int kind, const char *id, const char *title,
			size_t most)
{
	const struct work_filter f = filter_of(r, p, kind);
	struct doc *d = &r->doc;
	struct calendar all;
	struct work_rows rows;

	if (!read_times(r, &f, &all, &rows))
		return;
	if (rows.n > 0) {
		doc_table(d, id, title, report_planned_how(r, p, kind, ""));
		doc_column(d, "from", say(W_WORK_COL_FROM), false, 0);
		doc_column(d, "to", say(W_WORK_COL_TO), false, 0);
		doc_column(d, "kind", say(W_WORK_COL_KIND), false, 0);
		doc_column(d, "title", say(W_WORK_COL_TITLE), false, 28);
		doc_column(d, "concerns", say(W_WORK_COL_SCOPE), false, 40);
		doc_column(d, "who", say(W_WORK_COL_WHO), false, 20);
		doc_column(d, "state", say(W_COL_STATE), false, 0);
		doc_column(d, "alerts", say(W_COL_ALERTS), true, 0);
		doc_column(d, "muted", say(W_WORK_COL_MUTED), true, 0);
	}
	for (size_t i = 0; i < rows.n && i < most; i++)
		put_row(r, &rows.rows[i], &f);
	if (rows.n > most)
		doc_left_out(d, rows.n - most);
	free(rows.rows);
	calendar_free(&all);
}

int64_t report_day(int64_t ns, int days)
{
	time_t t = ns / NS_PER_S;
	struct tm tm = {0};

	localtime_r(&t, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday += days;
	tm.tm_isdst = -1;
	return mktime(&tm) * NS_PER_S;
}
