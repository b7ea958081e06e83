/* Evidence of the checklist that conversations and what devices show of themselves give. */
#include <stdlib.h>
#include <string.h>

#include "app/report/matrix.h"
#include "app/report/meti.h"
#include "app/report/planned.h"
#include "base/when.h"
#include "ledger/ledger.h"

#define IN_TIME "k.last_ns >= ?1 AND k.first_ns < ?2"
#define KNOWN   "FROM attribute t JOIN asset a ON a.no = t.asset_no WHERE a.merged_into IS NULL AND t.current"

/* Two figures of one way through the conversations, which may be half a million. */
static void two_numbers(struct report *r, const char *sql, double *first, double *second)
{
	sqlite3_stmt *s = report_query(r, IN_LEDGER, sql);

	while (report_step(r, s)) {
		*first = sqlite3_column_double(s, 0);
		*second = sqlite3_column_double(s, 1);
	}
}

/* Values of an attribute, and how many devices have each. */
static void put_values(struct evidence *e, const char *id, const char *title, const char *attr)
{
	struct report *r = e->m->r;
	struct doc *d = &r->doc;
	const char *sql = doc_format(
	    d, "SELECT t.value, count(DISTINCT t.asset_no) " KNOWN " AND t.attr = '%s' GROUP BY 1 ORDER BY 2 DESC, 1",
	    attr);
	unsigned n = 0;

	meti_table(e, id, title, report_how_sql(r, IN_LEDGER, sql));
	doc_column(d, "value", title, false, 48);
	doc_column(d, "devices", say(W_METI_HOW_MANY), true, 0);
	sqlite3_stmt *s = report_query(r, IN_LEDGER, sql);
	while (report_step(r, s)) {
		if (n++ >= METI_ROWS)
			continue;
		doc_cell(d, report_text(s, 0));
		doc_cell_number(d, sqlite3_column_double(s, 1));
	}
	meti_left_out(e, n);
}

/* ---- 2-8: who may scan stands in the register */

#define SCANNER                                                                                                        \
	"EXISTS (SELECT 1 FROM paper_cell i JOIN paper_cell g ON g.uid = i.uid AND g.field IN ('role', 'kind') AND "   \
	"g.value = 'scanner' WHERE i.field = 'ip' AND instr(' ' || i.value || ' ', ' ' || k.src_ip || ' '))"

static void gather_scans(struct evidence *e)
{
	struct report *r = e->m->r;
	double scanners = meti_sql(e, IN_LEDGER, "scanners", say(W_METI_SCANNERS), say(W_REPORT_DEVICES),
				   "SELECT count(DISTINCT g.uid) FROM paper_cell g WHERE g.field IN ('role', 'kind') "
				   "AND g.value = 'scanner'");

	if (scanners == 0) {
		meti_lack(e, say(W_METI_NO_SCANNER));
		return;
	}
	double hosts = meti_sql(e, IN_LEDGER, "scanned", say(W_METI_SCANNED), say(W_REPORT_DEVICES),
				"SELECT count(DISTINCT k.dest_ip) FROM link k WHERE " IN_TIME " AND " SCANNER);
	sqlite3_stmt *s = report_query(
	    r, IN_LEDGER, "SELECT min(k.first_ns), max(k.last_ns) FROM link k WHERE " IN_TIME " AND " SCANNER);
	while (report_step(r, s)) {
		if (hosts > 0)
			meti_words(e, "scan_times", say(W_METI_SCAN_TIMES),
				   doc_format(&r->doc, "%s – %s", report_time(r, sqlite3_column_int64(s, 0)),
					      report_time(r, sqlite3_column_int64(s, 1))),
				   TONE_PLAIN,
				   report_how_sql(r, IN_LEDGER,
						  "SELECT min(k.first_ns), max(k.last_ns) FROM link k WHERE " IN_TIME
						  " AND " SCANNER));
	}
	e->shown = hosts > 0;
}

/* ---- 2-13 */

static void gather_copies(struct evidence *e)
{
	meti_sql(e, IN_LEDGER, "shares", say(W_METI_SMB_PAIRS), say(W_METI_CONVERSATIONS),
		 "SELECT count(*) FROM link k WHERE k.protocol = 'smb' AND " IN_TIME);
	meti_sql(e, IN_LEDGER, "megabytes", say(W_METI_SMB_BYTES), "MB",
		 "SELECT ifnull(round(sum(k.bytes) / 1e6, 1), 0) FROM link k WHERE k.protocol = 'smb' AND " IN_TIME);
}

/* ---- 3-2 */

static void gather_patches(struct evidence *e)
{
	struct report *r = e->m->r;

	meti_sql(e, IN_LEDGER, "versions", say(W_METI_VERSIONS), say(W_REPORT_DEVICES),
		 "SELECT count(DISTINCT t.asset_no) " KNOWN " AND t.attr IN ('os', 'firmware')");
	double accepted = meti_sql(
	    e, IN_ALERTS, "accepted", say(W_METI_ACCEPTED), say(W_REPORT_ALERTS),
	    doc_format(&r->doc, "SELECT count(*) FROM mutes WHERE ended = 0 AND until > %lld", (long long)r->now_ns));
	e->shown = accepted > 0;
}

