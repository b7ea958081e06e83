/*
 * A toy protocol over a worker, for the tests of flows, TCP and streams.
 *
 * A PDU is 'Q' (request) or 'R' (response), '!' (or '-': only the four bytes of its head are wanted), the length of its
 * text in two bytes, big-endian, and the text. The toy dissector and the sink write what they get into toy_log: "Q:text
 * ", "R:text ", "gap(dir,bytes) ", "finish ", "anomaly(type/reason/bytes) ", "flow(id,state,reason) ", "asset(ip) ".
 */
#ifndef SEKISHO_TESTS_TOY_H
#define SEKISHO_TESTS_TOY_H

#include <check.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "net/worker.h"

enum { TOY_PORT = 7000, TOY_WEAK_PORT = 7001, TOY_MAX_FRAME = 16384, TOY_HEAD = 4 };

struct toy_state {
	int pdus;
};

static char toy_log[262144];
static unsigned long toy_frames; /* how often frame() was asked */

__attribute__((unused, format(printf, 1, 2))) static void toy_say(const char *fmt, ...)
{
	size_t used = strlen(toy_log);
	va_list args;

	va_start(args, fmt);
	vsnprintf(toy_log + used, sizeof(toy_log) - used, fmt, args);
	va_end(args);
}

static enum probe toy_probe(struct span head, bool from_server_port)
{
	(void)from_server_port;
	struct cursor c = cur_of(head);
	uint8_t kind = cur_u8(&c), mark = cur_u8(&c);
	if (cur_ok(&c) && mark != '!' && mark != '-')
		return PROBE_NO;
	if (kind == 'W')
		return PROBE_WEAK;
	if (kind != 'Q' && kind != 'R')
		return PROBE_NO;
	if (!cur_ok(&c))
		return PROBE_MORE;
	return kind == 'Q' ? PROBE_REQUEST : PROBE_RESPONSE;
}

static struct frame toy_frame(const void *state, enum dir dir, struct span avail)
{
	struct cursor c = cur_of(avail);
	uint8_t kind = cur_u8(&c), mark = cur_u8(&c);

	(void)state;
	toy_frames++;
	if (kind != (dir == DIR_REQUEST ? 'Q' : 'R') && kind != 'W')
		return (struct frame){.kind = FRAME_NOT_MINE};
	if (avail.len > 1 && mark != '!' && mark != '-')
		return (struct frame){.kind = FRAME_NOT_MINE};
	uint16_t text = cur_u16be(&c);
	if (!cur_ok(&c))
		return (struct frame){.kind = FRAME_MORE, .total = kind == 'W' ? 0 : TOY_HEAD};
	if (kind == 'W' && avail.len < (size_t)TOY_HEAD + text)
		return (struct frame){.kind = FRAME_MORE};
	return (struct frame){FRAME_WHOLE, mark == '-' ? TOY_HEAD : TOY_HEAD + (uint32_t)text,
			      TOY_HEAD + (uint64_t)text};
}

static void toy_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	struct toy_state *s = state;

	s->pdus++;
	out->counters[dir]++;
	cur_skip(pdu, TOY_HEAD);
	struct span text = cur_rest(pdu);
	ck_assert(cur_ok(pdu));
	toy_say("%c:%.*s ", dir == DIR_REQUEST ? 'Q' : 'R', (int)text.len, text.len ? (const char *)text.ptr : "");
}

static void toy_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	(void)state, (void)out;
	toy_say("gap(%c,%llu) ", dir == DIR_REQUEST ? 'Q' : 'R', (unsigned long long)lost_bytes);
}

static void toy_finish(void *state, struct emitter *out)
{
	(void)state, (void)out;
	toy_say("finish ");
}

static const struct field_table toy_table = {"toy", NULL, 0};
static const struct dissector toy_dissector = {
    .name = "toy",
    .table = &toy_table,
    .tcp_ports = {TOY_PORT},
    .udp_ports = {TOY_PORT},
    .max_frame = TOY_MAX_FRAME,
    .state_size = sizeof(struct toy_state),
    .n_counters = 2,
    .probe = toy_probe,
    .frame = toy_frame,
    .pdu = toy_pdu,
    .gap = toy_gap,
    .finish = toy_finish,
};
static const struct dissector *const toy_dissectors[] = {&toy_dissector, NULL};

