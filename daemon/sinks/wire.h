/*
 * A connection to one receiver: datagrams or a byte stream, the stream in plain text or in TLS, none of it blocking.
 *
 * Where something fails, the connection is of no use any more: wire_close() it. The reason is in `why`, in the words of
 * the system or of OpenSSL.
 */
#ifndef SEKISHO_SINKS_WIRE_H
#define SEKISHO_SINKS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sinks/tls_client.h"

enum { WIRE_WHY_MAX = 160, WIRE_LIMIT_MS = 2000 };

enum wire_kind { WIRE_DATAGRAM, WIRE_STREAM };

struct wire {
	int fd; /* -1: none */
	SSL *ssl;
	char why[WIRE_WHY_MAX];
	int err; /* errno of opening it or of a datagram, BARRED_NAME; 0: none of these failed */
};

enum wire_state {
	WIRE_DONE,
	WIRE_LATER, /* not within the limit; the same call may be made again */
	WIRE_BROKEN,
};

/** @host: a name or an address; connects to each of its addresses in turn, WIRE_LIMIT_MS for each; with @tls, that
 * handshake as well. @return whether it is open. */
bool wire_open_inet(struct wire *w, enum wire_kind kind, const char *host, const char *port, struct tls_client *tls);

/** To a Unix datagram socket; @path is at most 107 bytes. */
bool wire_open_unix(struct wire *w, const char *path);
void wire_close(struct wire *w);

/** Sends one datagram, waiting up to WIRE_LIMIT_MS for room. */
enum wire_state wire_send_datagram(struct wire *w, const char *bytes, size_t len);

/** Gives the kernel what it takes of @bytes from *at on within WIRE_LIMIT_MS, and moves *at. After WIRE_LATER the same
 * bytes are to be given again (more may follow them). */
enum wire_state wire_send(struct wire *w, const char *bytes, size_t len, size_t *at);

/** Whether the peer's kernel has acknowledged everything that was sent (SIOCOUTQ), waiting up to @limit_ms. */
enum wire_state wire_acknowledged(struct wire *w, int limit_ms);

/** Bytes of a stream that the kernel has and the peer's kernel has not acknowledged, also after it broke; SIZE_MAX
 * where that cannot be told. */
size_t wire_underway(const struct wire *w);

/** Takes what the peer has sent, waiting up to @limit_ms for something. @return WIRE_BROKEN also where it closed. */
enum wire_state wire_receive(struct wire *w, char *buf, size_t size, size_t *len, int limit_ms);

#endif
