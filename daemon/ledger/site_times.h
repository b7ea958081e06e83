/*
 * When a conduit line holds: weekly windows, single periods, an end. Written in the site's own time.
 */
#ifndef SEKISHO_LEDGER_SITE_TIMES_H
#define SEKISHO_LEDGER_SITE_TIMES_H

#include <stdbool.h>
#include <stdint.h>

/** "Mon-Fri 08:00-17:00": of days and minutes; "2026-12-04 09:00..2026-12-04 17:00": from and to. */
struct time_window {
	uint8_t days;              /* bit 0: Sunday; 0: a single period */
	uint16_t from_min, to_min; /* minutes of the day; to before from: until the next day */
	int64_t from_ns, to_ns;    /* UTC; of a single period */
};

/** Does @w hold at @now_ns where clocks run @offset_s ahead of UTC? */
bool time_window_holds(const struct time_window *w, int64_t now_ns, int offset_s);

/**
 * Reads one window. @return NULL, or what is wrong with it in words.
 *
 * Days: Mon Tue Wed Thu Fri Sat Sun or 月 火 水 木 金 土 日, one, a range with "-", several with ","; none: every day.
 */
const char *time_window_parse(const char *text, int offset_s, struct time_window *out);

/** Reads "2026-12-31" (its last moment where @end_of_day) or "2026-12-31 17:00". @return false where it is neither. */
bool site_time_parse(const char *text, int offset_s, bool end_of_day, int64_t *ns);

/** Reads "+09:00", "-03:30" or "Z". */
bool site_offset_parse(const char *text, int *offset_s);

#endif
