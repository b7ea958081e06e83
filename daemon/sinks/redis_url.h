/*
 * Where a Redis is: `redis://[user[:password]@]host[:port][/db]`, `rediss://...` for TLS, or
 * `unix://[user[:password]@]/path[?db=N]`, parts percent-encoded (RFC 3986).
 *
 * `redis://:secret@host` gives a password without a user. IPv6 addresses stand in brackets.
 */
#ifndef SEKISHO_SINKS_REDIS_URL_H
#define SEKISHO_SINKS_REDIS_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"

struct redis_address {
	char host[256]; /* "" for a Unix socket */
	uint16_t port;
	bool tls;
	char path[108]; /* sun_path's size; "" for TCP */
	char user[128], password[512];
	unsigned db;
};

/** @return 0; -EINVAL with @c filled. A complaint never repeats the URL, which may hold a password. */
int redis_url_parse(const char *url, struct redis_address *out, struct complaint *c)
    __attribute__((warn_unused_result));

/** The same without a host, which Sentinel knows: `redis://[user[:password]@][/db]`; "" is `redis://`. */
int redis_url_parse_hostless(const char *url, struct redis_address *out, struct complaint *c)
    __attribute__((warn_unused_result));

/** Puts "host", "host:port", "[v6]" or "[v6]:port" into @out's host and port, nothing else. */
int redis_url_parse_place(const char *text, uint16_t default_port, struct redis_address *out, struct complaint *c)
    __attribute__((warn_unused_result));

/** What may be logged of it: "192.0.2.1:6379", "[fd00::1]:6379", "/run/redis.sock". @return @buf. */
const char *redis_url_label(const struct redis_address *a, char *buf, size_t size);

#endif
