#include "base/json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digits.h"
#include "base/text.h"

void json_init(struct json *j, size_t limit)
{
	*j = (struct json){.limit = limit};
}

void json_deinit(struct json *j)
{
	free(j->buf);
	*j = (struct json){0};
}

void json_reset(struct json *j)
{
	j->len = 0;
	j->depth = 0;
	j->has_member[0] = false;
	j->after_key = false;
	j->overflow = false;
}

char *json_grow(struct json *j, size_t n)
{
	if (n >= j->limit || j->len >= j->limit - n) {
		j->overflow = true;
		return NULL;
	}
	size_t cap = j->cap ? j->cap : 512;
	while (cap < j->len + n + 1)
		cap *= 2;
	if (cap > j->limit)
		cap = j->limit;
	char *buf = realloc(j->buf, cap);
	if (!buf) {
		j->overflow = true;
		return NULL;
	}
	j->buf = buf;
	j->cap = cap;
	return j->buf + j->len;
}

static void put_char(struct json *j, char c)
{
	char *at = json_room(j, 1);

	if (at) {
		*at = c;
		j->len++;
	}
}

const char *json_cstr(struct json *j)
{
	if (!j->buf)
		return "";
	j->buf[j->len] = '\0';
	return j->buf;
}

static void open(struct json *j, char bracket)
{
	json_value_begins(j);
	put_char(j, bracket);
	if (j->depth + 1 >= JSON_DEPTH_MAX) {
		j->overflow = true;
		return;
	}
	j->has_member[++j->depth] = false;
}

static void close(struct json *j, char bracket)
{
	if (j->depth > 0)
		j->depth--;
	put_char(j, bracket);
}

void json_object_begin(struct json *j)
{
	open(j, '{');
}

void json_object_end(struct json *j)
{
	close(j, '}');
}

void json_array_begin(struct json *j)
{
	open(j, '[');
}

void json_array_end(struct json *j)
{
	close(j, ']');
}

void json_u64(struct json *j, uint64_t v)
{
	unsigned n = digits_of(v);

	json_value_begins(j);
	char *at = json_room(j, n);
	if (at) {
		digits_put(at, v, n);
		j->len += n;
	}
}

void json_u16s(struct json *j, const uint8_t *at, size_t n)
{
	enum { WIDEST = sizeof("65535,") - 1 };

	if (n == 0)
		return;
	json_value_begins(j);
	char *to = n < j->limit / WIDEST ? json_room(j, n * WIDEST) : NULL, *end = to;
	if (!to) {
		j->overflow = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned v = (unsigned)at[2 * i] << 8 | at[2 * i + 1], digits = digits_of(v);
		digits_put(end, v, digits);
		end += digits;
		*end++ = ',';
	}
	j->len += (size_t)(end - to) - 1;
}

void json_bits(struct json *j, const uint8_t *at, size_t n)
{
	if (n == 0)
		return;
	json_value_begins(j);
	char *to = n < j->limit / 2 ? json_room(j, 2 * n) : NULL;
	if (!to) {
		j->overflow = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		to[2 * i] = (char)('0' + (at[i / 8] >> (i % 8) & 1));
		to[2 * i + 1] = ',';
	}
	j->len += 2 * n - 1;
}

void json_i64(struct json *j, int64_t v)
{
	if (v >= 0) {
		json_u64(j, (uint64_t)v);
		return;
	}
	char text[24];
	int n = snprintf(text, sizeof(text), "%lld", (long long)v);
	json_value_begins(j);
	json_put(j, text, (size_t)n);
}

enum { NUMBER_MAX = 32 };

/* Numbers as people write them, with up to four places and six digits in all. What divides to @v exactly is what the
 * shortest text of six digits says. @return false where @v is none. */
static bool put_short(struct json *j, double v)
{
	enum { PLACES = 4 };
	const double least = 0.0001, digits_below = 1000000; /* with less, or more, there may be an exponent */
	double scale = 1;

	for (unsigned places = 1; v >= least && places <= PLACES; places++) {
		scale *= 10;
		double scaled = v * scale + 0.5;
		if (scaled >= digits_below)
			return false;
		uint64_t whole = (uint64_t)scaled;
		if ((double)whole / scale != v)
			continue;
		unsigned head = digits_of(whole / (uint64_t)scale);
		json_value_begins(j);
		char *at = json_room(j, head + 1 + places);
		if (!at)
			return true;
		digits_put(at, whole / (uint64_t)scale, head);
		at[head] = '.';
		uint64_t rest = whole % (uint64_t)scale;
		for (unsigned i = places; i > 0; i--, rest /= 10)
			at[head + i] = (char)('0' + rest % 10);
		j->len += head + 1 + places;
		return true;
	}
	return false;
}

/* ---- the shortest digits of a number that are read as it again */

__extension__ typedef unsigned __int128 u128;

static const double tens[] = {1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000, 10000, 100000, 1000000};
enum { TENS_BELOW_ONE = 4, TENS = sizeof(tens) / sizeof(tens[0]) };