static void put_systems(struct evidence *e)
{
	put_values(e, "systems", say(W_METI_SYSTEMS), "os");
}

/* ---- 3-3 */

static void gather_services(struct evidence *e)
{
	struct report *r = e->m->r;

	meti_sql(e, IN_LEDGER, "servers", say(W_METI_SERVERS), say(W_REPORT_DEVICES),
		 "SELECT count(DISTINCT t.asset_no) " KNOWN " AND t.attr = 'serves'");
	meti_sql(e, IN_LEDGER, "services", say(W_METI_SERVICES), say(W_METI_KINDS),
		 "SELECT count(DISTINCT t.value) " KNOWN " AND t.attr = 'serves'");
	double listed = meti_sql(e, IN_LEDGER, "allowed", say(W_METI_ALLOWED), say(W_REPORT_DEVICES),
				 "SELECT count(*) " LIVE_PAPERS " AND EXISTS (SELECT 1 FROM paper_cell c WHERE c.uid = "
				 "p.uid AND c.field = 'services' AND c.value <> '')");

	e->shown = listed > 0;
	if (listed == 0) {
		meti_lack(e, say(W_METI_NO_ALLOWED));
		meti_weaken(e, STRENGTH_PARTIAL, doc_format(&r->doc, say(W_METI_BECAUSE), say(W_METI_NO_ALLOWED)));
	}
}

static void put_services(struct evidence *e)
{
	put_values(e, "services_seen", say(W_METI_SERVICES_SEEN), "serves");
}

/* ---- 3-5 */

static void gather_segments(struct evidence *e)
{
	struct report *r = e->m->r;
	double zones = meti_sql(e, IN_LEDGER, "zones", say(W_METI_ZONES), "", "SELECT count(*) FROM zone");

	meti_sql(e, IN_LEDGER, "vlans", say(W_METI_VLANS), "",
		 "SELECT count(DISTINCT t.value) " KNOWN " AND t.attr = 'vlan'");
	double crossings = 0, denied = 0;
	two_numbers(r, "SELECT count(*), ifnull(sum(v = 2), 0) " MATRIX_PLACED " WHERE z1 <> z2", &crossings, &denied);
	meti_number(e, "crossings", say(W_METI_CROSSINGS), crossings, say(W_METI_CONVERSATIONS), TONE_PLAIN,
		    report_how_sql(r, IN_LEDGER, MATRIX_CROSSINGS));
	meti_number(e, "denied", say(W_METI_DENIED), denied, say(W_METI_CONVERSATIONS),
		    denied > 0 ? TONE_BAD : TONE_GOOD, report_how_sql(r, IN_LEDGER, MATRIX_DENIED));
	e->missing = zones == 0;
	e->shown = zones > 0;
	if (e->missing)
		meti_lack(e, say(W_METI_NO_ZONES));
	if (denied > 0)
		meti_finding(e, say(W_METI_DENIED), denied, say(W_METI_CONVERSATIONS));
}

static void put_matrix(struct evidence *e)
{
	report_put_matrix(e->m->r, doc_format(&e->m->r->doc, "%s.matrix", e->item->no), METI_ROWS);
}

/* ---- 3-6 */

/* who asks from the zone of remote maintenance */
#define VISITS                                                                                                         \
	"FROM link k JOIN asset s ON s.no = k.src_no JOIN zone z ON z.id = s.zone WHERE z.fa = 'fa.remote' AND "       \
	"k.protocol NOT IN ('dhcp', 'dns', 'ntp') AND k.dest_no <> 0 AND " IN_TIME
#define VISIT_ROWS                                                                                                     \
	"SELECT k.src_no, k.dest_no, k.protocol, k.functions, k.first_ns, k.last_ns, k.verdict " VISITS                \
	" ORDER BY k.first_ns, k.id"

static void gather_remote(struct evidence *e)
{
	struct report *r = e->m->r;
	double visitors = 0, visits = 0;

	two_numbers(r, "SELECT count(DISTINCT k.src_no), count(*) " VISITS, &visitors, &visits);
	meti_number(e, "visitors", say(W_DAILY_VISITS), visitors, say(W_REPORT_DEVICES), TONE_PLAIN,
		    report_how_sql(r, IN_LEDGER, "SELECT count(DISTINCT k.src_no) " VISITS));
	meti_number(e, "visits", say(W_METI_VISITS), visits, say(W_METI_CONVERSATIONS), TONE_PLAIN,
		    report_how_sql(r, IN_LEDGER, "SELECT count(*) " VISITS));
	meti_sql(e, IN_LEDGER, "remote_papers", say(W_METI_REMOTE_PAPERS), say(W_REPORT_DEVICES),
		 "SELECT count(*) " LIVE_PAPERS " AND EXISTS (SELECT 1 FROM paper_cell c WHERE c.uid = p.uid AND "
		 "c.field = 'remote' AND c.value = 'yes')");
	struct planned_sum planned = report_planned(r, &r->period, WORK_MAINTENANCE);
	meti_number(e, "planned", say(W_PLANNED_VISITS), planned.times, say(W_PLANNED_TIMES_UNIT), TONE_PLAIN,
		    report_planned_how(r, &r->period, WORK_MAINTENANCE, "--count"));
	meti_number(e, "planned_hours", say(W_PLANNED_HOURS), planned.hours, say(W_PLANNED_HOURS_UNIT), TONE_PLAIN,
		    report_planned_how(r, &r->period, WORK_MAINTENANCE, "--hours"));
	e->shown = visitors > 0;
}

