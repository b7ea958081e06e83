/*
 * The state of one SMB flow: what was agreed upon, requests that wait for their answer, shares, open files, and
 * what is bound on pipes.
 *
 * All of it is plain memory behind the header: records of variable length in the order in which they came. It
 * starts small, doubles through emitter->resize_state(), and at its cap forgets the oldest records, a sixteenth of them
 * at once, which are counted; a request so forgotten is told as unanswered. A pointer into it is good until the next
 * smb_state_add().
 *
 *   | struct smb_state | record, padded to 8 | record | ... | free |
 */
#ifndef SEKISHO_SMB_SMB_STATE_H
#define SEKISHO_SMB_SMB_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "event/event.h"
#include "smb/smb.h"
#include "smb/smb_text.h"

enum {
	SMB_STATE_BYTES = 1024, /* of a new flow */
	SMB_STATE_MAX = 48 * 1024,
	SMB_NAME_MAX = 512,  /* bytes of a name that are kept */
	SMB_KEPT_MAX = 2048, /* bytes of one request that are kept */
	SMB_DIALECT_MAX = 32,
	SMB_IDS_BYTES = 128,
};

/** Session and tree of a message; all ones: not known. */
struct smb_ids {
	uint64_t session_id;
	uint32_t tree_id;
	uint32_t chain; /* smb.id of the request with which a chain of related ones begins; 0: of no request */
};

struct smb_state {
	uint32_t bytes;   /* of the whole state; 0: SMB_STATE_BYTES */
	uint32_t used;    /* of records */
	uint32_t next_id; /* smb.id */
	uint16_t n_requests;
	bool fixed;        /* cannot grow */
	bool in_step[2];   /* by direction: a message was read, the next begins where it ended */
	bool lost[2];      /* by direction: after a gap, until a message is found */
	uint32_t inner[2]; /* by direction: bytes left of a compound that is read piece by piece */
	bool encrypted;    /* told already */
	bool raw_maybe[2]; /* by direction: SMB1, what asked for data without a header may be lost */
	bool raw_follows;  /* SMB1: the client sends the rest of a WRITE_RAW without a header */
	bool chained;      /* chain_fid is that of the request in front, of the same chain */
	bool compound[2];  /* by direction: before[] is of the message in front, of the same compound */
	uint8_t version;   /* 1, 2, 3; 0 not known */
	uint8_t dialect_bytes;
	int64_t oldest_ns; /* no open request is older */
	bool answers_lost; /* a request was open when bytes of the server's were lost */
	bool ids_known;    /* SMB1: every request since NEGOTIATE was seen, and is in ids[] */
	bool unasked;      /* SMB1: a response came under unasked_key, which no request had */
	bool unasked_told;
	uint64_t unasked_key;
	uint8_t ids[SMB_IDS_BYTES];        /* SMB1: bits of the keys of requests: not set means never asked */
	uint8_t chain_fid[SMB_GUID_BYTES]; /* file id that a related request of a compound means */
	struct smb_ids before[2];
	char dialect[SMB_DIALECT_MAX];
	uint8_t records[] __attribute__((aligned(8)));
};

enum smb_record_kind { SMB_RECORD_REQUEST, SMB_RECORD_TREE, SMB_RECORD_FILE, SMB_RECORD_BOUND };

struct smb_record {
	uint16_t bytes; /* padding included */
	uint8_t kind;
	uint8_t flag; /* of the kind: see below */
};

enum smb_request_flag {
	SMB_REQUEST_PENDING = 1, /* the server said that it will take a while */
	SMB_REQUEST_TOLD = 2,    /* told already; kept for further responses */
	SMB_REQUEST_NOISE = 4,   /* what it writes, of which only the beginning is kept, looks like noise */
	SMB_REQUEST_LOST = 8,    /* bytes of the server's are missing since: its answer may be among them */
};

struct smb_request {
	struct smb_record r;
	uint8_t version; /* 1, 2 */
	uint8_t command;
	uint16_t kept; /* bytes[] */
	uint32_t id;   /* smb.id */
	uint32_t wire; /* bytes of the whole message */
	uint64_t key;  /* SMB2: message id; SMB1: process id << 16 | multiplex id */
	union {
		uint64_t scope;     /* SMB1: user id << 16 | tree id */
		struct smb_ids ids; /* SMB2: those that it means, not always those that it carries */
	};
	int64_t ts_ns;
	uint64_t frame;  /* pcap_cnt */
	uint8_t bytes[]; /* the message from its header on, cut */
};

