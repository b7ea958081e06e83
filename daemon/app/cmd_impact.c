/* sekisho impact: the matrix of usage and use case (ledger.md 5.3). */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/person.h"
#include "ledger/impact.h"

static int show(const char *state, struct complaint *c)
{
	struct impact_matrix m;
	struct text_table t = {0};
	bool ja = words_japanese();
	int err = impact_read(state, &m, c);

	if (err == -ENOENT) /* nobody has decided anything yet */
		err = impact_load(&m, NULL);
	if (err)
		return command_failed(err, c);
	text_table_column(&t, "", 0);
	for (int i = 0; i < IMPACT_USAGES; i++)
		text_table_column(&t, kinds_word(KINDS_OF_USAGE, impact_usages[i], ja), 0);
	for (int j = 0; j < IMPACT_USE_CASES; j++) {
		text_table_cell(&t, kinds_word(KINDS_OF_USE_CASE, impact_use_cases[j], ja));
		for (int i = 0; i < IMPACT_USAGES; i++)
			text_table_cell(&t, kinds_word(KINDS_OF_IMPACT, impact_name(m.cell[i][j]), ja));
	}
	text_table_print(&t, stdout, "");
	text_table_free(&t);
	return EXIT_DONE;
}

static int set(const char *state, char **args, const struct person *person, struct complaint *c)
{
	int err = impact_set(state, args[0], args[1], args[2], person, c);

	if (err)
		return command_failed(err, c);
	command_tell(stdout, say(W_IMPACT_SET), args[0], args[1], args[2], person->who);
	return EXIT_DONE;
}

int cmd_impact(int argc, char **argv)
{
	static const struct option options[] = {{"state", required_argument, NULL, 's'},
						{"config", required_argument, NULL, 'c'},
						{"by", required_argument, NULL, 'b'},
						{"reason", required_argument, NULL, 'r'},
						{0}};
	const char *state_option = NULL, *config = NULL, *by = NULL, *reason = NULL;
	struct complaint c = {""};
	int err, status;

	for (int o; (o = command_option(argc, argv, "s:c:", options, NULL)) != -1;) {
		if (o == 's')
			state_option = optarg;
		else if (o == 'c')
			config = optarg;
		else if (o == 'b')
			by = optarg;
		else if (o == 'r')
			reason = optarg;
		else
			return EXIT_USAGE;
	}
	int left = argc - optind;
	bool showing = left == 1 && strcmp(argv[optind], "show") == 0;
	if (!showing && (left != 4 || strcmp(argv[optind], "set") != 0)) {
		fputs(say(W_IMPACT_HELP), stderr);
		return EXIT_USAGE;
	}
	if (!showing && (!reason || !reason[0])) {
		fputs(say(W_NEEDS_REASON), stderr);
		return EXIT_USAGE;
	}
	char *state = command_state(state_option, config, &c, &err);
	if (!state)
		return command_failed(err, &c);
	struct person person = person_of(by, reason);
	status = showing ? show(state, &c) : set(state, argv + optind + 1, &person, &c);
	free(state);
	return status;
}
