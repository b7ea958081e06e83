/* sekisho audit: what people did, and whether the record of it is whole. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/command.h"
#include "app/until.h"
#include "base/when.h"
#include "ledger/audit.h"

struct audit_options {
	const char *state, *config, *head;
	struct audit_filter filter;
	bool json;
};

static int parse_options(int argc, char **argv, struct audit_options *o)
{
	static const struct option options[] = {{"state", required_argument, NULL, 's'},
						{"config", required_argument, NULL, 'c'},
						{"json", no_argument, NULL, 'j'},
						{"object", required_argument, NULL, 'o'},
						{"by", required_argument, NULL, 'b'},
						{"verb", required_argument, NULL, 'v'},
						{"since", required_argument, NULL, 'S'},
						{"head", required_argument, NULL, 'h'},
						{0}};

	*o = (struct audit_options){0};
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
		case 'o':
			o->filter.object = optarg;
			break;
		case 'b':
			o->filter.who = optarg;
			break;
		case 'v':
			o->filter.verb = optarg;
			break;
		case 'S':
			if (!since_parse(optarg, when_now_ns(), &o->filter.since_ns))
				return command_bad_value(optarg, "--since", COMMAND_SINCE);
			break;
		case 'h':
			o->head = optarg;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	return EXIT_DONE;
}

static void add_row(void *table, const char *json)
{
	struct text_table *t = table;
	json_t *row = json_loads(json, 0, NULL);
	char at[64];

	if (!row)
		return;
	char *details = json_dumps(json_node(row, "details"), JSON_COMPACT | JSON_PRESERVE_ORDER);
	text_table_cell(t, local_time(json_at(row, "at"), at, sizeof(at)));
	text_table_cell(t, json_at(row, "who"));
	text_table_cell(t, json_at(row, "verb"));
	text_table_cell(t, json_at(row, "object"));
	text_table_cell(t, json_at(row, "reason"));
	text_table_cell(t, details && strcmp(details, "{}") != 0 ? details : "");
	free(details);
	json_decref(row);
}

static int list(const char *state, const struct audit_options *o, struct complaint *c)
{
	struct text_table t = {0};

	if (o->json)
		return audit_each(state, &o->filter, command_print_line, NULL, c);
	text_table_column(&t, say(W_COL_TIME), 0);
	text_table_column(&t, say(W_COL_BY), 20);
	text_table_column(&t, say(W_COL_VERB), 24);
	text_table_column(&t, say(W_COL_OBJECT), 32);
	text_table_column(&t, say(W_COL_REASON), 40);
	text_table_column(&t, say(W_COL_DETAILS), 60);
	int err = audit_each(state, &o->filter, add_row, &t, c);
	if (!err && t.n_cells == t.n_columns)
		fputs(say(W_NONE), stdout);
	else if (!err)
		text_table_print(&t, stdout, "");
	text_table_free(&t);
	return err;
}

static void print_trouble(void *ctx, int64_t no, int64_t to, enum audit_trouble what)
{
	(void)ctx;
	switch (what) {
	case AUDIT_CHANGED:
		command_tell(stdout, say(W_AUDIT_CHANGED), (long long)no);
		break;
	case AUDIT_MISSING:
		command_tell(stdout, say(W_AUDIT_MISSING), (long long)no, (long long)to);
		break;
	case AUDIT_HEAD:
		command_tell(stdout, say(W_AUDIT_HEAD), (long long)to);
		break;
	case AUDIT_UNGUARDED:
		fputs(say(W_AUDIT_UNGUARDED), stdout);
		break;
	case AUDIT_FORKED:
		command_tell(stdout, say(W_AUDIT_FORKED), (long long)no);
		break;
	}
}

static int verify(const char *state, const struct audit_options *o, struct complaint *c)
{
	struct audit_state s;
	int err = audit_verify(state, o->head, print_trouble, NULL, &s, c);

	if (err)
		return command_failed(err, c);
	if (s.troubles > 0) {
		fputs(say(W_AUDIT_BAD), stdout);
		return EXIT_INPUT;
	}
	command_tell(stdout, say(W_AUDIT_GOOD), (long long)s.rows, (long long)s.rows, s.head);
	return EXIT_DONE;
}

int cmd_audit(int argc, char **argv)
{
	struct audit_options o;
	struct complaint c = {""};
	int err, status = parse_options(argc, argv, &o);

	if (status != EXIT_DONE)
		return status;
	const char *what = optind + 1 == argc ? argv[optind] : "";
	bool verifying = strcmp(what, "verify") == 0;
	if (!verifying && strcmp(what, "list") != 0) {
		fputs(say(W_AUDIT_HELP), stderr);
		return EXIT_USAGE;
	}
	char *state = command_state(o.state, o.config, &c, &err);
	if (!state)
		return command_failed(err, &c);
	if (verifying) {
		status = verify(state, &o, &c);
	} else {
		err = list(state, &o, &c);
		status = err ? command_failed(err, &c) : EXIT_DONE;
	}
	free(state);
	return status;
}
