#include "event/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/when.h"

enum { DAY_S = 86400, HOUR_S = 3600 };

static const char *const kinds[WORK_KINDS][2] = {{"maintenance", "保守"}, {"shutdown", "停止"}, {"holiday", "休日"}};
static const char *const everys[WORK_EVERYS][2] = {
    {"once", "1回"}, {"day", "毎日"}, {"week", "毎週"}, {"year", "毎年"}};

static int parse(const char *const (*words)[2], int n, const char *text)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(words[i][0], text) == 0 || strcmp(words[i][1], text) == 0)
			return i;
	}
	return -1;
}

const char *work_kind_name(enum work_kind kind)
{
	return kinds[kind][0];
}

int work_kind_parse(const char *text)
{
	return parse(kinds, WORK_KINDS, text);
}

const char *work_every_name(enum work_every every)
{
	return everys[every][0];
}

int work_every_parse(const char *text)
{
	return parse(everys, WORK_EVERYS, text);
}

void calendar_free(struct calendar *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->works[i].cuts);
		free(c->works[i].who);
		free(c->works[i].note);
		free(c->works[i].by);
	}
	free(c->works);
	*c = (struct calendar){0};
}

bool work_conduit(const char *zone, char a[static WORK_TEXT_MAX], char b[static WORK_TEXT_MAX])
{
	const char *between = strchr(zone, '>');

	if (!between)
		return false;
	snprintf(a, WORK_TEXT_MAX, "%.*s", (int)(between - zone), zone);
	snprintf(b, WORK_TEXT_MAX, "%s", between + 1);
	return true;
}

bool work_is_everywhere(const struct work *w)
{
	return !w->zone[0] && !w->src[0] && !w->dest[0] && !w->device[0];
}

/* ---- the clock on the wall, as seconds that count like UTC. localtime_r() alone: mktime() looks at files */

static int64_t offset_at(int64_t utc_s)
{
	time_t t = utc_s;
	struct tm tm;

	return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

static int64_t to_wall(int64_t utc_s)
{
	return utc_s + offset_at(utc_s);
}

/* An hour that a change of the clocks leaves out is the hour behind it; of one that comes twice it is the first. */
static int64_t to_utc(int64_t wall_s)
{
	int64_t before = offset_at(wall_s - DAY_S), after = offset_at(wall_s + DAY_S);
	int64_t utc_s = wall_s - before;

	return before != after && to_wall(utc_s) != wall_s && to_wall(wall_s - after) == wall_s ? wall_s - after
												: utc_s;
}

/* @return seconds; rounded down. */
static int64_t seconds(int64_t ns)
{
	return ns >= 0 ? ns / NS_PER_S : -((-ns + NS_PER_S - 1) / NS_PER_S);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* ---- times */

/* The same time of the clock, @k years on. @return false: that day is not in the year, and it is the next one. */
static bool years_on(int64_t wall_s, int64_t k, int64_t *out_s)
{
	time_t t = wall_s;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return false;
	int day = tm.tm_mday;
	tm.tm_year += (int)k;
	*out_s = timegm(&tm);
	return tm.tm_mday == day; /* else 29 February */
}

/* The @k-th time as it was planned, from 0 on. @return false: that day is not in the year. */
static bool nth(const struct work *w, int64_t k, struct work_time *out)
{
	int64_t from_s = to_wall(seconds(w->first.from_ns)), to_s = to_wall(seconds(w->first.to_ns)), last_s = 0;

	if (w->every == WORK_ONCE || k == 0) {
		*out = w->first;
		return k == 0;
	}
	if (w->every == WORK_YEARLY) {
		if (!years_on(from_s, k, &from_s))
			return false;
		if (!years_on(to_s - 1, k, &last_s)) /* the last second of it, whose day is the last day */
			last_s -= DAY_S;
		to_s = last_s + 1;
	} else {
		int64_t later_s = k * (w->every == WORK_DAILY ? 1 : 7) * DAY_S;
		from_s += later_s;
		to_s += later_s;
	}
	*out = (struct work_time){to_utc(from_s) * NS_PER_S, to_utc(to_s) * NS_PER_S};
	return true;
}

/* About which time @at_ns lies in, never one too late by more than one. */
static int64_t guess(const struct work *w, int64_t at_ns)
{
	int64_t days = floor_div(seconds(at_ns) - seconds(w->first.from_ns), DAY_S);

	switch (w->every) {
	case WORK_DAILY:
		return days;
	case WORK_WEEKLY:
		return floor_div(days, 7);
	case WORK_YEARLY:
		return floor_div(days, 365);
	default:
		return 0;
	}
}

static int64_t ended(const struct work *w, const struct work_time *t)
{
	for (size_t i = 0; i < w->n_cuts; i++) {
		if (w->cuts[i].from_ns == t->from_ns && w->cuts[i].ended_ns < t->to_ns)
			return w->cuts[i].ended_ns;
	}
	return t->to_ns;
}

static bool takes_place(const struct work *w, int64_t k, struct work_time *out)
{
	if (k < 0 || !nth(w, k, out) || (w->until_ns && out->from_ns >= w->until_ns))
		return false;
	if (out->to_ns <= out->from_ns) /* all of it is in the hour that a change of the clocks leaves out */
		return false;
	out->to_ns = ended(w, out);
	return true;
}

/* A year has up to 366 days, and hours may be put forward: the guess may be off by some. */
enum { AROUND = 2, LEAP = 9 };

static int64_t around(const struct work *w, int64_t at_ns)
{
	int64_t k = guess(w, at_ns);

	/* a century has 24 leap days: the guess by 365 days a year runs ahead by one */
	return k > AROUND ? k - AROUND : 0;
}

bool work_at(const struct work *w, int64_t at_ns, struct work_time *out)
{
	if (at_ns < w->first.from_ns || (w->every == WORK_ONCE && at_ns >= w->first.to_ns))
		return false;
	for (int64_t k = around(w, at_ns), last = guess(w, at_ns) + 1; k <= last; k++) {
		if (takes_place(w, k, out) && at_ns >= out->from_ns && at_ns < out->to_ns)
			return true;
	}
	return false;
}

/* The first time of which @holds is true. */
static bool first_of(const struct work *w, int64_t from_ns, struct work_time *out, bool by_end)
{
	int64_t most = w->every == WORK_YEARLY ? LEAP : AROUND;

	for (int64_t k = around(w, from_ns), last = guess(w, from_ns) + most; k <= last || k == 0; k++) {
		if (takes_place(w, k, out) && (by_end ? out->to_ns > from_ns : out->from_ns >= from_ns))
			return true;
		if (w->every == WORK_ONCE)
			break;
	}
	return false;
}

bool work_next(const struct work *w, int64_t from_ns, struct work_time *out)
{
	return first_of(w, from_ns, out, false);
}

bool work_from(const struct work *w, int64_t from_ns, struct work_time *out)
{
	return first_of(w, from_ns, out, true);
}
