/*
 * Planned work in reports: how often and how long, what was met of alerts, and the entries themselves.
 */
#ifndef SEKISHO_APP_REPORT_PLANNED_H
#define SEKISHO_APP_REPORT_PLANNED_H

#include "app/report/report.h"
#include "app/work_times.h"

/** Of the times that fall into a period; kind -1: any. */
struct planned_sum {
	double times, hours, alerts, muted;
};
struct planned_sum report_planned(struct report *r, const struct period *p, int kind);

/** The command that gives one of them: @what "--count", "--hours", "--alerts" or "--muted". */
const char *report_planned_how(struct report *r, const struct period *p, int kind, const char *what);

/** A table of these times, the first @most; nothing where there are none. */
void report_put_planned(struct report *r, const struct period *p, int kind, const char *id, const char *title,
			size_t most);

/** The beginning of the local day of @ns, and @days later. */
int64_t report_day(int64_t ns, int days);

#endif
