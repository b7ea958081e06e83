#include <pcap/dlt.h>

#include "net/decode_walk.h"

enum {
	TYPE_IPV4 = 0x0800,
	TYPE_ARP = 0x0806,
	TYPE_ETHERNET = 0x6558, /* transparent Ethernet bridging */
	TYPE_VLAN = 0x8100,
	TYPE_IPX = 0x8137,
	TYPE_IPV6 = 0x86dd,
	TYPE_MPLS = 0x8847,
	TYPE_MPLS_UPSTREAM = 0x8848,
	TYPE_PPPOE_SESSION = 0x8864,
	TYPE_LLC = 0x8870, /* LLC in a jumbo frame */
	TYPE_PPP = 0x880b,
	TYPE_SERVICE_VLAN = 0x88a8, /* 802.1ad */
	TYPE_OLD_QINQ = 0x9100,
	TYPE_FABRIC_PATH = 0x8903,
	TYPE_CISCO_METADATA = 0x8909,
	TYPE_MACSEC = 0x88e5,
	TYPE_SERVICE_INSTANCE = 0x88e7, /* 802.1ah */
	TYPE_NSH = 0x894f,
	TYPE_ARISTA = 0xd28b, /* a tap aggregator's time stamp */
	TYPE_VN_TAG = 0x8926,
	TYPE_HSR = 0x892f,
	TYPE_E_TAG = 0x893f,

	TYPE_LEAST = 0x0600, /* 802.3, 3.2.6: smaller values are lengths ... */
	LENGTH_MOST = 1500,  /* ... and these few between are neither */
};

static void link_payload(struct walk *w, uint16_t ethertype, const struct cursor *rest)
{
	w->p->ethertype = ethertype;
	walk_payload(w, rest);
}

/*
 *  | DSAP u8 | SSAP u8 | control u8 or u16 | ...
 *  | AA | AA | 03 | OUI u24 | protocol u16 | ...          802.2 with SNAP (IEEE 802-2014, 9.2)
 */
static void decode_llc(struct walk *w, struct span s)
{
	enum { SAP_IP = 0x06, SAP_SNAP = 0xaa, OUI_ETHERTYPE = 0x000000, OUI_BRIDGED_ETHERTYPE = 0x0000f8 };
	struct packet *p = w->p;
	struct cursor c = cur_of(s);
	uint8_t dsap = cur_u8(&c), ssap = cur_u8(&c), control = cur_u8(&c);

	if (!cur_ok(&c)) {
		walk_broken(w, DECODE_ERROR_llc_short);
		return;
	}
	if (dsap == 0xff && ssap == 0xff) { /* Novell's raw 802.3: IPX without LLC, these two are its checksum */
		struct cursor ipx = cur_of(s);
		link_payload(w, TYPE_IPX, &ipx);
		return;
	}
	p->is_llc = true;
	p->llc_dsap = dsap;
	p->llc_ssap = ssap;
	if ((control & 0x03) != 0x03) /* I and S frames have a second octet */
		cur_skip(&c, 1);
	if (dsap == SAP_SNAP && ssap == SAP_SNAP && control == 0x03) {
		uint32_t oui = cur_u24be(&c);
		uint16_t protocol = cur_u16be(&c);
		if (!cur_ok(&c)) {
			walk_broken(w, DECODE_ERROR_llc_short);
			return;
		}
		p->is_snap = true;
		p->snap_oui = oui;
		link_payload(w, protocol, &c);
		if ((oui == OUI_ETHERTYPE || oui == OUI_BRIDGED_ETHERTYPE) && walk_enter(w)) /* SNAP may carry SNAP */
			decode_ethertype(w, protocol, cur_rest(&c));
		return;
	}
	if (!cur_ok(&c)) {
		walk_broken(w, DECODE_ERROR_llc_short);
		return;
	}
	walk_payload(w, &c);
	if (dsap == SAP_IP && ssap == SAP_IP)
		decode_ipv4(w, cur_rest(&c));
}

