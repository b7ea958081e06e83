#include "base/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 *  A record:   | bytes u64 | pad u64 | payload, rounded up to 16 |
 *  A record never wraps; where it would, a filler (bytes == FILLER) takes the rest of the ring.
 */
enum { HEAD = 16 };
#define FILLER UINT64_MAX

int ring_init(struct ring *r, size_t size)
{
	size_t n = 4096;

	while (n < size)
		n *= 2;
	memset(r, 0, sizeof(*r));
	r->bytes = aligned_alloc(64, n);
	if (!r->bytes)
		return -ENOMEM;
	r->size = n;
	return 0;
}

void ring_deinit(struct ring *r)
{
	free(r->bytes);
	r->bytes = NULL;
}

static size_t whole(size_t n)
{
	return HEAD + (n + 15) / 16 * 16;
}

size_t ring_record_max(const struct ring *r)
{
	return r->size / 2 - HEAD;
}

static void head_write(struct ring *r, size_t at, uint64_t n)
{
	memcpy(r->bytes + (at & (r->size - 1)), &n, sizeof(n));
}

static uint64_t head_read(const struct ring *r, size_t at)
{
	uint64_t n;

	memcpy(&n, r->bytes + (at & (r->size - 1)), sizeof(n));
	return n;
}

void *ring_reserve(struct ring *r, size_t n)
{
	if (n > ring_record_max(r))
		return NULL;
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t to_end = r->size - (head & (r->size - 1));
	size_t need = whole(n);
	size_t filler = need > to_end ? to_end : 0;

	if (head + filler + need - r->tail_seen > r->size) {
		r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
		if (head + filler + need - r->tail_seen > r->size)
			return NULL;
	}
	if (filler)
		head_write(r, head, FILLER);
	head_write(r, head + filler, n);
	r->reserved = head + filler + need;
	return r->bytes + ((head + filler) & (r->size - 1)) + HEAD;
}

void ring_commit(struct ring *r)
{
	atomic_store_explicit(&r->head, r->reserved, memory_order_release);
}

/* The record at @at or, where the ring's end was filled up there, at its beginning. */
static uint8_t *record_at(struct ring *r, size_t *at, size_t *n)
{
	for (;;) {
		if (*at == r->head_seen) {
			r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
			if (*at == r->head_seen)
				return NULL;
		}
		uint64_t bytes = head_read(r, *at);
		if (bytes != FILLER) {
			*n = (size_t)bytes;
			return r->bytes + (*at & (r->size - 1)) + HEAD;
		}
		*at += r->size - (*at & (r->size - 1));
	}
}

void *ring_peek(struct ring *r, size_t *n)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed), at = tail;
	uint8_t *record = record_at(r, &at, n);

	if (at != tail)
		atomic_store_explicit(&r->tail, at, memory_order_release);
	return record;
}

size_t ring_place(const struct ring *r)
{
	return atomic_load_explicit(&r->tail, memory_order_relaxed);
}

const void *ring_look(struct ring *r, size_t *place, size_t *n)
{
	uint8_t *record = record_at(r, place, n);

	if (record)
		*place += whole(*n);
	return record;
}

void ring_release(struct ring *r)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	atomic_store_explicit(&r->tail, tail + whole((size_t)head_read(r, tail)), memory_order_release);
}

size_t ring_used(struct ring *r)
{
	return atomic_load_explicit(&r->head, memory_order_acquire) -
	       atomic_load_explicit(&r->tail, memory_order_acquire);
}

bool ring_is_roomy(struct ring *r)
{
	return ring_used(r) <= r->size / 4 * 3;
}
