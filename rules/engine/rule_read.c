#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/rule_read.h"
#include "engine/rule_words.h"
#include "event/rule_json.h"

static const char *const rule_keys[] = {
    "id",     "on",         "when",     "unless",     "requires", "any",    "count",      "sum",    "distinct",
    "ranges", "rate",       "sequence", "reset",      "level",    "levels", "group_by",   "floor",  "raise",
    "stage",  "rev",        "category", "thresholds", "tests",    "title",  "what",       "action", "dont",
    "limits", "attack_ics", "meti",     "jnsa",       "iec62443", "ipa",    "references", NULL};

char *rule_copy(struct rules *r, const char *text)
{
	size_t len = strlen(text);
	char *copy = arena_alloc(&r->arena, len + 1);

	if (copy)
		memcpy(copy, text, len + 1);
	return copy;
}

int rule_read_text(const struct reading *x, const char *key, const struct yaml_node **node, const char **out,
		   const char *example)
{
	*node = yaml_get(x->node, key);
	if (!*node)
		return yaml_complain(&x->file->doc, x->node, x->c,
				     "this rule has no \"%s\". Add one, such as \"%s: %s\"", key, key, example);
	int err = yaml_string(&x->file->doc, *node, out, x->c);
	if (err)
		return err;
	*out = rule_copy(x->rules, *out);
	return *out ? 0 : -ENOMEM;
}

static int read_id(const struct reading *x)
{
	const struct yaml_node *n;
	const char *id;
	int err = rule_read_text(x, "id", &n, &id, "SKS-PLANT-01");

	if (err)
		return err;
	for (const char *c = id; *c; c++) {
		if ((!isalnum((unsigned char)*c) && *c != '-' && *c != '_' && *c != '.') || c - id >= 64)
			return yaml_complain(&x->file->doc, n, x->c,
					     "an id has at most 64 letters, digits, hyphens, dots and underscores");
	}
	for (size_t i = 0; i < x->rules->n; i++) {
		const struct rule *other = x->rules->items[i];
		if (strcmp(other->info.id, id) == 0)
			return yaml_complain(&x->file->doc, n, x->c,
					     "rule %s exists already (%s:%u). Give this one another id", id,
					     other->file, other->line);
		if (other->info.signature_id == rule_signature_id(id))
			return yaml_complain(&x->file->doc, n, x->c,
					     "id %s makes the same signature_id as %s (%s:%u). Choose another id", id,
					     other->info.id, other->file, other->line);
	}
	x->rule->info.id = id;
	x->rule->info.signature_id = rule_signature_id(id);
	x->rule->line = n->line;
	return 0;
}

int rule_read_level(const struct reading *x, const struct yaml_node *n, enum alert_level *out)
{
	const char *names[LEVEL_COUNT + 1] = {NULL};

	for (int i = 0; i < LEVEL_COUNT; i++)
		names[i] = alert_level_name((enum alert_level)i);
	if (n->kind == YAML_SCALAR && alert_level_parse(n->text, out))
		return 0;
	const char *near = n->kind == YAML_SCALAR ? rule_file_nearest(names, n->text) : NULL;
	if (near)
		return yaml_complain(&x->file->doc, n, x->c, "unknown level \"%s\". Did you mean \"%s\"?", n->text,
				     near);
	return yaml_complain(&x->file->doc, n, x->c, "expected one of info, low, medium, high, critical here");
}

static int read_level_key(const struct reading *x)
{
	const struct yaml_node *n = yaml_get(x->node, "level");

	if (!n)
		return yaml_complain(&x->file->doc, x->node, x->c,
				     "this rule has no \"level\". Add one of info, low, medium, high, critical");
	return rule_read_level(x, n, &x->rule->info.level);
}

/* levels: [{ when: ..., level: ... }] */
static int read_cases(const struct reading *x)
{
	static const char *const keys[] = {"when", "level", NULL};
	const struct yaml_node *list = yaml_get(x->node, "levels");
	const struct yamldoc *doc = &x->file->doc;

	if (!list)
		return 0;
	if (list->kind != YAML_LIST || yaml_count(list) > RULES_LEVELS_MAX)
		return yaml_complain(doc, list, x->c,
				     "expected at most %d conditions here: [{ when: ..., level: ... }]",
				     RULES_LEVELS_MAX);
	struct level_case *cases = arena_alloc(&x->rules->arena, (yaml_count(list) + 1) * sizeof(*cases));
	if (!cases)
		return -ENOMEM;
	x->rule->cases = cases;
	for (const struct yaml_node *n = list->child; n; n = n->next) {
		struct level_case *one = &cases[x->rule->n_cases++];
		int err = yaml_only_keys(doc, n, keys, x->c);
		if (err)
			return err;
		const struct yaml_node *when = yaml_get(n, "when"), *level = yaml_get(n, "level");
		if (!when || !level)
			return yaml_complain(doc, n, x->c, "expected both \"when\" and \"level\" here");
		err = rule_read_condition(x, when, x->rule->kinds, &one->when);
		if (!err)
			x->rule->words_need_all |= one->when->needs_all;
		if (!err)
			err = rule_read_level(x, level, &one->level);
		if (err)
			return err;
	}
	return 0;
}

