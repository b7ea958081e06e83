/*
 * JNSA's thirteen entries by which threats come into a plant. Which entries an alert speaks of is a tag of its rule,
 * written into each alert: the alert of each rule that was told last speaks for all of that rule, so that a million
 * alerts are counted in SQL and only one body a rule is read.
 */
#ifndef SEKISHO_APP_REPORT_JNSA_H
#define SEKISHO_APP_REPORT_JNSA_H

#include "app/report/report.h"
#include "app/words.h"

enum { JNSA_ENTRIES = 13, JNSA_RULES_MAX = 512 };

/** What a mirror port can see of an entry. */
enum jnsa_sight { JNSA_SEEN, JNSA_IN_PART, JNSA_INDIRECT };

struct jnsa_entry {
	enum word name, event, risk, unseen;
	enum jnsa_sight sight;
};

struct jnsa_found {
	double alerts, open;
	int worst;         /* enum alert_level, -1: none */
	const char *rules; /* "'SKS-PO-01', 'SKS-PO-03'": of which there are alerts; "''" */
};

extern const struct jnsa_entry jnsa_entries[JNSA_ENTRIES];

/** @found: entry 1 first; texts live as long as the report. */
void jnsa_count(struct report *r, struct jnsa_found found[static JNSA_ENTRIES]);

/** The entries that stand in an alert's text, a bit each, entry 1 the lowest. */
unsigned jnsa_of_body(const char *body, size_t size);

/** The table of the thirteen, as the monthly report has it. */
void report_put_jnsa(struct report *r, const struct jnsa_found found[static JNSA_ENTRIES]);

#endif
