#include "base/table.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum {
	CHUNK_ENTRIES = 256,
	FIRST_SLOTS = 256,
};

/* Of the hash only the lower half counts. A slot of the index is four bytes: the number of an entry in as many bits as
 * the cap needs, how far it stands behind the place where it belongs, and above these the upper bits of the entry's
 * hash, which tell those apart that belong to the same place. No number is all ones, which makes EMPTY an empty slot.
 * The entries themselves, by their keys, are asked where they belong when the index grows, and of those that stand
 * FAR_MOST behind or more when one before them goes; never on the way to one. */

enum {
	NUMBER_BITS = 28,
	PLACE_BITS = 8,
	NONE = (1 << NUMBER_BITS) - 1,
	FAR_BITS = 4,
	FAR_MOST = (1 << FAR_BITS) - 1,
};
static_assert(NUMBER_BITS + FAR_BITS <= 32, "a slot");

#define EMPTY UINT32_MAX

static_assert(CHUNK_ENTRIES == 1 << PLACE_BITS, "a place in a chunk has so many bits");

/* Stands before every entry; numbers, by which at() finds it. */
struct link {
	uint64_t older : NUMBER_BITS, newer : NUMBER_BITS;
	uint64_t place : PLACE_BITS; /* in its chunk */
};

static uint8_t *at(const struct table *t, uint32_t i)
{
	return t->chunks[i / CHUNK_ENTRIES] + (size_t)(i % CHUNK_ENTRIES) * t->stride;
}

static struct link *link_of(const struct table *t, uint32_t i)
{
	return (struct link *)(void *)at(t, i);
}

static void *entry_of(const struct table *t, uint32_t i)
{
	return at(t, i) + sizeof(struct link);
}

static struct link *link_before(void *entry)
{
	return (struct link *)entry - 1;
}

/* Behind the entries of a chunk stands which chunk it is. */
static uint32_t *number_of_chunk(const struct table *t, const uint8_t *chunk)
{
	return (uint32_t *)(uintptr_t)(chunk + (size_t)CHUNK_ENTRIES * t->stride);
}

static uint32_t number_of(const struct table *t, const struct link *l)
{
	const uint8_t *chunk = (const uint8_t *)l - (size_t)l->place * t->stride;

	return *number_of_chunk(t, chunk) * CHUNK_ENTRIES + (uint32_t)l->place;
}

static uint32_t hash_of(const struct table *t, uint32_t i)
{
	return (uint32_t)t->hash(t, entry_of(t, i));
}

/* @hash: its upper bits, or a slot, whose are the same. */
static uint32_t slot_for(const struct table *t, uint32_t i, uint32_t hash, uint32_t far)
{
	return (hash & t->hash_mask) | (far < FAR_MOST ? far : FAR_MOST) << t->number_bits | i;
}

/* Does what stands in @slot, which is not empty, look as if it had this hash? */
static bool may_be(const struct table *t, uint32_t slot, uint32_t hash)
{
	return ((slot ^ hash) & t->hash_mask) == 0;
}

static uint32_t home(const struct table *t, uint32_t hash)
{
	return hash & t->index_mask;
}

static size_t stride_for(size_t entry_bytes)
{
	return (sizeof(struct link) + entry_bytes + 7) / 8 * 8;
}

static uint32_t slots_for(uint32_t entries)
{
	uint32_t n = FIRST_SLOTS;

	while (n / 4 * 3 < entries && n < UINT32_C(1) << 31)
		n *= 2;
	return n;
}

/* As many as it takes that no entry's number is all ones. */
static uint32_t number_bits_for(uint32_t cap)
{
	uint32_t bits = 1;

	while ((UINT32_C(1) << bits) - 1 < cap)
		bits++;
	return bits;
}

uint64_t table_hash_bytes(const struct table *t, const void *key)
{
	return hash_bytes(key, t->key_bytes);
}

uint64_t table_hash_u64(const struct table *t, const void *key)
{
	uint64_t word;

	(void)t;
	memcpy(&word, key, sizeof(word));
	return hash_u64(hash_seed, word);
}

uint64_t table_hash_own(const struct table *t, const void *key)
{
	uint64_t word;

	(void)t;
	memcpy(&word, key, sizeof(word));
	return word;
}

