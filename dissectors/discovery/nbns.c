/*
 * NetBIOS name service (RFC 1002, 4.2): hosts register their names, answer to them and tell all of them when asked.
 *
 *   name:  | 32 | two letters a byte: 15 bytes of name padded with blanks, and what it is for | scope | 0 |
 *   NB:    | flags u16 (0x8000: a group's) | address | ...         a registration or the answer to a query
 *   NBSTAT:| count u8 | name 15, what for u8, flags u16 | ... | statistics
 *
 * Whom a query looks for is no fact about anybody.
 */
#include "discovery/dnsname.h"
#include "discovery/say.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	PORT_NBNS = 137,
	NBNS_MAX = 1500,
	NAME_BYTES = 15,
	ENCODED_BYTES = 32,
	NAMES_MAX = 32, /* of one status */
	ADDRESSES_MAX = 16,
	COUNT_SANE = 8,

	OPCODE_QUERY = 0,
	OPCODE_REGISTRATION = 5,
	OPCODE_REFRESH = 8,
	OPCODE_REFRESH_TOO = 9, /* as some send it */
	OPCODE_MULTIHOMED = 15,

	IS_GROUP = 0x8000,

	FOR_WORKSTATION = 0x00,
	FOR_DOMAIN_MASTER = 0x1b,
	FOR_DOMAIN_CONTROLLERS = 0x1c,
	FOR_FILE_SERVER = 0x20,
};

struct netbios_name {
	struct span text;
	uint8_t what_for;
};

/* @dotted begins with the encoded name. @return false where it is none. */
static bool name_decode(struct netbios_name *n, struct span dotted, struct arena *arena)
{
	struct cursor c = cur_of(dotted);
	uint8_t plain[NAME_BYTES + 1];

	for (unsigned i = 0; i < sizeof(plain); i++) {
		unsigned high = cur_u8(&c) - (unsigned)'A', low = cur_u8(&c) - (unsigned)'A';
		if (!cur_ok(&c) || high > 15 || low > 15)
			return false;
		plain[i] = (uint8_t)(high << 4 | low);
	}
	n->text = arena_copy(arena, say_trim(span_of(plain, NAME_BYTES)));
	n->what_for = plain[NAME_BYTES];
	return n->text.len > 0;
}

static bool is_controller(uint8_t what_for, bool group)
{
	return what_for == FOR_DOMAIN_MASTER || (what_for == FOR_DOMAIN_CONTROLLERS && group);
}

/* A name and who holds it. */
static void holder_say(struct emitter *out, enum dir dir, struct dnsname_record *r, bool registers)
{
	struct cursor *c = &r->data;
	struct ip_addr addresses[ADDRESSES_MAX];
	const struct ip_addr *speaker = say_speaker(out, dir);
	struct netbios_name n;
	unsigned n_addresses = 0;
	bool group = false, own = false;

	for (unsigned i = 0; i < ADDRESSES_MAX && cur_left(c) > 0; i++) {
		uint16_t flags = cur_u16be(c);
		const uint8_t *at = cur_take(c, 4);
		if (!at)
			break;
		group = flags & IS_GROUP;
		addresses[n_addresses] = ip_from_v4(at);
		own |= ip_eq(&addresses[n_addresses++], speaker);
	}
	if (n_addresses == 0 || !name_decode(&n, r->name, out->arena))
		return;
	/* Who is in a group is told by its members alone. */
	if (group && !registers)
		return;
	struct event *ev = say_begin(out, DISCOVERY_BY_NETBIOS);
	for (unsigned i = 0; i < n_addresses; i++)
		say_ip(out, ev, F(IP), &addresses[i]);
	if (!group)
		say_span(ev, F(NAME), n.text);
	if (is_controller(n.what_for, group))
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_DOMAIN_CONTROLLER);
	if (group && (n.what_for == FOR_WORKSTATION || n.what_for == FOR_DOMAIN_CONTROLLERS))
		say_span(ev, F(DETAIL_DOMAIN), n.text);
	ev_uint(ev, F(DETAIL_NETBIOS), n.what_for);
	if (own && !group && !registers)
		say_ip(out, ev, F(DETAIL_NAME_IP), speaker);
	emit_end(out, ev);
}

