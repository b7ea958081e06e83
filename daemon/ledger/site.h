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
#include "ledger/site_times.h"

struct zone {
	char *id, *name_ja, *name_en;
	int purdue;          /* tenths, PURDUE_UNKNOWN where not said */
	char *fa;            /* token of ledger.md 5.2, or NULL */
	uint8_t criticality; /* of that, 0 where not known */
	struct ip_prefix *prefixes;
	size_t n_prefixes;
	uint16_t *vlans;
	size_t n_vlans;
	struct mac *macs;
	size_t n_macs;
	char **assets;      /* asset ids or names of the register, NULL-terminated, or NULL */
	unsigned file_line; /* where it stands in the file */
};

/** A name of the site's own for a level ("L2") or a factory zone ("fa.control"). */
struct place_name {
	char *token, *ja, *en; /* ja, en: NULL where not given */
};

/** When the ledger learns what is normal. Zero learn_until_ns: never. */
struct site_baseline {
	int64_t learn_from_ns, learn_until_ns;
	int64_t quarantine_ns; /* before and after an alert of level high nothing is learnt for so long */
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
	char **nodes; /* OPC UA: beginnings of the node ids that may be written or called; none: any */
	size_t n_nodes;
	char *owner, *reason;      /* or NULL */
	bool both;                 /* either end may open the conversation */
	struct time_window *times; /* holds within any of them; none: always */
	size_t n_times;
	int64_t expires_ns;     /* 0: never */
	int64_t longest_ns;     /* of one session; 0: any */
	uint16_t line;          /* 1-based place in the list */
	unsigned file_line;     /* where it stands in the file */
	int32_t from_no, to_no; /* the same as from and to, to compare quickly */
};

enum site_model { SITE_MODEL_PA, SITE_MODEL_FA, SITE_MODEL_BOTH };

struct site {
	enum site_model model;
	int offset_s;            /* of the site's clocks, east of UTC */
	int silent_days;         /* after so many days without a packet a device in operation is overdue */
	int disposal_grace_days; /* so many days after its disposal was due it may still be there */
	struct place_name *names;
	size_t n_names;
	struct site_baseline baseline;
	struct zone *zones;
	size_t n_zones;
	struct conduit_line *conduits;
	size_t n_conduits;
	struct site_index *index; /* prefixes and MACs in order, VLANs by number; NULL without zones */
};

/** No zones; both models; the clocks of Japan; 30 and 7 days. */
void site_default(struct site *s);

/**
 * Reads `model`, `time_zone`, `level_names`, `baseline`, `zones` and `conduits` of the configuration's root map (each
 * may be missing).
 * Refuses: an unknown zone in a conduit; the same prefix, VLAN, MAC or asset in two zones; prefixes of two zones that
 * overlap, also where one lies within the other: which zone an address has must be plain to whoever reads the file, and
 * a mistyped length must not cut a piece out of a neighbour; unknown levels and zone tokens.
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

/** The zone that claims this asset by its id or its name in the register; NULL where none does. Either may be "". */
const struct zone *site_zone_of_asset(const struct site *s, const char *asset_id, const char *name);

/** The site's own name of a level or factory zone, or NULL. */
const char *site_place_name(const struct site *s, const char *token, bool japanese);

/** A number of what conduits are judged by - zones, conduits, the clocks - of 63 bits, never 0, the same in every run. */
uint64_t site_fingerprint(const struct site *s);

/** Is this a factory zone token of ledger.md 5.2? */
bool site_is_fa_token(const char *token);

#endif
