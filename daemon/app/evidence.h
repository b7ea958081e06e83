/*
 * Evidence: for each alert from a level on, the packets of its conversation (of its source where there is none) from
 * some seconds before to some after, as STATE_DIR/evidence/<alert_id>.pcapng, its SHA-256 in the alert.
 *
 * Lanes keep their recent frames (net/keep.h); everything else is done on the analyst's thread, by packet time. Where
 * lanes read files the lane waits for the analyst now and then, so the same capture gives the same bytes.
 */
#ifndef SEKISHO_APP_EVIDENCE_H
#define SEKISHO_APP_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "event/finding.h"
#include "net/keep.h"

/* Files that grow at one packet time, and that are held in memory; and those whose alert is not yet told of them: what
 * one round of the analyst may begin. */
enum { EVIDENCE_GROWING_MAX = 32, EVIDENCE_JOBS_MAX = 512 };

struct evidence_options {
	enum alert_level least;
	int64_t before_ns, after_ns;
	uint64_t ring_bytes; /* of frames before the alert that are looked through */
	uint64_t file_bytes; /* most of one file */
	uint64_t disk_bytes; /* all files together; the oldest go */
	uint32_t per_minute; /* files begun in a minute of packet time */
	bool redact;         /* headers only, no payload */
};

struct evidence_counters {
	uint64_t written, skipped, removed, failed;
};

struct evidence;

/** Makes the folder where it is not there. @return 0; -ENOMEM; -errno with @c filled, also where nothing can be written
 * there. */
int evidence_new(struct evidence **out, const char *state_dir, const struct evidence_options *o, struct complaint *c);
void evidence_free(struct evidence *e);

/** Memory ceiling with these options; the lanes' rings are not among it. */
uint64_t evidence_ceiling_bytes(const struct evidence_options *o);

/** An alert was raised: begins its file from what @keep holds. @k is borrowed until evidence_finish(). */
void evidence_begin(struct evidence *e, struct keep *k, const char *alert_id, enum alert_level level,
		    const struct event *ev);

/**
 * Takes what has come since; files whose time is over are written. @done: called for each. @force: all of them.
 * @now_ns  so late it is, also where no frame says so: a network may fall silent. 0: only frames say it
 */
void evidence_advance(struct evidence *e, int64_t now_ns, bool force,
		      void (*done)(void *ctx, const char *alert_id, const char *pcap, const char *sha256), void *ctx);

struct evidence_counters evidence_count(const struct evidence *e);

#endif
