/*
 * From the bytes of a TCP side, in order, to the PDUs of a dissector.
 *
 * A PDU that lies whole in a segment is handed out in place; else its beginning is kept until the rest has come, at
 * most the dissector's max_frame. What a dissector does not want of a PDU (deliver < total) is counted off uncopied.
 * When bytes are missing, or are no PDU, the stream goes astray: from then on the dissector is asked at each offset
 * until one holds what looks like a PDU. Nothing here frees the connection; after a call the dissector may be gone
 * (c->dis NULL).
 */
#ifndef SEKISHO_NET_STREAM_H
#define SEKISHO_NET_STREAM_H

#include <stdint.h>

#include "base/cursor.h"
#include "net/conn.h"

enum {
	STREAM_JUNK_MAX = 64 * 1024, /* so much without one PDU ever, and the flow is not the dissector's */
};

/** Why bytes are missing; the reason token of the anomaly. */
enum gap_cause {
	GAP_ACKNOWLEDGED,    /* the other side has them, the capture has not */
	GAP_WAITED_TOO_LONG, /* too much was waiting behind the hole, or for too long */
	GAP_END,             /* the flow ended */
	GAP_SNAPLEN,         /* the capture cut the segment */
	GAP_MEMORY,          /* we had no room */
	GAP_FAR,             /* the stream went on somewhere else */
};

/** The next bytes of @side. */
void stream_bytes(struct feed *fd, struct conn *c, unsigned side, struct span data);

/** The next @lost bytes of @side will never come; 0: how many is not known. */
void stream_gap(struct feed *fd, struct conn *c, unsigned side, uint64_t lost, enum gap_cause cause);

/** The flow has been silent for WAKE_MS, and its dissector asked to be woken. */
void stream_tick(struct feed *fd, struct conn *c);

/** The flow has been silent for a while: tells what is still open, such as requests without an answer. */
void stream_quiet(struct feed *fd, struct conn *c);

/** The flow is over: tells what is open and what is unfinished. @closed: by FIN or RST, so half a PDU is an oddity. */
void stream_end(struct feed *fd, struct conn *c, bool closed);

#endif
