/*
 * Bridge PDUs of the spanning tree (IEEE 802.1D-2004, 9.3; 802.1Q-2018, 14): which bridge is the root, who says so, and
 * that the topology has changed. No MAC of a device is told, as the sender's is its port's: the frame has it.
 */
#include "discovery/say.h"

enum {
	SAP_BPDU = 0x42,
	BPDU_MAX = 1500,
	TYPE_CONFIG = 0x00,
	TYPE_RAPID = 0x02, /* RST and MST alike */
	TYPE_TOPOLOGY_CHANGE = 0x80,
	FLAG_TOPOLOGY_CHANGE = 0x01,
};

#define F(name) (&discovery_field[DISCOVERY_##name])

static struct mac take_mac(struct cursor *c)
{
	struct mac m = {{0}};
	const uint8_t *at = cur_take(c, sizeof(m.b));

	if (at)
		memcpy(m.b, at, sizeof(m.b));
	return m;
}

/* | protocol u16, 0 | version u8 | type u8 | flags u8 | root priority u16, MAC | cost u32 | bridge priority u16, MAC |
 * port u16 | ... */
static void stp_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	(void)state;
	(void)dir;
	uint16_t protocol = cur_u16be(c);
	uint8_t version = cur_u8(c), type = cur_u8(c);

	(void)version;
	if (cur_ok(c) && (protocol != 0 || (type != TYPE_CONFIG && type != TYPE_RAPID && type != TYPE_TOPOLOGY_CHANGE)))
		return; /* GARP and others that share the address */
	if (cur_ok(c) && type == TYPE_TOPOLOGY_CHANGE) {
		struct event *ev = say_begin(out, DISCOVERY_BY_STP);
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_SWITCH);
		ev_bool(ev, F(DETAIL_TOPOLOGY_CHANGE), true);
		emit_end(out, ev);
		return;
	}
	uint8_t flags = cur_u8(c);
	uint16_t root_priority = cur_u16be(c);
	struct mac root = take_mac(c);
	cur_skip(c, 4 + 2); /* cost of the path, the bridge's own priority */
	struct mac bridge = take_mac(c);
	if (!cur_ok(c)) {
		emit_anomaly(out, stp_dissector.name, ANOMALY_MALFORMED, "truncated_pdu", 0, 0);
		return;
	}
	struct event *ev = say_begin(out, DISCOVERY_BY_STP);
	ev_uint(ev, F(ROLE), DISCOVERY_ROLE_SWITCH);
	ev_mac(ev, F(DETAIL_ROOT_MAC), &root);
	ev_uint(ev, F(DETAIL_ROOT_PRIORITY), root_priority);
	ev_mac(ev, F(DETAIL_BRIDGE_MAC), &bridge);
	ev_bool(ev, F(DETAIL_TOPOLOGY_CHANGE), flags & FLAG_TOPOLOGY_CHANGE);
	emit_end(out, ev);
}

const struct dissector stp_dissector = {
    .name = "stp",
    .table = &discovery_table,
    .llc_saps = {SAP_BPDU},
    .max_frame = BPDU_MAX,
    .pdu = stp_pdu,
};
