#include "discovery/dnsname.h"

enum { LABELS_MAX = 128, JUMPS_MAX = 32, POINTER = 0xc0 };

struct dnsname_head dnsname_head_read(struct cursor *c)
{
	struct dnsname_head h = {0};

	cur_skip(c, 2);
	h.flags = cur_u16be(c);
	h.questions = cur_u16be(c);
	h.answers = cur_u16be(c);
	h.authorities = cur_u16be(c);
	h.additional = cur_u16be(c);
	return h;
}

unsigned dnsname_opcode(uint16_t flags)
{
	return flags >> 11 & 0x0f;
}

static struct span no_name(struct cursor *c)
{
	c->failed = true;
	return span_of(NULL, 0);
}

struct span dnsname_read(struct cursor *c, struct span message, struct arena *arena)
{
	uint8_t text[DNSNAME_MAX];
	size_t n = 0;
	unsigned jumps = 0;
	/* the name goes on elsewhere behind a pointer, the message goes on behind the first one */
	struct cursor there, *at = c;

	for (unsigned i = 0; i < LABELS_MAX + JUMPS_MAX; i++) {
		uint8_t length = cur_u8(at);
		if ((length & POINTER) == POINTER) {
			size_t to = (size_t)(length & ~POINTER) << 8 | cur_u8(at);
			if (!cur_ok(at) || ++jumps > JUMPS_MAX)
				return no_name(c);
			there = cur_of(message);
			cur_skip(&there, to);
			at = &there;
			continue;
		}
		if (length & POINTER)
			return no_name(c);
		struct span label = cur_span(at, length);
		if (!cur_ok(at) || n + label.len + 1 > sizeof(text))
			return no_name(c);
		if (length == 0) {
			struct span name = arena_copy(arena, span_of(text, n));
			return n > 0 && name.len == 0 ? no_name(c) : name;
		}
		if (n > 0)
			text[n++] = '.';
		memcpy(text + n, label.ptr, label.len);
		n += label.len;
	}
	return no_name(c);
}

void dnsname_question_skip(struct cursor *c, struct span message, struct arena *arena)
{
	(void)dnsname_read(c, message, arena);
	cur_skip(c, 4);
}

struct dnsname_record dnsname_record_read(struct cursor *c, struct span message, struct arena *arena)
{
	struct dnsname_record r = {.name = dnsname_read(c, message, arena)};

	r.type = cur_u16be(c);
	cur_skip(c, 2);
	r.ttl_s = cur_u32be(c);
	r.data = cur_sub(c, cur_u16be(c));
	return r;
}
