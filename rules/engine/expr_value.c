#include "engine/expr_value.h"

#include <errno.h>

#include "engine/expr_literal.h"
#include "engine/expr_regex.h"
#include "engine/expr_set.h"
#include "base/phrase.h"
#include "base/text.h"

static struct token value_token(struct expr_parser *p, const struct operand *op)
{
	/* nothing may have been looked at yet: an address is read by other rules than words */
	return op->type == VALUE_IP || op->type == VALUE_MAC ? lexer_address(&p->lx) : lexer_next(&p->lx);
}

/* One value of a set or of a comparison, added to @s. */
static int read_into_set(struct expr_parser *p, const struct test *t, const struct token *v, struct span name,
			 struct expr_set *s)
{
	const struct operand *op = &t->op;
	union expr_set_item item;
	int err;

	if (op->type == VALUE_TEXT || op->type == VALUE_BYTES) {
		err = expr_literal_text(p, op, v, name, &item.text);
		if (!err)
			err = expr_literal_check_word(p, op, v, item.text, name);
	} else if (op->type == VALUE_IP) {
		err = expr_literal_ip(p, op, v, name, &item.ip);
	} else {
		err = expr_literal_key(p, op, v, name, &item.key.low);
		item.key.high = item.key.low;
	}
	return err ? err : expr_set_add(s, &item);
}

/* The end of a range `first .. last`, the first being the newest item of @s. */
static int read_range_end(struct expr_parser *p, const struct test *t, const struct token *first, struct span name,
			  struct expr_set *s)
{
	struct token v = value_token(p, &t->op);

	if (t->op.type == VALUE_TEXT || t->op.type == VALUE_BYTES)
		return expr_fail(p->err, first->at_off, "texts have no ranges. List them one by one");
	int err = read_into_set(p, t, &v, name, s);
	if (!err && !expr_set_join_range(s))
		err = expr_fail(p->err, first->at_off, "this range is empty: its end is less than its beginning");
	return err;
}

/* The values of a list, each read as if it stood in a set. */
static int read_values(struct expr_parser *p, const struct expr_list *l, size_t at_off, struct span name,
		       struct test *t, struct expr_set *s)
{
	int err = 0;

	t->fold |= l->ignore_case;
	for (size_t i = 0; i < l->n && !err; i++) {
		const char *value = l->values[i];
		bool is_number = (*value >= '0' && *value <= '9') || *value == '-';
		struct token v = {
		    .kind = is_number ? TOKEN_NUMBER : TOKEN_WORD, .at_off = at_off, .text = span_str(value)};
		union expr_set_item raw = {.text = span_str(value)};
		if (t->op.type == VALUE_TEXT) {
			err = expr_literal_check_word(p, &t->op, &v, raw.text, name);
			if (!err)
				err = expr_set_add(s, &raw);
			continue;
		}
		if (t->op.type == VALUE_IP || t->op.type == VALUE_MAC)
			v.kind = TOKEN_ADDRESS;
		else if (t->op.type == VALUE_BYTES)
			v.kind = TOKEN_TEXT;
		err = read_into_set(p, t, &v, name, s);
	}
	return err;
}

/* A list's name: no set can have it, as a set begins with a brace. */
static int read_list(struct expr_parser *p, const struct token *v, struct span name, struct test *t, struct expr_set *s)
{
	const char *near = NULL;
	unsigned least = (unsigned)v->text.len / 3 + 2;
	char text[128];

	if (!expr_c_text(v, text, sizeof(text)))
		text[0] = '\0';
	for (const struct expr_list *l = p->memory->lists; l; l = l->next) {
		if (strcmp(l->name, text) == 0)
			return read_values(p, l, v->at_off, name, t, s);
		unsigned d = text_distance(l->name, text);
		if (d < least) {
			least = d;
			near = l->name;
		}
	}
	if (near)
		return expr_fail(p->err, v->at_off, "there is no list \"%s\". Did you mean \"%s\"?", text, near);
	return expr_fail(p->err, v->at_off,
			 "there is no list \"%s\". Define it beside the rules, \"list: %s\" with its \"values\"", text,
			 text);
}

/* indicators.TYPE */
static int read_indicators(struct expr_parser *p, const struct token *v, struct span name, struct test *t)
{
	struct span type = span_skip(v->text, strlen("indicators."));
	int i = 0;

	while (i < INDICATOR_TYPES && !span_eq(span_str(indicator_types[i]), type))
		i++;
	if (i == INDICATOR_TYPES)
		return expr_fail(p->err, v->at_off,
				 "indicators are of the types ip, domain, sni, ja3, ja4, hash, url and mac: write "
				 "indicators.domain");
	bool fits = i == INDICATOR_IP ? t->op.type == VALUE_IP
		    : i == INDICATOR_MAC
			? t->op.type == VALUE_MAC
			: t->op.type == VALUE_TEXT || (t->op.type == VALUE_BYTES && i == INDICATOR_HASH);
	if (!fits)
		return expr_fail(p->err, v->at_off, "\"%.*s\" is %s: no indicator of this type fits it", (int)name.len,
				 (const char *)name.ptr, value_type_name(t->op.type));
	t->kind = TEST_INDICATOR;
	t->type = (uint8_t)i;
	t->indicators = p->memory->indicators;
	if (p->memory->indicators)
		indicators_ask(p->memory->indicators, (enum indicator_type)i);
	return 0;
}

