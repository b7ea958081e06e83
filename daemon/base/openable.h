/*
 * Why a file of the state directory cannot be opened, in words: who may read it, and what to do.
 *
 * Asked before a database or a status file is opened, since "unable to open database file" helps nobody.
 */
#ifndef SEKISHO_BASE_OPENABLE_H
#define SEKISHO_BASE_OPENABLE_H

#include <stdbool.h>

#include "base/log.h"

/**
 * May this process open @path for reading, and, where @write, also write to it and beside it (a journal)?
 *
 * @return 0: nothing speaks against it; -ENOENT: it is not there, which the caller has its own words for (@c is left
 *         alone); -EACCES: no permission, -EISDIR: no file stands there, both with @c filled
 */
int openable(const char *path, bool write, struct complaint *c);

#endif
