#include "app/fleet_alerts.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/fleet_time.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/net_addr.h"
#include "base/when.h"

enum { BLOCK_BYTES = 1 << 20, KEY_BYTES = 16384 };

#define SLACK_NS (60 * NS_PER_S) /* between the clocks of two sensors */

struct seen {
	uint32_t sensor;
	char id[ALERT_ID_CHARS + 2]; /* no padding */
};

struct key {
	uint8_t digest[GROUP_DIGEST_BYTES];
	struct fleet_alert *alerts;
};

int fleet_alerts_init(struct fleet_alerts *a, uint32_t most, size_t bytes)
{
	*a = (struct fleet_alerts){0};
	int err = arena_init(&a->memory, BLOCK_BYTES, bytes);

	if (!err)
		err =
		    table_init(&a->seen, most, sizeof(struct seen), sizeof(struct seen), table_hash_bytes, NULL, NULL);
	if (!err)
		err = table_init(&a->keys, most, GROUP_DIGEST_BYTES, sizeof(struct key), table_hash_own, NULL, NULL);
	return err;
}

void fleet_alerts_deinit(struct fleet_alerts *a)
{
	table_deinit(&a->keys);
	table_deinit(&a->seen);
	arena_deinit(&a->memory);
}

/* ---- what makes it the same */

/* What rules tell alerts apart by besides both ends and the object (group_by in rules/packs). */
static const char *const own_parts[] = {"dest_port",
					"anomaly.reason",
					"asset.what",
					"asset.declared",
					"setpoint.tag",
					"opcua.security_policy",
					"opcua.user_token.user",
					"modbus.umas.function",
					"discovery.protocol",
					"discovery.detail.claimed_ip",
					"sekisho.conduit_why"};

static bool names_somebody(const char *address)
{
	struct ip_addr ip;

	if (!ip_parse(address, &ip))
		return false;
	enum ip_scope scope = ip_scope(&ip);
	return scope != IP_SCOPE_UNSPECIFIED && scope != IP_SCOPE_BROADCAST && scope != IP_SCOPE_MULTICAST;
}

/* @return whether the key now says who this end is. */
static bool put_end(struct json *key, const json_t *alert, const char *ip_path, const char *mac_path, bool both)
{
	const char *ip = json_at(alert, ip_path), *mac = json_at(alert, mac_path);
	bool named = names_somebody(ip);

	json_kv_str(key, ip_path, named ? ip : "");
	if (!named || both)
		json_kv_str(key, mac_path, mac);
	return both ? mac[0] != '\0' : named || mac[0] != '\0';
}

static void put_part(struct json *key, const char *name, json_t *value)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;

	if (text)
		json_kv_str(key, name, text);
	free(text);
}

/* Writes what two sensors have to agree in; the rule goes in by itself. */
static void put_key(struct json *key, const json_t *alert, uint32_t sensor, const char *id)
{
	const char *site = json_at(alert, "sekisho.sensor.site");
	bool nameless = site[0] == '\0';

	json_object_begin(key);
	json_kv_str(key, "site", site);
	bool src = put_end(key, alert, "src_ip", "ether.src_mac", nameless);
	bool dest = put_end(key, alert, "dest_ip", "ether.dest_mac", nameless);
	put_part(key, "object", json_node(alert, "sekisho.object"));
	for (size_t i = 0; i < sizeof(own_parts) / sizeof(own_parts[0]); i++)
		put_part(key, own_parts[i], json_node(alert, own_parts[i]));
	if (!src && !dest) {
		json_kv_u64(key, "sensor", sensor);
		json_kv_str(key, "id", id);
	}
	json_object_end(key);
}

/* @return whether it has one. */
static bool digest_of(const json_t *alert, uint32_t sensor, const char *id, uint8_t digest[static GROUP_DIGEST_BYTES])
{
	struct json key;

	json_init(&key, KEY_BYTES);
	put_key(&key, alert, sensor, id);
	bool good = !key.overflow;
	if (good)
		group_digest(json_at(alert, "sekisho.rule_id"), span_of(key.buf, key.len), digest);
	json_deinit(&key);
	return good;
}

static bool overlaps(const struct fleet_alert *a, const struct fleet_view *v)
{
	return v->first_ns - SLACK_NS <= a->last_ns && a->first_ns - SLACK_NS <= v->last_ns;
}

static bool has_sensor(const struct fleet_alert *a, uint32_t sensor)
{
	for (const struct fleet_view *v = a->views; v; v = v->next) {
		if (v->sensor == sensor)
			return true;
	}
	return false;
}

/* ---- rows */

static void join(struct fleet_alerts *all, struct fleet_alert *a, struct fleet_view *v)
{
	if (a->last_view)
		a->last_view->next = v;
	else
		a->views = v;
	a->last_view = v;
	if (a->n_views == 0 || v->first_ns < a->first_ns)
		a->first_ns = v->first_ns;
	if (a->n_views == 0 || v->last_ns > a->last_ns)
		a->last_ns = v->last_ns;
	if (a->n_views > 0)
		all->of_level[a->level]--;
	if (a->n_views == 0 || v->level > a->level)
		a->level = v->level;
	all->of_level[a->level]++;
	if (v->count > a->count)
		a->count = v->count;
	a->n_views++;
}

