#include "sinks/redis_tls.h"

#include <hiredis/hiredis_ssl.h>

int redis_tls_new(struct tls_client **out, const struct tls_options *o, struct complaint *c)
{
	return tls_client_new(out, o, "redis", c);
}

int redis_tls_begin(struct tls_client *t, redisContext *ctx, const char *host, int limit_ms, char *why, size_t size)
{
	SSL *ssl = tls_client_session(t, host, why, size);

	if (!ssl)
		return -1;
	/* hiredis begins the handshake and would end it with the first command; we want its reasons, and a limit */
	if (redisInitiateSSL(ctx, ssl) != REDIS_OK) {
		int failed = tls_client_failed(ssl, why, size);
		SSL_free(ssl);
		return failed;
	}
	return tls_client_shake_hands(ssl, ctx->fd, limit_ms, why, size); /* ssl is the context's now */
}
