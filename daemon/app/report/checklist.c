#include "app/report/checklist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/datadir.h"
#include "app/words.h"

#define SHIPPED "checklists/meti-factory-appE-draft.yaml"

const char *two_texts_say(const struct two_texts *t)
{
	return words_japanese() ? t->ja : t->en;
}

/* A text that has to be there. */
static int take(struct checklist *k, const struct yaml_node *map, const char *key, const char **out,
		struct complaint *c)
{
	const struct yaml_node *n = yaml_get(map, key);

	if (!n)
		return yaml_complain(&k->doc, map, c, "\"%s\" is missing", key);
	int err = yaml_string(&k->doc, n, out, c);
	if (!err && !(*out)[0])
		err = yaml_complain(&k->doc, n, c, "\"%s\" is empty", key);
	return err;
}

static int take_both(struct checklist *k, const struct yaml_node *map, const char *ja, const char *en,
		     struct two_texts *out, struct complaint *c)
{
	int err = take(k, map, ja, &out->ja, c);

	return err ? err : take(k, map, en, &out->en, c);
}

static int take_category(struct checklist *k, const struct yaml_node *n, struct complaint *c)
{
	static const char *const known[] = {"id", "ja", "en", NULL};
	struct check_category *to = &k->categories[k->n_categories];

	if (k->n_categories == CATEGORIES_MAX)
		return yaml_complain(&k->doc, n, c, "is one too many: at most %d", CATEGORIES_MAX);
	int err = yaml_only_keys(&k->doc, n, known, c);
	if (!err)
		err = take(k, n, "id", &to->id, c);
	if (!err)
		err = take_both(k, n, "ja", "en", &to->name, c);
	k->n_categories++;
	return err;
}

static int take_rule(struct checklist *k, const struct yaml_node *n, struct complaint *c)
{
	static const char *const known[] = {"id", "ja", "en", NULL};
	struct check_rule *to = &k->rules[k->n_rules];

	if (k->n_rules == RULES_MAX)
		return yaml_complain(&k->doc, n, c, "is one too many: at most %d", RULES_MAX);
	int err = yaml_only_keys(&k->doc, n, known, c);
	if (!err)
		err = take(k, n, "id", &to->id, c);
	if (!err)
		err = take_both(k, n, "ja", "en", &to->label, c);
	k->n_rules++;
	return err;
}

static int find_category(struct checklist *k, const struct yaml_node *n, struct check_item *to, struct complaint *c)
{
	const char *id;
	int err = take(k, n, "category", &id, c);

	for (unsigned i = 0; !err && i < k->n_categories; i++) {
		if (strcmp(k->categories[i].id, id) == 0) {
			to->category = i;
			return 0;
		}
	}
	return err ? err : yaml_complain(&k->doc, n, c, "\"%s\" is none of the categories", id);
}

static int find_strength(struct checklist *k, const struct yaml_node *n, struct check_item *to, struct complaint *c)
{
	static const char *const words[] = {"none", "weak", "partial", "strong"};
	const char *word;
	int err = take(k, n, "strength", &word, c);

	for (unsigned i = 0; !err && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], word) == 0) {
			to->strength = (enum strength)i;
			return 0;
		}
	}
	return err ? err : yaml_complain(&k->doc, n, c, "strength is none, weak, partial or strong");
}

static int find_rule(struct checklist *k, const struct yaml_node *n, struct check_item *to, struct complaint *c)
{
	const char *id;
	int err = yaml_string(&k->doc, n, &id, c);

	if (err)
		return err;
	if (to->n_rules == ITEM_RULES_MAX)
		return yaml_complain(&k->doc, n, c, "is one too many: at most %d", ITEM_RULES_MAX);
	for (unsigned i = 0; i < k->n_rules; i++) {
		if (strcmp(k->rules[i].id, id) == 0) {
			to->rules[to->n_rules++] = i;
			return 0;
		}
	}
	return yaml_complain(&k->doc, n, c, "\"%s\" has no label under rules", id);
}

