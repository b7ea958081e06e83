/*
 * How the register's rows get into the database: within a transaction of the caller's, which writes the audit trail in
 * the same one.
 */
#ifndef SEKISHO_LEDGER_REGISTER_WRITE_H
#define SEKISHO_LEDGER_REGISTER_WRITE_H

#include <sqlite3.h>

#include "ledger/phase.h"
#include "ledger/register.h"

/** Who does something. */
struct person {
	const char *who;    /* the name given, else the account */
	const char *login;  /* the account */
	const char *reason; /* "" never NULL */
};

/* Each @return SQLITE_OK or what SQLite says. */

/** A new row at the end, or in place @row where that is not 0. */
int register_put_row(sqlite3 *db, uint64_t *uid, unsigned row, unsigned line);
/** @typed: what stood in the cell, where it differs from @value; else NULL. An empty cell is removed. */
int register_put_cell(sqlite3 *db, uint64_t uid, enum reg_field f, const char *value, const char *typed);
int register_drop_row(sqlite3 *db, uint64_t uid);
/** A person says what it is for: that it was seen to write before is settled. */
int register_settle_usage(sqlite3 *db, uint64_t uid);

/** Tells readers and the running daemon that the register is another one. */
int register_touch(sqlite3 *db);

/** The papers of a row. */
struct phase_papers register_papers(const struct register_row *row);

/** Lays the strong keys of @row, and of the device observed under it, down for ever. @n: how many. */
int register_bury(sqlite3 *db, const struct register_row *row, bool verified, int64_t at_ns, unsigned *n);

/** The asset seen under a row's addresses, 0: none. */
uint64_t register_asset_of(sqlite3 *db, const struct register_row *row);

/** How the audit trail names a row: "register:R000012". @return @buf. */
enum { REGISTER_OBJECT_MAX = 32 };
const char *register_object(uint64_t uid, char buf[static REGISTER_OBJECT_MAX]);

#endif
