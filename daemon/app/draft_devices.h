/*
 * Devices and places of a draft: what the survey's ledger holds, and a zone for each address that no configured zone
 * claims.
 */
#ifndef SEKISHO_APP_DRAFT_DEVICES_H
#define SEKISHO_APP_DRAFT_DEVICES_H

#include "app/draft.h"

/** The id of the zone at this end: @zone where that is a configured one, else the drafted one of the address, else
 * "internet" or "unknown". */
const char *draft_zone_of(const struct draft_devices *d, const char *zone, const struct ip_addr *ip);

/** Writes `model` and `zones`: only those that the configuration does not have yet. */
void draft_zones(const struct draft_devices *d, FILE *out);

#endif
