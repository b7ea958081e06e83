/*
 * Capture files: read from a file and from a pipe, which are to give the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/capture.h"

enum { PIPE_MOST = 60000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ck(bool holds)
{
	if (!holds)
		abort();
}

struct seen {
	uint64_t frames, number, bytes, sum;
};

static void take(void *ctx, const struct frame_in *f)
{
	struct seen *s = ctx;

	ck(f->number > s->number && f->wire_len >= f->bytes.len);
	s->frames++;
	s->number = f->number;
	s->bytes += f->bytes.len;
	s->sum = s->sum * 31 + (uint64_t)f->ts_ns + (uint64_t)f->linktype + f->wire_len;
	for (size_t i = 0; i < f->bytes.len; i++)
		s->sum = s->sum * 31 + f->bytes.ptr[i];
}

static struct seen read_all(int fd, const char *filter)
{
	struct capture_options o = {.filter = filter};
	struct seen s = {0};
	struct complaint c;
	struct capture *cap;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (capture_open_file(&cap, path, &o, &c) < 0)
		return s;
	while (capture_read(cap, 3, take, &s) > 0)
		;
	ck(capture_count(cap).frames == s.frames);
	capture_close(cap);
	return s;
}

static int in_memory(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	ck(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = in_memory(data, size), ends[2];
	struct seen a = read_all(fd, NULL), filtered = read_all(fd, "len > 40");

	close(fd);
	ck(a.bytes <= size && filtered.frames <= a.frames);
	if (size > PIPE_MOST)
		return 0;
	ck(pipe(ends) == 0 && write(ends[1], data, size) == (ssize_t)size);
	close(ends[1]);
	struct seen b = read_all(ends[0], NULL);
	close(ends[0]);
	ck(a.frames == b.frames && a.bytes == b.bytes && a.sum == b.sum);
	return 0;
}
