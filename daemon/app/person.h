/*
 * Who gives a command, for the audit trail.
 */
#ifndef SEKISHO_APP_PERSON_H
#define SEKISHO_APP_PERSON_H

#include "ledger/register_write.h"

/** The person that --by names, else the account; with the reason, "" where there is none. */
struct person person_of(const char *by, const char *reason);

#endif
