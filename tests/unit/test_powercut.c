/*
 * The power fails at any moment: what had been reported as committed is there afterwards.
 *
 * A layer between SQLite and the file system (a VFS) knows for each file what a sync made durable and what was written
 * since. At a cut, each write since then that the disk had not been told to keep is there, or is not, or is there in
 * part (sectors of 512 bytes), by the dice. What is left is put down as files and opened like a sensor's state after
 * the power is back.
 */
#include <check.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "alert/outbox.h"
#include "findings.h"
#include "run_suite.h"

enum { FILES_MAX = 8, SECTOR = 512, CUTS = 150, ROUNDS = 120 };

struct write {
	sqlite3_int64 at; /* -1: the file was cut to `len` */
	size_t len;
	uint8_t *bytes;
};

/* One file as the disk has it. */
struct disk {
	char path[256];
	uint8_t *image; /* durable */
	size_t len, size;
	struct write *pending;
	size_t n_pending, room;
	bool gone;
};

struct cut_file {
	sqlite3_file base;
	sqlite3_io_methods methods; /* those of the real file, some of them ours */
	struct disk *disk;
	sqlite3_file *real;
};

static char dir[64], after_dir[64];
static const struct sensor_info sensor = {"kansai-1", "kobe", "0.1.0"};
static sqlite3_vfs cut_vfs, *real_vfs;
static struct disk disks[FILES_MAX], left; /* left: of one of them, by a cut */
static unsigned n_disks, operations, cuts, cut_every;
static unsigned committed; /* alerts whose commit was reported */

static void grow(struct disk *d, size_t len)
{
	if (len <= d->len)
		return;
	if (len > d->size) {
		d->size = 2 * len;
		d->image = realloc(d->image, d->size);
	}
	memset(d->image + d->len, 0, len - d->len);
	d->len = len;
}

static void apply(struct disk *d, const struct write *w, bool whole)
{
	if (w->at < 0) {
		grow(d, w->len);
		d->len = w->len;
		return;
	}
	grow(d, (size_t)w->at + w->len);
	for (size_t i = 0; i < w->len; i += SECTOR) {
		size_t n = w->len - i < SECTOR ? w->len - i : SECTOR;
		if (whole || random() % 2)
			memcpy(d->image + w->at + i, w->bytes + i, n);
	}
}

static void keep_write(struct disk *d, sqlite3_int64 at, const void *bytes, size_t len)
{
	if (d->n_pending == d->room) {
		d->room = d->room ? 2 * d->room : 64;
		d->pending = realloc(d->pending, d->room * sizeof(*d->pending));
	}
	struct write *w = &d->pending[d->n_pending++];
	*w = (struct write){at, len, bytes ? malloc(len ? len : 1) : NULL};
	if (bytes)
		memcpy(w->bytes, bytes, len);
}

static void forget_pending(struct disk *d)
{
	for (size_t i = 0; i < d->n_pending; i++)
		free(d->pending[i].bytes);
	d->n_pending = 0;
}

/* What the disk holds when the power fails now, as the files of after_dir. */
static void put_down(void)
{
	for (unsigned i = 0; i < n_disks; i++) {
		const struct disk *d = &disks[i];
		char path[512];
		const char *name = strrchr(d->path, '/') + 1;
		snprintf(path, sizeof(path), "%s/%s", after_dir, name);
		(void)unlink(path);
		if (d->gone || strcmp(name + strlen(name) - 4, "-shm") == 0)
			continue;
		left.len = 0;
		grow(&left, d->len);
		if (d->len > 0)
			memcpy(left.image, d->image, d->len);
		for (size_t k = 0; k < d->n_pending; k++) {
			long fate = random() % 3;
			if (fate > 0)
				apply(&left, &d->pending[k], fate == 1);
		}
		FILE *f = fopen(path, "w");
		if (left.len > 0)
			ck_assert_uint_eq(fwrite(left.image, 1, left.len, f), left.len);
		fclose(f);
	}
}

