/*
 * What a rule watches: its own `when`, or several branches under `any`, each a condition with or without counting.
 *
 *     on, when, unless, requires     of the rule: hold for every branch of its kind of record
 *     any: [{on, when, unless, requires, level, count ...}, ...]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "engine/rule_read.h"
#include "event/gate.h"

/* A condition in a rule that wants more of the record or of the plant. */
static const struct {
	const char *word, *condition;
} requirements[] = {
    {"both_sides", "one_sided == false"},
    {"register", "src.registered or dest.registered or src.registered == false or dest.registered == false"},
    {"zones", "src.zone or dest.zone"},
};
enum { REQUIREMENTS = sizeof(requirements) / sizeof(requirements[0]) };

const struct field_table *rule_table_of(const struct rules *r, const char *on)
{
	for (const struct field_table *const *t = r->fields->tables; *t; t++) {
		if (strcmp((*t)->object, on) == 0)
			return *t;
	}
	return NULL;
}

int rule_read_kind(const struct reading *x, const struct yaml_node *n, const char **out)
{
	enum { SHOWN = 32 };
	const char *objects[SHOWN + 1], *text;
	size_t known = 0;
	int err = yaml_string(&x->file->doc, n, &text, x->c);

	if (err)
		return err;
	if (rule_table_of(x->rules, text)) {
		*out = rule_copy(x->rules, text);
		return *out ? 0 : -ENOMEM;
	}
	for (const struct field_table *const *t = x->rules->fields->tables; *t && known < SHOWN; t++)
		objects[known++] = (*t)->object;
	objects[known] = NULL;
	const char *near = rule_file_nearest(objects, text);
	if (near)
		return yaml_complain(&x->file->doc, n, x->c, "there are no \"%s\" records. Did you mean \"%s\"?", text,
				     near);
	return yaml_complain(&x->file->doc, n, x->c,
			     "there are no \"%s\" records. `sekisho decode --fields` lists what there is", text);
}

/* ---- the kinds of record */

/* The node that says what a branch's findings are records of: its last step's, its own, the rule's. */
static const struct yaml_node *kind_node(const struct yaml_node *rule, const struct yaml_node *branch)
{
	const struct yaml_node *steps = yaml_get(yaml_get(branch, "sequence"), "steps"), *last = NULL;

	if (steps && steps->kind == YAML_LIST) {
		for (const struct yaml_node *n = steps->child; n; n = n->next)
			last = n;
	}
	const struct yaml_node *on = last && last->kind == YAML_MAP ? yaml_get(last, "on") : NULL;
	if (!on)
		on = yaml_get(branch, "on");
	return on ? on : yaml_get(rule, "on");
}

static int add_kind(const struct reading *x, const struct yaml_node *branch)
{
	const struct yaml_node *n = kind_node(x->node, branch);
	const char *on;

	if (!n)
		return yaml_complain(&x->file->doc, branch, x->c,
				     "this rule has no \"%s\". Add one, such as \"%s: %s\"", "on", "on", "modbus");
	int err = rule_read_kind(x, n, &on);
	if (err)
		return err;
	if (!x->rule->on) {
		x->rule->on = x->rule->kinds = on;
		return 0;
	}
	size_t len = strlen(on);
	for (const char *k = x->rule->kinds; k; k = strchr(k, '|')) {
		k += *k == '|';
		if (strncmp(k, on, len) == 0 && (k[len] == '|' || !k[len]))
			return 0;
	}
	char *longer = arena_alloc(&x->rules->arena, strlen(x->rule->kinds) + len + 2);
	if (!longer)
		return -ENOMEM;
	sprintf(longer, "%s|%s", x->rule->kinds, on);
	x->rule->kinds = longer;
	return 0;
}

int rule_read_kinds(const struct reading *x)
{
	const struct yaml_node *any = yaml_get(x->node, "any");
	const struct yaml_node *on = yaml_get(x->node, "on");
	int err;

	if (!any)
		return add_kind(x, x->node);
	if (any->kind != YAML_LIST || !any->child || yaml_count(any) > RULES_BRANCHES_MAX)
		return yaml_complain(
		    &x->file->doc, any, x->c,
		    "expected a list of at most %d branches here: any: [{ when: ..., count: ... }, ...]",
		    RULES_BRANCHES_MAX);
	if (on && (err = rule_read_kind(x, on, &x->rule->on)))
		return err;
	x->rule->kinds = x->rule->on;
	err = 0;
	for (const struct yaml_node *n = any->child; n && !err; n = n->next) {
		if (n->kind != YAML_MAP)
			return yaml_complain(&x->file->doc, n, x->c,
					     "expected a branch here: { when: ..., count: ... }");
		err = add_kind(x, n);
	}
	return err;
}

