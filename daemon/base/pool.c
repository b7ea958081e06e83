#include "base/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

enum {
	SLABS_PER_CHUNK = 4,
	SMALLEST = 32,
	HEADER_BYTES = 64,
};

struct piece {
	struct piece *next;
};

/* The head of a slab; slabs are aligned to their size, so a piece leads to its slab. */
struct slab {
	struct slab *next, *prev;
	struct piece *free;
	uint32_t carved; /* pieces ever handed out since the slab got its class */
	uint32_t used;
	uint32_t fits;
	uint8_t class;
};

static_assert(sizeof(struct slab) <= HEADER_BYTES, "a slab's head must leave the pieces their alignment");

/* 32, 48, 64, 96, 128 ... 16384, and on. */
static size_t class_bytes(unsigned class)
{
	size_t whole = (size_t)SMALLEST << class / 2;

	return class % 2 == 0 ? whole : whole + whole / 2;
}

static unsigned class_of(size_t bytes)
{
	if (bytes <= SMALLEST)
		return 0;
	/* The power of two at or above, then the class half a doubling below it where that suffices. */
	unsigned doubling = 64 - (unsigned)__builtin_clzll(bytes - 1) - 5;
	size_t whole = (size_t)SMALLEST << doubling;
	return bytes <= whole / 4 * 3 ? doubling * 2 - 1 : doubling * 2;
}

/* Pieces beyond this are as long as they are. */
static size_t long_max(void)
{
	return class_bytes(POOL_CLASSES + POOL_LONG_CLASSES - 1);
}

size_t pool_room(size_t bytes)
{
	return bytes > long_max() ? bytes : class_bytes(class_of(bytes));
}

void pool_init(struct pool *p, uint64_t cap_bytes)
{
	*p = (struct pool){.cap_bytes = cap_bytes};
}

void pool_deinit(struct pool *p)
{
	for (size_t i = 0; i < p->n_chunks; i++) {
		ASAN_UNPOISON_MEMORY_REGION(p->chunks[i], (size_t)SLABS_PER_CHUNK * POOL_SLAB_BYTES);
		free(p->chunks[i]);
	}
	free(p->chunks);
	for (unsigned class = 0; class < POOL_LONG_CLASSES; class ++) {
		for (struct piece *piece = p->spare[class], *next; piece; piece = next) {
			ASAN_UNPOISON_MEMORY_REGION(piece, sizeof(*piece));
			next = piece->next;
			free(piece);
		}
	}
	*p = (struct pool){0};
}

static void list_push(struct slab **head, struct slab *s)
{
	s->prev = NULL;
	s->next = *head;
	if (s->next)
		s->next->prev = s;
	*head = s;
}

static void list_take(struct slab **head, struct slab *s)
{
	if (s->prev)
		s->prev->next = s->next;
	else
		*head = s->next;
	if (s->next)
		s->next->prev = s->prev;
}

/* A chunk of fresh slabs, all put on the empty list. Its memory is touched only as slabs come into use. */
static void chunk_add(struct pool *p)
{
	void **chunks = realloc(p->chunks, (p->n_chunks + 1) * sizeof(*chunks));
	uint8_t *chunk = chunks ? aligned_alloc(POOL_SLAB_BYTES, (size_t)SLABS_PER_CHUNK * POOL_SLAB_BYTES) : NULL;

	if (chunks)
		p->chunks = chunks;
	if (!chunk)
		return;
	p->chunks[p->n_chunks++] = chunk;
	for (unsigned i = SLABS_PER_CHUNK; i-- > 0;) {
		struct slab *s = (struct slab *)(void *)(chunk + (size_t)i * POOL_SLAB_BYTES);
		list_push(&p->empty, s);
	}
}

static void slab_close(struct pool *p, struct slab *s)
{
	list_take(&p->open[s->class], s);
	list_push(&p->empty, s);
	p->used_bytes -= POOL_SLAB_BYTES;
}

/* Each class keeps one slab although nothing of it is in use, so that one piece coming and going costs little. */
static void close_idle(struct pool *p)
{
	for (unsigned class = 0; class < POOL_CLASSES; class ++) {
		struct slab *s = p->open[class];
		if (s && s->used == 0)
			slab_close(p, s);
	}
}

