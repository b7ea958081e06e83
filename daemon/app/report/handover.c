/*
 * What changed since a date, for the next shift or the integrator: devices, what they say of themselves, alerts, and
 * what people did about them.
 */
#include <string.h>

#include "app/alert_text.h"
#include "app/command.h"
#include "app/observed_words.h"
#include "app/report/drills.h"
#include "app/report/planned.h"
#include "app/report/report.h"

enum { PLANNED_MAX = 30 };

#define NEW_ASSETS "FROM asset WHERE merged_into IS NULL AND first_ns >= ?1 AND first_ns < ?2"
/* seen before, and not in this time though the sensor watched */
#define SILENT   "FROM asset WHERE merged_into IS NULL AND first_ns < ?1 AND last_ns < ?1"
#define CHANGES  "FROM change WHERE at_ns >= ?1 AND at_ns < ?2 AND prev <> ''"
#define BEGUN    "FROM alerts WHERE first_seen >= ?1 AND first_seen < ?2"
#define DEEDS    "FROM audit WHERE at_ns >= ?1 AND at_ns < ?2"
#define PLANNING "FROM audit WHERE verb LIKE 'work.%' AND at_ns >= ?1 AND at_ns < ?2"
#define OPEN_NOW "FROM alerts WHERE state = 'open' AND level >= 2"

static void put_count(struct report *r, const char *id, enum word label, enum word unit, enum report_db db,
		      const char *sql, enum tone tone, const char *how)
{
	double n = report_number(r, db, sql);

	doc_number(&r->doc, id, say(label), n, say(unit), n > 0 ? tone : TONE_PLAIN,
		   how ? how : report_how_sql(r, db, sql));
}

/* From the end of this time on. */
static struct period next_week(const struct report *r)
{
	return (struct period){.from_ns = r->period.to_ns, .to_ns = report_day(r->period.to_ns - 1, 8)};
}

static void put_figures(struct report *r)
{
	struct period week = next_week(r);
	struct coverage k = report_coverage(r);

	put_count(r, "new_devices", W_DAILY_NEW, W_REPORT_DEVICES, IN_LEDGER, "SELECT count(*) " NEW_ASSETS,
		  TONE_NOTICE, report_how(r, "assets --count", true));
	put_count(r, "silent_devices", W_HANDOVER_SILENT, W_REPORT_DEVICES, IN_LEDGER, "SELECT count(*) " SILENT,
		  TONE_PLAIN, NULL);
	put_count(r, "changes", W_HANDOVER_CHANGES, W_REPORT_TIMES, IN_LEDGER, "SELECT count(*) " CHANGES, TONE_PLAIN,
		  NULL);
	put_count(r, "alerts_begun", W_HANDOVER_BEGUN, W_REPORT_ALERTS, IN_ALERTS, "SELECT count(*) " BEGUN,
		  TONE_NOTICE, report_how(r, "alerts --count", true));
	put_count(r, "needs_action", W_DAILY_ACTIONS, W_REPORT_ALERTS, IN_ALERTS, "SELECT count(*) " OPEN_NOW, TONE_BAD,
		  report_how(r, "alerts --in open --level medium --count", false));
	put_count(r, "deeds", W_HANDOVER_DEEDS, W_REPORT_TIMES, IN_LEDGER, "SELECT count(*) " DEEDS, TONE_PLAIN, NULL);
	put_count(r, "planning", W_PLANNED_CHANGED, W_REPORT_TIMES, IN_LEDGER, "SELECT count(*) " PLANNING, TONE_PLAIN,
		  NULL);
	doc_number(&r->doc, "planned_week", say(W_PLANNED_WEEK), report_planned(r, &week, -1).times,
		   say(W_REPORT_TIMES), TONE_PLAIN, report_planned_how(r, &week, -1, "--count"));
	report_put_watched(r, &k);
	daily_put_drills(r);
}

/* What a column of a query is: the table shows it so. */
enum shown { TEXT, TIME, DEVICE, ZONE, ATTR, VALUE /* of the ATTR in the third column */ };

struct column {
	const char *id;
	enum word title;
	unsigned wide;
	enum shown shown;
};

enum { LISTING_COLUMNS = 5 };

/* A table that is a query's rows. @all: the query that counts them */
struct listing {
	const char *id, *query, *all;
	enum word title;
	struct column columns[LISTING_COLUMNS];
};

static void put_cell(struct report *r, sqlite3_stmt *s, int i, enum shown shown)
{
	char buf[128];

	if (shown == TIME)
		doc_cell(&r->doc, report_short_time(r, sqlite3_column_int64(s, i)));
	else if (shown == ZONE)
		doc_cell_zone(&r->doc, report_text(s, i));
	else if (shown == ATTR)
		doc_cell_id(&r->doc, observed_attr_word(report_text(s, i)), report_text(s, i), TONE_PLAIN);
	else if (shown == VALUE)
		doc_cell_id(&r->doc, observed_value_word(report_text(s, 2), report_text(s, i), buf, sizeof(buf)),
			    report_text(s, i), TONE_PLAIN);
	else
		doc_cell(&r->doc, shown == DEVICE ? report_device(r, sqlite3_column_int64(s, i)) : report_text(s, i));
}

