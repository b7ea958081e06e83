/*
 * Care of SQLite's files: is one damaged, and setting it aside.
 */
#ifndef SEKISHO_BASE_SQLITE_CARE_H
#define SEKISHO_BASE_SQLITE_CARE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

/** What SQLite finds wrong, in its words. @how "quick_check" or "integrity_check". @return SQLITE_OK where it is sound.
 */
int sqlite_care_check(sqlite3 *db, const char *how, char *words, size_t size);

/** Is there a database that cannot be used? No right to it is another matter. @c says what is wrong with it. */
bool sqlite_care_is_damaged(const char *state_dir, const char *name, struct complaint *c);

/**
 * A damaged database, and what belongs to it, is renamed after the day ("ledger.db.damaged-2026-11-27T09-00-00"), so
 * that a fresh one can take its place; nothing is deleted.
 *
 * @aside   where it is now
 * @return  0, or -errno
 */
int sqlite_care_set_aside(const char *state_dir, const char *name, char *aside, size_t size);

#endif
