/*
 * Where the daemon may write, once it has its captures: taken from its configuration.
 */
#ifndef SEKISHO_APP_CONFINE_H
#define SEKISHO_APP_CONFINE_H

#include "app/config.h"

/** Begins the sandbox: everything may be read that rights allow, and written what @cfg says. base/sandbox.h. */
void confine(const struct config *cfg);

#endif
