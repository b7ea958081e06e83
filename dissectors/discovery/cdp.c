/*
 * CDP, Cisco Discovery Protocol, versions 1 and 2 (Cisco: "Cisco Discovery Protocol", Catalyst 6500 configuration
 * guide, frame formats): what network gear and telephones of Cisco tell their neighbours.
 *
 *   | version u8 | ttl u8 | checksum u16 | type u16, length u16 with these four bytes | value | ...
 *   addresses:  | count u32 | protocol type u8 | length u8 | protocol | length u16 | address | ...
 */
#include "discovery/say.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	SNAP_OUI_CISCO = 0x00000c,
	SNAP_CDP = 0x2000,
	CDP_MAX = 1500,
	TLVS_MAX = 128,
	ADDRESSES_MAX = 16,
	TLV_HEAD_BYTES = 4,

	TLV_DEVICE_ID = 0x0001,
	TLV_ADDRESSES = 0x0002,
	TLV_PORT = 0x0003,
	TLV_CAPABILITIES = 0x0004,
	TLV_VERSION = 0x0005,
	TLV_PLATFORM = 0x0006,
	TLV_DOMAIN = 0x0009, /* VTP management domain */
	TLV_NATIVE_VLAN = 0x000a,
	TLV_SYSTEM_NAME = 0x0014,
	TLV_MANAGEMENT = 0x0016,
	TLV_LOCATION = 0x0017,

	PROTOCOL_NLPID = 1,
	NLPID_IP = 0xcc,
	PROTOCOL_802_2 = 2, /* IPv6: LLC, SNAP and EtherType 86DD */

	CAN_ROUTE = 0x01,
	CAN_BRIDGE = 0x02,
	CAN_SOURCE_ROUTE = 0x04,
	CAN_SWITCH = 0x08,
	IS_HOST = 0x10,
	CAN_REPEAT = 0x40,
	IS_PHONE = 0x80,
};

struct told {
	struct span device, system_name, port, version, platform, domain, location;
	uint8_t ttl_s;
	uint16_t vlan;
	uint32_t can;
	struct ip_addr addresses[ADDRESSES_MAX];
	unsigned n_addresses;
};

static void addresses_read(struct told *t, struct cursor *c)
{
	static const uint8_t ipv6_protocol[8] = {0xaa, 0xaa, 0x03, 0, 0, 0, 0x86, 0xdd};
	uint32_t count = cur_u32be(c);

	for (uint32_t i = 0; i < count && i < ADDRESSES_MAX; i++) {
		uint8_t kind = cur_u8(c);
		struct span protocol = cur_span(c, cur_u8(c));
		struct span address = cur_span(c, cur_u16be(c));
		if (!cur_ok(c) || t->n_addresses == ADDRESSES_MAX)
			return;
		struct cursor p = cur_of(protocol);
		if (kind == PROTOCOL_NLPID && protocol.len == 1 && cur_u8(&p) == NLPID_IP && address.len == 4)
			t->addresses[t->n_addresses++] = ip_from_v4(address.ptr);
		else if (kind == PROTOCOL_802_2 && span_eq(protocol, span_of(ipv6_protocol, sizeof(ipv6_protocol))) &&
			 address.len == 16)
			t->addresses[t->n_addresses++] = ip_from_v6(address.ptr);
	}
}

static void tlv_read(struct told *t, unsigned type, struct span value)
{
	struct cursor c = cur_of(value);

	switch (type) {
	case TLV_DEVICE_ID:
		t->device = say_trim(value);
		break;
	case TLV_ADDRESSES:
	case TLV_MANAGEMENT:
		addresses_read(t, &c);
		break;
	case TLV_PORT:
		t->port = say_trim(value);
		break;
	case TLV_CAPABILITIES:
		t->can = cur_u32be(&c);
		break;
	case TLV_VERSION:
		t->version = say_trim(value);
		break;
	case TLV_PLATFORM:
		t->platform = say_trim(value);
		break;
	case TLV_DOMAIN:
		t->domain = say_trim(value);
		break;
	case TLV_NATIVE_VLAN:
		t->vlan = cur_u16be(&c);
		break;
	case TLV_SYSTEM_NAME:
		t->system_name = say_trim(value);
		break;
	case TLV_LOCATION: /* | kind u8 | text | */
		cur_skip(&c, 1);
		t->location = say_trim(cur_rest(&c));
		break;
	default:
		break;
	}
}

