/* Evidence of the checklist that the audit trail gives: who saw to alerts and drills, and how soon. */
#include <stdlib.h>
#include <string.h>

#include "app/report/delays.h"
#include "app/report/drills.h"
#include "app/report/meti.h"
#include "base/when.h"

#define IN_TIME "at_ns >= ?1 AND at_ns < ?2"

/* The middle one of all levels. @return whether there is any. */
static bool find_median(struct report *r, const char *verb, double *median)
{
	struct delays d = delays_read(r, verb, DELAYS_ANY_LEVEL);
	bool any = d.n > 0;

	*median = (double)delays_median(&d);
	free(d.minutes);
	return any;
}

static double put_reaction(struct evidence *e, const char *verb, const char *id, const char *label, const char *median)
{
	struct report *r = e->m->r;
	double minutes = 0;
	double n = meti_sql(
	    e, IN_LEDGER, id, label, say(W_REPORT_ALERTS),
	    doc_format(&r->doc, "SELECT count(DISTINCT object) FROM audit WHERE verb = '%s' AND " IN_TIME, verb));

	if (find_median(r, verb, &minutes))
		meti_number(e, doc_format(&r->doc, "%s_minutes", id), median, minutes, say(W_METI_MINUTES), TONE_PLAIN,
			    delays_median_how(r, verb, DELAYS_ANY_LEVEL));
	return n;
}

static void gather_reactions(struct evidence *e)
{
	struct report *r = e->m->r;
	double acked = put_reaction(e, "alert.ack", "acked", say(W_METI_ACKED), say(W_METI_ACK_MINUTES));
	double closed = put_reaction(e, "alert.close", "closed", say(W_METI_CLOSED), say(W_METI_CLOSE_MINUTES));
	double waiting = report_number(r, IN_ALERTS, "SELECT count(*) FROM alerts WHERE state = 'open' AND level >= 3");

	meti_number(e, "waiting", say(W_METI_WAITING), waiting, say(W_REPORT_ALERTS),
		    waiting > 0 ? TONE_BAD : TONE_GOOD, report_how(r, "alerts --in open --level high --count", false));
	e->on_paper = true;
	e->shown = acked + closed > 0;
	if (waiting > 0)
		meti_finding(e, say(W_METI_WAITING), waiting, say(W_REPORT_ALERTS));
	if (!e->shown)
		meti_lack(e, say(W_METI_NOBODY_REACTED));
}

#define BY_PERSON                                                                                                      \
	"SELECT who, count(DISTINCT CASE WHEN verb = 'alert.ack' THEN object END), count(DISTINCT CASE WHEN verb = "   \
	"'alert.close' THEN object END), max(at_ns) FROM audit WHERE verb IN ('alert.ack', 'alert.close') "            \
	"AND " IN_TIME " GROUP BY who ORDER BY 2 DESC, 3 DESC, who"

static void put_persons(struct evidence *e)
{
	struct report *r = e->m->r;
	struct doc *d = &r->doc;
	unsigned n = 0;

	if (!e->shown)
		return;
	meti_table(e, "persons", say(W_METI_PERSONS), report_how_sql(r, IN_LEDGER, BY_PERSON));
	doc_column(d, "who", say(W_METI_WHO), false, 24);
	doc_column(d, "acked", say(W_METI_ACKED), true, 0);
	doc_column(d, "closed", say(W_METI_CLOSED), true, 0);
	doc_column(d, "last", say(W_REPORT_ENDED), false, 0);
	sqlite3_stmt *s = report_query(r, IN_LEDGER, BY_PERSON);
	while (report_step(r, s)) {
		if (n++ >= METI_ROWS)
			continue;
		doc_cell(d, report_text(s, 0));
		doc_cell_number(d, sqlite3_column_double(s, 1));
		doc_cell_number(d, sqlite3_column_double(s, 2));
		doc_cell(d, report_time(r, sqlite3_column_int64(s, 3)));
	}
	meti_left_out(e, n);
}

/* ---- drills */

#define DRILLS "FROM audit WHERE verb GLOB 'drill.*' AND " IN_TIME

/* A drill that nobody answered shows nothing of what people can do. */
static void gather_drills(struct evidence *e)
{
	double rows = meti_sql(e, IN_LEDGER, "drill_rows", say(W_METI_DRILL_ROWS), say(W_REPORT_ALERTS),
			       "SELECT count(*) " DRILLS);

	meti_sql(e, IN_LEDGER, "drill_persons", say(W_METI_DRILL_PERSONS), say(W_METI_PEOPLE),
		 "SELECT count(DISTINCT who) " DRILLS " AND verb <> 'drill.expire'");
	double alerts = meti_sql(e, IN_ALERTS, "drill_alerts", say(W_REPORT_DRILL_ALERTS), say(W_REPORT_ALERTS),
				 "SELECT count(*) " DRILLS_ALERTS);
	meti_sql(e, IN_ALERTS, "drill_acked_in_time", say(W_REPORT_DRILL_ACKED), say(W_REPORT_ALERTS),
		 "SELECT count(*) " DRILLS_ALERTS " AND " DRILLS_ACKED);
	double unanswered =
	    report_number(e->m->r, IN_ALERTS, "SELECT count(*) " DRILLS_ALERTS " AND x.acked = 0 AND d.ended > 0");
	e->on_paper = true;
	e->shown = report_number(e->m->r, IN_LEDGER,
				 "SELECT count(*) " DRILLS " AND verb IN ('drill.ack', 'drill.close')") > 0;
	if (rows == 0 && alerts == 0)
		meti_lack(e, say(W_METI_NO_DRILL));
	if (unanswered > 0)
		meti_finding(e, say(W_METI_DRILL_UNANSWERED), unanswered, say(W_REPORT_ALERTS));
}

static void put_drill_reactions(struct evidence *e)
{
	struct report *r = e->m->r;

	if (report_number(r, IN_ALERTS, "SELECT count(*) " DRILLS_ALERTS) == 0)
		return;
	meti_table(e, "drill_reactions", say(W_REPORT_DRILL_TABLE), drills_reactions_how(r));
	meti_left_out(e, drills_put_reactions(r, METI_ROWS));
}

static void put_drills(struct evidence *e)
{
	static const char sql[] = "SELECT at_ns, verb, object, who, reason " DRILLS " ORDER BY no DESC";
	struct report *r = e->m->r;
	struct doc *d = &r->doc;
	unsigned n = 0;

	put_drill_reactions(e);
	if (report_number(r, IN_LEDGER, "SELECT count(*) " DRILLS) == 0)
		return;
	meti_table(e, "drills", say(W_METI_DRILLS), report_how_sql(r, IN_LEDGER, sql));
	doc_column(d, "at", say(W_METI_AT), false, 0);
	doc_column(d, "verb", say(W_METI_WHAT), false, 20);
	doc_column(d, "object", say(W_METI_OBJECT), false, 34);
	doc_column(d, "who", say(W_METI_WHO), false, 20);
	doc_column(d, "reason", say(W_METI_REASON), false, 34);
	sqlite3_stmt *s = report_query(r, IN_LEDGER, sql);
	while (report_step(r, s)) {
		if (n++ >= METI_ROWS)
			continue;
		doc_cell(d, report_time(r, sqlite3_column_int64(s, 0)));
		for (int i = 1; i < 5; i++)
			doc_cell(d, report_text(s, i));
	}
	meti_left_out(e, n);
}

const struct gatherer meti_people[] = {
    {"reactions", gather_reactions, put_persons},
    {"drills", gather_drills, put_drills},
    {NULL, NULL, NULL},
};
