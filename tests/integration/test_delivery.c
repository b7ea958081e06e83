/*
 * Outbox, courier and sinks against a real redis-server on a Unix socket in a directory of its own.
 *
 * Each test raises alerts, disturbs the server in one way, and then wants every row of the outbox in the stream once,
 * in order.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../unit/findings.h"
#include "alert/outbox.h"
#include "sinks/sink.h"

/* More than any machine takes for what is to be sent: closing ends as soon as all is delivered. */
enum { DRAIN_MS = 120000 };

static char dir[64], sock[96], url[128];
static const struct sensor_info sensor = {"kansai-1", "kobe", "0.1.0"};
static pid_t server;

static const char stream[] = "sekisho:{kansai-1}:alerts";

/* ---- the server */

static redisContext *try_connect(void)
{
	redisContext *r = redisConnectUnixWithTimeout(sock, (struct timeval){.tv_sec = 5});

	if (!r || r->err) {
		redisFree(r);
		return NULL;
	}
	return r;
}

static redisContext *connect_redis(void)
{
	for (int i = 0; i < 500; i++) {
		redisContext *r = try_connect();
		redisReply *pong = r ? redisCommand(r, "PING") : NULL;
		bool up = pong && strncmp(pong->str, "LOADING", 7) != 0;
		if (pong)
			freeReplyObject(pong);
		if (up)
			return r;
		if (r)
			redisFree(r);
		usleep(10000);
	}
	ck_abort_msg("redis-server does not come up");
}

/* @option: one more argument and its value, or NULL. */
static void start_server(const char *appendonly, const char *option, const char *value)
{
	ck_assert_int_eq(server, 0);
	unlink(sock);
	server = fork();
	if (server == 0) {
		int null = open("/dev/null", O_WRONLY);
		dup2(null, 1);
		dup2(null, 2);
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", sock, "--dir", dir, "--save", "",
		       "--appendonly", appendonly, "--appendfsync", "everysec", option, value, (char *)NULL);
		_exit(127);
	}
	redisFree(connect_redis());
}

static void end_server(int sig)
{
	if (server > 0) {
		kill(server, SIGCONT);
		kill(server, sig);
		waitpid(server, NULL, 0);
	}
	server = 0;
}

static void setup(void)
{
	test_dir(dir);
	snprintf(sock, sizeof(sock), "%s/redis.sock", dir);
	snprintf(url, sizeof(url), "unix://%s", sock);
}

static void teardown(void)
{
	end_server(SIGKILL);
	test_dir_remove(dir);
}

static long long ask_number(redisContext *r, const char *command)
{
	redisReply *reply = redisCommand(r, command);

	ck_assert_msg(reply && reply->type == REDIS_REPLY_INTEGER, "%s: %s", command,
		      reply && reply->str ? reply->str : "no number");
	long long n = reply->integer;
	freeReplyObject(reply);
	return n;
}

static void tell(redisContext *r, const char *command)
{
	redisReply *reply = redisCommand(r, command);

	ck_assert_msg(reply && reply->type != REDIS_REPLY_ERROR, "%s: %s", command, reply ? reply->str : r->errstr);
	freeReplyObject(reply);
}

/* ---- what is under test */

struct office {
	struct alerts *alerts;
	struct outbox *outbox;
	struct courier *courier;
	unsigned next;
};

static int source_read(void *ctx, uint64_t after_seq, struct delivery *rows, int max)
{
	struct outbox_row got[64];
	int n = outbox_read(((struct office *)ctx)->outbox, after_seq, got, max < 64 ? max : 64);

	for (int i = 0; i < n; i++)
		rows[i] = (struct delivery){got[i].seq, got[i].ms, got[i].json, got[i].len};
	return n;
}

static int source_seek_id(void *ctx, uint64_t ms, uint64_t seq, uint64_t *after_seq)
{
	return outbox_seek_id(((struct office *)ctx)->outbox, ms, seq, after_seq);
}

static uint64_t source_position(void *ctx, const char *sink)
{
	return outbox_position(((struct office *)ctx)->outbox, sink);
}

static int source_set_position(void *ctx, const char *sink, uint64_t seq)
{
	return outbox_set_position(((struct office *)ctx)->outbox, sink, seq);
}

static uint64_t source_waiting(void *ctx, uint64_t after_seq)
{
	return outbox_waiting(((struct office *)ctx)->outbox, after_seq);
}

