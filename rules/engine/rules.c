#include "engine/rules.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/features.h"
#include "engine/rule_read.h"
#include "engine/watch_index.h"

enum { BLOCK_BYTES = 64 << 10 };

/* ---- loading */

static struct rules *rules_new(const struct field_registry *fields)
{
	static atomic_uint_fast64_t last_no;
	struct rules *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->no = atomic_fetch_add(&last_no, 1) + 1;
	r->fields = fields;
	r->memory.arena = &r->arena;
	r->scratch = calloc(1, sizeof(*r->scratch));
	if (!r->scratch || arena_init(&r->arena, BLOCK_BYTES, RULES_MEMORY_MAX) < 0) {
		free(r->scratch);
		free(r);
		return NULL;
	}
	r->indicators = indicators_new(&r->arena);
	r->recall = recall_new();
	r->values = malloc(sizeof(*r->values));
	if (r->values)
		pool_init(r->values, 0); /* each tally brings its share */
	r->memory.features = features_new();
	if (!r->indicators || !r->recall || !r->values || !r->memory.features) {
		rules_free(r);
		return NULL;
	}
	r->memory.indicators = r->indicators;
	r->memory.same = same_tests_new(); /* without, equal tests are asked one by one */
	return r;
}

void rules_free(struct rules *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_tallies; i++)
		tally_deinit(r->tallies[i]);
	if (r->values)
		pool_deinit(r->values);
	free(r->values);
	for (size_t i = 0; i < r->n; i++)
		free(r->items[i]->watches);
	indicators_free(r->indicators);
	recall_free(r->recall);
	same_tests_free(r->memory.same);
	features_free(r->memory.features);
	expr_memory_deinit(&r->memory);
	arena_deinit(&r->arena);
	free(r->tallies);
	free(r->items);
	if (r->scratch) {
		free(r->scratch->memos);
		shapes_free(r->scratch->shapes);
	}
	free(r->shared);
	free(r->scratch);
	free(r);
}

static int is_yaml(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 5 && e->d_name[0] != '.' && strcmp(e->d_name + len - 5, ".yaml") == 0;
}

/* The order of the bytes, not of the locale: rules stand in the same order everywhere. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int rules_files(const char *dir, char ***out, struct complaint *c)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_yaml, by_name), err = 0;

	if (n < 0 && errno != ENOTDIR) {
		err = -errno;
		complain(c, dir, 0, 0, "this folder of rules cannot be read: %s", strerror(-err));
		return err;
	}
	char **paths = calloc((size_t)(n < 0 ? 1 : n) + 1, sizeof(char *));
	if (!paths)
		err = -ENOMEM;
	else if (n < 0 && !(paths[0] = strdup(dir)))
		err = -ENOMEM;
	for (int i = 0; i < n; i++) {
		if (!err && asprintf(&paths[i], "%s/%s", dir, names[i]->d_name) < 0) {
			paths[i] = NULL;
			err = -ENOMEM;
		}
		free(names[i]);
	}
	free(names);
	if (err)
		rules_files_free(paths);
	else
		*out = paths;
	return err;
}

void rules_files_free(char **files)
{
	for (size_t i = 0; files && files[i]; i++)
		free(files[i]);
	free(files);
}

static int load_texts(struct rule_file *s, const char *dir, enum language l, struct complaint *c)
{
	char *path;

	if (asprintf(&path, "%s/%s.yaml", dir, language_keys[l]) < 0)
		return -ENOMEM;
	int err = rule_file_load(s, path, c);
	free(path);
	return err ? err : rule_check_texts(s, c);
}

/* An id that names no rule would leave a rule on that somebody meant to switch off. */
static int disable(struct rules *r, const char *const *ids, struct complaint *c)
{
	for (; ids && *ids; ids++) {
		const char **known = calloc(r->n + 1, sizeof(*known));
		bool found = false;
		if (!known)
			return -ENOMEM;
		for (size_t i = 0; i < r->n; i++) {
			known[i] = r->items[i]->info.id;
			if (strcmp(known[i], *ids) == 0) {
				r->items[i]->enabled = false;
				found = true;
			}
		}
		const char *near = found ? NULL : rule_file_nearest(known, *ids);
		free(known);
		if (found)
			continue;
		if (near)
			complain(c, "rules", 0, 0,
				 "rule \"%s\" is to be disabled, and does not exist. Did you mean \"%s\"?", *ids, near);
		else
			complain(c, "rules", 0, 0,
				 "rule \"%s\" is to be disabled, and does not exist. `sekisho rules list` lists them",
				 *ids);
		return -EINVAL;
	}
	return 0;
}

