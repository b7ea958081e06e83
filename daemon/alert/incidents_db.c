/* Incidents in alerts.db, and as records. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "alert/alerts_db.h"
#include "alert/alerts_own.h"
#include "alert/incidents.h"
#include "base/when.h"

/* ---- writing */

static int bind_and_run(sqlite3 *db, const char *sql, const struct incident_change *c)
{
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &q, NULL);

	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_text(q, 1, c->id, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, c->source, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 3, c->first_ns);
	sqlite3_bind_int64(q, 4, c->last_ns);
	sqlite3_bind_int(q, 5, (int)c->level);
	sqlite3_bind_int(q, 6, (int)c->to);
	sqlite3_bind_int64(q, 7, c->alerts);
	sqlite3_bind_text(q, 8, c->step.alert_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 9, c->step_no);
	sqlite3_bind_int64(q, 10, c->step.first_ns);
	sqlite3_bind_int(q, 11, (int)c->step.stage);
	sqlite3_bind_int(q, 12, INCIDENT_TIMELINE_MAX);
	sqlite3_bind_int(q, 13, INCIDENTS_KEPT);
	sqlite3_bind_int(q, 14, (int)c->step.level);
	code = alerts_db_run(q);
	sqlite3_finalize(q);
	return code;
}

static int write_step(sqlite3 *db, const struct incident_change *c)
{
	static const char *const all[] = {
	    "INSERT OR IGNORE INTO incident_steps(incident_id, n, at, stage, alert_id, rule_id, level)"
	    " SELECT ?1, ?9, ?10, ?11, alert_id, rule_id, ?14 FROM alerts WHERE alert_id = ?8 AND ?9 <= ?12",
	    "UPDATE alerts SET incident = ?1 WHERE alert_id = ?8",
	};
	int code = SQLITE_OK;

	if (c->worse)
		return bind_and_run(
		    db,
		    "UPDATE incident_steps SET level = ?14 WHERE incident_id = ?1 AND alert_id = ?8 AND level < ?14",
		    c);
	for (size_t i = 0; i < 2 && code == SQLITE_OK; i++)
		code = bind_and_run(db, all[i], c);
	return code;
}

static int write_state(sqlite3 *db, const struct incident_change *c)
{
	static const char upsert[] =
	    "INSERT INTO incidents(incident_id, source, first_seen, last_seen, level, stage, alerts)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(incident_id) DO UPDATE SET"
	    " first_seen = ?3, last_seen = ?4, level = ?5, stage = ?6, alerts = ?7";
	static const char *const retention[] = {
	    "DELETE FROM incidents WHERE incident_id IN (SELECT incident_id FROM incidents ORDER BY last_seen DESC"
	    " LIMIT -1 OFFSET ?13)",
	    "DELETE FROM incident_steps WHERE incident_id NOT IN (SELECT incident_id FROM incidents)",
	};
	bool fresh = c->told && strcmp(c->told, "new") == 0;
	int code = bind_and_run(db, upsert, c);

	for (size_t i = 0; i < 2 && fresh && code == SQLITE_OK; i++)
		code = bind_and_run(db, retention[i], c);
	return code;
}

int incidents_write(struct alerts *a)
{
	int code = SQLITE_OK;

	for (size_t i = 0; i < a->incidents.n_waiting && code == SQLITE_OK; i++) {
		const struct incident_change *c = &a->incidents.waiting[i];
		code = write_state(a->store.db, c);
		if (code == SQLITE_OK && c->step.alert_id[0])
			code = write_step(a->store.db, c);
		if (code != SQLITE_OK || !c->told || !a->incidents.tell)
			continue;
		code = incident_json(a->store.db, c->id, &a->sensor, c->step_no, c->told, &a->json);
		if (code == SQLITE_ROW)
			code = outbox_store_tell(&a->store.outbox, c->level, json_cstr(&a->json), a->json.len);
		else if (code == SQLITE_DONE || code == SQLITE_TOOBIG) /* retention was quicker; or its alerts say it */
			code = SQLITE_OK;
	}
	return code;
}

/* ---- as a record */

static const struct {
	const char *name, *en, *ja;
} stages[ATTACK_STAGES] = {
    [STAGE_ARRIVAL] = {"arrival", "connected", "接続"},
    [STAGE_DISCOVERY] = {"discovery", "looked around", "探索"},
    [STAGE_ACCESS] = {"access", "got in", "侵入"},
    [STAGE_CONTROL] = {"control", "acted on the process", "設備操作"},
};

