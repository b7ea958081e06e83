#include "alert/alert_json.h"

#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "event/event_json.h"
#include "event/rule_json.h"

/* EVE's severity: 1 worst to 4. */
static const unsigned eve_severity[LEVEL_COUNT] = {
    [LEVEL_CRITICAL] = 1, [LEVEL_HIGH] = 2, [LEVEL_MEDIUM] = 3, [LEVEL_LOW] = 4, [LEVEL_INFO] = 4};

/* A member whose value may be unknown. @key: a literal. */
#define KV_TEXT_OR_NULL(j, key, text)                                                                                  \
	do {                                                                                                           \
		const char *known = text;                                                                              \
		if (known && *known)                                                                                   \
			json_kv_str(j, key, known);                                                                    \
		else                                                                                                   \
			KV_NULL(j, key);                                                                               \
	} while (0)

#define KV_NULL(j, key) json_raw(j, span_str("\"" key "\":null"))

static void write_eve_alert(struct json *j, const struct finding *f, enum alert_level level)
{
	const struct rule_info *r = f->rule;

	json_key(j, "alert");
	json_object_begin(j);
	rule_json_put(j, r, RULE_JSON_SIGNATURE);
	json_kv_text(j, "signature", f->title_en);
	rule_json_put(j, r, RULE_JSON_CATEGORY);
	json_kv_u64(j, "severity", eve_severity[level]);
	json_key(j, "metadata");
	json_object_begin(j);
	rule_json_put(j, r, RULE_JSON_METADATA);
	json_key(j, "signature_severity");
	json_array_begin(j);
	json_str(j, alert_level_name(level));
	json_array_end(j);
	json_object_end(j);
	json_object_end(j);
}

static void write_endpoint(struct json *j, const char *key, const struct endpoint *e)
{
	if (!e)
		return;
	json_key(j, key);
	json_object_begin(j);
	KV_TEXT_OR_NULL(j, "asset_id", e->known ? e->asset_id : NULL);
	KV_TEXT_OR_NULL(j, "name", e->name);
	KV_TEXT_OR_NULL(j, "zone", e->zone);
	if (e->purdue == PURDUE_UNKNOWN)
		KV_NULL(j, "purdue");
	else
		json_kv_str(j, "purdue", purdue_name(e->purdue));
	KV_TEXT_OR_NULL(j, "role", e->role);
	if (e->registered == REGISTERED_UNKNOWN)
		KV_NULL(j, "registered");
	else
		json_kv_bool(j, "registered", e->registered == REGISTERED_YES);
	KV_TEXT_OR_NULL(j, "usage", e->usage);
	KV_TEXT_OR_NULL(j, "use_case", e->use_case);
	KV_TEXT_OR_NULL(j, "phase", e->phase);
	json_object_end(j);
}

/* Every term that led to the score, so that a reader can follow it. */
static void write_severity(struct json *j, const struct alert_facts *facts)
{
	const struct severity *s = facts->sev;
	struct severity_reason reason;

	severity_explain(s, &reason);
	json_key(j, "sev");
	json_object_begin(j);
	json_kv_u64(j, "base", s->base);
	json_key(j, "impact");
	json_f64(j, s->impact);
	json_key(j, "zone");
	json_f64(j, s->zone);
	json_key(j, "adjust");
	json_i64(j, s->adjust);
	json_kv_u64(j, "final", s->final);
	json_kv_str(j, "word_ja", alert_level_name_ja(facts->level));
	json_kv_str(j, "word_en", alert_level_name(facts->level));
	KV_TEXT_OR_NULL(j, "impact_level", impact_name(s->impact_level));
	json_kv_text(j, "reason_ja", span_of(reason.ja, reason.ja_len));
	json_kv_text(j, "reason_en", span_of(reason.en, reason.en_len));
	json_kv_bool(j, "floor", s->floor);
	json_kv_bool(j, "bcp", s->bcp);
	if (s->bcp) {
		json_kv_str(j, "bcp_ja", "BCP発動の要否を確認");
		json_kv_str(j, "bcp_en", "Check whether the business continuity plan is to be called out");
		if (facts->weights->n_contacts > 0) {
			json_key(j, "contacts");
			json_array_begin(j);
			for (size_t i = 0; i < facts->weights->n_contacts; i++)
				json_str(j, facts->weights->contacts[i]);
			json_array_end(j);
		}
	}
	json_object_end(j);
}

