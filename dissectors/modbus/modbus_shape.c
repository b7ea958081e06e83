#include "modbus/modbus_shape.h"

/*
 * Lengths of PDUs by function code, function code included.
 *
 *   | function u8 | ... | count u8 at count_at | ... |      length = fixed + count
 *
 * least == most: one length only. most 0: function not known here.
 */
struct shape {
	uint16_t least, most;
	uint8_t count_at; /* 0: no byte count */
	uint8_t fixed;    /* bytes of the PDU that the count does not count */
};

enum { ANY_LENGTH = 0xffff };

static const struct shape shapes[2][128] = {
    [DIR_REQUEST] =
	{
	    [1] = {5, 5, 0, 0},      [2] = {5, 5, 0, 0},    [3] = {5, 5, 0, 0},     [4] = {5, 5, 0, 0},
	    [5] = {5, 5, 0, 0},      [6] = {5, 5, 0, 0},    [7] = {1, 1, 0, 0},     [8] = {5, 253, 0, 0},
	    [11] = {1, 1, 0, 0},     [12] = {1, 1, 0, 0},   [15] = {7, 261, 5, 6},  [16] = {8, 261, 5, 6},
	    [17] = {1, 1, 0, 0},     [20] = {9, 257, 1, 2}, [21] = {11, 257, 1, 2}, [22] = {7, 7, 0, 0},
	    [23] = {12, 265, 9, 10}, [24] = {3, 3, 0, 0},   [43] = {3, 253, 0, 0},  [90] = {3, ANY_LENGTH, 0, 0},
	},
    [DIR_RESPONSE] =
	{
	    [1] = {3, 257, 1, 2},  [2] = {3, 257, 1, 2},  [3] = {4, 257, 1, 2},   [4] = {4, 257, 1, 2},
	    [5] = {5, 5, 0, 0},    [6] = {5, 5, 0, 0},    [7] = {2, 2, 0, 0},     [8] = {5, 253, 0, 0},
	    [11] = {5, 5, 0, 0},   [12] = {8, 257, 1, 2}, [15] = {5, 5, 0, 0},    [16] = {5, 5, 0, 0},
	    [17] = {3, 257, 1, 2}, [20] = {6, 257, 1, 2}, [21] = {11, 257, 1, 2}, [22] = {7, 7, 0, 0},
	    [23] = {4, 257, 1, 2}, [24] = {5, 253, 0, 0}, [43] = {3, 253, 0, 0},  [90] = {3, ANY_LENGTH, 0, 0},
	},
};

enum {
	DIAGNOSTIC_SUB_MAX = 21,
	EXCEPTION_CODE_MAX = 11,
	EXCEPTION_PDU_BYTES = 2,
	FILE_REFERENCE_TYPE = 6,
	FILE_GROUP_BYTES = 7,
	DEVICE_ID_REQUEST_BYTES = 4,
	DEVICE_ID_RESPONSE_MIN = 7,
	PROBE_PATIENCE = 64, /* bytes after which a PDU without its end is judged by its beginning */
};

bool mbap_read(struct span bytes, struct mbap *out)
{
	struct cursor c = cur_of(bytes);

	out->transaction_id = cur_u16be(&c);
	out->protocol_id = cur_u16be(&c);
	out->length = cur_u16be(&c);
	out->unit = cur_u8(&c);
	out->function = cur_u8(&c);
	return cur_ok(&c);
}

bool mbap_plausible(const struct mbap *h)
{
	if (h->protocol_id != 0 || h->length < MBAP_LENGTH_MIN)
		return false;
	return h->length <= MBAP_LENGTH_TOLERATED || (h->function & ~MODBUS_EXCEPTION_BIT) == MODBUS_UMAS;
}

bool modbus_shape_length_fits(enum dir dir, uint8_t function, size_t pdu_bytes)
{
	if (function & MODBUS_EXCEPTION_BIT)
		return dir == DIR_RESPONSE && pdu_bytes == EXCEPTION_PDU_BYTES &&
		       shapes[DIR_RESPONSE][function & 0x7f].most != 0;
	const struct shape *s = &shapes[dir][function];
	return pdu_bytes >= s->least && pdu_bytes <= s->most && s->most != 0;
}

static bool range_fits(uint16_t quantity, uint16_t most)
{
	return quantity >= 1 && quantity <= most;
}

