/*
 * The clock that packet time moves: what timeouts go by. It never steps back.
 *
 * Packets a little behind (queues, several interfaces) leave it alone. Where time went back for good - another file, a
 * clock that was set - it goes on from where it stands. Kept by whoever sees all frames of a source: a worker, or the
 * reader that hands them to several.
 */
#ifndef SEKISHO_NET_CLOCK_H
#define SEKISHO_NET_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum {
	CLOCK_BEHIND_PACKETS_MAX = 1000, /* so many packets from the past in a row, and time itself went back */
	CLOCK_BEHIND_IDLES_MAX = 10,     /* or so many looks at a wall clock that is behind them */
};

#define CLOCK_BEHIND_NS UINT64_C(60000000000)

struct packet_clock {
	int64_t newest_ns; /* latest packet time, at which the clock stands */
	uint64_t clock_ns; /* since the first packet */
	unsigned behind_packets, behind_idles;
	bool started, new_source;
};

/**
 * What ends by time is looked at so often, and at the first packet after it: not in between, so that it does not depend
 * on how many packets a worker has, and so on how many workers there are.
 */
enum { CLOCK_TICK_MS = 100 };

/** Ticks of the clock so far. */
static inline uint64_t clock_ticks(const struct packet_clock *c)
{
	return c->clock_ns / (CLOCK_TICK_MS * UINT64_C(1000000));
}

/** The frames that follow come from elsewhere: their time may be any. */
static inline void clock_source(struct packet_clock *c)
{
	c->new_source = true;
}

/** A frame of the time @ts_ns has come. */
static inline void clock_move(struct packet_clock *c, int64_t ts_ns)
{
	if (!c->started) {
		c->started = true;
		c->newest_ns = ts_ns;
	}
	/* Unsigned: a capture may claim any time. */
	uint64_t ahead_ns = (uint64_t)ts_ns - (uint64_t)c->newest_ns, behind_ns = 0 - ahead_ns;
	if (ts_ns > c->newest_ns) {
		c->clock_ns += ahead_ns;
		c->newest_ns = ts_ns;
		c->behind_packets = 0;
	} else if (behind_ns > CLOCK_BEHIND_NS && (c->new_source || ++c->behind_packets >= CLOCK_BEHIND_PACKETS_MAX)) {
		c->newest_ns = ts_ns;
		c->behind_packets = 0;
	}
	c->new_source = false;
}

/**
 * Of a live source: no frame has come for a while, and none of a time before @sure_ns is to come, by the wall clock.
 * Where that was set back, nothing would end by time until it is where it was.
 *
 * @return whether time has passed; clock_move() then
 */
static inline bool clock_idle(struct packet_clock *c, int64_t sure_ns)
{
	uint64_t behind_ns = (uint64_t)c->newest_ns - (uint64_t)sure_ns;

	if (!c->started)
		return false;
	if (sure_ns > c->newest_ns || behind_ns <= CLOCK_BEHIND_NS) {
		c->behind_idles = 0;
		return sure_ns > c->newest_ns;
	}
	if (++c->behind_idles >= CLOCK_BEHIND_IDLES_MAX) {
		c->newest_ns = sure_ns;
		c->behind_packets = c->behind_idles = 0;
	}
	return false;
}

#endif
