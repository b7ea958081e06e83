/*
 * Alerts into a Redis stream, each exactly once.
 *
 * An entry's id is `<outbox ms>-<seq>`, so what Redis has is what its last-generated-id says: it is read on every
 * connect and delivery goes on right after it. A batch goes as one MULTI/EXEC. Without it, an entry refused in the
 * middle of a pipeline (OOM, MISCONF, a failover) with a later one taken could never be added any more, the stream's
 * ids being past it. A refused "equal or smaller" id is mostly an entry that is there already (an earlier connection's
 * bytes can still be executed after ours began), hence delivered. It is looked for: where it is not there, the stream's
 * end is not ours (another sensor of the same name, an older state directory), and people are told.
 *
 * Whatever else goes wrong ends the connection: back-off, connect, ask where we are.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "sinks/alert_view.h"
#include "sinks/redis_advice.h"
#include "sinks/redis_commands.h"
#include "sinks/redis_conn.h"
#include "sinks/redis_keys.h"
#include "sinks/redis_route.h"
#include "sinks/redis_stream.h"
#include "sinks/redis_trouble.h"
#include "sinks/sink.h"

enum {
	BATCH_MAX = 64,
	MAXLEN_DEFAULT = 100000,
	SOON_MS = 20,
};

#define EXTRA_PAUSE_NS (30 * NS_PER_S)
#define REFUSED_NS     (600 * NS_PER_S)             /* how long a refused alert is spoken of */
#define LAST_MS        (INT64_C(4102444800) * 1000) /* 2100: nobody numbers behind what is later */

/* The list or the channel: conveniences. What Redis says against them is logged, and the stream goes on. */
struct extra {
	const char *verb, *what;
	enum sink_note note;
	char key[192];
	bool wanted, refused;
	int64_t pause_until_ns;
};

struct redis_sink {
	struct sink sink;
	struct redis_stream stream;
	char maxlen[24], list_floor[24];
	struct extra list, channel;
	struct redis_route route;
	struct redis_conn conn;
	struct redis_trouble trouble;
	struct redis_keys keys;
	struct redis_commands commands;
	struct redis_advice advice;
	int64_t retry_ns, connected_ns;
	bool took;                  /* this connection has taken alerts */
	int64_t refused_ns;         /* when an alert was refused that is not there */
	int most_rows;              /* of one batch */
	char label[320], home[320]; /* of the place that is or was connected to; of the one that took alerts last */
};

static struct redis_sink *self_of(struct sink *s)
{
	return (struct redis_sink *)s;
}

/* ---- trouble */

/* In a Cluster keys may live elsewhere from one moment to the next: that is no trouble, it is a way to go. */
static void tell(struct redis_sink *s, bool at_once)
{
	bool way = s->conn.refused && (redis_trouble_is(s->conn.why, "MOVED") || redis_trouble_is(s->conn.why, "ASK"));

	if (!way || (!at_once && !s->trouble.kind[0]))
		redis_trouble_tell(&s->trouble, &s->conn, s->label);
}

/* Ends the connection. @return when to try again, ms. */
static int stumble(struct redis_sink *s)
{
	redis_route_label(&s->route, s->label, sizeof(s->label));
	bool at_once = redis_route_turn(&s->route, &s->conn, !s->sink.positioned);
	tell(s, at_once);
	redis_conn_close(&s->conn);
	sink_connected(&s->sink, false);
	s->sink.positioned = false;
	/* what has just taken alerts and was lost may take more: a road that breaks often lets through all that it can
	 */
	bool soon = s->took && !s->conn.refused;
	s->took = false;
	int ms = at_once ? 1 : soon ? SOON_MS : redis_trouble_wait_ms(&s->trouble);
	s->retry_ns = when_monotonic_ns() + ms * NS_PER_MS;
	return ms;
}

static void all_is_well(struct redis_sink *s)
{
	sink_connected(&s->sink, true);
	redis_route_settled(&s->route);
	if (s->home[0] && strcmp(s->home, s->label) != 0 && !s->trouble.kind[0])
		log_notice("redis: the keys of this sensor are at %s now", s->label);
	memcpy(s->home, s->label, sizeof(s->home));
	redis_trouble_over(&s->trouble, s->label);
}

