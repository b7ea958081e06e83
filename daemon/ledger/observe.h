/*
 * What records say of devices: the hosts that send, the ones that introduce themselves, and what each one speaks.
 */
#ifndef SEKISHO_LEDGER_OBSERVE_H
#define SEKISHO_LEDGER_OBSERVE_H

#include "ledger/ledger_state.h"

/** An `asset` record (change: seen) of the decoder. */
void observe_host(struct ledger *l, const struct event *ev);

bool observe_is_discovery(struct ledger *l, const struct field_table *table);

/** A `discovery` record: addresses, name, model, role of the device that it speaks of. */
void observe_discovery(struct ledger *l, const struct event *ev);

/** Client and server (either may be NULL) speak @proto. @answered: the server has sent. */
void observe_protocol(struct ledger *l, struct asset *client, struct asset *server, uint16_t proto, bool answered);

/** What @ev does to the server: who writes and programs, and who is written to. */
void observe_function(struct ledger *l, struct asset *client, struct asset *server, const struct event *ev);

#endif
