/* Times that other sensors wrote, read back. */
#ifndef SEKISHO_APP_FLEET_TIME_H
#define SEKISHO_APP_FLEET_TIME_H

#include <stdbool.h>
#include <stdint.h>

/** "2026-11-22T00:14:00.000001+0000" (EVE's form; any offset) to nanoseconds since the epoch. @return false where it
 * is none. */
bool fleet_time_parse(const char *text, int64_t *ns);

#endif
