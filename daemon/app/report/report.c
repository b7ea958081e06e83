#include "app/report/report.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alerts_db.h"
#include "alert/outbox.h"
#include "app/command.h"
#include "app/zone_word.h"
#include "base/when.h"
#include "ledger/audit.h"
#include "ledger/ledger.h"
#include "ledger/store.h"

/* Who wrote this ledger: as the daemon or replay last said of itself. */
static void read_names(struct report *r)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/health.json", r->state_dir);
	json_t *health = json_load_file(path, 0, NULL);
	snprintf(r->site, sizeof(r->site), "%s", json_at(health, "site"));
	snprintf(r->sensor, sizeof(r->sensor), "%s", json_at(health, "sensor"));
	json_decref(health);
}

int report_open(struct report *r, const char *kind, const char *state_dir, struct complaint *c)
{
	*r = (struct report){
	    .state_dir = state_dir, .where = "", .c = c, .japanese = words_japanese(), .now_ns = when_now_ns()};
	doc_init(&r->doc, kind, r->japanese);
	int err = store_open(&r->db[IN_LEDGER], state_dir, STORE_READ, c);
	if (!err)
		err = alerts_db_open(&r->db[IN_ALERTS], state_dir, ALERTS_DB_READ, c);
	if (err == -ENOENT && r->db[IN_LEDGER])
		err = 0;
	for (int i = 0; !err && i < 2; i++) {
		if (r->db[i] && sqlite3_exec(r->db[i], "BEGIN", NULL, NULL, NULL) != SQLITE_OK) {
			complain(c, state_dir, 0, 0, "cannot be read: %s", sqlite3_errmsg(r->db[i]));
			err = -EIO;
		}
	}
	if (err)
		report_close(r);
	else
		read_names(r);
	if (!err)
		zone_words_of_state(state_dir);
	if (!err)
		r->targets = targets_read(r->db[IN_LEDGER]);
	return err;
}

void report_close(struct report *r)
{
	for (int i = 0; i < 2; i++)
		sqlite3_close(r->db[i]);
	r->db[0] = r->db[1] = NULL;
	doc_deinit(&r->doc);
}

static void fail(struct report *r, enum report_db db)
{
	int code = sqlite3_errcode(r->db[db]);

	if (!r->err && db == IN_ALERTS) {
		r->err = alerts_db_unread(r->state_dir, code, sqlite3_errmsg(r->db[db]), r->c);
	} else if (!r->err) {
		complain(r->c, r->state_dir, 0, 0, "%s cannot be read: %s", "ledger.db", sqlite3_errmsg(r->db[db]));
		r->err = -EIO;
	}
}

sqlite3_stmt *report_query(struct report *r, enum report_db db, const char *sql)
{
	sqlite3_stmt *s = NULL;

	if (!r->db[db] || r->err)
		return NULL;
	if (sqlite3_prepare_v2(r->db[db], sql, -1, &s, NULL) != SQLITE_OK) {
		fail(r, db);
		return NULL;
	}
	if (sqlite3_bind_parameter_count(s) >= 1)
		sqlite3_bind_int64(s, 1, r->period.from_ns);
	if (sqlite3_bind_parameter_count(s) >= 2)
		sqlite3_bind_int64(s, 2, r->period.to_ns);
	return s;
}

bool report_step(struct report *r, sqlite3_stmt *s)
{
	int code = s ? sqlite3_step(s) : SQLITE_DONE;

	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		fail(r, sqlite3_db_handle(s) == r->db[IN_LEDGER] ? IN_LEDGER : IN_ALERTS);
	sqlite3_finalize(s);
	return false;
}

const char *report_text(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? text : "";
}

double report_number(struct report *r, enum report_db db, const char *sql)
{
	sqlite3_stmt *s = report_query(r, db, sql);
	double n = 0;

	if (report_step(r, s)) {
		n = sqlite3_column_double(s, 0);
		sqlite3_finalize(s);
	}
	return n;
}

