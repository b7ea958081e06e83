/*
 * Which conditions hold in a situation.
 *
 * Of the records of one shape those are alike whose features (features.h) are of the same classes: what the conditions
 * that may hold for the shape tell apart. For each such situation it is found out once which of them hold. A plant has
 * few: a record is judged by reading its features and a look or two. Shapes that differ in nothing that conditions ask
 * for share their situations.
 *
 * Features are read as far as they matter: first what is a number, which costs little and rules out most conditions,
 * then, where conditions that are left depend on them, texts and what else takes longer. What the first step leaves
 * open is kept like the situation itself.
 *
 * A condition that also asks for what has no classes (a pattern, a part of a text) is asked where the rest of it leaves
 * that open. One that varies - it reads what may change for a fact while its situation's other features stay - is said
 * to be asked again with the fact's next record.
 *
 * A cache, nothing else: SITUATIONS places in pairs, the newcomer takes one of the two where it belongs.
 *
 * Lifetime: that of the rule set. Used by the analyst alone.
 */
#ifndef SEKISHO_RULES_SITUATION_H
#define SEKISHO_RULES_SITUATION_H

#include "engine/features.h"
#include "engine/watch_index.h"

enum {
	SITUATIONS = 4096,
	PLAN_PARTS = 48, /* features of one shape, a bit each; conditions that read more are asked */
	PLAN_WORDS = 2,  /* of 64 bits, that the classes fit in */
};

struct asked;

/* How the class of a feature is found. */
enum plan_how {
	READ_VALUE, /* of one of the record's values as it stands */
	READ_KEY,   /* of what is one number */
	READ_CLASS,
};

/* And where it is put. */
struct plan_part {
	const struct feature *feature;
	uint16_t number; /* the feature's */
	uint16_t place;  /* READ_VALUE: of the value, + 1 */
	uint8_t how, word, shift;
};

/** What is read of records of one shape. */
struct plan {
	uint64_t
	    alike; /* a hash of all that answers follow from beside classes: where it is the same, situations are */
	uint32_t n;
	uint64_t first; /* the parts that are read first, a bit each */
	struct plan_part parts[PLAN_PARTS];
};

/** Conditions in the order of the rules, a bit each. */
struct situation {
	uint64_t *holds; /* surely */
	uint64_t *ask;   /* it is not known */
	uint64_t *again; /* is to be asked of the same fact's next record */
};

struct situations;

/** For at most @n_watches conditions a kind of record. @fs is borrowed. @return NULL when memory is short. */
struct situations *situations_new(const struct features *fs, size_t n_watches);
void situations_free(struct situations *s);

/** Makes the plan of @ev's shape: for those of @of whose bit is set in @may. event.places is set. */
void plan_make(struct situations *s, struct plan *p, const struct asked *of, const uint64_t *may,
	       const struct event *ev);

/** The situation of @ev, for the conditions that its plan was made for. Good until the next call. */
struct situation situation_of(struct situations *s, const struct plan *p, const struct asked *of, const uint64_t *may,
			      const struct event *ev);

/** The same of a record of no plan: what holds is not known, but what cannot hold. */
struct situation situation_unknown(struct situations *s, const struct asked *of, const uint64_t *may,
				   const struct event *ev);

uint64_t situations_bytes(const struct situations *s);

struct situations_counters {
	uint64_t found_out, replaced;
};
struct situations_counters situations_count(const struct situations *s);

#endif
