/*
 * Ways around the border of a zone: one device that stands in two zones. Told once a device, as an asset record.
 *
 * - It claims addresses of two zones as its own within ten minutes.
 * - It gives the same name of itself from two zones within ten minutes, from cards that nothing else joins: a laptop
 *   with a cable here and Wi-Fi there, a multifunction printer with two legs. Names that devices leave the factory with
 *   are no evidence.
 * - A conversation was seen on both of its sides, one hop apart: it forwards between two zones, and the register does
 * not know it as one that is to.
 *
 * Routers, switches, VPN devices and gateways of the register stand between zones because they are to.
 */
#ifndef SEKISHO_LEDGER_BRIDGE_H
#define SEKISHO_LEDGER_BRIDGE_H

#include "ledger/ledger_state.h"

/** @a speaks with the address @held. */
void bridge_watch(struct ledger *l, struct asset *a, const struct held_ip *held, int64_t now_ns);

/** @a said @name of itself. */
void bridge_name(struct ledger *l, struct asset *a, struct span name, int64_t now_ns);

/** The device @a forwarded from @src to @dest. */
void bridge_forwards(struct ledger *l, struct asset *a, const struct ip_addr *src, const struct ip_addr *dest);

#endif
