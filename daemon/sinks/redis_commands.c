#include "sinks/redis_commands.h"

#include <stdio.h>
#include <string.h>

#include "base/phrase.h"
#include "base/when.h"
#include "sinks/redis_trouble.h"

enum { AT_ONCE = 32, FIELDS_MAX = 32, RESULTS_KEPT = 1000 };

#define GROUP    "sekisho"
#define PAUSE_NS (30 * NS_PER_S)

void redis_commands_init(struct redis_commands *k, const char *sensor, const struct command_source *source)
{
	*k = (struct redis_commands){0};
	if (source)
		k->source = *source;
	snprintf(k->stream, sizeof(k->stream), "sekisho:{%s}:commands", sensor);
	snprintf(k->results, sizeof(k->results), "sekisho:{%s}:commands:results", sensor);
}

void redis_commands_restart(struct redis_commands *k)
{
	k->grouped = k->caught_up = false;
	k->pause_ns = 0;
}

static const char *remedy(const char *why)
{
	if (redis_trouble_is(why, "NOPERM"))
		return phrase(PHRASE_LATER("its user needs +xgroup +xreadgroup +xack, or say redis.commands: no"));
	return redis_trouble_remedy(why);
}

/* Redis says no. @return 0: the alerts go on without commands; -1 where it concerns them too. */
static int refused(struct redis_commands *k, struct redis_conn *r, const redisReply *reply)
{
	redis_note(r, reply);
	if (redis_trouble_is_general(r->why))
		return -1;
	if (!k->refusing)
		log_warning("redis: commands by %s are not taken (%s): %s; alerts go on", k->stream, r->why,
			    remedy(r->why));
	k->refusing = true;
	(void)sink_note_keep(k->sink, SINK_COMMANDS_REFUSED, true);
	k->grouped = false;
	k->pause_ns = when_monotonic_ns() + PAUSE_NS;
	return 0;
}

static int make_group(struct redis_commands *k, struct redis_conn *r)
{
	const char *const words[] = {"XGROUP", "CREATE", k->stream, GROUP, "0", "MKSTREAM"};
	redisReply *reply = redis_call(r, words, 6);

	if (!reply)
		return -1;
	/* from the beginning: what was asked before we came counts */
	k->grouped = reply->type != REDIS_REPLY_ERROR || strncmp(reply->str, "BUSYGROUP", 9) == 0;
	int result = k->grouped ? 0 : refused(k, r, reply);
	freeReplyObject(reply);
	return result;
}

static int acknowledge(struct redis_commands *k, struct redis_conn *r, const char *id)
{
	const char *const words[] = {"XACK", k->stream, GROUP, id};
	redisReply *reply = redis_call(r, words, 4);

	if (!reply)
		return -1;
	int result = reply->type == REDIS_REPLY_ERROR ? refused(k, r, reply) : 0;
	freeReplyObject(reply);
	return result;
}

static int report(struct redis_commands *k, struct redis_conn *r, const struct command_answer *a)
{
	char kept[16];

	snprintf(kept, sizeof(kept), "%d", RESULTS_KEPT);
	const char *const words[] = {"XADD", k->results, "MAXLEN", "~",  kept,  "*",      "entry",
				     a->key, "command",  a->verb,  "id", a->id, "result", a->result};
	redisReply *reply = redis_call(r, words, 14);
	if (!reply)
		return -1;
	int result = reply->type == REDIS_REPLY_ERROR ? refused(k, r, reply) : 0;
	freeReplyObject(reply);
	return result;
}

/* Field and value by turns. @return how many of both; values that are no strings make it a command that says nothing.
 */
static size_t fields_of(const redisReply *list, const char **fields)
{
	size_t n = 0;

	if (list->type != REDIS_REPLY_ARRAY || list->elements > FIELDS_MAX)
		return 0;
	for (; n < list->elements; n++) {
		const redisReply *f = list->element[n];
		if (f->type != REDIS_REPLY_STRING || strlen(f->str) != f->len)
			return 0;
		fields[n] = f->str;
	}
	return n;
}

