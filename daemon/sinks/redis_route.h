/*
 * Where the Redis is that takes our keys: one address, the master that Sentinel names, or the master of our slot in a
 * Cluster.
 *
 * All keys of a sensor carry one hash tag, so in a Cluster they live in one slot, and one connection is enough. Which
 * node has the slot the nodes say themselves: MOVED and ASK (cluster-spec, "MOVED redirection", "ASK redirection"). A
 * node that is dead is no hindrance: any other one knows.
 *
 * Each redis_route_open() tries one address, so that nobody waits for a row of dead ones; after a failure,
 * redis_route_turn() says whether another try at once makes sense.
 */
#ifndef SEKISHO_SINKS_REDIS_ROUTE_H
#define SEKISHO_SINKS_REDIS_ROUTE_H

#include "sinks/redis_conn.h"
#include "sinks/sink.h"

enum { REDIS_NODES_MAX = 64 };

enum redis_way { REDIS_ONE, REDIS_SENTINEL, REDIS_CLUSTER };

struct redis_place {
	char host[256];
	uint16_t port;
};

struct redis_route {
	enum redis_way way;
	struct redis_address base;  /* what is the same everywhere: credentials, database, TLS; for one: all of it */
	struct redis_address watch; /* the same for the Sentinels */
	char master[128];           /* as the Sentinels call it */
	struct redis_place
	    nodes[REDIS_NODES_MAX]; /* the Sentinels, or the nodes of the Cluster: configured, then learnt */
	unsigned n_nodes, n_seeds, next;
	struct redis_address at; /* where the last try went */
	bool stay;               /* the next try goes there too */
	bool asking;             /* the slot is on its way there: each transaction needs an ASKING in front */
	unsigned tries;          /* since it last went well */
	struct tls_client *tls;   /* owned; NULL without */
	int connect_ms, command_ms;
};

/** @return 0; -EINVAL with @c filled, or -ENOMEM, and nothing to free. */
int redis_route_init(struct redis_route *w, const struct redis_options *o, struct complaint *c)
    __attribute__((warn_unused_result));
void redis_route_deinit(struct redis_route *w);

/** Connects to the next place to try. @return 0; -1 with @r's why and refused set. */
int redis_route_open(struct redis_route *w, struct redis_conn *r);

/**
 * The connection @r failed, or Redis refused: goes by what it said.
 *
 * @of_stream  it was said of the stream's key alone, so an ASK is for the stream
 * @return     whether to try again at once; else after a while
 */
bool redis_route_turn(struct redis_route *w, const struct redis_conn *r, bool of_stream);

/** It goes well where it is. */
void redis_route_settled(struct redis_route *w);

/**
 * Who has the slots of a Cluster: the masters, each once, as the node behind @r says.
 *
 * @uncovered  slots that nobody has
 * @return     how many masters, @max at most; 0 where this is no Cluster, or it may not be asked (@r's why is set
 * then); -1 where the connection was lost
 */
int redis_route_masters(const struct redis_route *w, struct redis_conn *r, struct redis_place *out, unsigned max,
			unsigned *uncovered);

/** The next redis_route_open() in a Cluster goes to @place. */
void redis_route_aim(struct redis_route *w, const struct redis_place *place);

/** What may be logged of the place. @return @buf. */
const char *redis_route_label(const struct redis_route *w, char *buf, size_t size);

#endif