static u128 power_of_ten(unsigned n)
{
	const uint64_t ten_digits = 10000000000;
	u128 power = 1;

	for (; n >= 10; n -= 10)
		power *= ten_digits;
	for (; n > 0; n--)
		power *= 10;
	return power;
}

/* m / 2^shift to @places behind the point, rounded as printf does. @return is that read as the same again? */
static bool rounds_to(uint64_t m, unsigned shift, unsigned places, uint64_t *out)
{
	u128 ten = power_of_ten(places), product = m * ten, one = (u128)1 << shift;
	uint64_t n = (uint64_t)(product >> shift);
	u128 rest = product & (one - 1), half = one / 2;
	bool up = rest > half || (rest == half && n % 2 == 1);

	*out = n + up;
	/* doubles beside it are 2^-shift away: what is nearer than half of that is read as this one */
	return 2 * (up ? one - rest : rest) < ten;
}

/* Of numbers from 0.0001 to below a million all that is needed has its place in 128 bits. Powers of two, below which
 * doubles are nearer to each other, have less than 15 digits there. @return false where @v is none. */
static bool put_exactly(struct json *j, double v)
{
	unsigned above = 1;
	int exponent;
	uint64_t n;

	if (v < tens[0] || v >= tens[TENS - 1])
		return false;
	while (v >= tens[above])
		above++;
	uint64_t m = (uint64_t)ldexp(frexp(v, &exponent), DBL_MANT_DIG);
	unsigned shift = (unsigned)(DBL_MANT_DIG - exponent);
	unsigned places = DBL_DIG + TENS_BELOW_ONE - above;
	while (!rounds_to(m, shift, places, &n)) /* with two digits more at the latest */
		places++;
	for (; n % 10 == 0; n /= 10)
		places--;
	uint64_t whole = (uint64_t)(n / power_of_ten(places));
	unsigned head = digits_of(whole);
	json_value_begins(j);
	char *at = json_room(j, head + 1 + places);
	if (at) {
		digits_put(at, whole, head);
		at[head] = '.';
		digits_put(at + head + 1, (uint64_t)(n % power_of_ten(places)), places);
		j->len += head + 1 + places;
	}
	return true;
}

/* Writes @v with so many digits. @return is it the same, read again? */
static bool says_it(double v, unsigned digits, char text[static NUMBER_MAX])
{
	snprintf(text, NUMBER_MAX, "%.*g", (int)digits, v);
	return strtod(text, NULL) == v;
}

void json_f64(struct json *j, double v)
{
	const double plain_below = 1000000; /* of six digits: with more the shortest may have an exponent */
	char text[NUMBER_MAX];

	if (v > 0 && v < plain_below && v == (double)(uint64_t)v) {
		json_u64(j, (uint64_t)v);
		return;
	}
	if (v == 0 && !signbit(v)) {
		json_u64(j, 0);
		return;
	}
	if (!isfinite(v)) {
		json_null_value(j);
		return;
	}
	if (put_short(j, v) || put_exactly(j, v))
		return;
	/* what no 15 digits say, fewer do not */
	unsigned digits = 6;
	if (!says_it(v, 15, text))
		digits = says_it(v, 16, text) ? 16 : 17;
	while (!says_it(v, digits, text) && digits < 17)
		digits++;
	json_value_begins(j);
	json_put(j, text, strlen(text));
}

void json_bool(struct json *j, bool v)
{
	json_value_begins(j);
	if (v)
		json_put(j, "true", 4);
	else
		json_put(j, "false", 5);
}

void json_null_value(struct json *j)
{
	json_value_begins(j);
	json_put(j, "null", 4);
}

