/*
 * Something that was sent: by whom, as far as the frame tells. What a record's end says of its sender, and what a MAC
 * and a time to live say of who stands between.
 */
#ifndef SEKISHO_LEDGER_SIGHTING_H
#define SEKISHO_LEDGER_SIGHTING_H

#include "ledger/ledger_state.h"

struct sighting {
	struct mac mac;    /* zero: none, or not the sender's own (behind a tunnel) */
	struct ip_addr ip; /* zero: none */
	const uint16_t *vlans;
	unsigned n_vlans;
	int64_t now_ns;
	bool claimed;    /* the sender says that the address is its own */
	uint16_t source; /* word of the ledger's sources */
	uint8_t confidence;
	uint8_t ttl; /* 0: not known */
	struct seen_at at;
};

/** The addresses that stand for whoever is at an end of @ev, as in a sighting. */
void sighting_addresses(const struct event *ev, bool dest, struct mac *mac, struct ip_addr *ip);

/** What stands at an end of @ev without a word about the sender's own address. */
struct sighting sighting_of(struct ledger *l, const struct event *ev, bool dest);

/** The innermost VLAN; 0: none. */
static inline uint16_t sighting_vlan(const struct sighting *s)
{
	return s->n_vlans > 0 ? s->vlans[s->n_vlans - 1] : 0;
}

/** Addresses that wander between routers, by their beginning: VRRP and CARP over IPv4 and IPv6 (RFC 9568 7.3), HSRP
 * version 1, version 2 and over IPv6, GLBP. */
bool sighting_is_virtual(const struct mac *mac);

/** Routers between the sender and here, by what senders begin with (64, 128, 255); HOPS_UNKNOWN. */
uint8_t sighting_hops(uint8_t ttl);

#endif