/* {a, b, c..d}, or the name of a list */
static int read_set(struct expr_parser *p, struct span name, struct test *t, struct expr_set *s)
{
	struct token open = expr_advance(p), v;
	int err;

	if (open.kind == TOKEN_WORD && open.text.len > 11 && memcmp(open.text.ptr, "indicators.", 11) == 0)
		return read_indicators(p, &open, name, t);
	if (open.kind == TOKEN_WORD) {
		err = read_list(p, &open, name, t, s);
		return err ? err : expr_set_finish(s, p->memory->arena, t);
	}
	if (open.kind != TOKEN_SET_OPEN)
		return expr_fail(p->err, open.at_off,
				 "expected a set or the name of a list here, such as in {1, 2, 5..9}");
	do {
		v = value_token(p, &t->op);
		if (v.kind == TOKEN_SET_CLOSE && s->n == 0)
			return expr_fail(p->err, v.at_off, "this set is empty. Put at least one value into it");
		if (s->n >= EXPR_SET_MAX)
			return expr_fail(p->err, v.at_off, "more than %d values in one set", EXPR_SET_MAX);
		err = read_into_set(p, t, &v, name, s);
		if (!err && expr_peek(p)->kind == TOKEN_RANGE) {
			(void)expr_advance(p);
			err = read_range_end(p, t, &v, name, s);
		}
		if (err)
			return err;
		v = expr_advance(p);
	} while (v.kind == TOKEN_COMMA);
	if (v.kind == TOKEN_END)
		return expr_fail(p->err, v.at_off, "the set is never closed: \"}\" is missing");
	if (v.kind != TOKEN_SET_CLOSE)
		return expr_fail(p->err, v.at_off, "expected \",\" or \"}\" here");
	return expr_set_finish(s, p->memory->arena, t);
}

static int read_regex(struct expr_parser *p, struct span name, struct test *t)
{
	struct token v = expr_advance(p);
	struct span pattern;

	if (t->op.type != VALUE_TEXT)
		return expr_fail(p->err, v.at_off, "\"matches\" looks at texts, and \"%.*s\" is %s", (int)name.len,
				 (const char *)name.ptr, value_type_name(t->op.type));
	int err = expr_literal_text(p, &t->op, &v, name, &pattern);
	if (!err)
		err = expr_regex_compile(p->memory, (const char *)pattern.ptr, v.at_off, p->err, &t->regex);
	t->kind = TEST_MATCHES;
	return err;
}

/* contains, startswith, endswith: a text, a set of them, or a list */
static int read_part(struct expr_parser *p, const struct token *sign, struct span name, struct test *t,
		     struct expr_set *s)
{
	const struct token *next = expr_peek(p);
	size_t at_off = next->at_off;
	int err;

	if (t->op.type != VALUE_TEXT && t->op.type != VALUE_BYTES)
		return expr_fail(p->err, at_off, "\"%.*s\" looks into texts, and \"%.*s\" is %s", (int)sign->text.len,
				 (const char *)sign->text.ptr, (int)name.len, (const char *)name.ptr,
				 value_type_name(t->op.type));
	struct operand plain = t->op;
	t->op.words = NULL; /* a part of a word is no word */
	if (next->kind == TOKEN_SET_OPEN || next->kind == TOKEN_WORD) {
		err = read_set(p, name, t, s);
	} else {
		struct token v = expr_advance(p);
		err = read_into_set(p, t, &v, name, s);
		if (!err)
			err = expr_set_finish(s, p->memory->arena, t);
	}
	t->op.words = plain.words;
	if (!err && t->kind == TEST_INDICATOR)
		err = expr_fail(p->err, at_off, "indicators are asked by \"in\"");
	for (uint32_t i = 0; !err && i < t->n; i++) {
		if (t->texts[i].len == 0)
			err = expr_fail(
			    p->err, at_off,
			    "every text contains \"\". Write the field's name alone to ask whether it is there");
	}
	t->kind = sign->kind == TOKEN_STARTS ? TEST_STARTS : sign->kind == TOKEN_ENDS ? TEST_ENDS : TEST_CONTAINS;
	if (!err && t->kind == TEST_CONTAINS)
		t->parts = parts_new(p->memory->arena, t->texts, t->n);
	return err;
}

