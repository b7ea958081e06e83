#include "ledger/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/openable.h"
#include "base/sqlite_care.h"

enum { PATH_BYTES = 1024, BUSY_MS = 5000 };

/*
 * Each step brings the schema from its place in the list to the next one. Never change a step that was shipped: add
 * one.
 *
 * asset      one row a device; what many can be of it (mac, ip, vlan, hostname, role, serves, uses, model ...) is a row
 * of attribute attribute  what was observed, by whom (source: traffic, arp, dhcp, lldp ...), when, how sure
 * (confidence), and whether it still holds link       one row a conversation; asset number 0: a peer that is no asset,
 * then the address tells it apart register   what people declare; zone: the declared places as the daemon last knew
 * them version    of an asset rises with every batch that wrote it: readers ask for what is newer than they know
 */
static const char *const steps[] = {
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE asset(no INTEGER PRIMARY KEY, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, events INTEGER "
    "NOT NULL,"
    " vendor TEXT NOT NULL, zone TEXT NOT NULL, router INTEGER NOT NULL, by_ip INTEGER NOT NULL, merged_into INTEGER,"
    " version INTEGER NOT NULL);"
    "CREATE INDEX asset_version ON asset(version);"
    "CREATE TABLE attribute(asset_no INTEGER NOT NULL, attr TEXT NOT NULL, value TEXT NOT NULL, source TEXT NOT NULL,"
    " confidence INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, current INTEGER NOT NULL,"
    " PRIMARY KEY(asset_no, attr, value)) WITHOUT ROWID;"
    "CREATE INDEX attribute_value ON attribute(value) WHERE attr IN ('mac', 'ip');"
    "CREATE TABLE link(id INTEGER PRIMARY KEY, src_no INTEGER NOT NULL, src_ip TEXT NOT NULL, dest_no INTEGER NOT NULL,"
    " dest_ip TEXT NOT NULL, protocol TEXT NOT NULL, ip_proto INTEGER NOT NULL, port INTEGER NOT NULL, first_ns "
    "INTEGER NOT NULL,"
    " last_ns INTEGER NOT NULL, packets INTEGER NOT NULL, bytes INTEGER NOT NULL, events INTEGER NOT NULL, functions "
    "TEXT NOT NULL,"
    " verdict INTEGER NOT NULL, line INTEGER NOT NULL);"
    "CREATE INDEX link_ends ON link(src_no, dest_no, port);"
    "CREATE TABLE register(row INTEGER PRIMARY KEY, line INTEGER NOT NULL, name TEXT NOT NULL, mac TEXT NOT NULL, ip "
    "TEXT NOT NULL,"
    " kind TEXT NOT NULL, zone TEXT NOT NULL, owner_dept TEXT NOT NULL, usage TEXT NOT NULL, use_case TEXT NOT NULL, "
    "phase TEXT NOT NULL);"
    "CREATE TABLE zone(id TEXT PRIMARY KEY, fa TEXT NOT NULL, purdue INTEGER NOT NULL,"
    " prefixes TEXT NOT NULL) WITHOUT ROWID;",
    /* audit: what people did, chained (audit.h); rows are only added, and audit_head names the last one */
    "CREATE TABLE audit(no INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, who TEXT NOT NULL, login TEXT NOT NULL,"
    " verb TEXT NOT NULL, object TEXT NOT NULL, reason TEXT NOT NULL, details TEXT NOT NULL, hash TEXT NOT NULL);"
    "CREATE TABLE audit_head(one INTEGER PRIMARY KEY CHECK(one = 1), no INTEGER NOT NULL, hash TEXT NOT NULL);"
    "CREATE INDEX audit_object ON audit(object);"
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'rows of the audit trail are never changed'); END;"
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'rows of the audit trail are never deleted'); END;"
    /* REPLACE would delete without asking the trigger above */
    "CREATE TRIGGER audit_in_order BEFORE INSERT ON audit"
    " WHEN NEW.no <> (SELECT ifnull(max(no), 0) + 1 FROM audit)"
    " BEGIN SELECT RAISE(ABORT, 'rows of the audit trail are only added at its end'); END;",
    /* paper: the register, a row a device; uid stays with it over imports and is never given again. paper_cell: what it
     * declares, as understood and, where that differs, as typed. paper_column: the header of the last import.
     * tombstone: keys of what was disposed of, kept for ever. impact_cell: where the site changed the matrix. */
    "CREATE TABLE paper(uid INTEGER PRIMARY KEY AUTOINCREMENT, row INTEGER NOT NULL, line INTEGER NOT NULL);"
    "CREATE TABLE paper_cell(uid INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, typed TEXT,"
    " PRIMARY KEY(uid, field)) WITHOUT ROWID;"
    "CREATE TABLE paper_column(pos INTEGER PRIMARY KEY, field TEXT NOT NULL, header TEXT NOT NULL);"
    "CREATE TABLE tombstone(key TEXT NOT NULL, value TEXT NOT NULL, uid INTEGER NOT NULL, name TEXT NOT NULL,"
    " at_ns INTEGER NOT NULL, data_class TEXT NOT NULL, verified INTEGER NOT NULL,"
    " PRIMARY KEY(key, value, uid)) WITHOUT ROWID;"
    "CREATE TABLE impact_cell(usage TEXT NOT NULL, use_case TEXT NOT NULL, impact TEXT NOT NULL,"
    " PRIMARY KEY(usage, use_case)) WITHOUT ROWID;"
    "CREATE TRIGGER tombstone_no_update BEFORE UPDATE ON tombstone"
    " BEGIN SELECT RAISE(ABORT, 'tombstones are never changed'); END;"
    "CREATE TRIGGER tombstone_no_delete BEFORE DELETE ON tombstone"
    " BEGIN SELECT RAISE(ABORT, 'tombstones are never deleted'); END;"
    "INSERT INTO paper(uid, row, line) SELECT row, row, line FROM register;"
    "INSERT INTO paper_cell(uid, field, value) SELECT row, 'name', name FROM register WHERE name <> ''"
    " UNION ALL SELECT row, 'mac', mac FROM register WHERE mac <> '' UNION ALL SELECT row, 'ip', ip FROM register "
    "WHERE "
    "ip <> ''"
    " UNION ALL SELECT row, 'kind', kind FROM register WHERE kind <> '' UNION ALL SELECT row, 'zone', zone FROM "
    "register "
    "WHERE zone <> ''"
    " UNION ALL SELECT row, 'owner_dept', owner_dept FROM register WHERE owner_dept <> ''"
    " UNION ALL SELECT row, 'usage', usage FROM register WHERE usage <> ''"
    " UNION ALL SELECT row, 'use_case', use_case FROM register WHERE use_case <> ''"
    " UNION ALL SELECT row, 'phase', phase FROM register WHERE phase <> '';"
    "DROP TABLE register;",
    /* gateway_no, unit: a serial device behind a gateway. change: what an asset was before and after. decision: rows
     * joined or parted, by whom and on what evidence. request: what commands ask of the one who writes. */
    "ALTER TABLE asset ADD COLUMN gateway_no INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE asset ADD COLUMN unit INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE asset ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE attribute ADD COLUMN prev TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE attribute ADD COLUMN pcap TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE attribute ADD COLUMN frame INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX asset_gateway ON asset(gateway_no) WHERE gateway_no <> 0;"
    "CREATE INDEX attribute_key ON attribute(value) WHERE attr IN (" ATTRIBUTE_KEYS ");"
    "CREATE TABLE change(no INTEGER PRIMARY KEY, asset_no INTEGER NOT NULL, at_ns INTEGER NOT NULL, attr TEXT NOT NULL,"
    " value TEXT NOT NULL, prev TEXT NOT NULL, source TEXT NOT NULL, confidence INTEGER NOT NULL, pcap TEXT NOT NULL,"
    " frame INTEGER NOT NULL);"
    "CREATE INDEX change_asset ON change(asset_no);"
    "CREATE TABLE decision(no INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, verb TEXT NOT NULL, who TEXT NOT NULL,"
    " from_no INTEGER NOT NULL, to_no INTEGER NOT NULL, reason TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX decision_from ON decision(from_no);"
    "CREATE INDEX decision_to ON decision(to_no);"
    "CREATE TABLE request(no INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, who TEXT NOT NULL,"
    " login TEXT NOT NULL, verb TEXT NOT NULL, args TEXT NOT NULL, reason TEXT NOT NULL,"
    " state TEXT NOT NULL DEFAULT 'waiting', answer TEXT NOT NULL DEFAULT '');",
    /* names of zones and of the site's levels, for those who draw; the baseline: one row a fact (baseline.h) */
    "ALTER TABLE zone ADD COLUMN name_ja TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE zone ADD COLUMN name_en TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE place_name(token TEXT PRIMARY KEY, ja TEXT NOT NULL, en TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE baseline(link INTEGER NOT NULL, kind INTEGER NOT NULL, unit INTEGER NOT NULL, what INTEGER NOT NULL,"
    " access INTEGER NOT NULL, text TEXT NOT NULL, bits INTEGER NOT NULL, fresh_bits INTEGER NOT NULL, fresh_ns "
    "INTEGER "
    "NOT NULL,"
    " first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, count INTEGER NOT NULL, by_person INTEGER NOT NULL,"
    " PRIMARY KEY(link, kind, unit, what, access)) WITHOUT ROWID;",
    /* usage_raise: rows of the register that write though they are not for control, until a person says what they are
       for */
    "CREATE TABLE usage_raise(uid INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL);",
    /* usage: what a rule found the device in use for */
    "ALTER TABLE usage_raise ADD COLUMN usage TEXT NOT NULL DEFAULT 'control';",
    /* paper_watch: since when a row of the register that nobody shows is looked for */
    "CREATE TABLE paper_watch(uid INTEGER PRIMARY KEY, since_ns INTEGER NOT NULL);",
    /* moved_unit: what stood behind the device that a merge ended, for the merge to be undone */
    "CREATE TABLE moved_unit(decision INTEGER NOT NULL, unit_no INTEGER NOT NULL, PRIMARY KEY(decision, unit_no))"
    " WITHOUT ROWID;"
    "INSERT INTO moved_unit(decision, unit_no) SELECT DISTINCT d.no, c.asset_no FROM decision d JOIN change c"
    " ON c.attr = 'gateway' AND c.prev = printf('A%06d', d.from_no) AND c.value = printf('A%06d', d.to_no)"
    " WHERE d.verb = 'merge' AND NOT d.undone AND"
    " c.no = (SELECT max(no) FROM change WHERE asset_no = c.asset_no AND attr = 'gateway') AND"
    " c.no > (SELECT max(no) FROM change WHERE asset_no = d.to_no AND attr = 'merged' AND value = c.prev);",
    /* these are needed, and made again, where not everything is in memory (ledger_db_index_assets(), _links()) */
    "DROP INDEX IF EXISTS attribute_value;"
    "DROP INDEX IF EXISTS attribute_key;"
    "DROP INDEX IF EXISTS link_ends;"
    /* kept up with every row that is written, for a reader that looks through all of them in no time */
    "DROP INDEX IF EXISTS asset_version;",
    /* born: new assets, many to a row, until they have rows of their own (born.c) */
    "CREATE TABLE IF NOT EXISTS born(no INTEGER PRIMARY KEY, assets TEXT NOT NULL);",
    /* watch: when this sensor watched, a row an hour (watch.h) */
    "CREATE TABLE IF NOT EXISTS watch(no INTEGER PRIMARY KEY, from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL,"
    " frames INTEGER NOT NULL, lost INTEGER NOT NULL);",
    /* work: planned work as people entered it, never changed but for its end (work.h); work_cut: times of it that were
     * over early; work_alert: alerts met meanwhile */
    "CREATE TABLE IF NOT EXISTS work(no INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, title TEXT NOT NULL, "
    "from_ns INTEGER"
    " NOT NULL, to_ns INTEGER NOT NULL, every TEXT NOT NULL, until_ns INTEGER NOT NULL DEFAULT 0, rule TEXT NOT NULL,"
    " zone TEXT NOT NULL, src TEXT NOT NULL, dest TEXT NOT NULL, device TEXT NOT NULL, who TEXT NOT NULL,"
    " note TEXT NOT NULL, by TEXT NOT NULL, at_ns INTEGER NOT NULL, cancelled_ns INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE IF NOT EXISTS work_cut(work_no INTEGER NOT NULL, from_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL,"
    " PRIMARY KEY(work_no, from_ns)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS work_alert(no INTEGER PRIMARY KEY, work_no INTEGER NOT NULL, from_ns INTEGER NOT NULL,"
    " alert_id TEXT NOT NULL, rule TEXT NOT NULL, level INTEGER NOT NULL, muted INTEGER NOT NULL, count INTEGER"
    " NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, UNIQUE(work_no, from_ns, alert_id));"
    "CREATE INDEX IF NOT EXISTS work_alert_by_last ON work_alert(last_ns);",
};

