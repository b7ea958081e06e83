#include "engine/watch_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "engine/ruleset.h"

enum {
	DIMENSIONS_MAX = 24, /* names that records are told apart by */
	VALUES_MAX = 32,     /* of one comparison that is put into the table */
};

/* The conditions that want one value. */
struct slot {
	uint64_t key;
	uint32_t first, n; /* in watches[] */
};

struct dimension {
	struct operand op;
	struct slot *slots; /* ascending by key */
	uint32_t n_slots;
};

enum { NO_DIMENSION = UINT8_MAX };
_Static_assert((int)DIMENSIONS_MAX < (int)NO_DIMENSION, "a byte holds a dimension");

struct watch_index {
	const struct field_table *table;
	uint8_t *of_field; /* by the field's place in the table: the dimension of its values, or NO_DIMENSION */
	size_t words;
	uint64_t *always;
	uint32_t *watches;
	size_t n_dimensions;
	uint32_t used, of_fields; /* dimensions with values, and those of a record's fields among them */
	struct dimension dimensions[DIMENSIONS_MAX];
};

/* A value that a condition wants of a dimension. */
struct wish {
	uint32_t dimension, watch;
	uint64_t key;
};

struct making {
	struct watch_index *index;
	struct wish *wishes;
	size_t n, cap;
	uint32_t distinct[DIMENSIONS_MAX]; /* values that are asked for */
	bool failed;
};

static bool same_operand(const struct operand *a, const struct operand *b)
{
	return a->source == b->source && a->dest == b->dest && a->at_off == b->at_off && a->field == b->field &&
	       a->twin == b->twin;
}

/* The dimension of @op; DIMENSIONS_MAX where there are too many. */
static uint32_t dimension_of(struct watch_index *x, const struct operand *op)
{
	uint32_t d = 0;

	while (d < x->n_dimensions && !same_operand(&x->dimensions[d].op, op))
		d++;
	if (d == x->n_dimensions && d < DIMENSIONS_MAX)
		x->dimensions[x->n_dimensions++].op = *op;
	return d;
}

static void wish(struct making *m, uint32_t dimension, uint32_t watch, uint64_t key)
{
	if (m->n == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 256;
		struct wish *wishes = realloc(m->wishes, cap * sizeof(*wishes));
		if (!wishes) {
			m->failed = true;
			return;
		}
		m->wishes = wishes;
		m->cap = cap;
	}
	m->wishes[m->n++] = (struct wish){dimension, watch, key};
}

/* How many single values @t wants; 0 where it can not stand in the table. */
static uint64_t values_of(const struct test *t)
{
	const struct key_range *r = t->n == 1 ? &t->range : t->ranges;
	uint64_t n = 0;

	if (t->negate || t->op.list || t->n == 0 || t->n > VALUES_MAX)
		return 0;
	if (t->kind == TEST_TEXT)
		return t->fold ? 0 : t->n;
	if (t->kind != TEST_KEY)
		return 0;
	for (uint32_t i = 0; i < t->n; i++) {
		if (r[i].high - r[i].low >= VALUES_MAX)
			return 0;
		n += r[i].high - r[i].low + 1;
	}
	return n <= VALUES_MAX ? n : 0;
}

static void wish_all(struct making *m, const struct test *t, uint32_t watch)
{
	uint32_t d = values_of(t) > 0 ? dimension_of(m->index, &t->op) : DIMENSIONS_MAX;
	const struct key_range *r = t->n == 1 ? &t->range : t->ranges;

	if (d == DIMENSIONS_MAX)
		return;
	for (uint32_t i = 0; i < t->n; i++) {
		if (t->kind == TEST_TEXT) {
			wish(m, d, watch, hash_bytes(t->texts[i].ptr, t->texts[i].len));
			continue;
		}
		for (uint64_t key = r[i].low;; key++) {
			wish(m, d, watch, key);
			if (key == r[i].high)
				break;
		}
	}
}

/* The tests of @e that must hold, whatever else does: those from the first on whose failure is the answer. */
static void wish_of_condition(struct making *m, const struct expr *e, uint32_t watch)
{
	for (uint16_t at = e->first; at < EXPR_YES && e->tests[at].no == EXPR_NO; at = e->tests[at].yes)
		wish_all(m, &e->tests[at], watch);
}

static int by_value(const void *a, const void *b)
{
	const struct wish *x = a, *y = b;

	if (x->dimension != y->dimension)
		return x->dimension < y->dimension ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->watch < y->watch ? -1 : x->watch > y->watch;
}

/* Keeps, of each condition, the wishes of the dimension in which most values are asked for. */
static void choose(struct making *m, size_t n_watches, uint32_t *best)
{
	size_t kept = 0;

	if (m->n > 0)
		qsort(m->wishes, m->n, sizeof(*m->wishes), by_value);
	for (size_t i = 0; i < m->n; i++) {
		const struct wish *w = &m->wishes[i];
		m->distinct[w->dimension] += i == 0 || w->key != w[-1].key || w->dimension != w[-1].dimension;
	}
	for (size_t i = 0; i < n_watches; i++)
		best[i] = DIMENSIONS_MAX;
	for (size_t i = 0; i < m->n; i++) {
		const struct wish *w = &m->wishes[i];
		if (best[w->watch] == DIMENSIONS_MAX || m->distinct[w->dimension] > m->distinct[best[w->watch]])
			best[w->watch] = w->dimension;
	}
	for (size_t i = 0; i < m->n; i++) {
		if (best[m->wishes[i].watch] == m->wishes[i].dimension)
			m->wishes[kept++] = m->wishes[i];
	}
	m->n = kept;
}

