#include "alert/drill_serve.h"

#include <stdio.h>
#include <string.h>

#include "alert/alert_row.h"
#include "alert/alerts_db.h"
#include "alert/alerts_own.h"
#include "alert/drill_scenarios.h"
#include "base/text.h"
#include "base/when.h"

enum { DRILLS_KEPT = 1000, DETAILS_MAX = 1024 };

#define NOTICE_NS NS_PER_S  /* how often it is looked which outputs have the alerts of a drill */
#define DAEMON    "sekisho" /* who ended a drill whose time was over */

/* ---- small statements */

/* ?1 and ?2 numbers, ?3 and ?4 texts; those that @sql has not are left. @return an SQLite code. */
static int run(sqlite3 *db, const char *sql, int64_t a, int64_t b, const char *c, const char *d)
{
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_int64(s, 1, a);
	sqlite3_bind_int64(s, 2, b);
	sqlite3_bind_text(s, 3, c, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 4, d, -1, SQLITE_STATIC);
	code = alerts_db_run(s);
	sqlite3_finalize(s);
	return code;
}

static int64_t number(sqlite3 *db, const char *sql, const char *text, int64_t no)
{
	sqlite3_stmt *s = NULL;
	int64_t n = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK) {
		sqlite3_bind_text(s, 1, text, -1, SQLITE_STATIC);
		sqlite3_bind_int64(s, 2, no);
		if (sqlite3_step(s) == SQLITE_ROW)
			n = sqlite3_column_int64(s, 0);
	}
	sqlite3_finalize(s);
	return n;
}

bool drill_has_alert(sqlite3 *db, const char *alert_id)
{
	return number(db, "SELECT count(*) FROM drill_alerts WHERE alert_id = ?1", alert_id, 0) > 0;
}

static void put_id(char out[static REQUEST_DRILL_MAX], int64_t no)
{
	snprintf(out, REQUEST_DRILL_MAX, "D%lld", (long long)no);
}

/* ---- the drill that is under way */

int drill_load(struct alerts *a)
{
	static const char sql[] = "SELECT no, scenario, title, note, who, started, until,"
				  " (SELECT count(*) FROM drill_alerts x WHERE x.drill = d.no)"
				  " FROM drills d WHERE ended = 0 ORDER BY no DESC LIMIT 1";
	struct drill_now now = {0};
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(a->store.db, sql, -1, &s, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	if (code == SQLITE_ROW) {
		now.no = sqlite3_column_int64(s, 0);
		put_id(now.id, now.no);
		snprintf(now.scenario, sizeof(now.scenario), "%s", alerts_db_text(s, 1));
		snprintf(now.title, sizeof(now.title), "%s", alerts_db_text(s, 2));
		snprintf(now.note, sizeof(now.note), "%s", alerts_db_text(s, 3));
		snprintf(now.who, sizeof(now.who), "%s", alerts_db_text(s, 4));
		now.started_ns = sqlite3_column_int64(s, 5);
		now.until_ns = sqlite3_column_int64(s, 6);
		now.raised = (unsigned)sqlite3_column_int(s, 7);
	}
	sqlite3_finalize(s);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return code;
	a->drill = now;
	return SQLITE_OK;
}

/* ---- what people ask */

static int insert_drill(struct drill_act *act)
{
	static const char sql[] = "INSERT INTO drills(scenario, version, title, note, who, login, started, until)"
				  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
	const struct request *r = act->r;
	char title[REQUEST_TITLE_MAX], note[REQUEST_REASON_MAX];
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(act->a->store.db, sql, -1, &s, NULL);

	/* they stand in alerts, whose texts steer no terminal */
	text_printable(span_str(r->title), title, sizeof(title), 0);
	text_printable(span_str(r->reason), note, sizeof(note), 0);

	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_text(s, 1, r->target, -1, SQLITE_STATIC);
	sqlite3_bind_int(s, 2, (int)drill_scenarios_version());
	sqlite3_bind_text(s, 3, title, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 4, note, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 5, r->who, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 6, r->login, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 7, act->now_ns);
	sqlite3_bind_int64(s, 8, r->until_ns);
	code = alerts_db_run(s);
	sqlite3_finalize(s);
	put_id(act->drill, sqlite3_last_insert_rowid(act->a->store.db));
	return code;
}

static int drop_oldest(sqlite3 *db)
{
	static const char *const all[] = {
	    "DELETE FROM drills WHERE no <= (SELECT max(no) FROM drills) - ?1",
	    "DELETE FROM drill_alerts WHERE drill NOT IN (SELECT no FROM drills)",
	    "DELETE FROM drill_sinks WHERE drill NOT IN (SELECT no FROM drills)",
	};
	int code = SQLITE_OK;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && code == SQLITE_OK; i++)
		code = run(db, all[i], DRILLS_KEPT, 0, NULL, NULL);
	return code;
}

