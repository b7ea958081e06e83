#include "sinks/eve_fit.h"

#include <string.h>

#include "base/json.h"

/* What goes first when room is short (outputs.md 4.4): provenance, remedy, English title, details, Japanese title.
 * Never the ids. */
static const char *const least_first[] = {
    "pcap_filename",
    "pcap_cnt",
    "sekisho.limits_en",
    "sekisho.limits_ja",
    "sekisho.action_en",
    "sekisho.action_ja",
    "sekisho.title_en",
    "sekisho.evidence",
    "*",
    "sekisho.object",
    "sekisho.iec62443",
    "sekisho.jnsa",
    "sekisho.meti",
    "sekisho.ipa_phase",
    "alert.metadata",
    "sekisho.sensor",
    "sekisho.fingerprint",
    "community_id",
    "app_proto_by",
    "tunnel",
    "ether",
    "vlan",
    "flow_id",
    "sekisho.attack_ics",
    "sekisho.src",
    "sekisho.dest",
    "sekisho.sev",
    "sekisho.conduit_line",
    "sekisho.conduit_why",
    "sekisho.conduit",
    "sekisho.title_ja",
    "alert.category",
    "alert.rev",
    "alert.gid",
    "in_iface",
    "sekisho.first_seen",
    "sekisho.last_seen",
    "alert.signature",
    "app_proto",
    "complete",
    "record_truncated",
    "host",
    "alert",
    "proto",
    "src_port",
    "dest_port",
    "sekisho.change",
    "sekisho.state",
    "sekisho.count",
    "sekisho.level",
    "sekisho.v",
    "src_ip",
    "dest_ip",
    "timestamp",
};

static void write_value(struct json *j, const json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		json_object_begin(j);
		json_object_foreach((json_t *)(uintptr_t)value, key, member)
		{
			json_key(j, key);
			write_value(j, member);
		}
		json_object_end(j);
		break;
	case JSON_ARRAY:
		json_array_begin(j);
		json_array_foreach(value, i, member) write_value(j, member);
		json_array_end(j);
		break;
	case JSON_STRING:
		json_text(j, span_of(json_string_value(value), json_string_length(value)));
		break;
	case JSON_INTEGER:
		json_i64(j, json_integer_value(value));
		break;
	case JSON_REAL:
		json_f64(j, json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		json_bool(j, json_is_true(value));
		break;
	case JSON_NULL:
		json_null_value(j);
		break;
	}
}

/* The record that raised the alert stands under the protocol's name, which we do not know here: every object but these
 * two. */
static void drop_bodies(json_t *root)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(root, next, key, value)
	{
		if (json_is_object(value) && strcmp(key, "alert") != 0 && strcmp(key, "sekisho") != 0 &&
		    strcmp(key, "ether") != 0)
			json_object_del(root, key);
	}
}

static void drop(struct alert_view *v, const char *path)
{
	if (strcmp(path, "*") == 0)
		drop_bodies(v->root);
	else if (strncmp(path, "sekisho.", 8) == 0)
		json_object_del(v->sekisho, path + 8);
	else if (strncmp(path, "alert.", 6) == 0)
		json_object_del(v->alert, path + 6);
	else
		json_object_del(v->root, path);
	if (strcmp(path, "alert") == 0)
		v->alert = NULL;
}

/* @return the length where it fits, or 0. */
static size_t render(const struct alert_view *v, struct json *j, char *buf, size_t max)
{
	json_reset(j);
	write_value(j, v->root);
	if (j->overflow || j->len > max)
		return 0;
	memcpy(buf, j->buf, j->len);
	return j->len;
}

size_t eve_fit(struct alert_view *v, const struct delivery *row, char *buf, size_t max, bool *truncated)
{
	struct json j;
	size_t len = 0;

	*truncated = row->len > max;
	if (!*truncated) {
		memcpy(buf, row->json, row->len);
		return row->len;
	}
	if (!v->sekisho)
		return 0;
	json_object_set_new(v->sekisho, "truncated", json_true());
	json_init(&j, max + 1);
	for (size_t i = 0; i < sizeof(least_first) / sizeof(least_first[0]) && len == 0; i++) {
		drop(v, least_first[i]);
		len = render(v, &j, buf, max);
	}
	json_deinit(&j);
	return len;
}
