/* sekisho work: planned work - maintenance, shutdowns, holidays. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/work_command.h"
#include "base/when.h"

const char *work_when(int64_t ns, char buf[static WORK_WHEN_MAX])
{
	time_t t = ns / NS_PER_S;
	struct tm tm;

	buf[0] = '\0';
	if (ns && localtime_r(&t, &tm))
		strftime(buf, WORK_WHEN_MAX, "%Y-%m-%d %H:%M", &tm);
	return buf;
}

static const struct option options[] = {{"state", required_argument, NULL, 's'},
					{"config", required_argument, NULL, 'c'},
					{"by", required_argument, NULL, 'b'},
					{"reason", required_argument, NULL, 'r'},
					{"from", required_argument, NULL, 'f'},
					{"to", required_argument, NULL, 't'},
					{"day", required_argument, NULL, 'd'},
					{"every", required_argument, NULL, 'e'},
					{"until", required_argument, NULL, 'u'},
					{"since", required_argument, NULL, 'S'},
					{"zone", required_argument, NULL, 'z'},
					{"conduit", required_argument, NULL, 'o'},
					{"device", required_argument, NULL, 'D'},
					{"src", required_argument, NULL, 'x'},
					{"dest", required_argument, NULL, 'y'},
					{"rule", required_argument, NULL, 'R'},
					{"who", required_argument, NULL, 'w'},
					{"note", required_argument, NULL, 'n'},
					{"at", required_argument, NULL, 'a'},
					{"in", required_argument, NULL, 'i'},
					{"kind", required_argument, NULL, 'k'},
					{"encoding", required_argument, NULL, 'E'},
					{"json", no_argument, NULL, 'j'},
					{"csv", no_argument, NULL, 'v'},
					{"count", no_argument, NULL, 'C'},
					{"hours", no_argument, NULL, 'H'},
					{"alerts", no_argument, NULL, 'A'},
					{"muted", no_argument, NULL, 'M'},
					{0}};

/* Where the value of an option goes. */
static const char **text_of(struct work_options *o, int c)
{
	const struct {
		int c;
		const char **at;
	} texts[] = {{'s', &o->state},   {'c', &o->config}, {'b', &o->by},    {'r', &o->reason}, {'f', &o->from},
		     {'t', &o->to},      {'d', &o->day},    {'e', &o->every}, {'u', &o->until},  {'S', &o->since},
		     {'z', &o->zone},    {'D', &o->device}, {'x', &o->src},   {'y', &o->dest},   {'R', &o->rule},
		     {'w', &o->who},     {'n', &o->note},   {'a', &o->at},    {'i', &o->in},     {'k', &o->kind},
		     {'E', &o->encoding}, {'o', &o->conduit}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].c == c)
			return texts[i].at;
	}
	return NULL;
}

static bool *switch_of(struct work_options *o, int c)
{
	return c == 'j'   ? &o->json
	       : c == 'v' ? &o->csv
	       : c == 'C' ? &o->count
	       : c == 'H' ? &o->hours
	       : c == 'A' ? &o->alerts
	       : c == 'M' ? &o->muted
			  : NULL;
}

static int parse_options(int argc, char **argv, struct work_options *o)
{
	*o = (struct work_options){0};
	for (int c; (c = command_option(argc, argv, "s:c:", options, NULL)) != -1;) {
		const char **text = text_of(o, c);
		bool *on = switch_of(o, c);
		if (!text && !on)
			return EXIT_USAGE;
		if (text)
			*text = optarg;
		else
			*on = true;
	}
	if (o->encoding && !command_csv_knows(o->encoding))
		return command_bad_value(o->encoding, "--encoding", COMMAND_ENCODINGS);
	if (o->kind && work_kind_parse(o->kind) < 0)
		return command_bad_value(o->kind, "--kind", "maintenance, shutdown, holiday");
	if (o->in && work_state_parse(o->in) < 0)
		return command_bad_value(o->in, "--in", "past, now, coming, cancelled");
	if (o->every && work_every_parse(o->every) < 0)
		return command_bad_value(o->every, "--every", "day, week, year");
	return EXIT_DONE;
}

static int run(const struct work_options *o, const char *state, int argc, char **argv)
{
	const char *what = argv[0];

	if (strcmp(what, "add") == 0 && argc == 3)
		return work_enter(o, state, argv[1], argv[2]);
	if (strcmp(what, "import") == 0 && argc == 2)
		return work_import(o, state, argv[1]);
	if ((strcmp(what, "end") == 0 || strcmp(what, "cancel") == 0) && argc == 2)
		return work_finish(o, state, argv[1], what[0] == 'c');
	if (strcmp(what, "list") == 0 && argc == 1)
		return work_list(o, state);
	if (strcmp(what, "show") == 0 && argc == 2)
		return work_show(o, state, argv[1]);
	if (strcmp(what, "rules") == 0 && argc == 1)
		return work_rules(o);
	fputs(say(W_WORK_HELP), stderr);
	return EXIT_USAGE;
}

int cmd_work(int argc, char **argv)
{
	struct work_options o;
	struct complaint c = {""};
	int err, status = parse_options(argc, argv, &o);

	if (status != EXIT_DONE)
		return status;
	if (optind == argc) {
		fputs(say(W_WORK_HELP), stderr);
		return EXIT_USAGE;
	}
	char *state = command_state(o.state, o.config, &c, &err);
	if (!state)
		return command_failed(err, &c);
	status = run(&o, state, argc - optind, argv + optind);
	free(state);
	return status;
}
