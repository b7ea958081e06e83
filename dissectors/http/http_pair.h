/*
 * Which response answers which request: messages are kept until their transaction can be told.
 *
 * Responses come in the order of their requests (RFC 9112, 9.3.2). What the capture lost, or what was forgotten for
 * want of room, breaks that order; then a message is told alone rather than paired by guess.
 */
#ifndef SEKISHO_HTTP_HTTP_PAIR_H
#define SEKISHO_HTTP_HTTP_PAIR_H

#include "http/http_log.h"

/**
 * Keeps a message; of @like count the packet time, depth, whether it is a response and whether it is whole. The oldest
 * requests are told and forgotten to make room; where none can be made, the message itself is told alone.
 *
 * @return the state, which may have moved
 */
struct http_state *http_keep(struct http_state *s, struct emitter *out, const struct http_head *h,
			     const struct http_kept *like);

/** The body of a request has ended, or nothing more of it will be known. */
void http_request_done(struct http_state *s, bool whole);

/** The response that is passing has ended, or nothing more of it will be known: tells the transaction. */
void http_response_done(struct http_state *s, struct emitter *out, bool whole);

/** The request that the next response answers; NULL where there is none, or none is known to be it. */
struct http_kept *http_next_to_answer(struct http_state *s, struct emitter *out);

/** Tells every request that waits, as unanswered. */
void http_all_told(struct http_state *s, struct emitter *out);

#endif
