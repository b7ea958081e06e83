/*
 * Where /metrics and /healthz are asked for: `metrics: { listen: ... }`. On this machine only, since nobody is asked
 * who he is: a loopback address, or a Unix socket that root, our own user and the group of the socket may use.
 */
#ifndef SEKISHO_APP_METRICS_LISTEN_H
#define SEKISHO_APP_METRICS_LISTEN_H

#include <stdbool.h>

#include "app/config.h"

/** @return 0, also where nothing is configured; -EINVAL with @c saying where it stands and what would be right. */
int metrics_listen_check(const struct config *cfg, struct complaint *c);

/** Opens what is configured; a Unix socket that a former run left behind makes room. @return the descriptor, which
 * listens and does not block; -errno with @c filled. */
int metrics_listen_open(const struct config *cfg, struct complaint *c);

/** The path of the Unix socket, or NULL. Borrowed of @cfg. */
const char *metrics_listen_path(const struct config *cfg);

/** May who is at the other end of the connection @fd to the Unix socket of the group @gid ask? */
bool metrics_peer_may_ask(int fd, unsigned gid);

#endif
