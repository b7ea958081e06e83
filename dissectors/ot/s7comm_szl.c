/*
 *   | FF | 09 | bytes u16 | SZL u16 | index u16 | bytes of a record u16 | records u16 | records ... |
 *   0011: | index u16 | order number 20 | type u16 | version, 4 bytes |                         big-endian
 *   001C: | index u16 | text 32 |
 * The low byte of the SZL number names the list, the high byte which part of it. Long lists go on in further answers;
 * what they hold is not told.
 */
#include "ot/s7comm_szl.h"

#include <stdio.h>

#include "discovery/say.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	RETURN_DONE = 0xff,
	RECORDS_MAX = 32,
	LIST_MODULE = 0x11,
	LIST_COMPONENT = 0x1c,
	MODULE_RECORD_BYTES = 28,
	ORDER_BYTES = 20,
	COMPONENT_RECORD_BYTES = 34,
	COMPONENT_TEXT_BYTES = 32,
	COMPONENT_SERIAL_BYTES = 24,
};

enum module { MODULE_ITSELF = 1, MODULE_FIRMWARE = 7, MODULE_BOOT_LOADER = 0x81 };

enum component {
	COMPONENT_STATION = 1,
	COMPONENT_MODULE = 2,
	COMPONENT_PLANT = 3,
	COMPONENT_SERIAL = 5,
	COMPONENT_TYPE = 7,
	COMPONENT_MEMORY_CARD = 8,
	COMPONENT_LOCATION = 11,
};

struct identity {
	struct span order, firmware, boot_loader;
	struct span station, module, plant, serial, type, memory_card, location;
};

/* | 'V', or another letter | 3.2.6 |; empty where it is none */
static struct span version_text(struct emitter *out, struct cursor c)
{
	uint8_t letter = cur_u8(&c), major = cur_u8(&c), minor = cur_u8(&c), patch = cur_u8(&c);
	char text[24];

	if (!cur_ok(&c) || letter < 'A' || letter > 'Z')
		return span_of(NULL, 0);
	int n = snprintf(text, sizeof(text), "%s%u.%u.%u", letter == 'V' ? "" : (char[]){(char)letter, ' ', 0}, major,
			 minor, patch);
	return arena_copy(out->arena, span_of(text, (size_t)n));
}

static void module_read(struct emitter *out, struct identity *id, struct cursor c)
{
	uint16_t index = cur_u16be(&c);
	struct span order = say_trim(cur_span(&c, ORDER_BYTES));

	cur_skip(&c, 2);
	if (!cur_ok(&c))
		return;
	if (index == MODULE_ITSELF)
		id->order = order;
	else if (index == MODULE_FIRMWARE)
		id->firmware = version_text(out, c);
	else if (index == MODULE_BOOT_LOADER)
		id->boot_loader = version_text(out, c);
}

static void component_read(struct identity *id, struct cursor c)
{
	uint16_t index = cur_u16be(&c);
	struct span all = cur_span(&c, COMPONENT_TEXT_BYTES), text = say_text(all);

	if (!cur_ok(&c))
		return;
	switch (index) {
	case COMPONENT_STATION:
		id->station = text;
		break;
	case COMPONENT_MODULE:
		id->module = text;
		break;
	case COMPONENT_PLANT:
		id->plant = text;
		break;
	case COMPONENT_SERIAL:
		id->serial = say_text(span_head(all, COMPONENT_SERIAL_BYTES));
		break;
	case COMPONENT_TYPE:
		id->type = text;
		break;
	case COMPONENT_MEMORY_CARD:
		id->memory_card = text;
		break;
	case COMPONENT_LOCATION:
		id->location = text;
		break;
	default:
		break;
	}
}

static void identity_say(struct emitter *out, enum dir dir, const struct identity *id)
{
	struct span model = id->order.len > 0 ? id->order : id->type;

	if (model.len + id->station.len + id->module.len + id->serial.len + id->firmware.len == 0)
		return;
	struct event *ev = say_begin(out, DISCOVERY_BY_S7);
	say_ip(out, ev, F(IP), say_speaker(out, dir));
	say_span(ev, F(NAME), id->station.len > 0 ? id->station : id->module);
	/* others build controllers that answer the same way, with order numbers of their own */
	if (say_begins(id->order, "6ES7") || say_begins(id->order, "6AG1"))
		ev_text(ev, F(VENDOR), "Siemens");
	say_span(ev, F(MODEL), model);
	say_span(ev, F(SERIAL), id->serial);
	say_span(ev, F(FIRMWARE), id->firmware);
	if (say_begins(id->type, "CPU"))
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_PLC);
	if (id->order.len == 0 && id->type.len > 0)
		say_span(ev, F(DETAIL_PRODUCT), id->module);
	say_span(ev, F(DETAIL_LOCATION), id->location);
	say_span(ev, F(DETAIL_PLANT), id->plant);
	say_span(ev, F(DETAIL_MEMORY_CARD), id->memory_card);
	say_span(ev, F(DETAIL_BOOTLOADER), id->boot_loader);
	emit_end(out, ev);
}

void s7comm_szl_say(struct emitter *out, enum dir dir, struct cursor c)
{
	struct identity id = {.order = {NULL, 0}};
	uint8_t done = cur_u8(&c);

	cur_skip(&c, 3);
	uint8_t list = (uint8_t)cur_u16be(&c);
	cur_skip(&c, 2);
	uint16_t bytes = cur_u16be(&c), records = cur_u16be(&c);
	bool module = list == LIST_MODULE && bytes == MODULE_RECORD_BYTES;
	bool component = list == LIST_COMPONENT && bytes == COMPONENT_RECORD_BYTES;

	if (!cur_ok(&c) || done != RETURN_DONE || (!module && !component))
		return;
	for (unsigned i = 0; i < records && i < RECORDS_MAX && cur_left(&c) >= bytes; i++) {
		struct cursor record = cur_sub(&c, bytes);
		if (module)
			module_read(out, &id, record);
		else
			component_read(&id, record);
	}
	identity_say(out, dir, &id);
}
