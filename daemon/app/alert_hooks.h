/*
 * What the alerts' writer needs of the rest of the program: the audit trail, in the ledger's database.
 */
#ifndef SEKISHO_APP_ALERT_HOOKS_H
#define SEKISHO_APP_ALERT_HOOKS_H

#include "alert/outbox.h"

/** @state_dir is borrowed for as long as the hooks are used. */
struct alerts_hooks alert_hooks(const char *state_dir);

#endif
