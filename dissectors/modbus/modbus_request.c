/*
 * Requests, AP 6. Each reader follows the diagram of its section; quantities out of range are told but still recorded,
 * for they are what stood on the wire.
 */
#include "modbus/modbus_pdu.h"

#define F(id) (&modbus_field[MODBUS_##id])

enum {
	QUANTITY_READ_BITS_MAX = 2000,      /* AP 6.1 */
	QUANTITY_READ_REGISTERS_MAX = 125,  /* AP 6.3 */
	QUANTITY_WRITE_BITS_MAX = 1968,     /* AP 6.11 */
	QUANTITY_WRITE_REGISTERS_MAX = 123, /* AP 6.12 */
	QUANTITY_RW_WRITE_MAX = 121,        /* AP 6.17 */
	FILE_REFERENCE_TYPE = 6,
	FILE_GROUPS_MAX = 35, /* AP 6.14: byte count up to 245 = 35 groups of 7 */
};

static const struct modbus_trouble fine = {NULL, 0};

static struct modbus_trouble trouble(const char *reason, size_t at)
{
	return (struct modbus_trouble){reason, (uint16_t)at};
}

/* What is left when a PDU was read to its end. */
static struct modbus_trouble ended(const struct cursor *c, struct span pdu)
{
	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	return cur_left(c) > 0 ? trouble("trailing_bytes", pdu.len - cur_left(c)) : fine;
}

static struct modbus_trouble first_of(struct modbus_trouble a, struct modbus_trouble b)
{
	return a.reason ? a : b;
}

static struct modbus_trouble check_range(uint16_t address, uint16_t quantity, uint16_t most, size_t at)
{
	if (quantity == 0 || quantity > most)
		return trouble("quantity_out_of_range", at);
	return address + quantity > 65536 ? trouble("address_out_of_range", at - 2) : fine;
}

/* | function | address u16 | quantity u16 | */
static struct modbus_trouble read_items(struct event *ev, struct cursor *c, struct span pdu, uint16_t most,
					struct modbus_asked *asked)
{
	uint16_t address = cur_u16be(c), quantity = cur_u16be(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(REQ_ADDRESS), address);
	ev_uint(ev, F(REQ_QUANTITY), quantity);
	asked->address = address;
	asked->quantity = quantity;
	return first_of(check_range(address, quantity, most, 3), ended(c, pdu));
}

/* | function | address u16 | value u16 | */
static struct modbus_trouble write_single(struct event *ev, struct cursor *c, struct span pdu, bool coil,
					  struct modbus_asked *asked)
{
	uint16_t address = cur_u16be(c);
	struct cursor value = *c;
	struct span wire = cur_span(c, 2);
	uint16_t v = cur_u16be(&value);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(REQ_ADDRESS), address);
	ev_items(ev, F(REQ_REGISTERS), wire, 1);
	asked->address = address;
	asked->quantity = 1;
	asked->values[0] = v;
	if (coil && v != 0 && v != 0xff00)
		return trouble("coil_value_invalid", 3);
	return ended(c, pdu);
}

/* | function | address u16 | quantity u16 | byte count u8 | values | */
static struct modbus_trouble write_multiple(struct event *ev, struct cursor *c, struct span pdu, bool coils,
					    struct modbus_asked *asked)
{
	uint16_t address = cur_u16be(c), quantity = cur_u16be(c);
	uint8_t count = cur_u8(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(REQ_ADDRESS), address);
	ev_uint(ev, F(REQ_QUANTITY), quantity);
	asked->address = address;
	asked->quantity = quantity;
	struct span values = cur_span(c, count);
	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	bool agrees = coils ? count == (quantity + 7) / 8 : count == quantity * 2;
	if (coils)
		ev_items(ev, F(REQ_BITS), values, agrees ? quantity : count * 8u);
	else
		ev_items(ev, F(REQ_REGISTERS), values, count / 2u);
	struct modbus_trouble t =
	    check_range(address, quantity, coils ? QUANTITY_WRITE_BITS_MAX : QUANTITY_WRITE_REGISTERS_MAX, 3);
	if (!t.reason && !agrees)
		t = trouble("byte_count_mismatch", 5);
	return first_of(t, ended(c, pdu));
}

/* | function | sub-function u16 | data | */
static struct modbus_trouble diagnostic(struct event *ev, struct cursor *c, struct span pdu, struct modbus_asked *asked)
{
	uint16_t sub = cur_u16be(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(REQ_SUB_RAW), sub);
	ev_uint(ev, F(REQ_SUB_CODE), sub);
	ev_span(ev, F(REQ_DATA), cur_rest(c));
	asked->values[0] = sub;
	return pdu.len < 5 ? trouble("truncated_pdu", pdu.len) : fine;
}

/* | function | byte count u8 | n * (reference type u8, file u16, record u16, length u16[, length * register u16]) | */
static struct modbus_trouble file_records(struct event *ev, struct cursor *c, struct span pdu, bool with_values)
{
	uint8_t count = cur_u8(c);
	struct cursor groups = cur_sub(c, count);

