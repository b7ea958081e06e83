/*
 * Putting the bytes of a TCP connection in order: what waits, what it waits for, and when waiting ends. The part of
 * tcp.c that knows connections and holes; the rules stand in tcp.h.
 *
 * All calls but order_deliver(), order_lose(), order_cut() and order_flush() want f->conn->wait (conn_wait()).
 */
#ifndef SEKISHO_NET_ORDER_H
#define SEKISHO_NET_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/conn.h"
#include "net/stream.h"
#include "net/tcp.h"

/** How far @a is beyond @b in sequence space, which wraps. */
static inline int32_t order_beyond(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/** The other side has bytes of this one that are missing here. */
static inline bool order_is_ahead(const struct flow_side *me)
{
	return (me->flags & SIDE_SEQ) && order_beyond(me->acked, me->next_seq) > 0;
}

/** Hands the next bytes of @side on, if somebody listens. next_seq is the caller's. */
void order_deliver(struct feed *fd, struct flow *f, unsigned side, struct span bytes);

/** The next @missing bytes of @side were cut off by the capture. */
void order_cut(struct feed *fd, struct flow *f, unsigned side, uint32_t missing);

/** The next @bytes of @side are lost (0: how many is not known). Counts them. */
void order_lose(struct feed *fd, struct flow *f, unsigned side, uint32_t bytes, enum gap_cause cause);

/** Bytes whose sender had everything of the other side below @ack: do they have to wait for some of that? */
bool order_is_held(const struct flow *f, unsigned side, uint32_t ack);

/** Lets a segment wait: those of its bytes that do not wait already. @wire_len: its bytes in the stream, @bytes those
 * in hand. */
void order_enqueue(struct feed *fd, struct flow *f, unsigned side, uint32_t seq, struct span bytes, uint32_t wire_len,
		   uint32_t ack);

/** Forgets what waits. */
void order_forget(struct feed *fd, struct wait_half *h);

/** Hands on all that can be, gives up what must be. After each change; f->conn->wait may be gone then. */
void order_settle(struct feed *fd, struct flow *f);

/** Looks at connections that have been waiting for missing bytes. Call with each packet, after the clock has moved. */
void order_tick(struct feed *fd);

/** Gives up all holes of @f: it ends, or has been silent for long. */
void order_flush(struct feed *fd, struct flow *f);

#endif
