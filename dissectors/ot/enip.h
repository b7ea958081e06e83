/*
 * EtherNet/IP encapsulation and the CIP services in it, over TCP and UDP.
 *
 * One record a command with its answer. Sources: The CIP Networks Library volume 1 ("CIP1") and 2 ("CIP2"), Logix 5000
 * Controllers Data Access 1756-PM020 ("DA").
 */
#ifndef SEKISHO_OT_ENIP_H
#define SEKISHO_OT_ENIP_H

#include "event/dissector.h"
#include "event/field.h"
#include "ot/ot_access.h"

#define FIELD(id, name, type, names, flags, spec, doc) id,
enum enip_field_id {
#include "ot/enip_fields.def"
	ENIP_FIELDS
};
#undef FIELD

extern const struct field_def enip_field[];
extern const struct field_table enip_table;
extern const struct dissector enip_dissector;

enum enip_command {
	ENIP_NOP = 0x00,
	ENIP_LIST_SERVICES = 0x04,
	ENIP_LIST_IDENTITY = 0x63,
	ENIP_LIST_INTERFACES = 0x64,
	ENIP_REGISTER_SESSION = 0x65,
	ENIP_UNREGISTER_SESSION = 0x66,
	ENIP_SEND_RR_DATA = 0x6f,
	ENIP_SEND_UNIT_DATA = 0x70,
};

enum {
	CIP_CONNECTION_MANAGER = 0x06,
	CIP_FILE = 0x37,
	CIP_MULTIPLE_SERVICE = 0x0a,
	CIP_UNCONNECTED_SEND = 0x52, /* of the connection manager */
};

bool enip_command_known(uint16_t command);

/** The number under which a service of a class has its name. @class_id 0 where a tag is addressed by name */
uint32_t enip_service_named(uint8_t service, uint32_t class_id);

/** What a named service does. */
enum ot_access enip_service_access(uint32_t named);

#endif
