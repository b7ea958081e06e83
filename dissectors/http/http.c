/*
 * HTTP/1: messages in, transactions out.
 *
 * Each direction is a small machine: a head, then a body by length, by chunks or until the end, then the next head
 * (RFC 9112, 6.3). Responses answer requests in their order (RFC 9112, 9.3.2).
 */
#include "http/http.h"

#include <netinet/in.h>
#include <string.h>

#include "discovery/discovery.h"
#include "http/http_auth.h"
#include "http/http_body.h"
#include "http/http_field.h"
#include "http/http_frame.h"
#include "http/http_head.h"
#include "http/http_introduce.h"
#include "http/http_log.h"
#include "http/http_pair.h"
#include "http/http_tell.h"

enum http_counter { COUNT_REQUESTS, COUNT_RESPONSES, COUNTERS };

/* Where the body of a message with this head goes on (RFC 9112, 6.3); @otherwise: without chunks or a length. */
static void body_begins(struct http_half *h, const struct http_head *head, uint32_t depth, enum http_phase otherwise)
{
	enum http_phase phase = head->chunked ? HTTP_IN_CHUNK_SIZE : head->has_length ? HTTP_IN_BODY : otherwise;

	if (phase == HTTP_IN_BODY && head->length == 0)
		phase = HTTP_AT_START;
	http_body_begin(h, phase, head->has_length ? head->length : 0, depth);
	if (head->flaws & HTTP_FLAW(HEAD_TOO_LONG)) {
		h->after = h->phase;
		h->phase = HTTP_IN_HEAD_REST;
		h->mid_line = true;
	}
}

static uint32_t too_long(struct span bytes)
{
	if (bytes.len == HTTP_HEAD_MAX && http_head_len(bytes) == 0)
		return HTTP_FLAW(HEAD_TOO_LONG);
	return bytes.len > HTTP_HEAD_USUAL ? HTTP_FLAW(HEAD_LONG) : 0;
}

static void request_begins(struct http_state *s, struct emitter *out, const struct http_head *head, int64_t ts_ns,
			   uint32_t depth)
{
	struct http_half *h;
	bool connect = span_eq(head->text[HTTP_TEXT_METHOD], span_str("CONNECT"));

	s = http_keep(s, out, head, &(struct http_kept){.ts_ns = ts_ns, .depth = depth});
	h = &s->half[DIR_REQUEST];
	if (connect && head->version != HTTP_VERSION_NONE) {
		http_body_begin(h, HTTP_IN_TUNNEL, 0, depth);
		s->connect = depth;
	} else {
		body_begins(h, head, depth, HTTP_AT_START);
	}
	if (h->phase == HTTP_IN_TUNNEL) {
		struct http_kept *k = http_log_request(s, depth);
		if (k)
			k->whole = true;
	} else if (h->phase == HTTP_AT_START) {
		http_request_done(s, true);
		if (head->version == HTTP_VERSION_NONE)
			h->phase = HTTP_AT_LATE;
	}
}

static void request_taken(struct http_state *s, struct emitter *out, struct span bytes)
{
	struct http_head head;

	http_read_request(bytes, &head);
	head.flaws |= too_long(bytes);
	out->counters[COUNT_REQUESTS]++;
	http_flaws_told(out, head.flaws);
	http_tell_logon(out, &head);
	s->half[DIR_REQUEST].junk_told = false;
	request_begins(s, out, &head, out->at.ts_ns, ++s->depth);
}

/* Headers behind a request line without version: what was kept of it is made anew with them. */
static void late_headers_taken(struct http_state *s, struct emitter *out, struct span bytes)
{
	struct http_kept *k = http_log_request(s, s->depth);
	struct http_head head = {.version = HTTP_VERSION_NONE};

	s->half[DIR_REQUEST].phase = HTTP_AT_START;
	if (!k)
		return;
	for (unsigned i = 0; i < HTTP_TEXTS; i++)
		head.text[i] = arena_copy(out->arena, http_kept_text(k, (enum http_text)i));
	http_read_headers(bytes, &head);
	head.flaws |= too_long(bytes);
	http_flaws_told(out, head.flaws);
	int64_t ts_ns = k->ts_ns;
	uint32_t depth = k->depth;
	http_log_drop(s, k);
	head.version = HTTP_VERSION_OTHER; /* no more headers will follow */
	request_begins(s, out, &head, ts_ns, depth);
}

static bool is_connected(const struct http_kept *request, uint16_t status)
{
	return request && request->is_connect && status >= 200 && status < 300;
}

/* Only a request that says Upgrade is answered by another protocol (RFC 9110, 15.2.2). Who asked for none reads on in
 * HTTP what comes behind such an answer, and so do we. */
