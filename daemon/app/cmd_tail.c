/* sekisho tail: alerts as they come, from a Redis stream or from the local outbox. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alert/outbox.h"
#include "app/alert_text.h"
#include "app/command.h"
#include "app/redis_reach.h"
#include "sinks/redis_route.h"

enum { POLL_MS = 200, ANEW_EVERY = 5, PATIENCE = 50, BLOCK_MS = 1000, LIMIT_MS = 5000, READ_MAX = 64, BACK_MAX = 256 };

struct tail {
	const char *redis, *sensor, *state, *config, *rule, *zone, *color;
	const char *name, *dir; /* after looking into the configuration */
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

/* Is it one of those that were asked for? */
static bool fits(const struct tail *t, const char *text, size_t len)
{
	enum alert_level level = LEVEL_INFO;

	if (t->least == LEVEL_INFO && !t->rule && !t->zone)
		return true;
	json_t *alert = json_loadb(text, len, 0, NULL);
	(void)alert_level_parse(json_at(alert, "sekisho.level"), &level);
	bool is = alert && wanted(t, alert, level);
	json_decref(alert);
	return is;
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

/* alerts.db may have been replaced meanwhile (sekisho db restore, a damaged one set aside), was read as a file that
 * nobody writes to, or can no longer be read as it was opened: a replay that has it to itself keeps no log beside it, the
 * daemon does. What goes on behind the same name is followed. Where it cannot be had just now, the former stays.
 */
static void look_anew(struct outbox **o, const char *dir, uint64_t *seq)
{
	struct complaint c;
	struct outbox *fresh;
	struct outbox_row row;

	if (outbox_open_to_read(&fresh, dir, &c) < 0)
		return;
	int n = outbox_read(fresh, *seq > 0 ? *seq - 1 : 0, &row, 1);
	if (n < 0) {
		outbox_close(fresh);
		return;
	}
	outbox_close(*o);
	*o = fresh;
	if (n == 0 && *seq > 0) /* another one, which has not come as far */
		*seq = outbox_last_seq(fresh);
}

/* Behind which row to begin, so that the last of those that fit are shown: back from *@last, the last of all, block by
 * block. @return 0, or -errno where none can be read. */
static int backlog_begin(const struct tail *t, struct outbox *o, uint64_t *last, uint64_t *begin)
{
	struct outbox_row rows[READ_MAX];
	int n = outbox_last(o, last);
	uint64_t first = n == 0 && outbox_read(o, 0, rows, 1) == 1 ? rows[0].seq : *last, upto = *last;
	long found = 0;

	*begin = *last;
	while (n >= 0 && found < t->last && upto >= first && upto > 0) {
		uint64_t after = upto > READ_MAX ? upto - READ_MAX : 0;
		n = outbox_read(o, after, rows, READ_MAX);
		for (int i = n - 1; i >= 0 && found < t->last; i--) {
			if (rows[i].seq > upto || !fits(t, rows[i].json, rows[i].len))
				continue;
			*begin = rows[i].seq - 1;
			found++;
		}
		upto = after;
	}
	return n < 0 ? n : 0;
}

/* What is damaged when it is first read stays so; what becomes unreadable later may be replaced (look_anew). */
static bool hopeless(const struct tail *t, int err, bool was_read)
{
	return err == -EINVAL && (t->once || !was_read);
}

static int follow_outbox(const struct tail *t)
{
	struct complaint c;
	struct outbox *o;
	struct outbox_row rows[READ_MAX];
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
	uint64_t last, seq;
	int n, err = outbox_open_to_read(&o, t->dir, &c);
	bool was_read = false;

	if (err)
		return command_failed(err, &c);
	n = backlog_begin(t, o, &last, &seq);
	for (int quiet = 0, failed = 0; !hopeless(t, n, was_read) && !(t->once && seq >= last) && failed < PATIENCE;) {
		n = outbox_read(o, seq, rows, READ_MAX);
		was_read |= n >= 0;
		for (int i = 0; i < n; i++) {
			show(t, rows[i].json, rows[i].len);
			seq = rows[i].seq;
		}
		if (n == 0 && t->once)
			break;
		quiet = n == 0 ? quiet + 1 : 0;
		failed = n < 0 ? failed + 1 : 0;
		if (n < 0 || quiet % ANEW_EVERY == ANEW_EVERY - 1)
			look_anew(&o, t->dir, &seq);
		if (n <= 0)
			nanosleep(&pause, NULL);
	}
	outbox_close(o);
	if (n >= 0)
		return EXIT_DONE;
	return command_failed(outbox_unread(t->dir, n, &c), &c);
}

/* ---- from Redis */

struct stream {
	struct redis_route route;
	struct redis_conn conn;
	char key[256];
};

/* One command, wherever the stream is at present. @return its reply, or NULL with conn.why: what stops for a while is
 * for the person to see. */
static redisReply *ask(struct stream *s, const char *const *words, int n)
{
	static const char *const asking[] = {"ASKING"};

	for (;;) {
		redisReply *reply = NULL, *leave = NULL;
		if (s->conn.ctx || redis_route_open(&s->route, &s->conn) == 0) {
			leave = s->route.asking ? redis_call(&s->conn, asking, 1) : NULL;
			reply = redis_call(&s->conn, words, n);
		}
		if (leave)
			freeReplyObject(leave);
		if (reply && reply->type != REDIS_REPLY_ERROR) {
			redis_route_settled(&s->route);
			return reply;
		}
		if (reply) {
			redis_note(&s->conn, reply);
			freeReplyObject(reply);
		}
		redis_conn_close(&s->conn);
		if (!redis_route_turn(&s->route, &s->conn, true))
			return NULL;
	}
}

struct entry_id {
	uint64_t ms, seq;
};

/* One stream entry: [id, [field, value, ...]]. @return its `json`, or NULL; its id in any case that it has one. */
static const redisReply *open_entry(const redisReply *entry, struct entry_id *id)
{
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 || entry->element[0]->type != REDIS_REPLY_STRING ||
	    sscanf(entry->element[0]->str, "%" SCNu64 "-%" SCNu64, &id->ms, &id->seq) != 2)
		return NULL;
	const redisReply *fields = entry->element[1];
	for (size_t i = 0; fields->type == REDIS_REPLY_ARRAY && i + 1 < fields->elements; i += 2) {
		if (strcmp(fields->element[i]->str, "json") == 0)
			return fields->element[i + 1];
	}
	return NULL;
}

