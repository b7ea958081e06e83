/*
 * Alerts as EVE JSON lines in a file.
 *
 * A line is one write, and a batch is synced before its position is kept. Where a crash left the file ahead of the
 * position, its own last line tells: that row is looked for among the next ones, and writing goes on behind it. A torn
 * line at the end is completed where it is the beginning of the next row (a shipper that has read it goes on
 * undisturbed), and else cut off.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/when.h"
#include "sinks/sink.h"

enum {
	BATCH = 64,
	LOOK_AHEAD_ROWS = 4096, /* more than can be written between two positions kept */
	LINE_MAX_BYTES = 70000, /* an alert and its newline, with room to spare */
	RETRY_MS = 1000,
};

struct eve_sink {
	struct sink sink;
	char path[PATH_MAX];
	int fd;
	bool trouble; /* logged */
};

static struct eve_sink *self_of(struct sink *s)
{
	return (struct eve_sink *)s;
}

static int stumble(struct eve_sink *s, int err)
{
	if (!s->trouble)
		log_warning("eve: cannot write %s (%s), alerts wait in the outbox", s->path, strerror(err));
	s->trouble = true;
	/* the end of the file may be torn: resume() mends it */
	s->sink.positioned = false;
	sink_connected(&s->sink, false);
	return RETRY_MS;
}

static void shut(struct eve_sink *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static int open_file(struct eve_sink *s)
{
	/* never waits for a reader, should this be a pipe */
	s->fd = open(s->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
	return s->fd < 0 ? errno : 0;
}

/* Renamed or removed behind our back by a rotation that sends no signal. */
static bool was_moved(const struct eve_sink *s)
{
	struct stat ours, theirs;

	return fstat(s->fd, &ours) == 0 &&
	       (stat(s->path, &theirs) < 0 || ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev);
}

/* ---- where the file ends */

/* The file's end: its last whole line, and what stands behind that. Both lie in @buf. */
struct tail {
	const char *line, *torn;
	size_t line_len, torn_len;
	off_t torn_at; /* in the file */
};

/* @return 0 or an errno. */
static int read_tail(int fd, char *buf, size_t size, struct tail *t)
{
	struct stat st;

	*t = (struct tail){.line = "", .torn = ""};
	if (fstat(fd, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return 0;
	off_t from = st.st_size > (off_t)size ? st.st_size - (off_t)size : 0;
	ssize_t n = pread(fd, buf, size, from);
	if (n < 0)
		return errno;
	const char *last = memrchr(buf, '\n', (size_t)n);
	t->torn = last ? last + 1 : buf;
	t->torn_len = (size_t)(buf + n - t->torn);
	t->torn_at = from + (t->torn - buf);
	if (last) {
		const char *before = last > buf ? memrchr(buf, '\n', (size_t)(last - buf)) : NULL;
		t->line = before ? before + 1 : buf;
		t->line_len = (size_t)(last - t->line);
	}
	return 0;
}

/* Moves *after_seq to the row whose text is the last whole line, where it is one of the next rows. */
static void skip_written(const struct delivery_source *src, const struct tail *t, uint64_t *after_seq)
{
	struct delivery rows[BATCH];
	uint64_t seq = *after_seq;

	for (int looked = 0; looked < LOOK_AHEAD_ROWS && t->line_len > 0; looked += BATCH) {
		int n = src->read(src->ctx, seq, rows, BATCH);
		for (int i = 0; i < n; i++) {
			if (rows[i].len == t->line_len && memcmp(rows[i].json, t->line, t->line_len) == 0) {
				*after_seq = rows[i].seq;
				return;
			}
		}
		if (n < BATCH)
			return;
		seq = rows[n - 1].seq;
	}
}

static int write_all(int fd, struct iovec *iov, int n)
{
	size_t want = 0;

	for (int i = 0; i < n; i++)
		want += iov[i].iov_len;
	ssize_t done = writev(fd, iov, n);
	return done == (ssize_t)want ? 0 : done < 0 ? errno : ENOSPC;
}

/* @return 0 or an errno. */
static int mend(struct eve_sink *s, const struct delivery_source *src, const struct tail *t, uint64_t *after_seq)
{
	struct delivery row;

	if (t->torn_len == 0)
		return 0;
	if (src->read(src->ctx, *after_seq, &row, 1) != 1 || row.len < t->torn_len ||
	    memcmp(row.json, t->torn, t->torn_len) != 0)
		return ftruncate(s->fd, t->torn_at) < 0 ? errno : 0;
	struct iovec rest[] = {
	    {(void *)(uintptr_t)(row.json + t->torn_len), row.len - t->torn_len},
	    {(void *)(uintptr_t) "\n", 1},
	};
	int err = write_all(s->fd, rest, 2);
	if (!err)
		*after_seq = row.seq;
	return err;
}

static bool eve_resume(struct sink *sink, const struct delivery_source *src, uint64_t *after_seq)
{
	struct eve_sink *s = self_of(sink);
	char *buf = malloc(2 * LINE_MAX_BYTES);
	struct tail t;

	if (s->fd < 0 || !buf) {
		free(buf);
		return false;
	}
	*after_seq = src->position(src->ctx, sink->name);
	int err = read_tail(s->fd, buf, 2 * LINE_MAX_BYTES, &t);
	if (!err) {
		skip_written(src, &t, after_seq);
		err = mend(s, src, &t, after_seq);
	}
	free(buf);
	if (err)
		(void)stumble(s, err);
	else
		sink_connected(sink, true);
	return err == 0;
}

/* ---- writing */

static void eve_reopen(struct sink *sink)
{
	shut(self_of(sink));
	(void)open_file(self_of(sink));
}

static int eve_deliver(struct sink *sink, const struct delivery *rows, int n, int *retry_ms)
{
	struct eve_sink *s = self_of(sink);
	int done = 0, err = 0;

	if (s->fd >= 0 && n == 0 && was_moved(s))
		shut(s);
	if (s->fd < 0)
		err = open_file(s);
	for (; done < n && !err; done += err == 0) {
		struct iovec line[] = {
		    {(void *)(uintptr_t)rows[done].json, rows[done].len},
		    {(void *)(uintptr_t) "\n", 1},
		};
		err = write_all(s->fd, line, 2);
	}
	if (done > 0 && fdatasync(s->fd) < 0 && errno != EINVAL && errno != EROFS)
		err = errno; /* EINVAL: a pipe cannot be synced */
	if (err) {
		*retry_ms = stumble(s, err);
		return n == 0 ? 0 : done;
	}
	if (done > 0 && s->trouble) {
		log_notice("eve: %s is written again", s->path);
		s->trouble = false;
	}
	return done;
}

static void eve_close(struct sink *sink)
{
	shut(self_of(sink));
	free(sink);
}

static const struct sink_ops eve_ops = {
    .kind = "eve",
    .deliver = eve_deliver,
    .resume = eve_resume,
    .close = eve_close,
    .reopen = eve_reopen,
};

int sink_eve_new(struct sink **out, const char *path, struct complaint *c)
{
	struct eve_sink *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return -ENOMEM;
	s->sink.ops = &eve_ops;
	if (snprintf(s->path, sizeof(s->path), "%s", path) >= (int)sizeof(s->path)) {
		complain(c, "eve", 0, 0, "this path is too long");
		free(s);
		return -ENAMETOOLONG;
	}
	int err = open_file(s);
	if (err) {
		complain(c, path, 0, 0, "%s. The directory must be there and be writable", strerror(err));
		free(s);
		return -err;
	}
	sink_set_name(&s->sink, "eve", path);
	*out = &s->sink;
	return 0;
}
