/* sekisho health: what the daemon last wrote of itself. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/openable.h"
#include "base/phrase.h"
#include "sinks/sink.h"

/* What is not as it should be with a receiver. */
static void print_notes(const json_t *sink)
{
	size_t i;
	json_t *note;

	json_array_foreach(json_object_get(sink, "notes"), i, note)
	{
		const char *text = json_string_value(note) ? sink_note_text(json_string_value(note)) : NULL;
		if (text)
			printf("%-22s %s\n", "", phrase(text));
	}
}

/* What each lane counted is for --json. */
static void print_sinks(const char *key, const json_t *list)
{
	size_t i;
	json_t *sink;

	if (strcmp(key, "sinks") != 0)
		return;
	json_array_foreach((json_t *)(uintptr_t)list, i, sink)
	{
		printf("%-22s %s, %lld\n", json_at(sink, "name"),
		       say(json_is_true(json_node(sink, "connected")) ? W_CONNECTED : W_NOT_CONNECTED),
		       (long long)json_integer_value(json_node(sink, "delivered")));
		print_notes(sink);
	}
}

int cmd_health(int argc, char **argv)
{
	static const struct option options[] = {{"state", required_argument, NULL, 's'},
						{"config", required_argument, NULL, 'c'},
						{"json", no_argument, NULL, 'j'},
						{0}};
	const char *state = NULL, *config = NULL, *key;
	struct complaint c;
	bool as_json = false;
	char path[4096];
	json_t *value;
	int err;

	for (int o; (o = getopt_long(argc, argv, "s:c:", options, NULL)) != -1;) {
		if (o == 's')
			state = optarg;
		else if (o == 'c')
			config = optarg;
		else if (o == 'j')
			as_json = true;
		else
			return EXIT_USAGE;
	}
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
		fprintf(stderr, say(W_NO_HEALTH), dir);
		free(dir);
		return EXIT_ENVIRONMENT;
	}
	free(dir);
	if (as_json) {
		json_dumpf(health, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		json_object_foreach(health, key, value)
		{
			if (json_is_array(value)) {
				print_sinks(key, value);
				continue;
			}
			if (json_is_string(value))
				printf("%-22s %s\n", key, json_string_value(value));
			else
				printf("%-22s %lld\n", key, (long long)json_integer_value(value));
		}
	}
	json_decref(health);
	return EXIT_DONE;
}