static const char *toy_text(const struct event *ev, const struct field_def *f)
{
	static char text[128];
	const struct event_value *v = event_get(ev, f);

	snprintf(text, sizeof(text), "%.*s", v ? (int)v->count : 0, v ? (const char *)v->ptr : "");
	return text;
}

static uint64_t toy_number(const struct event *ev, const struct field_def *f)
{
	const struct event_value *v = event_get(ev, f);

	return v ? v->u : 0;
}

static bool toy_tells_flows, toy_tells_anomalies;
static struct origin toy_last_origin;
static struct mac toy_router[2]; /* of the last asset record that named them: in, out */
static uint64_t toy_ttl;         /* of the last asset record */
static uint64_t toy_flow_packets[2];

static void toy_take(void *ctx, struct event *ev)
{
	(void)ctx;
	toy_last_origin = ev->at;
	if (ev->table == &anomaly_table && toy_tells_anomalies) {
		toy_say("anomaly(%s/%s/%llu) ",
			enum_token(anomaly_field[ANOMALY_TYPE].names, toy_number(ev, &anomaly_field[ANOMALY_TYPE])),
			toy_text(ev, &anomaly_field[ANOMALY_REASON]),
			(unsigned long long)toy_number(ev, &anomaly_field[ANOMALY_BYTES]));
	} else if (ev->table == &flow_table_fields && toy_tells_flows) {
		toy_flow_packets[0] = toy_number(ev, &flow_field[FLOW_PKTS_TS]);
		toy_flow_packets[1] = toy_number(ev, &flow_field[FLOW_PKTS_TC]);
		toy_say("flow(%llu,%s,%s) ", (unsigned long long)ev->at.flow_id,
			enum_token(flow_field[FLOW_STATE].names, toy_number(ev, &flow_field[FLOW_STATE])),
			enum_token(flow_field[FLOW_REASON].names, toy_number(ev, &flow_field[FLOW_REASON])));
	} else if (ev->table == &asset_table) {
		const struct event_value *ip = event_get(ev, &asset_field[ASSET_IP]);
		struct ip_addr a = {{0}};
		char text[IP_TEXT_MAX];
		if (ip)
			memcpy(a.b, ip->ptr, sizeof(a.b));
		toy_say("asset(%s) ", ip ? ip_format(&a, text) : "none");
		const struct event_value *in = event_get(ev, &asset_field[ASSET_ROUTER_IN]);
		const struct event_value *out = event_get(ev, &asset_field[ASSET_ROUTER_OUT]);
		if (in && out) {
			toy_router[0] = in->mac;
			toy_router[1] = out->mac;
		}
		toy_ttl = toy_number(ev, &asset_field[ASSET_TTL]);
	}
}

/* Where the test stands. Side 0 is the client 10.0.0.1:40000, side 1 the server 10.0.0.2:TOY_PORT, unless the test says
 * otherwise. */
struct toy {
	struct worker *w;
	int64_t now_ns;
	uint64_t frame;
	uint16_t port[2];
	uint32_t isn[2];
	uint8_t card, hops; /* added to the sender's MAC address, taken off its TTL */
	bool mute[2];       /* the capture does not see this side */
};

static struct toy toy_start(struct worker_options o)
{
	struct toy t = {.now_ns = NS_PER_S, .port = {40000, TOY_PORT}, .isn = {1000, 5000}};

	if (!o.dissectors)
		o.dissectors = toy_dissectors;
	o.next = (struct event_sink){toy_take, NULL};
	o.no_guess = true; /* nDPI takes its time to start */
	toy_log[0] = '\0';
	toy_frames = 0;
	t.w = worker_new(&o);
	ck_assert_ptr_nonnull(t.w);
	return t;
}

static struct toy toy_new(void)
{
	toy_tells_flows = toy_tells_anomalies = false;
	return toy_start((struct worker_options){.flow_records = true});
}

/* Ends the capture. @return what was said all in all. */
static const char *toy_end(struct toy *t)
{
	worker_finish(t->w);
	worker_free(t->w);
	return toy_log;
}

