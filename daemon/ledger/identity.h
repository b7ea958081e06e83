/*
 * Who is behind an address. Not addresses are devices: a device has a MAC, or stands behind a router and has only an IP
 * address here.
 *
 * - A MAC that sends is a device. An address it claims (ARP, DHCP, LLDP ...) is its own, whoever had it before.
 * - An address that merely stands beside its MAC is taken for its own until something speaks against it: the place of
 * the VLAN is another than the address's, others have claimed it, addresses of two declared zones or of more than
 * IDENTITY_SUBNETS_MAX subnets stand beside the one MAC, or public ones do. Then the MAC is a router, and what it does
 * not claim are devices of their own.
 * - An address known without a MAC that some device then claims is that device; the two rows become one.
 * - Public addresses are no assets unless a zone of the site has them or somebody claims them. Groups never are.
 */
#ifndef SEKISHO_LEDGER_IDENTITY_H
#define SEKISHO_LEDGER_IDENTITY_H

#include "ledger/ledger_state.h"

enum {
	IDENTITY_SUBNETS_MAX = 3, /* subnets (/24, /64) of unclaimed addresses that one device may have */
	IDENTITY_IPS_MAX = 4,     /* unclaimed IPv4 addresses likewise */
};

/** Something that was sent: by whom, as far as the frame tells. */
struct sighting {
	struct mac mac;    /* zero: none, or not the sender's own (behind a tunnel) */
	struct ip_addr ip; /* zero: none */
	const uint16_t *vlans;
	unsigned n_vlans;
	int64_t now_ns;
	bool claimed;    /* the sender says that the address is its own */
	uint16_t source; /* word of the ledger's sources */
	uint8_t confidence;
};

/** What stands at an end of @ev without a word about the sender's own address. */
struct sighting identity_sighting(const struct ledger *l, const struct event *ev, bool dest);

/** The asset that sent this, made where it is new. @return NULL where it is none. */
struct asset *identity_see(struct ledger *l, const struct sighting *s);

/** Says that @mac is another port of @a's device. */
void identity_add_mac(struct ledger *l, struct asset *a, const struct mac *mac, const struct sighting *s);

#endif
