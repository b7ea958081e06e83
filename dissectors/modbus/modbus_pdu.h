/*
 * PDUs read into the values of a record. Both functions push what holds together and nothing of a group that does not.
 */
#ifndef SEKISHO_MODBUS_MODBUS_PDU_H
#define SEKISHO_MODBUS_MODBUS_PDU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "event/event.h"
#include "modbus/modbus.h"

/** What is wrong with a PDU. */
struct modbus_trouble {
	const char *reason; /* for anomaly.reason; NULL: nothing */
	uint16_t at;        /* bytes from the start of the PDU */
};

/** What a request asked for, for reading its response. */
struct modbus_asked {
	bool known; /* the request was seen and is sound */
	uint16_t address, quantity;
	uint16_t values[2]; /* what an echo must repeat: value, or masks */
	uint8_t sub;        /* MEI type */
	struct span echo;   /* the request's PDU where the response repeats it whole */
};

/** Pushes `request.*` (and `umas.*`) of the PDU @pdu. Fills @asked. */
struct modbus_trouble modbus_request_values(struct event *ev, struct span pdu, struct modbus_asked *asked);

/** Pushes `response.*` or `exception.*` of the PDU @pdu. */
struct modbus_trouble modbus_response_values(struct event *ev, struct span pdu, const struct modbus_asked *asked);

/** Pushes `umas.*` of both PDUs, either of which may be empty. Last, for values of one object stand together. */
void modbus_umas_values(struct event *ev, struct span request, struct span response);

/** Access and class of what a request does, from its PDU where the function code alone does not tell: diagnostics, MEI,
 * UMAS. */
struct modbus_function modbus_request_function(uint8_t function, struct span pdu);

#endif
