/*
 * What a configuration that can be read must hold besides, so that a daemon starts with it: asked by --check, by a
 * reload and by a start, so that none of them accepts what another refuses.
 */
#ifndef SEKISHO_APP_CONFIG_VERIFY_H
#define SEKISHO_APP_CONFIG_VERIFY_H

#include "app/pipeline.h"

enum config_use {
	CONFIG_TO_CHECK,  /* it may be a replay's: it needs no source */
	CONFIG_TO_RELOAD, /* within the sandbox, where names cannot be looked up */
	CONFIG_TO_START,
};

/** Its captures, receivers and memory; opens none of them. @return 0; -EINVAL or -errno with @c filled. */
int config_verify(const struct policy_set *set, enum config_use use, struct complaint *c);

/** Does it name anything to capture? */
bool config_has_source(const struct config *cfg);

#endif
