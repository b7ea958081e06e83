/*
 *   | FF | 09 | bytes u16 | SZL u16 | index u16 | bytes of a record u16 | records u16 | records ... |
 *   0011: | index u16 | order number 20 | type u16 | version, 4 bytes |                         big-endian
 *   001C: | index u16 | text 32 |
 * The low byte of the SZL number names the list, the high byte which part of it. A list that does not fit into one
 * answer goes on in the next, without a head and in the midst of a record.
 */
#include "ot/s7comm_szl.h"

#include <stdio.h>
#include <string.h>

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

/* @first: the part of the list with which it begins, where the name of the station would stand. */
static void identity_say(struct emitter *out, enum dir dir, const struct identity *id, bool first)
{
	struct span model = id->order.len > 0 ? id->order : id->type;

	if (model.len + id->station.len + id->module.len + id->serial.len + id->firmware.len + id->plant.len +
		id->location.len + id->memory_card.len ==
	    0)
		return;
	struct event *ev = say_begin(out, DISCOVERY_BY_S7);
	say_ip(out, ev, F(IP), say_speaker(out, dir));
	say_span(ev, F(NAME), id->station.len > 0 || !first ? id->station : id->module);
	/* others build controllers that answer the same way, with order numbers of their own */
	if (say_begins(id->order, "6ES7") || say_begins(id->order, "6AG1"))
		ev_text(ev, F(VENDOR), "Siemens");
	say_span(ev, F(MODEL), model);
	say_span(ev, F(SERIAL), id->serial);
	say_span(ev, F(FIRMWARE), id->firmware);
	if (say_begins(id->type, "CPU"))
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_PLC);
	say_span(ev, F(DETAIL_PRODUCT), id->module);
	say_span(ev, F(DETAIL_LOCATION), id->location);
	say_span(ev, F(DETAIL_PLANT), id->plant);
	say_span(ev, F(DETAIL_MEMORY_CARD), id->memory_card);
	say_span(ev, F(DETAIL_BOOTLOADER), id->boot_loader);
	emit_end(out, ev);
}

/* S7_SZL_REST_BYTES of the flow */
struct rest {
	uint8_t unit;    /* data unit whose next part is awaited; 0: none */
	uint8_t list;    /* LIST_MODULE, LIST_COMPONENT */
	uint8_t records; /* to come, the one that was cut included */
	uint8_t held;    /* bytes in record[] */
	uint8_t record[S7_SZL_RECORD_MAX];
};
_Static_assert(sizeof(struct rest) == S7_SZL_REST_BYTES, "kept as bytes");

static size_t record_bytes(uint8_t list)
{
	return list == LIST_MODULE ? MODULE_RECORD_BYTES : list == LIST_COMPONENT ? COMPONENT_RECORD_BYTES : 0;
}

/* The head of a list. @return false where it is none that identifies. */
static bool list_begins(struct cursor *c, struct rest *r)
{
	uint8_t list = (uint8_t)cur_u16be(c);
	cur_skip(c, 2);
	uint16_t bytes = cur_u16be(c), records = cur_u16be(c);

	*r = (struct rest){.list = list, .records = (uint8_t)(records < RECORDS_MAX ? records : RECORDS_MAX)};
	return cur_ok(c) && bytes > 0 && bytes == record_bytes(list);
}

/* The next record, of which a part may have come before; where it is cut, what there is of it is held. */
static bool next_record(struct emitter *out, struct rest *r, struct cursor *c, struct cursor *record)
{
	size_t want = record_bytes(r->list) - r->held, left = cur_left(c);
	struct span piece = cur_span(c, left < want ? left : want);

	if (r->held == 0 && piece.len == want) {
		*record = cur_of(piece);
		r->records--;
		return true;
	}
	if (piece.len > 0)
		memcpy(r->record + r->held, piece.ptr, piece.len);
	r->held = (uint8_t)(r->held + piece.len);
	if (piece.len < want)
		return false;
	*record = cur_of(arena_copy(out->arena, span_of(r->record, r->held)));
	r->held = 0;
	r->records--;
	return true;
}

/*
 * Parameters: | 00 01 12 | bytes | 12 | kind | function | sequence | data unit | 0: the last part | error u16 |
 * Data: | FF | 09 | bytes u16 | part of the list |
 */
void s7comm_szl_say(struct emitter *out, enum dir dir, struct cursor parameters, struct cursor data,
		    uint8_t rest[static S7_SZL_REST_BYTES])
{
	struct identity id = {.order = {NULL, 0}};
	struct cursor record;
	struct rest r;

	memcpy(&r, rest, sizeof(r));
	memset(rest, 0, sizeof(r));
	cur_skip(&parameters, 8);
	uint8_t unit = cur_u8(&parameters), more = cur_u8(&parameters), done = cur_u8(&data);
	cur_skip(&data, 1);
	uint16_t bytes = cur_u16be(&data);
	if (!cur_ok(&data) || done != RETURN_DONE)
		return;
	bool whole = bytes <= cur_left(&data);
	struct cursor part = cur_sub(&data, whole ? bytes : cur_left(&data));
	bool first = r.unit == 0 || r.unit != unit;
	if (first && !list_begins(&part, &r))
		return;
	while (r.records > 0 && next_record(out, &r, &part, &record)) {
		if (r.list == LIST_MODULE)
			module_read(out, &id, record);
		else
			component_read(&id, record);
	}
	if (whole && more && cur_ok(&parameters) && r.records > 0) {
		r.unit = unit;
		memcpy(rest, &r, sizeof(r));
	}
	identity_say(out, dir, &id, first);
}