enum { SCHEMA_VERSION = sizeof(steps) / sizeof(steps[0]) };

static void db_path(const char *state_dir, char buf[static PATH_BYTES])
{
	snprintf(buf, PATH_BYTES, "%s/ledger.db", state_dir);
}

int store_exec(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

int store_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
}

const char *store_text(sqlite3_stmt *st, int column)
{
	const char *text = (const char *)sqlite3_column_text(st, column);

	return text ? text : "";
}

int64_t store_number(sqlite3 *db, const char *sql, int *rc)
{
	sqlite3_stmt *st = NULL;
	int64_t n = 0;

	if (*rc == SQLITE_OK)
		*rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	if (*rc == SQLITE_OK) {
		int step = sqlite3_step(st);
		if (step == SQLITE_ROW)
			n = sqlite3_column_int64(st, 0);
		else
			*rc = step;
	}
	sqlite3_finalize(st);
	return n;
}

int64_t store_meta(sqlite3 *db, const char *key)
{
	sqlite3_stmt *st = NULL;
	int64_t value = 0;

	if (sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = ?", -1, &st, NULL) == SQLITE_OK) {
		sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
		if (sqlite3_step(st) == SQLITE_ROW)
			value = sqlite3_column_int64(st, 0);
	}
	sqlite3_finalize(st);
	return value;
}

