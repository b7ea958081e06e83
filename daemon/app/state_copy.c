#include "app/state_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alert/outbox.h"
#include "base/json.h"
#include "base/sqlite_care.h"
#include "ledger/audit.h"
#include "ledger/store.h"

enum { JSON_BYTES = 8192 };

static const char *const databases[] = {"ledger.db", "alerts.db"};

enum { N_DATABASES = sizeof(databases) / sizeof(databases[0]) };

/* @return @buf, or NULL with @c where it is too long. */
static const char *path_of(char buf[static PATH_MAX], const char *dir, const char *name, struct complaint *c)
{
	if (snprintf(buf, PATH_MAX, "%s/%s", dir, name) < PATH_MAX)
		return buf;
	complain(c, dir, 0, 0, "this path is too long");
	return NULL;
}

/* A folder that we make: what we put into it goes, and the folder where nothing else is in it. */
static int open_folder(const char *folder)
{
	return open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Removes what copies consist of; @fd is closed. */
static void empty_folder(int fd)
{
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		for (int i = 0; i < N_DATABASES; i++) {
			if (strncmp(e->d_name, databases[i], strlen(databases[i])) ==
			    0) /* its -wal, .part, .schema-N, too */
				(void)unlinkat(fd, e->d_name, 0);
		}
	}
	closedir(d);
}

static void remove_folder(const char *folder)
{
	empty_folder(open_folder(folder));
	(void)rmdir(folder);
}

/* @parent's owner owns it, as SQLite's files in it will be: root puts back for the daemon's account. */
static int new_folder(const char *folder, const char *parent, struct complaint *c)
{
	struct stat st;
	int err = 0;

	remove_folder(folder); /* of one who was killed */
	if (mkdir(folder, 0750) < 0 ||
	    (parent && geteuid() == 0 && (stat(parent, &st) < 0 || lchown(folder, st.st_uid, st.st_gid) < 0)))
		err = -errno;
	if (err)
		complain(c, folder, 0, 0, "cannot be made: %s", strerror(-err));
	return err;
}

/* @return a descriptor of @folder that has it locked; -EWOULDBLOCK where somebody else has; -ENOENT where what was locked
 * does not stand there any more; -errno. */
static int lock_folder(const char *folder)
{
	struct stat locked, named;
	int fd = open_folder(folder);
	int err = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &locked) < 0 || lstat(folder, &named) < 0
		      ? -errno
		      : 0;

	if (!err && (locked.st_dev != named.st_dev || locked.st_ino != named.st_ino))
		err = -ENOENT;
	if (fd >= 0 && err)
		close(fd);
	return err ? err : fd;
}

/* An empty folder that is ours until the descriptor is closed: of those who copy to the same place at once, who has it
 * locked goes on, and the others leave it alone, whoever made it. What is there and locked by nobody is of one who was
 * killed. @return the descriptor, or -errno. */
static int new_folder_alone(const char *folder, struct complaint *c)
{
	enum { TRIES = 100 }; /* each time another was quicker, and is done */
	int held = -ENOENT;

	for (int i = 0; i < TRIES && held == -ENOENT; i++) {
		if (mkdir(folder, 0750) < 0 && errno != EEXIST) {
			held = -errno;
			break;
		}
		held = lock_folder(folder);
	}
	if (held == -EWOULDBLOCK) {
		complain(c, folder, 0, 0, "another command is writing a copy there. Wait for it, or name another folder");
		return -EBUSY;
	}
	if (held < 0)
		complain(c, folder, 0, 0, "cannot be made: %s", strerror(-held));
	else
		empty_folder(open_folder(folder));
	return held;
}

static void count_evidence(const char *state, struct state_rest *rest)
{
	char path[PATH_MAX];
	struct complaint none;
	struct stat st;
	DIR *d = path_of(path, state, "evidence", &none) ? opendir(path) : NULL;

	*rest = (struct state_rest){0};
	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)) {
			rest->captures++;
			rest->bytes += (uint64_t)st.st_size;
		}
	}
	closedir(d);
}

/* Before a folder is made for what may not be read. */
static int is_readable(const char *state, struct complaint *c)
{
	sqlite3 *db = NULL;
	int err = store_open(&db, state, STORE_READ, c);

	if (!err)
		sqlite3_close(db);
	return err;
}

