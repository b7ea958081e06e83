/*
 * Rows by the thousand through one statement: `INSERT ... SELECT c0, c1 ... FROM bulk` takes them out of memory one
 * after the other. Of a statement that is run once a row, the running costs more than the row.
 */
#ifndef SEKISHO_BASE_BULK_H
#define SEKISHO_BASE_BULK_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum { BULK_COLUMNS = 16 };

/** A value of the row at hand. @bytes: NULL where it is none; @text: NULL where it is a number. */
struct bulk_cell {
	const void *bytes;
	const char *text;
	int len; /* of either; -1: the text ends in a NUL */
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
	b->cell[column] = (struct bulk_cell){.text = text, .len = -1};
}

static inline void bulk_text_n(struct bulk *b, int column, const char *text, int len)
{
	b->cell[column] = (struct bulk_cell){.text = text, .len = len};
}

static inline void bulk_bytes(struct bulk *b, int column, const void *bytes, int len)
{
	b->cell[column] = (struct bulk_cell){.bytes = bytes, .len = len};
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
