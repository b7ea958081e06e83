/* Evidence of the checklist that the sensor gives of itself: how long it watched, what it saw, what it keeps. */
#include <jansson.h>
#include <string.h>

#include "app/alert_text.h"
#include "app/command.h"
#include "app/report/meti.h"
#include "base/when.h"
#include "ledger/audit.h"

#define IN_TIME "to_ns > ?1 AND from_ns < ?2"

static double put_watched(struct evidence *e)
{
	struct report *r = e->m->r;
	struct coverage k = report_coverage(r);

	meti_number(e, "watched", say(W_METI_WATCHED), e->m->watched, "%",
		    e->m->watched < WATCHED_ENOUGH ? TONE_BAD : TONE_GOOD,
		    report_how_sql(r, IN_LEDGER, meti_watched_sql(r)));
	meti_number(e, "gaps", say(W_METI_GAPS), k.gaps, say(W_METI_TIMES), TONE_PLAIN,
		    report_how_sql(r, IN_LEDGER,
				   "SELECT datetime(from_ns / 1000000000, 'unixepoch', 'localtime'), datetime(to_ns / "
				   "1000000000, 'unixepoch', 'localtime') FROM watch WHERE " IN_TIME));
	meti_sql(e, IN_LEDGER, "frames", say(W_REPORT_FRAMES), "",
		 "SELECT ifnull(sum(frames), 0) FROM watch WHERE " IN_TIME);
	meti_sql(e, IN_LEDGER, "rate", say(W_METI_RATE), say(W_METI_PER_SECOND),
		 "SELECT ifnull(round(sum(frames) * 1e9 / sum(to_ns - from_ns), 1), 0) FROM watch WHERE " IN_TIME);
	return meti_sql(
	    e, IN_LEDGER, "loss", say(W_REPORT_LOSS), "%",
	    "SELECT ifnull(round(100.0 * sum(lost) / max(sum(frames + lost), 1), 3), 0) FROM watch WHERE " IN_TIME);
}

static void put_levels(struct evidence *e)
{
	static const char *const names[] = {"info", "low", "medium", "high", "critical"};
	struct report *r = e->m->r;
	double n[5] = {0};
	sqlite3_stmt *s =
	    report_query(r, IN_ALERTS,
			 "SELECT level, count(*) FROM alerts WHERE last_seen >= ?1 AND first_seen < ?2 GROUP BY level");

	while (report_step(r, s)) {
		int level = sqlite3_column_int(s, 0);
		if (level >= 0 && level < 5)
			n[level] = sqlite3_column_double(s, 1);
	}
	for (int i = 4; i >= 0; i--)
		meti_number(
		    e, doc_format(&r->doc, "alerts_%s", names[i]),
		    doc_format(&r->doc, say(W_METI_ALERTS_OF), alert_level_word((enum alert_level)i)), n[i],
		    say(W_REPORT_ALERTS), TONE_PLAIN,
		    report_how(r, doc_format(&r->doc, "alerts --level %s --exactly --active --count", names[i]), true));
}

static void put_version(struct evidence *e)
{
	struct report *r = e->m->r;
	json_t *health = json_load_file(doc_format(&r->doc, "%s/health.json", r->state_dir), 0, NULL);

	meti_words(e, "version", say(W_METI_VERSION), doc_keep(&r->doc, json_at(health, "version")), TONE_PLAIN,
		   report_how(r, "health --json", false));
	json_decref(health);
}

#define ZONE_SEEN                                                                                                      \
	"EXISTS (SELECT 1 FROM asset a WHERE a.zone = z.id AND a.merged_into IS NULL AND a.last_ns >= ?1 AND "         \
	"a.first_ns < ?2)"

static void gather_detection(struct evidence *e)
{
	double loss = put_watched(e);
	double zones = meti_sql(e, IN_LEDGER, "zones", say(W_METI_ZONES), "", "SELECT count(*) FROM zone");
	double seen = meti_sql(e, IN_LEDGER, "zones_seen", say(W_METI_ZONES_SEEN), "",
			       "SELECT count(*) FROM zone z WHERE " ZONE_SEEN);

	put_levels(e);
	put_version(e);
	e->shown = e->m->watched > 0;
	if (e->m->watched < WATCHED_ENOUGH)
		meti_finding(e, say(W_METI_WATCHED_LITTLE), e->m->watched, "%");
	if (loss > 0.1)
		meti_finding(e, say(W_METI_LOSS), loss, "%");
	if (seen < zones)
		meti_finding(e, say(W_METI_ZONES_UNSEEN), zones - seen, "");
}

#define ZONE_ROWS                                                                                                      \
	"SELECT z.id, z.name_ja, z.name_en, count(a.no), max(a.last_ns) FROM zone z LEFT JOIN asset a ON a.zone = "    \
	"z.id AND a.merged_into IS NULL AND a.last_ns >= ?1 AND a.first_ns < ?2 GROUP BY z.id ORDER BY z.id"

