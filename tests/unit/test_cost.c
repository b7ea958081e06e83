/*
 * What a packet may cost.
 *
 * The packet path takes no memory from the heap once its tables have grown: every golden capture goes through a worker
 * a few times, and after the first ones malloc() and its like are not called any more. The linker puts ours in their
 * place (--wrap, see meson.build), in all that is linked statically: the whole project.
 *
 * Of what nobody asked for nothing is handed to a dissector, and nothing is copied: files read and written by SMB,
 * bodies of HTTP.
 */
#include <check.h>
#include <glob.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "event/dissector.h"
#include "http/http.h"
#include "net/capture.h"
#include "net/conn.h"
#include "net/worker.h"
#include "run_suite.h"
#include "smb/smb.h"

enum { ROUNDS_TO_GROW = 2, AT_ONCE = 64 };

static unsigned long calls;
static bool counting;

#define COUNTED(type, name, parameters, arguments)                                                                     \
	type __real_##name parameters;                                                                                 \
	type __wrap_##name parameters;                                                                                 \
	type __wrap_##name parameters                                                                                  \
	{                                                                                                              \
		calls += counting;                                                                                     \
		return __real_##name arguments;                                                                        \
	}

COUNTED(void *, malloc, (size_t n), (n))
COUNTED(void *, calloc, (size_t n, size_t each), (n, each))
COUNTED(void *, realloc, (void *at, size_t n), (at, n))
COUNTED(void *, aligned_alloc, (size_t align, size_t n), (align, n))
COUNTED(char *, strdup, (const char *s), (s))

struct frames {
	struct frame_in *all;
	size_t n;
};

static void keep(void *ctx, const struct frame_in *f)
{
	struct frames *fs = ctx;
	uint8_t *copy = malloc(f->bytes.len + 1);

	memcpy(copy, f->bytes.ptr, f->bytes.len);
	fs->all = realloc(fs->all, (fs->n + 1) * sizeof(*fs->all));
	fs->all[fs->n] = *f;
	fs->all[fs->n++].bytes.ptr = copy;
}

static struct frames read_all(const char *path)
{
	struct frames fs = {NULL, 0};
	struct complaint c = {""};
	struct capture *cap;

	ck_assert_msg(capture_open_file(&cap, path, &(struct capture_options){0}, &c) == 0, "%s: %s", path, c.text);
	while (capture_read(cap, AT_ONCE, keep, &fs) != CAPTURE_END)
		;
	capture_close(cap);
	return fs;
}

static unsigned long events;

static void take(void *ctx, struct event *ev)
{
	(void)ctx, (void)ev;
	events++;
}

static struct worker *worker_of_all(bool suppress_duplicates)
{
	struct worker *w = worker_new(&(struct worker_options){.suppress_duplicates = suppress_duplicates,
							       .host_records = true,
							       .no_guess = true, /* nDPI's memory is its own */
							       .dissectors = dissectors,
							       .next = {take, NULL}});
	ck_assert_ptr_nonnull(w);
	return w;
}

/* As if the capture had been made so many days later. */
static void play(struct worker *w, const char *path, const struct frames *fs, unsigned days)
{
	worker_source(w, NULL, path);
	for (size_t i = 0; i < fs->n; i++) {
		struct frame_in f = fs->all[i];
		f.ts_ns += INT64_C(86400000000000) * days;
		worker_frame(w, &f);
	}
}

START_TEST(no_memory_is_taken_per_packet)
{
	glob_t paths;
	struct worker *w = worker_of_all(true);
	unsigned long before, grown = 0;

	ck_assert_int_eq(glob("tests/golden/*/*/input.pcap", 0, NULL, &paths), 0);
	struct frames *fs = calloc(paths.gl_pathc, sizeof(*fs));
	for (size_t i = 0; i < paths.gl_pathc; i++)
		fs[i] = read_all(paths.gl_pathv[i]);
	for (unsigned round = 0; round <= ROUNDS_TO_GROW; round++) {
		before = events;
		for (size_t i = 0; i < paths.gl_pathc; i++) {
			calls = 0;
			counting = true;
			play(w, paths.gl_pathv[i], &fs[i], round);
			counting = false;
			ck_assert_msg(round < ROUNDS_TO_GROW || calls == 0, "%s: %lu calls for memory",
				      paths.gl_pathv[i], calls);
			grown += calls;
		}
		ck_assert_uint_gt(events - before, 500);
	}
	ck_assert_uint_gt(grown, 0); /* they are counted at all */
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		for (size_t k = 0; k < fs[i].n; k++)
			free((uint8_t *)fs[i].all[k].bytes.ptr);
		free(fs[i].all);
	}
	free(fs);
	globfree(&paths);
	worker_free(w);
}
END_TEST

