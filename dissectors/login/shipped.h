/*
 * User and password pairs that makers ship devices with, out of public manuals.
 *
 * The pairs stand in the program as fingerprints only, and what was seen is made into one byte by byte: no password has
 * to be kept to be compared.
 */
#ifndef SEKISHO_LOGIN_SHIPPED_H
#define SEKISHO_LOGIN_SHIPPED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"

/** The fingerprint of nothing. */
uint64_t shipped_begin(void);

/** The fingerprint of what @print was of, and @s behind it. */
uint64_t shipped_add(uint64_t print, struct span s);

/** Is this the fingerprint of such a pair, written "user:password"? */
bool shipped_knows(uint64_t print);

/** The same of a pair that is there as a whole; no password at all counts, too. */
bool shipped_pair(struct span user, struct span password);

#endif
