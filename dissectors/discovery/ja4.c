#include "discovery/ja4.h"

#include <string.h>

#include "base/digits.h"
#include "base/message_digest.h"
#include "discovery/grease.h"

enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_SIGNATURES = 13,
	EXTENSION_ALPN = 16,
	EXTENSION_SUPPORTED_VERSIONS = 43,

	NUMBER_CHARS = 5, /* four digits and what stands before them */
	HASH_BYTES = 6,   /* of the digest are shown */
	COUNT_MAX = 99,
};

static void add(struct ja4_list *l, uint16_t number)
{
	if (is_grease(number))
		return;
	if (l->n == JA4_NUMBERS_MAX)
		l->whole = false;
	else
		l->numbers[l->n++] = number;
}

static void add_all(struct ja4_list *l, struct span bytes)
{
	struct cursor c = cur_of(bytes);

	while (l->whole && cur_left(&c) >= 2)
		add(l, cur_u16be(&c));
}

static void sort(struct ja4_list *l)
{
	for (uint16_t i = 1; i < l->n; i++) {
		uint16_t number = l->numbers[i], at = i;
		for (; at > 0 && l->numbers[at - 1] > number; at--)
			l->numbers[at] = l->numbers[at - 1];
		l->numbers[at] = number;
	}
}

void ja4_begin(struct ja4 *j, uint16_t version)
{
	*j =
	    (struct ja4){.version = version, .ciphers.whole = true, .extensions.whole = true, .signatures.whole = true};
}

void ja4_ciphers(struct ja4 *j, struct span bytes)
{
	add_all(&j->ciphers, bytes);
}

/* | length u8 | version u16 | ... (RFC 8446, 4.2.1) */
static void versions_read(struct ja4 *j, struct cursor *c)
{
	struct cursor list = cur_sub(c, cur_u8(c));

	while (cur_left(&list) >= 2) {
		uint16_t version = cur_u16be(&list);
		if (is_grease(version))
			continue;
		if (!j->versions || version > j->version)
			j->version = version;
		j->versions = true;
	}
}

/* | length u16 | length u8 | protocol | ... (RFC 7301, 3.1) */
static void alpn_read(struct ja4 *j, struct cursor *c)
{
	struct cursor list = cur_sub(c, cur_u16be(c));
	struct cursor first = cur_sub(&list, cur_u8(&list));

	if (!cur_ok(&list) || cur_left(&first) == 0)
		return;
	j->alpn[0] = cur_peek_u8(&first, 0);
	j->alpn[1] = cur_peek_u8(&first, cur_left(&first) - 1);
	j->has_alpn = true;
}

void ja4_extension(struct ja4 *j, uint16_t kind, struct cursor value)
{
	add(&j->extensions, kind);
	if (kind == EXTENSION_SERVER_NAME)
		j->named = true;
	else if (kind == EXTENSION_ALPN)
		alpn_read(j, &value);
	else if (kind == EXTENSION_SIGNATURES)
		add_all(&j->signatures, cur_span(&value, cur_u16be(&value)));
	else if (kind == EXTENSION_SUPPORTED_VERSIONS)
		versions_read(j, &value);
}

static const char *version_of(uint16_t version)
{
	switch (version) {
	case 0x0304:
		return "13";
	case 0x0303:
		return "12";
	case 0x0302:
		return "11";
	case 0x0301:
		return "10";
	case 0x0300:
		return "s3";
	default:
		return "00";
	}
}

static bool is_letter_or_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Other bytes stand as the first digit of the first and the last of the last, in hexadecimal. */
static void put_alpn(const struct ja4 *j, char out[static 2])
{
	char digits[4];

	memcpy(out, "00", 2);
	if (!j->has_alpn)
		return;
	digits_put_hex(digits, j->alpn, sizeof(j->alpn));
	bool plain = is_letter_or_digit(j->alpn[0]) && is_letter_or_digit(j->alpn[1]);
	out[0] = plain ? (char)j->alpn[0] : digits[0];
	out[1] = plain ? (char)j->alpn[1] : digits[3];
}

/* The numbers of @l behind @text, with commas between them, but for the two that are told otherwise. @return where it
 * ends. */
static char *put_numbers(char *text, const struct ja4_list *l, bool but_told)
{
	const char *first = text;

	for (uint16_t i = 0; i < l->n; i++) {
		uint8_t bytes[2] = {(uint8_t)(l->numbers[i] >> 8), (uint8_t)l->numbers[i]};
		if (but_told && (l->numbers[i] == EXTENSION_SERVER_NAME || l->numbers[i] == EXTENSION_ALPN))
			continue;
		if (text > first)
			*text++ = ',';
		text = digits_put_hex(text, bytes, sizeof(bytes));
	}
	return text;
}

static void put_hash(const char *text, const char *end, char *out)
{
	uint8_t digest[SHA256_BYTES] = {0}; /* of nothing: zeros */

	if (end > text)
		sha256_of(span_of((const uint8_t *)text, (size_t)(end - text)), digest);
	digits_put_hex(out, digest, HASH_BYTES);
}

bool ja4_text(struct ja4 *j, char out[static JA4_CHARS])
{
	char text[2 * JA4_NUMBERS_MAX * NUMBER_CHARS + 1], *end;

	if (!j->ciphers.whole || !j->extensions.whole || !j->signatures.whole)
		return false;
	out[0] = 't';
	memcpy(out + 1, version_of(j->version), 2);
	out[3] = j->named ? 'd' : 'i';
	digits_put_two(out + 4, j->ciphers.n < COUNT_MAX ? j->ciphers.n : COUNT_MAX);
	digits_put_two(out + 6, j->extensions.n < COUNT_MAX ? j->extensions.n : COUNT_MAX);
	put_alpn(j, out + 8);
	out[10] = out[23] = '_';
	sort(&j->ciphers);
	put_hash(text, put_numbers(text, &j->ciphers, false), out + 11);
	sort(&j->extensions);
	end = put_numbers(text, &j->extensions, true);
	if (end > text && j->signatures.n > 0) {
		*end++ = '_';
		end = put_numbers(end, &j->signatures, false);
	}
	put_hash(text, end, out + 24);
	return true;
}
