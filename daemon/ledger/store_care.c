#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sqlite_care.h"
#include "ledger/store.h"

enum { PATH_BYTES = 1024, PAGES_AT_ONCE = 256, BUSY_WAIT_MS = 50, BUSY_MOST = 200 };

int store_verify(const char *state_dir, struct store_census *census, struct complaint *c)
{
	char words[256] = "", path[PATH_BYTES];
	sqlite3 *db;
	int err = store_open(&db, state_dir, STORE_READ, c);

	if (err)
		return err;
	int rc = sqlite_care_check(db, "integrity_check", words, sizeof(words));
	if (rc == SQLITE_OK) {
		census->assets =
		    (uint64_t)store_number(db, "SELECT count(*) FROM asset WHERE merged_into IS NULL", &rc);
		census->links = (uint64_t)store_number(db, "SELECT count(*) FROM link", &rc);
		census->audit = (uint64_t)store_number(db, "SELECT count(*) FROM audit", &rc);
		if (rc != SQLITE_OK)
			snprintf(words, sizeof(words), "%s", sqlite3_errmsg(db));
	}
	sqlite3_close(db);
	if (rc == SQLITE_OK)
		return 0;
	snprintf(path, sizeof(path), "%s/ledger.db", state_dir);
	complain(c, path, 0, 0, "is damaged (%s). Restore a backup; the daemon sets it aside at its next start", words);
	return -EINVAL;
}

static int copy(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int rc = SQLITE_OK;

	if (!b)
		return sqlite3_errcode(to);
	for (int busy = 0; busy < BUSY_MOST;) {
		rc = sqlite3_backup_step(b, PAGES_AT_ONCE);
		if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED) {
			busy++;
			sqlite3_sleep(BUSY_WAIT_MS);
		} else if (rc != SQLITE_OK) {
			break;
		}
	}
	int end = sqlite3_backup_finish(b);
	return rc == SQLITE_DONE ? end : rc;
}

int store_backup(const char *state_dir, const char *file, struct complaint *c)
{
	char words[256] = "", part[PATH_BYTES];
	sqlite3 *from = NULL, *to = NULL;

	if (access(file, F_OK) == 0) {
		complain(c, file, 0, 0, "is there already. Name another file");
		return -EINVAL;
	}
	int err = store_open(&from, state_dir, STORE_READ, c);
	if (err)
		return err;
	snprintf(part, sizeof(part), "%s.part", file);
	unlink(part);
	/* one snapshot: or a busy writer would make the copy begin anew without end */
	int rc = store_exec(from, "BEGIN");
	if (rc == SQLITE_OK)
		store_number(from, "SELECT count(*) FROM meta", &rc);
	if (rc == SQLITE_OK)
		rc = sqlite3_open_v2(part, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK)
		rc = copy(from, to);
	if (rc == SQLITE_OK)
		rc = store_exec(to, "PRAGMA journal_mode = DELETE");
	if (rc == SQLITE_OK)
		rc = sqlite_care_check(to, "integrity_check", words, sizeof(words));
	if (rc != SQLITE_OK)
		snprintf(words, sizeof(words), "%s", words[0] ? words : sqlite3_errmsg(to ? to : from));
	sqlite3_close(to);
	sqlite3_close(from);
	if (rc == SQLITE_OK && rename(part, file) == 0)
		return 0;
	err = rc == SQLITE_OK ? -errno : (rc & 0xff) == SQLITE_CORRUPT ? -EINVAL : -EIO;
	complain(c, file, 0, 0, "the copy could not be made: %s", rc == SQLITE_OK ? strerror(errno) : words);
	unlink(part);
	return err;
}
