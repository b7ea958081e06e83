/*
 * Where the wire contradicts the papers: asset records with the change tombstone_seen, after_disposal, poc_seen,
 * unapproved, condition_open, usage_mismatch, drift, overdue (event/asset_fields.def; detections LC-01 to LC-08). The
 * ledger only states the fact; whether it is an alert, and how grave, stands in rules/packs/lifecycle.yaml.
 *
 * A device is held against its papers when it sends: at once when either has changed, else once an hour of packet time.
 * Who is silent, or in the register and was never seen, is looked for once a day. Dates end with their day at the site.
 */
#ifndef SEKISHO_LEDGER_CONTRADICT_H
#define SEKISHO_LEDGER_CONTRADICT_H

#include "ledger/ledger_state.h"

/** Key of something that was disposed of. */
struct tombstone {
	char *key, *value, *name, *data_class;
	uint64_t uid;
	bool verified;
};

/** @return SQLITE_OK or what SQLite says. */
int tombstones_load(struct tombstones *t, sqlite3 *db);
void tombstones_free(struct tombstones *t);

/** An event in which @client or @server sent, each NULL where it did not. Called before the event goes on. */
void contradict_take(struct ledger *l, const struct event *ev, struct asset *client, struct asset *server);

/** Looks for those who are silent, once a day of packet time. */
void contradict_sweep(struct ledger *l, int64_t now_ns);

#endif
