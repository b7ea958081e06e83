#include "smb/netbios.h"

#include <stdio.h>

struct span netbios_plain_name(struct arena *a, struct span name)
{
	char text[NETBIOS_NAME_BYTES + 8];
	size_t n = NETBIOS_NAME_BYTES - 1;

	if (name.len != NETBIOS_NAME_BYTES)
		return (struct span){NULL, 0};
	while (n > 0 && name.ptr[n - 1] == ' ')
		n--;
	int length = snprintf(text, sizeof(text), "%.*s<%02x>", (int)n, (const char *)name.ptr,
			      name.ptr[NETBIOS_NAME_BYTES - 1]);
	return arena_copy(a, span_of(text, (size_t)length));
}

/*
 * | 32 | two letters a byte, 'A' and half of it each | labels of the scope | 0 |
 *
 * A name whose letters are none keeps its length, so that what follows it can be read.
 */
struct span netbios_name(struct arena *a, struct cursor *c, bool *odd)
{
	enum { LABEL_BYTES = 32, LABELS_MAX = 8 };
	uint8_t name[NETBIOS_NAME_BYTES] = {0};
	bool letters = true;

	if (cur_u8(c) != LABEL_BYTES)
		c->failed = true;
	for (unsigned i = 0; i < NETBIOS_NAME_BYTES; i++) {
		uint8_t high = (uint8_t)(cur_u8(c) - 'A'), low = (uint8_t)(cur_u8(c) - 'A');
		letters &= high <= 15 && low <= 15;
		name[i] = (uint8_t)((high & 15) << 4 | (low & 15));
	}
	for (unsigned i = 0; i < LABELS_MAX && cur_ok(c); i++) {
		uint8_t n = cur_u8(c);
		if (n == 0 && cur_ok(c)) {
			*odd |= !letters;
			return letters ? netbios_plain_name(a, span_of(name, sizeof(name))) : (struct span){NULL, 0};
		}
		cur_skip(c, n);
	}
	c->failed = true;
	return (struct span){NULL, 0};
}
