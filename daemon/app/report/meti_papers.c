/* Evidence of the checklist that the register gives. */
#include <string.h>

#include "app/alert_text.h"
#include "app/command.h"
#include "app/report/meti.h"
#include "app/zone_word.h"
#include "base/when.h"
#include "ledger/ledger.h"

#define REVIEWS "FROM audit WHERE verb GLOB 'register.*' OR verb IN ('asset.set', 'asset.phase', 'asset.confirm')"

enum { WLAN_ZONES_MAX = 4, REVIEW_DAYS = 365 };

static bool no_papers(struct evidence *e)
{
	e->on_paper = true;
	e->missing = e->m->papers == 0;
	if (e->missing)
		meti_lack(e, say(W_METI_NO_REGISTER));
	return e->missing;
}

/* Percent of the register's rows of which @condition holds for some cell g. */
static double put_filled(struct evidence *e, const char *id, const char *label, const char *condition)
{
	return meti_sql(e, IN_LEDGER, id, label, "%",
			doc_format(&e->m->r->doc,
				   "SELECT round(100.0 * count(*) / %.0f, 1) " LIVE_PAPERS
				   " AND EXISTS (SELECT 1 FROM paper_cell c WHERE c.uid = p.uid AND %s)",
				   e->m->papers, condition));
}

/* ---- 2-6 */

struct seen {
	double all, unregistered, contradicting;
};

static void take_seen(void *ctx, const struct ledger_asset_row *a)
{
	struct seen *n = ctx;

	n->all++;
	n->unregistered += a->registered == REGISTERED_NO;
	n->contradicting += a->contradicts[0] != '\0';
}

static void put_seen(struct evidence *e)
{
	struct report *r = e->m->r;
	struct seen n = {0};
	struct ledger_filter f = {.purdue = PURDUE_UNKNOWN, .registered = -1};

	if (!r->err)
		r->err = ledger_each_asset_row(r->state_dir, &f, take_seen, &n, r->c);
	meti_number(e, "devices", say(W_METI_DEVICES_SEEN), n.all, say(W_REPORT_DEVICES), TONE_PLAIN,
		    report_how(r, "assets --count", false));
	meti_number(e, "unregistered", say(W_METI_UNREGISTERED), n.unregistered, say(W_REPORT_DEVICES),
		    n.unregistered > 0 ? TONE_BAD : TONE_GOOD, report_how(r, "assets --unregistered --count", false));
	meti_number(e, "contradicting", say(W_METI_CONTRADICTING), n.contradicting, say(W_REPORT_DEVICES),
		    n.contradicting > 0 ? TONE_BAD : TONE_GOOD, report_how(r, "assets --contradicting --count", false));
	if (n.unregistered > 0)
		meti_finding(e, say(W_METI_UNREGISTERED), n.unregistered, say(W_REPORT_DEVICES));
	if (n.contradicting > 0)
		meti_finding(e, say(W_METI_CONTRADICTING), n.contradicting, say(W_REPORT_DEVICES));
}

static void put_review(struct evidence *e)
{
	struct report *r = e->m->r;
	const char *age =
	    doc_format(&r->doc, "SELECT (%lld - max(at_ns)) / 86400000000000 " REVIEWS, (long long)r->now_ns);
	double days = meti_sql(e, IN_LEDGER, "review_days", say(W_METI_REVIEW_DAYS), say(W_METI_DAYS), age);

	meti_sql(e, IN_LEDGER, "reviews", say(W_METI_REVIEWS), say(W_METI_TIMES),
		 "SELECT count(*) FROM audit WHERE (verb GLOB 'register.*' OR verb IN ('asset.set', 'asset.phase', "
		 "'asset.confirm')) AND at_ns >= ?1 AND at_ns < ?2");
	double overdue = meti_sql(
	    e, IN_LEDGER, "overdue", say(W_METI_OVERDUE), say(W_REPORT_DEVICES),
	    doc_format(&r->doc,
		       "SELECT count(*) " LIVE_PAPERS " AND EXISTS (SELECT 1 FROM paper_cell c WHERE c.uid = p.uid AND "
		       "c.field = 'review_due' AND c.value < date(%lld, 'unixepoch', 'localtime'))",
		       (long long)(r->now_ns / NS_PER_S)));
	if (days > REVIEW_DAYS)
		meti_finding(e, say(W_METI_REVIEW_OLD), days, say(W_METI_DAYS));
	if (overdue > 0)
		meti_finding(e, say(W_METI_OVERDUE), overdue, say(W_REPORT_DEVICES));
}

