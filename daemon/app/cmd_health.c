/* sekisho health: how the sensor is, of what the daemon last wrote of itself. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "app/command.h"
#include "app/verdict.h"
#include "base/openable.h"
#include "base/when.h"

enum form { IN_WORDS, AS_JSON, COUNTERS };

/* What each lane, table and sink counted is for --json. */
static void print_counters(json_t *health)
{
	const char *key;
	json_t *value;

	json_object_foreach(health, key, value)
	{
		if (json_is_string(value))
			command_tell(stdout, "%-26s %s\n", key, json_string_value(value));
		else if (json_is_boolean(value))
			command_tell(stdout, "%-26s %s\n", key, json_is_true(value) ? "yes" : "no");
		else if (json_is_number(value))
			command_tell(stdout, "%-26s %.15g\n", key, json_number_value(value));
	}
}

/* How full the disk is now: what a daemon wrote that is gone may be long ago, and a full disk may be why it is gone. */
static void look_at_disk(json_t *health, const char *dir)
{
	struct statvfs disk;

	if (!json_object_get(health, "state_size_bytes") || statvfs(dir, &disk) < 0)
		return;
	json_object_set_new(health, "state_free_bytes", json_real((double)disk.f_bavail * (double)disk.f_frsize));
	json_object_set_new(health, "state_size_bytes", json_real((double)disk.f_blocks * (double)disk.f_frsize));
}

static int print_verdict(json_t *health, const char *dir)
{
	static const enum word grades[] = {W_GRADE_WELL, W_GRADE_NOTE, W_GRADE_FAULT};
	struct verdict *v = malloc(sizeof(*v));

	if (!v)
		return EXIT_ENVIRONMENT;
	if (!verdict_runs(health, when_now_ns()))
		look_at_disk(health, dir);
	verdict_make(v, health, when_now_ns());
	unsigned faults = v->faults;
	if (faults)
		command_tell(stdout, say(W_HEALTH_FAULTS), faults);
	else
		fputs(say(W_HEALTH_WELL), stdout);
	for (unsigned i = 0; i < v->n; i++) {
		const struct verdict_line *l = &v->line[i];
		command_tell(stdout, "%-6s %s\n", say(grades[l->grade]), l->text);
		if (l->first)
			command_tell(stdout, "       %s%s\n", say(W_DO_FIRST), l->first);
	}
	free(v);
	return faults ? EXIT_INPUT : EXIT_DONE;
}

int cmd_health(int argc, char **argv)
{
	static const struct option options[] = {{"state", required_argument, NULL, 's'},
						{"config", required_argument, NULL, 'c'},
						{"json", no_argument, NULL, 'j'},
						{"counters", no_argument, NULL, 'n'},
						{0}};
	const char *state = NULL, *config = NULL;
	struct complaint c;
	enum form form = IN_WORDS;
	char path[4096];
	int err, status = EXIT_DONE;

	for (int o; (o = command_option(argc, argv, "s:c:", options, NULL)) != -1;) {
		if (o == 's')
			state = optarg;
		else if (o == 'c')
			config = optarg;
		else if (o == 'j')
			form = AS_JSON;
		else if (o == 'n')
			form = COUNTERS;
		else
			return EXIT_USAGE;
	}
	if (command_no_words(argc, argv) != EXIT_DONE)
		return EXIT_USAGE;
	char *dir = command_state(state, config, &c, &err);
	if (!dir)
		return command_failed(err, &c);
	snprintf(path, sizeof(path), "%s/health.json", dir);
	err = openable(path, false, &c);
	if (err && err != -ENOENT) {
		free(dir);
		return command_failed(err, &c);
	}
	json_t *health = json_load_file(path, 0, NULL);
	if (!health) {
		command_tell(stderr, say(W_NO_HEALTH), dir);
		free(dir);
		return EXIT_ENVIRONMENT;
	}
	if (form == AS_JSON) {
		json_dumpf(health, stdout, JSON_COMPACT);
		putchar('\n');
	} else if (form == COUNTERS) {
		print_counters(health);
	} else {
		status = print_verdict(health, dir);
	}
	json_decref(health);
	free(dir);
	return status;
}
