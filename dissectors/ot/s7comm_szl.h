/*
 * System status lists (SZL) with which a SIMATIC controller identifies itself.
 */
#ifndef SEKISHO_OT_S7COMM_SZL_H
#define SEKISHO_OT_S7COMM_SZL_H

#include "base/cursor.h"
#include "event/dissector.h"

/** What has to be known of a list that goes on in further answers: whose part comes next, and the record that was cut.
 */
enum { S7_SZL_RECORD_MAX = 34, S7_SZL_REST_BYTES = 4 + S7_SZL_RECORD_MAX };

/**
 * Tells what the answer to a read of an SZL says of who sent it: nothing where it is no list of identification. Of a
 * list in several parts each tells what it completes.
 *
 * @data  what the @parameters are followed by
 * @rest  kept by the flow from part to part, zeroed at first
 */
void s7comm_szl_say(struct emitter *out, enum dir dir, struct cursor parameters, struct cursor data,
		    uint8_t rest[static S7_SZL_REST_BYTES]);

#endif
