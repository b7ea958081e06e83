/*
 * What reports say of drills, apart from the alerts that are real: how many, who reacted, and how soon.
 */
#ifndef SEKISHO_APP_REPORT_DRILLS_H
#define SEKISHO_APP_REPORT_DRILLS_H

#include "app/report/report.h"

/* Those that began within the report's time, and their alerts. */
#define DRILLS_BEGUN  "FROM drills d WHERE d.started >= ?1 AND d.started < ?2"
#define DRILLS_ALERTS "FROM drill_alerts x JOIN drills d ON d.no = x.drill WHERE d.started >= ?1 AND d.started < ?2"
#define DRILLS_ACKED  "x.acked > 0 AND (x.ack_minutes = 0 OR x.acked - x.first_seen <= x.ack_minutes * 60000000000)"
#define DRILLS_CLOSED                                                                                                  \
	"x.closed > 0 AND (x.close_minutes = 0 OR x.closed - x.first_seen <= x.close_minutes * 60000000000)"

/** Columns and rows of the table that was just begun: drill, at, what, acknowledged, closed, receivers. At most @most
 * rows. @return how many there are. */
unsigned drills_put_reactions(struct report *r, unsigned most);
/** A way to these rows for whoever doubts them. */
const char *drills_reactions_how(struct report *r);

/** A part of the monthly report. */
void monthly_put_drills(struct report *r);
/** Of the daily page and of the handover: figures and a warning, where a drill took place or is under way; else
 * nothing. */
void daily_put_drills(struct report *r);

#endif
