/*
 * Alerts into a Redis stream, each exactly once.
 *
 * An entry's id is `<outbox ms>-<seq>`, so what Redis has is what its last-generated-id says: it is read on every
 * connect and delivery goes on right after it. A batch goes as one MULTI/EXEC. Without it, an entry refused in the
 * middle of a pipeline (OOM, MISCONF, a failover) with a later one taken could never be added any more, the stream's
 * ids being past it. A refused "equal or smaller" id is an entry that is there already (an earlier connection's bytes
 * can still be executed after ours began), hence delivered.
 *
 * Whatever else goes wrong ends the connection: back-off, connect, ask where we are.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"
#include "base/phrase.h"
#include "sinks/alert_view.h"
#include "sinks/redis_commands.h"
#include "sinks/redis_conn.h"
#include "sinks/redis_keys.h"
#include "sinks/redis_url.h"
#include "sinks/sink.h"

enum {
	BATCH_MAX = 64,
	MAXLEN_DEFAULT = 100000,
	LIMIT_MS = 2000,
	BACKOFF_FIRST_MS = 500,
	BACKOFF_MOST_MS = 30000,
};

struct redis_sink {
	struct sink sink;
	struct redis_address at;
	char label[320];
	char stream[192], list[192], channel[192];
	char maxlen[24], list_floor[24];
	bool with_list, with_channel;
	int connect_ms, command_ms;
	struct redis_conn conn;
	struct redis_keys keys;
	struct redis_commands commands;
	int backoff_ms;
	int64_t retry_ns;
	uint32_t dice;
	char trouble[24]; /* the kind that was logged last; "" while all is well */
	bool list_refused;
	int64_t connected_ns;
};

static struct redis_sink *self_of(struct sink *s)
{
	return (struct redis_sink *)s;
}

/* ---- trouble */

/* Redis begins its errors with one word for the kind. What a person can do about each. */
static const struct {
	const char *kind, *remedy;
} remedies[] = {
    {"LOADING", PHRASE_LATER("it is reading its data; waiting")},
    {"READONLY", PHRASE_LATER("it is a replica; waiting for a failover, or name the master")},
    {"OOM",
     PHRASE_LATER("its maxmemory is reached; free memory or lower the stream's length. Alerts wait in the outbox")},
    {"MISCONF", PHRASE_LATER("it cannot save its data; see its log. Alerts wait in the outbox")},
    {"NOREPLICAS", PHRASE_LATER("too few replicas are there; waiting")},
    {"NOAUTH", PHRASE_LATER("give a password")},
    {"WRONGPASS", PHRASE_LATER("correct the user or the password")},
    {"NOPERM",
     PHRASE_LATER(
	 "the user needs +xinfo +xadd +multi +exec +select +hset +hmget +del +sadd +srem +expire (and +rpush +ltrim "
	 "+publish) on ~sekisho:*")},
    {"WRONGTYPE", PHRASE_LATER("another program uses this key; rename it or remove it")},
    {"MOVED", PHRASE_LATER("this is a node of a cluster and the key lives on another; name that one")},
    {"MASTERDOWN", PHRASE_LATER("waiting for its master")},
    {"CLUSTERDOWN", PHRASE_LATER("waiting for the cluster")},
    {"BUSY", PHRASE_LATER("a script occupies it; waiting")},
    {"DENIED", PHRASE_LATER("it is in protected mode; set a password or bind its address")},
};

static const char *remedy_for(const char *kind)
{
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
		if (strcmp(remedies[i].kind, kind) == 0)
			return phrase(remedies[i].remedy);
	}
	return phrase("alerts wait in the outbox");
}

