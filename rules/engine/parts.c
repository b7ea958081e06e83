#include "engine/parts.h"

#include <stdlib.h>
#include <string.h>

enum { STARTS = 1024 }; /* bits: two bytes fall together with others where much is asked for, which costs time alone */

/* A text by the two bytes with which it begins. */
struct part {
	uint32_t start;
	struct span text;
};

struct parts {
	uint64_t starts[STARTS / 64];
	uint32_t n;
	struct part items[]; /* ascending by start */
};

static inline uint32_t start_of(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static inline uint32_t bit_of(uint32_t start)
{
	return (start ^ start >> 5) % STARTS;
}

static int by_start(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

const struct parts *parts_new(struct arena *arena, const struct span *texts, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (texts[i].len < 2)
			return NULL;
	}
	struct parts *p = n > PARTS_LEAST ? arena_alloc(arena, sizeof(*p) + n * sizeof(p->items[0])) : NULL;
	if (!p)
		return NULL;
	memset(p->starts, 0, sizeof(p->starts));
	p->n = n;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t start = start_of(texts[i].ptr), bit = bit_of(start);
		p->items[i] = (struct part){start, texts[i]};
		p->starts[bit / 64] |= UINT64_C(1) << bit % 64;
	}
	qsort(p->items, n, sizeof(p->items[0]), by_start);
	return p;
}

/* Does one of those that begin with @start stand at the beginning of @rest? */
static bool stands_here(const struct parts *p, uint32_t start, struct span rest)
{
	uint32_t low = 0, high = p->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (p->items[mid].start < start)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < p->n && p->items[low].start == start; low++) {
		struct span part = p->items[low].text;
		if (part.len <= rest.len && memcmp(part.ptr, rest.ptr, part.len) == 0)
			return true;
	}
	return false;
}

bool parts_in(const struct parts *p, struct span text)
{
	for (size_t i = 0; i + 1 < text.len; i++) {
		uint32_t start = start_of(text.ptr + i), bit = bit_of(start);
		if (p->starts[bit / 64] >> bit % 64 & 1 && stands_here(p, start, span_skip(text, i)))
			return true;
	}
	return false;
}
