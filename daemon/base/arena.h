/*
 * Memory that lives as long as one packet.
 *
 * An arena hands out pieces of a few large blocks and takes them all back at once with arena_reset(). Blocks are kept
 * for the next packet, so a running sensor allocates nothing per packet. A cap bounds what one packet may ask for;
 * beyond it arena_alloc() returns NULL and counts the refusal.
 */
#ifndef SEKISHO_BASE_ARENA_H
#define SEKISHO_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

struct arena_block;

struct arena {
	struct arena_block *first;
	struct arena_block *current;
	size_t used;        /* bytes taken in the current block */
	size_t total_bytes; /* bytes of all blocks */
	size_t cap_bytes;
	uint64_t refused; /* requests beyond the cap */
};

/** @return 0, or -ENOMEM. The arena is empty; its first block is allocated here. */
int arena_init(struct arena *a, size_t block_bytes, size_t cap_bytes);
void arena_deinit(struct arena *a);

/** @return @n bytes, aligned for any type and not initialised; NULL beyond the cap. Valid until arena_reset(). */
void *arena_alloc(struct arena *a, size_t n);

/** A copy of @s in the arena; an empty span beyond the cap. */
struct span arena_copy(struct arena *a, struct span s);

/** Takes everything back; the memory stays for the next packet. */
void arena_reset(struct arena *a);

#endif
