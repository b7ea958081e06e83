#include "engine/expr_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/text.h"
#include "engine/expr_regex.h"
#include "engine/expr_set.h"

/* What may stand to the right of an operand of this type. */
static const char *expected(const struct operand *op, char *buf, size_t size)
{
	size_t len;

	switch (op->type) {
	case VALUE_NUMBER:
		return "a whole number such as 5 or 0x1f";
	case VALUE_SIGNED:
		return "a whole number such as -5";
	case VALUE_FLOAT:
		return "a number such as 2.5";
	case VALUE_BOOL:
		return "true or false";
	case VALUE_LEVEL:
		return "a level, L0 to L5 or L3.5,";
	case VALUE_MAC:
		return "a MAC address such as 00:80:f4:00:00:01";
	case VALUE_IP:
		return "an address or prefix such as 10.0.0.0/8";
	case VALUE_TEXT:
		return "a text in quotes such as \"abc\"";
	case VALUE_BYTES:
		return "hexadecimal digits in quotes such as \"0a1b\"";
	default:
		break;
	}
	len = (size_t)snprintf(buf, size, "one of");
	for (size_t i = 0; op->names && i < op->names->n && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s %s", i ? "," : "",
					i < 12 ? op->names->names[i].token : "...");
	if (op->names && op->names->n > 12)
		snprintf(buf, size, "a name of this field, or its number,");
	return buf;
}

/* How a token is shown in a complaint. */
static int shown_len(const struct token *t)
{
	return (int)span_head(t->text, 80).len;
}

static int wrong_type(struct expr_parser *p, const struct operand *op, const struct token *t, struct span name)
{
	char buf[400];

	if (t->kind == TOKEN_UNCLOSED)
		return expr_fail(p->err, t->at_off, "this text has no closing quote (\")");
	if (t->kind == TOKEN_END)
		return expr_fail(p->err, t->at_off, "the condition ends where %s should follow",
				 expected(op, buf, sizeof(buf)));
	return expr_fail(p->err, t->at_off, "\"%.*s\" is %s: expected %s here, not %s%.*s%s", (int)name.len,
			 (const char *)name.ptr, value_type_name(op->type), expected(op, buf, sizeof(buf)),
			 t->kind == TOKEN_TEXT ? "the text \"" : "\"", shown_len(t), (const char *)t->text.ptr, "\"");
}

/* A token as a C string: numbers, names and addresses are short. @return false where it is longer than any of these. */
static bool c_text(const struct token *t, char *buf, size_t size)
{
	if (t->text.len >= size)
		return false;
	if (t->text.len > 0)
		memcpy(buf, t->text.ptr, t->text.len);
	buf[t->text.len] = '\0';
	return true;
}

static int name_key(struct expr_parser *p, const struct operand *op, const struct token *t, const char *text,
		    uint64_t *key)
{
	const char *near = NULL;
	unsigned least = (unsigned)strlen(text) / 3 + 2;
	char buf[400];

	for (size_t i = 0; op->names && i < op->names->n; i++) {
		const char *token = op->names->names[i].token;
		if (strcasecmp(token, text) == 0) {
			*key = op->names->names[i].value;
			return 0;
		}
		unsigned distance = text_distance(token, text);
		if (distance < least) {
			least = distance;
			near = token;
		}
	}
	if (near)
		return expr_fail(p->err, t->at_off, "unknown value \"%s\". Did you mean \"%s\"?", text, near);
	return expr_fail(p->err, t->at_off, "unknown value \"%s\": expected %s here", text,
			 expected(op, buf, sizeof(buf)));
}

static bool number_key(const struct operand *op, const char *text, uint64_t *key)
{
	bool hex = strncmp(text, "0x", 2) == 0 || strncmp(text, "0X", 2) == 0;
	char *end;

	errno = 0;
	switch (op->type) {
	case VALUE_FLOAT: {
		double d = strtod(text, &end);
		*key = key_of_float(d);
		break;
	}
	case VALUE_SIGNED:
		*key = key_of_signed(strtoll(text, &end, hex ? 16 : 10));
		break;
	case VALUE_LEVEL: {
		double level = strtod(text, &end);
		*key = (uint64_t)(level * 10);
		return !*end && ((level >= 0 && level <= 5 && *key % 10 == 0) || *key == 35);
	}
	default:
		if (text[0] == '-')
			return false;
		*key = strtoull(text, &end, hex ? 16 : 10);
		break;
	}
	return !*end && !errno;
}

