/* sekisho rules: compile, list, run their tests. */
#include <getopt.h>
#include <string.h>

#include "app/alert_text.h"
#include "app/command.h"
#include "app/datadir.h"
#include "app/pipeline.h"
#include "app/registry.h"
#include "app/rules_play.h"

#include <stdlib.h>
#include <sys/stat.h>

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
		command_tell(stderr, "%s\n", c.text);
		goto out;
	}
	err = rules_load(&rules, &(struct rules_options){.packs = from, .text_dir = texts, .fields = registry()}, &c);
	if (err) {
		status = command_failed(err, &c);
		goto out;
	}
	command_tell(stdout, say(W_RULES_OK), rules_count(rules));
	rules_free(rules);
	status = EXIT_DONE;
out:
	free(texts);
	free(shipped);
	return status;
}

static int list(const char *config_file)
{
	static const enum word cost[] = {
	    [RULE_COST_FACTS] = W_COST_FACTS, [RULE_COST_SOME] = W_COST_SOME, [RULE_COST_ALL] = W_COST_ALL};
	struct complaint c;
	struct text_table t = {0};
	int err;
	struct policy_set *set = policy_set_load(config_file, &c, &err);

	if (!set)
		return command_failed(err, &c);
	text_table_column(&t, say(W_COL_RULE), 0);
	text_table_column(&t, say(W_COL_LEVEL), 0);
	text_table_column(&t, say(W_COL_ON), 0);
	text_table_column(&t, say(W_COL_COST), 0);
	text_table_column(&t, say(W_COL_TITLE), 0);
	for (size_t i = 0; i < rules_count(set->rules); i++) {
		const struct rule_info *r = rules_info(set->rules, i);
		text_table_cell(&t, r->id);
		text_table_cell(&t, rules_enabled(set->rules, i) ? alert_level_word(r->level) : say(W_RULE_OFF));
		text_table_cell(&t, rules_on(set->rules, i));
		text_table_cell(&t, say(cost[rules_cost(set->rules, i)]));
		text_table_cell(&t, words_japanese() ? r->what_ja : r->what_en);
	}
	text_table_print(&t, stdout, "");
	text_table_free(&t);
	policy_set_free(set);
	return EXIT_DONE;
}

/* ---- one rule in words */

/* What stands in the gap @name. */
static void tell_name(const char *name, int len)
{
	static const struct token_word words[] = {{"src.name", W_GAP_SOURCE},
						  {"src.zone", W_GAP_SOURCE_ZONE},
						  {"dest.name", W_GAP_DEST},
						  {"dest.zone", W_GAP_DEST_ZONE}};
	char token[64];

	snprintf(token, sizeof(token), "%.*s", len, name);
	const char *word = SAY_TOKEN(words, token);
	command_tell(stdout, say(W_GAP), word ? (int)strlen(word) : len, word ? word : name);
}

/* How much of @text stands before the first of @stops that is in no brace. */
static int before(const char *text, int len, const char *stops)
{
	int depth = 0, i = 0;

	for (; i < len && (depth > 0 || !strchr(stops, text[i])); i++)
		depth += (text[i] == '{') - (text[i] == '}');
	return i;
}

static void tell_text(const char *text, int len);

enum { WORDS_MAX = 32 };

/* "|value=word|word": each word once, as several values may have the same. */
static void tell_choice(const char *text, int len)
{
	struct span told[WORDS_MAX];
	size_t n = 0;

	while (len > 0 && n < WORDS_MAX) {
		int size = before(text + 1, len - 1, "|"), value = before(text + 1, size, "=");
		int skipped = value < size ? value + 1 : 0;
		struct span word = span_of((const uint8_t *)text + 1 + skipped, (size_t)(size - skipped));
		size_t i = 0;
		text += 1 + size;
		len -= 1 + size;
		while (i < n && !span_eq(told[i], word))
			i++;
		if (word.len == 0 || i < n)
			continue;
		told[n++] = word;
		command_tell(stdout, "%s", say(n == 1 ? W_GAP_ONE_OF : W_GAP_OR));
		tell_text((const char *)word.ptr, (int)word.len);
	}
	if (n > 0)
		command_tell(stdout, "%s", say(W_GAP_END));
}