static void note_vlan(struct walk *w, uint16_t vlan)
{
	struct packet *p = w->p;

	if (w->vlan_told && p->n_vlans > 0 && p->vlans[p->n_vlans - 1] == vlan) {
		w->vlan_told = false;
		return;
	}
	w->vlan_told = false;
	if (p->n_vlans < EVENT_VLANS_MAX)
		p->vlans[p->n_vlans++] = vlan;
}

/** Tags that stand between the addresses and the EtherType. @return the type behind them; the cursor has failed where
 * they are not whole. */
static uint16_t skip_tags(struct walk *w, uint16_t type, struct cursor *c)
{
	for (; cur_ok(c); type = cur_u16be(c)) {
		switch (type) {
		case TYPE_VLAN:
		case TYPE_SERVICE_VLAN:
		case TYPE_OLD_QINQ: {
			uint16_t tci = cur_u16be(c);
			if (cur_left(c) >= 2)
				note_vlan(w, tci & 0x0fff);
			break;
		}
		case TYPE_HSR: /* IEC 62439-3: path and size, sequence number */
		case TYPE_VN_TAG:
			cur_skip(c, 4);
			break;
		case TYPE_CISCO_METADATA:
		case TYPE_E_TAG: /* 802.1BR */
			cur_skip(c, 6);
			break;
		default:
			return type;
		}
	}
	return type;
}

/* What was between the addresses and the EtherType of the frame itself. */
static void inner_ethertype(struct walk *w, struct cursor *c)
{
	uint16_t type = cur_u16be(c);

	if (!cur_ok(c) || type < TYPE_LEAST || !walk_enter(w))
		return;
	link_payload(w, type, c);
	decode_ethertype(w, type, cur_rest(c));
}

/* A tap aggregator's time stamp:  | subtype u16, 1 | version u16 | seconds u32 or u16 | nanoseconds u32 | */
static void decode_arista(struct walk *w, struct span s)
{
	enum { STAMP = 1, FORMAT_BITS = 0xff, FORMAT_48 = 0x20 };
	struct cursor c = cur_of(s);
	uint16_t subtype = cur_u16be(&c), version = cur_u16be(&c);

	cur_skip(&c, (version & FORMAT_BITS) == FORMAT_48 ? 6 : 8);
	if (subtype == STAMP)
		inner_ethertype(w, &c);
}

/*
 * IEEE 802.1AE, 9.3: | TCI and AN | short length | packet number 4 | SCI 8, if SC | secure data | ICV 16 |
 * Integrity alone leaves the data readable, EtherType first.
 */
static void decode_macsec(struct walk *w, struct span s)
{
	enum { SCI_PRESENT = 0x20, ENCRYPTED = 0x08, CHANGED = 0x04, SHORT_LENGTH = 0x3f, ICV_BYTES = 16 };
	struct cursor c = cur_of(s);
	uint8_t tci = cur_u8(&c);
	size_t length = cur_u8(&c) & SHORT_LENGTH;

	cur_skip(&c, 4 + (tci & SCI_PRESENT ? 8 : 0));
	size_t left = cur_left(&c) + w->missing;
	if (!cur_ok(&c) || tci & (ENCRYPTED | CHANGED) || left < ICV_BYTES)
		return;
	if (length == 0 || length > left - ICV_BYTES)
		length = left - ICV_BYTES;
	(void)walk_clip(w, &c, length);
	inner_ethertype(w, &c);
}

/* RFC 8300, 2.2: | version 2, O, U, TTL 6, length in words 6 | U 4, MD type 4 | next protocol u8 | path 4 | contexts |
 */
static void decode_nsh(struct walk *w, struct span s)
{
	enum { NEXT_IPV4 = 1, NEXT_IPV6 = 2, NEXT_ETHERNET = 3, NEXT_MPLS = 5 };
	struct cursor c = cur_of(s);
	unsigned words = cur_u16be(&c) & 0x3f;

	cur_skip(&c, 1);
	uint8_t next = cur_u8(&c);
	if (words < 2)
		return;
	cur_skip(&c, (words - 1) * 4);
	if (!cur_ok(&c))
		return;
	uint16_t type = next == NEXT_IPV4       ? TYPE_IPV4
			: next == NEXT_IPV6     ? TYPE_IPV6
			: next == NEXT_ETHERNET ? TYPE_ETHERNET
			: next == NEXT_MPLS     ? TYPE_MPLS
						: 0;
	if (type == 0 || !walk_enter(w))
		return;
	link_payload(w, type, &c);
	decode_ethertype(w, type, cur_rest(&c));
}