/* What on the device was touched, under one name whatever the protocol calls it. */
static const struct {
	const char *field, *key;
} object_fields[] = {
    {"unit_id", "unit"},
    {"function_code", "function"},
    {"service", "function"},
    {"command", "function"},
    {"data_type", "table"},
    {"request.address", "address"},
    {"request.quantity", "quantity"},
    {"nodes[].node_id", "node_id"},
    {"method.method_id", "node_id"},
    {"share", "share"},
    {"filename", "file"},
    {"hostname", "host"},
    {"url", "uri"},
};

static void write_object_value(struct json *j, const char *key, const struct event_value *v)
{
	const char *token;

	switch (v->field->type) {
	case FIELD_TYPE_UINT:
		json_kv_u64(j, key, v->u);
		break;
	case FIELD_TYPE_ENUM:
		token = enum_token(v->field->names, v->u);
		if (token)
			json_kv_str(j, key, token);
		break;
	case FIELD_TYPE_TEXT:
		json_kv_text(j, key, span_head(span_of(v->ptr, v->count), 256));
		break;
	default:
		break;
	}
}

static void write_object(struct json *j, const struct event *ev)
{
	enum { N = sizeof(object_fields) / sizeof(object_fields[0]) };
	const struct event_value *first[N] = {NULL};
	_Static_assert(N <= 16, "a bit each");
	uint16_t of_letter[32] = {0}; /* those whose names begin with it */

	for (size_t i = 0; i < N; i++)
		of_letter[object_fields[i].field[0] & 31] |= (uint16_t)(1U << i);
	for (unsigned n = 0; n < ev->n_values; n++) {
		const char *name = ev->values[n].field->name;
		for (unsigned some = of_letter[name[0] & 31]; some; some &= some - 1) {
			int i = __builtin_ctz(some);
			if (!first[i] && strcmp(name, object_fields[i].field) == 0)
				first[i] = &ev->values[n];
		}
	}
	json_key(j, "object");
	json_object_begin(j);
	json_kv_str(j, "proto", ev->at.app_proto ? ev->at.app_proto : ev->table->object);
	for (size_t i = 0; i < N; i++) {
		if (first[i])
			write_object_value(j, object_fields[i].key, first[i]);
	}
	json_object_end(j);
}

/* How far the wire can be believed: both directions seen and nothing lost, or less. */
static const char *confidence(const struct event *ev, double loss_pct)
{
	if (loss_pct > 1.0)
		return "low";
	return ev->at.one_sided || loss_pct > 0.0 ? "medium" : "high";
}

/* What had to come together before the rule spoke. */
static void write_counted(struct json *j, const struct counted *c)
{
	char first[WHEN_TEXT_MAX];

	json_key(j, "counted");
	json_object_begin(j);
	json_kv_str(j, "kind", counted_kind_name(c->kind));
	if (*c->of)
		json_kv_str(j, "of", c->of);
	json_kv_u64(j, "value", c->value);
	json_kv_u64(j, "at_least", c->at_least);
	json_kv_u64(j, "within_ms", (uint64_t)(c->within_ns / NS_PER_MS));
	json_kv_str(j, "since", when_format(c->first_ns, first));
	if (c->n_shown > 0) {
		json_key(j, "values");
		json_array_begin(j);
		for (unsigned i = 0; i < c->n_shown; i++)
			json_text(j, c->shown[i]);
		json_array_end(j);
	}
	json_object_end(j);
}

/* Whose warning it was. */
static void write_indicator(struct json *j, const struct indicator *i)
{
	char expires[WHEN_TEXT_MAX];

	json_key(j, "indicator");
	json_object_begin(j);
	json_kv_str(j, "type", i->type);
	json_kv_text(j, "value", span_str(i->value));
	json_kv_text(j, "source", span_str(i->source));
	if (*i->comment)
		json_kv_text(j, "comment", span_str(i->comment));
	if (i->expires_ns != INT64_MAX)
		json_kv_str(j, "expires", when_format(i->expires_ns, expires));
	json_kv_text(j, "file", span_str(i->file));
	json_kv_u64(j, "line", i->line);
	json_object_end(j);
}

/* Stays open: the life begins with the capture that was kept. */
static void write_evidence(struct json *j, const struct event *ev, double loss_pct)
{
	json_key(j, "evidence");
	json_object_begin(j);
	if (ev->at.frame) {
		json_key(j, "frames");
		json_array_begin(j);
		json_u64(j, ev->at.frame);
		json_array_end(j);
	}
	json_kv_bool(j, "one_sided", ev->at.one_sided);
	json_key(j, "loss_pct_5m");
	json_f64(j, loss_pct);
	json_kv_str(j, "confidence", confidence(ev, loss_pct));
	if (ev->counted)
		write_counted(j, ev->counted);
	if (ev->indicator)
		write_indicator(j, ev->indicator);
}