/* One line per change of state, however often it is tried. */
static void log_trouble(struct redis_sink *s)
{
	char kind[sizeof(s->trouble)] = "network";

	if (s->conn.refused)
		snprintf(kind, sizeof(kind), "%.*s", (int)strcspn(s->conn.why, " "), s->conn.why);
	if (strcmp(kind, s->trouble) == 0)
		return;
	memcpy(s->trouble, kind, sizeof(kind));
	if (s->conn.refused)
		log_warning("redis: %s refuses (%s): %s", s->label, s->conn.why, remedy_for(kind));
	else
		log_warning("redis: lost %s (%s), alerts wait in the outbox", s->label, s->conn.why);
}

/* 0.5 s, doubling to 30 s, each spread by a quarter so that sensors do not come back all at once. */
static int next_backoff(struct redis_sink *s)
{
	int ms = s->backoff_ms;

	s->backoff_ms = ms * 2 < BACKOFF_MOST_MS ? ms * 2 : BACKOFF_MOST_MS;
	s->dice = s->dice * 1664525 + 1013904223;
	return ms - ms / 4 + (int)(s->dice >> 8) % (ms / 2);
}

/* Ends the connection. @return when to try again, ms. */
static int stumble(struct redis_sink *s)
{
	log_trouble(s);
	redis_conn_close(&s->conn);
	sink_connected(&s->sink, false);
	s->sink.positioned = false;
	int ms = next_backoff(s);
	s->retry_ns = when_monotonic_ns() + ms * NS_PER_MS;
	return ms;
}

static void all_is_well(struct redis_sink *s)
{
	s->backoff_ms = BACKOFF_FIRST_MS;
	sink_connected(&s->sink, true);
	if (!s->trouble[0])
		return;
	s->trouble[0] = '\0';
	log_notice("redis: back, %s takes alerts again", s->label);
}

/* ---- connecting */

static int connect_now(struct redis_sink *s)
{
	int64_t left_ns = s->retry_ns - when_monotonic_ns();

	if (left_ns > 0)
		return (int)(left_ns / NS_PER_MS) + 1;
	if (redis_conn_open(&s->conn, &s->at, s->connect_ms, s->command_ms))
		return stumble(s);
	s->connected_ns = when_monotonic_ns();
	redis_keys_restart(&s->keys);
	redis_commands_restart(&s->commands);
	return 0;
}

/* Reads "last-generated-id" from the reply of XINFO STREAM: names and values by turns. */
static bool last_id_of(const redisReply *info, uint64_t *ms, uint64_t *seq)
{
	for (size_t i = 0; info->type == REDIS_REPLY_ARRAY && i + 1 < info->elements; i += 2) {
		const redisReply *name = info->element[i], *value = info->element[i + 1];
		if (name->type == REDIS_REPLY_STRING && strcmp(name->str, "last-generated-id") == 0 &&
		    value->type == REDIS_REPLY_STRING)
			return sscanf(value->str, "%" SCNu64 "-%" SCNu64, ms, seq) == 2;
	}
	return false;
}

/* @return 0 with the stream's last id, 0-0 where there is no stream; -1 with the connection given up. */
static int ask_last_id(struct redis_sink *s, uint64_t *ms, uint64_t *seq)
{
	struct redis_cmd cmd = {0};

	redis_arg(&cmd, "XINFO");
	redis_arg(&cmd, "STREAM");
	redis_arg(&cmd, s->stream);
	redisReply *reply = redis_send(&s->conn, &cmd) ? NULL : (redis_flush(&s->conn), redis_reply(&s->conn));
	if (!reply)
		return -1;
	*ms = *seq = 0;
	int result = 0;
	if (reply->type == REDIS_REPLY_ERROR) {
		redis_note(&s->conn, reply);
		result = strncmp(reply->str, "ERR no such key", 15) == 0 ? 0 : -1;
	} else if (!last_id_of(reply, ms, seq)) {
		snprintf(s->conn.why, sizeof(s->conn.why),
			 "XINFO STREAM gave no last-generated-id; Redis 5 or newer is needed");
		s->conn.refused = true;
		result = -1;
	}
	freeReplyObject(reply);
	return result;
}

