#include "discovery/ja3.h"

#include "base/digits.h"
#include "base/message_digest.h"
#include "discovery/grease.h"

_Static_assert(JA3_CHARS == 2 * MD5_BYTES, "two digits a byte");

static void put(struct ja3 *j, char before, unsigned number)
{
	char text[8], *at = text + sizeof(text);

	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	if (before)
		*--at = before;
	size_t n = (size_t)(text + sizeof(text) - at);
	if (n > sizeof(j->text) - j->len) {
		j->whole = false;
		return;
	}
	memcpy(j->text + j->len, at, n);
	j->len += n;
}

void ja3_begin(struct ja3 *j, uint16_t version)
{
	j->len = 0;
	j->whole = true;
	j->in_list = false;
	put(j, 0, version);
}

void ja3_list(struct ja3 *j)
{
	if (j->len == sizeof(j->text)) {
		j->whole = false;
		return;
	}
	j->text[j->len++] = ',';
	j->in_list = false;
}

void ja3_add(struct ja3 *j, uint16_t number)
{
	if (is_grease(number))
		return;
	put(j, j->in_list ? '-' : 0, number);
	j->in_list = true;
}

void ja3_add_all(struct ja3 *j, struct span bytes, unsigned width)
{
	struct cursor c = cur_of(bytes);

	while (j->whole && cur_left(&c) >= width && cur_ok(&c))
		ja3_add(j, width == 1 ? cur_u8(&c) : cur_u16be(&c));
}

bool ja3_digest(const struct ja3 *j, char out[static JA3_CHARS])
{
	uint8_t digest[MD5_BYTES];

	if (!j->whole)
		return false;
	md5_of(span_of(j->text, j->len), digest);
	digits_put_hex(out, digest, sizeof(digest));
	return true;
}
