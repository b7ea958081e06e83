#include "sinks/redis_advice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "sinks/redis_trouble.h"

#define LOOK_NS (10 * NS_PER_S)
#define TRIM_NS (60 * NS_PER_S)

void redis_advice_init(struct redis_advice *a, const char *stream, unsigned keep_hours)
{
	*a = (struct redis_advice){.keep_hours = keep_hours};
	snprintf(a->stream, sizeof(a->stream), "%s", stream);
	pthread_mutex_init(&a->lock, NULL);
}

void redis_advice_deinit(struct redis_advice *a)
{
	pthread_mutex_destroy(&a->lock);
}

void redis_advice_restart(struct redis_advice *a)
{
	a->server_seen = false;
	a->look_ns = a->trim_ns = 0;
	a->wall_ns = when_now_ns();
	a->monotonic_ns = when_monotonic_ns();
}

/* ---- the server */

/* The value of @name in a list of names and values by turns; "" where it is not there. */
static const char *value_in(const redisReply *list, const char *name)
{
	for (size_t i = 0; list->type == REDIS_REPLY_ARRAY && i + 1 < list->elements; i += 2) {
		if (list->element[i]->type == REDIS_REPLY_STRING && strcmp(list->element[i]->str, name) == 0 &&
		    list->element[i + 1]->type == REDIS_REPLY_STRING)
			return list->element[i + 1]->str;
	}
	return "";
}

/* CONFIG GET @name. @return 0; 1 where we may not; -1. */
static int config_get(struct redis_conn *r, const char *name, char *out, size_t size)
{
	const char *const words[] = {"CONFIG", "GET", name};
	redisReply *reply = redis_call(r, words, 3);

	if (!reply)
		return -1;
	int result = reply->type == REDIS_REPLY_ERROR;
	if (result)
		redis_note(r, reply);
	else
		snprintf(out, size, "%s", value_in(reply, name));
	freeReplyObject(reply);
	return result && redis_trouble_is_general(r->why) ? -1 : result;
}

/* A line "name:value" of INFO. @return the value's beginning, or NULL. */
static const char *info_line(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, name, len) == 0 && at[len] == ':')
			return at + len + 1;
	}
	return NULL;
}

static bool may_evict(long long maxmemory, const char *policy)
{
	return maxmemory > 0 && strncmp(policy, "allkeys-", 8) == 0;
}

/* What INFO says where CONFIG GET is forbidden. That nothing is saved cannot be seen in it. @return 0 or -1. */
static int look_by_info(struct redis_conn *r, struct sink *s, const char *label)
{
	static const char *const words[] = {"INFO", "memory"};
	redisReply *reply = redis_call(r, words, 2);

	if (!reply)
		return -1;
	if (reply->type == REDIS_REPLY_STRING) {
		const char *most = info_line(reply->str, "maxmemory"),
			   *policy = info_line(reply->str, "maxmemory_policy");
		if (most && policy)
			sink_note_set(s, SINK_MAY_EVICT, may_evict(atoll(most), policy), label);
	}
	freeReplyObject(reply);
	return 0;
}

static int look_at_server(struct redis_conn *r, struct sink *s, const char *label)
{
	char most[32], policy[64], append[16], save[256];
	int result = config_get(r, "maxmemory", most, sizeof(most));

	if (result == 0)
		result = config_get(r, "maxmemory-policy", policy, sizeof(policy));
	if (result == 0)
		result = config_get(r, "appendonly", append, sizeof(append));
	if (result == 0)
		result = config_get(r, "save", save, sizeof(save));
	if (result)
		return result < 0 ? -1 : look_by_info(r, s, label);
	sink_note_set(s, SINK_MAY_EVICT, may_evict(atoll(most), policy), label);
	sink_note_set(s, SINK_FORGETS, strcmp(append, "no") == 0 && !save[0], label);
	return 0;
}

/* ---- the readers */

/* Our ids end with the outbox's sequence; only where the least important had to go it has holes, which count as lost
 * here.
 * @return it; 0 where this is none. */
static uint64_t seq_of(const redisReply *id)
{
	uint64_t ms, seq;

	return id->type == REDIS_REPLY_STRING && sscanf(id->str, "%" SCNu64 "-%" SCNu64, &ms, &seq) == 2 ? seq : 0;
}

static int ask(struct redis_advice *a, struct redis_conn *r, const char *what, redisReply **out)
{
	const char *const words[] = {"XINFO", what, a->stream};

	*out = redis_call(r, words, 3);
	if (!*out)
		return -1;
	if ((*out)->type != REDIS_REPLY_ERROR)
		return 0;
	redis_note(r, *out);
	freeReplyObject(*out);
	*out = NULL;
	return redis_trouble_is_general(r->why) ? -1 : 0;
}

/* The seq of the first entry that the stream still has; 0 where it is empty. */
static int find_first(struct redis_advice *a, struct redis_conn *r, uint64_t *seq)
{
	redisReply *info;
	int err = ask(a, r, "STREAM", &info);

	*seq = 0;
	for (size_t i = 0; info && info->type == REDIS_REPLY_ARRAY && i + 1 < info->elements; i += 2) {
		const redisReply *name = info->element[i], *value = info->element[i + 1];
		if (name->type == REDIS_REPLY_STRING && strcmp(name->str, "first-entry") == 0 &&
		    value->type == REDIS_REPLY_ARRAY && value->elements > 0)
			*seq = seq_of(value->element[0]);
	}
	if (info)
		freeReplyObject(info);
	return err;
}

static void keep_reader(struct redis_advice *a, const char *name, uint64_t lost)
{
	pthread_mutex_lock(&a->lock);
	snprintf(a->reader, sizeof(a->reader), "%s", name);
	a->lost = lost;
	pthread_mutex_unlock(&a->lock);
}

