/*
 * Does what was read of the ledger still hold? It does until the database has changed, and in any case for ten times as
 * long as reading it took: a large ledger that changes all the time is not read all the time.
 */
#ifndef SEKISHO_APP_CONSOLE_FRESH_H
#define SEKISHO_APP_CONSOLE_FRESH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct fresh {
	struct stat db, wal;       /* as they were before it was read */
	int64_t begun_ns, cost_ns; /* monotonic */
	bool read;
};

/** Before reading. */
struct fresh fresh_begin(const char *state);
/** Once it is read. */
void fresh_end(struct fresh *f);

bool fresh_holds(const struct fresh *f, const char *state);

#endif
