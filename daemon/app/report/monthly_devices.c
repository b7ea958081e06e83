/* Of the monthly report: devices that came and went, and the roll-up by months. */
#include <time.h>

#include "app/alert_text.h"
#include "app/command.h"
#include "app/report/monthly.h"
#include "app/report/months.h"
#include "app/role_words.h"
#include "base/when.h"
#include "ledger/ledger.h"

enum { ROWS = 12 };

#define NEW_DEVICES  "SELECT count(*) FROM asset WHERE merged_into IS NULL AND first_ns >= ?1 AND first_ns < ?2"
#define GONE_DEVICES "SELECT count(*) FROM asset WHERE merged_into IS NULL AND last_ns < ?1"

struct list {
	struct report *r;
	bool gone, unregistered; /* those first: they want somebody to look */
	size_t shown;
};

static void take(void *ctx, const struct ledger_asset_row *a)
{
	struct list *l = ctx;
	struct doc *d = &l->r->doc;

	if ((l->gone && a->last_ns >= l->r->period.from_ns) || (a->registered == REGISTERED_NO) != l->unregistered ||
	    l->shown == ROWS)
		return;
	l->shown++;
	doc_cell(d, a->asset_id);
	doc_cell(d, a->name);
	doc_cell(d, a->ips[0] ? a->ips : a->macs);
	doc_cell_zone(d, a->zone);
	doc_cell_tone(d, registered_word(a->registered), a->registered == REGISTERED_NO ? TONE_BAD : TONE_PLAIN);
	doc_cell(d, report_time(l->r, l->gone ? a->last_ns : a->first_ns));
}

static void put_list(struct report *r, bool gone, double all)
{
	struct doc *d = &r->doc;
	struct list l = {.r = r, .gone = gone};
	struct ledger_filter f = {.purdue = PURDUE_UNKNOWN, .registered = -1};

	if (!gone) {
		f.from_ns = r->period.from_ns;
		f.to_ns = r->period.to_ns;
	}
	doc_table(d, gone ? "gone_devices" : "new_devices", say(gone ? W_MONTHLY_GONE_TABLE : W_DAILY_NEW_TABLE),
		  gone ? report_how_sql(r, IN_LEDGER, GONE_DEVICES) : report_how(r, "assets", true));
	doc_column(d, "asset_id", say(W_REPORT_ID), false, 0);
	doc_column(d, "name", say(W_COL_NAME), false, 24);
	doc_column(d, "address", say(W_COL_IP), false, 24);
	doc_column(d, "zone", say(W_COL_ZONE), false, 24);
	doc_column(d, "registered", say(W_COL_REGISTERED), false, 0);
	doc_column(d, "at", say(gone ? W_REPORT_ENDED : W_REPORT_BEGAN), false, 0);
	for (int pass = 0; pass < 2 && !r->err; pass++) {
		l.unregistered = pass == 0;
		r->err = ledger_each_asset_row(r->state_dir, &f, take, &l, r->c);
	}
	if (all > (double)l.shown)
		doc_left_out(d, (size_t)all - l.shown);
}

void monthly_put_devices(struct report *r)
{
	struct doc *d = &r->doc;
	double fresh = report_number(r, IN_LEDGER, NEW_DEVICES), gone = report_number(r, IN_LEDGER, GONE_DEVICES);

	doc_heading(d, 1, say(W_MONTHLY_DEVICES));
	doc_number(d, "new_devices", say(W_DAILY_NEW), fresh, say(W_REPORT_DEVICES),
		   fresh > 0 ? TONE_NOTICE : TONE_PLAIN, report_how(r, "assets --count", true));
	doc_number(d, "gone_devices", say(W_MONTHLY_GONE), gone, say(W_REPORT_DEVICES),
		   gone > 0 ? TONE_NOTICE : TONE_PLAIN, report_how_sql(r, IN_LEDGER, GONE_DEVICES));
	if (fresh > 0)
		put_list(r, false, fresh);
	if (gone > 0)
		put_list(r, true, gone);
}

/* ---- the roll-up */

static void put_month(struct report *r, const struct period *month)
{
	static const char by_level[] =
	    "SELECT ifnull(sum(level = 4), 0), ifnull(sum(level = 3), 0), ifnull(sum(level = 2), "
	    "0), ifnull(sum(level < 2), 0) " MONTHLY_ALERTS;
	struct doc *d = &r->doc;
	struct period whole = r->period;
	double watched = month_watched(r, month);
	time_t at = (time_t)(month->from_ns / NS_PER_S);
	struct tm tm = {0};
	char name[16];

	localtime_r(&at, &tm);
	strftime(name, sizeof(name), "%Y-%m", &tm);
	doc_cell(d, name);
	r->period = *month;
	sqlite3_stmt *s = report_query(r, IN_ALERTS, by_level);
	double n[4] = {0};
	while (report_step(r, s)) {
		for (int i = 0; i < 4; i++)
			n[i] = sqlite3_column_double(s, i);
	}
	for (int i = 0; i < 4; i++)
		doc_cell_number(d, n[i]);
	doc_cell_number(d, report_number(r, IN_LEDGER, NEW_DEVICES));
	doc_cell_number(d,
			report_number(r, IN_LEDGER,
				      "SELECT count(DISTINCT object) FROM audit WHERE verb = 'alert.ack' AND at_ns >= "
				      "?1 AND at_ns < ?2"));
	doc_cell_number(d,
			report_number(r, IN_LEDGER,
				      "SELECT count(DISTINCT object) FROM audit WHERE verb = 'alert.close' AND at_ns "
				      ">= ?1 AND at_ns < ?2"));
	doc_cell_tone(d, doc_format(d, "%.1f%%", watched), watched < 80 ? TONE_BAD : TONE_PLAIN);
	r->period = whole;
}

void monthly_put_months(struct report *r)
{
	struct doc *d = &r->doc;
	struct months m = report_months(r);

	if (m.n < 2)
		return;
	doc_heading(d, 1, say(W_MONTHLY_MONTHS));
	doc_table(d, "months", say(W_METI_MONTHS_TABLE),
		  report_how_sql(r, IN_ALERTS, "SELECT level, count(*) " MONTHLY_ALERTS " GROUP BY level"));
	doc_column(d, "month", say(W_MONTHLY_MONTH), false, 0);
	doc_column(d, "critical", alert_level_word(LEVEL_CRITICAL), true, 0);
	doc_column(d, "high", alert_level_word(LEVEL_HIGH), true, 0);
	doc_column(d, "medium", alert_level_word(LEVEL_MEDIUM), true, 0);
	doc_column(d, "lower", say(W_MONTHLY_LOWER), true, 0);
	doc_column(d, "new_devices", say(W_DAILY_NEW), true, 0);
	doc_column(d, "acked", say(W_METI_ACKED), true, 0);
	doc_column(d, "closed", say(W_METI_CLOSED), true, 0);
	doc_column(d, "watched", say(W_METI_MONTH_WATCHED), true, 0);
	for (unsigned i = 0; i < m.n && !r->err; i++)
		put_month(r, &m.at[i]);
}
