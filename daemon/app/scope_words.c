#include "app/scope_words.h"

#include <stdio.h>
#include <string.h>

#include "app/zone_word.h"
#include "base/text.h"
#include "event/work.h"

enum { PART_MAX = 512 };

void scope_words_add(char *buf, size_t size, enum word what, const char *text)
{
	char part[PART_MAX];
	size_t len = strlen(buf);

	if (!text[0])
		return;
	snprintf(part, sizeof(part), "%s%s %s", len ? say(W_SCOPE_AND) : "", say(what), text);
	for (struct span s = span_str(part); s.len > 0;) {
		uint32_t code;
		size_t n = text_utf8(s, &code);
		if (n == 0 || len + n >= size)
			break;
		memcpy(buf + len, s.ptr, n);
		len += n;
		s = span_skip(s, n);
	}
	buf[len] = '\0';
}

void scope_words_add_zone(char *buf, size_t size, const char *zone)
{
	char a[WORK_TEXT_MAX], b[WORK_TEXT_MAX], both[PART_MAX];

	if (!work_conduit(zone, a, b)) {
		scope_words_add(buf, size, W_COL_ZONE, zone_word(zone));
		return;
	}
	snprintf(both, sizeof(both), "%s -> %s", zone_word(a), zone_word(b));
	scope_words_add(buf, size, W_SCOPE_CONDUIT, both);
}