/* A value of an ordered type as its key. */
static int read_key(struct expr_parser *p, const struct operand *op, const struct token *t, struct span name,
		    uint64_t *key)
{
	char text[128];
	struct mac mac;

	if (!c_text(t, text, sizeof(text)))
		return wrong_type(p, op, t, name);
	switch (op->type) {
	case VALUE_BOOL:
		*key = strcmp(text, "true") == 0;
		if (t->kind == TOKEN_WORD && (*key || strcmp(text, "false") == 0))
			return 0;
		break;
	case VALUE_MAC:
		if ((t->kind == TOKEN_ADDRESS || t->kind == TOKEN_TEXT) && mac_parse(text, &mac)) {
			*key = key_of_mac(&mac);
			return 0;
		}
		break;
	case VALUE_NAME:
		if (t->kind == TOKEN_WORD || t->kind == TOKEN_TEXT)
			return name_key(p, op, t, text, key);
		if (t->kind == TOKEN_NUMBER && number_key(op, text, key))
			return 0;
		break;
	case VALUE_LEVEL:
		if (t->kind == TOKEN_WORD && text[0] == 'L' && isdigit((unsigned char)text[1]) &&
		    number_key(op, text + 1, key))
			return 0;
		/* fall through */
	default:
		if (t->kind == TOKEN_NUMBER && number_key(op, text, key))
			return 0;
		break;
	}
	return wrong_type(p, op, t, name);
}

static int read_ip(struct expr_parser *p, const struct operand *op, const struct token *t, struct span name,
		   struct ip_range *out)
{
	char text[128];
	struct ip_prefix prefix;

	if ((t->kind != TOKEN_ADDRESS && t->kind != TOKEN_TEXT) || !c_text(t, text, sizeof(text)))
		return wrong_type(p, op, t, name);
	if (!ip_prefix_parse(text, &prefix)) {
		char *slash = strchr(text, '/');
		if (slash)
			*slash = '\0';
		if (slash && ip_parse(text, &prefix.addr))
			return expr_fail(p->err, t->at_off,
					 "\"%.*s\" is no prefix: its bits behind the mask must be zero", shown_len(t),
					 (const char *)t->text.ptr);
		return wrong_type(p, op, t, name);
	}
	out->low = out->high = prefix.addr;
	for (unsigned bit = prefix.bits; bit < 128; bit++)
		out->high.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return 0;
}

/* A text without its escapes, or the bytes that hexadecimal digits stand for, in the arena. */
static int read_text(struct expr_parser *p, const struct operand *op, const struct token *t, struct span name,
		     struct span *out)
{
	if (t->kind != TOKEN_TEXT)
		return wrong_type(p, op, t, name);
	uint8_t *at = arena_alloc(p->memory->arena, t->text.len + 1);
	size_t len = 0, digits = 0;

	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < t->text.len; i++) {
		uint8_t c = t->text.ptr[i];
		if (op->type != VALUE_BYTES) {
			if (c == '\\' && i + 1 < t->text.len &&
			    (t->text.ptr[i + 1] == '"' || t->text.ptr[i + 1] == '\\'))
				c = t->text.ptr[++i];
			at[len++] = c;
		} else if (isxdigit(c)) {
			uint8_t digit = (uint8_t)(isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
			at[len] = (uint8_t)(digits % 2 ? at[len] << 4 | digit : digit);
			len += digits++ % 2;
		} else if (c != ':' && c != ' ') {
			return wrong_type(p, op, t, name);
		}
	}
	if (digits % 2)
		return expr_fail(p->err, t->at_off, "an odd number of hexadecimal digits. Two digits make a byte");
	at[len] = '\0';
	*out = span_of(at, len);
	return 0;
}

