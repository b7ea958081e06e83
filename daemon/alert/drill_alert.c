/* The alert of one step of a drill: made as a rule's would be, and stored apart. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "alert/alert_json.h"
#include "alert/alerts_db.h"
#include "alert/alerts_own.h"
#include "alert/drill_scenarios.h"

enum { FROM_PORT = 49152, SIGNATURES = 9000900 /* and the number in the rule's id: rule_signature_id() */ };

enum { DRILL_ID, DRILL_SCENARIO, DRILL_STEP, DRILL_STEPS, DRILL_TITLE, DRILL_NOTE, DRILL_BY, DRILL_FIELDS };

static const struct field_table drill_table;
#define TEXT_FIELD(name)                                                                                               \
	{                                                                                                              \
		&drill_table, name, FIELD_TYPE_TEXT, FIELD_PLAIN, NULL, "", "", NULL                                   \
	}
#define NUMBER_FIELD(name)                                                                                             \
	{                                                                                                              \
		&drill_table, name, FIELD_TYPE_UINT, FIELD_PLAIN, NULL, "", "", NULL                                   \
	}
/* No rule sees this record, so it is not among those of event.h. */
static const struct field_def fields[DRILL_FIELDS] = {
    [DRILL_ID] = TEXT_FIELD("id"),      [DRILL_SCENARIO] = TEXT_FIELD("scenario"), [DRILL_STEP] = NUMBER_FIELD("step"),
    [DRILL_STEPS] = NUMBER_FIELD("of"), [DRILL_TITLE] = TEXT_FIELD("title"),       [DRILL_NOTE] = TEXT_FIELD("note"),
    [DRILL_BY] = TEXT_FIELD("by"),
};
static const struct field_table drill_table = {"drill", fields, DRILL_FIELDS};

static const char leave_en[] =
    " This is a drill: react as you would to a real alert, but stop, unplug or change nothing.";
static const char leave_ja[] =
    "これは訓練です。本番と同じ手順で対応しますが、設備の停止、ケーブルの取り外し、設定の変更はしないでください。";

struct texts {
	char title_en[512], title_ja[512], action_en[1024], action_ja[1024];
};

/* What the person called it stands behind what the step says. */
static void fill_texts(struct texts *t, const struct drill_step *s, const char *title)
{
	bool named = title[0] != '\0';

	snprintf(t->title_en, sizeof(t->title_en), DRILL_MARK_EN "%s%s%s%s", s->title_en, named ? " (" : "", title,
		 named ? ")" : "");
	snprintf(t->title_ja, sizeof(t->title_ja), DRILL_MARK_JA "%s%s%s%s", s->title_ja, named ? "（" : "", title,
		 named ? "）" : "");
	snprintf(t->action_en, sizeof(t->action_en), DRILL_MARK_EN "%s%s", s->action_en, leave_en);
	snprintf(t->action_ja, sizeof(t->action_ja), DRILL_MARK_JA "%s%s", s->action_ja, leave_ja);
}

static struct endpoint end_of(const char *name)
{
	return (struct endpoint){.name = name,
				 .zone = "",
				 .fa_zone = "",
				 .purdue = PURDUE_UNKNOWN,
				 .role = "",
				 .registered = REGISTERED_UNKNOWN,
				 .usage = "",
				 .use_case = "",
				 .phase = ""};
}

static struct origin origin_of(const struct drill_step *s, int64_t now_ns)
{
	struct origin at = {.ts_ns = now_ns};

	(void)ip_parse(s->from_ip, &at.src_ip);
	(void)ip_parse(s->to_ip, &at.dest_ip);
	if (s->port) {
		at.ip_proto = IPPROTO_TCP;
		at.src_port = FROM_PORT;
		at.dest_port = (uint16_t)s->port;
	}
	return at;
}

static unsigned signature_of(const char *rule)
{
	unsigned n = 0;

	(void)sscanf(rule, "SKS-DR-%2u", &n);
	return SIGNATURES + n;
}

/* What the finding of a step borrows. It must not move afterwards. */
struct practice {
	struct texts texts;
	struct endpoint src, dest;
	struct event_value values[DRILL_FIELDS];
	struct event ev;
	struct rule_info rule;
	struct finding f;
	char key[64];
};

static void fill_record(struct event *ev, const struct drill_now *d, const struct drill_scenario *of, unsigned n)
{
	ev_text(ev, &fields[DRILL_ID], d->id);
	ev_text(ev, &fields[DRILL_SCENARIO], of->id);
	ev_uint(ev, &fields[DRILL_STEP], n + 1);
	ev_uint(ev, &fields[DRILL_STEPS], of->n_steps);
	if (d->title[0])
		ev_text(ev, &fields[DRILL_TITLE], d->title);
	if (d->note[0])
		ev_text(ev, &fields[DRILL_NOTE], d->note);
	ev_text(ev, &fields[DRILL_BY], d->who);
}

