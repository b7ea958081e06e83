/*
 * Is what a person names there at all? A mute or an entry of planned work that can never apply is a mistake.
 */
#ifndef SEKISHO_APP_SCOPE_CHECK_H
#define SEKISHO_APP_SCOPE_CHECK_H

#include <stdbool.h>

#include "app/config.h"

struct rules;

/* Each says on standard error what is wrong. */

/** An asset, address, prefix or MAC address. */
bool scope_end_is_known(const char *state, const char *text);
/** A zone of the configuration, or of what the daemon left in the ledger. */
bool scope_zone_is_known(const char *state, const struct config *cfg, const char *zone);

/* ---- the same, saying nothing */

bool scope_has_zone(const char *state, const struct config *cfg, const char *zone);
/** All of them, as many as fit into @buf. @return @buf. */
const char *scope_zones(const char *state, const struct config *cfg, char *buf, size_t size);
/** Is there a rule with this id, or one that begins so? */
bool scope_rule_begins(const struct rules *rules, const char *beginning);

#endif
