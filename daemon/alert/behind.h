/*
 * The alerts whose rows in alerts.db are behind what memory knows.
 *
 * Of some more has been told: such rows go with the next commit. Of the others only the count has grown. Where others
 * read the database these go with it as well; a replay that has it to itself lets them wait, as each is a page of its
 * own that is read, put into the journal and written, and most grow again until the next commit.
 */
#ifndef SEKISHO_ALERT_BEHIND_H
#define SEKISHO_ALERT_BEHIND_H

#include "alert/group.h"

struct alerts_store;

struct behind {
	struct group *first;
	size_t n;
	bool pressing; /* of one more has been told */
};

/** Puts @g among them, if it is not there yet. @pressing: more is told of it than a count. */
void behind_add(struct behind *b, struct group *g, bool pressing);

/** Brings the rows up, inside a transaction: of those that press or, with @counts, of all; in the order of the table.
 * @return an SQLite code. */
int behind_write(const struct behind *b, struct alerts_store *s, bool counts);

/** After the commit of behind_write() with the same @counts: what was written is behind no more. @return how many. */
size_t behind_written(struct behind *b, bool counts);

#endif