/* What is there after the power is back: all that was reported, numbered without holes; now and then also as the daemon
 * opens it. */
static void look_afterwards(unsigned promised)
{
	enum { DAEMON_EVERY = 10 };
	struct complaint c = {""};
	struct outbox *o;
	struct alerts *a;
	struct outbox_extent e = {0};

	ck_assert_msg(alerts_make_room(after_dir, &c) == 0, "%s", c.text);
	if (cuts % DAEMON_EVERY == 0) {
		ck_assert_msg(alerts_open(&a, after_dir, &sensor, &c) == 0, "cut %u: %s", cuts, c.text);
		alerts_close(a);
	}
	int err = outbox_open(&o, after_dir, &c);
	ck_assert_msg(err == 0 || (err == -ENOENT && promised == 0), "cut %u: %s", cuts, c.text);
	if (!err) {
		ck_assert_int_eq(outbox_extent(o, &e), 0);
		outbox_close(o);
	}
	ck_assert_msg(e.rows == 0 || (e.first_seq == 1 && e.last_seq == e.rows), "cut %u: %u to %u are %u", cuts,
		      (unsigned)e.first_seq, (unsigned)e.last_seq, (unsigned)e.rows);
	ck_assert_msg(e.last_seq >= promised, "cut %u, operation %u: %u were reported, %u are there", cuts, operations,
		      promised, (unsigned)e.last_seq);
	test_dir_remove(after_dir);
	ck_assert_int_eq(mkdir(after_dir, 0700), 0);
}

/* Each change of a file may be the last one. */
static void operate(void)
{
	if (++operations % cut_every != 0 || cuts >= CUTS)
		return;
	cuts++;
	put_down();
	sqlite3_vfs_register(real_vfs, 1);
	look_afterwards(committed);
	sqlite3_vfs_register(&cut_vfs, 1);
}

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct cut_file *)f)->real;
}

static int cut_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 at)
{
	int code = real_of(f)->pMethods->xWrite(real_of(f), bytes, len, at);

	keep_write(((struct cut_file *)f)->disk, at, bytes, (size_t)len);
	operate();
	return code;
}

static int cut_truncate(sqlite3_file *f, sqlite3_int64 len)
{
	int code = real_of(f)->pMethods->xTruncate(real_of(f), len);

	keep_write(((struct cut_file *)f)->disk, -1, NULL, (size_t)len);
	operate();
	return code;
}

static int cut_sync(sqlite3_file *f, int flags)
{
	struct disk *d = ((struct cut_file *)f)->disk;
	int code = real_of(f)->pMethods->xSync(real_of(f), flags);

	operate();
	for (size_t i = 0; i < d->n_pending; i++)
		apply(d, &d->pending[i], true);
	forget_pending(d);
	operate();
	return code;
}

static int cut_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}

/* What is not a change goes to the real file. */
static int cut_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	return real_of(f)->pMethods->xRead(real_of(f), to, n, at);
}

static int cut_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int cut_lock(sqlite3_file *f, int lock)
{
	return real_of(f)->pMethods->xLock(real_of(f), lock);
}

static int cut_unlock(sqlite3_file *f, int lock)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), lock);
}

static int cut_check_lock(sqlite3_file *f, int *out)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int cut_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int cut_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

/* No promises: not that a write of a sector is atomic, nor that writes keep their order. */
static int cut_promises(sqlite3_file *f)
{
	(void)f;
	return 0;
}

static int cut_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static int cut_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void cut_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int cut_shm_unmap(sqlite3_file *f, int remove)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}

static const sqlite3_io_methods cut_methods = {
    .iVersion = 2,
    .xClose = cut_close,
    .xRead = cut_read,
    .xWrite = cut_write,
    .xTruncate = cut_truncate,
    .xSync = cut_sync,
    .xFileSize = cut_size,
    .xLock = cut_lock,
    .xUnlock = cut_unlock,
    .xCheckReservedLock = cut_check_lock,
    .xFileControl = cut_control,
    .xSectorSize = cut_sector,
    .xDeviceCharacteristics = cut_promises,
    .xShmMap = cut_shm_map,
    .xShmLock = cut_shm_lock,
    .xShmBarrier = cut_shm_barrier,
    .xShmUnmap = cut_shm_unmap,
};