const char *report_how(struct report *r, const char *command, bool dated)
{
	char options[PERIOD_OPTIONS_MAX] = "";

	if (dated)
		period_options(&r->period, options, sizeof(options));
	return doc_format(&r->doc, "sekisho %s%s%s%s%s", command, dated ? " " : "", options, r->where[0] ? " " : "",
			  r->where);
}

/* ?1 and ?2 become the points in time. */
const char *report_how_sql(struct report *r, enum report_db db, const char *sql)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		r->doc.short_of_memory = true;
		return "";
	}
	fprintf(out, "sqlite3 -readonly %s/%s \"", r->state_dir, db == IN_LEDGER ? "ledger.db" : "alerts.db");
	for (const char *p = sql; *p; p++) {
		bool point = p[0] == '?' && (p[1] == '1' || p[1] == '2');
		if (point)
			fprintf(out, "%lld", (long long)(*++p == '1' ? r->period.from_ns : r->period.to_ns));
		else
			fputc(*p, out);
	}
	fputc('"', out);
	bool whole = fclose(out) == 0;
	const char *kept = whole ? doc_keep(&r->doc, text) : "";
	free(text);
	return kept;
}

const char *report_time(struct report *r, int64_t ns)
{
	char text[PERIOD_TEXT_MAX];

	return doc_keep(&r->doc, period_time(&r->period, ns, r->japanese, text, sizeof(text)));
}

const char *report_short_time(struct report *r, int64_t ns)
{
	char text[PERIOD_TEXT_MAX];

	return doc_keep(&r->doc, period_short_time(&r->period, ns, r->japanese, text, sizeof(text)));
}

const char *report_span(struct report *r, int64_t ns)
{
	long long minutes = ns / NS_PER_S / 60;

	if (ns > 0 && minutes == 0)
		return doc_format(&r->doc, say(W_REPORT_SECONDS), (long long)((ns + NS_PER_S - 1) / NS_PER_S));
	if (minutes < 60)
		return doc_format(&r->doc, say(W_REPORT_MINUTES), minutes);
	return doc_format(&r->doc, say(W_REPORT_HOURS), minutes / 60, minutes % 60);
}

struct coverage report_coverage(struct report *r)
{
	int64_t end_ns = r->period.to_ns < r->now_ns ? r->period.to_ns : r->now_ns, seen_to = r->period.from_ns;
	struct coverage k = {.whole_ns = end_ns - r->period.from_ns};
	sqlite3_stmt *s =
	    report_query(r, IN_LEDGER,
			 "SELECT from_ns, to_ns, frames, lost FROM watch WHERE to_ns > ?1 AND from_ns < ?2"
			 " ORDER BY from_ns, to_ns");

	while (report_step(r, s)) {
		int64_t from = sqlite3_column_int64(s, 0), to = sqlite3_column_int64(s, 1);
		k.frames += sqlite3_column_double(s, 2);
		k.lost += sqlite3_column_double(s, 3);
		from = from > seen_to ? from : seen_to;
		to = to < end_ns ? to : end_ns;
		if (from - seen_to >= NS_PER_S)
			k.gaps++;
		if (to > from) {
			k.seen_ns += to - from;
			seen_to = to;
		}
	}
	if (end_ns - seen_to >= NS_PER_S)
		k.gaps++;
	return k;
}

double coverage_loss(const struct coverage *k)
{
	double all = k->frames + k->lost;

	return all > 0 ? 100.0 * k->lost / all : 0;
}

void report_put_title(struct report *r, const char *title)
{
	char range[PERIOD_TEXT_MAX];
	const char *site = r->site[0] ? r->site : r->sensor;

	period_range(&r->period, r->japanese, range, sizeof(range));
	doc_title(&r->doc, doc_format(&r->doc, "%s%s%s", title, site[0] ? (r->japanese ? "　" : " – ") : "", site),
		  doc_format(&r->doc, say(W_REPORT_SUBTITLE), range, r->sensor[0] ? r->sensor : "-",
			     report_time(r, r->now_ns)));
}

/* What the reports sum up themselves: these queries give the parts. */
#define WATCHED                                                                                                        \
	"SELECT datetime(from_ns/1000000000,'unixepoch'), datetime(to_ns/1000000000,'unixepoch') FROM watch WHERE "    \
	"to_ns > ?1 AND from_ns < ?2"
