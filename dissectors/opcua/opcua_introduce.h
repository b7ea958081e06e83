/*
 * Whom the records of OPC UA introduce: what an application says of itself goes to the ledger as `discovery` too.
 */
#ifndef SEKISHO_OPCUA_OPCUA_INTRODUCE_H
#define SEKISHO_OPCUA_OPCUA_INTRODUCE_H

#include "opcua/opcua_call.h"

/**
 * Tells who the server and the client say they are in the record of @call: by description (P4 7.2), certificate and
 * BuildInfo (OPC 10000-5 12.4). Nothing where the record holds none of these, or the same as the last time on this
 * flow. After emit_end().
 */
void opcua_introduce(struct opcua_call *call);

#endif
