#include "app/fleet_time.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/when.h"

/* ".000001": the digits behind the point. @return what stands behind them, or NULL. */
static const char *fraction(const char *at, int64_t *ns)
{
	int64_t digit = NS_PER_S / 10;

	if (*at != '.')
		return at;
	if (!isdigit((unsigned char)*++at))
		return NULL;
	for (; isdigit((unsigned char)*at); at++, digit /= 10)
		*ns += (*at - '0') * digit;
	return at;
}

/* "+0900" or "Z": seconds east of UTC. */
static bool offset(const char *at, int64_t *east_s)
{
	if (strcmp(at, "Z") == 0)
		return true;
	if ((*at != '+' && *at != '-') || strlen(at) != 5 || strspn(at + 1, "0123456789") != 4)
		return false;
	long hhmm = strtol(at + 1, NULL, 10);
	*east_s = (hhmm / 100 * 60 + hhmm % 100) * 60 * (*at == '-' ? -1 : 1);
	return true;
}

bool fleet_time_parse(const char *text, int64_t *ns)
{
	const int64_t most_s = INT64_MAX / NS_PER_S - 86400;
	struct tm utc = {0};
	int64_t part = 0, east_s = 0;
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);

	if (rest)
		rest = fraction(rest, &part);
	if (!rest || !offset(rest, &east_s))
		return false;
	int64_t s = timegm(&utc);
	if (s < -most_s || s > most_s)
		return false;
	*ns = (s - east_s) * NS_PER_S + part;
	return true;
}
