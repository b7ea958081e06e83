#include "event/finding.h"

#include <string.h>

static const struct {
	const char *en, *ja;
} levels[LEVEL_COUNT] = {
    [LEVEL_INFO] = {"info", "情報"},         [LEVEL_LOW] = {"low", "低"},
    [LEVEL_MEDIUM] = {"medium", "中"},       [LEVEL_HIGH] = {"high", "高"},
    [LEVEL_CRITICAL] = {"critical", "緊急"},
};

const char *counted_kind_name(enum counted_kind kind)
{
	static const char *const names[] = {
	    [COUNTED_COUNT] = "count",   [COUNTED_SUM] = "sum",   [COUNTED_DISTINCT] = "distinct",
	    [COUNTED_RANGES] = "ranges", [COUNTED_RATE] = "rate", [COUNTED_SEQUENCE] = "sequence",
	};
	return names[kind];
}

const char *alert_level_name(enum alert_level level)
{
	return levels[level].en;
}

const char *alert_level_name_ja(enum alert_level level)
{
	return levels[level].ja;
}

bool alert_level_parse(const char *name, enum alert_level *level)
{
	for (int i = 0; i < LEVEL_COUNT; i++) {
		if (strcmp(levels[i].en, name) == 0) {
			*level = (enum alert_level)i;
			return true;
		}
	}
	return false;
}

static const char *const stages[ATTACK_STAGES] = {"none", "arrival", "discovery", "access", "control"};

bool attack_stage_parse(const char *name, enum attack_stage *stage)
{
	for (int i = 0; i < ATTACK_STAGES; i++) {
		if (strcmp(stages[i], name) == 0) {
			*stage = (enum attack_stage)i;
			return true;
		}
	}
	return false;
}
