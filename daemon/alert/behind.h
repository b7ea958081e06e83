/*
 * The alerts whose rows in alerts.db are behind what memory knows.
 *
 * Of some more has been told: such rows go with the next commit. Of the others only the count has grown. Where others
 * read the database these go with it as well; a replay that has it to itself lets them wait, as each is a page of its
 * own that is read, put into the journal and written, and most grow again until the next commit. A commit without them
 * does not look at them: there may be as many as alerts.
 */
#ifndef SEKISHO_ALERT_BEHIND_H
#define SEKISHO_ALERT_BEHIND_H

#include "alert/group.h"

struct alerts_store;

struct behind {
	struct group **pressing; /* of which more has been told */
	size_t n_pressing, room;
	struct group *counts; /* that have grown, or had until their rows were written for more than that */
	size_t n_counts;
	bool all; /* one that presses is among the counts, as there was no room for it */
};

void behind_deinit(struct behind *b);

/** Most bytes that it takes for so many alerts in memory, each of which stands in it once. */
uint64_t behind_ceiling_bytes(uint32_t groups);

/** Puts @g among them. @pressing: more is told of it than a count. */
void behind_add(struct behind *b, struct group *g, bool pressing);

/** Is something to be written with the next commit or, with @counts, at all? */
bool behind_waits(const struct behind *b, bool counts);

/** May @g not leave memory before the counts are written? */
bool behind_holds(const struct group *g);

/** Brings the rows up, inside a transaction: of those that press and, with @counts, of all; in the order of the table.
 * @return an SQLite code. */
int behind_write(const struct behind *b, struct alerts_store *s, bool counts);

/** After the commit of behind_write() with the same @counts: what was written is behind no more. @return how many. */
size_t behind_written(struct behind *b, bool counts);

#endif
