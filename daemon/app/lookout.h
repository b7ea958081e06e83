/*
 * Is the sensor blind? What a lane's own frames say about that, by packet time: silence, VLANs that are gone, what the
 * wire held and the capture did not. Speaks as `health` records, at most once a minute about the same thing.
 *
 * Lives on the lane's thread; costs a few comparisons a frame.
 */
#ifndef SEKISHO_APP_LOOKOUT_H
#define SEKISHO_APP_LOOKOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "net/capture.h"
#include "net/worker.h"

enum { LOOKOUT_VLANS_MAX = 64 };

struct lookout {
	struct event_sink next;
	const char *iface, *capture; /* borrowed, as of lookout_source() */
	int64_t last_ns;             /* of the last frame, 0: none yet */
	int64_t minute_ns;           /* where the minute being counted begins */
	uint64_t minute;             /* frames in it */
	unsigned busy_minutes;       /* that went before it without a break */
	bool blind;                  /* said, and nothing has come since */
	int64_t said_ns;             /* the last time */
	struct {
		uint16_t id;
		bool gone;
		uint64_t frames;
		int64_t last_ns, longest_ns; /* its longest silence so far */
		int64_t said_ns;             /* that it is gone, the last time */
		int64_t minute_no;           /* of the last frame, since the epoch */
		unsigned minutes;            /* with a frame each, before that one without a break */
	} vlans[LOOKOUT_VLANS_MAX];
	unsigned n_vlans;
	uint64_t vlans_unwatched;      /* frames of VLANs beyond the table */
	struct worker_counters before; /* when the wire was looked at last */
	int64_t looked_ns;
	uint64_t given_up[WORKER_TABLES]; /* as told last */
	int64_t tables_ns;                /* when they were looked at last */
};

/** Other frames follow: nothing that was learnt of the former ones counts. */
void lookout_source(struct lookout *l, const char *iface, const char *capture);

/** A frame has come. */
void lookout_frame(struct lookout *l, const struct frame_in *f);

/** Packet time is @now_ns, whether frames came or not. */
void lookout_tick(struct lookout *l, int64_t now_ns);

/** The same for what the conversations show; @now: what has been counted so far, by all workers of these frames. */
void lookout_wire(struct lookout *l, int64_t now_ns, const struct worker_counters *now);

/** What full tables have given up so far, of all workers of these frames: told once a minute, and when it is the @last
 * word. */
void lookout_tables(struct lookout *l, int64_t now_ns, const uint64_t given_up[WORKER_TABLES], bool last);

/** Says one thing about the sensor's own state. @subject: borrowed for the call. */
void health_emit(struct event_sink next, const struct origin *at, enum health_what what, const char *subject,
		 double value);

#endif
