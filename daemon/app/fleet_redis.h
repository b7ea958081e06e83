/*
 * The Redis that a fleet writes into, for those who read: one server, the master that Sentinel names, or all masters of
 * a Cluster, each with a connection of its own.
 *
 * A Cluster is known by itself (CLUSTER SLOTS), whatever the configuration says: one node alone would show a part of
 * the fleet as if it were all. What is asked of a key follows it (MOVED, ASK); keys are found by SCAN on every master.
 */
#ifndef SEKISHO_APP_FLEET_REDIS_H
#define SEKISHO_APP_FLEET_REDIS_H

#include "sinks/redis_route.h"
#include "sinks/sink.h"

struct fleet_node {
	struct redis_route route; /* its TLS context is that of the fleet's route */
	struct redis_conn conn;
	struct redis_route aside; /* to where keys of a slot that is on its way are already */
	struct redis_conn aside_conn;
	char label[320];
	char why[512]; /* "": it answered */
};

struct fleet_redis {
	struct redis_options options; /* borrowed texts */
	struct redis_route route;
	struct redis_conn conn; /* while it is not known who has what */
	struct fleet_node *nodes;
	unsigned n_nodes;
	unsigned uncovered; /* slots of a Cluster that nobody has */
	bool unsure;        /* whether it is a Cluster may not be asked */
	uint64_t scanned;   /* keys that Redis gave, with those given twice */
};

/**
 * Connects, and finds the masters.
 *
 * @return  0; -EINVAL with @c filled; -ENOMEM; -EIO where nobody answers, with conn.why. fleet_redis_close() in all
 *          cases.
 */
int fleet_redis_open(struct fleet_redis *f, const struct redis_options *o, struct complaint *c)
    __attribute__((warn_unused_result));
void fleet_redis_close(struct fleet_redis *f);

/** Asks again who has what: after a failover. @return 0 or -EIO. */
int fleet_redis_renew(struct fleet_redis *f);

/**
 * Calls @found with each key that fits @pattern; the same may come twice. @return how many nodes could not be read to
 * the end (their why is set).
 */
unsigned fleet_redis_scan(struct fleet_redis *f, const char *pattern,
			  void (*found)(void *ctx, const char *key, size_t len, unsigned node), void *ctx);

/**
 * Sends @n commands to @node, or to where their keys went. All must be of one sensor.
 *
 * @replies  the caller's to free with freeReplyObject(); may be errors that concern one key or command (NOPERM)
 * @return   0; -1 with the node's why set and no replies
 */
int fleet_redis_ask(struct fleet_redis *f, unsigned node, const struct redis_cmd *cmds, size_t n, redisReply **replies);

#endif
