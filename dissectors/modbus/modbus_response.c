/*
 * Responses, AP 6 and 7. Where the request is known, the response must fit it: "byte_count_mismatch" and
 * "echo_mismatch" mean that the device answered something else than it was asked, or that two answers were swapped.
 */
#include "modbus/modbus_pdu.h"

#define F(id) (&modbus_field[MODBUS_##id])

enum {
	FILE_REFERENCE_TYPE = 6,
	FILE_GROUPS_MAX = 122, /* of two bytes and one register, in 245 bytes */
	FIFO_COUNT_MAX = 31,   /* AP 6.18 */
	OBJECTS_MAX = 120,     /* of two bytes each in one PDU */
	EXCEPTION_CODE_MAX = 11,
	READABLE_MIN = 4, /* fewer characters are numbers that happen to be letters */
};

static const struct modbus_trouble fine = {NULL, 0};

static struct modbus_trouble trouble(const char *reason, size_t at)
{
	return (struct modbus_trouble){reason, (uint16_t)at};
}

static struct modbus_trouble ended(const struct cursor *c, struct span pdu)
{
	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	return cur_left(c) > 0 ? trouble("trailing_bytes", pdu.len - cur_left(c)) : fine;
}

/* | function | byte count u8 | bits or registers | */
static struct modbus_trouble items(struct event *ev, struct cursor *c, struct span pdu, bool bits,
				   const struct modbus_asked *asked)
{
	uint8_t count = cur_u8(c);
	struct span values = cur_span(c, count);

	if (!cur_ok(c))
		return trouble("byte_count_mismatch", 1);
	if (bits) {
		bool agrees = asked->known && count == (asked->quantity + 7) / 8;
		ev_items(ev, F(RSP_BITS), values, agrees ? asked->quantity : count * 8u);
		if (asked->known && !agrees)
			return trouble("byte_count_mismatch", 1);
	} else {
		ev_items(ev, F(RSP_REGISTERS), values, count / 2u);
		if (count % 2 != 0 || (asked->known && count != asked->quantity * 2))
			return trouble("byte_count_mismatch", 1);
	}
	return ended(c, pdu);
}

/* | function | address u16 | value u16 |: the request again */
static struct modbus_trouble single_echo(struct event *ev, struct cursor *c, struct span pdu,
					 const struct modbus_asked *asked)
{
	uint16_t address = cur_u16be(c);
	struct cursor value = *c;
	struct span wire = cur_span(c, 2);
	uint16_t v = cur_u16be(&value);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(RSP_ADDRESS), address);
	ev_items(ev, F(RSP_REGISTERS), wire, 1);
	if (asked->known && (address != asked->address || v != asked->values[0]))
		return trouble("echo_mismatch", address != asked->address ? 1 : 3);
	return ended(c, pdu);
}

/* | function | address u16 | quantity u16 | */
static struct modbus_trouble multiple_echo(struct event *ev, struct cursor *c, struct span pdu,
					   const struct modbus_asked *asked)
{
	uint16_t address = cur_u16be(c), quantity = cur_u16be(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(RSP_ADDRESS), address);
	ev_uint(ev, F(RSP_QUANTITY), quantity);
	if (asked->known && (address != asked->address || quantity != asked->quantity))
		return trouble("echo_mismatch", address != asked->address ? 1 : 3);
	return ended(c, pdu);
}

/* | function | address u16 | and mask u16 | or mask u16 | */
static struct modbus_trouble mask_echo(struct event *ev, struct cursor *c, struct span pdu,
				       const struct modbus_asked *asked)
{
	uint16_t address = cur_u16be(c), and_mask = cur_u16be(c), or_mask = cur_u16be(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(RSP_ADDRESS), address);
	ev_uint(ev, F(RSP_AND_MASK), and_mask);
	ev_uint(ev, F(RSP_OR_MASK), or_mask);
	if (asked->known && (address != asked->address || and_mask != asked->values[0] || or_mask != asked->values[1]))
		return trouble("echo_mismatch", 1);
	return ended(c, pdu);
}

/* | function | status u8 | */
static struct modbus_trouble exception_status(struct event *ev, struct cursor *c, struct span pdu)
{
	uint8_t status = cur_u8(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(RSP_STATUS), status);
	return ended(c, pdu);
}