/* A counter of the stats record, such as "\"gaps\":". */
__attribute__((unused)) static unsigned long long toy_stat(const struct toy *t, const char *key)
{
	struct json j;
	char pattern[64];

	json_init(&j, 1 << 20);
	json_object_begin(&j);
	worker_stats(t->w, &j);
	json_object_end(&j);
	snprintf(pattern, sizeof(pattern), "\"%s\":", key);
	const char *at = strstr(json_cstr(&j), pattern);
	ck_assert_msg(at, "no %s in %s", key, json_cstr(&j));
	unsigned long long n = strtoull(at + strlen(pattern), NULL, 10);
	json_deinit(&j);
	return n;
}

static struct packet toy_packet(struct toy *t, unsigned side, uint8_t proto)
{
	struct packet p = {.kind = proto == IPPROTO_TCP ? PACKET_TCP : proto == IPPROTO_UDP ? PACKET_UDP : PACKET_ICMP};
	uint8_t ip[2][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}};

	p.ts_ns = t->now_ns;
	p.frame = ++t->frame;
	p.has_ether = true;
	p.src_mac = (struct mac){{2, 0, 0, 0, 0, (uint8_t)(side + 1 + t->card)}};
	p.dest_mac = (struct mac){{2, 0, 0, 0, 0, (uint8_t)(!side + 1)}};
	p.ethertype = 0x0800;
	p.src_ip = ip_from_v4(ip[side]);
	p.dest_ip = ip_from_v4(ip[!side]);
	p.ip_proto = proto;
	p.ttl = (uint8_t)(64 - t->hops);
	p.src_port = t->port[side];
	p.dest_port = t->port[!side];
	p.n_senders = 2;
	p.senders[0].is_mac = true;
	p.senders[0].mac = p.src_mac;
	p.senders[1].ip = p.src_ip;
	return p;
}

static void toy_send(struct toy *t, const struct packet *p)
{
	worker_packet(t->w, p);
	t->now_ns += NS_PER_MS / 100;
}

/* A segment: @at and @ack are offsets in the streams, the first byte after the SYN being 0. */
static void toy_segment(struct toy *t, unsigned side, uint8_t flags, uint32_t at, uint32_t ack, const void *bytes,
			size_t n)
{
	struct packet p = toy_packet(t, side, IPPROTO_TCP);

	p.tcp_flags = flags;
	p.seq = t->isn[side] + (flags & TCP_SYN ? 0 : 1) + at;
	p.ack = flags & TCP_ACK ? t->isn[!side] + 1 + ack : 0;
	p.payload = span_of(bytes, n);
	p.payload_wire_len = (uint32_t)n;
	p.wire_len = (uint32_t)n + 54;
	if (!t->mute[side])
		toy_send(t, &p);
}

static void toy_data(struct toy *t, unsigned side, uint32_t at, uint32_t ack, const void *bytes, size_t n)
{
	toy_segment(t, side, TCP_ACK | TCP_PSH, at, ack, bytes, n);
}

static void toy_ack(struct toy *t, unsigned side, uint32_t at, uint32_t ack)
{
	toy_segment(t, side, TCP_ACK, at, ack, NULL, 0);
}

static void toy_handshake(struct toy *t)
{
	toy_segment(t, 0, TCP_SYN, 0, 0, NULL, 0);
	toy_segment(t, 1, TCP_SYN | TCP_ACK, 0, 0, NULL, 0);
	toy_ack(t, 0, 0, 0);
}

/* Time passes for the whole capture: a packet of another flow. */
__attribute__((unused)) static void toy_wait_ms(struct toy *t, int64_t ms)
{
	t->now_ns += ms * NS_PER_MS;
	struct packet p = toy_packet(t, 0, IPPROTO_UDP);
	p.src_port = p.dest_port = 9;
	toy_send(t, &p);
}

/* Writes one PDU at @at. @return its length. */
static size_t toy_put(uint8_t *at, char kind, char mark, const char *text)
{
	size_t n = strlen(text);

	at[0] = (uint8_t)kind;
	at[1] = (uint8_t)mark;
	at[2] = (uint8_t)(n >> 8);
	at[3] = (uint8_t)n;
	memcpy(at + TOY_HEAD, text, n);
	return TOY_HEAD + n;
}

static inline Suite *toy_suite(const char *name, const TTest *const *tests, size_t n)
{
	Suite *s = suite_create(name);
	TCase *c = tcase_create(name);

	tcase_set_timeout(c, 60);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	return s;
}

static inline int toy_run(const char *name, const TTest *const *tests, size_t n)
{
	SRunner *r = srunner_create(toy_suite(name, tests, n));

	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
