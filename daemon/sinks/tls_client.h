/*
 * The client's side of TLS (OpenSSL), for the receivers that want it: what is trusted, who we are, the handshake.
 *
 * What is read from files is read by tls_client_new(), before privileges go, and again by tls_client_renew() where the
 * daemon reloads. Certificates are verified unless somebody wrote that they are not; TLS 1.2 is the least that is
 * spoken.
 */
#ifndef SEKISHO_SINKS_TLS_CLIENT_H
#define SEKISHO_SINKS_TLS_CLIENT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

struct tls_options {
	const char *ca;          /* file of trusted certificates (PEM); NULL: those of the system */
	const char *cert, *key;  /* of ourselves (PEM), where the peer wants to know who we are; or NULL */
	const char *server_name; /* that the certificate must carry; NULL: the host that is connected to */
	bool no_verify;          /* take any certificate */
};

struct tls_client;

/** @what: the section of the configuration, "redis" or "syslog". @return 0; -EINVAL with @c filled; -ENOMEM. */
int tls_client_new(struct tls_client **out, const struct tls_options *o, const char *what, struct complaint *c)
    __attribute__((warn_unused_result));
void tls_client_free(struct tls_client *t);

/** Reads the files again, for the connections that begin from now on; where that fails the log says so and the former
 * stay. From a thread that may read files, while another one uses @t. NULL is fine. */
void tls_client_renew(struct tls_client *t);

/**
 * A session with the peer called @host, a name or an address (RFC 6125): it must be the certificate's, unless
 * server_name says another.
 *
 * @return    the caller's, to be freed with SSL_free(); NULL with @why filled
 */
SSL *tls_client_session(struct tls_client *t, const char *host, char *why, size_t size);

/** The handshake on a connected non-blocking @fd that @ssl already has. @return 0; -1 with @why filled ("TLS ..."). */
int tls_client_shake_hands(SSL *ssl, int fd, int limit_ms, char *why, size_t size);

/** What is wrong with @ssl, or with the last call of OpenSSL: "TLS ...". @return -1 */
int tls_client_failed(const SSL *ssl, char *why, size_t size);

#endif
