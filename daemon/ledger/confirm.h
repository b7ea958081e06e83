/*
 * A person stands for a policy: zones and conduits, drafted by sekisho learn or written by hand. What is confirmed is
 * the file as it is, by its SHA-256; who, when and why stands in the audit trail.
 */
#ifndef SEKISHO_LEDGER_CONFIRM_H
#define SEKISHO_LEDGER_CONFIRM_H

#include "ledger/register_write.h"
#include "ledger/site.h"

/** The first conduit line that nobody answers for: owner or reason is empty or the draft's "?". NULL: none. */
const struct conduit_line *confirm_lacking(const struct site *s);

/**
 * Enters the confirmation of @file (its zones and conduits are @s) in the audit trail of @state_dir as policy.confirm.
 *
 * @sha256  gets what was confirmed
 * @return  0; -errno with @c filled
 */
int confirm_policy(const char *state_dir, const char *file, const struct site *s, const struct person *person,
		   char sha256[static 65], struct complaint *c);

#endif
