/*
 * Where a server of ours listens: "127.0.0.1:9469", "[::1]:9469", "localhost:9469" or "unix:/run/sekisho/x.sock".
 */
#ifndef SEKISHO_APP_LISTEN_AT_H
#define SEKISHO_APP_LISTEN_AT_H

#include <stdbool.h>

/** @return 0; -EINVAL: no such address; -EACCES: one that can be reached from elsewhere. */
int listen_at_check(const char *text);

/** The path of a Unix socket, or NULL. Borrowed of @text. */
const char *listen_at_path(const char *text);

/** Opens it, for this machine only unless @elsewhere; a Unix socket that a former run left behind makes room.
 * @return the descriptor, which listens and does not block; -errno. */
int listen_at_open(const char *text, bool elsewhere);

/** Connects to it from here, once it is open: a unit may keep everybody from a port on which we listen
 * (IPAddressDeny=), and nobody would tell. @return false where nobody gets there. */
bool listen_at_is_reached(const char *text);

#endif
