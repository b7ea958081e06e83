/*
 * What a worker is made of: shared by worker.c (packets, time, memory), worker_flow.c (the life of flows) and
 * worker_stats.c.
 */
#ifndef SEKISHO_NET_WORKER_OWN_H
#define SEKISHO_NET_WORKER_OWN_H

#include "net/clock.h"
#include "net/decode.h"
#include "net/duplicate.h"
#include "net/feed.h"
#include "net/flood.h"
#include "net/flow.h"
#include "net/hosts.h"
#include "net/worker.h"

struct worker {
	struct feed feed;
	struct flow_table flows;
	struct hosts hosts;
	struct floods floods;
	struct decoder *decoder;
	struct duplicate *duplicates;
	void **link_state; /* by dissector */
	struct worker_options o;
	uint64_t packets, bytes, dropped;

	struct packet_clock clock;
	uint64_t ticks;  /* of it, as they were looked at last */
	bool clock_told; /* by worker_clock(): somebody else moves it */
};

/** Takes a packet of a conversation: finds its flow or begins one. */
void worker_flow_take(struct worker *w, const struct packet *p);

/** The same packet a second time (duplicate.h). */
void worker_flow_again(struct worker *w, const struct packet *p);

/** A flow may have been silent for long enough: tells what is open, ends it, or puts it off. It is off the wheel. */
void worker_flow_look(struct worker *w, struct flow *f);

/** The same for one that is half open. */
void worker_half_look(struct worker *w, struct half_open *h);

/** Ends a flow: what is unsaid, its last record, its memory. */
void worker_flow_end(struct worker *w, struct flow *f, enum flow_reason reason);
void worker_half_end(struct worker *w, struct half_open *h, enum flow_reason reason);

#endif
