#include "engine/situation.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/hash.h"
#include "base/heap.h"
#include "engine/ruleset.h"
#include "engine/shape.h"

_Static_assert((SITUATIONS & (SITUATIONS - 1)) == 0, "a place is picked by a mask");

/* What is kept stands together, in a line of the processor's cache where a kind of record has no more than 128
 * conditions. */
struct kept {
	uint64_t whose; /* whose(): which plan, which of its parts have been read, their classes; 0: free */
	uint64_t next;  /* the parts to be read for more; 0: it is known what holds */
	uint64_t bits[];
};

enum {
	ROWS = 3,
	PLACES = SITUATIONS + 1, /* one more is for what is not kept */
	CACHE_LINE = 64,
};

struct situations {
	const struct features *features;
	struct situations_counters count;
	uint64_t seed;
	size_t words; /* of one row of bits */
	size_t place_bytes;
	uint8_t *places; /* each begins with a line */
};

static bool is_set(const uint64_t *bits, size_t i)
{
	return bits[i / 64] >> i % 64 & 1;
}

static struct kept *kept_at(const struct situations *s, size_t i)
{
	return (struct kept *)(void *)(s->places + i * s->place_bytes);
}

struct situations *situations_new(const struct features *fs, size_t n_watches)
{
	struct situations *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->features = fs;
	(void)!getrandom(&s->seed, sizeof(s->seed), GRND_NONBLOCK);
	s->words = (n_watches + 63) / 64;
	size_t lines = (sizeof(struct kept) + ROWS * s->words * sizeof(uint64_t) + CACHE_LINE - 1) / CACHE_LINE;
	s->place_bytes = lines * CACHE_LINE;
	s->places = heap_pages(PLACES * s->place_bytes);
	if (!s->places) {
		free(s);
		return NULL;
	}
	return s;
}

void situations_free(struct situations *s)
{
	if (s)
		heap_pages_free(s->places, PLACES * s->place_bytes);
	free(s);
}

uint64_t situations_bytes(const struct situations *s)
{
	return sizeof(*s) + PLACES * s->place_bytes;
}

struct situations_counters situations_count(const struct situations *s)
{
	return s->count;
}

/* ---- plans */

static uint16_t place_of(const struct operand *op, const struct event *ev)
{
	return op->source == SOURCE_FIELD && op->field->table == ev->table ? ev->places[op->field_no] : 0;
}

/* A field that is not in the record, whatever its values? */
static bool is_missing(const struct operand *op, const struct event *ev)
{
	return op->source == SOURCE_FIELD && op->twin == op->field && place_of(op, ev) == 0;
}

/* Would a test look at several values of it? */
static bool is_several(const struct operand *op, const struct event *ev)
{
	bool goes_on = op->type == VALUE_TEXT || op->type == VALUE_BYTES;
	uint16_t place = place_of(op, ev);

	return op->source == SOURCE_FIELD &&
	       (op->twin != op->field || (goes_on && place > 0 && ev->nexts[place - 1] > 0));
}

/* The part that reads feature @number; p->n: none does. */
static uint32_t part_of(const struct plan *p, uint16_t number)
{
	uint32_t i = 0;

	while (i < p->n && p->parts[i].number != number)
		i++;
	return i;
}

struct making {
	struct situations *s;
	struct plan *plan;
	const struct event *ev;
	unsigned used[PLAN_WORDS]; /* bits */
};

static uint8_t how_to_read(const struct feature *f)
{
	if (f->kind != FEATURE_KEY || f->op.source == SOURCE_VLAN || f->op.source == SOURCE_TUNNEL)
		return READ_CLASS;
	if (f->op.source == SOURCE_FIELD)
		return operand_is_plain(&f->op) ? READ_VALUE : READ_CLASS;
	return READ_KEY;
}

static void read_feature(struct making *m, uint16_t number)
{
	const struct feature *f = features_get(m->s->features, number);
	struct plan *p = m->plan;
	uint8_t word = 0;

	if (f->kind == FEATURE_ASKED || is_missing(&f->op, m->ev) || is_several(&f->op, m->ev) ||
	    part_of(p, number) < p->n)
		return;
	while (word < PLAN_WORDS && m->used[word] + f->bits > 64)
		word++;
	if (word == PLAN_WORDS || p->n == PLAN_PARTS)
		return;
	uint8_t how = how_to_read(f);
	if (how != READ_CLASS)
		p->first |= UINT64_C(1) << p->n;
	p->parts[p->n++] = (struct plan_part){f, number, place_of(&f->op, m->ev), how, word, (uint8_t)m->used[word]};
	m->used[word] += f->bits;
}

/* What the shape says of a field, to the plan's hash. */
static void note_field(struct making *m, const struct operand *op)
{
	if (op->source != SOURCE_FIELD)
		return;
	bool other = op->twin != op->field && op->twin->table == m->ev->table &&
		     m->ev->places[op->twin - op->twin->table->fields] > 0;
	uint64_t said =
	    (uint64_t)(place_of(op, m->ev) > 0) | (uint64_t)other << 1 | (uint64_t)is_several(op, m->ev) << 2;
	m->plan->alike = hash_u64(m->plan->alike, (uint64_t)(uintptr_t)op->field << 3 ^ said);
}

