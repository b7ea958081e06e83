/* A report as CSV: figures as a sheet of their own, then each table under its title, a blank line between. */
#include "app/report/doc.h"
#include "base/csv.h"

static void end_row(FILE *out)
{
	fputs("\r\n", out);
}

static void put_cell(FILE *out, const struct doc_cell *c, bool first)
{
	char number[40];

	if (c->is_number)
		fprintf(out, "%s%s", first ? "" : ",", doc_number_text(c->number, number, sizeof(number)));
	else
		csv_put_text(out, c->id ? c->id : c->text, first);
}

static void write_figures(const struct doc_block *b, FILE *out)
{
	for (size_t i = 0; i < b->n_figures; i++) {
		const struct doc_figure *f = &b->figures[i];
		csv_put_text(out, f->id, true);
		csv_put_text(out, f->label, false);
		put_cell(out, &f->value, false);
		csv_put_text(out, f->unit, false);
		csv_put_text(out, f->how, false);
		end_row(out);
	}
}

static void write_rows(const struct doc_block *b, FILE *out)
{
	end_row(out);
	csv_put_text(out, b->text, true);
	csv_put_text(out, b->how, false);
	end_row(out);
	for (unsigned i = 0; i < b->n_columns; i++)
		csv_put_text(out, b->columns[i].title, i == 0);
	end_row(out);
	for (size_t i = 0; i < b->n_cells; i++) {
		put_cell(out, &b->cells[i], i % b->n_columns == 0);
		if ((i + 1) % b->n_columns == 0)
			end_row(out);
	}
}

static void write_sentence(const char *text, FILE *out)
{
	csv_put_text(out, text, true);
	end_row(out);
}

void doc_write_csv(const struct doc *d, FILE *out)
{
	write_sentence(d->title, out);
	write_sentence(d->subtitle, out);
	for (size_t i = 0; i < d->n_blocks; i++) {
		const struct doc_block *b = &d->blocks[i];
		if (b->kind == BLOCK_FIGURES)
			write_figures(b, out);
		else if (b->kind == BLOCK_TABLE || b->kind == BLOCK_CHART)
			write_rows(b, out);
		else if (b->kind == BLOCK_HEADING)
			end_row(out);
		if (b->kind == BLOCK_HEADING || b->kind == BLOCK_PARAGRAPH || b->kind == BLOCK_WARNING ||
		    b->kind == BLOCK_DRAWING) /* the command that draws it */
			write_sentence(b->text, out);
	}
}
