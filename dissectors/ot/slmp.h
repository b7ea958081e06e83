/*
 * SLMP, also known as MELSEC communication (MC) protocol: 3E and 4E frames, binary and ASCII, over TCP and UDP.
 *
 * One record a command with its answer. Sources: SLMP Reference Manual SH-080956ENG ("SLMP"), MELSEC Communication
 * Protocol Reference Manual SH-080008 ("MC").
 */
#ifndef SEKISHO_OT_SLMP_H
#define SEKISHO_OT_SLMP_H

#include "event/dissector.h"
#include "event/field.h"
#include "ot/ot_access.h"

#define FIELD(id, name, type, names, flags, spec, doc) id,
enum slmp_field_id {
#include "ot/slmp_fields.def"
	SLMP_FIELDS
};
#undef FIELD

extern const struct field_def slmp_field[];
extern const struct field_table slmp_table;
extern const struct dissector slmp_dissector;

enum slmp_framing { SLMP_3E_BINARY, SLMP_3E_ASCII, SLMP_4E_BINARY, SLMP_4E_ASCII };

enum slmp_command {
	SLMP_READ_TYPE_NAME = 0x0101,
	SLMP_READ = 0x0401,
	SLMP_REMOTE_RUN = 0x1001,
	SLMP_REMOTE_STOP = 0x1002,
	SLMP_REMOTE_PAUSE = 0x1003,
	SLMP_WRITE = 0x1401,
};

/** What @command does; OT_ACCESS_OTHER with *known false where it has no name. */
enum ot_access slmp_command_access(uint16_t command, bool *known);

/** A device memory by its two letters in ASCII frames (SLMP 5.2). */
struct slmp_device {
	char letters[3]; /* padded with '*' */
	uint8_t code;    /* in binary frames */
	uint8_t base;    /* of its numbers in ASCII frames: 10 or 16 */
};

/** @return NULL where there is none. */
const struct slmp_device *slmp_device_find(const uint8_t letters[static 2]);

#endif