static int check_word(struct expr_parser *p, const struct operand *op, const struct token *t, struct span text,
		      struct span name)
{
	const char *const *w = op->words, *near = NULL;
	unsigned least = UINT32_MAX;

	if (!w)
		return 0;
	for (; *w; w++) {
		if (span_eq(span_str(*w), text))
			return 0;
		unsigned distance = text_distance(*w, (const char *)text.ptr);
		if (distance < least) {
			least = distance;
			near = *w;
		}
	}
	return expr_fail(p->err, t->at_off, "\"%.*s\" is never \"%.*s\". Did you mean \"%s\"?", (int)name.len,
			 (const char *)name.ptr, shown_len(t), (const char *)t->text.ptr, near);
}

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
		err = read_text(p, op, v, name, &item.text);
		if (!err)
			err = check_word(p, op, v, item.text, name);
	} else if (op->type == VALUE_IP) {
		err = read_ip(p, op, v, name, &item.ip);
	} else {
		err = read_key(p, op, v, name, &item.key.low);
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

/* {a, b, c..d} */
static int read_set(struct expr_parser *p, struct span name, struct test *t, struct expr_set *s)
{
	struct token open = expr_advance(p), v;
	int err;

	if (open.kind != TOKEN_SET_OPEN)
		return expr_fail(p->err, open.at_off, "expected a set after \"in\", such as in {1, 2, 5..9}");
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
	if (v.kind != TOKEN_SET_CLOSE)
		return expr_fail(p->err, v.at_off,
				 v.kind == TOKEN_END ? "the set is never closed: \"}\" is missing"
						     : "expected \",\" or \"}\" here");
	return expr_set_finish(s, p->memory->arena, t);
}

static int read_regex(struct expr_parser *p, struct span name, struct test *t)
{
	struct token v = expr_advance(p);
	struct span pattern;

	if (t->op.type != VALUE_TEXT)
		return expr_fail(p->err, v.at_off, "\"matches\" looks at texts, and \"%.*s\" is %s", (int)name.len,
				 (const char *)name.ptr, value_type_name(t->op.type));
	int err = read_text(p, &t->op, &v, name, &pattern);
	if (!err)
		err = expr_regex_compile(p->memory, (const char *)pattern.ptr, v.at_off, p->err, &t->regex);
	t->kind = TEST_MATCHES;
	return err;
}

static int read_contains(struct expr_parser *p, struct span name, struct test *t)
{
	struct token v = expr_advance(p);
	struct span *text = arena_alloc(p->memory->arena, sizeof(*text));

	if (t->op.type != VALUE_TEXT && t->op.type != VALUE_BYTES)
		return expr_fail(p->err, v.at_off, "\"contains\" looks into texts, and \"%.*s\" is %s", (int)name.len,
				 (const char *)name.ptr, value_type_name(t->op.type));
	if (!text)
		return -ENOMEM;
	int err = read_text(p, &t->op, &v, name, text);
	if (!err && text->len == 0)
		err = expr_fail(p->err, v.at_off,
				"every text contains \"\". Write the field's name alone to ask whether it is there");
	t->kind = TEST_CONTAINS;
	t->n = 1;
	t->texts = text;
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
				 (int)name.len, (const char *)name.ptr, value_type_name(t->op.type), shown_len(v),
				 (const char *)v->text.ptr, value_type_name(other->type),
				 other->type == t->op.type ? " of another kind" : "");
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

	if ((v->kind != TOKEN_WORD && v->kind != TOKEN_ADDRESS) || !c_text(v, text, sizeof(text)))
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
				 shown_len(&v), (const char *)v.text.ptr, shown_len(&v), (const char *)v.text.ptr);
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
	if (sign.kind == TOKEN_CONTAINS)
		return read_contains(p, name, t);
	if (sign.kind == TOKEN_IN)
		err = read_set(p, name, t, &s);
	else
		err = read_comparison(p, &sign, name, t, &s);
	expr_set_deinit(&s);
	return err;
}
