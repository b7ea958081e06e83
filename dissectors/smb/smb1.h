/*
 * SMB 1: messages read, their AndX chains taken apart, requests paired with responses.
 */
#ifndef SEKISHO_SMB_SMB1_H
#define SEKISHO_SMB_SMB1_H

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "smb/smb_state.h"

enum {
	SMB1_HEADER_BYTES = 32,
	SMB1_CHAIN_MAX = 32, /* commands of one message */
};

enum smb1_flags {
	SMB1_FLAG_RESPONSE = 0x80,
	SMB1_FLAG2_SIGNED = 0x0004,
	SMB1_FLAG2_NT_STATUS = 0x4000,
	SMB1_FLAG2_UNICODE = 0x8000,
};

struct smb1_header {
	uint8_t command, flags;
	uint16_t flags2;
	uint32_t status;
	uint16_t tree_id, user_id, multiplex_id;
	uint32_t process_id;
};

/** One command of a message: | word count u8 | words u16 ... | byte count u16 | bytes |. */
struct smb1_block {
	uint8_t command;
	bool ok; /* its words are all there */
	struct span words;
	struct span bytes; /* as far as they are there */
	size_t bytes_at;   /* from the header's start: text is aligned to that */
};

/** A command's request, its response or both. */
struct smb1_exchange {
	struct smb_flow *f;
	bool asked, answered;
	struct smb1_header req, rsp;   /* of the messages */
	struct span request, response; /* the messages, cut at their ends */
	struct smb1_block q, r;        /* the command's blocks; !ok where there is none */
	bool request_cut;
	bool upgraded; /* a NEGOTIATE that was answered in SMB 2 */
	bool raw;      /* a READ_RAW that was answered by data without a header */
	size_t raw_bytes;
	bool done;  /* the server did what was asked */
	bool good;  /* so it did, and the response carries a body */
	bool noise; /* SMB_REQUEST_NOISE */
	uint16_t tree_id, user_id;
	enum function_class class;
	const char *malformed;
};

/** @return false where these are no 32 bytes of SMB 1. */
bool smb1_header(struct span message, struct smb1_header *h);

/** The command block at @at of a message. */
struct smb1_block smb1_block_at(struct span message, uint8_t command, size_t at);

/**
 * The commands of a message: the first, and those that AndX fields lead to. Offsets have to go forwards, so no chain
 * loops.
 *
 * @named    every command that is named, also where its block lies outside of the message; @n_named of them
 * @return   blocks read
 */
unsigned smb1_chain(struct span message, const struct smb1_header *h, struct smb1_block blocks[static SMB1_CHAIN_MAX],
		    uint8_t named[static SMB1_CHAIN_MAX], unsigned *n_named);

/** A message of a flow, complete or cut at its end. @wire: bytes of it on the wire. */
void smb1_message(struct smb_flow *f, struct span bytes, size_t wire);

/**
 * Bytes in a session message that has no header: what answers a READ_RAW, or the rest of a WRITE_RAW (CIFS 2.2.4.22.2,
 * 2.2.4.25).
 *
 * @return false where no such bytes are due from this side
 */
bool smb1_raw_data(struct smb_flow *f, enum dir dir, size_t length);

/** A response under a number that no request had is told when it is clear that its request does not come late: at the
 * end at last. */
void smb1_unasked_told(struct smb_flow *f);

/** smb_flow.unanswered for requests of version 1. */
void smb1_unanswered(struct smb_flow *f, const struct smb_request *r);

/** A NEGOTIATE that the server answered in SMB 2 (SMB2 3.3.5.3.1): tells it where one is open. */
void smb1_answered_in_2(struct smb_flow *f);

static inline bool smb1_unicode(const struct smb1_header *h)
{
	return h->flags2 & SMB1_FLAG2_UNICODE;
}

/** Text at the cursor of a block's bytes; @at is where these begin in the message. Skips the byte that aligns UTF-16.
 */
struct span smb1_text(struct smb_flow *f, const struct smb1_header *h, struct cursor *c, const struct smb1_block *b);

/** The transaction that is still open under the ids of a message, other than @self: its command, else SMB1_NO_MORE. */
uint8_t smb1_open_transaction(struct smb_flow *f, const struct smb1_header *h);

/* Bodies, by file. */
bool smb1_push_session(struct smb1_exchange *x,
		       struct event *ev); /* smb1_session.c: negotiate, session setup, tree connect */
bool smb1_push_file(struct smb1_exchange *x, struct event *ev);        /* smb1_file.c */
bool smb1_push_transaction(struct smb1_exchange *x, struct event *ev); /* smb1_trans.c */
void smb1_learn_session(struct smb1_exchange *x);
void smb1_learn_file(struct smb1_exchange *x);
/** Of a request alone: interfaces that it binds on a pipe. */
void smb1_learn_bound(struct smb1_exchange *x);
void smb1_learn_transaction(struct smb1_exchange *x);
/** Of both: the file that a transaction opened. */
void smb1_learn_transaction_file(struct smb1_exchange *x);
/** Of a request alone, all of it there: does it overwrite the beginning of a file with noise? */
bool smb1_writes_noise(struct smb1_exchange *x);
/** After emit_end(): what both sides say of themselves. */
void smb1_introduce(struct smb1_exchange *x);

/** Before the record: the dialect that a NEGOTIATE response chose. */
void smb1_learn_dialect(struct smb1_exchange *x);

/** Is this response of a transaction an interim one, or one of several with more to come? */
bool smb1_more_to_come(const struct smb1_block *r);

/* smb1_open.c: does this command open a file; its body; what it opened. */
bool smb1_opens(uint8_t command);
void smb1_push_open(struct smb1_exchange *x, struct event *ev);
void smb1_learn_open(struct smb1_exchange *x);

/** A file that a command opens: what the request asks for, and how the response says it was done. */
struct smb1_opening {
	struct span name;
	uint32_t access, options; /* options: those of NT_CREATE, 0 where the command has none */
	uint8_t disposition;
	bool ok, nt, writes;
};

struct smb1_opened {
	uint16_t fid;
	uint32_t action;
	uint64_t times[4], size;
	bool ok, has_times, has_size;
};

/** Openings inside of transactions. @w stands at the access mask or mode, @name is the file's. */
struct smb1_opening smb1_nt_opening(struct cursor *w, struct span name);
struct smb1_opening smb1_mode_opening(uint16_t mode, uint16_t function, struct span name);
void smb1_push_opening(struct smb1_exchange *x, struct event *ev, const struct smb1_opening *q,
		       const struct smb1_opened *r);
void smb1_learn_opening(struct smb1_exchange *x, const struct smb1_opening *q, const struct smb1_opened *r);

/** Reads a handle: `fid`, and `filename` where it is known. */
void smb1_push_fid(struct smb1_exchange *x, struct event *ev, uint16_t fid);
/** The name behind a handle, or empty. */
struct span smb1_name_of(struct smb1_exchange *x, uint16_t fid);

#endif
