/*
 * Numbers of a rule that a plant may set otherwise, as a whole or for one of its zones: "5 exceptions", "within 60s".
 *
 * Lifetime: that of the rule set.
 */
#ifndef SEKISHO_RULES_THRESHOLD_H
#define SEKISHO_RULES_THRESHOLD_H

#include <stdbool.h>

#include "event/event.h"

enum { THRESHOLD_ZONES_MAX = 64 };

struct threshold_zone {
	const char *zone;
	uint64_t value;
};

struct threshold {
	const char *name; /* NULL: a number without a name, which nobody can set */
	bool is_time;     /* nanoseconds */
	bool used;        /* the rule counts by it */
	uint64_t value;
	size_t n_zones;
	const struct threshold_zone *zones;
};

/** The value that holds for @ev: that of the zone it goes to, else of the one it comes from, else the general one. */
uint64_t threshold_for(const struct threshold *t, const struct event *ev);

/** The largest value that any zone has. */
uint64_t threshold_most(const struct threshold *t);

/** The smallest value that any zone has. */
uint64_t threshold_least(const struct threshold *t);

/** Reads "60s", "500ms", "10m", "2h", "1d". @return false where it is no such thing, or more than a year. */
bool duration_parse(const char *text, int64_t *ns);

/** Writes "60 s", "10 min", "2 h" into @buf, for texts. @return @buf. */
const char *duration_format(int64_t ns, char *buf, size_t size);

#endif