static void write_sensor(struct json *j, const struct sensor_info *s, const char *iface)
{
	json_key(j, "sensor");
	json_object_begin(j);
	json_kv_str(j, "id", s->name);
	KV_TEXT_OR_NULL(j, "site", s->site);
	if (iface)
		json_kv_str(j, "iface", iface);
	json_kv_str(j, "version", s->version);
	json_object_end(j);
}

static void write_sekisho(struct json *j, const struct finding *f, const struct alert_facts *facts)
{
	static const char *const verdicts[] = {[CONDUIT_ALLOWED] = "allowed", [CONDUIT_DENIED] = "denied"};
	const struct rule_info *r = f->rule;
	const struct event *ev = f->event;

	json_key(j, "sekisho");
	json_object_begin(j);
	json_kv_u64(j, "v", 1);
	json_kv_str(j, "alert_id", facts->alert_id);
	json_kv_str(j, "rule_id", r->id);
	if (facts->drill)
		json_kv_str(j, "drill", facts->drill);
	json_kv_str(j, "fingerprint", facts->fingerprint);
	json_kv_text(j, "title_ja", f->title_ja);
	json_kv_text(j, "title_en", f->title_en);
	json_kv_text(j, "action_ja", f->action_ja);
	json_kv_text(j, "action_en", f->action_en);
	rule_json_put(j, r, RULE_JSON_LIMITS);
	json_kv_str(j, "level", alert_level_name(facts->level));
	write_severity(j, facts);
	write_endpoint(j, "src", ev->src);
	write_endpoint(j, "dest", ev->dest);
	if (ev->conduit.verdict != CONDUIT_NONE)
		json_kv_str(j, "conduit", verdicts[ev->conduit.verdict]);
	if (ev->conduit.why != CONDUIT_WHY_NONE)
		json_kv_str(j, "conduit_why", conduit_why_name(ev->conduit.why));
	if (ev->conduit.line || ev->conduit.near)
		json_kv_u64(j, "conduit_line", ev->conduit.line ? ev->conduit.line : ev->conduit.near);
	rule_json_put(j, r, RULE_JSON_TAGS);
	write_object(j, ev);
	write_sensor(j, facts->sensor, ev->at.iface);
	write_evidence(j, ev, facts->loss_pct_5m);
}

static bool write_body(struct json *j, const struct finding *f, const struct alert_facts *facts, bool with_event)
{
	json_reset(j);
	json_object_begin(j);
	event_json_origin(j, &f->event->at, facts->sensor->name, "alert");
	if (f->event->complete != COMPLETE_NA)
		json_kv_bool(j, "complete", f->event->complete == COMPLETE_YES);
	write_eve_alert(j, f, facts->level);
	if (with_event)
		event_json_body(j, f->event);
	else
		json_kv_bool(j, "record_truncated", true);
	write_sekisho(j, f, facts);
	return !j->overflow && j->len <= ALERT_JSON_MAX - ALERT_LIFE_MAX;
}

bool alert_json_body(struct json *j, const struct finding *f, const struct alert_facts *facts)
{
	return write_body(j, f, facts, true) || write_body(j, f, facts, false);
}

static void kv_text(struct json *j, const char *key, const char *text)
{
	if (text && *text)
		json_kv_text(j, key, span_str(text));
}

void alert_json_life(struct json *j, const struct alert_life *life)
{
	size_t start = j->len;
	char at[WHEN_TEXT_MAX];

	json_resume(j);
	if (life->evidence_open) {
		kv_text(j, "pcap", life->pcap);
		kv_text(j, "sha256", life->sha256);
		json_put(j, "}", 1);
	}
	json_kv_str(j, "first_seen", when_format(life->first_seen_ns, at));
	json_kv_str(j, "last_seen", when_format(life->last_seen_ns, at));
	json_kv_u64(j, "count", life->count);
	json_kv_str(j, "state", life->state);
	kv_text(j, "change", life->change);
	kv_text(j, "incident", life->incident);
	if (life->until_ns)
		json_kv_str(j, "muted_until", when_format(life->until_ns, at));
	kv_text(j, "by", life->who);
	kv_text(j, "reason", life->reason);
	json_put(j, "}}", 2);
	j->overflow |= j->len - start > ALERT_LIFE_MAX;
}