/* ---- long PDUs */

struct talk {
	struct worker *w;
	uint16_t port;
	bool from_server;
	uint32_t seq;
	int64_t ns;
};

static void say(struct talk *t, uint8_t flags, const uint8_t *bytes, size_t n)
{
	enum { SEGMENT = 1460 };
	static const uint8_t ip[2][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}};
	size_t at = 0;

	do {
		size_t part = n - at < SEGMENT ? n - at : SEGMENT;
		struct packet p = {.kind = PACKET_TCP,
				   .ts_ns = t->ns += 1000000,
				   .frame = 1,
				   .ip_proto = IPPROTO_TCP,
				   .src_ip = ip_from_v4(ip[t->from_server]),
				   .dest_ip = ip_from_v4(ip[!t->from_server]),
				   .src_port = t->from_server ? t->port : 40000,
				   .dest_port = t->from_server ? 40000 : t->port,
				   .tcp_flags = flags,
				   .seq = t->seq,
				   .payload = span_of(bytes + at, part),
				   .payload_wire_len = (uint32_t)part};
		worker_packet(t->w, &p);
		t->seq += (uint32_t)part + (flags & TCP_SYN ? 1 : 0);
		at += part;
	} while (at < n);
}

static void le(uint8_t *at, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static uint8_t pdu[65536];

static size_t http_head(unsigned i)
{
	enum { BYTES = 20000 };

	(void)i;
	memset(pdu, 'x', BYTES);
	memcpy(pdu, "GET / HTTP/1.1\r\nHost: plc\r\nCookie: ", 36);
	memcpy(pdu + BYTES - 4, "\r\n\r\n", 4);
	return BYTES;
}

static size_t opcua_chunk(unsigned i, const char *tag, size_t bytes)
{
	memset(pdu, 0, bytes);
	memcpy(pdu, tag, 4);
	le(pdu + 4, bytes, 4);
	le(pdu + 8, 7, 4);
	le(pdu + 12, 1, 4);
	le(pdu + 16, i, 4);
	le(pdu + 20, i / 3, 4);
	le(pdu + 24, 1, 2);
	le(pdu + 26, 673, 2);
	return bytes;
}

static size_t opcua_message(unsigned i)
{
	return opcua_chunk(i * 3, "MSGF", 60000);
}

static size_t opcua_in_chunks(unsigned i)
{
	return opcua_chunk(i + 3, i % 3 == 2 ? "MSGF" : "MSGC", 8192);
}

static size_t smb_message(unsigned i)
{
	enum { BYTES = 60000, COMMAND_FIND = 14 };

	memset(pdu, 0, BYTES);
	pdu[2] = (BYTES - 4) >> 8;
	pdu[3] = (BYTES - 4) & 0xff;
	memcpy(pdu + 4, "\xfeSMB", 4);
	le(pdu + 8, 64, 2);
	le(pdu + 16, COMMAND_FIND, 2);
	le(pdu + 28, i + 1, 8);
	return BYTES;
}

static const struct {
	const char *name;
	uint16_t port;
	size_t (*make)(unsigned i);
} long_pdus[] = {
    {"HTTP head", 80, http_head},
    {"OPC UA message", 4840, opcua_message},
    {"OPC UA message in chunks", 4840, opcua_in_chunks},
    {"SMB message", 445, smb_message},
};

START_TEST(nor_for_long_pdus)
{
	enum { PDUS = 60, TO_GROW = 30 };
	struct talk t = {.w = worker_of_all(false), .port = long_pdus[_i].port, .ns = 1000000000};

	calls = events = 0;
	say(&t, TCP_SYN, pdu, 0);
	for (unsigned i = 0; i < PDUS; i++) {
		size_t n = long_pdus[_i].make(i);
		counting = i >= TO_GROW;
		say(&t, TCP_ACK, pdu, n);
		counting = false;
	}
	ck_assert_msg(calls == 0, "%s: %lu calls for memory", long_pdus[_i].name, calls);
	worker_finish(t.w);
	ck_assert_uint_ge(events, PDUS / 3);
	worker_free(t.w);
}
END_TEST

/* ---- long bodies */

static uint64_t handed_out, copied;

bool __real_conn_buf_append(struct feed *fd, struct half *h, struct span bytes, uint32_t ahead);
bool __wrap_conn_buf_append(struct feed *fd, struct half *h, struct span bytes, uint32_t ahead);
bool __wrap_conn_buf_append(struct feed *fd, struct half *h, struct span bytes, uint32_t ahead)
{
	copied += bytes.len;
	return __real_conn_buf_append(fd, h, bytes, ahead);
}

static void smb_pdu(void *state, enum dir dir, struct cursor *bytes, struct emitter *out)
{
	handed_out += cur_left(bytes);
	smb_dissector.pdu(state, dir, bytes, out);
}

static void http_pdu(void *state, enum dir dir, struct cursor *bytes, struct emitter *out)
{
	handed_out += cur_left(bytes);
	http_dissector.pdu(state, dir, bytes, out);
}

enum { BODY_BYTES = 8 << 20 };

static uint8_t body[1024 + BODY_BYTES];

static size_t text_head(const char *head)
{
	memcpy(body, head, strlen(head));
	return strlen(head);
}

static size_t http_response(void)
{
	return text_head("HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n");
}

static size_t http_request(void)
{
	return text_head("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n");
}

static size_t http_one_chunk(void)
{
	return text_head("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n800000\r\n");
}

static size_t http_to_the_end(void)
{
	return text_head("HTTP/1.0 200 OK\r\n\r\n");
}

/* | length 4 | SMB2 header 64 | the fixed part, 48 or 16 bytes | data | */
static size_t smb2_data(uint16_t command, uint32_t flags, size_t fixed)
{
	size_t head = 64 + fixed, all = head + BODY_BYTES;

	memset(body, 0, 4 + head);
	body[1] = (uint8_t)(all >> 16);
	body[2] = (uint8_t)(all >> 8);
	body[3] = (uint8_t)all;
	memcpy(body + 4, "\xfeSMB", 4);
	le(body + 8, 64, 2);
	le(body + 16, command, 2);
	le(body + 20, flags, 4);
	le(body + 28, 1, 8);
	le(body + 68, fixed + 1, 2);
	le(body + 70, head, flags ? 1 : 2);
	le(body + 72, BODY_BYTES, 4);
	return 4 + head;
}

static size_t smb_write(void)
{
	return smb2_data(9, 0, 48);
}

static size_t smb_read(void)
{
	return smb2_data(8, 1, 16);
}

static const struct {
	const char *name;
	uint16_t port;
	bool from_server;
	size_t (*head)(void);
	bool in_place; /* it is handed out as it comes, for nobody knows where it ends; but not copied */
} bodies[] = {
    {"HTTP response", 80, true, http_response, false},
    {"HTTP request", 80, false, http_request, false},
    {"HTTP chunk", 80, true, http_one_chunk, false},
    {"HTTP body to the end of the connection", 80, true, http_to_the_end, true},
    {"SMB write", 445, false, smb_write, false},
    {"SMB read", 445, true, smb_read, false},
};

START_TEST(long_bodies_pass_by)
{
	enum { LOOKED_AT_MAX = 20 * 1024 }; /* of a body */
	struct dissector counted[2] = {smb_dissector, http_dissector};
	const struct dissector *const list[] = {&counted[0], &counted[1], NULL};

	counted[0].pdu = smb_pdu;
	counted[1].pdu = http_pdu;
	struct talk t = {
	    .w = worker_new(&(struct worker_options){.no_guess = true, .dissectors = list, .next = {take, NULL}}),
	    .port = bodies[_i].port,
	    .from_server = bodies[_i].from_server,
	    .ns = 1000000000};
	size_t head = bodies[_i].head();

	memset(body + head, 'x', BODY_BYTES);
	handed_out = copied = events = 0;
	say(&t, TCP_SYN, body, 0);
	say(&t, TCP_ACK, body, head + BODY_BYTES);
	ck_assert_msg(handed_out >= head, "%s: %llu bytes handed out", bodies[_i].name, (unsigned long long)handed_out);
	ck_assert_msg(bodies[_i].in_place || handed_out <= head + LOOKED_AT_MAX, "%s: %llu bytes handed out",
		      bodies[_i].name, (unsigned long long)handed_out);
	ck_assert_msg(copied <= LOOKED_AT_MAX, "%s: %llu bytes copied", bodies[_i].name, (unsigned long long)copied);
	worker_finish(t.w);
	worker_free(t.w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cost");
	TCase *t = tcase_create("packets");

	tcase_add_test(t, no_memory_is_taken_per_packet);
	tcase_add_loop_test(t, long_bodies_pass_by, 0, sizeof(bodies) / sizeof(bodies[0]));
	tcase_add_loop_test(t, nor_for_long_pdus, 0, sizeof(long_pdus) / sizeof(long_pdus[0]));
	suite_add_tcase(s, t);
	return run_suite_as(s, CK_NOFORK);
}
