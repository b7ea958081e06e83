#include "engine/template.h"

#include <errno.h>
#include <stdio.h>

#include "base/digits.h"
#include "base/text.h"
#include "base/when.h"

/* ---- compiling */

struct compiler {
	const char *whole; /* positions count from here */
	const char *object;
	const struct field_registry *fields;
	struct arena *arena;
	struct expr_error *err;
};

static int compile(const struct compiler *k, struct template *out, struct span text, bool is_word);

/* The first @byte of @s outside of braces, NULL: none. */
static const uint8_t *find_outside(struct span s, char byte)
{
	unsigned depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (depth == 0 && s.ptr[i] == (uint8_t)byte)
			return s.ptr + i;
		depth += s.ptr[i] == '{';
		depth -= s.ptr[i] == '}' && depth > 0;
	}
	return NULL;
}

/* What stands up to the next '|' or the end of @rest, which is cut off it; behind the last one @rest points nowhere. */
static struct span until_bar(struct span *rest)
{
	const uint8_t *bar = find_outside(*rest, '|');
	size_t len = bar ? (size_t)(bar - rest->ptr) : rest->len;
	struct span part = span_head(*rest, len);

	*rest = bar ? span_of(bar + 1, rest->len - len - 1) : (struct span){NULL, 0};
	return part;
}

static size_t off_of(const struct compiler *k, struct span s)
{
	return (size_t)((const char *)s.ptr - k->whole);
}

/* Reads the token before the '=' that stands @len bytes into @part. */
static int compile_token(const struct compiler *k, struct template_choice *c, const struct operand *op,
			 struct span part, size_t len)
{
	char token[64];

	c->token = span_head(part, len);
	c->any = span_eq(c->token, span_str("*"));
	snprintf(token, sizeof(token), "%.*s", (int)c->token.len, (const char *)c->token.ptr);
	if (c->any || op->type == VALUE_TEXT)
		return 0;
	if (op->type == VALUE_BOOL) {
		c->key = strcmp(token, "true") == 0;
		if (c->key || strcmp(token, "false") == 0)
			return 0;
	} else if (op->type != VALUE_NAME) {
		return expr_fail(k->err, off_of(k, part),
				 "words can be chosen by a name, a text or by true and false, and this is %s",
				 value_type_name(op->type));
	} else if (enum_value(op->names, token, &c->key)) {
		return 0;
	}
	return expr_fail(k->err, off_of(k, part), "\"%s\" is no value of this field, so no word can be chosen by it",
			 token);
}

/* `token=word`, or a word alone */
static int compile_choice(const struct compiler *k, struct template_choice *c, const struct operand *op,
			  struct span part)
{
	const uint8_t *equals = find_outside(part, '=');
	int e = 0;

	*c = (struct template_choice){.otherwise = !equals};
	if (equals) {
		e = compile_token(k, c, op, part, (size_t)(equals - part.ptr));
		part = span_skip(part, c->token.len + 1);
	}
	return e ? e : compile(k, &c->word, part, true);
}

static int compile_choices(const struct compiler *k, struct template_piece *p, struct span rest)
{
	size_t n = 1;

	if (p->op.type == VALUE_IP || p->op.type == VALUE_BYTES)
		return expr_fail(k->err, off_of(k, rest),
				 "words can be chosen by a name, a text or by true and false, and this is %s",
				 value_type_name(p->op.type));
	for (size_t i = 0; i < rest.len; i++)
		n += rest.ptr[i] == '|';
	struct template_choice *choices = arena_alloc(k->arena, n * sizeof(*choices));
	if (!choices)
		return -ENOMEM;
	p->choices = choices;
	while (rest.ptr) { /* an empty word may be the last */
		struct span part = until_bar(&rest);
		int e = compile_choice(k, &choices[p->n_choices++], &p->op, part);
		if (e)
			return e;
	}
	return 0;
}

static bool is_zone(const struct operand *op)
{
	return (op->source == SOURCE_END_TEXT && op->at_off == offsetof(struct endpoint, zone)) ||
	       (op->source == SOURCE_FIELD && op->type == VALUE_TEXT && strcmp(op->field->name, "other_zone") == 0);
}

