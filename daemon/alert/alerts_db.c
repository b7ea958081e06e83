#include "alert/alerts_db.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/openable.h"
#include "base/sqlite_care.h"

enum {
	SCHEMA_VERSION = 6,
	APPLICATION_ID = 0x534b5341, /* "SKSA" */
	BUSY_MS = 2000,              /* the other side's transactions are milliseconds, a slow disk's sync on top */
};

/*
 * Of an alert's life. told: has anybody heard of it; evidence_open: the body ends inside its evidence, so that a
 * capture can be named there later; who, reason, until: of the last thing a person did.
 */
#define LIFE_COLUMNS                                                                                                   \
	", told INTEGER NOT NULL DEFAULT 1, evidence_open INTEGER NOT NULL DEFAULT 0, incident TEXT NOT NULL DEFAULT " \
	"'', stage INTEGER NOT NULL DEFAULT 0,"                                                                        \
	" pcap TEXT NOT NULL DEFAULT '', sha256 TEXT NOT NULL DEFAULT '', who TEXT NOT NULL DEFAULT '',"               \
	" reason TEXT NOT NULL DEFAULT '', until INTEGER NOT NULL DEFAULT 0"

#define LIFE_TABLES                                                                                                    \
	"CREATE INDEX alerts_by_incident ON alerts(incident) WHERE incident != '';"                                    \
	"CREATE TABLE mutes(no INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, alert_id TEXT NOT NULL,"        \
	" rule TEXT NOT NULL, src TEXT NOT NULL, dest TEXT NOT NULL, zone TEXT NOT NULL, until INTEGER NOT NULL,"      \
	" reason TEXT NOT NULL, who TEXT NOT NULL, applied INTEGER NOT NULL DEFAULT 0,"                                \
	" last_applied INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0);"                                 \
	"CREATE TABLE requests(no INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, verb INTEGER NOT NULL,"      \
	" target TEXT NOT NULL, rule TEXT NOT NULL, src TEXT NOT NULL, dest TEXT NOT NULL, zone TEXT NOT NULL,"        \
	" until INTEGER NOT NULL, reason TEXT NOT NULL, who TEXT NOT NULL, login TEXT NOT NULL, via TEXT NOT NULL,"    \
	" key TEXT UNIQUE, result INTEGER NOT NULL DEFAULT 0, reported INTEGER NOT NULL DEFAULT 0);"                   \
	"CREATE INDEX requests_waiting ON requests(no) WHERE result = 0;" INCIDENT_TABLES

/*
 * Drills (drills.h) and the alerts they raise, which stand apart: whoever counts `alerts` counts no practice. no: out
 * of the numbers of `alerts`; seq: of the row of the outbox by which it was told first; acked, closed: the first time
 * that a person did so while the drill was under way, 0: nobody did; ack_minutes, close_minutes: the targets, 0: none.
 */
#define DRILL_TABLES                                                                                                   \
	"ALTER TABLE requests ADD COLUMN title TEXT NOT NULL DEFAULT '';"                                              \
	"CREATE TABLE drills(no INTEGER PRIMARY KEY AUTOINCREMENT, scenario TEXT NOT NULL, version INTEGER NOT NULL,"  \
	" title TEXT NOT NULL, note TEXT NOT NULL, who TEXT NOT NULL, login TEXT NOT NULL, started INTEGER NOT NULL,"  \
	" until INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0, ended_by TEXT NOT NULL DEFAULT '',"                \
	" remark TEXT NOT NULL DEFAULT '');"                                                                           \
	"CREATE TABLE drill_alerts(no INTEGER PRIMARY KEY, drill INTEGER NOT NULL, n INTEGER NOT NULL,"                \
	" alert_id TEXT NOT NULL UNIQUE, rule_id TEXT NOT NULL, level INTEGER NOT NULL, state TEXT NOT NULL,"          \
	" first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, src_zone TEXT NOT NULL, dest_zone TEXT NOT NULL,"   \
	" incident TEXT NOT NULL DEFAULT '', body TEXT NOT NULL, seq INTEGER NOT NULL, ack_minutes INTEGER NOT NULL,"  \
	" close_minutes INTEGER NOT NULL, who TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',"              \
	" acked INTEGER NOT NULL DEFAULT 0, acked_by TEXT NOT NULL DEFAULT '', closed INTEGER NOT NULL DEFAULT 0,"     \
	" closed_by TEXT NOT NULL DEFAULT '', UNIQUE(drill, n));"                                                      \
	"CREATE TABLE drill_sinks(drill INTEGER NOT NULL, n INTEGER NOT NULL, sink TEXT NOT NULL, at INTEGER NOT "     \
	"NULL, PRIMARY KEY(drill, n, sink)) WITHOUT ROWID;"

