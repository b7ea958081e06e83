#include "sinks/redis_tls.h"

#include <errno.h>
#include <stdio.h>

int redis_tls_new(struct tls_client **out, const struct tls_options *o, struct complaint *c)
{
	(void)o;
	*out = NULL;
	complain(c, "redis", 0, 0,
		 "this sekisho is built with hiredis %d.%d, which has no TLS. Run stunnel on this host "
		 "(docs/delivery-redis.md "
		 "has the lines for it) and name its local address: redis://127.0.0.1:6390",
		 HIREDIS_MAJOR, HIREDIS_MINOR);
	return -EINVAL;
}

int redis_tls_begin(struct tls_client *t, redisContext *ctx, const char *host, int limit_ms, char *why, size_t size)
{
	(void)t, (void)ctx, (void)host, (void)limit_ms;
	snprintf(why, size, "TLS is not built in");
	return -1;
}