/* The gap that begins at @text, with its brace. @len: of the gap with both. */
static int compile_gap(const struct compiler *k, struct template_piece *p, struct span text, bool is_word, size_t *len)
{
	struct span inside = span_skip(text, 1);
	const uint8_t *close = find_outside(inside, '}');

	if (!close)
		return expr_fail(k->err, off_of(k, text), "this \"{\" is never closed. Write \"{{\" for a brace");
	struct span rest = span_head(inside, (size_t)(close - inside.ptr));
	struct span name = until_bar(&rest);
	*len = (size_t)(close + 1 - text.ptr);
	int e = expr_operand(&p->op, name, off_of(k, name), k->object, k->fields, k->err);
	if (!e && p->op.type == VALUE_ITEM)
		e = expr_fail(k->err, off_of(k, name),
			      "a list of objects cannot be written into a text. Use one of its members");
	if (!e && rest.ptr && is_word)
		e = expr_fail(k->err, off_of(k, rest), "a gap within a word cannot choose words itself");
	if (!e && rest.ptr)
		e = compile_choices(k, p, rest);
	p->has_gap = true;
	p->is_zone = !e && is_zone(&p->op);
	return e;
}

/* @is_word: within a gap, where a doubled brace is none. */
static int compile(const struct compiler *k, struct template *out, struct span text, bool is_word)
{
	size_t most = 1;

	for (size_t i = 0; i < text.len; i++)
		most += text.ptr[i] == '{' || text.ptr[i] == '}';
	struct template_piece *pieces = arena_alloc(k->arena, most * sizeof(*pieces));
	if (!pieces)
		return -ENOMEM;
	*out = (struct template){.pieces = pieces};
	while (text.len > 0) {
		struct template_piece *p = &pieces[out->n_pieces++];
		size_t plain = 0, gap = 0;
		while (plain < text.len && text.ptr[plain] != '{' && text.ptr[plain] != '}')
			plain++;
		*p = (struct template_piece){.text = span_head(text, plain)};
		text = span_skip(text, plain);
		if (text.len == 0)
			break;
		if (!is_word && text.len > 1 && text.ptr[1] == text.ptr[0]) {
			p->text.len++; /* the first of the two belongs to the text */
			text = span_skip(text, 2);
			continue;
		}
		if (text.ptr[0] == '}')
			return expr_fail(k->err, off_of(k, text),
					 "this \"}\" closes nothing. Write \"}}\" for a brace");
		int e = compile_gap(k, p, text, is_word, &gap);
		if (e)
			return e;
		text = span_skip(text, gap);
	}
	return 0;
}

int template_compile(struct template *out, const char *text, const char *object, const struct field_registry *fields,
		     struct arena *arena, struct expr_error *err)
{
	struct compiler k = {text, object, fields, arena, err};

	return compile(&k, out, span_str(text), false);
}

/* ---- filling */

struct filler {
	char *buf;
	size_t len, size;
	bool full;
	struct zone_names zones;
};

/* Appends UTF-8 text; what does not fit is cut at a character. */
static void put(struct filler *f, struct span s)
{
	static const char mark[] = "...";
	size_t room = f->size - f->len;

	if (f->full || s.len == 0)
		return;
	if (s.len > room) {
		f->full = true;
		size_t keep = f->len + room;
		s.len = room;
		memcpy(f->buf + f->len, s.ptr, s.len);
		keep = keep > sizeof(mark) - 1 ? keep - (sizeof(mark) - 1) : 0;
		while (keep > 0 && ((uint8_t)f->buf[keep] & 0xc0) == 0x80)
			keep--;
		if (f->size - keep >= sizeof(mark) - 1) {
			memcpy(f->buf + keep, mark, sizeof(mark) - 1);
			keep += sizeof(mark) - 1;
		}
		f->len = keep;
		return;
	}
	memcpy(f->buf + f->len, s.ptr, s.len);
	f->len += s.len;
}

static void put_str(struct filler *f, const char *text)
{
	put(f, span_str(text));
}

