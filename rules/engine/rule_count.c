/*
 * Counting, as a rule writes it:
 *
 *     count:    { at_least: 3, within: 60s, by: [src.asset] }
 *     sum:      { of: flow.pkts_toserver, at_least: 1000, within: 60s, by: [...] }
 *     distinct: { of: modbus.unit_id, at_least: 10, within: 60s, by: [...] }      of: a name, a list's items, [a, b]
 * together ranges:   { first: modbus.request.address, number: modbus.request.quantity, at_least: 20, within: 60s, by:
 * [...] } rate:     { at_least: 500, per: 1s, lasting: 10s, by: [...] }               also with of: sequence: { within:
 * 10m, by: [...], steps: [{ when: ... }, { on: ..., when: ..., at_least: 3 }] }
 */
#include <errno.h>

#include "base/hash.h"
#include "base/when.h"
#include "engine/rule_read.h"

enum { COUNT_MOST = 1000000000 };

const char *const rule_count_keys[] = {"count", "sum", "distinct", "ranges", "rate", "sequence", NULL};

static const char *const parts[][8] = {
    [COUNTED_COUNT] = {"at_least", "within", "by"},
    [COUNTED_SUM] = {"of", "at_least", "within", "by"},
    [COUNTED_DISTINCT] = {"of", "at_least", "within", "by"},
    [COUNTED_RANGES] = {"first", "number", "at_least", "within", "by"},
    [COUNTED_RATE] = {"of", "at_least", "per", "lasting", "by"},
    [COUNTED_SEQUENCE] = {"within", "by", "steps"},
};

int rule_count_key(const struct reading *x, const struct yaml_node *node, const char **key)
{
	*key = NULL;
	for (const char *const *k = rule_count_keys; *k; k++) {
		const struct yaml_node *n = yaml_get(node, *k);
		if (n && *key)
			return yaml_complain(&x->file->doc, n->key, x->c,
					     "\"%s\" and \"%s\" in one: a rule counts one thing. Write two branches "
					     "under \"any\", of which either is enough",
					     *key, *k);
		if (n)
			*key = *k;
	}
	return 0;
}

static enum counted_kind kind_of(const char *key)
{
	enum counted_kind kind = COUNTED_COUNT;

	while (strcmp(counted_kind_name(kind), key) != 0)
		kind++;
	return kind;
}

static int need(const struct reading *x, const struct yaml_node *n, const char *key, const struct yaml_node **out)
{
	*out = yaml_get(n, key);
	if (*out)
		return 0;
	return yaml_complain(&x->file->doc, n, x->c, "this \"%s\" has no \"%s\"", n->key->text, key);
}

static int read_of(const struct reading *x, const struct yaml_node *n, const char *on, struct tally *t)
{
	const struct yaml_node *of = yaml_get(n, "of");
	int err;

	if (!of && (t->kind == COUNTED_COUNT || t->kind == COUNTED_RATE || t->kind == COUNTED_SEQUENCE))
		return 0;
	if (t->kind == COUNTED_RANGES) {
		const struct yaml_node *first, *number;
		const struct operand *a, *b;
		size_t one;
		err = need(x, n, "first", &first);
		if (!err)
			err = need(x, n, "number", &number);
		if (!err)
			err = rule_read_names(x, first, on, 1, false, &a, &one, &t->of_name);
		if (!err)
			err = rule_read_names(x, number, on, 1, false, &b, &one, NULL);
		if (!err && (a->type != VALUE_NUMBER || b->type != VALUE_NUMBER))
			err = yaml_complain(&x->file->doc, n, x->c, "a range is made of two numbers");
		struct operand *both = err ? NULL : arena_alloc(&x->rules->arena, 2 * sizeof(*both));
		if (!err && !both)
			err = -ENOMEM;
		if (err)
			return err;
		both[0] = *a;
		both[1] = *b;
		t->of = both;
		t->n_of = 2;
		return 0;
	}
	err = need(x, n, "of", &of);
	if (!err)
		err = rule_read_names(x, of, on, t->kind == COUNTED_DISTINCT ? TALLY_NAMES_MAX : 1, true, &t->of,
				      &t->n_of, &t->of_name);
	if (!err && t->kind != COUNTED_DISTINCT && t->of[0].type != VALUE_NUMBER)
		return yaml_complain(&x->file->doc, of, x->c, "\"%s\" is %s, and only numbers can be added up",
				     t->of_name, value_type_name(t->of[0].type));
	return err;
}

