/* Names on cards that are too small for them. */
#include <stdio.h>
#include <string.h>

#include "app/map_own.h"
#include "base/text.h"
#include "ledger/kinds.h"

enum { DOTS = 2 }; /* columns of "…" in fonts with which Japanese is written */

/* Names differ at their ends: what is too much is taken out of the middle. */
static void shorten_middle(const char *text, unsigned columns, char *buf, size_t size)
{
	enum { TAIL = 4 };
	unsigned whole = text_printable(span_str(text), buf, size, 0);

	if (whole <= columns)
		return;
	if (columns < TAIL + 3) {
		text_printable(span_str(text), buf, size, columns);
		return;
	}
	const char *tail = text + strlen(text);
	for (int i = 0; i < TAIL && tail > text; i++) {
		do
			tail--;
		while (tail > text && ((unsigned char)*tail & 0xc0) == 0x80);
	}
	char end[64];
	unsigned tail_columns = text_printable(span_str(tail), end, sizeof(end), TAIL * 2);
	text_printable(span_str(text), buf, size - sizeof(end) - 4,
		       columns > tail_columns + DOTS ? columns - tail_columns - DOTS : 1);
	strcat(buf, "…");
	strcat(buf, end);
}

/* May a name be cut in front of @at? Behind a blank or a mark, and where the writing changes. */
static bool is_seam(const char *at)
{
	bool wide = (unsigned char)at[0] >= 0x80, wide_before = (unsigned char)at[-1] >= 0x80;

	return strchr(" -_/.:", at[-1]) || wide != wide_before;
}

/* Do most of the devices in the zone of @d begin like its name up to @len? */
static bool is_shared(const struct map *m, const struct map_device *d, size_t len)
{
	unsigned like = 0, all = 0;

	for (unsigned i = 0; i < m->n_devices; i++) {
		const struct map_device *other = &m->devices[i];
		if (other->zone != d->zone)
			continue;
		all++;
		like += strncmp(other->name, d->name, len) == 0;
	}
	return like > 1 && 2 * like > all;
}

/* A name that is too long: what it shares with those around it goes first, then what is behind the part that differs.
 */
void map_short_name(const struct map *m, const struct map_device *d, unsigned columns, char *buf, size_t size)
{
	const char *name = d->name;

	if (text_printable(span_str(name), buf, size, 0) <= columns)
		return;
	const char *from = name;
	for (const char *at = name + 1; name[0] && *at; at++) {
		if (((unsigned char)*at & 0xc0) == 0x80 || !is_seam(at))
			continue;
		if (!is_shared(m, d, (size_t)(at - name)))
			break;
		from = at;
		if (text_printable(span_str(from), buf, size, 0) + DOTS <= columns)
			break;
	}
	const char *dots = from > name ? "…" : "";
	from += strspn(from, " ");
	unsigned room = columns > DOTS ? columns - (dots[0] ? DOTS : 0) : 1;
	char rest[300];
	if (text_printable(span_str(from), rest, sizeof(rest), 0) > room)
		shorten_middle(from, room, rest, sizeof(rest));
	snprintf(buf, size, "%s%s", dots, rest);
}

/* What it is and where: of the two the address is never cut. */
void map_kind_line(const struct map_device *d, bool japanese, const char *ip, unsigned room, char *line, size_t size)
{
	char kind[80], shown[80];

	snprintf(kind, sizeof(kind), "%.60s%s", kinds_word(KINDS_OF_DEVICE, d->kind, japanese),
		 d->guessed && d->kind[0] ? "?" : "");
	unsigned columns = (unsigned)strlen(ip) + (ip[0] != '\0'),
		 whole = text_printable(span_str(kind), shown, sizeof(shown), 0);
	if (columns + whole > room && columns + 5 <= room) {
		text_printable(span_str(kind), shown, sizeof(shown) - 4, room - columns - DOTS);
		strcat(shown, "…");
	} else if (columns + whole > room) {
		shown[0] = '\0';
	}
	snprintf(line, size, "%s%s%s", shown, shown[0] && ip[0] ? " " : "", ip);
}
