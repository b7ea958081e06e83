#include "opcua/opcua_shape.h"

#include <string.h>

#include "opcua/opcua_types.h"

static const char tags[OPCUA_TYPES][4] = {
    [OPCUA_HEL] = "HEL", [OPCUA_ACK] = "ACK", [OPCUA_ERR] = "ERR", [OPCUA_RHE] = "RHE",
    [OPCUA_OPN] = "OPN", [OPCUA_CLO] = "CLO", [OPCUA_MSG] = "MSG",
};
enum {
	TAG_BYTES = 3,
	SEQUENCE_HEADER_BYTES = 8,
	/* So many bytes of a MSG show its service, whose id is a numeric node id. P6 6.7.2, 5.2.2.9 */
	SERVICE_SHOWN_BYTES = OPCUA_CHANNEL_HEADER_BYTES + 4 + SEQUENCE_HEADER_BYTES + 7,
};

/* The shortest of each type: all strings empty. P6 6.7.2, 7.1.2 */
static const uint8_t least_bytes[OPCUA_TYPES] = {
    [OPCUA_HEL] = 32, [OPCUA_ACK] = 28, [OPCUA_ERR] = 16, [OPCUA_RHE] = 16,
    [OPCUA_OPN] = 32, [OPCUA_CLO] = 24, [OPCUA_MSG] = 24,
};

/* ACK has no strings; the strings of the others are at most 4096 bytes each. P6 7.1.2 */
static const uint32_t most_bytes[OPCUA_TYPES] = {
    [OPCUA_HEL] = 32 + 4096,       [OPCUA_ACK] = 28,
    [OPCUA_ERR] = 16 + 4096,       [OPCUA_RHE] = 16 + 2 * 4096,
    [OPCUA_OPN] = OPCUA_CHUNK_MAX, [OPCUA_CLO] = OPCUA_CHUNK_MAX,
    [OPCUA_MSG] = OPCUA_CHUNK_MAX,
};

bool opcua_shape_header(struct span bytes, struct opcua_header *out)
{
	struct cursor c = cur_of(bytes);
	const uint8_t *tag = cur_take(&c, TAG_BYTES);

	out->flag = cur_u8(&c);
	out->size = cur_u32le(&c);
	for (uint8_t i = 0; cur_ok(&c) && i < OPCUA_TYPES; i++) {
		if (memcmp(tag, tags[i], TAG_BYTES) == 0) {
			out->type = i;
			return true;
		}
	}
	return false;
}

bool opcua_shape_plausible(const struct opcua_header *h)
{
	bool chunked = h->type >= OPCUA_OPN;

	return (h->flag == 'F' || (chunked && (h->flag == 'C' || h->flag == 'A'))) && h->size >= least_bytes[h->type] &&
	       h->size <= most_bytes[h->type];
}

bool opcua_shape_begins(struct span bytes)
{
	struct opcua_header h;

	if (bytes.len >= OPCUA_HEADER_BYTES)
		return opcua_shape_header(bytes, &h) && opcua_shape_plausible(&h);
	if (bytes.len == 0)
		return true; /* nothing stands against it */
	for (unsigned i = 0; i < OPCUA_TYPES; i++) {
		if (memcmp(bytes.ptr, tags[i], bytes.len < TAG_BYTES ? bytes.len : TAG_BYTES) == 0)
			return bytes.len <= TAG_BYTES || strchr("FCA", bytes.ptr[TAG_BYTES]);
	}
	return false;
}

enum opcua_kind opcua_shape_service(struct span body)
{
	struct cursor c = cur_of(body);
	enum opcua_service_no no;

	cur_skip(&c, 8);
	struct ua_node_id id = ua_node_id(&c);
	if (!cur_ok(&c) || id.kind != UA_ID_NUMERIC || id.namespace != 0)
		return OPCUA_KIND_NONE;
	return opcua_service_find(id.numeric, &no);
}

enum probe opcua_shape_probe(struct span head, bool from_server_port)
{
	struct opcua_header h;

	(void)from_server_port;
	if (head.len < OPCUA_HEADER_BYTES)
		return opcua_shape_begins(head) ? PROBE_MORE : PROBE_NO;
	if (!opcua_shape_header(head, &h) || !opcua_shape_plausible(&h))
		return PROBE_NO;
	switch (h.type) {
	case OPCUA_HEL:
	case OPCUA_RHE: /* from a server, but it is who has opened the connection */
		return PROBE_REQUEST;
	case OPCUA_ACK:
	case OPCUA_ERR:
		return PROBE_RESPONSE;
	case OPCUA_MSG:
	case OPCUA_CLO:
		switch (opcua_shape_service(span_skip(head, OPCUA_CHANNEL_HEADER_BYTES + 4))) {
		case OPCUA_KIND_REQUEST:
			return PROBE_REQUEST;
		case OPCUA_KIND_RESPONSE:
		case OPCUA_KIND_FAULT:
			return PROBE_RESPONSE;
		default:
			/* Who asks is told by the service, wherever the segment ends. */
			return head.len < SERVICE_SHOWN_BYTES && head.len < h.size ? PROBE_MORE : PROBE_EITHER;
		}
	default:
		return PROBE_EITHER;
	}
}