static struct disk *disk_of(const char *path)
{
	for (unsigned i = 0; i < n_disks; i++) {
		if (strcmp(disks[i].path, path) == 0)
			return &disks[i];
	}
	ck_assert_uint_lt(n_disks, FILES_MAX);
	snprintf(disks[n_disks].path, sizeof(disks[0].path), "%s", path);
	return &disks[n_disks++];
}

static int cut_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags, int *out_flags)
{
	struct cut_file *c = (struct cut_file *)f;

	(void)vfs;
	c->real = (sqlite3_file *)(c + 1);
	int code = real_vfs->xOpen(real_vfs, path, c->real, flags, out_flags);
	c->base.pMethods = code == SQLITE_OK ? &cut_methods : NULL;
	if (code == SQLITE_OK) {
		c->disk = disk_of(path ? path : "/temporary");
		c->disk->gone = false;
	}
	return code;
}

static int cut_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
	(void)vfs;
	struct disk *d = disk_of(path);
	forget_pending(d);
	d->len = 0;
	d->gone = true;
	return real_vfs->xDelete(real_vfs, path, sync);
}

static void setup(void)
{
	test_dir(dir);
	test_dir(after_dir);
	real_vfs = sqlite3_vfs_find(NULL);
	cut_vfs = *real_vfs;
	cut_vfs.zName = "cut";
	cut_vfs.szOsFile = (int)sizeof(struct cut_file) + real_vfs->szOsFile;
	cut_vfs.xOpen = cut_open;
	cut_vfs.xDelete = cut_delete;
	cut_vfs.pNext = NULL;
	sqlite3_vfs_register(&cut_vfs, 1);
}

static void teardown(void)
{
	sqlite3_vfs_register(real_vfs, 1);
	sqlite3_vfs_unregister(&cut_vfs);
	test_dir_remove(dir);
	test_dir_remove(after_dir);
	for (unsigned i = 0; i < n_disks; i++) {
		forget_pending(&disks[i]);
		free(disks[i].pending);
		free(disks[i].image);
	}
	free(left.image);
	left = (struct disk){.image = NULL};
	memset(disks, 0, sizeof(disks));
	n_disks = operations = cuts = committed = 0;
}

/* Alerts, positions of sinks, retention and checkpoints, as a sensor has them; several kinds of dice. */
START_TEST(test_what_was_reported_is_there_when_the_power_is_back)
{
	struct complaint c = {""};
	struct outbox *o;
	struct alerts *a;
	struct test_finding t;

	srandom((unsigned)_i + 1);
	cut_every = 7 + 4 * (unsigned)_i;
	ck_assert_msg(alerts_open(&a, dir, &sensor, &c) == 0, "%s", c.text);
	ck_assert_msg(outbox_open(&o, dir, &c) == 0, "%s", c.text);
	unsigned n = 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned more = 1 + (unsigned)random() % 40;
		for (unsigned i = 0; i < more; i++, n++)
			alerts_take(a, test_finding(&t, n, n * NS_PER_MS));
		ck_assert_int_gt(alerts_commit(a, round + 1, true), 0);
		committed = n;
		ck_assert_int_eq(outbox_set_position(o, "redis", n / 2), 0);
	}
	ck_assert_msg(cuts >= 20, "the power failed %u times only", cuts);
	sqlite3_vfs_register(real_vfs, 1);
	outbox_close(o);
	alerts_close(a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("power cut");
	TCase *c = tcase_create("power cut");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 600);
	tcase_add_loop_test(c, test_what_was_reported_is_there_when_the_power_is_back, 0, 4);
	suite_add_tcase(s, c);
	return run_suite_apart(s);
}