static enum request_result serve_start(struct drill_act *act, int *code)
{
	struct drill_scenario of;

	if (!act->daemon)
		return REQUEST_NO_DAEMON;
	if (act->a->drill.no)
		return REQUEST_DRILL_RUNS;
	if (!drill_scenario_find(act->r->target, &of))
		return REQUEST_NO_SCENARIO;
	if (act->r->until_ns <= act->now_ns)
		return REQUEST_PAST;
	*code = insert_drill(act);
	if (*code == SQLITE_OK)
		*code = drop_oldest(act->a->store.db);
	json_kv_str(act->details, "scenario", of.id);
	json_kv_u64(act->details, "version", drill_scenarios_version());
	if (act->r->title[0])
		json_kv_text(act->details, "title", span_str(act->r->title));
	return REQUEST_DONE;
}

/* The outbox is told how the alert stands now. */
static int tell(struct alerts *a, int64_t alert_no, const char *change)
{
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(a->store.db, "SELECT " DRILL_ROW_COLUMNS " FROM drill_alerts WHERE no = ?1", -1,
				      &s, NULL);

	if (code == SQLITE_OK) {
		sqlite3_bind_int64(s, 1, alert_no);
		code = sqlite3_step(s);
	}
	if (code == SQLITE_ROW)
		code = alert_row_json(s, change, &a->json)
			   ? outbox_store_tell(&a->store.outbox, LEVEL_CRITICAL, json_cstr(&a->json), a->json.len)
			   : SQLITE_NOMEM;
	sqlite3_finalize(s);
	return code == SQLITE_DONE ? SQLITE_NOTFOUND : code;
}

/* Alerts that nobody closed are closed with the drill, and told; that nobody did so stays in their columns. */
static int close_rest(struct drill_act *act, int64_t no)
{
	static const char next[] = "SELECT no FROM drill_alerts WHERE state <> 'closed' AND drill = ?2 LIMIT 1";
	sqlite3 *db = act->a->store.db;
	int64_t alert_no;
	int code = SQLITE_OK;

	while (code == SQLITE_OK && (alert_no = number(db, next, NULL, no)) > 0) {
		code = run(db, "UPDATE drill_alerts SET state = 'closed', who = ?3, reason = ?4 WHERE no = ?1",
			   alert_no, 0, act->r->who, act->r->reason);
		if (code == SQLITE_OK)
			code = tell(act->a, alert_no, "close");
		act->told += code == SQLITE_OK;
	}
	return code;
}

/* What outputs have by now. */
#define DELIVERED                                                                                                      \
	" FROM drill_alerts d JOIN sinks s ON s.active AND s.seq >= d.seq WHERE d.drill = ?2"                          \
	" AND NOT EXISTS(SELECT 1 FROM drill_sinks x WHERE x.drill = d.drill AND x.n = d.n AND x.sink = s.name)"

static int note_delivered(sqlite3 *db, int64_t no, int64_t now_ns)
{
	return run(db,
		   "INSERT OR IGNORE INTO drill_sinks(drill, n, sink, at) SELECT d.drill, d.n, s.name, ?1" DELIVERED,
		   now_ns, no, NULL, NULL);
}

