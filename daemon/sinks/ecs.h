/*
 * An alert as JSON of the Elastic Common Schema 8.11; what ECS has no field for stands below `sekisho`. Names of
 * devices and zones stand also where Malcolm looks for them (source.device.name, source.segment.name,
 * event.severity_tags).
 */
#ifndef SEKISHO_SINKS_ECS_H
#define SEKISHO_SINKS_ECS_H

#include <stdbool.h>
#include <stddef.h>

#include "sinks/alert_view.h"

/**
 * Writes valid JSON of at most @max bytes, without a NUL, into @buf of at least @max bytes. What does not fit goes by
 * priority, ids never, and `sekisho.truncated` says so.
 *
 * @return    the length; 0 where not even the ids fit, or there is no memory
 */
size_t ecs_format(const struct alert_view *v, char *buf, size_t max, bool *truncated);

#endif
