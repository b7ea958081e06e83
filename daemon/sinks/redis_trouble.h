/*
 * What goes wrong with a Redis: one table of its errors, one log line per change of state, and when to try again.
 *
 * Redis begins an error with one word for its kind ("OOM command not allowed ..."). The table says of each kind what a
 * person can do, whether it concerns everything on this server or only the key or the command at hand, and whether
 * waiting can help.
 *
 * A connection that is lost again and again says so once, and once when it has stayed for a minute.
 */
#ifndef SEKISHO_SINKS_REDIS_TROUBLE_H
#define SEKISHO_SINKS_REDIS_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "sinks/redis_conn.h"

struct redis_trouble {
	char kind[24]; /* of now; "" while all is well */
	int backoff_ms;
	int64_t over_ns;    /* when the last trouble ended; 0: none yet */
	unsigned came_back; /* how often the network failed within a minute of that */
	bool unsteady;      /* logged; what comes and goes is not, until a minute was well */
	uint32_t dice;
};

void redis_trouble_init(struct redis_trouble *t);

/** The connection @r to @label has failed or was refused: logs it, if that is news. */
void redis_trouble_tell(struct redis_trouble *t, const struct redis_conn *r, const char *label);

/** When to try again, ms: from 0.5 s doubling to 30 s; from 5 s where only a person can help. Each spread by a quarter,
 * so that sensors do not come back all at once. */
int redis_trouble_wait_ms(struct redis_trouble *t);

/** The Redis at @label takes alerts: logs it after trouble. */
void redis_trouble_over(struct redis_trouble *t, const char *label);

/** Does the error @why (as Redis said it) stand in the way of everything on this connection, not of one key or command
 * alone? */
bool redis_trouble_is_general(const char *why);

/** What a person can do about @why, which a key or a command met that alerts do without. */
const char *redis_trouble_remedy(const char *why);

/** Is @why an error of this kind? */
bool redis_trouble_is(const char *why, const char *kind);

#endif
