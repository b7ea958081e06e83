/*
 * DHCP for IPv6 (RFC 8415, options RFC 4704, RFC 6939): clients name themselves, servers give addresses.
 *
 *   | type u8 | transaction u24 | option u16, length u16, value | ...
 *   relayed:  | type u8 | hops u8 | link address 16 | peer address 16 | options, of which one is the message |
 */
#include "discovery/dnsname.h"
#include "discovery/say.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	PORT_SERVER = 547, /* at one end of every message */
	DHCPV6_MAX = 9000,
	OPTIONS_MAX = 128,
	PARAMETERS_MAX = 128,
	ADDRESSES_MAX = 8,
	RELAYS_MAX = 8,

	TYPE_ADVERTISE = 2,
	TYPE_REPLY = 7,
	TYPE_RECONFIGURE = 10,
	TYPE_INFORMATION = 11,
	TYPE_RELAY_FORWARD = 12,
	TYPE_RELAY_REPLY = 13,

	OPT_CLIENT_ID = 1,
	OPT_IA_NA = 3,
	OPT_IA_ADDRESS = 5,
	OPT_PARAMETERS = 6,
	OPT_RELAYED = 9,
	OPT_VENDOR_CLASS = 16,
	OPT_FQDN = 39,
	OPT_CLIENT_MAC = 79,

	HARDWARE_ETHERNET = 1,
};

struct message {
	uint8_t type;
	bool relayed, has_mac, has_lease;
	struct mac mac; /* of the client, as its relay saw it */
	struct ip_addr link;
	struct span client_id, parameters, vendor_class, name;
	struct ip_addr given[ADDRESSES_MAX];
	unsigned n_given;
	uint32_t lease_s;
};

static void addresses_read(struct message *m, struct cursor *c)
{
	cur_skip(c, 12);
	for (unsigned i = 0; i < OPTIONS_MAX && cur_left(c) > 0; i++) {
		uint16_t code = cur_u16be(c);
		struct cursor value = cur_sub(c, cur_u16be(c));
		if (code != OPT_IA_ADDRESS)
			continue;
		const uint8_t *at = cur_take(&value, 16);
		cur_skip(&value, 4);
		uint32_t valid_s = cur_u32be(&value);
		if (!cur_ok(&value) || valid_s == 0 || m->n_given == ADDRESSES_MAX)
			continue;
		m->given[m->n_given++] = ip_from_v6(at);
		m->lease_s = valid_s;
	}
}

static void option_read(struct message *m, uint16_t code, struct cursor *c, struct arena *arena)
{
	switch (code) {
	case OPT_CLIENT_ID:
		m->client_id = cur_rest(c);
		break;
	case OPT_IA_NA:
		addresses_read(m, c);
		break;
	case OPT_PARAMETERS:
		m->parameters = cur_rest(c);
		break;
	case OPT_VENDOR_CLASS: /* | maker u32 | length u16, text | ... */
		cur_skip(c, 4);
		m->vendor_class = say_trim(cur_span(c, cur_u16be(c)));
		break;
	case OPT_FQDN: { /* | flags u8 | name in DNS form, perhaps without its end | */
		cur_skip(c, 1);
		struct span name = cur_rest(c);
		struct cursor whole = cur_of(name), partial = cur_of(name);
		m->name = dnsname_read(&whole, name, arena);
		if (!cur_ok(&whole))
			m->name = cur_span(&partial, cur_u8(&partial));
		break;
	}
	case OPT_CLIENT_MAC:
		if (cur_u16be(c) == HARDWARE_ETHERNET && cur_left(c) == sizeof(m->mac.b)) {
			memcpy(m->mac.b, cur_take(c, sizeof(m->mac.b)), sizeof(m->mac.b));
			m->has_mac = true;
		}
		break;
	default:
		break;
	}
}

/* The options of one message; that which it relays, if any, in @inner. @return false where they do not hold together.
 */
static bool options_read(struct message *m, struct cursor *c, struct arena *arena, struct cursor *inner)
{
	for (unsigned i = 0; i < OPTIONS_MAX && cur_left(c) > 0; i++) {
		uint16_t code = cur_u16be(c);
		struct cursor value = cur_sub(c, cur_u16be(c));
		if (!cur_ok(c))
			return false;
		if (code == OPT_RELAYED)
			*inner = value;
		else
			option_read(m, code, &value, arena);
	}
	return true;
}

