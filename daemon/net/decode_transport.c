#include <netinet/in.h>

#include "net/decode_walk.h"

static void decode_tcp(struct walk *w, struct span s)
{
	struct packet *p = w->p;
	struct cursor c = cur_of(s), ahead = c, head = cur_sub(&ahead, 20);

	if (!cur_ok(&head)) {
		walk_broken(w, DECODE_ERROR_tcp_short);
		return;
	}
	struct tcp_header h = walk_tcp_header(&head);
	size_t left = cur_left(&c);

	if (h.bytes < 20 || h.bytes > left + w->missing) {
		walk_broken(w, DECODE_ERROR_tcp_data_offset);
		return;
	}
	walk_tcp(p, &h);
	p->payload_wire_len = (uint32_t)(left + w->missing - h.bytes);
	cur_skip(&c, h.bytes < left ? h.bytes : left);
	p->payload.ptr = c.pos;
	p->payload.len = c.left;
}

/*
 * RFC 768: | source port u16 | destination port u16 | length u16 | checksum u16 |
 */
static void decode_udp(struct walk *w, struct span s)
{
	struct packet *p = w->p;
	struct cursor c = cur_of(s), ahead = c, head = cur_sub(&ahead, 8);

	if (!cur_ok(&head)) {
		walk_broken(w, DECODE_ERROR_udp_short);
		return;
	}
	uint16_t src_port = cur_u16be(&head), dest_port = cur_u16be(&head), length = cur_u16be(&head);

	if (length > 0 && length < 8) {
		walk_broken(w, DECODE_ERROR_udp_length);
		return;
	}
	bool fits =
	    length == 0 || walk_clip(w, &c, length) || w->part; /* 0: a jumbogram, or not yet cut by the network card */
	if (!fits)
		walk_broken(w, DECODE_ERROR_udp_length);
	cur_skip(&c, 8);
	p->kind = PACKET_UDP;
	p->src_port = src_port;
	p->dest_port = dest_port;
	walk_payload(w, &c);
	if (!fits)
		return;
	for (unsigned i = 0; i < 4 && w->d->vxlan_ports[i]; i++) {
		if (dest_port == w->d->vxlan_ports[i]) {
			(void)decode_vxlan(w, cur_rest(&c));
			return;
		}
	}
	if (dest_port == PORT_GENEVE)
		(void)decode_geneve(w, cur_rest(&c));
	else if (dest_port == PORT_L2TP || src_port == PORT_L2TP)
		(void)decode_l2tp(w, cur_rest(&c));
	else if (dest_port == PORT_GTP_U || src_port == PORT_GTP_U)
		decode_gtp(w, cur_rest(&c));
	else if (dest_port == PORT_TEREDO || src_port == PORT_TEREDO)
		decode_teredo(w, cur_rest(&c));
}

/* SCTP has its ports where TCP has them (RFC 9260, 3.1); the rest is nothing we read. */
static void decode_sctp(struct walk *w, struct span s)
{
	struct cursor c = cur_of(s);
	uint16_t src_port = cur_u16be(&c), dest_port = cur_u16be(&c);

	if (cur_ok(&c)) {
		w->p->src_port = src_port;
		w->p->dest_port = dest_port;
	}
}

/* What answers what, so that both directions get one Community ID (its specification, "ICMP"). */
static uint16_t icmp_counterpart(bool v6, uint8_t type, uint8_t code)
{
	static const uint8_t pairs_v4[][2] = {{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}};
	static const uint8_t pairs_v6[][2] = {{128, 129}, {130, 131}, {133, 134}, {135, 136}, {139, 140}, {144, 145}};
	const uint8_t(*pairs)[2] = v6 ? pairs_v6 : pairs_v4;
	size_t n = v6 ? sizeof(pairs_v6) / 2 : sizeof(pairs_v4) / 2;

	for (size_t i = 0; i < n; i++) {
		if (type == pairs[i][0])
			return pairs[i][1];
		if (type == pairs[i][1])
			return pairs[i][0];
	}
	return code;
}

/*
 * An error carries the header that it is about: a sender speaks there too. Nothing else of it is taken into the packet.
 */
static void decode_quoted(struct walk *w, struct span s)
{
	struct packet quoted;

	if (!walk_enter(w))
		return;
	memset(&quoted, 0, offsetof(struct packet, senders));
	struct walk inner = *w;
	inner.p = &quoted;
	inner.quoted = true;
	decode_ip(&inner, s);
	for (unsigned i = 0; i < quoted.n_senders && w->p->n_senders < PACKET_SENDERS_MAX; i++)
		w->p->senders[w->p->n_senders++] = quoted.senders[i];
}

/* RFC 4861, 4.5 and 4.6.3: | target 16 | destination 16 | options: | type u8 | length u8, units of 8 | ..., 4: | zero 6
 * | the packet | */
