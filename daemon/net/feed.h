/*
 * What a worker's parts share while a packet goes through them: the emitter, the dissectors, memory, time, counters.
 *
 * One per worker, embedded in it. Nothing in here outlives the worker; `packet` and everything that events borrow live
 * until the next packet.
 */
#ifndef SEKISHO_NET_FEED_H
#define SEKISHO_NET_FEED_H

#include <stdint.h>

#include "base/arena.h"
#include "event/dissector.h"
#include "event/event.h"
#include "net/agreed.h"
#include "net/flow.h"
#include "net/guess.h"
#include "net/packet.h"
#include "base/pool.h"

enum { FEED_DISSECTORS_MAX = 64 }; /* one bit each */

struct tcp_counters {
	uint64_t gaps, gap_bytes; /* bytes that were sent but never seen */
	uint64_t overlaps;        /* segments partly known already: the first copy counts */
	uint64_t out_of_order;    /* segments seen after a later one */
	uint64_t retransmissions; /* segments wholly known already */
	uint64_t cut_bytes;       /* left out by the capture's snap length */
	uint64_t far;             /* segments too far from where the stream stands */
};

struct conn_link {
	struct conn_link *next, *prev;
};

/** A set of ports. */
struct port_set {
	uint64_t bits[65536 / 64];
};

static inline bool port_in(const struct port_set *s, uint16_t port)
{
	return s->bits[port / 64] >> port % 64 & 1;
}

struct feed {
	struct emitter out;
	struct arena arena;
	struct pool pool;

	const struct dissector *const *dissectors;
	unsigned n_dissectors;
	uint64_t *counters[FEED_DISSECTORS_MAX];
	uint64_t streams, datagrams;          /* which of them read TCP, which UDP */
	struct port_set tcp_ports, udp_ports; /* of all of them */

	struct guess *guess;      /* NULL: no second opinion */
	struct conn_link conns;   /* all connections, the one to look at first when memory is short in front */
	struct conn_link stalled; /* those that wait for missing bytes, in the order of their next look */
	uint64_t conns_dropped;   /* connections whose state went to make room */

	struct agreed_table agreed;
	struct tcp_counters tcp;

	const struct packet *packet; /* in hand; NULL while flows expire */
	int64_t now_ns;              /* packet time of the last frame */
	uint64_t now_ms;             /* clock: follows packet time, never steps back */
	uint64_t frame;
	const char *iface, *capture;
	const struct flow *speaking; /* whose origin the emitter holds for this packet */
};

/** @return 0; -ENOMEM; -EINVAL where there are more than FEED_DISSECTORS_MAX dissectors. */
int feed_init(struct feed *fd, const struct dissector *const *list, struct event_sink next, uint64_t memory_bytes);

/** All connections must be closed. */
void feed_deinit(struct feed *fd);

/** Makes @f the conversation that records speak of: client to server, at the packet in hand. Does nothing where it is
 * already. */
void feed_speak(struct feed *fd, const struct flow *f);

/** Forgets whose records are being made: the flow's orientation or application has changed, or the packet is over. */
static inline void feed_hush(struct feed *fd)
{
	fd->speaking = NULL;
}

/** The same for a packet of no flow: its sender is the source. */
void feed_speak_packet(struct feed *fd, const struct packet *p);

uint64_t feed_ceiling_bytes(uint64_t memory_bytes);

#endif