static bool source_wanted(void *ctx, const char *sink, uint64_t *after_seq)
{
	return outbox_take_wanted(((struct office *)ctx)->outbox, sink, after_seq);
}

static void source_number_behind(void *ctx, int64_t ms)
{
	alerts_number_behind(((struct office *)ctx)->alerts, ms);
}

static void open_office(struct office *o, struct sink **sinks, size_t n)
{
	struct complaint c = {""};
	struct delivery_source src = {o,
				      source_read,
				      source_seek_id,
				      source_position,
				      source_set_position,
				      source_waiting,
				      source_wanted,
				      source_number_behind};

	ck_assert_msg(alerts_open(&o->alerts, dir, &sensor, &c) == 0, "%s", c.text);
	ck_assert_msg(outbox_open(&o->outbox, dir, &c) == 0, "%s", c.text);
	ck_assert_int_eq(courier_new(&o->courier, sinks, n, &src), 0);
	ck_assert_int_eq(courier_start(o->courier), 0);
}

static struct sink *redis_sink(const struct redis_options *options, const struct asset_source *assets)
{
	struct redis_options o = options ? *options : (struct redis_options){0};
	struct complaint c = {""};
	struct sink *s;

	o.url = o.url ? o.url : url;
	o.sensor = sensor.name;
	ck_assert_msg(sink_redis_new(&s, &o, assets, &c) == 0, "%s", c.text);
	return s;
}

static void open_redis_office(struct office *o, const struct redis_options *options)
{
	struct sink *s = redis_sink(options, NULL);

	*o = (struct office){0};
	open_office(o, &s, 1);
}

static void raise_alerts(struct office *o, unsigned n)
{
	struct test_finding t;

	for (unsigned i = 0; i < n; i++, o->next++)
		alerts_take(o->alerts, test_finding(&t, o->next, o->next * NS_PER_MS));
	ck_assert_int_gt(alerts_commit(o->alerts, when_monotonic_ns(), true), 0);
	courier_wake(o->courier);
}

static uint64_t close_office(struct office *o, int drain_ms)
{
	uint64_t left = courier_stop(o->courier, drain_ms);

	courier_free(o->courier);
	outbox_close(o->outbox);
	alerts_close(o->alerts);
	return left;
}

/* Every row of the outbox is in the stream once, in order, under the id that it should have. */
static void check_stream(uint64_t want)
{
	struct outbox *o;
	struct outbox_row rows[64];
	struct complaint c;
	redisContext *r = connect_redis();
	redisReply *all = redisCommand(r, "XRANGE %s - +", stream);
	uint64_t after = 0;
	size_t i = 0;
	int n;

	ck_assert_msg(all && all->type == REDIS_REPLY_ARRAY, "%s", all ? all->str : r->errstr);
	ck_assert_msg(all->elements == want, "%zu entries, not %u", all->elements, (unsigned)want);
	ck_assert_int_eq(outbox_open(&o, dir, &c), 0);
	while ((n = outbox_read(o, after, rows, 64)) > 0) {
		for (int k = 0; k < n; k++, i++) {
			char id[64];
			after = rows[k].seq;
			ck_assert_uint_lt(i, all->elements);
			const redisReply *entry = all->element[i], *fields = entry->element[1];
			snprintf(id, sizeof(id), "%lld-%llu", (long long)rows[k].ms, (unsigned long long)rows[k].seq);
			ck_assert_msg(strcmp(entry->element[0]->str, id) == 0, "entry %zu is %s, not %s", i,
				      entry->element[0]->str, id);
			ck_assert_str_eq(fields->element[fields->elements - 1]->str, rows[k].json);
		}
	}
	ck_assert_uint_eq(i, want);
	outbox_close(o);
	freeReplyObject(all);
	redisFree(r);
}

static long long stream_length(redisContext *r)
{
	char command[64];

	snprintf(command, sizeof(command), "XLEN %s", stream);
	return ask_number(r, command);
}

static void wait_for_entries(long long n)
{
	redisContext *r = connect_redis();
	long long got = 0;

	for (int i = 0; i < 6000 && (got = stream_length(r)) < n; i++)
		usleep(10000);
	ck_assert_msg(got >= n, "%lld of %lld entries after a minute", got, n);
	redisFree(r);
}

/* ---- the tests */