/* ---- connecting */

static int connect_now(struct redis_sink *s)
{
	int64_t left_ns = s->retry_ns - when_monotonic_ns();

	if (left_ns > 0)
		return (int)(left_ns / NS_PER_MS) + 1;
	if (redis_route_open(&s->route, &s->conn))
		return stumble(s);
	redis_route_label(&s->route, s->label, sizeof(s->label));
	s->connected_ns = when_monotonic_ns();
	redis_keys_restart(&s->keys);
	redis_commands_restart(&s->commands);
	redis_advice_restart(&s->advice);
	return 0;
}

/* A MULTI that is refused would leave its XADDs to be taken one by one: an empty transaction shows that it is not. */
static int try_transaction(struct redis_sink *s)
{
	int err = redis_send_word(&s->conn, "MULTI");

	if (!err)
		err = redis_send_word(&s->conn, "EXEC");
	if (err)
		return -1;
	redis_flush(&s->conn);
	return redis_skip(&s->conn, 2) ? -1 : 0;
}

/* Is the row at @after the one that the stream ends with? */
static bool is_ours(const struct delivery_source *src, uint64_t after, struct redis_stream_id end)
{
	struct delivery row;

	return after > 0 && src->read(src->ctx, after - 1, &row, 1) == 1 && (uint64_t)row.ms == end.ms &&
	       row.seq == end.seq;
}

/* The stream ends with an entry that is no row of this outbox. What it has of ours is seen when each is offered; and
 * it will take only what is numbered behind its end. */
static void mind_the_end(struct redis_sink *s, const struct delivery_source *src, struct redis_stream_id end,
			 uint64_t *after_seq)
{
	if (*after_seq > s->sink.counters.after_seq)
		*after_seq = s->sink.counters.after_seq;
	if (end.ms >= LAST_MS)
		return;
	src->number_behind(src->ctx, (int64_t)end.ms + 1);
	if ((int64_t)end.ms > when_now_ns() / NS_PER_MS)
		log_warning("redis: %s on %s already ends at %" PRIu64 "-%" PRIu64
			    ", later than this machine's clock: does another sensor have the same name, or was the "
			    "clock set back? New alerts are numbered from there on",
			    s->stream.key, s->label, end.ms, end.seq);
}

static bool redis_resume(struct sink *sink, const struct delivery_source *src, uint64_t *after_seq)
{
	struct redis_sink *s = self_of(sink);
	struct redis_stream_id end;

	if (!s->conn.ctx)
		return false;
	if (redis_stream_end(&s->stream, &s->route, &s->conn, &end) || try_transaction(s)) {
		(void)stumble(s);
		return false;
	}
	if (src->seek_id(src->ctx, end.ms, end.seq, after_seq) < 0)
		return false;
	if (end.ms > 0 && !is_ours(src, *after_seq, end))
		mind_the_end(s, src, end, after_seq);
	/* after trouble only once it takes an alert: a Redis that refuses them lets itself be connected to each time */
	if (!s->trouble.kind[0])
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

	const char *const head[] = {"XADD", s->stream.key, "MAXLEN", "~", s->maxlen, id};
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
	if (view_has(v.sekisho, "drill")) {
		redis_arg(&cmd, "drill");
		redis_arg(&cmd, view_text(v.sekisho, "drill"));
	}
	redis_arg(&cmd, "json");
	redis_arg_n(&cmd, row->json, row->len);
	int err = redis_send(&s->conn, &cmd);
	alert_view_close(&v);
	return err;
}

static int send_extra(struct redis_sink *s, const struct extra *x, const struct delivery *row)
{
	struct redis_cmd cmd = {0};

	redis_arg(&cmd, x->verb);
	redis_arg(&cmd, x->key);
	redis_arg_n(&cmd, row->json, row->len);
	return redis_send(&s->conn, &cmd);
}

static int send_trim(struct redis_sink *s)
{
	struct redis_cmd cmd = {0};

	redis_arg(&cmd, "LTRIM");
	redis_arg(&cmd, s->list.key);
	redis_arg(&cmd, s->list_floor);
	redis_arg(&cmd, "-1");
	return redis_send(&s->conn, &cmd);
}

