/*
 * Modbus: the words of its records and what is known of each function code.
 *
 * One record a transaction (events.md, `modbus`). Sources: MODBUS Application Protocol Specification V1.1b3 ("AP"),
 * MODBUS Messaging on TCP/IP Implementation Guide V1.0b ("TCP"), MODBUS over Serial Line V1.02 ("SL"). UMAS has no
 * public specification; its codes are those that published captures confirm.
 */
#ifndef SEKISHO_MODBUS_MODBUS_H
#define SEKISHO_MODBUS_MODBUS_H

#include <stdint.h>

#include "event/dissector.h"
#include "event/field.h"

#define FIELD(id, name, type, names, flags, spec, doc) id,
enum modbus_field_id {
#include "modbus/modbus_fields.def"
	MODBUS_FIELDS
};
#undef FIELD

extern const struct field_def modbus_field[];
extern const struct field_table modbus_table;
extern const struct dissector modbus_dissector;

enum modbus_fc {
	MODBUS_READ_COILS = 1,
	MODBUS_READ_DISCRETE_INPUTS = 2,
	MODBUS_READ_HOLDING_REGISTERS = 3,
	MODBUS_READ_INPUT_REGISTERS = 4,
	MODBUS_WRITE_SINGLE_COIL = 5,
	MODBUS_WRITE_SINGLE_REGISTER = 6,
	MODBUS_READ_EXCEPTION_STATUS = 7,
	MODBUS_DIAGNOSTIC = 8,
	MODBUS_GET_COMM_EVENT_COUNTER = 11,
	MODBUS_GET_COMM_EVENT_LOG = 12,
	MODBUS_WRITE_MULTIPLE_COILS = 15,
	MODBUS_WRITE_MULTIPLE_REGISTERS = 16,
	MODBUS_REPORT_SERVER_ID = 17,
	MODBUS_READ_FILE_RECORD = 20,
	MODBUS_WRITE_FILE_RECORD = 21,
	MODBUS_MASK_WRITE_REGISTER = 22,
	MODBUS_READ_WRITE_MULTIPLE_REGISTERS = 23,
	MODBUS_READ_FIFO_QUEUE = 24,
	MODBUS_ENCAPSULATED_INTERFACE = 43,
	MODBUS_UMAS = 90,
	MODBUS_EXCEPTION_BIT = 0x80,
};

enum modbus_framing { MODBUS_FRAMING_UNKNOWN, MODBUS_MBAP, MODBUS_RTU };
enum modbus_access {
	MODBUS_ACCESS_OTHER,
	MODBUS_ACCESS_READ,
	MODBUS_ACCESS_WRITE,
	MODBUS_ACCESS_READ_WRITE,
	MODBUS_ACCESS_DIAGNOSTIC,
	MODBUS_ACCESS_PROGRAM
};
enum modbus_data {
	MODBUS_DATA_NONE,
	MODBUS_DATA_COIL,
	MODBUS_DATA_DISCRETE_INPUT,
	MODBUS_DATA_HOLDING_REGISTER,
	MODBUS_DATA_INPUT_REGISTER,
	MODBUS_DATA_FILE_RECORD,
	MODBUS_DATA_FIFO,
};
enum modbus_category { MODBUS_CATEGORY_PUBLIC, MODBUS_CATEGORY_USER_DEFINED, MODBUS_CATEGORY_RESERVED };
enum modbus_mei { MODBUS_MEI_CANOPEN = 13, MODBUS_MEI_DEVICE_ID = 14 };

/** What follows from a function code alone; the numbers are those of the enums above. */
struct modbus_function {
	uint8_t access;
	uint8_t data;
	uint8_t category;
	uint8_t class; /* enum function_class; diagnostics and UMAS decide by their sub-function */
};

/** Indexed by function code without exception bit. */
extern const struct modbus_function modbus_functions[128];

struct modbus_umas_code {
	uint8_t access;
	uint8_t class;
};

/** Indexed by UMAS code. CLASS_NONE: a code without a name; treat as CLASS_ADMIN, nobody but engineering software sends
 * those. */
extern const struct modbus_umas_code modbus_umas_codes[256];

#endif
