/*
 * What the stream holds, as Redis shows it: where it ends, whether an entry is in it, and what it has let go.
 *
 * Ids are two numbers, milliseconds and sequence number (redis, "Streams", "Entry IDs"); ours are an outbox row's.
 */
#ifndef SEKISHO_SINKS_REDIS_STREAM_H
#define SEKISHO_SINKS_REDIS_STREAM_H

#include "sinks/redis_conn.h"
#include "sinks/redis_route.h"

struct redis_stream {
	char key[192];
	uint64_t most_entries; /* it is trimmed to about so many */
	bool by_age;           /* and by age besides */
	bool blind;            /* the user may not look for entries; logged */
};

struct redis_stream_id {
	uint64_t ms, seq;
};

/** ASKING in front of what follows, where the slot is still on its way to this node. @replies: one more then. @return
 * 0; -1 where the connection is lost. */
int redis_stream_asking(const struct redis_route *w, struct redis_conn *r, int *replies);

/** @end: the id that the stream gave out last, 0-0 where there is no stream. @return 0; -1 where Redis or the network
 * says no, @r's why being set. */
int redis_stream_end(const struct redis_stream *s, const struct redis_route *w, struct redis_conn *r,
		     struct redis_stream_id *end);

/** The first entry that a stream still has which is as full as it may get, or is trimmed by age: what is older may have
 * been there. 0-0: nothing has left it. @return 0; -1 where the connection is lost. */
int redis_stream_begin(const struct redis_stream *s, const struct redis_route *w, struct redis_conn *r,
		       struct redis_stream_id *begin);

/** Is an entry with this id in the stream? @label: whom the log names where we may not look. @return 1, also where we
 * may not look; 0; -1 where the connection is lost. */
int redis_stream_has(struct redis_stream *s, const struct redis_route *w, struct redis_conn *r,
		     struct redis_stream_id id, const char *label);

#endif
