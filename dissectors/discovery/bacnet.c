/*
 * BACnet/IP (ASHRAE 135, annex J, clauses 6, 16 and 20): devices say who they are (I-Am) and answer for their names.
 *
 *   | 81 | function u8 | length u16 | (forwarded: address 4, port u16) |
 *   | version 01 | control u8 | (destination: network u16, length u8, address) (source: the same) (hops u8) |
 *   | 10 | 00 I-Am | device C4 u32 | most bytes | segmentation | maker |
 *   | 30 | invoke u8 | 0C ReadProperty | object 0C u32 | property 19 u8 | 3E value 3F |
 *
 * A device behind a BACnet router has no address here: what it reads of itself is nobody's whom the ledger knows.
 */
#include "discovery/say.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	PORT_BACNET = 47808,
	BACNET_MAX = 1506,
	BVLL_TYPE = 0x81,
	BVLL_FORWARDED = 0x04,
	BVLL_DISTRIBUTE = 0x09,
	BVLL_UNICAST = 0x0a,
	BVLL_BROADCAST = 0x0b,

	NPDU_VERSION = 1,
	NPDU_IS_NETWORK_MESSAGE = 0x80,
	NPDU_HAS_DESTINATION = 0x20,
	NPDU_HAS_SOURCE = 0x08,

	APDU_UNCONFIRMED = 0x10,
	APDU_COMPLEX_ACK = 0x30,
	SERVICE_I_AM = 0,
	SERVICE_READ_PROPERTY = 12,

	OBJECT_DEVICE = 8,
	INSTANCE_BITS = 22,
	TAG_TEXT = 7,
	LENGTH_FOLLOWS = 5,
	LENGTH_U16 = 254,
	CHARSET_UTF8 = 0,

	PROPERTY_SOFTWARE = 12,
	PROPERTY_DESCRIPTION = 28,
	PROPERTY_FIRMWARE = 44,
	PROPERTY_LOCATION = 58,
	PROPERTY_MODEL = 70,
	PROPERTY_NAME = 77,
	PROPERTY_VENDOR = 121,
	PROPERTY_SERIAL = 372,
};

struct sender {
	struct ip_addr ip;
	bool routed;
	uint16_t network;
};

/* A primitive value (20.2.1): its tag number in @tag, context tags beyond 16. */
static struct span value_take(struct cursor *c, unsigned *tag)
{
	uint8_t head = cur_u8(c);
	uint32_t length = head & 0x07;

	*tag = (head >> 4) + (head & 0x08 ? 16u : 0u);
	if (length == LENGTH_FOLLOWS)
		length = cur_u8(c);
	if ((head & 0x07) == LENGTH_FOLLOWS && length == LENGTH_U16)
		length = cur_u16be(c);
	return cur_span(c, length);
}

/* An unsigned number of up to four bytes, which has to be of @tag. */
static uint32_t number_take(struct cursor *c, unsigned tag)
{
	unsigned got;
	struct span s = value_take(c, &got);
	struct cursor bytes = cur_of(s);
	uint32_t number = 0;

	if (got != tag || s.len == 0 || s.len > 4)
		c->failed = true;
	for (unsigned i = 0; i < 4 && cur_left(&bytes) > 0; i++)
		number = number << 8 | cur_u8(&bytes);
	return number;
}

static bool is_device(uint32_t object)
{
	return object >> INSTANCE_BITS == OBJECT_DEVICE;
}

static uint32_t instance_of(uint32_t object)
{
	return object & ((1u << INSTANCE_BITS) - 1);
}

static void malformed(struct emitter *out, const char *reason)
{
	emit_anomaly(out, bacnet_dissector.name, ANOMALY_MALFORMED, reason, 0, 0);
}

static void i_am_say(struct emitter *out, const struct sender *from, struct cursor *c)
{
	enum { OBJECT_ID = 12, UNSIGNED = 2, ENUMERATED = 9 };
	uint32_t object = number_take(c, OBJECT_ID);
	(void)number_take(c, UNSIGNED);
	(void)number_take(c, ENUMERATED);
	uint32_t vendor = number_take(c, UNSIGNED);

	if (!cur_ok(c) || !is_device(object)) {
		malformed(out, "i_am_invalid");
		return;
	}
	struct event *ev = say_begin(out, DISCOVERY_BY_BACNET);
	say_ip(out, ev, F(IP), &from->ip);
	ev_uint(ev, F(DETAIL_VENDOR_ID), vendor);
	ev_uint(ev, F(DETAIL_INSTANCE), instance_of(object));
	if (from->routed)
		ev_uint(ev, F(DETAIL_NETWORK), from->network);
	emit_end(out, ev);
}

