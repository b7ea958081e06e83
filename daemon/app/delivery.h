/*
 * Delivery: the sinks that a configuration names, wired to the outbox and to the ledger's database.
 */
#ifndef SEKISHO_APP_DELIVERY_H
#define SEKISHO_APP_DELIVERY_H

#include <stddef.h>
#include <stdint.h>

#include "app/config.h"
#include "app/pipeline.h"

struct delivery_office;

/**
 * Makes the sinks. @state_dir must hold an outbox already. @pipeline: whose counters the status heartbeat tells; may be
 * NULL.
 * @return 0; -EINVAL or -errno with @c filled. *out is NULL where the configuration names no sink.
 */
int delivery_new(struct delivery_office **out, const struct config *cfg, const char *state_dir,
		 struct pipeline *pipeline, struct complaint *c);

/** Whether the sinks could be made: addresses, certificates, the folder of the EVE file. Opens and writes nothing.
 * @return 0; -EINVAL or -errno with @c filled. */
int delivery_check(const struct config *cfg, struct complaint *c);

int delivery_start(struct delivery_office *d);

/** For SIGHUP: files are opened anew. NULL is allowed. */
void delivery_reopen(struct delivery_office *d);

/**
 * Delivers for at most @drain_ms more, then stops. NULL is allowed.
 * @behind gets the names of the sinks that are behind, where any are. @return rows that some sink has not delivered.
 */
uint64_t delivery_stop(struct delivery_office *d, int drain_ms, char *behind, size_t size);
/** How full the outbox is of rows that the sink furthest behind lacks, while it cannot be reached: percent of what is
 * kept; @name: of that sink. 0 where all are reached. */
double delivery_behind(const struct delivery_office *d, char *name, size_t size);

/** Whether a reader of what was delivered (a consumer group in Redis) loses alerts, because they are removed before it
 * reads them: @who, and how many so far. NULL is allowed. */
bool delivery_reader_loses(const struct delivery_office *d, char *who, size_t size, uint64_t *entries);

void delivery_free(struct delivery_office *d);

/** Writes `"sinks":[...]` (name, connected, delivered, retries ...) into the open object. On one thread, again and again:
 * it says for how long each has not been reached. NULL is allowed: an empty list. */
void delivery_health(struct delivery_office *d, struct json *out);

#endif
