#include "http/http_pair.h"

#include <string.h>

#include "http/http_body.h"
#include "http/http_command.h"
#include "http/http_form.h"
#include "http/http_introduce.h"
#include "http/http_tell.h"

enum { FORGOTTEN_SHARE = 16 }; /* of the log: at the cap so many requests go at once */

static const struct span no_title = {NULL, 0};

/* What is known of a request's body, @to_come bytes of those skipped being still to come. */
static void request_known(const struct http_half *h, struct http_kept *k, uint64_t to_come)
{
	struct span first = {h->magic, h->magic_n}, name;

	k->length = http_body_seen(h, to_come);
	k->unseen = h->phase == HTTP_IN_BODY && k->length > 0 ? h->left + to_come : 0;
	k->lost = h->lost;
	if (k->multipart && http_multipart_file(first, &name, &first))
		http_kept_name_file(k, name);
	k->mime = (uint8_t)http_magic(first);
	if (k->form && !k->command)
		k->command = k->mime == HTTP_MIME_JSON ? http_has_lookup(first) : http_form_has_command(first);
	if (!k->form || k->form_login || k->len[HTTP_TEXT_SCHEME] > 0)
		return;
	struct http_form f = k->mime == HTTP_MIME_JSON ? http_form_read_json(first) : http_form_read(first);
	if (!f.login)
		return;
	http_kept_name_file(k, span_of(f.user, f.user_len));
	k->form_login = true;
	k->credential = f.shipped ? HTTP_DEFAULT_YES : HTTP_DEFAULT_NO;
}

static void request_so_far(struct http_state *s, const struct emitter *out, struct http_kept *k)
{
	const struct http_half *h = &s->half[DIR_REQUEST];

	if (h->depth == k->depth && http_in_body(h))
		request_known(h, k, out->to_come[DIR_REQUEST]);
}

static void unanswered_told(struct http_state *s, struct emitter *out, struct http_kept *k)
{
	request_so_far(s, out, k);
	http_told(out, k, NULL, no_title, false);
	http_log_drop(s, k);
}

/*
 * Tells and forgets the oldest requests, of @least bytes together: each by itself would move all the others. The last
 * of them is never the one that is answered now, unless it is the only one.
 */
static void forget_oldest(struct http_state *s, struct emitter *out, uint32_t answered, size_t least)
{
	struct http_kept *k = http_log_request_after(s, 0);
	uint32_t last = 0;

	for (size_t n = 0; k && n < least; k = http_log_request_after(s, last)) {
		if (k->depth == answered && last > 0)
			break;
		s->owed += k->depth != answered;
		request_so_far(s, out, k);
		http_told(out, k, NULL, no_title, false);
		last = k->depth;
		n += k->bytes;
	}
	http_log_drop_requests(s, last);
}

/* Where no room can be made, the message is told alone. @return the state, which may have moved. */
struct http_state *http_keep(struct http_state *s, struct emitter *out, const struct http_head *h,
			     const struct http_kept *like)
{
	size_t need = http_log_need(h);
	struct http_state *moved;
	struct http_kept *k;

	while (!(moved = http_log_room(s, out, need)) && http_log_request_after(s, 0)) {
		const struct http_kept *passing = http_log_response(s);
		uint32_t answered = like->response ? like->depth : passing ? passing->depth : 0;
		forget_oldest(s, out, answered, s->used / FORGOTTEN_SHARE);
	}
	void *room = moved ? http_log_end(moved) : arena_alloc(out->arena, need);
	if (!room)
		return s;
	k = http_log_pack(h, room);
	k->ts_ns = like->ts_ns;
	k->depth = like->depth;
	k->response = like->response;
	k->whole = like->whole;
	k->is_head = span_eq(h->text[HTTP_TEXT_METHOD], span_str("HEAD"));
	k->is_connect = span_eq(h->text[HTTP_TEXT_METHOD], span_str("CONNECT"));
	if (moved)
		http_log_add(moved, k);
	else
		http_told(out, like->response ? NULL : k, like->response ? k : NULL, no_title, false);
	s = moved ? moved : s;
	s->owed += !moved && !like->response;
	return s;
}

/* The body of a request has ended, or nothing more of it will be known. */
void http_request_done(struct http_state *s, bool whole)
{
	struct http_half *h = &s->half[DIR_REQUEST];
	struct http_kept *k = http_log_request(s, h->depth);

	if (k) {
		request_known(h, k, 0);
		k->whole = whole && !h->lossy;
		if (k->form)
			explicit_bzero(h->magic, sizeof(h->magic));
	}
	h->phase = HTTP_AT_START;
	h->depth = 0;
}

/* A client that waited for leave to send its body and did not get it sends the next request, or the body all the same,
 * where it was under way (RFC 9110, 10.1.1). */
static void body_called_off(struct http_state *s, const struct http_kept *request, const struct http_kept *response)
{
	struct http_half *h = &s->half[DIR_REQUEST];

	if (request->expects_continue && response->status >= 300 && h->depth == request->depth && http_in_body(h) &&
	    h->seen == 0 && h->skipped == 0)
		h->called_off = true;
}

/* The response that is passing has ended, or nothing more of it will be known. */
void http_response_done(struct http_state *s, struct emitter *out, bool whole)
{
	struct http_half *h = &s->half[DIR_RESPONSE];
	struct http_kept *response = http_log_response(s), *request;

	if (response) {
		request = http_log_request(s, response->depth);
		response->length = http_body_seen(h, out->to_come[DIR_RESPONSE]);
		response->lost = h->lost;
		response->whole = whole && !h->lossy;
		response->mime = (uint8_t)http_magic(span_of(h->magic, h->magic_n));
		if (request) {
			request_so_far(s, out, request);
			body_called_off(s, request, response);
		}
		struct span title = http_title_text(&s->title, out->arena);
		http_told(out, request, response, title, false);
		http_introduce(s, out, response, title);
		/* Dropping one may move the other. */
		uint32_t depth = response->depth;
		http_log_drop(s, response);
		request = http_log_request(s, depth);
		if (request)
			http_log_drop(s, request);
	}
	h->phase = HTTP_AT_START;
	h->depth = 0;
}

/*
 * The request that the next response answers: the oldest. Behind a gap among the requests it is none of those that were
 * seen; these are told alone, and order is restored once nothing is open.
 */
struct http_kept *http_next_to_answer(struct http_state *s, struct emitter *out)
{
	struct http_kept *k = http_log_request_after(s, 0);

	if (s->owed > 0) {
		s->owed--;
		return NULL;
	}
	if (!s->unsure || (k && k->depth <= s->sure))
		return k;
	while ((k = http_log_request_after(s, 0)))
		unanswered_told(s, out, k);
	s->unsure = false;
	return NULL;
}

void http_all_told(struct http_state *s, struct emitter *out)
{
	struct http_kept *k;

	while ((k = http_log_request_after(s, 0)))
		unanswered_told(s, out, k);
}