int store_set_meta(sqlite3 *db, const char *key, int64_t value)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)", -1, &st, NULL);

	if (rc == SQLITE_OK) {
		sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
		sqlite3_bind_int64(st, 2, value);
		rc = sqlite3_step(st);
		rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
	}
	sqlite3_finalize(st);
	return rc;
}

int store_complain(sqlite3 *db, const char *state_dir, int rc, struct complaint *c)
{
	char path[PATH_BYTES];

	db_path(state_dir, path);
	switch (rc & 0xff) {
	case SQLITE_NOTADB:
		complain(c, path, 0, 0,
			 "is no ledger database. It was left as it is: move it away, or restore a backup");
		return -EINVAL;
	case SQLITE_CORRUPT:
		complain(c, path, 0, 0, "is damaged (%s). It was left as it is: move it away, or restore a backup",
			 sqlite3_errmsg(db));
		return -EINVAL;
	case SQLITE_NOMEM:
		complain(c, path, 0, 0, "not enough memory to open it");
		return -ENOMEM;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
		complain(c, path, 0, 0,
			 "cannot be opened (%s). Is the state directory there, and may this user write to it?",
			 sqlite3_errmsg(db));
		return -EACCES;
	case SQLITE_BUSY:
		complain(c, path, 0, 0, "another process keeps it locked. Try again, or stop that process");
		return -EBUSY;
	case SQLITE_FULL:
		complain(c, path, 0, 0, "the disk is full, so nothing was written. Make room, then try again");
		return -ENOSPC;
	default:
		complain(c, path, 0, 0, "%s", sqlite3_errmsg(db));
		return -EIO;
	}
}

