/* Parts of the monthly report: monthly.c puts them together. */
#ifndef SEKISHO_APP_REPORT_MONTHLY_H
#define SEKISHO_APP_REPORT_MONTHLY_H

#include "app/report/report.h"
#include "app/words.h"

/* of the alerts that were seen at any time of the report's */
#define MONTHLY_ALERTS "FROM alerts WHERE last_seen >= ?1 AND first_seen < ?2"

/** How soon people acknowledged and closed alerts, by level, against the targets. */
void monthly_put_reactions(struct report *r);
/** Devices that are new, and those that were not seen any more. */
void monthly_put_devices(struct report *r);
void monthly_put_incidents(struct report *r);
void monthly_put_mutes(struct report *r);
void monthly_put_planned(struct report *r);
/** A row a month, where the time touches more than one. */
void monthly_put_months(struct report *r);

#endif
