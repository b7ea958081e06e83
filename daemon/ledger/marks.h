/*
 * Which entries of a table are to be written, and how soon: a bit for each number of an entry in one of three rows, by
 * enum mark. What is marked is found in the order of the numbers.
 */
#ifndef SEKISHO_LEDGER_MARKS_H
#define SEKISHO_LEDGER_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/mark.h"

struct marks {
	struct {
		uint64_t *bits;
		uint32_t n; /* that are set */
	} of[MARK_COUNT];   /* none of MARK_NONE */
	uint32_t words;     /* beyond these none is set */
};

/** For numbers below @cap. @return 0, or -ENOMEM. */
int marks_init(struct marks *m, uint32_t cap);
void marks_deinit(struct marks *m);
uint64_t marks_bytes(uint32_t cap);

/** Number @i, which has the mark @from, gets @to. */
void marks_change(struct marks *m, uint32_t i, enum mark from, enum mark to);

/** The next number with this mark. @next: where the walk stands, 0 at first. @return false after the last. */
bool marks_next(const struct marks *m, enum mark mark, uint32_t *next, uint32_t *i);

#endif
