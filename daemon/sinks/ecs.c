#include "sinks/ecs.h"

#include <stdio.h>
#include <string.h>

#include "event/attack_ics.h"
#include "sinks/json_fit.h"

static const char *const least_first[] = {
    "sekisho.evidence.pcap",
    "sekisho.limits_en",
    "sekisho.limits_ja",
    "sekisho.action_en",
    "sekisho.action_ja",
    "sekisho.title_en",
    "sekisho.evidence",
    "sekisho.record",
    "sekisho.timeline",
    "sekisho.timeline_left_out",
    "sekisho.reason",
    "sekisho.object",
    "sekisho.iec62443",
    "sekisho.jnsa",
    "sekisho.meti",
    "sekisho.ipa_phase",
    "sekisho.fingerprint",
    "network.community_id",
    "related",
    "observer.vendor",
    "observer.product",
    "observer.version",
    "observer.ingress",
    "sekisho.src",
    "sekisho.dest",
    "sekisho.sev",
    "sekisho.conduit_line",
    "sekisho.conduit_why",
    "sekisho.conduit",
    "threat",
    "source.device",
    "destination.device",
    "source.segment",
    "destination.segment",
    "source.mac",
    "destination.mac",
    "network",
    "message",
    "event.start",
    "event.end",
    "event.module",
    "event.dataset",
    "event.provider",
    "event.severity_tags",
    "event.type",
    "event.category",
    "rule.name",
    "rule.category",
    "rule.ruleset",
    "*",
    "event.risk_score",
    "sekisho.stage",
    "sekisho.incident",
    "sekisho.muted_until",
    "sekisho.by",
    "event.action",
    "sekisho.count",
    "sekisho.state",
    "sekisho.level",
    "sekisho.v",
    "source.port",
    "destination.port",
    "event.kind",
    "ecs",
    NULL,
};
static const char *const known[] = {"event", "rule", "source", "destination", "sekisho", "ecs", NULL};
static const char *const least[] = {"event.id", "event.code", "sekisho.truncated", NULL};
static const struct json_order ecs_order = {least_first, known, least};

/* Members that stand elsewhere in ECS. */
static const char *const moved[] = {"alert_id", "rule_id",    "change",     "title_ja",
				    "sensor",   "first_seen", "attack_ics", "last_seen"};

/* Sets "a.b.c" below @root; takes @value over. Nothing where it is NULL. */
static void set(json_t *root, const char *path, json_t *value)
{
	char key[32];

	if (!value)
		return;
	for (const char *dot; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
		snprintf(key, sizeof(key), "%.*s", (int)(dot - path), path);
		if (!json_object_get(root, key))
			json_object_set_new(root, key, json_object());
		root = json_object_get(root, key);
	}
	json_object_set_new(root, path, value);
}

static void set_text(json_t *root, const char *path, const char *text)
{
	set(root, path, *text ? json_string(text) : NULL);
}

static void set_copy(json_t *root, const char *path, const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);

	set(root, path, value && !json_is_null(value) ? json_incref(value) : NULL);
}

/* Takes @list over; an empty one is not set. */
static void set_list(json_t *root, const char *path, json_t *list)
{
	if (json_array_size(list) > 0)
		set(root, path, list);
	else
		json_decref(list);
}

static void set_time(json_t *root, const char *path, const char *eve)
{
	char text[VIEW_TIME_MAX];

	set_text(root, path, view_rfc3339(eve, text));
}

static json_t *list_of(const char *a, const char *b)
{
	json_t *list = json_array();

	if (*a)
		json_array_append_new(list, json_string(a));
	if (*b && strcmp(a, b) != 0)
		json_array_append_new(list, json_string(b));
	if (json_array_size(list) > 0)
		return list;
	json_decref(list);
	return NULL;
}

