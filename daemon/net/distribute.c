#include "net/distribute.h"

#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "net/decode.h"

enum {
	TYPE_IPV4 = 0x0800,
	TYPE_ARP = 0x0806,
	TYPE_VLAN = 0x8100,
	TYPE_IPV6 = 0x86dd,
	TYPE_SERVICE_VLAN = 0x88a8,
	TAGS_MAX = 4,
	DATAGRAMS = 1024, /* whose fragments' way is remembered: a power of two */
	SCRATCH_BYTES = 65536,
	FIRST_WORKER = 0,
};

#define DATAGRAM_NS INT64_C(1000000000) /* so far apart fragments of one datagram may come in the wrong order */

/* Where the fragments of a datagram go. */
struct datagram {
	uint64_t key; /* of addresses, protocol and identification; 0: none */
	int64_t ts_ns;
	unsigned worker;
	bool first_seen;
};

struct distributor {
	unsigned workers;
	struct decoder *decoder; /* for what is not simply IP in Ethernet; it puts no fragments together */
	uint8_t *scratch;        /* a first fragment, to be read as if it were all */
	struct datagram datagrams[DATAGRAMS];
};

/* What the headers say on the way to the addresses. */
struct way {
	struct distributor *d;
	const struct frame_in *f;
	bool broadcast;
};

/* All fragments of a datagram go one way, so the last one must not show what they were parts of. */
static const struct decoder_options as_they_come = {.no_reassembly = true};

struct distributor *distributor_new(unsigned workers)
{
	struct distributor *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->workers = workers;
	d->decoder = decoder_new(&as_they_come);
	d->scratch = malloc(SCRATCH_BYTES);
	if (!d->decoder || !d->scratch) {
		distributor_free(d);
		return NULL;
	}
	return d;
}

void distributor_free(struct distributor *d)
{
	if (!d)
		return;
	decoder_free(d->decoder);
	free(d->scratch);
	free(d);
}

uint64_t distributor_ceiling_bytes(void)
{
	return sizeof(struct distributor) + SCRATCH_BYTES + decoder_ceiling_bytes(&as_they_come);
}

/* The same for both directions. */
static uint64_t pair_hash(const struct ip_addr *src, const struct ip_addr *dest)
{
	uint64_t s[2], d[2];

	memcpy(s, src->b, sizeof(s));
	memcpy(d, dest->b, sizeof(d));
	uint64_t a = hash_u64(s[0], s[1]), b = hash_u64(d[0], d[1]);
	return hash_u64(a < b ? a : b, a < b ? b : a);
}

static unsigned of_hash(const struct distributor *d, uint64_t hash)
{
	return (unsigned)((hash >> 32) * d->workers >> 32);
}

/* Counted over all who send them, or answered by no pair of addresses. */
static bool is_for_first(uint8_t ip_proto, bool broadcast)
{
	return ip_proto == IPPROTO_ICMP || ip_proto == IPPROTO_ICMPV6 || (broadcast && ip_proto != IPPROTO_TCP);
}

static bool is_all_ones(const struct mac *m)
{
	static const struct mac all = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

	return mac_eq(m, &all);
}

static unsigned of_packet(const struct distributor *d, const struct packet *p)
{
	if (p->kind < PACKET_FRAGMENT)
		return FIRST_WORKER;
	if (is_for_first(p->ip_proto, p->has_ether && is_all_ones(&p->dest_mac)))
		return FIRST_WORKER;
	return of_hash(d, pair_hash(&p->src_ip, &p->dest_ip));
}

/* Takes the frame apart as a worker would. */
static unsigned decoded(struct distributor *d, const struct frame_in *f)
{
	struct packet p;

	decode_frame(d->decoder, f, &p);
	return of_packet(d, &p);
}

static bool may_be_tunnel(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_GRE:
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
	case IPPROTO_ETHERIP:
	case IPPROTO_MPLS_IN_IP:
	case IPPROTO_ETHERNET_IN_IP:
	case IPPROTO_PIM:
	case IPPROTO_AH:
		return true;
	default:
		return false;
	}
}

/* Ports behind which decode_transport.c looks for another packet. */
static bool is_tunnel_port(uint16_t port)
{
	switch (port) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
	case PORT_GENEVE:
	case PORT_L2TP:
	case PORT_GTP_U:
	case PORT_TEREDO:
		return true;
	default:
		return false;
	}
}

/* The first fragment, read as if it were the whole datagram: its two bytes of offset and flags, @at, made zero (of
 * IPv6 too: RFC 6946). */
static unsigned of_first_fragment(struct distributor *d, const struct frame_in *f, size_t at)
{
	struct packet p;
	struct frame_in alone = *f;

	if (f->bytes.len > SCRATCH_BYTES)
		return decoded(d, f);
	memcpy(d->scratch, f->bytes.ptr, f->bytes.len);
	memset(d->scratch + at, 0, 2);
	alone.bytes = span_of(d->scratch, f->bytes.len);
	decode_frame(d->decoder, &alone, &p);
	return of_packet(d, &p);
}

/* A fragment of what may be a tunnel: all go where the first one's inside goes. Where another comes before it, to the
 * outer pair. */
