/*
 * An alert as QRadar's Log Event Extended Format 2.0.
 *
 * The event id is the rule's. LEEF has no escapes: pairs are parted by '^', which a value has as a blank, as it has
 * newlines. Predefined keys where there are any (devTime, cat, sev, src, dst, srcPort, ...), `sekisho...` for the rest.
 */
#ifndef SEKISHO_SINKS_LEEF_H
#define SEKISHO_SINKS_LEEF_H

#include <stdbool.h>
#include <stddef.h>

#include "sinks/alert_view.h"

/** As cef_format(); the mark is the same, `sekishoTruncated=1`. */
size_t leef_format(const struct alert_view *v, char *buf, size_t max, bool *truncated);

#endif
