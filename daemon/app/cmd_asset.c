/* sekisho asset: what a person does to one device's papers. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/asset_show.h"
#include "app/person.h"
#include "ledger/ledger.h"
#include "ledger/amend.h"
#include "ledger/register_edit.h"

struct asset_options {
	const char *state, *config, *by, *reason, *sheet, *decision;
	bool json;
};

static int parse_options(int argc, char **argv, struct asset_options *o)
{
	static const struct option options[] = {
	    {"state", required_argument, NULL, 's'}, {"config", required_argument, NULL, 'c'},
	    {"by", required_argument, NULL, 'b'},    {"reason", required_argument, NULL, 'r'},
	    {"sheet", required_argument, NULL, 'S'}, {"decision", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},        {0}};

	*o = (struct asset_options){0};
	for (int c; (c = command_option(argc, argv, "s:c:", options, NULL)) != -1;) {
		switch (c) {
		case 's':
			o->state = optarg;
			break;
		case 'c':
			o->config = optarg;
			break;
		case 'b':
			o->by = optarg;
			break;
		case 'r':
			o->reason = optarg;
			break;
		case 'S':
			o->sheet = optarg;
			break;
		case 'd':
			o->decision = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	return EXIT_DONE;
}

/* "location=第2工場": a column by any of its names, and what stands in it. */
static bool add_pair(struct register_edit *edit, char *pair)
{
	char *value = strchr(pair, '=');

	if (!value || edit->n == REGISTER_EDITS_MAX)
		return false;
	*value++ = '\0';
	int f = reg_field_find(pair);
	if (f < 0) {
		const char *near = reg_field_nearest(pair);
		command_tell(stderr, say(near ? W_NO_COLUMN_NEAR : W_NO_COLUMN), pair, near ? near : "");
		return false;
	}
	edit->set[edit->n].field = (enum reg_field)f;
	edit->set[edit->n++].typed = value;
	return true;
}

static int run(const struct asset_options *o, struct register_edit *edit, const struct config *cfg)
{
	struct register_edited done;
	struct complaint c = {""};

	edit->site = &cfg->site;
	edit->person = person_of(o->by, o->reason);
	edit->sheet = o->sheet;
	if (o->decision) {
		edit->set[edit->n].field = REG_DECISION;
		edit->set[edit->n++].typed = o->decision;
	}
	int err = register_edit(o->state ? o->state : cfg->state, edit, &done, &c);
	if (err)
		return command_failed(err, &c);
	bool ja = words_japanese();
	if (strcmp(done.from_phase, done.to_phase) != 0)
		command_tell(stdout, say(W_ASSET_MOVED), done.name, kinds_word(KINDS_OF_PHASE, done.from_phase, ja),
			     kinds_word(KINDS_OF_PHASE, done.to_phase, ja), edit->person.who);
	else
		command_tell(stdout, say(W_ASSET_SET), done.name, edit->person.who);
	if (done.buried > 0)
		command_tell(stdout, say(W_ASSET_BURIED), done.buried);
	return EXIT_DONE;
}

/* ---- identity */

static const struct {
	const char *token;
	enum word word;
} answers[] = {
    {"merged", W_AMEND_MERGED},
    {"split", W_AMEND_SPLIT},
    {"undone", W_AMEND_UNDONE},
    {"unknown", W_AMEND_UNKNOWN},
    {"merged_already", W_AMEND_ALREADY},
    {"same", W_AMEND_SAME},
    {"is_unit", W_AMEND_UNIT},
    {"no_address", W_AMEND_NO_ADDRESS},
    {"not_held", W_AMEND_NOT_HELD},
    {"keeps_nothing", W_AMEND_NOTHING_LEFT},
    {"nothing_to_undo", W_AMEND_NO_DECISION},
};

/* Prints the answer, a token and up to three words, in the person's language. */
static void print_answer(FILE *out, char *answer)
{
	const char *word[4] = {"", "", "", ""};
	char *save = NULL;
	unsigned n = 0;

	for (char *w = strtok_r(answer, " ", &save); w && n < 4; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (strcmp(answers[i].token, word[0]) == 0) {
			fprintf(out, say(answers[i].word), word[1], word[2], word[3], word[3]);
			return;
		}
	}
	fprintf(out, "%s %s %s %s\n", word[0], word[1], word[2], word[3]);
}

static int amend(const struct asset_options *o, const char *verb, int argc, char **argv)
{
	char args[1024] = "", answer[AMEND_ANSWER_MAX] = "";
	struct amendment a = {.verb = verb, .args = args, .person = person_of(o->by, o->reason)};
	struct complaint c = {""};
	size_t len = 0;
	int err = 0;

	for (int i = 0; i < argc && len < sizeof(args); i++)
		len += (size_t)snprintf(args + len, sizeof(args) - len, "%s%s", i ? " " : "", argv[i]);
	for (const char *at = args; *at; at++) {
		if (*at == '"' || *at == '\\' || (unsigned char)*at < 0x20)
			return EXIT_USAGE;
	}
	char *state = command_state(o->state, o->config, &c, &err);
	if (!state)
		return command_failed(err, &c);
	err = amend_ask(state, &a, answer, &c);
	free(state);
	if (answer[0])
		print_answer(err ? stderr : stdout, answer);
	if (err && !answer[0])
		return command_failed(err, &c);
	return err ? EXIT_INPUT : EXIT_DONE;
}

