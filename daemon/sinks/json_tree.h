/*
 * What jansson has read, written again by our own writer: nothing in it can steer a terminal then.
 */
#ifndef SEKISHO_SINKS_JSON_TREE_H
#define SEKISHO_SINKS_JSON_TREE_H

#include <jansson.h>

#include "base/json.h"

enum { JSON_TREE_KEY_MAX = 4096 }; /* bytes of a key, escaped; a longer one becomes "" */

/** Writes @value, of any depth that jansson reads; keys are escaped as well. */
void json_write_tree(struct json *j, const json_t *value);

#endif
