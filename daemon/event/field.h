/*
 * One table for every field.
 *
 * A folder that emits records keeps one X-macro file (`modbus_fields.def`), a row a field:
 *
 *     FIELD(MODBUS_ADDRESS, "request.address", UINT, NULL, FIELD_KEY, "AP 1.1b3 s4.4", "First item, zero-based as on
 * the wire.")
 *
 * included once as an enum and once as `struct field_def[]`. From that array, and nowhere else, come the names of the
 * rule language, the JSON keys, the reference (`sekisho decode --fields`) and the gate's idea of what is news.
 *
 * A name is the path below the record's object, dots between; a path step ending in `[]` is a list:
 *   "response.values[]"       a list of scalars: each value pushed appends one, an array value appends all of its items
 *   "request.file_records[].file"   a member of a list of objects: ev_item() on "request.file_records[]" (type ITEM)
 * opens the next object
 */
#ifndef SEKISHO_EVENT_FIELD_H
#define SEKISHO_EVENT_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
	FIELD_TYPE_UINT,
	FIELD_TYPE_INT,
	FIELD_TYPE_FLOAT,
	FIELD_TYPE_BOOL,
	FIELD_TYPE_TEXT,  /* from the wire: escaped when written */
	FIELD_TYPE_BYTES, /* written as hexadecimal digits */
	FIELD_TYPE_ENUM,  /* a number shown by name; a value without a name is shown as "unknown_N" */
	FIELD_TYPE_MAC,
	FIELD_TYPE_IP,
	FIELD_TYPE_TIME, /* nanoseconds since the epoch */
	FIELD_TYPE_U16S, /* big-endian 16-bit items, shown as a list of numbers */
	FIELD_TYPE_BITS, /* packed bits, least significant first, shown as a list of 0 and 1 */
	FIELD_TYPE_ITEM, /* opens the next object of a list */
};

enum field_flags {
	FIELD_PLAIN = 0,
	FIELD_KEY = 1, /* part of a fact: another value is news (architecture, section 1) */
};

struct enum_name {
	uint32_t value;
	const char *token;
};

/** Names of an enumeration, ascending by value. */
struct enum_names {
	const struct enum_name *names;
	size_t n;
};

struct field_table;

struct field_def {
	const struct field_table *table;
	const char *name; /* path below the object, see above */
	enum field_type type;
	uint8_t flags;
	const struct enum_names *names;
	const char *spec; /* where the field is defined: specification and section */
	const char *doc;
	const char *alias; /* Wireshark's name where it means the same, or NULL */
};

/** The fields of one kind of record; its object is also the record's event_type. */
struct field_table {
	const char *object;
	const struct field_def *fields;
	size_t n_fields;
};

/** The token of @value, or NULL. */
const char *enum_token(const struct enum_names *names, uint64_t value);

/** The value of @token; @return false where there is none. */
bool enum_value(const struct enum_names *names, const char *token, uint64_t *value);

const char *field_type_name(enum field_type type);

/** All tables of a program, ended by NULL; put together by app. */
struct field_registry {
	const struct field_table *const *tables;
};

/** Finds "modbus.request.address" (brackets left out) or an alias. @return NULL where there is none. */
const struct field_def *field_find(const struct field_registry *r, const char *path);

/** The known name nearest to @path, for "did you mean"; NULL where none is near. Writes the full name into @buf. */
const char *field_nearest(const struct field_registry *r, const char *path, char *buf, size_t size);

/** The full name, "modbus.request.values", brackets left out. @return @buf. */
const char *field_path(const struct field_def *f, char *buf, size_t size);

#define ENUM_NAMES(array)                                                                                              \
	{                                                                                                              \
		(array), sizeof(array) / sizeof((array)[0])                                                            \
	}

#endif
