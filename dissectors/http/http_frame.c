#include "http/http_frame.h"

#include "http/http.h"
#include "http/http_body.h"
#include "http/http_field.h"

enum {
	METHOD_MAX = 32,  /* bytes of a method, registered or not */
	PROBE_LINE = 64,  /* as much as a probe is shown, at least */
	TARGET_MAX = 8192 /* of a start line in the middle of something else */
};

/*
 * What a proxy puts in front of a connection (The PROXY protocol, versions 1 & 2; HAProxy, 2.1 and 2.2):
 *   | "PROXY TCP4 192.0.2.1 192.0.2.2 49152 80" CR LF |, at most 107 bytes, or
 *   | CR LF CR LF 00 CR LF "QUIT" LF | version 2, command u8 | family u8 | length u16 | that many |
 *
 * @return whether @s begins so, as far as it goes; *len: bytes of it, 0 where its end is not in sight.
 */
static bool proxy_header(struct span s, size_t *len)
{
	enum { LINE_MOST = 107, SIGNATURE = 12, FIXED = 16 };
	static const char signature[SIGNATURE + 1] = "\r\n\r\n\0\r\nQUIT\n";
	struct span v2 = {(const uint8_t *)signature, SIGNATURE}, v1 = span_str("PROXY "), line;
	struct cursor c = cur_of(s);

	*len = 0;
	if (s.len > 4 && span_eq(span_head(s, SIGNATURE), span_head(v2, s.len))) {
		cur_skip(&c, SIGNATURE);
		uint8_t version = cur_u8(&c) >> 4;
		cur_skip(&c, 1);
		uint16_t rest = cur_u16be(&c);
		if (!cur_ok(&c))
			return true;
		*len = s.len >= (size_t)FIXED + rest ? (size_t)FIXED + rest : 0;
		return version == 2;
	}
	if (s.len < v1.len || !span_eq(span_head(s, v1.len), v1))
		return false;
	struct span after = span_skip(s, v1.len);
	if (!span_eq(span_head(after, 3), span_head(span_str("TCP"), after.len)) &&
	    !span_eq(span_head(after, 7), span_head(span_str("UNKNOWN"), after.len)))
		return false;
	if (!http_line(span_head(s, LINE_MOST), &line, len)) {
		*len = 0;
		return s.len < LINE_MOST;
	}
	return !http_has_version(line);
}

static struct frame more(void)
{
	return (struct frame){.kind = FRAME_MORE};
}

static struct frame whole(size_t deliver, uint64_t total)
{
	return (struct frame){FRAME_WHOLE, (uint32_t)deliver, total};
}

static size_t blank_len(struct span s)
{
	size_t n = 0;

	while (n < s.len && (s.ptr[n] == '\r' || s.ptr[n] == '\n'))
		n++;
	return n;
}

static size_t junk_len(struct span s)
{
	long lf = http_find(s, '\n');

	size_t n = lf == HTTP_NOT_FOUND ? s.len : (size_t)lf + 1;
	return n < HTTP_HEAD_MAX ? n : HTTP_HEAD_MAX;
}

/* Nothing but a method so far, or a method and more of its line to come. */
static bool may_be_request(struct span s)
{
	size_t n = http_token_len(s);

	if (n == 0 || n > METHOD_MAX)
		return false;
	return n == s.len || http_is_blank(s.ptr[n]);
}

static bool may_be_response(struct span s)
{
	static const char start[] = "http/";

	for (size_t i = 0; i < s.len && start[i]; i++) {
		if (http_lower(s.ptr[i]) != (uint8_t)start[i])
			return false;
	}
	return s.len > 0;
}

/* HTTP/0.9: the answer is the document itself. Only to the first request that may be answered so. */
static bool simple_answer_due(const struct http_state *s)
{
	struct http_state *log = (struct http_state *)(uintptr_t)s;
	const struct http_kept *k = http_log_request_after(log, 0);

	return k && (k->version == HTTP_VERSION_NONE || (!s->spoke_http && k->depth == 1));
}

static enum http_start start_of_request(struct span bytes, size_t *len)
{
	struct span line;