void decode_ethertype(struct walk *w, uint16_t ethertype, struct span s)
{
	struct cursor c = cur_of(s);

	switch (ethertype) {
	case TYPE_IPV4:
		decode_ipv4(w, s);
		return;
	case TYPE_IPV6:
		decode_ipv6(w, s);
		return;
	case TYPE_MPLS:
	case TYPE_MPLS_UPSTREAM:
		decode_mpls(w, s);
		return;
	case TYPE_PPPOE_SESSION:
		decode_pppoe(w, s);
		return;
	case TYPE_PPP:
		decode_ppp(w, s);
		return;
	case TYPE_ETHERNET:
		if (walk_enter(w))
			decode_ethernet(w, s);
		return;
	case TYPE_LLC:
		decode_llc(w, s);
		return;
	case TYPE_SERVICE_INSTANCE: /* flags and instance, then the customer's frame */
		cur_skip(&c, 4);
		if (cur_ok(&c) && walk_enter(w))
			decode_ethernet(w, cur_rest(&c));
		return;
	case TYPE_NSH:
		decode_nsh(w, s);
		return;
	case TYPE_ARISTA:
		decode_arista(w, s);
		return;
	case TYPE_MACSEC:
		decode_macsec(w, s);
		return;
	case TYPE_VLAN:
	case TYPE_SERVICE_VLAN:
	case TYPE_OLD_QINQ:
	case TYPE_HSR:
	case TYPE_VN_TAG:
	case TYPE_CISCO_METADATA:
	case TYPE_E_TAG:
		ethertype = skip_tags(w, ethertype, &c);
		if (!cur_ok(&c)) {
			walk_broken(w, DECODE_ERROR_vlan_short);
			return;
		}
		link_payload(w, ethertype, &c);
		if (ethertype >= TYPE_LEAST) { /* no tag any more, so this comes here once */
			decode_ethertype(w, ethertype, cur_rest(&c));
		} else if (ethertype <= LENGTH_MOST) {
			link_payload(w, 0, &c);
			if (ethertype > 0 && ethertype <= cur_left(&c) + w->missing)
				(void)walk_clip(w, &c, ethertype);
			decode_llc(w, cur_rest(&c));
		}
		return;
	default:
		return;
	}
}

/*
 *  | destination 6 | source 6 | tags 4 each ... | EtherType or length u16 | ...
 */
void decode_ethernet(struct walk *w, struct span s)
{
	struct packet *p = w->p;
	struct cursor c = cur_of(s), head = cur_sub(&c, 14);

	if (!cur_ok(&head)) {
		walk_broken(w, DECODE_ERROR_link_short);
		return;
	}
	walk_link(w);
	struct mac dest_mac = walk_mac(&head), src_mac = walk_mac(&head);
	uint16_t type = cur_u16be(&head);
	if (type == TYPE_FABRIC_PATH && walk_enter(w)) { /* places in a fabric, not cards; then | tree, hops u16 | */
		cur_skip(&c, 2);
		decode_ethernet(w, cur_rest(&c));
		return;
	}
	p->has_ether = true;
	p->ether_depth = p->n_tunnels;
	p->dest_mac = dest_mac;
	p->src_mac = src_mac;
	walk_sender_mac(p, &p->src_mac);

	link_payload(w, type, &c);
	if (type == TYPE_IPV4)
		decode_ipv4(w, cur_rest(&c));
	else if (type >= TYPE_LEAST)
		decode_ethertype(w, type, cur_rest(&c));
	else if (type <= LENGTH_MOST) {
		p->ethertype = 0;
		if (type <= cur_left(&c) + w->missing && type > 0)
			(void)walk_clip(w, &c, type);
		walk_payload(w, &c);
		decode_llc(w, cur_rest(&c));
	}
}