/* Does the wire part of @w let every record through? */
static bool wants_all(const struct watch *w)
{
	for (unsigned i = 0; i < w->condition.n_when; i++) {
		if (w->condition.when[i]->wire->first != EXPR_YES)
			return false;
	}
	return true;
}

static bool any_varies(const struct operand *ops, size_t n)
{
	size_t i = 0;

	while (i < n && !operand_varies(&ops[i]))
		i++;
	return i < n;
}

static bool watch_varies(const struct watch *w)
{
	const struct condition *c = &w->condition;
	bool varies = any_varies(w->by.by, w->by.n);

	for (unsigned i = 0; i < c->n_when; i++)
		varies |= c->when[i]->varies;
	for (unsigned i = 0; i < c->n_unless; i++)
		varies |= c->unless[i]->varies;
	return varies;
}

static bool never_holds(const struct watch *w)
{
	unsigned i = 0;

	while (i < w->condition.n_when && w->condition.when[i]->first != EXPR_NO)
		i++;
	return i < w->condition.n_when;
}

static void add_watch(struct rules_of_table *of, struct watch *w)
{
	const struct tally *t = w->branch->tally;

	if (never_holds(w))
		return;
	w->varies = watch_varies(w);
	of->watches[of->n++] = w;
	if (!w->every && t && w->kind == WATCH_HIT) {
		uint64_t window_ns = threshold_least(&t->within);
		if (of->values_window_ns == 0 || window_ns < of->values_window_ns)
			of->values_window_ns = window_ns;
	}
	if (!w->every)
		return;
	if (wants_all(w))
		of->needs_all = true;
	else
		of->every[of->n_every++] = w;
}

static struct needs *needs_of_all(struct rules *r, struct rules_of_table *of, const struct watch **watches, size_t n,
				  bool wire)
{
	struct needs *needs = arena_alloc(&r->arena, (n + 1) * sizeof(*needs));

	for (size_t i = 0; needs && i < n; i++) {
		const struct condition *c = &watches[i]->condition;
		if (!needs_of(&needs[i], &of->presence, c->when, c->n_when, wire, &r->arena))
			return NULL;
	}
	return needs;
}

/* Sorts what the enabled rules watch by the records they look at. */
static int index_rules(struct rules *r)
{
	size_t n = 0, fields = 0, watches = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->items[i]->n_watches;
	while (r->fields->tables[r->n_tables])
		r->n_tables++;
	r->by_table = arena_alloc(&r->arena, (r->n_tables + 1) * sizeof(*r->by_table));
	if (!r->by_table)
		return -ENOMEM;
	for (size_t t = 0; t < r->n_tables; t++) {
		struct rules_of_table *of = &r->by_table[t];
		*of = (struct rules_of_table){.table = r->fields->tables[t]};
		fields = of->table->n_fields > fields ? of->table->n_fields : fields;
		of->watches = arena_alloc(&r->arena, (n + 1) * sizeof(*of->watches));
		of->every = arena_alloc(&r->arena, (n + 1) * sizeof(*of->every));
		if (!of->watches || !of->every)
			return -ENOMEM;
		for (size_t i = 0; i < r->n; i++) {
			for (size_t k = 0; r->items[i]->enabled && k < r->items[i]->n_watches; k++) {
				if (r->items[i]->watches[k]->condition.table == of->table)
					add_watch(of, r->items[i]->watches[k]);
			}
		}
		if (presence_init(&of->presence, of->table)) {
			presence_not_key(&of->presence, of->not_key);
			of->needs = needs_of_all(r, of, of->watches, of->n, false);
			of->every_needs = needs_of_all(r, of, of->every, of->n_every, true);
			if (!of->needs || !of->every_needs)
				return -ENOMEM;
		}
		of->index = watch_index_new(&r->arena, of->table, of->watches, of->n, false);
		of->every_index = watch_index_new(&r->arena, of->table, of->every, of->n_every, true);
		of->asked = (struct asked){&of->presence, of->needs, of->index, of->watches, of->n};
		watches = of->n > watches ? of->n : watches;
	}
	r->scratch->memos = calloc(r->n_conditions + 1, sizeof(*r->scratch->memos));
	r->scratch->shapes = shapes_new(r->memory.features, fields, watches);
	return r->scratch->memos && r->scratch->shapes ? 0 : -ENOMEM;
}

static int finish(struct rules *r, int err, struct rules **out, struct complaint *c)
{
	if (!err)
		err = features_finish(r->memory.features) ? index_rules(r) : -ENOMEM;
	if (err == -ENOMEM)
		complain(c, "rules", 0, 0, "short of memory");
	if (r) {
		r->options = NULL;
		same_tests_free(r->memory.same);
		r->memory.same = NULL;
		free(r->shared);
		r->shared = NULL;
	}
	if (err)
		rules_free(r);
	else
		*out = r;
	return err;
}

