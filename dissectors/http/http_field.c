#include "http/http_field.h"

const bool http_tchars[256] = {
    ['!'] = true, ['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true, ['\''] = true, ['*'] = true, ['+'] = true,
    ['-'] = true, ['.'] = true, ['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true,  ['4'] = true, ['5'] = true,
    ['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true, ['A'] = true, ['B'] = true,  ['C'] = true, ['D'] = true,
    ['E'] = true, ['F'] = true, ['G'] = true, ['H'] = true, ['I'] = true, ['J'] = true,  ['K'] = true, ['L'] = true,
    ['M'] = true, ['N'] = true, ['O'] = true, ['P'] = true, ['Q'] = true, ['R'] = true,  ['S'] = true, ['T'] = true,
    ['U'] = true, ['V'] = true, ['W'] = true, ['X'] = true, ['Y'] = true, ['Z'] = true,  ['^'] = true, ['_'] = true,
    ['`'] = true, ['a'] = true, ['b'] = true, ['c'] = true, ['d'] = true, ['e'] = true,  ['f'] = true, ['g'] = true,
    ['h'] = true, ['i'] = true, ['j'] = true, ['k'] = true, ['l'] = true, ['m'] = true,  ['n'] = true, ['o'] = true,
    ['p'] = true, ['q'] = true, ['r'] = true, ['s'] = true, ['t'] = true, ['u'] = true,  ['v'] = true, ['w'] = true,
    ['x'] = true, ['y'] = true, ['z'] = true, ['|'] = true, ['~'] = true,
};

struct span http_trim(struct span s)
{
	while (s.len > 0 && http_is_blank(s.ptr[0]))
		s = span_skip(s, 1);
	while (s.len > 0 && http_is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* http_lower() of eight bytes at once: the high bits of the sums say which are no less than 'A' and which above 'Z'. */
static uint64_t lower_word(uint64_t v)
{
	const uint64_t each = UINT64_C(0x0101010101010101), high = 0x80 * each;
	uint64_t low = v & ~high, upper = ((low + (0x80 - 'A') * each) ^ (low + (0x7f - 'Z') * each)) & ~v & high;

	return v | upper >> 2;
}

static uint64_t word_at(const void *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

bool http_same(const uint8_t *text, const char *lower, size_t n)
{
	enum { WORD = sizeof(uint64_t) };

	if (n < WORD) {
		for (size_t i = 0; i < n; i++) {
			if (http_lower(text[i]) != (uint8_t)lower[i])
				return false;
		}
		return true;
	}
	/* the last word may overlap the one before */
	for (size_t at = 0; at < n; at += WORD) {
		size_t from = n - at < WORD ? n - WORD : at;
		if (lower_word(word_at(text + from)) != word_at(lower + from))
			return false;
	}
	return true;
}

long http_find_text(struct span s, const char *lower)
{
	for (size_t at = 0; at < s.len; at++) {
		if (http_lower(s.ptr[at]) == (uint8_t)lower[0] && http_begins(span_skip(s, at), lower))
			return (long)at;
	}
	return HTTP_NOT_FOUND;
}

/* How far it is to the next @sep outside of quotes. */
static size_t part_len(struct span s, uint8_t sep)
{
	bool quoted = false;
	size_t n = 0;

	for (; n < s.len; n++) {
		if (s.ptr[n] == '"')
			quoted = !quoted;
		else if (quoted && s.ptr[n] == '\\' && n + 1 < s.len)
			n++;
		else if (!quoted && s.ptr[n] == sep)
			break;
	}
	return n;
}

bool http_next_item(struct span *list, struct span *item)
{
	while (list->len > 0) {
		size_t n = part_len(*list, ',');
		*item = http_trim(span_head(*list, n));
		*list = span_skip(*list, n + 1);
		if (item->len > 0)
			return true;
	}
	return false;
}

static struct span unquoted(struct span s)
{
	s = http_trim(s);
	if (s.len > 0 && s.ptr[0] == '"') {
		s = span_skip(s, 1);
		if (s.len > 0 && s.ptr[s.len - 1] == '"')
			s.len--;
	}
	return s;
}

bool http_param(struct span s, uint8_t sep, const char *name, struct span *value)
{
	while (s.len > 0) {
		size_t n = part_len(s, sep);
		struct span part = http_trim(span_head(s, n));
		long eq = http_find(part, '=');
		if (eq != HTTP_NOT_FOUND && http_is(http_trim(span_head(part, (size_t)eq)), name)) {
			*value = unquoted(span_skip(part, (size_t)eq + 1));
			return true;
		}
		s = span_skip(s, n + 1);
	}
	return false;
}

bool http_number(struct span s, uint64_t *value)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9' || v > (INT64_MAX - 9) / 10)
			return false;
		v = v * 10 + (uint64_t)(s.ptr[i] - '0');
	}
	*value = v;
	return s.len > 0;
}

bool http_line(struct span s, struct span *line, size_t *whole)
{
	long lf = http_find(s, '\n');

	if (lf == HTTP_NOT_FOUND)
		return false;
	*whole = (size_t)lf + 1;
	*line = span_head(s, (size_t)lf);
	if (line->len > 0 && line->ptr[line->len - 1] == '\r')
		line->len--;
	return true;
}