static const struct field_def *property_field(uint32_t property)
{
	switch (property) {
	case PROPERTY_SOFTWARE:
		return F(DETAIL_SOFTWARE);
	case PROPERTY_DESCRIPTION:
		return F(DETAIL_DESCRIPTION);
	case PROPERTY_FIRMWARE:
		return F(FIRMWARE);
	case PROPERTY_LOCATION:
		return F(DETAIL_LOCATION);
	case PROPERTY_MODEL:
		return F(MODEL);
	case PROPERTY_NAME:
		return F(NAME);
	case PROPERTY_VENDOR:
		return F(VENDOR);
	case PROPERTY_SERIAL:
		return F(SERIAL);
	default:
		return NULL;
	}
}

static void property_say(struct emitter *out, const struct sender *from, struct cursor *c)
{
	enum { CONTEXT = 16, OPENING_3 = 0x3e };
	uint32_t object = number_take(c, CONTEXT + 0), property = number_take(c, CONTEXT + 1);
	const struct field_def *field = property_field(property);
	unsigned tag;

	if (!cur_ok(c)) {
		malformed(out, "read_property_invalid");
		return;
	}
	if (!field || !is_device(object) || from->routed || cur_u8(c) != OPENING_3)
		return;
	struct span value = value_take(c, &tag);
	struct cursor text = cur_of(value);
	if (!cur_ok(c)) {
		malformed(out, "read_property_invalid");
		return;
	}
	if (tag != TAG_TEXT || cur_u8(&text) != CHARSET_UTF8 || cur_left(&text) == 0)
		return;
	struct event *ev = say_begin(out, DISCOVERY_BY_BACNET);
	struct span words = say_trim(cur_rest(&text));
	bool detail = field == F(DETAIL_SOFTWARE) || field == F(DETAIL_DESCRIPTION) || field == F(DETAIL_LOCATION);
	say_ip(out, ev, F(IP), &from->ip);
	if (!detail)
		say_span(ev, field, words);
	ev_uint(ev, F(DETAIL_INSTANCE), instance_of(object));
	if (detail)
		say_span(ev, field, words);
	emit_end(out, ev);
}

static void address_skip(struct cursor *c)
{
	cur_skip(c, 2);
	cur_skip(c, cur_u8(c));
}

static void bacnet_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct sender from = {.ip = *say_speaker(out, dir)};
	uint8_t type = cur_u8(c), function = cur_u8(c);

	(void)state;
	cur_skip(c, 2);
	if (cur_ok(c) && function == BVLL_FORWARDED) {
		const uint8_t *origin = cur_take(c, 4);
		cur_skip(c, 2);
		if (origin)
			from.ip = ip_from_v4(origin);
	}
	if (!cur_ok(c) || type != BVLL_TYPE) {
		malformed(out, "truncated_pdu");
		return;
	}
	if (function != BVLL_FORWARDED && function != BVLL_DISTRIBUTE && function != BVLL_UNICAST &&
	    function != BVLL_BROADCAST)
		return;
	uint8_t version = cur_u8(c), control = cur_u8(c);
	if (control & NPDU_HAS_DESTINATION)
		address_skip(c);
	if (control & NPDU_HAS_SOURCE) {
		from.routed = true;
		from.network = cur_u16be(c);
		cur_skip(c, cur_u8(c));
	}
	if (control & NPDU_HAS_DESTINATION)
		cur_skip(c, 1);
	if (!cur_ok(c) || version != NPDU_VERSION) {
		malformed(out, "npdu_invalid");
		return;
	}
	if (control & NPDU_IS_NETWORK_MESSAGE)
		return;
	uint8_t apdu = cur_u8(c);
	if (apdu == APDU_UNCONFIRMED && cur_u8(c) == SERVICE_I_AM && cur_ok(c))
		i_am_say(out, &from, c);
	else if (apdu == APDU_COMPLEX_ACK) {
		cur_skip(c, 1);
		if (cur_u8(c) == SERVICE_READ_PROPERTY)
			property_say(out, &from, c);
	}
}

static enum probe bacnet_probe(struct span head, bool from_server_port)
{
	struct cursor c = cur_of(head);
	uint8_t type = cur_u8(&c), function = cur_u8(&c);
	uint16_t length = cur_u16be(&c);

	(void)from_server_port;
	return cur_ok(&c) && type == BVLL_TYPE && function <= BVLL_BROADCAST && length >= 4 && length <= BACNET_MAX
		   ? PROBE_WEAK
		   : PROBE_NO;
}

const struct dissector bacnet_dissector = {
    .name = "bacnet",
    .table = &discovery_table,
    .udp_ports = {PORT_BACNET},
    .partial = true,
    .max_frame = BACNET_MAX,
    .probe = bacnet_probe,
    .pdu = bacnet_pdu,
};
