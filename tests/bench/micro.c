/*
 * What each part costs by itself: nanoseconds and calls for memory an operation, so that a regression has a place.
 *
 *     micro [--check] [--json FILE] [PART-OF-A-NAME...]
 *
 * Run it from the source root. Input is made here, never taken from captures. Each row is the quickest of a few runs of the processor's clock, and
 * stands beside a yardstick (the hash of 64 bytes) of the same run: only the last column travels from one machine to
 * another. Calls for memory are those of the project's own code; libraries' (SQLite's) are not seen.
 *
 * --check measures no time: rows of the packet path must not call for memory at all. Exit status 1 where one does.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/pipeline.h"
#include "app/registry.h"
#include "base/hash.h"
#include "base/when.h"
#include "dissect_harness.h"
#include "event/event_lines.h"
#include "modbus/modbus.h"
#include "net/decode.h"
#include "net/flow.h"
#include "talk_words.h"

/* ---- calls for memory: ours stand in place of malloc() and its like (meson.build) */

static unsigned long calls;

#define COUNTED(type, name, parameters, arguments)                                                                     \
	type __real_##name parameters;                                                                                 \
	type __wrap_##name parameters;                                                                                 \
	type __wrap_##name parameters                                                                                  \
	{                                                                                                              \
		calls++;                                                                                               \
		return __real_##name arguments;                                                                        \
	}

COUNTED(void *, malloc, (size_t n), (n))
COUNTED(void *, calloc, (size_t n, size_t each), (n, each))
COUNTED(void *, realloc, (void *at, size_t n), (at, n))
COUNTED(void *, aligned_alloc, (size_t align, size_t n), (align, n))
COUNTED(char *, strdup, (const char *s), (s))

static void die(const char *what)
{
	fprintf(stderr, "micro: %s\n", what);
	exit(2);
}

static volatile uint64_t sunk; /* what a result goes to, so that it is computed */

/* ---- yardsticks */

static uint8_t block[2][65536];

static void hash_64(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		block[0][0] = (uint8_t)i;
		sunk += hash_bytes(block[0], 64);
	}
}

static void copy_64k(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		block[0][i & 65535]++;
		memcpy(block[1], block[0], sizeof(block[0]));
		sunk += block[1][i & 65535];
	}
}

/* ---- frames */

static uint8_t tcp_frame[] = {
    0,    0x80, 0xf4, 0, 0,    2,    0,    0x80, 0xf4, 0, 0, 1, 8, 0,               /* Ethernet */
    0x45, 0,    0,    52, 0,    1,    0x40, 0,    64,   6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, /* IPv4 */
    0x9c, 0x40, 1,    0xf6, 0, 0,    0,    1,    0,    0, 0, 1, 0x50, 0x18, 4, 0, 0, 0, 0, 0, /* TCP to port 502 */
    0,    1,    0,    0,  0,    6,    0x11, 3,    0,    0, 0, 1};                    /* Modbus: read a register */
static struct decoder *decoder;
static int64_t now_ns = INT64_C(1700000000000000000);

static void decode(unsigned n)
{
	struct packet p;

	for (unsigned i = 0; i < n; i++) {
		struct frame_in f = {.ts_ns = now_ns += 1000,
				     .bytes = span_of(tcp_frame, sizeof(tcp_frame)),
				     .wire_len = sizeof(tcp_frame),
				     .linktype = DLT_EN10MB};
		decode_frame(decoder, &f, &p);
		sunk += p.payload.len;
	}
}

static void decode_begin(void)
{
	decoder = decoder_new(&(struct decoder_options){0});
	if (!decoder)
		die("no decoder");
}

/* ---- flows */

enum { FLOWS = 200000 };
static struct flow_table flows;
static uint32_t turn;

static void flow_key_no(uint32_t i, struct flow_key *k)
{
	uint8_t at[4] = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

	*k = (struct flow_key){.port = {(uint16_t)(40000 + i % 20000), 502}, .proto = IPPROTO_TCP};
	k->ip[0] = ip_from_v4(at);
	at[0] = 172;
	k->ip[1] = ip_from_v4(at);
}

