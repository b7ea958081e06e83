#include "app/until.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/when.h"

static bool parse_span(const char *text, int64_t now_ns, int64_t *out_ns)
{
	enum { MOST_DAYS = 3660 };
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'m', 60}, {'h', 3600}, {'d', 86400}};
	char *end;
	long n = strtol(text, &end, 10);

	for (size_t i = 0; i < 3; i++) {
		if (end > text && *end == units[i].unit && !end[1] && n > 0 &&
		    n <= MOST_DAYS * 86400L / units[i].seconds) {
			*out_ns = now_ns + n * units[i].seconds * NS_PER_S;
			return true;
		}
	}
	return false;
}

/* "Z", "+09:00", "+0900": seconds east of UTC. */
static bool parse_zone(const char *text, long *east_s)
{
	int sign = text[0] == '-' ? -1 : 1;
	char digits[5] = "";
	size_t n = 0;

	if (strcmp(text, "Z") == 0) {
		*east_s = 0;
		return true;
	}
	if (text[0] != '+' && text[0] != '-')
		return false;
	for (text++; *text; text++) {
		if (*text == ':' && n == 2)
			continue;
		if (*text < '0' || *text > '9' || n == 4)
			return false;
		digits[n++] = *text;
	}
	if (n != 4)
		return false;
	long hours = (digits[0] - '0') * 10 + digits[1] - '0', minutes = (digits[2] - '0') * 10 + digits[3] - '0';
	*east_s = sign * (hours * 3600 + minutes * 60);
	return hours <= 14 && minutes < 60;
}

/* "2026-12-29", or as spreadsheets write it, "2026/12/29". @return what follows; NULL: it is no day that there is. */
static const char *parse_day(const char *text, struct tm *tm)
{
	const char *rest = strptime(text, "%Y-%m-%d", tm);

	if (!rest)
		rest = strptime(text, "%Y/%m/%d", tm);
	if (!rest || tm->tm_year < 70 || tm->tm_year > 300)
		return NULL;
	struct tm same = {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday};
	(void)timegm(&same);
	return same.tm_mday == tm->tm_mday ? rest : NULL; /* 31 November */
}

/* @a_day: what a day alone adds to its own beginning, days. */
static bool parse_time(const char *text, int a_day, int64_t *out_ns)
{
	struct tm tm = {.tm_isdst = -1};
	long east_s;
	const char *rest = parse_day(text, &tm);

	if (!rest)
		return false;
	if (!*rest) {
		tm.tm_mday += a_day;
	} else {
		if (*rest != 'T' && *rest != ' ')
			return false;
		const char *minute = strptime(rest + 1, "%H:%M", &tm);
		const char *second = minute && *minute == ':' ? strptime(minute, ":%S", &tm) : minute;
		if (!second)
			return false;
		if (*second) {
			if (!parse_zone(second, &east_s))
				return false;
			*out_ns = (timegm(&tm) - east_s) * NS_PER_S;
			return true;
		}
	}
	*out_ns = mktime(&tm) * NS_PER_S;
	return true;
}

bool until_parse(const char *text, int64_t now_ns, int64_t *out_ns)
{
	return parse_span(text, now_ns, out_ns) || parse_time(text, 1, out_ns);
}

bool since_parse(const char *text, int64_t now_ns, int64_t *out_ns)
{
	if (!parse_span(text, now_ns, out_ns))
		return parse_time(text, 0, out_ns);
	*out_ns = now_ns - (*out_ns - now_ns);
	return true;
}
