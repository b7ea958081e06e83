#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/fleet_read.h"

static void free_all(redisReply **replies, size_t n)
{
	for (size_t i = 0; i < n; i++)
		freeReplyObject(replies[i]);
}

enum { ASSETS_AT_ONCE = 64 };

struct asset_reading {
	struct fleet_assets *assets;
	struct fleet_redis *redis;
	struct fleet_sensor *sensor;
	uint32_t no;
	struct redis_cmd cmds[ASSETS_AT_ONCE];
	char keys[ASSETS_AT_ONCE][FLEET_KEY_MAX];
	redisReply *replies[ASSETS_AT_ONCE];
};

static void put_asset_cmd(struct asset_reading *r, size_t i, const char *id)
{
	char rest[64];

	snprintf(rest, sizeof(rest), "asset:%s", id);
	r->cmds[i] = (struct redis_cmd){0};
	redis_arg(&r->cmds[i], "HMGET");
	redis_arg(&r->cmds[i], fleet_key(r->sensor, rest, r->keys[i]));
	for (int f = 0; f < FLEET_FIELDS; f++)
		redis_arg(&r->cmds[i], fleet_field_name((enum fleet_field)f));
}

static void take_asset(struct asset_reading *r, const char *id, const redisReply *hash)
{
	const char *values[FLEET_FIELDS];
	bool any = false;

	if (hash->type == REDIS_REPLY_ERROR)
		fleet_sensor_refused(r->sensor, hash->str);
	if (hash->type != REDIS_REPLY_ARRAY || hash->elements != FLEET_FIELDS)
		return;
	for (int f = 0; f < FLEET_FIELDS; f++) {
		values[f] = hash->element[f]->type == REDIS_REPLY_STRING ? hash->element[f]->str : NULL;
		any |= values[f] != NULL;
	}
	if (any) /* else it has left since the set was read */
		fleet_assets_add(r->assets, r->no, id, values);
}

/* @ids: some of the set. @return 0 or -1. */
static int read_assets(struct asset_reading *r, const redisReply *ids)
{
	for (size_t at = 0, n; at < ids->elements; at += n) {
		const char *id[ASSETS_AT_ONCE];
		size_t k = 0;
		for (n = 0; at + n < ids->elements && k < ASSETS_AT_ONCE; n++) {
			const redisReply *e = ids->element[at + n];
			if (e->type != REDIS_REPLY_STRING || e->len > 32)
				continue;
			id[k] = e->str;
			put_asset_cmd(r, k++, e->str);
		}
		if (k > 0 && fleet_redis_ask(r->redis, r->sensor->node, r->cmds, k, r->replies))
			return -1;
		for (size_t i = 0; i < k; i++)
			take_asset(r, id[i], r->replies[i]);
		free_all(r->replies, k);
	}
	return 0;
}

/* SSCAN gives an id twice where the set grows meanwhile: fleet_assets_merge() takes one. @return 0 or -1. */
static int read_set(struct asset_reading *r)
{
	char key[FLEET_KEY_MAX], cursor[32] = "0";
	int err = 0;

	do {
		struct redis_cmd cmd = {0};
		redisReply *page;
		redis_arg(&cmd, "SSCAN");
		redis_arg(&cmd, fleet_key(r->sensor, "assets", key));
		redis_arg(&cmd, cursor);
		redis_arg(&cmd, "COUNT");
		redis_arg(&cmd, "512");
		if (fleet_redis_ask(r->redis, r->sensor->node, &cmd, 1, &page))
			return -1;
		bool good = page->type == REDIS_REPLY_ARRAY && page->elements == 2 &&
			    page->element[0]->type == REDIS_REPLY_STRING && page->element[1]->type == REDIS_REPLY_ARRAY;
		snprintf(cursor, sizeof(cursor), "%s", good ? page->element[0]->str : "0");
		if (page->type == REDIS_REPLY_ERROR)
			fleet_sensor_refused(r->sensor, page->str);
		if (good)
			err = read_assets(r, page->element[1]);
		freeReplyObject(page);
	} while (!err && strcmp(cursor, "0") != 0);
	return err;
}

int fleet_read_assets(struct fleet_assets *a, struct fleet_sensors *s, struct fleet_redis *f)
{
	struct asset_reading *r = calloc(1, sizeof(*r));
	size_t unnamed;
	uint32_t *site = fleet_sites(s, &unnamed);
	int err = r && site ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < s->n; i++) {
		r->assets = a;
		r->redis = f;
		r->sensor = &s->item[i];
		r->no = (uint32_t)i;
		if (read_set(r))
			fleet_sensor_refused(r->sensor, f->nodes[r->sensor->node].why);
	}
	if (!err)
		err = fleet_assets_merge(a, site);
	free(site);
	free(r);
	return err;
}
