#include "modbus/modbus_alias.h"

#include "modbus/modbus.h"

enum {
	QUANTITY_BITS_MAX = 2000,           /* AP 6.1 */
	QUANTITY_REGISTERS_MAX = 125,       /* AP 6.3 */
	QUANTITY_WRITE_BITS_MAX = 1968,     /* AP 6.11 */
	QUANTITY_WRITE_REGISTERS_MAX = 123, /* AP 6.12 */
	EXCEPTION_CODE_MAX = 11,
};

enum { FIVE_BYTES = 5 };

/* | function u8 | address u16 | quantity or value u16 | */
struct five {
	uint8_t function;
	uint16_t address, second;
	struct cursor rest;
};

static bool five_read(struct span pdu, struct five *out)
{
	struct cursor c = cur_of(pdu);

	out->function = cur_u8(&c);
	out->address = cur_u16be(&c);
	out->second = cur_u16be(&c);
	out->rest = c;
	return cur_ok(&c);
}

static bool is_bits(uint8_t function)
{
	return function == MODBUS_READ_COILS || function == MODBUS_READ_DISCRETE_INPUTS;
}

static bool is_read(const struct five *q)
{
	uint16_t most = is_bits(q->function) ? QUANTITY_BITS_MAX : QUANTITY_REGISTERS_MAX;

	return q->function >= MODBUS_READ_COILS && q->function <= MODBUS_READ_INPUT_REGISTERS && q->second >= 1 &&
	       q->second <= most && q->address + q->second <= 65536 && cur_left(&q->rest) == 0;
}

static bool is_write(const struct five *q)
{
	return cur_left(&q->rest) == 0 &&
	       (q->function == MODBUS_WRITE_SINGLE_REGISTER ||
		(q->function == MODBUS_WRITE_SINGLE_COIL && (q->second == 0 || q->second == 0xff00)));
}

/* ... byte count u8 | bits or registers | */
static bool is_write_of_many(const struct five *q)
{
	struct cursor c = q->rest;
	uint8_t count = cur_u8(&c);
	bool coils = q->function == MODBUS_WRITE_MULTIPLE_COILS;
	uint16_t most = coils ? QUANTITY_WRITE_BITS_MAX : QUANTITY_WRITE_REGISTERS_MAX;

	return (coils || q->function == MODBUS_WRITE_MULTIPLE_REGISTERS) && cur_ok(&c) && cur_left(&c) == count &&
	       count == (coils ? (q->second + 7u) / 8 : q->second * 2u) && q->second >= 1 && q->second <= most &&
	       q->address + q->second <= 65536;
}

/* | function u8 | byte count u8 | bits or registers |, as many as were asked for */
static bool answers_read(const struct five *q, struct span response)
{
	struct cursor c = cur_of(response);
	uint8_t function = cur_u8(&c), count = cur_u8(&c);
	unsigned expected = is_bits(q->function) ? (q->second + 7u) / 8 : q->second * 2u;

	return cur_ok(&c) && function == q->function && count == expected && cur_left(&c) == count;
}

/* | function u8 with exception bit | code u8 |. @return the code, 0 where it is none. */
static uint8_t exception_of(const struct five *q, struct span response)
{
	struct cursor c = cur_of(response);
	uint8_t function = cur_u8(&c), code = cur_u8(&c);

	if (!cur_ok(&c) || cur_left(&c) > 0 || function != (q->function | MODBUS_EXCEPTION_BIT))
		return 0;
	return code <= EXCEPTION_CODE_MAX ? code : 0;
}

static uint64_t name_of(uint8_t framing, uint8_t unit, const struct five *q, uint8_t code, uint16_t second)
{
	return (uint64_t)framing << 56 | (uint64_t)code << 48 | (uint64_t)unit << 40 | (uint64_t)q->function << 32 |
	       (uint64_t)q->address << 16 | second;
}

uint64_t modbus_alias_of_read(uint8_t framing, uint8_t unit, struct span request)
{
	struct five q;

	return five_read(request, &q) && is_read(&q) ? name_of(framing, unit, &q, 0, q.second) : 0;
}

uint64_t modbus_alias(uint8_t framing, uint8_t unit, struct span request, struct span response)
{
	struct five q;

	if (!five_read(request, &q))
		return 0;
	bool read = is_read(&q), many = !read && is_write_of_many(&q);
	if (!read && !many && !is_write(&q))
		return 0;
	/* what is written is repeated by the device: all of it, or where and how many */
	bool done = read ? answers_read(&q, response) : span_eq(span_head(request, FIVE_BYTES), response);
	uint8_t code = done ? 0 : exception_of(&q, response);
	if (!done && code == 0)
		return 0;
	/* the value of a single write is no KEY, nor are those of many */
	return name_of(framing, unit, &q, code, read || many ? q.second : 0);
}
