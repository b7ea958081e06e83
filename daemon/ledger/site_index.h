/*
 * The way from an address to its zone: made once when the site is read. Refuses what two zones claim.
 */
#ifndef SEKISHO_LEDGER_SITE_INDEX_H
#define SEKISHO_LEDGER_SITE_INDEX_H

#include "ledger/site.h"

struct site_index;

/** Where a prefix, VLAN or MAC was written, so that a clash can name both places. */
struct site_claim {
	const struct yaml_node *node;
	uint32_t zone_no;
	union {
		struct ip_prefix prefix;
		struct mac mac;
		uint16_t vlan;
	};
};

struct site_claims {
	struct site_claim *prefixes, *vlans, *macs;
	size_t n_prefixes, n_vlans, n_macs;
};

/** Sorts @k in place. @return 0; -EINVAL where two zones claim the same; -ENOMEM. */
int site_index_new(struct site_index **out, const struct site *s, struct site_claims *k, const struct yamldoc *doc,
		   struct complaint *c);
void site_index_free(struct site_index *x);

#endif
