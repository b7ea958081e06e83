#include "app/report/period.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/until.h"
#include "base/when.h"

static struct tm local_tm(int64_t ns)
{
	time_t at = (time_t)(ns / NS_PER_S);
	struct tm tm = {0};

	localtime_r(&at, &tm);
	return tm;
}

static int64_t first_of(int year, int month, int day)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1};

	return (int64_t)mktime(&tm) * NS_PER_S;
}

static void set_day(int year, int month, int day, struct period *out)
{
	out->from_ns = first_of(year, month, day);
	out->to_ns = first_of(year, month, day + 1);
}

static void set_month(int year, int month, struct period *out)
{
	out->from_ns = first_of(year, month, 1);
	out->to_ns = first_of(year, month + 1, 1);
}

static void set_fiscal_year(int year, struct period *out)
{
	out->from_ns = first_of(year, 4, 1);
	out->to_ns = first_of(year + 1, 4, 1);
}

static bool is_year(long y)
{
	return y >= 1970 && y < 2200;
}

static bool parse_day(const char *text, struct period *out)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%d", &tm);

	if (!rest || *rest || !is_year(tm.tm_year + 1900))
		return false;
	int day = tm.tm_mday, month = tm.tm_mon;
	set_day(tm.tm_year + 1900, month + 1, day, out);
	struct tm is = local_tm(out->from_ns); /* 2026-02-30 would be in March */
	return is.tm_mday == day && is.tm_mon == month;
}

static bool parse_month(const char *text, struct period *out)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m", &tm);

	if (!rest || *rest || !is_year(tm.tm_year + 1900))
		return false;
	set_month(tm.tm_year + 1900, tm.tm_mon + 1, out);
	return true;
}

static bool parse_fiscal_year(const char *text, struct period *out)
{
	char *end;
	long year = strtol(text, &end, 10);

	if (end == text || *end || !is_year(year))
		return false;
	set_fiscal_year((int)year, out);
	return true;
}

static void set_default(enum period_default which, int64_t now_ns, struct period *out)
{
	struct tm tm = local_tm(now_ns);
	int year = tm.tm_year + 1900, month = tm.tm_mon + 1;

	if (which == PERIOD_LAST_DAY)
		out->from_ns = now_ns - 86400 * NS_PER_S;
	else if (which == PERIOD_THIS_MONTH)
		set_month(year, month, out);
	else
		set_fiscal_year(month >= 4 ? year : year - 1, out);
	out->to_ns = now_ns;
}

static int parse_span(const struct period_words *w, int64_t now_ns, struct period *out, struct complaint *c)
{
	out->to_ns = now_ns;
	if (!w->since) {
		complain(c, "--until", 0, 0, "needs --since");
		return -EINVAL;
	}
	if (!since_parse(w->since, now_ns, &out->from_ns)) {
		complain(c, "--since", 0, 0, "\"%s\" is no time. Write 7d, 2026-04-01 or 2026-04-01T09:00", w->since);
		return -EINVAL;
	}
	if (w->until && !until_parse(w->until, now_ns, &out->to_ns)) {
		complain(c, "--until", 0, 0, "\"%s\" is no time. Write 7d, 2026-04-01 or 2026-04-01T09:00", w->until);
		return -EINVAL;
	}
	if (out->to_ns <= out->from_ns) {
		complain(c, "--until", 0, 0, "is not after --since");
		return -EINVAL;
	}
	return 0;
}

int period_parse(const struct period_words *w, enum period_default otherwise, int64_t now_ns, struct period *out,
		 struct complaint *c)
{
	bool span = w->since || w->until;

	if ((w->day != NULL) + (w->month != NULL) + (w->fiscal_year != NULL) + span > 1) {
		complain(c, "report", 0, 0, "takes one of --day, --month, --fiscal-year, or --since with --until");
		return -EINVAL;
	}
	if (w->day && !parse_day(w->day, out)) {
		complain(c, "--day", 0, 0, "\"%s\" is no day. Write 2026-04-01", w->day);
		return -EINVAL;
	}
	if (w->month && !parse_month(w->month, out)) {
		complain(c, "--month", 0, 0, "\"%s\" is no month. Write 2026-04", w->month);
		return -EINVAL;
	}
	if (w->fiscal_year && !parse_fiscal_year(w->fiscal_year, out)) {
		complain(c, "--fiscal-year", 0, 0, "\"%s\" is no year. Write 2026", w->fiscal_year);
		return -EINVAL;
	}
	if (span)
		return parse_span(w, now_ns, out, c);
	if (!w->day && !w->month && !w->fiscal_year)
		set_default(otherwise, now_ns, out);
	return 0;
}

