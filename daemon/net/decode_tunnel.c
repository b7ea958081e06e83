#include "net/decode_walk.h"

enum { GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000, GRE_ACK = 0x0080 };
enum { GRE_ERSPAN = 0x88be, GRE_ERSPAN_III = 0x22eb, GRE_PPP = 0x880b, GRE_WCCP = 0x883e };

/* The VLAN that the mirroring switch took from the frame, or would have tagged it with. */
static void erspan_vlan(struct walk *w, uint16_t vlan)
{
	struct packet *p = w->p;

	if (vlan == 0 || p->n_vlans >= EVENT_VLANS_MAX)
		return;
	p->vlans[p->n_vlans++] = vlan;
	w->vlan_told = true;
}

/*
 * draft-foschiano-erspan-03. Type I has no header at all. Types II and III begin alike:
 *   II:  | version 4, VLAN 12 | class 3, encapsulation 2, truncated 1, session 10 | reserved 12, index 20 |
 *   III: | version 4, VLAN 12 | class 3, bad 2, truncated 1, session 10 | timestamp u32 | group tag u16 |
 *        | P 1, frame type 5, hardware id 6, direction 1, granularity 2, optional 1 | platform 8 bytes, where optional
 * |
 */
static void decode_erspan(struct walk *w, bool has_header, struct span s)
{
	enum {
		VERSION_II = 1,
		VERSION_III = 2,
		TRUNCATED = 0x0400,
		FRAME_ETHERNET = 0,
		FRAME_IP = 2,
		VLAN_IN_FRAME = 3
	};
	struct cursor c = cur_of(s);
	unsigned frame_type = FRAME_ETHERNET;

	if (!walk_tunnel(w, TUNNEL_ERSPAN))
		return;
	if (has_header) {
		uint16_t first = cur_u16be(&c), second = cur_u16be(&c);
		unsigned version = first >> 12;

		cur_skip(&c, 4);
		if (version == VERSION_III) {
			cur_skip(&c, 2);
			uint16_t last = cur_u16be(&c);
			frame_type = last >> 10 & 0x1f;
			if (last & 1)
				cur_skip(&c, 8);
		}
		if (!cur_ok(&c)) {
			walk_broken(w, DECODE_ERROR_erspan_short);
			return;
		}
		if (version != VERSION_II && version != VERSION_III) {
			walk_broken(w, DECODE_ERROR_erspan_version);
			return;
		}
		w->cut |= (second & TRUNCATED) != 0;
		if (version == VERSION_III || (second >> 11 & 3) != VLAN_IN_FRAME)
			erspan_vlan(w, first & 0x0fff);
	}
	if (frame_type == FRAME_ETHERNET)
		decode_ethernet(w, cur_rest(&c));
	else if (frame_type == FRAME_IP)
		decode_ip(w, cur_rest(&c));
}

/*
 * RFC 2784, RFC 2890; version 1: RFC 2637, 4.1 (PPTP).
 *  | flags, version u16 | protocol u16 | checksum, reserved u32 if C or R | key u32 if K | sequence u32 if S |
 * acknowledgment u32 if A (1) | | routing if R: | family u16 | offset u8 | length u8 | ... ended by a length of 0 (RFC
 * 1701) |
 */
void decode_gre(struct walk *w, struct span s)
{
	struct cursor c = cur_of(s);
	uint16_t flags = cur_u16be(&c), protocol = cur_u16be(&c);
	unsigned version = flags & 7;

	if (cur_ok(&c) && version > 1) {
		walk_broken(w, DECODE_ERROR_gre_version);
		return;
	}
	if (flags & (GRE_CHECKSUM | GRE_ROUTING))
		cur_skip(&c, 4);
	if (flags & GRE_KEY)
		cur_skip(&c, 4);
	if (flags & GRE_SEQUENCE)
		cur_skip(&c, 4);
	if (version == 1 && flags & GRE_ACK)
		cur_skip(&c, 4);
	if (flags & GRE_ROUTING) {
		uint8_t length;
		do {
			cur_skip(&c, 3);
			length = cur_u8(&c);
			cur_skip(&c, length);
		} while (cur_ok(&c) && length > 0);
	}
	if (!cur_ok(&c)) {
		walk_broken(w, DECODE_ERROR_gre_short);
		return;
	}
	struct span carried = cur_rest(&c);
	if (protocol == GRE_ERSPAN || protocol == GRE_ERSPAN_III) {
		decode_erspan(w, protocol == GRE_ERSPAN_III || flags & GRE_SEQUENCE, carried);
		return;
	}
	if (!walk_tunnel(w, TUNNEL_GRE))
		return;
	if (protocol == GRE_WCCP) {
		/* version 2 puts a redirect header of 4 bytes before the packet; version 1 does not */
		struct cursor ahead = cur_of(carried);
		if (cur_peek_u8(&ahead, 0) >> 4 != 4)
			cur_skip(&ahead, 4);
		decode_ip(w, cur_rest(&ahead));
		return;
	}
	if (version == 1 && !(flags & GRE_SEQUENCE) && carried.len == 0)
		return; /* no more than an acknowledgment, RFC 2637, 4.1 */
	decode_ethertype(w, protocol, carried);
}

