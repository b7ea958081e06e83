#include "engine/features.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/heap.h"

enum {
	SLOTS = 2 * FEATURES_MAX,
	FEW_TEXTS = 4, /* that are compared one by one */
};
_Static_assert((SLOTS & (SLOTS - 1)) == 0, "a slot is picked by a mask");

struct features {
	uint16_t n;
	bool failed;           /* memory was short */
	uint16_t slots[SLOTS]; /* 0: free; else a number */
	struct feature items[FEATURES_MAX];
};

struct features *features_new(void)
{
	return heap_pages(sizeof(struct features));
}

void features_free(struct features *fs)
{
	for (uint16_t i = 0; fs && i < fs->n; i++)
		free(fs->items[i].values);
	heap_pages_free(fs, sizeof(*fs));
}

const struct feature *features_get(const struct features *fs, uint16_t number)
{
	return &fs->items[number - FEATURE_FIRST];
}

static bool is_of(const struct feature *f, const struct test *t, enum feature_kind kind)
{
	if (!operand_same(&f->op, &t->op))
		return false;
	if (kind == FEATURE_ORDER || f->kind == FEATURE_ORDER)
		return kind == f->kind && operand_same(f->test.other, t->other);
	return true;
}

static enum feature_kind kind_of(const struct test *t)
{
	if (t->kind == TEST_SAME)
		return FEATURE_ORDER;
	if (value_type_is_ordered(t->op.type))
		return FEATURE_KEY;
	return t->op.type == VALUE_TEXT || t->op.type == VALUE_BYTES ? FEATURE_TEXT : FEATURE_THERE;
}

/* Does what the test says follow from one value's class? */
static bool has_classes(const struct test *t)
{
	if (t->op.list || (t->kind == TEST_SAME && t->other->list))
		return false;
	return t->kind == TEST_PRESENT || t->kind == TEST_KEY || t->kind == TEST_SAME ||
	       (t->kind == TEST_TEXT && !t->fold);
}

/* The feature of @t, which becomes one where there is none yet; NULL where there are too many. */
static struct feature *feature_of(struct features *fs, const struct test *t)
{
	enum feature_kind kind = kind_of(t);
	uint64_t h =
	    hash_u64((uint64_t)(uintptr_t)t->op.field, (uint64_t)t->op.source << 32 | (uint64_t)t->op.at_off << 16 |
							   (uint64_t)t->op.dest << 8 | (kind == FEATURE_ORDER));
	size_t at = h & (SLOTS - 1);

	for (; fs->slots[at]; at = (at + 1) & (SLOTS - 1)) {
		struct feature *f = &fs->items[fs->slots[at] - 1];
		if (is_of(f, t, kind))
			return f;
	}
	if (fs->n == FEATURES_MAX)
		return NULL;
	struct feature *f = &fs->items[fs->n];
	*f = (struct feature){.kind = kind, .op = t->op, .test = *t};
	fs->slots[at] = ++fs->n;
	return f;
}

static void add(struct features *fs, struct feature *f, uint64_t key, struct span text)
{
	if (f->n == f->cap) {
		uint32_t cap = f->cap ? 2 * f->cap : 8;
		struct feature_value *values = realloc(f->values, cap * sizeof(*values));
		if (!values) {
			fs->failed = true;
			return;
		}
		f->values = values;
		f->cap = cap;
	}
	f->values[f->n++] = (struct feature_value){key, text};
}

static void add_values(struct features *fs, struct feature *f, const struct test *t)
{
	const struct key_range *ranges = t->n == 1 ? &t->range : t->ranges;

	for (uint32_t i = 0; t->kind == TEST_KEY && i < t->n; i++) {
		add(fs, f, ranges[i].low, span_of(NULL, 0));
		if (ranges[i].high < UINT64_MAX)
			add(fs, f, ranges[i].high + 1, span_of(NULL, 0));
	}
	for (uint32_t i = 0; t->kind == TEST_TEXT && i < t->n; i++)
		add(fs, f, hash_bytes(t->texts[i].ptr, t->texts[i].len), t->texts[i]);
}

uint16_t features_number(struct features *fs, const struct test *t)
{
	if (t->kind == TEST_PRESENT && t->op.source == SOURCE_FIELD)
		return FEATURE_PRESENCE;
	struct feature *f = has_classes(t) ? feature_of(fs, t) : NULL;
	if (!f)
		return FEATURE_NONE;
	add_values(fs, f, t);
	return (uint16_t)(f - fs->items + FEATURE_FIRST);
}

static int by_key(const void *a, const void *b)
{
	const struct feature_value *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/* Ascending, each once. @return false where two texts have one hash. */
static bool sort(struct feature *f)
{
	uint32_t n = 0;

	if (f->n > 0)
		qsort(f->values, f->n, sizeof(*f->values), by_key);
	for (uint32_t i = 0; i < f->n; i++) {
		const struct feature_value *v = &f->values[i];
		if (n > 0 && f->values[n - 1].key == v->key) {
			if (f->kind == FEATURE_TEXT && !span_eq(f->values[n - 1].text, v->text))
				return false;
			continue;
		}
		f->values[n++] = *v;
	}
	f->n = n;
	return true;
}

uint32_t feature_search(const struct feature *f, uint64_t key)
{
	uint32_t low = 0, high = f->n;

	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (key >= f->values[mid].key)
			low = mid + 1;
		else
			high = mid;
	}
	return low + 1;
}

bool features_finish(struct features *fs)
{
	for (uint16_t i = 0; i < fs->n; i++) {
		struct feature *f = &fs->items[i];
		/* none, those before the first, and those behind each; of texts none, others, and each */
		bool sorted = sort(f);
		uint32_t classes = f->kind == FEATURE_ORDER ? ORDER_GREATER + 1 : f->n + 2;
		if (!sorted || classes > FEATURE_CLASSES_MAX) {
			f->kind = FEATURE_ASKED;
			continue;
		}
		while (1u << f->bits < classes)
			f->bits++;
		for (uint64_t key = 0; f->kind == FEATURE_KEY && key < FEATURE_SMALL; key++)
			f->small[key] = (uint8_t)feature_search(f, key);
	}
	return !fs->failed;
}

static uint32_t class_of_text(const struct feature *f, struct span text)
{
	if (f->n <= FEW_TEXTS) {
		for (uint32_t i = 0; i < f->n; i++) {
			if (span_eq(f->values[i].text, text))
				return i + 2;
		}
		return 1;
	}
	uint32_t at = feature_search(f, hash_bytes(text.ptr, text.len)) - 1;
	return at > 0 && span_eq(f->values[at - 1].text, text) ? at + 1 : 1;
}

uint32_t feature_class(const struct feature *f, const struct event *ev)
{
	struct operand_walk w = {0, 0};
	struct span text;
	uint64_t key;

	switch (f->kind) {
	case FEATURE_KEY:
		return operand_key(&f->op, ev, &w, &key) ? feature_class_of_key(f, key) : 0;
	case FEATURE_TEXT:
		return operand_text(&f->op, ev, &w, &text) ? class_of_text(f, text) : 0;
	case FEATURE_ORDER:
		return expr_order(&f->test, ev);
	default:
		return operand_present(&f->op, ev);
	}
}
