#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alert/incidents.h"
#include "app/datadir.h"
#include "app/pipeline.h"
#include "app/registry.h"
#include "app/words.h"

/* The folders that rules come from: the configured ones seen from the configuration's folder, else the shipped one. */
static int find_rules(const struct config *cfg, char **dirs, char **texts, struct complaint *c)
{
	size_t n = 0;

	for (; n < cfg->rules.packs.n; n++) {
		dirs[n] = config_path(cfg, cfg->rules.packs.item[n]);
		if (!dirs[n])
			return -ENOMEM;
	}
	if (n == 0)
		dirs[n] = datadir_find("rules/packs");
	*texts = cfg->rules.texts[0] ? config_path(cfg, cfg->rules.texts) : datadir_find("rules/text");
	if (!dirs[0] || !*texts) {
		complain(c, "rules", 0, 0,
			 "the shipped rules are neither beside the program nor in %s. Reinstall, or set rules.packs "
			 "and rules.texts",
			 SEKISHO_DATADIR);
		return -ENOENT;
	}
	return 0;
}

char *policy_set_lacks_shipped(const struct config *cfg)
{
	char *shipped = cfg->rules.packs.n > 0 ? datadir_find("rules/packs") : NULL;
	struct stat theirs, ours;

	if (!shipped || stat(shipped, &theirs) != 0) {
		free(shipped);
		return NULL;
	}
	for (size_t i = 0; i < cfg->rules.packs.n; i++) {
		char *dir = config_path(cfg, cfg->rules.packs.item[i]);
		bool same =
		    dir && stat(dir, &ours) == 0 && ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
		free(dir);
		if (same) {
			free(shipped);
			return NULL;
		}
	}
	return shipped;
}

static bool pick(const void *ctx, const struct event *ev)
{
	const struct policy_set *set = ctx;

	return rules_want(set->rules, ev) || setpoints_want(set->setpoints, ev);
}

static bool may_pick(const void *ctx, const struct event *ev, bool same_fields)
{
	const struct policy_set *set = ctx;

	return rules_may_want(set->rules, ev, same_fields) || setpoints_want(set->setpoints, ev);
}

/* What the rules want of the gate. */
static void find_wants(struct policy_set *set)
{
	size_t n = 0, m = 0, i = 0, keys = 0, keys_max = sizeof(set->identifying) / sizeof(set->identifying[0]);

	/* the totals of a flow are in its last record: one held back would tell old ones */
	set->whole[n++] = &flow_table_fields;
	for (const struct field_table *const *t = registry()->tables; *t; t++) {
		if (*t != &flow_table_fields && rules_need_all_of(set->rules, *t))
			set->whole[n++] = *t;
		if (gate_must_be_brief(rules_values_window_ns(set->rules, *t)))
			set->brief[m++] = *t;
		if (ledger_learns_from(*t))
			set->identities[i++] = *t;
		keys += ledger_keys_of(*t, set->identifying + keys, keys_max - 1 - keys);
	}
	set->wants =
	    (struct gate_wants){set->whole, set->brief, set->identities, set->identifying, pick, set, may_pick};
}

static struct zone_words of_no_zone(const char *id, enum word what)
{
	return (struct zone_words){id, say_in(what, false), say_in(what, true)};
}

