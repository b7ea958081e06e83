#include "opcua/opcua_types.h"

#include <string.h>

#include "base/when.h"

/* NodeId: | encoding u8 | ... ; the upper bits of the encoding belong to ExpandedNodeId. P6 5.2.2.9, 5.2.2.10 */
enum {
	ID_TWO_BYTE = 0x00,
	ID_FOUR_BYTE = 0x01,
	ID_FULL = 0x02,
	ID_STRING = 0x03,
	ID_GUID = 0x04,
	ID_OPAQUE = 0x05,
	ID_KIND = 0x3f,
	ID_HAS_SERVER = 0x40,
	ID_HAS_URI = 0x80,
	GUID_BYTES = 16,
};

enum { VARIANT_TYPE = 0x3f, VARIANT_HAS_DIMENSIONS = 0x40, VARIANT_IS_ARRAY = 0x80 };

enum {
	VALUE_HAS_VALUE = 0x01,
	VALUE_HAS_STATUS = 0x02,
	VALUE_HAS_SOURCE_TIME = 0x04,
	VALUE_HAS_SERVER_TIME = 0x08,
	VALUE_HAS_SOURCE_PICOSECONDS = 0x10,
	VALUE_HAS_SERVER_PICOSECONDS = 0x20,
};

enum {
	DIAGNOSTIC_SYMBOL = 0x01,
	DIAGNOSTIC_NAMESPACE = 0x02,
	DIAGNOSTIC_TEXT = 0x04,
	DIAGNOSTIC_LOCALE = 0x08,
	DIAGNOSTIC_INFO = 0x10,
	DIAGNOSTIC_INNER_STATUS = 0x20,
	DIAGNOSTIC_INNER = 0x40,
};

enum { TEXT_HAS_LOCALE = 0x01, TEXT_HAS_TEXT = 0x02 };
enum { EXTENSION_NO_BODY, EXTENSION_BINARY, EXTENSION_XML };

/* Bytes of the types that always have as many. */
static const uint8_t fixed_bytes[UA_TYPE_MAX + 1] = {
    [UA_BOOLEAN] = 1, [UA_SBYTE] = 1,     [UA_BYTE] = 1,  [UA_INT16] = 2,       [UA_UINT16] = 2,
    [UA_INT32] = 4,   [UA_UINT32] = 4,    [UA_INT64] = 8, [UA_UINT64] = 8,      [UA_FLOAT] = 4,
    [UA_DOUBLE] = 8,  [UA_DATE_TIME] = 8, [UA_GUID] = 16, [UA_STATUS_CODE] = 4,
};

