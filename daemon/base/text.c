#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

size_t text_utf8(struct span s, uint32_t *code)
{
	if (s.len == 0)
		return 0;
	uint8_t c = s.ptr[0];
	uint32_t value, least;
	size_t n;

	if (c < 0x80) {
		*code = c;
		return 1;
	}
	if ((c & 0xe0) == 0xc0) {
		n = 2, value = c & 0x1f, least = 0x80;
	} else if ((c & 0xf0) == 0xe0) {
		n = 3, value = c & 0x0f, least = 0x800;
	} else if ((c & 0xf8) == 0xf0) {
		n = 4, value = c & 0x07, least = 0x10000;
	} else {
		return 0;
	}
	if (n > s.len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s.ptr[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (s.ptr[i] & 0x3f);
	}
	if (value < least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	*code = value;
	return n;
}

bool text_is_utf8(struct span s)
{
	uint32_t code;

	for (size_t n; s.len > 0; s = span_skip(s, n)) {
		n = text_utf8(s, &code);
		if (n == 0)
			return false;
	}
	return true;
}

bool text_is_control(uint32_t c)
{
	if (c > 0x2069)
		return c == 0xfeff;
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200e && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

struct range {
	uint32_t first, last;
};

/* Unicode East Asian Width W and F, in the ranges that occur in names and messages. */
static const struct range wide[] = {
    {0x1100, 0x115f}, {0x231a, 0x231b},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf}, {0x4e00, 0x9fff},
    {0xa000, 0xa4cf}, {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f}, {0xff00, 0xff60},
    {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

/* Combining marks in the same spirit. */
static const struct range zero[] = {{0x0300, 0x036f}, {0x200b, 0x200d}, {0x3099, 0x309a}, {0xfe00, 0xfe0f}};

static bool within(const struct range *r, size_t n, uint32_t code)
{
	for (size_t i = 0; i < n; i++) {
		if (code >= r[i].first && code <= r[i].last)
			return true;
	}
	return false;
}

unsigned text_columns(uint32_t code)
{
	if (code < 0x300)
		return 1;
	if (code > 0x309a && code < 0x4dc0) /* kana and many kanji, without going through the ranges */
		return 2;
	if (within(zero, sizeof(zero) / sizeof(zero[0]), code))
		return 0;
	return within(wide, sizeof(wide) / sizeof(wide[0]), code) ? 2 : 1;
}

unsigned text_printable(struct span s, char *buf, size_t size, unsigned columns)
{
	unsigned at_column = 0;
	size_t len = 0;

	while (s.len > 0) {
		uint32_t code = *s.ptr;
		bool plain = code >= ' ' && code < 0x7f; /* ASCII, as most is */
		size_t n = plain ? 1 : text_utf8(s, &code);
		bool shown = plain || (n > 0 && !text_is_control(code));
		size_t bytes = shown ? n : 1;
		unsigned w = plain || !shown ? 1 : text_columns(code);
		if (len + bytes + 1 > size || (columns && at_column + w > columns))
			break;
		if (plain)
			buf[len] = (char)code;
		else if (shown)
			memcpy(buf + len, s.ptr, n);
		else
			buf[len] = '?';
		len += bytes;
		at_column += w;
		s = span_skip(s, n ? n : 1);
	}
	if (size > 0)
		buf[len] = '\0';
	return at_column;
}

/* Runs iconv over @s into a fresh buffer; what does not fit is replaced by @geta, or an error where @geta is NULL. */
static int convert(const char *to, const char *from, struct span s, const char *geta, char **out, size_t *out_len,
		   size_t *bad)
{
	iconv_t cd = iconv_open(to, from);
	if (cd == (iconv_t)-1)
		return -ENOSYS;
	size_t size = s.len * 3 + 4, room = size;
	char *buf = malloc(size), *dst = buf;
	char *src = (char *)(uintptr_t)s.ptr;
	size_t left = s.len;
	int err = buf ? 0 : -ENOMEM;

	*bad = 0;
	while (!err && left > 0) {
		if (iconv(cd, &src, &left, &dst, &room) != (size_t)-1)
			break;
		if (!geta) {
			*bad = s.len - left;
			err = -EILSEQ;
			break;
		}
		uint32_t code;
		size_t n = text_utf8((struct span){(const uint8_t *)src, left}, &code), m = strlen(geta);
		n = n ? n : 1;
		memcpy(dst, geta, m);
		dst += m, room -= m;
		src += n, left -= n;
		++*bad;
	}
	iconv_close(cd);
	if (err) {
		free(buf);
		return err;
	}
	*dst = '\0';
	*out = buf;
	*out_len = (size_t)(dst - buf);
	return 0;
}

int text_from_cp932(struct span s, char **out, size_t *out_len, size_t *bad_at)
{
	return convert("UTF-8", "CP932", s, NULL, out, out_len, bad_at);
}

int text_to_cp932(struct span s, char **out, size_t *out_len, size_t *bad)
{
	return convert("CP932", "UTF-8", s, "\x81\xac", out, out_len, bad);
}

unsigned text_distance(const char *a, const char *b)
{
	enum { MOST = 64 };
	unsigned row[MOST + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > MOST || nb > MOST)
		return MOST;
	for (unsigned j = 0; j <= nb; j++)
		row[j] = j;
	for (unsigned i = 1; i <= na; i++) {
		unsigned diagonal = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= nb; j++) {
			unsigned up = row[j];
			unsigned best =
			    diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = up;
			row[j] = best;
		}
	}
	return row[nb];
}