enum { REIWA_BEGINS = 20190501, HEISEI_BEGINS = 19890108 };

static void era_year(const struct tm *tm, char *buf, unsigned size)
{
	int year = tm->tm_year + 1900, date = year * 10000 + (tm->tm_mon + 1) * 100 + tm->tm_mday;
	const char *era = date >= REIWA_BEGINS ? "令和" : date >= HEISEI_BEGINS ? "平成" : "昭和";
	int n = year - (date >= REIWA_BEGINS ? 2018 : date >= HEISEI_BEGINS ? 1988 : 1925);

	if (n == 1)
		snprintf(buf, size, "%s元年", era);
	else
		snprintf(buf, size, "%s%d年", era, n);
}

const char *period_date(const struct period *p, int64_t ns, bool japanese, char *buf, unsigned size)
{
	struct tm tm = local_tm(ns);
	char year[32];

	if (!japanese) {
		snprintf(buf, size, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		return buf;
	}
	if (p->era)
		era_year(&tm, year, sizeof(year));
	else
		snprintf(year, sizeof(year), "%d年", tm.tm_year + 1900);
	snprintf(buf, size, "%s%d月%d日", year, tm.tm_mon + 1, tm.tm_mday);
	return buf;
}

const char *period_time(const struct period *p, int64_t ns, bool japanese, char *buf, unsigned size)
{
	struct tm tm = local_tm(ns);
	char date[64];

	snprintf(buf, size, "%s %02d:%02d", period_date(p, ns, japanese, date, sizeof(date)), tm.tm_hour, tm.tm_min);
	return buf;
}

const char *period_short_time(const struct period *p, int64_t ns, bool japanese, char *buf, unsigned size)
{
	struct tm tm = local_tm(ns);

	if (tm.tm_year != local_tm(p->from_ns).tm_year || tm.tm_year != local_tm(p->to_ns - 1).tm_year)
		return period_time(p, ns, japanese, buf, size);
	snprintf(buf, size, japanese ? "%d月%d日 %02d:%02d" : "%02d-%02d %02d:%02d", tm.tm_mon + 1, tm.tm_mday,
		 tm.tm_hour, tm.tm_min);
	return buf;
}

static bool is_midnight(int64_t ns)
{
	struct tm tm = local_tm(ns);

	return ns % NS_PER_S == 0 && tm.tm_hour == 0 && tm.tm_min == 0 && tm.tm_sec == 0;
}

const char *period_range(const struct period *p, bool japanese, char *buf, unsigned size)
{
	bool days = is_midnight(p->from_ns) && is_midnight(p->to_ns);
	const char *(*write)(const struct period *, int64_t, bool, char *, unsigned) = days ? period_date : period_time;
	char from[64], to[64];

	write(p, p->from_ns, japanese, from, sizeof(from));
	write(p, p->to_ns - (days ? 1 : 0), japanese, to, sizeof(to));
	if (days && strcmp(from, to) == 0)
		snprintf(buf, size, "%s", from);
	else
		snprintf(buf, size, japanese ? "%s〜%s" : "%s to %s", from, to);
	return buf;
}

static void option_time(int64_t ns, bool end, char *buf, unsigned size)
{
	struct tm tm;

	if (is_midnight(ns)) {
		tm = local_tm(end ? ns - 1 : ns);
		strftime(buf, size, "%Y-%m-%d", &tm);
		return;
	}
	tm = local_tm(ns);
	strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
}

const char *period_options(const struct period *p, char *buf, unsigned size)
{
	char from[40], to[40];

	option_time(p->from_ns, false, from, sizeof(from));
	option_time(p->to_ns, true, to, sizeof(to));
	snprintf(buf, size, "--since %s --until %s", from, to);
	return buf;
}
