/* The conversations of a golden capture: TCP segments and datagrams as they stand in the file, in its order. */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "net/capture.h"
#include "net/decode.h"
#include "vectors.h"

enum { FLOWS_MAX = 256, FRAMES_AT_ONCE = 64 };

struct known_flow {
	struct packet first; /* of its client */
	uint32_t next_seq[2];
	bool seen[2];
	struct golden_flow flow;
};

struct reading {
	struct decoder *decoder;
	struct known_flow flows[FLOWS_MAX];
	size_t n;
};

static bool is_port(const uint16_t ports[8], uint16_t port)
{
	for (unsigned i = 0; i < 8 && ports[i] != 0; i++) {
		if (ports[i] == port)
			return true;
	}
	return false;
}

static bool same_end(const struct ip_addr *a, uint16_t a_port, const struct ip_addr *b, uint16_t b_port)
{
	return a_port == b_port && memcmp(a, b, sizeof(*a)) == 0;
}

static bool is_from_client(const struct known_flow *k, const struct packet *p)
{
	return same_end(&k->first.src_ip, k->first.src_port, &p->src_ip, p->src_port) &&
	       same_end(&k->first.dest_ip, k->first.dest_port, &p->dest_ip, p->dest_port);
}

static bool is_from_server(const struct known_flow *k, const struct packet *p)
{
	return same_end(&k->first.src_ip, k->first.src_port, &p->dest_ip, p->dest_port) &&
	       same_end(&k->first.dest_ip, k->first.dest_port, &p->src_ip, p->src_port);
}

static const struct dissector *of_link(const struct packet *p)
{
	for (const struct dissector *const *d = dissectors; *d; d++) {
		for (unsigned i = 0; i < 4 && (*d)->ethertypes[i] != 0; i++) {
			if (!p->is_llc && (*d)->ethertypes[i] == p->ethertype)
				return *d;
		}
		for (unsigned i = 0; i < 4 && p->is_llc && !p->is_snap && (*d)->llc_saps[i] != 0; i++) {
			if ((*d)->llc_saps[i] == p->llc_dsap)
				return *d;
		}
		for (unsigned i = 0; i < 2 && p->is_snap && (*d)->snaps[i] != 0; i++) {
			if ((*d)->snaps[i] == DISSECTOR_SNAP(p->snap_oui, p->ethertype))
				return *d;
		}
	}
	return NULL;
}

/* ICMPv6 messages are handed over from their type on. */
static const struct dissector *of_icmpv6(struct packet *p)
{
	if (p->kind != PACKET_ICMP || p->ip_proto != IPPROTO_ICMPV6 || p->l4.len == 0)
		return NULL;
	for (const struct dissector *const *d = dissectors; *d; d++) {
		for (unsigned i = 0; i < sizeof((*d)->icmpv6_types) && (*d)->icmpv6_types[i]; i++) {
			if ((*d)->icmpv6_types[i] == p->l4.ptr[0]) {
				p->payload = p->l4;
				return *d;
			}
		}
	}
	return NULL;
}

/* The dissector of a first payload: by its shape and the port, else by its shape alone. @client: whether it is his */
static const struct dissector *of_payload(const struct packet *p, bool *client)
{
	bool udp = p->kind == PACKET_UDP;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (const struct dissector *const *d = dissectors; *d; d++) {
			const uint16_t *ports = udp ? (*d)->udp_ports : (*d)->tcp_ports;
			bool to = is_port(ports, p->dest_port), from = is_port(ports, p->src_port);
			if (!(*d)->probe || dissector_is_link(*d) || (!udp && !(*d)->frame) ||
			    (pass == 0 && !to && !from))
				continue;
			enum probe v = (*d)->probe(p->payload, from);
			if (v == PROBE_NO || (pass == 1 && (v == PROBE_MORE || v == PROBE_WEAK)))
				continue;
			*client = v == PROBE_REQUEST || (v != PROBE_RESPONSE && (to || !from));
			return *d;
		}
	}
	return NULL;
}