#define LOSS "SELECT 100.0*sum(lost)/max(sum(frames+lost),1) FROM watch WHERE to_ns > ?1 AND from_ns < ?2"

void report_put_watched(struct report *r, const struct coverage *k)
{
	struct doc *d = &r->doc;
	int64_t unseen = k->whole_ns - k->seen_ns;

	doc_words(d, "not_monitored", say(W_REPORT_NOT_MONITORED), report_span(r, unseen),
		  unseen > 600 * NS_PER_S ? TONE_BAD : TONE_PLAIN, report_how_sql(r, IN_LEDGER, WATCHED));
	doc_number(d, "loss_percent", say(W_REPORT_LOSS), coverage_loss(k), "%",
		   coverage_loss(k) > 0.1 ? TONE_BAD : TONE_PLAIN, report_how_sql(r, IN_LEDGER, LOSS));
}

static void put_seal(struct report *r)
{
	struct audit_state state = {0};
	sqlite3_stmt *s = report_query(r, IN_LEDGER, "SELECT no, hash FROM audit_head");

	if (report_step(r, s)) {
		state.rows = sqlite3_column_int64(s, 0);
		snprintf(state.head, sizeof(state.head), "%s", report_text(s, 1));
		sqlite3_finalize(s);
	}
	if (state.rows == 0)
		doc_paragraph(&r->doc, say(W_REPORT_NO_SEAL));
	else
		doc_words(&r->doc, "audit", doc_format(&r->doc, say(W_REPORT_SEAL), (long long)state.rows), state.head,
			  TONE_PLAIN,
			  doc_format(&r->doc, "%s --head %lld:%s", report_how(r, "audit verify", false),
				     (long long)state.rows, state.head));
}

void report_put_end(struct report *r)
{
	doc_heading(&r->doc, 1, say(W_REPORT_COVERAGE_HEADING));
	doc_paragraph(&r->doc, say(W_REPORT_COVERAGE));
	put_seal(r);
}

static void take_name(void *ctx, const struct ledger_asset_row *a)
{
	struct report *r = ctx;

	r->device = doc_keep(&r->doc, a->name[0] ? a->name : a->ips[0] ? a->ips : a->macs);
}

const char *report_device(struct report *r, int64_t asset_no)
{
	char id[32];
	struct ledger_filter f = {.purdue = PURDUE_UNKNOWN, .registered = -1, .asset_id = id};

	snprintf(id, sizeof(id), "A%06lld", (long long)asset_no);
	r->device = "";
	if (!r->err)
		r->err = ledger_each_asset_row(r->state_dir, &f, take_name, r, r->c);
	return r->device[0] ? r->device : doc_keep(&r->doc, id);
}

static const char *end_of(const json_t *a, const char *end, const char *address)
{
	const char *name = json_at(json_node(a, end), "name");

	return name[0] ? name : json_at(a, address);
}

static void take_texts(void *ctx, const char *json)
{
	struct alert_texts *t = ctx;
	json_t *a = json_loads(json, 0, NULL);
	bool ja = words_japanese();

	snprintf(t->title, sizeof(t->title), "%s", json_at(a, ja ? "sekisho.title_ja" : "sekisho.title_en"));
	snprintf(t->action, sizeof(t->action), "%s", json_at(a, ja ? "sekisho.action_ja" : "sekisho.action_en"));
	snprintf(t->from, sizeof(t->from), "%s", end_of(a, "sekisho.src", "src_ip"));
	snprintf(t->to, sizeof(t->to), "%s", end_of(a, "sekisho.dest", "dest_ip"));
	json_decref(a);
}

void report_alert_texts(struct report *r, const char *alert_id, struct alert_texts *out)
{
	struct alerts_filter f = {.alert_id = alert_id, .least_level = LEVEL_INFO};

	*out = (struct alert_texts){.title = ""};
	if (!r->err)
		r->err = alerts_each(r->state_dir, &f, take_texts, out, r->c);
}
