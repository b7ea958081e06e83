/*
 * DHCP for IPv4 (RFC 2131, options RFC 2132, RFC 3046, RFC 4702): clients name themselves, servers give addresses.
 *
 *   | op u8 | htype u8 | hlen u8 | hops u8 | xid u32 | secs u16 | flags u16 | ciaddr | yiaddr | siaddr | giaddr |
 * chaddr 16 | sname 64 | file 128 | | magic u32 | options (code u8, length u8, bytes) ... | 255 |
 *
 * A client's message is a record about the client. A server's offer or acknowledgement is one about the server; an
 * acknowledgement one about the client as well, which now owns the address. Where no relay stands between, the server
 * is whoever sends, whichever address he names.
 */
#include "discovery/discovery.h"
#include "discovery/say.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	OP_REQUEST = 1,
	OP_REPLY = 2,
	HTYPE_ETHERNET = 1,
	DHCP_HEAD_BYTES = 236,
	DHCP_MAX = 1500,
	PORT_SERVER = 67,
	PORT_CLIENT = 68,
	OPTIONS_MAX = 128, /* of one message; more are not looked at */
	PARAMETERS_MAX = 128,

	OPT_PAD = 0,
	OPT_ROUTER = 3,
	OPT_HOST_NAME = 12,
	OPT_REQUESTED_IP = 50,
	OPT_LEASE_S = 51,
	OPT_MESSAGE_TYPE = 53,
	OPT_SERVER_ID = 54,
	OPT_PARAMETERS = 55,
	OPT_VENDOR_CLASS = 60,
	OPT_CLIENT_ID = 61,
	OPT_FQDN = 81,
	OPT_RELAY = 82,
	OPT_END = 255,

	RELAY_CIRCUIT_ID = 1,
	RELAY_REMOTE_ID = 2,

	DHCP_OFFER = 2,
	DHCP_ACK = 5,
};

static const uint32_t magic_cookie = 0x63825363;

struct message {
	uint8_t op, type;
	struct mac client;
	bool has_mac;
	struct ip_addr ciaddr, yiaddr, giaddr;
	struct span host_name, fqdn, requested, server, router, lease, parameters, vendor_class, client_id, circuit,
	    remote;
};

static struct ip_addr take_ip(struct cursor *c)
{
	static const uint8_t none[4];
	const uint8_t *at = cur_take(c, 4);

	return ip_from_v4(at ? at : none);
}

static bool is_set(const struct ip_addr *a)
{
	return ip_scope(a) != IP_SCOPE_UNSPECIFIED;
}

static void relay_read(struct message *m, struct span option)
{
	struct cursor c = cur_of(option);

	while (cur_left(&c) > 0) {
		uint8_t code = cur_u8(&c);
		struct span value = cur_span(&c, cur_u8(&c));
		if (!cur_ok(&c))
			return;
		if (code == RELAY_CIRCUIT_ID)
			m->circuit = value;
		else if (code == RELAY_REMOTE_ID)
			m->remote = value;
	}
}

static void option_read(struct message *m, uint8_t code, struct span value)
{
	struct cursor c = cur_of(value);

	switch (code) {
	case OPT_MESSAGE_TYPE:
		m->type = cur_u8(&c);
		break;
	case OPT_ROUTER:
		m->router = cur_span(&c, 4);
		break;
	case OPT_HOST_NAME:
		m->host_name = value;
		break;
	case OPT_REQUESTED_IP:
		m->requested = cur_span(&c, 4);
		break;
	case OPT_LEASE_S:
		m->lease = cur_span(&c, 4);
		break;
	case OPT_SERVER_ID:
		m->server = cur_span(&c, 4);
		break;
	case OPT_PARAMETERS:
		m->parameters = value;
		break;
	case OPT_VENDOR_CLASS:
		m->vendor_class = value;
		break;
	case OPT_CLIENT_ID:
		m->client_id = value;
		break;
	case OPT_FQDN:
		/* | flags u8 | rcode u8 | rcode u8 | name |; with bit 2 of the flags the name is in DNS form and left
		 * out here */
		if (!(cur_u8(&c) & 0x04)) {
			cur_skip(&c, 2);
			m->fqdn = cur_rest(&c);
		}
		break;
	case OPT_RELAY:
		relay_read(m, value);
		break;
	default:
		break;
	}
}

/* @return NULL, or what is wrong and in @left how many bytes before the end; "" for what is not DHCP. */
static const char *message_read(struct message *m, struct cursor *c, size_t *left)
{
	*left = cur_left(c);
	m->op = cur_u8(c);
	uint8_t htype = cur_u8(c), hlen = cur_u8(c);
	cur_skip(c, 1 + 4 + 2 + 2);
	m->ciaddr = take_ip(c);
	m->yiaddr = take_ip(c);
	(void)take_ip(c);
	m->giaddr = take_ip(c);
	const uint8_t *chaddr = cur_take(c, 16);
	cur_skip(c, 64 + 128);
	uint32_t magic = cur_u32be(c);

	if (!cur_ok(c))
		return "truncated_pdu";
	if (magic != magic_cookie)
		return ""; /* plain BOOTP */
	m->has_mac = htype == HTYPE_ETHERNET && hlen == 6;
	memcpy(m->client.b, chaddr, sizeof(m->client.b));
	m->has_mac = m->has_mac && !mac_is_none(&m->client);
	for (unsigned i = 0; i < OPTIONS_MAX && cur_left(c) > 0; i++) {
		*left = cur_left(c);
		uint8_t code = cur_u8(c);
		if (code == OPT_PAD)
			continue;
		if (code == OPT_END)
			break;
		struct span value = cur_span(c, cur_u8(c));
		if (!cur_ok(c))
			return "option_truncated";
		option_read(m, code, value);
	}
	return NULL;
}

