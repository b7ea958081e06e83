/*
 * Care of SQLite's files: making one, copying one, is one damaged, and setting it aside.
 */
#ifndef SEKISHO_BASE_SQLITE_CARE_H
#define SEKISHO_BASE_SQLITE_CARE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "base/sqlite_company.h"

/** Before anything else is asked of SQLite: it keeps no account of its memory, which costs a third of each allocation.
 */
void sqlite_care_begin(void);

/** What SQLite does not keep in memory goes into @folder from now on: where a process may write nowhere but beside its
 * databases, a transaction that needs more would fail. Before other threads begin. The environment (SQLITE_TMPDIR) is
 * read only once, when the first database is opened. */
void sqlite_care_temporary(const char *folder);

/** What SQLite finds wrong, in its words. @how "quick_check" or "integrity_check". @return SQLITE_OK where it is sound.
 */
int sqlite_care_check(sqlite3 *db, const char *how, char *words, size_t size);

/** Is the file system of @folder so full that SQLite cannot even open a database there? It says "disk I/O error" then,
 * or that it cannot open the file. @code: its answer. */
bool sqlite_care_no_room(const char *folder, int code);

/** Is there a database that cannot be used? No right to it is another matter. @c says what is wrong with it. */
bool sqlite_care_is_damaged(const char *state_dir, const char *name, struct complaint *c);

/** Was the database @name written by a newer version than one that knows @schema? One that is not there, or cannot be
 * read, is another matter. @c says so. */
bool sqlite_care_is_newer(const char *state_dir, const char *name, int schema, struct complaint *c);

/** Before the first transaction of a connection that writes. Where somebody reads at this very moment there remains a
 * log: nothing depends on it. @return an SQLite code. */
int sqlite_care_expect(sqlite3 *db, enum sqlite_company company);

/** Others may come from now on: before it is closed. All of it is on the disk then, unless somebody reads it at this
 * very moment: then the system puts it there in its own time. */
void sqlite_care_share(sqlite3 *db);

/** Takes back what a writer that was alone left half done. SQLITE_READONLY_ROLLBACK asks for it. @return an SQLite
 * code.
 */
int sqlite_care_take_back(const char *path);

/**
 * Opens the database at @path for reading, whoever writes it. What a writer that was alone left half done is taken
 * back. Where the reader may not write into the folder and nobody has the database open, there is no log beside it and
 * no way to make one: then the file is read as it stands, and whoever looks for long has to open it anew now and then,
 * since it is not seen when somebody begins to write. @return an SQLite code; *db is to be closed in any case.
 */
int sqlite_care_open_to_read(sqlite3 **db, const char *path);

/**
 * Makes an empty file for a database where there is none: for its owner and group alone, since SQLite would let
 * everybody read it. Root makes it for whom the directory belongs to (a register imported before the daemon's first
 * start). One that is there is not touched: closing any descriptor of it would give up the locks that this process'
 * other connections hold, and whoever ends next would take the log away from under them.
 *
 * @return 0, also where it is there; -errno
 */
int sqlite_care_create(const char *path);

/**
 * Copies what is committed in @db into @file, which is replaced; checks the copy and brings it to the disk. It has one
 * snapshot of @db, whoever writes meanwhile. A copy that could not be finished is removed.
 *
 * @words   what went wrong
 * @return  0; -EINVAL where @db is damaged, -errno
 */
int sqlite_care_copy(sqlite3 *db, const char *file, char *words, size_t size);

/**
 * Before the schema of the database @path is brought from version @from up: its copy stands beside it as
 * PATH.schema-FROM. The caller holds the write lock and has written nothing yet.
 *
 * @return 0; -errno with @c filled: then nothing may be changed
 */
int sqlite_care_copy_before(const char *path, int from, int to, struct complaint *c)
    __attribute__((warn_unused_result));

/** Afterwards: copies of earlier versions than @from go, so that one is left. */
void sqlite_care_drop_copies_before(const char *path, int from);

/**
 * A database that makes room, and what belongs to it, is renamed after the reason and the day
 * ("ledger.db.damaged-2026-11-27T09-00-00"), so that another one can take its place; nothing is deleted.
 *
 * @why     "damaged", "before-restore"
 * @aside   where it is now
 * @return  0, or -errno
 */
int sqlite_care_set_aside(const char *state_dir, const char *name, const char *why, char *aside, size_t size);

/** Of the files that were set aside for this reason the newest @keep stay: a disk that damages one a day is not filled.
 */
void sqlite_care_trim_aside(const char *state_dir, const char *name, const char *why, size_t keep);

/** How many damaged databases of a name are kept for people to look at. */
enum { SQLITE_CARE_DAMAGED_KEPT = 3 };

#endif
