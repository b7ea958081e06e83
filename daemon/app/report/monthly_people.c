/* Of the monthly report: what people did about alerts, what they muted, and incidents. */
#include <stdlib.h>

#include "app/alert_text.h"
#include "app/report/delays.h"
#include "app/report/monthly.h"
#include "app/report/planned.h"
#include "app/zone_word.h"
#include "base/when.h"

enum { LEVELS = 5, ROWS = 10 };

static const struct act {
	const char *verb, *id;
	enum target target;
	enum word count, median, longest, within, table;
} acts[] = {
    {"alert.ack", "ack", TARGET_ACKNOWLEDGE, W_METI_ACKED, W_MONTHLY_ACK_MEDIAN, W_MONTHLY_ACK_LONGEST,
     W_MONTHLY_ACK_WITHIN, W_MONTHLY_ACK_TABLE},
    {"alert.close", "close", TARGET_CLOSE, W_METI_CLOSED, W_MONTHLY_CLOSE_MEDIAN, W_MONTHLY_CLOSE_LONGEST,
     W_MONTHLY_CLOSE_WITHIN, W_MONTHLY_CLOSE_TABLE},
};

/* How many were done in the time of their level, and the same in SQL. A level without one counts as in time. */
static size_t count_within(struct report *r, const struct act *a)
{
	size_t n = 0;

	for (int level = 0; level < LEVELS; level++) {
		int64_t target = r->targets.minutes[a->target][level];
		struct delays of = delays_read(r, a->verb, level);
		n += target ? delays_within(&of, target) : of.n;
		free(of.minutes);
	}
	return n;
}

static const char *within_sql(struct report *r, const struct act *a)
{
	const char *cases = "";

	for (int level = 0; level < LEVELS; level++) {
		int64_t target = r->targets.minutes[a->target][level];
		if (target)
			cases = doc_format(&r->doc, "%s WHEN %d THEN %lld", cases, level, (long long)target);
	}
	return cases[0] ? doc_format(&r->doc, "SELECT count(*) FROM d WHERE n < CASE level%s ELSE n + 1 END", cases)
			: "SELECT count(*) FROM d";
}

/* Figures for all levels; nothing where nobody did it. */
static void put_act(struct report *r, const struct act *a)
{
	struct doc *d = &r->doc;
	struct delays all = delays_read(r, a->verb, DELAYS_ANY_LEVEL);
	size_t within = count_within(r, a);

	doc_number(d, doc_format(d, "%s_alerts", a->id), say(a->count), (double)all.n, say(W_REPORT_ALERTS), TONE_PLAIN,
		   delays_how(r, a->verb, DELAYS_ANY_LEVEL, "SELECT count(*) FROM d"));
	if (all.n > 0) {
		doc_number(d, doc_format(d, "%s_median", a->id), say(a->median), (double)delays_median(&all),
			   say(W_METI_MINUTES), TONE_PLAIN, delays_median_how(r, a->verb, DELAYS_ANY_LEVEL));
		doc_number(d, doc_format(d, "%s_longest", a->id), say(a->longest), (double)all.minutes[all.n - 1],
			   say(W_METI_MINUTES), TONE_PLAIN,
			   delays_how(r, a->verb, DELAYS_ANY_LEVEL, "SELECT max(n) FROM d"));
		doc_number(d, doc_format(d, "%s_within", a->id), say(a->within), (double)within, say(W_REPORT_ALERTS),
			   within < all.n ? TONE_NOTICE : TONE_GOOD,
			   delays_how(r, a->verb, DELAYS_ANY_LEVEL, within_sql(r, a)));
	}
	free(all.minutes);
}

static void put_level(struct report *r, const struct act *a, int level)
{
	struct doc *d = &r->doc;
	struct delays of = delays_read(r, a->verb, level);
	int64_t target = r->targets.minutes[a->target][level];

	doc_cell_number(d, (double)of.n);
	doc_cell(d, of.n ? report_span(r, delays_median(&of) * 60 * NS_PER_S) : "-");
	doc_cell(d, of.n ? report_span(r, of.minutes[of.n - 1] * 60 * NS_PER_S) : "-");
	doc_cell(d, target ? report_span(r, target * 60 * NS_PER_S) : say(W_MONTHLY_NO_TARGET));
	doc_cell(d, of.n && target ? doc_format(d, "%.0f%%", 100.0 * (double)delays_within(&of, target) / (double)of.n)
				   : "-");
	free(of.minutes);
}