/* A text of a rule for people (engine/template.h): a gap by its name, or by the words of which one will stand there. */
static void tell_text(const char *text, int len)
{
	while (len > 0) {
		int n = before(text, len, "{}");
		command_tell(stdout, "%.*s", n, text);
		text += n;
		len -= n;
		if (len <= 0)
			break;
		if (*text == '}' || (len > 1 && text[1] == *text)) { /* a brace */
			n = len > 1 && text[1] == *text ? 2 : 1;
			command_tell(stdout, "%.1s", text);
			text += n;
			len -= n;
			continue;
		}
		int gap = before(text + 1, len - 1, "}"), at = before(text + 1, gap, "|");
		if (at == gap)
			tell_name(text + 1, at);
		tell_choice(text + 1 + at, gap - at);
		text += gap + 2;
		len -= gap + 2;
	}
}

static void show_line(const char *label, const char *text)
{
	if (*text)
		command_tell(stdout, "%s: %s\n", label, text);
}

static void show_text(const char *label, const char *text)
{
	if (!*text)
		return;
	command_tell(stdout, "%s: ", label);
	tell_text(text, (int)strlen(text));
	putchar('\n');
}

static void show_tags(const char *name, const struct tag_list *tags)
{
	if (tags->n == 0)
		return;
	command_tell(stdout, "  %-10s", name);
	for (size_t i = 0; i < tags->n; i++)
		command_tell(stdout, "%s %s", i ? "," : "", tags->tags[i]);
	putchar('\n');
}

static int show(const char *config_file, const char *id)
{
	struct complaint c;
	int err, status = EXIT_INPUT;
	bool ja = words_japanese();
	struct policy_set *set = policy_set_load(config_file, &c, &err);

	if (!set)
		return command_failed(err, &c);
	for (size_t i = 0; i < rules_count(set->rules); i++) {
		const struct rule_info *r = rules_info(set->rules, i);
		if (strcmp(r->id, id) != 0)
			continue;
		const char *title = ja ? r->title_ja : r->title_en;
		command_tell(stdout, "%s  %s  (%s)\n", r->id,
			     rules_enabled(set->rules, i) ? alert_level_word(r->level) : say(W_RULE_OFF),
			     rules_on(set->rules, i));
		tell_text(title, (int)strlen(title));
		putchar('\n');
		show_line(say(W_RULE_WHAT), ja ? r->what_ja : r->what_en);
		show_text(say(W_FIRST_CHECK), ja ? r->action_ja : r->action_en);
		show_text(say(W_RULE_DONT), ja ? r->dont_ja : r->dont_en);
		show_line(say(W_RULE_LIMITS), ja ? r->limits_ja : r->limits_en);
		command_tell(stdout, "%s:\n", say(W_RULE_TAGS));
		show_tags("ATT&CK", &r->attack_ics);
		show_tags("METI", &r->meti);
		show_tags("JNSA", &r->jnsa);
		show_tags("IEC 62443", &r->iec62443);
		if (*r->ipa_phase)
			command_tell(stdout, "  %-10s %s\n", "IPA", r->ipa_phase);
		status = EXIT_DONE;
	}
	if (status != EXIT_DONE)
		command_tell(stderr, say(W_NO_RULE), id);
	policy_set_free(set);
	return status;
}

/* ---- test */

struct testing {
	struct rules_plays *plays;
	const char *config;
	const char *const *packs;
	struct policy_set *listed;                   /* with the lists of the test that is run, or NULL */
	unsigned passed, failed, positive, negative; /* the last two: of one rule */
	bool all;                                    /* show those that pass, too */
};

static int play(void *ctx, const char *file, const char *capture, const char *config, const char *rule_id,
		struct rule_test_alerts *out, struct complaint *c)
{
	struct testing *t = ctx;

	return rules_plays_get(t->plays, file, capture, config, rule_id, out, c);
}

static const struct rules *with_lists(void *ctx, const struct yamldoc *doc, const struct yaml_node *lists, int *err,
				      struct complaint *c)
{
	struct testing *t = ctx;

	policy_set_free(t->listed);
	t->listed = policy_set_load_trial(t->config, t->packs, &(struct trial_lists){doc, lists}, c, err);
	return t->listed ? t->listed->rules : NULL;
}

static void show_result(void *ctx, const struct rule_test_result *r)
{
	struct testing *t = ctx;

	if (r->passed) {
		t->passed++;
		if (t->all)
			command_tell(stdout, "%s  %-14s %s\n", say(W_TEST_PASSED), r->rule_id, r->name);
		return;
	}
	t->failed++;
	command_tell(stdout, "%s  %-14s %s\n      %s:%u: %s\n", say(W_TEST_FAILED), r->rule_id, r->name, r->file,
		     r->line, r->why);
}