/* A protocol number of a cooked header: an EtherType or one of Linux's own (if_ether.h). */
static void decode_cooked_protocol(struct walk *w, uint16_t hatype, uint16_t protocol, struct cursor *c)
{
	enum { HATYPE_NETLINK = 824, SLL_802_3 = 1, SLL_ETHERNET = 3, SLL_LLC = 4 };

	link_payload(w, protocol, c);
	if (hatype == HATYPE_NETLINK) {
		w->p->ethertype = 0;
		return;
	}
	switch (protocol) {
	case SLL_802_3:
		w->p->ethertype = TYPE_IPX;
		return;
	case SLL_ETHERNET:
		decode_ethernet(w, cur_rest(c));
		return;
	case SLL_LLC:
		w->p->ethertype = 0;
		decode_llc(w, cur_rest(c));
		return;
	default:
		decode_ethertype(w, protocol, cur_rest(c));
	}
}

static void cooked_sender(struct packet *p, uint16_t halen, struct cursor *address)
{
	if (halen != 6)
		return;
	p->has_ether = true;
	p->ether_depth = p->n_tunnels;
	p->src_mac = walk_mac(address);
	walk_sender_mac(p, &p->src_mac);
}

/*
 * LINKTYPE_LINUX_SLL:  | packet type u16 | ARPHRD u16 | address length u16 | address 8 | protocol u16 |
 */
static void decode_cooked_v1(struct walk *w, struct span s)
{
	struct cursor c = cur_of(s), head = cur_sub(&c, 16);

	if (!cur_ok(&head)) {
		walk_broken(w, DECODE_ERROR_link_short);
		return;
	}
	walk_link(w);
	cur_skip(&head, 2);
	uint16_t hatype = cur_u16be(&head), halen = cur_u16be(&head);
	struct cursor address = cur_sub(&head, 8);
	uint16_t protocol = cur_u16be(&head);

	cooked_sender(w->p, halen, &address);
	decode_cooked_protocol(w, hatype, protocol, &c);
}

/*
 * LINKTYPE_LINUX_SLL2: | protocol u16 | zero u16 | interface u32 | ARPHRD u16 | packet type u8 | address length u8 |
 * address 8 |
 */
static void decode_cooked_v2(struct walk *w, struct span s)
{
	struct cursor c = cur_of(s), head = cur_sub(&c, 20);

	if (!cur_ok(&head)) {
		walk_broken(w, DECODE_ERROR_link_short);
		return;
	}
	walk_link(w);
	uint16_t protocol = cur_u16be(&head);
	cur_skip(&head, 6);
	uint16_t hatype = cur_u16be(&head);
	cur_skip(&head, 1);
	uint8_t halen = cur_u8(&head);

	cooked_sender(w->p, halen, &head);
	decode_cooked_protocol(w, hatype, protocol, &c);
}

/*
 * LINKTYPE_NULL and LINKTYPE_LOOP: | address family u32 | in the byte order of the machine that wrote it, or in network
 * order. The families of IPv6 differ by system: 24 NetBSD, 28 FreeBSD, 30 Darwin, 10 Linux, 23 Windows.
 */
static void decode_loopback(struct walk *w, struct span s)
{
	struct cursor c = cur_of(s);
	uint32_t family = cur_u32le(&c);

	if (!cur_ok(&c)) {
		walk_broken(w, DECODE_ERROR_link_short);
		return;
	}
	walk_link(w);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	walk_payload(w, &c);
	switch (family) {
	case 23: /* IPX elsewhere */
		if (cur_peek_u8(&c, 0) >> 4 != 6)
			return;
		/* fall through */
	case 2:
	case 10:
	case 24:
	case 28:
	case 30:
		decode_ip(w, cur_rest(&c));
		return;
	default:
		if (family >= TYPE_LEAST && family <= 0xffff) { /* some writers put an EtherType there */
			link_payload(w, (uint16_t)family, &c);
			decode_ethertype(w, (uint16_t)family, cur_rest(&c));
		}
	}
}

/*
 * LINKTYPE_C_HDLC: | address u8: 0F, or 8F to all | control u8 | EtherType u16 |
 */