int table_init(struct table *t, uint32_t cap, size_t key_bytes, size_t entry_bytes, table_hash_fn *hash,
	       void (*evict)(void *, void *), void *evict_ctx)
{
	if (cap < 1)
		cap = 1;
	assert(cap < NONE);
	uint32_t number_bits = number_bits_for(cap);
	*t = (struct table){.key_bytes = (uint32_t)key_bytes,
			    .entry_bytes = (uint32_t)entry_bytes,
			    .stride = (uint32_t)stride_for(entry_bytes),
			    .fresh_bytes = (uint32_t)entry_bytes,
			    .cap = cap,
			    .index_mask = FIRST_SLOTS - 1,
			    .number_bits = number_bits,
			    .number_mask = (UINT32_C(1) << number_bits) - 1,
			    .hash_mask = (uint32_t)(~UINT64_C(0) << (number_bits + FAR_BITS)),
			    .oldest = NONE,
			    .newest = NONE,
			    .free_head = NONE,
			    .hash = hash,
			    .evict = evict,
			    .evict_ctx = evict_ctx};
	t->index = malloc(FIRST_SLOTS * sizeof(*t->index));
	t->chunks = calloc((size_t)cap / CHUNK_ENTRIES + 1, sizeof(*t->chunks));
	if (!t->index || !t->chunks) {
		table_deinit(t);
		return -ENOMEM;
	}
	memset(t->index, 0xff, FIRST_SLOTS * sizeof(*t->index)); /* EMPTY everywhere */
	return 0;
}

void table_clear_only(struct table *t, size_t bytes)
{
	t->fresh_bytes = (uint32_t)bytes;
}

void table_deinit(struct table *t)
{
	for (uint32_t i = 0; t->chunks && i <= t->cap / CHUNK_ENTRIES; i++)
		free(t->chunks[i]);
	free(t->chunks);
	free(t->index);
	*t = (struct table){.oldest = NONE, .newest = NONE, .free_head = NONE};
}

/* Keys are short and of a few lengths: a call would cost more than the comparison. */
static bool same_key(const uint8_t *a, const uint8_t *b, uint32_t n)
{
	uint64_t x[2], y[2];
	uint32_t v, w;

	for (; n >= sizeof(x); a += sizeof(x), b += sizeof(x), n -= (uint32_t)sizeof(x)) {
		memcpy(x, a, sizeof(x));
		memcpy(y, b, sizeof(y));
		if ((x[0] ^ y[0]) | (x[1] ^ y[1]))
			return false;
	}
	if (n >= sizeof(*x)) {
		memcpy(x, a, sizeof(*x));
		memcpy(y, b, sizeof(*y));
		if (x[0] != y[0])
			return false;
		a += sizeof(*x), b += sizeof(*x), n -= (uint32_t)sizeof(*x);
	}
	if (n != sizeof(v))
		return n == 0 || memcmp(a, b, n) == 0;
	memcpy(&v, a, sizeof(v));
	memcpy(&w, b, sizeof(w));
	return v == w;
}

void *table_find(const struct table *t, const void *key, uint64_t hash64)
{
	uint32_t hash = (uint32_t)hash64;

	if (t->used == 0)
		return NULL;
	for (uint32_t s = home(t, hash);; s = (s + 1) & t->index_mask) {
		uint32_t slot = t->index[s];
		if (slot == EMPTY)
			return NULL;
		if (may_be(t, slot, hash) && same_key(entry_of(t, slot & t->number_mask), key, t->key_bytes))
			return entry_of(t, slot & t->number_mask);
	}
}

static void index_put(struct table *t, uint32_t i, uint32_t hash)
{
	uint32_t s = home(t, hash), far = 0;

	for (; t->index[s] != EMPTY; s = (s + 1) & t->index_mask)
		far++;
	t->index[s] = slot_for(t, i, hash, far);
}

/* How far behind the place where it belongs the entry stands whose slot is the one at @s. */
static uint32_t far_of(const struct table *t, uint32_t s)
{
	uint32_t i = t->index[s] & t->number_mask, far = t->index[s] >> t->number_bits & FAR_MOST;

	return far < FAR_MOST ? far : (s - home(t, hash_of(t, i))) & t->index_mask;
}