static int schema_version(sqlite3 *db, int *version)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW) {
			*version = sqlite3_column_int(st, 0);
			rc = SQLITE_OK;
		}
	}
	sqlite3_finalize(st);
	return rc;
}

int store_end(sqlite3 *db, int rc)
{
	if (rc == SQLITE_OK)
		rc = store_exec(db, "COMMIT");
	if (!sqlite3_get_autocommit(db))
		store_exec(db, "ROLLBACK");
	return rc;
}

int store_settle(sqlite3 *db, const char *state_dir, int rc, struct complaint *c)
{
	int err = 0;

	if (rc == SQLITE_OK)
		rc = store_exec(db, "COMMIT");
	if (rc != SQLITE_OK)
		err = store_complain(db, state_dir, rc, c); /* before anything else is said */
	if (!sqlite3_get_autocommit(db))
		store_exec(db, "ROLLBACK");
	sqlite3_close(db);
	return err;
}

/* @return an SQLite code; where the copy before could not be made, SQLITE_ABORT with @c filled. */
static int bring_up(sqlite3 *db, const char *path, struct complaint *c)
{
	char sql[64];
	int version = 0, rc = store_exec(db, "BEGIN IMMEDIATE");

	if (rc != SQLITE_OK)
		return rc;
	/* again, now that nobody else can write: two may have started together */
	rc = schema_version(db, &version);
	int from = version;
	if (rc == SQLITE_OK && from > 0 && from < SCHEMA_VERSION &&
	    sqlite_care_copy_before(path, from, SCHEMA_VERSION, c) < 0)
		rc = SQLITE_ABORT;
	for (; rc == SQLITE_OK && version < SCHEMA_VERSION; version++)
		rc = store_exec(db, steps[version]);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SCHEMA_VERSION);
	if (rc == SQLITE_OK)
		rc = store_exec(db, sql);
	rc = store_end(db, rc);
	if (rc == SQLITE_OK && from > 0)
		sqlite_care_drop_copies_before(path, from);
	return rc;
}

