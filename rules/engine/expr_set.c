#include "engine/expr_set.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct expr_set expr_set_for(enum value_type type)
{
	enum test_kind kind = value_type_is_ordered(type) ? TEST_KEY : type == VALUE_IP ? TEST_IP : TEST_TEXT;

	return (struct expr_set){.kind = kind};
}

void expr_set_deinit(struct expr_set *s)
{
	free(s->items);
}

int expr_set_add(struct expr_set *s, const union expr_set_item *item)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 4;
		union expr_set_item *items = realloc(s->items, cap * sizeof(*items));
		if (!items)
			return -ENOMEM;
		s->items = items;
		s->cap = cap;
	}
	s->items[s->n++] = *item;
	return 0;
}

bool expr_set_join_range(struct expr_set *s)
{
	union expr_set_item *a = &s->items[s->n - 2], *b = &s->items[s->n - 1];

	s->n--;
	if (s->kind == TEST_IP) {
		a->ip.high = b->ip.high;
		return memcmp(&a->ip.low, &a->ip.high, sizeof(a->ip.low)) <= 0;
	}
	a->key.high = b->key.high;
	return a->key.low <= a->key.high;
}

void expr_set_open_range(struct expr_set *s, enum value_type type, enum token_kind sign)
{
	struct key_range *r = &s->items[0].key;
	/* infinity is the last number; beyond it lies what is no number */
	uint64_t least = type == VALUE_FLOAT ? key_of_float(-INFINITY) : 0;
	uint64_t most = type == VALUE_FLOAT ? key_of_float(INFINITY) : UINT64_MAX;
	uint64_t value = r->low;

	if (sign == TOKEN_LT || sign == TOKEN_LE)
		*r = (struct key_range){least, value};
	else if (sign == TOKEN_GT || sign == TOKEN_GE)
		*r = (struct key_range){value, most};
	if ((sign == TOKEN_LT && value == least) || (sign == TOKEN_GT && value == most))
		s->n = 0;
	else if (sign == TOKEN_LT)
		r->high--;
	else if (sign == TOKEN_GT)
		r->low++;
}

static int by_key(const void *a, const void *b)
{
	const struct key_range *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

static int by_ip(const void *a, const void *b)
{
	const struct ip_range *x = a, *y = b;

	return memcmp(&x->low, &y->low, sizeof(x->low));
}

/* Shorter texts first: a length differs sooner than bytes do. */
static int compare_texts(struct span a, struct span b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len ? memcmp(a.ptr, b.ptr, a.len) : 0;
}

static int by_text(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return compare_texts(*x, *y);
}

static int finish_keys(struct expr_set *s, struct arena *arena, struct test *t)
{
	struct key_range *r = arena_alloc(arena, (s->n + 1) * sizeof(*r));
	uint32_t n = 0;

	if (!r)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++)
		r[i] = s->items[i].key;
	qsort(r, s->n, sizeof(*r), by_key);
	for (size_t i = 0; i < s->n; i++) {
		if (n > 0 && r[i].low <= r[n - 1].high)
			r[n - 1].high = r[i].high > r[n - 1].high ? r[i].high : r[n - 1].high;
		else
			r[n++] = r[i];
	}
	t->n = n;
	if (n == 1)
		t->range = r[0];
	else
		t->ranges = r;
	return 0;
}

static int finish_ips(struct expr_set *s, struct arena *arena, struct test *t)
{
	struct ip_range *r = arena_alloc(arena, (s->n + 1) * sizeof(*r));
	uint32_t n = 0;

	if (!r)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++)
		r[i] = s->items[i].ip;
	qsort(r, s->n, sizeof(*r), by_ip);
	for (size_t i = 0; i < s->n; i++) {
		if (n > 0 && memcmp(&r[i].low, &r[n - 1].high, sizeof(r[i].low)) <= 0) {
			if (memcmp(&r[i].high, &r[n - 1].high, sizeof(r[i].high)) > 0)
				r[n - 1].high = r[i].high;
		} else {
			r[n++] = r[i];
		}
	}
	t->n = n;
	t->ips = r;
	return 0;
}

/* In lower case; unchanged where memory is short, which the next allocation will tell. */
static struct span folded(struct arena *arena, struct span text)
{
	struct span copy = arena_copy(arena, text);
	uint8_t *at = (uint8_t *)(uintptr_t)copy.ptr;

	for (size_t i = 0; i < copy.len; i++) {
		if (at[i] >= 'A' && at[i] <= 'Z')
			at[i] |= 0x20;
	}
	return copy.len ? copy : text;
}

static int finish_texts(struct expr_set *s, struct arena *arena, struct test *t)
{
	struct span *texts = arena_alloc(arena, (s->n + 1) * sizeof(*texts));

	if (!texts)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++) {
		texts[i] = s->items[i].text;
		if (t->fold)
			texts[i] = folded(arena, texts[i]);
	}
	qsort(texts, s->n, sizeof(*texts), by_text);
	t->n = (uint32_t)s->n;
	t->texts = texts;
	return 0;
}

int expr_set_finish(struct expr_set *s, struct arena *arena, struct test *t)
{
	t->kind = (uint8_t)s->kind;
	switch (s->kind) {
	case TEST_KEY:
		return finish_keys(s, arena, t);
	case TEST_IP:
		return finish_ips(s, arena, t);
	default:
		return finish_texts(s, arena, t);
	}
}

bool expr_set_has_key(const struct key_range *ranges, uint32_t n, uint64_t key)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (key < ranges[mid].low)
			high = mid;
		else if (key > ranges[mid].high)
			low = mid + 1;
		else
			return true;
	}
	return false;
}

bool expr_set_has_ip(const struct ip_range *ranges, uint32_t n, const struct ip_addr *ip)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (memcmp(ip, &ranges[mid].low, sizeof(*ip)) < 0)
			high = mid;
		else if (memcmp(ip, &ranges[mid].high, sizeof(*ip)) > 0)
			low = mid + 1;
		else
			return true;
	}
	return false;
}

bool expr_set_has_text(const struct span *texts, uint32_t n, struct span text)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = compare_texts(text, texts[mid]);
		if (order == 0)
			return true;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}
