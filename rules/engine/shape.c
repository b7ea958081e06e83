#include "engine/shape.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/hash.h"
#include "base/heap.h"

enum { SETS = SHAPES / SHAPE_WAYS };
_Static_assert((SETS & (SETS - 1)) == 0, "a set is picked by a mask");

struct shape {
	const struct asked *of;
	uint32_t n_values;
	bool any; /* some condition may hold */
	uint16_t *places, *nexts;
	uint64_t *watches; /* that may hold, whatever is known of the ends */
	struct plan plan;
};

/* What tells the shapes of a set apart stands beside them: who looks for one reads a line, not all of them. */
struct shape_set {
	uint64_t fields[SHAPE_WAYS];   /* a hash of the kind of record and of the fields in their order */
	uint32_t asked_no[SHAPE_WAYS]; /* grows with each time it is asked for */
	uint16_t no[SHAPE_WAYS];       /* of the shape, from 1; 0: free */
};
_Static_assert(SHAPES <= UINT16_MAX, "its number fits");

struct shapes {
	uint64_t seed;
	uint32_t asked_no;
	uint64_t replaced;
	size_t n_fields, words; /* of each: places, and words of conditions */
	/* in the order in which they were first used, so that pages hold what is */
	struct shape *all;
	uint8_t *memory; /* what they point to */
	size_t bytes;
	uint32_t used;
	struct situations *situations;
	struct shape_set sets[SETS];
	struct shape large; /* of a record with more values than are kept */
};

/* Rounded up to words. */
static size_t bytes_of(size_t n_fields, size_t n_values, size_t words)
{
	size_t numbers = (n_fields + n_values + 3) / 4 * 4 * sizeof(uint16_t);

	return words * sizeof(uint64_t) + numbers;
}

static size_t kept_bytes(const struct shapes *s)
{
	return bytes_of(s->n_fields, SHAPE_VALUES, s->words);
}

/* Lays out what @h points to, as the one behind @i others. */
static void lay(struct shapes *s, struct shape *h, size_t i)
{
	h->watches = (uint64_t *)(void *)(s->memory + i * kept_bytes(s));
	h->places = (uint16_t *)(void *)(h->watches + s->words);
	h->nexts = h->places + s->n_fields;
}

struct shapes *shapes_new(const struct features *features, size_t n_fields, size_t n_watches)
{
	struct shapes *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	(void)!getrandom(&s->seed, sizeof(s->seed), GRND_NONBLOCK);
	s->n_fields = n_fields;
	s->words = (n_watches + 63) / 64;
	s->bytes = SHAPES * kept_bytes(s) + bytes_of(n_fields, EVENT_VALUES_MAX, s->words);
	s->memory = heap_pages(s->bytes);
	s->all = heap_pages(SHAPES * sizeof(*s->all));
	s->situations = situations_new(features, n_watches);
	if (!s->memory || !s->all || !s->situations) {
		shapes_free(s);
		return NULL;
	}
	lay(s, &s->large, SHAPES);
	return s;
}

void shapes_free(struct shapes *s)
{
	if (s) {
		situations_free(s->situations);
		heap_pages_free(s->all, SHAPES * sizeof(*s->all));
		heap_pages_free(s->memory, s->bytes);
	}
	free(s);
}

uint64_t shapes_bytes(const struct shapes *s)
{
	return sizeof(*s) + SHAPES * sizeof(*s->all) + s->bytes + situations_bytes(s->situations);
}

uint64_t shapes_replaced(const struct shapes *s)
{
	return s->replaced;
}

struct situations_counters shapes_situations(const struct shapes *s)
{
	return situations_count(s->situations);
}

/* Stands for the fields themselves. A wrong shape would take a number for a text, and it is the wire that says which
 * fields a record has: so the seed is a random one everywhere; no result depends on it. */
