/*
 * Devices as rows: made, given addresses and taken them, joined and parted. Who is behind an address, and so which of
 * these is due, is judged in identity.h, keys.h and units.h, or by a person (amend.h).
 *
 * Each call marks what it changed for the next commit and tells of it where that is news. Functions that may make or
 * join rows may move them: only the row that is returned is good afterwards.
 */
#ifndef SEKISHO_LEDGER_DEVICES_H
#define SEKISHO_LEDGER_DEVICES_H

#include "ledger/sighting.h"

/**
 * Is there room for one more? Devices are never removed, so that who makes up addresses or units without end must not
 * get a number for each. @row: what the register has of it, or NULL; that is always taken in.
 */
bool device_is_taken_in(struct ledger *l, const struct register_row *row);

/** A new row that holds nothing yet. NULL when memory is short. */
struct asset *device_make(struct ledger *l, int64_t first_ns);

/** A new device by its MAC, with the address beside it where @with_ip; announced. NULL: no room. */
struct asset *device_new_by_mac(struct ledger *l, const struct sighting *s, bool with_ip);

/** A new device of which nothing but the address is known; announced. NULL: no room. */
struct asset *device_new_by_ip(struct ledger *l, const struct sighting *s, int64_t first_ns);

/** @a has the MAC, or the address of @s, from now on, whoever had it before. */
void device_give_mac(struct ledger *l, struct asset *a, const struct mac *mac, const struct sighting *s);
struct held_ip *device_give_ip(struct ledger *l, struct asset *a, const struct sighting *s);

/** Takes the MAC, or the address, from @a. It is nobody's then. */
void device_take_mac(struct ledger *l, struct asset *a, const struct mac *mac);
void device_take_ip(struct ledger *l, struct asset *a, const struct ip_addr *ip);

/** @a does not have the address @h any more, and is remembered for having had it. */
void device_give_up(struct ledger *l, struct asset *a, struct held_ip *h, const struct sighting *s);

/** Somebody sent in the name of an address that @a holds without ever having claimed it: then @a forwarded it. */
void device_take_back(struct ledger *l, struct asset *a, struct held_ip *h, const struct sighting *s);

/** @a forwards for others. What it did not claim goes its own way; the first address stays where the asset began as an
 * address. */
void device_become_router(struct ledger *l, struct asset *a, const struct sighting *s);

/** Tells who got, by the event being taken, a first address in a zone and was not announced with it. */
void devices_tell_arrivals(struct ledger *l);

/** @from turned out to be the same device as @to: one row stays, the other points to it for good. @decision: its
 * number, 0: none was written. */
void device_merge(struct ledger *l, struct asset *from, struct asset *to, const struct sighting *s, int64_t decision);

/** The same, with @who and @why in the decisions. @return the number of the decision. */
int64_t device_join(struct ledger *l, struct asset *from, struct asset *to, const char *who, const char *why);

/** Of two that turn out to be one device, whose number stays. */
static inline struct asset *device_elder(struct asset *a, struct asset *b)
{
	return a->no < b->no ? a : b;
}

/** Did a person say that these two are not one device? Rules join nothing that a person parted. */
bool devices_kept_apart(struct ledger *l, const struct asset *a, const struct asset *b);

#endif
