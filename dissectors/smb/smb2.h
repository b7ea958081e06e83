/*
 * SMB 2 and 3: messages read, requests paired with responses.
 */
#ifndef SEKISHO_SMB_SMB2_H
#define SEKISHO_SMB_SMB2_H

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "smb/smb_state.h"

enum {
	SMB2_HEADER_BYTES = 64,
	SMB2_TRANSFORM_BYTES = 52,
	SMB2_COMPRESSION_BYTES = 16,
	SMB2_PACKED_BYTES = 1024, /* of a compressed content that is unpacked */
};

enum smb2_flags {
	SMB2_FLAG_RESPONSE = 0x01,
	SMB2_FLAG_ASYNC = 0x02,
	SMB2_FLAG_RELATED = 0x04,
	SMB2_FLAG_SIGNED = 0x08,
};

struct smb2_header {
	uint32_t status; /* responses */
	uint16_t command;
	uint32_t flags;
	uint32_t next; /* bytes to the next message of a compound; 0: there is none */
	uint64_t message_id;
	uint32_t tree_id; /* 0 with SMB2_FLAG_ASYNC */
	uint64_t session_id;
};

/** A request, a response or both, as far as they were seen. Messages begin at their headers and may be cut at their
 * ends. */
struct smb2_exchange {
	struct smb_flow *f;
	bool asked, answered;
	struct smb2_header req, rsp;
	struct span request, response;
	bool request_cut;            /* not all of it was kept */
	bool pending;                /* an interim response came first */
	bool good;                   /* the response carries its command's body, not an error */
	bool noise;                  /* SMB_REQUEST_NOISE */
	uint32_t id;                 /* smb.id */
	struct smb_ids ids;          /* that the messages mean */
	uint8_t fid[SMB_GUID_BYTES]; /* of commands that work on a handle */
	bool has_fid;
	enum function_class class;
	const char *malformed; /* reason, or NULL */
};

/** @return false where these are no 64 bytes of SMB 2. */
bool smb2_header(struct span message, struct smb2_header *h);

/**
 * A message or compound of a flow, complete or cut at its end. @wire: bytes of it on the wire.
 */
void smb2_messages(struct smb_flow *f, struct span bytes, size_t wire);

/** One message of a compound that is read piece by piece. @wire: bytes of it on the wire. */
void smb2_piece(struct smb_flow *f, const struct smb2_header *h, struct span message, size_t wire);

/** A transform header (3, 0xfd): counted, and told once. */
void smb2_encrypted(struct smb_flow *f, struct span bytes);

/** A compression header (0xfc). @wire: bytes of the message on the wire. */
void smb2_compressed(struct smb_flow *f, struct span bytes, size_t wire);

/** smb_flow.unanswered for requests of version 2. */
void smb2_unanswered(struct smb_flow *f, const struct smb_request *r);

/** Bytes of a request that are worth keeping until its answer. */
struct span smb2_kept(const struct smb2_header *h, struct span message);

/* Bodies: push what holds together; set malformed and class. smb2_session.c, smb2_file.c, smb2_info.c */
void smb2_push_negotiate(struct smb2_exchange *x, struct event *ev);
void smb2_push_session_setup(struct smb2_exchange *x, struct event *ev);
void smb2_push_tree_connect(struct smb2_exchange *x, struct event *ev);
void smb2_push_create(struct smb2_exchange *x, struct event *ev);
void smb2_push_close(struct smb2_exchange *x, struct event *ev);
void smb2_push_read(struct smb2_exchange *x, struct event *ev);
void smb2_push_write(struct smb2_exchange *x, struct event *ev);
void smb2_push_ioctl(struct smb2_exchange *x, struct event *ev);
void smb2_push_find(struct smb2_exchange *x, struct event *ev);
void smb2_push_query_info(struct smb2_exchange *x, struct event *ev);
void smb2_push_set_info(struct smb2_exchange *x, struct event *ev);
/** Commands of which nothing but the handle is told. */
void smb2_push_handle(struct smb2_exchange *x, struct event *ev);

/** Of a WRITE request, all of it there: does it overwrite the beginning of a file with noise? */
bool smb2_writes_noise(struct span message);

/** The dialect that a negotiate response chose; before its record is told. */
void smb2_learn_dialect(struct smb2_exchange *x);
/** What later messages need: shares, files, interfaces. After the record is told. */
void smb2_learn_tree(struct smb2_exchange *x);
void smb2_learn_file(struct smb2_exchange *x);
/** Of a request alone, with its file id: interfaces that it binds on a pipe. */
void smb2_learn_bound(struct smb2_exchange *x);
/** After emit_end(): what both sides say of themselves. */
void smb2_introduce(struct smb2_exchange *x);
/** The security blob of a SESSION_SETUP response, or empty. */
struct span smb2_setup_blob(const struct smb2_exchange *x);

/** Reads the file id of the request, where it has one. */
void smb2_take_fid(struct smb2_exchange *x);
/** Of a request alone: the file id that it has, or means as one of a chain; and what that is for the one behind. */
void smb2_chain_fid(struct smb2_exchange *x);
/** Writes the file id that a kept request means in the place of none. */
void smb2_keep_fid(struct smb_request *r, const uint8_t fid[static SMB_GUID_BYTES]);
/** `fuid`, and `filename` where the handle is known; else with @number "fid:..." . */
void smb2_push_file(struct smb2_exchange *x, struct event *ev, bool number);
/** The name of x->fid, or empty. */
struct span smb2_file_name(const struct smb2_exchange *x);

#endif
