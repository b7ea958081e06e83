/*
 * Who holds an address: from MAC and from IP address to asset, with the database behind it for what memory has
 * forgotten. Where the asset is in memory and has the address in its list, a slot of an index leads to it (whose.h);
 * where it was pushed out, its number is kept by the address. No judgement of its own; identity.c decides what is said.
 */
#ifndef SEKISHO_LEDGER_HOLDERS_H
#define SEKISHO_LEDGER_HOLDERS_H

#include "ledger/ledger_state.h"

/** The asset with these addresses (either may be zero), if it is known; a glance for every event. @held: its address,
 * or NULL. */
struct asset *holders_find(struct ledger *l, const struct mac *mac, const struct ip_addr *ip, struct held_ip **held);

/* The same one by one, for when something is new. Whoever is found is safe from being pushed out next. */
struct asset *holders_of_mac(struct ledger *l, const struct mac *mac);
struct asset *holders_of_ip(struct ledger *l, const struct ip_addr *ip);

/** The asset of this number, or what it was merged into; NULL where there is none. */
struct asset *holders_by_no(struct ledger *l, uint64_t no);

/** The same for a pointer kept beside a number: both are brought up to date. */
struct asset *holders_asset(struct ledger *l, struct asset **asset, uint64_t *no);

/** Of the table of MACs. */
uint64_t holders_mac_hash(const struct mac *mac);

/** Who may hold the MAC, not looked at itself, or NULL: to ask the cache for it. Its memory stays as long as the ledger
 * does. */
const struct asset *holders_guess(const struct ledger *l, const struct mac *mac);

/** link_peer() of the public address that stood beside this MAC, 0: none; a second one makes it a router. */
uint64_t holders_foreign(const struct ledger *l, const struct mac *mac);
/** There was none before. */
void holders_note_foreign(struct ledger *l, const struct mac *mac, uint64_t peer);

void holders_point_mac(struct ledger *l, const struct mac *mac, struct asset *a);
void holders_point_ip(struct ledger *l, const struct ip_addr *ip, struct asset *a);

/** The MAC is nobody's. */
void holders_forget_mac(struct ledger *l, const struct mac *mac);

/** The address leaves the list of @a; until it is pointed to another, it goes on leading there by number. */
void holders_leave_ip(struct ledger *l, const struct asset *a, const struct ip_addr *ip);
void holders_drop_ip(struct ledger *l, struct asset *a, struct held_ip *h);

/** The same for all addresses of @a, which is about to leave memory. */
void holders_leave(struct ledger *l, const struct asset *a);

/** Points all addresses of @a, which came from the database, to it. */
void holders_point(struct ledger *l, struct asset *a);
/** The same where it is back in memory, for those that it left: who showed one of them since keeps it. */
void holders_return(struct ledger *l, struct asset *a);

#endif
