/*
 * Router advertisements (RFC 4861, 4.2): who offers itself as an IPv6 router, for how long, for which prefixes.
 */
#include "discovery/say.h"

enum {
	ROUTER_ADVERTISEMENT = 134,
	OPTION_SOURCE_ADDRESS = 1,
	OPTION_PREFIX = 3,
	OPTION_UNIT = 8,
	OPTIONS_MAX = 32,
	ADVERTISEMENT_MAX = 1500,
	PREFIXES_MAX = 8,
};

#define F(name) (&discovery_field[DISCOVERY_##name])

/* | type u8 | code u8 | checksum u16 | hop limit u8 | flags u8 | lifetime u16 s | reachable u32 | retransmit u32 |
 * options: | type u8 | length u8, units of 8 | ... */
static void ndp_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct mac mac = {{0}};
	struct ip_addr prefixes[PREFIXES_MAX];
	unsigned n_prefixes = 0;

	(void)state;
	(void)dir;
	cur_skip(c, 1 + 1 + 2 + 1 + 1);
	uint16_t lifetime_s = cur_u16be(c);
	cur_skip(c, 4 + 4);
	for (int i = 0; i < OPTIONS_MAX && cur_ok(c) && cur_left(c) > 0; i++) {
		uint8_t type = cur_u8(c), units = cur_u8(c);
		if (cur_ok(c) && units == 0) {
			emit_anomaly(out, ndp_dissector.name, ANOMALY_MALFORMED, "option_length_invalid", 0, 0);
			return;
		}
		struct cursor option = cur_sub(c, (size_t)units * OPTION_UNIT - 2);
		if (type == OPTION_SOURCE_ADDRESS) {
			const uint8_t *at = cur_take(&option, sizeof(mac.b));
			if (at)
				memcpy(mac.b, at, sizeof(mac.b));
		} else if (type == OPTION_PREFIX && n_prefixes < PREFIXES_MAX) {
			cur_skip(&option, 1 + 1 + 4 + 4 + 4); /* length, flags, lifetimes, reserved */
			const uint8_t *at = cur_take(&option, 16);
			if (at)
				prefixes[n_prefixes++] = ip_from_v6(at);
		}
	}
	if (!cur_ok(c)) {
		emit_anomaly(out, ndp_dissector.name, ANOMALY_MALFORMED, "truncated_pdu", 0, 0);
		return;
	}
	struct event *ev = say_begin(out, DISCOVERY_BY_NDP);
	if (mac_is_none(&mac))
		say_frame_mac(ev);
	else
		ev_mac(ev, F(MAC), &mac);
	say_ip(out, ev, F(IP), &out->at.src_ip);
	ev_uint(ev, F(ROLE), DISCOVERY_ROLE_ROUTER);
	ev_uint(ev, F(DETAIL_ROUTER_LIFETIME_S), lifetime_s);
	for (unsigned i = 0; i < n_prefixes; i++)
		ev_ip(out, ev, F(DETAIL_PREFIXES), &prefixes[i]);
	emit_end(out, ev);
}

const struct dissector ndp_dissector = {
    .name = "ndp",
    .table = &discovery_table,
    .icmpv6_types = {ROUTER_ADVERTISEMENT},
    .max_frame = ADVERTISEMENT_MAX,
    .pdu = ndp_pdu,
};
