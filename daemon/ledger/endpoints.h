/*
 * What the ledger knows of an end, in the form that rules, alerts and sinks read (event/endpoint.h).
 */
#ifndef SEKISHO_LEDGER_ENDPOINTS_H
#define SEKISHO_LEDGER_ENDPOINTS_H

#include "ledger/ledger_state.h"

/** Usage, use case and impact as they count now. @row: NULL where it is not registered. */
void endpoints_fill_usage(const struct ledger *l, struct endpoint *e, const struct register_row *row);

/** Does @now_ns lie in a maintenance window that the register has of it? */
void endpoints_fill_window(const struct ledger *l, struct endpoint *e, const struct register_row *row, int64_t now_ns);

/** The end of a registered device that nobody has seen yet. */
void endpoints_fill_row(struct ledger *l, struct endpoint *e, const struct register_row *row);

/** Fills every member. @zone: where it was observed, or NULL: then the declared place counts. */
void endpoints_fill_asset(struct ledger *l, struct endpoint *e, struct asset *a, const struct zone *zone,
			  enum ip_scope scope);

/** An end where no asset stands: a peer on the internet, somebody who never answered, a group. @p NULL: no address at
 * all. */
void endpoints_fill_peer(struct ledger *l, struct endpoint *e, const struct peer *p);

/** What is known of an address that is no asset's. Borrowed until the next call. */
const struct peer *endpoints_peer(struct ledger *l, const struct ip_addr *ip);

/** Works out name, role and register row of @a anew, where something has changed. */
void endpoints_describe(struct ledger *l, struct asset *a);

#endif
