#include "sinks/redis_keys.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "sinks/redis_trouble.h"

enum {
	ASSETS_AT_ONCE = 32,
	FIELDS_MAX = 64, /* members of a hash */
	STATUS_BYTES = 16384,
	KEY_MAX = 512,
};

#define STATUS_NS (15 * NS_PER_S)
#define PAUSE_NS  (30 * NS_PER_S)
#define SLICE_NS  (200 * NS_PER_MS)

void redis_keys_init(struct redis_keys *k, const char *sensor, const struct asset_source *source)
{
	*k = (struct redis_keys){0};
	if (source)
		k->source = *source;
	snprintf(k->prefix, sizeof(k->prefix), "sekisho:{%s}:", sensor);
}

static void drop_queue(struct redis_keys *k)
{
	for (size_t i = k->first; i < k->queued; i++)
		free(k->queue[i]);
	k->first = k->queued = 0;
}

void redis_keys_deinit(struct redis_keys *k)
{
	drop_queue(k);
	free(k->queue);
	k->queue = NULL;
}

void redis_keys_restart(struct redis_keys *k)
{
	drop_queue(k);
	k->version = 0;
	k->status_ns = k->pause_ns = 0;
}

static void enqueue(void *keys, const char *json)
{
	struct redis_keys *k = keys;

	if (k->queued == k->room) {
		size_t room = k->room ? k->room * 2 : 64;
		char **queue = realloc(k->queue, room * sizeof(*queue));
		if (!queue)
			return;
		k->queue = queue;
		k->room = room;
	}
	char *copy = strdup(json);
	if (copy)
		k->queue[k->queued++] = copy;
}

/* A hash's members out of a JSON object: scalars as text, the rest as JSON. The texts are the caller's to free. */
struct members {
	int n;
	const char *keys[FIELDS_MAX];
	char *values[FIELDS_MAX];
};

static void members_of(struct members *m, json_t *object)
{
	const char *key;
	json_t *value;

	m->n = 0;
	json_object_foreach(object, key, value)
	{
		if (m->n == FIELDS_MAX)
			break;
		char *text = json_is_string(value) ? strdup(json_string_value(value))
			     : json_is_null(value)
				 ? strdup("")
				 : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
		if (!text)
			break;
		m->keys[m->n] = key;
		m->values[m->n++] = text;
	}
}

static void members_free(struct members *m)
{
	for (int i = 0; i < m->n; i++)
		free(m->values[i]);
	m->n = 0;
}

static int send_words(struct redis_conn *r, const char *a, const char *b, const char *c)
{
	struct redis_cmd cmd = {0};

	redis_arg(&cmd, a);
	redis_arg(&cmd, b);
	if (c)
		redis_arg(&cmd, c);
	return redis_send(r, &cmd);
}

static int send_hash(struct redis_conn *r, const char *key, const struct members *m)
{
	struct redis_cmd cmd = {0};

	redis_arg(&cmd, "HSET");
	redis_arg(&cmd, key);
	for (int i = 0; i < m->n; i++) {
		redis_arg(&cmd, m->keys[i]);
		redis_arg(&cmd, m->values[i]);
	}
	return redis_send(r, &cmd);
}

/* Something was refused: say so once, leave the connection to the alerts, try again later. @return 0; -1 where it
 * concerns the alerts too. */
static int refused(struct redis_keys *k, const struct redis_conn *r, struct sink *s)
{
	if (redis_trouble_is_general(r->why))
		return -1;
	if (!k->refusing)
		log_warning(
		    "redis: asset and status keys are refused (%s): %s; alerts go on, these are tried again every 30 s",
		    r->why, redis_trouble_remedy(r->why));
	k->refusing = true;
	(void)sink_note_keep(s, SINK_KEYS_REFUSED, true);
	drop_queue(k);
	k->version = 0;
	k->pause_ns = when_monotonic_ns() + PAUSE_NS;
	return 0;
}

static void accepted(struct redis_keys *k, struct sink *s)
{
	if (k->refusing)
		log_notice("redis: asset and status keys are taken again");
	k->refusing = false;
	(void)sink_note_keep(s, SINK_KEYS_REFUSED, false);
}

