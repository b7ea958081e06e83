#include "app/fleet_sensors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/fleet_time.h"
#include "base/hash.h"
#include "base/table.h"
#include "base/when.h"

#define PREFIX  "sekisho:{"
#define PATTERN PREFIX "*}:??????"

enum { HEARTBEAT_MS = 60000 };

const char *fleet_key(const struct fleet_sensor *s, const char *rest, char buf[static FLEET_KEY_MAX])
{
	snprintf(buf, FLEET_KEY_MAX, PREFIX "%s}:%s", s->name, rest);
	return buf;
}

bool fleet_sensor_of(const char *key, size_t len, char name[static FLEET_NAME_MAX])
{
	const size_t before = sizeof(PREFIX) - 1;
	const char *end = len > before && memcmp(key, PREFIX, before) == 0 ? memchr(key, '}', len) : NULL;
	size_t n = end ? (size_t)(end - key) - before : 0;

	/* a NUL would make two sensors of one text */
	if (n == 0 || n >= FLEET_NAME_MAX || memchr(key, '\0', len) || before + n + 2 >= len || end[1] != ':')
		return false;
	memcpy(name, key + before, n);
	name[n] = '\0';
	return true;
}

/* ---- finding */

struct known {
	char name[FLEET_NAME_MAX];
	unsigned at;
};

struct finding {
	struct fleet_sensors *s;
	struct table known; /* by name */
	const char *only;
	bool short_of_memory;
};

static struct fleet_sensor *append(struct fleet_sensors *s)
{
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		struct fleet_sensor *item = realloc(s->item, room * sizeof(*item));
		if (!item)
			return NULL;
		s->item = item;
		s->room = room;
	}
	return &s->item[s->n++];
}

static void take_key(void *ctx, const char *key, size_t len, unsigned node)
{
	struct finding *w = ctx;
	char name[FLEET_NAME_MAX] = "";

	if (!fleet_sensor_of(key, len, name) || (w->only && strcmp(w->only, name) != 0))
		return;
	uint64_t hash = hash_bytes(name, sizeof(name));
	struct known *k = table_find(&w->known, name, hash);
	if (k) {
		w->s->item[k->at].node = node; /* in the middle of a move either may know */
		return;
	}
	if (w->s->n == FLEET_SENSORS_MAX) {
		w->s->left_out++;
		return;
	}
	k = table_insert(&w->known, name, hash);
	struct fleet_sensor *fresh = k ? append(w->s) : NULL;
	if (!fresh) {
		w->short_of_memory = true;
		return;
	}
	k->at = (unsigned)(fresh - w->s->item);
	*fresh = (struct fleet_sensor){.node = node, .beat = FLEET_UNSEEN, .age_ms = -1};
	memcpy(fresh->name, name, sizeof(name));
}