static uint64_t hash_of(const struct shapes *s, const struct asked *of, const struct event *ev)
{
	uint64_t h = s->seed ^ (uint64_t)(uintptr_t)of;

	for (uint16_t i = 0; i < ev->n_values; i++)
		h = hash_u64(h, (uint64_t)(uintptr_t)ev->values[i].field);
	return h;
}

/* Where the values of each field stand. */
static void place_values(struct shape *h, const struct presence *p, const struct event *ev,
			 uint64_t there[static NEEDS_WORDS])
{
	memset(h->places, 0, p->table->n_fields * sizeof(*h->places));
	for (uint16_t i = ev->n_values; i > 0; i--) {
		const struct field_def *f = ev->values[i - 1].field;
		h->nexts[i - 1] = 0;
		if (f->table != p->table)
			continue;
		size_t field = (size_t)(f - p->table->fields);
		h->nexts[i - 1] = h->places[field];
		h->places[field] = i;
		there[field / 64] |= UINT64_C(1) << field % 64;
	}
}

static void find_out(struct shapes *s, struct shape *h, const struct asked *of, struct event *ev)
{
	const struct presence *p = of->presence;
	uint64_t there[NEEDS_WORDS] = {0};
	size_t words = (of->n + 63) / 64;

	h->of = of;
	h->n_values = ev->n_values;
	h->any = false;
	place_values(h, p, ev, there);
	presence_add_ends(p, UINT32_MAX, there);
	memset(h->watches, 0, words * sizeof(*h->watches));
	for (size_t i = 0; i < of->n; i++) {
		if (!needs_met(&of->needs[i], p, there))
			continue;
		h->any = true;
		h->watches[i / 64] |= UINT64_C(1) << i % 64;
	}
	ev->places = h->places;
	ev->nexts = h->nexts;
	if (h != &s->large)
		plan_make(s->situations, &h->plan, of, h->watches, ev);
}

/* That stands for @way of a set. */
static struct shape *shape_at(struct shapes *s, struct shape_set *set, unsigned way)
{
	if (set->no[way] > 0)
		return &s->all[set->no[way] - 1];
	struct shape *h = &s->all[s->used];
	lay(s, h, s->used);
	set->no[way] = (uint16_t)++s->used;
	return h;
}

static struct shape *shape_of(struct shapes *s, const struct asked *of, struct event *ev)
{
	if (ev->n_values > SHAPE_VALUES) {
		find_out(s, &s->large, of, ev);
		return &s->large;
	}
	uint64_t hash = hash_of(s, of, ev);
	struct shape_set *set = &s->sets[hash & (SETS - 1)];
	for (unsigned i = 0; i < SHAPE_WAYS; i++) {
		if (set->no[i] == 0 || set->fields[i] != hash)
			continue;
		struct shape *h = shape_at(s, set, i);
		if (h->of == of && h->n_values == ev->n_values) {
			set->asked_no[i] = ++s->asked_no;
			return h;
		}
	}
	unsigned way = 0;
	for (unsigned i = 1; i < SHAPE_WAYS && set->no[way] > 0; i++) {
		if (set->no[i] == 0 || (int32_t)(set->asked_no[i] - set->asked_no[way]) < 0)
			way = i;
	}
	s->replaced += set->no[way] > 0;
	set->fields[way] = hash;
	set->asked_no[way] = ++s->asked_no;
	struct shape *h = shape_at(s, set, way);
	find_out(s, h, of, ev);
	return h;
}

struct shape *shapes_place(struct shapes *s, const struct asked *of, struct event *ev)
{
	struct shape *h = shape_of(s, of, ev);

	ev->places = h->places;
	ev->nexts = h->nexts;
	return h->any ? h : NULL;
}

const uint64_t *shape_may(const struct shape *h, size_t *words)
{
	*words = (h->of->n + 63) / 64;
	return h->watches;
}

struct situation shape_situation(struct shapes *s, const struct shape *h, const struct event *ev)
{
	if (h == &s->large)
		return situation_unknown(s->situations, h->of, h->watches, ev);
	return situation_of(s->situations, &h->plan, h->of, h->watches, ev);
}
