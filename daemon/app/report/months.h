/* The calendar months that a report's time touches, for tables with a row or column a month. */
#ifndef SEKISHO_APP_REPORT_MONTHS_H
#define SEKISHO_APP_REPORT_MONTHS_H

#include "app/report/report.h"

enum { MONTHS_MAX = 12 };

struct months {
	struct period at[MONTHS_MAX]; /* the first and the last begin and end with the report's time */
	unsigned n;
};

/** Up to now; of a long time the last twelve. */
struct months report_months(const struct report *r);

/** Percent of @month that was watched. */
double month_watched(struct report *r, const struct period *month);

#endif