	if (!cur_ok(c) || count == 0)
		return trouble(count == 0 ? "byte_count_out_of_range" : "byte_count_mismatch", 1);
	for (unsigned i = 0; i < FILE_GROUPS_MAX && cur_left(&groups) > 0; i++) {
		size_t at = pdu.len - cur_left(c) - cur_left(&groups);
		uint8_t type = cur_u8(&groups);
		uint16_t file = cur_u16be(&groups), record = cur_u16be(&groups), length = cur_u16be(&groups);
		struct span values = with_values ? cur_span(&groups, (size_t)length * 2) : span_of(NULL, 0);
		if (!cur_ok(&groups))
			return trouble("truncated_pdu", at);
		ev_item(ev, F(REQ_FILES));
		ev_uint(ev, F(REQ_FILE), file);
		ev_uint(ev, F(REQ_FILE_RECORD), record);
		ev_uint(ev, F(REQ_FILE_LENGTH), length);
		if (with_values)
			ev_items(ev, F(REQ_FILE_VALUES), values, length);
		if (type != FILE_REFERENCE_TYPE)
			return trouble("reference_type_invalid", at);
	}
	return ended(c, pdu);
}

/* | function | address u16 | and mask u16 | or mask u16 | */
static struct modbus_trouble mask_write(struct event *ev, struct cursor *c, struct span pdu, struct modbus_asked *asked)
{
	uint16_t address = cur_u16be(c), and_mask = cur_u16be(c), or_mask = cur_u16be(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(REQ_ADDRESS), address);
	ev_uint(ev, F(REQ_AND_MASK), and_mask);
	ev_uint(ev, F(REQ_OR_MASK), or_mask);
	asked->address = address;
	asked->values[0] = and_mask;
	asked->values[1] = or_mask;
	return ended(c, pdu);
}

/* | function | read address u16 | read quantity u16 | write address u16 | write quantity u16 | byte count u8 |
 * registers | */
static struct modbus_trouble read_write(struct event *ev, struct cursor *c, struct span pdu, struct modbus_asked *asked)
{
	uint16_t read_at = cur_u16be(c), read_n = cur_u16be(c), write_at = cur_u16be(c), write_n = cur_u16be(c);
	uint8_t count = cur_u8(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(REQ_READ_ADDRESS), read_at);
	ev_uint(ev, F(REQ_READ_QUANTITY), read_n);
	ev_uint(ev, F(REQ_WRITE_ADDRESS), write_at);
	ev_uint(ev, F(REQ_WRITE_QUANTITY), write_n);
	asked->address = read_at;
	asked->quantity = read_n;
	struct span values = cur_span(c, count);
	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_items(ev, F(REQ_REGISTERS), values, count / 2u);
	struct modbus_trouble t = first_of(check_range(read_at, read_n, QUANTITY_READ_REGISTERS_MAX, 3),
					   check_range(write_at, write_n, QUANTITY_RW_WRITE_MAX, 7));
	if (!t.reason && count != write_n * 2)
		t = trouble("byte_count_mismatch", 9);
	return first_of(t, ended(c, pdu));
}

/* | function | address u16 | */
static struct modbus_trouble read_fifo(struct event *ev, struct cursor *c, struct span pdu, struct modbus_asked *asked)
{
	uint16_t address = cur_u16be(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(REQ_ADDRESS), address);
	asked->address = address;
	return ended(c, pdu);
}

/* | function | MEI type u8 | data |, of which 14: | device id code u8 | object id u8 | */
static struct modbus_trouble encapsulated(struct event *ev, struct cursor *c, struct span pdu,
					  struct modbus_asked *asked)
{
	uint8_t mei = cur_u8(c);

	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(REQ_MEI_TYPE), mei);
	ev_uint(ev, F(REQ_MEI_NAME), mei);
	asked->sub = mei;
	if (mei != MODBUS_MEI_DEVICE_ID) {
		ev_span(ev, F(REQ_DATA), cur_rest(c));
		return fine;
	}
	uint8_t code = cur_u8(c), object = cur_u8(c);
	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	ev_uint(ev, F(REQ_DEVICE_ID_CODE), code);
	ev_uint(ev, F(REQ_OBJECT_ID), object);
	if (code < 1 || code > 4)
		return trouble("device_id_code_invalid", 2);
	return ended(c, pdu);
}

/* | function | session key u8 | UMAS code u8 | data | */
static struct modbus_trouble umas(struct event *ev, struct cursor *c, struct span pdu)
{
	cur_skip(c, 2);
	if (!cur_ok(c))
		return trouble("truncated_pdu", pdu.len);
	if (cur_left(c) > 0)
		ev_span(ev, F(REQ_DATA), cur_rest(c));
	return fine;
}

