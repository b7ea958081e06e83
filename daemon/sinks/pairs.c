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

static struct pairs line(const struct pairs_form *f, char *buf, size_t max)
{
	return (struct pairs){.buf = buf, .max = max, .separator = f->separator, .encode = f->encode};
}

static bool begin(struct pairs *p, const struct pairs_form *f, const struct alert_view *v, size_t name_room)
{
	bool fits = f->header(p, v, name_room);

	p->first = p->len;
	if (fits)
		pairs_put(p, f->id_key, view_text(v->sekisho, "alert_id"), false);
	return fits;
}

/* What must be there: header without the name, the alert's id, the mark. */
static size_t least_bytes(const struct pairs_form *f, const struct alert_view *v)
{
	char room[512];
	struct pairs p = line(f, room, sizeof(room));

	return begin(&p, f, v, 0) ? p.len + strlen(f->mark) : SIZE_MAX;
}

size_t pairs_format(const struct pairs_form *f, const struct alert_view *v, char *buf, size_t max, bool *truncated)
{
	struct pairs p = line(f, buf, max);

	*truncated = false;
	if (begin(&p, f, v, f->name_max)) {
		f->body(&p, v);
		if (!p.cut)
			return p.len;
	}
	size_t least = least_bytes(f, v);
	*truncated = true;
	if (max < least)
		return 0;
	p = line(f, buf, max - strlen(f->mark));
	(void)begin(&p, f, v, (max - least) / 4);
	f->body(&p, v);
	p.max = max;
	(void)pairs_raw(&p, f->mark);
	return p.len;
}
