/*
 * Records that the flow layer itself writes: `flow` and `asset`, and `anomaly` where there is too much of something.
 */
#ifndef SEKISHO_NET_RECORD_H
#define SEKISHO_NET_RECORD_H

#include "net/feed.h"
#include "net/flood.h"
#include "net/flow.h"

/** What there is to say of @f as it stands. */
void record_flow(struct feed *fd, const struct flow *f, enum flow_state state, enum flow_reason reason);

/** A host sends: the innermost sender of @p. @router_in and @router_out: two cards of one router (hosts_router()), or
 * NULL. */
void record_host(struct feed *fd, const struct packet *p, const struct mac *router_in, const struct mac *router_out);

/** A second of a flood, whose end was at @at_ns of packet time. */
void record_flood(struct feed *fd, const struct flood *flood, int64_t at_ns);

#endif