/* Where the values of a record are asked for, by their fields. */
static bool map_fields(struct watch_index *x, struct arena *arena, const struct field_table *table)
{
	x->table = table;
	x->of_field = arena_alloc(arena, table->n_fields + 1);
	if (!x->of_field)
		return false;
	memset(x->of_field, NO_DIMENSION, table->n_fields);
	for (size_t i = 0; i < x->n_dimensions && i < DIMENSIONS_MAX; i++) {
		const struct dimension *d = &x->dimensions[i];
		if (d->n_slots == 0)
			continue;
		x->used |= UINT32_C(1) << i;
		if (d->op.source != SOURCE_FIELD)
			continue;
		x->of_fields |= UINT32_C(1) << i;
		x->of_field[d->op.field - table->fields] = (uint8_t)i;
		x->of_field[d->op.twin - table->fields] = (uint8_t)i;
	}
	return true;
}

static bool fill(struct making *m, struct arena *arena, const uint32_t *best, size_t n_watches)
{
	struct watch_index *x = m->index;

	x->words = (n_watches + 63) / 64;
	x->always = arena_alloc(arena, (x->words + 1) * sizeof(*x->always));
	x->watches = arena_alloc(arena, (m->n + 1) * sizeof(*x->watches));
	struct slot *slots = arena_alloc(arena, (m->n + 1) * sizeof(*slots));
	if (!x->always || !x->watches || !slots)
		return false;
	memset(x->always, 0, x->words * sizeof(*x->always));
	for (size_t i = 0; i < n_watches; i++) {
		if (best[i] == DIMENSIONS_MAX)
			x->always[i / 64] |= UINT64_C(1) << i % 64;
	}
	for (size_t i = 0; i < m->n; i++) {
		const struct wish *w = &m->wishes[i];
		struct dimension *d = &x->dimensions[w->dimension];
		if (!d->slots)
			d->slots = slots;
		if (i == 0 || w->key != w[-1].key || w->dimension != w[-1].dimension) {
			*slots++ = (struct slot){w->key, (uint32_t)i, 0};
			d->n_slots++;
		}
		slots[-1].n++;
		x->watches[i] = w->watch;
	}
	return true;
}

struct watch_index *watch_index_new(struct arena *arena, const struct field_table *table,
				    const struct watch *const *watches, size_t n, bool wire)
{
	struct watch_index *x = arena_alloc(arena, sizeof(*x));
	uint32_t *best = malloc((n + 1) * sizeof(*best));
	struct making m = {.index = x};
	bool ok = x && best && n <= WATCH_INDEX_MAX;

	if (ok) {
		memset(x, 0, sizeof(*x));
		for (size_t i = 0; i < n; i++) {
			const struct condition *c = &watches[i]->condition;
			for (unsigned k = 0; k < c->n_when; k++)
				wish_of_condition(&m, wire ? c->when[k]->wire : c->when[k], (uint32_t)i);
		}
		choose(&m, n, best);
		ok = !m.failed && fill(&m, arena, best, n) && map_fields(x, arena, table);
	}
	free(best);
	free(m.wishes);
	return ok ? x : NULL;
}

static bool key_of_event(const struct operand *op, const struct event *ev, struct operand_walk w, uint64_t *key)
{
	struct span text;

	if (op->type != VALUE_TEXT && op->type != VALUE_BYTES)
		return operand_key(op, ev, &w, key);
	if (!operand_text(op, ev, &w, &text))
		return false;
	*key = hash_bytes(text.ptr, text.len);
	return true;
}

static const struct slot *find(const struct dimension *d, uint64_t key)
{
	uint32_t low = 0, high = d->n_slots;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (d->slots[mid].key == key)
			return &d->slots[mid];
		if (d->slots[mid].key < key)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void ask_dimension(const struct watch_index *x, const struct dimension *d, const struct event *ev,
			  struct operand_walk at, uint64_t *bits)
{
	uint64_t key;

	if (!key_of_event(&d->op, ev, at, &key))
		return;
	const struct slot *s = find(d, key);
	for (uint32_t k = 0; s && k < s->n; k++) {
		uint32_t w = x->watches[s->first + k];
		bits[w / 64] |= UINT64_C(1) << w % 64;
	}
}

/* Where it is not known where values stand: of each field the first value. */
static void ask_fields(const struct watch_index *x, const struct event *ev, uint32_t dimensions, uint64_t *bits)
{
	for (uint16_t i = 0; i < ev->n_values; i++) {
		const struct field_def *f = ev->values[i].field;
		uint8_t d = f->table == x->table ? x->of_field[f - x->table->fields] : NO_DIMENSION;
		if (d == NO_DIMENSION || !(dimensions >> d & 1))
			continue;
		dimensions &= ~(UINT32_C(1) << d);
		ask_dimension(x, &x->dimensions[d], ev, (struct operand_walk){.value = i}, bits);
	}
}

size_t watch_index_ask(const struct watch_index *x, const struct event *ev, uint64_t bits[static WATCH_INDEX_WORDS])
{
	uint32_t others = x->used;

	memcpy(bits, x->always, x->words * sizeof(*bits));
	if (!ev->places) {
		ask_fields(x, ev, x->of_fields, bits);
		others &= ~x->of_fields;
	}
	for (; others; others &= others - 1)
		ask_dimension(x, &x->dimensions[__builtin_ctz(others)], ev, (struct operand_walk){0, 0}, bits);
	return x->words;
}
