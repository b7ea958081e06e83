/*
 * How grave an alert is for the business (ledger.md 5.3):
 *
 *     final = base x f(impact of the more important end) x g(zone of the more important end) + adjustments, 0 to 100
 *
 *     base   critical 92, high 70, medium 50, low 30, info 10: the level that the rule found
 *     f      high 1.25, mid 1.0, low 0.7 (configuration: impact.high and so on); 1.0 where the papers say nothing
 *     g      criticality 5: 1.10, 4: 1.05, 3 and 2: 1.0, 1: 0.95; 1.0 where no factory zone is known
 *     +5     an end that is not registered though there is a register
 *
 *     level  85 and above critical, 64 high, 45 medium, 20 low, below that info
 *
 * So a zone alone never changes a level, high impact lifts it by one, and low impact lowers it by one. A rule with a
 * `floor` is not lowered where it found that level or a graver one: f and g count as 1.0 where they are below, and no
 * alert of it falls below its base.
 */
#ifndef SEKISHO_ALERT_SEVERITY_H
#define SEKISHO_ALERT_SEVERITY_H

#include <stddef.h>

#include "event/finding.h"

/** f in percent, and who is called where the impact is high. */
struct severity_weights {
	unsigned high, mid, low; /* 0: the default */
	const char *const *contacts;
	size_t n_contacts;
};

enum { SEVERITY_REASON_MAX = 319 /* bytes */ };

struct severity {
	unsigned base, final;
	double impact, zone; /* the factors f and g */
	int adjust;
	enum impact impact_level; /* of the more important end */
	uint8_t criticality;
	bool floor; /* the impact or the zone would have lowered it, and may not */
	bool bcp;   /* high impact: look whether the business continuity plan is to be called out */
	enum alert_level level;
	const struct endpoint *of; /* the more important end, borrowed from the finding; never NULL */
};

void severity_of(const struct severity_weights *w, const struct finding *f, struct severity *out);

/** The terms of the sum in words, UTF-8 without a NUL. Only what is told needs them: most findings repeat an alert. */
struct severity_reason {
	char ja[SEVERITY_REASON_MAX], en[SEVERITY_REASON_MAX];
	size_t ja_len, en_len;
};

/** While the finding that @s was made of is there. */
void severity_explain(const struct severity *s, struct severity_reason *out);

/** The score that a level begins with. */
unsigned severity_base(enum alert_level level);

#endif
