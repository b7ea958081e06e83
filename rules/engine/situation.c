#include "engine/situation.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "engine/ruleset.h"
#include "engine/shape.h"

_Static_assert((SITUATIONS & (SITUATIONS - 1)) == 0, "a place is picked by a mask");

/* Whose situation stands at a place; its bits stand in struct situations. */
struct kept {
	uint32_t plan_no; /* 0: free */
	uint64_t classes[PLAN_WORDS];
};

struct situations {
	const struct features *features;
	struct situations_counters count;
	uint32_t plans;
	size_t words; /* of one row of bits */
	uint64_t *bits;
	struct kept kept[SITUATIONS];
};

enum { ROWS = 3 };

static bool is_set(const uint64_t *bits, size_t i)
{
	return bits[i / 64] >> i % 64 & 1;
}

struct situations *situations_new(const struct features *fs, size_t n_watches)
{
	struct situations *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->features = fs;
	s->words = (n_watches + 63) / 64;
	s->bits = malloc((SITUATIONS * ROWS * s->words + 1) * sizeof(*s->bits)); /* what is not used is not touched */
	if (!s->bits) {
		free(s);
		return NULL;
	}
	return s;
}

void situations_free(struct situations *s)
{
	if (s)
		free(s->bits);
	free(s);
}

