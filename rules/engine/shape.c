#include "engine/shape.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum {
	SETS = SHAPES / SHAPE_WAYS,
	ENDS_KEPT = 4, /* of a shape: what is known of the ends, for which it was found out which conditions may hold */
};
_Static_assert((SETS & (SETS - 1)) == 0, "a set is picked by a mask");
_Static_assert((int)NEEDS_ENDS_MAX <= 32, "a word has them all");

/* Conditions that may hold where of the ends just this is known. */
struct known_ends {
	uint32_t ends;
	bool filled, any;
	uint64_t *watches;
};

struct shape {
	const struct asked *of; /* NULL: free */
	uint32_t asked_no;
	uint32_t n_values;
	bool any;            /* some condition may hold */
	uint32_t ends;       /* things of the ends on which that depends */
	uint32_t dimensions; /* in which they are looked up */
	const struct field_def **fields;
	uint16_t *places, *nexts;
	uint64_t *watches; /* that may hold, whatever is known of the ends */
	uint64_t *always;  /* that the index is not asked for */
	struct known_ends known[ENDS_KEPT];
};

struct shapes {
	uint32_t asked_no;
	uint64_t replaced;
	uint8_t *memory;
	size_t bytes;
	struct shape sets[SETS][SHAPE_WAYS];
	struct shape large; /* of a record with more values than are kept */
};

/* Rounded up to words. */
static size_t bytes_of(size_t n_fields, size_t n_values, size_t words)
{
	size_t numbers = (n_fields + n_values + 3) / 4 * 4 * sizeof(uint16_t);

	return n_values * sizeof(const struct field_def *) + (2 + ENDS_KEPT) * words * sizeof(uint64_t) + numbers;
}

/* Lays out at @at what @h points to. */
static void lay(struct shape *h, uint8_t *at, size_t n_fields, size_t n_values, size_t words)
{
	h->fields = (const struct field_def **)(void *)at;
	h->watches = (uint64_t *)(void *)(h->fields + n_values);
	h->always = h->watches + words;
	for (size_t i = 0; i < ENDS_KEPT; i++)
		h->known[i].watches = h->watches + (2 + i) * words;
	h->places = (uint16_t *)(void *)(h->watches + (2 + ENDS_KEPT) * words);
	h->nexts = h->places + n_fields;
}

struct shapes *shapes_new(size_t n_fields, size_t n_watches)
{
	struct shapes *s = calloc(1, sizeof(*s));
	size_t words = (n_watches + 63) / 64, kept = bytes_of(n_fields, SHAPE_VALUES, words);

	if (!s)
		return NULL;
	s->bytes = SHAPES * kept + bytes_of(n_fields, EVENT_VALUES_MAX, words);
	s->memory = malloc(s->bytes); /* what is not used is not touched */
	if (!s->memory) {
		free(s);
		return NULL;
	}
	for (size_t i = 0; i < SHAPES; i++)
		lay(&s->sets[i / SHAPE_WAYS][i % SHAPE_WAYS], s->memory + i * kept, n_fields, SHAPE_VALUES, words);
	lay(&s->large, s->memory + SHAPES * kept, n_fields, EVENT_VALUES_MAX, words);
	return s;
}

void shapes_free(struct shapes *s)
{
	if (s)
		free(s->memory);
	free(s);
}

uint64_t shapes_bytes(const struct shapes *s)
{
	return sizeof(*s) + s->bytes;
}

uint64_t shapes_replaced(const struct shapes *s)
{
	return s->replaced;
}

static bool has_shape(const struct shape *h, const struct asked *of, const struct event *ev)
{
	if (h->of != of || h->n_values != ev->n_values)
		return false;
	for (uint32_t i = 0; i < h->n_values; i++) {
		if (h->fields[i] != ev->values[i].field)
			return false;
	}
	return true;
}

/* Where the values of each field stand. */
static void place_values(struct shape *h, const struct presence *p, const struct event *ev,
			 uint64_t there[static NEEDS_WORDS])
{
	memset(h->places, 0, p->table->n_fields * sizeof(*h->places));
	for (uint16_t i = ev->n_values; i > 0; i--) {
		const struct field_def *f = ev->values[i - 1].field;
		h->fields[i - 1] = f;
		h->nexts[i - 1] = 0;
		if (f->table != p->table)
			continue;
		size_t field = (size_t)(f - p->table->fields);
		h->nexts[i - 1] = h->places[field];
		h->places[field] = i;
		there[field / 64] |= UINT64_C(1) << field % 64;
	}
}