/* A stream whose end is no row of this outbox and past all of them will not take what is older than its end. */
static void warn_if_ahead(const struct redis_sink *s, const struct delivery_source *src, uint64_t after, uint64_t ms,
			  uint64_t seq)
{
	struct delivery row;

	if (after == 0 || src->read(src->ctx, after, &row, 1) != 0 || src->read(src->ctx, after - 1, &row, 1) != 1)
		return;
	if ((uint64_t)row.ms != ms || row.seq != seq)
		log_warning("redis: %s on %s already ends at %" PRIu64 "-%" PRIu64
			    ", later than this sensor's last alert: does another "
			    "sensor have the same name, or was the clock set back? Alerts are refused until the time "
			    "is past that",
			    s->stream, s->label, ms, seq);
}

static bool redis_resume(struct sink *sink, const struct delivery_source *src, uint64_t *after_seq)
{
	struct redis_sink *s = self_of(sink);
	uint64_t ms, seq;

	if (!s->conn.ctx)
		return false;
	if (ask_last_id(s, &ms, &seq)) {
		(void)stumble(s);
		return false;
	}
	if (src->seek_id(src->ctx, ms, seq, after_seq) < 0)
		return false;
	if (ms > 0)
		warn_if_ahead(s, src, *after_seq, ms, seq);
	/* after trouble only once it takes an alert: a Redis that refuses them lets itself be connected to each time */
	if (!s->trouble[0])
		sink_connected(sink, true);
	return true;
}

/* ---- delivering */

/* The flat fields by which a person filters without parsing `json` (outputs.md, R2). */
static int send_entry(struct redis_sink *s, const struct delivery *row)
{
	char id[48], seq[24], sev[8], src[64], dest[64], zones[256];
	struct redis_cmd cmd = {0};
	struct alert_view v;

	(void)alert_view_open(&v, row->json, row->len);
	snprintf(id, sizeof(id), "%" PRId64 "-%" PRIu64, row->ms, row->seq);
	snprintf(seq, sizeof(seq), "%" PRIu64, row->seq);
	snprintf(sev, sizeof(sev), "%u", view_score(&v));
	const json_t *ether = json_object_get(v.root, "ether");
	snprintf(src, sizeof(src), "%s",
		 *view_text(v.root, "src_ip") ? view_text(v.root, "src_ip") : view_text(ether, "src_mac"));
	snprintf(dest, sizeof(dest), "%s",
		 *view_text(v.root, "dest_ip") ? view_text(v.root, "dest_ip") : view_text(ether, "dest_mac"));

	const char *const head[] = {"XADD", s->stream, "MAXLEN", "~", s->maxlen, id};
	const char *const fields[] = {
	    "v",      "1",
	    "id",     view_text(v.sekisho, "alert_id"),
	    "seq",    seq,
	    "ts",     view_text(v.root, "timestamp"),
	    "sev",    sev,
	    "level",  view_text(v.sekisho, "level"),
	    "rule",   view_text(v.sekisho, "rule_id"),
	    "state",  view_text(v.sekisho, "state"),
	    "change", view_text(v.sekisho, "change"),
	    "src",    src,
	    "dst",    dest,
	    "zone",   view_zones(&v, zones, sizeof(zones)),
	    "sensor", view_text(v.root, "host"),
	};
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		redis_arg(&cmd, head[i]);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		redis_arg(&cmd, fields[i]);
	redis_arg(&cmd, "json");
	redis_arg_n(&cmd, row->json, row->len);
	int err = redis_send(&s->conn, &cmd);
	alert_view_close(&v);
	return err;
}

static int send_row(struct redis_sink *s, const char *verb, const char *key, const struct delivery *row)
{
	struct redis_cmd cmd = {0};

	redis_arg(&cmd, verb);
	redis_arg(&cmd, key);
	redis_arg_n(&cmd, row->json, row->len);
	return redis_send(&s->conn, &cmd);
}

