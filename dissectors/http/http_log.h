/*
 * The state of one HTTP flow: where each direction stands, the requests that wait for their response, and the response
 * whose body is passing.
 *
 * What a head said is packed behind the state: a fixed part and its texts, oldest first. The memory starts small and
 * doubles through emitter->resize_state(); at its cap the oldest requests, a sixteenth of what is kept, are told as
 * unanswered and forgotten.
 *
 *   | struct http_state | http_kept, texts, padding to 8 | http_kept, ... | free |
 */
#ifndef SEKISHO_HTTP_HTTP_LOG_H
#define SEKISHO_HTTP_HTTP_LOG_H

#include "event/dissector.h"
#include "http/http_head.h"
#include "http/http_magic.h"
#include "http/http_title.h"

enum {
	HTTP_STATE_BYTES = 3072, /* of a new flow: a handful of requests in flight */
	HTTP_STATE_MAX = 64 * 1024,
	HTTP_FILE_ROOM = 128, /* kept free in a multipart request for the name of its file, in a form for its user */
};

enum http_phase {
	HTTP_AT_START,     /* a start line comes next */
	HTTP_AT_LATE,      /* after a request line without version: headers may follow all the same */
	HTTP_IN_HEAD_REST, /* a head beyond HTTP_HEAD_MAX goes on */
	HTTP_IN_BODY,      /* `left` bytes */
	HTTP_IN_CHUNK_SIZE,
	HTTP_IN_CHUNK, /* `left` bytes */
	HTTP_IN_CHUNK_END,
	HTTP_IN_TRAILERS,
	HTTP_TO_CLOSE,  /* all that comes is body */
	HTTP_IN_TUNNEL, /* the client's bytes after CONNECT: not ours if the server agrees */
	HTTP_IS_LOST,   /* after a gap or a length that cannot be: the next message has to be found */
};

/** One direction. */
struct http_half {
	uint8_t phase;    /* enum http_phase */
	uint8_t after;    /* HTTP_IN_HEAD_REST: the phase of the body */
	bool mid_line;    /* HTTP_IN_HEAD_REST: what came last was no whole line */
	bool junk_told;   /* the run of junk that is passing has been told */
	bool scanning;    /* the first bytes of the body are looked at */
	bool lossy;       /* bytes of the message that is passing are missing */
	bool called_off;  /* what was to be the body may be the next message: nobody gave leave to send it */
	uint16_t lines;   /* trailers so far */
	uint16_t magic_n; /* of magic[] */
	uint32_t flaws;   /* told of this body */
	uint32_t depth;   /* whose body this is: trans_depth of the request; 0: nobody's */
	uint64_t left;    /* bytes of the body or chunk that are not skipped yet */
	uint64_t skipped; /* bytes of the body that were left to the flow layer to skip */
	uint64_t seen;    /* bytes of the body that were handed out */
	uint64_t lost;    /* bytes of the body that never came, of those skipped or in between */
	uint8_t magic[HTTP_MAGIC_BYTES];
};

struct http_state {
	uint32_t bytes;     /* of the whole state; 0: HTTP_STATE_BYTES */
	uint32_t used;      /* of log[] */
	uint32_t newest;    /* one more than where the record that was added last stands in it; 0: not known */
	uint32_t responses; /* in it */
	uint32_t depth;     /* requests so far */
	uint32_t connect;   /* depth of the CONNECT that waits for its answer; 0: none */
	bool spoke_http;    /* a response with a status line was seen, or the beginning was not: no HTTP/0.9 any more */
	bool wants_title;
	bool doubt;    /* behind a gap: an answer without a request may be one to what was lost, or was told alone */
	bool unsure;   /* requests after `sure` may follow some that were never seen: what answers them is not known */
	uint32_t sure; /* depth of the last request before the gap */
	uint32_t owed; /* requests told and forgotten for want of room: so many responses are theirs */
	struct http_half half[2];
	struct http_title title; /* of the response that is passing */
	uint8_t introduced;      /* what of itself the server has said already, see http_introduce() */
	uint8_t log[] __attribute__((aligned(8)));
};

struct http_kept {
	int64_t ts_ns;   /* packet time of the head */
	uint64_t length; /* body bytes seen */
	uint64_t unseen; /* body bytes announced that were to come when it was told */
	uint64_t lost;   /* body bytes that the capture lost */
	uint32_t bytes;  /* of this record, padding included */
	uint32_t depth;  /* request: its own; response: of its request, 0 without one */
	uint16_t status; /* 0: a request, or a response of HTTP/0.9 */
	uint16_t port;
	uint8_t version;    /* enum http_version */
	uint8_t credential; /* enum http_default */
	uint8_t mime;       /* enum http_mime */
	bool response, whole, expects_continue, is_head, is_connect, encoded, multipart;
	bool form, form_login; /* parameters in the body; a logon among them */
	bool command;          /* in a header or a form, see http_command.h */
	uint16_t len[HTTP_TEXTS];
	uint8_t text[]; /* one behind the other */
};

/** A text of a kept message; borrowed until the log changes. */
struct span http_kept_text(const struct http_kept *k, enum http_text which);

/** Writes the name of a file into the room that a multipart request has for it; a form has it for the user. */
void http_kept_name_file(struct http_kept *k, struct span name);

/** The oldest, the one after; NULL at the end. */
struct http_kept *http_log_oldest(struct http_state *s);
struct http_kept *http_log_newer(struct http_state *s, struct http_kept *k);

/** The oldest request after the one of trans_depth @depth, or NULL. */
struct http_kept *http_log_request_after(struct http_state *s, uint32_t depth);

/** The request of that depth; the response that is passing; NULL where there is none. */
struct http_kept *http_log_request(struct http_state *s, uint32_t depth);
struct http_kept *http_log_response(struct http_state *s);

/** Bytes that @h takes in the log. */
size_t http_log_need(const struct http_head *h);

/** Writes @h into @room of http_log_need() bytes; all that is not in @h is zero. */
struct http_kept *http_log_pack(const struct http_head *h, void *room);

/**
 * Makes room for @need bytes. @return the state, which may have moved; NULL where the cap is reached: tell and drop the
 * oldest request, ask again.
 */
struct http_state *http_log_room(struct http_state *s, struct emitter *out, size_t need);

/** Where the next record goes, once there is room for it, and that it is there. */
void *http_log_end(struct http_state *s);
void http_log_add(struct http_state *s, const struct http_kept *k);

void http_log_drop(struct http_state *s, struct http_kept *k);

/** Drops all requests up to the one of trans_depth @depth. */
void http_log_drop_requests(struct http_state *s, uint32_t depth);

#endif
