/*
 * A road from one thread to one other: records of any length, in order, through a fixed piece of memory.
 *
 * One producer, one consumer, no lock and no system call on the producer's side. The producer reserves room, writes,
 * commits; the consumer peeks, reads, releases. When there is no room ring_reserve() says so at once: what to do then
 * (wait, drop and count) is the producer's business.
 */
#ifndef SEKISHO_BASE_RING_H
#define SEKISHO_BASE_RING_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	uint8_t *bytes;
	size_t size;                     /* a power of two */
	alignas(64) _Atomic size_t head; /* written by the producer */
	size_t reserved;
	size_t tail_seen;
	alignas(64) _Atomic size_t tail; /* written by the consumer */
	size_t head_seen;
};

/** @size is rounded up to a power of two, at least 4096. @return 0, or -ENOMEM. */
int ring_init(struct ring *r, size_t size);
void ring_deinit(struct ring *r);

/** The longest record this ring can hold. */
size_t ring_record_max(const struct ring *r);

/** Room for @n bytes, 16-byte aligned, or NULL when there is none now. Valid until ring_commit(). */
void *ring_reserve(struct ring *r, size_t n);

/** Gives the reserved record to the consumer. */
void ring_commit(struct ring *r);

/** The oldest record and its length, or NULL when there is none. Borrowed until ring_release(). */
void *ring_peek(struct ring *r, size_t *n);

/** Where the records begin that were not released yet: for ring_look(). */
size_t ring_place(const struct ring *r);

/** The record at @place, which then is that of the next, or NULL where none is there yet. Borrowed until it has been
 * released in its turn. */
const void *ring_look(struct ring *r, size_t *place, size_t *n);

/** Gives the peeked record's room back. */
void ring_release(struct ring *r);

/** Bytes in use; exact only for a thread that owns one end. */
size_t ring_used(struct ring *r);

/** Is a quarter of it free? Who waits for room waits for that: room for one record would be all that there is each
 * time. */
bool ring_is_roomy(struct ring *r);

#endif
