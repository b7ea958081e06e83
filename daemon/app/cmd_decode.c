/* sekisho decode: captures in, JSON lines out. Worker and writer, nothing between. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/registry.h"
#include "event/event_lines.h"
#include "net/capture.h"
#include "net/worker.h"

enum { FLUSH_BYTES = 256 << 10, BATCH = 256 };

struct writer {
	FILE *out;
	const char *host;
	struct event_lines *lines; /* of the capture that is read */
	struct json json;
	bool failed;
};

static void flush(struct writer *w)
{
	if (w->json.len > 0 && fwrite(w->json.buf, 1, w->json.len, w->out) != w->json.len)
		w->failed = true;
	json_reset(&w->json);
}

static void write_event(void *ctx, struct event *ev)
{
	struct writer *w = ctx;

	event_lines_put(w->lines, &w->json, ev);
	if (w->json.len >= FLUSH_BYTES)
		flush(w);
}

static void write_stats(struct writer *w, const struct worker *worker, const char *name)
{
	struct json *j = &w->json;

	flush(w);
	json_object_begin(j);
	json_kv_str(j, "event_type", "stats");
	if (w->host)
		json_kv_str(j, "host", w->host);
	json_kv_str(j, "pcap_filename", name);
	json_key(j, "stats");
	json_object_begin(j);
	worker_stats(worker, j);
	json_object_end(j);
	json_object_end(j);
	json_put(j, "\n", 1);
	flush(w);
}

static int decode_file(struct writer *w, const char *path)
{
	struct complaint c;
	struct capture *cap;
	const struct capture_options defaults = {0};
	int err = capture_open_file(&cap, path, &defaults, &c);
	if (err) /* a folder is as wrong a name as none */
		return command_failed(err == -EISDIR ? -EINVAL : err, &c);
	struct worker_options o = {
	    .flow_records = true, .late_guess = true, .dissectors = dissectors, .next = {write_event, w}};
	struct worker *worker = worker_new(&o);
	w->lines = event_lines_new(w->host);
	if (!worker || !w->lines) {
		event_lines_free(w->lines);
		worker_free(worker);
		capture_close(cap);
		command_tell(stderr, "sekisho: %s\n", strerror(ENOMEM));
		return EXIT_ENVIRONMENT;
	}
	worker_source(worker, NULL, capture_name(cap));
	while (!w->failed && capture_read(cap, BATCH, worker_frame, worker) != CAPTURE_END)
		;
	worker_finish(worker);
	write_stats(w, worker, capture_name(cap));
	command_tell_trouble(cap);
	event_lines_free(w->lines);
	worker_free(worker);
	capture_close(cap);
	return EXIT_DONE;
}

static int open_output(struct writer *w, const char *path)
{
	w->out = path ? fopen(path, "we") : stdout;
	if (!w->out) {
		command_tell(stderr, "%s: %s\n", path, strerror(errno));
		return EXIT_ENVIRONMENT;
	}
	return EXIT_DONE;
}

int cmd_decode(int argc, char **argv)
{
	static const struct option options[] = {{"output", required_argument, NULL, 'o'},
						{"host", required_argument, NULL, 'H'},
						{"fields", no_argument, NULL, 'f'},
						{"json", no_argument, NULL, 'j'},
						{0}};
	struct writer w = {.out = stdout};
	const char *output = NULL;
	bool fields = false, as_json = false;

	for (int o; (o = command_option(argc, argv, "o:", options, NULL)) != -1;) {
		switch (o) {
		case 'o':
			output = optarg;
			break;
		case 'H':
			w.host = optarg;
			break;
		case 'f':
			fields = true;
			break;
		case 'j': /* records are JSON anyway */
			as_json = true;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (fields) {
		(as_json ? registry_print_json : registry_print)(stdout, argv[optind]);
		return EXIT_DONE;
	}
	if (optind == argc) {
		fputs(say(W_NEEDS_CAPTURE), stderr);
		return EXIT_USAGE;
	}
	int status = open_output(&w, output);
	if (status != EXIT_DONE)
		return status;
	json_init(&w.json, FLUSH_BYTES + 4 * EVENT_JSON_MAX);
	for (int i = optind; i < argc; i++) {
		int one = decode_file(&w, argv[i]);
		status = one > status ? one : status;
	}
	flush(&w);
	json_deinit(&w.json);
	if (fflush(w.out) != 0 || w.failed) {
		command_tell(stderr, "sekisho: %s: %s\n", output ? output : "output", strerror(errno));
		return EXIT_ENVIRONMENT;
	}
	return status;
}
