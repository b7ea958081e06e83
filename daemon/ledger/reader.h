/*
 * The ledger for those who only look: another process, or the courier. Opens the database read-only and reads one
 * snapshot of it, so a daemon that writes meanwhile neither disturbs nor is disturbed. Assets come by number, put
 * together from their rows; what is declared and what the site's zones mean is looked up here, so that a register
 * imported a moment ago already counts.
 */
#ifndef SEKISHO_LEDGER_READER_H
#define SEKISHO_LEDGER_READER_H

#include "base/json.h"
#include "ledger/asset.h"
#include "ledger/ledger.h"
#include "ledger/store.h"

struct reader;

/** An asset as it was put together; borrowed for the call. */
struct reader_asset {
	const struct asset *asset; /* described: row, name, role */
	const char *vendor;
	const char *observed;    /* id of the zone it was seen in, "" */
	const struct zone *zone; /* that one, else the declared one, or NULL */
	uint64_t merged_into;    /* not 0: only its number is given */
};

struct reader_prefix {
	struct ip_prefix prefix;
	const struct zone *zone;
};

struct reader {
	sqlite3 *db;
	sqlite3_stmt *attrs; /* of the assets, by number */
	bool attr_waiting;   /* attrs stands on a row not used yet */
	struct asset_register reg;
	struct site site;               /* zones as the daemon last knew them; no index */
	struct reader_prefix *prefixes; /* of all zones, in order; they do not overlap */
	size_t n_prefixes;
	struct vocab protocols, sources;
	struct capture_names captures;
	int64_t latest_ns; /* when any asset was seen last */
	sqlite3_stmt *one; /* attributes of one asset */
	struct json json;
	void (*visit)(struct reader *r, const struct reader_asset *a);
	void (*row)(void *ctx, const char *json);
	void (*brief)(void *ctx, const struct ledger_asset_row *row); /* instead, or NULL */
	void *ctx;
	const struct ledger_filter *filter;
};

/** Opens a snapshot. @return 0; -errno with @c filled. */
int reader_open(struct reader *r, const char *state_dir, struct complaint *c);
void reader_close(struct reader *r);

/** Visits the assets of versions after @since; those merged into others too @with_merged. @return an SQLite result
 * code. */
int reader_each_asset(struct reader *r, uint64_t since, bool with_merged);

/** The declared zone of an address by its prefix, or NULL. */
const struct zone *reader_zone_of(const struct reader *r, const struct ip_addr *ip);

/** What stands under "zone" where no zone claims an address of @scope. */
const char *reader_no_zone(const struct reader *r, enum ip_scope scope);

#endif
