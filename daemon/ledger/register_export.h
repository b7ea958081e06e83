/*
 * The register as a spreadsheet: what register_apply() reads, written so that it comes back the same. Cells that people
 * typed go out as typed, the header as in the file imported last; rows end in CRLF and cells are quoted where they have
 * to be, as spreadsheets do it.
 */
#ifndef SEKISHO_LEDGER_REGISTER_EXPORT_H
#define SEKISHO_LEDGER_REGISTER_EXPORT_H

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "ledger/width.h"

enum register_header { REGISTER_HEADER_AS_TYPED, REGISTER_HEADER_EN, REGISTER_HEADER_JA };

struct register_sheet_form {
	enum text_encoding encoding;
	enum register_header header;
	bool all_columns; /* also those that are empty and were in no file */
	bool japanese;    /* the language of a header that nobody typed */
	/** Told of each character that CP932 does not have; it goes out as 〓. May be NULL. */
	void (*lost)(void *ctx, unsigned row, const char *column, const char *character);
	void *ctx;
};

/** @return 0 with *rows; -errno with @c filled. */
int register_export(const char *state_dir, FILE *out, const struct register_sheet_form *form, unsigned *rows,
		    struct complaint *c);

#endif