uint64_t situations_bytes(const struct situations *s)
{
	return sizeof(*s) + SITUATIONS * ROWS * s->words * sizeof(*s->bits);
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

static bool is_read(const struct plan *p, uint16_t number)
{
	uint16_t i = (uint16_t)(number - FEATURE_FIRST);

	return p->read[i / 64] >> i % 64 & 1;
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
	uint16_t i = (uint16_t)(number - FEATURE_FIRST);

	if (is_read(p, number) || f->kind == FEATURE_ASKED || is_missing(&f->op, m->ev) || is_several(&f->op, m->ev))
		return;
	while (word < PLAN_WORDS && m->used[word] + f->bits > 64)
		word++;
	if (word == PLAN_WORDS || p->n == PLAN_PARTS)
		return;
	p->parts[p->n++] = (struct plan_part){f, place_of(&f->op, m->ev), how_to_read(f), word, (uint8_t)m->used[word]};
	p->read[i / 64] |= UINT64_C(1) << i % 64;
	m->used[word] += f->bits;
}

static void read_features(struct making *m, const struct expr *x)
{
	for (uint16_t i = x->first; i < x->n_tests; i++) {
		if (x->tests[i].feature >= FEATURE_FIRST)
			read_feature(m, x->tests[i].feature);
	}
}

/* Does every record of a situation answer @t alike? */
static bool is_settled(const struct plan *p, const struct test *t, const struct event *ev)
{
	return t->feature == FEATURE_PRESENCE || is_missing(&t->op, ev) ||
	       (t->feature >= FEATURE_FIRST && is_read(p, t->feature));
}

static bool all_settled(const struct plan *p, const struct expr *x, const struct event *ev)
{
	uint16_t i = x->first;

	while (i < x->n_tests && is_settled(p, &x->tests[i], ev))
		i++;
	return i >= x->n_tests;
}

static bool condition_settled(const struct plan *p, const struct condition *c, const struct event *ev)
{
	bool all = true;

	for (unsigned i = 0; i < c->n_when; i++)
		all &= all_settled(p, c->when[i], ev);
	for (unsigned i = 0; i < c->n_unless; i++)
		all &= all_settled(p, c->unless[i], ev);
	return all;
}

void plan_make(struct situations *s, struct plan *p, const struct asked *of, const uint64_t *may, const struct event *ev)
{
	struct making m = {.s = s, .plan = p, .ev = ev};

	*p = (struct plan){.no = ++s->plans ? s->plans : ++s->plans, .settled = p->settled};
	for (size_t no = 0; no < of->n; no++) {
		const struct condition *c = &of->watches[no]->condition;
		for (unsigned i = 0; i < c->n_when && is_set(may, no); i++)
			read_features(&m, c->when[i]);
		for (unsigned i = 0; i < c->n_unless && is_set(may, no); i++)
			read_features(&m, c->unless[i]);
	}
	memset(p->settled, 0, (of->n + 63) / 64 * sizeof(*p->settled));
	for (size_t no = 0; no < of->n; no++) {
		const struct watch *w = of->watches[no];
		if (is_set(may, no) && !w->varies && condition_settled(p, &w->condition, ev))
			p->settled[no / 64] |= UINT64_C(1) << no % 64;
	}
}

/* ---- what holds */

/* What is known of a condition in a situation. */
struct answer {
	bool yes, no; /* it may come out so */
};

/* May it be otherwise for a coming record of the same fact? */
static bool test_varies(const struct test *t)
{
	return t->kind == TEST_INDICATOR || operand_varies(&t->op) || (t->kind == TEST_SAME && operand_varies(t->other));
}

/* What comes of it in @ev's situation; @varying: for coming records of @ev's fact as well. */
static struct answer answer_of(const struct plan *p, const struct expr *x, const struct event *ev, bool varying)
{
	struct answer a = {x->first == EXPR_YES, x->first == EXPR_NO};
	bool reached[EXPR_TESTS_MAX];

	if (x->first >= EXPR_YES)
		return a;
	memset(reached, false, x->n_tests);
	reached[x->first] = true;
	for (uint16_t at = x->first; at < x->n_tests; at++) {
		const struct test *t = &x->tests[at];
		if (!reached[at])
			continue;
		bool settled = is_settled(p, t, ev) && !(varying && test_varies(t)), holds = settled && expr_test_holds(t, ev);
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

static struct answer answer_all(const struct plan *p, const struct condition *c, const struct event *ev, bool varying)
{
	struct answer all = {.yes = true};

	for (unsigned i = 0; i < c->n_when + c->n_unless && all.yes; i++) {
		bool unless = i >= c->n_when;
		struct answer a = answer_of(p, unless ? c->unless[i - c->n_when] : c->when[i], ev, varying);
		all.yes &= unless ? a.no : a.yes;
		all.no |= unless ? a.yes : a.no;
	}
	return all;
}

/* A settled condition that the index does not name for @ev holds for no record of its situation. */
static void find_out(const struct plan *p, const struct asked *of, const uint64_t *may, const struct event *ev,
		     struct situation *out)
{
	uint64_t named[WATCH_INDEX_WORDS];
	size_t words = watch_index_ask(of->index, ev, named);

	for (size_t w = 0; w < words; w++) {
		out->holds[w] = out->ask[w] = out->again[w] = 0;
		for (uint64_t left = may[w] & (named[w] | ~p->settled[w]); left; left &= left - 1) {
			uint64_t bit = left & -left;
			const struct watch *watch = of->watches[w * 64 + (size_t)__builtin_ctzll(left)];
			struct answer a = answer_all(p, &watch->condition, ev, false);
			if (a.yes)
				*(a.no ? &out->ask[w] : &out->holds[w]) |= bit;
			if (watch->varies && answer_all(p, &watch->condition, ev, true).yes)
				out->again[w] |= bit;
		}
	}
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

static inline void read_classes(const struct plan *p, const struct event *ev, uint64_t classes[static PLAN_WORDS])
{
	for (uint32_t i = 0; i < p->n; i++)
		classes[p->parts[i].word] |= class_of(&p->parts[i], ev) << p->parts[i].shift;
}

struct situation situation_of(struct situations *s, const struct plan *p, const struct asked *of, const uint64_t *may,
			      const struct event *ev)
{
	uint64_t classes[PLAN_WORDS] = {0};

	read_classes(p, ev, classes);
	size_t at = hash_u64(classes[0], classes[1] ^ p->no * HASH_K0) & (SITUATIONS - 1);
	uint64_t *bits = s->bits + at * ROWS * s->words;
	struct situation found = {bits, bits + s->words, bits + 2 * s->words};
	struct kept *k = &s->kept[at];
	if (k->plan_no == p->no && memcmp(k->classes, classes, sizeof(classes)) == 0)
		return found;
	s->count.found_out++;
	s->count.replaced += k->plan_no != 0;
	k->plan_no = p->no;
	memcpy(k->classes, classes, sizeof(classes));
	find_out(p, of, may, ev, &found);
	return found;
}