	if (!http_line(bytes, &line, len)) {
		*len = bytes.len;
		if (!may_be_request(bytes))
			return HTTP_START_JUNK;
		return bytes.len < HTTP_HEAD_MAX ? HTTP_START_MORE : HTTP_START_MESSAGE;
	}
	if (!http_is_request_line(line))
		return HTTP_START_JUNK;
	return http_has_version(line) ? HTTP_START_MESSAGE : HTTP_START_SIMPLE;
}

static enum http_start start_of_response(const struct http_state *s, struct span bytes, size_t *len)
{
	struct span line;
	bool has_line = http_line(bytes, &line, len);

	if (!has_line)
		line = bytes;
	if (http_is_status_line(line))
		return has_line || bytes.len >= HTTP_HEAD_MAX ? HTTP_START_MESSAGE : HTTP_START_MORE;
	if (!has_line && line.len < 6 && may_be_response(line))
		return HTTP_START_MORE;
	if (simple_answer_due(s)) {
		*len = bytes.len;
		return HTTP_START_SIMPLE;
	}
	*len = junk_len(bytes);
	return HTTP_START_JUNK;
}

/* Without asking whether a head is whole. *len is not that of MESSAGE. */
static enum http_start start_kind(const struct http_state *s, enum dir dir, struct span bytes, size_t *len)
{
	if (dir == DIR_REQUEST && proxy_header(bytes, len))
		return *len > 0 ? HTTP_START_BLANK : HTTP_START_MORE;
	*len = blank_len(bytes);
	if (dir == DIR_REQUEST && s->depth == 0 && *len == bytes.len && *len <= 4) /* or the beginning of a proxy's */
		return HTTP_START_MORE;
	if (*len > 0)
		return HTTP_START_BLANK;
	return dir == DIR_REQUEST ? start_of_request(bytes, len) : start_of_response(s, bytes, len);
}

enum http_start http_start_at(const struct http_state *s, enum dir dir, struct span bytes, size_t *len)
{
	enum http_start what = start_kind(s, dir, bytes, len);

	if (what == HTTP_START_MESSAGE) {
		*len = http_head_len(span_head(bytes, HTTP_HEAD_MAX));
		if (*len == 0 && bytes.len < HTTP_HEAD_MAX)
			return HTTP_START_MORE;
	}
	return what;
}

enum http_start http_start_of(const struct http_state *s, enum dir dir, struct span piece)
{
	size_t len;
	enum http_start what = start_kind(s, dir, piece, &len);

	if (what == HTTP_START_MESSAGE && piece.len < HTTP_HEAD_MAX && !http_ends_head(piece) &&
	    http_head_len(piece) == 0)
		return HTTP_START_MORE;
	return what;
}

static struct frame start_frame(const struct http_state *s, enum dir dir, struct span avail)
{
	size_t len;
	enum http_start what = http_start_at(s, dir, avail, &len);

	if (what == HTTP_START_MORE)
		return more();
	if (what == HTTP_START_MESSAGE && len == 0)
		len = HTTP_HEAD_MAX;
	return whole(len, len);
}

bool http_is_late_header(struct span bytes)
{
	struct span line;
	size_t len;

	return http_line(bytes, &line, &len) && http_is_header_line(line);
}

static struct frame late_frame(const struct http_state *s, struct span avail)
{
	size_t token = http_token_len(avail), len;

	if (http_is_late_header(avail)) {
		len = http_head_len(span_head(avail, HTTP_HEAD_MAX));
		if (len == 0 && avail.len < HTTP_HEAD_MAX)
			return more();
		return whole(len ? len : HTTP_HEAD_MAX, len ? len : HTTP_HEAD_MAX);
	}
	if (token > 0 && avail.len < HTTP_HEAD_MAX && http_find(avail, '\n') == HTTP_NOT_FOUND &&
	    (token == avail.len || avail.ptr[token] == ':'))
		return more();
	return start_frame(s, DIR_REQUEST, avail);
}

/*
 * A body: its first bytes are looked at in place, what follows is skipped but for the last byte, whose coming tells
 * that it is whole.
 */