static struct slab *slab_open(struct pool *p, unsigned class)
{
	if (p->used_bytes + POOL_SLAB_BYTES > p->cap_bytes)
		close_idle(p);
	if (p->used_bytes + POOL_SLAB_BYTES > p->cap_bytes)
		return NULL;
	if (!p->empty)
		chunk_add(p);
	struct slab *s = p->empty;
	if (!s)
		return NULL;
	list_take(&p->empty, s);
	*s = (struct slab){.class = (uint8_t) class,
			   .fits = (uint32_t)((POOL_SLAB_BYTES - HEADER_BYTES) / class_bytes(class))};
	ASAN_POISON_MEMORY_REGION((uint8_t *)s + HEADER_BYTES, POOL_SLAB_BYTES - HEADER_BYTES);
	list_push(&p->open[class], s);
	p->used_bytes += POOL_SLAB_BYTES;
	return s;
}

/* A piece that was kept, or one from the heap; sanitizers find fault with bytes beyond @bytes. */
static void *long_piece(struct pool *p, size_t bytes, size_t room)
{
	unsigned class = room <= long_max() ? class_of(room) - POOL_CLASSES : POOL_LONG_CLASSES;
	struct piece *piece = class < POOL_LONG_CLASSES ? p->spare[class] : NULL;

	if (piece) {
		ASAN_UNPOISON_MEMORY_REGION(piece, room);
		p->spare[class] = piece->next;
		p->spare_bytes -= (uint32_t)room;
	} else {
		piece = malloc(room);
	}
	if (piece)
		ASAN_POISON_MEMORY_REGION((uint8_t *)piece + bytes, room - bytes);
	return piece;
}

static void *heap_alloc(struct pool *p, size_t bytes)
{
	size_t room = pool_room(bytes);

	if (room <= p->cap_bytes && p->used_bytes > p->cap_bytes - room)
		close_idle(p);
	void *piece = room > p->cap_bytes || p->used_bytes > p->cap_bytes - room ? NULL : long_piece(p, bytes, room);

	if (piece)
		p->used_bytes += room;
	else
		p->refused++;
	return piece;
}

static void heap_free(struct pool *p, struct piece *piece, size_t bytes)
{
	size_t room = pool_room(bytes);

	ASAN_UNPOISON_MEMORY_REGION(piece, room);
	p->used_bytes -= room;
	if (room > long_max() || p->spare_bytes + room > POOL_SPARE_BYTES) {
		free(piece);
		return;
	}
	struct piece **spare = &p->spare[class_of(room) - POOL_CLASSES];
	piece->next = *spare;
	*spare = piece;
	p->spare_bytes += (uint32_t)room;
	ASAN_POISON_MEMORY_REGION(piece, room);
}

void *pool_alloc(struct pool *p, size_t bytes)
{
	if (bytes > POOL_PIECE_MAX)
		return heap_alloc(p, bytes);
	unsigned class = class_of(bytes);
	struct slab *s = p->open[class] ? p->open[class] : slab_open(p, class);
	if (!s) {
		p->refused++;
		return NULL;
	}
	struct piece *piece = s->free;
	if (piece) {
		ASAN_UNPOISON_MEMORY_REGION(piece, sizeof(*piece));
		s->free = piece->next;
	} else {
		piece = (struct piece *)(void *)((uint8_t *)s + HEADER_BYTES + s->carved * class_bytes(class));
		s->carved++;
	}
	ASAN_UNPOISON_MEMORY_REGION(piece, bytes);
	if (++s->used == s->fits)
		list_take(&p->open[class], s);
	return piece;
}

void *pool_zalloc(struct pool *p, size_t bytes)
{
	void *piece = pool_alloc(p, bytes);

	if (piece)
		memset(piece, 0, bytes);
	return piece;
}

void pool_free(struct pool *p, void *at, size_t bytes)
{
	struct piece *piece = at;

	if (!piece)
		return;
	if (bytes > POOL_PIECE_MAX) {
		heap_free(p, piece, bytes);
		return;
	}
	struct slab *s = (struct slab *)((uintptr_t)piece & ~(uintptr_t)(POOL_SLAB_BYTES - 1));
	assert(s->class == class_of(bytes) && "a piece comes back under the size it was taken for");
	ASAN_UNPOISON_MEMORY_REGION(piece, sizeof(*piece));
	piece->next = s->free;
	s->free = piece;
	ASAN_POISON_MEMORY_REGION(piece, class_bytes(s->class));
	if (s->used-- == s->fits)
		list_push(&p->open[s->class], s);
	if (s->used == 0 && (p->open[s->class] != s || s->next))
		slab_close(p, s);
}