/* All files of rules, read but not understood. */
struct sources {
	struct rule_file *files;
	size_t n, cap;
};

static int read_source(struct sources *all, const char *path, bool tests, struct complaint *c)
{
	if (all->n == all->cap) {
		size_t cap = all->cap ? 2 * all->cap : 16;
		struct rule_file *files = realloc(all->files, cap * sizeof(*files));
		if (!files)
			return -ENOMEM;
		all->files = files;
		all->cap = cap;
	}
	int err = (tests ? rule_file_load : rule_file_load_untested)(&all->files[all->n], path, c);
	all->n += !err;
	return err;
}

static int read_sources(struct sources *all, const struct rules_options *o, struct complaint *c)
{
	int err = 0;

	for (const char *const *packs = o->packs; packs && *packs && !err; packs++) {
		bool tests = !o->untested || strcmp(*packs, o->untested) != 0;
		char **files;
		err = rules_files(*packs, &files, c);
		if (err)
			break;
		for (size_t i = 0; files[i] && !err; i++)
			err = read_source(all, files[i], tests, c);
		rules_files_free(files);
	}
	return err;
}

/* Lists first: a rule may use those of any file. */
static int understand(struct rules *r, const struct sources *all, struct rule_file *const texts[LANGUAGE_COUNT],
		      struct complaint *c)
{
	int err = 0;

	for (size_t i = 0; i < all->n && !err; i++)
		err = rule_read_lists(r, &all->files[i], c);
	if (!err)
		err = rule_read_config_lists(r, c);
	for (size_t i = 0; i < all->n && !err; i++)
		err = rule_read_all(r, &all->files[i], texts, c);
	return err ? err : rule_check_config_thresholds(r, c);
}

static int load_indicators(struct rules *r, const char *const *files, struct complaint *c)
{
	int err = 0;

	for (; files && *files && !err; files++)
		err = indicators_load(r->indicators, *files, c);
	return err;
}

static int add_zone_name(struct rules *r, enum language l, struct zone_name *out, const struct zone_words *w)
{
	const char *name = l == LANGUAGE_JA ? w->ja : w->en;

	if (!name)
		return 0;
	*out = (struct zone_name){rule_copy(r, w->id), rule_copy(r, name)};
	r->zone_names[l].n++;
	return out->id && out->name ? 0 : -ENOMEM;
}

static int name_zones(struct rules *r, const struct rules_options *o, enum language l)
{
	struct zone_name *all = arena_alloc(&r->arena, o->n_zone_words * sizeof(*all));
	int err = all || o->n_zone_words == 0 ? 0 : -ENOMEM;

	r->zone_names[l] = (struct zone_names){all, 0};
	for (size_t i = 0; i < o->n_zone_words && !err; i++)
		err = add_zone_name(r, l, &all[r->zone_names[l].n], &o->zone_words[i]);
	return err;
}

int rules_load(struct rules **out, const struct rules_options *o, struct complaint *c)
{
	struct rules *r = rules_new(o->fields);
	struct rule_file text_files[LANGUAGE_COUNT] = {{.owned = NULL}};
	struct rule_file *texts[LANGUAGE_COUNT] = {NULL};
	struct sources all = {NULL, 0, 0};
	int err = r ? 0 : -ENOMEM;

	if (r)
		r->options = o;
	for (int l = 0; l < LANGUAGE_COUNT && o->text_dir && !err; l++) {
		texts[l] = &text_files[l];
		err = load_texts(texts[l], o->text_dir, (enum language)l, c);
	}
	for (int l = 0; l < LANGUAGE_COUNT && !err; l++)
		err = name_zones(r, o, (enum language)l);
	if (!err)
		err = load_indicators(r, o->indicators, c);
	if (!err)
		err = read_sources(&all, o, c);
	if (!err)
		err = understand(r, &all, texts, c);
	if (!err)
		err = disable(r, o->disabled, c);
	for (size_t i = 0; i < all.n; i++)
		rule_file_free(&all.files[i]);
	free(all.files);
	for (int l = 0; l < LANGUAGE_COUNT; l++)
		rule_file_free(&text_files[l]);
	return finish(r, err, out, c);
}

int rules_parse(struct rules **out, const char *file, const char *yaml, size_t len, const struct field_registry *fields,
		struct complaint *c)
{
	static const struct rules_options nothing = {NULL};
	struct rule_file *texts[LANGUAGE_COUNT] = {NULL};
	struct rules *r = rules_new(fields);
	struct rule_file s;
	int err = r ? rule_file_parse(&s, file, yaml, len, c) : -ENOMEM;

