/*
 * What health.json says, as metrics in Prometheus' text format 0.0.4: the same figures of the same moment under other
 * names. Which is called what stands in counters.def, one row each.
 */
#ifndef SEKISHO_APP_METRICS_H
#define SEKISHO_APP_METRICS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

enum { METRICS_BYTES = 512 << 10 };

/** Appends one family of metrics after the other to @out, used as a plain buffer. @health: borrowed. @well: the
 * judgement of verdict.h. @return false where the buffer's limit was reached: what it holds is not whole. */
bool metrics_write(const json_t *health, bool well, struct json *out);

#endif
