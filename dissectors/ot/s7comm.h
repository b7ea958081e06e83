/*
 * S7comm over TPKT and COTP (RFC 1006, X.224 class 0); S7comm-plus is named only.
 *
 * One record a request with its answer, whichever side asks. The protocol has no public specification; what is read
 * here is what published captures and open implementations agree on.
 */
#ifndef SEKISHO_OT_S7COMM_H
#define SEKISHO_OT_S7COMM_H

#include "event/dissector.h"
#include "event/field.h"
#include "ot/ot_access.h"

#define FIELD(id, name, type, names, flags, spec, doc) id,
enum s7comm_field_id {
#include "ot/s7comm_fields.def"
	S7_FIELDS
};
#undef FIELD

extern const struct field_def s7comm_field[];
extern const struct field_table s7comm_table;
extern const struct dissector s7comm_dissector;

enum { S7_PROTOCOL = 0x32, S7_PLUS_PROTOCOL = 0x72 };

enum s7comm_pdu_type { S7_JOB = 1, S7_ACK = 2, S7_ACK_DATA = 3, S7_USERDATA = 7 };

enum s7comm_function {
	S7_READ_VAR = 0x04,
	S7_WRITE_VAR = 0x05,
	S7_REQUEST_DOWNLOAD = 0x1a,
	S7_START_UPLOAD = 0x1d,
	S7_PI_SERVICE_JOB = 0x28,
	S7_PLC_STOP = 0x29,
	S7_GROUP_ANY_SUB = 0xff,  /* a userdata group whose sub-function has no name of its own */
	S7_IS_USERDATA = 0x10000, /* group * 256 + sub-function, in the names */
	S7_READ_SZL = S7_IS_USERDATA + 0x0401,
};

/**
 * The number under which a function has its name: of userdata the sub-function, else its group.
 * @function as told by function_raw, S7_IS_USERDATA added
 */
uint32_t s7comm_function_named(uint32_t function);

/** What a named function does. */
enum ot_access s7comm_function_access(uint32_t named);

enum { S7_AREA_DB = 0x84, S7_AREA_INSTANCE_DB = 0x85, S7_AREA_COUNTER = 0x1c, S7_AREA_TIMER = 0x1d };

#endif