/* An asset on its way, and the sets in which Redis has it. */
struct passage {
	json_t *record;
	const char *id, *zone;
	char level[32];
	char old_zone[256], old_level[32];
};

/* The record says "L3.5", the key is :level:3.5. */
static const char *level_of(const char *purdue)
{
	return purdue && purdue[0] == 'L' ? purdue + 1 : "";
}

static bool open_passage(struct passage *p, const char *json)
{
	*p = (struct passage){.record = json_loads(json, JSON_ALLOW_NUL, NULL)};
	p->id = json_string_value(json_object_get(p->record, "asset_id"));
	if (!p->id) {
		json_decref(p->record);
		return false;
	}
	p->zone = json_string_value(json_object_get(p->record, "zone"));
	snprintf(p->level, sizeof(p->level), "%s", level_of(json_string_value(json_object_get(p->record, "purdue"))));
	return true;
}

static const char *key_of(const struct redis_keys *k, const char *kind, const char *name, char buf[static KEY_MAX])
{
	snprintf(buf, KEY_MAX, "%s%s%s", k->prefix, kind, name);
	return buf;
}

/* Reads which sets hold the assets now. @return 0, 1 refused, -1 lost. */
static int read_former(struct redis_keys *k, struct redis_conn *r, struct passage *p, int n)
{
	char key[KEY_MAX];
	int sent = 0, result = 0;

	for (; sent < n; sent++) {
		struct redis_cmd cmd = {0};
		redis_arg(&cmd, "HMGET");
		redis_arg(&cmd, key_of(k, "asset:", p[sent].id, key));
		redis_arg(&cmd, "zone");
		redis_arg(&cmd, "purdue");
		if (redis_send(r, &cmd))
			return -1;
	}
	redis_flush(r);
	for (int i = 0; i < n; i++) {
		redisReply *reply = redis_reply(r);
		if (!reply)
			return -1;
		if (reply->type == REDIS_REPLY_ERROR) {
			redis_note(r, reply);
			result = 1;
		} else if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
			const redisReply *zone = reply->element[0], *level = reply->element[1];
			if (zone->type == REDIS_REPLY_STRING)
				snprintf(p[i].old_zone, sizeof(p[i].old_zone), "%s", zone->str);
			if (level->type == REDIS_REPLY_STRING)
				snprintf(p[i].old_level, sizeof(p[i].old_level), "%s",
					 level->str + (level->str[0] == 'L'));
		}
		freeReplyObject(reply);
	}
	return result;
}

/* Leaves one set and enters another. @return commands sent, or -1. */
static int move(const struct redis_keys *k, struct redis_conn *r, const char *kind, const char *from, const char *to,
		const char *id)
{
	char key[KEY_MAX];
	int sent = 0;

	if (*from && strcmp(from, to) != 0) {
		if (send_words(r, "SREM", key_of(k, kind, from, key), id))
			return -1;
		sent++;
	}
	if (*to) {
		if (send_words(r, "SADD", key_of(k, kind, to, key), id))
			return -1;
		sent++;
	}
	return sent;
}

/* An asset that turned out to be another one leaves. @return commands sent, or -1. */
static int send_leaving(const struct redis_keys *k, struct redis_conn *r, const struct passage *p)
{
	char key[KEY_MAX];

	if (send_words(r, "DEL", key_of(k, "asset:", p->id, key), NULL) ||
	    send_words(r, "SREM", key_of(k, "assets", "", key), p->id))
		return -1;
	int zones = move(k, r, "zone:", p->old_zone, "", p->id);
	int levels = zones < 0 ? -1 : move(k, r, "level:", p->old_level, "", p->id);
	return levels < 0 ? -1 : 2 + zones + levels;
}

static int send_passage(const struct redis_keys *k, struct redis_conn *r, const struct passage *p)
{
	char key[KEY_MAX];
	struct members m;

	if (json_object_get(p->record, "merged_into"))
		return send_leaving(k, r, p);
	members_of(&m, p->record);
	key_of(k, "asset:", p->id, key);
	int err = send_words(r, "DEL", key, NULL);
	if (!err)
		err = send_hash(r, key, &m);
	members_free(&m);
	if (!err)
		err = send_words(r, "SADD", key_of(k, "assets", "", key), p->id);
	if (err)
		return -1;
	int zones = move(k, r, "zone:", p->old_zone, p->zone ? p->zone : "", p->id);
	int levels = zones < 0 ? -1 : move(k, r, "level:", p->old_level, p->level, p->id);
	return levels < 0 ? -1 : 3 + zones + levels;
}

