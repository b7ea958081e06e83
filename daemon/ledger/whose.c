#include "ledger/whose.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_SLOTS = 256 };

/* Of the slots so many are used at most: what is compared in vain is a hash. */
static uint32_t most_of(uint32_t slots)
{
	return slots / 5 * 4;
}

int whose_init(struct whose *w)
{
	*w = (struct whose){.slots = calloc(FIRST_SLOTS, sizeof(*w->slots)), .mask = FIRST_SLOTS - 1};
	return w->slots ? 0 : -ENOMEM;
}

void whose_deinit(struct whose *w)
{
	free(w->slots);
	*w = (struct whose){0};
}

uint64_t whose_bytes(uint32_t addresses)
{
	uint32_t n = FIRST_SLOTS;

	while (most_of(n) < addresses && n < UINT32_C(1) << 31)
		n *= 2;
	return (uint64_t)n * sizeof(struct whose_slot);
}

static void put(struct whose *w, struct whose_slot slot)
{
	uint32_t at = slot.hash & w->mask;

	while (w->slots[at].asset != 0)
		at = (at + 1) & w->mask;
	w->slots[at] = slot;
}

static bool grow(struct whose *w)
{
	uint32_t n = w->mask + 1;

	if (w->used < most_of(n))
		return true;
	struct whose_slot *old = w->slots, *bigger = calloc((size_t)n * 2, sizeof(*bigger));
	if (!bigger)
		return w->used < w->mask;
	w->slots = bigger;
	w->mask = n * 2 - 1;
	for (uint32_t i = 0; i < n; i++) {
		if (old[i].asset != 0)
			put(w, old[i]);
	}
	free(old);
	return true;
}

bool whose_put(struct whose *w, uint64_t hash, uint32_t asset)
{
	if (!grow(w))
		return false;
	put(w, (struct whose_slot){(uint32_t)hash, asset + 1});
	w->used++;
	return true;
}

/* Later slots of the run move up into the hole. */
void whose_take(struct whose *w, struct whose_slot *s)
{
	uint32_t hole = (uint32_t)(s - w->slots);

	for (uint32_t at = (hole + 1) & w->mask; w->slots[at].asset != 0; at = (at + 1) & w->mask) {
		uint32_t want = w->slots[at].hash & w->mask;
		if (((at - want) & w->mask) >= ((at - hole) & w->mask)) {
			w->slots[hole] = w->slots[at];
			hole = at;
		}
	}
	w->slots[hole].asset = 0;
	w->used--;
}
