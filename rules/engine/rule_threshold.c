/*
 * The numbers of a rule that a plant may set:
 *
 *     thresholds: { exceptions: 3, window: 60s }          in the rule, and used by their names
 */
#include <errno.h>
#include <stdlib.h>

#include "base/phrase.h"
#include "engine/rule_read.h"

static const struct threshold *find(const struct rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->n_thresholds; i++) {
		if (strcmp(rule->thresholds[i].name, name) == 0)
			return &rule->thresholds[i];
	}
	return NULL;
}

/* @return false where it is neither a number nor a time. */
static bool read_value(const char *text, struct threshold *t)
{
	int64_t ns;
	char *end;

	if (duration_parse(text, &ns)) {
		t->is_time = true;
		t->value = (uint64_t)ns;
		return true;
	}
	errno = 0;
	unsigned long long n = strtoull(text, &end, 0);
	t->value = n;
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

int rule_read_thresholds(const struct reading *x)
{
	const struct yaml_node *map = yaml_get(x->node, "thresholds");

	if (!map)
		return 0;
	if (map->kind != YAML_MAP || yaml_count(map) > RULES_THRESHOLDS_MAX)
		return yaml_complain(
		    &x->file->doc, map, x->c,
		    "expected at most %d names with their numbers here: { exceptions: 3, window: 60s }",
		    RULES_THRESHOLDS_MAX);
	struct threshold *all = arena_alloc(&x->rules->arena, (yaml_count(map) + 1) * sizeof(*all));
	if (!all)
		return -ENOMEM;
	x->rule->thresholds = all;
	for (const struct yaml_node *n = map->child; n; n = n->next) {
		struct threshold *t = &all[x->rule->n_thresholds];
		*t = (struct threshold){.name = rule_copy(x->rules, n->key->text)};
		if (!t->name)
			return -ENOMEM;
		if (n->kind != YAML_SCALAR || !read_value(n->text, t))
			return yaml_complain(&x->file->doc, n, x->c,
					     "expected a number such as 5, or a time such as 60s, here");
		x->rule->n_thresholds++;
	}
	return 0;
}

int rule_read_threshold(const struct reading *x, const struct yaml_node *n, const char *key, bool is_time,
			uint64_t most, struct threshold *out)
{
	const char *names[RULES_THRESHOLDS_MAX + 1] = {NULL};
	const char *example =
	    is_time ? PHRASE_LATER("a time such as 60s, 10m or 500ms") : PHRASE_LATER("a whole number such as 5");
	const struct threshold *own = n->kind == YAML_SCALAR ? find(x->rule, n->text) : NULL;

	*out = own ? *own : (struct threshold){.name = x->rule->n_counting == 1 ? key : NULL};
	if (!own && (n->kind != YAML_SCALAR || !read_value(n->text, out))) {
		for (size_t i = 0; i < x->rule->n_thresholds; i++)
			names[i] = x->rule->thresholds[i].name;
		const char *near = n->kind == YAML_SCALAR ? rule_file_nearest(names, n->text) : NULL;
		if (near)
			return yaml_complain(&x->file->doc, n, x->c,
					     "this rule has no threshold \"%s\". Did you mean \"%s\"?", n->text, near);
		return yaml_complain(&x->file->doc, n, x->c,
				     "expected %s, or the name of one of this rule's thresholds, here", example);
	}
	if (out->is_time != is_time)
		return yaml_complain(&x->file->doc, n, x->c, "expected %s here", phrase(example));
	if (out->value == 0 || threshold_most(out) > most)
		return yaml_complain(&x->file->doc, n, x->c, "expected a number from 1 to %llu here",
				     (unsigned long long)most);
	return 0;
}
