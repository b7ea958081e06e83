/*
 * The recent frames of a worker, kept for evidence: a ring of bytes that one thread fills and another reads.
 *
 * The writer never waits: it gives up the oldest frames, and says so (tail) before it overwrites them. The reader
 * copies a frame out and then looks whether it was still there; one that was not is skipped. Positions only ever rise.
 */
#ifndef SEKISHO_NET_KEEP_H
#define SEKISHO_NET_KEEP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/capture.h"

enum { KEEP_FRAME_MAX = 65536 }; /* bytes kept of one frame */

struct keep {
	uint8_t *bytes;
	uint64_t size; /* a power of two */
	_Atomic uint64_t head, tail;
};

/** @return 0, or -ENOMEM. @size is rounded up to a power of two. */
int keep_init(struct keep *k, uint64_t size);
void keep_deinit(struct keep *k);

/** Copies a frame in. */
void keep_frame(struct keep *k, const struct frame_in *f);

static inline uint64_t keep_head(const struct keep *k)
{
	return atomic_load_explicit(&k->head, memory_order_acquire);
}

static inline uint64_t keep_tail(const struct keep *k)
{
	return atomic_load_explicit(&k->tail, memory_order_acquire);
}

/**
 * The frame at *@pos, or the oldest after it; *@pos moves behind it.
 * @f: bytes borrowed from @buf. @return false where there is none yet.
 */
bool keep_next(const struct keep *k, uint64_t *pos, uint8_t buf[static KEEP_FRAME_MAX], struct frame_in *f);

#endif
