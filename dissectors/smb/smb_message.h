/*
 * A whole SMB message, wherever it came from: a stream, a datagram, a frame without TCP/IP.
 */
#ifndef SEKISHO_SMB_SMB_MESSAGE_H
#define SEKISHO_SMB_SMB_MESSAGE_H

#include "smb/smb_state.h"

struct smb_flow smb_flow_of(struct smb_state *s, struct emitter *out);

/** Reads a message, from its magic on, complete or cut at its end. @wire: bytes of it on the wire. */
void smb_message_take(struct smb_flow *f, struct span message, size_t wire);

#endif