/* | function | sub-function u16 | data | */
static struct modbus_trouble diagnostic(struct event *ev, struct cursor *c, struct span pdu,
					const struct modbus_asked *asked)
{
	uint16_t sub = cur_u16be(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(RSP_SUB_RAW), sub);
	ev_uint(ev, F(RSP_SUB_CODE), sub);
	ev_span(ev, F(RSP_DATA), cur_rest(c));
	return asked->known && sub != asked->values[0] ? trouble("echo_mismatch", 1) : fine;
}

/* | function | status u16 | event count u16 | */
static struct modbus_trouble event_counter(struct event *ev, struct cursor *c, struct span pdu)
{
	uint16_t status = cur_u16be(c), events = cur_u16be(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(RSP_STATUS), status);
	ev_uint(ev, F(RSP_EVENT_COUNT), events);
	return ended(c, pdu);
}

/* | function | byte count u8 | status u16 | event count u16 | message count u16 | events | */
static struct modbus_trouble event_log(struct event *ev, struct cursor *c, struct span pdu)
{
	uint8_t count = cur_u8(c);
	struct cursor inside = cur_sub(c, count);
	uint16_t status = cur_u16be(&inside), events = cur_u16be(&inside), messages = cur_u16be(&inside);

	if (!cur_ok(&inside))
		return trouble("byte_count_mismatch", 1);
	ev_uint(ev, F(RSP_STATUS), status);
	ev_uint(ev, F(RSP_EVENT_COUNT), events);
	ev_uint(ev, F(RSP_MESSAGE_COUNT), messages);
	ev_span(ev, F(RSP_EVENTS), cur_rest(&inside));
	return ended(c, pdu);
}

static bool readable(struct span s)
{
	struct cursor c = cur_of(s);

	while (cur_left(&c) > 0) {
		uint8_t b = cur_u8(&c);
		if (b < 0x20 || b > 0x7e)
			return false;
	}
	return s.len >= READABLE_MIN;
}

static bool is_run_indicator(uint8_t b)
{
	return b == 0x00 || b == 0xff;
}

/*
 * | function | byte count u8 | server id | run indicator u8 | additional data |
 *
 * How long the server id is, only the device knows. Nearly all use one byte, some a text without additional data:
 * whichever has 0x00 or 0xFF, which is what run indicators are, at the right place.
 */
static struct modbus_trouble server_id(struct event *ev, struct cursor *c, struct span pdu)
{
	uint8_t count = cur_u8(c);
	struct span all = cur_span(c, count), id = all, additional = {NULL, 0};
	struct cursor inside = cur_of(all);

	if (!cur_ok(c))
		return trouble("byte_count_mismatch", 1);
	if (all.len >= 2 && is_run_indicator(cur_peek_u8(&inside, 1))) {
		id = span_head(all, 1);
		additional = span_skip(all, 2);
	} else if (all.len >= 2 && is_run_indicator(cur_peek_u8(&inside, all.len - 1)) &&
		   readable(span_head(all, all.len - 1))) {
		id = span_head(all, all.len - 1);
	}
	ev_span(ev, F(RSP_SERVER_ID), id);
	if (readable(id))
		ev_span(ev, F(RSP_SERVER_ID_TEXT), id);
	if (id.len < all.len)
		ev_uint(ev, F(RSP_RUN_INDICATOR), cur_peek_u8(&inside, id.len));
	if (additional.len > 0)
		ev_span(ev, F(RSP_ADDITIONAL), additional);
	if (readable(additional))
		ev_span(ev, F(RSP_ADDITIONAL_TEXT), additional);
	return ended(c, pdu);
}

/* | function | byte count u8 | n * (length u8, reference type u8, registers) |; the length counts the type and the
 * registers */
static struct modbus_trouble file_read(struct event *ev, struct cursor *c, struct span pdu)
{
	uint8_t count = cur_u8(c);
	struct cursor groups = cur_sub(c, count);

