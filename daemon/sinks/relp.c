#include "sinks/relp.h"

#include <stdio.h>

enum { COMMAND_MAX = 32, DIGITS_MAX = 9 };

uint32_t relp_next(uint32_t n)
{
	return n >= RELP_LAST_NUMBER ? 1 : n + 1;
}

size_t relp_header(char out[static RELP_HEADER_MAX], uint32_t number, const char *command, size_t len)
{
	return (size_t)snprintf(out, RELP_HEADER_MAX, "%u %s %zu%s", number, command, len, len ? " " : "");
}

/* Decimal digits up to a byte that is none. @return false where there are none, or too many. */
static bool read_number(struct cursor *c, uint32_t *out)
{
	unsigned digits = 0;

	*out = 0;
	for (uint8_t d; cur_left(c) > 0 && (d = cur_peek_u8(c, 0)) >= '0' && d <= '9'; digits++) {
		if (digits == DIGITS_MAX)
			return false;
		*out = *out * 10 + (cur_u8(c) - (uint32_t)'0');
	}
	return digits > 0;
}

/* What is left, without any more of it, may still become good. */
static enum relp_read missing(const struct cursor *c)
{
	return cur_left(c) == 0 ? RELP_MORE : RELP_WRONG;
}

static void read_code(struct span data, struct relp_answer *a)
{
	struct cursor c = cur_of(data);
	size_t n = 0;

	a->code = 0;
	a->text = span_of("", 0);
	if (!read_number(&c, &a->code))
		return;
	if (cur_peek_u8(&c, 0) == ' ')
		cur_skip(&c, 1);
	while (n < cur_left(&c) && cur_peek_u8(&c, n) != '\n')
		n++;
	a->text = cur_span(&c, n);
}

enum relp_read relp_read(struct span in, struct relp_answer *a, size_t *used)
{
	struct cursor c = cur_of(in);
	uint32_t len;
	size_t n = 0;

	*a = (struct relp_answer){0};
	if (!read_number(&c, &a->number) || cur_left(&c) == 0)
		return missing(&c);
	if (cur_u8(&c) != ' ')
		return RELP_WRONG;
	while (n < cur_left(&c) && cur_peek_u8(&c, n) != ' ' && n < COMMAND_MAX)
		n++;
	struct span command = cur_span(&c, n);
	if (cur_left(&c) == 0)
		return RELP_MORE;
	if (cur_u8(&c) != ' ')
		return RELP_WRONG;
	if (!read_number(&c, &len) || cur_left(&c) == 0)
		return missing(&c);
	/* an empty frame may do without its blank */
	if (cur_peek_u8(&c, 0) == ' ')
		cur_skip(&c, 1);
	else if (len > 0)
		return RELP_WRONG;
	if (cur_left(&c) < (size_t)len + 1)
		return RELP_MORE;
	struct span data = cur_span(&c, len);
	if (cur_u8(&c) != '\n')
		return RELP_WRONG;
	a->closes = span_eq(command, span_str("serverclose"));
	if (!a->closes && !span_eq(command, span_str("rsp")))
		return RELP_WRONG;
	read_code(data, a);
	*used = in.len - cur_left(&c);
	return RELP_ANSWER;
}
