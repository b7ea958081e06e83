/*
 * One page a day for a plant without network staff: what is new, what somebody has to see to, who crossed between
 * office and plant, who came to maintain, and for what time all this speaks.
 */
#include <stdlib.h>
#include <string.h>

#include "alert/outbox.h"
#include "app/alert_text.h"
#include "app/command.h"
#include "app/report/drills.h"
#include "app/report/planned.h"
#include "app/report/report.h"
#include "app/role_words.h"
#include "base/when.h"
#include "ledger/ledger.h"

enum { ACTIONS_MAX = 7, DEVICES_MAX = 6, DEVICES_FEW = 3, CROSSINGS_MAX = 5, VISITS_MAX = 4, PLANNED_MAX = 3 };

#define NEEDS_ACTION "FROM alerts WHERE state = 'open' AND level >= 2"
#define CROSSINGS    "FROM alerts WHERE rule_id LIKE 'SKS-PO-%' AND last_seen >= ?1 AND first_seen < ?2"
#define NEW_ASSETS   "FROM asset WHERE merged_into IS NULL AND first_ns >= ?1 AND first_ns < ?2"
/* who asks from the zone of remote maintenance */
#define VISITS                                                                                                         \
	"FROM link k JOIN asset s ON s.no = k.src_no JOIN zone z ON z.id = s.zone"                                     \
	" WHERE z.fa = 'fa.remote' AND k.protocol NOT IN ('dhcp', 'dns', 'ntp') AND k.dest_no <> 0 AND k.last_ns >= "  \
	"?1 AND k.first_ns < ?2"

#define COUNT_VISITORS "SELECT count(DISTINCT s.no) " VISITS

static void put_figures(struct report *r)
{
	struct doc *d = &r->doc;
	struct coverage k = report_coverage(r);
	double actions = report_number(r, IN_ALERTS, "SELECT count(*) " NEEDS_ACTION);
	double worst = report_number(r, IN_ALERTS, "SELECT count(*) FROM alerts WHERE state = 'open' AND level = 4");
	double crossings = report_number(r, IN_ALERTS, "SELECT count(*) " CROSSINGS);
	double fresh = report_number(r, IN_LEDGER, "SELECT count(*) " NEW_ASSETS);
	double visits = report_number(r, IN_LEDGER, COUNT_VISITORS);

	doc_number(d, "new_devices", say(W_DAILY_NEW), fresh, say(W_REPORT_DEVICES),
		   fresh > 0 ? TONE_NOTICE : TONE_GOOD, report_how(r, "assets --count", true));
	doc_number(d, "needs_action", say(W_DAILY_ACTIONS), actions, say(W_REPORT_ALERTS),
		   worst > 0     ? TONE_BAD
		   : actions > 0 ? TONE_NOTICE
				 : TONE_GOOD,
		   report_how(r, "alerts --in open --level medium --count", false));
	doc_number(d, "critical_open", say(W_DAILY_CRITICAL), worst, say(W_REPORT_ALERTS),
		   worst > 0 ? TONE_BAD : TONE_GOOD, report_how(r, "alerts --in open --level critical --count", false));
	doc_number(d, "crossings", say(W_DAILY_CROSSINGS), crossings, say(W_REPORT_ALERTS),
		   crossings > 0 ? TONE_NOTICE : TONE_GOOD,
		   report_how(r, "alerts --rule SKS-PO- --active --count", true));
	doc_number(d, "maintenance_visits", say(W_DAILY_VISITS), visits, say(W_REPORT_DEVICES), TONE_PLAIN,
		   report_how_sql(r, IN_LEDGER, COUNT_VISITORS));
	report_put_watched(r, &k);
	daily_put_drills(r);
	if (k.frames <= 0)
		doc_warning(d, say(W_REPORT_NOTHING_SEEN));
}

/* ---- what needs action */

/* The first sentence: where to go and what to look at. */
static void cut_to_first_sentence(char *text)
{
	char *ja = strstr(text, "。"), *en = strstr(text, ". ");

	if (ja)
		ja[strlen("。")] = '\0';
	else if (en)
		en[1] = '\0';
}

