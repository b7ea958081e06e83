/* sekisho tail: alerts as they come, from a Redis stream or from the local outbox. */
#include <errno.h>
#include <getopt.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alert/outbox.h"
#include "app/alert_text.h"
#include "app/command.h"
#include "sinks/redis_url.h"

enum { POLL_MS = 200, BLOCK_MS = 1000, READ_MAX = 64 };

struct tail {
	const char *redis, *sensor, *state, *config, *rule, *zone, *color;
	char *url, *name, *dir; /* after looking into the configuration */
	long last;
	bool once, json, coloured;
	enum alert_level least;
};

static bool wanted(const struct tail *t, const json_t *alert, enum alert_level level)
{
	const char *rule = json_at(alert, "sekisho.rule_id");

	if (level < t->least || (t->rule && strncmp(rule, t->rule, strlen(t->rule)) != 0))
		return false;
	return !t->zone || strcmp(json_at(alert, "sekisho.src.zone"), t->zone) == 0 ||
	       strcmp(json_at(alert, "sekisho.dest.zone"), t->zone) == 0;
}

static void show(const struct tail *t, const char *text, size_t len)
{
	json_t *alert = json_loadb(text, len, 0, NULL);
	enum alert_level level = LEVEL_INFO;

	if (!alert)
		return;
	(void)alert_level_parse(json_at(alert, "sekisho.level"), &level);
	if (wanted(t, alert, level)) {
		if (t->json)
			printf("%.*s\n", (int)len, text);
		else if (!alert_print_change(alert))
			alert_print(alert, level, t->coloured);
		fflush(stdout);
	}
	json_decref(alert);
}

/* ---- from the outbox of this machine */

static int follow_outbox(const struct tail *t)
{
	struct complaint c;
	struct outbox *o;
	struct outbox_row rows[READ_MAX];
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
	int n = 0, err = outbox_open(&o, t->dir, &c);

	if (err)
		return command_failed(err, &c);
	uint64_t last = outbox_last_seq(o), seq = last > (uint64_t)t->last ? last - (uint64_t)t->last : 0;
	while (!(t->once && seq >= last) && (n = outbox_read(o, seq, rows, READ_MAX)) >= 0) {
		for (int i = 0; i < n; i++) {
			show(t, rows[i].json, rows[i].len);
			seq = rows[i].seq;
		}
		if (n == 0 && t->once)
			break;
		if (n == 0)
			nanosleep(&pause, NULL);
	}
	outbox_close(o);
	return n < 0 ? EXIT_ENVIRONMENT : EXIT_DONE;
}

/* ---- from Redis */

static redisContext *connect_redis(const char *url, char *why, size_t size)
{
	struct redis_address a;
	struct complaint c;
	const struct timeval limit = {.tv_sec = 5};
	redisReply *r = NULL;

	if (redis_url_parse(url, &a, &c) < 0) {
		snprintf(why, size, "%s", c.text);
		return NULL;
	}
	redisContext *ctx =
	    a.path[0] ? redisConnectUnixWithTimeout(a.path, limit) : redisConnectWithTimeout(a.host, a.port, limit);
	if (!ctx || ctx->err) {
		snprintf(why, size, "%s", ctx ? ctx->errstr : strerror(ENOMEM));
		goto fail;
	}
	redisSetTimeout(ctx, limit);
	if (a.password[0]) {
		r = a.user[0] ? redisCommand(ctx, "AUTH %s %s", a.user, a.password)
			      : redisCommand(ctx, "AUTH %s", a.password);
		if (!r || r->type == REDIS_REPLY_ERROR)
			goto refused;
		freeReplyObject(r);
		r = NULL;
	}
	if (a.db) {
		r = redisCommand(ctx, "SELECT %u", a.db);
		if (!r || r->type == REDIS_REPLY_ERROR)
			goto refused;
		freeReplyObject(r);
	}
	return ctx;
refused:
	snprintf(why, size, "%s", r ? r->str : ctx->errstr);
	if (r)
		freeReplyObject(r);
fail:
	if (ctx)
		redisFree(ctx);
	return NULL;
}

/* One stream entry: [id, [field, value, ...]]. Shows its `json`, keeps its id. */
static void show_entry(const struct tail *t, const redisReply *entry, char *id, size_t size)
{
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 || entry->element[1]->type != REDIS_REPLY_ARRAY)
		return;
	snprintf(id, size, "%s", entry->element[0]->str);
	const redisReply *fields = entry->element[1];
	for (size_t i = 0; i + 1 < fields->elements; i += 2) {
		if (strcmp(fields->element[i]->str, "json") == 0)
			show(t, fields->element[i + 1]->str, fields->element[i + 1]->len);
	}
}

static bool show_backlog(const struct tail *t, redisContext *ctx, const char *key, char *id, size_t size)
{
	redisReply *r = redisCommand(ctx, "XREVRANGE %s + - COUNT %ld", key, t->last > 0 ? t->last : 1);
	bool good = r && r->type == REDIS_REPLY_ARRAY;

	for (size_t i = good ? r->elements : 0; i-- > 0;) {
		if (t->last > 0)
			show_entry(t, r->element[i], id, size);
		else if (r->element[i]->type == REDIS_REPLY_ARRAY)
			snprintf(id, size, "%s", r->element[i]->element[0]->str);
	}
	if (!good)
		fprintf(stderr, say(W_NO_STREAM), key, r ? r->str : ctx->errstr);
	if (r)
		freeReplyObject(r);
	return good;
}

