/* A report as plain text, for a terminal, an e-mail or a fax. Drawings are left to the other forms. */
#include <string.h>

#include "app/command.h"
#include "app/report/doc.h"
#include "base/text.h"

enum { TEXT_WIDTH = 76, NUMBER_MAX = 40 };

static void put_line(FILE *out, const char *text)
{
	char clean[4096];

	text_printable(span_str(text), clean, sizeof(clean), 0);
	fprintf(out, "%s\n", clean);
}

/* What may not begin a line (JIS X 4051): ends of sentences and brackets, small kana, the mark of a long vowel. */
static bool begins_no_line(uint32_t code)
{
	static const uint32_t codes[] = {')',    ',',    '.',    ':',    ']',    0x2019, 0x201d, 0x3001, 0x3002, 0x3005,
					 0x3009, 0x300b, 0x300d, 0x300f, 0x3011, 0x3015, 0x3041, 0x3043, 0x3045, 0x3047,
					 0x3049, 0x3063, 0x3083, 0x3085, 0x3087, 0x308e, 0x30a1, 0x30a3, 0x30a5, 0x30a7,
					 0x30a9, 0x30c3, 0x30e3, 0x30e5, 0x30e7, 0x30ee, 0x30fb, 0x30fc, 0xff01, 0xff05,
					 0xff09, 0xff0c, 0xff0e, 0xff1a, 0xff1b, 0xff1f, 0xff5d};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

/* And what may not end one: brackets that open. */
static bool ends_no_line(uint32_t code)
{
	return code == '(' || code == '[' || code == 0x2018 || code == 0x201c || code == 0x3008 || code == 0x300a ||
	       code == 0x300c || code == 0x300e || code == 0x3010 || code == 0x3014 || code == 0xff08 || code == 0xff5b;
}

/* Between characters that are written without blanks. */
static bool may_break_between(uint32_t before, uint32_t code)
{
	return (text_columns(before) == 2 || text_columns(code) == 2) && before != ' ' && !ends_no_line(before) &&
	       !begins_no_line(code);
}

/* The first line begins with @first, which is as wide as @indent. */
static void put_hanging(FILE *out, const char *first, const char *indent, const char *text)
{
	char clean[8192];
	unsigned at = 0, room = TEXT_WIDTH - (unsigned)strlen(indent);

	text_printable(span_str(text), clean, sizeof(clean), 0);
	const char *p = clean, *from = clean, *may_end = NULL;
	uint32_t before = 0;
	while (*p) {
		uint32_t code = 0;
		size_t n = text_utf8(span_str(p), &code);
		unsigned wide = n ? text_columns(code) : 1;
		if (p > from && (code == ' ' || may_break_between(before, code)))
			may_end = p;
		if (at + wide > room && may_end) {
			fprintf(out, "%s%.*s\n", first, (int)(may_end - from), from);
			first = indent;
			from = *may_end == ' ' ? may_end + 1 : may_end;
			p = from;
			at = 0;
			may_end = NULL;
			continue;
		}
		before = code;
		at += wide;
		p += n ? n : 1;
	}
	fprintf(out, "%s%s\n", first, from);
}

static void put_wrapped(FILE *out, const char *indent, const char *text)
{
	put_hanging(out, indent, indent, text);
}

static const char *value_of(const struct doc_cell *c, char number[NUMBER_MAX])
{
	return c->is_number ? doc_number_text(c->number, number, NUMBER_MAX) : c->text;
}

static void write_figures(const struct doc_block *b, FILE *out)
{
	char line[1024], number[NUMBER_MAX];

	for (size_t i = 0; i < b->n_figures; i++) {
		const struct doc_figure *f = &b->figures[i];
		snprintf(line, sizeof(line), "%s%s: %s%s%s", f->value.tone == TONE_BAD ? "! " : "  ", f->label,
			 value_of(&f->value, number), doc_unit_gap(f->unit), f->unit);
		put_line(out, line);
	}
}

/* Columns of sentences get lines of their own where a table is wider than the page. */
enum { SENTENCE_COLUMNS = 40 };

static bool has_sentences(const struct doc_block *b)
{
	for (unsigned i = 0; i < b->n_columns; i++) {
		if (b->columns[i].wide >= SENTENCE_COLUMNS)
			return true;
	}
	return b->n_columns > TABLE_COLUMNS_MAX;
}

static size_t wide(const char *text)
{
	size_t columns = 0;

	for (uint32_t code = 0; *text;) {
		size_t n = text_utf8(span_str(text), &code);
		columns += n ? text_columns(code) : 1;
		text += n ? n : 1;
	}
	return columns;
}

/* "title: value", "-" where there is none. */
static void put_labelled(char *buf, size_t size, const struct doc_column *column, const struct doc_cell *cell)
{
	char number[NUMBER_MAX];
	const char *value = value_of(cell, number), *title = column->title;
	bool closed = title[0] && title[strlen(title) - 1] == '.'; /* "No." */

	snprintf(buf, size, "%s%s%s", title, closed ? " " : ": ", value[0] ? value : "-");
}

/* A row: what is short in one line, then each sentence. Nobody can tell by its place what a value is, so each is named.
 */
static void write_row(const struct doc_block *b, const struct doc_cell *row, size_t n, FILE *out)
{
	static const char indent[] = "      ";
	char line[4096] = "", field[2048], first[32];
	const char *begin = first;

	snprintf(first, sizeof(first), "  %-3zu ", n + 1);
	first[strcspn(first + 2, " ") + 2] = '.';
	for (unsigned i = 0; i < b->n_columns; i++) {
		if (b->columns[i].wide >= SENTENCE_COLUMNS)
			continue;
		put_labelled(field, sizeof(field), &b->columns[i], &row[i]);
		if (line[0] && wide(line) + 2 + wide(field) > TEXT_WIDTH - sizeof(indent) + 1) {
			put_hanging(out, begin, indent, line);
			begin = indent;
			line[0] = '\0';
		}
		size_t len = strlen(line);
		snprintf(line + len, sizeof(line) - len, "%s%s", len ? "  " : "", field);
	}
	put_hanging(out, begin, indent, line);
	for (unsigned i = 0; i < b->n_columns; i++) {
		if (b->columns[i].wide < SENTENCE_COLUMNS || !row[i].text[0])
			continue;
		put_labelled(line, sizeof(line), &b->columns[i], &row[i]);
		put_wrapped(out, indent, line);
	}
}

static void write_rows(const struct doc_block *b, FILE *out)
{
	struct text_table t = {0};
	char number[NUMBER_MAX];

	if (has_sentences(b)) {
		for (size_t i = 0; i < doc_rows(b); i++)
			write_row(b, b->cells + i * b->n_columns, i, out);
		return;
	}
	for (unsigned i = 0; i < b->n_columns; i++)
		text_table_column(&t, b->columns[i].title, b->columns[i].wide);
	for (size_t i = 0; i < b->n_cells; i++)
		text_table_cell(&t, value_of(&b->cells[i], number));
	text_table_print(&t, out, "  ");
	text_table_free(&t);
}

static void write_table(const struct doc_block *b, FILE *out)
{
	put_line(out, b->text);
	if (b->n_cells == 0) {
		fprintf(out, "  %s\n", say(W_REPORT_NO_ROWS));
		return;
	}
	write_rows(b, out);
	if (b->left_out > 0) {
		char line[128];
		snprintf(line, sizeof(line), say(W_REPORT_LEFT_OUT), b->left_out);
		fprintf(out, "  %s\n", line);
	}
}

static void write_chart(const struct doc_block *b, FILE *out)
{
	struct text_table t = {0};
	char bar[41], number[NUMBER_MAX];
	double most = 0;

	put_line(out, b->text);
	for (size_t i = 1; i < b->n_cells; i += 2)
		most = b->cells[i].number > most ? b->cells[i].number : most;
	for (unsigned i = 0; i < 3; i++)
		text_table_column(&t, "", i == 0 ? 30 : 0);
	for (size_t i = 0; i + 1 < b->n_cells; i += 2) {
		size_t n = most > 0 ? (size_t)(b->cells[i + 1].number / most * 40) : 0;
		memset(bar, '#', n);
		bar[n] = '\0';
		text_table_cell(&t, b->cells[i].text);
		text_table_cell(&t, value_of(&b->cells[i + 1], number));
		text_table_cell(&t, bar);
	}
	text_table_print(&t, out, "  ");
	text_table_free(&t);
}

static void write_drawing(const struct doc_block *b, FILE *out)
{
	char line[1024];

	snprintf(line, sizeof(line), say(W_REPORT_DRAWN_BY), b->text);
	fputs("  ", out);
	put_line(out, line);
}

static void write_heading(const struct doc_block *b, FILE *out)
{
	fputc('\n', out);
	fprintf(out, "%s ", b->level == 1 ? "■" : "●");
	put_line(out, b->text);
}

static void write_command(const char *label, const char *how, FILE *out)
{
	if (!how[0])
		return;
	fputs("  ", out);
	put_line(out, label);
	fputs("      ", out);
	put_line(out, how); /* in one line, to be taken whole */
}

/* In the order in which the figures stood. */
static void write_commands(const struct doc *d, FILE *out)
{
	fprintf(out, "\n■ %s\n", say(W_REPORT_COMMANDS));
	put_wrapped(out, "  ", say(W_REPORT_COMMANDS_TEXT));
	for (size_t i = 0; i < d->n_blocks; i++) {
		const struct doc_block *b = &d->blocks[i];
		for (size_t k = 0; k < b->n_figures; k++)
			write_command(b->figures[k].label, b->figures[k].how, out);
		write_command(b->text, b->how, out);
	}
}

void doc_write_text(const struct doc *d, FILE *out)
{
	put_line(out, d->title);
	put_line(out, d->subtitle);
	for (size_t i = 0; i < d->n_blocks; i++) {
		const struct doc_block *b = &d->blocks[i];
		switch (b->kind) {
		case BLOCK_HEADING:
			write_heading(b, out);
			break;
		case BLOCK_PARAGRAPH:
			put_wrapped(out, "  ", b->text);
			break;
		case BLOCK_WARNING:
			put_wrapped(out, "! ", b->text);
			break;
		case BLOCK_FIGURES:
			write_figures(b, out);
			break;
		case BLOCK_TABLE:
			write_table(b, out);
			break;
		case BLOCK_CHART:
			write_chart(b, out);
			break;
		case BLOCK_FIELDS:
			for (size_t k = 0; k < b->n_cells; k++)
				fprintf(out, "  %s: ____________________\n", b->cells[k].text);
			break;
		case BLOCK_DRAWING:
			write_drawing(b, out);
			break;
		case BLOCK_BREAK:
			break;
		}
	}
	if (doc_commands_last(d))
		write_commands(d, out);
}
