/*
 * Where the shipped rules and their words lie: beside the program in a source tree, in PREFIX/share/sekisho for
 * a program in PREFIX/bin or PREFIX/sbin, else in the data directory it was built for. Modules (app/late) likewise: in
 * the build directory, in PREFIX/lib/sekisho, else where they were to be installed.
 */
#ifndef SEKISHO_APP_DATADIR_H
#define SEKISHO_APP_DATADIR_H

/** The path of @name ("rules/packs") below the data directory, or NULL where there is none. Allocated, the caller's to
 * free. */
char *datadir_find(const char *name);

/** The path of the module @name ("mhd.so"), or NULL where there is none. Allocated, the caller's to free. */
char *datadir_module(const char *name);

#endif