/* ---- conditions */

/* Conditions by their text and kind of record, an open table. */
struct expr_shared {
	struct {
		uint64_t hash;
		struct expr *expr;
	} slots[RULES_SHARED_SLOTS];
};

static struct expr **shared_slot(struct rules *r, uint64_t hash)
{
	if (!r->shared)
		r->shared = calloc(1, sizeof(*r->shared));
	for (size_t i = 0; r->shared && i < RULES_SHARED_SLOTS; i++) {
		size_t at = (hash + i) % RULES_SHARED_SLOTS;
		if (r->shared->slots[at].expr && r->shared->slots[at].hash != hash)
			continue;
		r->shared->slots[at].hash = hash;
		return &r->shared->slots[at].expr;
	}
	return NULL;
}

static int compile(const struct reading *x, const struct yaml_node *n, const char *text, const char *object,
		   const struct expr **out)
{
	uint64_t hash = hash_u64(hash_bytes(text, strlen(text)), hash_bytes(object, strlen(object)));
	struct expr **slot = x->rules->n_conditions < RULES_SHARED_SLOTS / 2 ? shared_slot(x->rules, hash) : NULL;
	struct expr_error why;
	struct expr *compiled;

	if (slot && *slot) {
		*out = *slot;
		return 0;
	}
	int err = expr_compile(&compiled, text, object, x->rules->fields, &x->rules->memory, &why);

	if (err == -EINVAL)
		return rule_file_complain(x->file, n, why.at_off, x->c, why.text);
	if (err)
		return err;
	*out = compiled;
	if (slot) {
		compiled->no = ++x->rules->n_conditions;
		*slot = compiled;
	}
	return 0;
}

int rule_read_condition(const struct reading *x, const struct yaml_node *n, const char *object, const struct expr **out)
{
	const char *text;
	int err = yaml_string(&x->file->doc, n, &text, x->c);

	return err ? err : compile(x, n, text, object, out);
}

static bool speaks_of_finding(const struct expr *e)
{
	for (unsigned i = e->first; i < e->n_tests; i++) {
		if (operand_is_of_finding(&e->tests[i].op))
			return true;
	}
	return false;
}

static int add_part(const struct reading *x, const struct yaml_node *n, const struct expr **parts, unsigned *count,
		    const struct expr *e)
{
	if (*count == RULES_PARTS_MAX)
		return yaml_complain(&x->file->doc, n, x->c, "more than %d conditions that must hold together",
				     RULES_PARTS_MAX);
	if (speaks_of_finding(e))
		return yaml_complain(&x->file->doc, n, x->c,
				     "what was counted is known once the rule has spoken: use it in \"levels\" and in "
				     "texts");
	parts[(*count)++] = e;
	return 0;
}

/* One condition, or a list of them. */
static int read_parts(const struct reading *x, const struct yaml_node *n, const char *on, const struct expr **parts,
		      unsigned *count, struct condition *out)
{
	const struct yaml_node *one = n && n->kind == YAML_LIST ? n->child : n;
	int err = 0;

	for (; one && !err; one = n->kind == YAML_LIST ? one->next : NULL) {
		const struct expr *e = NULL;
		err = rule_read_condition(x, one, on, &e);
		if (!err)
			err = add_part(x, one, parts, count, e);
		if (!err)
			out->needs_all |= e->needs_all;
	}
	return err;
}

