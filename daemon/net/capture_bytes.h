/*
 * The bytes of a capture file, or of a pipe, in the order in which they stand there, read in large blocks. Private to
 * capture*.c.
 *
 * Blocks begin with a page in the file and in memory, which is copied fastest. What the one before ends with, the
 * beginning of a frame, is put before the next.
 */
#ifndef SEKISHO_NET_CAPTURE_BYTES_H
#define SEKISHO_NET_CAPTURE_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cursor.h"
#include "net/capture_own.h"

enum {
	CAPTURE_LOOK_MOST = 64 + CAPTURE_SNAPLEN, /* a frame and what stands around it */
	CAPTURE_PAGE_BYTES = 4096,
	CAPTURE_BLOCK_BYTES = 64 << 10,
	CAPTURE_BLOCKS_AT = (CAPTURE_LOOK_MOST + CAPTURE_PAGE_BYTES - 1) / CAPTURE_PAGE_BYTES * CAPTURE_PAGE_BYTES,
};

/* Half a megabyte, touched as far as it is needed: belongs apart from the heap (heap_pages()). */
struct capture_bytes {
	int fd;          /* borrowed */
	bool has_places; /* a regular file: others may write to it meanwhile, and the descriptor stays where it is */
	int error;       /* errno of a read that failed, else 0 */
	off_t next_off;  /* has_places: where what stands behind the bytes at hand does */
	size_t at, end;  /* of these in bytes[] */
	uint8_t bytes[CAPTURE_BLOCKS_AT + CAPTURE_LOOK_MOST + CAPTURE_BLOCK_BYTES]
	    __attribute__((aligned(CAPTURE_PAGE_BYTES)));
};

/** Begins with a regular file's byte @off; with a pipe's next one behind @had, at most a page of them, which somebody
 * read already. */
void capture_bytes_begin(struct capture_bytes *b, int fd, off_t off, struct span had);

/** The slow half of capture_bytes_look(). */
struct span capture_bytes_read_on(struct capture_bytes *b, size_t n);

/** @n bytes, at most CAPTURE_LOOK_MOST, from the next one on. @return none where there are fewer; borrowed until the
 * next look. */
static inline struct span capture_bytes_look(struct capture_bytes *b, size_t n)
{
	return b->end - b->at >= n ? span_of(b->bytes + b->at, n) : capture_bytes_read_on(b, n);
}

/** Goes behind @n bytes that were looked at. */
static inline void capture_bytes_take(struct capture_bytes *b, size_t n)
{
	b->at += n;
}

/** Goes behind @n bytes, at most 4 GiB, looked at or not. Whether there were so many tells the next look. */
void capture_bytes_skip(struct capture_bytes *b, uint32_t n);

/** No byte is left. */
bool capture_bytes_at_end(struct capture_bytes *b);

/** A regular file's: the place of the next byte. */
static inline off_t capture_bytes_off(const struct capture_bytes *b)
{
	return b->next_off - (off_t)(b->end - b->at);
}

#endif
