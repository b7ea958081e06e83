/*
 * Serial devices behind a Modbus gateway: assets of their own, known by the gateway and the unit id.
 *
 * A unit id alone proves nothing: many controllers answer to any. What proves a gateway (one is enough):
 *
 * - it answers exception 0x0A (gateway path unavailable) or 0x0B (gateway target device failed to respond) for one
 * unit, and something for another (a controller that is alone may say so of itself);
 * - two units, asked in the same way, identify themselves differently (functions 17, 43/14, UMAS);
 * - two units answer the same request differently: one with data, one with exception 1, 2 or 3;
 * - two units answer, a third was asked twice and never did.
 *
 * From then on each unit 1 to 247 that answers is an asset; 0 and 255 are the gateway itself. A device asked under one
 * id only is itself. What was learnt of a gateway stays (its role), the evidence is gathered anew after a restart.
 */
#ifndef SEKISHO_LEDGER_UNITS_H
#define SEKISHO_LEDGER_UNITS_H

#include "ledger/ledger_state.h"

bool units_is_modbus(struct ledger *l, const struct field_table *table);

/** Takes a `modbus` record that @server (its asset) was asked for. @return the asset of the unit, or NULL: it is the
 * server itself. */
struct asset *units_take(struct ledger *l, const struct event *ev, struct asset *server);

/**
 * Unit @unit of @server says who it is.
 *
 * @source, @said  by which question, and with which of its names: answers to one are not to be held against those to
 *                 another
 * @return         whose words these are: the unit's asset, or @server
 */
struct asset *units_identify(struct ledger *l, struct asset *server, unsigned unit, uint16_t source, uint64_t said,
			     struct span words);

/** Makes the unit asset @a found by its gateway: after it was loaded. Others are left alone. */
void units_point(struct ledger *l, struct asset *a);

/** The gateway @from turned out to be @to: all of its units are moved, in memory and on disk.
 * @decision: by which this can be undone; 0: it never will. */
void units_moved(struct ledger *l, const struct asset *from, struct asset *to, int64_t decision);

/** It did not: what @decision moved stands behind @from again, and nothing else does. */
void units_returned(struct ledger *l, const struct asset *to, const struct asset *from, int64_t decision);

/** The gateway that @a stands behind, or NULL. */
struct asset *units_gateway(struct ledger *l, const struct asset *a);

#endif
