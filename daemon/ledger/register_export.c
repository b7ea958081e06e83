#include "ledger/register_export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "ledger/register_sheet.h"
#include "ledger/store.h"

struct column {
	enum reg_field field;
	char header[WIDTH_TEXT_MAX];
};

struct export
{
	const struct register_sheet_form *form;
	sqlite3 *db;
	FILE *text; /* UTF-8, before it is encoded */
	struct column columns[REG_FIELD_COUNT];
	unsigned n_columns;
	bool taken[REG_FIELD_COUNT];
	bool japanese;
	unsigned rows;
};

/* ---- columns */

static void add_column(struct export *e, enum reg_field f, const char *header)
{
	struct column *k;

	if (e->taken[f])
		return;
	e->taken[f] = true;
	k = &e->columns[e->n_columns++];
	k->field = f;
	snprintf(k->header, sizeof(k->header), "%s", header);
}

static const char *own_header(const struct export *e, enum reg_field f)
{
	return e->japanese ? reg_fields[f].ja : reg_fields[f].token;
}

/* Those of the last file in its order, then those that commands filled since. */
static int choose_columns(struct export *e)
{
	enum register_header want = e->form->header;
	sqlite3_stmt *st = NULL;
	int ja = 0, en = 0;
	int rc = sqlite3_prepare_v2(e->db, "SELECT field, header FROM paper_column WHERE pos >= 0 ORDER BY pos", -1,
				    &st, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int f = reg_field_by_token(store_text(st, 0));
		if (f >= 0) {
			bool is_ja = strcmp(store_text(st, 1), reg_fields[f].ja) == 0;
			ja += is_ja && strcmp(reg_fields[f].ja, reg_fields[f].token) != 0;
			en += !is_ja;
			add_column(e, (enum reg_field)f, store_text(st, 1));
		}
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		return rc;
	e->japanese = want == REGISTER_HEADER_JA ||
		      (want == REGISTER_HEADER_AS_TYPED && (e->n_columns ? ja >= en : e->form->japanese));
	for (unsigned i = 0; i < e->n_columns && want != REGISTER_HEADER_AS_TYPED; i++)
		snprintf(e->columns[i].header, sizeof(e->columns[i].header), "%s", own_header(e, e->columns[i].field));
	bool all = e->form->all_columns || e->n_columns == 0;
	rc = sqlite3_prepare_v2(e->db, "SELECT DISTINCT field FROM paper_cell", -1, &st, NULL);
	bool filled[REG_FIELD_COUNT] = {false};
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int f = reg_field_by_token(store_text(st, 0));
		if (f >= 0)
			filled[f] = true;
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	for (int f = 0; f < REG_FIELD_COUNT; f++) {
		if (all || filled[f])
			add_column(e, (enum reg_field)f, own_header(e, (enum reg_field)f));
	}
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* ---- rows */

/* A character that the encoding lacks is told by name, once a cell. */
static void tell_lost(struct export *e, const char *cell, const char *header)
{
	struct span s = span_str(cell);
	uint32_t code;

	for (size_t n; (n = text_utf8(s, &code)) > 0; s = span_skip(s, n)) {
		char one[8] = "", *bytes;
		size_t len, bad = 0;
		memcpy(one, s.ptr, n);
		if (code < 0x80 || text_to_cp932(span_of(one, n), &bytes, &len, &bad) != 0)
			continue;
		free(bytes);
		if (bad > 0 && e->form->lost)
			e->form->lost(e->form->ctx, e->rows + 1, header, one);
	}
}

static void write_cell(struct export *e, unsigned i, const char *cell)
{
	const struct column *k = &e->columns[i];
	char guarded[REG_CELL_MAX + 1];

	if (sheet_needs_guard(k->field, cell)) {
		snprintf(guarded, sizeof(guarded), "'%s", cell);
		cell = guarded;
	}
	if (e->form->encoding == TEXT_CP932)
		tell_lost(e, cell, k->header);
	csv_put_cell(e->text, cell, i == 0);
}

static int write_row(struct export *e, sqlite3_stmt *cells, uint64_t uid)
{
	const char *shown[REG_FIELD_COUNT];
	char *copies[REG_FIELD_COUNT] = {NULL};
	int rc;

	for (int f = 0; f < REG_FIELD_COUNT; f++)
		shown[f] = "";
	sqlite3_reset(cells);
	store_bind_no(cells, 1, uid);
	while ((rc = sqlite3_step(cells)) == SQLITE_ROW) {
		int f = reg_field_by_token(store_text(cells, 0));
		if (f < 0)
			continue;
		bool typed = sqlite3_column_type(cells, 2) != SQLITE_NULL;
		copies[f] = strdup(typed ? store_text(cells, 2)
					 : reg_cell_show((enum reg_field)f, store_text(cells, 1), e->japanese));
		if (copies[f])
			shown[f] = copies[f];
	}
	if (rc == SQLITE_DONE) {
		e->rows++;
		for (unsigned i = 0; i < e->n_columns; i++)
			write_cell(e, i, shown[e->columns[i].field]);
		fputs("\r\n", e->text);
	}
	for (int f = 0; f < REG_FIELD_COUNT; f++)
		free(copies[f]);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int write_rows(struct export *e)
{
	sqlite3_stmt *rows = NULL, *cells = NULL;
	int rc = sqlite3_prepare_v2(e->db, "SELECT uid FROM paper ORDER BY row, uid", -1, &rows, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(e->db, "SELECT field, value, typed FROM paper_cell WHERE uid = ?", -1, &cells,
					NULL);
	for (unsigned i = 0; i < e->n_columns; i++)
		csv_put_cell(e->text, e->columns[i].header, i == 0);
	fputs("\r\n", e->text);
	while (rc == SQLITE_OK && (rc = sqlite3_step(rows)) == SQLITE_ROW)
		rc = write_row(e, cells, (uint64_t)sqlite3_column_int64(rows, 0));
	sqlite3_finalize(rows);
	sqlite3_finalize(cells);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int encode(const char *text, size_t len, enum text_encoding encoding, FILE *out, struct complaint *c)
{
	char *bytes = NULL;
	size_t n = len, bad;
	int err = encoding == TEXT_CP932 ? text_to_cp932(span_of(text, len), &bytes, &n, &bad) : 0;

	if (err) {
		complain(c, "register", 0, 0, "cannot be written in CP932: %s", strerror(-err));
		return err;
	}
	if (encoding == TEXT_UTF8_BOM)
		fputs("\xef\xbb\xbf", out);
	fwrite(bytes ? bytes : text, 1, n, out);
	free(bytes);
	if (fflush(out) != 0 || ferror(out)) {
		complain(c, "register", 0, 0, "cannot be written: %s", strerror(errno));
		return -EIO;
	}
	return 0;
}

int register_export(const char *state_dir, FILE *out, const struct register_sheet_form *form, unsigned *rows,
		    struct complaint *c)
{
	struct export e = {.form = form};
	char *text = NULL;
	size_t len = 0;
	int err = store_open(&e.db, state_dir, STORE_READ, c);

	if (err)
		return err;
	e.text = open_memstream(&text, &len);
	int rc = e.text ? store_exec(e.db, "BEGIN") : SQLITE_NOMEM;
	if (rc == SQLITE_OK)
		rc = choose_columns(&e);
	if (rc == SQLITE_OK)
		rc = write_rows(&e);
	if (e.text && fclose(e.text) != 0)
		rc = SQLITE_NOMEM;
	if (rc != SQLITE_OK)
		err = store_complain(e.db, state_dir, rc, c);
	sqlite3_close(e.db);
	if (!err)
		err = encode(text, len, form->encoding, out, c);
	*rows = e.rows;
	free(text);
	return err;
}
