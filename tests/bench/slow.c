/*
 * Input made to be slow, against ordinary input of the same size in the same run: a few frames must not keep a worker
 * busy.
 *
 * Each talk (slow_talks.h) goes through a worker with all dissectors. What it costs is the processor time a byte, in
 * the quickest of a few runs; it may be RATIO_MAX times that of the ordinary talk of its protocol. What is told of it
 * is counted, so that a talk that no dissector reads is no success. Prints a table. slow [PART-OF-A-NAME...]
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/when.h"
#include "dissect_harness.h"
#include "event/dissector.h"
#include "net/worker.h"
#include "slow_talks.h"

enum { SEGMENT_BYTES = 1460, BYTES = 300 * SEGMENT_BYTES, ROOM = 2 * BYTES };

struct talk {
	const struct slow_talk *s;
	uint8_t *bytes[2]; /* by side: 0 the client; ROOM of each */
	size_t len[2];
	size_t step;
	bool first_only;
};

enum { RUNS = 3, RATIO_MAX = 50 };

struct player {
	struct worker *w;
	const struct talk *t;
	size_t at[2];
	int64_t ns;
	uint64_t frames;
};

static void put(struct talk *t, unsigned side, const void *bytes, size_t n)
{
	n = n < ROOM - t->len[side] ? n : ROOM - t->len[side];
	memcpy(t->bytes[side] + t->len[side], bytes, n);
	t->len[side] += n;
}

static void put_text(struct talk *t, const char *text)
{
	unsigned side = 0;

	for (; *text; text++) {
		if (*text == Q[0] || *text == A[0])
			side = *text == A[0];
		else
			put(t, side, text, 1);
	}
}

static void put_hex(struct talk *t, const char *text)
{
	struct harness_script s;

	harness_script_read(&s, text);
	for (unsigned i = 0; i < s.n; i++)
		put(t, s.runs[i].dir, s.runs[i].bytes, s.runs[i].len);
	harness_script_free(&s);
}

static bool is_full(const struct talk *t)
{
	return t->len[0] + t->len[1] >= BYTES;
}

static void say(struct talk *t, const char *script, uint32_t i)
{
	char text[8192];
	uint32_t le[4];

	if (!script)
		return;
	for (unsigned k = 0; k < 4; k++)
		le[k] = __builtin_bswap32(i * 4 + k);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	int n = snprintf(text, sizeof(text), script, i & 0xffff, le[0], le[1], le[2], le[3], __builtin_bswap32(i));
#pragma GCC diagnostic pop
	if (n < 0 || (size_t)n >= sizeof(text))
		abort();
	(t->s->text ? put_text : put_hex)(t, text);
}

static void make(struct talk *t)
{
	const struct slow_talk *s = t->s;
	unsigned times = s->first_times ? s->first_times : 1;
	uint32_t i = 1;

	if (s->make) {
		s->make(t);
		return;
	}
	while (times-- > 0)
		say(t, s->first, i++);
	for (; !t->first_only && !is_full(t); i++) {
		say(t, s->again, i);
		for (size_t n = 0; n < s->filler_bytes; n++)
			put(t, 1, &s->filler[n % strlen(s->filler)], 1);
	}
}

/* A chain of names, each of one label and the one before, and then records that bear the last of them. */
static void dns_jumps(struct talk *t)
{
	enum { LINKS = 55, CHAIN = 12 + 1 + 10, LAST = 0xc000 + CHAIN + 4 * (LINKS - 1) };
	char text[8192], *at = text;

	at += sprintf(at, "> 0000 8400 0000 0064 00*4 00 0010 0001 00000078 %04x ", 4 * LINKS);
	for (unsigned i = 0; i < LINKS; i++)
		at += sprintf(at, "0162 %04x ", i ? 0xc000 + CHAIN + 4 * (i - 1) : 0xc00c);
	for (unsigned i = 0; i < 86; i++)
		at += sprintf(at, "%04x 000C 0001 00000078 0002 %04x ", LAST, LAST);
	sprintf(at, "00*%d", SEGMENT_BYTES - 12 - 11 - 4 * LINKS - 86 * 14);
	while (!is_full(t))
		put_hex(t, text);
}

/* The end first, then the others in order: each looks for its place among all before it. The last makes a datagram. */
static void fragments(struct talk *t)
{
	enum { PIECES = 1000, FRAMES = PIECES + 1, MORE = 0x2000 };
	char text[256];

	for (unsigned i = 0; !is_full(t); i++) {
		unsigned n = i % FRAMES, at = n == 0 ? PIECES : n - 1;
		sprintf(text, "> 020000000001 020000000002 0800 4500 001C %04x %04x 4011 0000 0A000001 0A000002 ",
			i / FRAMES, n ? MORE | at : at);
		sprintf(strchr(text, '\0'), at ? "%016x" : "9C40 9C41 %04x 0000", at ? i : 8 * FRAMES);
		put_hex(t, text);
	}
}

/* What is told of a talk. Flows are told of anything, so they count where there is nothing else, among frames. */
struct told {
	bool flows;
	uint64_t records, anomalies;
};

static void take(void *ctx, struct event *ev)
{
	struct told *told = ctx;

	if (ev->table == &anomaly_table)
		told->anomalies++;
	else if (told->flows || ev->table != &flow_table_fields)
		told->records++;
}

static void frame(struct player *p, size_t n)
{
	struct frame_in f = {.bytes = span_of(p->t->bytes[0] + p->at[0], n),
			     .wire_len = (uint32_t)n,
			     .ts_ns = p->ns += NS_PER_MS / 100,
			     .number = ++p->frames,
			     .linktype = DLT_EN10MB};
	worker_frame(p->w, &f);
}

