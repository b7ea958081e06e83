/*
 * The keys of one sensor besides its alerts: assets, zones, levels, status (architecture.md, section 6).
 *
 *   sekisho:{SENSOR}:asset:<id>   hash: the asset record, lists as JSON
 *   sekisho:{SENSOR}:assets       set of ids
 *   sekisho:{SENSOR}:zone:<zone>  set of ids; :level:<n> the same. A moved asset leaves its former sets
 *   sekisho:{SENSOR}:status       hash, expires after 60 s, written every 15 s
 *   sekisho:{SENSOR}:sensor       the same, and stays: what a sensor said last that is silent now
 *
 * A copy for others to read, never read by sekisho: when Redis refuses it, alerts go on. Everything is written again
 * after each connect, since a Redis that comes back may have forgotten.
 */
#ifndef SEKISHO_SINKS_REDIS_KEYS_H
#define SEKISHO_SINKS_REDIS_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "sinks/redis_conn.h"
#include "sinks/sink.h"

struct redis_keys {
	char prefix[160];           /* "sekisho:{SENSOR}:" */
	struct asset_source source; /* its functions may be NULL */
	uint64_t version;
	char **queue; /* asset records to be written, as JSON */
	size_t queued, first, room;
	int64_t status_ns, pause_ns;
	bool refusing; /* Redis would not take them; logged */
};

void redis_keys_init(struct redis_keys *k, const char *sensor, const struct asset_source *source);
void redis_keys_deinit(struct redis_keys *k);

/** After a connect: everything again. */
void redis_keys_restart(struct redis_keys *k);

/** Writes what is due, for 200 ms at most and what a reply takes; notes in @s where it is refused. @return 0; -1 where
 * the connection was lost. */
int redis_keys_beat(struct redis_keys *k, struct redis_conn *r, struct sink *s);

/** Are there changed assets that the last beat had no time for? */
bool redis_keys_wait(const struct redis_keys *k);

#endif
