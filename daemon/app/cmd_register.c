/* sekisho register: what people declare. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/command.h"
#include "ledger/ledger.h"

int cmd_register(int argc, char **argv)
{
	static const struct option options[] = {
	    {"state", required_argument, NULL, 's'}, {"config", required_argument, NULL, 'c'}, {0}};
	const char *state = NULL, *config = NULL;
	struct config cfg;
	struct complaint c;
	unsigned rows;

	for (int o; (o = getopt_long(argc, argv, "s:c:", options, NULL)) != -1;) {
		if (o == 's')
			state = optarg;
		else if (o == 'c')
			config = optarg;
		else
			return EXIT_USAGE;
	}
	if (argc - optind != 2 || strcmp(argv[optind], "import") != 0) {
		fputs(say(W_REGISTER_HELP), stderr);
		return EXIT_USAGE;
	}
	int err = 0;
	if (config)
		err = config_load(&cfg, config, &c);
	else
		config_default(&cfg);
	if (err)
		return command_failed(err, &c);
	if (!state)
		state = cfg.state;
	if (mkdir(state, 0750) < 0 && errno != EEXIST) {
		err = -errno;
		complain(&c, state, 0, 0, "the state directory cannot be made: %s", strerror(errno));
	}
	if (!err)
		err = register_import(state, argv[optind + 1], &cfg.site, &rows, &c);
	config_free(&cfg);
	if (err)
		return command_failed(err, &c);
	printf(say(W_REGISTER_OK), rows);
	return EXIT_DONE;
}