/* A row a rule: forty thousand of one kind are one thing to do. */
static void put_actions(struct report *r)
{
	struct doc *d = &r->doc;
	double kinds = report_number(r, IN_ALERTS, "SELECT count(DISTINCT rule_id) " NEEDS_ACTION);
	sqlite3_stmt *s = report_query(r, IN_ALERTS,
				       "SELECT rule_id, max(level), count(*), max(last_seen), alert_id " NEEDS_ACTION
				       " GROUP BY rule_id ORDER BY 2 DESC, 3 DESC, 1 LIMIT 7");

	doc_table(d, "actions", say(W_DAILY_ACTIONS_TABLE), report_how(r, "alerts --in open --level medium", false));
	doc_column(d, "level", say(W_COL_LEVEL), false, 0);
	doc_column(d, "what", say(W_COL_TITLE), false, 40);
	doc_column(d, "alerts", say(W_COL_ALERTS), true, 0);
	doc_column(d, "last_seen", say(W_COL_LAST_SEEN), false, 0);
	doc_column(d, "check_first", say(W_DAILY_FIRST), false, 60);
	while (report_step(r, s)) {
		struct alert_texts w;
		enum alert_level level = (enum alert_level)sqlite3_column_int(s, 1);
		report_alert_texts(r, report_text(s, 4), &w);
		cut_to_first_sentence(w.action);
		doc_cell_tone(d, alert_level_word(level), level >= LEVEL_HIGH ? TONE_BAD : TONE_NOTICE);
		doc_cell(d, w.title[0] ? w.title : report_text(s, 0));
		doc_cell_number(d, sqlite3_column_double(s, 2));
		doc_cell(d, report_short_time(r, sqlite3_column_int64(s, 3)));
		doc_cell(d, w.action);
	}
	if (kinds > ACTIONS_MAX)
		doc_left_out(d, (size_t)kinds - ACTIONS_MAX);
}

/* ---- new devices */

struct device_rows {
	struct doc *doc;
	bool unregistered; /* those first: they want somebody to look */
	unsigned n, most;
};

static void take_device(void *ctx, const struct ledger_asset_row *a)
{
	struct device_rows *rows = ctx;
	struct doc *d = rows->doc;

	if ((a->registered == REGISTERED_NO) != rows->unregistered || rows->n == rows->most)
		return;
	rows->n++;
	doc_cell(d, a->asset_id);
	doc_cell(d, a->name);
	doc_cell(d, a->ips[0] ? a->ips : a->macs);
	doc_cell(d, a->vendor);
	doc_cell_zone(d, a->zone);
	doc_cell_tone(d, registered_word(a->registered), a->registered == REGISTERED_NO ? TONE_BAD : TONE_PLAIN);
}

static void put_devices(struct report *r, unsigned most)
{
	struct doc *d = &r->doc;
	struct device_rows rows = {.doc = d, .unregistered = true, .most = most};
	struct ledger_filter f = {
	    .purdue = PURDUE_UNKNOWN, .registered = -1, .from_ns = r->period.from_ns, .to_ns = r->period.to_ns};
	double all = report_number(r, IN_LEDGER, "SELECT count(*) " NEW_ASSETS);

	if (all == 0)
		return;
	doc_table(d, "new_devices", say(W_DAILY_NEW_TABLE), report_how(r, "assets", true));
	doc_column(d, "asset_id", say(W_REPORT_ID), false, 0);
	doc_column(d, "name", say(W_COL_NAME), false, 24);
	doc_column(d, "address", say(W_COL_IP), false, 24);
	doc_column(d, "maker", say(W_COL_VENDOR), false, 20);
	doc_column(d, "zone", say(W_COL_ZONE), false, 24);
	doc_column(d, "registered", say(W_COL_REGISTERED), false, 0);
	for (int pass = 0; pass < 2 && !r->err; pass++) {
		rows.unregistered = pass == 0;
		r->err = ledger_each_asset_row(r->state_dir, &f, take_device, &rows, r->c);
	}
	if (all > rows.n)
		doc_left_out(d, (size_t)all - rows.n);
}

/* ---- crossings and visits */