static void decode_cisco_hdlc(struct walk *w, struct span s)
{
	struct cursor c = cur_of(s);

	cur_skip(&c, 2);
	uint16_t protocol = cur_u16be(&c);
	if (!cur_ok(&c)) {
		walk_broken(w, DECODE_ERROR_link_short);
		return;
	}
	walk_link(w);
	link_payload(w, protocol, &c);
	decode_ethertype(w, protocol, cur_rest(&c));
}

/*
 * LINKTYPE_PPP_HDLC holds either (RFC 1662, 3.1, RFC 1547, 4.3.1): their first bytes tell them apart.
 */
static void decode_serial(struct walk *w, struct span s)
{
	struct cursor c = cur_of(s);
	uint8_t address = cur_peek_u8(&c, 0);

	if (s.len == 0) {
		walk_broken(w, DECODE_ERROR_link_short);
		return;
	}
	if (address == 0x0f || address == 0x8f) {
		decode_cisco_hdlc(w, s);
		return;
	}
	walk_link(w);
	walk_payload(w, &c);
	decode_ppp(w, s);
}

/* LINKTYPE_NETANALYZER, of taps for PROFINET: | version, errors, port, length u32 | preamble, where transparent |
 * Ethernet frame with its check sum, which stands where padding would | */
static void decode_tapped(struct walk *w, struct span s, size_t preamble_bytes)
{
	struct cursor c = cur_of(s);

	cur_skip(&c, 4 + preamble_bytes);
	if (!cur_ok(&c))
		walk_broken(w, DECODE_ERROR_link_short);
	else
		decode_ethernet(w, cur_rest(&c));
}

/* OpenBSD's number for LINKTYPE_RAW; a few files carry it as it is. */
enum { RAW_OPENBSD = 14, ETHERNET_PREAMBLE_BYTES = 8 };

bool decode_knows_linktype(int linktype)
{
	switch (linktype) {
	case DLT_EN10MB:
	case DLT_LINUX_SLL:
	case DLT_LINUX_SLL2:
	case DLT_NULL:
	case DLT_LOOP:
	case DLT_RAW:
	case RAW_OPENBSD:
	case DLT_IPV4:
	case DLT_IPV6:
	case DLT_NFLOG:
	case DLT_PPP:
	case DLT_PPP_SERIAL:
	case DLT_PPP_WITH_DIR:
	case DLT_PPP_ETHER:
	case DLT_C_HDLC:
	case DLT_NETANALYZER:
	case DLT_NETANALYZER_TRANSPARENT:
		return true;
	default:
		return false;
	}
}

void decode_link(struct walk *w, int linktype, struct span s)
{
	struct cursor c = cur_of(s);

	switch (linktype) {
	case DLT_EN10MB:
		decode_ethernet(w, s);
		break;
	case DLT_NETANALYZER:
		decode_tapped(w, s, 0);
		break;
	case DLT_NETANALYZER_TRANSPARENT:
		decode_tapped(w, s, ETHERNET_PREAMBLE_BYTES);
		break;
	case DLT_LINUX_SLL:
		decode_cooked_v1(w, s);
		break;
	case DLT_LINUX_SLL2:
		decode_cooked_v2(w, s);
		break;
	case DLT_NULL:
	case DLT_LOOP:
		decode_loopback(w, s);
		break;
	case DLT_RAW:
	case RAW_OPENBSD:
	case DLT_IPV4:
	case DLT_IPV6:
		walk_payload(w, &c);
		decode_ip(w, s);
		break;
	case DLT_NFLOG:
		decode_nflog(w, s);
		break;
	case DLT_PPP:
	case DLT_PPP_SERIAL:
		decode_serial(w, s);
		break;
	case DLT_PPP_WITH_DIR: /* | whether it was sent here u8 | frame | */
		decode_serial(w, span_skip(s, 1));
		break;
	case DLT_PPP_ETHER:
		if (s.len == 0) {
			walk_broken(w, DECODE_ERROR_link_short);
			break;
		}
		walk_link(w);
		walk_payload(w, &c);
		decode_pppoe(w, s);
		break;
	case DLT_C_HDLC:
		decode_cisco_hdlc(w, s);
		break;
	default:
		walk_broken(w, DECODE_ERROR_link_type);
	}
}