/* @return NULL, or what is wrong. */
static const char *message_read(struct message *m, struct cursor *c, struct arena *arena)
{
	for (unsigned i = 0; i < RELAYS_MAX; i++) {
		struct cursor inner = {0};
		m->type = cur_u8(c);
		bool relay = m->type == TYPE_RELAY_FORWARD || m->type == TYPE_RELAY_REPLY;
		cur_skip(c, relay ? 1 : 3);
		const uint8_t *link = relay ? cur_take(c, 16) : NULL;
		cur_skip(c, relay ? 16 : 0);
		if (!cur_ok(c))
			return "truncated_pdu";
		if (!options_read(m, c, arena, &inner))
			return "option_truncated";
		if (!relay)
			return NULL;
		if (!m->relayed && link)
			m->link = ip_from_v6(link);
		m->relayed = true;
		*c = inner;
	}
	return "relayed_too_often";
}

/* One end's MAC, where no relay stands between. */
static void mac_say(struct event *ev, const struct message *m, bool src)
{
	const struct mac *mac = src ? &ev->at.src_mac : &ev->at.dest_mac;

	if (!m->relayed && ev->at.has_ether && !mac_is_none(mac) && !mac_is_group(mac))
		ev_mac(ev, F(MAC), mac);
	else if (m->relayed && m->has_mac)
		ev_mac(ev, F(MAC), &m->mac);
}

static void client_say(struct emitter *out, enum dir dir, const struct message *m, bool answered)
{
	struct event *ev = say_begin(out, DISCOVERY_BY_DHCPV6);

	mac_say(ev, m, (dir == DIR_REQUEST) != answered);
	if (!answered && !m->relayed)
		say_ip(out, ev, F(IP), say_speaker(out, dir));
	for (unsigned i = 0; answered && i < m->n_given; i++)
		say_ip(out, ev, F(IP), &m->given[i]);
	if (!answered)
		say_span(ev, F(NAME), m->name);
	say_span(ev, F(DETAIL_CLIENT_ID), m->client_id);
	if (answered)
		ev_uint(ev, F(DETAIL_LEASE_S), m->lease_s);
	say_span(ev, F(DETAIL_VENDOR_CLASS), m->vendor_class);
	struct cursor p = cur_of(m->parameters);
	for (unsigned i = 0; !answered && i < PARAMETERS_MAX && cur_left(&p) >= 2; i++)
		ev_uint(ev, F(DETAIL_PARAMETERS), cur_u16be(&p));
	if (m->relayed)
		say_ip(out, ev, F(DETAIL_RELAY), &m->link);
	ev_uint(ev, F(DETAIL_DHCPV6), m->type);
	emit_end(out, ev);
}

static void server_say(struct emitter *out, enum dir dir, const struct message *m)
{
	struct event *ev = say_begin(out, DISCOVERY_BY_DHCPV6);

	mac_say(ev, m, dir == DIR_REQUEST);
	say_ip(out, ev, F(IP), say_speaker(out, dir));
	ev_uint(ev, F(ROLE), DISCOVERY_ROLE_DHCP_SERVER);
	emit_end(out, ev);
}

static void dhcpv6_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct message m = {0};
	const char *wrong = message_read(&m, c, out->arena);
	bool answers = m.type == TYPE_ADVERTISE || m.type == TYPE_REPLY;

	(void)state;
	if (wrong) {
		emit_anomaly(out, dhcpv6_dissector.name, ANOMALY_MALFORMED, wrong, 0, 0);
		return;
	}
	if (m.type == 0 || m.type == TYPE_RECONFIGURE || m.type > TYPE_INFORMATION)
		return;
	/* What comes through a relay is sent by the relay, which is not the server. */
	if (answers && !m.relayed)
		server_say(out, dir, &m);
	if (!answers || (m.type == TYPE_REPLY && m.n_given > 0))
		client_say(out, dir, &m, answers);
}

static enum probe dhcpv6_probe(struct span head, bool from_server_port)
{
	struct cursor c = cur_of(head);
	uint8_t type = cur_u8(&c);

	(void)from_server_port;
	return type > 0 && type <= TYPE_RELAY_REPLY && head.len >= 4 ? PROBE_WEAK : PROBE_NO;
}

const struct dissector dhcpv6_dissector = {
    .name = "dhcpv6",
    .table = &discovery_table,
    .udp_ports = {PORT_SERVER},
    .partial = true,
    .max_frame = DHCPV6_MAX,
    .probe = dhcpv6_probe,
    .pdu = dhcpv6_pdu,
};