static int send_trim(struct redis_sink *s)
{
	struct redis_cmd cmd = {0};

	redis_arg(&cmd, "LTRIM");
	redis_arg(&cmd, s->list);
	redis_arg(&cmd, s->list_floor);
	redis_arg(&cmd, "-1");
	return redis_send(&s->conn, &cmd);
}

/* Appends the transaction: the entries first, then what is optional. @return commands in it, or -1. */
static int send_batch(struct redis_sink *s, const struct delivery *rows, int n)
{
	int err = redis_send_word(&s->conn, "MULTI"), sent = 0;

	for (int i = 0; i < n && !err; i++, sent++)
		err = send_entry(s, &rows[i]);
	for (int i = 0; i < n && !err && s->with_list; i++, sent++)
		err = send_row(s, "RPUSH", s->list, &rows[i]);
	if (!err && s->with_list) {
		err = send_trim(s);
		sent++;
	}
	for (int i = 0; i < n && !err && s->with_channel; i++, sent++)
		err = send_row(s, "PUBLISH", s->channel, &rows[i]);
	if (!err)
		err = redis_send_word(&s->conn, "EXEC");
	return err ? -1 : sent;
}

static bool is_there_already(const redisReply *r)
{
	return r->type == REDIS_REPLY_ERROR && strstr(r->str, "equal or smaller") != NULL;
}

/* The replies to the entries. @return how many of @n are in the stream; where not all, why is set. */
static int count_taken(struct redis_sink *s, const redisReply *exec, int n)
{
	for (int i = 0; i < n; i++) {
		const redisReply *r = exec->element[i];
		if (is_there_already(r)) {
			sink_add(&s->sink.counters.refused_duplicates, 1);
		} else if (r->type == REDIS_REPLY_ERROR) {
			redis_note(&s->conn, r);
			return i;
		}
	}
	return n;
}

/* The list and the channel are conveniences: what Redis says against them is logged, and the stream goes on. */
static void check_optional(struct redis_sink *s, const redisReply *exec, int n)
{
	const redisReply *bad = NULL;

	for (size_t i = (size_t)n; i < exec->elements && !bad; i++) {
		if (exec->element[i]->type == REDIS_REPLY_ERROR)
			bad = exec->element[i];
	}
	if (bad && !s->list_refused)
		log_warning("redis: the list or the channel is refused (%s); the stream goes on", bad->str);
	s->list_refused = bad != NULL;
}

/* Takes the replies of a batch. @return rows that are in the stream; -1 where the batch failed as a whole. */
static int take_replies(struct redis_sink *s, int sent, int n)
{
	int queued = redis_skip(&s->conn, 1 + sent);
	redisReply *exec = queued < 0 ? NULL : redis_reply(&s->conn);
	int taken = -1;

	if (!exec)
		return -1;
	if (exec->type == REDIS_REPLY_ARRAY && exec->elements == (size_t)sent) {
		taken = count_taken(s, exec, n);
		check_optional(s, exec, n);
	} else if (exec->type == REDIS_REPLY_ERROR && queued == 0) {
		redis_note(&s->conn, exec); /* else the reason came with the command that was not queued */
	}
	freeReplyObject(exec);
	return taken;
}

/* Time for the heart-beat, between batches or while nothing is to be told. */
static void keep_alive(struct redis_sink *s, int *retry_ms)
{
	if (!s->conn.ctx) {
		*retry_ms = connect_now(s);
		return;
	}
	if (redis_conn_is_dead(&s->conn) || redis_commands_beat(&s->commands, &s->conn, &s->sink) < 0 ||
	    redis_keys_beat(&s->keys, &s->conn) < 0) {
		*retry_ms = stumble(s);
		return;
	}
	/* a connection that has lived from one beat to the next has no trouble */
	if (s->sink.positioned && when_monotonic_ns() - s->connected_ns > NS_PER_S)
		all_is_well(s);
}