/*
 * RFC 7348, 5: | flags u8: 0x08 = VNI valid | reserved u24 | VNI u24 | reserved u8 | Ethernet frame |
 */
bool decode_vxlan(struct walk *w, struct span s)
{
	struct cursor c = cur_of(s);
	uint8_t flags = cur_u8(&c);

	cur_skip(&c, 7);
	if (!cur_ok(&c) || cur_left(&c) < 14)
		return false;
	if (!(flags & 0x08)) {
		walk_broken(w, DECODE_ERROR_vxlan_flags);
		return false;
	}
	if (walk_tunnel(w, TUNNEL_VXLAN))
		decode_ethernet(w, cur_rest(&c));
	return true;
}

/*
 * RFC 8926, 3.4: | version 2, option words 6, O 1, C 1, reserved 6 | EtherType u16 | VNI u24 | reserved u8 | options |
 */
bool decode_geneve(struct walk *w, struct span s)
{
	struct cursor c = cur_of(s);
	uint8_t first = cur_u8(&c);

	cur_skip(&c, 1);
	uint16_t protocol = cur_u16be(&c);
	cur_skip(&c, 4 + (size_t)(first & 0x3f) * 4);
	if (!cur_ok(&c) || first >> 6 != 0) {
		walk_broken(w, DECODE_ERROR_geneve_header);
		return false;
	}
	if (walk_tunnel(w, TUNNEL_GENEVE))
		decode_ethertype(w, protocol, cur_rest(&c));
	return true;
}

/*
 * RFC 2661, 3.1: | T L x x S x O P x x x x, version 2 | length u16 if L | tunnel u16 | session u16 | Ns, Nr u16 if S |
 *                | offset u16, so much padding if O | PPP |
 * Control messages (T) carry nothing of others.
 */
bool decode_l2tp(struct walk *w, struct span s)
{
	enum { CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200, RESERVED = 0x34f0, VERSION = 2 };
	struct cursor c = cur_of(s);
	uint16_t first = cur_u16be(&c);

	if (first & (CONTROL | RESERVED) || (first & 0x0f) != VERSION)
		return false;
	if (first & LENGTH)
		cur_skip(&c, 2);
	cur_skip(&c, first & SEQUENCE ? 8 : 4);
	if (first & OFFSET)
		cur_skip(&c, cur_u16be(&c));
	if (!cur_ok(&c) || cur_left(&c) == 0)
		return false;
	if (walk_tunnel(w, TUNNEL_L2TP))
		decode_ppp(w, cur_rest(&c));
	return true;
}

/*
 * RFC 4380, 5.1.1: before the IPv6 packet may stand, each once,
 *   | 00 01 | id bytes u8 | authentication bytes u8 | both | nonce 8 | confirmation u8 |     and
 *   | 00 00 | origin port u16 | origin address u32 |
 */
void decode_teredo(struct walk *w, struct span s)
{
	enum { AUTHENTICATION = 1, ORIGIN = 0 };
	struct cursor c = cur_of(s);

	if (cur_peek_u8(&c, 0) == 0 && cur_peek_u8(&c, 1) == AUTHENTICATION) {
		cur_skip(&c, 2);
		uint8_t id = cur_u8(&c), authentication = cur_u8(&c);
		cur_skip(&c, (size_t)id + authentication + 9);
	}
	if (cur_peek_u8(&c, 0) == 0 && cur_peek_u8(&c, 1) == ORIGIN)
		cur_skip(&c, 8);
	if (cur_left(&c) >= 40 && cur_peek_u8(&c, 0) >> 4 == 6 && walk_tunnel(w, TUNNEL_TEREDO))
		decode_ipv6(w, cur_rest(&c));
}