/* Text of anyone's: controls are left out, bytes that are no UTF-8 become '?'. */
static void put_foreign(struct filler *f, struct span s)
{
	size_t taken = 0;

	while (taken < s.len && taken < TEMPLATE_VALUE_MAX && s.ptr[taken] >= 0x20 && s.ptr[taken] < 0x7f)
		taken++;
	put(f, span_head(s, taken));
	s = span_skip(s, taken);
	while (s.len > 0) {
		uint32_t code = 0;
		size_t n = text_utf8(s, &code);
		if (taken + n > TEMPLATE_VALUE_MAX) {
			put_str(f, "...");
			return;
		}
		if (n == 0)
			put_str(f, "?");
		else if (!text_is_control(code))
			put(f, span_head(s, n));
		n = n ? n : 1;
		taken += n;
		s = span_skip(s, n);
	}
}

static void put_bytes(struct filler *f, struct span s)
{
	enum { SHOWN = 32 };
	struct span shown = span_head(s, SHOWN);
	char hex[2 * SHOWN + 1];

	*digits_put_hex(hex, shown.ptr, shown.len) = '\0';
	put_str(f, hex);
	if (s.len > SHOWN)
		put_str(f, "...");
}

/* @text: WHEN_TEXT_MAX bytes, filled from the end. */
static const char *number_format(uint64_t v, char text[static WHEN_TEXT_MAX])
{
	char *at = text + WHEN_TEXT_MAX - 1;

	*at = '\0';
	do
		*--at = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	return at;
}

static void put_key(struct filler *f, const struct operand *op, uint64_t key)
{
	char text[WHEN_TEXT_MAX];
	const char *token;

	switch (op->type) {
	case VALUE_BOOL:
		put_str(f, key ? "true" : "false");
		return;
	case VALUE_SIGNED:
		snprintf(text, sizeof(text), "%lld", (long long)(key ^ UINT64_C(1) << 63));
		break;
	case VALUE_FLOAT: {
		uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
		double d;
		memcpy(&d, &bits, sizeof(d));
		snprintf(text, sizeof(text), "%g", d);
		break;
	}
	case VALUE_LEVEL:
		snprintf(text, sizeof(text), key % 10 ? "L%u.%u" : "L%u", (unsigned)key / 10, (unsigned)key % 10);
		break;
	case VALUE_MAC: {
		struct mac m = mac_of_key(key);
		mac_format(&m, text);
		break;
	}
	case VALUE_NAME:
		token = enum_token(op->names, key);
		if (token) {
			put_str(f, token);
			return;
		}
		snprintf(text, sizeof(text), "unknown_%llu", (unsigned long long)key);
		break;
	default:
		if (!op->field || op->field->type != FIELD_TYPE_TIME) {
			put_str(f, number_format(key, text));
			return;
		}
		when_format((int64_t)key, text);
		break;
	}
	put_str(f, text);
}

/* Writes the next value; @return false where there is none. */
static bool put_next(struct filler *f, const struct operand *op, const struct event *ev, struct operand_walk *w,
		     bool first)
{
	static const struct span comma = {(const uint8_t *)", ", 2};
	char text[IP_TEXT_MAX];
	struct ip_addr ip;
	struct span s;
	uint64_t key;

	if (op->type == VALUE_IP) {
		if (!operand_ip(op, ev, w, &ip))
			return false;
		put(f, first ? (struct span){NULL, 0} : comma);
		put_str(f, ip_format(&ip, text));
	} else if (op->type == VALUE_TEXT || op->type == VALUE_BYTES) {
		if (!operand_text(op, ev, w, &s))
			return false;
		put(f, first ? (struct span){NULL, 0} : comma);
		if (op->type == VALUE_TEXT)
			put_foreign(f, s);
		else
			put_bytes(f, s);
	} else {
		if (!operand_key(op, ev, w, &key))
			return false;
		put(f, first ? (struct span){NULL, 0} : comma);
		put_key(f, op, key);
	}
	return true;
}

/* A value that a word is chosen by. */
struct chosen_by {
	uint64_t key;
	struct span text;
};

static bool next_chosen_by(const struct operand *op, const struct event *ev, struct operand_walk *w,
			   struct chosen_by *v)
{
	return op->type == VALUE_TEXT ? operand_text(op, ev, w, &v->text) : operand_key(op, ev, w, &v->key);
}

