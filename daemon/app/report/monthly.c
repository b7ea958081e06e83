/*
 * A month (or a fiscal year by months) for those who answer for the plant: what small plants are found to lack, each
 * answered with a figure; alerts by level and rule and how soon they were seen to; devices that came and went;
 * conversations against the conduits; JNSA's thirteen entries; what is muted; for what time all this speaks.
 */
#include "app/report/drills.h"
#include "app/report/monthly.h"

#include "app/alert_text.h"
#include "app/report/jnsa.h"
#include "app/report/matrix.h"
#include "app/report/meti.h"
#include "ledger/ledger.h"

enum { RULES_SHOWN = 10, MATRIX_ROWS = 24, LEVELS = 5 };

static const char *const level_ids[LEVELS] = {"info", "low", "medium", "high", "critical"};

#define UNPATCHED                                                                                                      \
	"SELECT count(*) FROM alerts WHERE last_seen >= ?1 AND first_seen < ?2 AND rule_id IN ('SKS-LA-07', "          \
	"'SKS-SM-01')"
#define ZONES_SEEN                                                                                                     \
	"SELECT count(*) FROM zone z WHERE EXISTS (SELECT 1 FROM asset a WHERE a.zone = z.id AND a.merged_into IS "    \
	"NULL AND a.last_ns >= ?1 AND a.first_ns < ?2)"
#define UNREGISTERED "assets --unregistered --count"

static double sql_figure(struct report *r, enum report_db db, const char *id, enum word label, enum word unit,
			 bool bad_if_any, const char *sql)
{
	double n = report_number(r, db, sql);

	doc_number(&r->doc, id, say(label), n, say(unit), bad_if_any ? n > 0 ? TONE_BAD : TONE_GOOD : TONE_PLAIN,
		   report_how_sql(r, db, sql));
	return n;
}

static void count_unregistered(void *ctx, const struct ledger_asset_row *a)
{
	(void)a;
	(*(double *)ctx)++;
}

static void put_unregistered(struct report *r)
{
	struct ledger_filter f = {.purdue = PURDUE_UNKNOWN, .registered = REGISTERED_NO};
	double n = 0;

	if (!r->err)
		r->err = ledger_each_asset_row(r->state_dir, &f, count_unregistered, &n, r->c);
	doc_number(&r->doc, "problem_strangers", say(W_MONTHLY_STRANGERS), n, say(W_MONTHLY_UNREGISTERED),
		   n > 0 ? TONE_BAD : TONE_GOOD, report_how(r, UNREGISTERED, false));
}

/* What JNSA's working group found small plants to lack, in its words. */
static void put_problems(struct report *r)
{
	struct doc *d = &r->doc;
	const char *watched_sql = meti_watched_sql(r);
	double watched = report_number(r, IN_LEDGER, watched_sql);

	doc_heading(d, 1, say(W_MONTHLY_PROBLEMS));
	doc_paragraph(d, say(W_MONTHLY_PROBLEMS_ABOUT));
	doc_number(d, "problem_traffic", say(W_MONTHLY_TRAFFIC), watched, say(W_MONTHLY_WATCHED),
		   watched < WATCHED_ENOUGH ? TONE_BAD : TONE_GOOD, report_how_sql(r, IN_LEDGER, watched_sql));
	put_unregistered(r);
	doc_number(d, "problem_list", say(W_MONTHLY_LIST),
		   report_number(r, IN_LEDGER, "SELECT count(*) FROM asset WHERE merged_into IS NULL"),
		   say(W_MONTHLY_LISTED), TONE_PLAIN, report_how(r, "assets --count", false));
	sql_figure(r, IN_LEDGER, "problem_segments", W_MONTHLY_SEGMENTS, W_MONTHLY_DENIED, true, MATRIX_DENIED);
	sql_figure(r, IN_ALERTS, "problem_patches", W_MONTHLY_PATCHES, W_MONTHLY_UNPATCHED, true, UNPATCHED);
	sql_figure(r, IN_LEDGER, "problem_whole", W_MONTHLY_WHOLE, W_MONTHLY_ZONES, false, ZONES_SEEN);
	if (report_number(r, IN_LEDGER, "SELECT ifnull(sum(frames), 0) FROM watch WHERE to_ns > ?1 AND from_ns < ?2") <=
	    0)
		doc_warning(d, say(W_REPORT_NOTHING_SEEN));
}

/* ---- alerts */