	if (!cur_ok(c))
		return trouble("byte_count_mismatch", 1);
	for (unsigned i = 0; i < FILE_GROUPS_MAX && cur_left(&groups) > 0; i++) {
		size_t at = pdu.len - cur_left(c) - cur_left(&groups);
		struct cursor group = cur_sub(&groups, cur_u8(&groups));
		uint8_t type = cur_u8(&group);
		if (!cur_ok(&group))
			return trouble("truncated_pdu", at);
		struct span values = cur_rest(&group);
		ev_item(ev, F(RSP_FILES));
		ev_uint(ev, F(RSP_FILE_LENGTH), values.len / 2);
		ev_items(ev, F(RSP_FILE_VALUES), values, (uint32_t)(values.len / 2));
		if (type != FILE_REFERENCE_TYPE)
			return trouble("reference_type_invalid", at + 1);
	}
	return ended(c, pdu);
}

/* The request again: | function | byte count u8 | n * (reference type u8, file u16, record u16, length u16, registers)
 * | */
static struct modbus_trouble file_written(struct event *ev, struct cursor *c, struct span pdu,
					  const struct modbus_asked *asked)
{
	if (asked->known)
		return span_eq(asked->echo, pdu) ? fine : trouble("echo_mismatch", 1);
	uint8_t count = cur_u8(c);
	struct cursor groups = cur_sub(c, count);
	if (!cur_ok(c))
		return trouble("byte_count_mismatch", 1);
	for (unsigned i = 0; i < FILE_GROUPS_MAX && cur_left(&groups) > 0; i++) {
		size_t at = pdu.len - cur_left(c) - cur_left(&groups);
		cur_skip(&groups, 1);
		uint16_t file = cur_u16be(&groups), record = cur_u16be(&groups), length = cur_u16be(&groups);
		struct span values = cur_span(&groups, (size_t)length * 2);
		if (!cur_ok(&groups))
			return trouble("truncated_pdu", at);
		ev_item(ev, F(RSP_FILES));
		ev_uint(ev, F(RSP_FILE), file);
		ev_uint(ev, F(RSP_FILE_RECORD), record);
		ev_uint(ev, F(RSP_FILE_LENGTH), length);
		ev_items(ev, F(RSP_FILE_VALUES), values, length);
	}
	return ended(c, pdu);
}

/* | function | byte count u16 | FIFO count u16 | registers |; the byte count counts the FIFO count too */
static struct modbus_trouble fifo(struct event *ev, struct cursor *c, struct span pdu)
{
	uint16_t bytes = cur_u16be(c), count = cur_u16be(c);
	struct span values = cur_span(c, (size_t)count * 2);

	if (!cur_ok(c))
		return trouble("byte_count_mismatch", 1);
	ev_uint(ev, F(RSP_QUANTITY), count);
	ev_items(ev, F(RSP_REGISTERS), values, count);
	if (count > FIFO_COUNT_MAX)
		return trouble("quantity_out_of_range", 3);
	if (bytes != count * 2 + 2)
		return trouble("byte_count_mismatch", 1);
	return ended(c, pdu);
}

/*
 * | function | MEI type u8 | data |, of which 14:
 * | device id code u8 | conformity u8 | more follows u8 | next object u8 | n u8 | n * (id u8, length u8, value) |
 */
static struct modbus_trouble encapsulated(struct event *ev, struct cursor *c, struct span pdu,
					  const struct modbus_asked *asked)
{
	uint8_t mei = cur_u8(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(RSP_MEI_TYPE), mei);
	if (asked->known && mei != asked->sub)
		return trouble("echo_mismatch", 1);
	if (mei != MODBUS_MEI_DEVICE_ID) {
		ev_span(ev, F(RSP_DATA), cur_rest(c));
		return fine;
	}
	uint8_t code = cur_u8(c), conformity = cur_u8(c), more = cur_u8(c), next = cur_u8(c), n = cur_u8(c);
	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(RSP_DEVICE_ID_CODE), code);
	ev_uint(ev, F(RSP_CONFORMITY), conformity);
	ev_bool(ev, F(RSP_MORE_FOLLOWS), more == 0xff);
	ev_uint(ev, F(RSP_NEXT_OBJECT), next);
	for (unsigned i = 0; i < n && i < OBJECTS_MAX; i++) {
		size_t at = pdu.len - cur_left(c);
		uint8_t id = cur_u8(c);
		struct span value = cur_span(c, cur_u8(c));
		if (!cur_ok(c))
			return trouble("truncated_pdu", at);
		ev_item(ev, F(RSP_OBJECTS));
		ev_uint(ev, F(RSP_OBJECT_ID), id);
		if (enum_token(F(RSP_OBJECT_NAME)->names, id))
			ev_uint(ev, F(RSP_OBJECT_NAME), id);
		ev_span(ev, F(RSP_OBJECT_VALUE), value);
	}
	return ended(c, pdu);
}