/* Each rule must have shown that it speaks and that it keeps quiet. */
static void show_untested(const struct rules *rules, struct testing *t)
{
	for (size_t i = 0; i < rules_count(rules); i++) {
		unsigned positive, negative;
		rules_tests(rules, i, &positive, &negative);
		if (positive > 0 && negative > 0)
			continue;
		t->failed++;
		command_tell(stdout, "%s  %-14s %s\n", say(W_TEST_FAILED), rules_info(rules, i)->id,
			     say(positive   ? W_TEST_NO_NEGATIVE
				 : negative ? W_TEST_NO_POSITIVE
					    : W_TEST_NONE));
	}
}

static int test_all(const char *const *packs, const char *config, bool all)
{
	struct complaint c;
	struct testing t = {.plays = rules_plays_new(packs), .config = config, .packs = packs, .all = all};
	int err;
	struct policy_set *set = policy_set_load_packs(config, packs, &c, &err);
	struct rule_test_options o = {
	    .fields = registry(), .play = play, .with_lists = with_lists, .result = show_result, .ctx = &t};

	if (set)
		o.rules = set->rules;
	for (; !err && *packs; packs++) {
		char **files = NULL;
		err = rules_files(*packs, &files, &c);
		for (size_t i = 0; !err && files[i]; i++)
			err = rule_test_file(&o, files[i], &c);
		rules_files_free(files);
	}
	if (!err) {
		show_untested(set->rules, &t);
		command_tell(stdout, say(W_TEST_SUM), rules_count(set->rules), t.passed, t.failed);
	}
	policy_set_free(set);
	policy_set_free(t.listed);
	rules_plays_free(t.plays);
	return err ? command_failed(err, &c) : t.failed ? EXIT_INPUT : EXIT_DONE;
}

static void list_alerts(void *ctx, const char *dir)
{
	char *argv[] = {(char[]){"alerts"}, (char[]){"--state"}, strdup(dir), NULL};

	(void)ctx;
	optind = 0;
	if (argv[2])
		cmd_alerts(3, argv);
	free(argv[2]);
}

/* What the rules of @packs say of captures. */
static int test_captures(const char *const *packs, const char *config, char **captures, size_t n)
{
	struct complaint c;
	int err;
	struct policy_set *set = policy_set_load_packs(config, packs, &c, &err);

	if (!err)
		err = rules_play(set, (const char *const *)captures, n, list_alerts, NULL, &c);
	policy_set_free(set);
	return err ? command_failed(err, &c) : EXIT_DONE;
}

static bool is_rules(const char *name)
{
	struct stat st;
	size_t len = strlen(name);

	return (len > 5 && strcmp(name + len - 5, ".yaml") == 0) || (stat(name, &st) == 0 && S_ISDIR(st.st_mode));
}

/* RULES... CAPTURES... */
static int test(const char *config, bool all, int n, char **names)
{
	const char **packs = calloc((size_t)n + 2, sizeof(*packs));
	char *shipped = datadir_find("rules/packs");
	int n_packs = 0, status = EXIT_ENVIRONMENT;

	for (; packs && n_packs < n && is_rules(names[n_packs]); n_packs++)
		packs[n_packs] = names[n_packs];
	if (packs && n_packs == 0 && n == 0)
		packs[0] = shipped;
	if (packs && (packs[0] || n > 0))
		status = n > n_packs
			     ? test_captures(n_packs ? packs : NULL, config, names + n_packs, (size_t)(n - n_packs))
			     : test_all(packs, config, all);
	free(packs);
	free(shipped);
	return status;
}

int cmd_rules(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'}, {"verbose", no_argument, NULL, 'v'}, {0}};
	const char *config = NULL;
	bool verbose = false;

	for (int o; (o = command_option(argc, argv, "c:v", options, NULL)) != -1;) {
		if (o == 'c')
			config = optarg;
		else if (o == 'v')
			verbose = true;
		else
			return EXIT_USAGE;
	}
	const char *verb = argv[optind];
	if (verb && strcmp(verb, "check") == 0)
		return check(argc - optind - 1, argv + optind + 1);
	if (verb && strcmp(verb, "list") == 0) {
		optind++;
		return command_no_words(argc, argv) == EXIT_DONE ? list(config) : EXIT_USAGE;
	}
	if (verb && strcmp(verb, "show") == 0 && argc - optind == 2)
		return show(config, argv[optind + 1]);
	if (verb && strcmp(verb, "test") == 0)
		return test(config, verbose, argc - optind - 1, argv + optind + 1);
	fputs(say(W_RULES_HELP), stderr);
	return EXIT_USAGE;
}