static bool is_unasked_switch(const struct http_kept *request, uint16_t status)
{
	return status == 101 && request && request->len[HTTP_TEXT_UPGRADE] == 0;
}

static bool has_no_body(const struct http_kept *request, uint16_t status)
{
	return (request && request->is_head) || (status >= 100 && status < 200) || status == 204 || status == 304 ||
	       is_connected(request, status);
}

/* Interim responses (RFC 9110, 15.2) are told at once; what they answer goes on waiting. */
static void interim_taken(struct http_state *s, struct emitter *out, const struct http_head *head)
{
	void *room = arena_alloc(out->arena, http_log_need(head));

	s->half[DIR_RESPONSE].phase = HTTP_AT_START;
	if (!room)
		return;
	const struct http_kept *request = s->owed || s->unsure ? NULL : http_log_request_after(s, 0);
	struct http_kept *k = http_log_pack(head, room);
	k->ts_ns = out->at.ts_ns;
	http_told(out, request, k, (struct span){NULL, 0}, true);
}

/* What follows on this flow is no HTTP any more, in both directions. */
static void tunnel_begins(struct http_state *s, struct emitter *out, struct span upgrade)
{
	for (unsigned dir = 0; dir < 2; dir++)
		http_body_begin(&s->half[dir], HTTP_TO_CLOSE, 0, 0);
	/* RFC 6455, 4.2.2: its frames look like nothing else that is known */
	out->hand_over = http_find_text(upgrade, "websocket") == HTTP_NOT_FOUND ? HAND_OVER_ANY : HAND_OVER_NAMED;
}

static void response_taken(struct http_state *s, struct emitter *out, struct span bytes)
{
	struct http_head head;
	struct http_kept *request;

	if (http_log_response(s))
		http_response_done(s, out, false);
	http_read_response(bytes, &head);
	head.flaws |= too_long(bytes);
	out->counters[COUNT_RESPONSES]++;
	http_introduce_challenger(out, &head);
	s->spoke_http = true;
	s->half[DIR_RESPONSE].junk_told = false;
	if (head.status >= 100 && head.status < 200 && head.status != 101) {
		http_flaws_told(out, head.flaws);
		interim_taken(s, out, &head);
		return;
	}
	bool known_lost = s->owed > 0 || s->doubt || s->half[DIR_REQUEST].phase == HTTP_IS_LOST;
	request = http_next_to_answer(s, out);
	s->doubt &= !request || request->depth < s->depth;
	if (!request && !known_lost && s->depth > 0)
		head.flaws |= HTTP_FLAW(NO_REQUEST);
	/* in doubt the request that it seems to answer is another's */
	bool unasked = !known_lost && is_unasked_switch(request, head.status);
	if (unasked)
		head.flaws |= HTTP_FLAW(UNASKED_SWITCH);
	else if (head.status == 101 && head.text[HTTP_TEXT_UPGRADE].len == 0)
		head.flaws |= HTTP_FLAW(UNNAMED_SWITCH);
	http_flaws_told(out, head.flaws);
	uint32_t depth = request ? request->depth : 0;
	bool bodiless = has_no_body(request, head.status);
	bool tunnel = is_connected(request, head.status) || (head.status == 101 && !unasked);
	if (s->connect && s->connect == depth && !tunnel)
		s->half[DIR_REQUEST].phase = HTTP_AT_START;
	if (s->connect == depth)
		s->connect = 0;
	memset(&s->title, 0, sizeof(s->title));
	s->title.charset = head.charset;
	s->wants_title = !head.encoded && (head.text[HTTP_TEXT_TYPE].len == 0 ||
					   http_find_text(head.text[HTTP_TEXT_TYPE], "html") != HTTP_NOT_FOUND);
	s = http_keep(s, out, &head, &(struct http_kept){.ts_ns = out->at.ts_ns, .depth = depth, .response = true});
	if (bodiless)
		head.chunked = head.has_length = false;
	body_begins(&s->half[DIR_RESPONSE], &head, depth, bodiless ? HTTP_AT_START : HTTP_TO_CLOSE);
	if (s->half[DIR_RESPONSE].phase == HTTP_AT_START)
		http_response_done(s, out, true);
	if (tunnel)
		tunnel_begins(s, out, head.status == 101 ? head.text[HTTP_TEXT_UPGRADE] : span_of(NULL, 0));
}

