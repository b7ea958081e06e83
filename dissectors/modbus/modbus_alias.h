/*
 * A number for what a transaction says, so that the same again need not be built to be counted: emit_again().
 */
#ifndef SEKISHO_MODBUS_MODBUS_ALIAS_H
#define SEKISHO_MODBUS_MODBUS_ALIAS_H

#include <stdint.h>

#include "base/cursor.h"

/**
 * The same number for transactions of one flow that say the same in all KEY fields; 0 for those of which a few bytes do
 * not say it, or with which anything is wrong.
 *
 * @framing   enum modbus_framing
 * @request   the request's PDU, whole
 * @response  the PDU that answers it
 */
uint64_t modbus_alias(uint8_t framing, uint8_t unit, struct span request, struct span response);

/** modbus_alias() of @request where it is answered as it should be. @return 0 where it is no read of sound length and
 * range. */
uint64_t modbus_alias_of_read(uint8_t framing, uint8_t unit, struct span request);

#endif