/* How much the bytes look like an Ethernet header whose payload fits its type. */
static unsigned ethernet_likeness(struct span s)
{
	struct cursor c = cur_of(s);

	cur_skip(&c, 12);
	uint16_t type = cur_u16be(&c);
	unsigned version = cur_peek_u8(&c, 0) >> 4;

	if (!cur_ok(&c))
		return 0;
	if ((type == 0x0800 && version == 4) || (type == 0x86dd && version == 6) || type == 0x8100 || type == 0x88a8 ||
	    type == 0x0806)
		return 3;
	if (type == 0x8847 || type == 0x8848 || type == 0x8863 || type == 0x8864 || type == 0x88cc || type == 0x88b8 ||
	    type == 0x8892)
		return 2;
	return type <= cur_left(&c) && type > 0;
}

static bool looks_like_ip(struct walk *w, struct span s)
{
	struct cursor c = cur_of(s);
	uint8_t first = cur_u8(&c);

	cur_skip(&c, 1);
	uint16_t v4_total = cur_u16be(&c), v6_payload = cur_u16be(&c);
	size_t on_wire = s.len + w->missing;

	if (!cur_ok(&c))
		return false;
	if (first >> 4 == 4)
		return (first & 0x0f) >= 5 && (v4_total == 0 || (v4_total >= 20 && v4_total <= on_wire));
	return first >> 4 == 6 && (size_t)v6_payload + 40 <= on_wire;
}

/*
 * 3GPP TS 29.281, 5.1: | version 3, GTP 1, spare 1, E, S, PN | type u8 | length u16 | tunnel u32 |
 *   with any of E, S, PN: | sequence u16 | N-PDU u8 | next extension u8 |, then | units of 4 u8 | ... | next u8 | ...
 * Signalling uses the same port and is left alone.
 */
void decode_gtp(struct walk *w, struct span s)
{
	enum { VERSION_1 = 0x30, VERSION_BITS = 0xf0, OPTIONS = 0x07, G_PDU = 0xff, EXTENSIONS_MAX = 8 };
	struct cursor c = cur_of(s);
	uint8_t flags = cur_u8(&c), type = cur_u8(&c);

	cur_skip(&c, 6);
	if ((flags & VERSION_BITS) != VERSION_1 || type != G_PDU)
		return;
	if (flags & OPTIONS) {
		cur_skip(&c, 3);
		uint8_t next = cur_u8(&c);
		for (unsigned i = 0; i < EXTENSIONS_MAX && next != 0 && cur_ok(&c); i++) {
			size_t bytes = (size_t)cur_u8(&c) * 4;
			if (bytes < 4)
				return;
			cur_skip(&c, bytes - 2);
			next = cur_u8(&c);
		}
	}
	struct span carried = cur_rest(&c);
	if (cur_ok(&c) && looks_like_ip(w, carried) && walk_tunnel(w, TUNNEL_GTP))
		decode_ip(w, carried);
}

/*
 * RFC 3032, 2.1: | label 20, class 3, bottom of stack 1, time to live 8 | ...
 *
 * Nothing says what is behind the bottom. IP begins with its version; a pseudowire's control word with 0 (RFC 4385),
 * its associated channel with 1; a pseudowire without control word begins with a MAC address, which may begin with
 * anything.
 */
void decode_mpls(struct walk *w, struct span s)
{
	enum { LABEL_IPV4 = 0, LABEL_IPV6 = 2 };
	struct cursor c = cur_of(s);
	uint32_t entry = 0;
	unsigned n = 0;

	for (; n < DECODE_LABELS_MAX && cur_ok(&c) && !(entry & 0x100); n++)
		entry = cur_u32be(&c);
	if (!cur_ok(&c)) {
		walk_broken(w, DECODE_ERROR_mpls_short);
		return;
	}
	if (!(entry & 0x100)) {
		walk_broken(w, DECODE_ERROR_mpls_labels);
		return;
	}
	if (!walk_tunnel(w, TUNNEL_MPLS))
		return;
	unsigned nibble = cur_peek_u8(&c, 0) >> 4;
	struct span carried = cur_rest(&c), behind_word = span_skip(carried, 4);

	if (entry >> 12 == LABEL_IPV4 || entry >> 12 == LABEL_IPV6 || looks_like_ip(w, carried)) {
		decode_ip(w, carried);
		return;
	}
	unsigned plain = ethernet_likeness(carried), with_word = nibble == 0 ? ethernet_likeness(behind_word) : 0;
	struct cursor word = cur_of(carried);
	if (with_word > plain ||
	    (with_word == plain && cur_u32be(&word) == 0)) /* most control words are all zero, no MAC address is */
		decode_ethernet(w, behind_word);
	else if (plain > 0)
		decode_ethernet(w, carried);
	else if (nibble == 4 ||
		 nibble == 6) /* cut short, or longer than the frame: still IP rather than a MAC address */
		decode_ip(w, carried);
}

