/* sekisho drill: practise with alerts that are marked as such, and see who reacted when. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "alert/drill_scenarios.h"
#include "alert/drills.h"
#include "alert/requests.h"
#include "app/alert_ask.h"
#include "app/command.h"
#include "app/drill_show.h"
#include "app/person.h"
#include "app/until.h"
#include "base/when.h"

#define LONGEST_NS (24 * 3600 * NS_PER_S)

struct drill_options {
	const char *state, *config, *by, *title, *note, *until;
	bool json;
};

static int parse_options(int argc, char **argv, struct drill_options *o)
{
	static const struct option options[] = {
	    {"state", required_argument, NULL, 's'}, {"config", required_argument, NULL, 'c'},
	    {"by", required_argument, NULL, 'b'},    {"title", required_argument, NULL, 't'},
	    {"note", required_argument, NULL, 'n'},  {"until", required_argument, NULL, 'u'},
	    {"json", no_argument, NULL, 'j'},        {0}};

	*o = (struct drill_options){0};
	for (int c; (c = command_option(argc, argv, "s:c:", options, NULL)) != -1;) {
		const char **at = c == 's'   ? &o->state
				  : c == 'c' ? &o->config
				  : c == 'b' ? &o->by
				  : c == 't' ? &o->title
				  : c == 'n' ? &o->note
				  : c == 'u' ? &o->until
					     : NULL;
		if (at)
			*at = optarg;
		else if (c == 'j')
			o->json = true;
		else
			return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* ---- scenarios */

static void print_scenario_json(const struct drill_scenario *s)
{
	json_t *o = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:i}", "scenario", s->id, "version",
			      (int)drill_scenarios_version(), "title_ja", s->title_ja, "title_en", s->title_en,
			      "about_ja", s->about_ja, "about_en", s->about_en, "alerts", (int)s->n_steps);

	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static int list_scenarios(const struct drill_options *o)
{
	struct text_table t = {0};
	bool ja = words_japanese();

	text_table_column(&t, say(W_COL_SCENARIO), 0);
	text_table_column(&t, say(W_COL_ALERTS), 0);
	text_table_column(&t, say(W_DRILL_TITLE), 0);
	text_table_column(&t, say(W_COL_ABOUT), 0);
	for (size_t i = 0; i < drill_scenarios_count(); i++) {
		struct drill_scenario s = drill_scenario_at(i);
		if (o->json) {
			print_scenario_json(&s);
			continue;
		}
		text_table_cell(&t, s.id);
		text_table_number(&t, s.n_steps);
		text_table_cell(&t, ja ? s.title_ja : s.title_en);
		text_table_cell(&t, ja ? s.about_ja : s.about_en);
	}
	if (!o->json)
		text_table_print(&t, stdout, "");
	text_table_free(&t);
	return EXIT_DONE;
}

/* ---- list and show */

static void add_row(void *table, const char *text)
{
	json_t *drill = json_loads(text, 0, NULL);

	if (drill)
		drill_row(table, drill);
	json_decref(drill);
}

static int list(const char *state, const struct drill_options *o, struct complaint *c)
{
	struct drills_filter f = {0};
	struct text_table t = {0};

	drill_columns(&t);
	int err = drills_each(state, &f, o->json ? command_print_line : add_row, &t, c);
	if (!err && !o->json && t.n_cells > t.n_columns)
		text_table_print(&t, stdout, "");
	else if (!err && !o->json)
		fputs(say(W_NONE), stdout);
	text_table_free(&t);
	return err;
}

struct shown {
	bool json, found;
};

static void show_one(void *ctx, const char *text)
{
	struct shown *s = ctx;

	if (s->found) /* the latest comes first */
		return;
	s->found = true;
	if (s->json) {
		puts(text);
		return;
	}
	json_t *drill = json_loads(text, 0, NULL);
	if (drill)
		drill_print(drill);
	json_decref(drill);
}

static int show(const char *state, const struct drill_options *o, const char *id, struct complaint *c)
{
	struct drills_filter f = {.no = drill_no_parse(id)};
	struct shown s = {.json = o->json};
	int err = id[0] && !f.no ? 0 : drills_each(state, &f, show_one, &s, c);

	if (err)
		return err;
	if (s.found)
		return 0;
	if (id[0])
		command_tell(stderr, say(W_DRILL_UNKNOWN), id);
	else
		fputs(say(W_NONE), stdout);
	return id[0] ? 1 : 0;
}

/* ---- start and end */

static void keep_first(void *ctx, const char *text)
{
	json_t **drill = ctx;

	if (!*drill)
		*drill = json_loads(text, 0, NULL);
}

static void tell_started(const char *state)
{
	struct drills_filter f = {.under_way = true};
	json_t *drill = NULL;
	struct complaint c;
	char when[40];

	if (drills_each(state, &f, keep_first, &drill, &c) < 0 || !drill)
		return;
	command_tell(stdout, say(W_DRILL_STARTED), json_at(drill, "drill"), drill_title(drill),
		     local_time(json_at(drill, "until"), when, sizeof(when)), json_at(drill, "drill"));
	json_decref(drill);
}