static int read_group_by(const struct reading *x)
{
	static const char *const usual[] = {"src.asset", "dest.asset"};
	const struct yaml_node *list = yaml_get(x->node, "group_by");

	if (list) {
		int err = rule_read_names(x, list, x->rule->kinds, GROUPKEY_NAMES_MAX, false, &x->rule->group_by,
					  &x->rule->n_group_by, NULL);
		for (size_t i = 0; !err && i < x->rule->n_group_by; i++)
			x->rule->words_need_all |= !x->rule->group_by[i].key;
		return err;
	}
	struct operand *by = arena_alloc(&x->rules->arena, 2 * sizeof(*by));
	if (!by)
		return -ENOMEM;
	x->rule->group_by = by;
	for (; x->rule->n_group_by < 2; x->rule->n_group_by++)
		(void)operand_find(x->rules->fields, usual[x->rule->n_group_by], &by[x->rule->n_group_by]);
	return 0;
}

static int read_tags(const struct reading *x, const char *key, struct tag_list *out)
{
	const struct yaml_node *list = yaml_get(x->node, key), *n;

	if (!list)
		return 0;
	if (list->kind == YAML_MAP || yaml_count(list) > RULES_TAGS_MAX)
		return yaml_complain(&x->file->doc, list, x->c, "expected a list of at most %d tags here",
				     RULES_TAGS_MAX);
	const char **tags = arena_alloc(&x->rules->arena, (yaml_count(list) + 1) * sizeof(*tags));
	if (!tags)
		return -ENOMEM;
	out->tags = tags;
	for (n = list->kind == YAML_LIST ? list->child : list; n; n = list->kind == YAML_LIST ? n->next : NULL) {
		const char *text;
		int err = yaml_string(&x->file->doc, n, &text, x->c);
		if (err)
			return err;
		tags[out->n] = rule_copy(x->rules, text);
		if (!tags[out->n++])
			return -ENOMEM;
	}
	return 0;
}

static int read_small_things(const struct reading *x)
{
	const struct yaml_node *n;
	int64_t rev = 1;
	int err = 0;

	n = yaml_get(x->node, "rev");
	if (n)
		err = yaml_int(&x->file->doc, n, 1, INT32_MAX, &rev, x->c);
	x->rule->info.rev = (uint32_t)rev;
	x->rule->info.category = x->rule->on;
	if (!err && yaml_get(x->node, "category"))
		err = rule_read_text(x, "category", &n, &x->rule->info.category, "policy");
	x->rule->info.ipa_phase = "";
	if (!err && yaml_get(x->node, "ipa"))
		err = rule_read_text(x, "ipa", &n, &x->rule->info.ipa_phase, "P4");
	return err;
}

/* stage: STAGE */
static int read_stage(const struct reading *x)
{
	const struct yaml_node *n;
	const char *name;

	x->rule->info.stage = STAGE_NONE;
	if (!yaml_get(x->node, "stage"))
		return 0;
	int err = rule_read_text(x, "stage", &n, &name, "access");
	if (!err && !attack_stage_parse(name, &x->rule->info.stage))
		err = yaml_complain(
		    &x->file->doc, n, x->c,
		    "expected none, arrival, discovery, access or control here: how far somebody has come "
		    "of whom this rule speaks");
	return err;
}

/* floor: LEVEL, raise: USAGE */
static int read_severity(const struct reading *x)
{
	static const char *const usages[] = {"control", "analytics", "storage", NULL};
	const struct yaml_node *n = yaml_get(x->node, "floor");
	struct rule_info *info = &x->rule->info;
	enum alert_level floor = LEVEL_INFO;
	int err = n ? rule_read_level(x, n, &floor) : 0;

	info->floor = n ? (int)floor : -1;
	info->raise = "";
	if (err || !yaml_get(x->node, "raise"))
		return err;
	err = rule_read_text(x, "raise", &n, &info->raise, "control");
	for (const char *const *u = usages; !err && *u; u++) {
		if (strcmp(*u, info->raise) == 0)
			return 0;
	}
	return err ? err
		   : yaml_complain(&x->file->doc, n, x->c,
				   "expected a usage here, control, analytics or storage: what the devices count as "
				   "once this rule has spoken");
}

