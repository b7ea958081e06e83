/*
 * What can be practised: the rows of drill_scenarios.def.
 */
#ifndef SEKISHO_ALERT_DRILL_SCENARIOS_H
#define SEKISHO_ALERT_DRILL_SCENARIOS_H

#include <stddef.h>

#include "event/finding.h"

/** One alert of a scenario. Texts in English and Japanese, without the mark of a drill. */
struct drill_step {
	const char *scenario;
	unsigned after_s; /* since the start */
	enum alert_level level;
	const char *rule, *from, *from_ip, *to, *to_ip;
	unsigned port;
	const char *title_en, *title_ja, *action_en, *action_ja;
};

struct drill_scenario {
	const char *id;
	const char *title_en, *title_ja, *about_en, *about_ja;
	const struct drill_step *steps;
	unsigned n_steps;
};

/** Of the rows; raised with each change of them. */
unsigned drill_scenarios_version(void);
size_t drill_scenarios_count(void);
/** By number, from 0. */
struct drill_scenario drill_scenario_at(size_t i);
/** @return whether there is one of this id. */
bool drill_scenario_find(const char *id, struct drill_scenario *out);

#endif
