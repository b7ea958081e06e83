/*
 * Values of nodes and arguments as rows of a record.
 */
#ifndef SEKISHO_OPCUA_OPCUA_VALUE_H
#define SEKISHO_OPCUA_OPCUA_VALUE_H

#include "opcua/opcua_call.h"

/** Rows of a value in opcua_fields.def, from its first on. */
enum opcua_value_row {
	OPCUA_VALUE_TYPE,
	OPCUA_VALUE_TYPE_ID,
	OPCUA_VALUE_NUMBER,
	OPCUA_VALUE_BOOL,
	OPCUA_VALUE_TEXT,
	OPCUA_VALUE_NUMBERS,
	OPCUA_VALUE_BOOLS,
	OPCUA_VALUE_TEXTS,
	OPCUA_VALUE_LENGTH,
	OPCUA_VALUE_DIMENSIONS,
	OPCUA_VALUE_TRUNCATED,
	OPCUA_VALUE_REDACTED, /* not of every object */
};

/** Tells @v below the object whose first row is @first. @secret: only its type is told; the object needs the row for
 * that. */
void opcua_value_told(struct opcua_call *call, enum opcua_field_id first, const struct ua_variant *v, bool secret);

/** Does this name promise a secret: "password", "secret" and the like, in whatever case? */
bool opcua_value_is_secret(const struct ua_node_id *node);

#endif