static int follow_redis(const struct tail *t)
{
	char key[256], why[1024], id[64] = "0-0";
	redisContext *ctx = connect_redis(t->url, why, sizeof(why));
	bool good = ctx != NULL;

	if (!ctx) {
		fprintf(stderr, say(W_NO_STREAM), "--redis", why);
		return EXIT_ENVIRONMENT;
	}
	snprintf(key, sizeof(key), "sekisho:{%s}:alerts", t->name);
	good = show_backlog(t, ctx, key, id, sizeof(id));
	while (good && !t->once) {
		redisReply *r = redisCommand(ctx, "XREAD COUNT %d BLOCK %d STREAMS %s %s", READ_MAX, BLOCK_MS, key, id);
		good = r && r->type != REDIS_REPLY_ERROR;
		if (!good)
			fprintf(stderr, say(W_NO_STREAM), key, r ? r->str : ctx->errstr);
		/* [[key, [entry, ...]]], or nil when the time was up */
		if (good && r->type == REDIS_REPLY_ARRAY && r->elements == 1 && r->element[0]->elements == 2) {
			const redisReply *entries = r->element[0]->element[1];
			for (size_t i = 0; i < entries->elements; i++)
				show_entry(t, entries->element[i], id, sizeof(id));
		}
		if (r)
			freeReplyObject(r);
	}
	redisFree(ctx);
	return good ? EXIT_DONE : EXIT_ENVIRONMENT;
}

/* ---- */

static int parse_options(int argc, char **argv, struct tail *t)
{
	static const struct option options[] = {
	    {"redis", required_argument, NULL, 'r'}, {"sensor", required_argument, NULL, 'S'},
	    {"state", required_argument, NULL, 's'}, {"config", required_argument, NULL, 'c'},
	    {"last", required_argument, NULL, 'n'},  {"once", no_argument, NULL, 'o'},
	    {"json", no_argument, NULL, 'j'},        {"level", required_argument, NULL, 'l'},
	    {"rule", required_argument, NULL, 'R'},  {"zone", required_argument, NULL, 'z'},
	    {"color", required_argument, NULL, 'C'}, {0}};
	char *end;

	*t = (struct tail){.last = 10, .color = "auto"};
	for (int c; (c = getopt_long(argc, argv, "s:c:n:", options, NULL)) != -1;) {
		switch (c) {
		case 'r':
			t->redis = optarg;
			break;
		case 'S':
			t->sensor = optarg;
			break;
		case 's':
			t->state = optarg;
			break;
		case 'c':
			t->config = optarg;
			break;
		case 'n':
			t->last = strtol(optarg, &end, 10);
			if (*end || t->last < 0 || t->last > 1000000) {
				fprintf(stderr, say(W_BAD_VALUE), optarg, "--last");
				return EXIT_USAGE;
			}
			break;
		case 'o':
			t->once = true;
			break;
		case 'j':
			t->json = true;
			break;
		case 'l':
			if (!alert_level_parse(optarg, &t->least)) {
				fprintf(stderr, say(W_BAD_VALUE), optarg, "--level");
				return EXIT_USAGE;
			}
			break;
		case 'R':
			t->rule = optarg;
			break;
		case 'z':
			t->zone = optarg;
			break;
		case 'C':
			if (strcmp(optarg, "auto") != 0 && strcmp(optarg, "always") != 0 &&
			    strcmp(optarg, "never") != 0) {
				fprintf(stderr, say(W_BAD_VALUE), optarg, "--color");
				return EXIT_USAGE;
			}
			t->color = optarg;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	t->coloured = strcmp(t->color, "always") == 0 || (strcmp(t->color, "auto") == 0 && isatty(STDOUT_FILENO));
	return EXIT_DONE;
}

/* What the options leave open, the configuration says. */
static int complete(struct tail *t)
{
	struct config cfg;
	struct complaint c;
	int err = 0;

	if (t->config)
		err = config_load(&cfg, t->config, &c);
	else
		config_default(&cfg);
	if (err)
		return command_failed(err, &c);
	const char *url = t->redis ? t->redis : t->state ? "" : cfg.redis.url;
	t->url = url[0] ? strdup(url) : NULL;
	t->name = strdup(t->sensor ? t->sensor : cfg.sensor.name);
	t->dir = strdup(t->state ? t->state : cfg.state);
	config_free(&cfg);
	return EXIT_DONE;
}

int cmd_tail(int argc, char **argv)
{
	struct tail t;
	int status = parse_options(argc, argv, &t);

	if (status == EXIT_DONE)
		status = complete(&t);
	if (status == EXIT_DONE)
		status = t.url ? follow_redis(&t) : follow_outbox(&t);
	free(t.url);
	free(t.name);
	free(t.dir);
	return status;
}
