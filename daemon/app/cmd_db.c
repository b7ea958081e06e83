/* sekisho db: care of the ledger's database. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "ledger/audit.h"
#include "ledger/store.h"

static int backup(const char *state, const char *file)
{
	struct complaint c = {""};
	int err = store_backup(state, file, &c);

	if (err)
		return command_failed(err, &c);
	printf(say(W_DB_BACKED_UP), file);
	return EXIT_DONE;
}

static int verify(const char *state)
{
	struct store_census n = {0};
	struct audit_state trail;
	struct complaint c = {""};
	int err = store_verify(state, &n, &c);

	if (!err)
		err = audit_verify(state, NULL, NULL, NULL, &trail, &c);
	if (err)
		return command_failed(err, &c);
	if (trail.troubles > 0) {
		complain(&c, state, 0, 0, "the audit trail is broken in %u places. `sekisho audit verify` names them",
			 trail.troubles);
		return command_failed(-EINVAL, &c);
	}
	printf(say(W_DB_SOUND), state, (unsigned long long)n.assets, (unsigned long long)n.links,
	       (unsigned long long)n.audit);
	return EXIT_DONE;
}

int cmd_db(int argc, char **argv)
{
	static const struct option options[] = {
	    {"state", required_argument, NULL, 's'}, {"config", required_argument, NULL, 'c'}, {0}};
	const char *state_option = NULL, *config = NULL;
	struct complaint c = {""};
	int err = 0, status;

	for (int o; (o = getopt_long(argc, argv, "s:c:", options, NULL)) != -1;) {
		if (o == 's')
			state_option = optarg;
		else if (o == 'c')
			config = optarg;
		else
			return EXIT_USAGE;
	}
	const char *what = optind < argc ? argv[optind] : "";
	bool copies = strcmp(what, "backup") == 0 && argc - optind == 2;
	if (!copies && !(strcmp(what, "verify") == 0 && argc - optind == 1)) {
		fputs(say(W_DB_HELP), stderr);
		return EXIT_USAGE;
	}
	char *state = command_state(state_option, config, &c, &err);
	if (!state)
		return command_failed(err, &c);
	status = copies ? backup(state, argv[optind + 1]) : verify(state);
	free(state);
	return status;
}
