/*
 * The way through one frame, layer by layer. Private to decode*.c.
 *
 * Each layer takes the bytes from its own header on, fills its part of the packet and hands what is behind its header
 * to the next. A layer that does not hold together leaves the packet as the one around it made it and says why through
 * walk_broken(). Encapsulations are counted by walk_enter(), so calls nest at most DECODE_NESTING_MAX times a handful
 * of functions deep.
 */
#ifndef SEKISHO_NET_DECODE_WALK_H
#define SEKISHO_NET_DECODE_WALK_H

#include <netinet/in.h>

#include "net/decode.h"
#include "net/defrag.h"

enum {
	DECODE_NESTING_MAX = 8,     /* encapsulations and quotations */
	DECODE_EXTENSIONS_MAX = 16, /* IPv6 extension headers of one packet */
	DECODE_LABELS_MAX = 16,     /* MPLS labels of one stack */
};

/* What can be wrong with a frame: the tokens of "errors" in the stats record. */
#define DECODE_ERRORS(X)                                                                                               \
	X(link_short)                                                                                                  \
	X(link_type)                                                                                                   \
	X(vlan_short)                                                                                                  \
	X(llc_short)                                                                                                   \
	X(mpls_short)                                                                                                  \
	X(mpls_labels)                                                                                                 \
	X(pppoe_header)                                                                                                \
	X(ppp_short)                                                                                                   \
	X(ipv4_short)                                                                                                  \
	X(ipv4_version)                                                                                                \
	X(ipv4_header_length)                                                                                          \
	X(ipv4_total_length)                                                                                           \
	X(ipv6_short)                                                                                                  \
	X(ipv6_version)                                                                                                \
	X(ipv6_extension)                                                                                              \
	X(ip_beyond_frame)                                                                                             \
	X(ip_auth_header)                                                                                              \
	X(fragment_length)                                                                                             \
	X(fragment_cut)                                                                                                \
	X(fragment_overlap)                                                                                            \
	X(fragment_too_long)                                                                                           \
	X(fragment_limit)                                                                                              \
	X(fragment_given_up)                                                                                           \
	X(gre_short)                                                                                                   \
	X(gre_version)                                                                                                 \
	X(erspan_short)                                                                                                \
	X(erspan_version)                                                                                              \
	X(erspan_truncated)                                                                                            \
	X(vxlan_flags)                                                                                                 \
	X(geneve_header)                                                                                               \
	X(nflog_payload)                                                                                               \
	X(tcp_short)                                                                                                   \
	X(tcp_data_offset)                                                                                             \
	X(udp_short)                                                                                                   \
	X(udp_length)                                                                                                  \
	X(icmp_short)                                                                                                  \
	X(nesting)

#define DECODE_ERROR_ENUM(token) DECODE_ERROR_##token,
enum decode_error { DECODE_ERRORS(DECODE_ERROR_ENUM) DECODE_ERROR_COUNT };
#undef DECODE_ERROR_ENUM

extern const char *const decode_error_names[DECODE_ERROR_COUNT];

struct decoder {
	struct defrag *defrag; /* NULL: fragments stay fragments */
	uint16_t vxlan_ports[4];
	uint64_t errors[DECODE_ERROR_COUNT];
};

struct walk {
	struct decoder *d;
	struct packet *p;
	size_t missing; /* bytes behind the present layer's that were on the wire and not captured */
	uint8_t depth;
	bool quoted;    /* inside an ICMP error: cut short by nature, only its senders count */
	bool part;      /* the first fragment of a datagram, read alone */
	bool cut;       /* the mirror said that it cut this frame */
	bool vlan_told; /* the last of p->vlans came from an ERSPAN header */
};

static inline void walk_broken(struct walk *w, enum decode_error e)
{
	if (w->quoted)
		return;
	w->d->errors[e]++;
	if (!w->p->decode_error)
		w->p->decode_error = decode_error_names[e];
}

/** Goes into another encapsulation. @return false where that is one too many. */
static inline bool walk_enter(struct walk *w)
{
	if (w->depth >= DECODE_NESTING_MAX) {
		walk_broken(w, DECODE_ERROR_nesting);
		return false;
	}
	w->depth++;
	return true;
}

static inline bool walk_tunnel(struct walk *w, enum tunnel t)
{
	if (!walk_enter(w))
		return false;
	if (w->p->n_tunnels < EVENT_TUNNELS_MAX)
		w->p->tunnels[w->p->n_tunnels++] = (uint8_t)t;
	return true;
}

/* Member by member: a copy of a whole span would read 16 bytes just written as two times 8, which stalls. */
static inline void walk_payload(struct walk *w, const struct cursor *rest)
{
	w->p->payload.ptr = rest->pos;
	w->p->payload.len = rest->left;
	w->p->payload_wire_len = (uint32_t)(rest->left + w->missing);
}

/** The same for what IP carries. */
static inline void walk_carried(struct walk *w, const struct cursor *rest)
{
	w->p->l4.ptr = rest->pos;
	w->p->l4.len = rest->left;
	walk_payload(w, rest);
}

/** A layer says that it ends @len bytes from here: cuts padding off. @return false where the frame never had that many.
 */
