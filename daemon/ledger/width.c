#include "ledger/width.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

/* U+FF61 to U+FF9F in their full-width form (JIS X 0201 to JIS X 0208). */
static const uint16_t katakana[] = {
    0x3002, 0x300c, 0x300d, 0x3001, 0x30fb, 0x30f2, 0x30a1, 0x30a3, 0x30a5, 0x30a7, 0x30a9, 0x30e3, 0x30e5,
    0x30e7, 0x30c3, 0x30fc, 0x30a2, 0x30a4, 0x30a6, 0x30a8, 0x30aa, 0x30ab, 0x30ad, 0x30af, 0x30b1, 0x30b3,
    0x30b5, 0x30b7, 0x30b9, 0x30bb, 0x30bd, 0x30bf, 0x30c1, 0x30c4, 0x30c6, 0x30c8, 0x30ca, 0x30cb, 0x30cc,
    0x30cd, 0x30ce, 0x30cf, 0x30d2, 0x30d5, 0x30d8, 0x30db, 0x30de, 0x30df, 0x30e0, 0x30e1, 0x30e2, 0x30e4,
    0x30e6, 0x30e8, 0x30e9, 0x30ea, 0x30eb, 0x30ec, 0x30ed, 0x30ef, 0x30f3, 0x309b, 0x309c};

enum { VOICED = 0xff9e, HALF_VOICED = 0xff9f };

/* Katakana that take a voicing mark; the voiced form follows the plain one, the half-voiced that. */
static uint32_t voice(uint32_t code, uint32_t mark)
{
	bool ha_row = code >= 0x30cf && code <= 0x30db;

	if (mark == HALF_VOICED)
		return ha_row ? code + 2 : 0;
	if (code == 0x30a6)
		return 0x30f4; /* ヴ */
	if (ha_row)
		return code + 1;
	return (code >= 0x30ab && code <= 0x30c1) || code == 0x30c4 || code == 0x30c6 || code == 0x30c8 ? code + 1 : 0;
}

static size_t put_utf8(char *out, size_t room, uint32_t code)
{
	char buf[4];
	size_t n = 0;

	if (code < 0x80) {
		buf[n++] = (char)code;
	} else if (code < 0x800) {
		buf[n++] = (char)(0xc0 | code >> 6);
		buf[n++] = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		buf[n++] = (char)(0xe0 | code >> 12);
		buf[n++] = (char)(0x80 | (code >> 6 & 0x3f));
		buf[n++] = (char)(0x80 | (code & 0x3f));
	} else {
		buf[n++] = (char)(0xf0 | code >> 18);
		buf[n++] = (char)(0x80 | (code >> 12 & 0x3f));
		buf[n++] = (char)(0x80 | (code >> 6 & 0x3f));
		buf[n++] = (char)(0x80 | (code & 0x3f));
	}
	if (n > room)
		return 0;
	memcpy(out, buf, n);
	return n;
}

/* A number in a circle, 1 to 20: its digits are two characters at most. */
static size_t put_circled(char *out, size_t room, uint32_t number)
{
	size_t n = 0;

	if (number >= 10)
		n += put_utf8(out, room, '0' + number / 10);
	return n + put_utf8(out + n, room - n, '0' + number % 10);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char *width_fold(const char *text, char *out, size_t size)
{
	struct span s = span_str(text);
	size_t len = 0, n;
	uint32_t code, mark;

	while ((n = text_utf8(s, &code)) > 0) {
		size_t put;
		s = span_skip(s, n);
		if (code >= 0xff61 && code <= 0xff9f) {
			code = katakana[code - 0xff61];
			size_t m = text_utf8(s, &mark);
			uint32_t voiced = m > 0 && (mark == VOICED || mark == HALF_VOICED) ? voice(code, mark) : 0;
			if (voiced) {
				code = voiced;
				s = span_skip(s, m);
			}
		} else if (code >= 0xff01 && code <= 0xff5e) {
			code -= 0xfee0;
		} else if (code == 0x3000 || code == 0xa0) {
			code = ' ';
		}
		if (code < 0x80 && is_blank((char)code) && len == 0)
			continue;
		if (code >= 0x2460 && code <= 0x2473)
			put = put_circled(out + len, size - 1 - len, code - 0x2460 + 1);
		else
			put = put_utf8(out + len, size - 1 - len, code);
		if (put == 0)
			break;
		len += put;
	}
	while (len > 0 && is_blank(out[len - 1]))
		len--;
	out[len] = '\0';
	return out;
}

bool width_same(const char *declared, const char *observed)
{
	char text[2][WIDTH_TEXT_MAX], folded[WIDTH_TEXT_MAX];
	const char *const from[2] = {declared, observed};

	for (int i = 0; i < 2; i++) {
		size_t n = 0;
		width_fold(from[i], folded, sizeof(folded));
		for (const char *s = folded; *s; s++) {
			if (!strchr(" -_:", *s))
				text[i][n++] = (char)tolower((unsigned char)*s);
		}
		text[i][n] = '\0';
	}
	return text[0][0] == '\0' || text[1][0] == '\0' || strstr(text[0], text[1]) || strstr(text[1], text[0]);
}
