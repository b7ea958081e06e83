#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/fleet_read.h"
#include "base/when.h"

enum {
	PAGES_ENTRIES = 4096, /* held at once, all sensors together */
	PAGE_LEAST = 4,
	PAGE_MOST = 256,
	LINGER_ENTRIES = 20000, /* read after the last row has begun, for other sensors' views of the rows */
};

#define SLACK_MS INT64_C(60000)

/* The stream of one sensor, read from its end. */
struct reach {
	redisReply *page;
	size_t at;
	uint64_t ms, seq; /* of the entry at hand */
	bool ended;
};

struct alert_reading {
	struct fleet_alerts *alerts;
	struct fleet_sensors *sensors;
	struct fleet_redis *redis;
	const struct fleet_alerts_wanted *wanted;
	struct reach *reach;
	char page_size[16], since[32];
	int64_t oldest_ms; /* when the oldest of the rows began, or was put down */
};

static const redisReply *entry_at_hand(const struct reach *q)
{
	return q->page && q->at < q->page->elements ? q->page->element[q->at] : NULL;
}

static bool read_id(struct reach *q)
{
	const redisReply *e = entry_at_hand(q);

	return e->type == REDIS_REPLY_ARRAY && e->elements == 2 && e->element[0]->type == REDIS_REPLY_STRING &&
	       e->element[1]->type == REDIS_REPLY_ARRAY &&
	       sscanf(e->element[0]->str, "%" SCNu64 "-%" SCNu64, &q->ms, &q->seq) == 2;
}

static void end(struct reach *q)
{
	if (q->page)
		freeReplyObject(q->page);
	q->page = NULL;
	q->ended = true;
}

/* The id right before the entry at hand: "(" needs Redis 6.2. */
static void before(const struct reach *q, char *id, size_t size)
{
	if (q->seq > 0)
		snprintf(id, size, "%" PRIu64 "-%" PRIu64, q->ms, q->seq - 1);
	else if (q->ms > 0)
		snprintf(id, size, "%" PRIu64 "-%" PRIu64, q->ms - 1, UINT64_MAX);
	else
		snprintf(id, size, "0-0");
}

static void turn_page(struct alert_reading *r, size_t i)
{
	struct reach *q = &r->reach[i];
	struct fleet_sensor *s = &r->sensors->item[i];
	char key[FLEET_KEY_MAX], from[48] = "+";
	struct redis_cmd cmd = {0};

	if (q->page) {
		before(q, from, sizeof(from));
		freeReplyObject(q->page);
		q->page = NULL;
	}
	redis_arg(&cmd, "XREVRANGE");
	redis_arg(&cmd, fleet_key(s, "alerts", key));
	redis_arg(&cmd, from);
	redis_arg(&cmd, r->since);
	redis_arg(&cmd, "COUNT");
	redis_arg(&cmd, r->page_size);
	q->at = 0;
	if (fleet_redis_ask(r->redis, s->node, &cmd, 1, &q->page)) {
		q->page = NULL;
		fleet_sensor_refused(s, r->redis->nodes[s->node].why);
	} else if (q->page->type == REDIS_REPLY_ERROR) {
		fleet_sensor_refused(s, q->page->str);
	}
	if (!q->page || q->page->type != REDIS_REPLY_ARRAY || q->page->elements == 0 || !read_id(q))
		end(q);
}

/* Steps to the sensor's next older entry. */
static void step(struct alert_reading *r, size_t i)
{
	struct reach *q = &r->reach[i];

	if (q->page && ++q->at < q->page->elements) {
		if (!read_id(q))
			end(q);
		return;
	}
	turn_page(r, i);
}

/* Whose entry is the newest of all at hand. @return the sensor's number; n at the end. */
static size_t newest(const struct alert_reading *r)
{
	size_t best = r->sensors->n;

	for (size_t i = 0; i < r->sensors->n; i++) {
		const struct reach *q = &r->reach[i];
		if (!q->ended && (best == r->sensors->n || q->ms > r->reach[best].ms))
			best = i;
	}
	return best;
}