static int end_drill(struct drill_act *act, int64_t no)
{
	sqlite3 *db = act->a->store.db;
	int code = note_delivered(db, no, act->now_ns);

	if (code == SQLITE_OK)
		code = run(db, "UPDATE drills SET ended = ?2, ended_by = ?3, remark = ?4 WHERE no = ?1", no,
			   act->now_ns, act->r->who, act->r->reason);
	put_id(act->drill, no);
	return code == SQLITE_OK ? close_rest(act, no) : code;
}

static enum request_result serve_end(struct drill_act *act, int *code)
{
	sqlite3 *db = act->a->store.db;
	int64_t no = act->r->target[0] ? drill_no_parse(act->r->target) : act->a->drill.no;

	if (!no || !number(db, "SELECT count(*) FROM drills WHERE no = ?2", NULL, no))
		return REQUEST_NO_DRILL;
	if (no != act->a->drill.no)
		return REQUEST_DRILL_OVER;
	*code = end_drill(act, no);
	return REQUEST_DONE;
}

/* ---- what people do about an alert of a drill */

/* Who closes an alert without a word has acknowledged it as well. */
static int react(struct drill_act *act, int64_t alert_no, enum alert_state to)
{
	static const char state[] = "UPDATE drill_alerts SET who = ?3, reason = ?4,"
				    " state = CASE ?2 WHEN 0 THEN 'acknowledged' ELSE 'closed' END WHERE no = ?1";
	static const char acked[] = "UPDATE drill_alerts SET acked = ?2, acked_by = ?3 WHERE no = ?1 AND acked = 0";
	static const char closed[] = "UPDATE drill_alerts SET closed = ?2, closed_by = ?3 WHERE no = ?1";
	sqlite3 *db = act->a->store.db;
	const char *who = act->r->who;
	int code = run(db, state, alert_no, to == ALERT_CLOSED, who, act->r->reason);

	if (code == SQLITE_OK)
		code = run(db, acked, alert_no, act->now_ns, who, NULL);
	if (code == SQLITE_OK && to == ALERT_CLOSED)
		code = run(db, closed, alert_no, act->now_ns, who, NULL);
	if (code == SQLITE_OK)
		code = tell(act->a, alert_no, request_verb_name(act->r->verb));
	act->told += code == SQLITE_OK;
	return code;
}

static enum request_result serve_alert(struct drill_act *act, int *code)
{
	static const char sql[] = "SELECT no, drill, state, rule_id FROM drill_alerts WHERE alert_id = ?1";
	enum request_result result = REQUEST_NO_ALERT;
	enum alert_state to = ALERT_OPEN;
	sqlite3_stmt *s = NULL;
	int64_t no = 0;

	if (act->r->verb != REQUEST_ACK && act->r->verb != REQUEST_CLOSE)
		return REQUEST_IS_DRILL;
	*code = sqlite3_prepare_v2(act->a->store.db, sql, -1, &s, NULL);
	if (*code == SQLITE_OK) {
		sqlite3_bind_text(s, 1, act->r->target, -1, SQLITE_STATIC);
		*code = sqlite3_step(s);
	}
	if (*code == SQLITE_ROW) {
		no = sqlite3_column_int64(s, 0);
		put_id(act->drill, sqlite3_column_int64(s, 1));
		result = sqlite3_column_int64(s, 1) == act->a->drill.no
			     ? request_may_go(alert_state_parse(alerts_db_text(s, 2)), act->r->verb, &to)
			     : REQUEST_DRILL_OVER;
		json_kv_str(act->details, "drill", act->drill);
		json_kv_str(act->details, "from", alerts_db_text(s, 2));
		json_kv_str(act->details, "to", alert_state_name(to));
		json_kv_str(act->details, "rule", alerts_db_text(s, 3));
	}
	if (*code == SQLITE_ROW || *code == SQLITE_DONE)
		*code = SQLITE_OK;
	sqlite3_finalize(s);
	if (result == REQUEST_DONE && *code == SQLITE_OK)
		*code = react(act, no, to);
	return result;
}

