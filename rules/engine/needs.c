#include "engine/needs.h"

#include <string.h>

/* A set of bits, as wide as it can be. */
struct set {
	uint64_t w[NEEDS_WORDS];
};

static void set_add(struct set *s, size_t bit)
{
	s->w[bit / 64] |= UINT64_C(1) << bit % 64;
}

static bool set_is_within(const struct set *a, const struct set *b)
{
	uint64_t beyond = 0;

	for (size_t i = 0; i < NEEDS_WORDS; i++)
		beyond |= a->w[i] & ~b->w[i];
	return beyond == 0;
}

bool presence_init(struct presence *p, const struct field_table *table)
{
	*p = (struct presence){.table = table, .words = (table->n_fields + NEEDS_ENDS_MAX + 63) / 64};
	return p->words <= NEEDS_WORDS;
}

static bool same_thing(const struct operand *a, const struct operand *b)
{
	return a->source == b->source && a->dest == b->dest && a->at_off == b->at_off;
}

/* May it be unknown of an end, and is it cheap to see? */
static bool is_thing(const struct operand *op)
{
	return op->source == SOURCE_END_TEXT || op->source == SOURCE_END_LEVEL || op->source == SOURCE_END_REGISTERED;
}

/* The bits of which one at least stands for a value of @op; @return false where nothing is known of it. */
static bool bits_of(struct presence *p, const struct operand *op, struct set *s)
{
	memset(s, 0, sizeof(*s));
	if (op->source == SOURCE_FIELD) {
		if (op->field->table != p->table || op->twin->table != p->table)
			return false;
		set_add(s, (size_t)(op->field - p->table->fields));
		set_add(s, (size_t)(op->twin - p->table->fields));
		return true;
	}
	if (!is_thing(op))
		return false;
	size_t i = 0;
	while (i < p->n_ends && !same_thing(&p->ends[i], op))
		i++;
	if (i == NEEDS_ENDS_MAX)
		return false;
	if (i == p->n_ends)
		p->ends[p->n_ends++] = *op;
	set_add(s, p->table->n_fields + i);
	return true;
}

/* The bits of a test: without them it fails. Of two values that are compared, those of the first. */
struct tested {
	struct set bits;
	bool known;
};

/* May the condition hold where nothing of @absent is there? */
static bool may_hold_without(const struct expr *x, const struct tested *tests, const struct set *absent)
{
	bool reached[EXPR_TESTS_MAX] = {false}, yes = x->first == EXPR_YES;

	if (x->first >= EXPR_YES)
		return yes;
	reached[x->first] = true;
	for (uint16_t at = x->first; at < x->n_tests && !yes; at++) {
		const struct test *t = &x->tests[at];
		if (!reached[at])
			continue;
		bool fails = tests[at].known && set_is_within(&tests[at].bits, absent);
		uint16_t next[2] = {fails ? EXPR_NO : t->yes, t->no};
		for (int i = 0; i < 2; i++) {
			yes |= next[i] == EXPR_YES;
			if (next[i] < EXPR_YES)
				reached[next[i]] = true;
		}
	}
	return yes;
}

struct row_list {
	struct set rows[NEEDS_MAX];
	size_t n;
};

static void add_row(struct row_list *l, const struct set *row)
{
	for (size_t i = 0; i < l->n; i++) {
		if (set_is_within(&l->rows[i], row)) /* asks for more already */
			return;
	}
	if (l->n < NEEDS_MAX)
		l->rows[l->n++] = *row;
}

static void add_rows(struct row_list *l, struct presence *p, const struct expr *x)
{
	struct tested tests[EXPR_TESTS_MAX];
	struct set all = {{0}};
	bool one = false;

	/* the first one to be asked stands before all others */
	for (uint16_t i = x->first; i < x->n_tests; i++) {
		tests[i].known = bits_of(p, &x->tests[i].op, &tests[i].bits);
		for (size_t w = 0; tests[i].known && w < NEEDS_WORDS; w++)
			all.w[w] |= tests[i].bits.w[w];
	}
	for (uint16_t i = x->first; i < x->n_tests; i++) {
		if (tests[i].known && !may_hold_without(x, tests, &tests[i].bits)) {
			add_row(l, &tests[i].bits);
			one = true;
		}
	}
	if (!one && !may_hold_without(x, tests, &all))
		add_row(l, &all);
}

bool needs_of(struct needs *out, struct presence *p, const struct expr *const *when, size_t n, bool wire,
	      struct arena *arena)
{
	struct row_list rows = {.n = 0};

	*out = (struct needs){0, NULL};
	for (size_t i = 0; i < n; i++)
		add_rows(&rows, p, wire ? when[i]->wire : when[i]);
	if (rows.n == 0)
		return true;
	uint64_t *bits = arena_alloc(arena, rows.n * p->words * sizeof(*bits));
	if (!bits)
		return false;
	for (size_t i = 0; i < rows.n; i++)
		memcpy(bits + i * p->words, rows.rows[i].w, p->words * sizeof(*bits));
	*out = (struct needs){rows.n, bits};
	return true;
}

static bool is_there(const struct operand *op, const struct event *ev)
{
	const struct endpoint *e = op->dest ? ev->dest : ev->src;
	const char *text;

	if (!e)
		return false;
	if (op->source == SOURCE_END_LEVEL)
		return e->purdue >= 0;
	if (op->source == SOURCE_END_REGISTERED)
		return e->registered != REGISTERED_UNKNOWN;
	memcpy(&text, (const char *)e + op->at_off, sizeof(text));
	return text && *text;
}

void presence_not_key(const struct presence *p, uint64_t bits[static NEEDS_WORDS])
{
	memset(bits, 0, NEEDS_WORDS * sizeof(*bits));
	for (size_t i = 0; i < p->table->n_fields; i++) {
		if (!(p->table->fields[i].flags & FIELD_KEY))
			bits[i / 64] |= UINT64_C(1) << i % 64;
	}
}

static uint32_t presence_of_ends(const struct presence *p, const struct event *ev, uint32_t wanted)
{
	uint32_t ends = 0;

	for (; wanted; wanted &= wanted - 1) {
		unsigned i = (unsigned)__builtin_ctz(wanted);
		ends |= (uint32_t)is_there(&p->ends[i], ev) << i;
	}
	return ends;
}

void presence_add_ends(const struct presence *p, uint32_t ends, uint64_t bits[static NEEDS_WORDS])
{
	for (size_t i = 0; i < p->n_ends; i++) {
		size_t bit = p->table->n_fields + i;
		bits[bit / 64] |= (uint64_t)(ends >> i & 1) << bit % 64;
	}
}

void presence_of(const struct presence *p, const struct event *ev, uint64_t bits[static NEEDS_WORDS])
{
	for (size_t w = 0; w < p->words; w++)
		bits[w] = 0;
	for (uint16_t i = 0; i < ev->n_values; i++) {
		const struct field_def *f = ev->values[i].field;
		if (f->table != p->table)
			continue;
		size_t field = (size_t)(f - p->table->fields);
		bits[field / 64] |= UINT64_C(1) << field % 64;
	}
	presence_add_ends(p, ev->src || ev->dest ? presence_of_ends(p, ev, (UINT32_C(1) << p->n_ends) - 1) : 0, bits);
}