static void put_time(struct json *j, const char *key, int64_t ns)
{
	char at[WHEN_TEXT_MAX];

	json_kv_str(j, key, when_format(ns, at));
}

static void put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (*text)
		json_text(j, span_str(text));
	else
		json_null_value(j);
}

static void put_raw(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (*text)
		json_raw(j, span_str(text));
	else
		json_null_value(j);
}

#define BODY ALERT_BODY " || CASE WHEN a.evidence_open THEN '}}}' ELSE '}}' END"

/* What the timeline says, and what of it stands in the head of the record. */
struct telling {
	sqlite3_stmt *steps; /* at, stage, alert_id, rule_id, level, title_ja, title_en, dest, dest_ip */
	char ja[128], en[128];
	uint32_t shown, most; /* of the timeline; so many may be */
};

static sqlite3_stmt *steps_of(sqlite3 *db, const char *id, uint32_t most)
{
	static const char sql[] =
	    "SELECT s.at, s.stage, s.alert_id, s.rule_id, s.level, substr(json_extract(" BODY
	    ", '$.sekisho.title_ja'), 1, "
	    "100), substr(json_extract(" BODY ", '$.sekisho.title_en'), 1, 160), json_extract(" BODY
	    ", '$.sekisho.dest.name'), json_extract(" BODY ", '$.dest_ip') FROM incident_steps s"
	    " LEFT JOIN alerts a ON a.alert_id = s.alert_id LEFT JOIN bodies b ON b.no = a.no WHERE s.incident_id = ?1 "
	    "AND s.n <= ?2 ORDER BY s.at, s.n";
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
		return NULL;
	sqlite3_bind_text(q, 1, id, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(q, 2, most);
	return q;
}

/* "connected, looked around, acted on the process": the stages that the steps have, from below. */
static void name_stages(struct telling *t)
{
	bool has[ATTACK_STAGES] = {false};
	size_t ja = 0, en = 0;

	while (sqlite3_step(t->steps) == SQLITE_ROW) {
		unsigned stage = (unsigned)sqlite3_column_int(t->steps, 1);
		has[stage < ATTACK_STAGES ? stage : 0] = true;
	}
	sqlite3_reset(t->steps);
	for (unsigned i = 1; i < ATTACK_STAGES; i++) {
		if (!has[i])
			continue;
		ja += (size_t)snprintf(t->ja + ja, sizeof(t->ja) - ja, "%s%s", ja ? "→" : "", stages[i].ja);
		en += (size_t)snprintf(t->en + en, sizeof(t->en) - en, "%s%s", en ? ", " : "", stages[i].en);
	}
}

static void put_timeline(struct json *j, struct telling *t)
{
	json_key(j, "timeline");
	json_array_begin(j);
	for (t->shown = 0; t->shown < t->most && sqlite3_step(t->steps) == SQLITE_ROW; t->shown++) {
		unsigned stage = (unsigned)sqlite3_column_int(t->steps, 1);
		unsigned level = (unsigned)sqlite3_column_int(t->steps, 4);
		json_object_begin(j);
		put_time(j, "at", sqlite3_column_int64(t->steps, 0));
		json_kv_str(j, "stage", stage && stage < ATTACK_STAGES ? stages[stage].name : "");
		json_kv_str(j, "level", alert_level_name(level < LEVEL_COUNT ? (enum alert_level)level : LEVEL_INFO));
		put_text(j, "rule_id", alerts_db_text(t->steps, 3));
		put_text(j, "alert_id", alerts_db_text(t->steps, 2));
		put_text(j, "title_ja", alerts_db_text(t->steps, 5));
		put_text(j, "title_en", alerts_db_text(t->steps, 6));
		put_text(j, "dest", alerts_db_text(t->steps, 7));
		put_text(j, "dest_ip", alerts_db_text(t->steps, 8));
		json_object_end(j);
	}
	sqlite3_reset(t->steps);
	json_array_end(j);
}

static void put_title(struct json *j, const char *key, const char *name, const char *stages_text, const char *form,
		      unsigned long long alerts)
{
	char title[640];

	int len = snprintf(title, sizeof(title), form, name, stages_text, alerts);
	json_kv_text(j, key, span_of(title, len < (int)sizeof(title) ? (size_t)len : sizeof(title) - 1));
}

static void put_level(struct json *j, enum alert_level level)
{
	json_kv_str(j, "level", alert_level_name(level));
	json_key(j, "sev");
	json_object_begin(j);
	json_kv_u64(j, "base", severity_base(level));
	json_kv_u64(j, "final", severity_base(level));
	json_kv_str(j, "word_ja", alert_level_name_ja(level));
	json_kv_str(j, "word_en", alert_level_name(level));
	json_object_end(j);
}

/* The columns: 0 id, 1 source, 2 first, 3 last, 4 level, 5 stage, 6 alerts, 7 state, 8 who, 9 reason, 10 src,
 * 11 name, 12 src_ip, 13 ether, 14 attack_ics. */
static void put_record(struct json *j, sqlite3_stmt *q, const struct sensor_info *sensor, struct telling *t,
		       const char *change)
{
	enum alert_level level = (enum alert_level)sqlite3_column_int(q, 4);
	unsigned long long alerts = (unsigned long long)sqlite3_column_int64(q, 6);
	const char *name = *alerts_db_text(q, 11) ? alerts_db_text(q, 11) : alerts_db_text(q, 1);
	unsigned stage = (unsigned)sqlite3_column_int(q, 5);

	name_stages(t);
	json_object_begin(j);
	put_time(j, "timestamp", sqlite3_column_int64(q, 3));
	json_kv_str(j, "event_type", "incident");
	if (sensor)
		json_kv_str(j, "host", sensor->name);
	if (*alerts_db_text(q, 12))
		put_text(j, "src_ip", alerts_db_text(q, 12));
	if (*alerts_db_text(q, 13))
		put_raw(j, "ether", alerts_db_text(q, 13));
	json_key(j, "sekisho");
	json_object_begin(j);
	json_kv_u64(j, "v", 1);
	json_kv_str(j, "alert_id", alerts_db_text(q, 0));
	json_kv_str(j, "rule_id", INCIDENT_RULE);
	put_title(j, "title_ja", name, t->ja, "インシデント: %s（%s、警報%llu件）", alerts);
	put_title(j, "title_en", name, t->en, "Incident: %s %s (%llu alerts)", alerts);
	json_kv_str(
	    j, "action_ja",
	    "流れを上から順に確認し、送信元の機器が現場のどこにあり、誰が使っているかを調べてください。設備に手が加えら"
	    "れて"
	    "いれば、運転状態と設定値をラインの責任者と一緒に確認してください。設備への影響が分かるまで、電源を切ったり"
	    "LANケーブルを抜いたりしないでください。");
	json_kv_str(
	    j, "action_en",
	    "Read the timeline from the top. Find where the source stands on the floor and who uses it. Where it "
	    "acted on the process, check operation and settings with the line's owner. Do not switch anything off "
	    "or unplug it before its effect on the line is known.");
	put_level(j, level);
	put_raw(j, "src", alerts_db_text(q, 10));
	put_raw(j, "attack_ics", alerts_db_text(q, 14));
	json_kv_str(j, "stage", stage && stage < ATTACK_STAGES ? stages[stage].name : "");
	put_timeline(j, t);
	if (alerts > t->shown)
		json_kv_u64(j, "timeline_left_out", alerts - t->shown);
	if (sensor) {
		json_key(j, "sensor");
		json_object_begin(j);
		json_kv_str(j, "id", sensor->name);
		put_text(j, "site", sensor->site ? sensor->site : "");
		json_kv_str(j, "version", sensor->version);
		json_object_end(j);
	}
	put_time(j, "first_seen", sqlite3_column_int64(q, 2));
	put_time(j, "last_seen", sqlite3_column_int64(q, 3));
	json_kv_u64(j, "count", alerts);
	json_kv_str(j, "state", alerts_db_text(q, 7));
	if (change)
		json_kv_str(j, "change", change);
	if (*alerts_db_text(q, 8))
		put_text(j, "by", alerts_db_text(q, 8));
	if (*alerts_db_text(q, 9))
		put_text(j, "reason", alerts_db_text(q, 9));
	json_object_end(j);
	json_object_end(j);
}

/* @when says up to when alerts count into last_seen: a listing shows what came since the last change. */
#define INCIDENT_ROW(last)                                                                                             \
	"SELECT i.incident_id, i.source, i.first_seen, " last                                                          \
	", i.level, i.stage, i.alerts, i.state, i.who, i.reason,"                                                      \
	" json_extract(" BODY ", '$.sekisho.src'), json_extract(" BODY ", '$.sekisho.src.name'), json_extract(" BODY   \
	", '$.src_ip'), json_extract(" BODY ", '$.ether'),"                                                            \
	" (SELECT json_group_array(DISTINCT t.value) FROM incident_steps s JOIN alerts a ON a.alert_id = s.alert_id"   \
	" LEFT JOIN bodies b ON b.no = a.no, json_each(" BODY                                                          \
	", '$.sekisho.attack_ics') t WHERE s.incident_id = i.incident_id AND s.n <= ?2)"                               \
	" FROM incidents i LEFT JOIN alerts a ON a.alert_id = (SELECT s.alert_id FROM incident_steps s WHERE"          \
	" s.incident_id = i.incident_id AND s.n <= ?2 ORDER BY s.n DESC LIMIT 1)"                                      \
	" LEFT JOIN bodies b ON b.no = a.no WHERE i.incident_id = ?1"

int incident_json(sqlite3 *db, const char *id, const struct sensor_info *sensor, uint32_t steps, const char *change,
		  struct json *j)
{
	static const char told[] = INCIDENT_ROW("i.last_seen");
	static const char listed[] = INCIDENT_ROW(
	    "max(i.last_seen, coalesce((SELECT max(x.last_seen) FROM alerts x WHERE x.incident = i.incident_id), 0))");
	struct telling t = {.steps = steps_of(db, id, steps), .most = INCIDENT_TIMELINE_MAX};
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(db, change ? told : listed, -1, &q, NULL);

	json_reset(j);
	if (code == SQLITE_OK) {
		sqlite3_bind_text(q, 1, id, -1, SQLITE_TRANSIENT);
		sqlite3_bind_int64(q, 2, steps);
		code = t.steps ? sqlite3_step(q) : SQLITE_ERROR;
	}
	/* as much of the timeline as fits: what comes first says how it began */
	for (bool fits = false; code == SQLITE_ROW && !fits; t.most /= 2) {
		json_reset(j);
		put_record(j, q, sensor, &t, change);
		fits = !j->overflow && j->len <= INCIDENT_JSON_MAX;
		if (!fits && t.most == 0)
			code = SQLITE_TOOBIG;
	}
	sqlite3_finalize(t.steps);
	sqlite3_finalize(q);
	return code;
}

/* ---- listing */

static int each_id(sqlite3 *db, const struct incidents_filter *f, sqlite3_stmt **q)
{
	int code =
	    sqlite3_prepare_v2(db,
			       "SELECT incident_id FROM incidents WHERE level >= ?1 AND (?2 IS NULL OR state = ?2) AND"
			       " (?3 IS NULL OR incident_id = ?3) ORDER BY first_seen, incident_id",
			       -1, q, NULL);

	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_int(*q, 1, (int)f->least_level);
	if (f->state)
		sqlite3_bind_text(*q, 2, f->state, -1, SQLITE_STATIC);
	if (f->id)
		sqlite3_bind_text(*q, 3, f->id, -1, SQLITE_STATIC);
	return SQLITE_OK;
}

int incidents_each(const char *state_dir, const struct incidents_filter *f, void (*row)(void *ctx, const char *json),
		   void *ctx, struct complaint *c)
{
	sqlite3 *db;
	sqlite3_stmt *q = NULL;
	struct json j;
	int err = alerts_db_open(&db, state_dir, ALERTS_DB_READ, c);

	if (err)
		return err;
	json_init(&j, 2 * INCIDENT_JSON_MAX);
	int code = each_id(db, f, &q);
	while (code == SQLITE_OK && (code = sqlite3_step(q)) == SQLITE_ROW) {
		code = incident_json(db, alerts_db_text(q, 0), NULL, UINT32_MAX, NULL, &j);
		if (code == SQLITE_ROW)
			row(ctx, json_cstr(&j));
		else if (code != SQLITE_DONE && code != SQLITE_TOOBIG)
			break;
		code = SQLITE_OK;
	}
	if (code != SQLITE_DONE)
		err = alerts_db_unread(state_dir, code, sqlite3_errmsg(db), c);
	sqlite3_finalize(q);
	sqlite3_close(db);
	json_deinit(&j);
	return err;
}