/* HTTP/0.9: the document without a head. */
static void simple_response_taken(struct http_state *s, struct emitter *out, struct span bytes)
{
	struct http_kept *request = http_log_request_after(s, 0);
	struct http_head head = {.version = HTTP_VERSION_NONE};

	if (!request)
		return;
	uint32_t depth = request->depth;
	memset(&s->title, 0, sizeof(s->title));
	s->wants_title = true;
	s = http_keep(s, out, &head, &(struct http_kept){.ts_ns = out->at.ts_ns, .depth = depth, .response = true});
	http_body_begin(&s->half[DIR_RESPONSE], HTTP_TO_CLOSE, 0, depth);
	(void)http_body_take(&s->half[DIR_RESPONSE], bytes, &s->title, out);
}

static void junk_taken(struct http_half *h, struct emitter *out)
{
	if (!h->junk_told)
		http_flaws_told(out, HTTP_FLAW(JUNK));
	h->junk_told = true;
}

static void start_taken(struct http_state *s, enum dir dir, struct span bytes, struct emitter *out)
{
	switch (http_start_of(s, dir, bytes)) {
	case HTTP_START_BLANK:
		break;
	case HTTP_START_SIMPLE:
		if (dir == DIR_RESPONSE)
			simple_response_taken(s, out, bytes);
		else
			request_taken(s, out, bytes);
		break;
	case HTTP_START_MESSAGE:
		if (dir == DIR_REQUEST)
			request_taken(s, out, bytes);
		else
			response_taken(s, out, bytes);
		break;
	case HTTP_START_JUNK:
	case HTTP_START_MORE:
		junk_taken(&s->half[dir], out);
		break;
	}
}

static void late_taken(struct http_state *s, struct span bytes, struct emitter *out)
{
	s->half[DIR_REQUEST].phase = HTTP_AT_START;
	if (http_is_late_header(bytes))
		late_headers_taken(s, out, bytes);
	else
		start_taken(s, DIR_REQUEST, bytes, out);
}

static void head_rest_taken(struct http_state *s, enum dir dir, struct span bytes, struct emitter *out)
{
	struct http_half *h = &s->half[dir];
	struct span line;
	size_t whole;
	bool blank = !h->mid_line && http_line(bytes, &line, &whole) && line.len == 0;

	h->mid_line = bytes.ptr[bytes.len - 1] != '\n';
	if (!blank)
		return;
	h->phase = h->after;
	if (h->phase == HTTP_AT_START && dir == DIR_REQUEST)
		http_request_done(s, true);
	else if (h->phase == HTTP_AT_START)
		http_response_done(s, out, true);
}

static void message_done(struct http_state *s, enum dir dir, struct emitter *out, bool whole)
{
	if (dir == DIR_REQUEST)
		http_request_done(s, whole);
	else
		http_response_done(s, out, whole);
}

static void body_taken(struct http_state *s, enum dir dir, struct span bytes, struct emitter *out)
{
	struct http_half *h = &s->half[dir];

	if (http_next_begins(s, dir, bytes)) {
		message_done(s, dir, out, dir == DIR_RESPONSE && h->phase == HTTP_TO_CLOSE);
		start_taken(s, dir, bytes, out);
		return;
	}
	switch (http_body_take(h, bytes, dir == DIR_RESPONSE && s->wants_title ? &s->title : NULL, out)) {
	case HTTP_PIECE_MORE:
		break;
	case HTTP_PIECE_LAST:
		message_done(s, dir, out, true);
		break;
	case HTTP_PIECE_BROKEN:
		message_done(s, dir, out, false);
		h->phase = HTTP_IS_LOST;
		break;
	}
}

/* SSDP: a message a datagram, answered, if at all, from elsewhere. */
static void datagram_taken(struct http_state *s, enum dir dir, struct span bytes, struct emitter *out)
{
	struct http_head head;
	bool response = http_is_status_line(bytes);
	size_t len = http_head_len(bytes);

	/* What a datagram has behind its head is passed over, up to the next datagram's. */
	s->half[dir].phase = HTTP_IS_LOST;
	if (len == 0)
		return;
	if (response)
		http_read_response(bytes, &head);
	else
		http_read_request(bytes, &head);
	out->counters[response ? COUNT_RESPONSES : COUNT_REQUESTS]++;
	http_flaws_told(out, head.flaws);
	void *room = arena_alloc(out->arena, http_log_need(&head));
	if (!room)
		return;
	struct http_kept *k = http_log_pack(&head, room);
	k->ts_ns = out->at.ts_ns;
	if (!response)
		k->depth = ++s->depth;
	http_told(out, response ? NULL : k, response ? k : NULL, (struct span){NULL, 0}, false);
}

