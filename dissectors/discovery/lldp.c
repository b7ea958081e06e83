/*
 * LLDP (IEEE 802.1AB) and LLDP-MED (ANSI/TIA-1057): what a switch, telephone or controller tells its neighbour.
 *
 *   | type 7 bits, length 9 bits | value | ... | 0 |        a data unit: chassis, port, TTL first, in this order
 *   type 127: | organisation u24 | subtype u8 | value |
 */
#include "discovery/discovery.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	ETHERTYPE_LLDP = 0x88cc,
	LLDP_MAX = 1500,
	TLVS_MAX = 128,
	ADDRESSES_MAX = 8,
	VLANS_MAX = 32,
	CAPABILITIES_MAX = 11,

	TLV_END = 0,
	TLV_CHASSIS = 1,
	TLV_PORT = 2,
	TLV_TTL = 3,
	TLV_PORT_DESCRIPTION = 4,
	TLV_SYSTEM_NAME = 5,
	TLV_SYSTEM_DESCRIPTION = 6,
	TLV_CAPABILITIES = 7,
	TLV_MANAGEMENT = 8,
	TLV_ORGANISATION = 127,

	CHASSIS_MAC = 4, /* subtypes of 802.1AB table 8-2 and 8-3 */
	CHASSIS_ADDRESS = 5,
	PORT_MAC = 3,
	PORT_ADDRESS = 4,

	FAMILY_IPV4 = 1, /* IANA address family numbers */
	FAMILY_IPV6 = 2,

	OUI_8021 = 0x0080c2,
	OUI_MED = 0x0012bb,
	OUI_PROFINET = 0x000ecf,
	PROFINET_CHASSIS_MAC = 5, /* IEC 61158-6-10, LLDP: the MAC of the device, whose ports have others */
	DOT1_PORT_VLAN = 1,
	DOT1_VLAN_NAME = 3,
	MED_HARDWARE = 5,
	MED_FIRMWARE = 6,
	MED_SOFTWARE = 7,
	MED_SERIAL = 8,
	MED_MANUFACTURER = 9,
	MED_MODEL = 10,
	MED_ASSET = 11,
	MED_STRINGS = MED_ASSET + 1,

	BIT_BRIDGE = 2,
	BIT_WLAN = 3,
	BIT_ROUTER = 4,
	BIT_TELEPHONE = 5,
};

struct unit {
	uint8_t chassis_subtype, port_subtype;
	struct span chassis, port, port_description, name, description;
	uint16_t ttl_s, enabled;
	struct ip_addr addresses[ADDRESSES_MAX];
	unsigned n_addresses;
	uint16_t port_vlan, vlans[VLANS_MAX];
	unsigned n_vlans;
	struct span med[MED_STRINGS];
	struct span device_mac; /* PROFINET's */
};

static void address_add(struct unit *u, struct span family_and_address)
{
	struct cursor c = cur_of(family_and_address);
	uint8_t family = cur_u8(&c);
	const uint8_t *at = cur_take(&c, family == FAMILY_IPV4 ? 4 : 16);

	if (!at || u->n_addresses >= ADDRESSES_MAX)
		return;
	if (family == FAMILY_IPV4)
		u->addresses[u->n_addresses++] = ip_from_v4(at);
	else if (family == FAMILY_IPV6)
		u->addresses[u->n_addresses++] = ip_from_v6(at);
}

static void organisation_read(struct unit *u, struct span value)
{
	struct cursor c = cur_of(value);
	uint32_t oui = cur_u24be(&c);
	uint8_t subtype = cur_u8(&c);

	if (oui == OUI_MED && subtype >= MED_HARDWARE && subtype <= MED_ASSET) {
		u->med[subtype] = cur_rest(&c);
	} else if (oui == OUI_PROFINET && subtype == PROFINET_CHASSIS_MAC) {
		u->device_mac = cur_rest(&c);
	} else if (oui == OUI_8021 && subtype == DOT1_PORT_VLAN) {
		u->port_vlan = cur_u16be(&c);
	} else if (oui == OUI_8021 && subtype == DOT1_VLAN_NAME) {
		uint16_t vlan = cur_u16be(&c);
		if (cur_ok(&c) && u->n_vlans < VLANS_MAX)
			u->vlans[u->n_vlans++] = vlan;
	}
}

static void tlv_read(struct unit *u, unsigned type, struct span value)
{
	struct cursor c = cur_of(value);

	switch (type) {
	case TLV_CHASSIS:
		u->chassis_subtype = cur_u8(&c);
		u->chassis = cur_rest(&c);
		break;
	case TLV_PORT:
		u->port_subtype = cur_u8(&c);
		u->port = cur_rest(&c);
		break;
	case TLV_TTL:
		u->ttl_s = cur_u16be(&c);
		break;
	case TLV_PORT_DESCRIPTION:
		u->port_description = value;
		break;
	case TLV_SYSTEM_NAME:
		u->name = value;
		break;
	case TLV_SYSTEM_DESCRIPTION:
		u->description = value;
		break;
	case TLV_CAPABILITIES:
		cur_skip(&c, 2);
		u->enabled = cur_u16be(&c);
		break;
	case TLV_MANAGEMENT:
		address_add(u, cur_span(&c, cur_u8(&c)));
		break;
	case TLV_ORGANISATION:
		organisation_read(u, value);
		break;
	default:
		break;
	}
}

