/*
 * A flow that has been silent for long, or that both sides have closed, keeps what its dissector knows, and nothing
 * else.
 *
 * After FLOW_QUIET_MS of silence, when open requests have been told, and after the last word of a closed connection,
 * most of it says nothing any more: no PDU is half read, nothing waits. Its state is mostly zeros then. It is packed
 * (runs of zeros by their length) into a piece of a few dozen bytes, and comes back with the flow's next packet, or for
 * its end. What is lost by it: a copy of the last segment, sent a minute later by somebody else with other bytes, is
 * not known for a forgery (doubled.h). Of a closed one, which goes soon, it still is.
 */
#ifndef SEKISHO_NET_DOZE_H
#define SEKISHO_NET_DOZE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/conn.h"

struct doze {
	uint8_t dis_no : 7;
	uint8_t with_sent : 1; /* both sides' last segments (struct sent) follow what is packed */
	uint8_t bytes;         /* packed */
	uint16_t state_bytes;  /* unpacked */
	uint8_t packed[];
};

/** Puts the connection of @f away where nothing stands against it: FLOW_ASLEEP is set then, and f->doze in place of
 * f->conn. */
void doze_begin(struct feed *fd, struct flow *f);

/** Takes it out again, if it is asleep. Where memory is short its state is lost: there is no connection then. */
void doze_end(struct feed *fd, struct flow *f);

/** Gives it up as it is. */
void doze_drop(struct feed *fd, struct flow *f);

#endif