double ua_double(struct cursor *c)
{
	uint64_t bits = cur_u64le(c);
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

struct span ua_bytes(struct cursor *c)
{
	int32_t len = ua_i32(c);

	if (len < -1)
		ua_fail(c);
	return len > 0 ? cur_span(c, (size_t)len) : (struct span){NULL, 0};
}

uint32_t ua_count(struct cursor *c)
{
	int32_t n = ua_i32(c);

	if (n <= 0)
		return 0;
	if ((size_t)n > cur_left(c)) {
		ua_fail(c);
		return 0;
	}
	return (uint32_t)n;
}

static struct ua_node_id id_of(struct cursor *c, uint8_t encoding)
{
	struct ua_node_id id = {.kind = UA_ID_NUMERIC};

	switch (encoding & ID_KIND) {
	case ID_TWO_BYTE:
		id.numeric = cur_u8(c);
		break;
	case ID_FOUR_BYTE:
		id.namespace = cur_u8(c);
		id.numeric = cur_u16le(c);
		break;
	case ID_FULL:
		id.namespace = cur_u16le(c);
		id.numeric = cur_u32le(c);
		break;
	case ID_STRING:
	case ID_OPAQUE:
		id.kind = (encoding & ID_KIND) == ID_STRING ? UA_ID_STRING : UA_ID_OPAQUE;
		id.namespace = cur_u16le(c);
		id.bytes = ua_bytes(c);
		break;
	case ID_GUID:
		id.kind = UA_ID_GUID;
		id.namespace = cur_u16le(c);
		id.bytes = cur_span(c, GUID_BYTES);
		break;
	default:
		ua_fail(c);
		break;
	}
	return id;
}

struct ua_node_id ua_node_id(struct cursor *c)
{
	uint8_t encoding = cur_u8(c);

	if (encoding & (ID_HAS_SERVER | ID_HAS_URI))
		ua_fail(c);
	return id_of(c, encoding);
}

struct ua_node_id ua_expanded_id(struct cursor *c)
{
	uint8_t encoding = cur_u8(c);
	struct ua_node_id id = id_of(c, encoding);

	if (encoding & ID_HAS_URI)
		id.uri = ua_bytes(c);
	if (encoding & ID_HAS_SERVER)
		id.server = cur_u32le(c);
	return id;
}

struct span ua_qualified_name(struct cursor *c, uint16_t *namespace)
{
	uint16_t ns = cur_u16le(c);

	if (namespace)
		*namespace = ns;
	return ua_bytes(c);
}

struct span ua_localized_text(struct cursor *c)
{
	uint8_t mask = cur_u8(c);

	if (mask & ~(TEXT_HAS_LOCALE | TEXT_HAS_TEXT))
		ua_fail(c);
	if (mask & TEXT_HAS_LOCALE)
		(void)ua_bytes(c);
	return mask & TEXT_HAS_TEXT ? ua_bytes(c) : (struct span){NULL, 0};
}

struct ua_extension ua_extension(struct cursor *c)
{
	struct ua_extension x = {.type = ua_expanded_id(c)};
	uint8_t encoding = cur_u8(c);

	if (encoding == EXTENSION_BINARY || encoding == EXTENSION_XML) {
		x.binary = encoding == EXTENSION_BINARY;
		x.body = ua_bytes(c);
	} else if (encoding != EXTENSION_NO_BODY) {
		ua_fail(c);
	}
	return x;
}

struct ua_extension ua_extension_begun(struct cursor *c)
{
	struct cursor again = *c;
	struct ua_extension x = ua_extension(c);

	if (cur_ok(c))
		return x;
	x = (struct ua_extension){.type = ua_expanded_id(&again)};
	x.binary = cur_u8(&again) == EXTENSION_BINARY;
	int32_t n = ua_i32(&again);
	if (cur_ok(&again) && n > 0)
		x.body = cur_rest(&again);
	return x;
}

static void skip(struct cursor *c, unsigned type, unsigned depth);

static struct ua_variant variant(struct cursor *c, unsigned depth)
{
	uint8_t encoding = cur_u8(c);
	struct ua_variant v = {.type = encoding & VARIANT_TYPE, .array = encoding & VARIANT_IS_ARRAY, .n = 1};

	if (v.type > UA_TYPE_MAX || (v.type == UA_NULL && encoding != 0) ||
	    ((encoding & VARIANT_HAS_DIMENSIONS) && !v.array)) {
		ua_fail(c);
		return v;
	}
	if (v.array)
		v.n = ua_count(c);
	struct cursor start = *c;
	size_t fixed = fixed_bytes[v.type];
	if (fixed > 0) {
		cur_skip(c, fixed * v.n);
	} else {
		for (uint32_t i = 0; i < v.n && i < UA_ARRAY_MAX && cur_ok(c); i++)
			skip(c, v.type, depth);
	}
	v.items = cur_ok(c) ? cur_sub(&start, start.left - c->left) : start;
	if (encoding & VARIANT_HAS_DIMENSIONS) {
		v.n_dimensions = ua_count(c);
		v.dimensions = cur_sub(c, (size_t)v.n_dimensions * 4);
	}
	return v;
}

static struct ua_data_value data_value(struct cursor *c, unsigned depth)
{
	uint8_t mask = cur_u8(c);
	struct ua_data_value d = {
	    .has_value = mask & VALUE_HAS_VALUE,
	    .has_status = mask & VALUE_HAS_STATUS,
	    .has_source_time = mask & VALUE_HAS_SOURCE_TIME,
	};

	if (d.has_value)
		d.value = variant(c, depth);
	if (d.has_status)
		d.status = cur_u32le(c);
	if (d.has_source_time)
		d.source_time = (int64_t)cur_u64le(c);
	if (mask & VALUE_HAS_SOURCE_PICOSECONDS)
		cur_skip(c, 2);
	if (mask & VALUE_HAS_SERVER_TIME)
		cur_skip(c, 8);
	if (mask & VALUE_HAS_SERVER_PICOSECONDS)
		cur_skip(c, 2);
	return d;
}

struct ua_diagnostic ua_diagnostic(struct cursor *c)
{
	struct ua_diagnostic d = {.symbol = -1, .text = -1};
	uint8_t mask = DIAGNOSTIC_INNER;

	for (unsigned depth = 0; mask & DIAGNOSTIC_INNER; depth++) {
		mask = cur_u8(c);
		int32_t symbol = mask & DIAGNOSTIC_SYMBOL ? ua_i32(c) : -1;
		cur_skip(c, mask & DIAGNOSTIC_NAMESPACE ? 4 : 0);
		cur_skip(c, mask & DIAGNOSTIC_LOCALE ? 4 : 0);
		int32_t text = mask & DIAGNOSTIC_TEXT ? ua_i32(c) : -1;
		struct span info = mask & DIAGNOSTIC_INFO ? ua_bytes(c) : (struct span){NULL, 0};
		uint32_t status = mask & DIAGNOSTIC_INNER_STATUS ? cur_u32le(c) : 0;
		if (depth >= UA_NESTING_MAX)
			ua_fail(c);
		if (depth == 0)
			d = (struct ua_diagnostic){mask != 0, symbol, text, info, mask & DIAGNOSTIC_INNER_STATUS,
						   status};
	}
	return d;
}

static void skip(struct cursor *c, unsigned type, unsigned depth)
{
	if (depth >= UA_NESTING_MAX) {
		ua_fail(c);
		return;
	}
	switch (type) {
	case UA_NODE_ID:
		(void)ua_node_id(c);
		break;
	case UA_EXPANDED_NODE_ID:
		(void)ua_expanded_id(c);
		break;
	case UA_QUALIFIED_NAME:
		(void)ua_qualified_name(c, NULL);
		break;
	case UA_LOCALIZED_TEXT:
		(void)ua_localized_text(c);
		break;
	case UA_EXTENSION_OBJECT:
		(void)ua_extension(c);
		break;
	case UA_DATA_VALUE:
		(void)data_value(c, depth + 1);
		break;
	case UA_VARIANT:
		(void)variant(c, depth + 1);
		break;
	case UA_DIAGNOSTIC_INFO:
		(void)ua_diagnostic(c);
		break;
	case UA_NULL:
		break;
	default:
		if (type <= UA_TYPE_MAX && fixed_bytes[type] > 0)
			cur_skip(c, fixed_bytes[type]);
		else
			(void)ua_bytes(c);
		break;
	}
}

struct ua_variant ua_variant(struct cursor *c)
{
	return variant(c, 0);
}

struct ua_data_value ua_data_value(struct cursor *c)
{
	return data_value(c, 0);
}

void ua_skip(struct cursor *c, enum ua_type type)
{
	skip(c, type, 0);
}

void ua_skip_strings(struct cursor *c)
{
	uint32_t n = ua_count(c);

	for (uint32_t i = 0; i < n && i < UA_ARRAY_MAX && cur_ok(c); i++)
		(void)ua_bytes(c);
}

int64_t ua_time_ns(int64_t ticks)
{
	const int64_t epoch_ticks = INT64_C(116444736000000000), ticks_per_s = 10000000;
	const int64_t most = (INT64_MAX / NS_PER_S - 1) * ticks_per_s;
	int64_t since = (ticks > 0 ? ticks : 0) - epoch_ticks;

	if (since < -most)
		since = -most;
	return (since > most ? most : since) * 100;
}