int state_backup(const char *state, const char *folder, struct state_rest *rest, struct complaint *c)
{
	char part[PATH_MAX], path[PATH_MAX];

	if (access(folder, F_OK) == 0) {
		complain(c, folder, 0, 0, "is there already. Name another folder");
		return -EINVAL;
	}
	if (snprintf(part, sizeof(part), "%s.part", folder) >= (int)sizeof(part)) {
		complain(c, folder, 0, 0, "this path is too long");
		return -ENAMETOOLONG;
	}
	int err = is_readable(state, c), held = err ? err : new_folder_alone(part, c);
	if (held < 0)
		return held;
	err = path_of(path, part, "alerts.db", c) ? alerts_backup(state, path, c) : -ENAMETOOLONG;
	if (err == -ENOENT) /* none yet: a register was imported, or a capture learnt from */
		err = 0;
	if (!err)
		err = path_of(path, part, "ledger.db", c) ? store_backup(state, path, c) : -ENAMETOOLONG;
	if (!err && rename(part, folder) < 0) {
		err = errno == ENOTEMPTY ? -EINVAL : -errno;
		if (errno == ENOTEMPTY) /* by now */
			complain(c, folder, 0, 0, "is there already. Name another folder");
		else
			complain(c, folder, 0, 0, "%s", strerror(-err));
	}
	if (err)
		remove_folder(part);
	else
		count_evidence(state, rest);
	close(held);
	return err;
}

/* ---- putting it back */

/* Copies FOLDER/NAME, whatever its version, into the folder @into. @return 0; -ENOENT where it is not there. */
static int fetch(const char *folder, const char *name, const char *into, struct complaint *c)
{
	char from[PATH_MAX], to[PATH_MAX], words[256] = "";
	sqlite3 *db = NULL;

	if (!path_of(from, folder, name, c) || !path_of(to, into, name, c))
		return -ENAMETOOLONG;
	if (access(from, R_OK) < 0) {
		int err = -errno;
		complain(c, from, 0, 0, "cannot be read: %s", strerror(-err));
		return err;
	}
	int err = -EIO;
	if (sqlite3_open_v2(from, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK)
		err = sqlite_care_copy(db, to, words, sizeof(words));
	else
		snprintf(words, sizeof(words), "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
	if (err)
		complain(c, from, 0, 0, "is no whole copy (%s). Nothing was changed; take another one", words);
	return err;
}

/* Who put it back stands in the trail that was put back; opening it for that checks its version, and brings it up. */
static int put_down(const char *in, const char *folder, const struct person *who, struct complaint *c)
{
	struct json j;

	json_init(&j, JSON_BYTES);
	json_object_begin(&j);
	json_kv_str(&j, "from", folder);
	json_object_end(&j);
	int err = audit_write(in,
			      &(struct audit_entry){.who = who->who,
						    .login = who->login,
						    .verb = "db.restore",
						    .object = "state",
						    .reason = who->reason,
						    .details = json_cstr(&j)},
			      c);
	json_deinit(&j);
	return err;
}

/* Both databases, checked, in the folder @part. @has: which there are. */
static int prepare(const char *part, const char *folder, bool has[static N_DATABASES], const struct person *who,
		   struct complaint *c)
{
	for (int i = 0; i < N_DATABASES; i++) {
		int err = fetch(folder, databases[i], part, c);
		has[i] = err == 0;
		if (err && !(err == -ENOENT && i > 0))
			return err;
	}
	int err = put_down(part, folder, who, c);
	return !err && has[1] ? alerts_bring_up(part, c) : err;
}

static int exchange(const char *state, const char *part, const bool has[static N_DATABASES],
		    void (*aside)(const char *path), struct complaint *c)
{
	char from[PATH_MAX], to[PATH_MAX], name[PATH_MAX];
	int err = 0;

	for (int i = 0; i < N_DATABASES && !err; i++) {
		if (!path_of(to, state, databases[i], c) || !path_of(from, part, databases[i], c))
			return -ENAMETOOLONG;
		if (access(to, F_OK) == 0) {
			err = sqlite_care_set_aside(state, databases[i], "before-restore", name, sizeof(name));
			if (!err)
				aside(name);
		}
		if (!err && has[i] && rename(from, to) < 0)
			err = -errno;
		if (err)
			complain(c, to, 0, 0, "%s", strerror(-err));
	}
	return err;
}

int state_restore(const char *state, const char *folder, const struct person *who, void (*aside)(const char *path),
		  struct complaint *c)
{
	char part[PATH_MAX];
	bool has[N_DATABASES] = {false};

	if (!path_of(part, state, "restoring", c))
		return -ENAMETOOLONG;
	int lock = alerts_lock(state, c);
	if (lock < 0)
		return lock;
	int err = new_folder(part, state, c);
	if (!err)
		err = prepare(part, folder, has, who, c);
	if (!err)
		err = exchange(state, part, has, aside, c);
	remove_folder(part);
	close(lock);
	return err;
}