static void flows_begin(void)
{
	const struct flow_caps caps = {.flows = 1 << 18, .half_open = 1 << 10};
	struct flow_key k;

	if (flow_table_init(&flows, &caps, false) != 0)
		die("no table of flows");
	for (uint32_t i = 0; i < FLOWS; i++) {
		flow_key_no(i, &k);
		struct flow f = {0};
		flow_begin(&flows, &f, &k, 0);
		if (!flow_add(&flows, &f, flow_key_hash(&k)))
			die("the table of flows is full");
	}
}

static void look_up(unsigned n, uint32_t beyond)
{
	struct flow_key k;

	for (unsigned i = 0; i < n; i++) {
		flow_key_no((turn += 7919) % FLOWS + beyond, &k);
		sunk += flow_find(&flows, &k, flow_key_hash(&k)) != NULL;
	}
}

static void flow_hit(unsigned n)
{
	look_up(n, 0);
}

static void flow_miss(unsigned n)
{
	look_up(n, FLOWS);
}

/* ---- conversations through a worker */

enum { STEPS_MAX = 512, ASKED = 200 };

struct step {
	uint8_t *bytes;
	uint32_t len;
	bool from_server;
};

static struct {
	struct worker *w;
	struct step steps[STEPS_MAX];
	unsigned n, at, first; /* the steps before `first` are said once */
	uint32_t seq[2];
	uint16_t port, client_port;
	bool udp;
} talk;

enum { COPIES_MAX = 32 };
static void *copies[COPIES_MAX]; /* of records: given back at the end */
static unsigned n_copies;
static struct event *kept; /* the copy of the record that came last of `wanted` */
static const struct field_table *wanted;
static uint64_t told;

static void take(void *ctx, struct event *ev)
{
	(void)ctx;
	told++;
	if (ev->table != wanted)
		return;
	if (n_copies == COPIES_MAX)
		die("too many records are kept");
	void *room = copies[n_copies++] = __real_aligned_alloc(16, (event_packed_bytes(ev) + 15) / 16 * 16);
	event_pack(ev, room);
	kept = event_unpack(room);
	wanted = NULL;
}

static void step(const uint8_t *bytes, size_t len, bool from_server)
{
	struct step *s = &talk.steps[talk.n++];

	if (talk.n == STEPS_MAX)
		die("the conversation is too long");
	*s = (struct step){malloc(len + 1), (uint32_t)len, from_server};
	memcpy(s->bytes, bytes, len);
}

static void script(const char *format, uint32_t i)
{
	struct harness_script s;
	char text[4096];
	uint32_t le = __builtin_bswap32(i);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), format, i, le, le + 1, le + 2, le + 3, le);
#pragma GCC diagnostic pop
	harness_script_read(&s, text);
	for (unsigned k = 0; k < s.n; k++)
		step(s.runs[k].bytes, s.runs[k].len, s.runs[k].dir == DIR_RESPONSE);
	harness_script_free(&s);
}

static void packet(uint8_t flags, const uint8_t *bytes, uint32_t len, bool from_server, uint32_t seq)
{
	static const uint8_t ip[2][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}};
	static uint64_t frame;
	struct packet p = {.kind = talk.udp ? PACKET_UDP : PACKET_TCP,
			   .ts_ns = now_ns += 20000,
			   .frame = ++frame,
			   .ip_proto = talk.udp ? IPPROTO_UDP : IPPROTO_TCP,
			   .src_ip = ip_from_v4(ip[from_server]),
			   .dest_ip = ip_from_v4(ip[!from_server]),
			   .src_port = from_server ? talk.port : talk.client_port,
			   .dest_port = from_server ? talk.client_port : talk.port,
			   .ttl = 64,
			   .tcp_flags = flags,
			   .seq = seq,
			   .window = 8192,
			   .payload = span_of(bytes, len),
			   .payload_wire_len = len};

	worker_packet(talk.w, &p);
}

static void say_next(void)
{
	const struct step *s = &talk.steps[talk.at];

	packet(TCP_ACK, s->bytes, s->len, s->from_server, talk.seq[s->from_server]);
	talk.seq[s->from_server] += s->len;
	if (++talk.at == talk.n)
		talk.at = talk.first;
}

