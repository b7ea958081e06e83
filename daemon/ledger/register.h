/*
 * The register: what people declare of their devices, in memory, found by MAC and by IP address. Read from the ledger's
 * database; how it gets there is register_import.c.
 */
#ifndef SEKISHO_LEDGER_REGISTER_H
#define SEKISHO_LEDGER_REGISTER_H

#include <sqlite3.h>

#include "ledger/site.h"

/* One declared device. Texts are never NULL; usage, use_case and phase are tokens of ledger.md, kind one of its tokens
 * or free text. */
struct register_row {
	char *name, *kind, *zone, *owner_dept, *usage, *use_case, *phase;
	struct mac *macs;
	struct ip_addr *ips;
	size_t n_macs, n_ips;
	unsigned line; /* of the file it came from */
};

struct register_key;

struct asset_register {
	bool imported; /* without an import nobody can say what is registered */
	struct register_row *rows;
	size_t n_rows;
	struct register_key *by_mac, *by_ip;
	size_t n_by_mac, n_by_ip;
};

/** Reads the whole register. @return 0 or an SQLite result code. */
int register_load(struct asset_register *r, sqlite3 *db);
void register_free(struct asset_register *r);

const struct register_row *register_by_mac(const struct asset_register *r, const struct mac *mac);

/** Only rows that declare no MAC when @has_mac: who takes the address of a declared device is not that device. */
const struct register_row *register_by_ip(const struct asset_register *r, const struct ip_addr *ip, bool has_mac);

/** Reads addresses separated by blanks, commas or semicolons, full-width characters allowed. @return how many, or -1
 * with the one that is none in @bad. */
int register_parse_macs(const char *cell, struct mac *out, int max, char bad[static 64]);
int register_parse_ips(const char *cell, struct ip_addr *out, int max, char bad[static 64]);

enum { REGISTER_ADDRESSES_MAX = 64 };

#endif
