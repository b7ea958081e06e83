/*
 * The state of one Modbus flow: how its bytes are framed, and the requests that wait for an answer.
 *
 * The log is plain memory at the end of the state: records of variable length, oldest first, each a header and the
 * request's PDU. It starts small, doubles through emitter->resize_state() while requests pile up, and at its cap
 * forgets the oldest after telling it as unanswered.
 *
 *   | struct modbus_state | open_request, PDU bytes, padding to 8 | open_request, ... | free |
 */
#ifndef SEKISHO_MODBUS_MODBUS_LOG_H
#define SEKISHO_MODBUS_MODBUS_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "event/event.h"
#include "modbus/modbus.h"

enum {
	MODBUS_STATE_BYTES = 192, /* of a new flow: five polls in flight */
	MODBUS_STATE_MAX = 8192,
	MODBUS_PDU_KEPT_MAX = 512, /* of one request; only UMAS is ever longer */
};

struct modbus_state {
	uint8_t framing; /* enum modbus_framing */
	bool in_step[2]; /* by direction: a PDU was read, the next begins where it ended */
	bool lost[2];    /* by direction: after a gap, until a PDU is found beyond doubt */
	bool silent;     /* an open request is one that nobody answers */
	bool answered;   /* a request of this flow was answered */
	bool broken;     /* the row of unanswered requests ends before the next request */
	uint16_t bytes;  /* of the whole state; 0: MODBUS_STATE_BYTES */
	uint16_t used;   /* of log[] */
	uint16_t open;   /* requests in it */
	uint16_t row;    /* requests told as unanswered in a row */
	uint8_t log[] __attribute__((aligned(8)));
};

struct open_request {
	int64_t ts_ns;
	uint64_t frame;
	uint16_t bytes;          /* of this record, padding included */
	uint16_t transaction_id; /* 0 with RTU framing */
	uint16_t pdu_bytes;      /* on the wire; kept are at most MODBUS_PDU_KEPT_MAX */
	uint8_t unit;
	uint8_t function; /* without exception bit */
	bool broken;      /* something was answered between the one before and this */
	uint8_t pdu[];
};

/** The request's PDU as far as it was kept. Borrowed until the log changes. */
static inline struct span open_request_pdu(const struct open_request *r)
{
	return span_of(r->pdu, r->pdu_bytes < MODBUS_PDU_KEPT_MAX ? r->pdu_bytes : MODBUS_PDU_KEPT_MAX);
}

/** The oldest, or NULL. */
struct open_request *modbus_log_oldest(struct modbus_state *s);

/** The one after @r, or NULL. */
struct open_request *modbus_log_newer(struct modbus_state *s, struct open_request *r);

/**
 * Adds a request; @key is its header with everything but `bytes` filled, @pdu its PDU.
 *
 * @return the state, which may have moved; NULL where there is no room and the cap is reached: tell and drop the
 * oldest, ask again.
 */
struct modbus_state *modbus_log_add(struct modbus_state *s, struct emitter *out, const struct open_request *key,
				    struct span pdu);

/**
 * The request that a response of these three answers, or NULL.
 *
 * Clients that always use the same transaction id leave several open: the newest counts, for a client that asks again
 * has given up the former; but of a burst sent at once, the oldest.
 */
struct open_request *modbus_log_match(struct modbus_state *s, uint8_t unit, uint16_t transaction_id, uint8_t function);

void modbus_log_drop(struct modbus_state *s, struct open_request *r);

/** @r was answered (NULL: one that was not seen): the next one after it begins a new row of unanswered ones. */
void modbus_log_answered(struct modbus_state *s, struct open_request *r);

/** @r is given up. @return how many in a row these are, it included. */
uint16_t modbus_log_unanswered(struct modbus_state *s, const struct open_request *r);

/** Answers may have been lost: rows begin anew. */
void modbus_log_break(struct modbus_state *s);

#endif
