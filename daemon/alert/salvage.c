/* What can still be read of a damaged alerts.db moves into a fresh one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alert/alerts_db.h"
#include "alert/outbox.h"
#include "alert/outbox_store.h"
#include "base/sqlite_care.h"

enum { SQL_BYTES = 4096, COLUMNS_MAX = 64, PATH_BYTES = 1024 };

/* Each is read from its front until damage stops it, then from its end. Sinks first: a number that one of them has seen
 * is not given again (outbox_store_open()). */
static const struct {
	const char *name, *up, *down;
} tables[] = {
    {"sinks", "name", "name DESC"},
    {"meta", "key", "key DESC"},
    {"bodies", "no", "no DESC"},
    {"outbox", "seq", "seq DESC"},
    {"alerts", "no", "no DESC"},
    {"mutes", "no", "no DESC"},
    {"requests", "no", "no DESC"},
    {"incidents", "incident_id", "incident_id DESC"},
    {"incident_steps", "incident_id, n", "incident_id DESC, n DESC"},
    {"drills", "no", "no DESC"},
    {"drill_alerts", "no", "no DESC"},
    {"drill_sinks", "drill, n, sink", "drill DESC, n DESC, sink DESC"},
};

/* "INSERT OR IGNORE INTO t(a,b) VALUES(?,?)" for the columns that @row has. */
static int prepare_insert(sqlite3 *to, const char *table, sqlite3_stmt *row, sqlite3_stmt **out)
{
	char sql[SQL_BYTES];
	int n = sqlite3_column_count(row), at = snprintf(sql, sizeof(sql), "INSERT OR IGNORE INTO %s(", table);

	if (n > COLUMNS_MAX)
		return SQLITE_ERROR;
	for (int i = 0; i < n && at < SQL_BYTES; i++)
		at +=
		    snprintf(sql + at, sizeof(sql) - (size_t)at, "%s\"%s\"", i ? "," : "", sqlite3_column_name(row, i));
	for (int i = 0; i < n && at < SQL_BYTES; i++)
		at += snprintf(sql + at, sizeof(sql) - (size_t)at, "%s?", i ? "," : ") VALUES(");
	if (at < SQL_BYTES)
		at += snprintf(sql + at, sizeof(sql) - (size_t)at, ")");
	return at < SQL_BYTES ? sqlite3_prepare_v2(to, sql, -1, out, NULL) : SQLITE_ERROR;
}

/* Copies rows in @order until one cannot be read, or is there. */
static void copy(sqlite3 *from, sqlite3 *to, const char *table, const char *order)
{
	sqlite3_stmt *row = NULL, *insert = NULL;
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT * FROM %s ORDER BY %s", table, order);
	if (sqlite3_prepare_v2(from, sql, -1, &row, NULL) == SQLITE_OK &&
	    prepare_insert(to, table, row, &insert) == SQLITE_OK) {
		while (sqlite3_step(row) == SQLITE_ROW) {
			for (int i = 0; i < sqlite3_column_count(row); i++)
				sqlite3_bind_value(insert, i + 1, sqlite3_column_value(row, i));
			if (alerts_db_run(insert) != SQLITE_OK || sqlite3_changes(to) == 0)
				break;
		}
	}
	sqlite3_finalize(insert);
	sqlite3_finalize(row);
}

static void copy_table(sqlite3 *from, sqlite3 *to, size_t i)
{
	copy(from, to, tables[i].name, tables[i].up);
	copy(from, to, tables[i].name, tables[i].down);
}

