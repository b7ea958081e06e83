#include "base/openable.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, NAME_BYTES = 64 };

static const char *user_name(uid_t uid, char buf[static NAME_BYTES])
{
	const struct passwd *p = getpwuid(uid);

	if (p)
		snprintf(buf, NAME_BYTES, "%s", p->pw_name);
	else
		snprintf(buf, NAME_BYTES, "uid %u", (unsigned)uid);
	return buf;
}

static const char *group_name(gid_t gid, char buf[static NAME_BYTES])
{
	const struct group *g = getgrgid(gid);

	if (g)
		snprintf(buf, NAME_BYTES, "%s", g->gr_name);
	else
		snprintf(buf, NAME_BYTES, "gid %u", (unsigned)gid);
	return buf;
}

static int no_permission(const char *what, bool write, const struct stat *st, struct complaint *c)
{
	char me[NAME_BYTES], owner[NAME_BYTES], group[NAME_BYTES];

	user_name(geteuid(), me);
	user_name(st->st_uid, owner);
	group_name(st->st_gid, group);
	if (write)
		complain(c, what, 0, 0,
			 "no permission: %s may not write here. It belongs to %s. Run the command with sudo, or as %s",
			 me, owner, owner);
	else if (st->st_mode & S_IRGRP)
		complain(c, what, 0, 0,
			 "no permission: %s may not read this. %s and the group %s may. Run the command with sudo, or "
			 "have %s added to the group %s and log in again",
			 me, owner, group, me, group);
	else
		complain(c, what, 0, 0,
			 "no permission: %s may not read this. Only %s may. Run the command with sudo, or as %s", me,
			 owner, owner);
	return -EACCES;
}

/* The directory of @path, "." where it names none. */
static void directory_of(const char *path, char buf[static PATH_BYTES])
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		snprintf(buf, PATH_BYTES, ".");
	else
		snprintf(buf, PATH_BYTES, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* The nearest directory above @path that can be looked at is the one that bars the way. */
static int barred(const char *path, bool write, struct complaint *c)
{
	char dir[PATH_BYTES], at[PATH_BYTES];
	struct stat st;

	snprintf(at, sizeof(at), "%s", path);
	do {
		directory_of(at, dir);
		if (stat(dir, &st) == 0)
			return no_permission(dir, write, &st, c);
		memcpy(at, dir, sizeof(at));
	} while (strchr(at, '/') && strcmp(at, "/") != 0);
	complain(c, path, 0, 0, "%s", strerror(EACCES));
	return -EACCES;
}

int openable(const char *path, bool write, struct complaint *c)
{
	char dir[PATH_BYTES];
	struct stat st;

	directory_of(path, dir);
	if (stat(path, &st) < 0) {
		if (errno == EACCES)
			return barred(path, write, c);
		return errno == ENOENT || errno == ENOTDIR ? -ENOENT : 0;
	}
	if (!S_ISREG(st.st_mode)) {
		complain(c, path, 0, 0,
			 "is no file, where one of sekisho's should stand. Move it away, or name another state "
			 "directory");
		return -EISDIR;
	}
	if (faccessat(AT_FDCWD, path, R_OK | (write ? W_OK : 0), AT_EACCESS) < 0 && errno == EACCES)
		return no_permission(path, write, &st, c);
	if (write && faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) < 0 && errno == EACCES && stat(dir, &st) == 0)
		return no_permission(dir, true, &st, c);
	return 0;
}
