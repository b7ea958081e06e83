/* sekisho incidents: alerts that belong together, with their timeline. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "alert/outbox.h"
#include "app/command.h"
#include "base/text.h"
#include "event/finding.h"

struct incident_options {
	const char *state, *config, *in, *level;
	bool json;
};

static int parse_options(int argc, char **argv, struct incident_options *o)
{
	static const struct option options[] = {
	    {"state", required_argument, NULL, 's'}, {"config", required_argument, NULL, 'c'},
	    {"json", no_argument, NULL, 'j'},        {"in", required_argument, NULL, 'i'},
	    {"level", required_argument, NULL, 'l'}, {0}};
	enum alert_level level;

	*o = (struct incident_options){0};
	for (int c; (c = command_option(argc, argv, "s:c:", options, NULL)) != -1;) {
		switch (c) {
		case 's':
			o->state = optarg;
			break;
		case 'c':
			o->config = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'i':
			o->in = optarg;
			if (strcmp(optarg, "open") != 0 && strcmp(optarg, "closed") != 0)
				return command_bad_value(optarg, "--in", "open, closed");
			break;
		case 'l':
			o->level = optarg;
			if (!alert_level_parse(optarg, &level))
				return command_bad_value(optarg, "--level", COMMAND_LEVELS);
			break;
		default:
			return EXIT_USAGE;
		}
	}
	return EXIT_DONE;
}

static const char *stage_word(const char *stage)
{
	static const enum word words[ATTACK_STAGES] = {[STAGE_ARRIVAL] = W_STAGE_ARRIVAL,
						       [STAGE_DISCOVERY] = W_STAGE_DISCOVERY,
						       [STAGE_ACCESS] = W_STAGE_ACCESS,
						       [STAGE_CONTROL] = W_STAGE_CONTROL};
	enum attack_stage s;

	return attack_stage_parse(stage, &s) && s != STAGE_NONE ? say(words[s]) : stage;
}

static const char *state_word(const char *state)
{
	return say(strcmp(state, "closed") == 0 ? W_STATE_CLOSED : W_STATE_OPEN);
}

static const char *level_word(const char *level)
{
	enum alert_level l;

	return words_japanese() && alert_level_parse(level, &l) ? alert_level_name_ja(l) : level;
}

static void add_row(void *table, const char *text)
{
	struct text_table *t = table;
	json_t *o = json_loads(text, 0, NULL);
	char when[40];

	if (!o)
		return;
	text_table_cell(t, json_at(o, "sekisho.alert_id"));
	text_table_cell(t, local_time(json_at(o, "sekisho.first_seen"), when, sizeof(when)));
	text_table_cell(t, local_time(json_at(o, "sekisho.last_seen"), when, sizeof(when)));
	text_table_cell(t, level_word(json_at(o, "sekisho.level")));
	text_table_cell(t, state_word(json_at(o, "sekisho.state")));
	text_table_cell(t, stage_word(json_at(o, "sekisho.stage")));
	text_table_number(t, (uint64_t)json_integer_value(json_node(o, "sekisho.count")));
	text_table_cell(t, json_at(o, words_japanese() ? "sekisho.title_ja" : "sekisho.title_en"));
	json_decref(o);
}

static int list(const char *state, const struct incident_options *o, struct complaint *c)
{
	struct incidents_filter f = {.state = o->in, .least_level = LEVEL_INFO};
	struct text_table t = {0};

	if (o->level)
		(void)alert_level_parse(o->level, &f.least_level);
	if (o->json)
		return incidents_each(state, &f, command_print_line, NULL, c);
	text_table_column(&t, "id", 0);
	text_table_column(&t, say(W_COL_TIME), 0);
	text_table_column(&t, say(W_COL_LAST_SEEN), 0);
	text_table_column(&t, say(W_COL_LEVEL), 0);
	text_table_column(&t, say(W_COL_STATE), 0);
	text_table_column(&t, say(W_COL_STAGE), 0);
	text_table_column(&t, say(W_COL_ALERTS), 0);
	text_table_column(&t, say(W_COL_TITLE), 0);
	int err = incidents_each(state, &f, add_row, &t, c);
	if (!err && t.n_cells > t.n_columns)
		text_table_print(&t, stdout, "");
	else if (!err)
		fputs(say(W_NONE), stdout);
	text_table_free(&t);
	return err;
}

/* ---- one of them */

struct shown {
	bool json, found;
};

