#include "app/report/months.h"

#include <time.h>

#include "base/when.h"

static int64_t month_begins(int year, int month)
{
	struct tm tm = {.tm_year = year, .tm_mon = month, .tm_mday = 1, .tm_isdst = -1};

	return (int64_t)mktime(&tm) * NS_PER_S;
}

struct months report_months(const struct report *r)
{
	int64_t end_ns = (r->period.to_ns < r->now_ns ? r->period.to_ns : r->now_ns) - 1;
	time_t first = (time_t)(r->period.from_ns / NS_PER_S), last = (time_t)(end_ns / NS_PER_S);
	struct tm from = {0}, to = {0};
	struct months m = {.n = 0};

	localtime_r(&first, &from);
	localtime_r(&last, &to);
	int span = (to.tm_year - from.tm_year) * 12 + to.tm_mon - from.tm_mon + 1;
	int skipped = span > MONTHS_MAX ? span - MONTHS_MAX : 0;
	for (int i = skipped; i < span; i++) {
		struct period *p = &m.at[m.n++];
		p->from_ns = month_begins(from.tm_year, from.tm_mon + i);
		p->to_ns = month_begins(from.tm_year, from.tm_mon + i + 1);
		p->from_ns = p->from_ns > r->period.from_ns ? p->from_ns : r->period.from_ns;
		p->to_ns = p->to_ns < r->period.to_ns ? p->to_ns : r->period.to_ns;
	}
	return m;
}

double month_watched(struct report *r, const struct period *month)
{
	struct period whole = r->period;

	r->period = *month;
	struct coverage k = report_coverage(r);
	r->period = whole;
	return k.whole_ns > 0 ? 100.0 * (double)k.seen_ns / (double)k.whole_ns : 0;
}
