#include "ledger/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/openable.h"
#include "base/sqlite_care.h"
#include "ledger/schema.h"

enum { PATH_BYTES = 1024, BUSY_MS = 5000 };

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

/* Where the system itself says why, and it is no matter of rights. SQLite tries a file system that is read-only again
 * without writing, and tells of that. */
static int system_error(sqlite3 *db, const char *state_dir)
{
	int error = db ? sqlite3_system_errno(db) : 0;

	if (error == EMFILE || error == ENFILE || error == EROFS)
		return error;
	return access(state_dir, W_OK) < 0 && errno == EROFS ? EROFS : 0;
}

int store_complain(sqlite3 *db, const char *state_dir, int rc, struct complaint *c)
{
	char path[PATH_BYTES];
	int error;

	db_path(state_dir, path);
	if (sqlite_care_no_room(state_dir, rc))
		rc = SQLITE_FULL;
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
		error = system_error(db, state_dir);
		if (error) {
			complain(c, path, 0, 0, "cannot be opened: %s", strerror(error));
			return -EACCES;
		}
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

/* 0 of an empty file. @return an SQLite code: SQLITE_NOTADB of one that is not empty and has none. */
static int schema_version(sqlite3 *db, int *version)
{
	int rc = SQLITE_OK;

	*version = (int)store_number(db, "PRAGMA user_version", &rc);
	bool foreign =
	    rc == SQLITE_OK && *version == 0 && store_number(db, "SELECT count(*) FROM sqlite_master", &rc) > 0;
	return foreign ? SQLITE_NOTADB : rc;
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
	if (rc == SQLITE_OK && from > 0 && from < LEDGER_SCHEMA &&
	    sqlite_care_copy_before(path, from, LEDGER_SCHEMA, c) < 0)
		rc = SQLITE_ABORT;
	if (rc == SQLITE_OK && from == 0) {
		rc = store_exec(db, ledger_schema);
		version = LEDGER_SCHEMA;
	}
	for (; rc == SQLITE_OK && version < LEDGER_SCHEMA; version++)
		rc = store_exec(db, ledger_schema_steps[version - 1]);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", LEDGER_SCHEMA);
	if (rc == SQLITE_OK)
		rc = store_exec(db, sql);
	rc = store_end(db, rc);
	if (rc == SQLITE_OK && from > 0)
		sqlite_care_drop_copies_before(path, from);
	return rc;
}

static int open_for_writing(sqlite3 **db, const char *path, enum sqlite_company company, struct complaint *c)
{
	int version = 0;

	(void)sqlite_care_create(path); /* where that failed, opening it says why */
	int rc = sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_busy_timeout(*db, BUSY_MS);
	rc = schema_version(*db, &version);
	if (rc != SQLITE_OK || version > LEDGER_SCHEMA)
		return rc;
	rc = sqlite_care_expect(*db, company);
	char sql[80];
	snprintf(sql, sizeof(sql), "PRAGMA secure_delete = FAST; PRAGMA cache_size = -%d", STORE_CACHE_KIB);
	if (rc == SQLITE_OK)
		rc = store_exec(*db, sql);
	return rc == SQLITE_OK && version < LEDGER_SCHEMA ? bring_up(*db, path, c) : rc;
}

static int open_in(sqlite3 **db, const char *state_dir, enum store_mode mode, enum sqlite_company company,
		   struct complaint *c)
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
	int rc = mode == STORE_WRITE ? open_for_writing(db, path, company, c) : sqlite_care_open_to_read(db, path);
	if (rc == SQLITE_OK)
		rc = schema_version(*db, &version);
	if (rc == SQLITE_ABORT) { /* said already */
		err = -EIO;
	} else if (rc != SQLITE_OK) {
		err = store_complain(*db, state_dir, rc, c);
	} else if (version > LEDGER_SCHEMA) {
		complain(
		    c, path, 0, 0,
		    "was written by a newer version of sekisho (schema %d, this one knows %d). Update this program",
		    version, LEDGER_SCHEMA);
		err = -ENOTSUP;
	} else if (version < LEDGER_SCHEMA) {
		complain(c, path, 0, 0,
			 "has schema %d, and %d is needed. Start the daemon once: it brings the ledger up to date",
			 version, LEDGER_SCHEMA);
		err = -ENOTSUP;
	}
	if (err) {
		sqlite3_close(*db);
		*db = NULL;
	}
	return err;
}

int store_open(sqlite3 **db, const char *state_dir, enum store_mode mode, struct complaint *c)
{
	return open_in(db, state_dir, mode, SQLITE_SHARED, c);
}

int store_open_in(sqlite3 **db, const char *state_dir, enum sqlite_company company, struct complaint *c)
{
	return open_in(db, state_dir, STORE_WRITE, company, c);
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
