/*
 * OMRON FINS, over UDP and inside FINS/TCP.
 *
 * One record a command with its answer, and one a step of the FINS/TCP handshake. Sources: W342 (Communications
 * Commands Reference Manual), W421 (Ethernet Units, Construction of Applications).
 */
#ifndef SEKISHO_OT_FINS_H
#define SEKISHO_OT_FINS_H

#include "event/dissector.h"
#include "event/field.h"
#include "ot/ot_access.h"

#define FIELD(id, name, type, names, flags, spec, doc) id,
enum fins_field_id {
#include "ot/fins_fields.def"
	FINS_FIELDS
};
#undef FIELD

extern const struct field_def fins_field[];
extern const struct field_table fins_table;
extern const struct dissector fins_dissector, fins_udp_dissector;

enum fins_framing { FINS_TCP, FINS_UDP };

/** FINS/TCP header's command, W421 7-4. */
enum fins_tcp_command {
	FINS_TCP_CLIENT_NODE = 0,
	FINS_TCP_SERVER_NODE = 1,
	FINS_TCP_FRAME = 2,
	FINS_TCP_FRAME_ERROR = 3,
	FINS_TCP_CONFIRMATION = 6,
};

enum fins_command {
	FINS_MEMORY_READ = 0x0101,
	FINS_MEMORY_WRITE = 0x0102,
	FINS_MEMORY_FILL = 0x0103,
	FINS_RUN = 0x0401,
	FINS_CONTROLLER_DATA = 0x0501,
};

/** What @command does; OT_ACCESS_OTHER with *known false where it has no name. */
enum ot_access fins_command_access(uint16_t command, bool *known);

/** Has this memory area a name? */
bool fins_area_known(uint8_t area);

#endif
