/*
 * What the daemon's main thread sees of itself over time, where counters alone do not say it: since when an interface
 * is silent, whether the databases can be written just now, what share of the traffic never reached the mirror.
 *
 * vitals_look() is called every few seconds; nothing of it is on the packet path.
 */
#ifndef SEKISHO_APP_VITALS_H
#define SEKISHO_APP_VITALS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/clock_watch.h"
#include "app/config.h"
#include "app/pipeline.h"
#include "net/capture.h"

enum { VITALS_SAMPLES = 64 };

struct vitals {
	struct pipeline *pipeline;
	const char *state_dir;
	struct {
		const struct capture *capture;
		uint64_t frames;
		int64_t frame_ns; /* monotonic: when there were more of them last */
	} sources[CONFIG_LIST_MAX];
	unsigned n_sources;
	int64_t started_ns; /* wall clock */
	uint64_t errors;    /* of the databases, as they were seen last */
	int64_t error_ns;   /* monotonic: of the last one; 0: none */
	struct {
		int64_t at_ns;
		uint64_t frames, unseen;
	} samples[VITALS_SAMPLES]; /* a ring */
	unsigned n_samples;
	double unseen_pct_5m;
	struct clock_watch clock;
	const char *state_lost; /* what of the state folder was removed or replaced (state_watch.h); NULL: nothing */
	bool stopped; /* in an orderly way: this is the last that is written */
};

/** @pipeline, @state_dir: borrowed. */
void vitals_init(struct vitals *v, struct pipeline *p, const char *state_dir);

/** Adds what is captured, in the order of the pipeline's sources. Borrowed. */
void vitals_add_source(struct vitals *v, const struct capture *capture);

void vitals_look(struct vitals *v);

/** Writes what it has seen, and what the system says of the process, into the open object. */
void vitals_members(const struct vitals *v, struct json *out);

#endif