static void put_listing(struct report *r, const struct listing *l, const char *how)
{
	double all = report_number(r, IN_LEDGER, l->all);
	sqlite3_stmt *s = report_query(r, IN_LEDGER, l->query);
	int n = 0;
	size_t rows = 0;

	doc_table(&r->doc, l->id, say(l->title), how ? how : report_how_sql(r, IN_LEDGER, l->query));
	for (; n < LISTING_COLUMNS && l->columns[n].id; n++)
		doc_column(&r->doc, l->columns[n].id, say(l->columns[n].title), false, l->columns[n].wide);
	for (; report_step(r, s); rows++) {
		for (int i = 0; i < n; i++)
			put_cell(r, s, i, l->columns[i].shown);
	}
	if (all > (double)rows)
		doc_left_out(&r->doc, (size_t)all - rows);
}

static const struct listing new_devices = {.id = "new_devices",
					   .title = W_DAILY_NEW_TABLE,
					   .query = "SELECT first_ns, no, vendor, zone " NEW_ASSETS
						    " ORDER BY first_ns, no LIMIT 60",
					   .all = "SELECT count(*) " NEW_ASSETS,
					   .columns = {{"time", W_COL_TIME, 0, TIME},
						       {"name", W_COL_NAME, 30, DEVICE},
						       {"maker", W_COL_VENDOR, 26, TEXT},
						       {"zone", W_COL_ZONE, 24, ZONE}}};

static const struct listing changes = {.id = "changes",
				       .title = W_HANDOVER_CHANGES_TABLE,
				       .query = "SELECT at_ns, asset_no, attr, prev, value " CHANGES
						" ORDER BY at_ns, no LIMIT 60",
				       .all = "SELECT count(*) " CHANGES,
				       .columns = {{"time", W_COL_TIME, 0, TIME},
						   {"device", W_COL_NAME, 26, DEVICE},
						   {"attribute", W_HANDOVER_ATTRIBUTE, 0, ATTR},
						   {"before", W_HANDOVER_BEFORE, 24, VALUE},
						   {"after", W_HANDOVER_AFTER, 24, VALUE}}};

static const struct listing deeds = {.id = "deeds",
				     .title = W_HANDOVER_DEEDS_TABLE,
				     .query = "SELECT at_ns, who, verb, object, reason " DEEDS " ORDER BY no LIMIT 60",
				     .all = "SELECT count(*) " DEEDS,
				     .columns = {{"time", W_COL_TIME, 0, TIME},
						 {"who", W_COL_BY, 20, TEXT},
						 {"verb", W_COL_VERB, 0, TEXT},
						 {"object", W_COL_OBJECT, 24, TEXT},
						 {"reason", W_COL_REASON, 30, TEXT}}};

/* Those that began in this time, the most urgent of each rule first; a row a rule. */
static void put_alerts(struct report *r)
{
	struct doc *d = &r->doc;
	double kinds = report_number(r, IN_ALERTS, "SELECT count(DISTINCT rule_id) " BEGUN);
	sqlite3_stmt *s =
	    report_query(r, IN_ALERTS,
			 "SELECT rule_id, max(level), count(*), sum(state = 'open'), sum(state = 'acknowledged'),"
			 " sum(state NOT IN ('open', 'acknowledged')), alert_id " BEGUN
			 " GROUP BY rule_id ORDER BY 2 DESC, 3 DESC, 1 LIMIT 30");
	struct alert_texts example;
	size_t rows = 0;

	doc_table(d, "alerts", say(W_HANDOVER_ALERTS_TABLE), report_how(r, "alerts", true));
	doc_column(d, "level", say(W_COL_LEVEL), false, 0);
	doc_column(d, "rule", say(W_COL_RULE), false, 0);
	doc_column(d, "what", say(W_HANDOVER_EXAMPLE), false, 40);
	doc_column(d, "alerts", say(W_COL_ALERTS), true, 0);
	doc_column(d, "open", say(W_HANDOVER_OPEN), true, 0);
	doc_column(d, "acknowledged", say(W_HANDOVER_ACKED), true, 0);
	doc_column(d, "done", say(W_HANDOVER_DONE), true, 0);
	for (; report_step(r, s); rows++) {
		enum alert_level level = (enum alert_level)sqlite3_column_int(s, 1);
		doc_cell_tone(d, alert_level_word(level), level >= LEVEL_HIGH ? TONE_BAD : TONE_PLAIN);
		doc_cell(d, report_text(s, 0));
		report_alert_texts(r, report_text(s, 6), &example);
		doc_cell(d, example.title);
		for (int i = 2; i < 6; i++)
			doc_cell_number(d, sqlite3_column_double(s, i));
	}
	if (kinds > (double)rows)
		doc_left_out(d, (size_t)kinds - rows);
}

void report_handover(struct report *r)
{
	r->doc.commands_last = true;
	report_put_title(r, say(W_HANDOVER_TITLE));
	put_figures(r);
	doc_heading(&r->doc, 1, say(W_HANDOVER_DEVICES));
	put_listing(r, &new_devices, report_how(r, "assets", true));
	put_listing(r, &changes, NULL);
	doc_heading(&r->doc, 1, say(W_HANDOVER_ALERTS));
	put_alerts(r);
	doc_heading(&r->doc, 1, say(W_HANDOVER_PEOPLE));
	put_listing(r, &deeds, report_how(r, "audit list", false));
	struct period week = next_week(r);
	report_put_planned(r, &week, -1, "planned_week", say(W_PLANNED_WEEK_TABLE), PLANNED_MAX);
	static const enum word labels[] = {W_HANDOVER_FROM, W_HANDOVER_TO, W_HANDOVER_DATE};
	const char *fields[] = {say(labels[0]), say(labels[1]), say(labels[2]), NULL};
	doc_fields(&r->doc, fields);
	report_put_end(r);
}
