/* sekisho asset: what a person does to one device's papers. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/person.h"
#include "ledger/register_edit.h"

struct asset_options {
	const char *state, *config, *by, *reason, *sheet, *decision;
};

static int parse_options(int argc, char **argv, struct asset_options *o)
{
	static const struct option options[] = {{"state", required_argument, NULL, 's'},
						{"config", required_argument, NULL, 'c'},
						{"by", required_argument, NULL, 'b'},
						{"reason", required_argument, NULL, 'r'},
						{"sheet", required_argument, NULL, 'S'},
						{"decision", required_argument, NULL, 'd'},
						{0}};

	*o = (struct asset_options){0};
	for (int c; (c = getopt_long(argc, argv, "s:c:", options, NULL)) != -1;) {
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
		fprintf(stderr, say(near ? W_NO_COLUMN_NEAR : W_NO_COLUMN), pair, near ? near : "");
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
		printf(say(W_ASSET_MOVED), done.name, kinds_word(KINDS_OF_PHASE, done.from_phase, ja),
		       kinds_word(KINDS_OF_PHASE, done.to_phase, ja), edit->person.who);
	else
		printf(say(W_ASSET_SET), done.name, edit->person.who);
	if (done.buried > 0)
		printf(say(W_ASSET_BURIED), done.buried);
	return EXIT_DONE;
}

int cmd_asset(int argc, char **argv)
{
	struct asset_options o;
	struct register_edit edit = {0};
	struct complaint c = {""};
	struct config cfg;
	int err = 0, status = parse_options(argc, argv, &o);
	const char *what = optind < argc ? argv[optind] : "";
	bool moving = strcmp(what, "phase") == 0;

	if (status != EXIT_DONE)
		return status;
	if ((!moving && strcmp(what, "set") != 0) || argc - optind < 3 || (moving && argc - optind != 3)) {
		fputs(say(W_ASSET_HELP), stderr);
		return EXIT_USAGE;
	}
	if (!o.reason || !o.reason[0]) {
		fputs(say(W_NEEDS_REASON), stderr);
		return EXIT_USAGE;
	}
	edit.target = argv[optind + 1];
	edit.verb = moving ? "asset.phase" : "asset.set";
	if (moving) {
		edit.set[edit.n].field = REG_PHASE;
		edit.set[edit.n++].typed = argv[optind + 2];
	}
	for (int i = optind + 2; !moving && i < argc; i++) {
		if (!add_pair(&edit, argv[i]))
			return EXIT_USAGE;
	}
	if (o.config)
		err = config_load(&cfg, o.config, &c);
	else
		config_default(&cfg);
	if (err)
		return command_failed(err, &c);
	status = run(&o, &edit, &cfg);
	config_free(&cfg);
	return status;
}