static struct modbus_trouble body(struct event *ev, struct cursor *c, uint8_t function, struct span pdu,
				  struct modbus_asked *asked)
{
	switch (function) {
	case MODBUS_READ_COILS:
	case MODBUS_READ_DISCRETE_INPUTS:
		return read_items(ev, c, pdu, QUANTITY_READ_BITS_MAX, asked);
	case MODBUS_READ_HOLDING_REGISTERS:
	case MODBUS_READ_INPUT_REGISTERS:
		return read_items(ev, c, pdu, QUANTITY_READ_REGISTERS_MAX, asked);
	case MODBUS_WRITE_SINGLE_COIL:
	case MODBUS_WRITE_SINGLE_REGISTER:
		return write_single(ev, c, pdu, function == MODBUS_WRITE_SINGLE_COIL, asked);
	case MODBUS_READ_EXCEPTION_STATUS:
	case MODBUS_GET_COMM_EVENT_COUNTER:
	case MODBUS_GET_COMM_EVENT_LOG:
	case MODBUS_REPORT_SERVER_ID:
		return ended(c, pdu);
	case MODBUS_DIAGNOSTIC:
		return diagnostic(ev, c, pdu, asked);
	case MODBUS_WRITE_MULTIPLE_COILS:
	case MODBUS_WRITE_MULTIPLE_REGISTERS:
		return write_multiple(ev, c, pdu, function == MODBUS_WRITE_MULTIPLE_COILS, asked);
	case MODBUS_READ_FILE_RECORD:
		return file_records(ev, c, pdu, false);
	case MODBUS_WRITE_FILE_RECORD:
		asked->echo = pdu;
		return file_records(ev, c, pdu, true);
	case MODBUS_MASK_WRITE_REGISTER:
		return mask_write(ev, c, pdu, asked);
	case MODBUS_READ_WRITE_MULTIPLE_REGISTERS:
		return read_write(ev, c, pdu, asked);
	case MODBUS_READ_FIFO_QUEUE:
		return read_fifo(ev, c, pdu, asked);
	case MODBUS_ENCAPSULATED_INTERFACE:
		return encapsulated(ev, c, pdu, asked);
	case MODBUS_UMAS:
		return umas(ev, c, pdu);
	case 0:
		return trouble("function_zero", 0);
	default:
		if (cur_left(c) > 0)
			ev_span(ev, F(REQ_DATA), cur_rest(c));
		return fine;
	}
}

struct modbus_trouble modbus_request_values(struct event *ev, struct span pdu, struct modbus_asked *asked)
{
	struct cursor c = cur_of(pdu);
	uint8_t function = cur_u8(&c);
	struct modbus_trouble t;

	*asked = (struct modbus_asked){.known = false};
	if (function & MODBUS_EXCEPTION_BIT)
		t = trouble("exception_bit_in_request", 0);
	else
		t = body(ev, &c, function, pdu, asked);
	asked->known = !t.reason;
	if (t.reason)
		ev_text(ev, F(REQ_MALFORMED), t.reason);
	return t;
}

void modbus_umas_values(struct event *ev, struct span request, struct span response)
{
	struct cursor q = cur_of(request), r = cur_of(response);
	cur_skip(&q, 1);
	uint8_t key = cur_u8(&q), code = cur_u8(&q);
	uint8_t answer = cur_u8(&r);
	if (!cur_ok(&q))
		key = cur_peek_u8(&r, 0);
	cur_skip(&r, 1);
	uint8_t status = cur_u8(&r);

	if (cur_ok(&q) || (cur_ok(&r) && answer == MODBUS_UMAS))
		ev_uint(ev, F(UMAS_SESSION_KEY), key);
	if (cur_ok(&q)) {
		ev_uint(ev, F(UMAS_FUNCTION_RAW), code);
		ev_uint(ev, F(UMAS_FUNCTION), code);
	}
	if (cur_ok(&r) && answer == MODBUS_UMAS)
		ev_uint(ev, F(UMAS_STATUS), status);
}

static uint8_t diagnostic_class(uint16_t sub, uint16_t operand)
{
	switch (sub) {
	case 0: /* return query data */
	case 2: /* return diagnostic register */
		return CLASS_READ;
	case 21: /* Modbus Plus statistics: 3 gets, 4 clears */
		return operand == 3 ? CLASS_READ : CLASS_ADMIN;
	default:
		return sub >= 11 && sub <= 19 ? CLASS_READ : CLASS_ADMIN;
	}
}

struct modbus_function modbus_request_function(uint8_t function, struct span pdu)
{
	struct modbus_function f = modbus_functions[function];
	struct cursor c = cur_of(pdu);

	cur_skip(&c, 1);
	if (function == MODBUS_DIAGNOSTIC) {
		uint16_t sub = cur_u16be(&c), operand = cur_u16be(&c);
		if (cur_ok(&c))
			f.class = diagnostic_class(sub, operand);
	} else if (function == MODBUS_ENCAPSULATED_INTERFACE) {
		if (cur_u8(&c) == MODBUS_MEI_DEVICE_ID) {
			f.access = MODBUS_ACCESS_DIAGNOSTIC;
			f.class = CLASS_READ;
		}
	} else if (function == MODBUS_UMAS) {
		cur_skip(&c, 1);
		uint8_t code = cur_u8(&c);
		if (cur_ok(&c)) {
			f.access = modbus_umas_codes[code].access;
			f.class = modbus_umas_codes[code].class ? modbus_umas_codes[code].class : CLASS_ADMIN;
		}
	}
	return f;
}