static int find_rules(struct checklist *k, const struct yaml_node *n, struct check_item *to, struct complaint *c)
{
	const struct yaml_node *list = yaml_get(n, "rules");
	int err = 0;

	for (const struct yaml_node *r = list ? list->child : NULL; r && !err; r = r->next)
		err = find_rule(k, r, to, c);
	return err;
}

static int take_item(struct checklist *k, const struct yaml_node *n, struct complaint *c)
{
	static const char *const known[] = {"number", "category",  "text_ja",   "text_en", "strength", "evidence",
					    "rules",  "cannot_ja", "cannot_en", "ask_ja",  "ask_en",   NULL};
	struct check_item *to = &k->items[k->n_items];

	if (k->n_items == ITEMS_MAX)
		return yaml_complain(&k->doc, n, c, "is one too many: at most %d", ITEMS_MAX);
	to->cannot = (struct two_texts){"", ""};
	int err = yaml_only_keys(&k->doc, n, known, c);
	if (!err)
		err = take(k, n, "number", &to->no, c);
	if (!err)
		err = find_category(k, n, to, c);
	if (!err)
		err = take_both(k, n, "text_ja", "text_en", &to->text, c);
	if (!err)
		err = find_strength(k, n, to, c);
	if (!err)
		err = take(k, n, "evidence", &to->evidence, c);
	if (!err)
		err = find_rules(k, n, to, c);
	if (!err && to->strength != STRENGTH_NONE)
		err = take_both(k, n, "cannot_ja", "cannot_en", &to->cannot, c);
	if (!err)
		err = take_both(k, n, "ask_ja", "ask_en", &to->ask, c);
	k->n_items++;
	return err;
}

static int each(struct checklist *k, const struct yaml_node *root, const char *key,
		int (*one)(struct checklist *, const struct yaml_node *, struct complaint *), struct complaint *c)
{
	const struct yaml_node *list = yaml_get(root, key);
	int err = 0;

	if (!list || list->kind != YAML_LIST)
		return yaml_complain(&k->doc, list ? list : root, c, "\"%s\" has to be a list", key);
	for (const struct yaml_node *n = list->child; n && !err; n = n->next)
		err = one(k, n, c);
	return err;
}

static int read_all(struct checklist *k, struct complaint *c)
{
	static const char *const known[] = {"checklist_id", "version", "name", "categories", "rules", "items", NULL};
	const struct yaml_node *root = k->doc.roots[0], *name = yaml_get(root, "name");
	int err = yaml_only_keys(&k->doc, root, known, c);

	if (!err)
		err = take(k, root, "checklist_id", &k->id, c);
	if (!err)
		err = take(k, root, "version", &k->version, c);
	if (!err)
		err = take_both(k, name ? name : root, "ja", "en", &k->name, c);
	if (!err)
		err = each(k, root, "categories", take_category, c);
	if (!err)
		err = each(k, root, "rules", take_rule, c);
	if (!err)
		err = each(k, root, "items", take_item, c);
	return err;
}

int checklist_load(struct checklist *k, const char *path, struct complaint *c)
{
	*k = (struct checklist){.n_items = 0};
	k->path = path ? strdup(path) : datadir_find(SHIPPED);
	if (!k->path) {
		complain(c, SHIPPED, 0, 0,
			 "is missing: neither beside the program nor in its data directory. Install sekisho again");
		return -ENOENT;
	}
	int err = yamldoc_load(&k->doc, k->path, c);
	if (!err && k->doc.n_roots == 0) {
		complain(c, k->path, 0, 0, "is empty");
		err = -EINVAL;
	}
	if (!err)
		err = read_all(k, c);
	if (err)
		checklist_free(k);
	return err;
}

void checklist_free(struct checklist *k)
{
	yamldoc_free(&k->doc);
	free(k->path);
	*k = (struct checklist){.n_items = 0};
}