static int read_requires(const struct reading *x, const struct yaml_node *n, const char *on, struct condition *out)
{
	const char *words[REQUIREMENTS + 1] = {NULL};
	const struct yaml_node *one = n && n->kind == YAML_LIST ? n->child : n;

	for (size_t i = 0; i < REQUIREMENTS; i++)
		words[i] = requirements[i].word;
	for (; one; one = n->kind == YAML_LIST ? one->next : NULL) {
		size_t i = 0;
		while (i < REQUIREMENTS && (one->kind != YAML_SCALAR || strcmp(one->text, words[i]) != 0))
			i++;
		if (i == REQUIREMENTS) {
			const char *near = one->kind == YAML_SCALAR ? rule_file_nearest(words, one->text) : NULL;
			if (near)
				return yaml_complain(&x->file->doc, one, x->c,
						     "unknown requirement \"%s\". Did you mean \"%s\"?", one->text,
						     near);
			return yaml_complain(&x->file->doc, one, x->c, "expected both_sides, register or zones here");
		}
		const struct expr *e = NULL;
		int err = compile(x, one, requirements[i].condition, on, &e);
		if (!err)
			err = add_part(x, one, out->when, &out->n_when, e);
		if (err)
			return err;
		out->needs_all |= e->needs_all;
	}
	return 0;
}

/* Adds what @node (the rule, a branch, a step, a reset) asks of a record to @w. */
static int read_conditions(const struct reading *x, const struct yaml_node *node, const char *on, struct watch *w)
{
	struct condition *c = &w->condition;
	int err = read_parts(x, yaml_get(node, "when"), on, c->when, &c->n_when, c);

	if (!err)
		err = read_parts(x, yaml_get(node, "unless"), on, c->unless, &c->n_unless, c);
	return err ? err : read_requires(x, yaml_get(node, "requires"), on, c);
}

int rule_read_names(const struct reading *x, const struct yaml_node *list, const char *object, size_t most, bool lists,
		    const struct operand **out, size_t *n_out, const char **names)
{
	size_t n = list->kind == YAML_LIST ? yaml_count(list) : 1, len = 1;

	if (list->kind == YAML_MAP || n == 0 || n > most)
		return yaml_complain(&x->file->doc, list, x->c, "expected at most %zu names here, such as [src.asset]",
				     most);
	struct operand *ops = arena_alloc(&x->rules->arena, n * sizeof(*ops));
	if (!ops)
		return -ENOMEM;
	*out = ops;
	*n_out = n;
	for (const struct yaml_node *one = list->kind == YAML_LIST ? list->child : list; one;
	     one = list->kind == YAML_LIST ? one->next : NULL) {
		struct expr_error why;
		const char *text;
		int err = yaml_string(&x->file->doc, one, &text, x->c);
		if (err)
			return err;
		err = expr_operand(ops, span_str(text), 0, object, x->rules->fields, &why);
		if (!err && ((ops->list && !lists) || ops->type == VALUE_ITEM))
			err = expr_fail(&why, 0, "\"%s\" is a list, and single values are needed here", text);
		if (!err && operand_is_of_finding(ops))
			err = expr_fail(&why, 0, "\"%s\" is known once the rule has spoken: use it in texts", text);
		if (err)
			return rule_file_complain(x->file, one, why.at_off, x->c, why.text);
		ops++;
		len += strlen(text) + 1;
	}
	if (!names)
		return 0;
	char *joined = arena_alloc(&x->rules->arena, len);
	if (!joined)
		return -ENOMEM;
	*joined = '\0';
	*names = joined;
	for (const struct yaml_node *one = list->kind == YAML_LIST ? list->child : list; one;
	     one = list->kind == YAML_LIST ? one->next : NULL) {
		if (*joined)
			strcat(joined, "/");
		strcat(joined, one->text);
	}
	return 0;
}

/* ---- branches */

struct watch *rule_add_watch(const struct reading *x, struct branch *b, enum watch_kind kind, const char *on)
{
	struct watch *w = arena_alloc(&x->rules->arena, sizeof(*w));

	if (!w)
		return NULL;
	*w = (struct watch){.kind = kind, .branch = b, .condition.table = rule_table_of(x->rules, on)};
	w->by = (struct tally_by){b->group_by, b->n_group_by};
	return rules_append(&x->rule->watches, &x->rule->n_watches, &x->rule->cap_watches, w) ? NULL : w;
}

/* What the rule as a whole asks, of records of its own kind. */
static int read_common(const struct reading *x, const struct yaml_node *branch, const char *on, struct watch *w)
{
	const struct yaml_node *own = yaml_get(x->node, "on");

	if (branch == x->node || (own && strcmp(own->text, on) != 0))
		return 0;
	return read_conditions(x, x->node, on, w);
}

