#include "opcua/opcua_value.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/digits.h"
#include "base/when.h"

enum {
	ITEMS_SHOWN_MAX = 16, /* of an array */
	DIMENSIONS_SHOWN_MAX = 8,
	HEX_SHOWN_MAX = 64, /* bytes of a ByteString */
	GUID_BYTES = 16,
};

#define EXACT_IN_DOUBLE (INT64_C(1) << 53)

static struct span text_kept(struct opcua_call *call, const char *text)
{
	return arena_copy(call->out->arena, span_str(text));
}

static struct span hex_text(struct opcua_call *call, struct span bytes)
{
	struct span shown = span_head(bytes, HEX_SHOWN_MAX);
	char buf[2 * HEX_SHOWN_MAX];

	digits_put_hex(buf, shown.ptr, shown.len);
	return arena_copy(call->out->arena, span_of(buf, 2 * shown.len));
}

static struct span status_text(struct opcua_call *call, uint32_t status)
{
	const char *name = enum_token(&opcua_status_names, status & 0xffff0000);
	char buf[16];

	if (name)
		return span_str(name);
	snprintf(buf, sizeof(buf), "0x%08x", status);
	return text_kept(call, buf);
}

static struct span guid_text(struct opcua_call *call, struct cursor *c)
{
	struct ua_node_id id = {.kind = UA_ID_GUID, .bytes = cur_span(c, GUID_BYTES)};

	return span_skip(opcua_tell_id_text(call->out, &id), 2);
}

/* How a value that is neither number nor Boolean is written. @return false where not all of it is. */
static bool item_text(struct opcua_call *call, uint8_t type, struct cursor *c, struct span *text)
{
	char buf[WHEN_TEXT_MAX];
	uint16_t namespace;
	struct ua_node_id id;
	struct ua_extension x;
	struct span bytes;

	switch (type) {
	case UA_INT64:
		snprintf(buf, sizeof(buf), "%lld", (long long)cur_u64le(c));
		*text = text_kept(call, buf);
		return true;
	case UA_UINT64:
		snprintf(buf, sizeof(buf), "%llu", (unsigned long long)cur_u64le(c));
		*text = text_kept(call, buf);
		return true;
	case UA_DATE_TIME:
		*text = text_kept(call, when_format(ua_time_ns((int64_t)cur_u64le(c)), buf));
		return true;
	case UA_GUID:
		*text = guid_text(call, c);
		return true;
	case UA_STRING:
	case UA_XML_ELEMENT:
		*text = ua_bytes(c);
		return true;
	case UA_NODE_ID:
	case UA_EXPANDED_NODE_ID:
		id = ua_expanded_id(c);
		*text = opcua_tell_id_text(call->out, &id);
		return true;
	case UA_STATUS_CODE:
		*text = status_text(call, cur_u32le(c));
		return true;
	case UA_QUALIFIED_NAME:
		bytes = ua_qualified_name(c, &namespace);
		*text = opcua_tell_name_text(call->out, namespace, bytes);
		return true;
	case UA_LOCALIZED_TEXT:
		*text = ua_localized_text(c);
		return true;
	case UA_EXTENSION_OBJECT:
		x = ua_extension(c);
		*text = opcua_tell_id_text(call->out, &x.type);
		return true;
	case UA_DIAGNOSTIC_INFO:
		*text = ua_diagnostic(c).info;
		return true;
	default:
		bytes = ua_bytes(c);
		*text = hex_text(call, bytes);
		return bytes.len <= HEX_SHOWN_MAX;
	}
}

/* @return whether @type is one, and it fits a double: then it is read. */
static bool item_number(uint8_t type, struct cursor *c, double *number)
{
	struct cursor at = *c;
	uint32_t bits;
	float f;
	int64_t i;
	uint64_t u;

	switch (type) {
	case UA_SBYTE:
		*number = (int8_t)cur_u8(c);
		return true;
	case UA_BYTE:
		*number = cur_u8(c);
		return true;
	case UA_INT16:
		*number = (int16_t)cur_u16le(c);
		return true;
	case UA_UINT16:
		*number = cur_u16le(c);
		return true;
	case UA_INT32:
		*number = ua_i32(c);
		return true;
	case UA_UINT32:
		*number = cur_u32le(c);
		return true;
	case UA_INT64:
		i = (int64_t)cur_u64le(&at);
		if (i > EXACT_IN_DOUBLE || i < -EXACT_IN_DOUBLE)
			return false;
		*number = (double)i;
		break;
	case UA_UINT64:
		u = cur_u64le(&at);
		if (u > (uint64_t)EXACT_IN_DOUBLE)
			return false;
		*number = (double)u;
		break;
	case UA_FLOAT:
		bits = cur_u32le(&at);
		memcpy(&f, &bits, sizeof(f));
		*number = (double)f;
		break;
	case UA_DOUBLE:
		*number = ua_double(&at);
		break;
	default:
		return false;
	}
	*c = at;
	return true;
}