/* A transaction on its way: the entries first, then what is optional. */
struct batch {
	int before;               /* replies before the first command: to ASKING and MULTI */
	int n, list_n, channel_n; /* commands: entries; pushes and the trim; publications */
};

static bool goes_along(const struct extra *x)
{
	return x->wanted && when_monotonic_ns() >= x->pause_until_ns;
}

/* @return 0 or -1 */
static int send_batch(struct redis_sink *s, const struct delivery *rows, int n, struct batch *b)
{
	*b = (struct batch){.n = n};
	int err = redis_stream_asking(&s->route, &s->conn, &b->before);

	if (!err)
		err = redis_send_word(&s->conn, "MULTI");
	b->before++;
	for (int i = 0; i < n && !err; i++)
		err = send_entry(s, &rows[i]);
	if (goes_along(&s->list)) {
		for (; b->list_n < n && !err; b->list_n++)
			err = send_extra(s, &s->list, &rows[b->list_n]);
		if (!err)
			err = send_trim(s);
		b->list_n++;
	}
	for (; goes_along(&s->channel) && b->channel_n < n && !err; b->channel_n++)
		err = send_extra(s, &s->channel, &rows[b->channel_n]);
	return err ? err : redis_send_word(&s->conn, "EXEC");
}

static bool is_there_already(const redisReply *r)
{
	return r->type == REDIS_REPLY_ERROR && strstr(r->str, "equal or smaller") != NULL;
}

/* The replies to the entries. @return how many of @n are in the stream; where not all, why is set. *refused: those
 * whose ids it did not take, by bits. */
static int count_taken(struct redis_sink *s, const redisReply *exec, int n, uint64_t *refused)
{
	for (int i = 0; i < n; i++) {
		const redisReply *r = exec->element[i];
		if (is_there_already(r)) {
			*refused |= UINT64_C(1) << i;
		} else if (r->type == REDIS_REPLY_ERROR) {
			redis_note(&s->conn, r);
			return i;
		}
	}
	return n;
}

/* Redis says of the ids in @refused that they are no longer possible: is each entry there? @return 0; -1 where the
 * connection is lost. */
static int judge_refused(struct redis_sink *s, const struct delivery *rows, int n, uint64_t refused)
{
	struct redis_stream_id begin = {0};
	uint64_t missing = 0;
	bool asked = false;

	for (int i = 0; i < n; i++) {
		if (!(refused >> i & 1))
			continue;
		struct redis_stream_id id = {(uint64_t)rows[i].ms, rows[i].seq};
		int found = redis_stream_has(&s->stream, &s->route, &s->conn, id, s->label);
		if (found == 0 && !asked) {
			found = redis_stream_begin(&s->stream, &s->route, &s->conn, &begin);
			asked = true;
		}
		if (found < 0)
			return -1;
		bool older = id.ms < begin.ms || (id.ms == begin.ms && id.seq < begin.seq);
		if (found || older)
			sink_add(&s->sink.counters.refused_duplicates, 1);
		else
			missing++;
	}
	if (missing > 0) {
		sink_add(&s->sink.counters.refused, missing);
		s->refused_ns = when_monotonic_ns();
		sink_note_set(&s->sink, SINK_ENDS_LATER, true, s->label);
	}
	return 0;
}

static void refuse_extra(struct redis_sink *s, struct extra *x, const char *why)
{
	if (!x->refused)
		log_warning("redis: the %s %s is refused (%s): %s; the stream goes on, this is tried again every 30 s",
			    x->what, x->key, why, redis_trouble_remedy(why));
	x->refused = true;
	(void)sink_note_keep(&s->sink, x->note, true);
	x->pause_until_ns = when_monotonic_ns() + EXTRA_PAUSE_NS;
}

static void check_extra(struct redis_sink *s, struct extra *x, const redisReply *exec, int first, int n)
{
	for (int i = first; i < first + n; i++) {
		if (exec->element[i]->type == REDIS_REPLY_ERROR) {
			refuse_extra(s, x, exec->element[i]->str);
			return;
		}
	}
	if (n > 0 && x->refused) {
		x->refused = false;
		(void)sink_note_keep(&s->sink, x->note, false);
		log_notice("redis: the %s %s is taken again", x->what, x->key);
	}
}