static void read_features(struct making *m, const struct expr *x)
{
	for (uint16_t i = x->first; i < x->n_tests; i++) {
		const struct test *t = &x->tests[i];
		note_field(m, &t->op);
		if (t->kind == TEST_SAME)
			note_field(m, t->other);
		if (t->feature >= FEATURE_FIRST)
			read_feature(m, t->feature);
	}
}

void plan_make(struct situations *s, struct plan *p, const struct asked *of, const uint64_t *may,
	       const struct event *ev)
{
	struct making m = {.s = s, .plan = p, .ev = ev};

	*p = (struct plan){.alike = hash_u64(s->seed, (uint64_t)(uintptr_t)of)};
	for (size_t w = 0; w < (of->n + 63) / 64; w++)
		p->alike = hash_u64(p->alike, may[w]);
	for (size_t no = 0; no < of->n; no++) {
		const struct condition *c = &of->watches[no]->condition;
		for (unsigned i = 0; i < c->n_when && is_set(may, no); i++)
			read_features(&m, c->when[i]);
		for (unsigned i = 0; i < c->n_unless && is_set(may, no); i++)
			read_features(&m, c->unless[i]);
	}
}

/* ---- what holds */

/* What is known of a condition in a situation. */
struct answer {
	bool yes, no;  /* it may come out so */
	uint64_t asks; /* parts not read that it depends on */
};

/* How far the features of a record have been read. */
struct reading {
	const struct plan *plan;
	const struct event *ev;
	uint64_t known[FEATURES_MAX / 64]; /* the features of these, by number */
};

/* May it be otherwise for a coming record of the same fact? */
static bool test_varies(const struct test *t)
{
	return t->kind == TEST_INDICATOR || operand_varies(&t->op) ||
	       (t->kind == TEST_SAME && operand_varies(t->other));
}

static struct reading reading_of(const struct plan *p, const struct event *ev, uint64_t read)
{
	struct reading r = {.plan = p, .ev = ev};

	for (; read; read &= read - 1) {
		uint16_t i = (uint16_t)(p->parts[__builtin_ctzll(read)].number - FEATURE_FIRST);
		r.known[i / 64] |= UINT64_C(1) << i % 64;
	}
	return r;
}

/* Does what has been read answer @t? */
static bool is_settled(const struct reading *r, const struct test *t)
{
	uint16_t i = (uint16_t)(t->feature - FEATURE_FIRST);

	return t->feature == FEATURE_PRESENCE || is_missing(&t->op, r->ev) ||
	       (t->feature >= FEATURE_FIRST && is_set(r->known, i));
}

/* The part that would, as a bit; 0: none. */
static uint64_t part_asked(const struct reading *r, const struct test *t)
{
	uint32_t part = t->feature >= FEATURE_FIRST ? part_of(r->plan, t->feature) : r->plan->n;

	return part < r->plan->n ? UINT64_C(1) << part : 0;
}

/* What comes of it in the situation of @r; @varying: for coming records of the record's fact as well. */
static struct answer answer_of(const struct reading *r, const struct expr *x, bool varying)
{
	struct answer a = {x->first == EXPR_YES, x->first == EXPR_NO, 0};
	bool reached[EXPR_TESTS_MAX];

	if (x->first >= EXPR_YES)
		return a;
	memset(reached, false, x->n_tests);
	reached[x->first] = true;
	for (uint16_t at = x->first; at < x->n_tests; at++) {
		const struct test *t = &x->tests[at];
		if (!reached[at])
			continue;
		bool known = is_settled(r, t), settled = known && !(varying && test_varies(t)),
		     holds = settled && expr_test_holds(t, r->ev);
		if (!known)
			a.asks |= part_asked(r, t);
		for (int yes = 0; yes < 2; yes++) {
			uint16_t next = yes ? t->yes : t->no;
			if (settled && holds != (bool)yes)
				continue;
			a.yes |= next == EXPR_YES;
			a.no |= next == EXPR_NO;
			if (next < EXPR_YES)
				reached[next] = true;
		}
	}
	return a;
}

static struct answer answer_all(const struct reading *r, const struct condition *c, bool varying)
{
	struct answer all = {.yes = true};

	for (unsigned i = 0; i < c->n_when + c->n_unless && all.yes; i++) {
		bool unless = i >= c->n_when;
		struct answer a = answer_of(r, unless ? c->unless[i - c->n_when] : c->when[i], varying);
		all.yes &= unless ? a.no : a.yes;
		all.no |= unless ? a.yes : a.no;
		all.asks |= a.asks;
	}
	if (!all.yes || !all.no)
		all.asks = 0;
	return all;
}

/*
 * What follows from what has been read, in @out, where those are that were open after the step before. @return the
 * parts that are to be read for more.
 */
