/*
 * Lists: values with a name, beside the rules and in the configuration.
 *
 *     - list: default_users
 *       ignore_case: yes
 *       values: [admin, root, guest]
 */
#include <errno.h>

#include "engine/rule_read.h"

static struct expr_list *find(const struct rules *r, const char *name)
{
	for (const struct expr_list *l = r->memory.lists; l; l = l->next) {
		if (strcmp(l->name, name) == 0)
			return (struct expr_list *)(uintptr_t)l;
	}
	return NULL;
}

static int add_values(struct rules *r, struct expr_list *l, const struct yamldoc *doc, const struct yaml_node *values,
		      struct complaint *c)
{
	if (values->kind != YAML_LIST)
		return yaml_complain(doc, values, c, "expected a list of values here, such as [admin, root]");
	size_t n = l->n + yaml_count(values);
	if (n > EXPR_SET_MAX)
		return yaml_complain(doc, values, c, "more than %d values in one list", EXPR_SET_MAX);
	const char **all = arena_alloc(&r->arena, (n + 1) * sizeof(*all));
	if (!all)
		return -ENOMEM;
	if (l->n > 0)
		memcpy(all, l->values, l->n * sizeof(*all));
	l->values = all;
	for (const struct yaml_node *v = values->child; v; v = v->next) {
		const char *text;
		int err = yaml_string(doc, v, &text, c);
		if (err)
			return err;
		all[l->n] = rule_copy(r, text);
		if (!all[l->n++])
			return -ENOMEM;
	}
	return 0;
}

static int add_list(struct rules *r, const char *name, struct expr_list **out)
{
	struct expr_list *l = arena_alloc(&r->arena, sizeof(*l));
	char *copy = rule_copy(r, name);

	if (!l || !copy)
		return -ENOMEM;
	*l = (struct expr_list){.name = copy, .next = (struct expr_list *)(uintptr_t)r->memory.lists};
	r->memory.lists = l;
	*out = l;
	return 0;
}

static int check_name(const struct yamldoc *doc, const struct yaml_node *n, const char *name, struct complaint *c)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	if (name[len] || len == 0 || (name[0] >= '0' && name[0] <= '9'))
		return yaml_complain(doc, n, c,
				     "the name of a list has letters, digits and underscores, such as default_users");
	return 0;
}

static int read_list(struct rules *r, const struct rule_file *s, const struct yaml_node *node, struct complaint *c)
{
	static const char *const keys[] = {"list", "values", "ignore_case", "note", NULL};
	const struct yaml_node *name = yaml_get(node, "list"), *values = yaml_get(node, "values"),
			       *fold = yaml_get(node, "ignore_case");
	struct expr_list *l;
	const char *text;
	int err = yaml_only_keys(&s->doc, node, keys, c);

	if (!err)
		err = yaml_string(&s->doc, name, &text, c);
	if (!err)
		err = check_name(&s->doc, name, text, c);
	if (!err && find(r, text))
		err = yaml_complain(&s->doc, name, c, "list %s exists already. Give this one another name", text);
	if (!err && !values)
		err = yaml_complain(&s->doc, node, c, "this list has no \"values\"");
	if (!err)
		err = add_list(r, text, &l);
	if (!err && fold)
		err = yaml_bool(&s->doc, fold, &l->ignore_case, c);
	return err ? err : add_values(r, l, &s->doc, values, c);
}

int rule_read_lists(struct rules *r, const struct rule_file *s, struct complaint *c)
{
	int err = 0;

	for (size_t i = 0; i < s->doc.n_roots && !err; i++) {
		const struct yaml_node *root = s->doc.roots[i];
		const struct yaml_node *n = root->kind == YAML_LIST ? root->child : root;
		for (; n && !err; n = root->kind == YAML_LIST ? n->next : NULL) {
			if (n->kind == YAML_MAP && yaml_get(n, "list"))
				err = read_list(r, s, n, c);
		}
	}
	return err;
}

static int add_lists(struct rules *r, const struct yamldoc *doc, const struct yaml_node *lists, struct complaint *c)
{
	int err = 0;

	if (!lists)
		return 0;
	if (lists->kind != YAML_MAP)
		return yaml_complain(doc, lists, c, "expected lists by their names here: { default_users: [admin] }");
	for (const struct yaml_node *n = lists->child; n && !err; n = n->next) {
		struct expr_list *l = find(r, n->key->text);
		err = check_name(doc, n->key, n->key->text, c);
		if (!err && !l)
			err = add_list(r, n->key->text, &l);
		if (!err)
			err = add_values(r, l, doc, n, c);
	}
	return err;
}

int rule_read_config_lists(struct rules *r, struct complaint *c)
{
	int err = add_lists(r, r->options->config, r->options->lists, c);

	return err ? err : add_lists(r, r->options->trial, r->options->trial_lists, c);
}
