/*
 * Values of a record: texts within the room that it has, and the written forms of ids.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/digits.h"
#include "opcua/opcua_call.h"

enum {
	ID_TEXT_MAX = 512,  /* bytes of a string identifier that are shown */
	ID_OPAQUE_MAX = 96, /* bytes of an opaque identifier that are shown */
};

/* What a byte may cost as JSON: 6 where it is escaped as a number, 2 behind a backslash, else 1. */
static unsigned cost_of(uint8_t b)
{
	return 1u + 5u * (b < 0x20 || b >= 0x7f) + (b == '"' || b == '\\');
}

/* How many bytes of @text fit; never the middle of a character. */
static size_t fitting(struct span text, size_t *cost_left)
{
	size_t n = 0, most = text.len < OPCUA_TEXT_MAX ? text.len : OPCUA_TEXT_MAX, left = *cost_left;
	unsigned all = 0;

	for (size_t i = 0; i < most; i++)
		all += cost_of(text.ptr[i]);
	if (all <= left) { /* as nearly always */
		left -= all;
		n = most;
	}
	while (n < most && cost_of(text.ptr[n]) <= left)
		left -= cost_of(text.ptr[n++]);
	while (n < text.len && n > 0 && (text.ptr[n] & 0xc0) == 0x80)
		left += cost_of(text.ptr[--n]);
	*cost_left = left;
	return n;
}

bool opcua_tell_text(struct opcua_call *call, enum opcua_field_id id, struct span text)
{
	size_t n = fitting(text, &call->cost_left);

	if (n > 0)
		ev_span(call->ev, &opcua_field[id], span_head(text, n));
	call->text_cut |= n < text.len;
	return n == text.len;
}

void opcua_tell_bytes(struct opcua_call *call, enum opcua_field_id id, struct span bytes)
{
	struct span copy = arena_copy(call->out->arena, span_head(bytes, OPCUA_TEXT_MAX / 2));

	if (copy.len > 0)
		ev_span(call->ev, &opcua_field[id], copy);
}

void opcua_tell_time(struct opcua_call *call, enum opcua_field_id id, int64_t ticks)
{
	if (ticks != 0)
		ev_int(call->ev, &opcua_field[id], ua_time_ns(ticks));
}

/* What is missing of it is zero. */
static void guid_put(char *at, struct span guid)
{
	struct cursor c = cur_of(guid);
	uint8_t bytes[DIGITS_GUID_BYTES];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = cur_u8(&c);
	digits_put_guid(at, bytes);
}

/* Room for DIGITS_MAX is there, or for five of a u16. @return how many digits. */
static size_t number_put(char *at, uint32_t number)
{
	unsigned n = digits_of(number);

	digits_put(at, number, n);
	return n;
}

struct span opcua_tell_id_text(struct emitter *out, const struct ua_node_id *node)
{
	struct span bytes = span_head(node->bytes, node->kind == UA_ID_OPAQUE ? ID_OPAQUE_MAX : ID_TEXT_MAX);
	struct span uri = span_head(node->uri, ID_TEXT_MAX);
	size_t room = 64 + uri.len + bytes.len * 4 / 3 + DIGITS_GUID_TEXT, n = 0;
	char *buf = arena_alloc(out->arena, room);

	if (!buf)
		return (struct span){NULL, 0};
	if (node->server > 0)
		n += (size_t)snprintf(buf, room, "svr=%u;", node->server);
	if (uri.len > 0) {
		memcpy(buf + n, "nsu=", 4);
		memcpy(buf + n + 4, uri.ptr, uri.len);
		n += 4 + uri.len;
		buf[n++] = ';';
	} else if (node->namespace > 0) {
		memcpy(buf + n, "ns=", 3);
		n += 3;
		n += number_put(buf + n, node->namespace);
		buf[n++] = ';';
	}
	switch ((enum ua_id_kind)node->kind) {
	case UA_ID_NUMERIC:
		memcpy(buf + n, "i=", 2);
		n += 2;
		n += number_put(buf + n, node->numeric);
		break;
	case UA_ID_STRING:
		memcpy(buf + n, "s=", 2);
		n += 2;
		if (bytes.len > 0)
			memcpy(buf + n, bytes.ptr, bytes.len);
		n += bytes.len;
		break;
	case UA_ID_GUID:
		memcpy(buf + n, "g=", 2);
		guid_put(buf + n + 2, bytes);
		n += 2 + DIGITS_GUID_TEXT;
		break;
	case UA_ID_OPAQUE:
		memcpy(buf + n, "b=", 2);
		n += 2 + (size_t)EVP_EncodeBlock((uint8_t *)buf + n + 2, bytes.ptr, (int)bytes.len);
		break;
	}
	return span_of(buf, n);
}

void opcua_tell_id(struct opcua_call *call, enum opcua_field_id id, const struct ua_node_id *node)
{
	(void)opcua_tell_text(call, id, opcua_tell_id_text(call->out, node));
}

struct span opcua_tell_name_text(struct emitter *out, uint16_t namespace, struct span name)
{
	if (namespace == 0)
		return name;
	name = span_head(name, ID_TEXT_MAX);
	char *buf = arena_alloc(out->arena, name.len + 8);
	if (!buf)
		return (struct span){NULL, 0};
	size_t n = number_put(buf, namespace);
	buf[n++] = ':';
	if (name.len > 0)
		memcpy(buf + n, name.ptr, name.len);
	return span_of(buf, n + name.len);
}

void opcua_tell_name(struct opcua_call *call, enum opcua_field_id id, uint16_t namespace, struct span name)
{
	(void)opcua_tell_text(call, id, opcua_tell_name_text(call->out, namespace, name));
}
