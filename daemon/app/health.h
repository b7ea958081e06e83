/*
 * The sensor's own state, written by the daemon as STATE_DIR/health.json every few seconds and read by `sekisho
 * health`.
 */
#ifndef SEKISHO_APP_HEALTH_H
#define SEKISHO_APP_HEALTH_H

#include "app/delivery.h"
#include "app/pipeline.h"

/** Writes the pipeline's own counters into the open object. */
void health_members(struct pipeline *p, struct json *out);

/** Replaces STATE_DIR/health.json in one step: the counters, those of each lane, and the sinks. @office may be NULL. */
void health_write(struct pipeline *p, const struct delivery_office *office, const char *state_dir);

#endif