/* Another field as the value. */
static int read_other(struct expr_parser *p, const struct token *sign, const struct token *v,
		      const struct operand *other, struct span name, struct test *t)
{
	static const uint8_t orders[] = {
	    [TOKEN_EQ] = ORDER_EQUAL,   [TOKEN_NE] = ORDER_LESS | ORDER_GREATER,
	    [TOKEN_LT] = ORDER_LESS,    [TOKEN_LE] = ORDER_LESS | ORDER_EQUAL,
	    [TOKEN_GT] = ORDER_GREATER, [TOKEN_GE] = ORDER_GREATER | ORDER_EQUAL,
	};

	if (other->type != t->op.type || other->names != t->op.names)
		return expr_fail(p->err, v->at_off, "\"%.*s\" is %s and \"%.*s\" is %s%s: these do not compare",
				 (int)name.len, (const char *)name.ptr, value_type_name(t->op.type), expr_shown_len(v),
				 (const char *)v->text.ptr, value_type_name(other->type),
				 other->type == t->op.type ? phrase(" of another kind") : "");
	if (t->fold)
		return expr_fail(p->err, v->at_off, "lower(..) is compared with texts, sets and lists");
	if (other->list || t->op.list)
		return expr_fail(p->err, v->at_off,
				 "a list does not compare with another field. Compare it with a value");
	if (!value_type_is_ordered(t->op.type) && sign->kind != TOKEN_EQ && sign->kind != TOKEN_NE)
		return expr_fail(p->err, sign->at_off, "\"%.*s\" is %s, which has no order. Use ==, != or in {..}",
				 (int)name.len, (const char *)name.ptr, value_type_name(t->op.type));
	struct operand *copy = arena_alloc(p->memory->arena, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *other;
	t->kind = TEST_SAME;
	t->orders = orders[sign->kind];
	t->other = copy;
	return 0;
}

/* Does @v name a field rather than a value of the operand's type? */
static bool is_other(const struct expr_parser *p, const struct operand *op, const struct token *v,
		     struct operand *other)
{
	char text[128];
	uint64_t value;

	if ((v->kind != TOKEN_WORD && v->kind != TOKEN_ADDRESS) || !expr_c_text(v, text, sizeof(text)))
		return false;
	if (op->type == VALUE_NAME && enum_value(op->names, text, &value))
		return false;
	return operand_find(p->fields, text, other);
}

static int read_comparison(struct expr_parser *p, const struct token *sign, struct span name, struct test *t,
			   struct expr_set *s)
{
	struct token v = value_token(p, &t->op);
	struct operand other;

	if (is_other(p, &t->op, &v, &other)) {
		int err = expr_operand(&other, v.text, v.at_off, p->object, p->fields, p->err);
		return err ? err : read_other(p, sign, &v, &other, name, t);
	}
	if (t->op.type == VALUE_TEXT && v.kind == TOKEN_WORD)
		return expr_fail(p->err, v.at_off, "unknown field \"%.*s\". A text stands in quotes: \"%.*s\"",
				 expr_shown_len(&v), (const char *)v.text.ptr, expr_shown_len(&v),
				 (const char *)v.text.ptr);
	if (!value_type_is_ordered(t->op.type) && sign->kind != TOKEN_EQ && sign->kind != TOKEN_NE)
		return expr_fail(p->err, sign->at_off, "\"%.*s\" is %s, which has no order. Use ==, != or in {..}",
				 (int)name.len, (const char *)name.ptr, value_type_name(t->op.type));
	int err = read_into_set(p, t, &v, name, s);
	if (err)
		return err;
	t->negate = sign->kind == TOKEN_NE;
	if (value_type_is_ordered(t->op.type))
		expr_set_open_range(s, t->op.type, sign->kind);
	return expr_set_finish(s, p->memory->arena, t);
}

int expr_value_read(struct expr_parser *p, struct token sign, struct span name, struct test *t)
{
	struct expr_set s = expr_set_for(t->op.type);
	int err;

	if (t->op.type == VALUE_ITEM)
		return expr_fail(p->err, sign.at_off, "\"%.*s\" is a list of objects. Compare one of their members",
				 (int)name.len, (const char *)name.ptr);
	if (sign.kind == TOKEN_MATCHES)
		return read_regex(p, name, t);
	if (sign.kind == TOKEN_CONTAINS || sign.kind == TOKEN_STARTS || sign.kind == TOKEN_ENDS)
		err = read_part(p, &sign, name, t, &s);
	else if (sign.kind == TOKEN_IN)
		err = read_set(p, name, t, &s);
	else
		err = read_comparison(p, &sign, name, t, &s);
	expr_set_deinit(&s);
	return err;
}
