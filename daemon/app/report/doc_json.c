/* A report as one JSON object: report, language, figures{id: {value, label, unit, how}}, tables{id: {title, how,
 * columns, rows}}, sentences. */
#include "app/report/doc.h"
#include "base/json.h"

enum { REPORT_JSON_MAX = 256 << 20 };

static void put_value(struct json *j, const struct doc_cell *c)
{
	if (!c->is_number)
		json_str(j, c->id ? c->id : c->text);
	else if (c->number >= 0 && c->number < 9e15 && c->number == (double)(uint64_t)c->number)
		json_u64(j, (uint64_t)c->number);
	else
		json_f64(j, c->number);
}

static void put_figures(const struct doc *d, struct json *j)
{
	json_key(j, "figures");
	json_object_begin(j);
	for (size_t i = 0; i < d->n_blocks; i++) {
		for (size_t k = 0; k < d->blocks[i].n_figures; k++) {
			const struct doc_figure *f = &d->blocks[i].figures[k];
			json_key(j, f->id);
			json_object_begin(j);
			json_key(j, "value");
			put_value(j, &f->value);
			json_kv_str(j, "label", f->label);
			json_kv_str(j, "unit", f->unit);
			json_kv_str(j, "how", f->how);
			json_object_end(j);
		}
	}
	json_object_end(j);
}

static void put_table(const struct doc_block *b, struct json *j)
{
	json_key(j, b->id);
	json_object_begin(j);
	json_kv_str(j, "title", b->text);
	json_kv_str(j, "how", b->how);
	json_kv_u64(j, "left_out", b->left_out);
	json_key(j, "columns");
	json_array_begin(j);
	for (unsigned i = 0; i < b->n_columns; i++)
		json_str(j, b->columns[i].id);
	json_array_end(j);
	json_key(j, "rows");
	json_array_begin(j);
	for (size_t i = 0; i < b->n_cells; i++) {
		if (i % b->n_columns == 0)
			json_array_begin(j);
		put_value(j, &b->cells[i]);
		if ((i + 1) % b->n_columns == 0)
			json_array_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}

static void put_tables(const struct doc *d, struct json *j)
{
	json_key(j, "tables");
	json_object_begin(j);
	for (size_t i = 0; i < d->n_blocks; i++) {
		if (d->blocks[i].kind == BLOCK_TABLE || d->blocks[i].kind == BLOCK_CHART)
			put_table(&d->blocks[i], j);
	}
	json_object_end(j);
}

static void put_sentences(const struct doc *d, struct json *j)
{
	json_key(j, "sentences");
	json_array_begin(j);
	for (size_t i = 0; i < d->n_blocks; i++) {
		if (d->blocks[i].kind == BLOCK_PARAGRAPH || d->blocks[i].kind == BLOCK_WARNING)
			json_str(j, d->blocks[i].text);
	}
	json_array_end(j);
}

bool doc_write_json(const struct doc *d, FILE *out)
{
	struct json j;

	json_init(&j, REPORT_JSON_MAX);
	json_object_begin(&j);
	json_kv_str(&j, "report", d->report);
	json_kv_str(&j, "language", d->japanese ? "ja" : "en");
	json_kv_str(&j, "title", d->title);
	json_kv_str(&j, "subtitle", d->subtitle);
	put_figures(d, &j);
	put_tables(d, &j);
	put_sentences(d, &j);
	json_object_end(&j);
	bool whole = !j.overflow;
	if (whole)
		fprintf(out, "%s\n", json_cstr(&j));
	json_deinit(&j);
	return whole;
}
