/*
 * How soon the plant wants alerts acknowledged and closed, by level: keys of the configuration (targets.*), which the
 * daemon leaves in ledger.db for those who only read. They begin with the time line of the guide for small and medium
 * companies (FAQ 7): 5 minutes for confirming, 48 hours for being back. That is a default, no norm.
 */
#ifndef SEKISHO_APP_TARGETS_H
#define SEKISHO_APP_TARGETS_H

#include <sqlite3.h>

#include "app/config.h"
#include "event/finding.h"

struct ledger;

enum target { TARGET_ACKNOWLEDGE, TARGET_CLOSE, TARGETS };

/** Minutes; 0: the level has none. */
struct targets {
	int64_t minutes[TARGETS][LEVEL_COUNT];
};

struct targets targets_of(const struct config *cfg);

/** As the daemon left them in ledger.db; what is not there is as without a configuration. */
struct targets targets_read(sqlite3 *ledger_db);

/** Leaves them there: at the start, and after each reload. */
void targets_keep(const struct targets *t, struct ledger *l);

#endif
