#include "ledger/maintenance.h"

#include <stdio.h>
#include <string.h>

#include "ledger/site_times.h"

enum { DAY_MIN = 24 * 60, ENTRY_MAX = 64 };

static int day_of(const char *p)
{
	static const char *const days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

	for (int i = 0; i < 7; i++) {
		if (strncmp(p, days[i], 3) == 0)
			return i;
	}
	return -1;
}

/* "mon" or "mon-fri". @return what follows */
static const char *take_days(const char *p, uint8_t *days)
{
	int first = day_of(p), last = first;

	if (first < 0)
		return p;
	p += 3;
	if (*p == '-' && (last = day_of(p + 1)) >= 0)
		p += 4;
	for (int d = first;; d = (d + 1) % 7) {
		*days |= (uint8_t)(1 << d);
		if (d == last)
			return p;
	}
}

/* A date is a day whose window belongs to it alone. */
static bool date_holds(const char *entry, const struct time_window *w, int64_t now_ns, int offset_s)
{
	char date[16];
	int64_t day;

	snprintf(date, sizeof(date), "%.10s", entry);
	if (!site_time_parse(date, offset_s, false, &day))
		return false;
	int64_t minute = INT64_C(60) * 1000000000;
	int64_t to = w->to_min > w->from_min ? w->to_min : w->to_min + DAY_MIN;
	return now_ns >= day + w->from_min * minute && now_ns < day + to * minute;
}

static bool entry_holds(const char *entry, int64_t now_ns, int offset_s)
{
	struct time_window w = {.to_min = DAY_MIN};
	unsigned h1, m1, h2, m2;
	bool dated = entry[0] >= '0' && entry[0] <= '9' && strlen(entry) >= 10 && entry[4] == '-';
	const char *hours = dated ? entry + 10 : take_days(entry, &w.days);

	if (sscanf(hours, " %2u:%2u-%2u:%2u", &h1, &m1, &h2, &m2) == 4) {
		w.from_min = (uint16_t)(h1 * 60 + m1);
		w.to_min = (uint16_t)(h2 * 60 + m2);
	}
	if (dated)
		return date_holds(entry, &w, now_ns, offset_s);
	if (w.days == 0)
		w.days = 0x7f;
	return time_window_holds(&w, now_ns, offset_s);
}

bool maintenance_window_holds(const char *windows, int64_t now_ns, int offset_s)
{
	for (const char *p = windows; *p;) {
		char entry[ENTRY_MAX];
		size_t n = strcspn(p, ";");
		snprintf(entry, sizeof(entry), "%.*s", (int)n, p);
		if (entry_holds(entry, now_ns, offset_s))
			return true;
		p += n;
		p += strspn(p, "; ");
	}
	return false;
}

bool maintenance_declared(const struct register_row *row)
{
	return strcmp(register_value(row, REG_REMOTE), "no") == 0 || register_value(row, REG_REMOTE_WINDOW)[0];
}

bool maintenance_allowed(const struct register_row *row, int64_t now_ns, int offset_s)
{
	const char *windows = register_value(row, REG_REMOTE_WINDOW);

	if (strcmp(register_value(row, REG_REMOTE), "no") == 0)
		return false;
	return !windows[0] || maintenance_window_holds(windows, now_ns, offset_s);
}
