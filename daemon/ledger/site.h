/*
 * The site as its people describe it: zones and conduits, from the configuration. Lifetime: boot, until reload.
 */
#ifndef SEKISHO_LEDGER_SITE_H
#define SEKISHO_LEDGER_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/net_addr.h"
#include "base/yamldoc.h"
#include "event/endpoint.h"

struct zone {
	char *id, *name_ja, *name_en;
	int purdue; /* tenths, PURDUE_UNKNOWN where not said */
	char *fa;   /* token of ledger.md 5.2, or NULL */
	struct ip_prefix *prefixes;
	size_t n_prefixes;
	uint16_t *vlans;
	size_t n_vlans;
	struct mac *macs;
	size_t n_macs;
	unsigned file_line; /* where it stands in the file */
};

/** Ends of a conduit line that are no declared zone; a declared one is its place in site.zones. */
enum { ZONE_ANY = -1, ZONE_INTERNET = -2, ZONE_UNKNOWN = -3 };

/** One end of a conduit line narrowed to addresses; none: the whole zone. */
struct conduit_line {
	char *from, *to; /* zone id, "internet", "unknown" or "any" */
	char *protocol;  /* app_proto, "icmp", or "any" */
	uint8_t classes; /* bit of each enum function_class allowed; 0xff: any */
	struct ip_prefix *sources, *dests;
	size_t n_sources, n_dests;
	char *owner, *reason;   /* or NULL */
	uint16_t line;          /* 1-based place in the list */
	unsigned file_line;     /* where it stands in the file */
	int32_t from_no, to_no; /* the same as from and to, to compare quickly */
};

enum site_model { SITE_MODEL_PA, SITE_MODEL_FA, SITE_MODEL_BOTH };

struct site {
	enum site_model model;
	struct zone *zones;
	size_t n_zones;
	struct conduit_line *conduits;
	size_t n_conduits;
	struct site_index *index; /* prefixes and MACs in order, VLANs by number; NULL without zones */
};

/**
 * Reads `model`, `zones` and `conduits` of the configuration's root map (each may be missing).
 * Refuses: an unknown zone in a conduit, the same prefix, VLAN or MAC in two zones (a VLAN may be in one zone only,
 * overlapping prefixes likewise), unknown levels and zone tokens.
 * @return 0; -EINVAL with @c naming file, line and remedy; -ENOMEM.
 */
int site_load(struct site *s, const struct yamldoc *doc, struct complaint *c);
void site_free(struct site *s);

/** The zone of an address: MAC before prefix before VLAN. NULL where none claims it. */
const struct zone *site_zone(const struct site *s, const struct mac *mac, const struct ip_addr *ip,
			     const uint16_t *vlans, size_t n_vlans);

/** The zone called @id, or NULL. */
const struct zone *site_zone_by_id(const struct site *s, const char *id);

/** The id nearest to @id, for "did you mean"; NULL where none is near. */
const char *site_nearest_zone(const struct site *s, const char *id);

/** Is this a factory zone token of ledger.md 5.2? */
bool site_is_fa_token(const char *token);

#endif
