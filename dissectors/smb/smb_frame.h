/*
 * Where the messages of a stream end: NetBIOS session service (RFC 1002 4.3) on TCP 139, and its four bytes of
 * length on TCP 445
 * (SMB2 2.1). Knows nothing of transactions.
 */
#ifndef SEKISHO_SMB_SMB_FRAME_H
#define SEKISHO_SMB_SMB_FRAME_H

#include "event/dissector.h"

enum {
	NBSS_HEADER_BYTES = 4,
	SMB_DELIVER_MAX = 68 * 1024, /* of one message; transactions of SMB1 end at 64 KiB */
	SMB_HEAD_BYTES = 1024,       /* of what is read or written */
	SMB_RPC_BYTES = 4096,        /* the same where it is DCE/RPC: a bind may be long */
};

enum nbss_type {
	NBSS_MESSAGE = 0x00,
	NBSS_REQUEST = 0x81,
	NBSS_POSITIVE = 0x82,
	NBSS_NEGATIVE = 0x83,
	NBSS_RETARGET = 0x84,
	NBSS_KEEPALIVE = 0x85,
};

/** First byte of the four that every message begins with. */
enum smb_magic { SMB_MAGIC_1 = 0xff, SMB_MAGIC_2 = 0xfe, SMB_MAGIC_ENCRYPTED = 0xfd, SMB_MAGIC_COMPRESSED = 0xfc };

/** @return the magic at the start of @bytes, or 0. */
uint8_t smb_frame_magic(struct span bytes);

/** struct dissector.frame */
struct frame smb_frame_end(const void *state, enum dir dir, struct span avail);

/** struct dissector.probe */
enum probe smb_frame_probe(struct span head, bool from_server_port);

#endif
