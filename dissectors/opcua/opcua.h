/*
 * OPC UA binary: the words of its records and the table of its services.
 *
 * One record a service call, channel step or error (events.md, `opcua`). Sources: OPC 10000-4 Services ("P4") and
 * OPC 10000-6 Mappings ("P6"), edition 1.05. Parts, in the order in which bytes pass through them: shape (where chunks
 * end), chunk (channel, readability, reassembly into messages), state (what a flow remembers), call (requests and
 * responses made into records), and a reader for each family of services on top of types and value.
 */
#ifndef SEKISHO_OPCUA_OPCUA_H
#define SEKISHO_OPCUA_OPCUA_H

#include <stdbool.h>
#include <stdint.h>

#include "event/dissector.h"
#include "event/field.h"

#define FIELD(id, name, type, names, flags, spec, doc) id,
enum opcua_field_id {
#include "opcua/opcua_fields.def"
	OPCUA_FIELDS
};
#undef FIELD

extern const struct field_def opcua_field[];
extern const struct field_table opcua_table;
extern const struct enum_names opcua_status_names;
extern const struct dissector opcua_dissector;

/** P6 7.1.2.2; the order is that of the counters. */
enum opcua_type {
	OPCUA_HEL,
	OPCUA_ACK,
	OPCUA_ERR,
	OPCUA_RHE,
	OPCUA_OPN,
	OPCUA_CLO,
	OPCUA_MSG,
	OPCUA_TYPES,
};

enum opcua_direction { OPCUA_TO_SERVER, OPCUA_TO_CLIENT };

/** P4 7.20 */
enum opcua_mode { OPCUA_MODE_UNKNOWN, OPCUA_MODE_NONE, OPCUA_MODE_SIGN, OPCUA_MODE_ENCRYPT };

/** P4 7.42 */
enum opcua_token { OPCUA_TOKEN_ANONYMOUS, OPCUA_TOKEN_USER_NAME, OPCUA_TOKEN_CERTIFICATE, OPCUA_TOKEN_ISSUED };

enum opcua_history {
	OPCUA_HISTORY_READ_EVENTS,
	OPCUA_HISTORY_READ_RAW,
	OPCUA_HISTORY_READ_MODIFIED,
	OPCUA_HISTORY_READ_PROCESSED,
	OPCUA_HISTORY_READ_AT_TIME,
	OPCUA_HISTORY_UPDATE_DATA,
	OPCUA_HISTORY_UPDATE_STRUCTURE,
	OPCUA_HISTORY_UPDATE_EVENT,
	OPCUA_HISTORY_DELETE_RAW,
	OPCUA_HISTORY_DELETE_AT_TIME,
	OPCUA_HISTORY_DELETE_EVENT,
};

enum { OPCUA_SERVICE_FAULT_ID = 397 };

/** Places in opcua_services[]. */
#define SERVICE(id, name, request, response, class, reader) OPCUA_SERVICE_##id,
enum opcua_service_no {
#include "opcua/opcua_services.def"
	OPCUA_SERVICES
};
#undef SERVICE

struct opcua_call;

struct opcua_service {
	const char *name;
	uint16_t request_id, response_id;
	uint8_t class; /* enum function_class */
	/** Pushes what the bodies say; either may be absent. NULL: nothing but the headers is read. */
	void (*read)(struct opcua_call *call);
};

extern const struct opcua_service opcua_services[OPCUA_SERVICES];

enum opcua_kind { OPCUA_KIND_NONE, OPCUA_KIND_REQUEST, OPCUA_KIND_RESPONSE, OPCUA_KIND_FAULT };

/** What message an encoding id of namespace 0 stands for. @no: its service, where it is a request or a response. */
enum opcua_kind opcua_service_find(uint32_t encoding_id, enum opcua_service_no *no);

/** Counters of the dissector: chunks by type, faults, then request and response of each service. */
enum {
	OPCUA_COUNT_FAULTS = OPCUA_TYPES,
	OPCUA_COUNT_SERVICES,
	OPCUA_COUNTERS = OPCUA_COUNT_SERVICES + 2 * OPCUA_SERVICES,
};

#endif