static struct frame body_frame(const struct http_half *h, struct span avail)
{
	uint64_t n = avail.len < h->left ? avail.len : h->left;

	if (h->scanning) {
		uint64_t wanted = HTTP_SCAN_MAX > h->seen ? HTTP_SCAN_MAX - h->seen : 1;
		n = n < wanted ? n : wanted;
		return whole((size_t)n, n);
	}
	return h->left <= avail.len ? whole(1, h->left) : whole(0, h->left - 1);
}

static struct frame line_frame(struct span avail, size_t most)
{
	long lf = http_find(avail, '\n');

	if (lf == HTTP_NOT_FOUND && avail.len < most)
		return more();
	size_t n = lf == HTTP_NOT_FOUND ? avail.len : (size_t)lf + 1;
	return whole(n, n);
}

bool http_certain_start(enum dir dir, struct span at, bool *more_needed)
{
	struct span line, below;
	size_t len;

	*more_needed = false;
	if (dir == DIR_RESPONSE) {
		struct cursor c = cur_of(span_skip(at, 7));
		if (!span_eq(span_head(at, 7), span_head(span_str("HTTP/1."), at.len)))
			return false;
		uint8_t minor = cur_u8(&c), blank = cur_u8(&c), digit = cur_u8(&c);
		if (cur_ok(&c) && (minor < '0' || minor > '1' || blank != ' ' || digit < '1' || digit > '5'))
			return false;
	} else {
		size_t n = http_token_len(at);
		if (n == 0 || n > METHOD_MAX ||
		    !(n == at.len || (at.ptr[n] == ' ' && http_is_method(span_head(at, n)))))
			return false;
	}
	if (!http_line(at, &line, &len)) {
		*more_needed = at.len < TARGET_MAX && (dir == DIR_RESPONSE || may_be_request(at));
		return false;
	}
	if (dir == DIR_REQUEST && (!http_is_request_line(line) || !http_has_version(line)))
		return false;
	below = span_skip(at, len);
	if (below.len == 0 || below.ptr[0] == '\n' || below.ptr[0] == '\r')
		return true;
	if (http_find(below, '\n') == HTTP_NOT_FOUND) {
		*more_needed = below.len < TARGET_MAX && http_token_len(below) > 0;
		return false;
	}
	return http_is_late_header(below);
}

/* Where a message may start in text: at an H, or at a capital that continues no word. */
static bool worth_a_look(enum dir dir, struct span s, size_t at)
{
	if (dir == DIR_RESPONSE)
		return s.ptr[at] == 'H';
	return s.ptr[at] >= 'A' && s.ptr[at] <= 'Z' && (at == 0 || !http_is_tchar(s.ptr[at - 1]));
}

static struct frame lost_frame(const struct http_state *s, enum dir dir, struct span avail)
{
	bool more_needed;
	size_t at;

	for (at = 0; at < avail.len; at++) {
		if (!worth_a_look(dir, avail, at))
			continue;
		if (http_certain_start(dir, span_skip(avail, at), &more_needed))
			return at > 0 ? whole(at, at) : start_frame(s, dir, avail);
		if (more_needed && at == 0)
			return more();
		if (more_needed)
			break;
	}
	return whole(at, at);
}

static bool is_called_off(const struct http_half *h)
{
	return h->called_off && http_in_body(h) && h->seen == 0 && h->skipped == 0;
}

bool http_next_begins(const struct http_state *s, enum dir dir, struct span bytes)
{
	struct http_state *log = (struct http_state *)(uintptr_t)s;
	const struct http_half *h = &s->half[dir];
	bool more_needed, possible;

	if (dir == DIR_REQUEST)
		return is_called_off(h) && http_certain_start(dir, bytes, &more_needed);
	/* Nobody knows whether this answers a HEAD; and who asks again on a connection that ends with the body does not
	 * wait for its end. */
	if (h->phase == HTTP_IN_BODY)
		possible = h->depth == 0 && h->seen == 0 && h->skipped == 0 && h->lost == 0;
	else
		possible = h->depth > 0 && s->spoke_http && http_log_request_after(log, h->depth);
	return possible && http_certain_start(dir, bytes, &more_needed);
}

