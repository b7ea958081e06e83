/*
 * A report before it is HTML, text, CSV or JSON: headings, sentences, figures, tables, charts and drawings in the order
 * in which they are read. What a report says (daily.c, monthly.c ...) knows nothing of how it looks, and the writers
 * (doc_html.c, doc_text.c, doc_csv.c, doc_json.c) know nothing of what it says.
 *
 * Each figure and each table names the command that gives the same ("how"), so that whoever doubts it can look.
 * Ids are for machines and tests: ASCII, the same in both languages.
 */
#ifndef SEKISHO_APP_REPORT_DOC_H
#define SEKISHO_APP_REPORT_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum block_kind {
	BLOCK_HEADING,
	BLOCK_PARAGRAPH,
	BLOCK_WARNING, /* a sentence that must not be overlooked */
	BLOCK_FIGURES,
	BLOCK_TABLE,
	BLOCK_CHART,   /* bars, a value for each label */
	BLOCK_DRAWING, /* SVG of our own making */
	BLOCK_FIELDS,  /* to be filled in by hand: name, date */
	BLOCK_BREAK,   /* a new sheet begins */
};

enum { DOC_COLUMNS_MAX = 16 };

/** How urgent a cell or figure is; shown by a word or sign besides the colour. */
enum tone { TONE_PLAIN, TONE_GOOD, TONE_NOTICE, TONE_BAD };

struct doc_cell {
	const char *text; /* "" where it is a number alone */
	const char *id;   /* what JSON and CSV have in place of the text; NULL: the text */
	double number;
	bool is_number;
	uint8_t tone; /* enum tone */
};

struct doc_figure {
	const char *id, *label, *unit, *how;
	struct doc_cell value;
};

struct doc_column {
	const char *id, *title;
	bool number;
	unsigned wide; /* columns that it may take in plain text; 0: any */
};

struct doc_block {
	enum block_kind kind;
	const char *id, *text, *how; /* title of tables and charts, the sentence of the others */
	unsigned level;              /* of a heading, from 1 */
	struct doc_column columns[DOC_COLUMNS_MAX];
	unsigned n_columns;
	unsigned named_by; /* 1 + the column whose cells are their rows' names, for links within the page; 0: none */
	struct doc_cell *cells; /* rows one after another; of a chart: label, value */
	size_t n_cells, room_cells;
	struct doc_figure *figures;
	size_t n_figures, room_figures;
	char *svg;       /* of a drawing, allocated */
	size_t left_out; /* rows that are not shown */
};

struct doc {
	const char *report, *title, *subtitle; /* "daily"; in words */
	struct doc_block *blocks;
	size_t n_blocks, room_blocks;
	struct doc_text *texts; /* what the doc's strings are kept in */
	bool short_of_memory;   /* something is missing: nothing may be written */
	bool japanese, landscape;
	bool compact;       /* one page; commands_last too */
	bool commands_last; /* commands stand at its end, in HTML with a number beside each figure */
};

void doc_init(struct doc *d, const char *report, bool japanese);
void doc_deinit(struct doc *d);

/** A copy that lives as long as the doc, "" where memory is short. */
const char *doc_keep(struct doc *d, const char *text);
const char *doc_format(struct doc *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Texts given to these are copied. */
void doc_title(struct doc *d, const char *title, const char *subtitle);
void doc_heading(struct doc *d, unsigned level, const char *text);
void doc_paragraph(struct doc *d, const char *text);
void doc_warning(struct doc *d, const char *text);
void doc_break(struct doc *d);
/** Lines to be filled in by hand, a label each; @labels ends with NULL. */
void doc_fields(struct doc *d, const char *const *labels);
/** @svg: taken over, allocated; a whole <svg> of our own, whose texts are escaped. */
void doc_drawing(struct doc *d, const char *id, const char *title, char *svg);

/** A figure of the group that was begun last; a group begins where the block before is another one. @how: the command,
 * or "". */
void doc_number(struct doc *d, const char *id, const char *label, double value, const char *unit, enum tone tone,
		const char *how);
void doc_words(struct doc *d, const char *id, const char *label, const char *value, enum tone tone, const char *how);

/** Begins a table; then its columns, then cells row by row. */
void doc_table(struct doc *d, const char *id, const char *title, const char *how);
void doc_column(struct doc *d, const char *id, const char *title, bool number, unsigned wide);
/** The cells of the column added last name their rows: "#A000001" leads there. They must be ASCII, and differ. */
void doc_column_names_rows(struct doc *d);
void doc_cell(struct doc *d, const char *text);
void doc_cell_tone(struct doc *d, const char *text, enum tone tone);
void doc_cell_number(struct doc *d, double n);
/** People read @text, machines @id. */
void doc_cell_id(struct doc *d, const char *text, const char *id, enum tone tone);
/** The zone @id by its name. */
void doc_cell_zone(struct doc *d, const char *id);
/** Rows that are there and not shown. */
void doc_left_out(struct doc *d, size_t rows);
size_t doc_rows(const struct doc_block *b);

void doc_chart(struct doc *d, const char *id, const char *title, const char *how);
void doc_bar(struct doc *d, const char *label, double value);

/** Whether the commands stand at its end, under a heading that the writers give them. */
bool doc_commands_last(const struct doc *d);

/** A number as people write it: no decimals where there are none. @return @buf. */
const char *doc_number_text(double n, char *buf, size_t size);

/** What stands between a number and @unit: a blank, but nothing before one that is written in Japanese (18台). */
const char *doc_unit_gap(const char *unit);

/** @text as text within HTML or SVG: markup is escaped, controls and what turns text around become "?". */
void doc_put_html(FILE *out, const char *text);

/* The writers. What cannot be written shows in ferror(@out). */
void doc_write_html(const struct doc *d, FILE *out);
void doc_write_text(const struct doc *d, FILE *out);
void doc_write_csv(const struct doc *d, FILE *out);
/** Plain JSON, one object. @return false where memory is short. */
bool doc_write_json(const struct doc *d, FILE *out);

#endif