static void gather_register(struct evidence *e)
{
	e->shown = true;
	put_seen(e);
	meti_number(e, "papers", say(W_METI_PAPERS), e->m->papers, say(W_METI_ROWS_UNIT), TONE_PLAIN,
		    report_how_sql(e->m->r, IN_LEDGER, "SELECT count(*) " LIVE_PAPERS));
	if (!no_papers(e))
		put_review(e);
	e->on_paper = false; /* a device that nobody listened for is not missing in any register */
}

struct unregistered {
	struct report *r;
	double n;
};

static void take_unregistered(void *ctx, const struct ledger_asset_row *a)
{
	struct unregistered *u = ctx;
	struct doc *d = &u->r->doc;

	if (a->registered != REGISTERED_NO || u->n++ >= METI_ROWS)
		return;
	doc_cell(d, a->asset_id);
	doc_cell(d, a->name);
	doc_cell(d, a->ips[0] ? a->ips : a->macs);
	doc_cell(d, a->vendor);
	doc_cell_zone(d, a->zone);
	doc_cell(d, report_time(u->r, a->first_ns));
}

static void put_unregistered(struct evidence *e)
{
	struct report *r = e->m->r;
	struct unregistered u = {.r = r};
	struct ledger_filter f = {.purdue = PURDUE_UNKNOWN, .registered = 0};

	if (e->missing)
		return;
	meti_table(e, "unregistered_devices", say(W_METI_UNREGISTERED), report_how(r, "assets --unregistered", false));
	doc_column(&r->doc, "asset_id", say(W_REPORT_ID), false, 0);
	doc_column(&r->doc, "name", say(W_COL_NAME), false, 24);
	doc_column(&r->doc, "address", say(W_COL_IP), false, 24);
	doc_column(&r->doc, "maker", say(W_COL_VENDOR), false, 20);
	doc_column(&r->doc, "zone", say(W_COL_ZONE), false, 24);
	doc_column(&r->doc, "first_seen", say(W_REPORT_BEGAN), false, 0);
	if (!r->err)
		r->err = ledger_each_asset_row(r->state_dir, &f, take_unregistered, &u, r->c);
	meti_left_out(e, u.n);
}

/* ---- 2-7 */

static void put_wlan_zone(struct evidence *e, const char *zone)
{
	struct report *r = e->m->r;
	struct seen n = {0};
	struct ledger_filter f = {.purdue = PURDUE_UNKNOWN, .registered = -1, .zone = zone};
	const char *id = doc_format(&r->doc, "%s.devices", zone);

	if (!r->err)
		r->err = ledger_each_asset_row(r->state_dir, &f, take_seen, &n, r->c);
	meti_number(e, id, doc_format(&r->doc, say(W_METI_WLAN_DEVICES), zone_word(zone)), n.all, say(W_REPORT_DEVICES),
		    TONE_PLAIN, report_how(r, doc_format(&r->doc, "assets --zone %s --count", zone), false));
	id = doc_format(&r->doc, "%s.unregistered", zone);
	meti_number(e, id, doc_format(&r->doc, say(W_METI_WLAN_UNREGISTERED), zone_word(zone)), n.unregistered,
		    say(W_REPORT_DEVICES), n.unregistered > 0 ? TONE_BAD : TONE_GOOD,
		    report_how(r, doc_format(&r->doc, "assets --zone %s --unregistered --count", zone), false));
	if (n.unregistered > 0)
		meti_finding(e, doc_format(&r->doc, say(W_METI_WLAN_UNREGISTERED), zone_word(zone)), n.unregistered,
			     say(W_REPORT_DEVICES));
	e->shown = e->shown || n.all > 0;
}

