/*
 * SNMP versions 1 and 2c (RFC 1157, RFC 3416): the system group of MIB-II (RFC 3418, 2) in answers.
 *
 *   SEQUENCE { version INTEGER, community OCTET STRING, response [2] { id, error, index INTEGER,
 *              SEQUENCE OF SEQUENCE { name OBJECT IDENTIFIER, value } } }
 *
 * The community is a password: it is compared with those that everybody knows, and never told. That one of these is in
 * use is told once a flow, whether it is answered or not.
 */
#include "discovery/ber.h"
#include "discovery/say.h"

#include <stdio.h>

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	PORT_SNMP = 161,
	SNMP_MAX = 65507,
	BINDINGS_MAX = 128,
	OID_TEXT_MAX = 256,

	TAG_RESPONSE = 0xa2,

	VERSION_1 = 0,
	VERSION_2C = 1,

	SYS_DESCRIPTION = 1,
	SYS_OBJECT_ID = 2,
	SYS_CONTACT = 4,
	SYS_NAME = 5,
	SYS_LOCATION = 6,
	SYS_OBJECTS = 8,
};

struct snmp_state {
	bool told; /* that the community is one that everybody knows */
};

/* Dotted form of an object identifier (X.690, 8.19), cut where it is too long. */
static struct span oid_text(struct emitter *out, struct span oid)
{
	struct cursor c = cur_of(oid);
	char text[OID_TEXT_MAX];
	size_t n = 0;
	uint32_t arc = 0;
	bool first = true;

	while (cur_left(&c) > 0 && n < sizeof(text) - 24) {
		uint8_t b = cur_u8(&c);
		arc = arc << 7 | (b & 0x7f);
		if (b & 0x80)
			continue;
		if (first) {
			uint32_t root = arc < 80 ? arc / 40 : 2;
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%u.%u", root, arc - root * 40);
		} else {
			n += (size_t)snprintf(text + n, sizeof(text) - n, ".%u", arc);
		}
		first = false;
		arc = 0;
	}
	return arena_copy(out->arena, span_of(text, n));
}

/* Which object of the system group @oid names, or 0. */
static unsigned system_object(struct span oid)
{
	static const uint8_t system[] = {0x2b, 6, 1, 2, 1, 1};
	struct cursor c = cur_of(span_skip(oid, sizeof(system)));
	unsigned object = cur_u8(&c), instance = cur_u8(&c);

	if (!span_eq(span_head(oid, sizeof(system)), span_of(system, sizeof(system))) || !cur_ok(&c) ||
	    cur_left(&c) > 0 || instance != 0 || object >= SYS_OBJECTS)
		return 0;
	return object;
}

/* @return NULL, or what is wrong. */
static const char *bindings_read(struct cursor *list, struct span values[static SYS_OBJECTS])
{
	for (unsigned i = 0; i < BINDINGS_MAX && cur_left(list) > 0; i++) {
		struct cursor binding = ber_expect(list, BER_SEQUENCE), oid = ber_expect(&binding, BER_OID);
		uint8_t tag;
		struct cursor value = ber_take(&binding, &tag);
		if (!cur_ok(list) || !cur_ok(&binding) || !cur_ok(&value))
			return "binding_invalid";
		unsigned object = system_object(cur_rest(&oid));
		if (object > 0 && tag == (object == SYS_OBJECT_ID ? BER_OID : BER_OCTETS))
			values[object] = cur_rest(&value);
	}
	return NULL;
}

static void system_say(struct emitter *out, enum dir dir, struct span values[static SYS_OBJECTS])
{
	bool any = false;

	for (unsigned i = 0; i < SYS_OBJECTS; i++)
		any |= values[i].len > 0;
	if (!any)
		return;
	struct event *ev = say_begin(out, DISCOVERY_BY_SNMP);
	say_ip(out, ev, F(IP), say_speaker(out, dir));
	say_span(ev, F(NAME), say_trim(values[SYS_NAME]));
	say_span(ev, F(DETAIL_DESCRIPTION), say_trim(values[SYS_DESCRIPTION]));
	say_span(ev, F(DETAIL_LOCATION), say_trim(values[SYS_LOCATION]));
	if (values[SYS_OBJECT_ID].len > 0)
		say_span(ev, F(DETAIL_OBJECT_ID), oid_text(out, values[SYS_OBJECT_ID]));
	say_span(ev, F(DETAIL_CONTACT), say_trim(values[SYS_CONTACT]));
	emit_end(out, ev);
}

/* What agents are shipped with (RFC 1157, 3.2.5 leaves it to the administrator; every manual has these two). */
static bool everybody_knows(struct span community)
{
	return (community.len == 6 && say_begins(community, "public")) ||
	       (community.len == 7 && say_begins(community, "private"));
}

static void community_say(struct snmp_state *s, struct emitter *out, struct span community)
{
	if (s->told || !everybody_knows(community))
		return;
	s->told = true;
	struct event *ev = say_begin(out, DISCOVERY_BY_SNMP);
	ev_bool(ev, F(DETAIL_DEFAULT_COMMUNITY), true);
	emit_end(out, ev);
}

static void malformed(struct emitter *out, const char *reason)
{
	emit_anomaly(out, snmp_dissector.name, ANOMALY_MALFORMED, reason, 0, 0);
}

static void snmp_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct span values[SYS_OBJECTS] = {0};
	struct cursor message = ber_expect(c, BER_SEQUENCE), version = ber_expect(&message, BER_INTEGER);
	uint8_t number = cur_u8(&version), tag;

	if (!cur_ok(&version)) {
		malformed(out, "truncated_pdu");
		return;
	}
	if (number != VERSION_1 && number != VERSION_2C)
		return;
	struct cursor community = ber_expect(&message, BER_OCTETS);
	struct cursor pdu = ber_take(&message, &tag);
	if (!cur_ok(&pdu)) {
		malformed(out, "truncated_pdu");
		return;
	}
	community_say(state, out, cur_rest(&community));
	if (tag != TAG_RESPONSE)
		return;
	(void)ber_expect(&pdu, BER_INTEGER);
	struct cursor error = ber_expect(&pdu, BER_INTEGER);
	(void)ber_expect(&pdu, BER_INTEGER);
	struct cursor list = ber_expect(&pdu, BER_SEQUENCE);
	const char *wrong = cur_ok(&list) ? bindings_read(&list, values) : "response_invalid";
	if (wrong)
		malformed(out, wrong);
	else if (cur_u8(&error) == 0)
		system_say(out, dir, values);
}

static enum probe snmp_probe(struct span head, bool from_server_port)
{
	struct cursor c = cur_of(head), message = ber_expect(&c, BER_SEQUENCE),
		      version = ber_expect(&message, BER_INTEGER);

	(void)from_server_port;
	return cur_left(&version) == 1 && cur_u8(&version) <= 3 ? PROBE_WEAK : PROBE_NO;
}

const struct dissector snmp_dissector = {
    .name = "snmp",
    .table = &discovery_table,
    .udp_ports = {PORT_SNMP},
    .partial = true,
    .max_frame = SNMP_MAX,
    .state_size = sizeof(struct snmp_state),
    .probe = snmp_probe,
    .pdu = snmp_pdu,
};
