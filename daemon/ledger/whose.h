/*
 * Which asset shows an address: an index by the hash of the address. The address itself stands in the asset's own list,
 * where whoever asks looks whether it is the one; so an address takes a slot of eight bytes here and nothing else.
 *
 * An asset in memory has no more addresses than its lists hold, which bounds the index. Memory grows with use.
 */
#ifndef SEKISHO_LEDGER_WHOSE_H
#define SEKISHO_LEDGER_WHOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct whose_slot {
	uint32_t hash;
	uint32_t asset; /* number of its table's entry + 1; 0: empty */
};

struct whose {
	struct whose_slot *slots;
	uint32_t mask, used;
};

/** @return 0, or -ENOMEM. */
int whose_init(struct whose *w);
void whose_deinit(struct whose *w);

/** Bytes for as many addresses. */
uint64_t whose_bytes(uint32_t addresses);

/** The next slot with this hash, NULL: no more. *@at is (uint32_t)hash at first. */
static inline struct whose_slot *whose_next(const struct whose *w, uint64_t hash64, uint32_t *at)
{
	for (;;) {
		struct whose_slot *s = &w->slots[(*at)++ & w->mask];
		if (s->asset == 0)
			return NULL;
		if (s->hash == (uint32_t)hash64)
			return s;
	}
}

static inline uint32_t whose_number(const struct whose_slot *s)
{
	return s->asset - 1;
}

/** Another slot: @asset is the number of its table's entry. @return false where memory is short. */
bool whose_put(struct whose *w, uint64_t hash, uint32_t asset);

/** Empties @s; other slots may move. */
void whose_take(struct whose *w, struct whose_slot *s);

/** Asks the cache for the slots of @hash. */
static inline void whose_prefetch(const struct whose *w, uint64_t hash)
{
	__builtin_prefetch(&w->slots[(uint32_t)hash & w->mask]);
}

#endif