struct frame http_frame(const void *state, enum dir dir, struct span avail)
{
	const struct http_state *s = state;
	const struct http_half *h = &s->half[dir];

	if (avail.len == 0)
		return more();
	if (dir == DIR_REQUEST && is_called_off(h)) {
		bool more_needed;
		if (http_certain_start(dir, avail, &more_needed))
			return start_frame(s, dir, avail);
		if (more_needed)
			return more();
	}
	switch ((enum http_phase)h->phase) {
	case HTTP_AT_START:
		return start_frame(s, dir, avail);
	case HTTP_AT_LATE:
		return late_frame(s, avail);
	case HTTP_IN_BODY:
		if (http_next_begins(s, dir, avail))
			return start_frame(s, dir, avail);
		return body_frame(h, avail);
	case HTTP_IN_CHUNK:
		return body_frame(h, avail);
	case HTTP_IN_CHUNK_SIZE:
	case HTTP_IN_CHUNK_END:
		return line_frame(avail, HTTP_CHUNK_LINE_MAX);
	case HTTP_IN_TRAILERS:
		return line_frame(avail, HTTP_HEAD_MAX);
	case HTTP_IN_TUNNEL:
		return avail.len < HTTP_HEAD_MAX ? more() : whole(avail.len, avail.len);
	case HTTP_IS_LOST:
		return lost_frame(s, dir, avail);
	case HTTP_IN_HEAD_REST:
		return line_frame(avail, 1);
	case HTTP_TO_CLOSE:
		if (http_next_begins(s, dir, avail))
			return start_frame(s, dir, avail);
		break;
	}
	size_t n = avail.len < HTTP_HEAD_MAX ? avail.len : HTTP_HEAD_MAX;
	return whole(n, n);
}

/* The start of a target in its usual forms (RFC 9112, 3.2); other protocols' commands have words there. */
static bool is_target(struct span s)
{
	return s.len > 0 && (s.ptr[0] == '/' || s.ptr[0] == '*' || http_begins(s, "http"));
}

static enum probe probe_request(struct span head)
{
	size_t n = http_token_len(head), len;
	struct span method = span_head(head, n), line, rest;

	if (n == 0 || n > METHOD_MAX)
		return PROBE_NO;
	if (n == head.len)
		return PROBE_MORE;
	if (!http_is_blank(head.ptr[n]))
		return PROBE_NO;
	bool known = http_is_method(method), has_line = http_line(head, &line, &len);
	if (has_line)
		return !http_is_request_line(line)                ? PROBE_NO
		       : http_has_version(line)                   ? PROBE_REQUEST
		       : is_target(http_trim(span_skip(line, n))) ? PROBE_REQUEST
								  : PROBE_WEAK;
	rest = http_trim(span_skip(head, n));
	if (!http_is_request_line(head) && known)
		return PROBE_NO;
	if (known && is_target(rest) && (rest.ptr[0] != '*' || head.len >= PROBE_LINE))
		return PROBE_REQUEST;
	if (head.len < PROBE_LINE)
		return PROBE_MORE;
	return known || is_target(rest) ? PROBE_WEAK : PROBE_NO;
}

enum probe http_probe(struct span head, bool from_server_port)
{
	size_t proxy, blanks;

	if (proxy_header(head, &proxy)) {
		if (proxy == 0 || proxy == head.len)
			return PROBE_MORE;
		head = span_skip(head, proxy);
	}
	blanks = blank_len(span_head(head, 4));
	if (blanks == head.len)
		return PROBE_MORE;
	head = span_skip(head, blanks);
	/* The connection preface of HTTP/2 (RFC 9113, 3.4), made to look like a request. */
	if (span_eq(span_head(head, 14), span_str("PRI * HTTP/2.0")))
		return PROBE_NO;
	if (head.len < 6 && may_be_response(head))
		return PROBE_MORE;
	if (http_is_status_line(head))
		return PROBE_RESPONSE;
	return from_server_port && http_token_len(head) == 0 ? PROBE_NO : probe_request(head);
}
