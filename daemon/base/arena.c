#include "base/arena.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t size;
	alignas(max_align_t) uint8_t bytes[];
};

static struct arena_block *block_new(size_t size)
{
	struct arena_block *b = malloc(sizeof(*b) + size);

	if (b)
		*b = (struct arena_block){.size = size};
	return b;
}

int arena_init(struct arena *a, size_t block_bytes, size_t cap_bytes)
{
	*a = (struct arena){.cap_bytes = cap_bytes};
	a->first = a->current = block_new(block_bytes);
	if (!a->first)
		return -ENOMEM;
	a->total_bytes = block_bytes;
	return 0;
}

void arena_deinit(struct arena *a)
{
	struct arena_block *next;

	for (struct arena_block *b = a->first; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena){0};
}

/* Steps to a block with room for @n bytes: a kept one of a former packet, or a new one. */
static bool next_block(struct arena *a, size_t n)
{
	struct arena_block *last = a->current;

	for (struct arena_block *b = last->next; b; last = b, b = b->next) {
		if (b->size >= n) {
			a->current = b;
			a->used = 0;
			return true;
		}
	}
	size_t size = n > a->first->size ? n : a->first->size;
	if (a->total_bytes + size > a->cap_bytes)
		return false;
	struct arena_block *fresh = block_new(size);
	if (!fresh)
		return false;
	last->next = fresh;
	a->total_bytes += size;
	a->current = fresh;
	a->used = 0;
	return true;
}

void *arena_alloc(struct arena *a, size_t n)
{
	const size_t align = alignof(max_align_t);

	if (n > a->cap_bytes) {
		a->refused++;
		return NULL;
	}
	n = (n + align - 1) / align * align;
	if (n > a->current->size - a->used && !next_block(a, n)) {
		a->refused++;
		return NULL;
	}
	void *at = a->current->bytes + a->used;
	a->used += n;
	return at;
}

struct span arena_copy(struct arena *a, struct span s)
{
	if (s.len == 0)
		return (struct span){NULL, 0};
	uint8_t *at = arena_alloc(a, s.len);
	if (!at)
		return (struct span){NULL, 0};
	memcpy(at, s.ptr, s.len);
	return span_of(at, s.len);
}

void arena_reset(struct arena *a)
{
	a->current = a->first;
	a->used = 0;
}
