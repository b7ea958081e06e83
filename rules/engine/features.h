/*
 * What conditions tell apart.
 *
 * All tests of one operand together cut its values into classes, of which none tells two values apart: of
 * `dest_port == 502` and `dest_port < 32768` there are four, and a port that is not there is a fifth. So what a
 * condition says of a record follows from the classes of what it reads, and records are alike as soon as these are the
 * same (situation.h). A feature is an operand with its classes.
 *
 * Ordered values are cut at the ends of the ranges that tests ask for; texts into those that some test names, and all
 * others. What two operands are to each other (`src.zone != dest.zone`) is a feature of its own. Patterns, parts of
 * texts, addresses, lists and indicators are none: those are asked.
 *
 * Lifetime: that of the rule set; complete after features_finish(). Read by the analyst alone.
 */
#ifndef SEKISHO_RULES_FEATURES_H
#define SEKISHO_RULES_FEATURES_H

#include "engine/expr.h"

enum {
	FEATURES_MAX = 512,         /* tests of other operands are asked */
	FEATURE_CLASSES_MAX = 4096, /* of an operand with more, tests are asked */
	FEATURE_NONE = 0,           /* in place of a number: the test is of no feature */
	FEATURE_PRESENCE,           /* of a field that is there or not: the record's shape says so */
	FEATURE_FIRST,              /* numbers from here on */
	FEATURE_SMALL = 64,         /* keys whose class is kept: most are of few names */
};

enum feature_kind { FEATURE_KEY, FEATURE_TEXT, FEATURE_THERE, FEATURE_ORDER, FEATURE_ASKED };

/* Where a class begins, or a text that is one. */
struct feature_value {
	uint64_t key; /* of a text its hash */
	struct span text;
};

struct feature {
	uint8_t small[FEATURE_SMALL]; /* FEATURE_KEY: the classes of keys below that */
	enum feature_kind kind;
	uint8_t bits; /* that a class takes */
	uint32_t n, cap;
	struct feature_value *values; /* ascending */
	struct operand op;
	struct test test; /* FEATURE_ORDER */
};

struct features;

/** @return NULL when memory is short. */
struct features *features_new(void);
void features_free(struct features *fs);

/** The number of the feature that @t, of a condition, asks for. What @t points to lives as long as @fs. */
uint16_t features_number(struct features *fs, const struct test *t);

/** No test comes any more. @return false when memory was short. */
bool features_finish(struct features *fs);

/** The feature with this number, FEATURE_FIRST or more. */
const struct feature *features_get(const struct features *fs, uint16_t number);

/** The class of @ev's value, less than 1 << bits; 0: there is none. Of several values the first. */
uint32_t feature_class(const struct feature *f, const struct event *ev);

/** The class of @key among the beginnings of classes; of a text, by its hash. */
uint32_t feature_search(const struct feature *f, uint64_t key);

/** The same of an ordered value that has been read. */
static inline uint32_t feature_class_of_key(const struct feature *f, uint64_t key)
{
	return key < FEATURE_SMALL ? f->small[key] : feature_search(f, key);
}

#endif