/* Linear probing without tombstones: later slots of the run move up into the hole. */
static void index_take(struct table *t, uint32_t i, uint32_t hash)
{
	uint32_t hole = home(t, hash);

	while ((t->index[hole] & t->number_mask) != i) {
		assert(t->index[hole] != EMPTY && "a key stays what it was inserted with");
		hole = (hole + 1) & t->index_mask;
	}
	for (uint32_t s = (hole + 1) & t->index_mask; t->index[s] != EMPTY; s = (s + 1) & t->index_mask) {
		uint32_t slot = t->index[s], far = far_of(t, s), gap = (s - hole) & t->index_mask;
		if (far >= gap) {
			t->index[hole] = slot_for(t, slot & t->number_mask, slot, far - gap);
			hole = s;
		}
	}
	t->index[hole] = EMPTY;
}

/* The former index makes room for the new one, which the entries themselves fill: at no time are there two. */
static bool index_grow(struct table *t)
{
	uint32_t slots = t->index_mask + 1;

	if (t->used < slots / 4 * 3)
		return true;
	uint32_t *bigger = realloc(t->index, (size_t)slots * 2 * sizeof(*bigger));
	if (!bigger)
		return t->used < slots - 1;
	memset(bigger, 0xff, (size_t)slots * 2 * sizeof(*bigger));
	t->index = bigger;
	t->index_mask = slots * 2 - 1;
	for (uint32_t i = t->oldest; i != NONE; i = link_of(t, i)->newer)
		index_put(t, i, hash_of(t, i));
	return true;
}

static void set_older(struct link *l, uint32_t i)
{
	l->older = i & NONE;
}

static void set_newer(struct link *l, uint32_t i)
{
	l->newer = i & NONE;
}

static void list_append(struct table *t, uint32_t i)
{
	struct link *l = link_of(t, i);

	set_older(l, t->newest);
	set_newer(l, NONE);
	if (t->newest != NONE)
		set_newer(link_of(t, t->newest), i);
	else
		t->oldest = i;
	t->newest = i;
}

static void list_unlink(struct table *t, const struct link *l)
{
	if (l->older != NONE)
		set_newer(link_of(t, l->older), l->newer);
	else
		t->oldest = l->newer;
	if (l->newer != NONE)
		set_older(link_of(t, l->newer), l->older);
	else
		t->newest = l->older;
}

uint32_t table_number(const struct table *t, const void *entry)
{
	return number_of(t, (const struct link *)entry - 1);
}

static void take_out(struct table *t, uint32_t i, uint32_t hash)
{
	struct link *l = link_of(t, i);

	index_take(t, i, hash);
	list_unlink(t, l);
	set_newer(l, t->free_head);
	t->free_head = i;
	t->used--;
}

void table_remove(struct table *t, void *entry)
{
	uint32_t i = table_number(t, entry);

	take_out(t, i, hash_of(t, i));
}

/* Who is told may do away with the key. */
static void evict_oldest(struct table *t)
{
	uint32_t i = t->oldest, hash = hash_of(t, i);

	t->evicted++;
	if (t->evict)
		t->evict(t->evict_ctx, entry_of(t, i));
	take_out(t, i, hash);
}

static uint32_t carve(struct table *t)
{
	uint32_t chunk = t->carved / CHUNK_ENTRIES;

	if (!t->chunks[chunk]) {
		t->chunks[chunk] = malloc((size_t)CHUNK_ENTRIES * t->stride + sizeof(uint32_t));
		if (!t->chunks[chunk])
			return NONE;
		*number_of_chunk(t, t->chunks[chunk]) = chunk;
	}
	link_of(t, t->carved)->place = t->carved % CHUNK_ENTRIES;
	return t->carved++;
}

void *table_insert(struct table *t, const void *key, uint64_t hash)
{
	if (t->used >= t->cap)
		evict_oldest(t);
	if (!index_grow(t))
		return NULL;
	uint32_t i = t->free_head;
	if (i != NONE)
		t->free_head = link_of(t, i)->newer;
	else if ((i = carve(t)) == NONE)
		return NULL;
	struct link *l = link_of(t, i);
	void *entry = l + 1;
	memset(entry, 0, t->fresh_bytes);
	memcpy(entry, key, t->key_bytes);
	list_append(t, i);
	index_put(t, i, (uint32_t)hash);
	t->used++;
	return entry;
}

