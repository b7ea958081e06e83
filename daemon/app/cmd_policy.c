/* sekisho policy test: what conduits would say of the traffic in some captures, and which line would allow it; sekisho
 * policy confirm: a person answers for them. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/draft.h"
#include "app/person.h"
#include "base/when.h"
#include "ledger/confirm.h"

struct policy_options {
	const char *config, *state, *by, *reason;
	bool json, all, confirm;
};

static int parse_options(int argc, char **argv, struct policy_options *o)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
						{"json", no_argument, NULL, 'j'},
						{"all", no_argument, NULL, 'a'},
						{"state", required_argument, NULL, 's'},
						{"by", required_argument, NULL, 'b'},
						{"reason", required_argument, NULL, 'r'},
						{0}};

	*o = (struct policy_options){0};
	for (int c; (c = command_option(argc, argv, "c:s:", options, NULL)) != -1;) {
		if (c == 'c')
			o->config = optarg;
		else if (c == 'j')
			o->json = true;
		else if (c == 'a')
			o->all = true;
		else if (c == 's')
			o->state = optarg;
		else if (c == 'b')
			o->by = optarg;
		else if (c == 'r')
			o->reason = optarg;
		else
			return EXIT_USAGE;
	}
	o->confirm = optind < argc && strcmp(argv[optind], "confirm") == 0;
	if (optind == argc || (!o->confirm && strcmp(argv[optind], "test") != 0) ||
	    (o->confirm && optind + 1 != argc)) {
		fputs(say(W_POLICY_HELP), stderr);
		return EXIT_USAGE;
	}
	if (o->confirm && o->config && o->reason && o->reason[0])
		return EXIT_DONE;
	if (o->confirm) {
		fputs(say(o->config ? W_NEEDS_REASON : W_POLICY_NEEDS_CONFIG), stderr);
		return EXIT_USAGE;
	}
	if (!o->config || optind + 1 == argc) {
		fputs(say(o->config ? W_NEEDS_CAPTURE : W_POLICY_NEEDS_CONFIG), stderr);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static const struct conduit_line *line_of(const struct survey *s, const struct survey_row *r)
{
	unsigned no = r->conduit.verdict == CONDUIT_ALLOWED ? r->conduit.line : r->conduit.near;

	return no > 0 ? &s->set->cfg.site.conduits[no - 1] : NULL;
}

static const char *verdict_token(const struct survey_row *r)
{
	static const char *const tokens[] = {"none", "allowed", "denied"};

	return tokens[r->conduit.verdict];
}

/* ---- as JSON */

static void put_end(struct json *j, const char *key, const struct ip_addr *ip, const char *name, const char *zone)
{
	char text[IP_TEXT_MAX];

	json_key(j, key);
	json_object_begin(j);
	json_kv_str(j, "ip", ip_format(ip, text));
	json_kv_text(j, "name", span_str(name));
	json_kv_str(j, "zone", zone);
	json_object_end(j);
}

static void print_json(const struct survey *s, const struct survey_row *r, struct json *j)
{
	const struct conduit_line *line = line_of(s, r);
	char text[WHEN_TEXT_MAX], yaml[DRAFT_LINE_MAX];

	json_reset(j);
	json_object_begin(j);
	put_end(j, "src", &r->key.src_ip, r->src_name, r->src_zone);
	put_end(j, "dest", &r->key.dest_ip, r->dest_name, r->dest_zone);
	json_kv_u64(j, "port", r->key.port);
	json_kv_str(j, "protocol", survey_protocol(r));
	json_kv_str(j, "class", survey_class(r));
	json_kv_u64(j, "count", r->count);
	json_kv_str(j, "first_seen", when_format(r->first_ns, text));
	json_kv_str(j, "last_seen", when_format(r->last_ns, text));
	json_kv_str(j, "verdict", verdict_token(r));
	if (r->conduit.verdict == CONDUIT_DENIED)
		json_kv_str(j, "why", conduit_why_name(r->conduit.why));
	if (line) {
		bool allowed = r->conduit.verdict == CONDUIT_ALLOWED;
		json_kv_u64(j, allowed ? "conduit_line" : "near_line", line->line);
		json_kv_u64(j, allowed ? "file_line" : "near_file_line", line->file_line);
	}
	if (r->conduit.verdict == CONDUIT_DENIED && r->conduit.why != CONDUIT_WHY_MAINTENANCE)
		json_kv_text(j, "would_allow", span_str(draft_line_for_row(r, yaml)));
	json_object_end(j);
	puts(json_cstr(j));
}

/* ---- as a table */

static const char *end_text(const struct ip_addr *ip, const char *name, const char *zone, char buf[static 160])
{
	char text[IP_TEXT_MAX];

	ip_format(ip, text);
	if (strcmp(name, text) == 0 || !name[0])
		snprintf(buf, 160, "%s [%s]", text, zone);
	else
		snprintf(buf, 160, "%s %s [%s]", name, text, zone);
	return buf;
}