/*
 * RFC 1661, 2, RFC 1662, 3.1: | FF 03, where not compressed | protocol u16, or u8 where odd | ...
 */
void decode_ppp(struct walk *w, struct span s)
{
	enum { PPP_IPV4 = 0x21, PPP_IPV6 = 0x57, PPP_MPLS = 0x0281, PPP_MPLS_MULTICAST = 0x0283 };
	struct cursor c = cur_of(s);

	if (cur_peek_u8(&c, 0) == 0xff && cur_peek_u8(&c, 1) == 0x03)
		cur_skip(&c, 2);
	uint16_t protocol = cur_u8(&c);
	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | cur_u8(&c));
	if (!cur_ok(&c)) {
		walk_broken(w, DECODE_ERROR_ppp_short);
		return;
	}
	switch (protocol) {
	case PPP_IPV4:
	case PPP_IPV6:
		decode_ip(w, cur_rest(&c));
		break;
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		decode_mpls(w, cur_rest(&c));
		break;
	default:
		break;
	}
}

/*
 * RFC 2516, 4: | version, type u8: 0x11 | code u8: 0 | session u16 | length u16 | PPP |
 */
void decode_pppoe(struct walk *w, struct span s)
{
	struct cursor c = cur_of(s);
	uint8_t version = cur_u8(&c), code = cur_u8(&c);

	cur_skip(&c, 2);
	uint16_t length = cur_u16be(&c);
	if (!cur_ok(&c) || version != 0x11 || code != 0) {
		walk_broken(w, DECODE_ERROR_pppoe_header);
		return;
	}
	if (!walk_tunnel(w, TUNNEL_PPPOE))
		return;
	if (length <= cur_left(&c) + w->missing)
		(void)walk_clip(w, &c, length);
	decode_ppp(w, cur_rest(&c));
}

/*
 * LINKTYPE_NFLOG: | family u8 | version u8: 0 | resource u16 | then | length u16 | type u16 | value, padded to 4 | ...
 * Lengths and types are in the byte order of the machine that wrote them; of pcap files libpcap turns them where the
 * file says that it was another.
 */
void decode_nflog(struct walk *w, struct span s)
{
	enum { FAMILY_ARP = 3, TLV_PAYLOAD = 9 };
	struct cursor c = cur_of(s), head = cur_sub(&c, 4);
	uint8_t family = cur_u8(&head), version = cur_u8(&head);

	if (!cur_ok(&head) || version != 0) {
		walk_broken(w, DECODE_ERROR_link_short);
		return;
	}
	walk_link(w);
	walk_payload(w, &c);
	if (!walk_tunnel(w, TUNNEL_NFLOG))
		return;
	while (cur_left(&c) >= 4) {
		struct cursor big = c;
		uint16_t length = cur_u16le(&c), type = cur_u16le(&c);

		if (length > cur_left(&c) + w->missing + 4 || (type & 0x7fff) > 0xff) {
			length = cur_u16be(&big);
			type = cur_u16be(&big);
		}
		if (length < 4)
			break;
		if ((type & 0x7fff) == TLV_PAYLOAD) {
			(void)walk_clip(w, &c, (size_t)length - 4);
			walk_payload(w, &c);
			if (family == FAMILY_ARP)
				w->p->ethertype = 0x0806;
			else
				decode_ip(w, cur_rest(&c));
			return;
		}
		cur_skip(&c, ((size_t)length + 3) / 4 * 4 - 4);
	}
	walk_broken(w, DECODE_ERROR_nflog_payload);
}
