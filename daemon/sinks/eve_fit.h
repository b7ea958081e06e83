/*
 * An alert's JSON within a byte budget: whole where it fits, else without what matters least, and `sekisho.truncated`
 * says so.
 */
#ifndef SEKISHO_SINKS_EVE_FIT_H
#define SEKISHO_SINKS_EVE_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "sinks/alert_view.h"
#include "sinks/sink.h"

/**
 * Writes valid JSON of at most @max bytes, without a NUL, into @buf of at least @max bytes. Takes members out of @v,
 * which is only good for closing afterwards where @truncated is set.
 *
 * @return the length; 0 where not even the ids fit (about 110 bytes)
 */
size_t eve_fit(struct alert_view *v, const struct delivery *row, char *buf, size_t max, bool *truncated);

#endif