enum request_result drill_serve(struct drill_act *act, int *code)
{
	if (act->r->verb == REQUEST_DRILL_START)
		return serve_start(act, code);
	return act->r->verb == REQUEST_DRILL_END ? serve_end(act, code) : serve_alert(act, code);
}

/* ---- what is due */

static int in_transaction(struct alerts *a, int64_t now_ns, int (*what)(struct alerts *a, void *ctx, int64_t now_ns),
			  void *ctx)
{
	int code = alerts_store_begin(&a->store, now_ns / NS_PER_MS);

	if (code == SQLITE_OK) {
		code = what(a, ctx, now_ns);
		int end = alerts_store_end(&a->store, code == SQLITE_OK);
		code = code == SQLITE_OK ? end : code;
	}
	if (code != SQLITE_OK && !a->failing)
		log_warning("alerts: drill %s cannot go on (%s); trying again", a->drill.id, sqlite3_errstr(code));
	return code;
}

static int raise_next(struct alerts *a, void *unused, int64_t now_ns)
{
	(void)unused;
	return drill_raise(a, a->drill.raised, now_ns);
}

/* Nobody ended it. */
static int expire(struct alerts *a, void *ctx, int64_t now_ns)
{
	const struct alerts_hooks *hooks = ctx;
	struct request r = {.verb = REQUEST_DRILL_EXPIRE, .who = DAEMON, .login = DAEMON, .via = "daemon"};
	struct json details;

	json_init(&details, DETAILS_MAX);
	json_object_begin(&details);
	json_object_end(&details);
	struct drill_act act = {.a = a, .r = &r, .details = &details, .now_ns = now_ns};
	int code = end_drill(&act, a->drill.no);
	memcpy(r.drill, act.drill, sizeof(r.drill));
	if (code == SQLITE_OK && hooks && hooks->audit && hooks->audit(hooks->ctx, &r, json_cstr(&details)) < 0)
		code = SQLITE_IOERR;
	json_deinit(&details);
	if (code == SQLITE_OK)
		a->counters.outbox_rows += act.told;
	return code;
}

static bool next_is_due(const struct drill_now *d, int64_t now_ns)
{
	struct drill_scenario of;

	return drill_scenario_find(d->scenario, &of) && d->raised < of.n_steps &&
	       now_ns - d->started_ns >= (int64_t)of.steps[d->raised].after_s * NS_PER_S;
}

static int notice(struct alerts *a, int64_t now_ns)
{
	if (now_ns - a->drill.noticed_ns < NOTICE_NS && now_ns >= a->drill.noticed_ns)
		return SQLITE_OK;
	a->drill.noticed_ns = now_ns;
	/* nothing is written where there is no news */
	bool news = number(a->store.db, "SELECT count(*)" DELIVERED, NULL, a->drill.no) > 0;
	return news ? note_delivered(a->store.db, a->drill.no, now_ns) : SQLITE_OK;
}

int drill_tick(struct alerts *a, const struct alerts_hooks *hooks, int64_t now_ns)
{
	int code = SQLITE_OK;

	if (!a->drill.no)
		return 0;
	if (now_ns >= a->drill.until_ns) {
		code = in_transaction(a, now_ns, expire, (void *)(uintptr_t)hooks);
		if (code == SQLITE_OK) {
			log_notice("alerts: drill %s ended by itself, nobody had ended it", a->drill.id);
			code = drill_load(a);
		}
		return alerts_db_errno(code);
	}
	while (code == SQLITE_OK && next_is_due(&a->drill, now_ns)) {
		code = in_transaction(a, now_ns, raise_next, NULL);
		if (code == SQLITE_OK) {
			a->drill.raised++;
			a->counters.outbox_rows++;
		}
	}
	if (code == SQLITE_OK)
		code = notice(a, now_ns);
	return alerts_db_errno(code);
}
