/*
 * Digits without printf: of numbers in decimal, how many and which; of bytes in hexadecimal. And in which base people
 * wrote a number.
 */
#ifndef SEKISHO_BASE_DIGITS_H
#define SEKISHO_BASE_DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DIGITS_MAX = 20 }; /* of a number of 64 bits */

/** Decimal unless it says 0x: 010 is ten, unlike for strtol() with 0 for a base. */
static inline int digits_base(const char *text)
{
	text += *text == '-' || *text == '+';
	return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
}

static inline unsigned digits_of(uint64_t v)
{
	static const uint64_t powers[] = {0,
					  10,
					  100,
					  1000,
					  10000,
					  100000,
					  1000000,
					  10000000,
					  100000000,
					  1000000000,
					  10000000000,
					  100000000000,
					  1000000000000,
					  10000000000000,
					  100000000000000,
					  1000000000000000,
					  10000000000000000,
					  100000000000000000,
					  1000000000000000000,
					  10000000000000000000U};
	unsigned bits = 64 - (unsigned)__builtin_clzll(v | 1), n = bits * 1233 >> 12; /* log10(2) = 1233 / 4096 */

	return n + (v >= powers[n]);
}

/* The two digits of a number below a hundred, and the eight of one below a hundred million. */
static inline void digits_put_two(char *at, unsigned v)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
				    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
				    "8081828384858687888990919293949596979899";

	memcpy(at, pairs + 2 * v, 2);
}

static inline void digits_put_eight(char *at, uint32_t v)
{
	uint32_t high = v / 10000, low = v % 10000;

	digits_put_two(at, high / 100);
	digits_put_two(at + 2, high % 100);
	digits_put_two(at + 4, low / 100);
	digits_put_two(at + 6, low % 100);
}

/** Writes the @n = digits_of() digits of @v, without a NUL; of a number of 32 bits that has more, the last @n. */
static inline void digits_put(char *at, uint64_t v, unsigned n)
{
	for (; n >= 8; n -= 8, v /= 100000000)
		digits_put_eight(at + n - 8, (uint32_t)(v % 100000000));
	uint32_t rest = (uint32_t)v;
	for (; n >= 2; n -= 2, rest /= 100)
		digits_put_two(at + n - 2, rest % 100);
	if (n)
		*at = (char)('0' + rest % 10);
}

/** Writes the 2 * @n digits of @bytes, lower case, without a NUL. @return where they end. */
static inline char *digits_put_hex(char *at, const uint8_t *bytes, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*at++ = hex[bytes[i] >> 4];
		*at++ = hex[bytes[i] & 15];
	}
	return at;
}

enum { DIGITS_GUID_BYTES = 16, DIGITS_GUID_TEXT = 36 };

/** Writes a GUID, of which three numbers come first with their low bytes first (MS-DTYP 2.3.4.2, OPC 10000-6, 5.2.2.6),
 * in DIGITS_GUID_TEXT characters, without a NUL. */
static inline void digits_put_guid(char *at, const uint8_t guid[static DIGITS_GUID_BYTES])
{
	static const uint8_t order[DIGITS_GUID_BYTES] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

	for (unsigned i = 0; i < DIGITS_GUID_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		at = digits_put_hex(at, &guid[order[i]], 1);
	}
}

#endif