/* @return NULL, or what is wrong and in @left how many bytes before the end. */
static const char *unit_read(struct unit *u, struct cursor *c, size_t *left)
{
	unsigned i;

	*left = cur_left(c);
	for (i = 0; i < TLVS_MAX && cur_left(c) > 0; i++) {
		*left = cur_left(c);
		uint16_t head = cur_u16be(c);
		unsigned type = head >> 9;
		struct span value = cur_span(c, head & 0x1ff);
		if (!cur_ok(c))
			return "tlv_truncated";
		if (i < TLV_TTL && type != i + 1)
			return "tlv_order_invalid";
		if (type == TLV_END)
			break;
		tlv_read(u, type, value);
	}
	return i < TLV_TTL ? "truncated_pdu" : NULL;
}

static void push_span(struct event *ev, const struct field_def *f, struct span s)
{
	if (s.len > 0)
		ev_span(ev, f, s);
}

static void push_id(struct emitter *out, struct event *ev, struct span id, bool is_mac, bool is_address,
		    const struct field_def *as_mac, const struct field_def *as_text)
{
	struct cursor c = cur_of(id);
	struct mac m;

	if (is_mac && id.len == sizeof(m.b)) {
		memcpy(m.b, cur_take(&c, sizeof(m.b)), sizeof(m.b));
		ev_mac(ev, as_mac, &m);
	} else if (is_address && id.len == 5 && cur_u8(&c) == FAMILY_IPV4) {
		char text[IP_TEXT_MAX];
		struct ip_addr a = ip_from_v4(cur_take(&c, 4));
		ev_span(ev, as_text, arena_copy(out->arena, span_str(ip_format(&a, text))));
	} else {
		push_span(ev, as_text, id);
	}
}

static void push_role(struct event *ev, uint16_t enabled)
{
	static const struct {
		unsigned bit;
		enum discovery_role role;
	} roles[] = {
	    /* a router that bridges too is a router, a telephone with a second socket is a telephone */
	    {BIT_TELEPHONE, DISCOVERY_ROLE_PHONE},
	    {BIT_WLAN, DISCOVERY_ROLE_ACCESS_POINT},
	    {BIT_ROUTER, DISCOVERY_ROLE_ROUTER},
	    {BIT_BRIDGE, DISCOVERY_ROLE_SWITCH},
	};

	for (unsigned i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (enabled >> roles[i].bit & 1) {
			ev_uint(ev, F(ROLE), roles[i].role);
			return;
		}
	}
}

static void lldp_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct unit u = {0};
	size_t bytes = cur_left(c), left;

	(void)state;
	(void)dir;
	const char *wrong = unit_read(&u, c, &left);
	if (wrong) {
		emit_anomaly(out, lldp_dissector.name, ANOMALY_MALFORMED, wrong, bytes - left, 0);
		return;
	}
	struct event *ev = emit_begin(out, &discovery_table);
	ev_uint(ev, F(PROTOCOL), DISCOVERY_BY_LLDP);
	if (ev->at.has_ether && !mac_is_none(&ev->at.src_mac))
		ev_mac(ev, F(MAC), &ev->at.src_mac);
	for (unsigned i = 0; i < u.n_addresses; i++)
		ev_ip(out, ev, F(IP), &u.addresses[i]);
	push_span(ev, F(NAME), u.name);
	push_span(ev, F(VENDOR), u.med[MED_MANUFACTURER]);
	push_span(ev, F(MODEL), u.med[MED_MODEL]);
	push_span(ev, F(SERIAL), u.med[MED_SERIAL]);
	push_span(ev, F(FIRMWARE), u.med[MED_SOFTWARE].len > 0 ? u.med[MED_SOFTWARE] : u.med[MED_FIRMWARE]);
	push_role(ev, u.enabled);
	push_id(out, ev, u.chassis, u.chassis_subtype == CHASSIS_MAC, u.chassis_subtype == CHASSIS_ADDRESS,
		F(DETAIL_CHASSIS_MAC), F(DETAIL_CHASSIS));
	if (u.chassis_subtype != CHASSIS_MAC && u.device_mac.len == sizeof(struct mac))
		push_id(out, ev, u.device_mac, true, false, F(DETAIL_CHASSIS_MAC), F(DETAIL_CHASSIS));
	push_id(out, ev, u.port, u.port_subtype == PORT_MAC, u.port_subtype == PORT_ADDRESS, F(DETAIL_PORT_MAC),
		F(DETAIL_PORT));
	push_span(ev, F(DETAIL_PORT_DESC), u.port_description);
	push_span(ev, F(DETAIL_DESCRIPTION), u.description);
	for (unsigned bit = 0; bit < CAPABILITIES_MAX; bit++) {
		if (u.enabled >> bit & 1)
			ev_uint(ev, F(DETAIL_CAPABILITIES), bit);
	}
	ev_uint(ev, F(DETAIL_TTL_S), u.ttl_s);
	if (u.port_vlan)
		ev_uint(ev, F(DETAIL_PORT_VLAN), u.port_vlan);
	for (unsigned i = 0; i < u.n_vlans; i++)
		ev_uint(ev, F(DETAIL_VLANS), u.vlans[i]);
	push_span(ev, F(DETAIL_HARDWARE), u.med[MED_HARDWARE]);
	if (u.med[MED_SOFTWARE].len > 0)
		push_span(ev, F(DETAIL_BOOT), u.med[MED_FIRMWARE]);
	push_span(ev, F(DETAIL_ASSET_TAG), u.med[MED_ASSET]);
	emit_end(out, ev);
}

const struct dissector lldp_dissector = {
    .name = "lldp",
    .table = &discovery_table,
    .ethertypes = {ETHERTYPE_LLDP},
    .max_frame = LLDP_MAX,
    .pdu = lldp_pdu,
};
