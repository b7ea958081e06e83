/*
 * What EtherNet/IP devices answer to ListIdentity (CIP Volume 2, 2-4.2), behind the encapsulation header:
 *
 *   | items u16 | kind 000C u16 | length u16 | version u16 | family u16be, port u16be, address 4, zeros 8 |
 *   | maker u16 | device type u16 | product u16 | revision u8.u8 | status u16 | serial u32 | length u8, name | state u8
 * |
 */
#include "discovery/say.h"

#include <stdio.h>

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	ITEM_IDENTITY = 0x000c,
	ITEMS_MAX = 8,

	DEVICE_AC_DRIVE = 0x02,
	DEVICE_PLC = 0x0e,
	DEVICE_HMI = 0x18,
};

static void role_say(struct event *ev, uint16_t type)
{
	if (type == DEVICE_PLC)
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_PLC);
	else if (type == DEVICE_HMI)
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_HMI);
	else if (type == DEVICE_AC_DRIVE)
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_DRIVE);
}

/* @return false where the item is not whole. */
static bool identity_item_say(struct emitter *out, enum dir dir, struct cursor *c)
{
	cur_skip(c, 2 + 2 + 2);
	const uint8_t *own = cur_take(c, 4);
	cur_skip(c, 8);
	uint16_t vendor = cur_u16le(c), type = cur_u16le(c), product = cur_u16le(c);
	uint8_t major = cur_u8(c), minor = cur_u8(c);
	cur_skip(c, 2);
	uint32_t serial = cur_u32le(c);
	struct span name = say_trim(cur_span(c, cur_u8(c)));

	if (!cur_ok(c))
		return false;
	struct ip_addr told = ip_from_v4(own);
	const struct ip_addr *speaker = say_speaker(out, dir);
	char revision[16];
	struct event *ev = say_begin(out, DISCOVERY_BY_ENIP);
	say_ip(out, ev, F(IP), speaker);
	if (!ip_eq(&told, speaker))
		say_ip(out, ev, F(IP), &told);
	say_span(ev, F(MODEL), name);
	say_number(out, ev, F(SERIAL), "%08x", serial);
	snprintf(revision, sizeof(revision), "%u.%u", major, minor);
	say_span(ev, F(FIRMWARE), arena_copy(out->arena, span_str(revision)));
	role_say(ev, type);
	ev_uint(ev, F(DETAIL_VENDOR_ID), vendor);
	ev_uint(ev, F(DETAIL_DEVICE_TYPE), type);
	ev_uint(ev, F(DETAIL_PRODUCT_CODE), product);
	emit_end(out, ev);
	return true;
}

bool enip_identity_say(struct emitter *out, enum dir dir, struct cursor *items)
{
	uint16_t count = cur_u16le(items);

	for (uint16_t i = 0; i < count && i < ITEMS_MAX && cur_ok(items); i++) {
		uint16_t kind = cur_u16le(items);
		struct cursor item = cur_sub(items, cur_u16le(items));
		if (!cur_ok(items) || (kind == ITEM_IDENTITY && !identity_item_say(out, dir, &item)))
			return false;
	}
	return cur_ok(items);
}