static inline bool walk_clip(struct walk *w, struct cursor *c, size_t len)
{
	size_t left = cur_left(c), on_wire = left + w->missing;

	if (len <= left) {
		*c = cur_sub(c, len);
		w->missing = 0;
		return true;
	}
	w->missing = len - left;
	return len <= on_wire;
}

static inline void walk_sender_mac(struct packet *p, const struct mac *m)
{
	if (p->n_senders < PACKET_SENDERS_MAX) {
		p->senders[p->n_senders].is_mac = true;
		p->senders[p->n_senders++].mac = *m;
	}
}

/** Takes an IPv4 address from the wire as a sender; @to too, so that nobody reads it while it is being written. */
static inline void walk_sender_v4(struct packet *p, struct ip_addr *to, const uint8_t *at)
{
	*to = ip_from_v4(at);
	if (p->n_senders < PACKET_SENDERS_MAX) {
		p->senders[p->n_senders].is_mac = false;
		p->senders[p->n_senders++].ip = ip_from_v4(at);
	}
}

static inline void walk_sender_v6(struct packet *p, struct ip_addr *to, const uint8_t *at)
{
	*to = ip_from_v6(at);
	if (p->n_senders < PACKET_SENDERS_MAX) {
		p->senders[p->n_senders].is_mac = false;
		p->senders[p->n_senders++].ip = ip_from_v6(at);
	}
}

/** A layer-2 header holds: whatever was known of layers above it belongs to an encapsulation left behind. */
static inline void walk_link(struct walk *w)
{
	struct packet *p = w->p;

	p->kind = PACKET_LINK;
	if (w->depth == 0)
		return;
	memset(&p->src_ip, 0, sizeof(p->src_ip));
	memset(&p->dest_ip, 0, sizeof(p->dest_ip));
	p->ip_proto = 0;
	p->ttl = 0;
	p->ip_id = 0;
	p->src_port = p->dest_port = 0;
	p->l4 = (struct span){NULL, 0};
	p->ethertype = 0;
	p->is_llc = p->is_snap = false;
}

/** RFC 9293, 3.1, without options:
 *  | source port u16 | destination port u16 | sequence u32 | acknowledgment u32 | data offset, flags u16 | window u16 |
 *  | checksum u16 | urgent pointer u16 |
 */
struct tcp_header {
	uint16_t src_port, dest_port;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window;
	size_t bytes; /* with options, as the data offset says */
};

static inline struct tcp_header walk_tcp_header(struct cursor *c)
{
	struct tcp_header h;

	h.src_port = cur_u16be(c);
	h.dest_port = cur_u16be(c);
	h.seq = cur_u32be(c);
	h.ack = cur_u32be(c);
	uint16_t offset_flags = cur_u16be(c);
	h.flags = (uint8_t)offset_flags;
	h.bytes = (size_t)(offset_flags >> 12) * 4;
	h.window = cur_u16be(c);
	return h;
}

/** The packet is a segment with this header. */
static inline void walk_tcp(struct packet *p, const struct tcp_header *h)
{
	p->kind = PACKET_TCP;
	p->src_port = h->src_port;
	p->dest_port = h->dest_port;
	p->seq = h->seq;
	p->ack = h->ack;
	p->tcp_flags = h->flags;
	p->window = h->window;
}

static inline struct mac walk_mac(struct cursor *c)
{
	struct mac m = {{0}};
	const uint8_t *at = cur_take(c, sizeof(m.b));

	if (at)
		memcpy(m.b, at, sizeof(m.b));
	return m;
}

/* decode_link.c */
void decode_link(struct walk *w, int linktype, struct span s);
void decode_ethernet(struct walk *w, struct span s);
/** What stands behind an EtherType, here or in GRE. */
void decode_ethertype(struct walk *w, uint16_t ethertype, struct span s);

/* decode_ip.c */
void decode_ip(struct walk *w, struct span s); /* by the version in its first nibble */
void decode_ipv4(struct walk *w, struct span s);
void decode_ipv6(struct walk *w, struct span s);

/* Is it an IPv6 extension header that decode_ipv6_extensions() goes on behind? (An authentication header is IPv4's as
 * well; of IPsec's payload nothing can be read.) */
static inline bool decode_is_extension(uint8_t proto)
{
	enum { IPPROTO_SHIM6 = 140 }; /* RFC 5533, 5.1 */

	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING || proto == IPPROTO_DSTOPTS ||
	       proto == IPPROTO_FRAGMENT || proto == IPPROTO_SHIM6;
}

/* decode_ip.c: @s is what stands behind the header before, which says that it is @next */
void decode_ipv6_extensions(struct walk *w, uint8_t next, struct span s);

/* decode_transport.c: @s is what IP carries, already cut to its length */
void decode_transport(struct walk *w, uint8_t proto, struct span s);

/* decode_tunnel.c */
void decode_gre(struct walk *w, struct span s);
bool decode_vxlan(struct walk *w, struct span s); /* false: it is none, nothing was done */
/** The same for Geneve and L2TP. */
bool decode_geneve(struct walk *w, struct span s);
bool decode_l2tp(struct walk *w, struct span s);
void decode_gtp(struct walk *w, struct span s);
void decode_teredo(struct walk *w, struct span s);
void decode_mpls(struct walk *w, struct span s);
void decode_pppoe(struct walk *w, struct span s);
void decode_ppp(struct walk *w, struct span s);
void decode_nflog(struct walk *w, struct span s);

#endif
