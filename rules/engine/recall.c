#include "engine/recall.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { SETS = RECALL_FACTS / RECALL_WAYS };
_Static_assert((SETS & (SETS - 1)) == 0, "a set is picked by a mask");

struct recall {
	struct recall_counters count;
	uint32_t asked_no;
	uint64_t newest[RECALL_GATES]; /* by gate: the highest number told */
	struct recalled sets[SETS][RECALL_WAYS];
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

static uint64_t add_text(uint64_t h, const char *text)
{
	return text && *text ? hash_u64(h, hash_bytes(text, strlen(text))) : hash_u64(h, 0);
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
	const char *const texts[] = {e->zone,     e->fa_zone, e->role, e->usage,
				     e->use_case, e->phase,   e->enc,  e->services};

	h = add_text(hash_u64(hash_u64(h, e->asset_no), bits), e->name);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i] && *texts[i])
			h = add_text(h ^ i, texts[i]);
	}
	return h;
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

static struct recalled *set_of(struct recall *r, uint64_t fact)
{
	return r->sets[hash_u64(hash_seed, fact) & (SETS - 1)];
}

static struct recalled *place_of(struct recall *r, uint64_t fact)
{
	struct recalled *set = set_of(r, fact);

	for (int i = 0; i < RECALL_WAYS; i++) {
		if (set[i].fact == fact)
			return &set[i];
	}
	return NULL;
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
	struct recalled *f = place_of(r, ev->fact);
	*state = state_of(ev);
	if (!f || f->state != *state)
		return NULL;
	f->asked_no = ++r->asked_no;
	r->count.found++;
	return f;
}

void recall_note(struct recall *r, const struct event *ev, uint64_t state, const struct recalled *what)
{
	struct recalled *set = set_of(r, ev->fact), *f = place_of(r, ev->fact);

	for (int i = 0; i < RECALL_WAYS && !f; i++) {
		if (set[i].fact == 0)
			f = &set[i];
	}
	if (!f) {
		f = &set[0];
		for (int i = 1; i < RECALL_WAYS; i++) {
			if ((int32_t)(set[i].asked_no - f->asked_no) < 0)
				f = &set[i];
		}
		r->count.replaced++;
	}
	f->fact = ev->fact;
	f->state = state;
	f->asked_no = ++r->asked_no;
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
