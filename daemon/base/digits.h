/*
 * Numbers in decimal, without printf: how many digits, and the digits.
 */
#ifndef SEKISHO_BASE_DIGITS_H
#define SEKISHO_BASE_DIGITS_H

#include <stdint.h>
#include <string.h>

enum { DIGITS_MAX = 20 }; /* of a number of 64 bits */

static inline unsigned digits_of(uint64_t v)
{
	unsigned n = 1;

	for (; v >= 10000; v /= 10000)
		n += 4;
	return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

/** Writes the @n = digits_of() digits of @v, without a NUL. */
static inline void digits_put(char *at, uint64_t v, unsigned n)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
				    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
				    "8081828384858687888990919293949596979899";

	for (; n >= 2; n -= 2, v /= 100)
		memcpy(at + n - 2, pairs + 2 * (v % 100), 2);
	if (n)
		*at = (char)('0' + v);
}

#endif
