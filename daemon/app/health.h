/*
 * The sensor's own state, written by the daemon as STATE_DIR/health.json every few seconds and read by `sekisho
 * health`.
 */
#ifndef SEKISHO_APP_HEALTH_H
#define SEKISHO_APP_HEALTH_H

#include "app/delivery.h"
#include "app/pipeline.h"
#include "app/vitals.h"

/** Writes the pipeline's own counters into the open object. */
void health_members(struct pipeline *p, struct json *out);

enum { HEALTH_BYTES = 256 << 10 };

/** Writes all of it into @j, which holds up to HEALTH_BYTES: the counters (counters.def), those of each lane, the
 * sinks.
 * @office: may be NULL. @v: what the daemon saw of itself; NULL: there is none (replay). */
void health_make(struct pipeline *p, struct delivery_office *office, const struct vitals *v, const char *state_dir,
		 struct json *j);

/** Replaces STATE_DIR/health.json in one step. */
void health_put(const char *state_dir, const struct json *j);

/** Both, for who has no vitals. */
void health_write(struct pipeline *p, struct delivery_office *office, const char *state_dir);

#endif
