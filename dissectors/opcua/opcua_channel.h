/*
 * Steps of the transport and of the secure channel, each a record of its own: HEL, ACK, RHE, ERR (P6 7.1.2) and OPN
 * (P4 5.5.2, P6 6.7.2.3).
 */
#ifndef SEKISHO_OPCUA_OPCUA_CHANNEL_H
#define SEKISHO_OPCUA_OPCUA_CHANNEL_H

#include "opcua/opcua_chunk.h"

/** HEL, ACK, RHE or ERR. Remembers the limits that it sets. */
void opcua_channel_hello_taken(struct opcua_state *s, enum dir dir, const struct opcua_header *h, struct span bytes,
			       struct emitter *out);

/** OPN, its policy already remembered. */
void opcua_channel_open_told(struct opcua_state *s, const struct opcua_message *m, struct emitter *out);

#endif