/* stage: an enum attack_stage; n: the how manieth alert of the incident it was. */
#define INCIDENT_TABLES                                                                                                \
	"CREATE TABLE incidents(incident_id TEXT PRIMARY KEY, source TEXT NOT NULL, level INTEGER NOT NULL,"           \
	" stage INTEGER NOT NULL, alerts INTEGER NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"   \
	" state TEXT NOT NULL DEFAULT 'open', who TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '')"          \
	" WITHOUT ROWID;"                                                                                              \
	"CREATE INDEX incidents_by_last ON incidents(last_seen);"                                                      \
	"CREATE TABLE incident_steps(incident_id TEXT NOT NULL, n INTEGER NOT NULL, at INTEGER NOT NULL,"              \
	" stage INTEGER NOT NULL, alert_id TEXT NOT NULL, rule_id TEXT NOT NULL, level INTEGER NOT NULL,"              \
	" PRIMARY KEY(incident_id, n)) WITHOUT ROWID;"

/* Of a sink. active: it is configured; wanted: where somebody sends it. */
#define SINK_COLUMNS ", active INTEGER NOT NULL DEFAULT 1, wanted INTEGER"

/*
 * What an alert says is kept once. seq: of the row of the outbox that goes on where the text ends, 0: of none.
 * body: the alert with whose text the row begins, 0: json is all of it; bytes: of all of it (0: json's).
 */
#define BODY_COLUMNS ", body INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0"
#define BODY_TABLES                                                                                                    \
	"CREATE TABLE bodies(no INTEGER PRIMARY KEY, text TEXT NOT NULL, seq INTEGER NOT NULL);"                       \
	"CREATE VIEW told AS SELECT o.seq AS seq, o.ms AS ms, o.level AS level,"                                       \
	" CASE WHEN o.body = 0 THEN o.json ELSE b.text || o.json END AS json"                                          \
	" FROM outbox o LEFT JOIN bodies b ON b.no = o.body;"

static const char schema[] =
    "CREATE TABLE alerts("
    " no INTEGER PRIMARY KEY, alert_id TEXT NOT NULL, rule_id TEXT NOT NULL, digest BLOB NOT NULL, level INTEGER NOT "
    "NULL,"
    " state TEXT NOT NULL, count INTEGER NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
    " session INTEGER NOT NULL, counted_to INTEGER NOT NULL, src_zone TEXT NOT NULL, dest_zone TEXT NOT NULL,"
    " body TEXT NOT NULL" LIFE_COLUMNS ");"
    "CREATE INDEX alerts_by_id ON alerts(alert_id);"
    "CREATE TABLE outbox(seq INTEGER PRIMARY KEY, ms INTEGER NOT NULL, json TEXT NOT NULL, level INTEGER NOT NULL "
    "DEFAULT 4" BODY_COLUMNS ");"
    "CREATE TABLE sinks(name TEXT PRIMARY KEY, seq INTEGER NOT NULL" SINK_COLUMNS ") WITHOUT ROWID;"
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES('session', 0), ('outbox_bytes', 0);" LIFE_TABLES BODY_TABLES DRILL_TABLES;

