/*
 * What a rule found: the way from the rules to the alerts. Borrowed for the call.
 */
#ifndef SEKISHO_EVENT_FINDING_H
#define SEKISHO_EVENT_FINDING_H

#include "base/cursor.h"
#include "event/event.h"

enum alert_level { LEVEL_INFO, LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH, LEVEL_CRITICAL, LEVEL_COUNT };

/** "info" ... "critical". */
const char *alert_level_name(enum alert_level level);
/** Japanese word of a level: "情報" "低" "中" "高" "緊急". */
const char *alert_level_name_ja(enum alert_level level);
bool alert_level_parse(const char *name, enum alert_level *level);

struct tag_list {
	const char *const *tags;
	size_t n;
};

/** The unchanging part of a rule that an alert carries. Lives as long as the rule set. */
struct rule_info {
	const char *id;        /* "SKS-MB-05" */
	uint32_t signature_id; /* EVE: number made from the id, stable */
	uint32_t rev;
	const char *category;              /* "modbus", "policy", ... */
	const char *title_en, *title_ja;   /* templates: {src.name}, {dest.name}, {modbus.unit_id} ... */
	const char *what_en, *what_ja;     /* what happened */
	const char *action_en, *action_ja; /* what to check first on the floor */
	const char *dont_en, *dont_ja; /* what not to do; "" where there is nothing to warn of. Findings carry it at the
					  end of their action */
	struct tag_list attack_ics, meti, jnsa, iec62443;
	const char *ipa_phase;
	enum alert_level level; /* as shipped */
};

struct finding {
	const struct rule_info *rule;
	const struct event *event; /* with src, dest and conduit filled */
	enum alert_level level;    /* after the rule's own level conditions */
	struct span group_key;     /* bytes that tell one alert of this rule from another */
	struct span title_en, title_ja, action_en,
	    action_ja; /* templates filled in; UTF-8, control characters removed */
};

struct finding_sink {
	void (*take)(void *ctx, const struct finding *f);
	void *ctx;
};

#endif
