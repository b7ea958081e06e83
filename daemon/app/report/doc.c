#include "app/report/doc.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "app/zone_word.h"

/* Strings in blocks that are freed together. */
enum { TEXTS_BYTES = 64 << 10 };

struct doc_text {
	struct doc_text *next;
	size_t used, size;
	char bytes[];
};

void doc_init(struct doc *d, const char *report, bool japanese)
{
	*d = (struct doc){.report = report, .title = "", .subtitle = "", .japanese = japanese};
}

void doc_deinit(struct doc *d)
{
	for (size_t i = 0; i < d->n_blocks; i++) {
		free(d->blocks[i].svg);
		free(d->blocks[i].cells);
		free(d->blocks[i].figures);
	}
	free(d->blocks);
	for (struct doc_text *t = d->texts, *next; t; t = next) {
		next = t->next;
		free(t);
	}
	*d = (struct doc){0};
}

static char *text_room(struct doc *d, size_t n)
{
	struct doc_text *t = d->texts;

	if (!t || t->size - t->used < n) {
		size_t size = n > TEXTS_BYTES ? n : TEXTS_BYTES;
		t = malloc(sizeof(*t) + size);
		if (!t) {
			d->short_of_memory = true;
			return NULL;
		}
		*t = (struct doc_text){.next = d->texts, .size = size};
		d->texts = t;
	}
	char *at = t->bytes + t->used;
	t->used += n;
	return at;
}

const char *doc_keep(struct doc *d, const char *text)
{
	if (!text || !text[0])
		return "";
	size_t n = strlen(text) + 1;
	char *at = text_room(d, n);
	return at ? memcpy(at, text, n) : "";
}

const char *doc_format(struct doc *d, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *at = n < 0 ? NULL : text_room(d, (size_t)n + 1);
	if (at)
		vsnprintf(at, (size_t)n + 1, format, again);
	va_end(again);
	return at ? at : "";
}

/* Makes room for one more of @size bytes at *list; NULL where memory is short. */
static void *room_for_one(struct doc *d, void **list, size_t n, size_t *room, size_t size)
{
	if (n == *room) {
		size_t more = *room ? *room * 2 : 16;
		void *bigger = realloc(*list, more * size);
		if (!bigger) {
			d->short_of_memory = true;
			return NULL;
		}
		*list = bigger;
		*room = more;
	}
	return (char *)*list + n * size;
}

static struct doc_block *block(struct doc *d, enum block_kind kind, const char *id, const char *text, const char *how)
{
	void *list = d->blocks;
	struct doc_block *b = room_for_one(d, &list, d->n_blocks, &d->room_blocks, sizeof(*b));

	d->blocks = list;
	if (!b)
		return NULL;
	d->n_blocks++;
	*b =
	    (struct doc_block){.kind = kind, .id = doc_keep(d, id), .text = doc_keep(d, text), .how = doc_keep(d, how)};
	return b;
}

static struct doc_block *last(struct doc *d)
{
	return d->n_blocks ? &d->blocks[d->n_blocks - 1] : NULL;
}

void doc_title(struct doc *d, const char *title, const char *subtitle)
{
	d->title = doc_keep(d, title);
	d->subtitle = doc_keep(d, subtitle);
}

void doc_heading(struct doc *d, unsigned level, const char *text)
{
	struct doc_block *b = block(d, BLOCK_HEADING, "", text, "");

	if (b)
		b->level = level;
}

void doc_paragraph(struct doc *d, const char *text)
{
	block(d, BLOCK_PARAGRAPH, "", text, "");
}

void doc_warning(struct doc *d, const char *text)
{
	block(d, BLOCK_WARNING, "", text, "");
}

void doc_break(struct doc *d)
{
	block(d, BLOCK_BREAK, "", "", "");
}

void doc_drawing(struct doc *d, const char *id, const char *title, char *svg)
{
	struct doc_block *b = block(d, BLOCK_DRAWING, id, title, "");

	if (b)
		b->svg = svg;
	else
		free(svg);
}

static void add_cell(struct doc *d, struct doc_cell cell)
{
	struct doc_block *b = last(d);

	if (!b)
		return;
	void *list = b->cells;
	struct doc_cell *at = room_for_one(d, &list, b->n_cells, &b->room_cells, sizeof(*at));
	b->cells = list;
	if (!at)
		return;
	cell.text = doc_keep(d, cell.text);
	cell.id = cell.id ? doc_keep(d, cell.id) : NULL;
	*at = cell;
	b->n_cells++;
}

