/*
 * A register file in memory: its header, and of each row the cells as typed and as understood. All of its errors are
 * told, not only the first.
 */
#ifndef SEKISHO_LEDGER_REGISTER_SHEET_H
#define SEKISHO_LEDGER_REGISTER_SHEET_H

#include "base/arena.h"
#include "base/csv.h"
#include "ledger/register.h"

struct sheet_row {
	unsigned line;
	uint64_t uid; /* the row of the ledger that it is, 0: a new one; set by who compares, as is the row itself */
	const struct register_row *old;
	const char *typed[REG_FIELD_COUNT], *value[REG_FIELD_COUNT]; /* "" never NULL */
};

/** Where errors go: one call each. */
struct sheet_errors {
	void (*tell)(void *ctx, const char *text); /* may be NULL */
	void *ctx;
	struct complaint *first; /* gets the first one */
	unsigned n;
};

struct sheet {
	const char *file;
	struct arena arena;
	bool has[REG_FIELD_COUNT];            /* the columns that it has */
	int field_of[CSV_CELLS_MAX];          /* by position */
	const char *header_of[CSV_CELLS_MAX]; /* as typed */
	unsigned n_columns;
	struct sheet_row *rows;
	size_t n_rows, cap;
	char sha256[65]; /* of the file */
};

/**
 * Reads a file.
 * @site    for zones, or NULL
 * @return  0, also with errors told - then errors->n says how many; -errno with errors->first filled where the file
 *          cannot be read at all
 */
int sheet_load(struct sheet *s, const char *file, const struct site *site, struct sheet_errors *errors);
void sheet_free(struct sheet *s);

/** Tells an error of @line (0: of the whole file). */
void sheet_error(struct sheet_errors *errors, const char *file, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** What a spreadsheet must not calculate, and what it must not turn into a number or a date, goes out behind an
 * apostrophe. Does this cell need one? Also when it holds one already, so that taking one off brings back the same. */
bool sheet_needs_guard(enum reg_field f, const char *cell);

#endif