static void http_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	struct http_state *s = state;
	struct span bytes = cur_rest(pdu);
	bool more_needed;

	if (out->at.ip_proto == IPPROTO_UDP) {
		ssdp_say(out, dir, bytes);
		datagram_taken(s, dir, bytes, out);
		return;
	}
	switch ((enum http_phase)s->half[dir].phase) {
	case HTTP_IS_LOST:
		if (http_certain_start(dir, bytes, &more_needed))
			start_taken(s, dir, bytes, out);
		break;
	case HTTP_AT_START:
		start_taken(s, dir, bytes, out);
		break;
	case HTTP_AT_LATE:
		late_taken(s, bytes, out);
		break;
	case HTTP_IN_HEAD_REST:
		head_rest_taken(s, dir, bytes, out);
		break;
	case HTTP_IN_TUNNEL:
		break;
	case HTTP_IN_BODY:
	case HTTP_IN_CHUNK_SIZE:
	case HTTP_IN_CHUNK:
	case HTTP_IN_CHUNK_END:
	case HTTP_IN_TRAILERS:
	case HTTP_TO_CLOSE:
		body_taken(s, dir, bytes, out);
		break;
	}
}

/* Requests that were never seen may have been answered by what comes, or is taken for a body without end. */
static void requests_lost(struct http_state *s)
{
	struct http_kept *k = http_log_request(s, s->depth);

	if (k && s->half[DIR_REQUEST].phase == HTTP_AT_LATE)
		k->whole = false;
	s->half[DIR_RESPONSE].lossy |= s->half[DIR_RESPONSE].phase == HTTP_TO_CLOSE;
	s->unsure = true;
	s->sure = s->depth;
}

/* Whether there is a tunnel will not be told any more: a next request would show that there is none. */
static void connect_unknown(struct http_state *s)
{
	if (s->connect && s->half[DIR_REQUEST].phase == HTTP_IN_TUNNEL)
		s->half[DIR_REQUEST].phase = HTTP_IS_LOST;
	s->connect = 0;
}

static void http_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	struct http_state *s = state;
	struct http_half *h = &s->half[dir];
	uint64_t to_come = out->to_come[dir];

	out->to_come[dir] = 0;
	if (dir == DIR_RESPONSE)
		s->spoke_http = true;
	if (http_in_body(h)) {
		uint64_t left = h->left + to_come;
		bool exact = h->phase == HTTP_IN_BODY && lost_bytes > 0 && lost_bytes == left;
		if (http_body_gap(h, lost_bytes, to_come))
			return;
		message_done(s, dir, out, false);
		if (exact)
			return;
	}
	s->doubt = true;
	if (dir == DIR_RESPONSE) {
		http_all_told(s, out);
		s->owed = 0;
		connect_unknown(s);
	} else {
		requests_lost(s);
	}
	h->phase = HTTP_IS_LOST;
}

static void http_skipped_lost(void *state, enum dir dir, uint64_t lost_bytes)
{
	struct http_half *h = &((struct http_state *)state)->half[dir];

	h->lossy = true;
	h->lost += lost_bytes;
	h->skipped = h->skipped > lost_bytes ? h->skipped - lost_bytes : 0;
}

static void http_rest(void *state)
{
	struct http_state *s = state;
	size_t room = (s->bytes ? s->bytes : HTTP_STATE_BYTES) - sizeof(*s);

	memset(s->log + s->used, 0, room - s->used);
	if (s->used > 0)
		return;
	/* bodies that are over */
	for (unsigned dir = 0; dir < 2; dir++) {
		struct http_half *h = &s->half[dir];
		if (h->phase != HTTP_AT_START)
			continue;
		h->magic_n = 0;
		memset(h->magic, 0, sizeof(h->magic));
		if (dir == DIR_RESPONSE)
			memset(&s->title, 0, sizeof(s->title));
	}
}

static void http_finish(void *state, struct emitter *out)
{
	struct http_state *s = state;
	const struct http_half *h = &s->half[DIR_RESPONSE];

	if (http_log_response(s))
		http_response_done(s, out, out->closed && h->phase == HTTP_TO_CLOSE);
	http_all_told(s, out);
}

static void http_stats(const uint64_t *counters, struct json *out)
{
	json_key(out, "http");
	json_object_begin(out);
	json_kv_u64(out, "requests", counters[COUNT_REQUESTS]);
	json_kv_u64(out, "responses", counters[COUNT_RESPONSES]);
	json_object_end(out);
}

const struct dissector http_dissector = {
    .name = "http",
    .table = &http_table,
    .tcp_ports = {80, 8080, 8000, 8008, 8081, 8888, 3128, 5357},
    .udp_ports = {1900},
    .max_frame = 2 * HTTP_HEAD_MAX,
    .state_size = HTTP_STATE_BYTES,
    .n_counters = COUNTERS,
    .probe = http_probe,
    .frame = http_frame,
    .pdu = http_pdu,
    .gap = http_gap,
    .skipped_lost = http_skipped_lost,
    .finish = http_finish,
    .rest = http_rest,
    .stats = http_stats,
};
