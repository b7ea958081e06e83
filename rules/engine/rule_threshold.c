/*
 * The numbers of a rule that a plant may set:
 *
 *     thresholds: { exceptions: 3, window: 60s }          in the rule, and used by their names
 *
 * and what the configuration makes of them:
 *
 *     rules:
 *       thresholds:
 *         SKS-MB-14: { exceptions: 5, zones: { cell-1: { exceptions: 10 }, lab: off } }
 *
 * A number without a name, of a rule that counts one thing, is called by its key: at_least, within.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/digits.h"
#include "base/phrase.h"
#include "engine/rule_read.h"

static const char times[] = PHRASE_LATER("a time such as 60s, 10m or 500ms"),
		  numbers[] = PHRASE_LATER("a whole number such as 5");

static struct threshold *find(const struct rule *rule, const char *name)
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
	unsigned long long n = strtoull(text, &end, digits_base(text));
	t->value = n;
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

/* ---- what the configuration says */

static const struct yaml_node *configured(const struct reading *x)
{
	return x->rules->options->thresholds ? yaml_get(x->rules->options->thresholds, x->rule->info.id) : NULL;
}

static int configured_value(const struct reading *x, const struct yaml_node *n, const struct threshold *t,
			    uint64_t *out)
{
	struct threshold value = {.value = 0};

	if (n->kind != YAML_SCALAR || !read_value(n->text, &value) || value.is_time != t->is_time || value.value == 0)
		return yaml_complain(x->rules->options->config, n, x->c, "expected %s here",
				     phrase(t->is_time ? times : numbers));
	*out = value.value;
	return 0;
}

static int configure_zones(const struct reading *x, const struct yaml_node *zones, struct threshold *t)
{
	struct threshold_zone *all = arena_alloc(&x->rules->arena, THRESHOLD_ZONES_MAX * sizeof(*all));

	if (!all)
		return -ENOMEM;
	t->zones = all;
	for (const struct yaml_node *zone = zones->child; zone; zone = zone->next) {
		const struct yaml_node *n = zone->kind == YAML_MAP ? yaml_get(zone, t->name) : NULL;
		if (!n || t->n_zones == THRESHOLD_ZONES_MAX)
			continue;
		struct threshold_zone *z = &all[t->n_zones];
		int err = configured_value(x, n, t, &z->value);
		if (err)
			return err;
		z->zone = rule_copy(x->rules, zone->key->text);
		if (!z->zone)
			return -ENOMEM;
		t->n_zones++;
	}
	return 0;
}

int rule_configure(const struct reading *x, struct threshold *t)
{
	const struct yaml_node *map = configured(x), *zones = map ? yaml_get(map, "zones") : NULL;

	if (!map || !t->name)
		return 0;
	const struct yaml_node *n = yaml_get(map, t->name);
	int err = n ? configured_value(x, n, t, &t->value) : 0;
	return err || !zones ? err : configure_zones(x, zones, t);
}

static bool is_off(const struct yaml_node *zone)
{
	return zone->kind == YAML_SCALAR &&
	       (strcmp(zone->text, "off") == 0 || strcmp(zone->text, "no") == 0 || strcmp(zone->text, "false") == 0);
}

static int check_zone(const struct reading *x, const struct yaml_node *zone)
{
	const char *const *known = x->rules->options->zones;

	for (; known && *known; known++) {
		if (strcmp(*known, zone->key->text) == 0)
			return 0;
	}
	if (!known)
		return 0;
	const char *near = rule_file_nearest(x->rules->options->zones, zone->key->text);
	if (near)
		return yaml_complain(x->rules->options->config, zone->key, x->c,
				     "there is no zone \"%s\". Did you mean \"%s\"?", zone->key->text, near);
	return yaml_complain(x->rules->options->config, zone->key, x->c, "there is no zone \"%s\"", zone->key->text);
}

static int check_names(const struct reading *x, const struct yaml_node *map, bool with_zones)
{
	static const char *const implied[] = {"at_least", "within", "lasting", "per"};
	const char *names[RULES_THRESHOLDS_MAX + 6] = {NULL};
	size_t n = 0;

	for (size_t i = 0; i < x->rule->n_thresholds; i++)
		names[n++] = x->rule->thresholds[i].name;
	for (size_t i = 0; x->rule->n_counting == 1 && i < 4; i++)
		names[n++] = implied[i];
	if (with_zones)
		names[n++] = "zones";
	return yaml_only_keys(x->rules->options->config, map, names, x->c);
}

/* What nothing counts by could be set and would change nothing. */
static int check_used(const struct reading *x)
{
	const struct yaml_node *map = yaml_get(x->node, "thresholds"), *n = map ? map->child : NULL;

	for (size_t i = 0; i < x->rule->n_thresholds; i++, n = n->next) {
		if (!x->rule->thresholds[i].used)
			return yaml_complain(&x->file->doc, n->key, x->c, "this rule does not count by \"%s\"",
					     x->rule->thresholds[i].name);
	}
	return 0;
}

int rule_configured(const struct reading *x)
{
	const struct yaml_node *map = configured(x), *zones = map ? yaml_get(map, "zones") : NULL;
	size_t n = 0;
	int err = check_used(x);

	if (err || !map)
		return err;
	err = check_names(x, map, true);
	if (!err && zones && zones->kind != YAML_MAP)
		err = yaml_complain(x->rules->options->config, zones, x->c,
				    "expected zones with their numbers here: { cell-1: { at_least: 10 }, lab: off }");
	if (err || !zones)
		return err;
	const char **off = arena_alloc(&x->rules->arena, (yaml_count(zones) + 1) * sizeof(*off));
	if (!off)
		return -ENOMEM;
	for (const struct yaml_node *zone = zones->child; zone && !err; zone = zone->next) {
		err = check_zone(x, zone);
		if (!err && !is_off(zone)) {
			err = check_names(x, zone, false);
			continue;
		}
		off[n] = rule_copy(x->rules, zone->key->text);
		if (!off[n++])
			err = -ENOMEM;
	}
	off[n] = NULL;
	x->rule->off_zones = n ? off : NULL;
	return err;
}

int rule_check_config_thresholds(struct rules *r, struct complaint *c)
{
	const struct yaml_node *all = r->options->thresholds;
	const struct yamldoc *doc = r->options->config;

	if (!all)
		return 0;
	const char **ids = calloc(r->n + 1, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	for (size_t i = 0; i < r->n; i++)
		ids[i] = r->items[i]->info.id;
	int err = yaml_only_keys(doc, all, ids, c);
	free(ids);
	return err;
}

/* ---- in the rule */

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
		int err = rule_configure(x, t);
		if (err)
			return err;
		x->rule->n_thresholds++;
	}
	return 0;
}

int rule_read_threshold(const struct reading *x, const struct yaml_node *n, const char *key, bool is_time,
			uint64_t most, struct threshold *out)
{
	const char *names[RULES_THRESHOLDS_MAX + 1] = {NULL};
	const char *example = is_time ? times : numbers;
	struct threshold *own = n->kind == YAML_SCALAR ? find(x->rule, n->text) : NULL;

	if (own)
		own->used = true;
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
	if (!own) {
		int err = rule_configure(x, out);
		if (err)
			return err;
	}
	if (out->is_time != is_time)
		return yaml_complain(&x->file->doc, n, x->c, "expected %s here", phrase(example));
	if (out->value == 0 || threshold_most(out) > most)
		return yaml_complain(&x->file->doc, n, x->c, "expected a number from 1 to %llu here",
				     (unsigned long long)most);
	return 0;
}