static void put_zones(struct evidence *e)
{
	struct report *r = e->m->r;
	struct doc *d = &r->doc;
	unsigned n = 0;

	meti_table(e, "zone_list", say(W_METI_ZONE_LIST), report_how_sql(r, IN_LEDGER, ZONE_ROWS));
	doc_column(d, "zone", say(W_COL_ZONE), false, 0);
	doc_column(d, "name", say(W_COL_NAME), false, 30);
	doc_column(d, "devices", say(W_METI_DEVICES_SEEN), true, 0);
	doc_column(d, "last", say(W_REPORT_ENDED), false, 0);
	sqlite3_stmt *s = report_query(r, IN_LEDGER, ZONE_ROWS);
	while (report_step(r, s)) {
		double devices = sqlite3_column_double(s, 3);
		if (n++ >= METI_ROWS)
			continue;
		doc_cell(d, report_text(s, 0));
		doc_cell(d, report_text(s, r->japanese ? 1 : 2));
		doc_cell_number(d, devices);
		doc_cell_tone(d, devices > 0 ? report_time(r, sqlite3_column_int64(s, 4)) : say(W_METI_UNSEEN),
			      devices > 0 ? TONE_PLAIN : TONE_BAD);
	}
	meti_left_out(e, n);
}

/* ---- 3-8 */

static void count_trouble(void *ctx, int64_t no, int64_t to, enum audit_trouble what)
{
	(void)no;
	(void)to;
	(void)what;
	(*(unsigned *)ctx)++;
}

static void put_chain(struct evidence *e)
{
	struct report *r = e->m->r;
	struct audit_state state = {0};
	unsigned troubles = 0;

	if (!r->err)
		r->err = audit_verify(r->state_dir, NULL, count_trouble, &troubles, &state, r->c);
	meti_number(e, "chain_troubles", say(W_METI_CHAIN), troubles, say(W_METI_TIMES),
		    troubles > 0 ? TONE_BAD : TONE_GOOD, report_how(r, "audit verify", false));
	if (troubles > 0)
		meti_finding(e, say(W_METI_CHAIN_BROKEN), troubles, say(W_METI_ROWS_UNIT));
}

#define OPERATIONS "SELECT count(*) FROM link k WHERE k.last_ns >= ?1 AND k.first_ns < ?2 AND k.functions <> ''"

/* What people and programs did on the devices, as far as it shows. */
static void put_operations(struct evidence *e)
{
	meti_sql(e, IN_LEDGER, "operations", say(W_METI_OPERATIONS), say(W_METI_CONVERSATIONS), OPERATIONS);
	meti_sql(e, IN_LEDGER, "writes", say(W_METI_WRITES), say(W_METI_CONVERSATIONS),
		 OPERATIONS " AND k.functions LIKE '%write%'");
	meti_sql(e, IN_LEDGER, "logins", say(W_METI_LOGINS), say(W_METI_CONVERSATIONS),
		 OPERATIONS " AND (k.functions LIKE '%SESSION_SETUP%' OR k.functions LIKE '%ActivateSession%')");
	meti_sql(
	    e, IN_ALERTS, "operation_alerts", say(W_METI_OPERATION_ALERTS), say(W_REPORT_ALERTS),
	    "SELECT count(*) FROM alerts WHERE last_seen >= ?1 AND first_seen < ?2 AND rule_id IN ('SKS-MB-01', "
	    "'SKS-MB-05', 'SKS-MB-06', 'SKS-MB-07', 'SKS-MB-09', 'SKS-MB-10', 'SKS-PO-08', 'SKS-SM-08', 'SKS-UA-10', "
	    "'SKS-UA-11')");
}

static void gather_records(struct evidence *e)
{
	struct report *r = e->m->r;

	put_operations(e);
	meti_number(e, "alerts_kept", say(W_METI_ALERTS_KEPT),
		    report_number(r, IN_ALERTS, "SELECT count(*) FROM alerts"), say(W_REPORT_ALERTS), TONE_PLAIN,
		    report_how(r, "alerts --count", false));
	double days =
	    meti_sql(e, IN_ALERTS, "alert_days", say(W_METI_ALERT_DAYS), say(W_METI_DAYS),
		     doc_format(&r->doc, "SELECT ifnull((%lld - min(first_seen)) / 86400000000000, 0) FROM alerts",
				(long long)r->now_ns));
	meti_sql(e, IN_LEDGER, "link_days", say(W_METI_LINK_DAYS), say(W_METI_DAYS),
		 doc_format(&r->doc, "SELECT ifnull((%lld - min(first_ns)) / 86400000000000, 0) FROM link",
			    (long long)r->now_ns));
	meti_sql(e, IN_LEDGER, "audit_rows", say(W_METI_AUDIT_ROWS), say(W_METI_ROWS_UNIT),
		 "SELECT count(*) FROM audit");
	put_chain(e);
	e->shown = days > 0;
}

const struct gatherer meti_sensor[] = {
    {"detection", gather_detection, put_zones},
    {"records", gather_records, NULL},
    {NULL, NULL, NULL},
};
