/*
 * Records that the flow layer itself writes: `flow` and `asset`.
 */
#ifndef SEKISHO_NET_RECORD_H
#define SEKISHO_NET_RECORD_H

#include "net/feed.h"
#include "net/flow.h"

/** What there is to say of @f as it stands. */
void record_flow(struct feed *fd, const struct flow *f, enum flow_state state, enum flow_reason reason);

/** A host sends: the innermost sender of @p. @router_in and @router_out: two cards of one router (hosts_router()), or
 * NULL. */
void record_host(struct feed *fd, const struct packet *p, const struct mac *router_in, const struct mac *router_out);

#endif