/* A store of version 1: alerts without a life, whose bodies have closed their evidence. */
static const char from_version_1[] = "ALTER TABLE alerts ADD COLUMN told INTEGER NOT NULL DEFAULT 1;"
				     "ALTER TABLE alerts ADD COLUMN evidence_open INTEGER NOT NULL DEFAULT 0;"
				     "ALTER TABLE alerts ADD COLUMN incident TEXT NOT NULL DEFAULT '';"
				     "ALTER TABLE alerts ADD COLUMN pcap TEXT NOT NULL DEFAULT '';"
				     "ALTER TABLE alerts ADD COLUMN sha256 TEXT NOT NULL DEFAULT '';"
				     "ALTER TABLE alerts ADD COLUMN who TEXT NOT NULL DEFAULT '';"
				     "ALTER TABLE alerts ADD COLUMN reason TEXT NOT NULL DEFAULT '';"
				     "ALTER TABLE alerts ADD COLUMN until INTEGER NOT NULL DEFAULT 0;"
				     "ALTER TABLE alerts ADD COLUMN stage INTEGER NOT NULL DEFAULT 0;" LIFE_TABLES;

/* A store of version 2: its tables of incidents were never written to. */
static const char from_version_2[] = "ALTER TABLE alerts ADD COLUMN stage INTEGER NOT NULL DEFAULT 0;"
				     "DROP TABLE incidents; DROP TABLE incident_steps;" INCIDENT_TABLES;

/* A store of version 3: an outbox without levels, sinks without wishes. Its rows count as the most important. */
static const char from_version_3[] = "ALTER TABLE outbox ADD COLUMN level INTEGER NOT NULL DEFAULT 4;"
				     "ALTER TABLE sinks ADD COLUMN active INTEGER NOT NULL DEFAULT 1;"
				     "ALTER TABLE sinks ADD COLUMN wanted INTEGER;"
				     "INSERT INTO meta SELECT 'outbox_bytes', CAST(total(length(CAST(json AS BLOB))) "
				     "AS INTEGER) FROM outbox;";

/* A store of version 4: each alert's text stood in alerts.body, and once more in the outbox; what was told stays so.
 * Its indexes are made again by those who need them (alerts_store.c). */
static const char from_version_4[] = "ALTER TABLE outbox ADD COLUMN body INTEGER NOT NULL DEFAULT 0;"
				     "ALTER TABLE outbox ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;"
				     "DROP INDEX IF EXISTS alerts_by_digest;"
				     "DROP INDEX IF EXISTS alerts_by_last;"
				     "DROP INDEX IF EXISTS alerts_by_first;" BODY_TABLES;

/* A store of version 5: no drills. */
static const char from_version_5[] = DRILL_TABLES;

/* What brings a store of version i + 1 up, and to which version. */
static const struct {
	const char *sql;
	int to;
} steps[] = {{from_version_1, 3}, {from_version_2, 3}, {from_version_3, 4}, {from_version_4, 5}, {from_version_5, 6}};

int alerts_db_errno(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return -EINVAL;
	default:
		return -EIO;
	}
}

static const char damaged[] = "is damaged (%s). Restore a backup; the daemon sets it aside at its next start";

int alerts_db_unread(const char *state_dir, int code, const char *why, struct complaint *c)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/alerts.db", state_dir);
	if (alerts_db_errno(code) == -EINVAL)
		complain(c, path, 0, 0, damaged, why);
	else
		complain(c, state_dir, 0, 0, "alerts.db cannot be read: %s", why);
	return alerts_db_errno(code);
}

int alerts_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
}

const char *alerts_db_text(sqlite3_stmt *s, int column)
{
	const unsigned char *text = sqlite3_column_text(s, column);

	return text ? (const char *)text : "";
}

int alerts_db_run(sqlite3_stmt *s)
{
	int code = sqlite3_step(s);

	sqlite3_reset(s);
	return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

int64_t alerts_db_number(sqlite3 *db, const char *sql, int64_t otherwise)
{
	sqlite3_stmt *s = NULL;
	int64_t value = otherwise;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW &&
	    sqlite3_column_type(s, 0) != SQLITE_NULL)
		value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return value;
}

