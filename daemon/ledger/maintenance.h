/*
 * Remote maintenance as the register declares it (columns remote and remote_window): who comes from the zone of remote
 * maintenance may work on a device while its papers say so, whatever the conduits allow beyond that.
 */
#ifndef SEKISHO_LEDGER_MAINTENANCE_H
#define SEKISHO_LEDGER_MAINTENANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/register.h"

/**
 * Does one of @windows hold at @now_ns, where clocks run @offset_s ahead of UTC? As register_field.c keeps them:
 * "mon-fri 09:00-17:00; 2026-12-01 22:00-06:00; sun". An end before the beginning is on the next day.
 */
bool maintenance_window_holds(const char *windows, int64_t now_ns, int offset_s);

/** Do the papers speak of remote maintenance at all? Else nothing is said against it. */
bool maintenance_declared(const struct register_row *row);

/** Do they allow it at @now_ns? */
bool maintenance_allowed(const struct register_row *row, int64_t now_ns, int offset_s);

#endif
