/*
 * Everything that has fields: the tables of the events and of every dissector, in one list for rules, reference and
 * gate.
 */
#ifndef SEKISHO_APP_REGISTRY_H
#define SEKISHO_APP_REGISTRY_H

#include <stdio.h>

#include "event/field.h"

/** The registry of this program. Made at the first call (not thread-safe), lives for ever. */
const struct field_registry *registry(void);

/** Prints the reference of all fields whose name begins with @prefix (NULL: all), as a table of Markdown, in the
 * chosen language (app/words.h). */
void registry_print(FILE *out, const char *prefix);

/** The same for programs: a JSON object a line. `path` is that below the record's object, a list being a step that ends
 * in []; `type` is one of uint, int, float, bool, text, hex, name, mac, ip, time, numbers, bits, items. */
void registry_print_json(FILE *out, const char *prefix);

#endif
