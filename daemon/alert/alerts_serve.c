/*
 * What people ask for, carried out by the store's one writer: state, mute, outbox row and answer in one transaction.
 *
 * The audit trail is another database, so its row is written just before that transaction is committed: without it
 * nothing is done. Where the commit fails after it, the request waits and is tried again, and the trail has told of it
 * twice rather than not at all.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alert_row.h"
#include "alert/alerts_db.h"
#include "alert/alerts_own.h"
#include "alert/requests.h"
#include "base/when.h"

enum {
	SERVE_MAX = 64,        /* requests at one time: the analyst has other work */
	SERVE_TRIES = 4,       /* then a request that fails is answered so */
	WAKE_MAX = 256,        /* muted alerts looked at in one transaction */
	REQUESTS_KEPT = 10000, /* answered ones: a stream's entry that comes again is known by them */
	DETAILS_MAX = 8192,
};

/* What carrying out one request needs to know of the alert. */
struct serving {
	struct alerts *a;
	const struct request *r;
	struct json *details;
	int64_t now_ns;
	int64_t alert_no; /* 0: of no single alert */
	uint8_t digest[GROUP_DIGEST_BYTES];
	enum alert_state to;
	bool mutes_changed;
	bool daemon;   /* carries it out */
	bool incident; /* it is one, not an alert */
	char drill[REQUEST_DRILL_MAX]; /* of which it was, or "" */
	uint64_t told;                 /* rows of the outbox for it */
	char source[INCIDENT_SOURCE_CHARS];
};

static void read_request(sqlite3_stmt *s, struct request *r)
{
	*r = (struct request){.no = sqlite3_column_int64(s, 0),
			      .verb = (enum request_verb)sqlite3_column_int(s, 1),
			      .until_ns = sqlite3_column_int64(s, 7)};
	const struct {
		char *at;
		size_t size;
	} texts[] = {{r->target, sizeof(r->target)}, {r->rule, sizeof(r->rule)}, {r->src, sizeof(r->src)},
		     {r->dest, sizeof(r->dest)},     {r->zone, sizeof(r->zone)}, {NULL, 0},
		     {r->reason, sizeof(r->reason)}, {r->who, sizeof(r->who)},   {r->login, sizeof(r->login)},
		     {r->via, sizeof(r->via)},       {r->key, sizeof(r->key)}};
	for (int i = 0; i < 11; i++) {
		if (texts[i].at)
			snprintf(texts[i].at, texts[i].size, "%s", alerts_db_text(s, 2 + i));
	}
	snprintf(r->title, sizeof(r->title), "%s", alerts_db_text(s, 13));
}

/* Runs one statement with ?1 and ?4 numbers, ?2 and ?3 texts. @return an SQLite code. */
static int run(sqlite3 *db, const char *sql, int64_t no, const char *a, const char *b, int64_t n)
{
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_int64(s, 1, no);
	sqlite3_bind_text(s, 2, a, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 3, b, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, n);
	code = alerts_db_run(s);
	sqlite3_finalize(s);
	return code;
}

enum request_result request_may_go(enum alert_state from, enum request_verb verb, enum alert_state *to)
{
	static const enum alert_state aims[REQUEST_VERBS] = {[REQUEST_ACK] = ALERT_ACKNOWLEDGED,
							     [REQUEST_CLOSE] = ALERT_CLOSED,
							     [REQUEST_MUTE] = ALERT_MUTED,
							     [REQUEST_REOPEN] = ALERT_OPEN,
							     [REQUEST_LEARN] = ALERT_LEARNT};

	*to = aims[verb];
	if (from == *to && verb != REQUEST_MUTE) /* a mute may be given another end */
		return REQUEST_ALREADY;
	bool over = from == ALERT_CLOSED || from == ALERT_LEARNT;
	return over && (verb == REQUEST_ACK || verb == REQUEST_MUTE) ? REQUEST_IS_OVER : REQUEST_DONE;
}