static void talk_begin(uint16_t port, bool udp)
{
	worker_free(talk.w);
	for (unsigned i = 0; i < talk.n; i++)
		free(talk.steps[i].bytes);
	memset(&talk, 0, sizeof(talk));
	talk.w = worker_new(&(struct worker_options){
	    .flows_max = 1024, .host_records = true, .no_guess = true, .dissectors = dissectors, .next = {take, NULL}});
	if (!talk.w)
		die("no worker");
	talk.port = port;
	talk.client_port = 40000;
	talk.udp = udp;
	if (!udp) {
		packet(TCP_SYN, NULL, 0, false, talk.seq[0]++);
		packet(TCP_SYN | TCP_ACK, NULL, 0, true, talk.seq[1]++);
	}
}

static void talk_of(uint16_t port, const char *once, const char *again)
{
	talk_begin(port, false);
	if (once)
		script(once, 1);
	talk.first = talk.n;
	for (uint32_t i = 0; i < ASKED; i++)
		script(again, i + 2);
}

static void say(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		say_next();
}

static void modbus_begin(void)
{
	talk_of(502, NULL, MODBUS_ASKS MODBUS_ANSWERS);
}

static void opcua_begin(void)
{
	talk_of(4840, OPCUA_HELLO, OPCUA_ASKS OPCUA_ANSWERS);
}

static void smb_begin(void)
{
	talk_of(445, NULL, SMB2_ASKS SMB2_ANSWERS);
}

static void s7_begin(void)
{
	talk_of(102, S7_HELLO, S7_ASKS S7_ANSWERS);
}

static void http_begin(void)
{
	static const char ask[] = "GET /index.html HTTP/1.1\r\nHost: plc1\r\nUser-Agent: hmi/1.0\r\n\r\n",
			  answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n"
				     "<html>01234567890123";

	talk_begin(80, false);
	step((const uint8_t *)ask, sizeof(ask) - 1, false);
	step((const uint8_t *)answer, sizeof(answer) - 1, true);
}

static void mdns_begin(void)
{
	talk_begin(5353, true);
	script("> 0000 8400 0000 0001 00*4 05706C633031056C6F63616C00 0001 8001 00000078 0004 C0A80001 ", 1);
}

/* Bytes that no dissector claims: what the order of segments alone costs. */
static void stream_begin(void)
{
	talk_begin(9999, false);
	step(block[0], 1460, true);
}

/* Of each four segments the second comes last. */
static void holes(unsigned n)
{
	static const uint8_t order[4] = {0, 2, 3, 1};

	for (unsigned i = 0; i < n; i++) {
		packet(TCP_ACK, block[0], 1460, true, talk.seq[1] + 1460u * order[i % 4]);
		if (i % 4 == 3)
			talk.seq[1] += 4 * 1460;
	}
}

/* ---- the gate */

enum { GATE_FACTS = 1 << 13 }; /* full, and as large as it gets, after the warm-up */
static struct gate *gate;
static struct event *record; /* of a Modbus read */

static struct event *record_of(const struct field_table *table, void (*begin)(void))
{
	begin();
	wanted = table;
	for (unsigned i = 0; wanted && i < 2 * ASKED; i++)
		say_next();
	if (wanted || !kept)
		die("the conversation made no such record");
	return kept;
}

static void record_begin(void)
{
	record = record_of(&modbus_table, modbus_begin);
}

static void gate_begin(void)
{
	record_begin();
	gate_free(gate);
	gate = gate_new(GATE_FACTS, (struct event_sink){take, NULL});
	if (!gate)
		die("no gate");
}

static void gate_same(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		record->at.ts_ns = now_ns += 1000;
		gate_take(gate, record);
	}
}

static struct event_value *key_value(void)
{
	for (unsigned i = 0; i < record->n_values; i++) {
		if (record->values[i].field->flags & FIELD_KEY && record->values[i].field->type == FIELD_TYPE_UINT)
			return &record->values[i];
	}
	die("the record has no number that makes it news");
	return NULL;
}

