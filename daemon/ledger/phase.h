/*
 * The phases of a device's life in the plant, and which moves are allowed (ledger.md 5.1, 5.6; IPA's life-cycle guide
 * 4.3): consult, review.risk, review.intro, config, operate, dispose, gone - one step at a time; backwards only with a
 * reason; from unregistered to any. Only people move phases; sekisho only contradicts.
 */
#ifndef SEKISHO_LEDGER_PHASE_H
#define SEKISHO_LEDGER_PHASE_H

#include <stdbool.h>
#include <stddef.h>

#include "ledger/register_field.h"

enum { PHASE_WHY_MAX = 512 };

/** The papers that a move is held against: the values of the row as they will be. */
struct phase_papers {
	const char *(*value)(const void *ctx, enum reg_field f); /* "" never NULL */
	const void *ctx;
};

/**
 * May a person move a device from @from to @to? @from is "" for one that was not registered.
 *
 * @reason  the person's words, or ""
 * @return  true; false with @why, which says what to do
 */
bool phase_may_move(const char *from, const char *to, const char *reason, struct phase_papers papers,
		    char why[static PHASE_WHY_MAX]);

/** Its place in the life cycle, 0 (consult) to 6 (gone); -1 for unregistered and "". */
int phase_place(const char *phase);

/** Was the erasure of its data verified: method, verifier, date, and a good result? */
bool phase_erasure_verified(struct phase_papers papers);

#endif