static int tell_row(struct alerts *a, int64_t alert_no, const char *change)
{
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(
	    a->store.db, "SELECT " ALERT_ROW_COLUMNS " FROM " ALERTS_WITH_TEXT " WHERE a.no = ?1", -1, &s, NULL);

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

static int end_own_mute(struct serving *v, const char *alert_id)
{
	v->mutes_changed = true;
	int code = run(v->a->store.db, "UPDATE mutes SET ended = ?1 WHERE alert_id = ?2 AND ended = 0", v->now_ns,
		       alert_id, NULL, 0);
	return code == SQLITE_OK ? mutes_end(v->a->store.db, v->now_ns) : code;
}

static int add_mute(struct serving *v)
{
	const struct request *r = v->r;
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(v->a->store.db,
				      "INSERT INTO mutes(at, alert_id, rule, src, dest, zone, until, reason, who) "
				      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
				      -1, &s, NULL);

	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_int64(s, 1, v->now_ns);
	sqlite3_bind_text(s, 2, r->target, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 3, r->rule, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 4, r->src, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 5, r->dest, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 6, r->zone, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 7, r->until_ns);
	sqlite3_bind_text(s, 8, r->reason, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 9, r->who, -1, SQLITE_STATIC);
	code = alerts_db_run(s);
	sqlite3_finalize(s);
	v->mutes_changed = true;
	return code;
}

static enum request_result mute_is_good(const struct serving *v)
{
	if (v->r->until_ns <= v->now_ns)
		return REQUEST_PAST;
	return mutes_in_force(&v->a->mutes, v->now_ns) >= MUTES_MAX ? REQUEST_MUTES_MAX : REQUEST_DONE;
}

/* Looks the alert up and fills @v. @return what stands against it. */
static enum request_result look_up(struct serving *v, int *code)
{
	enum request_result result = REQUEST_NO_ALERT;
	sqlite3_stmt *s = NULL;

	*code = sqlite3_prepare_v2(v->a->store.db, "SELECT no, digest, state, rule_id FROM alerts WHERE alert_id = ?1",
				   -1, &s, NULL);
	if (*code == SQLITE_OK) {
		sqlite3_bind_text(s, 1, v->r->target, -1, SQLITE_STATIC);
		*code = sqlite3_step(s);
	}
	if (*code == SQLITE_ROW && sqlite3_column_bytes(s, 1) == GROUP_DIGEST_BYTES) {
		v->alert_no = sqlite3_column_int64(s, 0);
		memcpy(v->digest, sqlite3_column_blob(s, 1), GROUP_DIGEST_BYTES);
		result = request_may_go(alert_state_parse(alerts_db_text(s, 2)), v->r->verb, &v->to);
		json_kv_str(v->details, "from", alerts_db_text(s, 2));
		json_kv_str(v->details, "to", alert_state_name(v->to));
		json_kv_str(v->details, "rule", alerts_db_text(s, 3));
	}
	if (*code == SQLITE_ROW || *code == SQLITE_DONE)
		*code = SQLITE_OK;
	sqlite3_finalize(s);
	return result;
}

/* Of an incident: closed and opened again; there is nothing to mute or to learn. */
static enum request_result look_up_incident(struct serving *v, int *code)
{
	enum request_result result = REQUEST_NO_ALERT;
	sqlite3_stmt *s = NULL;

	*code = sqlite3_prepare_v2(v->a->store.db, "SELECT state, source FROM incidents WHERE incident_id = ?1", -1, &s,
				   NULL);
	if (*code == SQLITE_OK) {
		sqlite3_bind_text(s, 1, v->r->target, -1, SQLITE_STATIC);
		*code = sqlite3_step(s);
	}
	if (*code == SQLITE_ROW) {
		v->incident = true;
		snprintf(v->source, sizeof(v->source), "%s", alerts_db_text(s, 1));
		result = request_may_go(alert_state_parse(alerts_db_text(s, 0)), v->r->verb, &v->to);
		json_kv_str(v->details, "from", alerts_db_text(s, 0));
		json_kv_str(v->details, "to", alert_state_name(v->to));
	}
	if (*code == SQLITE_ROW || *code == SQLITE_DONE)
		*code = SQLITE_OK;
	sqlite3_finalize(s);
	return result;
}

static enum request_result serve_incident(struct serving *v, int *code)
{
	enum request_result result = look_up_incident(v, code);
	struct alerts *a = v->a;

	if (result != REQUEST_DONE || *code != SQLITE_OK)
		return result;
	sqlite3_stmt *s = NULL;
	*code = sqlite3_prepare_v2(
	    a->store.db, "UPDATE incidents SET state = ?2, who = ?3, reason = ?4 WHERE incident_id = ?1", -1, &s, NULL);
	if (*code == SQLITE_OK) {
		sqlite3_bind_text(s, 1, v->r->target, -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 2, alert_state_name(v->to), -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 3, v->r->who, -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 4, v->r->reason, -1, SQLITE_STATIC);
		*code = alerts_db_run(s);
	}
	sqlite3_finalize(s);
	if (*code == SQLITE_OK && a->incidents.tell)
		*code = incident_json(a->store.db, v->r->target, &a->sensor, UINT32_MAX, request_verb_name(v->r->verb),
				      &a->json);
	if (*code == SQLITE_ROW)
		*code = outbox_store_tell(&a->store.outbox, LEVEL_CRITICAL, json_cstr(&a->json), a->json.len);
	else if (*code == SQLITE_TOOBIG)
		*code = SQLITE_OK;
	return result;
}

static enum request_result serve_of_drill(struct serving *v, int *code)
{
	struct drill_act act = {.a = v->a, .r = v->r, .details = v->details, .now_ns = v->now_ns, .daemon = v->daemon};
	enum request_result result = drill_serve(&act, code);

	memcpy(v->drill, act.drill, sizeof(v->drill));
	v->told = act.told;
	return result;
}

static enum request_result serve_alert(struct serving *v, int *code)
{
	const struct request *r = v->r;
	enum request_result result = look_up(v, code);

	if (result == REQUEST_NO_ALERT && *code == SQLITE_OK && drill_has_alert(v->a->store.db, r->target))
		return serve_of_drill(v, code);
	if (result == REQUEST_NO_ALERT && *code == SQLITE_OK && (r->verb == REQUEST_CLOSE || r->verb == REQUEST_REOPEN))
		return serve_incident(v, code);
	if (result == REQUEST_DONE && r->verb == REQUEST_MUTE)
		result = mute_is_good(v);
	if (result != REQUEST_DONE || *code != SQLITE_OK)
		return result;
	sqlite3_stmt *s = NULL;
	*code = sqlite3_prepare_v2(
	    v->a->store.db, "UPDATE alerts SET state = ?2, who = ?3, reason = ?4, until = ?5, told = 1 WHERE no = ?1",
	    -1, &s, NULL);
	if (*code == SQLITE_OK) {
		sqlite3_bind_int64(s, 1, v->alert_no);
		sqlite3_bind_text(s, 2, alert_state_name(v->to), -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 3, r->who, -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 4, r->reason, -1, SQLITE_STATIC);
		sqlite3_bind_int64(s, 5, r->verb == REQUEST_MUTE ? r->until_ns : 0);
		*code = alerts_db_run(s);
	}
	sqlite3_finalize(s);
	if (*code == SQLITE_OK)
		*code = end_own_mute(v, r->target);
	if (*code == SQLITE_OK && r->verb == REQUEST_MUTE)
		*code = add_mute(v);
	if (*code == SQLITE_OK)
		*code = tell_row(v->a, v->alert_no, request_verb_name(r->verb));
	return result;
}

static enum request_result serve_unmute(struct serving *v, int *code)
{
	char *end;
	int64_t no = strtoll(v->r->target, &end, 10);

	if (end == v->r->target || *end)
		return REQUEST_NO_MUTE;
	*code = run(v->a->store.db, "UPDATE mutes SET ended = ?4 WHERE no = ?1 AND ended = 0 AND alert_id = ''", no,
		    NULL, NULL, v->now_ns);
	bool ended = *code == SQLITE_OK && sqlite3_changes(v->a->store.db) > 0;
	if (ended)
		*code = mutes_end(v->a->store.db, v->now_ns);
	v->mutes_changed = true;
	return ended ? REQUEST_DONE : REQUEST_NO_MUTE;
}

static enum request_result serve_pattern(struct serving *v, int *code)
{
	const struct request *r = v->r;
	const struct {
		const char *key, *text;
	} pattern[] = {{"rule", r->rule}, {"src", r->src}, {"dest", r->dest}, {"zone", r->zone}};
	enum request_result result = mute_is_good(v);

	for (size_t i = 0; i < 4; i++) {
		if (*pattern[i].text)
			json_kv_text(v->details, pattern[i].key, span_str(pattern[i].text));
	}
	if (result == REQUEST_DONE)
		*code = mutes_end(v->a->store.db, v->now_ns); /* makes room */
	if (result == REQUEST_DONE && *code == SQLITE_OK)
		*code = add_mute(v);
	return result;
}

static enum request_result carry_out(struct serving *v, int *code)
{
	char at[WHEN_TEXT_MAX];

	if (v->r->until_ns)
		json_kv_str(v->details, "until", when_format(v->r->until_ns, at));
	if (v->r->verb >= REQUEST_OF_ALERTS)
		return serve_of_drill(v, code);
	if (v->r->verb == REQUEST_UNMUTE)
		return serve_unmute(v, code);
	if (v->r->verb == REQUEST_MUTE && !v->r->target[0])
		return serve_pattern(v, code);
	return serve_alert(v, code);
}

/* What the transaction changed is on disk: the same in memory. */
static void remember(const struct serving *v)
{
	struct alerts *a = v->a;
	struct group *g = v->alert_no ? table_find(&a->groups, v->digest, group_hash(v->digest)) : NULL;

	if (g) {
		g->state = v->to;
		g->told = true;
	}
	if (v->incident && v->to == ALERT_CLOSED)
		incidents_ended(&a->incidents, v->source, v->r->target);
	else if (v->incident)
		incidents_resumed(&a->incidents, v->source, v->r->target, a->store.db);
	if (v->drill[0])
		(void)drill_load(a);
	if (v->mutes_changed) {
		(void)mutes_load(&a->mutes, a->store.db);
		a->wake_from = 0;
		a->wake_asked = true;
	}
}

static int answer(struct alerts *a, int64_t no, enum request_result result)
{
	return run(a->store.db, "UPDATE requests SET result = ?4 WHERE no = ?1", no, NULL, NULL, result);
}

/* Something was refused or failed half-way: what was begun is taken back, and the answer says why. */
static int answer_alone(struct alerts *a, int64_t no, enum request_result result)
{
	int code = alerts_store_begin(&a->store, 0);

	if (code == SQLITE_OK) {
		code = answer(a, no, result);
		int end = alerts_store_end(&a->store, code == SQLITE_OK);
		code = code == SQLITE_OK ? end : code;
	}
	return code;
}

static int serve(struct alerts *a, const struct request *r, const struct alerts_hooks *hooks, struct json *details)
{
	struct serving v = {
	    .a = a, .r = r, .details = details, .now_ns = when_now_ns(), .daemon = hooks && hooks->daemon};
	enum request_result result = REQUEST_WAITS;
	int code = alerts_store_begin(&a->store, v.now_ns / NS_PER_MS);

	if (code != SQLITE_OK)
		return code;
	json_reset(details);
	json_object_begin(details);
	result = carry_out(&v, &code);
	json_kv_str(details, "via", r->via);
	json_object_end(details);
	if (code == SQLITE_OK && result == REQUEST_DONE)
		code = answer(a, r->no, result);
	struct request served = *r;
	served.incident = v.incident;
	memcpy(served.drill, v.drill, sizeof(served.drill));
	if (code == SQLITE_OK && result == REQUEST_DONE && hooks && hooks->audit &&
	    hooks->audit(hooks->ctx, &served, json_cstr(details)) < 0)
		result = REQUEST_NO_AUDIT;
	int end = alerts_store_end(&a->store, code == SQLITE_OK && result == REQUEST_DONE);
	if (code != SQLITE_OK)
		return code;
	if (result != REQUEST_DONE)
		return answer_alone(a, r->no, result);
	if (end == SQLITE_OK) {
		a->counters.outbox_rows += v.told + (v.alert_no != 0 || (v.incident && a->incidents.tell));
		remember(&v);
	}
	return end;
}

/* The oldest that waits. @return SQLITE_ROW; SQLITE_DONE where there is none; another SQLite code. */
static int next_request(struct alerts *a, struct request *r)
{
	sqlite3_stmt *s = a->store.next_request;
	int code = sqlite3_step(s);

	if (code == SQLITE_ROW)
		read_request(s, r);
	sqlite3_reset(s);
	return code;
}

/* ---- what fails */

/* The answer to a request that failed again and again says so, and the next one has its turn. @return SQLITE_OK where
 * it is answered. */
static int failed(struct alerts *a, int64_t no, int code)
{
	struct serve_trouble *t = &a->trouble;

	if (!t->failing)
		log_error("alerts: what was asked for cannot be carried out (%s); trying again", sqlite3_errstr(code));
	t->failing = true;
	t->tries = t->no == no ? t->tries + 1 : 1;
	t->no = no;
	return no && t->tries >= SERVE_TRIES && answer_alone(a, no, REQUEST_FAILED) == SQLITE_OK ? SQLITE_OK : code;
}

/* The next try comes later each time, up to a few seconds. */
static void put_off(struct serve_trouble *t)
{
	const unsigned longest = 4;

	t->retry_ns = when_monotonic_ns() + ((NS_PER_S / 4) << (t->tries < longest ? t->tries : longest));
}

static void all_well(struct serve_trouble *t)
{
	if (t->failing)
		log_notice("alerts: what is asked for is carried out again");
	*t = (struct serve_trouble){0};
}

/* ---- alerts that no mute covers any more */

struct woken {
	int64_t no;
	uint8_t digest[GROUP_DIGEST_BYTES];
	bool told;
};

static bool is_covered(const struct alerts *a, sqlite3_stmt *s, int64_t now_ns)
{
	struct mute_subject of = {.alert_id = alerts_db_text(s, 3),
				  .rule = alerts_db_text(s, 4),
				  .src_zone = alerts_db_text(s, 5),
				  .dest_zone = alerts_db_text(s, 6),
				  .src_asset = alerts_db_text(s, 7),
				  .dest_asset = alerts_db_text(s, 8)};

	(void)ip_parse(alerts_db_text(s, 9), &of.src_ip);
	(void)ip_parse(alerts_db_text(s, 10), &of.dest_ip);
	(void)mac_parse(alerts_db_text(s, 11), &of.src_mac);
	(void)mac_parse(alerts_db_text(s, 12), &of.dest_mac);
	return mutes_cover(&a->mutes, &of, now_ns);
}

/* Looks at the next WAKE_MAX muted alerts. *@from becomes the last of them, -1 where there are no more. */
static int find_uncovered(const struct alerts *a, int64_t now_ns, int64_t *from, struct woken woken[static WAKE_MAX],
			  size_t *n)
{
	static const char sql[] =
	    "SELECT no, digest, told, alert_id, rule_id, src_zone, dest_zone, json_extract(doc, "
	    "'$.sekisho.src.asset_id'),"
	    " json_extract(doc, '$.sekisho.dest.asset_id'), json_extract(doc, '$.src_ip'), json_extract(doc, "
	    "'$.dest_ip'),"
	    " json_extract(doc, '$.ether.src_mac'), json_extract(doc, '$.ether.dest_mac') FROM (SELECT a.*, " ALERT_BODY
	    " ||"
	    " CASE WHEN evidence_open THEN '}}}' ELSE '}}' END AS doc FROM " ALERTS_WITH_TEXT
	    " WHERE state = 'muted' AND a.no > ?1"
	    /* what planned work kept back stays so, unless it went on behind that */
	    " AND NOT (a.reason GLOB '" PLAN_REASON "*' AND a.last_seen < a.until) ORDER BY a.no LIMIT ?2)";
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(a->store.db, sql, -1, &s, NULL), rows = 0;

	*n = 0;
	if (code == SQLITE_OK) {
		sqlite3_bind_int64(s, 1, *from);
		sqlite3_bind_int(s, 2, WAKE_MAX);
	}
	for (; code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW; code = SQLITE_OK, rows++) {
		*from = sqlite3_column_int64(s, 0);
		if (sqlite3_column_bytes(s, 1) != GROUP_DIGEST_BYTES || is_covered(a, s, now_ns))
			continue;
		woken[*n].no = *from;
		woken[*n].told = sqlite3_column_int(s, 2) != 0;
		memcpy(woken[(*n)++].digest, sqlite3_column_blob(s, 1), GROUP_DIGEST_BYTES);
	}
	sqlite3_finalize(s);
	if (rows < WAKE_MAX)
		*from = -1;
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static bool some_run_out(const struct alerts *a, int64_t now_ns)
{
	return mutes_in_force(&a->mutes, now_ns) < a->mutes.n;
}

/* Mutes whose time is over end, and of the alerts that they kept back some are open again and told. @return 1: there
 * may be more of them; 0; -errno. */
static int wake(struct alerts *a, int64_t now_ns)
{
	struct woken woken[WAKE_MAX];
	bool ended = some_run_out(a, now_ns);
	int64_t from = ended ? 0 : a->wake_from;
	size_t n = 0;

	if (from < 0)
		return 0;
	int code = alerts_store_begin(&a->store, now_ns / NS_PER_MS);
	if (code != SQLITE_OK)
		return alerts_db_errno(code);
	if (ended)
		code = mutes_end(a->store.db, now_ns);
	if (code == SQLITE_OK)
		code = find_uncovered(a, now_ns, &from, woken, &n);
	for (size_t i = 0; i < n && code == SQLITE_OK; i++) {
		code = run(a->store.db, "UPDATE alerts SET state = 'open', told = 1 WHERE no = ?1", woken[i].no, NULL,
			   NULL, 0);
		if (code == SQLITE_OK)
			code = tell_row(a, woken[i].no, woken[i].told ? "unmute" : "new");
	}
	int end = alerts_store_end(&a->store, code == SQLITE_OK);
	code = code == SQLITE_OK ? end : code;
	if (code != SQLITE_OK)
		return alerts_db_errno(failed(a, 0, code));
	if (a->trouble.no == 0)
		all_well(&a->trouble);
	for (size_t i = 0; i < n; i++) {
		struct group *g = table_find(&a->groups, woken[i].digest, group_hash(woken[i].digest));
		if (g && g->no == woken[i].no) {
			g->state = ALERT_OPEN;
			g->told = true;
		}
	}
	if (ended)
		(void)mutes_load(&a->mutes, a->store.db);
	a->counters.outbox_rows += n;
	a->wake_from = from;
	return from >= 0;
}

/* ---- all that was asked for */

static int serve_all(struct alerts *a, const struct alerts_hooks *hooks, int *n)
{
	struct request r;
	struct json details;
	int code = SQLITE_OK;

	json_init(&details, DETAILS_MAX);
	for (; *n < SERVE_MAX && (code = next_request(a, &r)) == SQLITE_ROW; (*n)++) {
		code = serve(a, &r, hooks, &details);
		if (code == SQLITE_OK)
			all_well(&a->trouble);
		else
			code = failed(a, r.no, code);
		if (code != SQLITE_OK)
			break;
	}
	json_deinit(&details);
	if (*n > 0)
		(void)run(a->store.db, "DELETE FROM requests WHERE result != 0 AND no <= ?1", r.no - REQUESTS_KEPT,
			  NULL, NULL, 0);
	return code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE ? 0 : alerts_db_errno(code);
}

int alerts_serve(struct alerts *a, const struct alerts_hooks *hooks, int64_t now_ns)
{
	struct request r;
	int n = 0, err = 0;

	if (when_monotonic_ns() < a->trouble.retry_ns)
		return 0;
	int code = next_request(a, &r);
	bool to_wake = now_ns && (a->wake_from >= 0 || some_run_out(a, now_ns));
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		err = alerts_db_errno(failed(a, 0, code));
	else if (code == SQLITE_ROW || to_wake || a->wake_asked)
		err = alerts_commit(a, a->last_call_ns, true);
	err = err < 0 ? err : 0;
	if (!err && code == SQLITE_ROW)
		err = serve_all(a, hooks, &n);
	if (!err && hooks && hooks->daemon)
		err = drill_tick(a, hooks, now_ns ? now_ns : when_now_ns());
	/* a daemon comes back to it; who serves once does all of it */
	for (int more = 1; more > 0 && !err && (now_ns || a->wake_asked); more = now_ns ? 0 : more) {
		more = wake(a, now_ns ? now_ns : when_now_ns());
		err = more < 0 ? more : 0;
	}
	a->wake_asked = a->wake_asked && a->wake_from >= 0;
	if (err)
		put_off(&a->trouble);
	return err < 0 ? err : n;
}

int alerts_set_evidence(struct alerts *a, const char *alert_id, const char *pcap, const char *sha256)
{
	int err = alerts_commit(a, a->last_call_ns, true);

	if (err < 0)
		return err;
	int code = alerts_store_begin(&a->store, when_now_ns() / NS_PER_MS);
	if (code != SQLITE_OK)
		return alerts_db_errno(code);
	sqlite3_stmt *s = NULL;
	int64_t no = 0;
	bool silent = false;
	code =
	    sqlite3_prepare_v2(a->store.db, "SELECT no, state = 'muted' FROM alerts WHERE alert_id = ?1", -1, &s, NULL);
	if (code == SQLITE_OK) {
		sqlite3_bind_text(s, 1, alert_id, -1, SQLITE_STATIC);
		code = sqlite3_step(s);
	}
	if (code == SQLITE_ROW) {
		no = sqlite3_column_int64(s, 0);
		silent = sqlite3_column_int(s, 1) != 0;
	}
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		code = SQLITE_OK;
	sqlite3_finalize(s);
	if (code == SQLITE_OK && no)
		code = run(a->store.db, "UPDATE alerts SET pcap = ?2, sha256 = ?3 WHERE no = ?1", no, pcap, sha256, 0);
	if (code == SQLITE_OK && no && !silent)
		code = tell_row(a, no, "evidence");
	int end = alerts_store_end(&a->store, code == SQLITE_OK);
	code = code == SQLITE_OK ? end : code;
	a->counters.outbox_rows += code == SQLITE_OK && no && !silent;
	return code != SQLITE_OK ? alerts_db_errno(code) : no ? 0 : -ENOENT;
}
