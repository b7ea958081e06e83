#include "engine/expr_literal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/digits.h"
#include "base/text.h"
#include "base/phrase.h"

/* What may stand to the right of an operand of this type. */
static const char *expected(const struct operand *op, char *buf, size_t size)
{
	size_t len;

	switch (op->type) {
	case VALUE_NUMBER:
		return phrase("a whole number such as 5 or 0x1f");
	case VALUE_SIGNED:
		return phrase("a whole number such as -5");
	case VALUE_FLOAT:
		return phrase("a number such as 2.5");
	case VALUE_BOOL:
		return phrase("true or false");
	case VALUE_LEVEL:
		return phrase("a level, L0 to L5 or L3.5,");
	case VALUE_MAC:
		return phrase("a MAC address such as 00:80:f4:00:00:01");
	case VALUE_IP:
		return phrase("an address or prefix such as 10.0.0.0/8");
	case VALUE_TEXT:
		return phrase("a text in quotes such as \"abc\"");
	case VALUE_BYTES:
		return phrase("hexadecimal digits in quotes such as \"0a1b\"");
	default:
		break;
	}
	len = (size_t)snprintf(buf, size, "%s", phrase("one of"));
	for (size_t i = 0; op->names && i < op->names->n && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s %s", i ? "," : "",
					i < 12 ? op->names->names[i].token : "...");
	if (op->names && op->names->n > 12)
		snprintf(buf, size, "%s", phrase("a name of this field, or its number,"));
	return buf;
}

int expr_shown_len(const struct token *t)
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
			 t->kind == TOKEN_TEXT ? phrase("the text \"") : "\"", expr_shown_len(t),
			 (const char *)t->text.ptr, "\"");
}

bool expr_c_text(const struct token *t, char *buf, size_t size)
{
	if (t->text.len >= size)
		return false;
	if (t->text.len > 0)
		memcpy(buf, t->text.ptr, t->text.len);
	buf[t->text.len] = '\0';
	return true;
}

static const char *nearest_name(const struct enum_names *names, const char *text)
{
	const char *near = NULL;
	unsigned least = (unsigned)strlen(text) / 3 + 2;

	for (size_t i = 0; names && i < names->n; i++) {
		unsigned distance = text_distance(names->names[i].token, text);
		if (distance < least) {
			least = distance;
			near = names->names[i].token;
		}
	}
	return near;
}

static int name_key(struct expr_parser *p, const struct operand *op, const struct token *t, const char *text,
		    uint64_t *key)
{
	char buf[400];

	for (size_t i = 0; op->names && i < op->names->n; i++) {
		if (strcasecmp(op->names->names[i].token, text) == 0) {
			*key = op->names->names[i].value;
			return 0;
		}
	}
	const char *near = nearest_name(op->names, text);
	if (near)
		return expr_fail(p->err, t->at_off, "unknown value \"%s\". Did you mean \"%s\"?", text, near);
	return expr_fail(p->err, t->at_off, "unknown value \"%s\": expected %s here", text,
			 expected(op, buf, sizeof(buf)));
}

static bool number_key(const struct operand *op, const char *text, uint64_t *key)
{
	char *end;

	errno = 0;
	switch (op->type) {
	case VALUE_FLOAT: {
		double d = strtod(text, &end);
		*key = key_of_float(d);
		break;
	}
	case VALUE_SIGNED:
		*key = key_of_signed(strtoll(text, &end, digits_base(text)));
		break;
	case VALUE_LEVEL: {
		double level = strtod(text, &end);
		*key = (uint64_t)(level * 10);
		return !*end && ((level >= 0 && level <= 5 && *key % 10 == 0) || *key == 35);
	}
	default:
		if (text[0] == '-')
			return false;
		*key = strtoull(text, &end, digits_base(text));
		break;
	}
	return !*end && !errno;
}

int expr_literal_key(struct expr_parser *p, const struct operand *op, const struct token *t, struct span name,
		     uint64_t *key)
{
	char text[128];
	struct mac mac;

	if (!expr_c_text(t, text, sizeof(text)))
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

int expr_literal_ip(struct expr_parser *p, const struct operand *op, const struct token *t, struct span name,
		    struct ip_range *out)
{
	char text[128];
	struct ip_prefix prefix;

	if ((t->kind != TOKEN_ADDRESS && t->kind != TOKEN_TEXT) || !expr_c_text(t, text, sizeof(text)))
		return wrong_type(p, op, t, name);
	if (!ip_prefix_parse(text, &prefix)) {
		char *slash = strchr(text, '/');
		if (slash)
			*slash = '\0';
		if (slash && ip_parse(text, &prefix.addr))
			return expr_fail(p->err, t->at_off,
					 "\"%.*s\" is no prefix: its bits behind the mask must be zero",
					 expr_shown_len(t), (const char *)t->text.ptr);
		return wrong_type(p, op, t, name);
	}
	out->low = out->high = prefix.addr;
	for (unsigned bit = prefix.bits; bit < 128; bit++)
		out->high.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return 0;
}

int expr_literal_text(struct expr_parser *p, const struct operand *op, const struct token *t, struct span name,
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

int expr_literal_check_word(struct expr_parser *p, const struct operand *op, const struct token *t, struct span text,
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
			 (const char *)name.ptr, expr_shown_len(t), (const char *)t->text.ptr, near);
}