static void gate_news(unsigned n)
{
	struct event_value *key = key_value();

	for (unsigned i = 0; i < n; i++) {
		record->at.ts_ns = now_ns += 1000;
		key->u = turn++;
		gate_take(gate, record);
	}
}

/* ---- JSON */

static struct json json;
static struct event_lines *lines;

static void json_begin(void)
{
	record_begin();
	if (lines)
		return;
	json_init(&json, 1 << 20);
	lines = event_lines_new(NULL);
	if (!lines)
		die("no lines");
}

static void json_one(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		json_reset(&json);
		event_json_line(&json, record, NULL);
		sunk += json.len;
	}
}

static void json_many(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		json_reset(&json);
		record->at.ts_ns += 1000;
		event_lines_put(lines, &json, record);
		sunk += json.len;
	}
}

/* ---- rules and ledger */

static struct policy_set *set;
static struct ledger *ledger;
static char state[] = "/tmp/sekisho-micro-XXXXXX";
static uint64_t findings;

static void find(void *ctx, const struct finding *f)
{
	(void)ctx, (void)f;
	findings++;
}

/* The ledger hands its records on here. */
static void judge(void *ctx, struct event *ev)
{
	(void)ctx;
	kept = ev;
}

/* The shipped rules of the source tree, and a site of which nothing is said. */
static void load(void)
{
	char *packs = realpath("rules/packs", NULL), *texts = realpath("rules/text", NULL), path[64];
	struct complaint c = {""};
	int err;

	if (!packs || !texts || !mkdtemp(state))
		die("run it from the source root, with room in /tmp");
	snprintf(path, sizeof(path), "%s/micro.yaml", state);
	FILE *f = fopen(path, "w");
	if (!f)
		die("no room in /tmp");
	fprintf(f, "sensor:\n  name: micro\nrules:\n  packs: [%s]\n  texts: %s\n", packs, texts);
	fclose(f);
	free(packs);
	free(texts);
	set = policy_set_load(path, &c, &err);
	if (!set || ledger_open(&ledger, state, &set->cfg.site, (struct event_sink){judge, NULL}, &c) != 0)
		die(c.text);
}

static void ledger_begin(void)
{
	record_begin();
	if (!set)
		load();
	ledger_take(ledger, record);
}

static void ledger_known(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		record->at.ts_ns = now_ns += 1000;
		ledger_take(ledger, record);
	}
}

static void judge_many(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		record->at.ts_ns = now_ns += 1000;
		rules_judge(set->rules, record, (struct finding_sink){find, NULL});
	}
}

/* A request to restart communications is judged in full: SKS-MB rules of diagnostics. */
static void restart_begin(void)
{
	talk_of(502, NULL, "> %1$04x 0000 0006 1108 0001 0000 < %1$04x 0000 0006 1108 0001 0000 ");
}

static void hit_begin(void)
{
	ledger_begin();
	record = record_of(&modbus_table, restart_begin);
	ledger_take(ledger, record);
	findings = 0;
	judge_many(1);
	if (findings == 0)
		die("no rule finds the record that one should");
}

static void end_all(void)
{
	char path[128];

	gate_free(gate);
	event_lines_free(lines);
	if (lines)
		json_deinit(&json);
	while (n_copies > 0)
		free(copies[--n_copies]);
	ledger_close(ledger);
	policy_set_free(set);
	if (ledger) {
		static const char *const files[] = {"micro.yaml", "ledger.db", "ledger.db-wal", "ledger.db-shm", "lock", "ledger.lock"};
		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			snprintf(path, sizeof(path), "%s/%s", state, files[i]);
			unlink(path);
		}
		rmdir(state);
	}
}

/* ---- the table */