/* A visit, and who it was in words once the names are known: one way through the ledger for all of them. */
struct visit {
	int64_t src, dest, first_ns, last_ns;
	const char *protocol, *functions, *from, *to;
	int verdict;
};

struct visits {
	struct report *r;
	struct visit rows[METI_ROWS];
	unsigned n;
	double all;
};

static void take_visit(struct visits *v, sqlite3_stmt *s)
{
	struct doc *d = &v->r->doc;

	if (v->all++ >= METI_ROWS)
		return;
	v->rows[v->n++] = (struct visit){.src = sqlite3_column_int64(s, 0),
					 .dest = sqlite3_column_int64(s, 1),
					 .protocol = doc_keep(d, report_text(s, 2)),
					 .functions = doc_keep(d, report_text(s, 3)),
					 .first_ns = sqlite3_column_int64(s, 4),
					 .last_ns = sqlite3_column_int64(s, 5),
					 .verdict = sqlite3_column_int(s, 6),
					 .from = "",
					 .to = ""};
}

static void take_names(void *ctx, const struct ledger_asset_row *a)
{
	struct visits *v = ctx;
	int64_t no = strtoll(a->asset_id + 1, NULL, 10);
	const char *name = a->name[0] ? a->name : a->ips[0] ? a->ips : a->macs;

	for (unsigned i = 0; i < v->n; i++) {
		if (v->rows[i].src == no)
			v->rows[i].from = doc_keep(&v->r->doc, name);
		if (v->rows[i].dest == no)
			v->rows[i].to = doc_keep(&v->r->doc, name);
	}
}

static void put_visit(struct report *r, const struct visit *v)
{
	struct doc *d = &r->doc;

	doc_cell(d, v->from);
	doc_cell(d, v->to);
	doc_cell(d, v->protocol);
	doc_cell(d, v->functions);
	doc_cell(d, report_short_time(r, v->first_ns));
	doc_cell(d, report_short_time(r, v->last_ns));
	doc_cell_tone(d,
		      say(v->verdict == 1   ? W_METI_COL_ALLOWED
			  : v->verdict == 2 ? W_METI_COL_DENIED
					    : W_METI_COL_UNJUDGED),
		      v->verdict == 2 ? TONE_BAD : TONE_PLAIN);
}

static void put_visits(struct evidence *e)
{
	struct report *r = e->m->r;
	struct doc *d = &r->doc;
	struct visits v = {.r = r};
	struct ledger_filter f = {.purdue = PURDUE_UNKNOWN, .registered = -1};

	report_put_planned(r, &r->period, WORK_MAINTENANCE, doc_format(d, "%s.planned", e->item->no),
			   say(W_PLANNED_VISIT_TABLE), METI_ROWS);
	if (!e->shown)
		return;
	sqlite3_stmt *s = report_query(r, IN_LEDGER, VISIT_ROWS);
	while (report_step(r, s))
		take_visit(&v, s);
	if (!r->err)
		r->err = ledger_each_asset_row(r->state_dir, &f, take_names, &v, r->c);
	meti_table(e, "visit_list", say(W_METI_VISIT_LIST), report_how_sql(r, IN_LEDGER, VISIT_ROWS));
	doc_column(d, "from", say(W_COL_FROM), false, 20);
	doc_column(d, "to", say(W_COL_TO), false, 20);
	doc_column(d, "protocol", say(W_COL_PROTOCOL), false, 0);
	doc_column(d, "functions", say(W_METI_FUNCTIONS), false, 34);
	doc_column(d, "since", say(W_REPORT_BEGAN), false, 0);
	doc_column(d, "until", say(W_REPORT_ENDED), false, 0);
	doc_column(d, "conduit", say(W_METI_CONDUIT), false, 0);
	for (unsigned i = 0; i < v.n; i++)
		put_visit(r, &v.rows[i]);
	meti_left_out(e, v.all);
}

const struct gatherer meti_traffic[] = {
    {"scans", gather_scans, NULL},
    {"copies", gather_copies, NULL},
    {"patches", gather_patches, put_systems},
    {"services", gather_services, put_services},
    {"segments", gather_segments, put_matrix},
    {"remote", gather_remote, put_visits},
    {NULL, NULL, NULL},
};
