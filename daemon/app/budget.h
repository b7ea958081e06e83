/*
 * How large each table may become: what the configuration says of it, else its share of `memory:`.
 *
 * Without `memory:` every table has the cap it always had. With it all caps that are not set themselves shrink or grow
 * together until the ceiling - the sum of all full tables, the program, the rings of the capture - is what is allowed.
 * Made once at the start; a reload changes no cap.
 */
#ifndef SEKISHO_APP_BUDGET_H
#define SEKISHO_APP_BUDGET_H

#include <stdint.h>

#include "base/log.h"

struct policy_set;

struct budget {
	/* of each source, shared by its workers */
	uint32_t flows, half_open, hosts, facts;
	uint64_t reassembly_bytes, evidence_ring_bytes;
	/* of the analyst */
	uint32_t assets, conversations, alert_groups;
	uint64_t pending_bytes; /* alerts that wait to be committed */
	uint64_t ceiling_bytes; /* of all of it */
};

/** How many sources the daemon reads with this configuration. */
unsigned budget_sources(const struct policy_set *set);

/** @return 0; -EINVAL with @c filled where `memory:` is less than the least sizes take. */
int budget_make(struct budget *b, const struct policy_set *set, unsigned n_sources, unsigned workers,
		struct complaint *c);

#endif
