#include "engine/expr.h"

#include "base/digits.h"
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

static bool has_part(const struct test *t, struct span text)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct span part = t->texts[i];
		if (part.len > text.len)
			continue;
		if (part.len == 0)
			return true;
		if (t->kind == TEST_STARTS ? memcmp(text.ptr, part.ptr, part.len) == 0
		    : t->kind == TEST_ENDS ? memcmp(span_skip(text, text.len - part.len).ptr, part.ptr, part.len) == 0
					   : memmem(text.ptr, text.len, part.ptr, part.len) != NULL)
			return true;
	}
	return false;
}

static bool text_fits(const struct test *t, struct span text)
{
	uint8_t folded[EXPR_FOLD_MAX];

	if (t->fold) {
		/* of a long text the end counts where the end is asked for */
		if (text.len > sizeof(folded))
			text = t->kind == TEST_ENDS ? span_skip(text, text.len - sizeof(folded))
						    : span_head(text, sizeof(folded));
		for (size_t i = 0; i < text.len; i++)
			folded[i] = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] | 0x20 : text.ptr[i];
		text.ptr = folded;
	}
	if (t->kind == TEST_TEXT)
		return expr_set_has_text(t->texts, t->n, text);
	if (t->kind == TEST_MATCHES)
		return expr_regex_matches(t->regex, text);
	return t->parts ? parts_in(t->parts, text) : has_part(t, text);
}

static bool any_text_fits(const struct test *t, const struct event *ev)
{
	struct operand_walk w = {0, 0};
	struct span text;

	while (operand_text(&t->op, ev, &w, &text)) {
		if (text_fits(t, text) != t->negate)
			return true;
	}
	return false;
}

static struct span bytes_as_hex(struct span bytes, char *buf, size_t size)
{
	bytes = span_head(bytes, size / 2);
	digits_put_hex(buf, bytes.ptr, bytes.len);
	return span_of(buf, 2 * bytes.len);
}

static bool any_indicator_fits(const struct test *t, const struct event *ev, struct expr_found *found)
{
	struct expr_found unused = {.indicator = NULL};
	struct operand_walk w = {0, 0};
	const struct indicator *i;
	struct ip_addr ip;
	struct span text;
	char mac_text[MAC_TEXT_MAX];
	uint64_t key;

	found = found ? found : &unused;
	for (;;) {
		if (t->op.type == VALUE_IP) {
			if (!operand_ip(&t->op, ev, &w, &ip))
				return false;
			i = indicators_ip(t->indicators, &ip, ev->at.ts_ns, &found->expired);
		} else if (t->op.type == VALUE_MAC) {
			if (!operand_key(&t->op, ev, &w, &key))
				return false;
			struct mac mac = mac_of_key(key);
			text = span_str(mac_format(&mac, mac_text));
			i = indicators_text(t->indicators, INDICATOR_MAC, text, ev->at.ts_ns, &found->expired);
		} else {
			if (!operand_text(&t->op, ev, &w, &text))
				return false;
			char hex[2 * 64];
			if (t->op.type == VALUE_BYTES)
				text = bytes_as_hex(text, hex, sizeof(hex));
			i = indicators_text(t->indicators, (enum indicator_type)t->type, text, ev->at.ts_ns,
					    &found->expired);
		}
		if ((i != NULL) != t->negate) {
			found->indicator = i ? i : found->indicator;
			return true;
		}
	}
}

unsigned expr_order(const struct test *t, const struct event *ev)
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

static bool test_holds(const struct test *t, const struct event *ev, struct expr_found *found)
{
	switch (t->kind) {
	case TEST_KEY:
		return any_key_fits(t, ev);
	case TEST_IP:
		return any_ip_fits(t, ev);
	case TEST_PRESENT:
		return operand_present(&t->op, ev);
	case TEST_SAME:
		return (expr_order(t, ev) & t->orders) != 0;
	case TEST_INDICATOR:
		return any_indicator_fits(t, ev, found);
	default:
		return any_text_fits(t, ev);
	}
}

bool expr_test_holds(const struct test *t, const struct event *ev)
{
	return test_holds(t, ev, NULL);
}

/* Does the test say of all such records what it says of @ev? Indicators expire, so theirs may change. */
static bool is_known(const struct test *t, const struct event *ev, bool same_fields)
{
	if (t->kind != TEST_INDICATOR && t->op.key && (t->kind != TEST_SAME || t->other->key))
		return true;
	return same_fields && t->op.source == SOURCE_FIELD && (t->kind == TEST_PRESENT || !operand_present(&t->op, ev));
}

/* Which tests are reached where those of which nothing is known may come out either way. A test stands before those
 * that it leads to. */
bool expr_may_hold(const struct expr *x, const struct event *ev, bool same_fields)
{
	bool reached[EXPR_TESTS_MAX], yes = x->first == EXPR_YES;

	if (x->first >= EXPR_YES)
		return yes;
	memset(reached, false, x->n_tests);
	reached[x->first] = true;
	for (uint16_t at = x->first; at < x->n_tests && !yes; at++) {
		const struct test *t = &x->tests[at];
		if (!reached[at])
			continue;
		bool known = is_known(t, ev, same_fields), holds = known && test_holds(t, ev, NULL);
		uint16_t next[2] = {holds || !known ? t->yes : EXPR_NO, !holds ? t->no : EXPR_NO};
		for (int i = 0; i < 2; i++) {
			yes |= next[i] == EXPR_YES;
			if (next[i] < EXPR_YES)
				reached[next[i]] = true;
		}
	}
	return yes;
}

/* What is asked most often, where it is known where values stand. */
static inline bool plain_holds(const struct test *t, const struct event *ev)
{
	uint16_t place = ev->places[t->op.field_no];

	if (place == 0 || t->kind == TEST_PRESENT)
		return place > 0;
	uint64_t key = ev->values[place - 1].u;
	return (key >= t->range.low && key <= t->range.high) != t->negate;
}

/* What several conditions ask is found out once a record. */
static inline bool ask(const struct test *t, const struct event *ev, struct expr_found *found)
{
	if (t->plain && ev->places && t->op.field->table == ev->table)
		return plain_holds(t, ev);
	if (!found || !found->memos || t->same == 0)
		return test_holds(t, ev, found);
	struct expr_memo *m = &found->memos[t->same];
	if (m->record_no != found->record_no)
		*m = (struct expr_memo){found->record_no, test_holds(t, ev, found)};
	return m->holds;
}

bool expr_holds_found(const struct expr *x, const struct event *ev, struct expr_found *found)
{
	uint16_t at = x->first;

	while (at < EXPR_YES) {
		const struct test *t = &x->tests[at];
		at = ask(t, ev, found) ? t->yes : t->no;
	}
	return at == EXPR_YES;
}