static int read_steps_shape(const struct reading *x, const struct yaml_node *n, struct tally *t)
{
	const struct yaml_node *steps;
	int err = need(x, n, "steps", &steps);

	if (err)
		return err;
	t->n_steps = yaml_count(steps);
	if (steps->kind != YAML_LIST || t->n_steps < 2 || t->n_steps > TALLY_STEPS_MAX)
		return yaml_complain(&x->file->doc, steps, x->c,
				     "expected two to %d steps here: [{ when: ... }, { when: ... }]", TALLY_STEPS_MAX);
	t->at_least = (struct threshold){.value = t->n_steps};
	return 0;
}

static int read_numbers(const struct reading *x, const struct yaml_node *n, struct tally *t)
{
	const struct yaml_node *at_least, *within, *lasting;
	uint64_t most = t->kind == COUNTED_DISTINCT || t->kind == COUNTED_RANGES ? TALLY_DISTINCT_MAX : COUNT_MOST;
	const char *window = t->kind == COUNTED_RATE ? "per" : "within";
	struct threshold time = {.value = 0};
	int err = need(x, n, window, &within);

	if (!err)
		err = rule_read_threshold(x, within, window, true, UINT64_MAX, &t->within);
	if (!err && t->kind == COUNTED_SEQUENCE)
		return read_steps_shape(x, n, t);
	if (!err)
		err = need(x, n, "at_least", &at_least);
	if (!err)
		err = rule_read_threshold(x, at_least, "at_least", false, most, &t->at_least);
	lasting = yaml_get(n, "lasting");
	if (!err && lasting)
		err = rule_read_threshold(x, lasting, "lasting", true, UINT64_MAX, &time);
	t->lasting_ns = (int64_t)time.value;
	return err;
}

/* The definition as a number, so that a reload can tell whether it is the same. */
static uint64_t hash_node(uint64_t h, const struct yaml_node *n)
{
	for (; n; n = n->next) {
		if (n->key)
			h = hash_u64(h, hash_bytes(n->key->text, strlen(n->key->text)));
		h = hash_u64(h, n->text ? hash_bytes(n->text, strlen(n->text)) : (uint64_t)n->kind);
		if (n->child)
			h = hash_node(h, n->child);
	}
	return h;
}

static uint64_t hash_threshold(uint64_t h, const struct threshold *t)
{
	h = hash_u64(h, t->value);
	for (size_t i = 0; i < t->n_zones; i++)
		h = hash_u64(hash_u64(h, t->zones[i].value), hash_bytes(t->zones[i].zone, strlen(t->zones[i].zone)));
	return h;
}

static uint64_t identity_of(const struct reading *x, const struct yaml_node *branch, const struct tally *t)
{
	static const char *const of_rule[] = {"on", "when", "unless", "requires", "group_by", NULL};
	const char *id = x->rule->info.id;
	uint64_t h = hash_bytes(id, strlen(id));

	for (const char *const *k = of_rule; *k; k++) {
		const struct yaml_node *n = yaml_get(x->node, *k);
		h = hash_u64(h, n && n->text ? hash_bytes(n->text, strlen(n->text)) : 0);
		h = n && n->child ? hash_node(h, n->child) : h;
	}
	if (branch != x->node || t->kind == COUNTED_SEQUENCE)
		h = hash_node(h, branch->child);
	else
		h = hash_node(h, yaml_get(branch, counted_kind_name(t->kind))->child);
	return hash_threshold(hash_threshold(hash_u64(h, t->kind), &t->at_least), &t->within);
}

int rule_read_count(const struct reading *x, const struct yaml_node *node, const char *on, struct branch *b,
		    struct tally_by *by)
{
	const char *key;
	int err = rule_count_key(x, node, &key);

	if (err || !key)
		return err;
	const struct yaml_node *n = yaml_get(node, key);
	struct tally *t = arena_alloc(&x->rules->arena, sizeof(*t));
	if (!t)
		return -ENOMEM;
	*t = (struct tally){.kind = kind_of(key)};
	err = yaml_only_keys(&x->file->doc, n, parts[t->kind], x->c);
	if (!err)
		err = read_of(x, n, on, t);
	if (!err && yaml_get(n, "by") && t->kind != COUNTED_SEQUENCE)
		err = rule_read_names(x, yaml_get(n, "by"), on, GROUPKEY_NAMES_MAX, false, &by->by, &by->n, NULL);
	if (!err)
		err = read_numbers(x, n, t);
	if (err)
		return err;
	t->identity = identity_of(x, node, t);
	if (tally_init(t, &x->rules->values) < 0)
		return -ENOMEM;
	b->tally = t;
	err = rules_append(&x->rules->tallies, &x->rules->n_tallies, &x->rules->cap_tallies, t);
	if (err)
		tally_deinit(t);
	return err;
}
