/*
 * What the alerts' writer needs of the rest of the program: the audit trail, in the ledger's database.
 */
#ifndef SEKISHO_APP_ALERT_HOOKS_H
#define SEKISHO_APP_ALERT_HOOKS_H

#include "alert/outbox.h"

/** Where the trail is. Borrowed for as long as the hooks are used. */
struct alert_trail {
	const char *state_dir;
	struct ledger *ledger; /* of this thread, which may be writing the same database; NULL: there is none */
};

struct alerts_hooks alert_hooks(const struct alert_trail *trail);

#endif