static void put_escape(struct json *j, unsigned code)
{
	static const char hex[] = "0123456789abcdef";
	char seq[6] = {'\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15], hex[code & 15]};

	json_put(j, seq, sizeof(seq));
}

/* What goes out as it is: printable ASCII but for the two that JSON escapes. */
static const bool plain[256] = {[0x20 ... '"' - 1] = true, ['"' + 1 ... '\\' - 1] = true, ['\\' + 1 ... 0x7e] = true};

/* Are all sixteen bytes plain? As signed numbers the bytes of UTF-8's longer characters are below the space, too. */
static bool sixteen_are_plain(const uint8_t *at)
{
	typedef int8_t sixteen __attribute__((vector_size(16)));
	sixteen x, odd;
	uint64_t half[2];

	memcpy(&x, at, sizeof(x));
	odd = (x < 0x20) | (x == '"') | (x == '\\') | (x == 0x7f);
	memcpy(half, &odd, sizeof(half));
	return !(half[0] | half[1]);
}

static bool eight_are_plain(const uint8_t *at)
{
	typedef int8_t eight __attribute__((vector_size(8)));
	eight x, odd;
	uint64_t word;

	memcpy(&x, at, sizeof(x));
	odd = (x < 0x20) | (x == '"') | (x == '\\') | (x == 0x7f);
	memcpy(&word, &odd, sizeof(word));
	return word == 0;
}

static size_t plain_run(struct span s, size_t from)
{
	size_t run = from;

	for (;;) {
		while (s.len - run >= 16 && sixteen_are_plain(s.ptr + run))
			run += 16;
		if (s.len - run >= 8 && eight_are_plain(s.ptr + run))
			run += 8;
		size_t end = s.len - run > 8 ? run + 8 : s.len;
		while (run < end && plain[s.ptr[run]])
			run++;
		if (run < end || run == s.len)
			return run;
	}
}

/* Copies a text that is plain; where its length is no multiple of what is looked at, some bytes go twice. @return false
 * where it is not plain, with some of it copied. */
static bool copy_plain(char *to, struct span s)
{
	size_t at = 0, last = s.len - 16;

	if (s.len < 8) {
		for (; at < s.len && plain[s.ptr[at]]; at++)
			to[at] = (char)s.ptr[at];
		return at == s.len;
	}
	if (s.len < 16) {
		last = s.len - 8;
		memcpy(to, s.ptr, 8);
		memcpy(to + last, s.ptr + last, 8);
		return eight_are_plain(s.ptr) && eight_are_plain(s.ptr + last);
	}
	for (; at < last; at += 16) {
		if (!sixteen_are_plain(s.ptr + at))
			return false;
		memcpy(to + at, s.ptr + at, 16);
	}
	memcpy(to + last, s.ptr + last, 16);
	return sixteen_are_plain(s.ptr + last);
}

bool json_is_plain(const char *text)
{
	struct span s = span_str(text);

	return plain_run(s, 0) == s.len;
}

/* What Japanese is written in, in UTF-8: U+3000 to U+CFFF (E3 to EC in front) and the wide forms from U+FF00 on (EF BC
 * to EF BF). None of them is a control. */
static bool is_wide(const uint8_t *at)
{
	bool continued = (at[1] & 0xc0) == 0x80 && (at[2] & 0xc0) == 0x80;

	return continued && ((at[0] >= 0xe3 && at[0] <= 0xec) || (at[0] == 0xef && at[1] >= 0xbc));
}

/* Are six bytes two characters from U+3000 to U+CFFF? Of the eight at @at the last two may be anything. */
static bool two_are_wide(const uint8_t *at)
{
	static const union {
		uint8_t bytes[8];
		uint64_t word;
	} kind = {{0xf0, 0xc0, 0xc0, 0xf0, 0xc0, 0xc0}}, wide = {{0xe0, 0x80, 0x80, 0xe0, 0x80, 0x80}},
	  low = {{0x0f, 0, 0, 0x0f}}, from_3 = {{13, 0, 0, 13}}, from_13 = {{3, 0, 0, 3}}, carry = {{16, 0, 0, 16}};
	uint64_t x;

	memcpy(&x, at, sizeof(x));
	uint64_t lead = x & low.word;
	return (x & kind.word) == wide.word && ((lead + from_3.word) & carry.word) == carry.word &&
	       !((lead + from_13.word) & carry.word);
}

/* How far nothing is to be escaped, as a rule: what is Japanese or plain. */
static size_t clean_run(struct span s, size_t from)
{
	size_t run = from;

	for (;;) {
		if (run < s.len && plain[s.ptr[run]])
			run = plain_run(s, run);
		while (s.len - run >= 8 && two_are_wide(s.ptr + run))
			run += 6;
		if (s.len - run >= 3 && is_wide(s.ptr + run))
			run += 3;
		else if (run == s.len || !plain[s.ptr[run]])
			return run;
	}
}

/* Apart from the plain texts, which are most and short. */
__attribute__((noinline)) static void put_escaped(struct json *j, struct span s)
{
	size_t i = 0;

	put_char(j, '"');
	while (i < s.len && !j->overflow) {
		size_t run = clean_run(s, i);
		if (run > i) {
			json_put(j, (const char *)s.ptr + i, run - i);
			i = run;
			continue;
		}
		uint8_t c = s.ptr[i];
		uint32_t code;
		size_t n = text_utf8(span_skip(s, i), &code);
		if (n == 0) {
			put_escape(j, c);
			i++;
		} else if (c == '"' || c == '\\') {
			put_char(j, '\\');
			put_char(j, (char)c);
			i++;
		} else if (text_is_control(code)) {
			put_escape(j, code);
			i += n;
		} else {
			json_put(j, (const char *)s.ptr + i, n);
			i += n;
		}
	}
	put_char(j, '"');
}

void json_text(struct json *j, struct span text)
{
	json_value_begins(j);
	char *at = json_room(j, text.len + 2);
	if (at && copy_plain(at + 1, text)) {
		*at = at[text.len + 1] = '"';
		j->len += text.len + 2;
		return;
	}
	put_escaped(j, text);
}

void json_str(struct json *j, const char *text)
{
	json_text(j, span_str(text));
}

void json_hex(struct json *j, struct span bytes)
{
	json_value_begins(j);
	char *at = bytes.len < j->limit / 2 ? json_room(j, bytes.len * 2 + 2) : NULL;
	if (!at) {
		j->overflow = true;
		return;
	}
	*at++ = '"';
	*digits_put_hex(at, bytes.ptr, bytes.len) = '"';
	j->len += bytes.len * 2 + 2;
}
