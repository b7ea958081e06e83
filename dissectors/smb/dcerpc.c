#include "smb/dcerpc.h"

#include <string.h>

enum {
	VERSION = 5,
	MINOR_MAX = 1,
	FLAG_FIRST = 0x01,
	FLAG_OBJECT = 0x80,
	TYPE_MAX = 20,
	SYNTAX_BYTES = 20, /* UUID and version */
	TRAILER_BYTES = 8, /* in front of the security token */
};

static uint16_t u16(struct cursor *c, bool little)
{
	return little ? cur_u16le(c) : cur_u16be(c);
}

static uint32_t u32(struct cursor *c, bool little)
{
	return little ? cur_u32le(c) : cur_u32be(c);
}

/*
 *   | version u8 = 5 | minor u8 | type u8 | flags u8 | data representation 4 | fragment length u16 |
 *   | auth length u16 | call id u32 |
 */
bool dcerpc_header(struct span bytes, struct dcerpc_header *h)
{
	struct cursor c = cur_of(bytes);
	uint8_t version = cur_u8(&c), minor = cur_u8(&c);

	h->type = cur_u8(&c);
	uint8_t flags = cur_u8(&c);
	uint8_t order = cur_u8(&c), floats = cur_u8(&c);
	uint16_t rest = cur_u16le(&c);
	h->little = order >> 4 == 1;
	h->first = flags & FLAG_FIRST;
	h->object = flags & FLAG_OBJECT;
	h->frag_bytes = u16(&c, h->little);
	h->auth_bytes = u16(&c, h->little);
	h->call_id = u32(&c, h->little);
	return cur_ok(&c) && version == VERSION && minor <= MINOR_MAX && h->type <= TYPE_MAX && order >> 4 <= 1 &&
	       (order & 0x0f) <= 1 && floats <= 3 && rest == 0 && h->frag_bytes >= DCERPC_HEADER_BYTES &&
	       h->auth_bytes <= h->frag_bytes - DCERPC_HEADER_BYTES;
}

static void take_uuid(struct cursor *c, bool little, uint8_t out[static DCERPC_UUID_BYTES])
{
	struct cursor raw = *c;
	const uint8_t *bytes = cur_take(c, DCERPC_UUID_BYTES);

	if (!bytes)
		return;
	memcpy(out, bytes, DCERPC_UUID_BYTES);
	if (little)
		return;
	uint32_t low = cur_u32be(&raw);
	uint16_t mid = cur_u16be(&raw), high = cur_u16be(&raw);
	for (unsigned i = 0; i < 4; i++)
		out[i] = (uint8_t)(low >> 8 * i);
	for (unsigned i = 0; i < 2; i++) {
		out[4 + i] = (uint8_t)(mid >> 8 * i);
		out[6 + i] = (uint8_t)(high >> 8 * i);
	}
}

/*
 *   | max transmit u16 | max receive u16 | group u32 | n u8 | reserved 3 |
 *   n times | context u16 | transfer syntaxes u8 | reserved u8 | interface UUID 16 | major u16, minor u16 |
 *   | 20 a transfer syntax |
 */
static void bind(struct cursor *c, struct dcerpc *out)
{
	bool little = out->h.little;

	cur_skip(c, 8);
	uint8_t n = cur_u8(c);
	cur_skip(c, 3);
	for (unsigned i = 0; i < n && i < DCERPC_INTERFACES_MAX && cur_ok(c); i++) {
		struct dcerpc_bound *b = &out->bound[i];
		b->context = u16(c, little);
		uint8_t syntaxes = cur_u8(c);
		cur_skip(c, 1);
		take_uuid(c, little, b->uuid);
		uint32_t version = u32(c, little);
		b->major = (uint16_t)version;
		b->minor = (uint16_t)(version >> 16);
		cur_skip(c, (size_t)syntaxes * SYNTAX_BYTES);
		if (cur_ok(c))
			out->n_bound = i + 1;
	}
}

static struct span security_token(struct span bytes, const struct dcerpc_header *h)
{
	if (h->auth_bytes == 0 || h->frag_bytes < h->auth_bytes + DCERPC_HEADER_BYTES + TRAILER_BYTES)
		return (struct span){NULL, 0};
	struct span s = span_skip(span_head(bytes, h->frag_bytes), (size_t)h->frag_bytes - h->auth_bytes);
	return s.len == h->auth_bytes ? s : (struct span){NULL, 0};
}