START_TEST(test_fields_list_and_channel)
{
	static const char *const names[] = {"v",     "id",  "seq", "ts",   "sev",    "rule",
					    "state", "src", "dst", "zone", "sensor", "json"};
	static const char *const values[] = {"1",
					     NULL,
					     "1",
					     "2026-11-22T00:00:00.000000+0000",
					     "70",
					     "SKS-MB-01",
					     "open",
					     "192.168.2.14",
					     "192.168.3.10",
					     "office>line1",
					     "kansai-1",
					     NULL};
	struct office o;

	start_server("no", NULL, NULL);
	redisContext *r = connect_redis(), *live = connect_redis();
	redisReply *hello = redisCommand(live, "SUBSCRIBE sekisho:{kansai-1}:alerts:live");
	freeReplyObject(hello);
	open_redis_office(&o, &(struct redis_options){.list = true, .channel = true, .stream_maxlen = 1000});
	raise_alerts(&o, 150);
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	check_stream(150);
	ck_assert_int_eq(ask_number(r, "LLEN sekisho:{kansai-1}:alerts:list"), 150);

	redisReply *first = redisCommand(r, "XRANGE %s - + COUNT 1", stream);
	const redisReply *fields = first->element[0]->element[1];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = NULL;
		for (size_t k = 0; k + 1 < fields->elements; k += 2) {
			if (strcmp(fields->element[k]->str, names[i]) == 0)
				value = fields->element[k + 1]->str;
		}
		ck_assert_msg(value && *value && (!values[i] || strcmp(value, values[i]) == 0), "%s is %s", names[i],
			      value ? value : "missing");
	}
	freeReplyObject(first);
	for (int i = 0; i < 150; i++) {
		redisReply *message;
		ck_assert_int_eq(redisGetReply(live, (void **)&message), REDIS_OK);
		ck_assert_str_eq(message->element[0]->str, "message");
		freeReplyObject(message);
	}
	redisFree(live);
	redisFree(r);
}
END_TEST

START_TEST(test_ten_thousand)
{
	struct office o;

	start_server("yes", NULL, NULL);
	open_redis_office(&o, NULL);
	for (int i = 0; i < 10; i++)
		raise_alerts(&o, 1000);
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	check_stream(10000);
}
END_TEST

/* With and without persistence: what was acknowledged and lost is sent again. */
START_TEST(test_server_killed_in_the_middle)
{
	const char *appendonly = _i ? "yes" : "no";
	struct office o;

	start_server(appendonly, NULL, NULL);
	open_redis_office(&o, NULL);
	for (int i = 0; i < 4; i++) {
		raise_alerts(&o, 1000);
		usleep((useconds_t)(20000 + i * 30000));
		end_server(SIGKILL);
		raise_alerts(&o, 100);
		usleep(100000);
		start_server(appendonly, NULL, NULL);
	}
	raise_alerts(&o, 100);
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	check_stream(4500);
}
END_TEST

START_TEST(test_down_at_the_start)
{
	struct office o;

	open_redis_office(&o, NULL);
	raise_alerts(&o, 200);
	usleep(300000);
	start_server("no", NULL, NULL);
	raise_alerts(&o, 200);
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	check_stream(400);
}
END_TEST

START_TEST(test_never_there)
{
	struct office o;

	open_redis_office(&o, NULL);
	raise_alerts(&o, 77);
	int64_t began = when_monotonic_ns();
	ck_assert_uint_eq(close_office(&o, 300), 77);
	ck_assert_int_lt(when_monotonic_ns() - began, 3 * NS_PER_S);
	/* and in another run it all arrives */
	start_server("no", NULL, NULL);
	open_redis_office(&o, NULL);
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	check_stream(77);
}
END_TEST

START_TEST(test_frozen_server_delays_nobody_else)
{
	char path[128];
	struct complaint c = {""};
	struct sink *sinks[2];
	struct office o = {0};
	struct stat st;

	start_server("no", NULL, NULL);
	snprintf(path, sizeof(path), "%s/eve.json", dir);
	sinks[0] = redis_sink(&(struct redis_options){.command_ms = 1000}, NULL);
	ck_assert_msg(sink_eve_new(&sinks[1], path, &c) == 0, "%s", c.text);
	open_office(&o, sinks, 2);
	raise_alerts(&o, 100);
	wait_for_entries(100);
	kill(server, SIGSTOP);
	off_t size = 0;
	for (int i = 0; i < 6; i++) { /* 3 s */
		raise_alerts(&o, 10);
		usleep(500000);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_msg(st.st_size > size, "the EVE file stands still in round %d", i);
		size = st.st_size;
	}
	kill(server, SIGCONT);
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	check_stream(160);
}
END_TEST

