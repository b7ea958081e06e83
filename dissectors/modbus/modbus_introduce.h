/*
 * Devices that say who they are: function 43/14, function 17 and UMAS, which go to the ledger as `discovery` too.
 */
#ifndef SEKISHO_MODBUS_MODBUS_INTRODUCE_H
#define SEKISHO_MODBUS_MODBUS_INTRODUCE_H

#include <stdint.h>

#include "event/event.h"

/** Tells what the values of @told, the record of an answered @function, say of the device @unit. After emit_end(). */
void modbus_introduce(struct emitter *out, const struct event *told, uint8_t function, uint8_t unit);

#endif