/* @return NULL, or what is wrong and in @left how many bytes before the end. */
static const char *told_read(struct told *t, struct cursor *c, size_t *left)
{
	*left = cur_left(c);
	uint8_t version = cur_u8(c);
	t->ttl_s = cur_u8(c);
	cur_skip(c, 2);
	if (!cur_ok(c))
		return "truncated_pdu";
	if (version != 1 && version != 2)
		return "version_unknown";
	/* A last TLV of less than a head is padding of the frame, which some senders count. */
	for (unsigned i = 0; i < TLVS_MAX && cur_left(c) >= TLV_HEAD_BYTES; i++) {
		*left = cur_left(c);
		uint16_t type = cur_u16be(c), length = cur_u16be(c);
		if (length < TLV_HEAD_BYTES)
			return "tlv_length_invalid";
		struct span value = cur_span(c, length - (size_t)TLV_HEAD_BYTES);
		if (!cur_ok(c))
			return "tlv_truncated";
		tlv_read(t, type, value);
	}
	return NULL;
}

/* The numbers of LLDP's capabilities, in which these are told. */
static void capabilities_say(struct event *ev, uint32_t can)
{
	static const struct {
		uint32_t mask;
		unsigned lldp;
	} same[] = {
	    {CAN_REPEAT, 1}, {CAN_BRIDGE | CAN_SOURCE_ROUTE | CAN_SWITCH, 2}, {CAN_ROUTE, 4}, {IS_PHONE, 5},
	    {IS_HOST, 7},
	};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		if (can & same[i].mask)
			ev_uint(ev, F(DETAIL_CAPABILITIES), same[i].lldp);
	}
}

static void role_say(struct event *ev, uint32_t can)
{
	if (can & IS_PHONE)
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_PHONE);
	else if (can & CAN_ROUTE)
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_ROUTER);
	else if (can & (CAN_SWITCH | CAN_BRIDGE | CAN_SOURCE_ROUTE))
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_SWITCH);
}

static void cdp_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct told t = {0};
	size_t bytes = cur_left(c), left;

	(void)state;
	(void)dir;
	const char *wrong = told_read(&t, c, &left);
	if (wrong) {
		emit_anomaly(out, cdp_dissector.name, ANOMALY_MALFORMED, wrong, bytes - left, 0);
		return;
	}
	struct event *ev = say_begin(out, DISCOVERY_BY_CDP);
	say_frame_mac(ev);
	for (unsigned i = 0; i < t.n_addresses; i++)
		say_ip(out, ev, F(IP), &t.addresses[i]);
	say_span(ev, F(NAME), t.system_name.len > 0 ? t.system_name : t.device);
	say_span(ev, F(MODEL), t.platform);
	say_span(ev, F(FIRMWARE), say_trim(say_until(say_after(t.version, "Version "), ", \r\n")));
	role_say(ev, t.can);
	say_span(ev, F(DETAIL_CHASSIS), t.device);
	say_span(ev, F(DETAIL_PORT), t.port);
	say_span(ev, F(DETAIL_DESCRIPTION), t.version);
	capabilities_say(ev, t.can);
	ev_uint(ev, F(DETAIL_TTL_S), t.ttl_s);
	if (t.vlan)
		ev_uint(ev, F(DETAIL_PORT_VLAN), t.vlan);
	say_span(ev, F(DETAIL_DOMAIN), t.domain);
	say_span(ev, F(DETAIL_LOCATION), t.location);
	emit_end(out, ev);
}

const struct dissector cdp_dissector = {
    .name = "cdp",
    .table = &discovery_table,
    .snaps = {DISSECTOR_SNAP(SNAP_OUI_CISCO, SNAP_CDP)},
    .max_frame = CDP_MAX,
    .pdu = cdp_pdu,
};