/* @shipped: one of @packs, or NULL. Its tests were run before it was shipped, and are three fifths of it. */
static int load_rules(struct policy_set *set, const char *const *packs, const char *shipped, const char *texts,
		      const struct trial_lists *lists, struct complaint *c)
{
	const struct config *cfg = &set->cfg;
	char *indicators[CONFIG_LIST_MAX + 1] = {NULL};
	const char **zones = calloc(cfg->site.n_zones + 1, sizeof(*zones));
	struct zone_words *words = calloc(cfg->site.n_zones + 2, sizeof(*words));
	struct rules_options o = {.packs = packs,
				  .untested = shipped,
				  .text_dir = texts,
				  .disabled = cfg->rules.disable.item,
				  .indicators = (const char *const *)indicators,
				  .fields = registry(),
				  .config = &cfg->doc,
				  .lists = cfg->rules.lists,
				  .thresholds = cfg->rules.thresholds,
				  .zones = zones,
				  .zone_words = words,
				  .n_zone_words = cfg->site.n_zones + 2,
				  .trial = lists ? lists->doc : NULL,
				  .trial_lists = lists ? lists->lists : NULL};
	int err = zones && words ? 0 : -ENOMEM;

	for (size_t i = 0; i < cfg->rules.indicators.n && !err; i++) {
		indicators[i] = config_path(cfg, cfg->rules.indicators.item[i]);
		err = indicators[i] ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < cfg->site.n_zones && !err; i++) {
		const struct zone *z = &cfg->site.zones[i];
		zones[i] = z->id;
		words[i] = (struct zone_words){z->id, z->name_en, z->name_ja};
	}
	if (!err) {
		words[cfg->site.n_zones] = of_no_zone("unknown", W_ZONE_UNKNOWN);
		words[cfg->site.n_zones + 1] = of_no_zone("internet", W_ZONE_INTERNET);
	}
	if (!err)
		err = rules_load(&set->rules, &o, c);
	for (size_t i = 0; indicators[i]; i++)
		free(indicators[i]);
	free(words);
	free(zones);
	return err;
}

/* A receiver of alerts that asks for rules which do not exist would never hear of anything. */
static int check_filters(const struct policy_set *set, struct complaint *c)
{
	for (size_t i = 0; i < set->cfg.n_syslog; i++) {
		const struct syslog_config *s = &set->cfg.syslog[i];
		for (size_t k = 0; k < s->rules.n; k++) {
			bool found = fnmatch(s->rules.item[k], INCIDENT_RULE, 0) == 0;
			for (size_t r = 0; r < rules_count(set->rules) && !found; r++)
				found = fnmatch(s->rules.item[k], rules_info(set->rules, r)->id, 0) == 0;
			if (!found)
				return yaml_complain(&set->cfg.doc, s->rules_node, c,
						     "no rule is called \"%s\". `sekisho rules list` lists them",
						     s->rules.item[k]);
		}
	}
	return 0;
}

struct policy_set *policy_set_load(const char *config_file, struct complaint *c, int *err)
{
	return policy_set_load_packs(config_file, NULL, c, err);
}

struct policy_set *policy_set_load_packs(const char *config_file, const char *const *packs, struct complaint *c,
					 int *err)
{
	return policy_set_load_trial(config_file, packs, NULL, c, err);
}

struct policy_set *policy_set_load_trial(const char *config_file, const char *const *packs,
					 const struct trial_lists *lists, struct complaint *c, int *err)
{
	struct policy_set *set = calloc(1, sizeof(*set));
	char *dirs[CONFIG_LIST_MAX + 1] = {NULL}, *texts = NULL, *shipped = packs ? NULL : datadir_find("rules/packs");

	*err = set ? 0 : -ENOMEM;
	if (!set) {
		free(shipped);
		return NULL;
	}
	if (config_file)
		*err = config_load(&set->cfg, config_file, c);
	else
		config_default(&set->cfg);
	if (!*err)
		*err = find_rules(&set->cfg, dirs, &texts, c);
	if (!*err)
		*err = load_rules(set, packs ? packs : (const char *const *)dirs, shipped, texts, lists, c);
	if (!*err && !packs)
		*err = check_filters(set, c);
	if (!*err && set->cfg.modbus_tags[0]) {
		char *tags = config_path(&set->cfg, set->cfg.modbus_tags);
		*err = tags ? setpoints_load(&set->setpoints, tags, c) : -ENOMEM;
		free(tags);
	}
	for (size_t i = 0; dirs[i]; i++)
		free(dirs[i]);
	free(texts);
	free(shipped);
	if (*err) {
		policy_set_free(set);
		return NULL;
	}
	find_wants(set);
	return set;
}

void policy_set_free(struct policy_set *set)
{
	if (!set)
		return;
	rules_free(set->rules);
	setpoints_free(set->setpoints);
	config_free(&set->cfg);
	free(set);
}