static void push_ip4(struct emitter *out, struct event *ev, const struct field_def *f, struct span wire)
{
	struct cursor c = cur_of(wire);
	struct ip_addr a = take_ip(&c);

	if (cur_ok(&c) && is_set(&a))
		ev_ip(out, ev, f, &a);
}

static void push_span(struct event *ev, const struct field_def *f, struct span s)
{
	if (s.len > 0)
		ev_span(ev, f, s);
}

/* Some clients count the terminating NUL. */
static struct span without_nul(struct span s)
{
	struct cursor c = cur_of(s);

	return s.len > 0 && cur_peek_u8(&c, s.len - 1) == '\0' ? span_head(s, s.len - 1) : s;
}

static void client_told(struct emitter *out, const struct message *m)
{
	struct event *ev = emit_begin(out, &discovery_table);
	const struct ip_addr *ip = m->type == DHCP_ACK && is_set(&m->yiaddr) ? &m->yiaddr : &m->ciaddr;
	struct span name = without_nul(m->host_name.len > 0 ? m->host_name : m->fqdn);

	ev_uint(ev, F(PROTOCOL), DISCOVERY_BY_DHCP);
	if (m->has_mac)
		ev_mac(ev, F(MAC), &m->client);
	if (is_set(ip))
		ev_ip(out, ev, F(IP), ip);
	if (m->op == OP_REQUEST)
		push_span(ev, F(NAME), name);
	if (m->type > 0)
		ev_uint(ev, F(DETAIL_MESSAGE), m->type);
	if (m->op == OP_REQUEST) {
		push_span(ev, F(DETAIL_CLIENT_ID), m->client_id);
		push_ip4(out, ev, F(DETAIL_REQUESTED), m->requested);
	}
	push_ip4(out, ev, F(DETAIL_SERVER), m->server);
	struct cursor lease = cur_of(m->lease);
	if (m->op == OP_REPLY && m->lease.len > 0)
		ev_uint(ev, F(DETAIL_LEASE_S), cur_u32be(&lease));
	if (m->op == OP_REQUEST) {
		push_span(ev, F(DETAIL_VENDOR_CLASS), without_nul(m->vendor_class));
		struct cursor p = cur_of(m->parameters);
		for (unsigned i = 0; i < PARAMETERS_MAX && cur_left(&p) > 0; i++)
			ev_uint(ev, F(DETAIL_PARAMETERS), cur_u8(&p));
	}
	if (is_set(&m->giaddr))
		ev_ip(out, ev, F(DETAIL_RELAY), &m->giaddr);
	push_span(ev, F(DETAIL_CIRCUIT), m->circuit);
	push_span(ev, F(DETAIL_REMOTE), m->remote);
	emit_end(out, ev);
}

static void server_told(struct emitter *out, enum dir dir, const struct message *m)
{
	struct cursor c = cur_of(m->server);
	struct ip_addr named = take_ip(&c), sender = *say_speaker(out, dir);

	if (!cur_ok(&c) || !is_set(&named))
		return;
	struct event *ev = emit_begin(out, &discovery_table);
	const struct mac *mac = dir == DIR_REQUEST ? &ev->at.src_mac : &ev->at.dest_mac;
	bool own = !is_set(&m->giaddr) && is_set(&sender);
	ev_uint(ev, F(PROTOCOL), DISCOVERY_BY_DHCP);
	if (own && ev->at.has_ether && !mac_is_none(mac) && !mac_is_group(mac))
		ev_mac(ev, F(MAC), mac);
	ev_ip(out, ev, F(IP), own ? &sender : &named);
	ev_uint(ev, F(ROLE), DISCOVERY_ROLE_DHCP_SERVER);
	if (own && !ip_eq(&sender, &named))
		ev_ip(out, ev, F(DETAIL_SERVER), &named);
	push_ip4(out, ev, F(DETAIL_ROUTER), m->router);
	emit_end(out, ev);
}

static enum probe dhcp_probe(struct span head, bool from_server_port)
{
	struct cursor c = cur_of(head);
	uint8_t op = cur_u8(&c);

	(void)from_server_port;
	cur_skip(&c, DHCP_HEAD_BYTES - 1);
	if (cur_u32be(&c) != magic_cookie || (op != OP_REQUEST && op != OP_REPLY))
		return PROBE_NO;
	return op == OP_REQUEST ? PROBE_REQUEST : PROBE_RESPONSE;
}

static void dhcp_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct message m = {0};
	size_t bytes = cur_left(c), left;

	(void)state;
	const char *wrong = message_read(&m, c, &left);
	if (wrong) {
		if (*wrong)
			emit_anomaly(out, dhcp_dissector.name, ANOMALY_MALFORMED, wrong, bytes - left, 0);
		return;
	}
	if (m.op == OP_REQUEST) {
		client_told(out, &m);
		return;
	}
	if (m.op != OP_REPLY)
		return;
	if (m.type == DHCP_OFFER || m.type == DHCP_ACK)
		server_told(out, dir, &m);
	if (m.type == DHCP_ACK)
		client_told(out, &m);
}

const struct dissector dhcp_dissector = {
    .name = "dhcp",
    .table = &discovery_table,
    .udp_ports = {PORT_SERVER, PORT_CLIENT},
    .max_frame = DHCP_MAX,
    .probe = dhcp_probe,
    .pdu = dhcp_pdu,
};
