/*
 * sekisho asset show: one device with all that is known of it, as a page for people or as one JSON object.
 */
#ifndef SEKISHO_APP_ASSET_SHOW_H
#define SEKISHO_APP_ASSET_SHOW_H

#include <jansson.h>
#include <stdbool.h>

#include "base/log.h"

/** @return an exit status. @id: "A000017"; that of a row merged into another shows the other. */
int asset_show(const char *state, const char *config, const char *id, bool as_json);

/** The same object for others: evidence, changes, decisions, audit and conversations. @return NULL where there is no
 * such asset, or with *err where the ledger cannot be read; else the caller's. */
json_t *asset_page(const char *state_dir, const char *id, int *err, struct complaint *c);

#endif
