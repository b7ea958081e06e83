#include "ledger/site_times.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/phrase.h"
#include "base/when.h"

enum { MINUTE_S = 60, DAY_MIN = 24 * 60, DAY_S = 86400, EVERY_DAY = 0x7f };

/* ---- reading */

static const struct {
	const char *word;
	uint8_t day;
} day_words[] = {
    {"Sun", 0}, {"Mon", 1}, {"Tue", 2}, {"Wed", 3}, {"Thu", 4}, {"Fri", 5}, {"Sat", 6},
    {"日", 0},  {"月", 1},  {"火", 2},  {"水", 3},  {"木", 4},  {"金", 5},  {"土", 6},
};

static bool take_word(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncasecmp(*p, word, n) != 0)
		return false;
	*p += n;
	return true;
}

static int take_day(const char **p)
{
	for (size_t i = 0; i < sizeof(day_words) / sizeof(day_words[0]); i++) {
		if (take_word(p, day_words[i].word))
			return day_words[i].day;
	}
	return -1;
}

/* "Mon-Fri", "Sat,Sun", "月-金": @return false where a day begins and does not end well. */
static bool take_days(const char **p, uint8_t *days)
{
	int first = take_day(p), last;

	*days = first < 0 ? EVERY_DAY : 0;
	while (first >= 0) {
		last = first;
		if (take_word(p, "-") && (last = take_day(p)) < 0)
			return false;
		for (int d = first;; d = (d + 1) % 7) {
			*days |= (uint8_t)(1 << d);
			if (d == last)
				break;
		}
		if (!take_word(p, ","))
			return **p == ' ' ? take_word(p, " ") : **p == '\0';
		first = take_day(p);
		if (first < 0)
			return false;
	}
	return true;
}

static bool take_number(const char **p, int digits, int most, int *out)
{
	*out = 0;
	for (int i = 0; i < digits; i++, ++*p) {
		if (**p < '0' || **p > '9')
			return false;
		*out = *out * 10 + (**p - '0');
	}
	return *out <= most;
}

static bool take_clock(const char **p, int *minutes)
{
	int h, m;

	if (!take_number(p, 2, 24, &h) || !take_word(p, ":") || !take_number(p, 2, 59, &m))
		return false;
	*minutes = h * 60 + m;
	return *minutes <= DAY_MIN;
}

static bool take_date(const char **p, int offset_s, int64_t *ns)
{
	struct tm tm = {0}, back;
	int y, m, d;

	if (!take_number(p, 4, 2199, &y) || !take_word(p, "-") || !take_number(p, 2, 12, &m) || !take_word(p, "-") ||
	    !take_number(p, 2, 31, &d) || y < 1971)
		return false;
	tm.tm_year = y - 1900;
	tm.tm_mon = m - 1;
	tm.tm_mday = d;
	time_t t = timegm(&tm);
	gmtime_r(&t, &back);
	if (back.tm_mday != d || back.tm_mon != m - 1) /* 31 November */
		return false;
	*ns = ((int64_t)t - offset_s) * NS_PER_S;
	return true;
}

static bool take_moment(const char **p, int offset_s, bool end_of_day, int64_t *ns)
{
	int minutes = end_of_day ? DAY_MIN : 0;

	if (!take_date(p, offset_s, ns))
		return false;
	if ((**p == ' ' || **p == 'T') && (*p)[1] >= '0' && (*p)[1] <= '9') {
		++*p;
		if (!take_clock(p, &minutes))
			return false;
	}
	*ns += (int64_t)minutes * MINUTE_S * NS_PER_S;
	return true;
}

bool site_time_parse(const char *text, int offset_s, bool end_of_day, int64_t *ns)
{
	return take_moment(&text, offset_s, end_of_day, ns) && *text == '\0';
}

bool site_offset_parse(const char *text, int *offset_s)
{
	int h, m, sign = *text == '-' ? -1 : 1;

	*offset_s = 0;
	if (strcmp(text, "Z") == 0)
		return true;
	if ((*text != '+' && *text != '-') || (++text, !take_number(&text, 2, 14, &h)) || !take_word(&text, ":") ||
	    !take_number(&text, 2, 59, &m) || *text)
		return false;
	*offset_s = sign * (h * 3600 + m * MINUTE_S);
	return true;
}

static const char *parse_period(const char *p, int offset_s, struct time_window *w)
{
	if (!take_moment(&p, offset_s, false, &w->from_ns) || !take_word(&p, "..") ||
	    !take_moment(&p, offset_s, true, &w->to_ns) || *p)
		return PHRASE_LATER("Write a period as \"2026-12-04 09:00..2026-12-04 17:00\"");
	return w->to_ns > w->from_ns ? NULL : PHRASE_LATER("its end comes before its beginning");
}

const char *time_window_parse(const char *text, int offset_s, struct time_window *out)
{
	static const char *const how = PHRASE_LATER("Write it as \"Mon-Fri 08:00-17:00\"");
	const char *p = text;
	int from = 0, to = DAY_MIN;

	*out = (struct time_window){0};
	if (text[0] >= '0' && text[0] <= '9' && strlen(text) > 4 && text[4] == '-')
		return parse_period(text, offset_s, out);
	if (!take_days(&p, &out->days))
		return how;
	if (*p && (!take_clock(&p, &from) || !take_word(&p, "-") || !take_clock(&p, &to) || *p))
		return how;
	if (p == text)
		return how;
	if (from == to)
		return PHRASE_LATER("it begins and ends at the same time");
	out->from_min = (uint16_t)from;
	out->to_min = (uint16_t)to;
	return NULL;
}

/* ---- asking */

bool time_window_holds(const struct time_window *w, int64_t now_ns, int offset_s)
{
	if (w->days == 0)
		return now_ns >= w->from_ns && now_ns < w->to_ns;
	int64_t local_s = now_ns / NS_PER_S + offset_s;
	int64_t day_no = local_s / DAY_S;
	unsigned minute = (unsigned)(local_s % DAY_S / MINUTE_S);
	unsigned day = (unsigned)((day_no + 4) % 7), before = (day + 6) % 7; /* 1 January 1970 was a Thursday */

	if (w->from_min < w->to_min)
		return (w->days >> day & 1) && minute >= w->from_min && minute < w->to_min;
	/* over midnight: the day is that of the beginning */
	return ((w->days >> day & 1) && minute >= w->from_min) || ((w->days >> before & 1) && minute < w->to_min);
}
