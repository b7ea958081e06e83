/*
 * Which dissector reads a flow, and who in it is the client.
 *
 * Content decides: each dissector is shown the first bytes of either side, and a port is only a hint. What is weak on
 * its own is believed on a known port or when the other side fits too; until then the first bytes are kept. A flow on a
 * dissector's port that begins with something else is watched for a while, segment by segment. What none of ours claims
 * is shown to nDPI (guess.h) at the same time.
 *
 * A flow may be met in the midst of something long, a file on its way. What follows it begins where the other side
 * speaks, or behind a segment that is shorter than the others: a long run of one side's segments counts as one try.
 */
#ifndef SEKISHO_NET_IDENTIFY_H
#define SEKISHO_NET_IDENTIFY_H

#include <stdbool.h>

#include "base/cursor.h"
#include "net/conn.h"

enum {
	IDENTIFY_HEAD_MAX = 64,      /* a dissector that cannot tell from these never will */
	IDENTIFY_KEEP_MAX = 2048,    /* most of one side's first bytes that are kept for later */
	IDENTIFY_TRIES = 16,         /* that may fail, each for a run of one side's segments */
	IDENTIFY_TRIES_ON_PORT = 64, /* on a dissector's port */
	IDENTIFY_RUN = 16,           /* segments looked at in a run; behind them those that follow a short one */
	IDENTIFY_RUN_TRY = 64,       /* a long run costs a try for each so many */
};

/** The next bytes of a TCP side that has no dissector yet. Hands them, and what was kept, to the one that claims them.
 */
void identify_stream(struct feed *fd, struct conn *c, unsigned side, struct span data);

/** No more bytes will come, or not for a while: what was kept of the first ones until others come is all that there is.
 */
void identify_kept(struct feed *fd, struct conn *c);

/** Bytes of @side are missing: what was kept is no beginning any more. */
void identify_gap(struct feed *fd, struct conn *c, unsigned side);

/** The dissector has never found a PDU: it does not read this flow after all. */
void identify_undo(struct feed *fd, struct conn *c);

/**
 * The dissector has handed the flow over (emitter.hand_over): what was kept for it, and @data behind that of @side, is
 * shown to all others as if the flow began there. What it speaks stays what it was until somebody claims it.
 */
void identify_anew(struct feed *fd, struct conn *c, unsigned side, struct span data);

/** The connection of a UDP flow if a dissector reads it; asked with each datagram until one does. NULL otherwise. */
struct conn *identify_datagram(struct feed *fd, struct flow *f, unsigned side, struct span payload);

/** Shows a payload packet that none of ours has claimed to nDPI. */
void identify_guess(struct feed *fd, struct flow *f, const struct packet *p);

/** The flow ends or has fallen silent: settles what it speaks with what was seen. */
void identify_last(struct feed *fd, struct flow *f);

/** Before there is content: is the sender of this first packet, no SYN, the client? By ports. */
bool identify_sender_is_client(const struct feed *fd, const struct packet *p);

#endif
