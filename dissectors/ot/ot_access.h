/*
 * What a command does to a controller, the same words for all protocols of this folder.
 */
#ifndef SEKISHO_OT_OT_ACCESS_H
#define SEKISHO_OT_OT_ACCESS_H

#include <stdint.h>

#include "event/endpoint.h"
#include "event/field.h"

/** `access_type`; where one message holds several commands the highest counts. */
enum ot_access { OT_ACCESS_OTHER, OT_ACCESS_READ, OT_ACCESS_WRITE, OT_ACCESS_ADMIN, OT_ACCESS_PROGRAM };

extern const struct enum_names ot_access_names;

/** The class by which conduits judge. */
enum function_class ot_access_class(enum ot_access a);

/** A command as a table knows it. */
struct ot_command {
	uint16_t code;
	uint8_t access; /* enum ot_access */
};

/** The row of @code in the @n ascending rows of @table, or NULL. */
const struct ot_command *ot_command_find(const struct ot_command *table, size_t n, uint16_t code);

#endif
