/*
 * What records of one shape have in common.
 *
 * Records of one kind that have the same fields in the same order are of one shape, and a site's traffic has few
 * shapes. What follows from the fields alone is found out once for each: where the values of each field stand, and
 * which conditions may hold at all (needs.h). So a record of which no rule wants anything is done with after a look at
 * the names of its fields.
 *
 * A cache, nothing else: SHAPES places in sets of SHAPE_WAYS, the newcomer takes the place of the one of its set that
 * was asked for longest ago. What has more than SHAPE_VALUES values is found out each time, and has no situation: all
 * that may hold is asked.
 *
 * Lifetime: that of the rule set. Used by one thread.
 */
#ifndef SEKISHO_RULES_SHAPE_H
#define SEKISHO_RULES_SHAPE_H

#include "engine/needs.h"
#include "engine/situation.h"

enum { SHAPES = 1024, SHAPE_WAYS = 4, SHAPE_VALUES = 64 };

struct shape;
struct shapes;

/** The conditions that are asked of records of one kind. */
struct asked {
	const struct presence *presence;
	const struct needs *needs; /* of each of them */
	const struct watch_index *index;
	const struct watch *const *watches;
	size_t n;
};

/** For conditions of at most @n_watches a kind, of records with at most @n_fields. @features is borrowed. @return NULL
 * when memory is short. */
struct shapes *shapes_new(const struct features *features, size_t n_fields, size_t n_watches);
void shapes_free(struct shapes *s);

/**
 * The shape of @ev. Leaves in @ev where its values stand (event.places, event.nexts). Both are good until the next
 * call.
 *
 * @return NULL: none of @of may hold.
 */
struct shape *shapes_place(struct shapes *s, const struct asked *of, struct event *ev);

/** Those of the conditions that may hold of records of this shape, a bit each, in @words words. */
const uint64_t *shape_may(const struct shape *h, size_t *words);

/** Which of them hold for @ev, which is of this shape. Good until the next call. */
struct situation shape_situation(struct shapes *s, const struct shape *h, const struct event *ev);

/** Bytes of one with these limits. */
uint64_t shapes_bytes(const struct shapes *s);

/** How many shapes have made room for others. */
uint64_t shapes_replaced(const struct shapes *s);

/** How many situations were found out, and have made room for others. */
struct situations_counters shapes_situations(const struct shapes *s);

#endif
