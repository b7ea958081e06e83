#include "http/http_log.h"

#include <stddef.h>

#include "http/http_auth.h"

/* One more than is written out, so that what is cut is seen to be. */
enum { TEXT_MAX = EVENT_TEXT_MAX + 1 };

/* Texts in which secrets are replaced. */
static bool is_url(enum http_text which)
{
	return which == HTTP_TEXT_URL || which == HTTP_TEXT_URL_TAIL || which == HTTP_TEXT_REFER ||
	       which == HTTP_TEXT_LOCATION;
}

static size_t room_of(const struct http_head *h, enum http_text which)
{
	enum { REPLACEMENTS = 64 }; /* bytes by which they may lengthen a URL before its end is cut */
	size_t n = h->text[which].len;

	if (is_url(which))
		n += REPLACEMENTS;
	if (which == HTTP_TEXT_FILE && (h->multipart || h->form) && n < HTTP_FILE_ROOM)
		n = HTTP_FILE_ROOM;
	return n < TEXT_MAX ? n : TEXT_MAX;
}

size_t http_log_need(const struct http_head *h)
{
	size_t n = sizeof(struct http_kept);

	for (unsigned i = 0; i < HTTP_TEXTS; i++)
		n += room_of(h, (enum http_text)i);
	return (n + 7) & ~(size_t)7;
}

struct http_kept *http_log_pack(const struct http_head *h, void *room)
{
	struct http_kept *k = room;
	uint8_t *at = k->text;

	memset(k, 0, sizeof(*k));
	k->status = h->status;
	k->port = h->port;
	k->version = h->version;
	k->credential = h->credential;
	k->expects_continue = h->expects_continue;
	k->encoded = h->encoded;
	k->multipart = h->multipart;
	k->form = h->form;
	k->command = h->command;
	for (unsigned i = 0; i < HTTP_TEXTS; i++) {
		struct span s = h->text[i];
		size_t n = s.len < TEXT_MAX ? s.len : TEXT_MAX;
		if (n == 0)
			continue;
		if (is_url((enum http_text)i))
			n = http_copy_url(s, at, room_of(h, (enum http_text)i));
		else
			memcpy(at, s.ptr, n);
		k->len[i] = (uint16_t)n;
		at += n;
	}
	/* The name of a file comes last: a multipart body may still bring one, or a form its user. */
	k->bytes = (uint32_t)(((size_t)(at - (uint8_t *)room) +
			       ((h->multipart || h->form) && k->len[HTTP_TEXT_FILE] == 0 ? HTTP_FILE_ROOM : 0) + 7) &
			      ~(size_t)7);
	return k;
}

struct span http_kept_text(const struct http_kept *k, enum http_text which)
{
	size_t at = 0;

	/* most heads have few of them */
	if (k->len[which] == 0)
		return (struct span){NULL, 0};
	for (unsigned i = 0; i < which; i++)
		at += k->len[i];
	return span_of(k->text + at, k->len[which]);
}

void http_kept_name_file(struct http_kept *k, struct span name)
{
	size_t at = 0;

	if ((!k->multipart && !k->form) || k->len[HTTP_TEXT_FILE] > 0)
		return;
	for (unsigned i = 0; i < HTTP_TEXT_FILE; i++)
		at += k->len[i];
	name = span_head(name, HTTP_FILE_ROOM);
	if (name.len > 0)
		memcpy(k->text + at, name.ptr, name.len);
	k->len[HTTP_TEXT_FILE] = (uint16_t)name.len;
}

struct http_kept *http_log_oldest(struct http_state *s)
{
	return s->used > 0 ? (struct http_kept *)(void *)s->log : NULL;
}

struct http_kept *http_log_newer(struct http_state *s, struct http_kept *k)
{
	uint8_t *next = (uint8_t *)k + k->bytes;

	return next < s->log + s->used ? (struct http_kept *)(void *)next : NULL;
}

struct http_kept *http_log_request_after(struct http_state *s, uint32_t depth)
{
	for (struct http_kept *k = http_log_oldest(s); k; k = http_log_newer(s, k)) {
		if (!k->response && k->depth > depth)
			return k;
	}
	return NULL;
}

/* Most often it is the one that came last. */
static struct http_kept *newest(struct http_state *s)
{
	return s->newest > 0 ? (struct http_kept *)(void *)(s->log + (s->newest - 1)) : NULL;
}

struct http_kept *http_log_request(struct http_state *s, uint32_t depth)
{
	struct http_kept *k = newest(s);

	if (k && !k->response && k->depth <= depth)
		return k->depth == depth ? k : NULL;
	k = depth > 0 ? http_log_request_after(s, depth - 1) : NULL;

	return k && k->depth == depth ? k : NULL;
}

struct http_kept *http_log_response(struct http_state *s)
{
	for (struct http_kept *k = s->responses > 0 ? http_log_oldest(s) : NULL; k; k = http_log_newer(s, k)) {
		if (k->response)
			return k;
	}
	return NULL;
}

struct http_state *http_log_room(struct http_state *s, struct emitter *out, size_t need)
{
	size_t bytes = s->bytes ? s->bytes : HTTP_STATE_BYTES, wanted = sizeof(*s) + s->used + need;
	bool ok = true;

	if (wanted <= bytes)
		return s;
	while (bytes < wanted && bytes < HTTP_STATE_MAX)
		bytes = bytes * 2 < HTTP_STATE_MAX ? bytes * 2 : HTTP_STATE_MAX;
	if (wanted > bytes)
		return NULL;
	s = out->resize_state(out, bytes, &ok);
	if (!ok)
		return NULL;
	s->bytes = (uint32_t)bytes;
	return s;
}

void *http_log_end(struct http_state *s)
{
	return s->log + s->used;
}

void http_log_add(struct http_state *s, const struct http_kept *k)
{
	s->newest = s->used + 1;
	s->used += k->bytes;
	s->responses += k->response;
}

void http_log_drop(struct http_state *s, struct http_kept *k)
{
	uint8_t *at = (uint8_t *)k, *next = at + k->bytes, *end = s->log + s->used;

	uint32_t from = (uint32_t)(at - s->log);

	if (s->newest == from + 1)
		s->newest = 0;
	else if (s->newest > from)
		s->newest -= k->bytes;
	s->responses -= k->response;
	s->used -= k->bytes;
	if (next < end)
		memmove(at, next, (size_t)(end - next));
}

void http_log_drop_requests(struct http_state *s, uint32_t depth)
{
	uint8_t *to = s->log;
	size_t bytes;

	s->newest = 0;
	for (struct http_kept *k = http_log_oldest(s), *next; k; k = next) {
		next = http_log_newer(s, k);
		bytes = k->bytes;
		if (!k->response && k->depth <= depth)
			continue;
		s->newest = (uint32_t)(to - s->log) + 1;
		memmove(to, k, bytes);
		to += bytes;
	}
	s->used = (uint32_t)(to - s->log);
}
