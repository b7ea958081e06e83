/* sekisho map: the plant on one page. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/map.h"

int cmd_map(int argc, char **argv)
{
	static const struct option options[] = {
	    {"state", required_argument, NULL, 's'},  {"config", required_argument, NULL, 'c'},
	    {"format", required_argument, NULL, 'f'}, {"model", required_argument, NULL, 'm'},
	    {"output", required_argument, NULL, 'o'}, {0}};
	const char *state = NULL, *config = NULL, *format = "svg", *model = NULL, *output = NULL;
	struct complaint c = {""};
	struct map m;
	int err;

	for (int o; (o = command_option(argc, argv, "s:c:o:", options, NULL)) != -1;) {
		if (o == '?')
			return EXIT_USAGE;
		*(o == 's' ? &state : o == 'c' ? &config : o == 'f' ? &format : o == 'm' ? &model : &output) = optarg;
	}
	bool dot = strcmp(format, "dot") == 0;
	if (!dot && strcmp(format, "svg") != 0)
		return command_bad_value(format, "--format", "svg, dot");
	if (model && strcmp(model, "pa") != 0 && strcmp(model, "fa") != 0)
		return command_bad_value(model, "--model", "pa, fa");
	if (optind < argc) {
		fputs(say(W_MAP_HELP), stderr);
		return EXIT_USAGE;
	}
	char *dir = command_state(state, config, &c, &err);
	if (!dir)
		return command_failed(err, &c);
	err = map_read(&m, dir, model, words_japanese(), &c);
	free(dir);
	if (err)
		return command_failed(err, &c);
	err = dot ? map_prepare_dot(&m) : map_lay_out(&m);
	if (err) {
		complain(&c, "memory", 0, 0, "not enough for the map");
		map_free(&m);
		return command_failed(err, &c);
	}
	FILE *out = output ? fopen(output, "w") : stdout;
	if (!out) {
		err = -errno;
		complain(&c, output, 0, 0, "cannot be written: %s", strerror(errno));
		map_free(&m);
		return command_failed(err, &c);
	}
	if (dot)
		map_write_dot(&m, out);
	else
		map_write_svg(&m, false, out);
	map_free(&m);
	if ((output ? fclose(out) : fflush(out)) != 0) {
		err = -errno;
		complain(&c, output ? output : "-", 0, 0, "cannot be written: %s", strerror(errno));
		return command_failed(err, &c) == EXIT_DONE ? EXIT_DONE : EXIT_ENVIRONMENT;
	}
	return EXIT_DONE;
}
