/*
 * Where chunks begin and end, judged from their headers alone (P6 7.1.2.2): for framing, for telling strangers, and for
 * going on after a gap.
 *
 *   | type 3 bytes | F, C or A | size u32 |  and for OPN, CLO, MSG  | channel u32 |
 */
#ifndef SEKISHO_OPCUA_OPCUA_SHAPE_H
#define SEKISHO_OPCUA_OPCUA_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "event/dissector.h"
#include "opcua/opcua.h"

enum {
	OPCUA_HEADER_BYTES = 8,
	OPCUA_CHANNEL_HEADER_BYTES = 12,
	OPCUA_DELIVER_MAX = 65536,   /* of one chunk; the largest that servers and clients agree on by default */
	OPCUA_CHUNK_MAX = 16u << 20, /* more is no size that anybody agreed on */
};

struct opcua_header {
	uint8_t type; /* enum opcua_type */
	uint8_t flag; /* 'F' last chunk of its message, 'C' more follow, 'A' given up */
	uint32_t size;
};

/** Reads the header. @return false where it is not there or the type is none. Flag and size are not judged. */
bool opcua_shape_header(struct span bytes, struct opcua_header *out);

/** Could this header stand before a chunk? */
bool opcua_shape_plausible(const struct opcua_header *h);

/** Are these bytes, fewer than a header perhaps, how a chunk begins? */
bool opcua_shape_begins(struct span bytes);

/** What service message begins at @body: sequence number, request id, encoding id. OPCUA_KIND_NONE: none, or not to be
 * read. */
enum opcua_kind opcua_shape_service(struct span body);

/** struct dissector.probe */
enum probe opcua_shape_probe(struct span head, bool from_server_port);

#endif
