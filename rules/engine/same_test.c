#include "engine/same_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/heap.h"

enum { SLOTS = 4 * (SAME_TESTS_MAX + 1) };
_Static_assert((SLOTS & (SLOTS - 1)) == 0, "a slot is picked by a mask");

struct same_tests {
	uint16_t n;
	uint16_t slots[SLOTS]; /* 0: free; else a number */
	struct test tests[SAME_TESTS_MAX];
};

struct same_tests *same_tests_new(void)
{
	return heap_pages(sizeof(struct same_tests));
}

void same_tests_free(struct same_tests *s)
{
	heap_pages_free(s, sizeof(*s));
}

static bool same_texts(const struct test *a, const struct test *b)
{
	for (uint32_t i = 0; i < a->n; i++) {
		if (!span_eq(a->texts[i], b->texts[i]))
			return false;
	}
	return true;
}

static bool asks_the_same(const struct test *a, const struct test *b)
{
	if (a->kind != b->kind || a->fold != b->fold || a->negate != b->negate || a->orders != b->orders ||
	    a->n != b->n || !operand_same(&a->op, &b->op))
		return false;
	switch (a->kind) {
	case TEST_PRESENT:
		return true;
	case TEST_KEY:
		if (a->n == 1)
			return a->range.low == b->range.low && a->range.high == b->range.high;
		return memcmp(a->ranges, b->ranges, a->n * sizeof(a->ranges[0])) == 0;
	case TEST_IP:
		return memcmp(a->ips, b->ips, a->n * sizeof(a->ips[0])) == 0;
	case TEST_SAME:
		return operand_same(a->other, b->other);
	default:
		return same_texts(a, b);
	}
}

static uint64_t hash_of(const struct test *t)
{
	uint64_t h = hash_u64((uint64_t)(uintptr_t)t->op.field,
			      (uint64_t)t->op.source << 32 | (uint64_t)t->op.at_off << 16 | t->kind);

	h = hash_u64(h, (uint64_t)t->n << 8 | (uint64_t)t->op.dest << 1 | t->negate);
	if (t->kind == TEST_KEY)
		return hash_u64(h, t->n == 1 ? t->range.low : t->n ? t->ranges[0].low : 0);
	if ((t->kind == TEST_TEXT || t->kind == TEST_CONTAINS || t->kind == TEST_STARTS || t->kind == TEST_ENDS) &&
	    t->n > 0)
		return hash_u64(h, hash_bytes(t->texts[0].ptr, t->texts[0].len));
	return h;
}

uint16_t same_tests_number(struct same_tests *s, const struct test *t)
{
	if (t->kind == TEST_INDICATOR || t->kind == TEST_MATCHES)
		return 0;
	size_t at = hash_of(t) & (SLOTS - 1);
	for (; s->slots[at]; at = (at + 1) & (SLOTS - 1)) {
		if (asks_the_same(&s->tests[s->slots[at] - 1], t))
			return s->slots[at];
	}
	if (s->n == SAME_TESTS_MAX)
		return 0;
	s->tests[s->n] = *t;
	s->slots[at] = ++s->n;
	return s->n;
}
