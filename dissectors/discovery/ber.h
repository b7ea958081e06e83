/*
 * Values in the basic encoding rules of ASN.1 (X.690, 8.1), which SNMP and certificates use: tag, length, content.
 */
#ifndef SEKISHO_DISCOVERY_BER_H
#define SEKISHO_DISCOVERY_BER_H

#include "base/cursor.h"

enum {
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_OID = 0x06,
	BER_SEQUENCE = 0x30,
	BER_SET = 0x31,
	BER_LENGTH_BYTES_MAX = 4,
};

/** The next value and its tag. Where it is not whole, or its length is not told in front, both cursors have failed. */
static inline struct cursor ber_take(struct cursor *c, uint8_t *tag)
{
	*tag = cur_u8(c);
	size_t length = cur_u8(c);

	if (length & 0x80) {
		unsigned bytes = length & 0x7f;
		if (bytes == 0 || bytes > BER_LENGTH_BYTES_MAX)
			c->failed = true;
		length = 0;
		for (unsigned i = 0; i < BER_LENGTH_BYTES_MAX && i < bytes; i++)
			length = length << 8 | cur_u8(c);
	}
	return cur_sub(c, length);
}

/** The next value, which has to be of @tag. */
static inline struct cursor ber_expect(struct cursor *c, uint8_t tag)
{
	uint8_t got;
	struct cursor value = ber_take(c, &got);

	if (got != tag)
		c->failed = value.failed = true;
	return value;
}

#endif
