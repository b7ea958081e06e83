/*
 * Points in time: nanoseconds since the epoch, UTC, signed 64 bits (good until 2262).
 */
#ifndef SEKISHO_BASE_WHEN_H
#define SEKISHO_BASE_WHEN_H

#include <stdint.h>

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

enum { WHEN_TEXT_MAX = 40 };

/** Writes "2026-11-22T00:14:00.000001+0000", EVE's form of ISO 8601; @return @buf. */
const char *when_format(int64_t ns, char buf[static WHEN_TEXT_MAX]);

/** Writes "2026-11-22 09:14:00" shifted by @offset_s east of UTC, for people; @return @buf. */
const char *when_format_local(int64_t ns, int offset_s, char buf[static WHEN_TEXT_MAX]);

/** The wall clock. Never called on the packet path: packet time is the only clock there. */
int64_t when_now_ns(void);

/** A clock that never steps back, for time limits. */
int64_t when_monotonic_ns(void);

#endif
