/*
 * The sensor's own state, written by the daemon as STATE_DIR/health.json every few seconds and read by `sekisho health`.
 */
#ifndef SEKISHO_APP_HEALTH_H
#define SEKISHO_APP_HEALTH_H

#include <stddef.h>

#include "app/pipeline.h"

/** Writes the members of the health object into @buf as one JSON object. @return its length, 0 where it does not fit. */
size_t health_json(struct pipeline *p, char *buf, size_t size);

/** Replaces STATE_DIR/health.json in one step. */
void health_write(struct pipeline *p, const char *state_dir);

#endif