static void redirected_header(struct walk *w, struct cursor c)
{
	cur_skip(&c, 32);
	while (cur_left(&c) > 0) {
		uint8_t type = cur_u8(&c), length = cur_u8(&c);
		if (length == 0)
			return;
		/* the redirected header may be cut short: it is the last thing there */
		size_t n = (size_t)length * 8 - 2;
		struct cursor option = cur_sub(&c, n < cur_left(&c) ? n : cur_left(&c));
		if (type == 4) {
			cur_skip(&option, 6);
			if (cur_ok(&option))
				decode_quoted(w, cur_rest(&option));
			return;
		}
	}
}

/*
 * RFC 792, RFC 4443: | type u8 | code u8 | checksum u16 | depends on the type u32 | ...
 */
static void decode_icmp(struct walk *w, bool v6, struct span s)
{
	struct packet *p = w->p;
	struct cursor c = cur_of(s);
	uint8_t type = cur_u8(&c), code = cur_u8(&c);

	cur_skip(&c, 2);
	if (!cur_ok(&c)) {
		walk_broken(w, DECODE_ERROR_icmp_short);
		return;
	}
	p->kind = PACKET_ICMP;
	p->src_port = type;
	p->dest_port = icmp_counterpart(v6, type, code);
	cur_skip(&c, cur_left(&c) < 4 ? cur_left(&c) : 4);
	walk_payload(w, &c);
	bool is_error = v6 ? type >= 1 && type <= 4 : type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
	if (is_error && cur_left(&c) > 0)
		decode_quoted(w, cur_rest(&c));
	else if (v6 && type == 137)
		redirected_header(w, c);
}

/* RFC 4302, 2: | next header u8 | length u8, units of 4 less 2 | reserved u16 | SPI u32 | sequence u32 | integrity
 * value ... */
static void decode_auth_header(struct walk *w, struct span s)
{
	struct packet *p = w->p;
	struct cursor c = cur_of(s);
	uint8_t next = cur_u8(&c), length = cur_u8(&c);

	cur_skip(&c, (size_t)length * 4 + 6);
	if (!cur_ok(&c) || length < 1) {
		walk_broken(w, DECODE_ERROR_ip_auth_header);
		return;
	}
	if (!walk_enter(w)) /* a chain of them would nest as tunnels do */
		return;
	p->ip_proto = next;
	walk_carried(w, &c);
	if (!ip_is_v4(&p->src_ip) && decode_is_extension(next))
		decode_ipv6_extensions(w, next, cur_rest(&c));
	else
		decode_transport(w, next, cur_rest(&c));
}

/* RFC 3378: | version 3, reserved 12 | frame | */
static void decode_etherip(struct walk *w, struct span s)
{
	struct cursor c = cur_of(s);
	uint16_t version = cur_u16be(&c) >> 12;

	if (cur_ok(&c) && version == 3 && walk_tunnel(w, TUNNEL_ETHERIP))
		decode_ethernet(w, cur_rest(&c));
}

/* RFC 7761, 4.9.3: | version 2, type 1 | reserved u8 | checksum u16 | B, N, reserved | the packet, to be multicast | */
static void decode_pim(struct walk *w, struct span s)
{
	enum { REGISTER = 0x21 };
	struct cursor c = cur_of(s);
	uint8_t type = cur_u8(&c);

	cur_skip(&c, 7);
	if (cur_ok(&c) && type == REGISTER && cur_left(&c) >= 20 && walk_tunnel(w, TUNNEL_PIM))
		decode_ip(w, cur_rest(&c));
}

void decode_transport(struct walk *w, uint8_t proto, struct span s)
{
	switch (proto) {
	case IPPROTO_TCP:
		decode_tcp(w, s);
		break;
	case IPPROTO_UDP:
		decode_udp(w, s);
		break;
	case IPPROTO_ICMP:
		decode_icmp(w, false, s);
		break;
	case IPPROTO_ICMPV6:
		decode_icmp(w, true, s);
		break;
	case IPPROTO_SCTP:
		decode_sctp(w, s);
		break;
	case IPPROTO_GRE:
		decode_gre(w, s);
		break;
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
		if (walk_tunnel(w, TUNNEL_IPIP))
			decode_ip(w, s);
		break;
	case IPPROTO_ETHERIP:
		decode_etherip(w, s);
		break;
	case IPPROTO_ETHERNET_IN_IP:
		if (walk_tunnel(w, TUNNEL_ETHERIP))
			decode_ethernet(w, s);
		break;
	case IPPROTO_PIM:
		decode_pim(w, s);
		break;
	case IPPROTO_MPLS_IN_IP:
		decode_mpls(w, s);
		break;
	case IPPROTO_AH:
		decode_auth_header(w, s);
		break;
	default:
		break;
	}
}