/* The outbox is one, its readers are two: neither may see the other's rows in its own. */
START_TEST(test_two_sinks_get_all_rows_each)
{
	char path[128], *line = NULL;
	struct complaint c = {""};
	struct sink *sinks[2];
	struct office o = {0};
	struct outbox *box;
	struct outbox_row row;
	size_t size = 0;
	uint64_t seq = 0;

	start_server("no", NULL, NULL);
	snprintf(path, sizeof(path), "%s/eve.json", dir);
	sinks[0] = redis_sink(NULL, NULL);
	ck_assert_msg(sink_eve_new(&sinks[1], path, &c) == 0, "%s", c.text);
	open_office(&o, sinks, 2);
	for (int i = 0; i < 5; i++)
		raise_alerts(&o, 600);
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	check_stream(3000);
	FILE *f = fopen(path, "r");
	ck_assert_int_eq(outbox_open(&box, dir, &c), 0);
	for (; getline(&line, &size, f) > 0; seq++) {
		ck_assert_int_eq(outbox_read(box, seq, &row, 1), 1);
		ck_assert_msg(strncmp(line, row.json, row.len) == 0 && line[row.len] == '\n', "line %u is %s",
			      (unsigned)seq + 1, line);
	}
	ck_assert_uint_eq(seq, 3000);
	free(line);
	fclose(f);
	outbox_close(box);
}
END_TEST

START_TEST(test_connections_reset)
{
	struct office o;

	start_server("no", NULL, NULL);
	redisContext *r = connect_redis();
	open_redis_office(&o, NULL);
	for (int i = 0; i < 12; i++) {
		raise_alerts(&o, 300);
		usleep((useconds_t)(i * 700));
		redisReply *killed = redisCommand(r, "CLIENT KILL TYPE normal SKIPME yes");
		freeReplyObject(killed);
	}
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	check_stream(3600);
	redisFree(r);
}
END_TEST

/* What a server may say against us, how it is brought to say it, and how it is appeased. */
static const struct {
	const char *name, *disturb, *appease;
	bool at_start;
} refusals[] = {
    {"WRONGTYPE", "SET sekisho:{kansai-1}:alerts in-the-way", "DEL sekisho:{kansai-1}:alerts", true},
    {"WRONGTYPE", "SET sekisho:{kansai-1}:alerts in-the-way", "DEL sekisho:{kansai-1}:alerts", false},
    {"OOM", "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", false},
    {"READONLY", "REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", false},
    {"NOREPLICAS", "CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0", false},
    {"NOPERM", "ACL SETUSER default -xadd", "ACL SETUSER default +xadd", false},
};

START_TEST(test_refusals_lose_nothing)
{
	const struct sink *s;
	struct office o;

	start_server("no", NULL, NULL);
	redisContext *r = connect_redis();
	bool at_start = refusals[_i].at_start;
	if (at_start)
		tell(r, refusals[_i].disturb);
	open_redis_office(&o, NULL);
	if (!at_start) {
		raise_alerts(&o, 100);
		wait_for_entries(100);
		tell(r, refusals[_i].disturb);
	}
	raise_alerts(&o, 200);
	courier_sinks(o.courier, &s, 1);
	struct sink_counters n = sink_count(s);
	for (int64_t end = when_monotonic_ns() + 1800 * NS_PER_MS; when_monotonic_ns() < end; n = sink_count(s)) {
		ck_assert_msg(n.retries == 0 || !n.connected, "%s: connected while it refuses", refusals[_i].name);
		usleep(200);
	}
	ck_assert_msg(n.retries >= 1 && n.retries <= 8, "%s: %u retries in 1.8 s", refusals[_i].name,
		      (unsigned)n.retries);
	ck_assert_msg(n.delivered == (at_start ? 0 : 100), "%s: %u were counted as delivered", refusals[_i].name,
		      (unsigned)n.delivered);
	tell(r, refusals[_i].appease);
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	check_stream(at_start ? 200 : 300);
	redisFree(r);
}
END_TEST

