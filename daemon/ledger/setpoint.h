/*
 * Limits that a plant declares for values written by Modbus: a tag file (CSV) says which register holds what, and what
 * it may be. A write that breaks a limit becomes a `setpoint` record of its own (event/setpoint_fields.def); whether
 * that is an alert stands in rules/packs/modbus.yaml.
 *
 * Columns: tag, server, unit, table, address, type, words, scale, offset, min, max, step; the first row names them, in
 * any order. Needed are tag, server (address, or the device's name or id in the ledger), address and one of min, max,
 * step.
 *
 * Lifetime: that of the configuration; the values written last are carried over a reload. Used by the analyst, but for
 * setpoints_want(), which reads nothing that changes.
 */
#ifndef SEKISHO_LEDGER_SETPOINT_H
#define SEKISHO_LEDGER_SETPOINT_H

#include <stdbool.h>

#include "base/log.h"
#include "event/event.h"

enum { SETPOINTS_MAX = 65536 };

struct setpoints;

/** Reads @file. @return 0; -EINVAL with @c naming line and remedy; -errno, -ENOMEM. */
__attribute__((warn_unused_result)) int setpoints_load(struct setpoints **out, const char *file, struct complaint *c);
void setpoints_free(struct setpoints *s);

/** Takes over the values written last from @from, for tags that are still the same. */
void setpoints_inherit(struct setpoints *s, const struct setpoints *from);

/** Must this record be seen by itself? Says so before the ledger has seen it. @s may be NULL: no. */
bool setpoints_want(const struct setpoints *s, const struct event *ev);

/** Holds what @ev writes against the limits; each that is broken goes to @out. @s may be NULL. */
void setpoints_take(struct setpoints *s, const struct event *ev, struct event_sink out);

#endif
