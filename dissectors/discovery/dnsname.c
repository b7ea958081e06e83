#include "discovery/dnsname.h"

enum { LABELS_MAX = 128, JUMPS_MAX = 32, POINTER = 0xc0 };

struct dnsname_head dnsname_head_read(struct cursor *c)
{
	struct dnsname_head h = {0};

	h.id = cur_u16be(c);
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

/* A name as it is read. */
struct name {
	uint8_t *text; /* NULL: only whether it holds together */
	size_t n;
	size_t wire; /* bytes of its labels with their lengths */
	bool exact;
};

static void put(struct name *name, uint8_t byte)
{
	name->text[name->n++] = byte;
}

static void put_label(struct name *name, struct span label)
{
	if (name->n > 0)
		put(name, '.');
	if (!name->exact || (!memchr(label.ptr, '.', label.len) && !memchr(label.ptr, '\\', label.len))) {
		memcpy(name->text + name->n, label.ptr, label.len);
		name->n += label.len;
		return;
	}
	for (struct cursor c = cur_of(label); cur_left(&c) > 0;) {
		uint8_t byte = cur_u8(&c);
		if (byte == '.' || byte == '\\')
			put(name, '\\');
		put(name, byte);
	}
}

static bool walk(struct cursor *c, struct span message, struct name *name)
{
	unsigned jumps = 0;
	/* the name goes on elsewhere behind a pointer, the message goes on behind the first one */
	struct cursor there, *at = c;

	for (unsigned i = 0; i < LABELS_MAX + JUMPS_MAX; i++) {
		uint8_t length = cur_u8(at);
		if ((length & POINTER) == POINTER) {
			size_t to = (size_t)(length & ~POINTER) << 8 | cur_u8(at);
			if (!cur_ok(at) || ++jumps > JUMPS_MAX)
				return false;
			there = cur_of(message);
			cur_skip(&there, to);
			at = &there;
			continue;
		}
		if (length & POINTER)
			return false;
		struct span label = cur_span(at, length);
		name->wire += 1U + length;
		if (!cur_ok(at) || name->wire > (name->exact ? DNSNAME_MAX : DNSNAME_MAX + 1))
			return false;
		if (length == 0)
			return true;
		if (name->text)
			put_label(name, label);
	}
	return false;
}

static struct span in_arena(struct cursor *c, const struct name *name, struct arena *arena)
{
	struct span copy = arena_copy(arena, span_of(name->text, name->n));

	return name->n > 0 && copy.len == 0 ? no_name(c) : copy;
}

struct span dnsname_read(struct cursor *c, struct span message, struct arena *arena)
{
	uint8_t text[DNSNAME_MAX];
	struct name name = {.text = text};

	return walk(c, message, &name) ? in_arena(c, &name, arena) : no_name(c);
}

struct span dnsname_read_exact(struct cursor *c, struct span message, struct arena *arena)
{
	uint8_t text[2 * DNSNAME_MAX];
	struct name name = {.text = text, .exact = true};

	if (!walk(c, message, &name))
		return no_name(c);
	if (name.n == 0)
		put(&name, '.');
	return in_arena(c, &name, arena);
}

void dnsname_skip_exact(struct cursor *c, struct span message)
{
	struct name name = {.exact = true};

	if (!walk(c, message, &name))
		c->failed = true;
}

void dnsname_question_skip(struct cursor *c, struct span message, struct arena *arena)
{
	(void)dnsname_read(c, message, arena);
	cur_skip(c, 4);
}

void dnsname_record_rest(struct dnsname_record *r, struct cursor *c)
{
	r->type = cur_u16be(c);
	cur_skip(c, 2);
	r->ttl_s = cur_u32be(c);
	r->data = cur_sub(c, cur_u16be(c));
}

struct dnsname_record dnsname_record_read(struct cursor *c, struct span message, struct arena *arena)
{
	struct dnsname_record r = {.name = dnsname_read(c, message, arena)};

	dnsname_record_rest(&r, c);
	return r;
}
