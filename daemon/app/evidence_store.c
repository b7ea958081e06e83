#include "app/evidence_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OLDEST_MAX = 64, NAME_LEN_MAX = 64 };

struct kept {
	char name[NAME_LEN_MAX];
	uint64_t bytes;
};

struct evidence_store {
	char *dir;
	uint64_t cap_bytes, total_bytes;
	struct kept oldest[OLDEST_MAX + 1]; /* by name, the last one first to be forgotten */
	unsigned n_oldest;
	bool more; /* than these: the folder must be read when they are gone */
	bool told;
};

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

static void note(struct evidence_store *s, const char *name, uint64_t bytes)
{
	unsigned i = s->n_oldest;

	/* behind the last one there may be others that are not noted */
	if (strlen(name) >= NAME_LEN_MAX || (s->more && (i == 0 || strcmp(name, s->oldest[i - 1].name) > 0))) {
		s->more = true;
		return;
	}
	for (; i > 0 && strcmp(s->oldest[i - 1].name, name) > 0; i--)
		s->oldest[i] = s->oldest[i - 1];
	snprintf(s->oldest[i].name, sizeof(s->oldest[i].name), "%s", name);
	s->oldest[i].bytes = bytes;
	if (s->n_oldest < OLDEST_MAX)
		s->n_oldest++;
	else
		s->more = true;
}

/* @leftovers: files that were never finished go */
static void look(struct evidence_store *s, bool leftovers)
{
	DIR *d = opendir(s->dir);
	struct dirent *entry;
	struct stat st;

	s->total_bytes = 0;
	s->n_oldest = 0;
	s->more = false;
	while (d && (entry = readdir(d))) {
		if (leftovers && ends_in(entry->d_name, ".pcapng.new"))
			(void)unlinkat(dirfd(d), entry->d_name, 0);
		if (!ends_in(entry->d_name, ".pcapng") ||
		    fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		s->total_bytes += (uint64_t)st.st_size;
		note(s, entry->d_name, (uint64_t)st.st_size);
	}
	if (d)
		closedir(d);
}

int evidence_store_new(struct evidence_store **out, const char *state_dir, uint64_t cap_bytes, struct complaint *c)
{
	struct evidence_store *s = calloc(1, sizeof(*s));
	struct stat st;
	int err = 0;

	*out = NULL;
	if (!s || asprintf(&s->dir, "%s/evidence", state_dir) < 0) {
		free(s);
		complain(c, "memory", 0, 0, "not enough for evidence; lower evidence.ring_mb");
		return -ENOMEM;
	}
	s->cap_bytes = cap_bytes;
	if (mkdir(s->dir, 0750) < 0 && errno != EEXIST)
		err = -errno;
	else if (stat(s->dir, &st) == 0 && !S_ISDIR(st.st_mode))
		err = -ENOTDIR;
	else if (access(s->dir, R_OK | W_OK | X_OK) < 0)
		err = -errno;
	if (err) {
		complain(c, s->dir, 0, 0,
			 "the folder for evidence cannot be used: %s. Let the daemon's user write there, or set "
			 "evidence.level: off",
			 strerror(-err));
		evidence_store_free(s);
		return err;
	}
	look(s, true);
	*out = s;
	return 0;
}

void evidence_store_free(struct evidence_store *s)
{
	if (!s)
		return;
	free(s->dir);
	free(s);
}

uint64_t evidence_store_ceiling_bytes(void)
{
	return sizeof(struct evidence_store);
}

static void keep_within_cap(struct evidence_store *s, uint64_t *removed)
{
	char path[PATH_MAX];
	bool looked = false;

	while (s->total_bytes > s->cap_bytes) {
		if (s->n_oldest == 0) {
			if (looked)
				return; /* what is left cannot be removed */
			look(s, false);
			looked = true;
			continue;
		}
		struct kept *k = &s->oldest[0];
		snprintf(path, sizeof(path), "%s/%s", s->dir, k->name);
		uint64_t bytes = k->bytes;
		int err = unlink(path) < 0 ? errno : 0;
		memmove(k, k + 1, --s->n_oldest * sizeof(*k));
		if (err == ENOENT && !looked) { /* somebody has cleared up: how much there is must be seen anew */
			look(s, false);
			looked = true;
		} else if (!err) {
			s->total_bytes -= bytes;
			(*removed)++;
			looked = false;
		}
	}
}

static int write_all(const char *path, struct span bytes)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0640), err = fd < 0 ? -errno : 0;
	struct cursor c = cur_of(bytes);

	while (fd >= 0 && !err && cur_left(&c) > 0) {
		ssize_t n = write(fd, c.pos, cur_left(&c));
		if (n > 0)
			cur_skip(&c, (size_t)n);
		else if (n == 0 || errno != EINTR)
			err = n == 0 ? -EIO : -errno;
	}
	if (fd >= 0 && !err && fsync(fd) < 0)
		err = -errno;
	if (fd >= 0 && close(fd) < 0 && !err)
		err = -errno;
	return err;
}

int evidence_store_write(struct evidence_store *s, const char *alert_id, struct span bytes, uint64_t *removed)
{
	char name[NAME_LEN_MAX], path[PATH_MAX], fresh[PATH_MAX + 8];

	snprintf(name, sizeof(name), "%s.pcapng", alert_id);
	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	int err = write_all(fresh, bytes);
	if (!err && rename(fresh, path) < 0)
		err = -errno;
	if (err) {
		(void)unlink(fresh);
		if (!s->told)
			log_error("evidence: %s cannot be written: %s", path, strerror(-err));
		s->told = true;
		return err;
	}
	s->told = false;
	s->total_bytes += bytes.len;
	note(s, name, bytes.len);
	keep_within_cap(s, removed);
	return 0;
}