/* @return an SQLite code of the fresh database; what cannot be read of the former one is left there. */
static int salvage(sqlite3 *from, sqlite3 *to, uint64_t *alerts, uint64_t *entries)
{
	/* what lost its text says nothing */
	static const char end[] = "DELETE FROM outbox WHERE body <> 0 AND body NOT IN (SELECT no FROM bodies);"
				  "DELETE FROM alerts WHERE body = '' AND no NOT IN (SELECT no FROM bodies);"
				  "INSERT OR IGNORE INTO meta VALUES('session', 0);"
				  "INSERT OR REPLACE INTO meta SELECT 'outbox_bytes', CAST(total(" OUTBOX_ROW_BYTES
				  ") AS INTEGER) FROM outbox; COMMIT";
	int code = sqlite3_exec(to, "BEGIN IMMEDIATE; DELETE FROM meta", NULL, NULL, NULL);

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && code == SQLITE_OK; i++)
		copy_table(from, to, i);
	if (code == SQLITE_OK)
		code = sqlite3_exec(to, end, NULL, NULL, NULL);
	*alerts = (uint64_t)alerts_db_number(to, "SELECT count(*) FROM alerts", 0);
	*entries = (uint64_t)alerts_db_number(to, "SELECT count(*) FROM outbox", 0);
	return code;
}

/* The fresh database grows in a directory of its own, so that one that is not finished is never taken for one that is.
 */
struct paths {
	char dir[PATH_BYTES], fresh[PATH_BYTES + 16], place[PATH_BYTES];
};

static struct paths paths_of(const char *state_dir)
{
	struct paths p;

	snprintf(p.place, sizeof(p.place), "%s/alerts.db", state_dir);
	snprintf(p.dir, sizeof(p.dir), "%s/alerts.salvage", state_dir);
	snprintf(p.fresh, sizeof(p.fresh), "%s/alerts.db", p.dir);
	return p;
}

/* What a salvage that was interrupted left. */
static void sweep(const struct paths *p)
{
	static const char *const parts[] = {"", "-wal", "-shm"};
	char path[sizeof(p->fresh) + 8];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", p->fresh, parts[i]);
		(void)unlink(path);
	}
	(void)rmdir(p->dir);
}

/* Reads the database in its place, and leaves it as it is. @return 0, or -errno with @c filled. */
static int fill(const struct paths *p, uint64_t *alerts, uint64_t *entries, struct complaint *c)
{
	sqlite3 *from = NULL, *to = NULL;
	int code = SQLITE_OK;

	sweep(p);
	if (mkdir(p->dir, 0750) < 0) {
		int err = -errno;
		complain(c, p->dir, 0, 0, "%s", strerror(-err));
		return err;
	}
	int err = alerts_db_open(&to, p->dir, ALERTS_DB_WRITE, c);
	if (err)
		return err;
	if (sqlite3_open_v2(p->place, &from, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK) {
		(void)sqlite3_db_config(from, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		/* a file shorter than its header says is read only so */
		(void)sqlite3_db_config(from, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, NULL);
		code = salvage(from, to, alerts, entries);
	}
	sqlite3_close(from);
	if (code != SQLITE_OK)
		complain(c, p->dir, 0, 0, "alerts.db cannot be written: %s", sqlite3_errmsg(to));
	sqlite3_close(to);
	return alerts_db_errno(code);
}

int alerts_make_room(const char *state_dir, struct complaint *c)
{
	struct paths p = paths_of(state_dir);
	char aside[PATH_BYTES];
	uint64_t alerts = 0, entries = 0;

	/* interrupted after the damaged one was set aside: the other is complete */
	if (access(p.place, F_OK) < 0 && access(p.fresh, F_OK) == 0)
		(void)rename(p.fresh, p.place);
	if (!sqlite_care_is_damaged(state_dir, "alerts.db", c)) {
		sweep(&p);
		return 0;
	}
	int err = fill(&p, &alerts, &entries, c);
	if (err)
		return err;
	err = sqlite_care_set_aside(state_dir, "alerts.db", "damaged", aside, sizeof(aside));
	if (!err && rename(p.fresh, p.place) < 0)
		err = -errno;
	if (err) {
		complain(c, state_dir, 0, 0, "the damaged alerts.db cannot be renamed: %s", strerror(-err));
		return err;
	}
	sweep(&p);
	sqlite_care_trim_aside(state_dir, "alerts.db", "damaged", SQLITE_CARE_DAMAGED_KEPT);
	log_error(
	    "alerts: the database was damaged and stands in %s now; a fresh one has begun, with the %llu alerts and "
	    "%llu outbox entries that could still be read",
	    aside, (unsigned long long)alerts, (unsigned long long)entries);
	return 0;
}