/* | function | session key u8 | status u8 | data | */
static struct modbus_trouble umas(struct event *ev, struct cursor *c, struct span pdu)
{
	cur_skip(c, 2);
	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	if (cur_left(c) > 0)
		ev_span(ev, F(RSP_DATA), cur_rest(c));
	return fine;
}

/* | function with exception bit | exception code u8 | */
static struct modbus_trouble exception(struct event *ev, struct cursor *c, struct span pdu)
{
	uint8_t code = cur_u8(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(EXCEPTION_RAW), code);
	ev_uint(ev, F(EXCEPTION_CODE), code);
	if (code == 0 || code > EXCEPTION_CODE_MAX)
		return trouble("exception_code_invalid", 1);
	return ended(c, pdu);
}

static struct modbus_trouble body(struct event *ev, struct cursor *c, uint8_t function, struct span pdu,
				  const struct modbus_asked *asked)
{
	switch (function) {
	case MODBUS_READ_COILS:
	case MODBUS_READ_DISCRETE_INPUTS:
		return items(ev, c, pdu, true, asked);
	case MODBUS_READ_HOLDING_REGISTERS:
	case MODBUS_READ_INPUT_REGISTERS:
	case MODBUS_READ_WRITE_MULTIPLE_REGISTERS:
		return items(ev, c, pdu, false, asked);
	case MODBUS_WRITE_SINGLE_COIL:
	case MODBUS_WRITE_SINGLE_REGISTER:
		return single_echo(ev, c, pdu, asked);
	case MODBUS_READ_EXCEPTION_STATUS:
		return exception_status(ev, c, pdu);
	case MODBUS_DIAGNOSTIC:
		return diagnostic(ev, c, pdu, asked);
	case MODBUS_GET_COMM_EVENT_COUNTER:
		return event_counter(ev, c, pdu);
	case MODBUS_GET_COMM_EVENT_LOG:
		return event_log(ev, c, pdu);
	case MODBUS_WRITE_MULTIPLE_COILS:
	case MODBUS_WRITE_MULTIPLE_REGISTERS:
		return multiple_echo(ev, c, pdu, asked);
	case MODBUS_REPORT_SERVER_ID:
		return server_id(ev, c, pdu);
	case MODBUS_READ_FILE_RECORD:
		return file_read(ev, c, pdu);
	case MODBUS_WRITE_FILE_RECORD:
		return file_written(ev, c, pdu, asked);
	case MODBUS_MASK_WRITE_REGISTER:
		return mask_echo(ev, c, pdu, asked);
	case MODBUS_READ_FIFO_QUEUE:
		return fifo(ev, c, pdu);
	case MODBUS_ENCAPSULATED_INTERFACE:
		return encapsulated(ev, c, pdu, asked);
	case MODBUS_UMAS:
		return umas(ev, c, pdu);
	case 0:
		return trouble("function_zero", 0);
	default:
		if (cur_left(c) > 0)
			ev_span(ev, F(RSP_DATA), cur_rest(c));
		return fine;
	}
}

struct modbus_trouble modbus_response_values(struct event *ev, struct span pdu, const struct modbus_asked *asked)
{
	struct cursor c = cur_of(pdu);
	uint8_t function = cur_u8(&c);
	struct modbus_trouble t;

	if (function & MODBUS_EXCEPTION_BIT)
		t = exception(ev, &c, pdu);
	else
		t = body(ev, &c, function, pdu, asked);
	if (t.reason)
		ev_text(ev, F(RSP_MALFORMED), t.reason);
	return t;
}
