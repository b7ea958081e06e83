/*
 * One capture queue's way: frames in, events out. decode -> hosts -> flow/TCP -> identify -> dissect -> emitter.
 *
 * A worker shares nothing with others and runs on one thread. Packet time is its only clock.
 */
#ifndef SEKISHO_NET_WORKER_H
#define SEKISHO_NET_WORKER_H

#include "base/json.h"
#include "event/dissector.h"
#include "event/event.h"
#include "net/capture.h"
#include "net/flow.h"
#include "net/packet.h"

struct worker;

struct worker_options {
	uint32_t flows_max;            /* 0: 262144 */
	uint32_t half_open_max;        /* connections that nobody goes on with (half_open.h), 0: 131072 */
	uint64_t reassembly_bytes_max; /* 0: 64 MiB, all flows together */
	uint32_t hosts_max;            /* 0: 262144 */
	bool vlan_in_key;
	bool suppress_duplicates;
	/**
	 * `flow` records. True: one at the end of each flow, with its totals (decode). False: one when a flow is
	 * established and what it speaks is settled, one each minute in which it goes on, one at its end (daemon).
	 */
	bool flow_records;
	bool late_guess;   /* nDPI starts when it is first asked, and the packet waits: nothing live */
	bool no_guess;     /* do without nDPI: what no dissector claims stays unknown */
	bool host_records; /* emit `asset` records (change: seen) for each new pair of MAC and IP */
	const struct dissector *const *dissectors; /* NULL-terminated */
	struct event_sink next;
	event_again *again; /* of `next`, or NULL */
	event_coming *coming;
};

/** @return NULL when memory is short. */
struct worker *worker_new(const struct worker_options *o);
void worker_free(struct worker *w);

/** Names the source of the frames that follow; borrowed. A new file begins its frame numbers anew, flows go on. */
void worker_source(struct worker *w, const char *iface, const char *capture);

/** A capture_read() callback; ctx is the worker. */
void worker_frame(void *worker, const struct frame_in *f);

/** The way of a packet that has been taken apart already: worker_frame() without decode_frame(). */
void worker_packet(struct worker *w, const struct packet *p);

/**
 * No frame has come for a while, and packet time must have reached @now_ns all the same: only where the capture is
 * live, whose packet time is the wall clock. Times that are not later than the last frame's change nothing.
 */
void worker_idle(struct worker *w, int64_t now_ns);

/**
 * For one of several workers that share the frames of a source, so that all of them keep one time: where the source's
 * clock (net/clock.h) stands at the frame or tick that follows.
 */
void worker_clock(struct worker *w, uint64_t clock_ns);

/**
 * That clock has reached another tick (clock_ticks()) at @frame of the source, which may be another worker's: ends what
 * is over, before the frame. After worker_clock().
 */
void worker_tick(struct worker *w, int64_t ts_ns, uint64_t frame);

/** The rest of it, behind the frame. */
void worker_tick_over(struct worker *w);

/** Ticks of the clock at which it has looked at what ends by time: changes when it has done so again. */
uint64_t worker_ticks(const struct worker *w);

/** How many frames the capture has lost so far, all sources together: only for worker_stats(). */
void worker_dropped(struct worker *w, uint64_t frames);

/** The end of a capture: expires every flow, emits what is open. */
void worker_finish(struct worker *w);

/** The same in two steps: flows, one after the other by their ids; then what is not of a flow. */
void worker_finish_flows(struct worker *w);
void worker_finish_links(struct worker *w);

/** Packet time of the last frame. */
int64_t worker_now(const struct worker *w);

/** Writes the members of `stats` of events.md (capture, decode, flow, tcp, each dissector's, hosts) into the open
 * object. */
void worker_stats(const struct worker *w, struct json *out);

/** What gives up what is worth least when it is full. */
enum worker_table {
	WORKER_HALF_OPEN,
	WORKER_FLOWS,
	WORKER_OT_FLOWS,    /* of controllers: the last to go */
	WORKER_FLOW_MEMORY, /* half-read messages and open requests */
	WORKER_AGREED,      /* connections that are awaited (agreed.h) */
	WORKER_FACTS,       /* the gate's: not counted by the worker */
	WORKER_TABLES,
};

/** What a worker has counted so far. On its own thread. */
struct worker_counters {
	uint64_t packets, duplicates, tcp_gaps, flows_created;
	uint64_t given_up[WORKER_TABLES]; /* entries, for want of room */
};
struct worker_counters worker_count(const struct worker *w);

/** Grows with each duplicate, gap and flow: to be asked with every frame whether there is anything to tell. */
uint64_t worker_count_sum(const struct worker *w);

/** Memory ceiling of a worker with these options. */
uint64_t worker_ceiling_bytes(const struct worker_options *o);

#endif
