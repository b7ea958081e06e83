/* sekisho config: the reference of the configuration file. */
#include <string.h>

#include "app/command.h"

int cmd_config(int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[1], "keys") != 0) {
		fputs(say(W_CONFIG_HELP), stderr);
		return EXIT_USAGE;
	}
	config_print_keys(stdout, words_japanese());
	return EXIT_DONE;
}
