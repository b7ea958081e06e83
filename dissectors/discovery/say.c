#include "discovery/say.h"

#include <stdio.h>
#include <strings.h>

struct event *say_begin(struct emitter *out, enum discovery_by by)
{
	struct event *ev = emit_begin(out, &discovery_table);

	ev_uint(ev, &discovery_field[DISCOVERY_PROTOCOL], by);
	return ev;
}

const struct ip_addr *say_speaker(const struct emitter *out, enum dir dir)
{
	return dir == DIR_REQUEST ? &out->at.src_ip : &out->at.dest_ip;
}

void say_frame_mac(struct event *ev)
{
	const struct mac *m = &ev->at.src_mac;

	if (ev->at.has_ether && !mac_is_none(m) && !mac_is_group(m))
		ev_mac(ev, &discovery_field[DISCOVERY_MAC], m);
}

void say_ip(struct emitter *out, struct event *ev, const struct field_def *f, const struct ip_addr *a)
{
	switch (ip_scope(a)) {
	case IP_SCOPE_UNSPECIFIED:
	case IP_SCOPE_MULTICAST:
	case IP_SCOPE_BROADCAST:
		return;
	default:
		if (!ip_is_none(a))
			ev_ip(out, ev, f, a);
	}
}

void say_span(struct event *ev, const struct field_def *f, struct span s)
{
	if (s.len > 0)
		ev_span(ev, f, s);
}

void say_number(struct emitter *out, struct event *ev, const struct field_def *f, const char *format, unsigned number)
{
	char text[32];

	snprintf(text, sizeof(text), format, number);
	say_span(ev, f, arena_copy(out->arena, span_str(text)));
}

static bool is_padding(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

struct span say_trim(struct span s)
{
	while (s.len > 0 && is_padding(s.ptr[s.len - 1]))
		s = span_head(s, s.len - 1);
	while (s.len > 0 && is_padding(s.ptr[0]))
		s = span_skip(s, 1);
	return s;
}

struct span say_text(struct span field)
{
	const uint8_t *end = field.len > 0 ? memchr(field.ptr, 0, field.len) : NULL;

	return say_trim(end ? span_head(field, (size_t)(end - field.ptr)) : field);
}

struct span say_until(struct span s, const char *stop)
{
	struct cursor c = cur_of(s);

	for (size_t i = 0; i < s.len; i++) {
		uint8_t at = cur_u8(&c);
		if (at != '\0' && strchr(stop, at))
			return span_head(s, i);
	}
	return s;
}

struct span say_after(struct span s, const char *word)
{
	const uint8_t *at = s.len > 0 ? memmem(s.ptr, s.len, word, strlen(word)) : NULL;

	return at ? span_skip(s, (size_t)(at - s.ptr) + strlen(word)) : span_of(NULL, 0);
}

bool say_begins(struct span s, const char *word)
{
	size_t n = strlen(word);

	return s.len >= n && strncasecmp((const char *)s.ptr, word, n) == 0;
}