/* "00:80:f4:00:00:01" as ECS has it, "00-80-F4-00-00-01". */
static void set_mac(json_t *root, const char *path, const char *mac)
{
	char text[24];
	size_t i = 0;

	for (; mac[i] && i + 1 < sizeof(text); i++) {
		char c = mac[i];
		text[i] = c == ':' ? '-' : c >= 'a' && c <= 'f' ? (char)(c - 0x20) : c;
	}
	text[i] = '\0';
	set_text(root, path, text);
}

static void set_event(json_t *root, const struct alert_view *v)
{
	set_time(root, "@timestamp", view_text(v->root, "timestamp"));
	set_text(root, "ecs.version", "8.11.0");
	set_text(root, "event.kind", "alert");
	set(root, "event.category", list_of("intrusion_detection", "network"));
	set(root, "event.type", list_of("info", ""));
	set_text(root, "event.module", "sekisho");
	set_text(root, "event.dataset", "sekisho.alert");
	set_text(root, "event.provider", "sekisho");
	set_text(root, "event.id", view_text(v->sekisho, "alert_id"));
	set_text(root, "event.code", view_text(v->sekisho, "rule_id"));
	set_text(root, "event.action", view_text(v->sekisho, "change"));
	set(root, "event.severity", json_integer((json_int_t)view_score(v)));
	set(root, "event.risk_score", json_integer((json_int_t)view_score(v)));
	set(root, "event.severity_tags", list_of(view_text(v->sekisho, "level"), ""));
	set_time(root, "event.start", view_text(v->sekisho, "first_seen"));
	set_time(root, "event.end", view_text(v->sekisho, "last_seen"));
	set_text(root, "message", view_text(v->sekisho, "title_ja"));
	if (view_has(v->sekisho, "drill"))
		set(root, "tags", list_of("drill", ""));
	set_text(root, "rule.id", view_text(v->sekisho, "rule_id"));
	set_text(root, "rule.name", view_text(v->alert, "signature"));
	set_text(root, "rule.category", view_text(v->alert, "category"));
	set_text(root, "rule.ruleset", "sekisho");
}

/* Names of the techniques, and the tactics that they belong to, each once. An id that we do not know has none of both.
 */
static void set_tactics(json_t *root, const json_t *ids)
{
	json_t *names = json_array(), *tactic_ids = json_array(), *tactic_names = json_array(), *id;
	unsigned tactics = 0;
	size_t i;

	json_array_foreach(ids, i, id)
	{
		const struct attack_ics *t = json_is_string(id) ? attack_ics_find(json_string_value(id)) : NULL;
		if (!t)
			continue;
		json_array_append_new(names, json_string(t->name));
		tactics |= t->tactics;
	}
	for (unsigned t = 0; t < TACTICS; t++) {
		if (!(tactics & 1U << t))
			continue;
		json_array_append_new(tactic_ids, json_string(attack_ics_tactic_id(t)));
		json_array_append_new(tactic_names, json_string(attack_ics_tactic_name(t)));
	}
	set_list(root, "threat.technique.name", names);
	set_list(root, "threat.tactic.id", tactic_ids);
	set_list(root, "threat.tactic.name", tactic_names);
}

static void set_threat(json_t *root, const struct alert_view *v)
{
	if (json_array_size(json_object_get(v->sekisho, "attack_ics")) == 0)
		return;
	set_text(root, "threat.framework", "MITRE ATT&CK for ICS");
	set_copy(root, "threat.technique.id", v->sekisho, "attack_ics");
	set_tactics(root, json_object_get(v->sekisho, "attack_ics"));
}

/* As seen from the edge of the site (ECS 8.11, network.direction); "" where an end belongs to no zone. */
static const char *direction_of(const struct alert_view *v)
{
	const char *src = view_text(v->src, "zone"), *dest = view_text(v->dest, "zone");
	bool from_outside = strcmp(src, "internet") == 0, to_outside = strcmp(dest, "internet") == 0;

	if (!*src || !*dest || strcmp(src, "unknown") == 0 || strcmp(dest, "unknown") == 0)
		return "";
	if (from_outside)
		return to_outside ? "external" : "inbound";
	return to_outside ? "outbound" : "internal";
}

