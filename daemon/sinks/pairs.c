#include "sinks/pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

enum { CUT_LEAST = 24 }; /* a text cut to less than this says nothing */

bool pairs_raw(struct pairs *p, const char *text)
{
	size_t len = strlen(text);

	if (len > p->max - p->len)
		return false;
	memcpy(p->buf + p->len, text, len);
	p->len += len;
	return true;
}

static size_t encode(const struct pairs *p, uint32_t code, const uint8_t *utf8, size_t n, enum pairs_place place,
		     char out[static PAIRS_SEQUENCE_MAX])
{
	if (code != '\n' && code != '\r' && text_is_control(code)) {
		out[0] = code == '\t' ? ' ' : '?';
		return 1;
	}
	return p->encode(code, utf8, n, place, out);
}

bool pairs_text(struct pairs *p, const char *text, enum pairs_place place, size_t room)
{
	struct span s = span_str(text);
	size_t end = p->max - p->len < room ? p->max : p->len + room;

	while (s.len > 0) {
		char seq[PAIRS_SEQUENCE_MAX] = "?";
		uint32_t code;
		size_t n = text_utf8(s, &code), len = n ? encode(p, code, s.ptr, n, place, seq) : 1;
		if (len > end - p->len)
			return false;
		memcpy(p->buf + p->len, seq, len);
		p->len += len;
		s = span_skip(s, n ? n : 1);
	}
	return true;
}

void pairs_put(struct pairs *p, const char *key, const char *value, bool cuttable)
{
	size_t before = p->len;

	if (!*value)
		return;
	bool fits = (p->len == p->first || pairs_raw(p, p->separator)) && pairs_raw(p, key) && pairs_raw(p, "=");
	size_t value_at = p->len;
	if (fits && pairs_text(p, value, IN_VALUE, SIZE_MAX))
		return;
	p->cut = true;
	if (!fits || !cuttable || p->len - value_at < CUT_LEAST)
		p->len = before;
}

void pairs_put_number(struct pairs *p, const char *key, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.0f", value);
	pairs_put(p, key, text, false);
}

void pairs_put_lower(struct pairs *p, const char *key, const char *value)
{
	char lower[32];
	size_t i = 0;

	for (; value[i] && i + 1 < sizeof(lower); i++)
		lower[i] = value[i] >= 'A' && value[i] <= 'Z' ? (char)(value[i] | 0x20) : value[i];
	lower[i] = '\0';
	pairs_put(p, key, lower, false);
}

void pairs_put_time(struct pairs *p, const char *key, const char *eve)
{
	struct tm tm = {0};
	char text[32];
	unsigned micros = 0;
	const char *rest = strptime(eve, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!rest)
		return;
	if (*rest == '.')
		micros = (unsigned)strtoul(rest + 1, NULL, 10);
	snprintf(text, sizeof(text), "%lld%03u", (long long)timegm(&tm), micros / 1000 % 1000);
	pairs_put(p, key, text, false);
}