static void put_by_level(struct report *r, const struct act *a)
{
	struct doc *d = &r->doc;

	doc_table(d, doc_format(d, "%s_by_level", a->id), say(a->table),
		  delays_how(r, a->verb, DELAYS_ANY_LEVEL, "SELECT n FROM d ORDER BY n"));
	doc_column(d, "level", say(W_COL_LEVEL), false, 0);
	doc_column(d, "alerts", say(W_COL_ALERTS), true, 0);
	doc_column(d, "median", say(W_MONTHLY_MEDIAN), false, 0);
	doc_column(d, "longest", say(W_MONTHLY_LONGEST), false, 0);
	doc_column(d, "target", say(W_MONTHLY_TARGET), false, 0);
	doc_column(d, "within", say(W_MONTHLY_WITHIN), false, 0);
	for (int level = LEVELS - 1; level >= 0; level--) {
		doc_cell(d, alert_level_word((enum alert_level)level));
		put_level(r, a, level);
	}
}

/* Nothing watched for a day up to the newest thing that a person did: the sensor stands still, or this was replayed. */
#define LATE                                                                                                           \
	"SELECT count(*) FROM audit WHERE verb IN ('alert.ack', 'alert.close') AND at_ns >= ?1 AND at_ns < ?2 AND "    \
	"at_ns > (SELECT ifnull(max(to_ns), 0) + 86400000000000 FROM watch)"

void monthly_put_reactions(struct report *r)
{
	struct doc *d = &r->doc;

	doc_heading(d, 1, say(W_MONTHLY_REACTION_HEADING));
	put_act(r, &acts[0]);
	put_act(r, &acts[1]);
	doc_number(d, "waiting", say(W_METI_WAITING),
		   report_number(r, IN_ALERTS, "SELECT count(*) FROM alerts WHERE state = 'open' AND level >= 3"),
		   say(W_REPORT_ALERTS), TONE_PLAIN, report_how(r, "alerts --in open --level high --count", false));
	put_by_level(r, &acts[0]);
	put_by_level(r, &acts[1]);
	doc_paragraph(d, say(W_MONTHLY_TARGETS));
	if (report_number(r, IN_LEDGER, LATE) > 0)
		doc_warning(d, say(W_MONTHLY_REPLAYED));
}

/* ---- incidents and mutes */

/* A device by its name, an address as it is. */
static const char *source_name(struct report *r, const char *source)
{
	char *end;
	long long no = source[0] == 'A' ? strtoll(source + 1, &end, 10) : 0;

	return no > 0 && !*end ? report_device(r, no) : source;
}

void monthly_put_incidents(struct report *r)
{
	static const char count[] = "SELECT count(*) FROM incidents WHERE last_seen >= ?1 AND first_seen < ?2";
	static const char sql[] =
	    "SELECT incident_id, source, level, alerts, first_seen, state, reason FROM incidents WHERE last_seen >= ?1 "
	    "AND first_seen < ?2 ORDER BY level DESC, first_seen DESC, incident_id LIMIT 10";
	struct doc *d = &r->doc;
	double n = report_number(r, IN_ALERTS, count);

	doc_heading(d, 1, say(W_MONTHLY_INCIDENTS));
	doc_number(d, "incidents", say(W_MONTHLY_INCIDENTS), n, say(W_REPORT_ALERTS), n > 0 ? TONE_BAD : TONE_GOOD,
		   report_how_sql(r, IN_ALERTS, count));
	if (n == 0)
		return;
	doc_table(d, "incidents", say(W_MONTHLY_INCIDENT_TABLE), report_how(r, "incidents", false));
	doc_column(d, "id", "id", false, 0);
	doc_column(d, "source", say(W_COL_FROM), false, 24);
	doc_column(d, "level", say(W_COL_LEVEL), false, 0);
	doc_column(d, "alerts", say(W_COL_ALERTS), true, 0);
	doc_column(d, "began", say(W_REPORT_BEGAN), false, 0);
	doc_column(d, "state", say(W_COL_STATE), false, 0);
	doc_column(d, "reason", say(W_METI_REASON), false, 30);
	sqlite3_stmt *s = report_query(r, IN_ALERTS, sql);
	while (report_step(r, s)) {
		doc_cell(d, report_text(s, 0));
		doc_cell(d, source_name(r, report_text(s, 1)));
		doc_cell(d, alert_level_word((enum alert_level)sqlite3_column_int(s, 2)));
		doc_cell_number(d, sqlite3_column_double(s, 3));
		doc_cell(d, report_short_time(r, sqlite3_column_int64(s, 4)));
		doc_cell(d, alert_state_word(alert_state_parse(report_text(s, 5))));
		doc_cell(d, report_text(s, 6));
	}
	if (n > ROWS)
		doc_left_out(d, (size_t)n - ROWS);
}

