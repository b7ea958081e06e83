/* sekisho db: care of the ledger's database. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/state_copy.h"
#include "ledger/audit.h"
#include "ledger/store.h"

static int backup(const char *state, const char *folder)
{
	struct complaint c = {""};
	struct state_rest rest;
	int err = state_backup(state, folder, &rest, &c);

	if (err)
		return command_failed(err, &c);
	command_tell(stdout, say(W_DB_BACKED_UP), folder);
	if (rest.captures)
		command_tell(stdout, say(W_DB_NO_EVIDENCE), (unsigned long long)rest.captures,
			     (double)rest.bytes / (1 << 20), state);
	fputs(say(W_DB_NO_CONFIG), stdout);
	return EXIT_DONE;
}

static void stands_aside(const char *path)
{
	command_tell(stdout, say(W_DB_ASIDE), path);
}

static int restore(const char *state, const char *folder, const struct person *who)
{
	struct complaint c = {""};
	int err = state_restore(state, folder, who, stands_aside, &c);

	if (err)
		return command_failed(err, &c);
	command_tell(stdout, say(W_DB_RESTORED), folder, state);
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
	command_tell(stdout, say(W_DB_SOUND), state, (unsigned long long)n.assets, (unsigned long long)n.links,
		     (unsigned long long)n.audit);
	return EXIT_DONE;
}

struct db_options {
	const char *state, *config, *by, *reason;
};

static int parse_options(int argc, char **argv, struct db_options *o)
{
	static const struct option options[] = {{"state", required_argument, NULL, 's'},
						{"config", required_argument, NULL, 'c'},
						{"by", required_argument, NULL, 'b'},
						{"reason", required_argument, NULL, 'r'},
						{0}};

	*o = (struct db_options){0};
	for (int c; (c = command_option(argc, argv, "s:c:", options, NULL)) != -1;) {
		const char **at = c == 's'   ? &o->state
				  : c == 'c' ? &o->config
				  : c == 'b' ? &o->by
				  : c == 'r' ? &o->reason
					     : NULL;
		if (!at)
			return EXIT_USAGE;
		*at = optarg;
	}
	return EXIT_DONE;
}

int cmd_db(int argc, char **argv)
{
	struct db_options o;
	struct complaint c = {""};
	int err = 0, status = parse_options(argc, argv, &o);

	if (status != EXIT_DONE)
		return status;
	const char *what = optind < argc ? argv[optind] : "";
	bool copies = strcmp(what, "backup") == 0, puts_back = strcmp(what, "restore") == 0;
	bool verifies = strcmp(what, "verify") == 0;
	if (!(copies || puts_back || verifies) || argc - optind != (verifies ? 1 : 2) ||
	    (!puts_back && (o.by || o.reason))) {
		fputs(say(W_DB_HELP), stderr);
		return EXIT_USAGE;
	}
	if (puts_back && !(o.reason && o.reason[0])) {
		fputs(say(W_NEEDS_REASON), stderr);
		return EXIT_USAGE;
	}
	char *state = command_state(o.state, o.config, &c, &err);
	if (!state)
		return command_failed(err, &c);
	struct person who = person_of(o.by, o.reason);
	status = copies      ? backup(state, argv[optind + 1])
		 : puts_back ? restore(state, argv[optind + 1], &who)
			     : verify(state);
	free(state);
	return status;
}
