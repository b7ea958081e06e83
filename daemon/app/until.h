/*
 * Until when, and from when on: how a person says it to a command.
 */
#ifndef SEKISHO_APP_UNTIL_H
#define SEKISHO_APP_UNTIL_H

#include <stdbool.h>
#include <stdint.h>

/** "30m", "8h", "14d" from @now_ns on; "2026-12-31" (the end of that day, local time), "2026-12-31T18:00" (local),
 * "2026-12-31T18:00:00+09:00", "...Z"; with / for - as well, as spreadsheets have it. @return false where it is none of these. */
bool until_parse(const char *text, int64_t now_ns, int64_t *out_ns);

/** From when on: the same words, a span counted back from @now_ns and a day from its beginning. */
bool since_parse(const char *text, int64_t now_ns, int64_t *out_ns);

#endif
