#include "app/report/drills.h"

#include <string.h>

#include "alert/drill_scenarios.h"
#include "app/report/monthly.h"
#include "base/when.h"

enum { ROWS = 20 };

static const char reactions[] =
    "SELECT d.no, d.title, d.scenario, x.first_seen, x.rule_id, x.acked, x.acked_by, x.closed,"
    " x.closed_by, x.ack_minutes, x.close_minutes, (SELECT count(*) FROM drill_sinks s WHERE"
    " s.drill = d.no AND s.n = x.n) " DRILLS_ALERTS " ORDER BY d.no DESC, x.n";

const char *drills_reactions_how(struct report *r)
{
	return report_how_sql(r, IN_ALERTS, reactions);
}

/* "D3 Autumn drill": what somebody called it, else what its scenario is called. */
static const char *name_of(struct report *r, long long no, const char *title, const char *scenario)
{
	struct drill_scenario s;

	if (!title[0] && drill_scenario_find(scenario, &s))
		title = r->japanese ? s.title_ja : s.title_en;
	return doc_format(&r->doc, "D%lld %s", no, title[0] ? title : scenario);
}

static const char *title_of(struct report *r, const char *rule)
{
	for (size_t i = 0; i < drill_scenarios_count(); i++) {
		struct drill_scenario s = drill_scenario_at(i);
		for (unsigned k = 0; k < s.n_steps; k++) {
			if (strcmp(s.steps[k].rule, rule) == 0)
				return r->japanese ? s.steps[k].title_ja : s.steps[k].title_en;
		}
	}
	return rule;
}

/* "Sato, 2 min", against @target minutes; 0: none. */
static void put_reaction(struct report *r, int64_t raised_ns, int64_t at_ns, const char *who, int64_t target)
{
	struct doc *d = &r->doc;
	bool in_time = at_ns > 0 && (!target || at_ns - raised_ns <= target * 60 * NS_PER_S);

	if (!at_ns)
		doc_cell_tone(d, say(W_DRILL_NOBODY), TONE_BAD);
	else
		doc_cell_tone(d,
			      doc_format(d, say(in_time ? W_REPORT_REACTED : W_REPORT_REACTED_LATE), who,
					 report_span(r, at_ns - raised_ns)),
			      in_time ? TONE_GOOD : TONE_NOTICE);
}

unsigned drills_put_reactions(struct report *r, unsigned most)
{
	struct doc *d = &r->doc;
	unsigned n = 0;

	doc_column(d, "drill", say(W_COL_DRILL), false, 24);
	doc_column(d, "at", say(W_COL_TIME), false, 0);
	doc_column(d, "what", say(W_COL_TITLE), false, 30);
	doc_column(d, "acknowledged", say(W_COL_ACKED), false, 24);
	doc_column(d, "closed", say(W_COL_CLOSED), false, 24);
	doc_column(d, "receivers", say(W_REPORT_RECEIVERS), true, 0);
	sqlite3_stmt *s = report_query(r, IN_ALERTS, reactions);
	while (report_step(r, s)) {
		int64_t raised = sqlite3_column_int64(s, 3);
		if (n++ >= most)
			continue;
		doc_cell(d, name_of(r, sqlite3_column_int64(s, 0), report_text(s, 1), report_text(s, 2)));
		doc_cell(d, report_short_time(r, raised));
		doc_cell(d, title_of(r, report_text(s, 4)));
		put_reaction(r, raised, sqlite3_column_int64(s, 5), report_text(s, 6), sqlite3_column_int64(s, 9));
		put_reaction(r, raised, sqlite3_column_int64(s, 7), report_text(s, 8), sqlite3_column_int64(s, 10));
		doc_cell_number(d, sqlite3_column_double(s, 11));
	}
	return n;
}

static double figure(struct report *r, const char *id, enum word label, enum word unit, const char *sql)
{
	double n = report_number(r, IN_ALERTS, sql);

	doc_number(&r->doc, id, say(label), n, say(unit), TONE_PLAIN, report_how_sql(r, IN_ALERTS, sql));
	return n;
}

void monthly_put_drills(struct report *r)
{
	struct doc *d = &r->doc;

	doc_heading(d, 1, say(W_COL_DRILL));
	if (figure(r, "drills", W_REPORT_DRILLS, W_REPORT_DRILL_TIMES, "SELECT count(*) " DRILLS_BEGUN) == 0) {
		doc_paragraph(d, say(W_REPORT_NO_DRILLS));
		return;
	}
	figure(r, "drill_alerts", W_REPORT_DRILL_ALERTS, W_REPORT_ALERTS, "SELECT count(*) " DRILLS_ALERTS);
	figure(r, "drill_acked_in_time", W_REPORT_DRILL_ACKED, W_REPORT_ALERTS,
	       "SELECT count(*) " DRILLS_ALERTS " AND " DRILLS_ACKED);
	figure(r, "drill_closed_in_time", W_REPORT_DRILL_CLOSED, W_REPORT_ALERTS,
	       "SELECT count(*) " DRILLS_ALERTS " AND " DRILLS_CLOSED);
	doc_table(d, "drill_reactions", say(W_REPORT_DRILL_TABLE), drills_reactions_how(r));
	unsigned n = drills_put_reactions(r, ROWS);
	if (n > ROWS)
		doc_left_out(d, n - ROWS);
	sqlite3_stmt *s = report_query(r, IN_ALERTS,
				       "SELECT d.no, d.title, d.scenario, d.remark " DRILLS_BEGUN
				       " AND d.remark <> '' ORDER BY d.no DESC LIMIT 5");
	while (report_step(r, s))
		doc_paragraph(d,
			      doc_format(d, say(W_REPORT_DRILL_REMARK),
					 name_of(r, sqlite3_column_int64(s, 0), report_text(s, 1), report_text(s, 2)),
					 report_text(s, 3)));
	doc_paragraph(d, say(W_REPORT_DRILL_APART));
}

void daily_put_drills(struct report *r)
{
	static const char under_way[] = "SELECT no, title, scenario FROM drills WHERE ended = 0";
	static const char running[] = "SELECT count(*) FROM drills WHERE ended = 0";
	struct doc *d = &r->doc;

	if (report_number(r, IN_ALERTS, "SELECT count(*) " DRILLS_BEGUN) > 0)
		figure(r, "drills", W_REPORT_DRILLS, W_REPORT_DRILL_TIMES, "SELECT count(*) " DRILLS_BEGUN);
	if (report_number(r, IN_ALERTS, running) == 0)
		return;
	figure(r, "drills_under_way", W_REPORT_DRILLS_NOW, W_REPORT_DRILL_TIMES, running);
	sqlite3_stmt *s = report_query(r, IN_ALERTS, under_way);
	while (report_step(r, s))
		doc_warning(d,
			    doc_format(d, say(W_REPORT_DRILL_NOW),
				       name_of(r, sqlite3_column_int64(s, 0), report_text(s, 1), report_text(s, 2))));
}
