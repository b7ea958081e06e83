/*
 * TCP: the bytes of each side, once and in order, whatever the capture saw of it.
 *
 * Segments that come too early wait in the side's queue; the first copy of a byte counts. While the other side already
 * answers bytes that are still missing here, the answer waits too, so that requests come before their responses even
 * where a mirror port mixes the two directions up.
 *
 * Where all that is seen of a connection begins with an answer, that waits for the next segment: it may be the request,
 * which the mirror brings late. So does the second answer, where its acknowledgement tells of a request not seen.
 *
 * A hole is given up
 *   - when the other side has acknowledged bytes beyond its beginning, and TCP_HOLE_PACKETS packets of the flow or
 * TCP_HOLE_MS went by since it did (the mirror may still bring them);
 *   - when more than TCP_QUEUE_BYTES or TCP_QUEUE_SEGMENTS wait behind it;
 *   - when nothing is seen of the other side, after TCP_HOLE_ALONE_MS;
 *   - when the flow ends.
 * Until then a retransmission may fill it. Connections that wait are looked at again by time, in order_tick(), so a
 * hole does not wait for the flow's next packet.
 */
#ifndef SEKISHO_NET_TCP_H
#define SEKISHO_NET_TCP_H

#include <stdbool.h>

#include "net/feed.h"
#include "net/flow.h"

enum {
	TCP_HOLE_PACKETS = 8,
	TCP_HOLE_MS = 1000,
	TCP_HOLE_ALONE_MS = 1000,
	TCP_QUEUE_BYTES = 256 * 1024,
	TCP_QUEUE_SEGMENTS = 1024,
	TCP_FAR_BYTES =
	    16 * 1024 * 1024, /* no segment is ahead or behind by so much; two that follow each other are believed */
};

/** Does this SYN open another connection between the same ports than the one that @f is? */
bool tcp_starts_anew(const struct flow *f, unsigned side, const struct packet *p);

/** Notes what the flags of a segment say of the flow: who opened it, whether it is over. Before tcp_segment(). */
void tcp_take_flags(struct flow *f, unsigned side, const struct packet *p);

/** Takes the bytes of a segment of @side. */
void tcp_segment(struct feed *fd, struct flow *f, unsigned side, const struct packet *p);

#endif