static int tell(enum request_result result, const struct request *r, const char *state)
{
	static const enum word why[REQUEST_RESULTS] = {
	    [REQUEST_WAITS] = W_ALERT_NO_ANSWER,        [REQUEST_NO_AUDIT] = W_ALERT_NO_AUDIT,
	    [REQUEST_FAILED] = W_ALERT_FAILED,          [REQUEST_NO_DAEMON] = W_DRILL_NO_DAEMON,
	    [REQUEST_DRILL_RUNS] = W_DRILL_RUNS,        [REQUEST_NO_DRILL] = W_DRILL_UNKNOWN,
	    [REQUEST_DRILL_OVER] = W_DRILL_OVER,        [REQUEST_PAST] = W_ALERT_PAST,
	    [REQUEST_NO_SCENARIO] = W_DRILL_NO_SCENARIO};
	bool environment = result == REQUEST_WAITS || result == REQUEST_NO_AUDIT || result == REQUEST_FAILED ||
			   result == REQUEST_NO_DAEMON;

	if (result == REQUEST_DONE && r->verb == REQUEST_DRILL_START)
		tell_started(state);
	else if (result == REQUEST_DONE)
		command_tell(stdout, say(W_DRILL_ENDED), r->target);
	else if (result == REQUEST_NO_DRILL && !r->target[0])
		fputs(say(W_DRILL_NONE_RUNS), stderr);
	else
		command_tell(stderr, say(why[result]), r->target);
	return result == REQUEST_DONE ? EXIT_DONE : environment ? EXIT_ENVIRONMENT : EXIT_INPUT;
}

static bool put(char *to, size_t size, const char *from, const char *option)
{
	if (from && strlen(from) >= size) {
		command_tell(stderr, say(W_TOO_LONG), option, size - 1);
		return false;
	}
	snprintf(to, size, "%s", from ? from : "");
	return true;
}

static int fill(struct request *r, const struct drill_options *o, const char *target, const struct config *cfg)
{
	struct person person = person_of(o->by, o->note);
	int64_t now_ns = when_now_ns();

	snprintf(r->via, sizeof(r->via), "command");
	r->until_ns = now_ns + cfg->drill.end_after_minutes * 60 * NS_PER_S;
	if (o->until && !until_parse(o->until, now_ns, &r->until_ns)) {
		command_tell(stderr, say(W_BAD_UNTIL), o->until);
		return EXIT_USAGE;
	}
	if (r->until_ns - now_ns > LONGEST_NS) {
		fputs(say(W_DRILL_TOO_LONG), stderr);
		return EXIT_USAGE;
	}
	bool fits =
	    put(r->target, sizeof(r->target), target, "ID") && put(r->title, sizeof(r->title), o->title, "--title") &&
	    put(r->reason, sizeof(r->reason), person.reason, "--note") &&
	    put(r->who, sizeof(r->who), person.who, "--by") && put(r->login, sizeof(r->login), person.login, "--by");
	return fits ? EXIT_DONE : EXIT_INPUT;
}

static int ask(enum request_verb verb, const char *target, const struct drill_options *o, const char *state,
	       const struct config *cfg)
{
	enum request_result result = REQUEST_FAILED;
	struct request r = {.verb = verb};
	struct requests *q;
	struct complaint c = {""};
	int status = fill(&r, o, target, cfg);

	if (status != EXIT_DONE)
		return status;
	int err = requests_open(&q, state, &c);
	if (err)
		return command_failed(err, &c);
	err = alert_ask(q, &r, state, cfg, &result);
	requests_close(q);
	if (err) {
		complain(&c, state, 0, 0, "alerts.db cannot be written: %s", strerror(-err));
		return command_failed(err, &c);
	}
	return tell(result, &r, state);
}

/* The one that is under way, by its id, so that the answer can name it. */
static const char *which(const char *state, const char *id, char *buf, size_t size)
{
	struct drills_filter f = {.under_way = true};
	json_t *drill = NULL;
	struct complaint c;

	snprintf(buf, size, "%s", id);
	if (!id[0] && drills_each(state, &f, keep_first, &drill, &c) == 0 && drill)
		snprintf(buf, size, "%s", json_at(drill, "drill"));
	json_decref(drill);
	return buf;
}

static int act(const char *what, const char *target, const struct drill_options *o)
{
	struct complaint c = {""};
	struct config cfg;
	char id[32];
	int err = 0;

	if (o->config)
		err = config_load(&cfg, o->config, &c);
	else
		config_default(&cfg);
	if (err)
		return command_failed(err, &c);
	const char *state = o->state ? o->state : cfg.state;
	int status = strcmp(what, "start") == 0
			 ? ask(REQUEST_DRILL_START, target[0] ? target : "ping", o, state, &cfg)
			 : ask(REQUEST_DRILL_END, which(state, target, id, sizeof(id)), o, state, &cfg);
	config_free(&cfg);
	return status;
}

static int look(const char *what, const char *id, const struct drill_options *o)
{
	struct complaint c = {""};
	int err = 0;
	char *state = command_state(o->state, o->config, &c, &err);

	if (!state)
		return command_failed(err, &c);
	err = strcmp(what, "list") == 0 ? list(state, o, &c) : show(state, o, id, &c);
	free(state);
	return err > 0 ? EXIT_INPUT : err ? command_failed(err, &c) : EXIT_DONE;
}

int cmd_drill(int argc, char **argv)
{
	struct drill_options o;
	int status = parse_options(argc, argv, &o), n = argc - optind;
	const char *what = n > 0 ? argv[optind] : "", *target = n > 1 ? argv[optind + 1] : "";
	bool starts = strcmp(what, "start") == 0, ends = strcmp(what, "end") == 0, shows = strcmp(what, "show") == 0,
	     lists = strcmp(what, "list") == 0, scenarios = strcmp(what, "scenarios") == 0;

	if (status != EXIT_DONE)
		return status;
	if (n > (lists || scenarios ? 1 : 2) || !(starts || ends || shows || lists || scenarios)) {
		fputs(say(W_DRILL_HELP), stderr);
		return EXIT_USAGE;
	}
	if (ends && !(o.note && o.note[0])) {
		fputs(say(W_DRILL_NEEDS_NOTE), stderr);
		return EXIT_USAGE;
	}
	if (scenarios)
		return list_scenarios(&o);
	return starts || ends ? act(what, target, &o) : look(what, target, &o);
}
