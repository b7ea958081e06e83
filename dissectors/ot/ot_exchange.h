/*
 * Requests and their answers, for protocols that are decoded lightly: what SLMP, FINS, S7comm, EtherNet/IP and DNS
 * share.
 *
 * A dissector names each message by a key that a request and its answer have in common (serial number, PDU reference,
 * sender context). Requests wait in a bounded log inside the flow's state; an answer takes its request out, and the
 * dissector's tell() turns the two into one record. A request without an answer is told after 60 s, when answers may
 * have been lost, when the log is full, and when the flow ends; an answer without a request at once.
 *
 *   | struct ot_state | open request, its first bytes, padding to 8 | open request ... | free |
 *
 * The log is plain memory that doubles through emitter->resize_state() up to OT_STATE_MAX.
 */
#ifndef SEKISHO_OT_OT_EXCHANGE_H
#define SEKISHO_OT_OT_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "event/event.h"

enum {
	OT_STATE_BYTES = 256,
	OT_STATE_MAX = 8192,
	OT_KEPT_MAX = 512, /* of one request: commands and addresses stand in front, values behind them are not told */
	OT_OWN_BYTES = 16, /* of the dissector's own */
};

struct ot_state {
	uint16_t bytes;            /* of the whole state; 0: OT_STATE_BYTES */
	uint16_t used;             /* of log[] */
	uint16_t open;             /* requests in it */
	uint8_t own[OT_OWN_BYTES]; /* facts of the flow, kept by the dissector */
	uint8_t log[] __attribute__((aligned(8)));
};

/** A request, an answer, or both. Spans are borrowed for the call. */
struct ot_exchange {
	const uint8_t *own; /* ot_state.own */
	uint64_t key;
	bool asked, answered;
	struct span request, response;
	int64_t asked_ns;
	uint64_t asked_frame;
};

/** What makes a record of an exchange. */
struct ot_teller {
	void (*tell)(struct emitter *out, const struct ot_exchange *x);
};

/**
 * A request has been seen. The state may move: do not use @s afterwards.
 *
 * @return how many were told as unanswered to make room for it
 */
unsigned ot_asked(struct ot_state *s, struct emitter *out, const struct ot_teller *t, uint64_t key,
		  struct span request);

/** An answer has been seen. Of several requests of one key the newest counts, of a burst within 100 ms the oldest. */
void ot_answered(struct ot_state *s, struct emitter *out, const struct ot_teller *t, uint64_t key,
		 struct span response);

/** A message that nobody answers. */
void ot_told_alone(const struct ot_state *s, struct emitter *out, const struct ot_teller *t, uint64_t key,
		   bool is_request, struct span message);

/** The key of the newest open request that agrees with @key in @mask; 0 where there is none. */
uint64_t ot_open_key(struct ot_state *s, uint64_t key, uint64_t mask);

/** The flow rests: what is left of requests that are no longer open goes. */
void ot_rest(struct ot_state *s);

/** Nothing that is open will be answered any more. */
void ot_give_up(struct ot_state *s, struct emitter *out, const struct ot_teller *t);

/** Begins the record of @x: completeness, class, and the time of the request where that is all there is. */
struct event *ot_begin(struct emitter *out, const struct field_table *table, const struct ot_exchange *x,
		       enum function_class class);

/** How long the answer took, or was waited for, in microseconds. */
void ot_times(struct emitter *out, struct event *ev, const struct ot_exchange *x, const struct field_def *rtt_us,
	      const struct field_def *waited_us);

#endif