static int open_for_writing(sqlite3 **db, const char *path, struct complaint *c)
{
	int version = 0;

	(void)sqlite_care_create(path); /* where that failed, opening it says why */
	int rc = sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_busy_timeout(*db, BUSY_MS);
	rc = schema_version(*db, &version);
	if (rc != SQLITE_OK || version > SCHEMA_VERSION)
		return rc;
	char sql[160];
	snprintf(sql, sizeof(sql),
		 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = FAST;"
		 "PRAGMA cache_size = -%d",
		 STORE_CACHE_KIB);
	rc = store_exec(*db, sql);
	return rc == SQLITE_OK && version < SCHEMA_VERSION ? bring_up(*db, path, c) : rc;
}

int store_open(sqlite3 **db, const char *state_dir, enum store_mode mode, struct complaint *c)
{
	char path[PATH_BYTES];
	int version = 0, err = 0;

	*db = NULL;
	db_path(state_dir, path);
	err = openable(path, mode == STORE_WRITE, c);
	if (err && err != -ENOENT)
		return err;
	if (err && mode == STORE_READ) {
		complain(c, path, 0, 0,
			 "there is no ledger yet. Name the daemon's state directory, or let it see some traffic first");
		return -ENOENT;
	}
	err = 0;
	int rc = mode == STORE_WRITE ? open_for_writing(db, path, c) : sqlite_care_open_to_read(db, path);
	if (rc == SQLITE_OK)
		rc = schema_version(*db, &version);
	if (rc == SQLITE_ABORT) { /* said already */
		err = -EIO;
	} else if (rc != SQLITE_OK) {
		err = store_complain(*db, state_dir, rc, c);
	} else if (version > SCHEMA_VERSION) {
		complain(
		    c, path, 0, 0,
		    "was written by a newer version of sekisho (schema %d, this one knows %d). Update this program",
		    version, SCHEMA_VERSION);
		err = -ENOTSUP;
	} else if (version < SCHEMA_VERSION) {
		complain(c, path, 0, 0,
			 "has schema %d, and %d is needed. Start the daemon once: it brings the ledger up to date",
			 version, SCHEMA_VERSION);
		err = -ENOTSUP;
	}
	if (err) {
		sqlite3_close(*db);
		*db = NULL;
	}
	return err;
}

void store_bind_text(sqlite3_stmt *st, int i, const char *text)
{
	sqlite3_bind_text(st, i, text, -1, SQLITE_STATIC);
}

void store_bind_no(sqlite3_stmt *st, int i, uint64_t n)
{
	sqlite3_bind_int64(st, i, (sqlite3_int64)n);
}

void store_bind_ip(sqlite3_stmt *st, int i, const struct ip_addr *ip, char text[static IP_TEXT_MAX])
{
	if (ip_is_none(ip))
		text[0] = '\0';
	else
		ip_format(ip, text);
	store_bind_text(st, i, text);
}
