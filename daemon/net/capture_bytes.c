#include "net/capture_bytes.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void capture_bytes_begin(struct capture_bytes *b, int fd, off_t off, struct span had)
{
	struct stat st;

	b->fd = fd;
	b->has_places = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	b->error = 0;
	b->next_off = off;
	b->at = b->end = CAPTURE_BLOCKS_AT;
	if (b->has_places || had.len > CAPTURE_PAGE_BYTES)
		return;
	memcpy(b->bytes + b->at, had.ptr, had.len);
	b->end += had.len;
}

/* Reads what comes next to bytes[end], up to the end of a block. @return whether there was any. */
static bool read_block(struct capture_bytes *b)
{
	size_t room = CAPTURE_BLOCK_BYTES - (size_t)(b->next_off % CAPTURE_BLOCK_BYTES);
	ssize_t got;

	/* who is interrupted while a pipe says nothing wants to end */
	do
		got = b->has_places ? pread(b->fd, b->bytes + b->end, room, b->next_off)
				    : read(b->fd, b->bytes + b->end, room);
	while (got < 0 && errno == EINTR && b->has_places);
	b->error = got < 0 ? errno : 0;
	if (got <= 0)
		return false;
	b->end += (size_t)got;
	b->next_off += got;
	return true;
}

struct span capture_bytes_read_on(struct capture_bytes *b, size_t n)
{
	size_t left = b->end - b->at; /* less than @n */

	memmove(b->bytes + CAPTURE_BLOCKS_AT - left, b->bytes + b->at, left);
	b->at = CAPTURE_BLOCKS_AT - left;
	b->end = CAPTURE_BLOCKS_AT;
	while (b->end - b->at < n)
		if (!read_block(b))
			return span_of(NULL, 0);
	return span_of(b->bytes + b->at, n);
}

void capture_bytes_skip(struct capture_bytes *b, uint32_t n)
{
	size_t at_hand = b->end - b->at;

	while (!b->has_places && n > at_hand) {
		n -= (uint32_t)at_hand;
		b->at = b->end = CAPTURE_BLOCKS_AT;
		if (!read_block(b))
			return;
		at_hand = b->end - b->at;
	}
	if (n <= at_hand) {
		b->at += n;
		return;
	}
	b->at = b->end = CAPTURE_BLOCKS_AT;
	b->next_off += (off_t)(n - at_hand);
}

bool capture_bytes_at_end(struct capture_bytes *b)
{
	return b->at == b->end && capture_bytes_look(b, 1).len == 0 && b->error == 0;
}
