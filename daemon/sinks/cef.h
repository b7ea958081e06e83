/*
 * An alert as ArcSight's Common Event Format, the mapping of outputs.md 4.2.
 *
 * The class id is the rule id: it is what integrators key on. Standard keys where there are any, six labelled strings,
 * three numbers. What does not fit the byte budget goes by priority, ids never; `sekishoTruncated=1` then says so, and
 * what is left is valid CEF.
 */
#ifndef SEKISHO_SINKS_CEF_H
#define SEKISHO_SINKS_CEF_H

#include <stdbool.h>
#include <stddef.h>

#include "sinks/alert_view.h"

/**
 * Writes CEF of at most @max bytes, without a NUL, into @buf of at least @max bytes.
 *
 * @truncated   set where something was left out or cut
 * @return      the length; 0 where not even the ids fit (about 110 bytes)
 */
size_t cef_format(const struct alert_view *v, char *buf, size_t max, bool *truncated);

#endif