int dcerpc_read(struct span bytes, struct dcerpc *out)
{
	*out = (struct dcerpc){.n_bound = 0};
	if (!dcerpc_header(bytes, &out->h))
		return -1;
	struct cursor c = cur_of(span_head(bytes, out->h.frag_bytes));
	bool little = out->h.little;
	cur_skip(&c, DCERPC_HEADER_BYTES);
	switch (out->h.type) {
	case DCERPC_REQUEST: /* | size hint u32 | context u16 | opnum u16 | object UUID 16, by a flag | arguments | */
		cur_skip(&c, 4);
		out->context = u16(&c, little);
		out->opnum = u16(&c, little);
		if (out->h.object)
			cur_skip(&c, DCERPC_UUID_BYTES);
		out->stub = cur_rest(&c);
		break;
	case DCERPC_RESPONSE: /* | size hint u32 | context u16 | cancel count u8 | reserved u8 | results | */
		cur_skip(&c, 4);
		out->context = u16(&c, little);
		cur_skip(&c, 2);
		out->stub = cur_rest(&c);
		break;
	case DCERPC_FAULT_PDU: /* | size hint u32 | context u16 | cancel count u8 | reserved u8 | status u32 | */
		cur_skip(&c, 4);
		out->context = u16(&c, little);
		cur_skip(&c, 2);
		out->fault = u32(&c, little);
		break;
	case DCERPC_BIND:
	case DCERPC_ALTER_CONTEXT:
		bind(&c, out);
		break;
	default:
		break;
	}
	out->auth = security_token(bytes, &out->h);
	return cur_ok(&c) || out->n_bound > 0 ? 0 : 1;
}

bool dcerpc_is_request(uint8_t type)
{
	return type == DCERPC_REQUEST || type == DCERPC_BIND || type == DCERPC_ALTER_CONTEXT || type == DCERPC_AUTH3 ||
	       type == DCERPC_CANCEL || type == DCERPC_ORPHANED;
}

/*
 * A tower (C706 appendix L): | floors u16 |, then a floor | length u16 | protocol u8, its data | length u16 |
 * | data |. The first floor is the
 * interface (0x0d, UUID, major), one of the later ones TCP with its port (0x07), big-endian.
 */
static bool tower(struct cursor c, struct dcerpc_endpoint *out)
{
	enum { PROTOCOL_UUID = 0x0d, PROTOCOL_TCP = 0x07, FLOORS_MAX = 8 };
	uint16_t floors = cur_u16le(&c);

	for (unsigned i = 0; i < floors && i < FLOORS_MAX && cur_ok(&c); i++) {
		struct cursor left = cur_sub(&c, cur_u16le(&c));
		struct cursor right = cur_sub(&c, cur_u16le(&c));
		uint8_t protocol = cur_u8(&left);
		if (!cur_ok(&c) || !cur_ok(&left))
			return false;
		if (i == 0 && protocol == PROTOCOL_UUID && cur_left(&left) >= DCERPC_UUID_BYTES) {
			memcpy(out->uuid, cur_take(&left, DCERPC_UUID_BYTES), DCERPC_UUID_BYTES);
			out->has_uuid = true;
		} else if (protocol == PROTOCOL_TCP) {
			out->port = cur_u16be(&right);
			out->has_port = cur_ok(&right);
		}
	}
	return out->has_uuid;
}

/*
 * NDR of ept_map: request | object: pointer u32, UUID 16 where not null |
 * | tower: pointer u32, size u32, size u32, bytes | ...
 * response | handle 20 | n u32 | room u32 | first u32 | n u32 | n pointers u32 |
 * | size u32, size u32, bytes, each to 4 | status u32 |
 */
bool dcerpc_endpoint(struct span stub, bool response, struct dcerpc_endpoint *out)
{
	enum { HANDLE_BYTES = 20, TOWERS_MAX = 64 };
	struct cursor c = cur_of(stub);

	*out = (struct dcerpc_endpoint){.has_uuid = false};
	if (response) {
		cur_skip(&c, HANDLE_BYTES);
		uint32_t n = cur_u32le(&c);
		cur_skip(&c, 12);
		if (n == 0 || n > TOWERS_MAX)
			return false;
		cur_skip(&c, (size_t)n * 4);
	} else {
		if (cur_u32le(&c) != 0)
			cur_skip(&c, DCERPC_UUID_BYTES);
		cur_skip(&c, 4);
	}
	uint32_t room = cur_u32le(&c), size = cur_u32le(&c);
	if (!cur_ok(&c) || room != size)
		return false;
	return tower(cur_sub(&c, size), out);
}
