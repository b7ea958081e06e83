/*
 * A flow that has been silent for FLOW_DOZE_MS, or that both sides have closed, keeps what its dissector knows, and
 * next to nothing else.
 *
 * Most of a connection says nothing then: no PDU is half read, nothing waits. Its state is mostly zeros. It is packed
 * (runs of zeros by their length) into a piece of a few dozen bytes, and comes back with the flow's next packet, to
 * tell open requests after FLOW_QUIET_MS, or for its end. What is lost by it: a copy of the last segment, sent more than
 * that later by somebody else with other bytes, is not known for a forgery (doubled.h).
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
