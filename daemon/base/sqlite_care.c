#include "base/sqlite_care.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 1024, BUSY_MS = 5000 };

void sqlite_care_begin(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int sqlite_care_check(sqlite3 *db, const char *how, char *words, size_t size)
{
	sqlite3_stmt *st = NULL;
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA %s(1)", how);
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const unsigned char *text = sqlite3_column_text(st, 0);
		snprintf(words, size, "%s", text ? (const char *)text : "");
		rc = strcmp(words, "ok") == 0 ? SQLITE_OK : SQLITE_CORRUPT;
	} else {
		snprintf(words, size, "%s", sqlite3_errmsg(db));
	}
	sqlite3_finalize(st);
	return rc;
}

bool sqlite_care_is_damaged(const char *state_dir, const char *name, struct complaint *c)
{
	char path[PATH_BYTES], words[256];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/%s", state_dir, name);
	if (access(path, F_OK) < 0)
		return false;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		sqlite3_close(db);
		return false;
	}
	sqlite3_busy_timeout(db, BUSY_MS);
	int rc = sqlite_care_check(db, "quick_check", words, sizeof(words));
	sqlite3_close(db);
	bool damaged = (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
	if (damaged)
		complain(c, path, 0, 0, "is damaged (%s)", words);
	return damaged;
}

void sqlite_care_alone(sqlite3 *db)
{
	/* where somebody reads it remains as it is: nothing depends on it */
	(void)sqlite3_exec(db, "PRAGMA journal_mode = TRUNCATE", NULL, NULL, NULL);
}

void sqlite_care_shared(sqlite3 *db)
{
	(void)sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
}

int sqlite_care_take_back(const char *path)
{
	sqlite3 *db = NULL;
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(db, BUSY_MS);
	if (rc == SQLITE_OK) /* whoever looks first takes back */
		rc = sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	sqlite3_close(db);
	return rc;
}

int sqlite_care_set_aside(const char *state_dir, const char *name, char *aside, size_t size)
{
	static const char *const parts[] = {"", "-wal", "-shm", "-journal"};
	char from[PATH_BYTES], to[PATH_BYTES], stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H-%M-%S", &tm);
	snprintf(aside, size, "%s/%s.damaged-%s", state_dir, name, stamp);
	for (int n = 1; access(aside, F_OK) == 0 && n < 1000; n++)
		snprintf(aside, size, "%s/%s.damaged-%s.%d", state_dir, name, stamp, n);
	for (int i = 0; i < 4; i++) {
		snprintf(from, sizeof(from), "%s/%s%s", state_dir, name, parts[i]);
		snprintf(to, sizeof(to), "%s%s", aside, parts[i]);
		if (rename(from, to) < 0 && (i == 0 || errno != ENOENT))
			return -errno;
	}
	return 0;
}