static bool request_fits(struct cursor c, uint8_t function, size_t pdu_bytes)
{
	uint16_t first = cur_u16be(&c), second = cur_u16be(&c);

	switch (function) {
	case MODBUS_READ_COILS:
	case MODBUS_READ_DISCRETE_INPUTS:
		return range_fits(second, 2000);
	case MODBUS_READ_HOLDING_REGISTERS:
	case MODBUS_READ_INPUT_REGISTERS:
		return range_fits(second, 125);
	case MODBUS_WRITE_SINGLE_COIL:
		return second == 0 || second == 0xff00;
	case MODBUS_DIAGNOSTIC:
		return first <= DIAGNOSTIC_SUB_MAX;
	case MODBUS_WRITE_MULTIPLE_COILS:
		return cur_u8(&c) == (second + 7) / 8 && second >= 1;
	case MODBUS_WRITE_MULTIPLE_REGISTERS:
		return cur_u8(&c) == second * 2 && second >= 1;
	case MODBUS_READ_FILE_RECORD:
		return (first & 0xff) == FILE_REFERENCE_TYPE && (pdu_bytes - 2) % FILE_GROUP_BYTES == 0;
	case MODBUS_WRITE_FILE_RECORD:
		return (first & 0xff) == FILE_REFERENCE_TYPE;
	case MODBUS_READ_WRITE_MULTIPLE_REGISTERS:
		cur_skip(&c, 2);
		return range_fits(second, 125) && cur_u16be(&c) * 2 == cur_u8(&c);
	case MODBUS_ENCAPSULATED_INTERFACE:
		if (first >> 8 == MODBUS_MEI_DEVICE_ID)
			return pdu_bytes == DEVICE_ID_REQUEST_BYTES && range_fits(first & 0xff, 4);
		return first >> 8 == MODBUS_MEI_CANOPEN;
	default:
		return true;
	}
}

static bool response_fits(struct cursor c, uint8_t function, size_t pdu_bytes)
{
	uint16_t first = cur_u16be(&c), second = cur_u16be(&c);

	switch (function) {
	case MODBUS_READ_HOLDING_REGISTERS:
	case MODBUS_READ_INPUT_REGISTERS:
	case MODBUS_READ_WRITE_MULTIPLE_REGISTERS:
		return pdu_bytes % 2 == 0;
	case MODBUS_WRITE_SINGLE_COIL:
		return second == 0 || second == 0xff00;
	case MODBUS_DIAGNOSTIC:
		return first <= DIAGNOSTIC_SUB_MAX;
	case MODBUS_GET_COMM_EVENT_COUNTER:
		return first == 0 || first == 0xffff;
	case MODBUS_READ_FILE_RECORD:
		return second >> 8 == FILE_REFERENCE_TYPE;
	case MODBUS_WRITE_FILE_RECORD:
		return (first & 0xff) == FILE_REFERENCE_TYPE;
	case MODBUS_READ_FIFO_QUEUE:
		return (size_t)first + 3 == pdu_bytes && first == second * 2 + 2;
	case MODBUS_ENCAPSULATED_INTERFACE:
		if (first >> 8 == MODBUS_MEI_DEVICE_ID)
			return pdu_bytes >= DEVICE_ID_RESPONSE_MIN;
		return first >> 8 == MODBUS_MEI_CANOPEN;
	default:
		return true;
	}
}

bool modbus_shape_fits(enum dir dir, struct span pdu)
{
	struct cursor c = cur_of(pdu);
	uint8_t function = cur_u8(&c);

	if (!cur_ok(&c) || !modbus_shape_length_fits(dir, function, pdu.len))
		return false;
	if (function & MODBUS_EXCEPTION_BIT)
		return range_fits(cur_u8(&c), EXCEPTION_CODE_MAX);
	const struct shape *s = &shapes[dir][function];
	if (s->count_at && (size_t)s->fixed + cur_peek_u8(&c, s->count_at - 1u) != pdu.len)
		return false;
	return dir == DIR_REQUEST ? request_fits(c, function, pdu.len) : response_fits(c, function, pdu.len);
}

bool modbus_shape_is_said(enum dir dir, uint8_t function)
{
	return (function & (uint8_t)~MODBUS_EXCEPTION_BIT) != 0 &&
	       (dir == DIR_RESPONSE || !(function & MODBUS_EXCEPTION_BIT));
}

bool modbus_shape_is_unknown(enum dir dir, uint8_t function)
{
	uint8_t plain = function & (uint8_t)~MODBUS_EXCEPTION_BIT;

	if (!modbus_shape_is_said(dir, function))
		return false;
	return shapes[dir][plain].most == 0 || function == MODBUS_DIAGNOSTIC;
}

