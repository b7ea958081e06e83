/*
 * A bounded hash table that forgets what was used longest ago.
 *
 * An entry is a structure of the caller's, its first key_bytes bytes being the key (padding zeroed). Entries never
 * move, so a pointer stays good until the entry is removed or evicted. Memory grows with use, up to the cap; then each
 * insert evicts the oldest entry, after handing it to the evict function. Every eviction is counted. Nothing is
 * allocated but when the table reaches a size it never had.
 */
#ifndef SEKISHO_BASE_TABLE_H
#define SEKISHO_BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table;

/** The hash of the key that @key begins with: what find and insert are given for it. */
typedef uint64_t table_hash_fn(const struct table *t, const void *key);

struct table {
	uint32_t key_bytes, entry_bytes, stride;
	uint32_t fresh_bytes;    /* of an entry: zero when it is made */
	uint32_t cap;            /* most entries */
	uint32_t used;           /* entries in use */
	uint32_t carved;         /* entries ever taken from chunks */
	uint32_t index_mask;     /* slots - 1 */
	uint32_t number_bits;    /* of a slot that are the number of its entry */
	uint32_t number_mask;    /* these */
	uint32_t hash_mask;      /* those that are its hash's */
	uint32_t oldest, newest; /* ends of the list by use */
	uint32_t free_head;
	uint32_t *index; /* table.c */
	uint8_t **chunks;
	table_hash_fn *hash;
	void (*evict)(void *ctx, void *entry);
	void *evict_ctx;
	uint64_t evicted;
};

/** Of all bytes of the key; of its first eight; these themselves, where they are a hash. */
table_hash_fn table_hash_bytes, table_hash_u64, table_hash_own;

/** @cap: below 2^28. @return 0, or -ENOMEM. @evict may be NULL. */
int table_init(struct table *t, uint32_t cap, size_t key_bytes, size_t entry_bytes, table_hash_fn *hash,
	       void (*evict)(void *ctx, void *entry), void *evict_ctx);
void table_deinit(struct table *t);

/** Of entries made from now on only the first @bytes, key included, are zero: what follows is for who reads no more of
 * it than was written. */
void table_clear_only(struct table *t, size_t bytes);

/** The entry of @key or NULL. Borrowed until it is removed or evicted; does not count as use. */
void *table_find(const struct table *t, const void *key, uint64_t hash);

/**
 * A new entry for @key, which must not be there yet: the key copied in, the rest zero, newest by use.
 * Evicts the oldest entry when full. @return NULL only when memory is short.
 */
void *table_insert(struct table *t, const void *key, uint64_t hash);

/** Marks @entry as used just now. */
void table_touch(struct table *t, void *entry);

/** Removes @entry, whose key is what it was inserted with, without calling the evict function. */
void table_remove(struct table *t, void *entry);

/** The entry used longest ago, or NULL. */
void *table_oldest(const struct table *t);

/** The next after @entry towards the newest, or NULL: walks the table in the order of use. */
void *table_newer(const struct table *t, const void *entry);

/** The number by which table_at() finds @entry of @t again without its key, as long as it is in the table. */
uint32_t table_number(const struct table *t, const void *entry);

/** What stands at @number: an entry, or one that was removed and not used again. NULL where there never was one. */
void *table_at(const struct table *t, uint32_t number);

/** Brings the order of use into that of the numbers at @u64_at of each entry. Fast where nearly all are in order. */
void table_sort(struct table *t, size_t u64_at);

/** Asks the cache for the index slot of @hash ahead of table_find(). */
void table_prefetch(const struct table *t, uint64_t hash);

/** The entry that table_find() is going to look at for @hash, not looked at itself, or NULL: to ask the cache for it.
 * Its memory stays as long as the table does. */
const void *table_guess(const struct table *t, uint64_t hash);

/** Bytes that a full table of this shape takes: for the memory ceiling. */
uint64_t table_ceiling_bytes(uint32_t cap, size_t entry_bytes);

/** Bytes taken now. */
uint64_t table_bytes(const struct table *t);

#endif