static uint64_t find_out(const struct situations *s, const struct reading *r, const struct asked *of,
			 struct situation *out)
{
	uint64_t next = 0;

	for (size_t w = 0; w < s->words; w++) {
		for (uint64_t left = out->ask[w] | out->again[w]; left; left &= left - 1) {
			uint64_t bit = left & -left;
			const struct watch *watch = of->watches[w * 64 + (size_t)__builtin_ctzll(left)];
			struct answer a = answer_all(r, &watch->condition, false), later = {.yes = false};
			if (watch->varies)
				later = answer_all(r, &watch->condition, true);
			out->ask[w] &= ~bit;
			out->again[w] &= ~bit;
			if (a.yes)
				*(a.no ? &out->ask[w] : &out->holds[w]) |= bit;
			if (later.yes)
				out->again[w] |= bit;
			next |= a.asks | later.asks;
		}
	}
	return next;
}

static inline uint64_t class_of(const struct plan_part *part, const struct event *ev)
{
	uint64_t key;

	switch (part->how) {
	case READ_VALUE:
		return feature_class_of_key(part->feature, ev->values[part->place - 1].u);
	case READ_KEY:
		return operand_first_key(&part->feature->op, ev, &key) ? feature_class_of_key(part->feature, key) : 0;
	default:
		return feature_class(part->feature, ev);
	}
}

static inline void read_classes(const struct plan *p, uint64_t parts, const struct event *ev,
				uint64_t classes[static PLAN_WORDS])
{
	for (; parts; parts &= parts - 1) {
		const struct plan_part *part = &p->parts[__builtin_ctzll(parts)];
		classes[part->word] |= class_of(part, ev) << part->shift;
	}
}

static struct situation rows_of(const struct situations *s, struct kept *k)
{
	return (struct situation){k->bits, k->bits + s->words, k->bits + 2 * s->words};
}

/* All of @may are open. */
static void begin(const struct situations *s, const struct asked *of, const uint64_t *may, struct kept *k)
{
	memset(k->bits, 0, ROWS * s->words * sizeof(k->bits[0]));
	memcpy(rows_of(s, k).ask, may, (of->n + 63) / 64 * sizeof(*may));
}

/* Stands for what it is made of, which the wire chooses: so the seed, in `alike`, is a random one everywhere; no result
 * depends on it. */
static uint64_t whose(const struct plan *p, uint64_t read, const uint64_t classes[static PLAN_WORDS])
{
	static_assert(PLAN_WORDS == 2, "both are in it");
	uint64_t h = hash_u64(hash_u64(hash_u64(p->alike, classes[0]), classes[1]), read);

	return h ? h : 1;
}

/* The place of what is known as @h, or one to put it in: of its two the one that is free, or, turn about, either of
 * them; but not @keep. */
static struct kept *place_for(const struct situations *s, uint64_t h, const struct kept *keep)
{
	struct kept *k = kept_at(s, h & (SITUATIONS - 2)), *other = kept_at(s, (h & (SITUATIONS - 2)) + 1);

	if (k->whose == h || other->whose == h)
		return k->whose == h ? k : other;
	if (k == keep || (other->whose == 0 && k->whose != 0))
		return other;
	return other == keep || k->whose == 0 || s->count.found_out % 2 == 0 ? k : other;
}

struct situation situation_of(struct situations *s, const struct plan *p, const struct asked *of, const uint64_t *may,
			      const struct event *ev)
{
	uint64_t classes[PLAN_WORDS] = {0}, read = 0, next = p->first;
	struct kept *k = NULL, *before;

	do {
		read_classes(p, next, ev, classes);
		read |= next;
		uint64_t h = whose(p, read, classes);
		before = k;
		k = place_for(s, h, before);
		if (k->whose != h) {
			s->count.replaced += k->whose != 0;
			if (before)
				memcpy(k->bits, before->bits, ROWS * s->words * sizeof(k->bits[0]));
			else
				begin(s, of, may, k);
			struct situation found = rows_of(s, k);
			struct reading r = reading_of(p, ev, read);
			k->whose = h;
			k->next = find_out(s, &r, of, &found);
			s->count.found_out += k->next == 0;
		}
		next = k->next;
	} while (next);
	return rows_of(s, k);
}

struct situation situation_unknown(struct situations *s, const struct asked *of, const uint64_t *may,
				   const struct event *ev)
{
	struct kept *k = kept_at(s, SITUATIONS);
	struct situation out = rows_of(s, k);
	uint64_t named[WATCH_INDEX_WORDS];
	size_t words = watch_index_ask(of->index, ev, named);

	begin(s, of, may, k);
	for (size_t w = 0; w < words; w++) {
		out.ask[w] &= named[w];
		for (uint64_t left = may[w]; left; left &= left - 1) {
			if (of->watches[w * 64 + (size_t)__builtin_ctzll(left)]->varies)
				out.again[w] |= left & -left;
		}
	}
	return out;
}
