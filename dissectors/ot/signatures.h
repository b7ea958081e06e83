/*
 * Protocols that are recognised by the shape of one payload and not read any further.
 *
 * Each needs several fixed bytes and a length that agrees with the payload: a flow without a name is better than one
 * with a wrong name.
 */
#ifndef SEKISHO_OT_SIGNATURES_H
#define SEKISHO_OT_SIGNATURES_H

#include "event/dissector.h"

/** struct dissector.name_of */
const char *signatures_name_of(struct span payload, bool tcp);

/** Reads nothing, only names. */
extern const struct dissector signatures_dissector;

#endif
