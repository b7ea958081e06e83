/*
 * What a flow with payload has beyond its row in the table: bytes waiting for their turn, half-read PDUs, a dissector
 * and its state.
 *
 * Made on the first payload, from the pool; given back when nobody wants the flow's bytes, when the flow ends, or when
 * memory is short and the flow has been silent longest. TCP (tcp.c, order.c) puts a half's segments in order, the
 * stream (stream.c) finds the PDUs in it, identification (identify.c) chooses the dissector. A conn is never freed
 * below these: only conn_close() and conn_tidy() do, called by the worker.
 */
#ifndef SEKISHO_NET_CONN_H
#define SEKISHO_NET_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "event/dissector.h"
#include "net/feed.h"
#include "net/flow.h"

/** A TCP segment that came too early. */
struct segment {
	struct segment *next;
	uint32_t seq;
	uint32_t wire_len; /* bytes of the stream it stands for */
	uint32_t len;      /* bytes in hand: fewer where the capture cut it, or nobody listens */
	uint32_t ack;      /* its sender had everything of the other side below this */
	uint8_t bytes[];
};

/** The last whole segment of a side, as far as a second one in its place can be known by (doubled.h). */
struct sent {
	uint32_t seq, len; /* len 0: none */
	uint32_t hash;
	struct mac mac;
	uint8_t ttl;
	bool has_ether;
};

/** Why the next PDU's start is not known. */
enum astray { ASTRAY_NOT, ASTRAY_GAP, ASTRAY_JUNK };

/** What waits of one side, and for what (order.c, tcp.c). */
struct wait_half {
	struct segment *queue; /* by seq, not overlapping, none of it delivered */
	struct segment *queue_last;
	uint32_t queued_bytes, queued;
	uint32_t hole_seq;          /* what the hole began at when these were set: */
	uint32_t hole_ms;           /* clock */
	uint32_t hole_packets;      /* packets of the flow since */
	uint32_t hole_peer_packets; /* what the other side had sent by then, low half */
	uint32_t fin_seq;           /* sequence number of a FIN that came too early */
	uint32_t far_next;          /* end of a segment far off */
	bool hole, fin, far;
	bool hole_acked; /* the other side has bytes of it */
	bool opening;    /* what waits is an answer with which the capture of the flow begins: its request may follow */
};

/** Exists while something waits: most flows come in order and never have one. */
struct wait {
	struct conn_link stall; /* in feed.stalled or alone; first: it leads back to here */
	struct conn *conn;
	uint32_t stall_ms;        /* clock of the next look */
	struct wait_half half[2]; /* by side */
};

/** The bytes of one side, in order (stream.c). */
struct half {
	uint8_t *buf; /* the unfinished PDU: buf_len bytes from buf_off on */
	uint32_t buf_room, buf_off, buf_len;
	uint32_t want;         /* bytes at the front needed before it makes sense to look again; 0: any */
	uint32_t deliver;      /* of the PDU at the front, where its end is known (total > 0) */
	uint32_t looked_bytes; /* looked at in vain for the PDU at the front, all attempts together */
	union {
		struct {
			uint64_t total;
			uint64_t skip; /* bytes of a PDU already handed out that are still to come */
		};
		uint64_t weak; /* identify.c, before there is a dissector: those that would do */
	};
	uint64_t junk; /* bytes passed over since it went astray */
	uint64_t junk_told;
	struct sent sent;
	uint8_t astray; /* enum astray */
	uint8_t turns;  /* looks for the end of the PDU at the front because the other side went on */

	/* identify.c */
	bool dead; /* its beginning was nothing we know */
	bool torn; /* bytes of it are missing: what comes may be the rest of something */
};

struct conn {
	struct conn_link all; /* in feed.conns */
	struct flow *flow;
	const struct dissector *dis; /* NULL: none (yet) */
	void *state;
	struct wait *wait; /* NULL: nothing waits */
	struct guess_trial *trial;
	uint64_t refused; /* dissectors that proved wrong */
	uint32_t state_bytes;
	uint8_t dis_no;
	uint8_t tries;      /* of identify.c, that found nothing */
	uint8_t first_held; /* side whose first bytes are kept longest */
	bool valid : 1;     /* the dissector has had a PDU */
	uint8_t over : 2;   /* enum hand_over: it has given the flow away: what follows is to be identified anew */
	bool wake : 1;      /* the dissector asked to be woken */

	/* identify.c: segments of one side in a row, before there is a dissector */
	uint8_t run_side;                       /* whose they are, from 1 on; 0: none yet */
	uint8_t run_asked;                      /* so many of them were looked at in vain; wraps */
	uint16_t run_last_len, run_longest_len; /* of the last one and the longest, in bytes */

	struct half half[2]; /* by side */
};

/** The connection of @f, made where there is none. @return NULL when memory is short. */
struct conn *conn_get(struct feed *fd, struct flow *f);

/** What waits in the connection of @f, both made where there is none. @return NULL when memory is short. */
struct wait *conn_wait(struct feed *fd, struct flow *f);

/** Gives the memory for waiting back where nothing waits. */
void conn_wait_tidy(struct feed *fd, struct conn *c);

/** Is anything of @c missing that others wait for? */
static inline bool conn_has_hole(const struct conn *c)
{
	return c->wait && (c->wait->half[0].hole || c->wait->half[1].hole);
}

/** Gives back everything @f has beyond its row. */
void conn_close(struct feed *fd, struct flow *f);

/** Closes the connection of a flow whose bytes nobody wants any more. Call after each packet of a flow that has one. */
void conn_tidy(struct feed *fd, struct flow *f);

/** The connection to drop when memory is short: silent for longest, roughly. NULL where there is none. */
struct conn *conn_victim(struct feed *fd);

/** Chooses @no as the dissector. @return false when memory for its state is short; nothing has changed then. */
bool conn_adopt(struct feed *fd, struct conn *c, unsigned no);

/** Takes the dissector away again, with its state and half-read PDUs. */
void conn_disown(struct feed *fd, struct conn *c);

void conn_buf_drop(struct feed *fd, struct half *h);

/** Appends to the half-read PDU, with room for @ahead bytes in all where that is more. @return false when memory is
 * short. */
bool conn_buf_append(struct feed *fd, struct half *h, struct span bytes, uint32_t ahead);

static inline struct span conn_buf(const struct half *h)
{
	return h->buf ? span_of(h->buf + h->buf_off, h->buf_len) : span_of(NULL, 0);
}

static inline enum dir conn_dir(const struct conn *c, unsigned side)
{
	return side == c->flow->client ? DIR_REQUEST : DIR_RESPONSE;
}

void conn_link_init(struct conn_link *head);
void conn_link_add(struct conn_link *head, struct conn_link *l);
void conn_link_take(struct conn_link *l);

/** An emitter.resize_state. */
void *conn_resize_state(struct emitter *out, size_t bytes, bool *ok);

#endif
