/* sekisho alert: what a person does about an alert. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "alert/outbox.h"
#include "alert/requests.h"
#include "app/alert_ask.h"
#include "app/alert_text.h"
#include "app/command.h"
#include "app/learn_alert.h"
#include "app/person.h"
#include "app/pipeline.h"
#include "app/scope_check.h"
#include "app/scope_words.h"
#include "app/until.h"
#include "base/text.h"
#include "base/when.h"

struct alert_options {
	const char *state, *config, *by, *reason, *until, *rule, *src, *dest, *zone;
	bool json, all;
};

static int parse_options(int argc, char **argv, struct alert_options *o)
{
	static const struct option options[] = {
	    {"state", required_argument, NULL, 's'}, {"config", required_argument, NULL, 'c'},
	    {"by", required_argument, NULL, 'b'},    {"reason", required_argument, NULL, 'r'},
	    {"until", required_argument, NULL, 'u'}, {"rule", required_argument, NULL, 'R'},
	    {"src", required_argument, NULL, 'S'},   {"dest", required_argument, NULL, 'D'},
	    {"zone", required_argument, NULL, 'z'},  {"json", no_argument, NULL, 'j'},
	    {"all", no_argument, NULL, 'a'},         {0}};

	*o = (struct alert_options){0};
	for (int c; (c = command_option(argc, argv, "s:c:", options, NULL)) != -1;) {
		const char **at = c == 's'   ? &o->state
				  : c == 'c' ? &o->config
				  : c == 'b' ? &o->by
				  : c == 'r' ? &o->reason
				  : c == 'u' ? &o->until
				  : c == 'R' ? &o->rule
				  : c == 'S' ? &o->src
				  : c == 'D' ? &o->dest
				  : c == 'z' ? &o->zone
					     : NULL;
		if (at)
			*at = optarg;
		else if (c == 'j')
			o->json = true;
		else if (c == 'a')
			o->all = true;
		else
			return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* ---- what a pattern names must be there: a mute that can never apply is a mistake */

static bool rule_is_known(const struct rules *rules, const char *id)
{
	const char *near = NULL;
	unsigned best = 3; /* further off, it is another rule */

	for (size_t i = 0; i < rules_count(rules); i++) {
		const char *one = rules_info(rules, i)->id;
		unsigned d = text_distance(one, id);
		if (d == 0)
			return true;
		if (d == best && d > 1)
			near = NULL; /* others are as likely */
		if (d < best) {
			best = d;
			near = one;
		}
	}
	command_tell(stderr, say(near ? W_NO_RULE_NEAR : W_NO_RULE), id, near ? near : "");
	return false;
}

static bool pattern_is_good(const struct alert_options *o, const char *state, const struct policy_set *set)
{
	return (!o->rule || rule_is_known(set->rules, o->rule)) && (!o->src || scope_end_is_known(state, o->src)) &&
	       (!o->dest || scope_end_is_known(state, o->dest)) &&
	       (!o->zone || scope_zone_is_known(state, &set->cfg, o->zone));
}

/* ---- the request, and its answer */

