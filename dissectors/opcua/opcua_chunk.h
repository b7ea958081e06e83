/*
 * Chunks of a secure channel put together into messages (P6 6.7).
 *
 *   OPN       | header | channel u32 | policy URI | sender's certificate | receiver's thumbprint | sequence u32 |
 * request u32 | body | signature MSG, CLO  | header | channel u32 | token u32 | sequence u32 | request u32 | body |
 * signature
 *
 * Everything from the sequence number on is encrypted with mode SignAndEncrypt, and always in OPN with a policy that
 * has a key to do so. Which mode it is stands nowhere in clear: a body that begins with the encoding id of a service
 * was not encrypted.
 */
#ifndef SEKISHO_OPCUA_OPCUA_CHUNK_H
#define SEKISHO_OPCUA_OPCUA_CHUNK_H

#include "opcua/opcua_shape.h"
#include "opcua/opcua_state.h"

/** A message, whole as far as it was kept. Borrowed for the call. */
struct opcua_message {
	uint8_t type; /* enum opcua_type: OPN, CLO, MSG */
	enum dir dir;
	uint32_t channel_id, request_id, sequence, chunks;
	uint64_t wire_bytes;
	bool encrypted; /* nothing below is known */
	bool cut;       /* body is the beginning only */
	bool in_part;   /* body lies in the state: opcua_state_part() */
	bool aborted;
	struct span body;                                /* encoding id and what follows; aborted: error and reason */
	struct span policy_uri, certificate, thumbprint; /* OPN */
};

/** A chunk of OPN, CLO or MSG, @bytes from its header on. @return the state, which may have moved. */
struct opcua_state *opcua_chunk_taken(struct opcua_state *s, enum dir dir, const struct opcua_header *h,
				      struct span bytes, struct emitter *out);

/** Bytes of @dir are missing. @return the state, which may have moved. */
struct opcua_state *opcua_chunk_lost(struct opcua_state *s, enum dir dir, struct emitter *out);

/** Towards the server? The client is who opened the connection, but for reverse connections. */
static inline enum opcua_direction opcua_chunk_direction(const struct opcua_state *s, enum dir dir)
{
	return (dir == DIR_REQUEST) != s->client_turned ? OPCUA_TO_SERVER : OPCUA_TO_CLIENT;
}

/** The last part of a policy's or profile's URI. */
struct span opcua_chunk_uri_tail(struct span uri);

#endif
