/* sekisho rules: compile and list. */
#include <getopt.h>
#include <string.h>

#include "app/command.h"
#include "app/datadir.h"
#include "app/pipeline.h"
#include "app/registry.h"

#include <stdlib.h>

static int check(int n_dirs, char **dirs)
{
	struct complaint c;
	struct rules *rules;
	char *texts = datadir_find("rules/text"), *shipped = datadir_find("rules/packs");
	const char *default_dirs[2] = {shipped, NULL};
	const char *const *from = n_dirs > 0 ? (const char *const *)dirs : default_dirs;
	int err, status = EXIT_ENVIRONMENT;

	if (!from[0] || !texts) {
		complain(&c, "rules", 0, 0, "the shipped rules are neither beside the program nor in %s. Reinstall",
			 SEKISHO_DATADIR);
		fprintf(stderr, "%s\n", c.text);
		goto out;
	}
	err = rules_load(&rules, from, texts, NULL, registry(), &c);
	if (err) {
		status = command_failed(err, &c);
		goto out;
	}
	printf(say(W_RULES_OK), rules_count(rules));
	rules_free(rules);
	status = EXIT_DONE;
out:
	free(texts);
	free(shipped);
	return status;
}

static int list(const char *config_file)
{
	struct complaint c;
	struct text_table t = {0};
	int err;
	struct policy_set *set = policy_set_load(config_file, &c, &err);

	if (!set)
		return command_failed(err, &c);
	text_table_column(&t, say(W_COL_RULE), 0);
	text_table_column(&t, say(W_COL_LEVEL), 0);
	text_table_column(&t, "on", 0);
	text_table_column(&t, say(W_COL_TITLE), 0);
	for (size_t i = 0; i < rules_count(set->rules); i++) {
		const struct rule_info *r = rules_info(set->rules, i);
		text_table_cell(&t, r->id);
		text_table_cell(&t, rules_enabled(set->rules, i) ? alert_level_name(r->level) : "off");
		text_table_cell(&t, rules_on(set->rules, i));
		text_table_cell(&t, words_japanese() ? r->what_ja : r->what_en);
	}
	text_table_print(&t, stdout, "");
	text_table_free(&t);
	policy_set_free(set);
	return EXIT_DONE;
}

int cmd_rules(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'}, {0}};
	const char *config = NULL;

	for (int o; (o = getopt_long(argc, argv, "c:", options, NULL)) != -1;) {
		if (o != 'c')
			return EXIT_USAGE;
		config = optarg;
	}
	const char *verb = argv[optind];
	if (verb && strcmp(verb, "check") == 0)
		return check(argc - optind - 1, argv + optind + 1);
	if (verb && strcmp(verb, "list") == 0)
		return list(config);
	fputs(say(W_RULES_HELP), stderr);
	return EXIT_USAGE;
}