static bool fits(const struct template_choice *c, const struct operand *op, const struct chosen_by *v)
{
	if (c->any || op->type != VALUE_TEXT)
		return c->any || c->key == v->key;
	return c->token.len == v->text.len && memcmp(c->token.ptr, v->text.ptr, v->text.len) == 0;
}

static void put_template(struct filler *f, const struct template *t, const struct event *ev);

/* @v: NULL where there is no value. */
static void put_word(struct filler *f, const struct template_piece *p, const struct event *ev,
		     const struct chosen_by *v)
{
	for (uint32_t i = 0; i < p->n_choices; i++) {
		const struct template_choice *c = &p->choices[i];
		if (c->otherwise || (v && fits(c, &p->op, v))) {
			put_template(f, &c->word, ev);
			return;
		}
	}
	if (!v)
		put_str(f, "?");
	else if (p->op.type == VALUE_TEXT)
		put_foreign(f, v->text);
	else
		put_key(f, &p->op, v->key);
}

static void put_choice(struct filler *f, const struct template_piece *p, const struct event *ev)
{
	struct operand_walk w = {0, 0};
	struct chosen_by v = {0};
	bool there = next_chosen_by(&p->op, ev, &w, &v);

	put_word(f, p, ev, there ? &v : NULL);
	while (there && p->op.field && next_chosen_by(&p->op, ev, &w, &v)) {
		put_str(f, ", ");
		put_word(f, p, ev, &v);
	}
}

/* An end without a name is shown by its address. */
static bool put_address(struct filler *f, const struct operand *op, const struct event *ev)
{
	const struct ip_addr *ip = op->dest ? &ev->at.dest_ip : &ev->at.src_ip;
	const struct mac *mac = op->dest ? &ev->at.dest_mac : &ev->at.src_mac;
	char text[IP_TEXT_MAX];

	if (op->source != SOURCE_END_TEXT || op->at_off != offsetof(struct endpoint, name))
		return false;
	if (!ip_is_none(ip))
		put_str(f, ip_format(ip, text));
	else if (ev->at.has_ether)
		put_str(f, mac_format(mac, text));
	else
		return false;
	return true;
}

static struct span zone_name(const struct filler *f, struct span id)
{
	for (size_t i = 0; i < f->zones.n; i++) {
		if (span_eq(id, span_str(f->zones.all[i].id)))
			return span_str(f->zones.all[i].name);
	}
	return id;
}

static bool put_zone(struct filler *f, const struct operand *op, const struct event *ev)
{
	struct operand_walk w = {0, 0};
	struct span id;

	if (!operand_text(op, ev, &w, &id))
		return false;
	put_foreign(f, zone_name(f, id));
	return true;
}

static void put_gap(struct filler *f, const struct template_piece *p, const struct event *ev)
{
	enum { SHOWN = 8 };
	struct operand_walk w = {0, 0};

	if (p->n_choices > 0) {
		put_choice(f, p, ev);
		return;
	}
	if (p->is_zone) {
		if (!put_zone(f, &p->op, ev))
			put_str(f, "?");
		return;
	}
	if (!put_next(f, &p->op, ev, &w, true)) {
		if (!put_address(f, &p->op, ev))
			put_str(f, "?");
		return;
	}
	for (int i = 1; p->op.list && i < SHOWN; i++) {
		if (!put_next(f, &p->op, ev, &w, false))
			return;
	}
}

static void put_template(struct filler *f, const struct template *t, const struct event *ev)
{
	for (size_t i = 0; i < t->n_pieces && !f->full; i++) {
		put(f, t->pieces[i].text);
		if (t->pieces[i].has_gap)
			put_gap(f, &t->pieces[i], ev);
	}
}

size_t template_show(const struct operand *op, const struct event *ev, struct operand_walk *w, char *buf, size_t size)
{
	struct filler f = {.buf = buf, .size = size};

	return put_next(&f, op, ev, w, true) ? f.len : 0;
}

size_t template_fill(const struct template *t, const struct event *ev, struct zone_names zones, char *buf, size_t size)
{
	struct filler f = {.buf = buf, .size = size, .zones = zones};

	put_template(&f, t, ev);
	return f.len;
}