static void put_levels(struct report *r)
{
	struct doc *d = &r->doc;
	double n[LEVELS] = {0},
	       fresh = report_number(r, IN_ALERTS,
				     "SELECT count(*) FROM alerts WHERE first_seen >= ?1 AND first_seen "
				     "< ?2");
	sqlite3_stmt *s = report_query(r, IN_ALERTS, "SELECT level, count(*) " MONTHLY_ALERTS " GROUP BY level");

	while (report_step(r, s)) {
		int level = sqlite3_column_int(s, 0);
		if (level >= 0 && level < LEVELS)
			n[level] = sqlite3_column_double(s, 1);
	}
	for (int i = LEVELS - 1; i >= 0; i--)
		doc_number(
		    d, doc_format(d, "alerts_%s", level_ids[i]), alert_level_word((enum alert_level)i), n[i],
		    say(W_REPORT_ALERTS), i >= LEVEL_HIGH && n[i] > 0 ? TONE_BAD : TONE_PLAIN,
		    report_how(r, doc_format(d, "alerts --level %s --exactly --active --count", level_ids[i]), true));
	doc_number(d, "alerts_new", say(W_MONTHLY_NEW_ALERTS), fresh, say(W_REPORT_ALERTS), TONE_PLAIN,
		   report_how(r, "alerts --count", true));
	doc_chart(d, "levels", say(W_MONTHLY_LEVELS),
		  report_how_sql(r, IN_ALERTS, "SELECT level, count(*) " MONTHLY_ALERTS " GROUP BY level"));
	for (int i = LEVELS - 1; i >= 0; i--)
		doc_bar(d, alert_level_word((enum alert_level)i), n[i]);
}

static void put_rules(struct report *r)
{
	static const char sql[] = "SELECT rule_id, count(*), sum(count), sum(state = 'open'), max(level), alert_id, "
				  "max(last_seen) " MONTHLY_ALERTS " GROUP BY rule_id ORDER BY 2 DESC, 1";
	struct doc *d = &r->doc;
	size_t n = 0;

	doc_table(d, "rules", say(W_MONTHLY_RULES), report_how_sql(r, IN_ALERTS, sql));
	doc_column(d, "rule", say(W_MONTHLY_RULE), false, 0);
	doc_column(d, "alerts", say(W_COL_ALERTS), true, 0);
	doc_column(d, "times", say(W_COL_COUNT), true, 0);
	doc_column(d, "open", say(W_JNSA_OPEN), true, 0);
	doc_column(d, "worst", say(W_JNSA_WORST), false, 0);
	doc_column(d, "example", say(W_MONTHLY_EXAMPLE), false, 48);
	sqlite3_stmt *s = report_query(r, IN_ALERTS, sql);
	while (report_step(r, s)) {
		int worst = sqlite3_column_int(s, 4);
		struct alert_texts e;
		if (n++ >= RULES_SHOWN)
			continue;
		report_alert_texts(r, report_text(s, 5), &e);
		doc_cell(d, report_text(s, 0));
		for (int i = 1; i < 4; i++)
			doc_cell_number(d, sqlite3_column_double(s, i));
		doc_cell_tone(d, alert_level_word((enum alert_level)worst),
			      worst >= LEVEL_HIGH ? TONE_BAD : TONE_PLAIN);
		doc_cell(d, e.title);
	}
	if (n > RULES_SHOWN)
		doc_left_out(d, n - RULES_SHOWN);
}

static void put_segments(struct report *r)
{
	doc_heading(&r->doc, 1, say(W_MONTHLY_SEGMENT_HEADING));
	sql_figure(r, IN_LEDGER, "crossings", W_METI_CROSSINGS, W_METI_CONVERSATIONS, false, MATRIX_CROSSINGS);
	sql_figure(r, IN_LEDGER, "denied", W_METI_DENIED, W_METI_CONVERSATIONS, true, MATRIX_DENIED);
	report_put_matrix(r, "matrix", MATRIX_ROWS);
}

static void put_entries(struct report *r)
{
	struct jnsa_found found[JNSA_ENTRIES];

	jnsa_count(r, found);
	doc_heading(&r->doc, 1, say(W_JNSA_HEADING));
	report_put_jnsa(r, found);
	doc_paragraph(&r->doc, say(W_JNSA_CONFIDENCE));
}

static void put_sensor(struct report *r)
{
	struct coverage k = report_coverage(r);

	doc_heading(&r->doc, 1, say(W_MONTHLY_SENSOR));
	sql_figure(r, IN_LEDGER, "frames", W_REPORT_FRAMES, W_MONTHLY_PACKETS, false,
		   "SELECT ifnull(sum(frames), 0) FROM watch WHERE to_ns > ?1 AND from_ns < ?2");
	report_put_watched(r, &k);
}

void report_monthly(struct report *r)
{
	static void (*const parts[])(struct report * r) = {
	    put_problems,          monthly_put_months,    put_levels,          put_rules,
	    monthly_put_reactions, monthly_put_drills,    monthly_put_devices, put_segments,
	    put_entries,           monthly_put_incidents, monthly_put_mutes,   monthly_put_planned, put_sensor};
	const unsigned n = sizeof(parts) / sizeof(parts[0]);

	r->doc.commands_last = true;
	report_put_title(r, say(W_MONTHLY_TITLE));
	for (unsigned i = 0; i < n && !r->err; i++) {
		if (parts[i] == put_levels)
			doc_heading(&r->doc, 1, say(W_MONTHLY_ALERTS_HEADING));
		parts[i](r);
		if (r->progress)
			r->progress(5 + 80 * (i + 1) / n, say(W_REPORT_READING));
	}
	report_put_end(r);
}
