/* The operator's command: finds the subcommand and runs it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "base/sqlite_care.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	enum word help;
} commands[] = {
    {"decode", cmd_decode, W_DECODE_HELP},
    {"replay", cmd_replay, W_REPLAY_HELP},
    {"assets", cmd_assets, W_LIST_HELP},
    {"alerts", cmd_alerts, W_LIST_HELP},
    {"links", cmd_links, W_LIST_HELP},
    {"tail", cmd_tail, W_TAIL_HELP},
    {"rules", cmd_rules, W_RULES_HELP},
    {"register", cmd_register, W_REGISTER_HELP},
    {"health", cmd_health, W_HEALTH_HELP},
    {"config", cmd_config, W_CONFIG_HELP},
    {"audit", cmd_audit, W_AUDIT_HELP},
    {"asset", cmd_asset, W_ASSET_HELP},
    {"policy", cmd_policy, W_POLICY_HELP},
    {"setup", cmd_setup, W_SETUP_HELP},
    {"learn", cmd_learn, W_LEARN_HELP},
    {"map", cmd_map, W_MAP_HELP},
    {"db", cmd_db, W_DB_HELP},
    {"impact", cmd_impact, W_IMPACT_HELP},
    {"alert", cmd_alert, W_ALERT_HELP},
    {"incidents", cmd_incidents, W_INCIDENTS_HELP},
    {"work", cmd_work, W_WORK_HELP},
    {"drill", cmd_drill, W_DRILL_HELP},
    {"outbox", cmd_outbox, W_OUTBOX_HELP},
    {"fleet", cmd_fleet, W_FLEET_HELP},
    {"console", cmd_console, W_CONSOLE_HELP},
    {"support", cmd_support, W_SUPPORT_HELP},
    {"report", cmd_report, W_REPORT_HELP},
};

/* --help stands anywhere; --lang too, and is taken out before the command sees its arguments. */
static int take_common(int argc, char **argv, bool *help)
{
	int kept = 1;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--lang") == 0) {
			if (i + 1 == argc) {
				command_tell(stderr, say(W_LANG_NEEDS_VALUE));
				return -1;
			}
			if (!words_choose(argv[++i])) {
				(void)command_bad_value(argv[i], "--lang", "en, ja");
				return -1;
			}
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			*help = true;
		} else {
			argv[kept++] = argv[i];
		}
	}
	argv[kept] = NULL;
	return kept;
}

static int run(int argc, char **argv)
{
	bool help = false;

	argc = take_common(argc, argv, &help);
	if (argc < 0)
		return EXIT_USAGE;
	if (argc < 2) {
		fputs(say(W_MAIN_HELP), help ? stdout : stderr);
		return help ? EXIT_DONE : EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("sekisho " SEKISHO_VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		if (help) {
			fputs(say(commands[i].help), stdout);
			return EXIT_DONE;
		}
		command_is(commands[i].name);
		return commands[i].run(argc - 1, argv + 1);
	}
	command_tell(stderr, say(W_UNKNOWN_COMMAND), argv[1]);
	return EXIT_USAGE;
}

/* A list that a full disk cuts off is no list. Commands that write files have told of it themselves. */
static int hold_output(int status)
{
	struct complaint c;

	errno = 0;
	if ((fflush(stdout) == 0 && !ferror(stdout)) || status == EXIT_ENVIRONMENT)
		return status;
	complain(&c, say(W_STDOUT), 0, 0, "cannot be written: %s", strerror(errno ? errno : EIO));
	command_tell(stderr, "%s\n", c.text);
	return status == EXIT_DONE ? EXIT_ENVIRONMENT : status;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_DFL);
	sqlite_care_begin();
	words_choose(NULL);
	return hold_output(run(argc, argv));
}
