#include "engine/expr.h"

#include "engine/expr_regex.h"
#include "engine/expr_set.h"

static inline bool key_fits(const struct test *t, uint64_t key)
{
	bool in = t->n == 1 ? key >= t->range.low && key <= t->range.high : expr_set_has_key(t->ranges, t->n, key);

	return in != t->negate;
}

static bool any_key_fits(const struct test *t, const struct event *ev)
{
	struct operand_walk w = {0, 0};
	uint64_t key;

	if (!t->op.list)
		return operand_key(&t->op, ev, &w, &key) && key_fits(t, key);
	while (operand_key(&t->op, ev, &w, &key)) {
		if (key_fits(t, key))
			return true;
	}
	return false;
}

static bool any_ip_fits(const struct test *t, const struct event *ev)
{
	struct operand_walk w = {0, 0};
	struct ip_addr ip;

	while (operand_ip(&t->op, ev, &w, &ip)) {
		if (expr_set_has_ip(t->ips, t->n, &ip) != t->negate)
			return true;
	}
	return false;
}

static bool any_text_fits(const struct test *t, const struct event *ev)
{
	struct operand_walk w = {0, 0};
	struct span text;

	while (operand_text(&t->op, ev, &w, &text)) {
		bool fits;
		if (t->kind == TEST_TEXT)
			fits = expr_set_has_text(t->texts, t->n, text);
		else if (t->kind == TEST_CONTAINS)
			fits = text.len > 0 && memmem(text.ptr, text.len, t->texts->ptr, t->texts->len);
		else
			fits = expr_regex_matches(t->regex, text);
		if (fits != t->negate)
			return true;
	}
	return false;
}

/* How the operand's value stands to the other's, as a bit of ORDER_*; 0 where one of them is missing. */
static unsigned order_of(const struct test *t, const struct event *ev)
{
	struct operand_walk w = {0, 0}, v = {0, 0};

	if (t->op.type == VALUE_IP) {
		struct ip_addr a, b;
		if (!operand_ip(&t->op, ev, &w, &a) || !operand_ip(t->other, ev, &v, &b))
			return 0;
		return ip_eq(&a, &b) ? ORDER_EQUAL : ORDER_LESS;
	}
	if (value_type_is_ordered(t->op.type)) {
		uint64_t a, b;
		if (!operand_key(&t->op, ev, &w, &a) || !operand_key(t->other, ev, &v, &b))
			return 0;
		return a == b ? ORDER_EQUAL : a < b ? ORDER_LESS : ORDER_GREATER;
	}
	struct span a, b;
	if (!operand_text(&t->op, ev, &w, &a) || !operand_text(t->other, ev, &v, &b))
		return 0;
	return span_eq(a, b) ? ORDER_EQUAL : ORDER_LESS;
}

static bool test_holds(const struct test *t, const struct event *ev)
{
	switch (t->kind) {
	case TEST_KEY:
		return any_key_fits(t, ev);
	case TEST_IP:
		return any_ip_fits(t, ev);
	case TEST_PRESENT:
		return operand_present(&t->op, ev);
	case TEST_SAME:
		return (order_of(t, ev) & t->orders) != 0;
	default:
		return any_text_fits(t, ev);
	}
}

bool expr_holds(const struct expr *x, const struct event *ev)
{
	uint16_t at = x->first;

	while (at < EXPR_YES) {
		const struct test *t = &x->tests[at];
		at = test_holds(t, ev) ? t->yes : t->no;
	}
	return at == EXPR_YES;
}