enum { LOST = -1, AGAIN = -2 };

/* A command was not even queued, so the transaction was dropped. Where that was an optional one, the others can go
 * without it. */
static int go_without(struct redis_sink *s, const struct batch *b, int at)
{
	if (at < b->n || redis_trouble_is_general(s->conn.why))
		return LOST;
	refuse_extra(s, at < b->n + b->list_n ? &s->list : &s->channel, s->conn.why);
	return AGAIN;
}

/* Takes the replies to queueing. @return the first command that was refused, counted from 0; -1: all are queued; -2:
 * the connection is lost, or ASKING or MULTI refused. */
static int take_queued(struct redis_sink *s, const struct batch *b)
{
	int n = b->n + b->list_n + b->channel_n, refused = redis_skip(&s->conn, b->before), first = -1;

	if (refused < 0)
		return -2;
	for (int i = 0; i < n; i++) {
		redisReply *reply = redis_reply(&s->conn);
		if (!reply)
			return -2;
		if (reply->type == REDIS_REPLY_ERROR && first < 0 && !refused) {
			redis_note(&s->conn, reply);
			first = i;
		}
		freeReplyObject(reply);
	}
	return refused ? -2 : first;
}

/* Takes the replies of a batch. @return rows that are in the stream; LOST or AGAIN where the batch failed as a whole.
 */
static int take_replies(struct redis_sink *s, const struct delivery *rows, const struct batch *b)
{
	int refused = take_queued(s, b), n = b->n + b->list_n + b->channel_n, taken = LOST;
	uint64_t ids = 0;
	redisReply *exec = s->conn.ctx ? redis_reply(&s->conn) : NULL;

	if (!exec)
		return LOST;
	if (exec->type == REDIS_REPLY_ARRAY && exec->elements == (size_t)n) {
		taken = count_taken(s, exec, b->n, &ids);
		check_extra(s, &s->list, exec, b->n, b->list_n);
		check_extra(s, &s->channel, exec, b->n + b->list_n, b->channel_n);
	} else if (refused >= 0) {
		taken = go_without(s, b, refused);
	} else if (exec->type == REDIS_REPLY_ERROR && refused == -1) {
		redis_note(&s->conn, exec);
	}
	freeReplyObject(exec);
	return ids && judge_refused(s, rows, taken, ids) ? LOST : taken;
}

/* Does the node have the slot for good by now? Then ASKING is needed no more. @return 0 or -1. */
static int probe_slot(struct redis_sink *s)
{
	const char *const words[] = {"XINFO", "STREAM", s->stream.key};
	redisReply *reply = redis_call(&s->conn, words, 3);

	if (!reply)
		return -1;
	s->route.asking = reply->type == REDIS_REPLY_ERROR && redis_trouble_is(reply->str, "MOVED");
	freeReplyObject(reply);
	return 0;
}

static int beat(struct redis_sink *s)
{
	if (redis_conn_is_dead(&s->conn))
		return -1;
	if (s->refused_ns && when_monotonic_ns() - s->refused_ns > REFUSED_NS) {
		s->refused_ns = 0;
		sink_note_set(&s->sink, SINK_ENDS_LATER, false, s->label);
	}
	if (s->route.asking)
		return probe_slot(s); /* the other keys wait: they may be on either side */
	int err = redis_commands_beat(&s->commands, &s->conn, &s->sink);
	if (!err)
		err = redis_keys_beat(&s->keys, &s->conn, &s->sink);
	return err ? err : redis_advice_beat(&s->advice, &s->conn, &s->sink, s->label);
}

