/*
 * What records give away of who speaks: strong keys of OPC UA and SMB, and signs of several devices behind one address.
 * Fields are found by name, since the ledger knows no dissector.
 */
#ifndef SEKISHO_LEDGER_WITNESS_H
#define SEKISHO_LEDGER_WITNESS_H

#include "ledger/ledger_state.h"

/** Notes the keys that @ev shows of either end. Rows may be joined: pointers to assets taken before are dead. */
void witness_take(struct ledger *l, const struct event *ev);

/**
 * Notes a time to live of @a's own (TCP over IPv4). Two to four different ones that senders begin with, or a little
 * less, are the sign of several devices behind one address, as are several operating systems, or three names from one
 * source. More than four are made up.
 */
void witness_ttl(struct ledger *l, struct asset *a, uint8_t ttl);

/** Notes the operating system that @text speaks of: a User-Agent, a DHCP vendor class. */
void witness_os(struct ledger *l, struct asset *a, struct span text);

/** A name of @a is news. */
void witness_names(struct ledger *l, struct asset *a);

#endif