static struct fleet_alert *begin(struct fleet_alerts *a, struct key *k, const char *json, size_t len)
{
	struct fleet_alert *fresh = arena_alloc(&a->memory, sizeof(*fresh));
	struct span copy = fresh ? arena_copy(&a->memory, span_of(json, len)) : span_of(NULL, 0);

	if (copy.len != len)
		return NULL;
	*fresh = (struct fleet_alert){.alike = k->alerts, .json = (const char *)copy.ptr, .len = len};
	k->alerts = fresh;
	if (a->last)
		a->last->next = fresh;
	else
		a->first = fresh;
	a->last = fresh;
	a->n++;
	return fresh;
}

static struct fleet_alert *find(const struct key *k, const struct fleet_view *v)
{
	for (struct fleet_alert *at = k ? k->alerts : NULL; at; at = at->alike) {
		if (overlaps(at, v) && !has_sensor(at, v->sensor))
			return at;
	}
	return NULL;
}

/* @return NULL where there is none: the cap is never reached by forgetting what was there. */
static void *put(struct table *t, const void *key, uint64_t hash)
{
	void *entry = table_find(t, key, hash);

	if (entry)
		return entry;
	return t->used < t->cap ? table_insert(t, key, hash) : NULL;
}

static bool read_view(struct fleet_view *v, const json_t *alert, uint32_t sensor)
{
	const char *id = json_at(alert, "sekisho.alert_id");
	json_int_t count = json_integer_value(json_node(alert, "sekisho.count"));

	*v = (struct fleet_view){.sensor = sensor,
				 .state = alert_state_parse(json_at(alert, "sekisho.state")),
				 .count = count > 0 ? (uint64_t)count : 1};
	if (strlen(id) != ALERT_ID_CHARS || !json_at(alert, "sekisho.rule_id")[0])
		return false;
	memcpy(v->id, id, ALERT_ID_CHARS);
	return alert_level_parse(json_at(alert, "sekisho.level"), &v->level) &&
	       fleet_time_parse(json_at(alert, "sekisho.first_seen"), &v->first_ns) &&
	       fleet_time_parse(json_at(alert, "sekisho.last_seen"), &v->last_ns);
}

static struct fleet_alert *place(struct fleet_alerts *a, const json_t *alert, const struct fleet_view *v,
				 const char *json, size_t len, bool may_begin)
{
	struct key blank;
	bool keyed = digest_of(alert, v->sensor, v->id, blank.digest);
	uint64_t hash = keyed ? group_hash(blank.digest) : 0;
	struct key *k = keyed ? table_find(&a->keys, blank.digest, hash) : NULL;
	struct fleet_alert *row = find(k, v);

	if (row || !may_begin) {
		a->declined += !row;
		return row;
	}
	if (!k && keyed)
		k = put(&a->keys, blank.digest, hash);
	row = k ? begin(a, k, json, len) : NULL;
	a->left_out += !row;
	return row;
}

static const struct fleet_alert *take(struct fleet_alerts *a, const json_t *alert, uint32_t sensor, const char *json,
				      size_t len, bool may_begin)
{
	struct fleet_view v, *kept;
	struct seen seen = {.sensor = sensor};

	if (!read_view(&v, alert, sensor)) {
		a->unreadable++;
		return NULL;
	}
	memcpy(seen.id, v.id, sizeof(v.id));
	uint64_t hash = hash_bytes(&seen, sizeof(seen));
	if (table_find(&a->seen, &seen, hash))
		return NULL;
	kept = a->seen.used < a->seen.cap ? arena_alloc(&a->memory, sizeof(*kept)) : NULL;
	if (!kept || !put(&a->seen, &seen, hash)) {
		a->left_out++;
		return NULL;
	}
	*kept = v;
	struct fleet_alert *row = place(a, alert, kept, json, len, may_begin);
	if (row) {
		a->views_joined += row->n_views > 0;
		join(a, row, kept);
	}
	return row;
}

const struct fleet_alert *fleet_alerts_add(struct fleet_alerts *a, uint32_t sensor, const char *json, size_t len,
					   bool may_begin)
{
	json_t *alert = json_loadb(json, len, 0, NULL);
	const struct fleet_alert *row = NULL;

	if (json_at(alert, "sekisho.drill")[0])
		a->drills++;
	else if (json_is_object(alert))
		row = take(a, alert, sensor, json, len, may_begin);
	else
		a->unreadable++;
	json_decref(alert);
	return row;
}

size_t fleet_alerts_count(const struct fleet_alerts *a, enum alert_level least)
{
	size_t n = 0;

	for (int level = (int)least; level < LEVEL_COUNT; level++)
		n += a->of_level[level];
	return n;
}

static int last_seen_first(const void *x, const void *y)
{
	const struct fleet_alert *a = *(const struct fleet_alert *const *)x, *b = *(const struct fleet_alert *const *)y;

	if (a->last_ns != b->last_ns)
		return a->last_ns > b->last_ns ? -1 : 1;
	return strcmp(b->views->id, a->views->id);
}

const struct fleet_alert **fleet_alerts_sorted(const struct fleet_alerts *a, enum alert_level least, size_t *n)
{
	const struct fleet_alert **rows = calloc(a->n + 1, sizeof(struct fleet_alert *));

	*n = 0;
	for (const struct fleet_alert *at = a->first; rows && at; at = at->next) {
		if (at->level >= least)
			rows[(*n)++] = at;
	}
	if (*n > 1)
		qsort(rows, *n, sizeof(struct fleet_alert *), last_seen_first);
	return rows;
}
