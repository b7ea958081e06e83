/*
 * Which rows stand in a database alone. So what has none is not looked for there in vain, and the database keeps no
 * index by a key that comes by chance, of which each row would fetch a page and write it back.
 *
 * A place of eight bytes each: the number of the row, and a few bits of the hash of its key. The row itself says
 * whether it is the one: it may be gone by now, or have another key.
 *
 * There is room for half as many again as for what is in memory. What finds none is lost: from then on the database
 * is asked, by an index.
 *
 * Lifetime: its owner's. Used by one thread.
 */
#ifndef SEKISHO_BASE_AWAY_H
#define SEKISHO_BASE_AWAY_H

#include <stdbool.h>
#include <stdint.h>

#define AWAY_ROW_MAX ((UINT64_C(1) << 47) - 1)

struct away {
	uint64_t *places;    /* number of the row, above it bits of the hash; 0: free */
	uint32_t mask, used; /* of places */
	bool lost;           /* not all are here */
};

/** Beside a table of @in_memory entries. @return 0, or -ENOMEM. */
int away_init(struct away *a, uint32_t in_memory);
void away_deinit(struct away *a);
uint64_t away_bytes(uint32_t in_memory);
/** How many places it has: a power of two. */
uint32_t away_places(uint32_t in_memory);

/** Row @no (1 to AWAY_ROW_MAX) has a key of this hash. May be said again. Where there is no room all is lost. */
void away_note(struct away *a, uint64_t hash, uint64_t no);

/** The next row that may have a key of this hash; 0: no more. *@at is 0 at first. */
uint64_t away_next(const struct away *a, uint64_t hash, uint32_t *at);

#endif
