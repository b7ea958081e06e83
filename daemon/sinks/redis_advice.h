/*
 * What could lose alerts in a Redis that takes them well: eviction, no persistence, readers that are slower than the
 * stream is trimmed. And the trimming by age itself.
 *
 * Looked at after each connect and then from time to time. What is found is logged when it is new, and stands in the
 * sink's notes for as long as it lasts. What Redis does not let us see is not spoken of.
 */
#ifndef SEKISHO_SINKS_REDIS_ADVICE_H
#define SEKISHO_SINKS_REDIS_ADVICE_H

#include <pthread.h>

#include "sinks/redis_conn.h"
#include "sinks/sink.h"

enum { REDIS_FRESH_MAX = 16 };

struct redis_advice {
	char stream[192];
	unsigned keep_hours; /* 0: no trimming by age */
	bool server_seen;    /* on this connection */
	int64_t look_ns, trim_ns;
	int64_t wall_ns, monotonic_ns; /* as the connection began */
	/* groups that had read nothing when they were seen first, and where the stream began then */
	struct {
		char name[64];
		uint64_t first_seq;
	} fresh[REDIS_FRESH_MAX];
	unsigned n_fresh;
	pthread_mutex_t lock; /* of what follows */
	char reader[128];     /* a group that loses alerts; "" */
	uint64_t lost;        /* entries that were removed before it read them */
};

void redis_advice_init(struct redis_advice *a, const char *stream, unsigned keep_hours);
void redis_advice_deinit(struct redis_advice *a);

/** After a connect. */
void redis_advice_restart(struct redis_advice *a);

/** Looks at what is due; sets @s's notes. @return 0; -1 where the connection was lost, or refuses everything. */
int redis_advice_beat(struct redis_advice *a, struct redis_conn *r, struct sink *s, const char *label);

/** From any thread: see sink_ops.reader_loses. */
bool redis_advice_reader(struct redis_advice *a, char *who, size_t size, uint64_t *entries);

#endif