uint16_t rtu_crc(struct span bytes)
{
	/* CRC of each low nibble: two look-ups a byte, and the table stays in one cache line */
	static const uint16_t nibble[16] = {0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401,
					    0xa001, 0x6c00, 0x7800, 0xb401, 0x5000, 0x9c01, 0x8801, 0x4400};
	struct cursor c = cur_of(bytes);
	uint16_t crc = 0xffff;

	while (cur_left(&c) > 0) {
		crc ^= cur_u8(&c);
		crc = (uint16_t)(crc >> 4 ^ nibble[crc & 0x0f]);
		crc = (uint16_t)(crc >> 4 ^ nibble[crc & 0x0f]);
	}
	return crc;
}

/* PDU bytes of a device identification response: | 43 | 14 | code | conformity | more | next | n | n * (id, len, len
 * bytes) | */
static size_t device_id_bytes(struct span pdu)
{
	struct cursor c = cur_of(pdu);

	cur_skip(&c, 6);
	uint8_t n = cur_u8(&c);
	for (unsigned i = 0; i < n && cur_ok(&c); i++) {
		cur_skip(&c, 1);
		cur_skip(&c, cur_u8(&c));
	}
	return cur_ok(&c) ? pdu.len - cur_left(&c) : pdu.len + 1;
}

size_t rtu_frame_bytes(enum dir dir, struct span bytes)
{
	const size_t around = 3; /* unit and CRC */
	struct cursor c = cur_of(bytes);
	cur_skip(&c, 1);
	struct span pdu = cur_rest(&c);
	struct cursor p = cur_of(pdu);
	uint8_t function = cur_u8(&p);

	if (!cur_ok(&p))
		return RTU_BYTES_MIN;
	if (function & MODBUS_EXCEPTION_BIT)
		return dir == DIR_RESPONSE && shapes[dir][function & 0x7f].most ? EXCEPTION_PDU_BYTES + around : 0;
	const struct shape *s = &shapes[dir][function];
	if (s->most == 0 || s->most == ANY_LENGTH)
		return 0;
	if (s->least == s->most)
		return s->least + around;
	if (s->count_at)
		return pdu.len > s->count_at ? (size_t)s->fixed + cur_peek_u8(&p, s->count_at - 1u) + around
					     : s->least + around;
	switch (function) {
	case MODBUS_DIAGNOSTIC:
		return 5 + around;
	case MODBUS_READ_FIFO_QUEUE:
		return pdu.len >= 3 ? (size_t)cur_u16be(&p) + 3 + around : 5 + around;
	case MODBUS_ENCAPSULATED_INTERFACE:
		if (pdu.len > 1 && cur_u8(&p) != MODBUS_MEI_DEVICE_ID)
			return 0;
		return (dir == DIR_REQUEST ? DEVICE_ID_REQUEST_BYTES : device_id_bytes(pdu)) + around;
	default:
		return 0;
	}
}

bool rtu_frame_fits(enum dir dir, struct span bytes, size_t *total)
{
	*total = rtu_frame_bytes(dir, bytes);
	if (*total < RTU_BYTES_MIN || *total > RTU_BYTES_MAX || *total > bytes.len)
		return false;
	return rtu_crc(span_head(bytes, *total)) == 0;
}

size_t modbus_shape_end_by_counts(enum dir dir, struct span bytes)
{
	const size_t crc = 2;
	struct mbap h;
	size_t by_counts = rtu_frame_bytes(dir, span_skip(bytes, MBAP_BEFORE_UNIT));

	if (!mbap_read(bytes, &h) || !mbap_plausible(&h) || by_counts == 0 || h.function == MODBUS_DIAGNOSTIC)
		return 0;
	size_t end = MBAP_BEFORE_UNIT + by_counts - crc;
	if (end >= (size_t)MBAP_BEFORE_UNIT + h.length || end > bytes.len)
		return 0;
	return modbus_shape_fits(dir, span_skip(span_head(bytes, end), MBAP_HEADER_BYTES)) ? end : 0;
}

size_t modbus_shape_ends_early(enum dir dir, struct span bytes)
{
	struct mbap h, next;
	size_t end = modbus_shape_end_by_counts(dir, bytes);

	if (end == 0 || !mbap_read(bytes, &h))
		return 0;
	if (end == bytes.len)
		return h.length > MBAP_LENGTH_MAX ? end : 0;
	struct span rest = span_skip(bytes, end);
	if (!mbap_read(rest, &next) || !mbap_plausible(&next) || next.length > MBAP_LENGTH_MAX)
		return 0;
	struct span whole = span_head(rest, (size_t)MBAP_BEFORE_UNIT + next.length);
	bool there = whole.len == (size_t)MBAP_BEFORE_UNIT + next.length;
	return there && modbus_shape_fits(dir, span_skip(whole, MBAP_HEADER_BYTES)) ? end : 0;
}

static enum probe by_sides(bool request, bool response)
{
	if (request && response)
		return PROBE_EITHER;
	return request ? PROBE_REQUEST : PROBE_RESPONSE;
}

