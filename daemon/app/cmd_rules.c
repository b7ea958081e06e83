/* sekisho rules: compile, list, run their tests. */
#include <getopt.h>
#include <string.h>

#include "app/alert_text.h"
#include "app/command.h"
#include "app/datadir.h"
#include "app/pipeline.h"
#include "app/registry.h"
#include "app/rules_play.h"
#include "event/attack_ics.h"

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

static void tell_text(const char *text, int len, const char *title);

enum { WORDS_MAX = 32 };

/* "value=word" of a choice; without a value the word is for all others. */
struct choice {
	struct span value, word; /* value.ptr NULL: none */
};

static size_t read_choices(const char *text, int len, struct choice out[static WORDS_MAX])
{
	size_t n = 0;

	for (; len > 0 && n < WORDS_MAX; n++) {
		int size = before(text + 1, len - 1, "|"), value = before(text + 1, size, "=");
		const uint8_t *at = (const uint8_t *)text + 1;
		out[n] = value < size ? (struct choice){span_of(at, (size_t)value),
							span_of(at + value + 1, (size_t)(size - value - 1))}
				      : (struct choice){.word = span_of(at, (size_t)size)};
		text += 1 + size;
		len -= 1 + size;
	}
	return n;
}

/* Each word once, as several values may have the same. */
static bool told_before(const struct choice *all, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (span_eq(all[k].word, all[i].word))
			return true;
	}
	return all[i].word.len == 0;
}

static bool is_sentence(struct span word)
{
	static const char full_stop[] = "\u3002";
	const size_t n = sizeof(full_stop) - 1;

	return word.len > n && (word.ptr[word.len - 1] == '.' || memcmp(word.ptr + word.len - n, full_stop, n) == 0);
}

/* Where several of them are whole sentences, a line each says which case it belongs to. */
static bool wants_lines(const struct choice *all, size_t n)
{
	unsigned sentences = 0;

	for (size_t i = 0; i < n; i++)
		sentences += !told_before(all, i) && is_sentence(all[i].word);
	return sentences > 1;
}

/* The gap {@name|...} of @title, so that a case is called as there; where it has none, by its value. */
static size_t title_choices(const char *title, const char *name, int name_len, struct choice out[static WORDS_MAX])
{
	for (const char *at = strchr(title, '{'); at; at = strchr(at + 1, '{')) {
		int gap = before(at + 1, (int)strlen(at + 1), "}");
		if (strncmp(at + 1, name, (size_t)name_len) == 0 && at[1 + name_len] == '|')
			return read_choices(at + 1 + name_len, gap - name_len, out);
	}
	return 0;
}

static void tell_case(const struct choice *c, const struct choice *titles, size_t n_titles)
{
	struct span name = c->value.ptr ? c->value : span_str(say(W_GAP_OTHERWISE));

	for (size_t i = 0; i < n_titles; i++) {
		if (!c->value.ptr == !titles[i].value.ptr && (!c->value.ptr || span_eq(c->value, titles[i].value)))
			name = titles[i].word;
	}
	tell_text((const char *)name.ptr, (int)name.len, "");
}

static void tell_lines(const struct choice *all, size_t n, const struct choice *titles, size_t n_titles)
{
	for (size_t i = 0; i < n; i++) {
		if (told_before(all, i))
			continue;
		command_tell(stdout, "\n  - ");
		tell_case(&all[i], titles, n_titles);
		for (size_t k = i + 1; k < n; k++) {
			if (span_eq(all[k].word, all[i].word)) {
				command_tell(stdout, "%s", say(W_GAP_OR));
				tell_case(&all[k], titles, n_titles);
			}
		}
		command_tell(stdout, ": ");
		tell_text((const char *)all[i].word.ptr, (int)all[i].word.len, "");
	}
}

/* "|value=word|word" of the gap @name. @return true: it took lines of its own. */
static bool tell_choice(const char *name, int name_len, const char *text, int len, const char *title)
{
	struct choice all[WORDS_MAX], titles[WORDS_MAX];
	size_t n = read_choices(text, len, all), told = 0;

	if (wants_lines(all, n)) {
		tell_lines(all, n, titles, title_choices(title, name, name_len, titles));
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		if (told_before(all, i))
			continue;
		command_tell(stdout, "%s", say(told++ == 0 ? W_GAP_ONE_OF : W_GAP_OR));
		tell_text((const char *)all[i].word.ptr, (int)all[i].word.len, title);
	}
	if (told > 0)
		command_tell(stdout, "%s", say(W_GAP_END));
	return false;
}

/* Does @text begin with a gap that takes lines of its own? */
static bool begins_with_lines(const char *text)
{
	struct choice all[WORDS_MAX];
	if (text[0] != '{' || text[1] == '{')
		return false;
	int gap = before(text + 1, (int)strlen(text + 1), "}"), at = before(text + 1, gap, "|");

	return wants_lines(all, read_choices(text + 1 + at, gap - at, all));
}

/* A text of a rule for people (engine/template.h): a gap by its name, or by the words of which one will stand there.
 * @title: of the rule, which names the cases. */
static void tell_text(const char *text, int len, const char *title)
{
	while (len > 0) {
		int n = before(text, len, "{}"), shown = n;
		while (shown > 0 && text[shown - 1] == ' ' && n < len && begins_with_lines(text + n))
			shown--;
		command_tell(stdout, "%.*s", shown, text);
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
		bool lines = tell_choice(text + 1, at, text + 1 + at, gap - at, title);
		text += gap + 2;
		len -= gap + 2;
		for (; lines && len > 0 && *text == ' '; text++)
			len--;
		if (lines && len > 0)
			command_tell(stdout, "\n  ");
	}
}

static void show_line(const char *label, const char *text)
{
	if (*text)
		command_tell(stdout, "%s: %s\n", label, text);
}

static void show_text(const char *label, const char *text, const char *title)
{
	if (!*text)
		return;
	command_tell(stdout, "%s:%s", label, begins_with_lines(text) ? "" : " ");
	tell_text(text, (int)strlen(text), title);
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

/* With their names, one to a line: ids alone say nothing to who does not have the matrix at hand. */
static void show_techniques(const struct tag_list *ids)
{
	for (size_t i = 0; i < ids->n; i++) {
		const struct attack_ics *t = attack_ics_find(ids->tags[i]);
		command_tell(stdout, "  %-10s %s%s%s\n", i ? "" : "ATT&CK", ids->tags[i], t ? " " : "",
			     t ? t->name : "");
	}
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
		tell_text(title, (int)strlen(title), "");
		putchar('\n');
		show_line(say(W_RULE_WHAT), ja ? r->what_ja : r->what_en);
		show_text(say(W_FIRST_CHECK), ja ? r->action_ja : r->action_en, title);
		show_text(say(W_RULE_DONT), ja ? r->dont_ja : r->dont_en, title);
		show_line(say(W_RULE_LIMITS), ja ? r->limits_ja : r->limits_en);
		command_tell(stdout, "%s:\n", say(W_RULE_TAGS));
		show_techniques(&r->attack_ics);
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