static const struct row {
	const char *name;
	void (*begin)(void);
	void (*run)(unsigned n);
	bool packet_path; /* must not call for memory */
} rows[] = {
    {"yardstick: hash of 64 bytes", NULL, hash_64, true},
    {"yardstick: copy of 64 KiB", NULL, copy_64k, true},
    {"decode: a TCP frame", decode_begin, decode, true},
    {"flow: found among 200,000", flows_begin, flow_hit, true},
    {"flow: not among them", NULL, flow_miss, true},
    {"tcp: a segment in order", stream_begin, say, true},
    {"tcp: a segment, every fourth late", stream_begin, holes, true},
    {"modbus: a message", modbus_begin, say, true},
    {"opcua: a message", opcua_begin, say, true},
    {"smb: a message", smb_begin, say, true},
    {"http: a message", http_begin, say, true},
    {"ot: an S7comm message", s7_begin, say, true},
    {"discovery: an mDNS datagram", mdns_begin, say, true},
    {"gate: a fact again", gate_begin, gate_same, true},
    {"gate: a new fact", gate_begin, gate_news, true},
    {"json: a record by itself", json_begin, json_one, true},
    {"json: a record of many", json_begin, json_many, true},
    {"ledger: a record of a known pair", ledger_begin, ledger_known, false},
    {"rules: a record that none wants", ledger_begin, judge_many, false},
    {"rules: a record that one finds", hit_begin, judge_many, false},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]), WARM_UP = 20000, CHECKED = 5000, RUNS = 5, RUN_NS = 20000000 };

struct figure {
	double ns, calls;
};

static int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static struct figure measure(const struct row *r, bool check)
{
	struct figure f = {.ns = 0};
	unsigned n = CHECKED;

	if (r->begin)
		r->begin();
	r->run(WARM_UP);
	for (int i = 0; i < (check ? 1 : RUNS); i++) {
		unsigned long before = calls;
		int64_t began = cpu_ns();
		r->run(n);
		int64_t took = cpu_ns() - began;
		f.calls = (double)(calls - before) / n;
		if (took < RUN_NS && !check && n < 1u << 26) { /* too short to tell: longer, and again */
			n *= 2;
			i--;
			continue;
		}
		double each = (double)took / n;
		f.ns = f.ns == 0 || each < f.ns ? each : f.ns;
	}
	return f;
}

static bool chosen(const char *name, char *const *parts)
{
	bool all = !*parts;

	for (; *parts && !all; parts++)
		all = strstr(name, *parts) != NULL;
	return all;
}

static void write_json(const char *path, const struct figure *figures, const bool *done)
{
	FILE *f = fopen(path, "w");

	if (!f)
		die("the file of --json cannot be written");
	for (int i = 0, n = 0; i < ROWS; i++) {
		if (done[i])
			fprintf(f, "%s{\"name\":\"%s\",\"ns\":%.2f,\"calls_for_memory\":%.4f,\"yardsticks\":%.3f}", n++ ? ",\n " : "[",
				rows[i].name, figures[i].ns, figures[i].calls,
				figures[0].ns > 0 ? figures[i].ns / figures[0].ns : 0);
	}
	fputs("]\n", f);
	if (fclose(f) != 0)
		die("the file of --json cannot be written");
}

int main(int argc, char **argv)
{
	static struct figure figures[ROWS];
	bool check = false, done[ROWS] = {false};
	const char *to = NULL;
	int bad = 0;

	for (argv++; argc > 1 && strncmp(*argv, "--", 2) == 0; argv++, argc--) {
		if (strcmp(*argv, "--check") == 0) {
			check = true;
		} else if (strcmp(*argv, "--json") == 0 && argc > 2) {
			to = *++argv;
			argc--;
		} else {
			die("usage: micro [--check] [--json FILE] [PART-OF-A-NAME...]");
		}
	}
	if (!check)
		printf("%-36s %10s %10s %12s\n", "", "ns", "calls", "yardsticks");
	for (int i = 0; i < ROWS; i++) {
		if (i > 0 && !chosen(rows[i].name, argv))
			continue;
		figures[i] = measure(&rows[i], check);
		done[i] = true;
		bool wrong = check && rows[i].packet_path && figures[i].calls > 0;
		bad += wrong;
		if (wrong || check)
			printf("%-36s %10.4f calls for memory%s\n", rows[i].name, figures[i].calls, wrong ? ", and must make none" : "");
		else
			printf("%-36s %10.1f %10.3f %12.2f\n", rows[i].name, figures[i].ns, figures[i].calls,
			       figures[i].ns / figures[0].ns);
		fflush(stdout);
	}
	if (to)
		write_json(to, figures, done);
	end_all();
	return bad > 0;
}