static int read_all_tags(const struct reading *x)
{
	struct rule_info *info = &x->rule->info;
	const struct {
		const char *key;
		struct tag_list *out;
	} lists[] = {{"attack_ics", &info->attack_ics},
		     {"meti", &info->meti},
		     {"jnsa", &info->jnsa},
		     {"iec62443", &info->iec62443},
		     {"references", &info->references}};
	int err = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && !err; i++)
		err = read_tags(x, lists[i].key, lists[i].out);
	return err;
}

/* They are run by rule_test.c; here it is enough to know what there is. */
static int count_tests(const struct reading *x)
{
	const struct yaml_node *tests = yaml_get(x->node, "tests");

	for (const struct yaml_node *n = tests ? tests->child : NULL; n; n = n->next) {
		const struct yaml_node *expect = n->kind == YAML_MAP ? yaml_get(n, "expect") : NULL;
		if (!expect || !expect->text)
			continue;
		if (strcmp(expect->text, "none") == 0)
			x->rule->n_negative++;
		else
			x->rule->n_positive++;
	}
	return 0;
}

static int read_rule(const struct reading *x, struct rule_file *const texts[LANGUAGE_COUNT])
{
	static int (*const parts[])(const struct reading *x) = {
	    read_id,       rule_read_kinds,      read_level_key,     read_cases,
	    read_group_by, rule_read_thresholds, rule_read_branches, rule_configured,
	    read_severity, read_stage,           read_all_tags,      read_small_things,
	    count_tests};
	int err = yaml_only_keys(&x->file->doc, x->node, rule_keys, x->c);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !err; i++)
		err = parts[i](x);
	if (!err)
		err = rule_words_read(x->rules, x->rule, x->file, x->node, texts, x->c);
	return err ? err : rule_json_render(&x->rule->info, &x->rules->arena);
}

int rules_append(void *array, size_t *n, size_t *cap, void *item)
{
	void ***items = array;

	if (*n == *cap) {
		size_t more = *cap ? 2 * *cap : 16;
		void **bigger = realloc(*items, more * sizeof(void *));
		if (!bigger)
			return -ENOMEM;
		*items = bigger;
		*cap = more;
	}
	(*items)[(*n)++] = item;
	return 0;
}

static int read_one(struct rules *r, const struct rule_file *s, const struct yaml_node *node,
		    struct rule_file *const texts[LANGUAGE_COUNT], struct complaint *c)
{
	struct rule *rule = arena_alloc(&r->arena, sizeof(*rule));

	if (!rule)
		return -ENOMEM;
	*rule = (struct rule){.enabled = true, .file = rule_copy(r, s->doc.file)};
	if (!rule->file)
		return -ENOMEM;
	if (node->kind == YAML_MAP && yaml_get(node, "list"))
		return 0; /* rule_list.c has read it */
	if (node->kind != YAML_MAP)
		return yaml_complain(&s->doc, node, c, "expected a rule here: id, on, when, level, title");
	if (r->n == RULES_MAX)
		return yaml_complain(&s->doc, node, c, "more than %d rules", RULES_MAX);
	struct reading x = {r, rule, s, node, c};
	int err = read_rule(&x, texts);
	if (!err)
		err = rules_append(&r->items, &r->n, &r->cap, rule);
	if (err)
		free(rule->watches);
	return err;
}

int rule_read_all(struct rules *r, const struct rule_file *s, struct rule_file *const texts[LANGUAGE_COUNT],
		  struct complaint *c)
{
	int err = 0;

	for (size_t i = 0; i < s->doc.n_roots && !err; i++) {
		const struct yaml_node *root = s->doc.roots[i];
		if (root->kind != YAML_LIST) {
			err = read_one(r, s, root, texts, c);
			continue;
		}
		for (const struct yaml_node *n = root->child; n && !err; n = n->next)
			err = read_one(r, s, n, texts, c);
	}
	return err;
}

uint32_t rule_signature_id(const char *id)
{
	static const char *const families[] = {"MB", "UA", "SM", "HT", "PO", "LA", "LC", "SH", "DR"}; /* DR: drills */
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (uint32_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const char *n = id + 7;
		if (strncmp(id, "SKS-", 4) == 0 && strncmp(id + 4, families[i], 2) == 0 && id[6] == '-' &&
		    isdigit((unsigned char)n[0]) && isdigit((unsigned char)n[1]) && !n[2])
			return 9000000 + (i + 1) * 100 + (uint32_t)(n[0] - '0') * 10 + (uint32_t)(n[1] - '0');
	}
	/* FNV-1a; the seeded hash of base/hash.h would give another number in every run */
	for (; *id; id++)
		h = (h ^ (uint8_t)*id) * UINT64_C(0x100000001b3);
	return 1000000000 + (uint32_t)(h % 1000000000);
}
