#include "ledger/link_away.h"

#include <errno.h>

#include "base/hash.h"
#include "base/heap.h"

enum {
	LINE_WORDS = 8,     /* a line of the processor's cache */
	LINE_BITS_LOG2 = 9, /* of bits */
	ROWS_PER_LINE = 16, /* places for rows */
	BITS_SET = 6,       /* for each that is put in */
};

static uint32_t lines_for(uint32_t links)
{
	return away_places(links) / ROWS_PER_LINE;
}

static size_t bytes_of(uint32_t lines)
{
	return (size_t)lines * LINE_WORDS * sizeof(uint64_t);
}

int link_away_init(struct link_away *a, uint32_t links)
{
	uint32_t n = lines_for(links);
	int err = away_init(&a->rows, links);

	a->lines = heap_pages(bytes_of(n));
	a->mask = n - 1;
	return err || a->lines ? err : -ENOMEM;
}

void link_away_deinit(struct link_away *a)
{
	away_deinit(&a->rows);
	heap_pages_free(a->lines, bytes_of(a->mask + 1));
	a->lines = NULL;
}

uint64_t link_away_bytes(uint32_t links)
{
	return away_bytes(links) + bytes_of(lines_for(links));
}

static void set(struct link_away *a, uint64_t hash)
{
	uint64_t *line = a->lines + (hash & a->mask) * LINE_WORDS, bits = hash_u64(hash, BITS_SET);

	for (int i = 0; i < BITS_SET; i++, bits >>= LINE_BITS_LOG2)
		line[bits / 64 % LINE_WORDS] |= UINT64_C(1) << bits % 64;
}

static bool is_set(const struct link_away *a, uint64_t hash)
{
	const uint64_t *line = a->lines + (hash & a->mask) * LINE_WORDS;
	uint64_t bits = hash_u64(hash, BITS_SET);
	bool all = true;

	for (int i = 0; i < BITS_SET; i++, bits >>= LINE_BITS_LOG2)
		all &= line[bits / 64 % LINE_WORDS] >> bits % 64 & 1;
	return all;
}

static uint64_t hash_of_one(uint64_t no)
{
	return hash_u64(1, no);
}

static uint64_t hash_of_two(uint64_t a, uint64_t b)
{
	return a < b ? hash_u64(hash_u64(2, a), b) : hash_u64(hash_u64(2, b), a);
}

bool link_away_has(const struct link_away *a, uint64_t no)
{
	return a->rows.lost || is_set(a, hash_of_one(no));
}

bool link_away_joins(const struct link_away *a, uint64_t no, uint64_t other)
{
	return a->rows.lost || is_set(a, hash_of_two(no, other));
}

void link_away_note(struct link_away *a, uint64_t hash, uint64_t id, uint64_t src_no, uint64_t dest_no)
{
	if (a->rows.lost)
		return;
	away_note(&a->rows, hash, id);
	if (src_no)
		set(a, hash_of_one(src_no));
	if (dest_no)
		set(a, hash_of_one(dest_no));
	if (src_no && dest_no)
		set(a, hash_of_two(src_no, dest_no));
}