/* Tells the value at @c, as the one of @first or as the next of its list. @return false where not all of it is told. */
static bool item_told(struct opcua_call *call, enum opcua_field_id first, uint8_t type, struct cursor *c, bool list)
{
	unsigned lists = list ? OPCUA_VALUE_NUMBERS - OPCUA_VALUE_NUMBER : 0;
	struct ua_variant inner = {.n = 0};
	struct span text;
	double number;

	if (type == UA_VARIANT)
		inner = ua_variant(c);
	else if (type == UA_DATA_VALUE)
		inner = ua_data_value(c).value;
	if (type == UA_VARIANT || type == UA_DATA_VALUE) {
		if (inner.type == UA_VARIANT || inner.type == UA_DATA_VALUE || inner.array || inner.type == UA_NULL)
			return false; /* what lies deeper is not told */
		return item_told(call, first, inner.type, &inner.items, list);
	}
	if (type == UA_BOOLEAN) {
		opcua_tell_uint(call, first + OPCUA_VALUE_BOOL + lists, cur_u8(c) != 0);
		return true;
	}
	if (item_number(type, c, &number)) {
		opcua_tell_float(call, first + OPCUA_VALUE_NUMBER + lists, number);
		return true;
	}
	bool whole = item_text(call, type, c, &text);
	if (type == UA_EXTENSION_OBJECT && !list) {
		(void)opcua_tell_text(call, first + OPCUA_VALUE_TYPE_ID, text);
		return true;
	}
	/* An empty text is a value too. */
	if (text.len == 0)
		ev_span(call->ev, &opcua_field[first + OPCUA_VALUE_TEXT + lists], text);
	return opcua_tell_text(call, first + OPCUA_VALUE_TEXT + lists, text) && whole;
}

void opcua_value_told(struct opcua_call *call, enum opcua_field_id first, const struct ua_variant *v, bool secret)
{
	struct cursor items = v->items, dimensions = v->dimensions;
	bool whole = true;

	opcua_tell_uint(call, first + OPCUA_VALUE_TYPE, v->type < UA_TYPES ? v->type : UA_BYTE_STRING);
	if (secret && v->type != UA_NULL) {
		opcua_tell_uint(call, first + OPCUA_VALUE_REDACTED, true);
		return;
	}
	if (!v->array) {
		if (v->type != UA_NULL)
			whole = item_told(call, first, v->type, &items, false);
	} else {
		uint32_t shown = ITEMS_SHOWN_MAX < call->items_left ? ITEMS_SHOWN_MAX : call->items_left;
		shown = v->n < shown ? v->n : shown;
		call->items_left -= shown;
		for (uint32_t i = 0; i < shown; i++)
			whole &= item_told(call, first, v->type, &items, true);
		whole &= shown == v->n;
		opcua_tell_uint(call, first + OPCUA_VALUE_LENGTH, v->n);
		for (uint32_t i = 0; i < v->n_dimensions && i < DIMENSIONS_SHOWN_MAX; i++)
			opcua_tell_uint(call, first + OPCUA_VALUE_DIMENSIONS, cur_u32le(&dimensions));
	}
	if (!whole)
		opcua_tell_uint(call, first + OPCUA_VALUE_TRUNCATED, true);
}

bool opcua_value_is_secret(const struct ua_node_id *node)
{
	static const char *const words[] = {"password", "passwd", "passphrase", "secret", "credential", "privatekey"};
	static const char first_letters[] = "pscPSC"; /* theirs: few letters of a name are looked at any further */

	if (node->kind != UA_ID_STRING)
		return false;
	for (struct cursor name = cur_of(node->bytes); cur_left(&name) > 0; cur_skip(&name, 1)) {
		struct cursor letter = name;
		if (!memchr(first_letters, cur_u8(&letter), strlen(first_letters)))
			continue;
		for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
			struct cursor from = name;
			struct span here = cur_span(&from, strlen(words[w]));
			if (cur_ok(&from) && strncasecmp((const char *)here.ptr, words[w], here.len) == 0)
				return true;
		}
	}
	return false;
}
