/*
 * How soon people saw to alerts: from the time of the alert's first packet to the first row of the audit trail in which
 * somebody acknowledged or closed it. The one is packet time, the other the clock on the wall: for a recording that
 * was replayed the difference says nothing.
 */
#ifndef SEKISHO_APP_REPORT_DELAYS_H
#define SEKISHO_APP_REPORT_DELAYS_H

#include "app/report/report.h"

enum { DELAYS_ANY_LEVEL = -1 };

struct delays {
	int64_t *minutes; /* by size, whole ones; to be freed */
	size_t n, room;
};

/** Of the alerts of a level for which @verb ("alert.ack", "alert.close") stands in the audit trail of the report's
 * time. */
struct delays delays_read(struct report *r, const char *verb, int level);

int64_t delays_median(const struct delays *d);
/** How many took less than @minutes: what took five and a half did not take five. */
size_t delays_within(const struct delays *d, int64_t minutes);

/** The command that gives the median, or @what of the delays d(n), for one level or DELAYS_ANY_LEVEL. */
const char *delays_median_how(struct report *r, const char *verb, int level);
const char *delays_how(struct report *r, const char *verb, int level, const char *what);

#endif