static void status_say(struct emitter *out, enum dir dir, struct dnsname_record *r)
{
	struct cursor *c = &r->data;
	uint8_t count = cur_u8(c), n = 0, for_what[NAMES_MAX];
	struct span name = {0}, domain = {0};
	bool controller = false;

	for (; n < count && n < NAMES_MAX; n++) {
		struct span text = say_trim(cur_span(c, NAME_BYTES));
		for_what[n] = cur_u8(c);
		bool group = cur_u16be(c) & IS_GROUP;
		if (!cur_ok(c)) {
			emit_anomaly(out, netbios_dissector.name, ANOMALY_MALFORMED, "status_truncated", 0, 0);
			return;
		}
		controller |= is_controller(for_what[n], group);
		if (group && for_what[n] == FOR_WORKSTATION)
			domain = text;
		else if (!group && name.len == 0 && (for_what[n] == FOR_WORKSTATION || for_what[n] == FOR_FILE_SERVER))
			name = text;
	}
	struct event *ev = say_begin(out, DISCOVERY_BY_NETBIOS);
	say_ip(out, ev, F(IP), say_speaker(out, dir));
	say_span(ev, F(NAME), name);
	if (controller)
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_DOMAIN_CONTROLLER);
	say_span(ev, F(DETAIL_DOMAIN), domain);
	for (unsigned i = 0; i < n; i++)
		ev_uint(ev, F(DETAIL_NETBIOS), for_what[i]);
	emit_end(out, ev);
}

static void records_say(struct emitter *out, enum dir dir, const struct dnsname_head *h, struct cursor *c,
			struct span message)
{
	unsigned opcode = dnsname_opcode(h->flags), records = (unsigned)h->answers + h->authorities + h->additional;
	bool registers = opcode != OPCODE_QUERY;
	size_t left = cur_left(c);

	for (unsigned i = 0; i < h->questions; i++)
		dnsname_question_skip(c, message, out->arena);
	for (unsigned i = 0; i < records && cur_ok(c); i++) {
		left = cur_left(c);
		struct dnsname_record r = dnsname_record_read(c, message, out->arena);
		if (!cur_ok(c))
			break;
		if (r.type == DNSNAME_TYPE_NB)
			holder_say(out, dir, &r, registers);
		else if (r.type == DNSNAME_TYPE_NBSTAT && !registers)
			status_say(out, dir, &r);
	}
	if (!cur_ok(c))
		emit_anomaly(out, netbios_dissector.name, ANOMALY_MALFORMED, "record_invalid", message.len - left, 0);
}

static bool head_is_sane(const struct dnsname_head *h)
{
	return h->questions <= 1 && h->answers <= COUNT_SANE && h->authorities <= COUNT_SANE &&
	       h->additional <= COUNT_SANE && h->questions + h->answers > 0;
}

static void nbns_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct cursor whole = *c;
	struct span message = cur_rest(&whole);
	struct dnsname_head h = dnsname_head_read(c);
	unsigned opcode = dnsname_opcode(h.flags);

	(void)state;
	if (!cur_ok(c)) {
		emit_anomaly(out, netbios_dissector.name, ANOMALY_MALFORMED, "truncated_pdu", 0, 0);
		return;
	}
	if (!head_is_sane(&h))
		return;
	bool answers = (h.flags & DNSNAME_RESPONSE) && opcode == OPCODE_QUERY && !(h.flags & DNSNAME_RCODE);
	bool registers = !(h.flags & DNSNAME_RESPONSE) && (opcode == OPCODE_REGISTRATION || opcode == OPCODE_REFRESH ||
							   opcode == OPCODE_REFRESH_TOO || opcode == OPCODE_MULTIHOMED);
	if (answers || registers)
		records_say(out, dir, &h, c, message);
}

/* Every message begins with an encoded name. */
static enum probe nbns_probe(struct span head, bool from_server_port)
{
	struct cursor c = cur_of(head);
	struct dnsname_head h = dnsname_head_read(&c);

	(void)from_server_port;
	if (!head_is_sane(&h) || cur_u8(&c) != ENCODED_BYTES || !cur_ok(&c))
		return PROBE_NO;
	return PROBE_WEAK;
}

const struct dissector netbios_dissector = {
    .name = "netbios",
    .table = &discovery_table,
    .udp_ports = {PORT_NBNS},
    .partial = true,
    .max_frame = NBNS_MAX,
    .probe = nbns_probe,
    .pdu = nbns_pdu,
};
