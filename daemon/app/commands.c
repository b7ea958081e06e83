#include "app/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/requests.h"
#include "app/until.h"
#include "base/text.h"
#include "base/when.h"

struct commands {
	char *state_dir;
	struct requests *requests;
};

/* The value of a field; NULL where it is not there, twice there, or nothing. */
static const char *value_of(const char *const *fields, size_t n, const char *name)
{
	const char *found = NULL;

	for (size_t i = 0; i + 1 < n; i += 2) {
		if (strcmp(fields[i], name) != 0)
			continue;
		if (found)
			return NULL;
		found = fields[i + 1];
	}
	return found && found[0] ? found : NULL;
}

/* What steers a terminal has no place in who and why: whoever lists the alerts would read it. */
static bool is_plain(struct span s)
{
	uint32_t code;

	for (size_t n; s.len > 0; s = span_skip(s, n)) {
		n = text_utf8(s, &code);
		if (n == 0 || text_is_control(code))
			return false;
	}
	return true;
}

static bool put(char *to, size_t size, const char *from)
{
	if (!from || strlen(from) >= size || !is_plain(span_str(from)))
		return false;
	memcpy(to, from, strlen(from) + 1);
	return true;
}

/* The life of one alert; patterns and the baseline are for the command line, which can say what is wrong with them. */
static bool read_command(struct request *r, const char *const *fields, size_t n)
{
	const char *until = value_of(fields, n, "until"), *name = value_of(fields, n, "command");
	int verb = name && n % 2 == 0 ? request_verb_parse(name) : -1;

	if (verb != REQUEST_ACK && verb != REQUEST_CLOSE && verb != REQUEST_MUTE && verb != REQUEST_REOPEN)
		return false;
	r->verb = (enum request_verb)verb;
	if ((verb == REQUEST_MUTE) != (until != NULL) || (until && !until_parse(until, when_now_ns(), &r->until_ns)))
		return false;
	return put(r->target, sizeof(r->target), value_of(fields, n, "id")) &&
	       put(r->reason, sizeof(r->reason), value_of(fields, n, "reason")) &&
	       put(r->who, sizeof(r->who), value_of(fields, n, "by"));
}

static bool is_open(struct commands *k)
{
	struct complaint c;

	return k->requests || requests_open(&k->requests, k->state_dir, &c) == 0;
}

static enum command_taken take(void *ctx, const char *key, const char *const *fields, size_t n)
{
	struct commands *k = ctx;
	struct request r = {.via = "redis", .login = "redis"};

	if (!read_command(&r, fields, n) || !put(r.key, sizeof(r.key), key))
		return COMMAND_MALFORMED;
	int err = is_open(k) ? requests_add(k->requests, &r) : -EIO;
	return err == 0 || err == -EEXIST ? COMMAND_TAKEN : COMMAND_LATER;
}

static bool answer(void *ctx, struct command_answer *a)
{
	struct commands *k = ctx;
	struct request r;
	enum request_result result;

	if (!is_open(k) || !requests_next_answer(k->requests, &r, &result))
		return false;
	*a = (struct command_answer){
	    .no = r.no, .verb = request_verb_name(r.verb), .result = request_result_name(result)};
	memcpy(a->key, r.key, sizeof(a->key));
	memcpy(a->id, r.target, sizeof(a->id));
	return true;
}

static int reported(void *ctx, int64_t no)
{
	struct commands *k = ctx;

	return requests_reported(k->requests, no);
}

struct commands *commands_new(const char *state_dir)
{
	struct commands *k = calloc(1, sizeof(*k));

	if (k && !(k->state_dir = strdup(state_dir))) {
		free(k);
		k = NULL;
	}
	return k;
}

void commands_free(struct commands *k)
{
	if (!k)
		return;
	requests_close(k->requests);
	free(k->state_dir);
	free(k);
}

struct command_source commands_source(struct commands *k)
{
	return (struct command_source){k, take, answer, reported};
}
