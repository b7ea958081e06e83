/*
 * What a Modbus PDU must look like, judged from its bytes alone: where frames end, whether a stranger is Modbus at all,
 * and where to go on after a gap. Knows nothing of transactions.
 */
#ifndef SEKISHO_MODBUS_MODBUS_SHAPE_H
#define SEKISHO_MODBUS_MODBUS_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "event/dissector.h"
#include "modbus/modbus.h"

enum {
	MBAP_HEADER_BYTES = 7, /* transaction 2, protocol 2, length 2, unit 1 */
	MBAP_BEFORE_UNIT = 6,  /* the length field counts from the unit on */
	MBAP_LENGTH_MIN = 2,   /* unit and function code */
	MBAP_LENGTH_MAX = 254, /* unit and the longest PDU, TCP 4.1 */
	MBAP_LENGTH_TOLERATED =
	    300,                   /* devices that overstep the limit by a few registers exist and are worth reading */
	RTU_BYTES_MIN = 4,         /* unit, function code, CRC */
	RTU_BYTES_MAX = 256,       /* SL 2.5.1 */
	MODBUS_DELIVER_MAX = 2048, /* of one frame; only UMAS is ever longer, and its rest is not looked at */
};

struct mbap {
	uint16_t transaction_id;
	uint16_t protocol_id;
	uint16_t length;
	uint8_t unit;
	uint8_t function; /* with exception bit */
};

/** Reads the header and the function code behind it: 8 bytes. @return false where these are not there. */
bool mbap_read(struct span bytes, struct mbap *out);

/** Could this header stand before a PDU, judging by protocol id and length? */
bool mbap_plausible(const struct mbap *h);

/** Does the length of this PDU fit its function code? @pdu_bytes from the function code on. Cheap; for streams in step.
 */
bool modbus_shape_length_fits(enum dir dir, uint8_t function, size_t pdu_bytes);

/** Is this a PDU of a known function with lengths, counts and constants all consistent? @pdu from the function code on,
 * whole. */
bool modbus_shape_fits(enum dir dir, struct span pdu);

/** Is @function one that a message of that direction may have, known or not: not 0, and no exception asked for? */
bool modbus_shape_is_said(enum dir dir, uint8_t function);

/** Can nobody say what a PDU of this function looks like: one of a vendor, or a diagnosis with sub-functions of his? */
bool modbus_shape_is_unknown(enum dir dir, uint8_t function);

/** Where the PDU of the MBAP frame at the start of @bytes ends, where that is before the length that its header says;
 * 0: it does not, or nobody can tell. */
size_t modbus_shape_end_by_counts(enum dir dir, struct span bytes);

/**
 * Where the MBAP frame at the start of @bytes ends that says of itself that it is longer than its PDU is.
 *
 * @return   bytes of it; 0: it is as long as it says, or nobody can tell
 *
 * What proves it is the next frame, beyond doubt, where the PDU ends by its own counts; or, where the length is one
 * that no frame of the function has, that nothing came behind the PDU. A server may answer such a request, and the
 * next.
 */
size_t modbus_shape_ends_early(enum dir dir, struct span bytes);

/** Bytes of the RTU frame at the start of @bytes, CRC included; 0: no frame of a known function; @return > bytes.len:
 * at least so many are needed. */
size_t rtu_frame_bytes(enum dir dir, struct span bytes);

/** Is there a whole RTU frame at the start of @bytes, its CRC right? Its length goes to @total. */
bool rtu_frame_fits(enum dir dir, struct span bytes, size_t *total);

/** CRC-16 of SL 6.2.2: reflected 0xA001, starting at 0xFFFF. Zero over a frame with its CRC. */
uint16_t rtu_crc(struct span bytes);

/** struct dissector.probe */
enum probe modbus_shape_probe(struct span head, bool from_server_port);

#endif
