/*
 * Who holds an address: the tables from MAC and from IP address to asset, with the database behind them for what memory
 * has forgotten. They keep no judgement of their own; identity.c decides what they say.
 */
#ifndef SEKISHO_LEDGER_HOLDERS_H
#define SEKISHO_LEDGER_HOLDERS_H

#include "ledger/ledger_state.h"

/** The asset with these addresses (either may be zero), if it is known; a glance for every event. @held: its address,
 * or NULL. */
struct asset *holders_find(struct ledger *l, const struct mac *mac, const struct ip_addr *ip, struct held_ip **held);

/* The same one by one and with the database, for when something is new. Whoever is found is safe from being pushed out
 * next. */
struct asset *holders_of_mac(struct ledger *l, const struct mac *mac);
struct asset *holders_of_ip(struct ledger *l, const struct ip_addr *ip);

/** The asset of this number, or what it was merged into; NULL where there is none. */
struct asset *holders_by_no(struct ledger *l, uint64_t no);

/** The same for a pointer kept beside a number: both are brought up to date. */
struct asset *holders_asset(struct ledger *l, struct asset **asset, uint64_t *no);

/** Of the table of MACs. */
uint64_t holders_mac_hash(const struct mac *mac);

/** What is kept of a MAC besides its holder, or NULL. */
struct mac_entry *holders_mac(const struct ledger *l, const struct mac *mac);

void holders_point_mac(struct ledger *l, const struct mac *mac, struct asset *a);
void holders_point_ip(struct ledger *l, const struct ip_addr *ip, struct asset *a);

/** Points all addresses of @a, which came from the database, to it. */
void holders_point(struct ledger *l, struct asset *a);

#endif
