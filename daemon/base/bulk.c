#include "base/bulk.h"

struct bulk_table {
	sqlite3_vtab base; /* first: SQLite knows only this */
	struct bulk *rows;
};

static struct bulk *rows_of(sqlite3_vtab_cursor *c)
{
	return ((struct bulk_table *)c->pVtab)->rows;
}

static int connect(sqlite3 *db, void *rows, int argc, const char *const *argv, sqlite3_vtab **out, char **err)
{
	(void)argc, (void)argv, (void)err;
	struct bulk_table *t = sqlite3_malloc(sizeof(*t));
	if (!t)
		return SQLITE_NOMEM;
	*t = (struct bulk_table){.rows = rows};
	*out = &t->base;
	return sqlite3_declare_vtab(
	    db, "CREATE TABLE bulk(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15)");
}

static int disconnect(sqlite3_vtab *t)
{
	sqlite3_free(t);
	return SQLITE_OK;
}

static int best_index(sqlite3_vtab *t, sqlite3_index_info *info)
{
	(void)t, (void)info; /* there is one way: through all of them */
	return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *t, sqlite3_vtab_cursor **out)
{
	(void)t;
	*out = sqlite3_malloc(sizeof(**out));
	if (!*out)
		return SQLITE_NOMEM;
	**out = (sqlite3_vtab_cursor){0};
	return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *c)
{
	sqlite3_free(c);
	return SQLITE_OK;
}

static int first_row(sqlite3_vtab_cursor *c, int no, const char *text, int argc, sqlite3_value **argv)
{
	struct bulk *b = rows_of(c);

	(void)no, (void)text, (void)argc, (void)argv;
	b->row = 0;
	b->there = b->next(b);
	return SQLITE_OK;
}

static int next_row(sqlite3_vtab_cursor *c)
{
	struct bulk *b = rows_of(c);

	b->row++;
	b->there = b->next(b);
	return SQLITE_OK;
}

static int is_end(sqlite3_vtab_cursor *c)
{
	return !rows_of(c)->there;
}

static int column(sqlite3_vtab_cursor *c, sqlite3_context *to, int i)
{
	const struct bulk_cell *cell = &rows_of(c)->cell[i];

	if (cell->bytes)
		sqlite3_result_blob(to, cell->bytes, cell->len, SQLITE_STATIC);
	else if (cell->text)
		sqlite3_result_text(to, cell->text, cell->len, SQLITE_STATIC);
	else if (!cell->is_null)
		sqlite3_result_int64(to, cell->number);
	return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *c, sqlite3_int64 *id)
{
	*id = rows_of(c)->row;
	return SQLITE_OK;
}

int bulk_register(sqlite3 *db, struct bulk *b)
{
	/* without xCreate: it is there by its name, and in no schema */
	static const sqlite3_module module = {.xConnect = connect,
					      .xBestIndex = best_index,
					      .xDisconnect = disconnect,
					      .xOpen = open_cursor,
					      .xClose = close_cursor,
					      .xFilter = first_row,
					      .xNext = next_row,
					      .xEof = is_end,
					      .xColumn = column,
					      .xRowid = row_id};

	return sqlite3_create_module(db, "bulk", &module, b);
}
