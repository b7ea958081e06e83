/*
 * Which conversations stand in the database alone (base/away.h), and, in lines of bits beside them, which devices have
 * such, and which two of them with each other: a yes may be wrong, a no is not. As long as these answer, the database
 * keeps no index of their ends.
 *
 * Source of the lines: Putze, Sanders, Singler, Cache-, Hash- and Space-Efficient Bloom Filters (2007), section 3.
 */
#ifndef SEKISHO_LEDGER_LINK_AWAY_H
#define SEKISHO_LEDGER_LINK_AWAY_H

#include "base/away.h"

struct link_away {
	struct away rows;
	uint64_t *lines;
	uint32_t mask; /* of lines */
};

/** For a ledger with @links conversations in memory. @return 0, or -ENOMEM. */
int link_away_init(struct link_away *a, uint32_t links);
void link_away_deinit(struct link_away *a);
uint64_t link_away_bytes(uint32_t links);

/** Row @id has a key of this hash and these assets at its ends; 0: none. May be said again. */
void link_away_note(struct link_away *a, uint64_t hash, uint64_t id, uint64_t src_no, uint64_t dest_no);

/** May an asset have some? */
bool link_away_has(const struct link_away *a, uint64_t no);
/** May these two have some with each other, in either direction? */
bool link_away_joins(const struct link_away *a, uint64_t no, uint64_t other);

#endif