static void gather_wireless(struct evidence *e)
{
	struct report *r = e->m->r;
	const char *zones[WLAN_ZONES_MAX];
	unsigned n = 0;

	if (meti_sql(e, IN_LEDGER, "zones", say(W_METI_WLAN_ZONES), "",
		     "SELECT count(*) FROM zone WHERE fa = 'wlan'") == 0) {
		meti_weaken(e, STRENGTH_NONE, say(W_METI_NO_WLAN));
		return;
	}
	sqlite3_stmt *s = report_query(r, IN_LEDGER, "SELECT id FROM zone WHERE fa = 'wlan' ORDER BY id LIMIT 4");
	while (report_step(r, s)) {
		if (n < WLAN_ZONES_MAX)
			zones[n++] = doc_keep(&r->doc, report_text(s, 0));
	}
	for (unsigned i = 0; i < n; i++)
		put_wlan_zone(e, zones[i]);
}

/* ---- 4-3, 4-5, 4-6 */

static void gather_vendors(struct evidence *e)
{
	if (no_papers(e))
		return;
	put_filled(e, "vendor_contact", say(W_METI_VENDOR_CONTACT), "c.field = 'vendor_contact' AND c.value <> ''");
	double contact =
	    put_filled(e, "vuln_contact", say(W_METI_VULN_CONTACT), "c.field = 'vuln_contact' AND c.value <> ''");
	put_filled(e, "support_until", say(W_METI_SUPPORT_UNTIL), "c.field = 'support_until' AND c.value <> ''");
	double ended = meti_sql(
	    e, IN_LEDGER, "support_ended", say(W_METI_SUPPORT_ENDED), say(W_REPORT_DEVICES),
	    doc_format(&e->m->r->doc,
		       "SELECT count(*) " LIVE_PAPERS " AND EXISTS (SELECT 1 FROM paper_cell c WHERE c.uid = p.uid AND "
		       "c.field = 'support_until' AND c.value < date(%lld, 'unixepoch', 'localtime'))",
		       (long long)(e->m->r->now_ns / NS_PER_S)));
	e->shown = contact > 0;
	if (contact < 100)
		meti_finding(e, say(W_METI_NO_VULN_CONTACT), 100 - contact, "%");
	if (ended > 0)
		meti_finding(e, say(W_METI_SUPPORT_ENDED), ended, say(W_REPORT_DEVICES));
}

static void gather_acceptance(struct evidence *e)
{
	if (no_papers(e))
		return;
	double decided = put_filled(e, "decided", say(W_METI_DECIDED),
				    "c.field = 'decision' AND c.value IN ('pass', 'conditional', 'exempt_partial')");
	put_filled(e, "jcstar", say(W_METI_JCSTAR), "c.field = 'jcstar' AND c.value <> ''");
	e->shown = decided > 0;
	e->on_paper = true;
}

static void gather_sheets(struct evidence *e)
{
	if (no_papers(e))
		return;
	double sheets = meti_sql(
	    e, IN_LEDGER, "sheets", say(W_METI_SHEETS), "%",
	    doc_format(&e->m->r->doc,
		       "SELECT round(100.0 * count(DISTINCT p.uid) / %.0f, 1) " LIVE_PAPERS
		       " AND p.uid IN (SELECT CAST(substr(json_extract(details, '$.row'), 2) AS INTEGER) FROM audit "
		       "WHERE json_extract(details, '$.sheet') IS NOT NULL)",
		       e->m->papers));
	e->shown = sheets > 0;
}

const struct gatherer meti_papers[] = {
    {"register", gather_register, put_unregistered},
    {"wireless", gather_wireless, NULL},
    {"vendors", gather_vendors, NULL},
    {"acceptance", gather_acceptance, NULL},
    {"sheets", gather_sheets, NULL},
    {NULL, NULL, NULL},
};
