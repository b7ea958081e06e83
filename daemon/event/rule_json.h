/*
 * What all alerts of a rule say alike, as JSON: rendered once when the rule is loaded, and copied into each of them.
 */
#ifndef SEKISHO_EVENT_RULE_JSON_H
#define SEKISHO_EVENT_RULE_JSON_H

#include "base/arena.h"
#include "base/json.h"
#include "event/finding.h"

/** Members that stand together in an alert. */
enum rule_json_part {
	RULE_JSON_SIGNATURE, /* of `alert`: "action" to "rev" */
	RULE_JSON_CATEGORY,  /* of `alert`: "category" */
	RULE_JSON_METADATA,  /* of its `metadata`: "mitre_technique_id", "sekisho_rule" */
	RULE_JSON_LIMITS,    /* of `sekisho`: "limits_ja", "limits_en"; nothing where the rule has none */
	RULE_JSON_TAGS,      /* of `sekisho`: "attack_ics" to "iec62443" */
	RULE_JSON_PARTS,
};

struct rule_json {
	struct span part[RULE_JSON_PARTS];
};

/** Renders all parts of @r into @arena and has @r point to them. @return 0, or -ENOMEM. */
__attribute__((warn_unused_result)) int rule_json_render(struct rule_info *r, struct arena *arena);

/** Writes the members into the open object of @j, also for a rule that was not rendered. */
void rule_json_put(struct json *j, const struct rule_info *r, enum rule_json_part part);

#endif