/* @return 1: taken or thrown away; 0: not now; -1: the connection is lost. */
static int take(struct redis_commands *k, struct redis_conn *r, const redisReply *entry, struct sink *s)
{
	const char *fields[FIELDS_MAX];

	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 || entry->element[0]->type != REDIS_REPLY_STRING)
		return 1;
	const char *id = entry->element[0]->str;
	size_t n = fields_of(entry->element[1], fields);
	enum command_taken taken = k->source.take(k->source.ctx, id, fields, n);
	if (taken == COMMAND_LATER)
		return 0;
	if (taken == COMMAND_TAKEN) {
		sink_add(&s->counters.commands, 1);
	} else {
		struct command_answer a = {.verb = "", .result = "malformed"};
		snprintf(a.key, sizeof(a.key), "%s", id);
		sink_add(&s->counters.commands_malformed, 1);
		if (report(k, r, &a) < 0)
			return -1;
	}
	return acknowledge(k, r, id) < 0 ? -1 : 1;
}

/* @return entries dealt with; -1 where the connection was lost. */
static int read_some(struct redis_commands *k, struct redis_conn *r, struct sink *s)
{
	char count[8];
	int done = 0, one = 1, result = 0;

	snprintf(count, sizeof(count), "%d", AT_ONCE);
	const char *const words[] = {
	    "XREADGROUP", "GROUP", GROUP, "sekisho", "COUNT", count, "STREAMS", k->stream, k->caught_up ? ">" : "0"};
	redisReply *reply = redis_call(r, words, 9);
	if (!reply)
		return -1;
	if (reply->type == REDIS_REPLY_ERROR)
		result = refused(k, r, reply);
	const redisReply *entries = NULL;
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 && reply->element[0]->type == REDIS_REPLY_ARRAY &&
	    reply->element[0]->elements == 2 && reply->element[0]->element[1]->type == REDIS_REPLY_ARRAY)
		entries = reply->element[0]->element[1];
	for (size_t i = 0; entries && i < entries->elements && one > 0; i++) {
		one = take(k, r, entries->element[i], s);
		done += one > 0;
	}
	if (one == 0)
		k->caught_up = false; /* it is ours now, and comes again among what is not acknowledged */
	else if (done == 0)
		k->caught_up = true;
	freeReplyObject(reply);
	return one < 0 || result < 0 ? -1 : one == 0 ? 0 : done;
}

static int report_all(struct redis_commands *k, struct redis_conn *r)
{
	struct command_answer a;

	for (int i = 0; i < AT_ONCE && !k->pause_ns && k->source.answer(k->source.ctx, &a); i++) {
		if (a.no != k->told_no && report(k, r, &a) < 0)
			return -1;
		if (k->pause_ns)
			break;
		k->told_no = a.no;
		if (k->source.reported(k->source.ctx, a.no) < 0)
			break; /* the next beat tries again */
	}
	return 0;
}

int redis_commands_beat(struct redis_commands *k, struct redis_conn *r, struct sink *s)
{
	if (!k->source.take || (k->pause_ns && when_monotonic_ns() < k->pause_ns))
		return 0;
	k->pause_ns = 0;
	k->sink = s;
	if (!k->grouped && make_group(k, r) < 0)
		return -1;
	for (int rounds = 0; rounds < 4 && k->grouped; rounds++) {
		bool was_caught_up = k->caught_up;
		int n = read_some(k, r, s);
		if (n < 0)
			return -1;
		if (n == 0 && was_caught_up == k->caught_up)
			break;
	}
	if (k->grouped && !k->pause_ns && k->refusing) {
		k->refusing = false;
		(void)sink_note_keep(s, SINK_COMMANDS_REFUSED, false);
		log_notice("redis: commands by %s are taken again", k->stream);
	}
	return k->grouped ? report_all(k, r) : 0;
}
