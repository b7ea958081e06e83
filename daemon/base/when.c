#include "base/when.h"

#include <string.h>
#include <time.h>

#include "base/digits.h"

/* Days since the epoch to a civil date, proleptic Gregorian, shifted so that years begin in March. */
static void civil(int64_t days, int *year, unsigned *month, unsigned *day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	unsigned doe = (unsigned)(days - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

static char *digits(char *at, unsigned value, unsigned n)
{
	digits_put(at, value, n);
	return at + n;
}

static char *format(int64_t ns, char sep, char *at, int64_t *rest_ns)
{
	int64_t s = ns / NS_PER_S, rest = ns % NS_PER_S;
	int year;
	unsigned month, day;

	if (rest < 0) {
		rest += NS_PER_S;
		s--;
	}
	*rest_ns = rest;
	int64_t days = s / 86400;
	if (s % 86400 < 0)
		days--;
	unsigned in_day = (unsigned)(s - days * 86400);
	civil(days, &year, &month, &day);
	at = digits(at, (unsigned)year, 4);
	*at++ = '-';
	at = digits(at, month, 2);
	*at++ = '-';
	at = digits(at, day, 2);
	*at++ = sep;
	at = digits(at, in_day / 3600, 2);
	*at++ = ':';
	at = digits(at, in_day / 60 % 60, 2);
	*at++ = ':';
	return digits(at, in_day % 60, 2);
}

const char *when_format(int64_t ns, char buf[static WHEN_TEXT_MAX])
{
	int64_t rest;
	char *at = format(ns, 'T', buf, &rest);

	*at++ = '.';
	at = digits(at, (unsigned)(rest / 1000), 6);
	memcpy(at, "+0000", 6);
	return buf;
}

const char *when_format_local(int64_t ns, int offset_s, char buf[static WHEN_TEXT_MAX])
{
	int64_t rest;

	*format(ns + offset_s * NS_PER_S, ' ', buf, &rest) = '\0';
	return buf;
}

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t when_now_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

int64_t when_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}