static void make_finding(struct practice *p, const struct drill_now *d, const struct drill_scenario *of, unsigned n,
			 int64_t now_ns)
{
	static const char *const meti[] = {"2-5"};
	const struct drill_step *s = &of->steps[n];

	*p = (struct practice){.src = end_of(s->from), .dest = end_of(s->to)};
	fill_texts(&p->texts, s, d->title);
	p->ev = (struct event){.table = &drill_table,
			       .at = origin_of(s, now_ns),
			       .count = 1,
			       .first_ns = now_ns,
			       .values = p->values,
			       .src = &p->src,
			       .dest = s->to[0] ? &p->dest : NULL};
	fill_record(&p->ev, d, of, n);
	p->rule = (struct rule_info){.id = s->rule,
				     .signature_id = signature_of(s->rule),
				     .rev = drill_scenarios_version(),
				     .category = "drill",
				     .meti = {meti, 1},
				     .level = s->level,
				     .floor = (int)s->level, /* the step's own, whatever weighs in this plant */
				     .raise = ""};
	snprintf(p->key, sizeof(p->key), "%s/%u", d->id, n + 1);
	p->f = (struct finding){.rule = &p->rule,
				.event = &p->ev,
				.level = s->level,
				.group_key = span_str(p->key),
				.title_en = span_str(p->texts.title_en),
				.title_ja = span_str(p->texts.title_ja),
				.action_en = span_str(p->texts.action_en),
				.action_ja = span_str(p->texts.action_ja)};
}

/* Writes body and life into a->json, and what identifies the alert into @g. @return the length of the body, 0 where
 * memory is short. */
static size_t write_alert(struct alerts *a, const struct drill_scenario *of, unsigned n, int64_t now_ns,
			  struct group *g)
{
	char fingerprint[FINGERPRINT_CHARS + 1];
	struct severity sev;
	struct practice p;

	make_finding(&p, &a->drill, of, n, now_ns);
	severity_of(&a->weights, &p.f, &sev);
	*g = (struct group){.count = 1, .first_seen_ns = now_ns, .last_seen_ns = now_ns, .level = p.f.level};
	group_digest(p.rule.id, p.f.group_key, g->digest);
	group_alert_id(a->sensor.name, g->digest, now_ns, g->alert_id);
	group_fingerprint(g->digest, fingerprint);
	struct alert_facts facts = {.alert_id = g->alert_id,
				    .fingerprint = fingerprint,
				    .level = p.f.level,
				    .sev = &sev,
				    .weights = &a->weights,
				    .sensor = &a->sensor,
				    .drill = a->drill.id};
	if (!alert_json_body(&a->json, &p.f, &facts))
		return 0;
	size_t body_len = a->json.len;
	alert_json_life(&a->json, &(struct alert_life){.first_seen_ns = now_ns,
						       .last_seen_ns = now_ns,
						       .count = 1,
						       .state = alert_state_name(ALERT_OPEN),
						       .change = "new",
						       .evidence_open = true});
	return a->json.overflow ? 0 : body_len;
}

static int insert(struct alerts *a, const struct group *g, unsigned n, const char *rule, size_t body_len)
{
	static const char sql[] =
	    "INSERT INTO drill_alerts(no, drill, n, alert_id, rule_id, level, state, first_seen, last_seen, src_zone,"
	    " dest_zone, body, seq, ack_minutes, close_minutes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, 'open', ?7, ?7, '', '', "
	    "?8,"
	    " ?9, ?10, ?11)";
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(a->store.db, sql, -1, &s, NULL);

	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_int64(s, 1, a->store.last_no + 1);
	sqlite3_bind_int64(s, 2, a->drill.no);
	sqlite3_bind_int64(s, 3, n + 1);
	sqlite3_bind_text(s, 4, g->alert_id, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 5, rule, -1, SQLITE_STATIC);
	sqlite3_bind_int(s, 6, (int)g->level);
	sqlite3_bind_int64(s, 7, g->first_seen_ns);
	sqlite3_bind_text(s, 8, json_cstr(&a->json), (int)body_len, SQLITE_STATIC);
	sqlite3_bind_int64(s, 9, (sqlite3_int64)a->store.outbox.n.last_seq + 1);
	sqlite3_bind_int64(s, 10, a->reaction.acknowledge[g->level]);
	sqlite3_bind_int64(s, 11, a->reaction.close[g->level]);
	code = alerts_db_run(s);
	sqlite3_finalize(s);
	return code;
}

int drill_raise(struct alerts *a, unsigned n, int64_t now_ns)
{
	struct drill_scenario of;
	struct group g;

	if (!drill_scenario_find(a->drill.scenario, &of) || n >= of.n_steps)
		return SQLITE_NOTFOUND;
	size_t body_len = write_alert(a, &of, n, now_ns, &g);
	if (!body_len)
		return SQLITE_NOMEM;
	int code = insert(a, &g, n, of.steps[n].rule, body_len);
	if (code == SQLITE_OK)
		code = outbox_store_tell(&a->store.outbox, g.level, json_cstr(&a->json), a->json.len);
	if (code == SQLITE_OK)
		a->store.last_no++;
	return code;
}