static struct known_flow *flow_new(struct reading *r, const struct packet *p, const struct dissector *d)
{
	ck_assert_uint_lt(r->n, FLOWS_MAX);
	struct known_flow *k = &r->flows[r->n++];
	*k = (struct known_flow){.first = *p, .flow = {.dissector = d, .datagrams = p->kind != PACKET_TCP}};
	return k;
}

/* What of @p has not come before, behind what is missing before it. */
static void add_run(struct known_flow *k, enum dir dir, const struct packet *p)
{
	struct golden_flow *f = &k->flow;
	struct span bytes = p->payload;
	uint32_t lost_bytes = 0;

	if (!f->datagrams) {
		int32_t ahead = k->seen[dir] ? (int32_t)(p->seq - k->next_seq[dir]) : 0;
		if (ahead > 0)
			lost_bytes = (uint32_t)ahead;
		else
			bytes = span_skip(bytes, (size_t) - (int64_t)ahead);
		if (bytes.len == 0)
			return;
		k->seen[dir] = true;
		k->next_seq[dir] = p->seq + (uint32_t)p->payload_wire_len;
	}
	f->runs = realloc(f->runs, (f->n + 1) * sizeof(*f->runs));
	struct golden_run *r = &f->runs[f->n++];
	*r = (struct golden_run){{dir, malloc(bytes.len), bytes.len}, lost_bytes};
	memcpy(r->run.bytes, bytes.ptr, bytes.len);
}

static void take(void *ctx, const struct frame_in *frame)
{
	struct reading *r = ctx;
	const struct dissector *d;
	struct packet p;
	bool client = true;

	decode_frame(r->decoder, frame, &p);
	if (p.payload.len == 0)
		return;
	if (p.kind != PACKET_TCP && p.kind != PACKET_UDP) {
		if ((d = of_icmpv6(&p)) || (d = of_link(&p)))
			add_run(flow_new(r, &p, d), DIR_REQUEST, &p);
		return;
	}
	for (size_t i = 0; i < r->n; i++) {
		struct known_flow *k = &r->flows[i];
		if (k->first.kind == p.kind && (is_from_client(k, &p) || is_from_server(k, &p))) {
			add_run(k, is_from_client(k, &p) ? DIR_REQUEST : DIR_RESPONSE, &p);
			return;
		}
	}
	if (!(d = of_payload(&p, &client)))
		return;
	struct known_flow *k = flow_new(r, &p, d);
	if (!client) {
		k->first.src_ip = p.dest_ip;
		k->first.src_port = p.dest_port;
		k->first.dest_ip = p.src_ip;
		k->first.dest_port = p.src_port;
	}
	add_run(k, client ? DIR_REQUEST : DIR_RESPONSE, &p);
}

void golden_capture_read(struct golden_capture *g, const char *path)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct complaint c = {""};
	struct capture *cap;

	ck_assert_msg(capture_open_file(&cap, path, &(struct capture_options){0}, &c) == 0, "%s: %s", path, c.text);
	r->decoder = decoder_new(&(struct decoder_options){0});
	while (capture_read(cap, FRAMES_AT_ONCE, take, r) != CAPTURE_END)
		;
	capture_close(cap);
	decoder_free(r->decoder);
	*g = (struct golden_capture){calloc(r->n ? r->n : 1, sizeof(*g->flows)), r->n};
	for (size_t i = 0; i < r->n; i++)
		g->flows[i] = r->flows[i].flow;
	free(r);
}

void golden_capture_free(struct golden_capture *g)
{
	for (size_t i = 0; i < g->n; i++) {
		for (size_t k = 0; k < g->flows[i].n; k++)
			free(g->flows[i].runs[k].run.bytes);
		free(g->flows[i].runs);
	}
	free(g->flows);
}
