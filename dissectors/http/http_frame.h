/*
 * Where the pieces of HTTP end in a stream: heads, chunk lines, bodies - and what the first bytes of a flow say.
 *
 * Never says that nothing of HTTP starts at an offset: once a flow speaks HTTP, what is no message is handed out line
 * by line, so that the next one is found at the start of a line even in the middle of a segment.
 */
#ifndef SEKISHO_HTTP_HTTP_FRAME_H
#define SEKISHO_HTTP_HTTP_FRAME_H

#include "http/http_log.h"

/** struct dissector.frame; @state is a struct http_state. */
struct frame http_frame(const void *state, enum dir dir, struct span avail);

/** struct dissector.probe. */
enum probe http_probe(struct span head, bool from_server_port);

/** What stands at the start of bytes where a message may start. */
enum http_start { HTTP_START_BLANK, HTTP_START_MESSAGE, HTTP_START_SIMPLE, HTTP_START_JUNK, HTTP_START_MORE };

/**
 * Looks at the start of @bytes: blank lines, the head of a message, a request line without version (SIMPLE), the answer
 * to one (SIMPLE too), something else, or too little to tell. @len: bytes of it; of MESSAGE, 0 where its end is not in
 * sight.
 */
enum http_start http_start_at(const struct http_state *s, enum dir dir, struct span bytes, size_t *len);

/** The same of a piece that was handed out, where nobody asks how long it is. */
enum http_start http_start_of(const struct http_state *s, enum dir dir, struct span piece);

/** Is the first line of @bytes a header, as they follow a request line without version against the rules? */
bool http_is_late_header(struct span bytes);

/**
 * Does a message begin here, in the middle of anything? Only if it says so in full: a known method and a version, or a
 * status, and a header or nothing below. *more_needed: it may, but too little of it is there.
 */
bool http_certain_start(enum dir dir, struct span bytes, bool *more_needed);

/**
 * Does the next response begin where a body should begin (perhaps the answer to a HEAD that was not seen) or go on
 * (which was to last until the connection ends, but another request came)?
 */
bool http_next_begins(const struct http_state *s, enum dir dir, struct span bytes);

#endif
