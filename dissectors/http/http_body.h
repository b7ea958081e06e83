/*
 * Bodies as they pass: lengths, chunks, trailers, and what is looked at of their first bytes. RFC 9112, 6 and 7.
 */
#ifndef SEKISHO_HTTP_HTTP_BODY_H
#define SEKISHO_HTTP_HTTP_BODY_H

#include "http/http_log.h"

/** What a piece of a body means. */
enum http_piece {
	HTTP_PIECE_MORE,   /* the body goes on */
	HTTP_PIECE_LAST,   /* the message is whole */
	HTTP_PIECE_BROKEN, /* its end cannot be found */
};

/** A body begins: that of the message of @depth, in @phase with @left bytes where that is known. */
void http_body_begin(struct http_half *h, enum http_phase phase, uint64_t left, uint32_t depth);

/** Takes what the phase of @h had delivered: HTTP_IN_BODY, HTTP_IN_CHUNK*, HTTP_IN_TRAILERS, HTTP_TO_CLOSE. @t: of a
 * response. */
enum http_piece http_body_take(struct http_half *h, struct span bytes, struct http_title *t, struct emitter *out);

/** Bytes of the body seen so far, @to_come of those skipped being still to come. */
uint64_t http_body_seen(const struct http_half *h, uint64_t to_come);

/**
 * @lost bytes are missing at the front, @to_come bytes were still to be skipped there; 0 lost: not known how many.
 * @return false when the end of the body went with them.
 */
bool http_body_gap(struct http_half *h, uint64_t lost, uint64_t to_come);

/** Is a body passing? */
static inline bool http_in_body(const struct http_half *h)
{
	return h->phase >= HTTP_IN_BODY && h->phase <= HTTP_TO_CLOSE;
}

#endif