/* A record of one step; the rule's and the branch's conditions hold for steps of their kind too. */
static int read_step(const struct reading *x, const struct yaml_node *branch, const char *branch_on,
		     const struct yaml_node *step, struct branch *b, unsigned i)
{
	static const char *const keys[] = {"on", "when", "unless", "requires", "by", "at_least", NULL};
	const char *on = branch_on;
	int64_t at_least = 1;
	int err = yaml_only_keys(&x->file->doc, step, keys, x->c);

	if (!err && yaml_get(step, "on"))
		err = rule_read_kind(x, yaml_get(step, "on"), &on);
	if (!err && !yaml_get(step, "when"))
		err = yaml_complain(&x->file->doc, step, x->c, "this step has no \"when\"");
	if (!err && yaml_get(step, "at_least"))
		err = yaml_int(&x->file->doc, yaml_get(step, "at_least"), 1, 1000000, &at_least, x->c);
	if (err)
		return err;
	struct watch *w = rule_add_watch(x, b, WATCH_HIT, on);
	if (!w)
		return -ENOMEM;
	w->step = (uint8_t)i;
	w->every = true;
	b->tally->step_at_least[i] = (uint32_t)at_least;
	const struct yaml_node *by = yaml_get(step, "by");
	if (!by)
		by = yaml_get(yaml_get(branch, "sequence"), "by");
	if (by)
		err = rule_read_names(x, by, on, GROUPKEY_NAMES_MAX, false, &w->by.by, &w->by.n, NULL);
	if (!err)
		err = read_common(x, branch, on, w);
	if (!err && strcmp(on, branch_on) == 0)
		err = read_conditions(x, branch, on, w);
	return err ? err : read_conditions(x, step, on, w);
}

/* Later steps first: one record that is both a second and a first step is not its own predecessor. */
static int read_steps(const struct reading *x, const struct yaml_node *branch, const char *on,
		      const struct yaml_node *step, struct branch *b, unsigned i)
{
	if (!step)
		return 0;
	int err = read_steps(x, branch, on, step->next, b, i + 1);
	return err ? err : read_step(x, branch, on, step, b, i);
}

/* reset: a condition, or { on, when, by } */
static int read_reset(const struct reading *x, const struct yaml_node *branch, const char *on, struct branch *b,
		      const struct tally_by *by)
{
	static const char *const keys[] = {"on", "when", "unless", "by", NULL};
	const struct yaml_node *n = yaml_get(branch, "reset");
	int err = 0;

	if (!n)
		return 0;
	if (!b->tally)
		return yaml_complain(&x->file->doc, n, x->c,
				     "\"reset\" starts counting anew, and this rule counts nothing");
	if (n->kind == YAML_MAP)
		err = yaml_only_keys(&x->file->doc, n, keys, x->c);
	if (!err && n->kind == YAML_MAP && !yaml_get(n, "when"))
		err = yaml_complain(&x->file->doc, n, x->c, "this \"reset\" has no \"when\"");
	if (!err && n->kind == YAML_MAP && yaml_get(n, "on"))
		err = rule_read_kind(x, yaml_get(n, "on"), &on);
	if (err)
		return err;
	struct watch *w = rule_add_watch(x, b, WATCH_RESET, on);
	if (!w)
		return -ENOMEM;
	w->by = *by;
	w->every = true;
	if (n->kind != YAML_MAP)
		return read_parts(x, n, on, w->condition.when, &w->condition.n_when, &w->condition);
	if (yaml_get(n, "by"))
		err = rule_read_names(x, yaml_get(n, "by"), on, GROUPKEY_NAMES_MAX, false, &w->by.by, &w->by.n, NULL);
	return err ? err : read_conditions(x, n, on, w);
}

static bool reads_all(const struct operand *ops, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!ops[i].key)
			return true;
	}
	return false;
}

/* Must each single record be seen? Of distinct values the gate's facts are enough: a value that returns after the
 * gate's span is told at once, and one that is held back, while it stands in its window. */
