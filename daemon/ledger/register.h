/*
 * The register: what people declare of their devices, in memory, found by MAC and by IP address. Read from the ledger's
 * database; how it gets there is register_import.c.
 */
#ifndef SEKISHO_LEDGER_REGISTER_H
#define SEKISHO_LEDGER_REGISTER_H

#include <sqlite3.h>

#include "ledger/register_field.h"
#include "ledger/site.h"

/**
 * One declared device. Values are what was understood of its cells: tokens, ISO dates, addresses; never NULL.
 * uid stays with the device for ever, over imports, and is never given again.
 */
struct register_row {
	uint64_t uid;
	const char *name, *kind, *zone, *owner_dept, *usage, *use_case, *phase; /* the same as register_value() */
	struct mac *macs;
	struct ip_addr *ips;
	size_t n_macs, n_ips;
	const char *raised;           /* usage that a rule found it in, above the declared one; NULL: none */
	unsigned line;                /* of the file it came from, 0: of a command */
	uint32_t at[REG_FIELD_COUNT]; /* where its value stands in text; 0: empty */
	char *text;
};

/** "" where nothing is declared. */
static inline const char *register_value(const struct register_row *row, enum reg_field f)
{
	return row->text + row->at[f];
}

/** The usage that counts: the one a rule raised it to, else what is declared. */
static inline const char *register_usage(const struct register_row *row)
{
	return row->raised ? row->raised : row->usage;
}

/** The Purdue level of what @row declares and what stands in @zone, either of which may be NULL: the zone's level, and
 * where that says none the one of the register. In tenths; PURDUE_UNKNOWN where neither says one. Whoever tells a
 * device's level asks this, the running ledger as those who only read. */
int register_purdue(const struct register_row *row, const struct zone *zone);

struct register_key;

struct asset_register {
	bool imported;  /* without an import nobody can say what is registered */
	int64_t serial; /* rises with every change: whoever holds an older one reads anew */
	struct register_row *rows;
	size_t n_rows;
	struct register_key *by_mac, *by_ip;
	size_t n_by_mac, n_by_ip;
};

/** Reads the whole register. @return SQLITE_OK or what SQLite says; SQLITE_CORRUPT where a value is none. */
int register_load(struct asset_register *r, sqlite3 *db);
void register_free(struct asset_register *r);

const struct register_row *register_by_mac(const struct asset_register *r, const struct mac *mac);

/** Only rows that declare no MAC when @has_mac: who takes the address of a declared device is not that device. */
const struct register_row *register_by_ip(const struct asset_register *r, const struct ip_addr *ip, bool has_mac);

/** The row of this number, or NULL. */
const struct register_row *register_by_uid(const struct asset_register *r, uint64_t uid);

/** Reads addresses separated by blanks, commas or semicolons, full-width characters allowed. @return how many, or -1
 * with the one that is none in @bad. */
int register_parse_macs(const char *cell, struct mac *out, int max, char bad[static 64]);
int register_parse_ips(const char *cell, struct ip_addr *out, int max, char bad[static 64]);

enum { REGISTER_ADDRESSES_MAX = 64 };

#endif
