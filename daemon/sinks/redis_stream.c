#include "sinks/redis_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "sinks/redis_trouble.h"

int redis_stream_asking(const struct redis_route *w, struct redis_conn *r, int *replies)
{
	*replies += w->asking;
	return w->asking ? redis_send_word(r, "ASKING") : 0;
}

static redisReply *ask(const struct redis_route *w, struct redis_conn *r, const char *const *words, int n)
{
	int before = 0;

	return redis_stream_asking(w, r, &before) == 0 ? redis_call_after(r, before, words, n) : NULL;
}

static redisReply *ask_info(const struct redis_stream *s, const struct redis_route *w, struct redis_conn *r)
{
	const char *const words[] = {"XINFO", "STREAM", s->key};

	return ask(w, r, words, 3);
}

/* The value behind @name in the reply of XINFO STREAM: names and values by turns. NULL where there is none. */
static const redisReply *info_value(const redisReply *info, const char *name)
{
	for (size_t i = 0; info->type == REDIS_REPLY_ARRAY && i + 1 < info->elements; i += 2) {
		if (info->element[i]->type == REDIS_REPLY_STRING && strcmp(info->element[i]->str, name) == 0)
			return info->element[i + 1];
	}
	return NULL;
}

static bool read_id(const redisReply *value, struct redis_stream_id *id)
{
	return value && value->type == REDIS_REPLY_STRING &&
	       sscanf(value->str, "%" SCNu64 "-%" SCNu64, &id->ms, &id->seq) == 2;
}

int redis_stream_end(const struct redis_stream *s, const struct redis_route *w, struct redis_conn *r,
		     struct redis_stream_id *end)
{
	redisReply *reply = ask_info(s, w, r);
	int result = 0;

	if (!reply)
		return -1;
	*end = (struct redis_stream_id){0};
	if (reply->type == REDIS_REPLY_ERROR) {
		redis_note(r, reply);
		result = strncmp(reply->str, "ERR no such key", 15) == 0 ? 0 : -1;
	} else if (!read_id(info_value(reply, "last-generated-id"), end)) {
		snprintf(r->why, sizeof(r->why), "XINFO STREAM gave no last-generated-id; Redis 5 or newer is needed");
		r->refused = true;
		result = -1;
	}
	freeReplyObject(reply);
	return result;
}

int redis_stream_begin(const struct redis_stream *s, const struct redis_route *w, struct redis_conn *r,
		       struct redis_stream_id *begin)
{
	redisReply *reply = ask_info(s, w, r);

	if (!reply)
		return -1;
	const redisReply *length = info_value(reply, "length"), *first = info_value(reply, "first-entry");
	bool full = s->by_age || (length && length->type == REDIS_REPLY_INTEGER && length->integer >= 0 &&
				  (uint64_t)length->integer >= s->most_entries);
	if (!full || !first || first->type != REDIS_REPLY_ARRAY || first->elements == 0 ||
	    !read_id(first->element[0], begin))
		*begin = (struct redis_stream_id){0};
	freeReplyObject(reply);
	return 0;
}

int redis_stream_has(struct redis_stream *s, const struct redis_route *w, struct redis_conn *r,
		     struct redis_stream_id id, const char *label)
{
	char text[48];
	const char *const words[] = {"XRANGE", s->key, text, text};

	snprintf(text, sizeof(text), "%" PRIu64 "-%" PRIu64, id.ms, id.seq);
	redisReply *reply = ask(w, r, words, 4);
	if (!reply)
		return -1;
	int found = reply->type != REDIS_REPLY_ARRAY || reply->elements > 0;
	if (reply->type == REDIS_REPLY_ERROR && redis_trouble_is(reply->str, "NOPERM") && !s->blind) {
		s->blind = true;
		log_warning(
		    "redis: %s refuses entries as being there already, and its user may not look whether they are; it "
		    "needs +xrange",
		    label);
	}
	freeReplyObject(reply);
	return found;
}
