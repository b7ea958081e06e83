/*
 * Which card has which address, by ARP: what it takes to notice that an address changes hands.
 *
 * A table of fixed size, plain memory, that is part of the ARP dissector's state: BINDINGS_WAYS places for each of
 * BINDINGS_SETS; where all are taken, one that was only asked for goes, else the one that was silent longest, and is
 * counted. Time is packet time.
 */
#ifndef SEKISHO_DISSECTORS_DISCOVERY_BINDINGS_H
#define SEKISHO_DISSECTORS_DISCOVERY_BINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/net_addr.h"

enum { BINDINGS_SETS = 1024, BINDINGS_WAYS = 4 };

/* How long a question may be ago for an answer to be one, and how long an address that has changed hands is watched. */
#define BINDING_ASKED_NS     (INT64_C(5) * 1000000000)
#define BINDING_CONTESTED_NS (INT64_C(60) * 1000000000)

struct binding {
	uint8_t ip[4];
	uint16_t vlan;
	bool used;
	struct mac mac, former; /* zero: nobody yet */
	int64_t seen_ns;        /* of whichever came last: question, claim */
	int64_t claimed_ns, changed_ns, asked_ns;
	int64_t passed_ns; /* between neighbouring cards, last */
	uint8_t passes;    /* ... in a row, each within BINDING_CONTESTED_NS of the one before */
};

struct bindings {
	struct binding at[BINDINGS_SETS][BINDINGS_WAYS];
	uint64_t evicted;
};

/** What a claim means. */
struct binding_news {
	bool unasked; /* an answer to a question that nobody was seen asking */
	bool changed; /* another card had the address until now: former, and how long ago it last said so */
	bool pressed; /* an unasked answer by whoever took the address over within BINDING_CONTESTED_NS */
	struct mac former;
	int64_t silent_ns;
};

/** Somebody asks for @ip. */
void bindings_asked(struct bindings *b, const uint8_t ip[4], uint16_t vlan, int64_t now_ns);

/**
 * @mac says that @ip is its own; @answer: in an answer to one station.
 *
 * Addresses that routers or servers pass on to each other by design are left out: virtual cards of VRRP (RFC
 * 9568, 7.3), HSRP, GLBP and of load balancing, and neighbouring cards of one device, whose addresses differ in the
 * last digits alone: these as long as the address stays where it was passed to. Anybody can choose such an address, and
 * two devices of one batch have them.
 */
struct binding_news bindings_claimed(struct bindings *b, const uint8_t ip[4], uint16_t vlan, const struct mac *mac,
				     bool answer, int64_t now_ns);

#endif