struct smb_tree {
	struct smb_record r; /* flag: enum smb_share_type */
	uint32_t tree_id;
	uint64_t session_id;
	uint16_t n;
	uint8_t name[];
};

struct smb_file {
	struct smb_record r;
	uint8_t fid[SMB_GUID_BYTES]; /* SMB1: the number in the first two bytes */
	uint16_t n;
	uint8_t name[];
};

/** An interface bound on a pipe. */
struct smb_bound {
	struct smb_record r;
	uint16_t context, major, minor;
	uint8_t fid[SMB_GUID_BYTES];
	uint8_t uuid[SMB_GUID_BYTES];
};

/** What the code that reads messages works with: the state may move while records are added. */
struct smb_flow {
	struct smb_state *s;
	struct emitter *out;
	struct span called, calling; /* NetBIOS names of a datagram, as text; or empty */
	/** Tells a request that is given up. Must not change the state. */
	void (*unanswered)(struct smb_flow *f, const struct smb_request *r);
};

/**
 * Room for a record of @bytes in all, zeroed but for its kind and length. Gives up the oldest records where
 * there is none.
 * @return NULL where it cannot fit at all. Moves f->s.
 */
void *smb_state_add(struct smb_flow *f, enum smb_record_kind kind, size_t bytes);

void smb_state_drop(struct smb_state *s, void *record);

/** Iterates: NULL for the first. @return NULL at the end. */
struct smb_record *smb_state_next(struct smb_state *s, struct smb_record *after);

/** Adds a request; @message is cut to SMB_KEPT_MAX. @return NULL where there is no room. */
struct smb_request *smb_request_add(struct smb_flow *f, const struct smb_request *head, struct span message);

enum { SMB_ANY_COMMAND = 0x100 };

/** The oldest open request with this key and command (SMB_ANY_COMMAND: whatever it is), or NULL. */
struct smb_request *smb_request_find(struct smb_state *s, uint8_t version, uint64_t key, unsigned command);

static inline struct span smb_request_bytes(const struct smb_request *r)
{
	return span_of(r->bytes, r->kept);
}

/** Answers may be among bytes that are lost. */
void smb_requests_lost(struct smb_state *s);

/** Gives up a request: tells it, if that was not done. Moves the records behind it. */
void smb_request_give_up(struct smb_flow *f, struct smb_request *r);

/** Gives up requests older than 60 s of packet time; those the server called pending wait on. */
void smb_requests_expire(struct smb_flow *f);

/** Gives up all requests. */
void smb_requests_end(struct smb_flow *f);

/** Remembers a share; a former one of the same id is forgotten. @name as UTF-8. */
void smb_tree_add(struct smb_flow *f, uint64_t session, uint32_t tree, enum smb_share_type type, struct span name);
struct smb_tree *smb_tree_find(struct smb_state *s, uint64_t session, uint32_t tree);
void smb_tree_drop(struct smb_state *s, uint64_t session, uint32_t tree);

/** Remembers an open file. */
void smb_file_add(struct smb_flow *f, const uint8_t fid[static SMB_GUID_BYTES], struct span name);
struct smb_file *smb_file_find(struct smb_state *s, const uint8_t fid[static SMB_GUID_BYTES]);

/** Forgets a file and what is bound on it. */
void smb_file_drop(struct smb_state *s, const uint8_t fid[static SMB_GUID_BYTES]);

void smb_bound_add(struct smb_flow *f, const uint8_t fid[static SMB_GUID_BYTES], uint16_t context, uint16_t major,
		   uint16_t minor, const uint8_t uuid[static SMB_GUID_BYTES]);
struct smb_bound *smb_bound_find(struct smb_state *s, const uint8_t fid[static SMB_GUID_BYTES], uint16_t context);

/** A record that no packet completes stands where its request was seen. */
static inline void smb_stands_at_request(struct event *ev, const struct smb_request *r)
{
	ev->at.ts_ns = ev->first_ns = r->ts_ns;
	ev->at.frame = r->frame;
}

static inline struct span smb_tree_name(const struct smb_tree *t)
{
	return span_of(t->name, t->n);
}

static inline struct span smb_file_name(const struct smb_file *f)
{
	return span_of(f->name, f->n);
}

/** Sets the dialect agreed upon, cut to SMB_DIALECT_MAX. */
void smb_dialect_set(struct smb_state *s, struct span dialect);

#endif