static const char *reason_text(const struct survey *s, const struct survey_row *r, char buf[static 160])
{
	static const enum word whys[] = {
	    [CONDUIT_WHY_NO_LINE] = W_WHY_NO_LINE,   [CONDUIT_WHY_CLASS] = W_WHY_CLASS,
	    [CONDUIT_WHY_WINDOW] = W_WHY_WINDOW,     [CONDUIT_WHY_EXPIRED] = W_WHY_EXPIRED,
	    [CONDUIT_WHY_DURATION] = W_WHY_DURATION, [CONDUIT_WHY_MAINTENANCE] = W_WHY_MAINTENANCE,
	    [CONDUIT_WHY_NODE] = W_WHY_NODE};
	const struct conduit_line *line = line_of(s, r);

	if (r->conduit.verdict == CONDUIT_NONE)
		snprintf(buf, 160, "%s", say(W_POLICY_SILENT));
	else if (r->conduit.verdict == CONDUIT_ALLOWED && line)
		snprintf(buf, 160, say(W_POLICY_BY_LINE), line->line, line->file_line);
	else if (r->conduit.verdict == CONDUIT_ALLOWED)
		snprintf(buf, 160, "%s", say(W_POLICY_INSIDE));
	else if (line)
		snprintf(buf, 160, say(whys[r->conduit.why]), line->line, line->file_line);
	else
		snprintf(buf, 160, "%s", say(W_WHY_NO_LINE));
	return buf;
}

static void print_table(const struct survey *s, struct survey_row **rows, size_t n, bool all)
{
	struct text_table t = {0};
	char buf[160];
	size_t of[3] = {0};

	text_table_column(&t, say(W_COL_VERDICT), 0);
	text_table_column(&t, say(W_COL_FROM), 48);
	text_table_column(&t, say(W_COL_TO), 48);
	text_table_column(&t, say(W_COL_PROTOCOL), 0);
	text_table_column(&t, say(W_COL_CLASS), 0);
	text_table_column(&t, say(W_COL_COUNT), 0);
	text_table_column(&t, say(W_COL_LINE), 0);
	for (size_t i = 0; i < n; i++) {
		const struct survey_row *r = rows[i];
		static const enum word verdicts[] = {W_VERDICT_NONE, W_VERDICT_ALLOWED, W_VERDICT_DENIED};
		of[r->conduit.verdict]++;
		if (r->conduit.verdict == CONDUIT_NONE && !all)
			continue;
		text_table_cell(&t, say(verdicts[r->conduit.verdict]));
		text_table_cell(&t, end_text(&r->key.src_ip, r->src_name, r->src_zone, buf));
		text_table_cell(&t, end_text(&r->key.dest_ip, r->dest_name, r->dest_zone, buf));
		snprintf(buf, sizeof(buf), "%s/%u", survey_protocol(r), r->key.port);
		text_table_cell(&t, buf);
		text_table_cell(&t, survey_class(r));
		text_table_number(&t, r->count);
		text_table_cell(&t, reason_text(s, r, buf));
	}
	text_table_print(&t, stdout, "");
	text_table_free(&t);
	command_tell(stdout, say(W_POLICY_SUMMARY), of[CONDUIT_ALLOWED], of[CONDUIT_DENIED], of[CONDUIT_NONE]);
}

/* A person answers for zones and conduits as they stand in the file. */
static int confirm(const struct policy_options *o)
{
	struct person person = person_of(o->by, o->reason);
	struct complaint c = {""};
	char sha256[65];
	int err;

	struct policy_set *set = policy_set_load(o->config, &c, &err);
	if (!set)
		return command_failed(err, &c);
	const struct conduit_line *lacking = confirm_lacking(&set->cfg.site);
	if (lacking) {
		complain(&c, o->config, lacking->file_line, 0,
			 "nobody answers for this line: fill in owner and reason, or remove it");
		err = -EINVAL;
	} else {
		err = confirm_policy(o->state ? o->state : set->cfg.state, o->config, &set->cfg.site, &person, sha256,
				     &c);
	}
	if (!err)
		command_tell(stdout, say(W_POLICY_CONFIRMED), set->cfg.site.n_zones, set->cfg.site.n_conduits,
			     person.who, sha256);
	policy_set_free(set);
	return err ? command_failed(err, &c) : EXIT_DONE;
}

int cmd_policy(int argc, char **argv)
{
	struct policy_options o;
	struct complaint c = {""};
	struct survey s;
	size_t n = 0;
	int status = parse_options(argc, argv, &o);

	if (status != EXIT_DONE)
		return status;
	if (o.confirm)
		return confirm(&o);
	int err = survey_open(&s, o.config, &c);
	if (err)
		return command_failed(err, &c);
	err = survey_take(&s, argv + optind + 1, argc - optind - 1, 0, &c);
	struct survey_row **rows = err ? NULL : survey_rows(&s, &n);
	if (rows && o.json) {
		struct json j;
		json_init(&j, 8192);
		for (size_t i = 0; i < n; i++)
			print_json(&s, rows[i], &j);
		json_deinit(&j);
	} else if (rows) {
		print_table(&s, rows, n, o.all);
		draft_missing_lines(&s, rows, n, stdout);
	}
	if (s.left_out > 0)
		command_tell(stderr, say(W_SURVEY_LEFT_OUT), (unsigned long long)s.left_out);
	free(rows);
	status = err ? command_failed(err, &c) : EXIT_DONE;
	survey_close(&s);
	return status;
}
