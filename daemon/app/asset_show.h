/*
 * sekisho asset show: one device with all that is known of it, as a page for people or as one JSON object.
 */
#ifndef SEKISHO_APP_ASSET_SHOW_H
#define SEKISHO_APP_ASSET_SHOW_H

#include <stdbool.h>

/** @return an exit status. @id: "A000017"; that of a row merged into another shows the other. */
int asset_show(const char *state, const char *config, const char *id, bool as_json);

#endif
