#include "engine/place.h"

struct walker {
	struct span left;
	struct place at;
};

static uint8_t ahead(const struct walker *w, size_t i)
{
	return i < w->left.len ? w->left.ptr[i] : 0;
}

/* Passes one byte; the bytes inside a UTF-8 character take no column. */
static void step(struct walker *w)
{
	if (ahead(w, 0) == '\n') {
		w->at.line++;
		w->at.column = 1;
	} else if ((ahead(w, 1) & 0xc0) != 0x80) {
		w->at.column++;
	}
	w->left = span_skip(w->left, 1);
}

static void step_over(struct walker *w, size_t n)
{
	while (n-- > 0)
		step(w);
}

static void skip_blanks(struct walker *w)
{
	while (ahead(w, 0) == ' ' || ahead(w, 0) == '\t')
		step(w);
}

static bool is_break(uint8_t c)
{
	return c == '\n' || c == '\r';
}

/* Bytes up to a line break, when only blanks stand before it; 0 otherwise, or at the end. */
static bool line_ends_here(const struct walker *w)
{
	size_t i = 0;

	while (ahead(w, i) == ' ' || ahead(w, i) == '\t')
		i++;
	return is_break(ahead(w, i));
}

/* Passes the rest of the line and its break. */
static void next_line(struct walker *w)
{
	while (w->left.len > 0 && ahead(w, 0) != '\n')
		step(w);
	if (w->left.len > 0)
		step(w);
}

/* Folded text: one break is a space, each further one a newline. @return bytes of text that the breaks here stand for.
 */
static size_t fold(struct walker *w)
{
	size_t breaks = 0;

	while (line_ends_here(w)) {
		next_line(w);
		breaks++;
	}
	skip_blanks(w);
	return breaks > 1 ? breaks - 1 : 1;
}

static size_t utf8_len(uint32_t code)
{
	return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/* An escape in double quotes: passes it and returns the bytes of text it stands for. */
static size_t unescape(struct walker *w)
{
	size_t digits = ahead(w, 1) == 'x' ? 2 : ahead(w, 1) == 'u' ? 4 : ahead(w, 1) == 'U' ? 8 : 0;
	uint32_t code = 0;

	for (size_t i = 0; i < digits; i++) {
		uint8_t c = ahead(w, 2 + i);
		code = code << 4 | (c <= '9' ? c & 15u : (c & 15u) + 9);
	}
	size_t text = digits ? utf8_len(code) : 1;
	switch (ahead(w, 1)) {
	case 'N':
	case '_':
		text = 2;
		break;
	case 'L':
	case 'P':
		text = 3;
		break;
	case '\n':
	case '\r': /* the line goes on in the next one */
		next_line(w);
		skip_blanks(w);
		return 0;
	default:
		break;
	}
	step_over(w, 2 + digits);
	return text;
}

static void walk_flow(struct walker *w, size_t offset)
{
	uint8_t quote = ahead(w, 0);

	if (quote == '"' || quote == '\'')
		step(w);
	else
		quote = 0;
	for (size_t done = 0; w->left.len > 0;) {
		struct walker before = *w;
		if (line_ends_here(w)) {
			done += fold(w);
		} else if (quote == '"' && ahead(w, 0) == '\\') {
			done += unescape(w);
		} else if (done == offset) {
			return;
		} else {
			step_over(w, quote == '\'' && ahead(w, 0) == '\'' && ahead(w, 1) == '\'' ? 2 : 1);
			done++;
		}
		if (done > offset) {
			*w = before;
			return;
		}
	}
}

/* | keeps line breaks, > folds them; lines are indented as deeply as the first one. */
static void walk_block(struct walker *w, size_t offset)
{
	bool folded = ahead(w, 0) == '>';
	size_t done = 0, indent = 0;

	next_line(w);
	while (line_ends_here(w)) {
		next_line(w);
		done++;
	}
	while (ahead(w, indent) == ' ')
		indent++;
	step_over(w, indent);
	while (done < offset && w->left.len > 0) {
		if (ahead(w, 0) != '\n') {
			step(w);
			done++;
			continue;
		}
		step(w);
		size_t breaks = 1;
		while (line_ends_here(w)) {
			next_line(w);
			breaks++;
		}
		done += folded && breaks > 1 ? breaks - 1 : breaks;
		for (size_t i = 0; i < indent && ahead(w, 0) == ' '; i++)
			step(w);
	}
}

struct place place_in_scalar(struct span source, const struct yaml_node *n, size_t offset)
{
	static const uint8_t byte_order_mark[] = {0xef, 0xbb, 0xbf};
	struct walker w = {source, {1, 1}};

	if (span_eq(span_head(source, 3), span_of(byte_order_mark, 3)))
		w.left = span_skip(source, 3);
	while (w.at.line < n->line && w.left.len > 0)
		next_line(&w);
	while (w.at.column < n->column && w.left.len > 0 && !is_break(ahead(&w, 0)))
		step(&w);
	if (ahead(&w, 0) == '|' || ahead(&w, 0) == '>')
		walk_block(&w, offset);
	else
		walk_flow(&w, offset);
	return w.at;
}
