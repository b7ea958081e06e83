/*
 * /metrics and /healthz by HTTP (libmicrohttpd), on a thread of its own that may only answer on the socket it is given.
 *
 * It knows nothing of the pipeline: every few seconds the main thread publishes what health.json says, and that is what
 * is told until the next time. Few connections at once, each with a time limit, one method, two paths.
 */
#ifndef SEKISHO_APP_METRICS_SERVER_H
#define SEKISHO_APP_METRICS_SERVER_H

#include "app/config.h"
#include "base/json.h"

struct metrics_server;

/** Opens the socket. @return 0, with NULL in @out where none is configured; -errno with @c filled. */
int metrics_server_new(struct metrics_server **out, const struct config *cfg, struct complaint *c);

/** Starts the thread. NULL is allowed. @return 0, -ENOMEM, -EAGAIN. */
int metrics_server_start(struct metrics_server *s);

/** @health: the text of health.json, as health_make() wrote it. From the main thread. NULL is allowed. */
void metrics_server_publish(struct metrics_server *s, const struct json *health);

/** Ends the thread, closes, frees. NULL is allowed. */
void metrics_server_free(struct metrics_server *s);

#endif
