#include "base/csv.h"

#include "base/phrase.h"
#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

void csv_init(struct csv *v, char *text, size_t len)
{
	*v = (struct csv){.pos = text, .end = text + len, .line = 1};
}

static int fail(struct csv *v, unsigned line, const char *what)
{
	v->trouble = what;
	v->trouble_line = line;
	return -EINVAL;
}

static bool at_line_end(const struct csv *v)
{
	return v->pos == v->end || *v->pos == '\n' || (*v->pos == '\r' && (v->pos + 1 == v->end || v->pos[1] == '\n'));
}

static void skip_line_end(struct csv *v)
{
	if (v->pos < v->end && *v->pos == '\r')
		v->pos++;
	if (v->pos < v->end && *v->pos == '\n')
		v->pos++;
	v->line++;
}

/* The text is written back over itself: quotes only make it shorter. */
static int read_quoted(struct csv *v, char **cell, char **cell_end)
{
	unsigned first_line = v->line;
	char *out = ++v->pos;

	*cell = out;
	for (;; v->pos++) {
		if (v->pos == v->end)
			return fail(v, first_line,
				    PHRASE_LATER("a quoted cell begins here and does not end. Close it with \""));
		if (*v->pos == '\n')
			v->line++;
		if (*v->pos == '"') {
			if (v->pos + 1 == v->end || v->pos[1] != '"')
				break;
			v->pos++;
		}
		*out++ = *v->pos;
	}
	v->pos++;
	*cell_end = out;
	if (!at_line_end(v) && *v->pos != ',')
		return fail(
		    v, v->line,
		    PHRASE_LATER(
			"something stands between a closing quote and the comma. Double the quotes inside a cell"));
	return 0;
}

static int read_cell(struct csv *v, char **cell, char **cell_end)
{
	while (v->pos < v->end && (*v->pos == ' ' || *v->pos == '\t'))
		v->pos++;
	if (v->pos < v->end && *v->pos == '"')
		return read_quoted(v, cell, cell_end);
	*cell = v->pos;
	while (!at_line_end(v) && *v->pos != ',') {
		if (*v->pos == '\0')
			return fail(
			    v, v->line,
			    PHRASE_LATER(
				"a zero byte stands here: this is no CSV in UTF-8 or CP932. Save it as CSV again"));
		v->pos++;
	}
	*cell_end = v->pos;
	while (*cell_end > *cell && strchr(" \t\r", (*cell_end)[-1]))
		--*cell_end;
	return 0;
}

int csv_row(struct csv *v)
{
	while (v->pos < v->end && at_line_end(v))
		skip_line_end(v);
	if (v->pos >= v->end)
		return 0;
	v->n_cells = 0;
	v->row_line = v->line;
	for (;;) {
		char *cell_end;
		if (v->n_cells == CSV_CELLS_MAX)
			return fail(v, v->line, PHRASE_LATER("more columns than a register has"));
		int err = read_cell(v, &v->cell[v->n_cells], &cell_end);
		if (err)
			return err;
		v->n_cells++;
		bool more = v->pos < v->end && *v->pos == ',';
		if (more)
			v->pos++;
		else
			skip_line_end(v);
		*cell_end = '\0';
		if (!more)
			return 1;
	}
}

/* ---- writing */

bool csv_is_formula(const char *cell)
{
	static const char *const begins[] = {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};

	while (*cell == ' ')
		cell++;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		if (strncmp(cell, begins[i], strlen(begins[i])) == 0)
			return true;
	}
	return false;
}

static bool needs_quotes(const char *cell)
{
	size_t len = strlen(cell);

	return len > 0 && (strpbrk(cell, ",\"\r\n") || strchr(" \t", cell[0]) || strchr(" \t", cell[len - 1]));
}

void csv_put_cell(FILE *out, const char *cell, bool first)
{
	if (!first)
		fputc(',', out);
	if (!needs_quotes(cell)) {
		fputs(cell, out);
		return;
	}
	fputc('"', out);
	for (; *cell; cell++) {
		if (*cell == '"')
			fputc('"', out);
		fputc(*cell, out);
	}
	fputc('"', out);
}

void csv_put_text(FILE *out, const char *text, bool first)
{
	bool quote = needs_quotes(text);
	struct span s = span_str(text);

	if (!first)
		fputc(',', out);
	if (quote)
		fputc('"', out);
	if (csv_is_formula(text))
		fputc('\'', out);
	while (s.len > 0) {
		uint32_t code = 0;
		size_t n = text_utf8(s, &code);
		if (code == '"')
			fputc('"', out);
		if (n > 0 && (code == '\n' || !text_is_control(code)))
			fwrite(s.ptr, 1, n, out);
		else if (n == 0 || code != '\r')
			fputc('?', out);
		s = span_skip(s, n ? n : 1);
	}
	if (quote)
		fputc('"', out);
}