static enum probe probe_rtu(struct span head)
{
	size_t total[2];
	bool fits[2];

	for (enum dir dir = DIR_REQUEST; dir <= DIR_RESPONSE; dir++) {
		fits[dir] = rtu_frame_fits(dir, head, &total[dir]);
		/* 16 bits of CRC alone convince nobody: the frame ends with the bytes, or the same unit speaks on */
		if (fits[dir] && total[dir] < head.len) {
			struct cursor first = cur_of(head), next = cur_of(span_skip(head, total[dir]));
			fits[dir] = cur_u8(&first) == cur_u8(&next);
		}
	}
	if (fits[DIR_REQUEST] || fits[DIR_RESPONSE])
		return by_sides(fits[DIR_REQUEST], fits[DIR_RESPONSE]);
	for (enum dir dir = DIR_REQUEST; dir <= DIR_RESPONSE; dir++) {
		if (total[dir] > head.len && total[dir] <= RTU_BYTES_MAX)
			return PROBE_MORE;
	}
	return PROBE_NO;
}

static bool is_function(uint8_t function)
{
	function &= (uint8_t)~MODBUS_EXCEPTION_BIT;
	return shapes[DIR_REQUEST][function].most != 0 || shapes[DIR_RESPONSE][function].most != 0;
}

/* Nothing more, or MBAP frames one after the other, of which the last may not be whole. */
static bool goes_on(struct span rest)
{
	struct cursor c = cur_of(rest);
	struct mbap next;

	while (mbap_read(rest, &next)) {
		if (!mbap_plausible(&next))
			return false;
		rest = span_skip(rest, (size_t)MBAP_BEFORE_UNIT + next.length);
		c = cur_of(rest);
	}
	cur_skip(&c, 2);
	uint16_t protocol = cur_u16be(&c);
	return !cur_ok(&c) || protocol == 0;
}

/*
 * A whole PDU with everything consistent convinces on any port; a plausible header alone only where Modbus is expected.
 * Requests without a body (report server id and the like) consist of little but zeros and small numbers, which others
 * send too.
 */
enum probe modbus_shape_probe(struct span head, bool from_server_port)
{
	struct mbap h;

	if (!mbap_read(head, &h)) {
		struct cursor c = cur_of(head);
		cur_skip(&c, 2);
		uint16_t protocol = cur_u16be(&c);
		return !cur_ok(&c) || protocol == 0 ? PROBE_MORE : probe_rtu(head);
	}
	if (!mbap_plausible(&h))
		return probe_rtu(head);

	size_t total = (size_t)MBAP_BEFORE_UNIT + h.length;
	struct span pdu = span_skip(span_head(head, total), MBAP_HEADER_BYTES);
	if (head.len < total) {
		enum probe rtu = probe_rtu(head);
		if (rtu != PROBE_NO && rtu != PROBE_MORE)
			return rtu;
		if (modbus_shape_ends_early(from_server_port ? DIR_RESPONSE : DIR_REQUEST, head))
			return PROBE_WEAK;
		if (head.len < PROBE_PATIENCE)
			return PROBE_MORE;
		return is_function(h.function) ? PROBE_WEAK : PROBE_NO;
	}
	/* Zeros and small numbers are what others begin with too: unless the function is one, the frame has to end here
	 * or others have to follow. Where it ends may be where a segment was cut: zero, which is no function (AP 4.1),
	 * waits for more, or for what the server says. */
	if (!is_function(h.function)) {
		if (!goes_on(span_skip(head, total)))
			return PROBE_NO;
		if (h.function == 0 && !from_server_port && head.len < PROBE_PATIENCE)
			return PROBE_MORE;
	}
	bool request = modbus_shape_fits(DIR_REQUEST, pdu), response = modbus_shape_fits(DIR_RESPONSE, pdu);
	if (h.function == MODBUS_UMAS && pdu.len >= 3) {
		struct cursor c = cur_of(pdu);
		uint8_t code = cur_peek_u8(&c, 2);
		response = code == 0xfd || code == 0xfe;
		request = !response;
	}
	if ((!request && !response) || pdu.len < 2 || (h.function == MODBUS_UMAS && head.len != total)) {
		enum probe rtu = probe_rtu(head);
		return rtu != PROBE_NO && rtu != PROBE_MORE ? rtu : PROBE_WEAK;
	}
	/* exceptions come from servers, and requests do not: where the port says otherwise it decides, for the oddity
	 * is the news */
	bool exception = h.function & MODBUS_EXCEPTION_BIT;
	if ((exception && !from_server_port) || (request && from_server_port))
		return PROBE_EITHER;
	return by_sides(request, response);
}