static struct entry_id before(struct entry_id id)
{
	if (id.seq > 0)
		return (struct entry_id){id.ms, id.seq - 1};
	return id.ms > 0 ? (struct entry_id){id.ms - 1, UINT64_MAX} : (struct entry_id){0};
}

static bool is_before(struct entry_id a, struct entry_id b)
{
	return a.ms < b.ms || (a.ms == b.ms && a.seq < b.seq);
}

/* Behind which entry to begin, so that the last of those that fit are shown; and the newest entry. */
static bool find_backlog(const struct tail *t, struct stream *s, struct entry_id *begin, struct entry_id *newest)
{
	struct entry_id id = {0};
	char count[24], upto[48] = "+";
	const char *const words[] = {"XREVRANGE", s->key, upto, "-", "COUNT", count};
	long found = 0;
	bool first = true, more = true;

	*begin = *newest = id;
	snprintf(count, sizeof(count), "%d", t->last > 0 ? BACK_MAX : 1);
	while (more) {
		redisReply *r = ask(s, words, 6);
		if (!r)
			return false;
		more = r->type == REDIS_REPLY_ARRAY && r->elements == BACK_MAX && t->last > 0;
		for (size_t i = 0; r->type == REDIS_REPLY_ARRAY && i < r->elements; i++) {
			const redisReply *json = open_entry(r->element[i], &id);
			if (first)
				*begin = *newest = id;
			first = false;
			if (found < t->last && json && fits(t, json->str, json->len)) {
				found++;
				*begin = before(id);
			}
		}
		more = more && found < t->last;
		id = before(id);
		snprintf(upto, sizeof(upto), "%" PRIu64 "-%" PRIu64, id.ms, id.seq);
		freeReplyObject(r);
	}
	return true;
}

