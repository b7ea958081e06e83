/*
 * Rows by the thousand through one statement: `INSERT ... SELECT c0, c1 ... FROM bulk` takes them out of memory one
 * after the other. Of a statement that is run once a row, the running costs more than the row.
 */
#ifndef SEKISHO_LEDGER_BULK_H
#define SEKISHO_LEDGER_BULK_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum { BULK_COLUMNS = 16 };

/** A value of the row at hand. @text: NULL where it is a number. */
struct bulk_cell {
	const char *text;
	int64_t number;
	bool is_null;
};

struct bulk {
	struct bulk_cell cell[BULK_COLUMNS];
	/** Puts the next row into the cells, whose texts stay until it is called again. @return false: there is none.
	 */
	bool (*next)(struct bulk *b);
	void *ctx; /* next()'s */
	bool there;
	int64_t row;
};

/** Makes the table `bulk` of @db, whose rows are those of @b, which outlives @db. @return an SQLite code. */
int bulk_register(sqlite3 *db, struct bulk *b);

static inline void bulk_text(struct bulk *b, int column, const char *text)
{
	b->cell[column] = (struct bulk_cell){.text = text};
}

static inline void bulk_number(struct bulk *b, int column, int64_t number)
{
	b->cell[column] = (struct bulk_cell){.number = number};
}

static inline void bulk_null(struct bulk *b, int column)
{
	b->cell[column] = (struct bulk_cell){.is_null = true};
}

#endif
