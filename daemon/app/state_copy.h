/*
 * A copy of what a sensor knows, and putting it back: `sekisho db backup` and `sekisho db restore`.
 *
 * A copy is a folder with ledger.db and, where there were any, alerts.db. Captures that were kept as evidence are
 * files that never change, and the configuration is the operator's: who makes copies copies these as files.
 */
#ifndef SEKISHO_APP_STATE_COPY_H
#define SEKISHO_APP_STATE_COPY_H

#include <stdint.h>

#include "app/person.h"
#include "base/log.h"

/** What is not in a copy. */
struct state_rest {
	uint64_t captures, bytes;
};

/**
 * Copies both databases of @state into the new folder @folder, also while somebody writes: each as it stood at one
 * moment, the alerts first, so that every device that an alert names is in the ledger. A folder that has its name is
 * whole.
 *
 * @return 0; -EINVAL where @folder is there already; -ENOENT where there is no ledger; -errno, with @c filled
 */
int state_backup(const char *state, const char *folder, struct state_rest *rest, struct complaint *c)
    __attribute__((warn_unused_result));

/**
 * Puts the databases of @folder into @state, where nobody may be writing, and notes who did so in the audit trail. They
 * are checked, and brought up where they are of an older version, before any file of @state changes; what was there
 * is renamed, not deleted.
 *
 * @aside  called with the new name of each database that made room
 * @return 0; -EBUSY where somebody writes; -errno, with @c filled; then all is as it was
 */
int state_restore(const char *state, const char *folder, const struct person *who, void (*aside)(const char *path),
		  struct complaint *c) __attribute__((warn_unused_result));

#endif
