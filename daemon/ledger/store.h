/*
 * STATE_DIR/ledger.db: opening, schema versions, errors in words.
 *
 * One process writes; any number read beside it (WAL). The schema's version stands in user_version; an older database
 * is brought up step by step in one transaction, with a copy beside it of what it was (ledger.db.schema-N); a newer or
 * damaged one is refused and left as it is.
 */
#ifndef SEKISHO_LEDGER_STORE_H
#define SEKISHO_LEDGER_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/net_addr.h"
#include "base/sqlite_company.h"

/** Names of the attributes that are strong keys, as the index over them has it. */
#define ATTRIBUTE_KEYS "'opcua_cert_sha256', 'opcua_app_uri', 'smb_guid', 'dhcp_client_id', 'enip_serial', 'serial_key'"

enum { STORE_CACHE_KIB = 1024 }; /* the most that SQLite keeps of the file in memory */

enum store_mode { STORE_WRITE, STORE_READ };

/** @return 0; -ENOENT (STORE_READ: there is none yet), -EINVAL (damaged, no database), -ENOTSUP (of a newer version, or
 * STORE_READ: of an older one), -EACCES, -EISDIR (base/openable.h), -EBUSY, -EIO ... with @c filled. */
int store_open(sqlite3 **db, const char *state_dir, enum store_mode mode, struct complaint *c);

/** Is there a ledger that a newer version wrote? @c says so. */
bool store_is_newer(const char *state_dir, struct complaint *c);

/** STORE_WRITE in other company than SQLITE_SHARED. */
int store_open_in(sqlite3 **db, const char *state_dir, enum sqlite_company company, struct complaint *c);

/** What was counted in a sound database. */
struct store_census {
	uint64_t assets, links, audit;
};

/** Copies the ledger of STATE_DIR as it stands into @file, which must not be there yet, and checks the copy. A copy
 * that could not be finished is removed. @return 0; -EEXIST, -EINVAL, -errno with @c filled. */
int store_backup(const char *state_dir, const char *file, struct complaint *c);

/** Checks the database page by page and index by index. @return 0 with @census; -EINVAL with @c naming what is wrong.
 */
int store_verify(const char *state_dir, struct store_census *census, struct complaint *c);

/** Runs statements without results. @return an SQLite result code. */
int store_exec(sqlite3 *db, const char *sql);

/** Prepares one that is kept. @return an SQLite result code. */
int store_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out);

/** The number that @sql yields, or 0. *rc: nothing is asked where it is none of SQLITE_OK, and it says what went wrong.
 */
int64_t store_number(sqlite3 *db, const char *sql, int *rc);

/** A number of the table meta; 0 where there is none. */
int64_t store_meta(sqlite3 *db, const char *key);
int store_set_meta(sqlite3 *db, const char *key, int64_t value);

/** Fills @c from what @db last complained of and @return the errno that fits it. */
int store_complain(sqlite3 *db, const char *state_dir, int rc, struct complaint *c);

/** Ends the transaction that is open: commits it where @rc is SQLITE_OK, else takes it back. @return @rc, or what the
 * commit says. */
int store_end(sqlite3 *db, int rc);

/** The same for a command, which then closes @db. @return 0; -errno with @c filled. */
int store_settle(sqlite3 *db, const char *state_dir, int rc, struct complaint *c);

/** Text of a column, "" where it is null. */
const char *store_text(sqlite3_stmt *st, int column);

/* Values of a statement; what is given must live until it has run. An address that is none is an empty text. */
void store_bind_text(sqlite3_stmt *st, int i, const char *text);
void store_bind_no(sqlite3_stmt *st, int i, uint64_t n);
void store_bind_ip(sqlite3_stmt *st, int i, const struct ip_addr *ip, char text[static IP_TEXT_MAX]);

#endif