/* Shows what comes behind @id, which goes along. */
static bool show_next(const struct tail *t, struct stream *s, struct entry_id *id)
{
	char count[24], block[24], after[48];
	const char *const words[] = {"XREAD", "COUNT", count, "BLOCK", block, "STREAMS", s->key, after};

	snprintf(after, sizeof(after), "%" PRIu64 "-%" PRIu64, id->ms, id->seq);
	snprintf(count, sizeof(count), "%d", READ_MAX);
	snprintf(block, sizeof(block), "%d", BLOCK_MS);
	redisReply *r = ask(s, words, 8);
	/* [[key, [entry, ...]]], or nil when the time was up */
	if (r && r->type == REDIS_REPLY_ARRAY && r->elements == 1 && r->element[0]->elements == 2) {
		const redisReply *entries = r->element[0]->element[1];
		for (size_t i = 0; i < entries->elements; i++) {
			const redisReply *json = open_entry(entries->element[i], id);
			if (json)
				show(t, json->str, json->len);
		}
	}
	if (r)
		freeReplyObject(r);
	return r != NULL;
}

static int follow_redis(const struct tail *t, const struct redis_options *options)
{
	struct redis_options o = *options;
	struct stream s = {0};
	struct complaint c;
	struct entry_id id, newest;
	char label[320];

	if (t->redis) /* another one than the configuration's: of that one it says how TLS is to be checked */
		o = (struct redis_options){.url = t->redis, .tls = o.tls, .connect_ms = o.connect_ms};
	o.command_ms = LIMIT_MS;
	int err = redis_route_init(&s.route, &o, &c);
	if (err)
		return command_failed(err, &c);
	snprintf(s.key, sizeof(s.key), "sekisho:{%s}:alerts", t->name);
	bool good = find_backlog(t, &s, &id, &newest);
	for (bool more = true; good && (!t->once || (more && is_before(id, newest)));) {
		struct entry_id former = id;
		good = show_next(t, &s, &id);
		more = is_before(former, id); /* the newest may have been deleted meanwhile */
	}
	if (!good)
		command_tell(stderr, say(W_NO_STREAM), redis_route_label(&s.route, label, sizeof(label)), s.conn.why);
	redis_conn_close(&s.conn);
	redis_route_deinit(&s.route);
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
	for (int c; (c = command_option(argc, argv, "s:c:n:", options, NULL)) != -1;) {
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
			if (*end || t->last < 0 || t->last > 1000000)
				return command_bad_value(optarg, "--last", "0 - 1000000");
			break;
		case 'o':
			t->once = true;
			break;
		case 'j':
			t->json = true;
			break;
		case 'l':
			if (!alert_level_parse(optarg, &t->least))
				return command_bad_value(optarg, "--level", COMMAND_LEVELS);
			break;
		case 'R':
			t->rule = optarg;
			break;
		case 'z':
			t->zone = optarg;
			break;
		case 'C':
			if (strcmp(optarg, "auto") != 0 && strcmp(optarg, "always") != 0 &&
			    strcmp(optarg, "never") != 0)
				return command_bad_value(optarg, "--color", "auto, always, never");
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
static int run(struct tail *t, const struct config *cfg)
{
	struct redis_reach reach;

	t->name = t->sensor ? t->sensor : cfg->sensor.name;
	t->dir = t->state ? t->state : cfg->state;
	if (!t->redis && (t->state || !redis_reach_is_named(cfg)))
		return follow_outbox(t);
	int err = redis_reach_of(&reach, cfg);
	int status = err ? EXIT_ENVIRONMENT : follow_redis(t, &reach.options);
	redis_reach_free(&reach);
	return status;
}

int cmd_tail(int argc, char **argv)
{
	struct config cfg;
	struct complaint c;
	struct tail t;
	int status = parse_options(argc, argv, &t), err = 0;

	if (status != EXIT_DONE)
		return status;
	if (t.config)
		err = config_load(&cfg, t.config, &c);
	else
		config_default(&cfg);
	if (err)
		return command_failed(err, &c);
	status = run(&t, &cfg);
	config_free(&cfg);
	return status;
}