static unsigned of_fragment(struct way *w, uint64_t key, bool first, size_t at, unsigned outer)
{
	struct distributor *d = w->d;
	struct datagram *g = &d->datagrams[key % DATAGRAMS];
	int64_t apart_ns = w->f->ts_ns - g->ts_ns;
	bool known = g->key == key && apart_ns > -DATAGRAM_NS && apart_ns < DATAGRAM_NS;

	if (known && (!first || !g->first_seen)) {
		g->first_seen |= first;
		return g->worker;
	}
	*g = (struct datagram){key, w->f->ts_ns, first ? of_first_fragment(d, w->f, at) : outer, first};
	return g->worker;
}

/* What the IP header carries, @c, of the protocol @proto: no fragment. */
static unsigned of_carried(struct way *w, uint8_t proto, struct cursor *c, unsigned outer)
{
	if (is_for_first(proto, w->broadcast))
		return FIRST_WORKER;
	if (proto == IPPROTO_UDP) {
		uint16_t src_port = cur_u16be(c), dest_port = cur_u16be(c);
		if (is_tunnel_port(src_port) || is_tunnel_port(dest_port))
			return decoded(w->d, w->f);
	} else if (may_be_tunnel(proto)) {
		return decoded(w->d, w->f);
	}
	return outer;
}

/* RFC 791, 3.1 */
static unsigned of_ipv4(struct way *w, struct cursor c)
{
	enum { FRAGMENT_AT = 6, MORE_OR_OFFSET = 0x3fff, OFFSET = 0x1fff };
	size_t start = w->f->bytes.len - cur_left(&c);
	struct cursor behind = c;
	uint8_t first = cur_u8(&c);

	cur_skip(&c, 3);
	uint16_t id = cur_u16be(&c), fragment = cur_u16be(&c);
	cur_skip(&c, 1);
	uint8_t proto = cur_u8(&c);
	cur_skip(&c, 2);
	const uint8_t *src = cur_take(&c, 4), *dest = cur_take(&c, 4);
	if (!cur_ok(&c) || first >> 4 != 4 || (first & 0x0f) < 5)
		return decoded(w->d, w->f);
	struct ip_addr from = ip_from_v4(src), to = ip_from_v4(dest);
	uint64_t hash = pair_hash(&from, &to);
	unsigned outer = of_hash(w->d, hash);
	if (!(fragment & MORE_OR_OFFSET)) {
		cur_skip(&behind, (size_t)(first & 0x0f) * 4);
		return of_carried(w, proto, &behind, outer);
	}
	if (is_for_first(proto, w->broadcast))
		return FIRST_WORKER;
	if (proto != IPPROTO_UDP && !may_be_tunnel(proto))
		return outer;
	return of_fragment(w, hash_u64(hash, (uint64_t)id << 8 | proto), !(fragment & OFFSET), start + FRAGMENT_AT,
			   outer);
}

/* RFC 8200, 3 and 4.5 */
static unsigned of_ipv6(struct way *w, struct cursor c)
{
	enum { OFFSET_AT = 42, OFFSET_AND_MORE = 0xfff9, OFFSET = 0xfff8 };
	size_t start = w->f->bytes.len - cur_left(&c);
	uint8_t first = cur_u8(&c);

	cur_skip(&c, 5);
	uint8_t next = cur_u8(&c);
	cur_skip(&c, 1);
	const uint8_t *src = cur_take(&c, 16), *dest = cur_take(&c, 16);
	if (!cur_ok(&c) || first >> 4 != 6)
		return decoded(w->d, w->f);
	struct ip_addr from = ip_from_v6(src), to = ip_from_v6(dest);
	uint64_t hash = pair_hash(&from, &to);
	unsigned outer = of_hash(w->d, hash);
	if (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS)
		return decoded(w->d, w->f);
	if (next != IPPROTO_FRAGMENT)
		return of_carried(w, next, &c, outer);
	uint8_t proto = cur_u8(&c);
	cur_skip(&c, 1);
	uint16_t offset = cur_u16be(&c);
	uint32_t id = cur_u32be(&c);
	if (!cur_ok(&c) || is_for_first(proto, w->broadcast))
		return FIRST_WORKER;
	if (!(offset & OFFSET_AND_MORE))
		return of_carried(w, proto, &c, outer);
	if (proto != IPPROTO_UDP && !may_be_tunnel(proto))
		return outer;
	return of_fragment(w, hash_u64(hash, (uint64_t)id << 8 | proto), !(offset & OFFSET), start + OFFSET_AT, outer);
}

static unsigned of_ethernet(struct way *w, struct cursor c)
{
	struct mac dest = {{0}};
	const uint8_t *at = cur_take(&c, sizeof(dest.b));

	if (at)
		memcpy(dest.b, at, sizeof(dest.b));
	w->broadcast = is_all_ones(&dest);
	cur_skip(&c, 6);
	uint16_t type = cur_u16be(&c);
	for (unsigned n = 0; n < TAGS_MAX && (type == TYPE_VLAN || type == TYPE_SERVICE_VLAN); n++) {
		cur_skip(&c, 2);
		type = cur_u16be(&c);
	}
	if (!cur_ok(&c))
		return FIRST_WORKER;
	if (type == TYPE_IPV4)
		return of_ipv4(w, c);
	if (type == TYPE_IPV6)
		return of_ipv6(w, c);
	return type == TYPE_ARP ? FIRST_WORKER : decoded(w->d, w->f);
}

unsigned distribute(struct distributor *d, const struct frame_in *f)
{
	struct way w = {.d = d, .f = f};

	return f->linktype == DLT_EN10MB ? of_ethernet(&w, cur_of(f->bytes)) : decoded(d, f);
}