static void segment(struct player *p, unsigned side, uint8_t flags, size_t at, size_t n)
{
	static const uint8_t ip[2][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}};
	const struct slow_talk *t = p->t->s;
	struct packet k = {.kind = t->udp ? PACKET_UDP : PACKET_TCP,
			   .ts_ns = p->ns += NS_PER_MS / 100,
			   .frame = ++p->frames,
			   .ip_proto = t->udp ? IPPROTO_UDP : IPPROTO_TCP,
			   .ttl = 64,
			   .wire_len = 54 + (uint32_t)n,
			   .src_ip = ip_from_v4(ip[side]),
			   .dest_ip = ip_from_v4(ip[!side]),
			   .src_port = side ? t->port : 40000,
			   .dest_port = side ? 40000 : t->port,
			   .tcp_flags = flags,
			   .seq = (uint32_t)at + !(flags & TCP_SYN),
			   .ack = (uint32_t)p->at[!side] + 1,
			   .payload = span_of(p->t->bytes[side] + at, n),
			   .payload_wire_len = (uint32_t)n};
	worker_packet(p->w, &k);
}

/* What comes next of a side. */
static void step(struct player *p, unsigned side)
{
	const struct talk *t = p->t;
	size_t at = p->at[side], left = t->len[side] - at, n = left < t->step ? left : t->step;

	if (n == 0)
		return;
	if (t->s->turned > 0 && left > t->s->turned * t->step) {
		for (size_t k = t->s->turned; k-- > 0;)
			segment(p, side, TCP_ACK, at + k * t->step, t->step);
		n = t->s->turned * t->step;
	} else if (t->s->woven > 0 && left > t->s->woven * t->step) {
		for (size_t from = 2; from-- > 0;) {
			for (size_t k = from; k < t->s->woven; k += 2)
				segment(p, side, TCP_ACK, at + k * t->step, t->step);
		}
		n = t->s->woven * t->step;
	} else if (t->s->raw) {
		frame(p, n);
	} else if (side == 1 || t->s->lost_at == 0 || at > t->s->lost_at || at + n <= t->s->lost_at) {
		segment(p, side, TCP_ACK, at, n);
	}
	p->at[side] += n;
}

static double cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* @return processor nanoseconds a byte */
static double play(const struct talk *t, struct told *told)
{
	struct worker_options o = {.no_guess = true, .dissectors = dissectors, .next = {take, told}};
	struct player p = {.w = worker_new(&o), .t = t, .ns = NS_PER_S};

	if (!p.w)
		abort();
	*told = (struct told){.flows = t->s->raw};
	if (!t->s->udp && !t->s->raw) {
		segment(&p, 0, TCP_SYN, 0, 0);
		segment(&p, 1, TCP_SYN | TCP_ACK, 0, 0);
	}
	double start = cpu_ns();
	while (p.at[0] < t->len[0] || p.at[1] < t->len[1]) {
		step(&p, 0);
		step(&p, 1);
	}
	double spent = cpu_ns() - start;
	worker_finish(p.w);
	worker_free(p.w);
	return spent / (double)(t->len[0] + t->len[1]);
}

/* @return as play(), of the quickest run. @first_only: only what is said once */
static double cost(const struct slow_talk *s, bool first_only, struct told *told)
{
	struct talk t = {.s = s,
			 .bytes = {malloc(ROOM), malloc(ROOM)},
			 .step = s->step ? s->step : SEGMENT_BYTES,
			 .first_only = first_only};
	double best = 0;

	if (!t.bytes[0] || !t.bytes[1])
		abort();
	make(&t);
	for (unsigned i = 0; i < (first_only ? 1 : RUNS); i++) {
		double now = play(&t, told);
		best = i == 0 || now < best ? now : best;
	}
	free(t.bytes[0]);
	free(t.bytes[1]);
	return best;
}

/* Is the talk read as its row says? Otherwise its cost is that of something else. */
static bool is_read(const struct slow_talk *s, const struct told *told)
{
	struct told first = {0};

	if (s->first)
		(void)cost(s, true, &first);
	if (strstr(s->name, "usual") && told->anomalies > 0)
		return false;
	return s->untold ? told->records <= first.records && told->records + told->anomalies > 0
			 : told->records > first.records;
}

static bool wanted(const char *name, int argc, char **argv)
{
	bool any = argc < 2 || strstr(name, "usual");

	for (int i = 1; i < argc; i++)
		any |= strstr(name, argv[i]) != NULL;
	return any;
}

int main(int argc, char **argv)
{
	double usual = 0;
	int bad = 0;

	for (size_t i = 0; i < sizeof(slow_talks) / sizeof(slow_talks[0]); i++) {
		const struct slow_talk *s = &slow_talks[i];
		if (!wanted(s->name, argc, argv))
			continue;
		struct told told;
		double ns = cost(s, false, &told);
		if (strstr(s->name, "usual"))
			usual = ns;
		bool slow = ns > usual * RATIO_MAX, read = is_read(s, &told);
		printf("%-28s %8.2f ns a byte %6.1f times the usual %7" PRIu64 " records %7" PRIu64 " anomalies%s%s\n",
		       s->name, ns, ns / usual, told.records, told.anomalies, slow ? ": SLOW" : "",
		       read ? "" : ": NOT READ AS ITS ROW SAYS");
		fflush(stdout);
		bad += slow || !read;
	}
	return bad > 0;
}