/* Up to where @name, which has read nothing yet, need not read: before the stream's beginning as it was first seen. */
static uint64_t seq_of_fresh(struct redis_advice *a, const char *name, uint64_t first)
{
	unsigned i = 0;

	while (i < a->n_fresh && strcmp(a->fresh[i].name, name) != 0)
		i++;
	if (i == REDIS_FRESH_MAX || strlen(name) >= sizeof(a->fresh[0].name))
		return first;
	if (i == a->n_fresh) {
		snprintf(a->fresh[i].name, sizeof(a->fresh[i].name), "%s", name);
		a->fresh[i].first_seq = first;
		a->n_fresh++;
	}
	return a->fresh[i].first_seq - 1;
}

/* A group loses alerts where the stream's first entry is beyond the one after its last delivered. One that has read
 * nothing (0-0) may be new: for it counts what goes from now on. */
static void judge_groups(struct redis_advice *a, const redisReply *groups, uint64_t first, struct sink *s,
			 const char *label)
{
	const char *slowest = "";
	uint64_t most = 0;

	for (size_t i = 0; i < groups->elements; i++) {
		const char *name = value_in(groups->element[i], "name"),
			   *last = value_in(groups->element[i], "last-delivered-id");
		uint64_t ms = 0, seq = 0;
		if (sscanf(last, "%" SCNu64 "-%" SCNu64, &ms, &seq) != 2)
			continue;
		if (ms == 0 && seq == 0)
			seq = seq_of_fresh(a, name, first);
		if (first > seq + 1 && first - seq - 1 > most) {
			most = first - seq - 1;
			slowest = name;
		}
	}
	keep_reader(a, slowest, most);
	sink_note_set(s, SINK_READER_LOSES, most > 0, label);
}

static int look_at_readers(struct redis_advice *a, struct redis_conn *r, struct sink *s, const char *label)
{
	redisReply *groups;
	uint64_t first = 0;
	int err = ask(a, r, "GROUPS", &groups);
	bool some = groups && groups->type == REDIS_REPLY_ARRAY;

	if (some && groups->elements > 0)
		err = find_first(a, r, &first);
	if (some && !err && (first > 0 || groups->elements == 0))
		judge_groups(a, groups, first, s, label);
	if (groups)
		freeReplyObject(groups);
	return err;
}

bool redis_advice_reader(struct redis_advice *a, char *who, size_t size, uint64_t *entries)
{
	pthread_mutex_lock(&a->lock);
	bool loses = a->lost > 0;
	snprintf(who, size, "%s", a->reader);
	*entries = a->lost;
	pthread_mutex_unlock(&a->lock);
	return loses;
}

/* ---- age */

/* Before which time entries are too old. A clock that jumps ahead must not make all of them old, so it counts no
 * further than the time that has passed since the connection began. */
static uint64_t too_old_ms(const struct redis_advice *a)
{
	int64_t wall = when_now_ns(), passed = a->wall_ns + (when_monotonic_ns() - a->monotonic_ns);
	int64_t floor = (wall < passed ? wall : passed) / NS_PER_MS - a->keep_hours * INT64_C(3600000);

	return floor > 0 ? (uint64_t)floor : 0;
}

/* What a consumer group has not read yet stays, however old. @return 0, or -1. */
static int hold_for_readers(struct redis_advice *a, struct redis_conn *r, uint64_t *ms, uint64_t *seq)
{
	redisReply *groups;
	int err = ask(a, r, "GROUPS", &groups);

	for (size_t i = 0; groups && groups->type == REDIS_REPLY_ARRAY && i < groups->elements; i++) {
		uint64_t group_ms, group_seq;
		if (sscanf(value_in(groups->element[i], "last-delivered-id"), "%" SCNu64 "-%" SCNu64, &group_ms,
			   &group_seq) != 2)
			continue;
		if (group_ms < *ms || (group_ms == *ms && group_seq < *seq)) {
			*ms = group_ms;
			*seq = group_seq;
		}
	}
	if (groups)
		freeReplyObject(groups);
	return err;
}

static int trim_by_age(struct redis_advice *a, struct redis_conn *r, struct sink *s, const char *label)
{
	char floor[48];
	uint64_t ms = too_old_ms(a), seq = 0;

	if (hold_for_readers(a, r, &ms, &seq))
		return -1;
	snprintf(floor, sizeof(floor), "%" PRIu64 "-%" PRIu64, ms, seq);
	const char *const words[] = {"XTRIM", a->stream, "MINID", "~", floor};
	redisReply *reply = redis_call(r, words, 5);
	if (!reply)
		return -1;
	bool bad = reply->type == REDIS_REPLY_ERROR;
	if (bad)
		redis_note(r, reply);
	freeReplyObject(reply);
	if (bad && redis_trouble_is_general(r->why))
		return -1;
	sink_note_set(s, SINK_KEEPS_LONGER, bad, label);
	return 0;
}

int redis_advice_beat(struct redis_advice *a, struct redis_conn *r, struct sink *s, const char *label)
{
	int64_t now = when_monotonic_ns();
	int err = 0;

	if (!a->server_seen)
		err = look_at_server(r, s, label);
	a->server_seen = err == 0;
	if (!err && a->keep_hours && (a->trim_ns == 0 || now - a->trim_ns >= TRIM_NS)) {
		err = trim_by_age(a, r, s, label);
		a->trim_ns = now;
	}
	if (!err && (a->look_ns == 0 || now - a->look_ns >= LOOK_NS)) {
		err = look_at_readers(a, r, s, label);
		a->look_ns = now;
	}
	return err;
}
