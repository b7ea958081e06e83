/*
 * The time that a report is of: a day, a month, a fiscal year (April to March) or any two points, in this machine's
 * local time; and how dates are written, in the Japanese era where that is wanted.
 */
#ifndef SEKISHO_APP_REPORT_PERIOD_H
#define SEKISHO_APP_REPORT_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"

/** From @from_ns on, before @to_ns. */
struct period {
	int64_t from_ns, to_ns;
	bool era; /* years as 令和8年 */
};

/** As people said it; NULL: not. At most one of day, month, fiscal_year, and since with or without until. */
struct period_words {
	const char *day, *month, *fiscal_year, *since, *until;
};

enum period_default { PERIOD_LAST_DAY, PERIOD_THIS_MONTH, PERIOD_THIS_FISCAL_YEAR };

/** @return 0; -EINVAL with @c saying which word and what is wanted instead. */
int period_parse(const struct period_words *w, enum period_default otherwise, int64_t now_ns, struct period *out,
		 struct complaint *c);

enum { PERIOD_TEXT_MAX = 160, PERIOD_OPTIONS_MAX = 96 };

/** "2026-04-01", "2026年4月1日" or "令和8年4月1日". @return @buf. */
const char *period_date(const struct period *p, int64_t ns, bool japanese, char *buf, unsigned size);

/** The same with the time, "2026-04-01 09:14". */
const char *period_time(const struct period *p, int64_t ns, bool japanese, char *buf, unsigned size);

/** Without the year, "04-01 09:14", "4月1日 09:14", where it is the one year of the whole period; else with it. */
const char *period_short_time(const struct period *p, int64_t ns, bool japanese, char *buf, unsigned size);

/** "2026-04-01 to 2026-04-30", the last day that belongs to it; with times where it does not end with a day. */
const char *period_range(const struct period *p, bool japanese, char *buf, unsigned size);

/** "--since 2026-04-01 --until 2026-04-30", as sekisho's other commands take it. @return @buf. */
const char *period_options(const struct period *p, char *buf, unsigned size);

#endif