static void find_out(struct shape *h, const struct asked *of, const struct event *ev)
{
	const struct presence *p = of->presence;
	uint64_t there[NEEDS_WORDS] = {0}, whole[NEEDS_WORDS];

	h->of = of;
	h->n_values = ev->n_values;
	h->any = false;
	h->ends = 0;
	place_values(h, p, ev, there);
	memcpy(whole, there, sizeof(whole));
	presence_add_ends(p, UINT32_MAX, whole);
	memset(h->watches, 0, (of->n + 63) / 64 * sizeof(*h->watches));
	for (size_t i = 0; i < of->n; i++) {
		if (!needs_met(&of->needs[i], p, whole))
			continue;
		h->any = true;
		h->watches[i / 64] |= UINT64_C(1) << i % 64;
		h->ends |= needs_ends(&of->needs[i], p, there);
	}
	h->dimensions = watch_index_dimensions(of->index, h->watches, h->always);
	for (int i = 0; i < ENDS_KEPT; i++)
		h->known[i].filled = false;
}

static struct shape *shape_of(struct shapes *s, const struct asked *of, const struct event *ev)
{
	uint64_t hash = (uint64_t)(uintptr_t)of;
	struct shape *h;

	if (ev->n_values > SHAPE_VALUES) {
		find_out(&s->large, of, ev);
		return &s->large;
	}
	for (uint16_t i = 0; i < ev->n_values; i++)
		hash = (hash << 7 | hash >> 57) ^ (uint64_t)(uintptr_t)ev->values[i].field;
	struct shape *set = s->sets[hash_u64(hash_seed, hash) & (SETS - 1)];
	for (int i = 0; i < SHAPE_WAYS; i++) {
		if (has_shape(&set[i], of, ev)) {
			set[i].asked_no = ++s->asked_no;
			return &set[i];
		}
	}
	h = &set[0];
	for (int i = 1; i < SHAPE_WAYS && h->of; i++) {
		if (!set[i].of || (int32_t)(set[i].asked_no - h->asked_no) < 0)
			h = &set[i];
	}
	s->replaced += h->of != NULL;
	find_out(h, of, ev);
	h->asked_no = ++s->asked_no;
	return h;
}

/* Which of them may hold where of the ends @ends is known. */
static const struct known_ends *with_ends(struct shape *h, const struct event *ev, uint32_t ends)
{
	const struct asked *of = h->of;
	struct known_ends *k = &h->known[(uint32_t)(ends * UINT32_C(0x9e3779b1)) >> 30];
	uint64_t there[NEEDS_WORDS] = {0};

	if (k->filled && k->ends == ends)
		return k;
	k->filled = true;
	k->ends = ends;
	k->any = false;
	for (uint16_t i = 0; i < ev->n_values; i++) {
		if (ev->values[i].field->table != of->presence->table)
			continue;
		size_t field = (size_t)(ev->values[i].field - of->presence->table->fields);
		there[field / 64] |= UINT64_C(1) << field % 64;
	}
	presence_add_ends(of->presence, ends, there);
	for (size_t w = 0; w < (of->n + 63) / 64; w++) {
		k->watches[w] = 0;
		for (uint64_t left = h->watches[w]; left; left &= left - 1) {
			size_t no = w * 64 + (size_t)__builtin_ctzll(left);
			if (needs_met(&of->needs[no], of->presence, there))
				k->watches[w] |= UINT64_C(1) << no % 64;
		}
		k->any |= k->watches[w] != 0;
	}
	return k;
}

struct shape *shapes_place(struct shapes *s, const struct asked *of, struct event *ev)
{
	struct shape *h = shape_of(s, of, ev);

	ev->places = h->places;
	ev->nexts = h->nexts;
	return h->any ? h : NULL;
}

size_t shape_ask(struct shape *h, const struct event *ev, uint64_t bits[static WATCH_INDEX_WORDS])
{
	const struct asked *of = h->of;
	const uint64_t *watches = h->watches;
	uint64_t any = 0;

	if (h->ends) {
		const struct known_ends *k = with_ends(h, ev, presence_of_ends(of->presence, ev, h->ends));
		if (!k->any)
			return 0;
		watches = k->watches;
	}
	size_t words = (of->n + 63) / 64;
	memcpy(bits, h->always, words * sizeof(*bits));
	watch_index_add(of->index, ev, h->dimensions, bits);
	for (size_t w = 0; w < words; w++)
		any |= bits[w] &= watches[w];
	return any ? words : 0;
}
