/* sekisho replay: the whole daemon on captures, at full speed. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/delivery.h"
#include "app/health.h"
#include "app/pipeline.h"
#include "base/heap.h"
#include "net/capture.h"

enum { BATCH = 256 };

struct replay_options {
	const char *config, *state;
	bool no_sinks, no_gate, json;
	int drain_s, workers; /* 0: as configured */
};

static int parse_options(int argc, char **argv, struct replay_options *o)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},  {"state", required_argument, NULL, 's'},
	    {"no-sinks", no_argument, NULL, 'n'},      {"no-gate", no_argument, NULL, 'g'},
	    {"drain", required_argument, NULL, 'd'},   {"json", no_argument, NULL, 'j'},
	    {"workers", required_argument, NULL, 'w'}, {0}};
	char *end;

	*o = (struct replay_options){.drain_s = 30};
	for (int c; (c = command_option(argc, argv, "c:s:", options, NULL)) != -1;) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 's':
			o->state = optarg;
			break;
		case 'n':
			o->no_sinks = true;
			break;
		case 'g':
			o->no_gate = true;
			break;
		case 'j':
			o->json = true;
			break;
		case 'w':
			o->workers = (int)strtol(optarg, &end, 10);
			if (*end || o->workers < 1 || o->workers > PIPELINE_WORKERS_MAX)
				return command_bad_value(optarg, "--workers", "1 - 16");
			break;
		case 'd':
			o->drain_s = (int)strtol(optarg, &end, 10);
			if (*end || o->drain_s < 0 || o->drain_s > 86400)
				return command_bad_value(optarg, "--drain", "0 - 86400");
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (!o->state) {
		fputs(say(W_NEEDS_STATE), stderr);
		return EXIT_USAGE;
	}
	if (optind == argc) {
		fputs(say(W_NEEDS_CAPTURE), stderr);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static void feed(struct source *source, struct capture *cap)
{
	struct capture_counters n;

	source_begin(source, NULL, capture_name(cap));
	while (capture_read(cap, BATCH, source_frame, source) != CAPTURE_END)
		;
	n = capture_count(cap);
	source_tick(source, n.kernel_dropped);
	command_tell_trouble(cap);
}

/* The words tell what was judged for itself, so that it and what the gate counted are the records. */
static void print_summary(const struct pipeline_counters *n, bool as_json)
{
	if (as_json)
		printf("{\"frames\":%llu,\"bytes\":%llu,\"records\":%llu,\"judged\":%llu,\"held\":%llu,\"assets\":%llu,"
		       "\"alerts\":%llu,"
		       "\"outbox_rows\":%llu}\n",
		       (unsigned long long)n->frames, (unsigned long long)n->bytes, (unsigned long long)n->records,
		       (unsigned long long)n->passed, (unsigned long long)n->held, (unsigned long long)n->ledger.assets,
		       (unsigned long long)n->alerts.raised, (unsigned long long)n->alerts.outbox_rows);
	else
		command_tell(stdout, say(W_SUMMARY), (unsigned long long)n->frames, (unsigned long long)n->records,
			     (unsigned long long)(n->passed - n->reports), (unsigned long long)n->held,
			     (unsigned long long)n->ledger.assets, (unsigned long long)n->alerts.raised,
			     (unsigned long long)n->alerts.outbox_rows);
}

/* Opens all captures first: a wrong name is found before anything is applied. */
static struct capture **open_all(char **names, int n, const struct config *cfg, struct complaint *c, int *err)
{
	struct capture_options o = {.snaplen = (uint32_t)cfg->capture.snaplen,
				    .filter = cfg->capture.filter[0] ? cfg->capture.filter : NULL};
	struct capture **caps = calloc((size_t)n + 1, sizeof(struct capture *));

	*err = caps ? 0 : -ENOMEM;
	for (int i = 0; i < n && !*err; i++)
		*err = capture_open_file(&caps[i], names[i], &o, c);
	if (*err == -EISDIR) /* a folder is as wrong a name as none */
		*err = -EINVAL;
	return caps;
}

static void close_all(struct capture **caps)
{
	for (size_t i = 0; caps && caps[i]; i++)
		capture_close(caps[i]);
	free(caps);
}

int cmd_replay(int argc, char **argv)
{
	struct replay_options o;
	struct complaint c = {{0}};
	struct pipeline *p = NULL;
	struct delivery_office *office = NULL;
	struct capture **caps = NULL;
	int err, status = parse_options(argc, argv, &o);

	if (status != EXIT_DONE)
		return status;
	heap_begin();
	struct policy_set *set = policy_set_load(o.config, &c, &err);
	if (!set)
		return command_failed(err, &c);
	if (o.workers)
		set->cfg.capture.workers = o.workers;
	if (o.no_gate)
		set->cfg.gate.enabled = false;
	caps = open_all(argv + optind, argc - optind, &set->cfg, &c, &err);
	if (!err)
		err = pipeline_new(&p, set, o.state, 1, (unsigned)set->cfg.capture.workers,
				   o.no_sinks ? PIPELINE_REPLAY_ALONE : PIPELINE_REPLAY, &c);
	if (!err && !o.no_sinks)
		err = delivery_new(&office, &set->cfg, o.state, p, &c);
	if (!err && office)
		err = delivery_start(office);
	heap_started();
	if (!err)
		err = pipeline_start(p);
	if (!err) {
		struct source *source = pipeline_source(p, 0);
		for (size_t i = 0; caps[i]; i++)
			feed(source, caps[i]);
		source_finish(source);
		pipeline_stop(p);
		health_write(p, office, o.state);
		char behind[512] = "";
		uint64_t waiting = delivery_stop(office, o.drain_s * 1000, behind, sizeof(behind));
		struct pipeline_counters n = pipeline_count(p);
		print_summary(&n, o.json);
		if (waiting > 0)
			command_tell(stderr, say(W_UNDELIVERED), (unsigned long long)waiting, behind);
		status = waiting > 0 ? EXIT_ENVIRONMENT : EXIT_DONE;
	} else {
		status = command_failed(err, &c);
	}
	delivery_free(office);
	pipeline_free(p);
	close_all(caps);
	policy_set_free(set);
	return status;
}