void table_touch(struct table *t, void *entry)
{
	struct link *l = link_before(entry);

	if (l->newer == NONE)
		return;
	uint32_t i = number_of(t, l);
	list_unlink(t, l);
	list_append(t, i);
}

void *table_oldest(const struct table *t)
{
	return t->oldest == NONE ? NULL : entry_of(t, t->oldest);
}

void *table_newer(const struct table *t, const void *entry)
{
	uint32_t i = ((const struct link *)entry - 1)->newer;

	return i == NONE ? NULL : entry_of(t, i);
}

void *table_at(const struct table *t, uint32_t number)
{
	return number < t->carved ? entry_of(t, number) : NULL;
}

static uint64_t rank_of(const struct table *t, uint32_t i, size_t u64_at)
{
	uint64_t rank;

	memcpy(&rank, (uint8_t *)entry_of(t, i) + u64_at, sizeof(rank));
	return rank;
}

/* Joins two lists in order, by their `newer` only. */
static uint32_t merge(const struct table *t, uint32_t a, uint32_t b, size_t u64_at)
{
	uint32_t head = NONE, last = NONE;

	while (a != NONE || b != NONE) {
		bool from_a = b == NONE || (a != NONE && rank_of(t, a, u64_at) <= rank_of(t, b, u64_at));
		uint32_t first = from_a ? a : b;
		if (last == NONE)
			head = first;
		else
			set_newer(link_of(t, last), first);
		if (a == NONE || b == NONE) /* the rest is in order */
			break;
		last = first;
		*(from_a ? &a : &b) = link_of(t, first)->newer;
	}
	return head;
}

/* Merge sort of a list by its runs: what is in order already is one. Run i of the stack has joined 2^i of them. */
void table_sort(struct table *t, size_t u64_at)
{
	uint32_t runs[32], sorted = NONE, rest = t->oldest;

	for (unsigned i = 0; i < 32; i++)
		runs[i] = NONE;
	while (rest != NONE) {
		uint32_t run = rest, last = rest;
		while ((rest = link_of(t, last)->newer) != NONE && rank_of(t, last, u64_at) <= rank_of(t, rest, u64_at))
			last = rest;
		set_newer(link_of(t, last), NONE);
		unsigned i = 0;
		for (; i < 31 && runs[i] != NONE; i++) {
			run = merge(t, runs[i], run, u64_at);
			runs[i] = NONE;
		}
		runs[i] = runs[i] == NONE ? run : merge(t, runs[i], run, u64_at);
	}
	for (unsigned i = 0; i < 32; i++)
		sorted = merge(t, runs[i], sorted, u64_at);
	t->oldest = sorted;
	t->newest = NONE;
	for (uint32_t i = sorted; i != NONE; i = link_of(t, i)->newer) {
		set_older(link_of(t, i), t->newest);
		t->newest = i;
	}
}

void table_prefetch(const struct table *t, uint64_t hash)
{
	__builtin_prefetch(&t->index[home(t, (uint32_t)hash)]);
}

const void *table_guess(const struct table *t, uint64_t hash64)
{
	uint32_t hash = (uint32_t)hash64;

	for (uint32_t s = home(t, hash); t->index[s] != EMPTY; s = (s + 1) & t->index_mask) {
		if (may_be(t, t->index[s], hash))
			return entry_of(t, t->index[s] & t->number_mask);
	}
	return NULL;
}

uint64_t table_ceiling_bytes(uint32_t cap, size_t entry_bytes)
{
	uint64_t chunks = (uint64_t)cap / CHUNK_ENTRIES + 1;

	return chunks * (CHUNK_ENTRIES * stride_for(entry_bytes) + sizeof(uint32_t) + sizeof(uint8_t *)) +
	       slots_for(cap) * (uint64_t)sizeof(uint32_t);
}

uint64_t table_bytes(const struct table *t)
{
	uint64_t chunks = ((uint64_t)t->carved + CHUNK_ENTRIES - 1) / CHUNK_ENTRIES;

	return chunks * CHUNK_ENTRIES * t->stride + ((uint64_t)t->index_mask + 1) * sizeof(uint32_t);
}
