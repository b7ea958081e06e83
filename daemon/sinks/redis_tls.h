/*
 * TLS to a Redis, through hiredis_ssl and OpenSSL.
 *
 * Two variants, chosen by meson: redis_tls.c, and redis_tls_none.c where hiredis has no TLS (0.14 of Debian 12), which
 * refuses and names the way around.
 */
#ifndef SEKISHO_SINKS_REDIS_TLS_H
#define SEKISHO_SINKS_REDIS_TLS_H

#include <hiredis/hiredis.h>
#include <stddef.h>

#include "sinks/tls_client.h"

/** @return 0; -EINVAL with @c filled; -ENOMEM. */
int redis_tls_new(struct tls_client **out, const struct tls_options *o, struct complaint *c)
    __attribute__((warn_unused_result));

/**
 * The handshake, on a connected non-blocking @ctx, which speaks TLS afterwards.
 *
 * @host      name or address that the certificate must carry, unless server_name says another
 * @return    0; -1 with @why filled ("TLS ...")
 */
int redis_tls_begin(struct tls_client *t, redisContext *ctx, const char *host, int limit_ms, char *why, size_t size);

#endif
