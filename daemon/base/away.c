#include "base/away.h"

#include <errno.h>

#include "base/heap.h"

enum { ROW_BITS = 47, PLACES_LEAST = 64 };
_Static_assert(AWAY_ROW_MAX == (UINT64_C(1) << ROW_BITS) - 1, "what is above it is the hash");

uint32_t away_places(uint32_t in_memory)
{
	uint32_t n = PLACES_LEAST;

	while (n / 2 < in_memory && n < UINT32_C(1) << 30)
		n *= 2;
	return n;
}

int away_init(struct away *a, uint32_t in_memory)
{
	uint32_t n = away_places(in_memory);

	*a = (struct away){.places = heap_pages(n * sizeof(*a->places)), .mask = n - 1};
	return a->places ? 0 : -ENOMEM;
}

void away_deinit(struct away *a)
{
	heap_pages_free(a->places, ((size_t)a->mask + 1) * sizeof(*a->places));
	*a = (struct away){0};
}

uint64_t away_bytes(uint32_t in_memory)
{
	return away_places(in_memory) * sizeof(uint64_t);
}

void away_note(struct away *a, uint64_t hash, uint64_t no)
{
	uint64_t place = no | hash >> ROW_BITS << ROW_BITS;
	uint32_t at = (uint32_t)hash & a->mask;

	if (a->lost)
		return;
	for (; a->places[at] != 0; at = (at + 1) & a->mask) {
		if (a->places[at] == place)
			return;
	}
	a->lost = a->used >= (a->mask + 1) / 4 * 3;
	if (a->lost)
		return;
	a->places[at] = place;
	a->used++;
}

uint64_t away_next(const struct away *a, uint64_t hash, uint32_t *at)
{
	while (a->used > 0) {
		uint64_t place = a->places[((uint32_t)hash + (*at)++) & a->mask];
		if (place == 0 || place >> ROW_BITS == hash >> ROW_BITS)
			return place & AWAY_ROW_MAX;
	}
	return 0;
}