static int tell(enum request_result result, const struct request *r)
{
	static const enum word done[REQUEST_VERBS] = {W_ALERT_ACKED,    W_ALERT_CLOSED, W_ALERT_MUTED,
						      W_ALERT_REOPENED, W_ALERT_LEARNT, W_ALERT_UNMUTED};
	static const enum word why[REQUEST_RESULTS] = {
	    [REQUEST_NO_ALERT] = W_ALERT_UNKNOWN,    [REQUEST_ALREADY] = W_ALERT_ALREADY,
	    [REQUEST_IS_OVER] = W_ALERT_IS_OVER,     [REQUEST_NO_MUTE] = W_ALERT_NO_MUTE,
	    [REQUEST_MUTES_MAX] = W_ALERT_MUTES_MAX, [REQUEST_PAST] = W_ALERT_PAST,
	    [REQUEST_NO_AUDIT] = W_ALERT_NO_AUDIT,   [REQUEST_WAITS] = W_ALERT_NO_ANSWER,
	    [REQUEST_FAILED] = W_ALERT_FAILED,       [REQUEST_DRILL_OVER] = W_DRILL_OVER,
	    [REQUEST_IS_DRILL] = W_ALERT_IS_DRILL};
	bool half = r->verb == REQUEST_LEARN; /* the baseline comes first */

	if (result == REQUEST_DONE) {
		command_tell(stdout, say(done[r->verb]), r->target[0] ? r->target : say(W_ALERT_PATTERN), r->who);
		return EXIT_DONE;
	}
	if (result == REQUEST_WAITS || result == REQUEST_NO_AUDIT || result == REQUEST_FAILED) {
		enum word learnt = result == REQUEST_WAITS      ? W_LEARN_NO_ANSWER
				   : result == REQUEST_NO_AUDIT ? W_LEARN_NO_AUDIT
								: W_LEARN_FAILED;
		command_tell(stderr, say(half ? learnt : why[result]), r->target);
		return EXIT_ENVIRONMENT;
	}
	command_tell(stderr, say(why[result]), r->target);
	return EXIT_INPUT;
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

static int fill(struct request *r, const struct alert_options *o, const char *target)
{
	struct person person = person_of(o->by, o->reason);

	snprintf(r->via, sizeof(r->via), "command");
	if (o->until && !until_parse(o->until, when_now_ns(), &r->until_ns)) {
		command_tell(stderr, say(W_BAD_UNTIL), o->until);
		return EXIT_USAGE;
	}
	bool fits =
	    put(r->target, sizeof(r->target), target, "ID") && put(r->rule, sizeof(r->rule), o->rule, "--rule") &&
	    put(r->src, sizeof(r->src), o->src, "--src") && put(r->dest, sizeof(r->dest), o->dest, "--dest") &&
	    put(r->zone, sizeof(r->zone), o->zone, "--zone") &&
	    put(r->reason, sizeof(r->reason), person.reason, "--reason") &&
	    put(r->who, sizeof(r->who), person.who, "--by") && put(r->login, sizeof(r->login), person.login, "--by");
	return fits ? EXIT_DONE : EXIT_INPUT;
}

/* Puts @r down and waits for what comes of it. What an alert is about is learnt first: the ledger may refuse it, the
 * state of an alert that is there can only fail. */
static int ask(const char *state, struct request *r, const struct config *cfg)
{
	struct requests *q;
	struct complaint c = {""};
	int err = requests_open(&q, state, &c);

	if (err)
		return command_failed(err, &c);
	int status = r->verb == REQUEST_LEARN ? learn_alert(state, r->target, r->who, r->reason) : EXIT_DONE;
	if (status != EXIT_DONE) {
		requests_close(q);
		return status;
	}
	enum request_result result;
	err = alert_ask(q, r, state, cfg, &result);
	requests_close(q);
	if (err) {
		complain(&c, state, 0, 0, "alerts.db cannot be written: %s", strerror(-err));
		status = command_failed(err, &c);
		return r->verb == REQUEST_LEARN ? tell(REQUEST_FAILED, r) : status;
	}
	return tell(result, r);
}

/* ---- the list of mutes */

static void add_mute(void *table, const char *json)
{
	struct text_table *t = table;
	json_t *m = json_loads(json, 0, NULL);
	char text[256], when[40];

	if (!m)
		return;
	text_table_number(t, (uint64_t)json_integer_value(json_node(m, "no")));
	text[0] = '\0';
	scope_words_add(text, sizeof(text), W_SCOPE_ALERT, json_at(m, "alert_id"));
	scope_words_add(text, sizeof(text), W_COL_RULE, json_at(m, "rule"));
	scope_words_add(text, sizeof(text), W_COL_FROM, json_at(m, "src"));
	scope_words_add(text, sizeof(text), W_COL_TO, json_at(m, "dest"));
	scope_words_add_zone(text, sizeof(text), json_at(m, "zone"));
	text_table_cell(t, text);
	text_table_cell(t, local_time(json_at(m, "until"), when, sizeof(when)));
	text_table_number(t, (uint64_t)json_integer_value(json_node(m, "applied")));
	text_table_cell(t, local_time(json_at(m, "last_applied"), when, sizeof(when)));
	text_table_cell(t, json_at(m, "by"));
	text_table_cell(t, json_at(m, "reason"));
	json_decref(m);
}

static int list_mutes(const char *state, const struct alert_options *o)
{
	struct text_table t = {0};
	struct complaint c;

	text_table_column(&t, say(W_COL_NO), 0);
	text_table_column(&t, say(W_COL_MUTED), 0);
	text_table_column(&t, say(W_COL_UNTIL), 0);
	text_table_column(&t, say(W_COL_APPLIED), 0);
	text_table_column(&t, say(W_COL_LAST), 0);
	text_table_column(&t, say(W_COL_WHO), 24);
	text_table_column(&t, say(W_COL_REASON), 60);
	int err = alerts_each_mute(state, o->all, o->json ? command_print_line : add_mute, &t, &c);
	if (!err && !o->json && t.n_cells > t.n_columns)
		text_table_print(&t, stdout, "");
	else if (!err && !o->json)
		fputs(say(W_NONE), stdout);
	text_table_free(&t);
	return err ? command_failed(err, &c) : EXIT_DONE;
}

/* ---- the command */

static int run(struct request *r, const struct alert_options *o, const char *target)
{
	bool pattern = o->rule || o->src || o->dest || o->zone;
	struct complaint c = {""};
	struct config cfg;
	int err = 0, status;

	if (pattern) {
		struct policy_set *set = policy_set_load(o->config, &c, &err);
		if (!set)
			return command_failed(err, &c);
		const char *state = o->state ? o->state : set->cfg.state;
		status = fill(r, o, target);
		if (status == EXIT_DONE && !pattern_is_good(o, state, set))
			status = EXIT_INPUT;
		if (status == EXIT_DONE)
			status = ask(state, r, &set->cfg);
		policy_set_free(set);
		return status;
	}
	if (o->config)
		err = config_load(&cfg, o->config, &c);
	else
		config_default(&cfg);
	if (err)
		return command_failed(err, &c);
	const char *state = o->state ? o->state : cfg.state;
	status = fill(r, o, target);
	if (status == EXIT_DONE)
		status = ask(state, r, &cfg);
	config_free(&cfg);
	return status;
}

static int show_mutes(const struct alert_options *o)
{
	struct complaint c;
	int err;
	char *state = command_state(o->state, o->config, &c, &err);

	if (!state)
		return command_failed(err, &c);
	int status = list_mutes(state, o);
	free(state);
	return status;
}

/* ---- one alert */

struct shown {
	bool json, found;
};

static void show_one(void *ctx, const char *text)
{
	struct shown *s = ctx;
	json_t *alert = json_loads(text, 0, NULL);
	enum alert_level level = LEVEL_INFO;

	s->found = true;
	if (s->json) {
		puts(text);
	} else if (alert) {
		(void)alert_level_parse(json_at(alert, "sekisho.level"), &level);
		alert_print(alert, level, false);
		alert_print_rest(alert);
	}
	json_decref(alert);
}

static int show(const struct alert_options *o, const char *id)
{
	struct alerts_filter f = {.alert_id = id, .least_level = LEVEL_INFO};
	struct shown shown = {.json = o->json};
	struct complaint c;
	int err;
	char *state = command_state(o->state, o->config, &c, &err);

	if (!state)
		return command_failed(err, &c);
	err = alerts_each(state, &f, show_one, &shown, &c);
	free(state);
	if (err)
		return command_failed(err, &c);
	if (!shown.found)
		command_tell(stderr, say(W_NO_ALERT), id);
	return shown.found ? EXIT_DONE : EXIT_INPUT;
}

int alert_learn(const char *state, const char *config, const char *alert_id, const char *by, const char *reason)
{
	const struct alert_options o = {.state = state, .config = config, .by = by, .reason = reason};
	struct request r = {.verb = REQUEST_LEARN};

	return run(&r, &o, alert_id);
}

int cmd_alert(int argc, char **argv)
{
	struct alert_options o;
	struct request r = {0};
	int status = parse_options(argc, argv, &o);
	const char *what = optind < argc ? argv[optind] : "", *target = optind + 1 < argc ? argv[optind + 1] : "";

	if (status != EXIT_DONE)
		return status;
	if (strcmp(what, "mutes") == 0 && argc - optind == 1)
		return show_mutes(&o);
	if (strcmp(what, "show") == 0 && argc - optind == 2)
		return show(&o, target);
	int verb = request_verb_parse(what);
	bool pattern = o.rule || o.src || o.dest || o.zone, mutes = verb == REQUEST_MUTE;
	if (verb < 0 || argc - optind != (pattern && mutes ? 1 : 2) || (pattern && !mutes)) {
		fputs(say(W_ALERT_HELP), stderr);
		return EXIT_USAGE;
	}
	if (!o.reason || !o.reason[0]) {
		fputs(say(W_NEEDS_REASON), stderr);
		return EXIT_USAGE;
	}
	if (mutes != (o.until != NULL)) {
		fputs(say(mutes ? W_NEEDS_UNTIL : W_ALERT_HELP), stderr);
		return EXIT_USAGE;
	}
	r.verb = (enum request_verb)verb;
	return run(&r, &o, target);
}