START_TEST(test_password)
{
	static const struct {
		const char *user, *password;
		bool good;
	} cases[] = {{NULL, "hidden-word", true},
		     {NULL, "wrong-word", false},
		     {NULL, NULL, false},
		     {"ann", "word of ann", true},
		     {"ann", "hidden-word", false}};
	struct office o;
	unsigned total = 0;

	start_server("no", "--requirepass", "hidden-word");
	redisContext *r = connect_redis();
	tell(r, "AUTH hidden-word");
	redisReply *ok = redisCommand(
	    r, "ACL SETUSER ann on >%s ~sekisho:* &sekisho:* +xinfo +xadd +multi +exec +select", "word of ann");
	ck_assert_str_eq(ok->str, "OK");
	freeReplyObject(ok);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_redis_office(&o, &(struct redis_options){.user = cases[i].user, .password = cases[i].password});
		o.next = (unsigned)i * 10;
		raise_alerts(&o, 10);
		total += 10;
		uint64_t left = close_office(&o, cases[i].good ? DRAIN_MS : 200);
		ck_assert_msg((left == 0) == cases[i].good, "case %zu: %u left", i, (unsigned)left);
		ck_assert_int_eq(stream_length(r), cases[i].good ? total : i == 4 ? 40 : 10);
	}
	redisFree(r);
}
END_TEST

START_TEST(test_the_stream_stays_short)
{
	struct office o;

	start_server("no", NULL, NULL);
	redisContext *r = connect_redis();
	open_redis_office(&o, &(struct redis_options){.stream_maxlen = 500, .list = true});
	for (int i = 0; i < 5; i++)
		raise_alerts(&o, 1000);
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	ck_assert_int_lt(stream_length(r), 1000);
	ck_assert_int_eq(ask_number(r, "LLEN sekisho:{kansai-1}:alerts:list"), 500);
	/* trimmed entries are not sent again */
	open_redis_office(&o, NULL);
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	ck_assert_int_lt(stream_length(r), 1000);
	redisFree(r);
}
END_TEST

/* ---- assets */

static int moved;

static uint64_t assets_changed(void *ctx, uint64_t since, void (*row)(void *ctx, const char *json), void *row_ctx)
{
	char json[512];
	uint64_t version = 1 + (uint64_t)__atomic_load_n(&moved, __ATOMIC_RELAXED);

	(void)ctx;
	if (since == 0) {
		for (int i = 2; i < 300; i++) {
			snprintf(
			    json, sizeof(json),
			    "{\"asset_id\":\"A%06d\",\"name\":\"n%d\",\"zone\":\"line2\",\"purdue\":\"L2\",\"ip\":["
			    "\"10.0.0.%d\"]}",
			    i, i, i % 250);
			row(row_ctx, json);
		}
		row(row_ctx, "{\"asset_id\":\"A000300\",\"name\":null,\"zone\":\"\",\"purdue\":null}");
	}
	if (since < version) {
		snprintf(
		    json, sizeof(json),
		    "{\"asset_id\":\"A000001\",\"name\":\"press\",\"zone\":\"%s\",\"purdue\":\"%s\",\"registered\":"
		    "true,%s\"mac\":[\"00:80:f4:00:00:01\"]}",
		    version == 1 ? "line1" : "dmz", version == 1 ? "L1" : "L3.5",
		    version == 1 ? "\"phase\":\"P1\"," : "");
		row(row_ctx, json);
	}
	return version;
}

static size_t status(void *ctx, char *buf, size_t size)
{
	(void)ctx;
	return (size_t)snprintf(buf, size, "{\"packets\":12,\"sinks\":[1,2],\"note\":\"ok\"}");
}

static void check_hash(redisContext *r, const char *field, const char *want)
{
	redisReply *got = redisCommand(r, "HGET sekisho:{kansai-1}:asset:A000001 %s", field);

	if (want)
		ck_assert_msg(got->type == REDIS_REPLY_STRING && strcmp(got->str, want) == 0, "%s is %s", field,
			      got->str ? got->str : "missing");
	else
		ck_assert_int_eq(got->type, REDIS_REPLY_NIL);
	freeReplyObject(got);
}

