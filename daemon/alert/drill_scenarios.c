#include "alert/drill_scenarios.h"

#include <string.h>

#define SCENARIO(...)
#define STEP(...) {__VA_ARGS__},
static const struct drill_step steps[] = {
#include "alert/drill_scenarios.def"
};
#undef SCENARIO
#undef STEP

#define SCENARIO(...) {__VA_ARGS__},
#define STEP(...)
static const struct {
	const char *id, *title_en, *title_ja, *about_en, *about_ja;
} scenarios[] = {
#include "alert/drill_scenarios.def"
};
#undef SCENARIO
#undef STEP

enum { STEPS = sizeof(steps) / sizeof(steps[0]), SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]) };

unsigned drill_scenarios_version(void)
{
	return DRILL_VERSION;
}

size_t drill_scenarios_count(void)
{
	return SCENARIOS;
}

struct drill_scenario drill_scenario_at(size_t i)
{
	struct drill_scenario s = {.id = scenarios[i].id,
				   .title_en = scenarios[i].title_en,
				   .title_ja = scenarios[i].title_ja,
				   .about_en = scenarios[i].about_en,
				   .about_ja = scenarios[i].about_ja};

	for (size_t k = 0; k < STEPS; k++) {
		if (strcmp(steps[k].scenario, s.id) != 0)
			continue;
		if (!s.steps)
			s.steps = &steps[k];
		s.n_steps++;
	}
	return s;
}

bool drill_scenario_find(const char *id, struct drill_scenario *out)
{
	for (size_t i = 0; i < SCENARIOS; i++) {
		if (strcmp(scenarios[i].id, id) == 0) {
			*out = drill_scenario_at(i);
			return true;
		}
	}
	return false;
}
