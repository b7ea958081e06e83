/*
 * What one flow remembers: limits and channel, messages that have come in part, sessions, and the requests that wait
 * for an answer.
 *
 * Plain memory in one piece that grows and shrinks through emitter->resize_state():
 *
 *   | struct opcua_state | open requests, oldest first | chunks of the client | chunks of the server |
 *
 * The requests are records of variable length, each a header and the beginning of the message's body. At its cap the
 * log forgets the oldest after telling it as unanswered; of a message in chunks no more is kept than fits.
 */
#ifndef SEKISHO_OPCUA_OPCUA_STATE_H
#define SEKISHO_OPCUA_OPCUA_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "event/dissector.h"
#include "opcua/opcua.h"

enum {
	OPCUA_LOG_START = 512, /* of a new flow: a few small requests */
	OPCUA_LOG_MAX = 32768,
	OPCUA_BODY_KEPT_MAX = 8192, /* of one open request */
	OPCUA_PART_START = 8192,
	OPCUA_PART_MAX = 65536, /* of a message in chunks, by direction */
	OPCUA_SESSIONS_MAX = 4,
	OPCUA_SESSION_ID_MAX = 55,
	OPCUA_POLICY_MAX = 39,
};

/** What one side said in HEL or ACK; 0: not said, or no limit. */
struct opcua_limits {
	uint32_t receive_buffer, send_buffer, max_message, max_chunks;
};

/** A message of which chunks have come. */
struct opcua_part {
	bool active, encrypted;
	bool cut;  /* not everything was kept */
	bool told; /* that it breaks a limit */
	uint32_t request_id, sequence;
	uint32_t chunks;
	uint32_t kept;       /* bytes in memory */
	uint64_t wire_bytes; /* of all chunks */
	uint64_t body_bytes;
};

struct opcua_session {
	uint64_t token; /* hash of the authentication token, which itself is not kept */
	uint8_t id_len;
	char id[OPCUA_SESSION_ID_MAX];
};

struct opcua_state {
	uint32_t bytes; /* of the whole state; 0: new */
	uint32_t log_room, log_used, open;
	uint32_t part_room[2];
	uint32_t channel_id;
	uint32_t sequence[2]; /* by direction: of the last chunk that could be read */
	bool sequence_known[2];
	bool in_step[2];    /* by direction: a chunk was read, the next begins where it ended */
	bool mid[2];        /* by direction: the next chunk may be one from the middle of a message */
	bool client_turned; /* the client is who did not open the connection */
	bool read_once;     /* a body of this channel could be read */
	uint8_t mode;       /* enum opcua_mode */
	uint8_t signature;  /* bytes at the end of each readable chunk */
	uint8_t policy_len; /* 0: no OPN was seen */
	uint8_t next_session;
	char policy[OPCUA_POLICY_MAX];
	uint64_t introduced[2];        /* client, server: what was last told of who they are */
	struct opcua_limits limits[2]; /* by enum opcua_direction: said by client, by server */
	struct opcua_part part[2];     /* by direction */
	struct opcua_session sessions[OPCUA_SESSIONS_MAX];
	uint8_t memory[] __attribute__((aligned(8)));
};

struct opcua_open {
	int64_t ts_ns;
	uint64_t wire_bytes;
	uint32_t bytes; /* of this record, padding included */
	uint32_t request_id, sequence, channel_id;
	uint32_t chunks, kept;
	uint8_t dir;     /* enum dir */
	uint8_t service; /* enum opcua_service_no */
	bool cut;
	uint8_t body[];
};

/** The first call on a new flow. */
void opcua_state_begin(struct opcua_state *s);

/** The oldest open request, or NULL. */
struct opcua_open *opcua_state_oldest(struct opcua_state *s);

/** The one after @r, or NULL. */
struct opcua_open *opcua_state_newer(struct opcua_state *s, struct opcua_open *r);

/** The request of the side @dir with this id, or NULL. */
struct opcua_open *opcua_state_find(struct opcua_state *s, enum dir dir, uint32_t request_id);

/** Makes room for a request of @body_bytes. @return the state, which may have moved; NULL where the cap is reached:
 * tell and drop the oldest, ask again. */
struct opcua_state *opcua_state_reserve(struct opcua_state *s, struct emitter *out, size_t body_bytes);

/** Adds a request for which there is room; @key is its header with everything but `bytes` and `kept` filled. @body may
 * lie in the state. */
void opcua_state_add(struct opcua_state *s, const struct opcua_open *key, struct span body);

void opcua_state_drop(struct opcua_state *s, struct opcua_open *r);

/** Appends to the message of @dir that comes in chunks, as much as fits: else the part says that it is cut. @return the
 * state, which may have moved. */
struct opcua_state *opcua_state_append(struct opcua_state *s, struct emitter *out, enum dir dir, struct span bytes);

/** What was kept of it. Borrowed until the state changes. */
struct span opcua_state_part(struct opcua_state *s, enum dir dir);

/** Forgets it and gives its memory back. @return the state, which may have moved. */
struct opcua_state *opcua_state_end_part(struct opcua_state *s, struct emitter *out, enum dir dir);

/** Remembers that @token, as encoded, stands for the session @id. */
void opcua_state_add_session(struct opcua_state *s, struct span token, struct span id);

/** The session's id; empty where it is not known. */
struct span opcua_state_session(const struct opcua_state *s, struct span token);

#endif
