/*
 * Dissectors that read whole datagrams: UDP, and link protocols by EtherType. Nothing is put together here; what does
 * not fit its datagram is malformed.
 */
#ifndef SEKISHO_NET_DATAGRAM_H
#define SEKISHO_NET_DATAGRAM_H

#include "net/feed.h"
#include "net/flow.h"

/** Hands a datagram of @side to the dissector that reads this flow, if there is one. */
void datagram_take(struct feed *fd, struct flow *f, unsigned side, const struct packet *p);

/** Hands a frame that is not IP to the dissector @no, whose own @state (one for all) it is. */
void datagram_take_link(struct feed *fd, unsigned no, void *state, const struct packet *p);

#endif
