/*
 * Pieces of memory of many lengths under one cap: what flows own (reassembly, dissector state, half-read PDUs), values
 * that rules count.
 *
 * Pieces come in size classes, two a doubling, carved from slabs of 64 KiB. A slab whose pieces are all back serves any
 * class again, so no class can starve the others for good. Pieces beyond POOL_PIECE_MAX come from the heap, counted
 * under the same cap; a few of those that come back are kept for the next ones, so that long PDUs and states do not go
 * to the heap each time. When the cap is reached pool_alloc() returns NULL and counts the refusal; the caller decides
 * what to give up.
 *
 * The caller remembers how many bytes it asked for and says so again when it gives the piece back. A pool is for one
 * thread.
 */
#ifndef SEKISHO_BASE_POOL_H
#define SEKISHO_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

enum {
	POOL_CLASSES = 19,
	POOL_PIECE_MAX = 16384, /* largest class */
	POOL_SLAB_BYTES = 65536,
	POOL_LONG_CLASSES = 6, /* of pieces from the heap: 24, 32, 48, 64, 96, 128 KiB; longer ones are not kept */
	POOL_SPARE_BYTES = 1024 * 1024, /* most that is kept of them, beside the cap */
};

struct slab;
struct piece;

struct pool {
	uint64_t cap_bytes;  /* slabs and heap pieces together */
	uint64_t used_bytes; /* slabs that hold a piece, and heap pieces */
	uint64_t refused;
	struct slab *open[POOL_CLASSES]; /* slabs of a class with room */
	struct slab *empty;              /* of no class */
	void **chunks;                   /* what slabs were cut from */
	size_t n_chunks;
	struct piece *spare[POOL_LONG_CLASSES]; /* pieces from the heap that wait for use */
	uint32_t spare_bytes;
};

void pool_init(struct pool *p, uint64_t cap_bytes);

/** Gives all slabs back to the heap, pieces in use included; pieces beyond POOL_PIECE_MAX must have come back before.
 */
void pool_deinit(struct pool *p);

/** @return @bytes (at least 1) aligned for any type, not initialised; NULL at the cap. */
void *pool_alloc(struct pool *p, size_t bytes);

/** The same, zeroed. */
void *pool_zalloc(struct pool *p, size_t bytes);

/** @bytes: as given to pool_alloc(). NULL is none. */
void pool_free(struct pool *p, void *piece, size_t bytes);

/** How many bytes a piece of @bytes has in truth: asking for these costs no more. */
size_t pool_room(size_t bytes);

#endif