static int failed(sqlite3 *db, const char *path, int code, struct complaint *c)
{
	int err = alerts_db_errno(code), error = sqlite3_system_errno(db);
	bool system_says = (code & 0xff) == SQLITE_CANTOPEN && error != 0;
	char folder[4096];

	snprintf(folder, sizeof(folder), "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	if (sqlite_care_no_room(slash ? folder : ".", code)) {
		complain(c, path, 0, 0, "the disk is full, so nothing was written. Make room, then try again");
		return -ENOSPC;
	}
	if ((code & 0xff) == SQLITE_CORRUPT)
		complain(c, path, 0, 0, damaged, sqlite3_errmsg(db));
	else if (err == -EINVAL)
		complain(c, path, 0, 0,
			 "this is not a store of alerts (%s). Move it away, or name another state directory",
			 sqlite3_errmsg(db));
	else
		complain(c, path, 0, 0,
			 "cannot be opened: %s. Check that the directory is there, is yours and has room",
			 system_says ? strerror(error) : sqlite3_errmsg(db));
	return err;
}

/* All steps in one transaction, after a copy. @return 0, or -errno with @c filled. */
static int bring_up(sqlite3 *db, const char *path, struct complaint *c)
{
	char stamp[64];
	int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	/* again, now that nobody else can write: two may have started together */
	int from = (int)alerts_db_number(db, "PRAGMA user_version", 0), version = from;
	int err =
	    code == SQLITE_OK && from < SCHEMA_VERSION ? sqlite_care_copy_before(path, from, SCHEMA_VERSION, c) : 0;

	while (version < SCHEMA_VERSION && code == SQLITE_OK && !err) {
		code = sqlite3_exec(db, steps[version - 1].sql, NULL, NULL, NULL);
		version = steps[version - 1].to;
	}
	snprintf(stamp, sizeof(stamp), "PRAGMA user_version=%d; COMMIT", SCHEMA_VERSION);
	if (code == SQLITE_OK && !err)
		code = sqlite3_exec(db, stamp, NULL, NULL, NULL);
	if (code != SQLITE_OK)
		err = failed(db, path, code, c);
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	if (!err)
		sqlite_care_drop_copies_before(path, from);
	return err;
}

/* A version that this program cannot use as it is. @return -ENOTSUP. */
static int other_version(const char *path, int version, struct complaint *c)
{
	if (version > SCHEMA_VERSION)
		complain(
		    c, path, 0, 0,
		    "was written by a newer version of sekisho (schema %d, this one knows %d). Update this program",
		    version, SCHEMA_VERSION);
	else
		complain(c, path, 0, 0,
			 "has schema %d, and %d is needed. Start the daemon once: it brings the alerts up to date",
			 version, SCHEMA_VERSION);
	return -ENOTSUP;
}

/* Changes nothing: a file of someone else, or of a newer version, is left alone. @version: 0 where it is empty. */
static int check_schema(sqlite3 *db, const char *path, enum alerts_db_use use, int64_t *version, struct complaint *c)
{
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(db, "SELECT count(*) FROM sqlite_master", -1, &s, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	int64_t tables = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_finalize(s);
	if (code != SQLITE_ROW)
		return failed(db, path, code, c);
	*version = tables > 0 ? alerts_db_number(db, "PRAGMA user_version", 0) : 0;
	if (tables == 0 && use == ALERTS_DB_WRITE)
		return 0;
	if (tables == 0) {
		complain(c, path, 0, 0, "holds no alerts yet");
		return -ENOENT;
	}
	if (alerts_db_number(db, "PRAGMA application_id", 0) != APPLICATION_ID) {
		complain(c, path, 0, 0,
			 "is a database of another program. Move it away, or name another state directory");
		return -EINVAL;
	}
	bool old = *version >= 1 && *version < SCHEMA_VERSION;
	return *version == SCHEMA_VERSION || (old && use == ALERTS_DB_WRITE) ? 0
									     : other_version(path, (int)*version, c);
}

/* An empty file gets the schema in one transaction. */
static int make_schema(sqlite3 *db, const char *path, struct complaint *c)
{
	char stamp[96];
	int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	snprintf(stamp, sizeof(stamp), "PRAGMA user_version=%d; PRAGMA application_id=%d; COMMIT", SCHEMA_VERSION,
		 APPLICATION_ID);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, schema, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, stamp, NULL, NULL, NULL);
	(void)sqlite3_db_release_memory(db); /* a page for each table and index, most of them empty for long */
	return code == SQLITE_OK ? 0 : failed(db, path, code, c);
}

