#include "event/endpoint.h"

#include <stddef.h>
#include <string.h>

static const struct {
	int tenths;
	const char *name;
} levels[] = {{0, "L0"}, {10, "L1"}, {20, "L2"}, {30, "L3"}, {35, "L3.5"}, {40, "L4"}, {50, "L5"}};

enum { N_LEVELS = sizeof(levels) / sizeof(levels[0]) };

const char *purdue_name(int purdue)
{
	for (size_t i = 0; i < N_LEVELS; i++) {
		if (levels[i].tenths == purdue)
			return levels[i].name;
	}
	return "";
}

bool purdue_parse(const char *text, int *purdue)
{
	for (size_t i = 0; i < N_LEVELS; i++) {
		if (strcmp(levels[i].name, text) == 0 || strcmp(levels[i].name + 1, text) == 0) {
			*purdue = levels[i].tenths;
			return true;
		}
	}
	return false;
}

const char *conduit_why_name(enum conduit_why why)
{
	static const char *const names[] = {
	    [CONDUIT_WHY_NONE] = "",
	    [CONDUIT_WHY_NO_LINE] = "no_line",
	    [CONDUIT_WHY_CLASS] = "class",
	    [CONDUIT_WHY_WINDOW] = "window",
	    [CONDUIT_WHY_EXPIRED] = "expired",
	    [CONDUIT_WHY_DURATION] = "duration",
	    [CONDUIT_WHY_MAINTENANCE] = "maintenance",
	    [CONDUIT_WHY_NODE] = "node",
	};

	return names[why];
}

static const char *const impacts[] = {
    [IMPACT_UNKNOWN] = "", [IMPACT_LOW] = "low", [IMPACT_MID] = "mid", [IMPACT_HIGH] = "high"};

const char *impact_name(enum impact impact)
{
	return impacts[impact];
}

enum impact impact_parse(const char *token)
{
	for (int i = IMPACT_LOW; i <= IMPACT_HIGH; i++) {
		if (strcmp(impacts[i], token) == 0)
			return (enum impact)i;
	}
	return IMPACT_UNKNOWN;
}
