#include "engine/threshold.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"

static const struct threshold_zone *zone_of(const struct threshold *t, const struct endpoint *e)
{
	for (size_t i = 0; e && i < t->n_zones; i++) {
		if (strcmp(t->zones[i].zone, e->zone) == 0)
			return &t->zones[i];
	}
	return NULL;
}

uint64_t threshold_for(const struct threshold *t, const struct event *ev)
{
	if (t->n_zones == 0)
		return t->value;
	const struct threshold_zone *z = zone_of(t, ev->dest);
	if (!z)
		z = zone_of(t, ev->src);
	return z ? z->value : t->value;
}

uint64_t threshold_most(const struct threshold *t)
{
	uint64_t most = t->value;

	for (size_t i = 0; i < t->n_zones; i++)
		most = t->zones[i].value > most ? t->zones[i].value : most;
	return most;
}

uint64_t threshold_least(const struct threshold *t)
{
	uint64_t least = t->value;

	for (size_t i = 0; i < t->n_zones; i++)
		least = t->zones[i].value < least ? t->zones[i].value : least;
	return least;
}

static const struct {
	const char *unit, *shown;
	int64_t ns;
} units[] = {
    {"ms", "ms", NS_PER_MS},       {"s", "s", NS_PER_S},        {"m", "min", 60 * NS_PER_S},
    {"min", "min", 60 * NS_PER_S}, {"h", "h", 3600 * NS_PER_S}, {"d", "d", 86400 * NS_PER_S},
};
enum { UNITS = sizeof(units) / sizeof(units[0]) };

bool duration_parse(const char *text, int64_t *ns)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	unsigned long long n = strtoull(text, &end, 10);
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < UNITS; i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		if (errno || n > (unsigned long long)(366 * 86400 * NS_PER_S / units[i].ns))
			return false;
		*ns = (int64_t)n * units[i].ns;
		return true;
	}
	return false;
}

const char *duration_format(int64_t ns, char *buf, size_t size)
{
	size_t best = 0;

	for (size_t i = 0; i < UNITS; i++) {
		if (ns % units[i].ns == 0 && ns / units[i].ns >= (units[i].ns > NS_PER_S ? 2 : 1))
			best = i;
	}
	snprintf(buf, size, "%lld %s", (long long)(ns / units[best].ns), units[best].shown);
	return buf;
}
