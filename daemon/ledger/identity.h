/*
 * Who is behind an address. Not addresses are devices: a device has a MAC, or stands behind a router and has only an IP
 * address here.
 *
 * - A MAC that sends is a device. An address it claims (ARP, DHCP, LLDP ...) is its own, whoever had it before.
 * - An address that merely stands beside its MAC is taken for its own until something speaks against it: the place of
 * the VLAN is another than the address's, others have claimed it, addresses of two declared zones or of more than
 * IDENTITY_SUBNETS_MAX subnets stand beside the one MAC, or public ones do. Then the MAC is a router, and what it does
 * not claim are devices of their own.
 * - A row of the register that lists several MACs makes them one device: a person says so.
 * - A time to live lowered by one to IDENTITY_HOPS_MAX, below what senders begin with, means that the packet was
 * forwarded: then the MAC beside it is a router's too. More is left alone, as scanners make such values up.
 * - A conversation seen on both sides of a router, one hop apart, shows two of its cards: the one that the packets were
 * sent to and the one that sent them on are one device.
 * - A virtual MAC (VRRP and CARP, HSRP, GLBP) is the port of whichever router speaks for it: where a hello shows by its
 * IP address which one that is, the MAC is that one's; until then it stands for the router that nobody has seen.
 * - An address known without a MAC that some device then claims is that device; the two rows become one.
 * - Public addresses are no assets unless a zone of the site has them or somebody claims them. Groups never are.
 */
#ifndef SEKISHO_LEDGER_IDENTITY_H
#define SEKISHO_LEDGER_IDENTITY_H

#include "ledger/sighting.h"

enum {
	IDENTITY_SUBNETS_MAX = 3, /* subnets (/24, /64) of unclaimed addresses that one device may have */
	IDENTITY_IPS_MAX = 4,     /* unclaimed IPv4 addresses likewise */
	IDENTITY_HOPS_MAX = 4,
};

/** The asset that sent this, made where it is new. @return NULL where it is none. */
struct asset *identity_see(struct ledger *l, const struct sighting *s);

/** A router says in a hello, from the virtual MAC, which one it is: s->ip. */
void identity_hello(struct ledger *l, const struct sighting *s);

/** Joins those that the register declares as one device: one row with several MACs. */
void identity_join_declared(struct ledger *l, struct asset *a);

/** Two cards of one router: @in took in what @out sent on. @s: the sender, which it went from to @dest.
 * @return the router, or NULL: they are not shown to be one device that forwarded this. */
struct asset *identity_one_router(struct ledger *l, const struct mac *in, const struct mac *out,
				  const struct sighting *s, const struct ip_addr *dest);

/** /24 or /64. */
bool identity_same_subnet(const struct ip_addr *a, const struct ip_addr *b);

/** Says that @mac is @a's as well. @return @a, or the elder device that has had @mac, which @a turned out to be. */
struct asset *identity_add_mac(struct ledger *l, struct asset *a, const struct mac *mac, const struct sighting *s);

#endif