static const redisReply *json_of(const redisReply *entry)
{
	const redisReply *fields = entry->element[1];

	for (size_t i = 0; i + 1 < fields->elements; i += 2) {
		if (fields->element[i]->type == REDIS_REPLY_STRING && strcmp(fields->element[i]->str, "json") == 0 &&
		    fields->element[i + 1]->type == REDIS_REPLY_STRING)
			return fields->element[i + 1];
	}
	return NULL;
}

static bool of_rule(const redisReply *entry, const char *rule)
{
	const redisReply *fields = entry->element[1];

	for (size_t i = 0; rule && i + 1 < fields->elements; i += 2) {
		if (fields->element[i]->type == REDIS_REPLY_STRING && strcmp(fields->element[i]->str, "rule") == 0 &&
		    fields->element[i + 1]->type == REDIS_REPLY_STRING)
			return strncmp(fields->element[i + 1]->str, rule, strlen(rule)) == 0;
	}
	return !rule;
}

/* @return the row that it belongs to, or NULL. */
static const struct fleet_alert *take_entry(struct alert_reading *r, size_t i, bool may_begin)
{
	const redisReply *entry = entry_at_hand(&r->reach[i]), *json = json_of(entry);

	if (!of_rule(entry, r->wanted->rule))
		return NULL;
	if (!json) {
		r->alerts->unreadable++;
		return NULL;
	}
	return fleet_alerts_add(r->alerts, (uint32_t)i, json->str, json->len, may_begin);
}

/* A row may have been told of by another sensor before, at the earliest when it began. */
static void note_oldest(struct alert_reading *r, const struct fleet_alert *row, int64_t ms)
{
	int64_t first_ms = row->first_ns / NS_PER_MS;

	if (row->level < r->wanted->least)
		return;
	ms = first_ms < ms ? first_ms : ms;
	r->oldest_ms = ms < r->oldest_ms ? ms : r->oldest_ms;
}

static void read_rows(struct alert_reading *r, struct fleet_alerts_read *out)
{
	uint64_t lingering = 0;
	bool full = false;

	for (size_t i; (i = newest(r)) < r->sensors->n; step(r, i)) {
		int64_t ms = (int64_t)r->reach[i].ms;
		if (full && ms < r->oldest_ms - SLACK_MS)
			break;
		if (full && ++lingering > LINGER_ENTRIES) {
			out->incomplete = true;
			break;
		}
		const struct fleet_alert *row = take_entry(r, i, !full);
		out->entries++;
		if (row)
			note_oldest(r, row, ms);
		full = fleet_alerts_count(r->alerts, r->wanted->least) >= r->wanted->limit;
	}
	out->more = full && (r->alerts->declined > 0 || newest(r) < r->sensors->n);
}

int fleet_read_alerts(struct fleet_alerts *a, struct fleet_sensors *s, struct fleet_redis *f,
		      const struct fleet_alerts_wanted *w, struct fleet_alerts_read *out)
{
	struct alert_reading r = {.alerts = a,
				  .sensors = s,
				  .redis = f,
				  .wanted = w,
				  .reach = calloc(s->n + 1, sizeof(*r.reach)),
				  .oldest_ms = INT64_MAX};
	size_t page = PAGES_ENTRIES / (s->n + 1);

	*out = (struct fleet_alerts_read){0};
	if (!r.reach)
		return -ENOMEM;
	page = page < PAGE_LEAST ? PAGE_LEAST : page > PAGE_MOST ? PAGE_MOST : page;
	snprintf(r.page_size, sizeof(r.page_size), "%zu", page);
	snprintf(r.since, sizeof(r.since), "%" PRId64, w->since_ms > 0 ? w->since_ms : 0);
	for (size_t i = 0; i < s->n; i++)
		turn_page(&r, i);
	read_rows(&r, out);
	for (size_t i = 0; i < s->n; i++)
		end(&r.reach[i]);
	free(r.reach);
	return 0;
}
