/*
 * How a configuration says that its Redis is reached: for the sink that writes and for the command that reads.
 */
#ifndef SEKISHO_APP_REDIS_REACH_H
#define SEKISHO_APP_REDIS_REACH_H

#include "app/config.h"
#include "sinks/sink.h"

struct redis_reach {
	struct redis_options options; /* borrows from the configuration and from here */
	char *ca, *cert, *key;
};

/** Fills all but stream, list, channel and commands. @return 0, or -ENOMEM; redis_reach_free() in both cases. */
int redis_reach_of(struct redis_reach *r, const struct config *cfg);
void redis_reach_free(struct redis_reach *r);

/** Does the configuration name a Redis? */
bool redis_reach_is_named(const struct config *cfg);

#endif