void doc_fields(struct doc *d, const char *const *labels)
{
	if (!block(d, BLOCK_FIELDS, "", "", ""))
		return;
	for (; *labels; labels++)
		add_cell(d, (struct doc_cell){.text = *labels});
}

static void add_figure(struct doc *d, struct doc_figure f)
{
	struct doc_block *b = last(d);

	if (!b || b->kind != BLOCK_FIGURES)
		b = block(d, BLOCK_FIGURES, "", "", "");
	if (!b)
		return;
	void *list = b->figures;
	struct doc_figure *at = room_for_one(d, &list, b->n_figures, &b->room_figures, sizeof(*at));
	b->figures = list;
	if (!at)
		return;
	*at = (struct doc_figure){.id = doc_keep(d, f.id),
				  .label = doc_keep(d, f.label),
				  .unit = doc_keep(d, f.unit),
				  .how = doc_keep(d, f.how),
				  .value = f.value};
	at->value.text = doc_keep(d, f.value.text);
	b->n_figures++;
}

void doc_number(struct doc *d, const char *id, const char *label, double value, const char *unit, enum tone tone,
		const char *how)
{
	struct doc_cell cell = {.number = value, .is_number = true, .tone = tone};

	add_figure(d, (struct doc_figure){.id = id, .label = label, .unit = unit, .how = how, .value = cell});
}

void doc_words(struct doc *d, const char *id, const char *label, const char *value, enum tone tone, const char *how)
{
	struct doc_cell cell = {.text = value, .tone = tone};

	add_figure(d, (struct doc_figure){.id = id, .label = label, .how = how, .value = cell});
}

void doc_table(struct doc *d, const char *id, const char *title, const char *how)
{
	block(d, BLOCK_TABLE, id, title, how);
}

void doc_column(struct doc *d, const char *id, const char *title, bool number, unsigned wide)
{
	struct doc_block *b = last(d);

	if (b && b->n_columns < DOC_COLUMNS_MAX)
		b->columns[b->n_columns++] = (struct doc_column){
		    .id = doc_keep(d, id), .title = doc_keep(d, title), .number = number, .wide = wide};
}

void doc_column_names_rows(struct doc *d)
{
	struct doc_block *b = last(d);

	if (b)
		b->named_by = b->n_columns;
}

void doc_cell(struct doc *d, const char *text)
{
	add_cell(d, (struct doc_cell){.text = text});
}

void doc_cell_tone(struct doc *d, const char *text, enum tone tone)
{
	add_cell(d, (struct doc_cell){.text = text, .tone = tone});
}

void doc_cell_number(struct doc *d, double n)
{
	add_cell(d, (struct doc_cell){.number = n, .is_number = true});
}

void doc_cell_id(struct doc *d, const char *text, const char *id, enum tone tone)
{
	add_cell(d, (struct doc_cell){.text = text, .id = id, .tone = tone});
}

void doc_cell_zone(struct doc *d, const char *id)
{
	doc_cell_id(d, zone_word(id), id, TONE_PLAIN);
}

void doc_left_out(struct doc *d, size_t rows)
{
	if (last(d))
		last(d)->left_out += rows;
}

size_t doc_rows(const struct doc_block *b)
{
	return b->n_columns ? b->n_cells / b->n_columns : 0;
}

void doc_chart(struct doc *d, const char *id, const char *title, const char *how)
{
	block(d, BLOCK_CHART, id, title, how);
	doc_column(d, "label", "", false, 0);
	doc_column(d, "value", "", true, 0);
}

void doc_bar(struct doc *d, const char *label, double value)
{
	doc_cell(d, label);
	doc_cell_number(d, value);
}

bool doc_commands_last(const struct doc *d)
{
	return d->compact || d->commands_last;
}

const char *doc_unit_gap(const char *unit)
{
	const char *at = unit;

	while (*at && !(*at & 0x80))
		at++;
	return unit[0] && !*at ? " " : "";
}

const char *doc_number_text(double n, char *buf, size_t size)
{
	if (n == floor(n) && fabs(n) < 1e15)
		snprintf(buf, size, "%.0f", n);
	else
		snprintf(buf, size, fabs(n) < 10 ? "%.2f" : "%.1f", n);
	return buf;
}