static const struct {
	const char *word, *verb;
	int least, most; /* words after it */
} amendments[] = {{"merge", "asset.merge", 2, 2}, {"split", "asset.split", 2, 64}, {"undo", "asset.undo", 1, 1}};

/* ---- what is suggested */

struct suggested {
	const char *target;
	char kind[48], purdue[8], zone[128], because[512];
	bool found;
};

static const char *text_in(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void take_suggestion(void *ctx, const char *line)
{
	struct suggested *s = ctx;
	json_t *o = json_loads(line, 0, NULL);

	if (o && !s->found &&
	    (strcmp(text_in(o, "asset_id"), s->target) == 0 || strcmp(text_in(o, "name"), s->target) == 0)) {
		const char *zone = text_in(o, "zone");
		s->found = true;
		snprintf(s->kind, sizeof(s->kind), "%s", text_in(o, "role_suggested"));
		snprintf(s->purdue, sizeof(s->purdue), "%s", text_in(o, "purdue_suggested"));
		if ((s->kind[0] || s->purdue[0]) && !text_in(o, "zone_declared")[0] && strcmp(zone, "unknown") != 0 &&
		    strcmp(zone, "internet") != 0)
			snprintf(s->zone, sizeof(s->zone), "%s", zone);
		snprintf(s->because, sizeof(s->because), "%s",
			 text_in(o, words_japanese() ? "suggested_because_ja" : "suggested_because"));
	}
	json_decref(o);
}

/* Writes what behaviour suggests into the papers of the device: from now on a person says so. */
static int confirm(struct asset_options *o, struct register_edit *edit, const struct config *cfg)
{
	struct suggested s = {.target = edit->target};
	struct complaint c = {""};
	int err = ledger_each_asset(o->state ? o->state : cfg->state, NULL, take_suggestion, &s, &c);

	if (err)
		return command_failed(err, &c);
	if (!s.kind[0] && !s.purdue[0]) {
		command_tell(stderr, say(s.found ? W_ASSET_NOTHING_SUGGESTED : W_AMEND_UNKNOWN), edit->target);
		return EXIT_INPUT;
	}
	const struct {
		enum reg_field field;
		const char *value;
	} all[] = {{REG_KIND, s.kind}, {REG_PURDUE, s.purdue}, {REG_ZONE, s.zone}};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!all[i].value[0])
			continue;
		edit->set[edit->n].field = all[i].field;
		edit->set[edit->n++].typed = all[i].value;
	}
	if (!o->reason || !o->reason[0])
		o->reason = s.because;
	return run(o, edit, cfg);
}

int cmd_asset(int argc, char **argv)
{
	struct asset_options o;
	struct register_edit edit = {0};
	struct complaint c = {""};
	struct config cfg;
	int err = 0, status = parse_options(argc, argv, &o);
	const char *what = optind < argc ? argv[optind] : "";
	bool moving = strcmp(what, "phase") == 0, confirming = strcmp(what, "confirm") == 0;

	if (status != EXIT_DONE)
		return status;
	int n_words = argc - optind - 1;
	if (strcmp(what, "show") == 0 && n_words == 1)
		return asset_show(o.state, o.config, argv[optind + 1], o.json);
	for (size_t i = 0; i < sizeof(amendments) / sizeof(amendments[0]); i++) {
		if (strcmp(what, amendments[i].word) != 0 || n_words < amendments[i].least ||
		    n_words > amendments[i].most)
			continue;
		if (!o.reason || !o.reason[0]) {
			fputs(say(W_NEEDS_REASON), stderr);
			return EXIT_USAGE;
		}
		return amend(&o, amendments[i].verb, n_words, argv + optind + 1);
	}
	if (confirming ? n_words != 1
		       : (!moving && strcmp(what, "set") != 0) || n_words < 2 || (moving && n_words != 2)) {
		fputs(say(W_ASSET_HELP), stderr);
		return EXIT_USAGE;
	}
	/* what the behaviour shows is reason enough to confirm it */
	if (!confirming && (!o.reason || !o.reason[0])) {
		fputs(say(W_NEEDS_REASON), stderr);
		return EXIT_USAGE;
	}
	edit.target = argv[optind + 1];
	edit.verb = moving ? "asset.phase" : confirming ? "asset.confirm" : "asset.set";
	if (moving) {
		edit.set[edit.n].field = REG_PHASE;
		edit.set[edit.n++].typed = argv[optind + 2];
	}
	for (int i = optind + 2; !moving && !confirming && i < argc; i++) {
		if (!add_pair(&edit, argv[i]))
			return EXIT_USAGE;
	}
	if (o.config)
		err = config_load(&cfg, o.config, &c);
	else
		config_default(&cfg);
	if (err)
		return command_failed(err, &c);
	status = confirming ? confirm(&o, &edit, &cfg) : run(&o, &edit, &cfg);
	config_free(&cfg);
	return status;
}
