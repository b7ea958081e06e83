/*
 * System status lists (SZL) with which a SIMATIC controller identifies itself.
 */
#ifndef SEKISHO_OT_S7COMM_SZL_H
#define SEKISHO_OT_S7COMM_SZL_H

#include "base/cursor.h"
#include "event/dissector.h"

/** Tells what the answer to a read of an SZL says of who sent it; @data is what the parameters are followed by.
 * Nothing where it is no list of identification or the first part of one. */
void s7comm_szl_say(struct emitter *out, enum dir dir, struct cursor data);

#endif
