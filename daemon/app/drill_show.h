/*
 * A drill as a person reads it in a terminal: who reacted when, against the targets, and which receivers had it.
 */
#ifndef SEKISHO_APP_DRILL_SHOW_H
#define SEKISHO_APP_DRILL_SHOW_H

#include <jansson.h>

#include "app/command.h"

/** @drill: an object of drills_each(), borrowed. */
void drill_print(const json_t *drill);

/** The list: its columns, then a row for each drill. */
void drill_columns(struct text_table *t);
void drill_row(struct text_table *t, const json_t *drill);

/** The title that somebody gave it, else its scenario's in the chosen language. Borrowed. */
const char *drill_title(const json_t *drill);

#endif