START_TEST(test_assets_zones_levels_status)
{
	const struct asset_source source = {NULL, assets_changed, status};
	struct office o = {0};

	start_server("no", NULL, NULL);
	redisContext *r = connect_redis();
	moved = 0;
	struct sink *s = redis_sink(NULL, &source);
	open_office(&o, &s, 1);
	for (int i = 0; i < 500 && ask_number(r, "SCARD sekisho:{kansai-1}:assets") < 300; i++)
		usleep(10000);
	ck_assert_int_eq(ask_number(r, "SCARD sekisho:{kansai-1}:assets"), 300);
	ck_assert_int_eq(ask_number(r, "SCARD sekisho:{kansai-1}:zone:line2"), 298);
	ck_assert_int_eq(ask_number(r, "SCARD sekisho:{kansai-1}:level:2"), 298);
	for (int i = 0; i < 500 && !ask_number(r, "SISMEMBER sekisho:{kansai-1}:zone:line1 A000001"); i++)
		usleep(10000);
	ck_assert_int_eq(ask_number(r, "SISMEMBER sekisho:{kansai-1}:level:1 A000001"), 1);
	check_hash(r, "mac", "[\"00:80:f4:00:00:01\"]");
	check_hash(r, "registered", "true");
	check_hash(r, "phase", "P1");
	ck_assert_int_gt(ask_number(r, "TTL sekisho:{kansai-1}:status"), 30);
	ck_assert_int_le(ask_number(r, "TTL sekisho:{kansai-1}:status"), 60);
	ck_assert_int_eq(ask_number(r, "HLEN sekisho:{kansai-1}:status"), 3);

	__atomic_store_n(&moved, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 500 && !ask_number(r, "SISMEMBER sekisho:{kansai-1}:zone:dmz A000001"); i++)
		usleep(10000);
	ck_assert_int_eq(ask_number(r, "SISMEMBER sekisho:{kansai-1}:level:3.5 A000001"), 1);
	ck_assert_int_eq(ask_number(r, "EXISTS sekisho:{kansai-1}:zone:line1"), 0);
	ck_assert_int_eq(ask_number(r, "EXISTS sekisho:{kansai-1}:level:1"), 0);
	check_hash(r, "phase", NULL);

	/* a Redis that has forgotten is told everything again */
	tell(r, "FLUSHALL");
	tell(r, "CLIENT KILL TYPE normal SKIPME yes");
	for (int i = 0; i < 500 && ask_number(r, "SCARD sekisho:{kansai-1}:assets") < 300; i++)
		usleep(10000);
	ck_assert_int_eq(ask_number(r, "SCARD sekisho:{kansai-1}:assets"), 300);

	/* refused asset keys do not hold up alerts */
	tell(r, "DEL sekisho:{kansai-1}:assets");
	tell(r, "SET sekisho:{kansai-1}:assets in-the-way");
	tell(r, "CLIENT KILL TYPE normal SKIPME yes");
	raise_alerts(&o, 50);
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	check_stream(50);
	redisFree(r);
}
END_TEST

START_TEST(test_a_short_run_leaves_its_assets)
{
	const struct asset_source source = {NULL, assets_changed, status};
	struct office o = {0};

	start_server("no", NULL, NULL);
	redisContext *r = connect_redis();
	moved = 0;
	struct sink *s = redis_sink(NULL, &source);
	open_office(&o, &s, 1);
	ck_assert_uint_eq(close_office(&o, DRAIN_MS), 0);
	ck_assert_int_eq(ask_number(r, "SCARD sekisho:{kansai-1}:assets"), 300);
	ck_assert_int_eq(ask_number(r, "EXISTS sekisho:{kansai-1}:status"), 1);
	redisFree(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("delivery");
	TCase *c = tcase_create("redis");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, test_fields_list_and_channel);
	tcase_add_test(c, test_ten_thousand);
	tcase_add_loop_test(c, test_server_killed_in_the_middle, 0, 2);
	tcase_add_test(c, test_down_at_the_start);
	tcase_add_test(c, test_never_there);
	tcase_add_test(c, test_frozen_server_delays_nobody_else);
	tcase_add_test(c, test_two_sinks_get_all_rows_each);
	tcase_add_test(c, test_connections_reset);
	tcase_add_loop_test(c, test_refusals_lose_nothing, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(c, test_password);
	tcase_add_test(c, test_the_stream_stays_short);
	tcase_add_test(c, test_assets_zones_levels_status);
	tcase_add_test(c, test_a_short_run_leaves_its_assets);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
