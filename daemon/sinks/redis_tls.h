/*
 * TLS to a Redis, through hiredis_ssl and OpenSSL.
 *
 * Two variants, chosen by meson: redis_tls.c, and redis_tls_none.c where hiredis has no TLS (0.14 of Debian 12), which
 * refuses and names the way around. What is read from files is read once, by redis_tls_new(): before privileges go.
 */
#ifndef SEKISHO_SINKS_REDIS_TLS_H
#define SEKISHO_SINKS_REDIS_TLS_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

struct redis_tls_options {
	const char *ca;          /* file of trusted certificates (PEM); NULL: those of the system */
	const char *cert, *key;  /* of ourselves (PEM), where the Redis wants to know who we are; or NULL */
	const char *server_name; /* that the certificate must carry; NULL: the host that is connected to */
	bool no_verify;          /* take any certificate */
};

struct redis_tls;

/** @return 0; -EINVAL with @c filled; -ENOMEM. */
int redis_tls_new(struct redis_tls **out, const struct redis_tls_options *o, struct complaint *c)
    __attribute__((warn_unused_result));
void redis_tls_free(struct redis_tls *t);

/**
 * The handshake, on a connected non-blocking @ctx, which speaks TLS afterwards.
 *
 * @host      name or address that the certificate must carry, unless server_name says another
 * @return    0; -1 with @why filled ("TLS ...")
 */
int redis_tls_begin(struct redis_tls *t, redisContext *ctx, const char *host, int limit_ms, char *why, size_t size);

#endif
