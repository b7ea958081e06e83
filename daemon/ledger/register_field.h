/*
 * The columns of the register: their names in English and Japanese, and how each one's cells are read and checked.
 *
 * A cell has two forms. As typed, it is kept for the export, so that a file comes back as it was given. As understood -
 * tokens, ISO dates, addresses in their usual spelling - it is what the ledger works with.
 */
#ifndef SEKISHO_LEDGER_REGISTER_FIELD_H
#define SEKISHO_LEDGER_REGISTER_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "ledger/kinds.h"
#include "ledger/site.h"

enum reg_field {
#define FIELD(id, token, ja, also, kind, list) REG_##id,
#include "ledger/register_fields.def"
#undef FIELD
	REG_FIELD_COUNT
};

enum reg_kind {
	REG_KIND_TEXT,
	REG_KIND_WORD,
	REG_KIND_KIND,
	REG_KIND_ZONE,
	REG_KIND_LEVEL,
	REG_KIND_MACS,
	REG_KIND_IPS,
	REG_KIND_VLANS,
	REG_KIND_DATE,
	REG_KIND_STARS,
	REG_KIND_CONDITIONS,
	REG_KIND_SHA256,
	REG_KIND_SERVICES,
	REG_KIND_WINDOWS,
};

struct reg_field_info {
	const char *token, *ja, *also; /* also: other names, separated by | */
	enum reg_kind kind;
	enum kinds_of list; /* of REG_KIND_WORD and REG_KIND_KIND */
};

extern const struct reg_field_info reg_fields[REG_FIELD_COUNT];

/** The column of this name - token, Japanese or another one, any case and width. @return -1 where there is none. */
int reg_field_find(const char *name);

/** The column of exactly this token, as the database has it. @return -1 where there is none. */
int reg_field_by_token(const char *token);

/** The column whose name is nearest, as it would be written; NULL where none is near. */
const char *reg_field_nearest(const char *name);

enum { REG_CELL_MAX = 4096 /* bytes of a cell, NUL included */, REG_WHY_MAX = 512 };

/**
 * Understands a cell: writes what it means into @out, "" for an empty one.
 *
 * @site  for zones; NULL or without zones: any zone is accepted
 * @return true; false with the reason and the remedy in @why, which begins with the column's token
 */
bool reg_cell_read(enum reg_field f, const char *typed, const struct site *site, char out[static REG_CELL_MAX],
		   char why[static REG_WHY_MAX]);

/** The cell that shows a value that nobody typed: the word of a token in the header's language, else the value. */
const char *reg_cell_show(enum reg_field f, const char *value, bool japanese);

/** One condition of a conditional pass, from the value of REG_CONDITIONS. */
struct reg_condition {
	const char *text; /* not NUL-terminated */
	size_t text_len;
	char due[12]; /* ISO date, "" where there is none */
	bool met;
};

/** Takes the next condition off *@at, a value of REG_CONDITIONS. @return false at the end. */
bool reg_condition_next(const char **at, struct reg_condition *out);

/** Days since the epoch of an ISO date, or INT32_MIN for "". Dates are the plant's: the day begins at its midnight. */
int reg_date_days(const char *iso);

#endif
