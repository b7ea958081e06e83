#include "engine/recall.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { SETS = RECALL_FACTS / RECALL_WAYS };
_Static_assert((SETS & (SETS - 1)) == 0, "a set is picked by a mask");

/* Which facts a set holds stands apart from what is known of them: who looks for one reads a line, not all of them. */
struct recall_set {
	uint64_t fact[RECALL_WAYS];     /* 0: free */
	uint32_t asked_no[RECALL_WAYS]; /* grows with each time it is asked for */
};

struct recall {
	struct recall_counters count;
	uint32_t asked_no;
	uint64_t newest[RECALL_GATES]; /* by gate: the highest number told */
	struct recall_set sets[SETS];
	struct recalled known[SETS][RECALL_WAYS];
};

struct recall *recall_new(void)
{
	return calloc(1, sizeof(struct recall));
}

void recall_free(struct recall *r)
{
	free(r);
}

void recall_forget(struct recall *r)
{
	memset(r, 0, sizeof(*r));
}

/* All that rules can read of an end, but for how long it has been known. */
static uint64_t add_end(uint64_t h, const struct endpoint *e)
{
	if (!e)
		return hash_u64(h, 1);
	uint64_t bits = (uint64_t)e->known | (uint64_t)e->has_window << 1 | (uint64_t)e->in_window << 2 |
			(uint64_t)e->is_new << 3 | (uint64_t)e->usage_raised << 4 | (uint64_t)e->impact_declared << 5 |
			(uint64_t)(e->registered + 1) << 6 | (uint64_t)e->criticality << 8 |
			(uint64_t)(uint32_t)e->purdue << 16 | (uint64_t)e->scope << 48 | (uint64_t)e->impact << 56;

	return hash_fold(h ^ e->asset_no ^ HASH_K0, bits ^ hash_u64(HASH_K1, e->said));
}

/* Whatever the fact's number does not stand for. */
static uint64_t state_of(const struct event *ev)
{
	const struct conduit *c = &ev->conduit;
	const struct baseline *b = &ev->baseline;
	uint64_t said =
	    (uint64_t)c->verdict | (uint64_t)c->why << 8 | (uint64_t)c->line << 16 | (uint64_t)c->near << 32;
	uint64_t learnt = (uint64_t)b->pair | (uint64_t)b->function << 8 | (uint64_t)b->range << 16 |
			  (uint64_t)b->writer << 24 | (uint64_t)b->service << 32;
	uint64_t h = add_end(add_end(hash_u64(said, learnt), ev->src), ev->dest);

	return h ? h : 1;
}

static size_t set_of(uint64_t fact)
{
	return hash_u64(hash_seed, fact) & (SETS - 1);
}

/* The way of the set where @fact is; RECALL_WAYS: nowhere. */
static unsigned way_of(const struct recall_set *set, uint64_t fact)
{
	unsigned i = 0;

	while (i < RECALL_WAYS && set->fact[i] != fact)
		i++;
	return i;
}

/* The way that makes room: a free one, else the one that was asked for longest ago. */
static unsigned way_for_another(const struct recall_set *set)
{
	unsigned way = way_of(set, 0);

	if (way < RECALL_WAYS)
		return way;
	way = 0;
	for (unsigned i = 1; i < RECALL_WAYS; i++) {
		if ((int32_t)(set->asked_no[i] - set->asked_no[way]) < 0)
			way = i;
	}
	return way;
}

struct recalled *recall_find(struct recall *r, const struct event *ev, uint64_t *state)
{
	uint64_t *newest = &r->newest[GATE_OF_FACT(ev->fact) % RECALL_GATES];

	*state = 0;
	if (ev->fact == 0)
		return NULL;
	if (ev->fact > *newest) {
		*newest = ev->fact;
		return NULL;
	}
	size_t no = set_of(ev->fact);
	struct recall_set *set = &r->sets[no];
	unsigned way = way_of(set, ev->fact);
	*state = state_of(ev);
	if (way == RECALL_WAYS || r->known[no][way].state != *state)
		return NULL;
	set->asked_no[way] = ++r->asked_no;
	r->count.found++;
	return &r->known[no][way];
}

void recall_fetch(const struct recall *r, uint64_t fact)
{
	const struct recall_set *set = &r->sets[set_of(fact)];

	__builtin_prefetch(set);
	__builtin_prefetch(set->asked_no);
}

const struct recalled *recall_guess(const struct recall *r, uint64_t fact)
{
	size_t no = set_of(fact);
	unsigned way = way_of(&r->sets[no], fact);

	return way < RECALL_WAYS ? &r->known[no][way] : NULL;
}

void recall_note(struct recall *r, const struct event *ev, uint64_t state, const struct recalled *what)
{
	size_t no = set_of(ev->fact);
	struct recall_set *set = &r->sets[no];
	unsigned way = way_of(set, ev->fact);

	if (way == RECALL_WAYS) {
		way = way_for_another(set);
		r->count.replaced += set->fact[way] != 0;
	}
	set->fact[way] = ev->fact;
	set->asked_no[way] = ++r->asked_no;
	struct recalled *f = &r->known[no][way];
	f->state = state;
	f->n = what->n;
	memcpy(f->watches, what->watches, what->n * sizeof(what->watches[0]));
}

struct recall_counters recall_count(const struct recall *r)
{
	return r->count;
}

uint64_t recall_ceiling_bytes(void)
{
	return sizeof(struct recall);
}