void monthly_put_mutes(struct report *r)
{
	struct doc *d = &r->doc;
	const char *in_force = doc_format(d, "FROM mutes WHERE ended = 0 AND until > %lld", (long long)r->now_ns);
	const char *count = doc_format(d, "SELECT count(*) %s", in_force);
	double n = report_number(r, IN_ALERTS, count);
	sqlite3_stmt *s = report_query(
	    r, IN_ALERTS,
	    doc_format(
		d, "SELECT rule, alert_id, src, dest, zone, until, applied, who, reason %s ORDER BY until, no LIMIT %d",
		in_force, ROWS));

	doc_heading(d, 1, say(W_MONTHLY_MUTES));
	doc_number(d, "mutes", say(W_MONTHLY_MUTES), n, say(W_REPORT_ALERTS), n > 0 ? TONE_NOTICE : TONE_PLAIN,
		   report_how_sql(r, IN_ALERTS, count));
	if (n > 0) {
		doc_table(d, "mutes", say(W_MONTHLY_MUTE_TABLE), report_how(r, "alert mutes", false));
		doc_column(d, "of", say(W_MONTHLY_MUTED), false, 40);
		doc_column(d, "until", say(W_MONTHLY_UNTIL), false, 0);
		doc_column(d, "applied", say(W_MONTHLY_APPLIED), true, 0);
		doc_column(d, "who", say(W_METI_WHO), false, 20);
		doc_column(d, "reason", say(W_METI_REASON), false, 34);
	}
	while (report_step(r, s)) {
		const char *of = "";
		for (int i = 0; i < 4; i++)
			of = doc_format(d, "%s%s%s", of, of[0] && report_text(s, i)[0] ? " / " : "", report_text(s, i));
		const char *zone = report_text(s, 4), *between = of[0] && zone[0] ? " / " : "";
		doc_cell_id(d, doc_format(d, "%s%s%s", of, between, zone_word(zone)),
			    doc_format(d, "%s%s%s", of, between, zone), TONE_PLAIN);
		doc_cell(d, report_time(r, sqlite3_column_int64(s, 5)));
		doc_cell_number(d, sqlite3_column_double(s, 6));
		doc_cell(d, report_text(s, 7));
		doc_cell(d, report_text(s, 8));
	}
	if (n > ROWS)
		doc_left_out(d, (size_t)n - ROWS);
}

/* ---- planned work */

void monthly_put_planned(struct report *r)
{
	struct doc *d = &r->doc;
	const struct period *p = &r->period;
	struct planned_sum all = report_planned(r, p, -1), holidays = report_planned(r, p, WORK_HOLIDAY);

	doc_heading(d, 1, say(W_PLANNED_HEADING));
	doc_number(d, "planned_times", say(W_PLANNED_TIMES), all.times, say(W_PLANNED_TIMES_UNIT), TONE_PLAIN,
		   report_planned_how(r, p, -1, "--count"));
	doc_number(d, "planned_hours", say(W_PLANNED_HOURS), all.hours, say(W_PLANNED_HOURS_UNIT), TONE_PLAIN,
		   report_planned_how(r, p, -1, "--hours"));
	doc_number(d, "planned_alerts", say(W_PLANNED_ALERTS), all.alerts, say(W_REPORT_ALERTS), TONE_PLAIN,
		   report_planned_how(r, p, -1, "--alerts"));
	doc_number(d, "planned_muted", say(W_PLANNED_MUTED), all.muted, say(W_REPORT_ALERTS), TONE_PLAIN,
		   report_planned_how(r, p, -1, "--muted"));
	doc_number(d, "holiday_alerts", say(W_PLANNED_ON_HOLIDAYS), holidays.alerts, say(W_REPORT_ALERTS),
		   holidays.alerts > 0 ? TONE_NOTICE : TONE_PLAIN, report_planned_how(r, p, WORK_HOLIDAY, "--alerts"));
	report_put_planned(r, p, -1, "planned", say(W_PLANNED_TABLE), ROWS);
	if (all.times > 0)
		doc_paragraph(d, say(W_PLANNED_ABOUT));
}
