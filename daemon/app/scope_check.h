/*
 * Is what a person names there at all? A mute or an entry of planned work that can never apply is a mistake.
 */
#ifndef SEKISHO_APP_SCOPE_CHECK_H
#define SEKISHO_APP_SCOPE_CHECK_H

#include <stdbool.h>

#include "app/config.h"

/* Each says on standard error what is wrong. */

/** An asset, address, prefix or MAC address. */
bool scope_end_is_known(const char *state, const char *text);
/** A zone of the configuration, or of what the daemon left in the ledger. */
bool scope_zone_is_known(const char *state, const struct config *cfg, const char *zone);

#endif
