/* What makes a record of a query and its answer. */
#ifndef SEKISHO_DNS_DNS_TELL_H
#define SEKISHO_DNS_DNS_TELL_H

#include "ot/ot_exchange.h"

/** In ot_exchange.key: the one who asks is the server of the flow, as a resolver whose port is 53, too. */
#define DNS_ASKED_BY_SERVER (UINT64_C(1) << 47)

/** An ot_teller.tell. */
void dns_tell(struct emitter *out, const struct ot_exchange *x);

#endif