/* Time for the heart-beat, between batches or while nothing is to be told. */
static void keep_alive(struct redis_sink *s, int *retry_ms)
{
	if (!s->conn.ctx) {
		*retry_ms = connect_now(s);
		return;
	}
	/* before anything else, where we stand: that tells whether this is the right node */
	if (s->sink.positioned && beat(s) < 0) {
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
	if (n > s->most_rows)
		n = s->most_rows;
	struct batch b;
	int taken;
	do {
		int err = s->conn.ctx ? send_batch(s, rows, n, &b) : -1;
		if (!err)
			redis_flush(&s->conn);
		taken = err ? LOST : take_replies(s, rows, &b);
	} while (taken == AGAIN);
	s->took |= taken > 0;
	if (taken < n) {
		/* a road that breaks again and again before a whole batch is over it lets a smaller one pass */
		s->most_rows = s->conn.refused || n == 1 ? s->most_rows : n / 2;
		*retry_ms = stumble(s);
		return taken > 0 ? taken : 0;
	}
	s->most_rows += 1 + s->most_rows / 8; /* doubled, it would soon be too much for that road again */
	s->most_rows = s->most_rows < BATCH_MAX ? s->most_rows : BATCH_MAX;
	all_is_well(s);
	return taken;
}

static bool redis_has_more(const struct sink *sink)
{
	const struct redis_sink *s = (const struct redis_sink *)sink;

	return s->conn.ctx && !s->route.asking && redis_keys_wait(&s->keys);
}

static void redis_close(struct sink *sink)
{
	struct redis_sink *s = self_of(sink);

	redis_conn_close(&s->conn);
	redis_keys_deinit(&s->keys);
	redis_advice_deinit(&s->advice);
	redis_route_deinit(&s->route);
	free(s);
}

static bool redis_reader_loses(struct sink *sink, char *who, size_t size, uint64_t *entries)
{
	return redis_advice_reader(&self_of(sink)->advice, who, size, entries);
}

static void redis_renew(struct sink *sink)
{
	tls_client_renew(self_of(sink)->route.tls);
}

static const struct sink_ops redis_ops = {
    .kind = "redis",
    .deliver = redis_deliver,
    .resume = redis_resume,
    .has_more = redis_has_more,
    .close = redis_close,
    .renew = redis_renew,
    .reader_loses = redis_reader_loses,
};

static void init_extra(struct extra *x, bool wanted, const char *verb, const char *what, const char *sensor,
		       const char *key)
{
	*x = (struct extra){.wanted = wanted, .verb = verb, .what = what};
	snprintf(x->key, sizeof(x->key), "sekisho:{%s}:alerts:%s", sensor, key);
}

int sink_redis_new(struct sink **out, const struct redis_options *o, const struct asset_source *assets,
		   struct complaint *c)
{
	struct redis_sink *s = calloc(1, sizeof(*s));
	int err = 0;

	*out = NULL;
	if (!s)
		return -ENOMEM;
	if (strlen(o->sensor) > 128 || strpbrk(o->sensor, "{}")) {
		complain(c, "redis", 0, 0, "the sensor's name %s names the keys: at most 128 bytes, without { and }",
			 o->sensor);
		err = -EINVAL;
	}
	if (!err)
		err = redis_route_init(&s->route, o, c);
	if (err) {
		free(s);
		return err;
	}
	s->sink.ops = &redis_ops;
	snprintf(s->sink.name, sizeof(s->sink.name), "redis");
	uint64_t maxlen = o->stream_maxlen ? o->stream_maxlen : MAXLEN_DEFAULT;
	s->stream.most_entries = maxlen;
	s->stream.by_age = o->keep_hours > 0;
	snprintf(s->maxlen, sizeof(s->maxlen), "%" PRIu64, maxlen);
	snprintf(s->list_floor, sizeof(s->list_floor), "-%" PRIu64, maxlen);
	snprintf(s->stream.key, sizeof(s->stream.key), "sekisho:{%s}:alerts", o->sensor);
	init_extra(&s->list, o->list, "RPUSH", "list", o->sensor, "list");
	init_extra(&s->channel, o->channel, "PUBLISH", "channel", o->sensor, "live");
	s->list.note = SINK_LIST_REFUSED;
	s->channel.note = SINK_CHANNEL_REFUSED;
	redis_trouble_init(&s->trouble);
	s->most_rows = BATCH_MAX;
	redis_keys_init(&s->keys, o->sensor, assets);
	redis_commands_init(&s->commands, o->sensor, o->commands);
	redis_advice_init(&s->advice, s->stream.key, o->keep_hours);
	*out = &s->sink;
	return 0;
}