static bool needs_every(const struct reading *x, const struct watch *w)
{
	const struct tally *t = w->branch->tally;
	const struct branch *b = w->branch;
	bool reads = w->condition.needs_all || x->rule->words_need_all || reads_all(b->group_by, b->n_group_by);

	if (!t)
		return reads;
	if (t->kind != COUNTED_DISTINCT && t->kind != COUNTED_RANGES)
		return true;
	return reads || reads_all(w->by.by, w->by.n) || reads_all(t->of, t->n_of) ||
	       threshold_least(&t->within) < (uint64_t)GATE_BRIEF_LATEST_NS;
}

static int read_hit(const struct reading *x, const struct yaml_node *branch, const char *on, struct branch *b)
{
	struct tally_by by = {b->group_by, b->n_group_by};
	int err = rule_read_count(x, branch, on, b, &by);

	if (!err)
		err = read_reset(x, branch, on, b, &by);
	if (err)
		return err;
	const struct yaml_node *steps = yaml_get(yaml_get(branch, "sequence"), "steps");
	if (steps)
		return read_steps(x, branch, on, steps->child, b, 0);
	struct watch *w = rule_add_watch(x, b, WATCH_HIT, on);
	if (!w)
		return -ENOMEM;
	w->by = by;
	err = read_common(x, branch, on, w);
	if (!err)
		err = read_conditions(x, branch, on, w);
	if (!err && w->condition.n_when == 0)
		err = branch == x->node
			  ? yaml_complain(&x->file->doc, branch, x->c,
					  "this rule has no \"%s\". Add one, such as \"%s: %s\"", "when", "when",
					  "src.zone != dest.zone")
			  : yaml_complain(
				&x->file->doc, branch, x->c,
				"this branch has no \"when\". Add one, such as \"when: src.zone != dest.zone\"");
	w->every = needs_every(x, w);
	return err;
}

static int read_branch(const struct reading *x, const struct yaml_node *node)
{
	const struct yaml_node *n = yaml_get(node, "on") ? yaml_get(node, "on") : yaml_get(x->node, "on");
	struct branch *b = arena_alloc(&x->rules->arena, sizeof(*b));
	const char *on = NULL;

	if (!b)
		return -ENOMEM;
	*b = (struct branch){.rule = x->rule,
			     .level = x->rule->info.level,
			     .group_by = x->rule->group_by,
			     .n_group_by = x->rule->n_group_by};
	if (!n)
		n = kind_node(x->node, node);
	int err = rule_read_kind(x, n, &on);
	if (!err && node != x->node && yaml_get(node, "level"))
		err = rule_read_level(x, yaml_get(node, "level"), &b->level);
	if (!err && node != x->node && yaml_get(node, "group_by"))
		err = rule_read_names(x, yaml_get(node, "group_by"), on, GROUPKEY_NAMES_MAX, false, &b->group_by,
				      &b->n_group_by, NULL);
	return err ? err : read_hit(x, node, on, b);
}

int rule_read_branches(const struct reading *x)
{
	static const char *const keys[] = {"on",       "when",  "unless",   "requires", "level",
					   "count",    "sum",   "distinct", "ranges",   "rate",
					   "sequence", "reset", "group_by", "note",     NULL};
	const struct yaml_node *any = yaml_get(x->node, "any"), *when = yaml_get(x->node, "when");
	const char *key;
	int err = rule_count_key(x, x->node, &key);

	if (!err && any && (key || yaml_get(x->node, "reset")))
		err = yaml_complain(&x->file->doc, yaml_get(x->node, key ? key : "reset")->key, x->c,
				    "with \"any\", each branch counts for itself: move \"%s\" into a branch",
				    key ? key : "reset");
	for (const struct yaml_node *n = any ? any->child : NULL; n && !err; n = n->next) {
		err = yaml_only_keys(&x->file->doc, n, keys, x->c);
		if (!err)
			err = rule_count_key(x, n, &key);
		x->rule->n_counting += !err && key;
	}
	if (!any)
		x->rule->n_counting = key != NULL;
	if (!err && !any)
		err = read_branch(x, x->node);
	for (const struct yaml_node *n = any ? any->child : NULL; n && !err; n = n->next)
		err = read_branch(x, n);
	if (err)
		return err;
	for (const struct yaml_node *n = any ? any->child : NULL; n && !when; n = n->next)
		when = yaml_get(n, "when");
	x->rule->when_text = when && when->kind == YAML_SCALAR ? rule_copy(x->rules, when->text) : "";
	return x->rule->when_text ? 0 : -ENOMEM;
}