/* The replies of EXEC: any error within counts. */
static int take_exec(struct redis_conn *r, int queued)
{
	int result = redis_skip(r, 1 + queued);
	redisReply *exec = result < 0 ? NULL : redis_reply(r);

	if (!exec)
		return -1;
	if (exec->type == REDIS_REPLY_ERROR && result == 0) {
		redis_note(r, exec);
		result = 1;
	}
	for (size_t i = 0; exec->type == REDIS_REPLY_ARRAY && i < exec->elements && result == 0; i++) {
		if (exec->element[i]->type == REDIS_REPLY_ERROR) {
			redis_note(r, exec->element[i]);
			result = 1;
		}
	}
	freeReplyObject(exec);
	return result;
}

static int write_slice(struct redis_keys *k, struct redis_conn *r)
{
	struct passage p[ASSETS_AT_ONCE];
	int n = 0, queued = 0;
	size_t taken = 0;

	for (; k->first + taken < k->queued && n < ASSETS_AT_ONCE; taken++)
		n += open_passage(&p[n], k->queue[k->first + taken]);
	int result = read_former(k, r, p, n);
	if (result == 0)
		result = redis_send_word(r, "MULTI");
	for (int i = 0; i < n && result == 0; i++) {
		int sent = send_passage(k, r, &p[i]);
		queued += sent;
		result = sent < 0 ? -1 : 0;
	}
	if (result == 0)
		result = redis_send_word(r, "EXEC");
	if (result == 0) {
		redis_flush(r);
		result = take_exec(r, queued);
	}
	for (int i = 0; i < n; i++)
		json_decref(p[i].record);
	if (result == 0) {
		for (size_t i = 0; i < taken; i++)
			free(k->queue[k->first++]);
	}
	return result;
}

static int write_status(struct redis_keys *k, struct redis_conn *r)
{
	char key[KEY_MAX], buf[STATUS_BYTES];
	size_t len = k->source.status(k->source.ctx, buf, sizeof(buf));
	json_t *object = json_loadb(buf, len < sizeof(buf) ? len : 0, JSON_ALLOW_NUL, NULL);
	struct members m = {0};
	int result = 0;

	if (json_is_object(object) && json_object_size(object) > 0) {
		members_of(&m, object);
		key_of(k, "status", "", key);
		result = redis_send_word(r, "MULTI");
		if (!result)
			result = send_words(r, "DEL", key, NULL);
		if (!result)
			result = send_hash(r, key, &m);
		if (!result)
			result = send_words(r, "EXPIRE", key, "60");
		key_of(k, "sensor", "", key);
		if (!result)
			result = send_words(r, "DEL", key, NULL);
		if (!result)
			result = send_hash(r, key, &m);
		if (!result)
			result = redis_send_word(r, "EXEC");
		if (!result) {
			redis_flush(r);
			result = take_exec(r, 5);
		}
		members_free(&m);
	}
	json_decref(object);
	return result;
}

bool redis_keys_wait(const struct redis_keys *k)
{
	return k->first < k->queued && when_monotonic_ns() >= k->pause_ns;
}

int redis_keys_beat(struct redis_keys *k, struct redis_conn *r, struct sink *s)
{
	int64_t now = when_monotonic_ns(), until = now + SLICE_NS;
	int result = 0;
	bool wrote = false;

	if (now < k->pause_ns)
		return 0;
	if (k->source.status && (k->status_ns == 0 || now - k->status_ns >= STATUS_NS)) {
		result = write_status(k, r);
		k->status_ns = now;
		wrote = true;
	}
	if (result == 0 && k->source.changed && k->first == k->queued) {
		k->first = k->queued = 0;
		k->version = k->source.changed(k->source.ctx, k->version, enqueue, k);
	}
	while (result == 0 && k->first < k->queued && when_monotonic_ns() < until) {
		result = write_slice(k, r);
		wrote = true;
	}
	if (result > 0)
		return refused(k, r, s);
	if (result == 0 && wrote)
		accepted(k, s);
	return result;
}