static void set_network(json_t *root, const struct alert_view *v)
{
	const json_t *vlan = json_array_get(json_object_get(v->root, "vlan"), 0);
	const char *proto = view_text(v->root, "proto");
	char text[32];
	size_t i = 0;

	for (; proto[i] && i + 1 < sizeof(text); i++)
		text[i] = proto[i] >= 'A' && proto[i] <= 'Z' ? (char)(proto[i] | 0x20) : proto[i];
	text[i] = '\0';
	set_text(root, "network.transport", text);
	set_text(root, "network.protocol", view_text(v->root, "app_proto"));
	set_text(root, "network.direction", direction_of(v));
	set_text(root, "network.community_id", view_text(v->root, "community_id"));
	if (json_is_number(vlan)) {
		snprintf(text, sizeof(text), "%.0f", json_number_value(vlan));
		set_text(root, "network.vlan.id", text);
		set_text(root, "observer.ingress.vlan.id", text);
	}
}

/* @end: "source" or "destination". */
static void set_end(json_t *root, const struct alert_view *v, const char *end, const json_t *device)
{
	bool is_source = strcmp(end, "source") == 0;
	json_t *at = json_object();

	set_copy(at, "ip", v->root, is_source ? "src_ip" : "dest_ip");
	set_copy(at, "port", v->root, is_source ? "src_port" : "dest_port");
	set_mac(at, "mac", view_text(json_object_get(v->root, "ether"), is_source ? "src_mac" : "dest_mac"));
	set_text(at, "device.name", view_text(device, "name"));
	set_text(at, "device.role", view_text(device, "role"));
	set_text(at, "segment.name", view_text(device, "zone"));
	if (json_object_size(at) > 0)
		set(root, end, at);
	else
		json_decref(at);
}

static void set_observer(json_t *root, const struct alert_view *v)
{
	const json_t *sensor = json_object_get(v->sekisho, "sensor");

	set_text(root, "observer.type", "ids");
	set_text(root, "observer.vendor", "sekisho");
	set_text(root, "observer.product", "sekisho");
	set_text(root, "observer.version", view_text(sensor, "version"));
	set_text(root, "observer.hostname", view_text(v->root, "host"));
	set_copy(root, "observer.ingress.interface.name", v->root, "in_iface");
	set(root, "related.ip", list_of(view_text(v->root, "src_ip"), view_text(v->root, "dest_ip")));
	set(root, "related.hosts", list_of(view_text(v->src, "name"), view_text(v->dest, "name")));
}

/* What ECS has no field for, and the record of the protocol that raised the alert. */
static void set_own(json_t *root, const struct alert_view *v)
{
	json_t *own = json_copy(v->sekisho), *value;
	const char *key;

	for (size_t i = 0; own && i < sizeof(moved) / sizeof(moved[0]); i++)
		json_object_del(own, moved[i]);
	json_object_foreach(v->root, key, value)
	{
		if (json_is_object(value) && strcmp(key, "sekisho") != 0 && strcmp(key, "alert") != 0 &&
		    strcmp(key, "ether") != 0) {
			if (!json_object_get(own, "record"))
				json_object_set_new(own, "record", json_object());
			json_object_set(json_object_get(own, "record"), key, value);
		}
	}
	set(root, "sekisho", own);
}

size_t ecs_format(const struct alert_view *v, char *buf, size_t max, bool *truncated)
{
	json_t *root = json_object();

	*truncated = false;
	if (!root || !v->sekisho) {
		json_decref(root);
		*truncated = true;
		return 0;
	}
	set_event(root, v);
	set_threat(root, v);
	set_network(root, v);
	set_end(root, v, "source", v->src);
	set_end(root, v, "destination", v->dest);
	set_observer(root, v);
	set_own(root, v);
	size_t len = json_fit(root, &ecs_order, buf, max, truncated);
	json_decref(root);
	return len;
}