static int redis_deliver(struct sink *sink, const struct delivery *rows, int n, int *retry_ms)
{
	struct redis_sink *s = self_of(sink);

	if (n == 0) {
		keep_alive(s, retry_ms);
		return 0;
	}
	if (n > BATCH_MAX)
		n = BATCH_MAX;
	int sent = s->conn.ctx ? send_batch(s, rows, n) : -1;
	if (sent >= 0)
		redis_flush(&s->conn);
	int taken = sent < 0 ? -1 : take_replies(s, sent, n);
	if (taken < n) {
		*retry_ms = stumble(s);
		return taken > 0 ? taken : 0;
	}
	all_is_well(s);
	return taken;
}

static bool redis_has_more(const struct sink *sink)
{
	const struct redis_sink *s = (const struct redis_sink *)sink;

	return s->conn.ctx && redis_keys_wait(&s->keys);
}

static void redis_close(struct sink *sink)
{
	struct redis_sink *s = self_of(sink);

	redis_conn_close(&s->conn);
	redis_keys_deinit(&s->keys);
	explicit_bzero(s->at.password, sizeof(s->at.password));
	free(s);
}

static const struct sink_ops redis_ops = {
    .kind = "redis",
    .deliver = redis_deliver,
    .resume = redis_resume,
    .has_more = redis_has_more,
    .close = redis_close,
};

static int put_credentials(struct redis_address *at, const struct redis_options *o, struct complaint *c)
{
	if ((o->user && strlen(o->user) >= sizeof(at->user)) ||
	    (o->password && strlen(o->password) >= sizeof(at->password))) {
		complain(c, "redis", 0, 0,
			 "the user or the password is too long (127 and 511 bytes at most). Shorten it");
		return -EINVAL;
	}
	if (o->user)
		snprintf(at->user, sizeof(at->user), "%s", o->user);
	if (o->password)
		snprintf(at->password, sizeof(at->password), "%s", o->password);
	return 0;
}

int sink_redis_new(struct sink **out, const struct redis_options *o, const struct asset_source *assets,
		   struct complaint *c)
{
	struct redis_sink *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return -ENOMEM;
	int err = redis_url_parse(o->url, &s->at, c);
	if (!err)
		err = put_credentials(&s->at, o, c);
	if (!err && (strlen(o->sensor) > 128 || strpbrk(o->sensor, "{}"))) {
		complain(c, "redis", 0, 0, "the sensor's name %s names the keys: at most 128 bytes, without { and }",
			 o->sensor);
		err = -EINVAL;
	}
	if (err) {
		free(s);
		return err;
	}
	s->sink.ops = &redis_ops;
	redis_url_label(&s->at, s->label, sizeof(s->label));
	snprintf(s->sink.name, sizeof(s->sink.name), "redis");
	uint64_t maxlen = o->stream_maxlen ? o->stream_maxlen : MAXLEN_DEFAULT;
	snprintf(s->maxlen, sizeof(s->maxlen), "%" PRIu64, maxlen);
	snprintf(s->list_floor, sizeof(s->list_floor), "-%" PRIu64, maxlen);
	snprintf(s->stream, sizeof(s->stream), "sekisho:{%s}:alerts", o->sensor);
	snprintf(s->list, sizeof(s->list), "sekisho:{%s}:alerts:list", o->sensor);
	snprintf(s->channel, sizeof(s->channel), "sekisho:{%s}:alerts:live", o->sensor);
	s->with_list = o->list;
	s->with_channel = o->channel;
	s->connect_ms = o->connect_ms > 0 ? o->connect_ms : LIMIT_MS;
	s->command_ms = o->command_ms > 0 ? o->command_ms : LIMIT_MS;
	s->backoff_ms = BACKOFF_FIRST_MS;
	s->dice = (uint32_t)when_monotonic_ns() ^ (uint32_t)getpid();
	redis_keys_init(&s->keys, o->sensor, assets);
	redis_commands_init(&s->commands, o->sensor, o->commands);
	*out = &s->sink;
	return 0;
}
