/*
 * Comma-separated values as RFC 4180 has them: quoted cells may hold commas, doubled quotes and line ends; lines end in
 * CRLF or LF.
 */
#ifndef SEKISHO_BASE_CSV_H
#define SEKISHO_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CSV_CELLS_MAX = 128 };

struct csv {
	char *pos, *end;
	unsigned line; /* of what is read next, 1-based */
	/* the row read last; cells are NUL-terminated, in the text given, without white space around unquoted ones */
	char *cell[CSV_CELLS_MAX];
	size_t n_cells;
	unsigned row_line;   /* where it begins */
	const char *trouble; /* what is wrong with it, and where */
	unsigned trouble_line;
};

/** Reads from @text of @len bytes, which is taken apart in place and has to have room for a NUL at its end. */
void csv_init(struct csv *v, char *text, size_t len);

/** The next row that is not empty. @return 1; 0 at the end; -EINVAL with trouble set. */
int csv_row(struct csv *v);

/** Would a spreadsheet calculate this cell? What makes a formula, in both widths, and the blanks that hide it. */
bool csv_is_formula(const char *cell);

/** Writes a cell as it is, quoted where it has to be. */
void csv_put_cell(FILE *out, const char *cell, bool first);

/** Writes a cell that anybody may have written, such as a name from the wire: a formula stands behind an apostrophe;
 * controls but for the end of a line, what turns the writing and bytes that are no UTF-8 become '?'. */
void csv_put_text(FILE *out, const char *text, bool first);

#endif
