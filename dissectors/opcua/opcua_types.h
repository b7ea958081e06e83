/*
 * The built-in types of OPC UA as they lie on the wire (P6 5.2). Readers borrow from the bytes; a value that does not
 * hold together fails the cursor. Nothing here speaks of records.
 */
#ifndef SEKISHO_OPCUA_OPCUA_TYPES_H
#define SEKISHO_OPCUA_OPCUA_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"

/** P6 5.1.2 */
enum ua_type {
	UA_NULL,
	UA_BOOLEAN,
	UA_SBYTE,
	UA_BYTE,
	UA_INT16,
	UA_UINT16,
	UA_INT32,
	UA_UINT32,
	UA_INT64,
	UA_UINT64,
	UA_FLOAT,
	UA_DOUBLE,
	UA_STRING,
	UA_DATE_TIME,
	UA_GUID,
	UA_BYTE_STRING,
	UA_XML_ELEMENT,
	UA_NODE_ID,
	UA_EXPANDED_NODE_ID,
	UA_STATUS_CODE,
	UA_QUALIFIED_NAME,
	UA_LOCALIZED_TEXT,
	UA_EXTENSION_OBJECT,
	UA_DATA_VALUE,
	UA_VARIANT,
	UA_DIAGNOSTIC_INFO,
	UA_TYPES,
	UA_TYPE_MAX = 31, /* 26 to 31 are reserved; they are read as ByteString, P6 5.1.2 */
};

enum {
	UA_NESTING_MAX = 100, /* P6 5.2.2.12, 5.2.2.16: levels that a decoder has to bear with */
	UA_ARRAY_MAX = 65536, /* items of one array; a body that we keep has no more bytes */
};

enum ua_id_kind { UA_ID_NUMERIC, UA_ID_STRING, UA_ID_GUID, UA_ID_OPAQUE };

struct ua_node_id {
	uint8_t kind; /* enum ua_id_kind */
	uint16_t namespace;
	uint32_t numeric;
	struct span bytes; /* of the other kinds */
	struct span uri;   /* ExpandedNodeId: namespace by name; empty where none */
	uint32_t server;   /* ExpandedNodeId */
};

/** A Variant: its items lie in @items one after the other. */
struct ua_variant {
	uint8_t type; /* enum ua_type */
	bool array;
	uint32_t n; /* items; 1 for a scalar */
	struct cursor items;
	uint32_t n_dimensions;
	struct cursor dimensions; /* Int32 each */
};

struct ua_data_value {
	bool has_value, has_status, has_source_time;
	struct ua_variant value;
	uint32_t status; /* Good where none is given */
	int64_t source_time;
};

struct ua_extension {
	struct ua_node_id type;
	struct span body; /* empty where there is none or it is XML */
	bool binary;
};

struct ua_diagnostic {
	bool any;
	int32_t symbol, text; /* places in the string table; -1: none */
	struct span info;
	bool has_inner_status;
	uint32_t inner_status;
};

static inline void ua_fail(struct cursor *c)
{
	c->failed = true;
}

static inline int32_t ua_i32(struct cursor *c)
{
	return (int32_t)cur_u32le(c);
}

double ua_double(struct cursor *c);

/** String, ByteString, XmlElement. Null and empty are both empty. */
struct span ua_bytes(struct cursor *c);

/** Length of an array whose items take a byte at least; 0 for null. A length that cannot fit fails the cursor. */
uint32_t ua_count(struct cursor *c);

struct ua_node_id ua_node_id(struct cursor *c);
struct ua_node_id ua_expanded_id(struct cursor *c);

/** The name; its namespace goes to @namespace where that is not NULL. */
struct span ua_qualified_name(struct cursor *c, uint16_t *namespace);

/** The text without its locale. */
struct span ua_localized_text(struct cursor *c);

struct ua_extension ua_extension(struct cursor *c);

/** The same where the bytes end early: then the body is what is there of it, and the cursor fails. */
struct ua_extension ua_extension_begun(struct cursor *c);
struct ua_variant ua_variant(struct cursor *c);
struct ua_data_value ua_data_value(struct cursor *c);

/** The outermost of a chain. */
struct ua_diagnostic ua_diagnostic(struct cursor *c);

/** Passes over one value of @type. */
void ua_skip(struct cursor *c, enum ua_type type);

/** Passes over an array of strings. */
void ua_skip_strings(struct cursor *c);

/** Is it this id of namespace 0? */
static inline bool ua_is(const struct ua_node_id *id, uint32_t numeric)
{
	return id->kind == UA_ID_NUMERIC && id->namespace == 0 && id->uri.len == 0 && id->numeric == numeric;
}

/** DateTime, 100 ns since 1601, as nanoseconds since the epoch; what does not fit becomes the nearest that does. */
int64_t ua_time_ns(int64_t ticks);

#endif
