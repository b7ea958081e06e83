/* Inside of the sandbox: sandbox*.c alone. */
#ifndef SEKISHO_BASE_SANDBOX_OWN_H
#define SEKISHO_BASE_SANDBOX_OWN_H

#include "base/sandbox.h"

/**
 * Keeps the calling thread, and all that it starts, to @paths by Landlock. @alone: it may reach no port and signal
 * nobody either, where the kernel knows how.
 * @return 0, or a negative errno value where the kernel does not have it.
 */
int landlock_keep_to(const struct sandbox_path *paths, size_t n, bool alone);

/**
 * In builds with tests, and with SEKISHO_SANDBOX_PROBE set: tries to open a file, to connect, to start a program and to
 * look into another process, and says on stderr what came of each. Otherwise does nothing.
 */
void sandbox_probe(enum sandbox_role role);

#endif