static void print_timeline(const json_t *o)
{
	const json_t *steps = json_node(o, "sekisho.timeline"), *step;
	struct text_table t = {0};
	char when[40];
	size_t i;

	text_table_column(&t, say(W_COL_TIME), 0);
	text_table_column(&t, say(W_COL_STAGE), 0);
	text_table_column(&t, say(W_COL_LEVEL), 0);
	text_table_column(&t, say(W_COL_RULE), 0);
	text_table_column(&t, say(W_COL_TITLE), 0);
	text_table_column(&t, "alert_id", 0);
	json_array_foreach(steps, i, step)
	{
		text_table_cell(&t, local_time(json_at(step, "at"), when, sizeof(when)));
		text_table_cell(&t, stage_word(json_at(step, "stage")));
		text_table_cell(&t, level_word(json_at(step, "level")));
		text_table_cell(&t, json_at(step, "rule_id"));
		text_table_cell(&t, json_at(step, words_japanese() ? "title_ja" : "title_en"));
		text_table_cell(&t, json_at(step, "alert_id"));
	}
	text_table_print(&t, stdout, "  ");
	text_table_free(&t);
	long long more = (long long)json_integer_value(json_node(o, "sekisho.timeline_left_out"));
	if (more > 0)
		command_tell(stdout, say(W_INCIDENT_LEFT_OUT), more);
}

static void show_one(void *ctx, const char *text)
{
	struct shown *s = ctx;
	json_t *o = json_loads(text, 0, NULL);
	char when[40];

	s->found = true;
	if (s->json) {
		puts(text);
	} else if (o) {
		char line[1024], by[256];
		text_printable(span_str(json_at(o, words_japanese() ? "sekisho.title_ja" : "sekisho.title_en")), line,
			       sizeof(line), 0);
		command_tell(stdout, "%s  %s  %s\n", level_word(json_at(o, "sekisho.level")),
			     state_word(json_at(o, "sekisho.state")), line);
		command_tell(stdout, "%s - ", local_time(json_at(o, "sekisho.first_seen"), when, sizeof(when)));
		command_tell(stdout, "%s\n", local_time(json_at(o, "sekisho.last_seen"), when, sizeof(when)));
		if (json_at(o, "sekisho.reason")[0]) {
			text_printable(span_str(json_at(o, "sekisho.reason")), line, sizeof(line), 0);
			text_printable(span_str(json_at(o, "sekisho.by")), by, sizeof(by), 0);
			command_tell(stdout, "%s: %s\n", by, line);
		}
		print_timeline(o);
		command_tell(stdout, "%s: %s\n", say(W_FIRST_CHECK),
			     json_at(o, words_japanese() ? "sekisho.action_ja" : "sekisho.action_en"));
	}
	json_decref(o);
}

static int show(const char *state, const struct incident_options *o, const char *id, struct complaint *c)
{
	struct incidents_filter f = {.id = id, .least_level = LEVEL_INFO};
	struct shown s = {.json = o->json};
	int err = incidents_each(state, &f, show_one, &s, c);

	if (!err && !s.found) {
		command_tell(stderr, say(W_NO_INCIDENT), id);
		return 1;
	}
	return err;
}

/* Is the first word, behind options and what they take, one of those that cmd_alert() knows? */
static bool is_for_alerts(int argc, char **argv)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		bool is_long = argv[i][1] == '-',
		     attached = is_long ? strchr(argv[i], '=') != NULL : argv[i][2] != '\0';
		i += strcmp(argv[i], "--json") != 0 && !attached;
	}
	return i < argc && (strcmp(argv[i], "close") == 0 || strcmp(argv[i], "reopen") == 0);
}

int cmd_incidents(int argc, char **argv)
{
	struct incident_options o;
	struct complaint c;
	int err = 0;

	/* what people do about them goes the way of the alerts */
	if (is_for_alerts(argc, argv))
		return cmd_alert(argc, argv);
	int status = parse_options(argc, argv, &o);
	if (status != EXIT_DONE)
		return status;
	bool one = argc - optind == 2 && strcmp(argv[optind], "show") == 0;
	if (!one && argc != optind) {
		fputs(say(W_INCIDENTS_HELP), stderr);
		return EXIT_USAGE;
	}
	char *state = command_state(o.state, o.config, &c, &err);
	if (!state)
		return command_failed(err, &c);
	err = one ? show(state, &o, argv[optind + 1], &c) : list(state, &o, &c);
	free(state);
	return err > 0 ? EXIT_INPUT : err ? command_failed(err, &c) : EXIT_DONE;
}
