#include "base/sqlite_care.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 1024, BUSY_MS = 5000, PAGES_AT_ONCE = 256, BUSY_WAIT_MS = 50, BUSY_MOST = 200 };

void sqlite_care_begin(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

void sqlite_care_temporary(const char *folder)
{
	sqlite3_free(sqlite3_temp_directory);
	sqlite3_temp_directory = sqlite3_mprintf("%s", folder);
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

bool sqlite_care_is_newer(const char *state_dir, const char *name, int schema, struct complaint *c)
{
	char path[PATH_BYTES];
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;
	int version = 0;

	snprintf(path, sizeof(path), "%s/%s", state_dir, name);
	if (access(path, R_OK) < 0)
		return false;
	if (sqlite_care_open_to_read(&db, path) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		version = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	if (version > schema)
		complain(
		    c, path, 0, 0,
		    "was written by a newer version of sekisho (schema %d, this one knows %d). Update this program",
		    version, schema);
	return version > schema;
}

int sqlite_care_expect(sqlite3 *db, enum sqlite_company company)
{
	/* what a statement may take back is no file in /var/tmp, which the AppArmor profile has not */
	int rc = sqlite3_exec(db, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		return rc;
	if (company == SQLITE_SHARED)
		return sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", NULL, NULL, NULL);
	(void)sqlite3_exec(db, "PRAGMA journal_mode = TRUNCATE", NULL, NULL, NULL);
	const char *waits = company == SQLITE_FRESH ? "PRAGMA synchronous = OFF" : "PRAGMA synchronous = FULL";
	return sqlite3_exec(db, waits, NULL, NULL, NULL);
}

void sqlite_care_share(sqlite3 *db)
{
	/* the change of journal waits for the disk, and so for all that was written before */
	(void)sqlite3_exec(db, "PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL", NULL, NULL, NULL);
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

static int open_and_look(sqlite3 **db, const char *path, int flags)
{
	int rc = sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | flags, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(*db, BUSY_MS);
	return rc == SQLITE_OK ? sqlite3_exec(*db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL) : rc;
}

/* The URI of a file that is as it stands. @return allocated by SQLite, or NULL. */
static char *standing(const char *path)
{
	sqlite3_str *uri = sqlite3_str_new(NULL);

	sqlite3_str_appendall(uri, "file:");
	for (; *path; path++)
		sqlite3_str_appendf(uri, strchr("%?#", *path) ? "%%%02X" : "%c", (unsigned char)*path);
	sqlite3_str_appendall(uri, "?immutable=1");
	return sqlite3_str_finish(uri);
}

int sqlite_care_open_to_read(sqlite3 **db, const char *path)
{
	int rc = open_and_look(db, path, 0);

	if (rc != SQLITE_OK && sqlite3_extended_errcode(*db) == SQLITE_READONLY_ROLLBACK) {
		if (sqlite_care_take_back(path) != SQLITE_OK)
			return rc;
		sqlite3_close(*db);
		rc = open_and_look(db, path, 0);
	}
	if ((rc & 0xff) != SQLITE_CANTOPEN && (rc & 0xff) != SQLITE_READONLY)
		return rc;
	sqlite3_close(*db);
	char *uri = standing(path);
	rc = open_and_look(db, uri ? uri : path, uri ? SQLITE_OPEN_URI : 0);
	sqlite3_free(uri);
	return rc;
}

static const char *const parts[] = {"", "-wal", "-shm", "-journal"};

enum { N_PARTS = sizeof(parts) / sizeof(parts[0]) };

int sqlite_care_set_aside(const char *state_dir, const char *name, const char *why, char *aside, size_t size)
{
	char from[PATH_BYTES], to[PATH_BYTES], stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H-%M-%S", &tm);
	snprintf(aside, size, "%s/%s.%s-%s", state_dir, name, why, stamp);
	for (int n = 1; access(aside, F_OK) == 0 && n < 1000; n++)
		snprintf(aside, size, "%s/%s.%s-%s.%d", state_dir, name, why, stamp, n);
	for (int i = 0; i < N_PARTS; i++) {
		snprintf(from, sizeof(from), "%s/%s%s", state_dir, name, parts[i]);
		snprintf(to, sizeof(to), "%s%s", aside, parts[i]);
		if (rename(from, to) < 0 && (i == 0 || errno != ENOENT))
			return -errno;
	}
	return 0;
}

void sqlite_care_trim_aside(const char *state_dir, const char *name, const char *why, size_t keep)
{
	char path[PATH_BYTES];
	glob_t found;

	snprintf(path, sizeof(path), "%s/%s.%s-*[0-9]", state_dir, name, why);
	if (glob(path, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i + keep < found.gl_pathc; i++) { /* by name is by time */
		for (int k = 0; k < N_PARTS; k++) {
			snprintf(path, sizeof(path), "%s%s", found.gl_pathv[i], parts[k]);
			unlink(path);
		}
	}
	globfree(&found);
}

static const char *directory_of(const char *path, char buf[static PATH_BYTES])
{
	snprintf(buf, PATH_BYTES, "%s", path);
	return dirname(buf);
}

int sqlite_care_create(const char *path)
{
	char dir[PATH_BYTES];
	struct stat st;
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0640);
	int err = fd < 0 && errno != EEXIST ? -errno : 0;

	if (fd >= 0 && geteuid() == 0 && stat(directory_of(path, dir), &st) == 0 && st.st_uid != 0 &&
	    fchown(fd, st.st_uid, st.st_gid) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static int copy_pages(sqlite3 *from, sqlite3 *to)
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

/* The file, and that it is called so. @return 0 or -errno. */
static int bring_to_disk(const char *path)
{
	char dir[PATH_BYTES];
	const char *const both[] = {path, directory_of(path, dir)};
	int err = 0;

	for (int i = 0; i < 2; i++) {
		int fd = open(both[i], O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fsync(fd) < 0)
			err = -errno;
		if (fd >= 0)
			close(fd);
	}
	return err;
}

int sqlite_care_copy(sqlite3 *db, const char *file, char *words, size_t size)
{
	char part[PATH_BYTES];
	sqlite3 *to = NULL;

	words[0] = '\0';
	snprintf(part, sizeof(part), "%s.part", file);
	unlink(part);
	int err = sqlite_care_create(part);
	/* one snapshot: or a busy writer would make the copy begin anew without end */
	int rc = sqlite3_exec(db, "BEGIN; SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	if (rc == SQLITE_OK && !err)
		rc = sqlite3_open_v2(part, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK && !err)
		rc = copy_pages(db, to);
	if (rc == SQLITE_OK && !err)
		rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	if (rc == SQLITE_OK && !err)
		rc = sqlite_care_check(to, "integrity_check", words, size);
	if (rc != SQLITE_OK) {
		snprintf(words, size, "%s", words[0] ? words : sqlite3_errmsg(to ? to : db));
		err = (rc & 0xff) == SQLITE_CORRUPT ? -EINVAL : (rc & 0xff) == SQLITE_FULL ? -ENOSPC : -EIO;
	}
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(to);
	if (!err && rename(part, file) < 0)
		err = -errno;
	if (!err)
		err = bring_to_disk(file);
	if (err)
		unlink(part);
	if (err && !words[0])
		snprintf(words, size, "%s", strerror(-err));
	return err;
}

int sqlite_care_copy_before(const char *path, int from, int to, struct complaint *c)
{
	char file[PATH_BYTES], words[256] = "";
	sqlite3 *db = NULL;
	int err = -EIO;

	snprintf(file, sizeof(file), "%s.schema-%d", path, from);
	/* a connection of its own: what stands in the file, not what the caller is about to write */
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(db, BUSY_MS);
		err = sqlite_care_copy(db, file, words, sizeof(words));
	} else {
		snprintf(words, sizeof(words), "%s", sqlite3_errmsg(db));
	}
	sqlite3_close(db);
	if (err)
		complain(c, path, 0, 0,
			 "has schema %d, and %d is needed. It was left as it is, for the copy that is made before, %s, "
			 "failed: %s. Make room or give the right to write there, and start again",
			 from, to, file, words);
	else
		log_notice("%s: brought from schema %d to %d; as it was it stands in %s", path, from, to, file);
	return err;
}

void sqlite_care_drop_copies_before(const char *path, int from)
{
	char pattern[PATH_BYTES];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s.schema-*[0-9]", path);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (atoi(strrchr(found.gl_pathv[i], '-') + 1) < from)
			(void)unlink(found.gl_pathv[i]);
	}
	globfree(&found);
}

bool sqlite_care_no_room(const char *folder, int code)
{
	enum { LEAST_BYTES = 256 << 10 }; /* a log and its index, begun */
	struct statvfs disk;

	code &= 0xff;
	return code == SQLITE_FULL ||
	       ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && statvfs(folder, &disk) == 0 &&
		(uint64_t)disk.f_bavail * disk.f_frsize < LEAST_BYTES);
}