static int by_name(const void *a, const void *b)
{
	const struct fleet_sensor *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int fleet_sensors_find(struct fleet_sensors *s, struct fleet_redis *f, const char *only)
{
	struct finding w = {.s = s, .only = only};
	int err =
	    table_init(&w.known, FLEET_SENSORS_MAX, FLEET_NAME_MAX, sizeof(struct known), table_hash_bytes, NULL, NULL);

	*s = (struct fleet_sensors){0};
	if (err)
		return err;
	/* a failover in between makes another node the one to ask */
	if (fleet_redis_scan(f, PATTERN, take_key, &w) > 0 && fleet_redis_renew(f) == 0) {
		for (size_t i = 0; i < s->n; i++)
			s->item[i].node = 0; /* the former numbers are void; from any node the way is told */
		(void)fleet_redis_scan(f, PATTERN, take_key, &w);
	}
	table_deinit(&w.known);
	if (s->n > 1)
		qsort(s->item, s->n, sizeof(*s->item), by_name);
	return w.short_of_memory ? -ENOMEM : 0;
}

void fleet_sensors_free(struct fleet_sensors *s)
{
	free(s->item);
	*s = (struct fleet_sensors){0};
}

/* ---- what each says of itself */

/* Of :status, and of :sensor. In the order of HMGET. */
enum { SITE, VERSION, WRITTEN, FRAMES, KERNEL, QUEUE, LOSS, ALERTS, MEMBERS };
static const char *const members[MEMBERS] = {"site",           "version",       "written",     "frames",
					     "kernel_dropped", "queue_dropped", "loss_pct_5m", "alerts"};

enum { STATUS, LEFT, SAID, ENTRIES, ASSETS, TIME, ASKED };

static void put_word(struct redis_cmd *cmd, const char *verb, const char *key)
{
	*cmd = (struct redis_cmd){0};
	redis_arg(cmd, verb);
	redis_arg(cmd, key);
}

static void put_hmget(struct redis_cmd *cmd, const char *key)
{
	put_word(cmd, "HMGET", key);
	for (int i = 0; i < MEMBERS; i++)
		redis_arg(cmd, members[i]);
}

static const char *member(const redisReply *hash, int i)
{
	bool there = hash->type == REDIS_REPLY_ARRAY && hash->elements == MEMBERS &&
		     hash->element[i]->type == REDIS_REPLY_STRING;

	return there ? hash->element[i]->str : "";
}

/* Some member is there. */
static bool is_there(const redisReply *hash)
{
	for (int i = 0; i < MEMBERS; i++) {
		if (member(hash, i)[0])
			return true;
	}
	return false;
}

static uint64_t number(const char *text)
{
	return text[0] >= '0' && text[0] <= '9' ? strtoull(text, NULL, 10) : 0;
}

/* Redis' own clock, so that what is said does not depend on this machine's; ours where it may not be asked. */
static int64_t clock_ms(const redisReply *time)
{
	if (time->type == REDIS_REPLY_ARRAY && time->elements == 2 && time->element[0]->type == REDIS_REPLY_STRING &&
	    time->element[1]->type == REDIS_REPLY_STRING)
		return (int64_t)(number(time->element[0]->str) * 1000 + number(time->element[1]->str) / 1000);
	return when_now_ns() / NS_PER_MS;
}

/* How long ago: by the life that the key has left, which is Redis' own measure; else by the sensor's clock. */
static void take_beat(struct fleet_sensor *s, const redisReply *left, const redisReply *hash, int64_t now_ms)
{
	int64_t written_ns = 0;
	bool timed = fleet_time_parse(member(hash, WRITTEN), &written_ns);

	if (s->beat == FLEET_ALIVE && left->type == REDIS_REPLY_INTEGER && left->integer >= 0 &&
	    left->integer <= HEARTBEAT_MS) {
		s->age_ms = HEARTBEAT_MS - left->integer;
		if (timed)
			s->behind_ms = now_ms - s->age_ms - written_ns / NS_PER_MS;
	} else if (timed) {
		s->age_ms = now_ms - written_ns / NS_PER_MS;
		s->age_ms = s->age_ms < 0 ? 0 : s->age_ms;
	}
}

static void take_members(struct fleet_sensor *s, const redisReply *hash)
{
	snprintf(s->site, sizeof(s->site), "%s", member(hash, SITE));
	snprintf(s->version, sizeof(s->version), "%s", member(hash, VERSION));
	s->counted = member(hash, FRAMES)[0] != '\0';
	s->frames = number(member(hash, FRAMES));
	s->kernel_dropped = number(member(hash, KERNEL));
	s->queue_dropped = number(member(hash, QUEUE));
	s->loss_pct_5m = strtod(member(hash, LOSS), NULL);
	s->alerts = number(member(hash, ALERTS));
}

static void take_replies(struct fleet_sensor *s, redisReply *const *r)
{
	for (int i = 0; i < TIME && !s->why[0]; i++) {
		if (r[i]->type == REDIS_REPLY_ERROR)
			snprintf(s->why, sizeof(s->why), "%s", r[i]->str);
	}
	const redisReply *hash = is_there(r[STATUS]) ? r[STATUS] : r[SAID];
	s->beat = hash == r[STATUS] ? FLEET_ALIVE : is_there(hash) ? FLEET_SILENT : FLEET_UNSEEN;
	take_members(s, hash);
	take_beat(s, r[LEFT], hash, clock_ms(r[TIME]));
	if (r[ENTRIES]->type == REDIS_REPLY_INTEGER)
		s->entries = (uint64_t)r[ENTRIES]->integer;
	if (r[ASSETS]->type == REDIS_REPLY_INTEGER)
		s->assets = (uint64_t)r[ASSETS]->integer;
	s->read = true;
}

static void read_one(struct fleet_sensor *s, struct fleet_redis *f)
{
	char status[FLEET_KEY_MAX], said[FLEET_KEY_MAX], alerts[FLEET_KEY_MAX], assets[FLEET_KEY_MAX];
	struct redis_cmd cmds[ASKED];
	redisReply *replies[ASKED];

	put_hmget(&cmds[STATUS], fleet_key(s, "status", status));
	put_word(&cmds[LEFT], "PTTL", status);
	put_hmget(&cmds[SAID], fleet_key(s, "sensor", said));
	put_word(&cmds[ENTRIES], "XLEN", fleet_key(s, "alerts", alerts));
	put_word(&cmds[ASSETS], "SCARD", fleet_key(s, "assets", assets));
	cmds[TIME] = (struct redis_cmd){0};
	redis_arg(&cmds[TIME], "TIME");
	if (fleet_redis_ask(f, s->node, cmds, ASKED, replies)) {
		snprintf(s->why, sizeof(s->why), "%.*s", (int)sizeof(s->why) - 1, f->nodes[s->node].why);
		return;
	}
	take_replies(s, replies);
	for (int i = 0; i < ASKED; i++)
		freeReplyObject(replies[i]);
}

size_t fleet_sensors_read(struct fleet_sensors *s, struct fleet_redis *f)
{
	size_t unread = 0;

	for (size_t i = 0; i < s->n; i++) {
		read_one(&s->item[i], f);
		unread += s->item[i].why[0] != '\0';
	}
	return unread;
}

void fleet_sensor_refused(struct fleet_sensor *s, const char *why)
{
	if (!s->why[0])
		snprintf(s->why, sizeof(s->why), "%.*s", (int)sizeof(s->why) - 1, why);
}

/* ---- sites */

uint32_t *fleet_sites(const struct fleet_sensors *s, size_t *unnamed)
{
	uint32_t *site = calloc(s->n + 1, sizeof(*site)), next = 1;

	*unnamed = 0;
	for (size_t i = 0; site && i < s->n; i++) {
		bool named = s->item[i].site[0] != '\0';
		for (size_t k = 0; named && k < i && !site[i]; k++) {
			if (strcmp(s->item[k].site, s->item[i].site) == 0)
				site[i] = site[k];
		}
		if (!site[i])
			site[i] = next++;
		*unnamed += !named;
	}
	return site;
}