static void put_crossings(struct report *r)
{
	struct doc *d = &r->doc;
	double all = report_number(r, IN_ALERTS, "SELECT count(*) " CROSSINGS);
	sqlite3_stmt *s = report_query(r, IN_ALERTS,
				       "SELECT alert_id, level, count, last_seen " CROSSINGS
				       " ORDER BY level DESC, last_seen DESC, alert_id LIMIT 5");

	if (all == 0) {
		doc_paragraph(d, say(W_DAILY_NO_CROSSINGS));
		while (report_step(r, s))
			;
		return;
	}
	doc_table(d, "crossings", say(W_DAILY_CROSSINGS_TABLE), report_how(r, "alerts --rule SKS-PO- --active", true));
	doc_column(d, "level", say(W_COL_LEVEL), false, 0);
	doc_column(d, "from", say(W_COL_FROM), false, 24);
	doc_column(d, "to", say(W_COL_TO), false, 24);
	doc_column(d, "what", say(W_COL_TITLE), false, 48);
	doc_column(d, "count", say(W_COL_COUNT), true, 0);
	while (report_step(r, s)) {
		struct alert_texts w;
		enum alert_level level = (enum alert_level)sqlite3_column_int(s, 1);
		report_alert_texts(r, report_text(s, 0), &w);
		doc_cell_tone(d, alert_level_word(level), level >= LEVEL_HIGH ? TONE_BAD : TONE_NOTICE);
		doc_cell(d, w.from);
		doc_cell(d, w.to);
		doc_cell(d, w.title);
		doc_cell_number(d, sqlite3_column_double(s, 2));
	}
	if (all > CROSSINGS_MAX)
		doc_left_out(d, (size_t)all - CROSSINGS_MAX);
}

static void put_visits(struct report *r)
{
	struct doc *d = &r->doc;
	double all =
	    report_number(r, IN_LEDGER, "SELECT count(*) FROM (SELECT 1 " VISITS " GROUP BY k.src_no, k.dest_no)");
	sqlite3_stmt *s = report_query(
	    r, IN_LEDGER,
	    "SELECT k.src_no, k.dest_no, min(k.first_ns), max(k.last_ns), group_concat(DISTINCT k.protocol) " VISITS
	    " GROUP BY k.src_no, k.dest_no ORDER BY 3, 1, 2 LIMIT 4");

	if (all == 0) {
		while (report_step(r, s))
			;
		return;
	}
	doc_table(d, "visits", say(W_DAILY_VISITS_TABLE), "");
	doc_column(d, "from", say(W_COL_FROM), false, 24);
	doc_column(d, "to", say(W_COL_TO), false, 24);
	doc_column(d, "since", say(W_REPORT_BEGAN), false, 0);
	doc_column(d, "until", say(W_REPORT_ENDED), false, 0);
	doc_column(d, "protocols", say(W_COL_PROTOCOL), false, 24);
	while (report_step(r, s)) {
		doc_cell(d, report_device(r, sqlite3_column_int64(s, 0)));
		doc_cell(d, report_device(r, sqlite3_column_int64(s, 1)));
		doc_cell(d, report_short_time(r, sqlite3_column_int64(s, 2)));
		doc_cell(d, report_short_time(r, sqlite3_column_int64(s, 3)));
		doc_cell(d, report_text(s, 4));
	}
	if (all > VISITS_MAX)
		doc_left_out(d, (size_t)all - VISITS_MAX);
}

/* What the day of the report and the one behind it were planned for. */
static struct period planned_days(const struct report *r)
{
	return (struct period){.from_ns = r->period.from_ns, .to_ns = report_day(r->period.to_ns - 1, 2)};
}

void report_daily(struct report *r)
{
	r->doc.compact = true;
	report_put_title(r, say(W_DAILY_TITLE));
	put_figures(r);
	doc_heading(&r->doc, 1, say(W_DAILY_ACTIONS_HEADING));
	put_actions(r);
	doc_heading(&r->doc, 1, say(W_DAILY_SEEN_HEADING));
	const struct period days = planned_days(r);
	bool planned = report_planned(r, &days, -1).times > 0;
	put_devices(r, planned ? DEVICES_FEW : DEVICES_MAX); /* it stays one page */
	put_crossings(r);
	put_visits(r);
	report_put_planned(r, &days, -1, "planned", say(W_PLANNED_TODAY_TABLE), PLANNED_MAX);
	report_put_end(r);
}