static int begin_to_write(sqlite3 *db, const char *path, enum sqlite_company company, int64_t version,
			  struct complaint *c)
{
	int code = sqlite_care_expect(db, company);

	if (code != SQLITE_OK)
		return failed(db, path, code, c);
	if (version == 0)
		return make_schema(db, path, c);
	return version < SCHEMA_VERSION ? bring_up(db, path, c) : 0;
}

/* Each connection is used by one thread at a time. */
static int open_connection(sqlite3 **db, const char *path, int flags)
{
	int code = sqlite3_open_v2(path, db, flags | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX, NULL);

	return code == SQLITE_OK ? sqlite3_busy_timeout(*db, BUSY_MS) : code;
}

static int open_to_read(sqlite3 **db, const char *path)
{
	int code = sqlite_care_open_to_read(db, path);

	if (*db)
		(void)sqlite3_extended_result_codes(*db, 1);
	return code == SQLITE_OK ? SQLITE_OK : sqlite3_extended_errcode(*db);
}

static int open_in(sqlite3 **out, const char *state_dir, enum alerts_db_use use, enum sqlite_company company,
		   struct complaint *c)
{
	char path[PATH_MAX];
	sqlite3 *db = NULL;

	*out = NULL;
	if (snprintf(path, sizeof(path), "%s/alerts.db", state_dir) >= (int)sizeof(path)) {
		complain(c, state_dir, 0, 0, "this path is too long");
		return -ENAMETOOLONG;
	}
	int barred = openable(path, use != ALERTS_DB_READ, c);
	if (barred && barred != -ENOENT)
		return barred;
	if (barred == -ENOENT && use != ALERTS_DB_WRITE) {
		complain(c, path, 0, 0, "there are no alerts here yet. Is this the state directory of a sensor?");
		return -ENOENT;
	}
	int made = barred == -ENOENT ? sqlite_care_create(path) : 0;
	if (made) {
		complain(c, path, 0, 0, "%s", strerror(-made));
		return made;
	}

	int code = use == ALERTS_DB_READ ? open_to_read(&db, path) : open_connection(&db, path, SQLITE_OPEN_READWRITE);
	if (code == SQLITE_OK && use == ALERTS_DB_WRITE)
		code =
		    sqlite3_exec(db,
				 "PRAGMA page_size=16384; PRAGMA wal_autocheckpoint=256; PRAGMA secure_delete=FAST; "
				 "PRAGMA journal_size_limit=16777216; "
				 "PRAGMA cache_size=-320", /* twenty pages: they are written once, old counts are few */
				 NULL, NULL, NULL);
	if (code == SQLITE_OK && use == ALERTS_DB_DELIVER)
		/* a sink goes from row to row, and none is read again */
		code = sqlite3_exec(db, "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-512", NULL, NULL, NULL);
	int64_t version = 0;
	int err = code == SQLITE_OK ? check_schema(db, path, use, &version, c) : failed(db, path, code, c);
	if (!err && use == ALERTS_DB_WRITE)
		err = begin_to_write(db, path, company, version, c);
	if (err) {
		sqlite3_close(db);
		return err;
	}
	*out = db;
	return 0;
}

bool alerts_db_is_newer(const char *state_dir, struct complaint *c)
{
	return sqlite_care_is_newer(state_dir, "alerts.db", SCHEMA_VERSION, c);
}

int alerts_db_open(sqlite3 **out, const char *state_dir, enum alerts_db_use use, struct complaint *c)
{
	return open_in(out, state_dir, use, SQLITE_SHARED, c);
}

int alerts_db_open_in(sqlite3 **out, const char *state_dir, enum sqlite_company company, struct complaint *c)
{
	return open_in(out, state_dir, ALERTS_DB_WRITE, company, c);
}
