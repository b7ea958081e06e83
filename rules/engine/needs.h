/*
 * What has to be there at all before a condition can hold.
 *
 * A test of a value that is missing fails, whatever it asks. So of many conditions it can be said without asking them
 * that they do not hold: of `opcua.user_token.user in default_users` where a record names no user, of
 * `src.purdue <= L3` where the sender's place is not known. What a record has is put down once, in bits: one a field of
 * its kind, and one for each thing of its ends that some condition asks for and that may be unknown.
 *
 * Lifetime: that of the rule set's arena.
 */
#ifndef SEKISHO_RULES_NEEDS_H
#define SEKISHO_RULES_NEEDS_H

#include "engine/expr.h"

enum {
	NEEDS_WORDS = 8,     /* of bits: 512 fields and things */
	NEEDS_ENDS_MAX = 24, /* things of ends; of others nothing is known beforehand */
	NEEDS_MAX = 4,       /* of one condition; more are left to its tests */
};

/** What records of one kind may have. */
struct presence {
	const struct field_table *table;
	size_t words, n_ends;
	struct operand ends[NEEDS_ENDS_MAX];
};

/** Of each of @n rows of bits, one at least must be there. */
struct needs {
	size_t n;
	const uint64_t *bits; /* n * presence.words */
};

/** @return false where records of @table may have too much: then nothing is known beforehand of any condition. */
bool presence_init(struct presence *p, const struct field_table *table);

/**
 * What all of @when, @n of them, need together. Things of ends that were not asked for before are added to @p. @wire:
 * of what the wire alone can say of them.
 * @return false when memory is short.
 */
bool needs_of(struct needs *out, struct presence *p, const struct expr *const *when, size_t n, bool wire,
	      struct arena *arena);

/** What @ev has. */
void presence_of(const struct presence *p, const struct event *ev, uint64_t bits[static NEEDS_WORDS]);

/** The fields that are not part of a fact. */
void presence_not_key(const struct presence *p, uint64_t bits[static NEEDS_WORDS]);

/** Adds things of ends to what is there. */
void presence_add_ends(const struct presence *p, uint32_t ends, uint64_t bits[static NEEDS_WORDS]);

static inline bool needs_met(const struct needs *n, const struct presence *p, const uint64_t *bits)
{
	const uint64_t *row = n->bits;

	for (size_t i = 0; i < n->n; i++, row += p->words) {
		uint64_t any = 0;
		for (size_t w = 0; w < p->words; w++)
			any |= bits[w] & row[w];
		if (any == 0)
			return false;
	}
	return true;
}

#endif