	if (!err) {
		r->options = &nothing;
		err = rule_read_lists(r, &s, c);
		if (!err)
			err = rule_read_all(r, &s, texts, c);
		rule_file_free(&s);
	}
	return finish(r, err, out, c);
}

/* ---- asking */

size_t rules_count(const struct rules *r)
{
	return r->n;
}

const struct rule_info *rules_info(const struct rules *r, size_t i)
{
	return &r->items[i]->info;
}

bool rules_enabled(const struct rules *r, size_t i)
{
	return r->items[i]->enabled;
}

const char *rules_on(const struct rules *r, size_t i)
{
	return r->items[i]->on;
}

const char *rules_when(const struct rules *r, size_t i)
{
	return r->items[i]->when_text;
}

void rules_tests(const struct rules *r, size_t i, unsigned *positive, unsigned *negative)
{
	*positive = r->items[i]->n_positive;
	*negative = r->items[i]->n_negative;
}

enum rule_cost rules_cost(const struct rules *r, size_t i)
{
	enum rule_cost cost = RULE_COST_FACTS;

	for (size_t k = 0; k < r->items[i]->n_watches; k++) {
		const struct watch *w = r->items[i]->watches[k];
		/* of flows each record passes anyway */
		enum rule_cost one = !w->every || w->condition.table == &flow_table_fields ? RULE_COST_FACTS
				     : wants_all(w)                                        ? RULE_COST_ALL
											   : RULE_COST_SOME;
		cost = one > cost ? one : cost;
	}
	return cost;
}

const struct rules_of_table *rules_of(const struct rules *r, const struct field_table *table)
{
	for (size_t i = 0; i < r->n_tables; i++) {
		if (r->by_table[i].table == table)
			return &r->by_table[i];
	}
	return NULL;
}

bool rules_need_all_of(const struct rules *r, const struct field_table *table)
{
	const struct rules_of_table *of = rules_of(r, table);

	return of && of->needs_all;
}

int64_t rules_values_window_ns(const struct rules *r, const struct field_table *table)
{
	const struct rules_of_table *of = rules_of(r, table);

	return of ? (int64_t)of->values_window_ns : 0;
}

/* ---- counting over a reload */

/* What nobody takes over must not be left in a pool that changes hands. */
static void forget_others(const struct rules *r, const struct rules *heir)
{
	for (size_t i = 0; i < r->n_tallies; i++) {
		size_t k = 0;
		while (k < heir->n_tallies && !tally_may_inherit(heir->tallies[k], r->tallies[i]))
			k++;
		if (k == heir->n_tallies)
			tally_forget(r->tallies[i]);
	}
}

void rules_inherit(struct rules *r, struct rules *from)
{
	struct pool *values = r->values;

	forget_others(r, from);
	forget_others(from, r);
	for (size_t i = 0; i < r->n_tallies; i++) {
		for (size_t k = 0; k < from->n_tallies; k++) {
			if (tally_may_inherit(r->tallies[i], from->tallies[k]))
				tally_inherit(r->tallies[i], from->tallies[k]);
		}
	}
	r->values = from->values;
	from->values = values;
}

size_t rules_indicators_expired(const struct rules *r, int64_t now_ns)
{
	return indicators_expired(r->indicators, now_ns);
}

size_t rules_indicators_unasked(const struct rules *r, size_t i, const char **type)
{
	*type = indicator_types[i];
	return *type ? indicators_unasked(r->indicators, (enum indicator_type)i) : 0;
}

void rules_forget(const struct rules *r)
{
	for (size_t i = 0; i < r->n_tallies; i++)
		tally_forget(r->tallies[i]);
	recall_forget(r->recall);
}

struct rules_counters rules_counters(const struct rules *r)
{
	struct rules_counters c = {0};

	for (size_t i = 0; i < r->n_tallies; i++) {
		c.counting++;
		c.keys += r->tallies[i]->entries.used;
		c.keys_forgotten += r->tallies[i]->forgotten;
		c.ceiling_bytes += tally_ceiling_bytes(r->tallies[i]);
	}
	c.ceiling_bytes += recall_ceiling_bytes() + shapes_bytes(r->scratch->shapes);
	c.facts_recalled = recall_count(r->recall).found;
	c.facts_replaced = recall_count(r->recall).replaced;
	c.situations = shapes_situations(r->scratch->shapes).found_out;
	c.situations_replaced = shapes_situations(r->scratch->shapes).replaced;
	c.indicators = indicators_count(r->indicators);
	c.expired = r->scratch->expired;
	return c;
}
